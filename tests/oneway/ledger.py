"""What must stand in the real phone book, from what a session wrote and what was there before (P3, P4, W1 to W7).

Every record is accounted for: those that the session bound hold what was last accepted for them, with their extension
pointers translated; all others are as they were.
"""

from __future__ import annotations

from tests.oneway.account import ADN, EXT1, LND, Act, Write
from uimkit.oneway.policy import Policy
from uimkit.oneway.policy import Write as Landing
from uimkit.simulator.card import Card

NONE = 0xFF
Tail = tuple[int, int]
"""A mirror record of EF_EXT1, and the how manieth binding of it in this session."""


class Ledger:
    """The phone book of one card in one session; ``watch`` and ``check`` raise AssertionError when it is not kept."""

    def __init__(self, on: Card) -> None:
        self._memory = on.memory
        index, files = on.product.definition.index, on.product.definition.files
        policy = on.product.policy
        self._paths = [path for path in (ADN, LND, EXT1, "#orphans") if path in index]
        self._positions = [index[path] for path in self._paths]
        self._lengths = {path: files[index[path]].record_length or 1 for path in self._paths}
        self._mirrored = EXT1 in policy.protected
        self._candidates = {path: _candidates(policy, path, files[index[path]].records) for path in (ADN, EXT1)}
        self.start()

    def start(self) -> None:
        """A card session begins: nothing is bound."""
        self._seen = [self._memory.contents[position] for position in self._positions]
        now = self._now()
        self.contacts = _split(now[ADN], self._lengths[ADN])
        self.extensions = _split(now[EXT1], self._lengths[EXT1])
        self.marks = {number for number, mark in enumerate(now.get("#orphans", b""), 1) if mark}
        self._place: dict[int, int] = {}
        """Mirror record of EF_ADN to the real record it is bound to."""
        self._means: dict[int, Tail] = {}
        """Real contact that this session landed to the tail its pointer means: the one that stood, or the next (W6)."""
        self._standing: dict[int, Tail] = {}
        self._bound = dict.fromkeys(range(256), 0)
        self._tails: dict[Tail, int] = {}
        """The real record of each tail that still stands."""
        self._written: dict[int, tuple[bytes, Tail]] = {}
        """What a landed real record of EF_EXT1 holds, and the tail that its pointer means."""

    def _now(self) -> dict[str, bytes]:
        return {
            path: self._memory.contents[position] for path, position in zip(self._paths, self._positions, strict=True)
        }

    def watch(self) -> None:
        """After a command that wrote nothing: no record of any protected file has changed (P4)."""
        contents = self._memory.contents
        for position, seen in zip(self._positions, self._seen, strict=True):
            if contents[position] is not seen:
                assert contents[position] == seen, "P4: a protected file changed without an accepted write"

    def write(self, write: Write) -> None:
        """After an UPDATE RECORD that was accepted, or refused for want of room."""
        wants_room = write.act is Act.BIND
        free = self._free(write.path) if wants_room else None
        if write.refused:
            assert wants_room, f"W: 92 40 to {write}"
            assert free is None, f"W1: 92 40 to {write}, though record {free} is free"
            self.watch()
            return
        assert not wants_room or free is not None, f"W1: accepted {write}, though no record is free"
        if write.path == ADN:
            self._contact(write, free or 0)
        else:
            self._extension(write, free or 0)
        self.check()

    def _free(self, path: str) -> int | None:
        records = self.contacts if path == ADN else self.extensions
        if path == ADN:
            blank = b"\xff" * (self._lengths[ADN] - 1)
            return next((n for n in self._candidates[ADN] if records[n - 1].startswith(blank)), None)
        named = {record[-1] for record in (*self.contacts, *self.extensions)} | set(self._dialled())
        bound = {self._tails[tail] for tail in self._standing.values()}
        for number in self._candidates[EXT1]:
            unused = records[number - 1].count(NONE) == len(records[number - 1]) or number in self.marks
            if unused and number not in named | bound:
                return number
        return None

    def _dialled(self) -> bytes:
        length = self._lengths[LND]
        return self._now()[LND][length - 1 :: length]

    def _meant(self, pointer: int) -> Tail:
        return self._standing.get(pointer) or (pointer, self._bound[pointer] + 1)

    def _contact(self, write: Write, free: int) -> None:
        if write.act is Act.NOTHING:
            return
        if write.act is Act.BIND:
            self._place[write.number] = free
        real = self._place[write.number]
        if write.act is Act.ERASE:
            del self._place[write.number]
            del self._means[real]
            self.contacts[real - 1] = b"\xff" * len(write.data)
            return
        self._means[real] = self._meant(write.data[-1])
        self.contacts[real - 1] = write.data

    def _extension(self, write: Write, free: int) -> None:
        number = write.number
        if write.act is Act.ERASE:
            del self._standing[number]
        if write.act in (Act.NOTHING, Act.ERASE):
            return
        if write.act is Act.BIND:
            self._bound[number] += 1
            self._standing[number] = number, self._bound[number]
            self._tails[self._standing[number]] = free
            self.marks.add(free)
        tail = self._standing[number]
        self._written[self._tails[tail]] = write.data[:-1], self._meant(write.data[-1])

    def check(self) -> None:
        """P3 and P4 on the whole phone book."""
        for real, tail in self._means.items():
            pointer = self._tails.get(tail, NONE) if self._mirrored else NONE
            self.contacts[real - 1] = self.contacts[real - 1][:-1] + bytes((pointer,))
        self._compare(ADN, self.contacts)
        if self._mirrored:
            self._check_extensions()
        now = self._now()
        assert now[LND] == self._seen[1], "P4: the real EF_LND changed"
        marks = {number for number, mark in enumerate(now.get("#orphans", b""), 1) if mark}
        assert marks == self.marks, f"W7: orphans {sorted(marks)}, expected {sorted(self.marks)}"
        self._seen = [self._memory.contents[position] for position in self._positions]

    def _compare(self, path: str, expected: list[bytes]) -> None:
        body = self._now()[path]
        if body == b"".join(expected):
            return
        for number, (record, right) in enumerate(zip(_split(body, self._lengths[path]), expected, strict=True), 1):
            rule = "P3" if number in (self._means if path == ADN else self._written) else "P4"
            assert record == right, f"{rule}: record {number} of {path} is {record.hex()}, expected {right.hex()}"

    def _check_extensions(self) -> None:
        now = self._now()
        real = _split(now[EXT1], self._lengths[EXT1])
        named = {*now[ADN][self._lengths[ADN] - 1 :: self._lengths[ADN]], *self._dialled(), *(r[-1] for r in real)}
        standing = {self._tails[tail] for tail in self._standing.values()}
        for number in list(self._written):
            if number not in standing and number not in named:  # W5: nothing names it any more
                del self._written[number]
                self._tails = {tail: place for tail, place in self._tails.items() if place != number}
                self.extensions[number - 1] = b"\xff" * self._lengths[EXT1]
                self.marks.discard(number)
        for number, (content, tail) in self._written.items():
            if number in named:
                self.marks.discard(number)
            self._check_pointer(number, real, tail)
            self.extensions[number - 1] = content + real[number - 1][-1:]
        self._compare(EXT1, self.extensions)

    def _check_pointer(self, number: int, real: list[bytes], tail: Tail) -> None:
        """The tail that was meant while it stands, else a later one of the same mirror record; FF only while there is
        none, or that would be a loop.
        """
        stored = real[number - 1][-1]
        wanted, earliest = tail
        meant = self._tails.get(tail)
        right = {place for (mirror, time), place in self._tails.items() if mirror == wanted and time >= earliest}
        if meant is not None:
            right = {meant}
        elif wanted in self._standing:
            meant = self._tails[self._standing[wanted]]
        if stored != NONE:
            assert stored in right, f"W6: extension record {number} names {stored}, expected {sorted(right)} or none"
            assert not _leads_to(stored, number, real), f"W6: the chain of extension record {number} is a loop"
        elif meant is not None and meant in right:
            assert _leads_to(meant, number, real), f"P3: extension record {number} names none, expected {meant}"


def _leads_to(start: int, end: int, extensions: list[bytes]) -> bool:
    seen: set[int] = set()
    while 1 <= start <= len(extensions) and start not in seen:
        if start == end:
            return True
        seen.add(start)
        start = extensions[start - 1][-1]
    return False


def _split(data: bytes, length: int) -> list[bytes]:
    return [data[i : i + length] for i in range(0, len(data), length)]


def _candidates(policy: Policy, path: str, last: int) -> range:
    """The real records that restricted writes may land in (W1, W10)."""
    reserved = {ADN: policy.inbox_adn, EXT1: policy.inbox_ext1}[path] if policy.write is Landing.INBOX else last
    return range(last - reserved + 1, last + 1)
