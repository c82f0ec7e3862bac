"""A card that notes which parts of its state a command reads, and that can be put into any state, part by part.

The shipped ``Card`` itself runs; only the containers of its state are watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from uimkit.simulator.card import Card
from uimkit.simulator.session import Session

Part = tuple[str, int | str]
"""A part of a card's state: ("body", file position), ("flags", position), ("session", field), ("side", ""), or
("mirror", position): the session's state of a mirror.
"""
SIDE: Part = ("side", "")
_SIDE_FIELDS = frozenset({"side", "unlocked", "views", "hidden", "_real_shown"})


class Log:
    """The parts read, in the order of their first reading. What a command wrote itself it may read without a note."""

    def __init__(self) -> None:
        self.parts: dict[Part, None] = {}
        self._written: set[Part] = set()

    def read(self, part: Part) -> None:
        if part not in self._written:
            self.parts[part] = None

    def wrote(self, part: Part) -> None:
        self._written.add(part)

    def clear(self) -> None:
        self.parts.clear()
        self._written.clear()


def _watched_list(items: Iterable[Any], kind: str, log: Log) -> list[Any]:
    class Watched(list[Any]):
        def __getitem__(self, at: Any) -> Any:
            log.read((kind, at))
            return list.__getitem__(self, at)

    return Watched(items)


class _Watched(NamedTuple):
    """An object with its own class and one that notes readings; it has the second only while a command runs."""

    thing: object
    plain: type
    watching: type


def _watch(thing: object, fields: Mapping[str, Part], log: Log) -> _Watched:
    kind = type(thing)
    plain = kind.__getattribute__

    def __getattribute__(self: object, name: str) -> Any:
        part = fields.get(name)
        if part is not None:
            log.read(part)
        return plain(self, name)

    def __setattr__(self: object, name: str, value: Any) -> None:
        part = fields.get(name)
        if part is not None and part[0] == "session":
            log.wrote(part)
        object.__setattr__(self, name, value)

    body = {"__slots__": (), "__getattribute__": __getattribute__, "__setattr__": __setattr__}
    return _Watched(thing, kind, type(kind.__name__, (kind,), body))


def _state_fields(thing: object) -> list[str]:
    """The public attributes of a mirror or of the book: what changes in a session."""
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    names = (*slots, *getattr(thing, "__dict__", ()))
    return [name for name in names if name[0] != "_" and name not in ("flag", "readable")]


class Run(NamedTuple):
    """One command in one state: its answer, the parts it read in the order of first reading, the parts it changed."""

    answer: bytes
    reads: tuple[Part, ...]
    changed: dict[Part, Any]


class WatchedCard:
    """A card after a reset, every part of whose state can be set and whose readings are noted."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.log = Log()
        self.mirrors = tuple(card.sides.mirrors)
        self._snapshot = card.snapshot()
        self.base = self.split(self._snapshot)
        card.memory.contents = _watched_list(card.memory.contents, "body", self.log)
        card.memory.flags = _watched_list(card.memory.flags, "flags", self.log)
        sides = card.sides
        self._watched = [
            _watch(card.session, {name: ("session", name) for name in Session.__slots__}, self.log),
            _watch(sides, dict.fromkeys(_SIDE_FIELDS, SIDE), self.log),
            *(_watch(thing, fields, self.log) for thing, fields in self.session_objects()),
        ]

    def session_objects(self) -> list[tuple[object, dict[str, Part]]]:
        """The mirrors and the book, each with the fields that change in a session and the part they belong to."""
        sides = self.card.sides
        # the extension records' pointers are part of the last mirror's state, whichever mirror asks for them
        objects = [*sides.mirrors.items(), (self.mirrors[-1], sides.book)]
        return [(thing, dict.fromkeys(_state_fields(thing), ("mirror", at))) for at, thing in objects]

    def split(self, snapshot: Any) -> dict[Part, Any]:
        """A card's state, part by part."""
        (bodies, flags), session, (*side, mirrors) = snapshot
        return {
            **{("body", i): body for i, body in enumerate(bodies)},
            **{("flags", i): value for i, value in enumerate(flags)},
            **{("session", name): value for name, value in zip(Session.__slots__, session, strict=True)},
            SIDE: tuple(side),
            **{("mirror", position): state for position, state in zip(self.mirrors, mirrors, strict=True)},
        }

    def run(self, parts: Mapping[Part, Any], command: bytes) -> Run:
        """Put the card into the base state but for these parts, and send a command: its answer, reads and changes."""
        session, sides = self._put(parts)
        self.log.clear()
        for thing, _, watching in self._watched:
            thing.__class__ = watching
        answer = self.card.transmit(command)
        for thing, plain, _ in self._watched:
            thing.__class__ = plain
        return Run(answer, tuple(self.log.parts), self._changed(parts, session, sides))

    def _put(self, parts: Mapping[Part, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The session's state and that of the sides, as they were put."""
        card = self.card
        card.restore(self._snapshot)
        card.forget_headers()
        _, session, sides = self._snapshot
        around: dict[Part, Any] = {}
        for part, value in parts.items():
            kind, at = part
            if kind == "body":
                list.__setitem__(card.memory.contents, int(at), value)
            elif kind == "flags":
                list.__setitem__(card.memory.flags, int(at), value)
            else:
                around[part] = value
        if around:
            session = tuple(
                [around.get(("session", name), old) for name, old in zip(Session.__slots__, session, strict=True)]
            )
            card.session.set_state(session)
            mirrors = tuple([around.get(("mirror", p), old) for p, old in zip(self.mirrors, sides[-1], strict=True)])
            sides = (*around.get(SIDE, sides[:-1]), mirrors)
            card.sides.set_state(sides)
        return session, sides

    def _changed(self, parts: Mapping[Part, Any], session: tuple[Any, ...], sides: tuple[Any, ...]) -> dict[Part, Any]:
        """The parts that are not as they were put."""
        card = self.card
        changed: dict[Part, Any] = {}
        for position, offset, _ in card.memory.changes:
            part: Part = ("flags" if offset < 0 else "body", position)
            now = list.__getitem__(card.memory.flags if offset < 0 else card.memory.contents, position)
            if now != parts.get(part, self.base[part]):
                changed[part] = now
        new_session, new_sides = card.session.state(), card.sides.state()
        if new_session != session:
            for name, old, new in zip(Session.__slots__, session, new_session, strict=True):
                if old != new:
                    changed["session", name] = new
        if new_sides != sides:
            if new_sides[:-1] != sides[:-1]:
                changed[SIDE] = new_sides[:-1]
            for position, old, new in zip(self.mirrors, sides[-1], new_sides[-1], strict=True):
                if old != new:
                    changed["mirror", position] = new
        return changed
