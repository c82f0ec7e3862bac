"""Files as C.S0023 and GSM 11.11 know them: open ones in the memory, guarded ones in the vault (V8, W7, W10)."""

from __future__ import annotations

from uimkit.apdu import SW
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.memory import REAL_VALID, Memory
from uimkit.card.state import Constant
from uimkit.oneway.policy import EF_EXT1, EF_MSISDN, Policy
from uimkit.oneway.record import NONE, Record
from uimkit.oneway.vault import Place, Vault
from uimkit.oneway.view import Flagged, View


class OpenFile(Flagged):
    """A file that every side meets as it is."""

    _memory: Constant[Memory]

    def __init__(self, memory: Memory, position: int, file: FileDef) -> None:
        super().__init__(memory, position, file, REAL_VALID)
        self._memory = memory

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


class PointerlessFile(OpenFile):
    """EF_MSISDN of a card that guards EF_EXT1: its extension pointer is always FF (V8).

    The restricted side would name a record of the mirror, and what it names would no longer be free.
    """

    def update_record(self, number: int, data: bytes) -> int:
        return super().update_record(number, data[:-1] + bytes((NONE,)))


class GuardedFile(Flagged):
    """A protected or hidden file of records, as the CDMA side and personalisation meet it."""

    _vault: Constant[Vault]

    def __init__(self, memory: Memory, vault: Vault, position: int, file: FileDef) -> None:
        super().__init__(memory, position, file, REAL_VALID)
        self._vault = vault

    def read(self, offset: int, length: int) -> bytes:
        raise TypeError("a guarded file has records")

    def write(self, offset: int, data: bytes) -> None:
        raise TypeError("a guarded file has records")

    def record(self, number: int) -> bytes:
        return self._vault.record(Place(self._position, number)).octets

    def look(self, number: int | None) -> None:
        """A real file does not care who looked."""

    def update_record(self, number: int, data: bytes) -> int:
        self._vault.write(Place(self._position, number), Record(data))
        return SW.OK

    def push_record(self, data: bytes) -> int:
        self._vault.rotate(self._position, Record(data))
        return SW.OK


class PointerlessGuardedFile(GuardedFile):
    """EF_MSISDN of a card that guards EF_EXT1 and hides this file too."""

    def update_record(self, number: int, data: bytes) -> int:
        return super().update_record(number, data[:-1] + bytes((NONE,)))


class InboxFile(GuardedFile):
    """A real file whose last records are reserved for restricted writes: no other write fills a blank one (W10)."""

    _reserved: Constant[range]

    def __init__(self, memory: Memory, vault: Vault, position: int, file: FileDef, reserved: range) -> None:
        super().__init__(memory, vault, position, file)
        self._reserved = reserved

    def update_record(self, number: int, data: bytes) -> int:
        blank = bytes((NONE,)) * (self._length - 1)
        if number in self._reserved and self.record(number)[:-1] == blank != data[:-1]:
            return SW.MEMORY_PROBLEM
        return super().update_record(number, data)


class MarkedExtensions(InboxFile):
    """The real EF_EXT1: a record that is written from this side is nobody's orphan any more (W7)."""

    _marks: Constant[int]

    def __init__(self, memory: Memory, vault: Vault, position: int, file: FileDef, reserved: range, marks: int) -> None:
        super().__init__(memory, vault, position, file, reserved)
        self._marks = marks

    def update_record(self, number: int, data: bytes) -> int:
        status = super().update_record(number, data)
        mark, unmarked = Place(self._marks, number), Record(b"\0")
        if status == SW.OK and self._vault.record(mark) != unmarked:
            self._vault.write(mark, unmarked)
        return status


def real_file(definition: CardDefinition, policy: Policy, memory: Memory, vault: Vault, position: int) -> View:
    """The view of a file that the CDMA side has, and the restricted side of a file without a mirror."""
    file = definition.files[position]
    pointerless = file.path == EF_MSISDN and EF_EXT1 in policy.protected | policy.hidden
    if position in vault.lengths and file.is_ef and file.record_length:
        if pointerless:
            return PointerlessGuardedFile(memory, vault, position, file)
        reserved = range(file.records - policy.reserved(file.path) + 1, file.records + 1)
        if file.path == EF_EXT1 and policy.orphans:
            marks = definition.index[policy.orphans]
            return MarkedExtensions(memory, vault, position, file, reserved, marks)
        return InboxFile(memory, vault, position, file, reserved)
    return (PointerlessFile if pointerless else OpenFile)(memory, position, file)
