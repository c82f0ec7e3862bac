"""What a command meets when it works on an EF: the real file, or a mirror of it (V1 to V9)."""

from __future__ import annotations

from typing import Protocol

from uimkit.card.definition import FileDef
from uimkit.card.memory import Memory
from uimkit.card.state import Constant, Stateful


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


class Flagged(Stateful):
    """The part that all views share: where they are, and an invalidation flag of their own (V7)."""

    flag: Constant[int]
    readable: Constant[bool]
    _flags: Constant[Memory]
    _position: Constant[int]
    _length: Constant[int]

    def __init__(self, memory: Memory, position: int, file: FileDef, flag: int, *, readable: bool = True) -> None:
        self.flag = flag
        self.readable = readable
        self._flags = memory
        self._position = position
        self._length = file.record_length

    @property
    def valid(self) -> bool:
        return bool(self._flags.flags[self._position] & self.flag)

    def set_valid(self, valid: bool) -> None:
        flags = self._flags.flags[self._position]
        self._flags.set_flags(self._position, flags | self.flag if valid else flags & ~self.flag)
