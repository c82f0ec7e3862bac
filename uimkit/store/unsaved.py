"""What a card wrote since it was last stored, when it is stored on power-off only. Whole commands, never a half."""

from __future__ import annotations

from uimkit.card.memory import Change
from uimkit.simulator.whole_memory import WholeMemory

_LIMIT = 4096
"""Changes kept one by one, before they are put together by file."""


class Unsaved:
    """The difference between a memory and what of it is on the medium. No file is touched here."""

    def __init__(self, memory: WholeMemory) -> None:
        self._memory = memory
        self.kept: list[Change] = []
        """What makes the memory, as the last whole command left it, out of what is stored; of bounded length."""
        self.stored()

    def keep(self) -> None:
        """A command is through: what it wrote is to be stored later."""
        self.kept += self._memory.changes
        self._memory.forget_changes()
        if len(self.kept) > _LIMIT:
            self.kept[:] = self.changes()

    def changes(self) -> list[Change]:
        """All that makes the memory out of what is stored."""
        return self._memory.changes_since(self._stored)

    def stored(self) -> None:
        """The memory as it is now is on the medium."""
        self._stored = self._memory.snapshot()
        self.kept.clear()

    def drop_unfinished(self) -> None:
        """Take back what was written after the last `keep`."""
        self._memory.restore(self._stored)
        self._memory.apply(self.kept)
