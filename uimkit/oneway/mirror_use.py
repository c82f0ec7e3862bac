"""What the terminal of a session did with mirrors, as far as it is no secret: twins are alike in it (S2, V9)."""

from __future__ import annotations

from uimkit.card.state import NOTHING, FrozenMap, State, Stateful


class MirrorUse(Stateful):
    """``used``: a mirror was read, searched or written, which refuses a late latch (S2). ``own_bodies``: the restricted
    side's own store of each cyclic file that it wrote to (V9), by file position; a reset drops it.
    """

    used: State[bool]
    own_bodies: State[FrozenMap[int, bytes]]

    def __init__(self) -> None:
        self.forget_session()

    def forget_session(self) -> None:
        """A reset: nothing was used yet."""
        self.used = False
        self.own_bodies = NOTHING
