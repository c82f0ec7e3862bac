"""What a command meets when it works on an EF: the real file, or a mirror of it (design rules V1 to V9)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any, Protocol

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.card.memory import MIRROR_VALID, REAL_VALID, Memory


class View(Protocol):
    """An EF as one side sees it. Record numbers start at 1; offsets and lengths are in bytes and inside the file."""

    @property
    def readable(self) -> bool:
        """False when READ and SEEK are never granted on this side, whatever the file's own condition says (V2)."""
        ...

    @property
    def flag(self) -> int:
        """The bit of the file's flags that stands for "not invalidated" on this side (V7)."""
        ...

    @property
    def valid(self) -> bool:
        """False when the file is invalidated for this side."""
        ...

    def set_valid(self, valid: bool) -> None: ...

    def read(self, offset: int, length: int) -> bytes: ...

    def write(self, offset: int, data: bytes) -> None: ...

    def record(self, number: int) -> bytes:
        """The record's bytes, without counting as a look."""
        ...

    def look(self, number: int | None) -> None:
        """The terminal was shown this record; None: it was told that no record matches."""
        ...

    def update_record(self, number: int, data: bytes) -> int:
        """Replace a whole record; returns a status word."""
        ...

    def push_record(self, data: bytes) -> int:
        """Cyclic files: the oldest record becomes record 1 with this content; returns a status word."""
        ...


class Flagged:
    """The part that real files and mirrors share: where they are, and an invalidation flag of their own."""

    __slots__ = ("_length", "_memory", "_position", "flag")

    readable = True

    def __init__(self, memory: Memory, position: int, file: FileDef, flag: int) -> None:
        self._memory = memory
        self._position = position
        self._length = file.record_length
        self.flag = flag

    @property
    def valid(self) -> bool:
        return bool(self._memory.flags[self._position] & self.flag)

    def set_valid(self, valid: bool) -> None:
        flags = self._memory.flags[self._position]
        self._memory.set_flags(self._position, flags | self.flag if valid else flags & ~self.flag)


class RealFile(Flagged):
    """The file as C.S0023 and GSM 11.11 know it."""

    __slots__ = ()

    def __init__(self, memory: Memory, position: int, file: FileDef) -> None:
        super().__init__(memory, position, file, REAL_VALID)

    def read(self, offset: int, length: int) -> bytes:
        return self._memory.contents[self._position][offset : offset + length]

    def write(self, offset: int, data: bytes) -> None:
        self._memory.write(self._position, offset, data)

    def record(self, number: int) -> bytes:
        end = number * self._length
        return self._memory.contents[self._position][end - self._length : end]

    def look(self, number: int | None) -> None:
        """A real file does not care who looked."""

    def update_record(self, number: int, data: bytes) -> int:
        self._memory.write(self._position, (number - 1) * self._length, data)
        return SW.OK

    def push_record(self, data: bytes) -> int:
        body = self._memory.contents[self._position]
        self._memory.write(self._position, 0, data + body[: -self._length])
        return SW.OK


class PointerlessFile(RealFile):
    """EF_MSISDN of a card that guards EF_EXT1: its extension pointer is always FF (V8).

    The restricted side would name a record of the mirror, and what it names would no longer be free.
    """

    __slots__ = ()

    def update_record(self, number: int, data: bytes) -> int:
        return super().update_record(number, data[:-1] + b"\xff")


class InboxFile(RealFile):
    """A real file whose last records are reserved for restricted writes: no other write fills a blank one (W10)."""

    __slots__ = ("_first",)

    def __init__(self, memory: Memory, position: int, file: FileDef, reserved: int) -> None:
        super().__init__(memory, position, file)
        self._first = file.records - reserved + 1

    def update_record(self, number: int, data: bytes) -> int:
        blank = b"\xff" * (self._length - 1)
        if number >= self._first and self.record(number)[:-1] == blank != data[:-1]:
            return SW.MEMORY_PROBLEM
        return super().update_record(number, data)


class MarkedExtensions(RealFile):
    """The real EF_EXT1: a record that is written from this side is nobody's orphan any more (W7)."""

    __slots__ = ("_inner", "_marks")

    def __init__(self, inner: RealFile, memory: Memory, position: int, file: FileDef, marks: int) -> None:
        super().__init__(memory, position, file)
        self._inner = inner
        self._marks = marks

    def update_record(self, number: int, data: bytes) -> int:
        status = self._inner.update_record(number, data)
        if status == SW.OK and self._memory.contents[self._marks][number - 1]:
            self._memory.write(self._marks, number - 1, b"\0")
        return status


class Mirror(Flagged, ABC):
    """A mirror has its own flag (V7) and knows whether it was used, which refuses a late latch (S2)."""

    __slots__ = ("_blank", "readable", "used")

    def __init__(self, memory: Memory, position: int, file: FileDef, *, readable: bool) -> None:
        super().__init__(memory, position, file, MIRROR_VALID)
        self._blank = b"\xff" * file.record_length
        self.readable = readable
        self.used = False

    @abstractmethod
    def state(self) -> Hashable:
        """Everything of the session this mirror holds; equal states behave alike."""

    @abstractmethod
    def set_state(self, state: Any) -> None:
        """Go back to what ``state`` returned."""

    @abstractmethod
    def record(self, number: int) -> bytes:
        """As ``View.record``."""

    @abstractmethod
    def update_record(self, number: int, data: bytes) -> int:
        """As ``View.update_record``."""

    @abstractmethod
    def push_record(self, data: bytes) -> int:
        """As ``View.push_record``."""

    def look(self, number: int | None) -> None:
        self.used = True

    def read(self, offset: int, length: int) -> bytes:
        raise TypeError("a mirror has records")

    def write(self, offset: int, data: bytes) -> None:
        raise TypeError("a mirror has records")


class CyclicMirror(Mirror):
    """EF_LND seen from the restricted side: a store of its own, blank at reset (V9)."""

    __slots__ = ("body",)

    def __init__(self, memory: Memory, position: int, file: FileDef, *, readable: bool) -> None:
        super().__init__(memory, position, file, readable=readable)
        self.body = b"\xff" * file.size

    def state(self) -> Hashable:
        return self.used, self.body

    def set_state(self, state: Any) -> None:
        self.used, self.body = state

    def record(self, number: int) -> bytes:
        return self.body[(number - 1) * self._length : number * self._length]

    def update_record(self, number: int, data: bytes) -> int:
        raise TypeError("a cyclic file is written by its oldest record")

    def push_record(self, data: bytes) -> int:
        self.used = True
        self.body = data + self.body[: -self._length]
        return SW.OK
