"""The mirrors of linear fixed files: what they show, and what a write does (V2, V3, V6, V9, W1 to W5, W10)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.card.memory import Memory
from uimkit.oneway.book import Book, Source, free_records
from uimkit.oneway.policy import Policy, Read, Readback
from uimkit.oneway.views import Mirror


class LinearMirror(Mirror):
    """What these mirrors share: blanks to read, unless the policy shows a session its own writes."""

    __slots__ = ("_book", "_free", "_readback")

    def __init__(self, memory: Memory, position: int, file: FileDef, policy: Policy, book: Book) -> None:
        super().__init__(memory, position, file, readable=policy.read is Read.BLANK)
        self._free = free_records(file)
        self._blank = self._free.record
        self._book = book
        self._readback = policy.readback is Readback.SESSION

    def push_record(self, data: bytes) -> int:
        raise TypeError("a linear fixed file has no oldest record")

    def _is_blank(self, data: bytes) -> bool:
        """As a free record of this file is: in the phone book every byte FF, the extension pointer not regarded."""
        return self._free.is_free(data)


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """A mirror record and the real record its data landed in, for one session (W9)."""

    real: int
    sent: bytes
    looked: bool
    """Shown blank since its last accepted write (W3), or bound before in this session (W4)."""


class RedirectMirror(LinearMirror):
    """EF_ADN, or a file of short messages, seen from the restricted side (W1 to W4)."""

    __slots__ = ("bindings", "bound_once")

    def __init__(self, memory: Memory, position: int, file: FileDef, policy: Policy, book: Book) -> None:
        super().__init__(memory, position, file, policy, book)
        self.bindings: dict[int, Binding] = {}
        self.bound_once: set[int] = set()

    def state(self) -> Hashable:
        return self.used, tuple(sorted(self.bindings.items())), frozenset(self.bound_once)

    def set_state(self, state: Any) -> None:
        self.used, bindings, bound_once = state
        self.bindings = dict(bindings)
        self.bound_once = set(bound_once)

    def record(self, number: int) -> bytes:
        """Blank, or under readback = session what this session sent, byte for byte (V2, V6)."""
        if not self._readback:
            return self._blank
        binding = self.bindings.get(number)
        return binding.sent if binding else self._blank

    def look(self, number: int | None) -> None:
        self.used = True
        if number in self.bindings and not self._readback:
            binding = self.bindings[number]
            if not binding.looked:
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

    def _bind(self, number: int, data: bytes) -> int:
        real = self._book.free_record(self._position)
        if real is None:
            return SW.MEMORY_PROBLEM
        self._book.store(Source(self._position, real), data)
        again = number in self.bound_once and not self._readback
        self.bindings[number] = Binding(real, data, looked=again)
        self.bound_once.add(number)
        return SW.OK

    def _edit(self, number: int, binding: Binding, data: bytes) -> int:
        self._book.store(Source(self._position, binding.real), data)
        self.bindings[number] = replace(binding, sent=data)
        return SW.OK

    def _erase(self, number: int, binding: Binding) -> int:
        self._book.erase(Source(self._position, binding.real))
        del self.bindings[number]
        return SW.OK


class ExtensionMirror(LinearMirror):
    """EF_EXT1 seen from the restricted side: bound records read as occupied without content (V3, W5)."""

    __slots__ = ("_occupied", "sent")

    def __init__(self, memory: Memory, position: int, file: FileDef, policy: Policy, book: Book) -> None:
        super().__init__(memory, position, file, policy, book)
        self._occupied = b"\0" + self._blank[1:]
        self.sent: dict[int, bytes] = {}

    def state(self) -> Hashable:
        return self.used, tuple(sorted(self.sent.items())), self._book.state()

    def set_state(self, state: Any) -> None:
        self.used, sent, book = state
        self.sent = dict(sent)
        self._book.set_state(book)

    def record(self, number: int) -> bytes:
        sent = self.sent.get(number)
        if sent is None:
            return self._blank
        return sent if self._readback else self._occupied

    def update_record(self, number: int, data: bytes) -> int:
        bound, blank = number in self.sent, self._is_blank(data)
        if not bound and not blank and not self._book.bind_extension(number, data):
            return SW.MEMORY_PROBLEM
        if bound and blank:
            self._book.drop_extension(number)
        elif bound:
            self._book.edit_extension(number, data)
        if blank:
            self.sent.pop(number, None)
        else:
            self.sent[number] = data if self._readback else b""
        self.used = True
        return SW.OK


class DirectMirror(LinearMirror):
    """Mirror record r is real record r: a phone that saw it blank overwrites somebody's contact (W10)."""

    __slots__ = ()

    def state(self) -> Hashable:
        return self.used

    def set_state(self, state: Any) -> None:
        self.used = state

    def record(self, number: int) -> bytes:
        return self._blank

    def update_record(self, number: int, data: bytes) -> int:
        self.used = True
        self._memory.write(self._position, (number - 1) * self._length, data)
        return SW.OK
