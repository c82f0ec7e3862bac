"""Bugs in chains, marks of orphans, and what counts as free, that need two conditions or certain bytes (W1 to W8)."""

from __future__ import annotations

from typing import Any

from tests.mutants.in_the_writes import free_where, on_update
from tests.mutants.planting import Patch, afterwards, bug, instead, position_of, vault_of
from uimkit.apdu import INS
from uimkit.card.state import NOTHING
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.mirrors import CyclicMirror, RedirectMirror
from uimkit.oneway.policy import EF_EXT1
from uimkit.oneway.real_files import InboxFile, MarkedExtensions
from uimkit.oneway.record import NONE, Record
from uimkit.oneway.vault import Binding, Place, Vault

_UNMARKED, _ORPHAN = Record(b"\0"), Record(b"\1")


@bug("W6", "a pointer beyond the file means the last record")
def pointer_beyond_is_the_last(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def aim(self: ExtensionPointers, place: Place, target: int) -> None:
            right(self, place, target if target == NONE else min(target, self._last))

        return aim

    instead(patch, ExtensionPointers, "_aim", make)


@bug("W6", "a record of EF_EXT1 may point to itself")
def own_tail_is_pointed_to(patch: Patch) -> None:
    instead(
        patch,
        ExtensionPointers,
        "_closes_loop",
        lambda right: lambda self, place, real: real != place.number and right(self, place, real),
    )


@bug("W6", "a loop of three records is not seen")
def loop_of_three_is_closed(patch: Patch) -> None:
    def closes_loop(self: ExtensionPointers, place: Place, real: int) -> bool:
        if place.position != self.ext1:
            return False
        following = self.vault.record(Place(place.position, real)).pointer
        return place.number in (real, following)

    patch.setattr(ExtensionPointers, "_closes_loop", closes_loop)


@bug("W6", "an edit with the pointer that was sent before keeps the one that was stored")
def same_pointer_is_not_translated_again(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def edit(self: RedirectMirror, number: int, binding: Binding, record: Record) -> int:
            place = Place(self._position, binding.real)
            stored = self._vault.record(place).pointer
            status: int = right(self, number, binding, record)
            if binding.sent and binding.sent.pointer == record.pointer and stored != NONE:
                self._vault.write(place, record.pointing_to(stored))
            return status

        return edit

    instead(patch, RedirectMirror, "_edit", make)


@bug("W5", "of several tails that nothing names any more only one is erased")
def one_tail_is_released(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def release(self: ExtensionPointers) -> None:
            dropped = self.vault.dropped
            if len(dropped) > 1:
                first = min(real for real, _ in dropped.items())
                self.vault.dropped = dropped.without(first)
                right(self)
                self.vault.dropped = self.vault.dropped.put(first, dropped[first])
            else:
                right(self)

        return release

    instead(patch, ExtensionPointers, "_release", make)


@bug("W5", "a tail that was given up is erased while only an orphan names it")
def orphans_name_nothing(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def named(self: ExtensionPointers) -> set[int]:
            bindings = self.vault.bindings
            self.vault.bindings = NOTHING
            found: set[int] = right(self)
            self.vault.bindings = bindings
            return found

        return named

    instead(patch, ExtensionPointers, "_named", make)


@bug("W5", "a tail that two contacts share is erased with the first of them")
def shared_tail_goes_with_the_first(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def erase(self: RedirectMirror, number: int, binding: Binding) -> int:
            tail = self._vault.record(Place(self._position, binding.real)).pointer
            status: int = right(self, number, binding)
            if tail in self._vault.dropped and self._pointers.ext1 is not None:
                self._vault.dropped = self._vault.dropped.without(tail)
                blank = b"\xff" * self._vault.lengths[self._pointers.ext1]
                self._vault.write(Place(self._pointers.ext1, tail), Record(blank))
            return status

        return erase

    instead(patch, RedirectMirror, "_erase", make)


@bug("W5", "a tail that is erased keeps its pointer")
def erased_tail_keeps_its_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def erase(self: ExtensionPointers, place: Place, blank: Record) -> None:
            pointer = self.vault.record(place).pointer
            right(self, place, blank.pointing_to(pointer) if place.position == self.ext1 else blank)

        return erase

    instead(patch, ExtensionPointers, "erase", make)


@bug("P1", "the pointer of a blank last dialled number keeps a record of EF_EXT1 from being free")
def blank_dialled_numbers_name_tails(patch: Patch) -> None:
    def named(self: ExtensionPointers) -> Any:
        for nth, (position, rule) in enumerate(self._contacts.items()):
            if position in self.vault.lengths:
                for record in self.vault.records(position):
                    if record.pointer != NONE and (nth or not record.is_free(rule)):
                        yield record.pointer

    patch.setattr(ExtensionPointers, "_named_by_contacts", named)


@bug("free", "a record of EF_EXT1 that is FF but for its pointer is free")
def blank_tail_with_a_pointer_is_free(patch: Patch) -> None:
    patch.setattr(
        ExtensionPointers,
        "_is_unused",
        lambda self, number: (
            self._is_orphan(number) or self.vault.record(Place(self.ext1, number)).pointing_to(NONE).is_unused
        ),
    )


@bug("W7", "a reset forgets the marks of orphans")
def reset_forgets_marks(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def forget_session(self: Vault) -> None:
            right(self)
            for position in [p for p, length in self.lengths.items() if length == 1 and p in self.bodies]:
                self.bodies = self.bodies.put(position, bytes(len(self.bodies[position])))

        return forget_session

    instead(patch, Vault, "forget_session", make)


@bug("W7", "the mark of a tail that is erased stays")
def mark_of_an_erased_tail_stays(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def release(self: ExtensionPointers) -> None:
            with Patch.context() as inner:
                inner.setattr(ExtensionPointers, "_mark", lambda *rest: None)
                right(self)

        return release

    instead(patch, ExtensionPointers, "_release", make)


@bug("W7", "a write of the CDMA side leaves the mark of an orphan: the next restricted session takes the record")
def cdma_write_leaves_the_mark(patch: Patch) -> None:
    patch.setattr(MarkedExtensions, "update_record", InboxFile.update_record)


@bug("W7", "of several orphans only the first counts as free")
def one_orphan_is_free(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def is_orphan(self: ExtensionPointers, number: int) -> bool:
            return right(self, number) and not any(right(self, lower) for lower in range(1, number))

        return is_orphan

    instead(patch, ExtensionPointers, "_is_orphan", make)


@bug("W7", "an edit of a tail marks it as an orphan, though a contact names it")
def edit_marks_a_tail(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def edit(self: ExtensionPointers, mirror: Place, record: Record, sent: Record | None) -> None:
            right(self, mirror, record, sent)
            self._mark(self.vault.bindings[mirror].real, _ORPHAN)

        return edit

    instead(patch, ExtensionPointers, "edit", make)


@bug("W7", "a tail that a contact has waited for is marked as an orphan")
def awaited_tail_is_marked(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def bind(self: ExtensionPointers, mirror: Place, record: Record, sent: Record | None) -> bool:
            made: bool = right(self, mirror, record, sent)
            if made:
                self._mark(self.vault.bindings[mirror].real, _ORPHAN)
            return made

        return bind

    instead(patch, ExtensionPointers, "bind", make)


@bug("V9", "a number dialled on the mirror of EF_LND takes the mark off the tail it names")
def dialled_number_takes_the_mark(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        chip = request.chip
        marks = position_of(chip, "#orphans")
        tail = vault_of(chip).bindings.get(Place(position_of(chip, EF_EXT1), request.data[-1]))
        if isinstance(request.view, CyclicMirror) and answer == b"\x90\x00" and tail and marks >= 0:
            vault_of(chip).write(Place(marks, tail.real), _UNMARKED)
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("W8", "a contact whose capability byte is 01 counts as free")
def capable_contact_is_free(patch: Patch) -> None:
    free_where(patch, lambda self, record: record.is_free(self._free) or record.octets[-2] == 1)


@bug("W8", "a write whose capability byte is 01 is acknowledged and dropped")
def capable_contact_is_dropped(patch: Patch) -> None:
    on_update(patch, lambda self, number, record: 0x9000 if record.octets[-2] == 1 else None)


@bug("free", "a contact that begins with 00 counts as free")
def contact_from_00_is_free(patch: Patch) -> None:
    free_where(patch, lambda self, record: record.is_free(self._free) or record.octets[0] == 0)


@bug("W8", "a contact that stands on the card already is not stored again")
def known_contact_is_not_stored(patch: Patch) -> None:
    def first(self: RedirectMirror, number: int, record: Record) -> int | None:
        known = not record.is_free(self._free) and record in set(self._vault.records(self._position))
        return 0x9000 if known and self._sent(number) is None else None

    on_update(patch, first)


@bug("W8", "a contact is not stored when one with the same first two bytes stands in the first record")
def namesake_is_not_stored(patch: Patch) -> None:
    def first(self: RedirectMirror, number: int, record: Record) -> int | None:
        there = next(self._vault.records(self._position))
        return 0x9000 if not record.is_free(self._free) and record.octets[:2] == there.octets[:2] else None

    on_update(patch, first)
