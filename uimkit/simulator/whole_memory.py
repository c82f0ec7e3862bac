"""The door to all that outlives a reset, for who stores, builds, compares or shows a card. No command comes here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.memory import MIRROR_VALID, REAL_VALID, Change, Memory, Snapshot, applied, changes_between, spliced
from uimkit.oneway.policy import Policy
from uimkit.oneway.record import free_rule
from uimkit.oneway.sides import Sides
from uimkit.oneway.vault import Vault, guarded


class WholeMemory:
    """A card's memory and vault as one: bodies and flags of all files, by position.

    ``open`` is the memory that commands work on; the guarded files have nothing in it.
    """

    def __init__(self, definition: CardDefinition, policy: Policy, memory: Memory) -> None:
        self.open = Memory(memory.contents, memory.flags)
        self.split(definition, policy)

    def become(self, definition: CardDefinition, policy: Policy) -> None:
        """Be the memory of another card: its bodies are in ``open``, what its vault holds comes next."""
        self._vault = Vault(definition, policy, {})

    def split(self, definition: CardDefinition, policy: Policy) -> None:
        """Put the bodies of the guarded files of this card, which are in the memory now, into a vault of its own."""
        contents = self.open.contents
        inside = guarded(definition, policy)
        self._vault = Vault(definition, policy, {position: contents[position] for position in sorted(inside)})
        self.open.contents = tuple(b"" if position in inside else body for position, body in enumerate(contents))

    def restructure(
        self,
        old: CardDefinition,
        new: CardDefinition,
        policy: Policy,
        bodies: Mapping[str, bytes],
        flags: Mapping[str, int],
    ) -> None:
        """Have the files of ``new``: with these bodies and flags by path, else as they were.

        A body that got longer is filled up with free records (TS 102 222 6.10), a shorter one loses its last octets.
        """
        contents = dict(zip((file.path for file in old.files), self.contents, strict=True)) | dict(bodies)
        valid = dict(zip((file.path for file in old.files), self.flags, strict=True)) | dict(flags)
        self.open.contents = tuple(_fitted(contents.get(file.path), file, policy) for file in new.files)
        self.open.flags = tuple(valid.get(file.path, REAL_VALID | MIRROR_VALID) for file in new.files)
        self.open.changes.clear()
        self.split(new, policy)

    def sides(self, definition: CardDefinition, policy: Policy) -> Sides:
        """The sides of this card, whose views work on its memory and vault."""
        return Sides(definition, policy, self.open, self._vault)

    @property
    def contents(self) -> tuple[bytes, ...]:
        """The bodies of all files."""
        whole = list(self.open.contents)
        for position, body in self._vault.bodies.items():
            whole[position] = body
        return tuple(whole)

    @contents.setter
    def contents(self, bodies: Iterable[bytes]) -> None:
        self.restore((tuple(bodies), self.flags))

    @property
    def flags(self) -> tuple[int, ...]:
        """The flags of all files."""
        return self.open.flags

    def body(self, position: int) -> bytes:
        """The body of one file."""
        inside = self._vault.bodies.get(position)
        return self.open.contents[position] if inside is None else inside

    def write(self, position: int, offset: int, data: bytes) -> None:
        """Replace ``len(data)`` bytes of a body from ``offset``."""
        vault = self._vault
        if position in vault.bodies:
            vault.bodies = vault.bodies.put(position, spliced(vault.bodies[position], offset, data))
            vault.changes.append((position, offset, data))
        else:
            self.open.write(position, offset, data)

    def set_flags(self, position: int, flags: int) -> None:
        self.open.set_flags(position, flags)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was written since ``forget_changes``; of one file in order."""
        return (*self.open.changes, *self._vault.changes)

    @property
    def changed(self) -> bool:
        """Whether anything was written since ``forget_changes``."""
        return bool(self.open.changes or self._vault.changes)

    def forget_changes(self) -> None:
        """What was written so far is stored, or need not be."""
        self.open.changes.clear()
        self._vault.changes.clear()

    def snapshot(self) -> Snapshot:
        return self.contents, self.flags

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot and forget what was logged since."""
        bodies, flags = snapshot
        vault = self._vault
        for position in vault.bodies:
            vault.bodies = vault.bodies.put(position, bodies[position])
        self.open.restore((tuple(b"" if p in vault.bodies else body for p, body in enumerate(bodies)), flags))
        vault.changes.clear()

    def changes_since(self, snapshot: Snapshot) -> list[Change]:
        """The shortest run of bytes of each body, and the flags, that make this memory out of a snapshot of it."""
        return changes_between(snapshot, self.snapshot())

    def apply(self, changes: Iterable[Change]) -> None:
        """Carry out logged changes again. Raises ValueError when one does not fit this memory."""
        self.restore(applied(self.snapshot(), changes))

    def copy(self) -> Memory:
        """A memory of its own with all of it."""
        return Memory(self.contents, self.flags)

    def vault_state(self) -> tuple[Any, ...]:
        """The vault's part of a snapshot."""
        return self._vault.state()

    def set_vault_state(self, state: tuple[Any, ...]) -> None:
        """Go back to what ``vault_state`` returned."""
        self._vault.set_state(state)
        self._vault.changes.clear()


def _fitted(body: bytes | None, file: FileDef, policy: Policy) -> bytes:
    """A body with the size of its file."""
    if body is None or file.path == policy.orphans:
        return (body or b"")[: file.stored].ljust(file.stored, b"\0")
    free = free_rule(file).record if file.record_length else b"\xff"
    return (body + free * (file.stored // len(free) + 1))[: file.stored]
