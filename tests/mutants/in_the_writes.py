"""Bugs in where restricted writes land: bindings and free records (W1 to W4, W8 to W10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.mutants.planting import Patch, bug, during, instead, real_at
from uimkit.apdu import INS
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.mirrors import ExtensionMirror, RedirectMirror
from uimkit.oneway.policy import Policy
from uimkit.oneway.record import Record
from uimkit.oneway.vault import Binding, Place, Vault


@bug("W1", "the last free record is not found: 92 40 comes one record too early")
def full_one_record_too_early(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def free_record(self: RedirectMirror) -> int | None:
            found: int | None = right(self)
            return None if found == self._landing[-1] else found

        return free_record

    instead(patch, RedirectMirror, "_free_record", make)


@bug("W1", "a full card overwrites its last record")
def full_card_overwrites(patch: Patch) -> None:
    instead(patch, RedirectMirror, "_free_record", lambda right: lambda self: right(self) or self._landing[-1])


@bug("W1", "a full EF_EXT1 overwrites its last record")
def full_extensions_overwrite(patch: Patch) -> None:
    instead(patch, ExtensionPointers, "_free_record", lambda right: lambda self: right(self) or self._last)


@bug("W1", "the highest free record is taken, not the lowest")
def highest_free_record(patch: Patch) -> None:
    instead(patch, Policy, "landing", lambda right: lambda self, path, last: right(self, path, last)[::-1])


@bug("W1", "mirror record r lands in real record r when that is free")
def same_record_first(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def bind(self: RedirectMirror, number: int, record: Record) -> int:
            landing = self._landing
            if real_at(self, number).is_free(self._free):
                self._landing = range(number, number + 1)
            status: int = right(self, number, record)
            self._landing = landing
            return status

        return bind

    instead(patch, RedirectMirror, "_bind", make)


@bug("W1", "a blank write to an unbound record binds")
def blank_write_binds(patch: Patch) -> None:
    on_update(patch, lambda self, number, record: self._bind(number, record) if self._sent(number) is None else None)


@bug("W1", "a blank write to an unbound record erases the real record of that number")
def blank_write_erases_the_real_one(patch: Patch) -> None:
    def first(self: RedirectMirror, number: int, record: Record) -> None:
        if self._sent(number) is None and record.is_free(self._free):
            self._pointers.erase(Place(self._position, number), Record(self._blank))

    on_update(patch, first)


Update = Callable[[Any, int, Record], int | None]


def on_update(patch: Patch, first: Update) -> None:
    """Lets ``first`` answer a write to the mirror of EF_ADN, or, where it gives None, come before the right answer."""

    def make(right: Any) -> Any:
        def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
            status = first(self, number, Record(data))
            if status is None:
                return int(right(self, number, data))
            self._use.used |= status == 0x9000
            return status

        return update_record

    instead(patch, RedirectMirror, "update_record", make)


@bug("blank", "a write is blank only when its pointer is FF too")
def blank_write_regards_the_pointer(patch: Patch) -> None:
    def first(self: RedirectMirror, number: int, record: Record) -> int | None:
        if not record.is_free(self._free) or record.is_unused:
            return None
        binding = self._sent(number)
        return self._edit(number, binding, record) if binding and not binding.looked else self._bind(number, record)

    on_update(patch, first)


@bug("free", "a record is free only when its pointer is FF too")
def free_record_regards_the_pointer(patch: Patch) -> None:
    free_where(patch, lambda self, record: record.is_unused)


@bug("free", "a record is free when its first byte is FF")
def free_record_by_its_first_byte(patch: Patch) -> None:
    free_where(patch, lambda self, record: record.octets[0] == 0xFF)


def free_where(patch: Patch, is_free: Callable[[Any, Record], bool]) -> None:
    """Another rule of what is a free contact."""

    def free_record(self: RedirectMirror) -> int | None:
        return next((number for number in self._landing if is_free(self, real_at(self, number))), None)

    patch.setattr(RedirectMirror, "_free_record", free_record)


@bug("W2", "an edit goes to the lowest free record, not to the bound one")
def edit_goes_elsewhere(patch: Patch) -> None:
    def edit(self: RedirectMirror, number: int, binding: Binding, record: Record) -> int:
        real = self._free_record() or binding.real
        self._pointers.store(Place(self._position, real), record)
        self._bound(number, replace(binding, sent=record))
        return 0x9000

    patch.setattr(RedirectMirror, "_edit", edit)


@bug("W2", "an edit is acknowledged and dropped")
def edit_is_dropped(patch: Patch) -> None:
    def edit(self: RedirectMirror, number: int, binding: Binding, record: Record) -> int:
        self._bound(number, replace(binding, sent=record))
        return 0x9000

    patch.setattr(RedirectMirror, "_edit", edit)


@bug("W2", "an erased record stays bound")
def erase_keeps_the_binding(patch: Patch) -> None:
    def erase(self: RedirectMirror, number: int, binding: Binding) -> int:
        self._pointers.erase(Place(self._position, binding.real), Record(self._blank))
        return 0x9000

    patch.setattr(RedirectMirror, "_erase", erase)


@bug("W2", "an erase unbinds and leaves the contact")
def erase_leaves_the_contact(patch: Patch) -> None:
    def erase(self: RedirectMirror, number: int, binding: Binding) -> int:
        self._vault.bindings = self._vault.bindings.without(Place(self._position, number))
        return 0x9000

    patch.setattr(RedirectMirror, "_erase", erase)


@bug("W3", "a look is not noted: the next write edits in place")
def look_is_not_noted(patch: Patch) -> None:
    instead(patch, RedirectMirror, "look", lambda right: lambda self, number: right(self, None))


@bug("W3", "a look at record 1 is not noted")
def look_at_record_one_is_not_noted(patch: Patch) -> None:
    instead(
        patch, RedirectMirror, "look", lambda right: lambda self, number: right(self, number if number != 1 else None)
    )


@bug("W3", "a SEEK hit is no look")
def hit_is_no_look(patch: Patch) -> None:
    during(patch, INS.SEEK, RedirectMirror, "look", lambda right: lambda self, number: right(self, None))


def once_looked(patch: Patch, then: Callable[[Any, int, Record, Binding], int | None]) -> None:
    """Lets ``then`` answer a write to a record that was looked at; None: the right answer comes."""

    def first(self: RedirectMirror, number: int, record: Record) -> int | None:
        binding = self._sent(number)
        return then(self, number, record, binding) if binding and binding.looked else None

    on_update(patch, first)


@bug("W3", "after a look, the same bytes are compared without the last one")
def same_bytes_without_the_last(patch: Patch) -> None:
    def then(self: RedirectMirror, number: int, record: Record, binding: Binding) -> int | None:
        return 0x9000 if binding.sent and record.pointing_to(0) == binding.sent.pointing_to(0) else None

    once_looked(patch, then)


@bug("W3", "after a look, the same bytes are stored a second time")
def same_bytes_bind_again(patch: Patch) -> None:
    once_looked(
        patch,
        lambda self, number, record, binding: self._bind(number, record) if record == binding.sent else None,
    )


@bug("W3", "after a look, a blank write erases the contact")
def blank_after_a_look_erases(patch: Patch) -> None:
    once_looked(
        patch,
        lambda self, number, record, binding: self._erase(number, binding) if record.is_free(self._free) else None,
    )


@bug("W3", "a refused write after a look gives up the old binding")
def refused_write_unbinds(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def bind(self: RedirectMirror, number: int, record: Record) -> int:
            status: int = right(self, number, record)
            if status != 0x9000:
                self._vault.bindings = self._vault.bindings.without(Place(self._position, number))
            return status

        return bind

    instead(patch, RedirectMirror, "_bind", make)


@bug("W4", "a record bound twice is edited in place again")
def bound_twice_is_forgotten(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def bind(self: RedirectMirror, number: int, record: Record) -> int:
            self._vault.bound_before -= {Place(self._position, number)}
            return int(right(self, number, record))

        return bind

    instead(patch, RedirectMirror, "_bind", make)


@bug("W8", "the capability byte is dropped")
def capability_is_dropped(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def store(self: ExtensionPointers, place: Place, record: Record) -> None:
            right(self, place, Record(record.octets[:-2] + b"\xff" + record.octets[-1:]))

        return store

    instead(patch, ExtensionPointers, "store", make)


@bug("W5", "a write to a bound EF_EXT1 record binds it anew")
def bound_extension_binds_again(patch: Patch) -> None:
    patch.setattr(ExtensionPointers, "edit", ExtensionPointers.bind)


@bug("W5", "a blank write to EF_EXT1 leaves its record bound")
def blank_extension_stays_bound(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def update_record(self: ExtensionMirror, number: int, data: bytes) -> int:
            binding = self._sent(number)
            status: int = right(self, number, data)
            if binding and self._sent(number) is None:
                self._vault.bindings = self._vault.bindings.put(Place(self._position, number), binding)
            return status

        return update_record

    instead(patch, ExtensionMirror, "update_record", make)


@bug("W9", "a restricted write is kept in RAM until the next one")
def write_is_kept_back(patch: Patch) -> None:
    late: dict[int, tuple[Vault, Place, Record]] = {}

    def make(right: Any) -> Any:
        def store(self: ExtensionPointers, place: Place, record: Record) -> None:
            before = late.get(id(self.vault))
            late[id(self.vault)] = self.vault, place, record
            if before:
                right(self, *before[1:])

        return store

    instead(patch, ExtensionPointers, "store", make)


@bug("W10", "inbox: a write lands outside the reserved records when they are full")
def inbox_overflows(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def landing(self: Policy, path: str, last: int) -> list[int]:
            reserved = right(self, path, last)
            return [*reserved, *(number for number in range(1, last + 1) if number not in reserved)]

        return landing

    instead(patch, Policy, "landing", make)
