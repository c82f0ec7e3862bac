"""What a command meets when it works on an EF: the real file, or a mirror of it (design rules V1 to V9, W1 to W9)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.card.memory import MIRROR_VALID, REAL_VALID, Memory


class View(Protocol):
    """An EF as one side sees it. Record numbers start at 1; offsets and lengths are in bytes and inside the file."""

    @property
    def valid(self) -> bool:
        """False when the file is invalidated for this side (V7)."""
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


class _Flagged:
    """The part that real files and mirrors share: where they are, and an invalidation flag of their own."""

    __slots__ = ("_flag", "_length", "_memory", "_position")

    def __init__(self, memory: Memory, position: int, file: FileDef, flag: int) -> None:
        self._memory = memory
        self._position = position
        self._length = file.record_length
        self._flag = flag

    @property
    def valid(self) -> bool:
        return bool(self._memory.flags[self._position] & self._flag)

    def set_valid(self, valid: bool) -> None:
        flags = self._memory.flags[self._position]
        self._memory.set_flags(self._position, flags | self._flag if valid else flags & ~self._flag)


class RealFile(_Flagged):
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


class Mirror(_Flagged, ABC):
    """A mirror has its own flag (V7) and knows whether it was used, which refuses a late latch (S2)."""

    __slots__ = ("_blank", "used")

    def __init__(self, memory: Memory, position: int, file: FileDef) -> None:
        super().__init__(memory, position, file, MIRROR_VALID)
        self._blank = b"\xff" * file.record_length
        self.used = False

    @abstractmethod
    def state(self) -> Hashable:
        """Everything of the session this mirror holds; equal states behave alike."""

    @abstractmethod
    def set_state(self, state: Any) -> None:
        """Go back to what ``state`` returned."""

    def read(self, offset: int, length: int) -> bytes:
        raise TypeError("a mirror has records")

    def write(self, offset: int, data: bytes) -> None:
        raise TypeError("a mirror has records")


@dataclass(frozen=True, slots=True)
class Binding:
    """A mirror record and the real record its data landed in, for one session (W9)."""

    real: int
    sent: bytes
    looked: bool
    """Shown blank since its last accepted write (W3), or bound before in this session (W4)."""


class LinearMirror(Mirror):
    """EF_ADN seen from the restricted side: reads blank, writes land in free real records (W1 to W4).

    The last byte of a record is its extension pointer. The extension file is hidden from this side, so no record of it
    can be a target, and W6 makes every pointer FF in what is stored.
    """

    __slots__ = ("bindings", "bound_once", "records")

    def __init__(self, memory: Memory, position: int, file: FileDef) -> None:
        super().__init__(memory, position, file)
        self.records = file.records
        self.bindings: dict[int, Binding] = {}
        self.bound_once: set[int] = set()

    def state(self) -> Hashable:
        return self.used, tuple(sorted(self.bindings.items(), key=lambda item: item[0])), frozenset(self.bound_once)

    def set_state(self, state: Any) -> None:
        self.used, bindings, bound_once = state
        self.bindings = dict(bindings)
        self.bound_once = set(bound_once)

    def record(self, number: int) -> bytes:
        """Blank, whatever the real file holds and whatever was sent (V2, readback = never)."""
        return self._blank

    def look(self, number: int | None) -> None:
        self.used = True
        binding = self.bindings.get(number) if number else None
        if number and binding and not binding.looked:
            self.bindings[number] = replace(binding, looked=True)

    def update_record(self, number: int, data: bytes) -> int:
        binding = self.bindings.get(number)
        blank = self._is_blank(data)
        if binding is None:
            status = int(SW.OK) if blank else self._bind(number, data)  # W1
        elif not binding.looked:
            status = self._erase(number, binding) if blank else self._edit(number, binding, data)  # W2
        elif blank or data == binding.sent:
            status = SW.OK  # W3
        else:
            status = self._bind(number, data)  # W3, W4
        if status == SW.OK:
            self.used = True
        return status

    def push_record(self, data: bytes) -> int:
        raise TypeError("a linear fixed file has no oldest record")

    def _is_blank(self, data: bytes) -> bool:
        return data[:-1] == self._blank[:-1]

    def _bind(self, number: int, data: bytes) -> int:
        real = self._lowest_free()
        if real is None:
            return SW.MEMORY_PROBLEM
        self._store(real, data)
        self.bindings[number] = Binding(real, data, looked=number in self.bound_once)
        self.bound_once.add(number)
        return SW.OK

    def _edit(self, number: int, binding: Binding, data: bytes) -> int:
        self._store(binding.real, data)
        self.bindings[number] = replace(binding, sent=data)
        return SW.OK

    def _erase(self, number: int, binding: Binding) -> int:
        self._store(binding.real, self._blank)
        del self.bindings[number]
        return SW.OK

    def _store(self, real: int, data: bytes) -> None:
        self._memory.write(self._position, (real - 1) * self._length, data[:-1] + b"\xff")

    def _lowest_free(self) -> int | None:
        """The first blank real record. A bound one is never blank: what binds it is not."""
        body = self._memory.contents[self._position]
        for real in range(1, self.records + 1):
            start = (real - 1) * self._length
            if self._is_blank(body[start : start + self._length]):
                return real
        return None


class CyclicMirror(Mirror):
    """EF_LND seen from the restricted side: a store of its own, blank at reset (V9)."""

    __slots__ = ("body",)

    def __init__(self, memory: Memory, position: int, file: FileDef) -> None:
        super().__init__(memory, position, file)
        self.body = b"\xff" * file.size

    def state(self) -> Hashable:
        return self.used, self.body

    def set_state(self, state: Any) -> None:
        self.used, self.body = state

    def record(self, number: int) -> bytes:
        return self.body[(number - 1) * self._length : number * self._length]

    def look(self, number: int | None) -> None:
        self.used = True

    def update_record(self, number: int, data: bytes) -> int:
        raise TypeError("a cyclic file is written by its oldest record")

    def push_record(self, data: bytes) -> int:
        self.used = True
        self.body = data + self.body[: -self._length]
        return SW.OK
