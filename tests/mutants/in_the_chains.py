"""Bugs in EF_EXT1 behind its mirror: extension pointers, chains, what is free, marks of orphans (W5 to W7)."""

from __future__ import annotations

from typing import Any

from tests.mutants.planting import Patch, bug, instead
from uimkit.oneway import extension_pointers
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.policy import EF_ADN
from uimkit.oneway.record import NONE, Record
from uimkit.oneway.vault import Place

_UNMARKED = Record(b"\0")


@bug("W6", "the extension pointer is stored as it was sent")
def pointer_is_stored_raw(patch: Patch) -> None:
    def store(self: ExtensionPointers, place: Place, record: Record) -> None:
        self.vault.write(place, record)
        self._release()

    patch.setattr(ExtensionPointers, "store", store)


@bug("W6", "a pointer whose target is not bound is stored as it was sent")
def unbound_pointer_is_stored_raw(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def aim(self: ExtensionPointers, place: Place, target: int) -> None:
            right(self, place, target)
            if place in self.vault.waiting and Place(self.ext1 or 0, target) not in self.vault.bindings and target > 0:
                self.vault.write(place, self.vault.record(place).pointing_to(target))

        return aim

    instead(patch, ExtensionPointers, "_aim", make)


@bug("W6", "a waiting pointer is never written")
def waiting_pointers_stay(patch: Patch) -> None:
    patch.setattr(ExtensionPointers, "_retry", lambda self: None)


@bug("W6", "an edit of a record leaves its old waiting pointer")
def edit_leaves_a_waiting_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def aim(self: ExtensionPointers, place: Place, target: int) -> None:
            old = self.vault.waiting.get(place)
            right(self, place, target)
            if old is not None and target == NONE:
                self.vault.waiting = self.vault.waiting.put(place, old)

        return aim

    instead(patch, ExtensionPointers, "_aim", make)


@bug("W6", "an erased record leaves its waiting pointer")
def erase_leaves_a_waiting_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def erase(self: ExtensionPointers, place: Place, blank: Record) -> None:
            old = self.vault.waiting.get(place)
            right(self, place, blank)
            if old is not None:
                self.vault.waiting = self.vault.waiting.put(place, old)

        return erase

    instead(patch, ExtensionPointers, "erase", make)


@bug("W6", "only the first of several waiting pointers is written")
def one_waiting_pointer_is_enough(patch: Patch) -> None:
    def retry(self: ExtensionPointers) -> None:
        for place, target in sorted(self.vault.waiting.items()):
            self._aim(place, target)
            if place not in self.vault.waiting:
                return

    patch.setattr(ExtensionPointers, "_retry", retry)


@bug("W6", "an edit in EF_EXT1 does not try the waiting pointers again")
def edit_does_not_retry(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def edit(self: ExtensionPointers, *rest: Any) -> None:
            with Patch.context() as inner:
                inner.setattr(ExtensionPointers, "_retry", lambda self: None)
                right(self, *rest)

        return edit

    instead(patch, ExtensionPointers, "edit", make)


@bug("W6", "a pointer closes a loop")
def loops_are_closed(patch: Patch) -> None:
    patch.setattr(ExtensionPointers, "_closes_loop", lambda self, place, real: False)


@bug("W6", "a loop is seen only when it is of one record")
def longer_loops_are_closed(patch: Patch) -> None:
    patch.setattr(
        ExtensionPointers,
        "_closes_loop",
        lambda self, place, real: place.position == self.ext1 and place.number == real,
    )


@bug("W6", "pointer 00 means record 1")
def pointer_zero_is_record_one(patch: Patch) -> None:
    _aiming_at(patch, lambda self, target: target or 1)


@bug("W6", "the last record of EF_EXT1 can not be pointed to")
def last_extension_is_beyond(patch: Patch) -> None:
    _aiming_at(patch, lambda self, target: 0 if target == self._last else target)


def _aiming_at(patch: Patch, other: Any) -> None:
    def make(right: Any) -> Any:
        return lambda self, place, target: right(self, place, other(self, target))

    instead(patch, ExtensionPointers, "_aim", make)


@bug("W5", "a tail that was given up is erased while a contact names it")
def dropped_tail_is_erased_at_once(patch: Patch) -> None:
    def drop(self: ExtensionPointers, mirror: Place) -> None:
        real = self.vault.bindings[mirror].real
        self.vault.bindings = self.vault.bindings.without(mirror)
        self._mark(real, _UNMARKED)
        self.erase(Place(mirror.position, real), Record(b"\xff" * self.vault.lengths[mirror.position]))

    patch.setattr(ExtensionPointers, "drop", drop)


@bug("W6", "a pointer that would close a loop means what is written there later")
def loop_leads_to_a_later_tail(patch: Patch) -> None:
    def drop(self: ExtensionPointers, mirror: Place) -> None:
        self.vault.dropped = self.vault.dropped.put(self.vault.bindings[mirror].real, mirror.number)
        self.vault.bindings = self.vault.bindings.without(mirror)
        self._release()

    patch.setattr(ExtensionPointers, "drop", drop)


@bug("W5", "a tail that was given up is never erased")
def dropped_tail_stays(patch: Patch) -> None:
    patch.setattr(ExtensionPointers, "_release", lambda self: None)


@bug("W5", "a tail that was given up is not erased when its last referrer is erased")
def erase_does_not_release(patch: Patch) -> None:
    def erase(self: ExtensionPointers, place: Place, blank: Record) -> None:
        self.vault.write(place, blank)
        self.vault.waiting = self.vault.waiting.without(place)

    patch.setattr(ExtensionPointers, "erase", erase)


@bug("free", "a record of EF_EXT1 counts as free though a contact names it")
def named_record_is_free(patch: Patch) -> None:
    _free_extension(patch, named=False)


@bug("free", "a bound record of EF_EXT1 that nothing names yet counts as free")
def bound_record_is_free(patch: Patch) -> None:
    _free_extension(patch, bound=False)


def _free_extension(patch: Patch, *, named: bool = True, bound: bool = True) -> None:
    def free_record(self: ExtensionPointers) -> int | None:
        taken = self._named() if named else set()
        taken |= set(self.vault.bound(self.ext1 or 0).values()) if bound else set()
        free = (number for number in self._landing if self._is_unused(number) and number not in taken)
        return None if self.ext1 is None else next(free, None)

    patch.setattr(ExtensionPointers, "_free_record", free_record)


@bug("free", "what only EF_LND names counts as free")
def dialled_tail_is_free(patch: Patch) -> None:
    patch.setattr(extension_pointers, "EXTENSION_POINTERS", (EF_ADN,))


@bug("free", "what only another record of EF_EXT1 names counts as free")
def chained_tail_is_free(patch: Patch) -> None:
    patch.setattr(ExtensionPointers, "_named", lambda self: set(self._named_by_contacts()))


@bug("P1", "the pointer of a blank contact keeps a record of EF_EXT1 from being free")
def blank_contacts_name_tails(patch: Patch) -> None:
    def named(self: ExtensionPointers) -> Any:
        guarded = [position for position in self._contacts if position in self.vault.lengths]
        return (record.pointer for position in guarded for record in self.vault.records(position))

    patch.setattr(ExtensionPointers, "_named_by_contacts", named)


@bug("W7", "an orphan is never marked")
def orphans_are_not_marked(patch: Patch) -> None:
    _marking(patch, lambda right, self, number, mark: right(self, number, mark) if mark == _UNMARKED else None)


@bug("W7", "an orphan's mark stays when a contact names it")
def marks_stay(patch: Patch) -> None:
    _marking(patch, lambda right, self, number, mark: right(self, number, mark) if mark != _UNMARKED else None)


@bug("W7", "the mark goes to the next record")
def mark_goes_one_further(patch: Patch) -> None:
    _marking(patch, lambda right, self, number, mark: right(self, number % self._last + 1, mark))


def _marking(patch: Patch, how: Any) -> None:
    def make(right: Any) -> Any:
        return lambda self, number, mark: how(right, self, number, mark)

    instead(patch, ExtensionPointers, "_mark", make)
