"""A card that notes which parts of its state a command reads, and that can be put into any state, part by part.

The shipped ``Card`` itself runs. What is watched follows from the declared fields of its objects: every state field is
noted, what is kept is taken for the state it is worked out from, and a reading that can not be told apart is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from uimkit.card.memory import Change, Memory, spliced
from uimkit.card.state import Declared, Stateful
from uimkit.oneway.mirror_use import MirrorUse
from uimkit.oneway.sides import Sides
from uimkit.oneway.vault import Vault
from uimkit.prover.guard import Guard, set_class
from uimkit.simulator.card import Card, Snapshot
from uimkit.simulator.session import Session

Part = tuple[str, int | str]
"""A part of a card's state outside the vault: ("contents", file position), ("flags", position), ("session", field),
("use", field), or ("sides", ""): side and what it shows.
"""
SIDES: Part = ("sides", "")
PENDING: Part = ("session", "pending")
SESSION_FIELDS = tuple(Session.names("State"))
USE_FIELDS = tuple(MirrorUse.names("State"))


class Unattributed(AssertionError):
    """A command read state in a way that does not tell which part it was."""


class Log:
    """The parts read, in the order of their first reading. What a command wrote itself it may read without a note."""

    def __init__(self) -> None:
        self.parts: dict[Part, None] = {}
        self.written: set[Part] = set()
        self.opened = False

    def read(self, part: Part) -> None:
        if part not in self.written:
            self.parts[part] = None

    def open(self) -> None:
        """A view opened the vault."""
        self.opened = True

    def clear(self) -> None:
        self.parts.clear()
        self.written.clear()
        self.opened = False


class _Row:
    """The bodies or flags of all files; each one that is read is noted, however it is asked for."""

    def __init__(self, kind: str, values: tuple[Any, ...], log: Log) -> None:
        self._kind, self._values, self._log = kind, values, log

    def __getitem__(self, at: int | slice) -> Any:
        positions = range(len(self._values))[at]
        for position in positions if isinstance(positions, range) else (positions,):
            self._log.read((self._kind, position))
        return self._values[at]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self[:])


class _Added:
    """The log of changes while a command runs: it may be added to, and nothing else."""

    def __init__(self, changes: list[Change]) -> None:
        self.append = changes.append
        self.clear = changes.clear

    def __getattr__(self, name: str) -> Any:
        raise Unattributed(f"a command asked the log of changes for {name}")

    def __iter__(self) -> Iterator[Change]:
        raise Unattributed("a command read the log of changes")

    def __len__(self) -> int:
        raise Unattributed("a command asked whether anything was written")


def _watching_memory(log: Log) -> type[Memory]:
    plain = object.__getattribute__

    def __getattribute__(self: Memory, name: str) -> Any:
        value = plain(self, name)
        if name in ("contents", "flags"):
            return _Row(name, value, log)
        return _Added(value) if name == "changes" else value

    def __setattr__(self: Memory, name: str, value: Any) -> None:
        raise Unattributed(f"a command replaced the {name} of all files")

    def write(self: Memory, position: int, offset: int, data: bytes) -> None:
        contents = plain(self, "contents")
        body = spliced(contents[position], offset, data)
        if len(data) < len(body):
            log.read(("contents", position))
        log.written.add(("contents", position))
        object.__setattr__(self, "contents", (*contents[:position], body, *contents[position + 1 :]))
        plain(self, "changes").append((position, offset, data))

    def set_flags(self: Memory, position: int, flags: int) -> None:
        log.written.add(("flags", position))
        all_flags = plain(self, "flags")
        object.__setattr__(self, "flags", (*all_flags[:position], flags, *all_flags[position + 1 :]))
        plain(self, "changes").append((position, -1, bytes((flags,))))

    body = {
        "__getattribute__": __getattribute__,
        "__setattr__": __setattr__,
        "write": write,
        "set_flags": set_flags,
    }
    watching: type[Memory] = type.__call__(Declared, "WatchedMemory", (Memory,), body)
    return watching


def _watching(kind: type[Stateful], parts: Mapping[str, Part], log: Log) -> type[Stateful]:
    """A class that notes every reading of these fields, and takes note of what a command wrote itself."""
    plain = object.__getattribute__

    def __getattribute__(self: Stateful, name: str) -> Any:
        part = parts.get(name)
        if part is not None:
            log.read(part)
        return plain(self, name)

    def __setattr__(self: Stateful, name: str, value: Any) -> None:
        part = parts.get(name)
        if part is not None and part != SIDES:
            log.written.add(part)
        object.__setattr__(self, name, value)

    body = {"__getattribute__": __getattribute__, "__setattr__": __setattr__}
    watching: type[Stateful] = type.__call__(Declared, f"Watched{kind.__name__}", (kind,), body)
    return watching


class Run(NamedTuple):
    """One command in one state: its answer, the parts it read in the order of first reading, whether it opened the
    vault, the parts it changed, and the vault after it. ``before`` is the state it was sent in.
    """

    answer: bytes
    reads: tuple[Part, ...]
    opened: bool
    changed: dict[Part, Any]
    before: Snapshot
    after: Snapshot


class WatchedCard:
    """A card after a reset, every part of whose state can be set and whose readings are noted."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.log = Log()
        self.start = card.snapshot()
        self.base = split(self.start)
        chip = card.chip
        self._guard = Guard(card, self.log.open)
        of_sides = dict.fromkeys([*Sides.names("State"), *Sides.names("Kept")], SIDES)
        self._classes: list[tuple[Stateful, type[Stateful], type[Stateful]]] = [
            (chip.memory, Memory, _watching_memory(self.log)),
            (chip.session, Session, _watching(Session, {name: ("session", name) for name in SESSION_FIELDS}, self.log)),
            (chip.sides, Sides, _watching(Sides, of_sides, self.log)),
            (card.memory._vault, Vault, self._guard.guarded),
            (chip.sides.use, MirrorUse, _watching(MirrorUse, {name: ("use", name) for name in USE_FIELDS}, self.log)),
        ]

    def run(self, parts: Mapping[Part, Any], command: bytes, vault: tuple[Any, ...] | None = None) -> Run:
        """Put the card into the start state but for these parts and this vault, and send a command.

        Raises VaultOpened, Unattributed, and what the card raises.
        """
        before = joined(self.start, parts, vault)
        self.card.restore(before)
        self.card.chip.forget_headers()
        self.log.clear()
        for thing, _, watching in self._classes:
            set_class(thing, watching)
        try:
            answer = self.card.transmit(command)
        finally:
            for thing, plain, _ in self._classes:
                set_class(thing, plain)
            self._guard.forget()
        after = self.card.snapshot()
        self._require_fresh_headers()
        return Run(answer, tuple(self.log.parts), self.log.opened, changed(before, after), before, after)

    def _require_fresh_headers(self) -> None:
        """What is kept of directories must be what would be made now."""
        chip = self.card.chip
        kept = [(position, known) for position, known in enumerate(chip.directory_headers) if known]
        for position, known in kept:
            if known[0] is chip.sides.hidden:
                chip.directory_headers[position] = None
                if chip.directory_header(position) != known[1]:
                    path = chip.product.definition.files[position].path
                    raise Unattributed(f"the header that is kept of {path} is not the one of this state")


def split(snapshot: Snapshot) -> dict[Part, Any]:
    """A card's state outside the vault, part by part."""
    bodies, flags = snapshot.memory
    return {
        **{("contents", i): body for i, body in enumerate(bodies)},
        **{("flags", i): value for i, value in enumerate(flags)},
        **{("session", name): value for name, value in zip(SESSION_FIELDS, snapshot.session, strict=True)},
        **{("use", name): value for name, value in zip(USE_FIELDS, snapshot.use, strict=True)},
        SIDES: snapshot.sides,
    }


def joined(base: Snapshot, parts: Mapping[Part, Any], vault: tuple[Any, ...] | None) -> Snapshot:
    """A state that differs from ``base`` in these parts, and in the vault when one is given."""
    bodies, flags = base.memory
    session, use = base.session, base.use
    for (kind, at), value in parts.items():
        if kind == "contents":
            bodies = (*bodies[: int(at)], value, *bodies[int(at) + 1 :])
        elif kind == "flags":
            flags = (*flags[: int(at)], value, *flags[int(at) + 1 :])
    session = tuple([parts.get(("session", n), old) for n, old in zip(SESSION_FIELDS, session, strict=True)])
    use = tuple([parts.get(("use", n), old) for n, old in zip(USE_FIELDS, use, strict=True)])
    sides = parts.get(SIDES, base.sides)
    return Snapshot(base.product, (bodies, flags), base.vault if vault is None else vault, session, sides, use)


def changed(before: Snapshot, after: Snapshot) -> dict[Part, Any]:
    """The parts outside the vault that are not as before, with what they are now."""
    found: dict[Part, Any] = {}
    for kind, old, new in zip(("contents", "flags"), before.memory, after.memory, strict=True):
        if old is not new:
            found |= {(kind, i): b for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b}
    for kind, names, was, now in (
        ("session", SESSION_FIELDS, before.session, after.session),
        ("use", USE_FIELDS, before.use, after.use),
    ):
        if was != now:
            found |= {(kind, n): b for n, a, b in zip(names, was, now, strict=True) if a != b}
    if before.sides != after.sides:
        found[SIDES] = after.sides
    return found
