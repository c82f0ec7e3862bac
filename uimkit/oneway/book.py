"""The real files as restricted writes meet them: free records, extension pointers, orphans (W1, W5 to W7).

One ``Book`` serves all linear fixed mirrors, EF_ADN, EF_EXT1 and those of messages, of one card session. What it
changes in one command is one non-volatile transaction, because everything a command writes is stored together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any, NamedTuple

from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.memory import Memory
from uimkit.files.spec import Blank
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EXTENSION_POINTERS, Policy, Write

PHONE_BOOK = Blank()
NONE = 0xFF
"""An extension pointer that names no record."""


class FreeRecords:
    """What a free record of a file is, at the file's record length (V9): how a fresh one looks, and which bits tell."""

    __slots__ = ("_bits", "_mask", "record")

    def __init__(self, blank: Blank, length: int) -> None:
        self.record = blank.record(length)
        self._mask = int.from_bytes(blank.mask(length), "big")
        self._bits = int.from_bytes(self.record, "big") & self._mask

    def is_free(self, record: bytes) -> bool:
        return int.from_bytes(record, "big") & self._mask == self._bits


@cache
def _free_records(blank: Blank, length: int) -> FreeRecords:
    return FreeRecords(blank, length)


def free_records(file: FileDef) -> FreeRecords:
    """What a free record of this file is."""
    return _free_records(file.blank or PHONE_BOOK, file.record_length)


class Source(NamedTuple):
    """A real record that holds an extension pointer in its last byte: file position and record number."""

    position: int
    number: int


class Book:
    """Where restricted writes land, and how their pointers are translated.

    ``extensions`` maps a mirror record of EF_EXT1 to the real record it is bound to; ``waiting`` maps a stored record
    to the mirror record that its pointer means but can not name yet, or, negative, to the dropped real record that it
    means; ``dropped`` are real EXT1 records that the session gave up while something still names them, with the
    mirror record each was bound to.
    """

    def __init__(self, definition: CardDefinition, policy: Policy, memory: Memory) -> None:
        index = definition.index
        self._memory = memory
        self._files = definition.files
        self._adn = index.get(EF_ADN)
        self._ext1 = index.get(EF_EXT1) if EF_EXT1 in policy.protected else None
        self._marks = index.get(policy.orphans) if policy.orphans else None
        self._pointing = {self._adn, self._ext1}
        self._pointers = [index[path] for path in EXTENSION_POINTERS if path in index]
        self._reserved = (
            {self._adn: policy.inbox_adn, self._ext1: policy.inbox_ext1} if policy.write is Write.INBOX else {}
        )
        self.extensions: dict[int, int] = {}
        self.waiting: dict[Source, int] = {}
        self.dropped: dict[int, int] = {}

    def state(self) -> Hashable:
        return (
            tuple(sorted(self.extensions.items())),
            tuple(sorted(self.waiting.items())),
            tuple(sorted(self.dropped.items())),
        )

    def set_state(self, state: Any) -> None:
        extensions, waiting, dropped = state
        self.extensions, self.waiting, self.dropped = dict(extensions), dict(waiting), dict(dropped)

    def record(self, source: Source) -> bytes:
        length = self._files[source.position].record_length
        return self._memory.contents[source.position][(source.number - 1) * length : source.number * length]

    def free_record(self, position: int) -> int | None:
        """The lowest record of a file that is free by the file's own rule (V9). A bound one is never free."""
        blank = free_records(self._files[position])
        for number in self._candidates(position):
            if blank.is_free(self.record(Source(position, number))):
                return number
        return None

    def free_extension(self) -> int | None:
        """The lowest free record of EF_EXT1: unused, not bound, and named by no record in use."""
        if self._ext1 is None:
            return None
        named = self._named()
        bound = set(self.extensions.values())
        for number in self._candidates(self._ext1):
            if self._unused(number) and number not in named and number not in bound:
                return number
        return None

    def store(self, source: Source, data: bytes) -> None:
        """Write a record; the pointer of one that has any is translated (W6)."""
        length = len(data)
        if source.position not in self._pointing:
            self._memory.write(source.position, (source.number - 1) * length, data)
            return
        self._memory.write(source.position, (source.number - 1) * length, data[:-1] + bytes((NONE,)))
        self._aim(source, data[-1])
        self._release()

    def erase(self, source: Source) -> None:
        blank = free_records(self._files[source.position]).record
        self._memory.write(source.position, (source.number - 1) * len(blank), blank)
        self.waiting.pop(source, None)
        self._release()

    def bind_extension(self, number: int, data: bytes) -> bool:
        """Bind a mirror record of EF_EXT1 and store it; False when no real record is free."""
        real = self.free_extension()
        if real is None or self._ext1 is None:
            return False
        self.extensions[number] = real
        self._mark(real, orphan=True)
        self.store(Source(self._ext1, real), data)
        self._retry()
        return True

    def edit_extension(self, number: int, data: bytes) -> None:
        """A bound record is edited in place (W5); a loop it closed before may be open now (W6)."""
        if self._ext1 is not None:
            self.store(Source(self._ext1, self.extensions[number]), data)
            self._retry()

    def drop_extension(self, number: int) -> None:
        """Unbind; the real record goes when nothing names it, now or later (W5).

        A pointer that waits because it would close a loop through this record (W6) goes on meaning this record, and not
        what the mirror record is bound to next.
        """
        real = self.extensions.pop(number)
        self.dropped[real] = number
        self.waiting = {source: -real if target == number else target for source, target in self.waiting.items()}
        self._release()

    def _candidates(self, position: int) -> range:
        last = self._files[position].records
        return range(last - self._reserved.get(position, last) + 1, last + 1)

    def _aim(self, source: Source, target: int) -> None:
        """Point ``source`` at the mirror record ``target``, or the dropped real record -``target``, or let it wait."""
        self.waiting.pop(source, None)
        if self._ext1 is None or target == 0 or target > self._files[self._ext1].records:
            return
        real = -target if target < 0 else self.extensions.get(target)
        if real is None or self._closes_loop(source, real):
            self.waiting[source] = target
            return
        length = self._files[source.position].record_length
        self._memory.write(source.position, source.number * length - 1, bytes((real,)))
        self._mark(real, orphan=False)

    def _retry(self) -> None:
        for source, target in sorted(self.waiting.items()):
            self._aim(source, target)

    def _closes_loop(self, source: Source, real: int) -> bool:
        """Whether the chain from the real record leads back to the source."""
        if source.position != self._ext1:
            return False
        seen: set[int] = set()
        while real != NONE and real not in seen:
            if real == source.number:
                return True
            seen.add(real)
            real = (
                self.record(Source(source.position, real))[-1] if real <= self._files[source.position].records else NONE
            )
        return False

    def _unused(self, number: int) -> bool:
        """An EXT1 record that is all FF, or a marked orphan (W7)."""
        record = self.record(Source(self._ext1 or 0, number))
        return record.count(NONE) == len(record) or self._marked(number)

    def _named(self) -> set[int]:
        """Every EXT1 record that a record in use names.

        A record that a write may take is not in use, and its pointer names nothing: it goes with the write, and what
        it named would become free in the middle of a session, for a reason that only the contents know (P1).
        """
        named = {pointer for position in self._pointers for pointer in self._contact_pointers(position)}
        if self._ext1 is None:
            return named
        last = self._files[self._ext1].records
        own = {*self.dropped, *self.extensions.values()}
        chain = [n for n in range(1, last + 1) if n in own or not self._unused(n)] + list(named)
        visited: set[int] = set()
        while chain:
            number = chain.pop()
            if 1 <= number <= last and number not in visited:
                visited.add(number)
                pointer = self.record(Source(self._ext1, number))[-1]
                named.add(pointer)
                chain.append(pointer)
        return named

    def _contact_pointers(self, position: int) -> Iterator[int]:
        """The pointers of the records of EF_ADN or EF_LND that are not blank."""
        length, body = self._files[position].record_length, self._memory.contents[position]
        blank = free_records(self._files[position])
        for at in range(0, len(body), length):
            pointer = body[at + length - 1]
            if pointer != NONE and not blank.is_free(body[at : at + length]):
                yield pointer

    def _release(self) -> None:
        """Erase dropped records that nothing names any more; a pointer that meant one means its mirror record again."""
        if not self.dropped or self._ext1 is None:
            return
        for real in sorted(self.dropped.keys() - self._named()):
            number = self.dropped.pop(real, None)
            if number is None:
                continue  # released together with one before
            self._mark(real, orphan=False)
            self.erase(Source(self._ext1, real))
            for source in [source for source, target in self.waiting.items() if target == -real]:
                self._aim(source, number)

    def _marked(self, number: int) -> bool:
        return self._marks is not None and bool(self._memory.contents[self._marks][number - 1])

    def _mark(self, number: int, *, orphan: bool) -> None:
        if self._marks is not None and self._marked(number) is not orphan:
            self._memory.write(self._marks, number - 1, bytes((orphan,)))
