"""The protected files of a card, read from its memory: records, orphan marks, and how many are free (P2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from uimkit.card.definition import CardDefinition
from uimkit.card.memory import Change
from uimkit.card.state import FrozenMap
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND, Policy, Write

FF = 0xFF
Bodies = Sequence[bytes] | FrozenMap[int, bytes]


def is_blank(data: bytes) -> bool:
    """All FF, the extension pointer in the last byte not regarded."""
    return data.count(FF, 0, -1) == len(data) - 1


class Content(NamedTuple):
    """The protected files of one card: records of EF_ADN and EF_EXT1, orphan marks, EF_LND (empty when not there)."""

    adn: tuple[bytes, ...]
    ext1: tuple[bytes, ...]
    marks: bytes
    lnd: tuple[bytes, ...]

    def idle(self, number: int) -> bool:
        """An EF_EXT1 record that is all FF, or a marked orphan (W7)."""
        data = self.ext1[number - 1]
        return data.count(FF) == len(data) or bool(self.marks and self.marks[number - 1])

    def named(self, bound: frozenset[int] = frozenset()) -> frozenset[int]:
        """The EF_EXT1 records that records in use name; a record that a write may take names nothing."""
        found = {data[-1] for data in (*self.adn, *self.lnd) if not is_blank(data)}
        found |= {data[-1] for n, data in enumerate(self.ext1, 1) if n in bound or not self.idle(n)}
        while True:
            more = {self.ext1[n - 1][-1] for n in found if 1 <= n <= len(self.ext1)} - found
            if not more:
                return frozenset(found)
            found |= more

    def as_hex(self) -> dict[str, object]:
        """By path, as a report shows it."""
        files = ((EF_ADN, self.adn), (EF_EXT1, self.ext1), (EF_LND, self.lnd))
        shown: dict[str, object] = {path: [r.hex().upper() for r in records] for path, records in files if records}
        if any(self.marks):
            shown["orphans"] = [n for n, mark in enumerate(self.marks, 1) if mark]
        return shown


class FreeCounts(NamedTuple):
    """The declared leak: the free records of EF_ADN and EF_EXT1 that a restricted write can take (P2)."""

    adn: int
    ext1: int


class Wrote(NamedTuple):
    """Which records of EF_ADN and EF_EXT1 a command wrote to, by number."""

    adn: tuple[int, ...]
    ext1: tuple[int, ...]


NO_WRITES = Wrote((), ())


class PhoneBook:
    """Where the protected files of a card lie."""

    def __init__(self, definition: CardDefinition, policy: Policy) -> None:
        index = definition.index
        mirrored = EF_EXT1 in policy.protected
        self.adn = index[EF_ADN]
        self.ext1 = index[EF_EXT1] if mirrored else None
        self.marks = index.get(policy.orphans) if mirrored and policy.orphans else None
        self.lnd = index.get(EF_LND) if EF_LND in policy.protected | policy.hidden else None
        self.positions = tuple(p for p in (self.adn, self.ext1, self.marks, self.lnd) if p is not None)
        self.lengths = {p: definition.files[p].record_length for p in self.positions}
        self.counts = {p: definition.files[p].records for p in self.positions}
        self.contacts = self.counts[self.adn]
        self.extensions = 0 if self.ext1 is None else self.counts[self.ext1]
        self.shown_by = {
            file.fid: file.same_as or file.path
            for file in definition.files
            if file.selectable and (file.same_as or file.path) in (EF_ADN, EF_EXT1)
        }
        """Identifier of each EF that shows the records of EF_ADN or EF_EXT1, and which of the two."""
        inbox = policy.write is Write.INBOX
        self.first_adn = self.contacts - policy.inbox_adn + 1 if inbox else 1
        self.first_ext1 = self.extensions - policy.inbox_ext1 + 1 if inbox else 1

    def content(self, bodies: Bodies) -> Content:
        """From the bodies of all files of a card, or those of its vault."""
        marks = b"" if self.marks is None else bodies[self.marks]
        return Content(
            self._records(bodies, self.adn), self._records(bodies, self.ext1), marks, self._records(bodies, self.lnd)
        )

    def put(self, content: Content, bodies: Sequence[bytes]) -> tuple[bytes, ...]:
        """The bodies of all files, with this content in its own."""
        made = list(bodies)
        for position, body in self._bodies(content):
            made[position] = body
        return tuple(made)

    def put_in(self, content: Content, bodies: FrozenMap[int, bytes]) -> FrozenMap[int, bytes]:
        """The bodies of a vault, with this content in its own."""
        for position, body in self._bodies(content):
            bodies = bodies.put(position, body)
        return bodies

    def _bodies(self, content: Content) -> Iterator[tuple[int, bytes]]:
        for position, body in (
            (self.adn, b"".join(content.adn)),
            (self.ext1, b"".join(content.ext1)),
            (self.marks, content.marks),
            (self.lnd, b"".join(content.lnd)),
        ):
            if position is not None:
                yield position, body

    def wrote(self, changes: Iterable[Change]) -> Wrote:
        """From the log of a card's memory."""
        numbers: dict[int, set[int]] = {position: set() for position in self.positions}
        for position, offset, _ in changes:
            if position in numbers and offset >= 0 and self.lengths[position]:
                numbers[position].add(offset // self.lengths[position] + 1)
        ext1 = () if self.ext1 is None else sorted(numbers[self.ext1])
        return Wrote(tuple(sorted(numbers[self.adn])), tuple(ext1))

    def free_adn(self, content: Content) -> list[int]:
        """Numbers of the free records of EF_ADN: blank."""
        return [n for n, data in enumerate(content.adn, 1) if n >= self.first_adn and is_blank(data)]

    def free_ext1(self, content: Content, bound: frozenset[int] = frozenset()) -> list[int]:
        """Numbers of the free records of EF_EXT1: idle, not bound, and named by no record in use."""
        named = content.named(bound)
        numbers = range(self.first_ext1, len(content.ext1) + 1)
        return [n for n in numbers if content.idle(n) and n not in named and n not in bound]

    def free(self, content: Content) -> FreeCounts:
        """What P1 wants equal at the start of a session."""
        return FreeCounts(len(self.free_adn(content)), len(self.free_ext1(content)))

    def _records(self, bodies: Bodies, position: int | None) -> tuple[bytes, ...]:
        if position is None:
            return ()
        body, length = bodies[position], self.lengths[position]
        return tuple([body[at : at + length] for at in range(0, len(body), length)])
