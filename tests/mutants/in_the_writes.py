"""Bugs in where restricted writes land: bindings, free records, extension pointers, orphans (W1 to W10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants.planting import Patch, bug, on_command
from uimkit.apdu import INS
from uimkit.oneway import book as books
from uimkit.oneway.book import NONE, Book, FreeRecords, Source
from uimkit.oneway.mirrors import Binding, ExtensionMirror, LinearMirror, RedirectMirror
from uimkit.oneway.policy import EF_LND


@bug("W1", "the last free record is not found: 92 40 comes one record too early")
def full_one_record_too_early(patch: Patch) -> None:
    right = Book.free_record

    def free_record(self: Book, position: int) -> int | None:
        found = right(self, position)
        return None if found == self._files[position].records else found

    patch.setattr(Book, "free_record", free_record)


@bug("W1", "a full card overwrites its last record")
def full_card_overwrites(patch: Patch) -> None:
    right = Book.free_record
    patch.setattr(Book, "free_record", lambda self, position: right(self, position) or self._files[position].records)


@bug("W1", "a full EF_EXT1 overwrites its last record")
def full_extensions_overwrite(patch: Patch) -> None:
    right = Book.free_extension
    patch.setattr(Book, "free_extension", lambda self: right(self) or self._files[self._ext1 or 0].records)


@bug("W1", "the highest free record is taken, not the lowest")
def highest_free_record(patch: Patch) -> None:
    right = Book._candidates
    patch.setattr(Book, "_candidates", lambda self, position: right(self, position)[::-1])


@bug("W1", "mirror record r lands in real record r when that is free")
def same_record_first(patch: Patch) -> None:
    right = RedirectMirror._bind

    def bind(self: RedirectMirror, number: int, data: bytes) -> int:
        free = self._book.free_record
        same = self._free.is_free(self._book.record(Source(self._position, number)))
        with Patch.context() as inner:
            inner.setattr(self._book, "free_record", lambda position: number if same else free(position))
            return right(self, number, data)

    patch.setattr(RedirectMirror, "_bind", bind)


@bug("W1", "a blank write to an unbound record binds")
def blank_write_binds(patch: Patch) -> None:
    right = RedirectMirror.update_record

    def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
        return right(self, number, data) if number in self.bindings else self._bind(number, data)

    patch.setattr(RedirectMirror, "update_record", update_record)


@bug("W1", "a blank write to an unbound record erases the real record of that number")
def blank_write_erases_the_real_one(patch: Patch) -> None:
    right = RedirectMirror.update_record

    def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
        if number not in self.bindings and self._is_blank(data):
            self._book.erase(Source(self._position, number))
        return right(self, number, data)

    patch.setattr(RedirectMirror, "update_record", update_record)


@bug("blank", "a write is blank only when its pointer is FF too")
def blank_write_regards_the_pointer(patch: Patch) -> None:
    patch.setattr(LinearMirror, "_is_blank", lambda self, data: data.count(0xFF) == len(data))


@bug("free", "a record is free only when its pointer is FF too")
def free_record_regards_the_pointer(patch: Patch) -> None:
    patch.setattr(FreeRecords, "is_free", lambda self, record: record.count(0xFF) == len(record))


@bug("free", "a record is free when its first byte is FF")
def free_record_by_its_first_byte(patch: Patch) -> None:
    patch.setattr(FreeRecords, "is_free", lambda self, record: record[0] == 0xFF)


@bug("W2", "an edit goes to the lowest free record, not to the bound one")
def edit_goes_elsewhere(patch: Patch) -> None:
    def edit(self: RedirectMirror, number: int, binding: Binding, data: bytes) -> int:
        real = self._book.free_record(self._position) or binding.real
        self._book.store(Source(self._position, real), data)
        self.bindings[number] = replace(binding, sent=data)
        return 0x9000

    patch.setattr(RedirectMirror, "_edit", edit)


@bug("W2", "an edit is acknowledged and dropped")
def edit_is_dropped(patch: Patch) -> None:
    def edit(self: RedirectMirror, number: int, binding: Binding, data: bytes) -> int:
        self.bindings[number] = replace(binding, sent=data)
        return 0x9000

    patch.setattr(RedirectMirror, "_edit", edit)


@bug("W2", "an erased record stays bound")
def erase_keeps_the_binding(patch: Patch) -> None:
    def erase(self: RedirectMirror, number: int, binding: Binding) -> int:
        self._book.erase(Source(self._position, binding.real))
        return 0x9000

    patch.setattr(RedirectMirror, "_erase", erase)


@bug("W2", "an erase unbinds and leaves the contact")
def erase_leaves_the_contact(patch: Patch) -> None:
    def erase(self: RedirectMirror, number: int, binding: Binding) -> int:
        del self.bindings[number]
        return 0x9000

    patch.setattr(RedirectMirror, "_erase", erase)


@bug("W3", "a look is not noted: the next write edits in place")
def look_is_not_noted(patch: Patch) -> None:
    def look(self: RedirectMirror, number: int | None) -> None:
        self.used = True

    patch.setattr(RedirectMirror, "look", look)


@bug("W3", "a look at record 1 is not noted")
def look_at_record_one_is_not_noted(patch: Patch) -> None:
    right = RedirectMirror.look
    patch.setattr(RedirectMirror, "look", lambda self, number: right(self, number if number != 1 else None))


@bug("W3", "a SEEK hit is no look")
def hit_is_no_look(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def seek(card: Any, file: Any, view: Any, *rest: Any) -> bytes:
            return right(card, file, _Unlooked(view), *rest)

        return seek

    on_command(patch, INS.SEEK, make)


class _Unlooked:
    """A view that is told of no hit, only that it was asked."""

    def __init__(self, view: Any) -> None:
        self._view = view

    def record(self, number: int) -> bytes:
        return self._view.record(number)

    def look(self, number: int | None) -> None:
        self._view.look(None)


@bug("W3", "after a look, the same bytes are compared without the last one")
def same_bytes_without_the_last(patch: Patch) -> None:
    right = RedirectMirror.update_record

    def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
        binding = self.bindings.get(number)
        if binding and binding.looked and data[:-1] == binding.sent[:-1]:
            return 0x9000
        return right(self, number, data)

    patch.setattr(RedirectMirror, "update_record", update_record)


@bug("W3", "after a look, the same bytes are stored a second time")
def same_bytes_bind_again(patch: Patch) -> None:
    right = RedirectMirror.update_record

    def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
        binding = self.bindings.get(number)
        if binding and binding.looked and data == binding.sent:
            return self._bind(number, data)
        return right(self, number, data)

    patch.setattr(RedirectMirror, "update_record", update_record)


@bug("W3", "after a look, a blank write erases the contact")
def blank_after_a_look_erases(patch: Patch) -> None:
    right = RedirectMirror.update_record

    def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
        binding = self.bindings.get(number)
        if binding and binding.looked and self._is_blank(data):
            return self._erase(number, binding)
        return right(self, number, data)

    patch.setattr(RedirectMirror, "update_record", update_record)


@bug("W3", "a refused write after a look gives up the old binding")
def refused_write_unbinds(patch: Patch) -> None:
    right = RedirectMirror._bind

    def bind(self: RedirectMirror, number: int, data: bytes) -> int:
        status = right(self, number, data)
        if status != 0x9000:
            self.bindings.pop(number, None)
        return status

    patch.setattr(RedirectMirror, "_bind", bind)


@bug("W4", "a record bound twice is edited in place again")
def bound_twice_is_forgotten(patch: Patch) -> None:
    right = RedirectMirror._bind

    def bind(self: RedirectMirror, number: int, data: bytes) -> int:
        self.bound_once.discard(number)
        return right(self, number, data)

    patch.setattr(RedirectMirror, "_bind", bind)


@bug("W8", "the capability byte is dropped")
def capability_is_dropped(patch: Patch) -> None:
    right = Book.store
    patch.setattr(Book, "store", lambda self, source, data: right(self, source, data[:-2] + b"\xff" + data[-1:]))


@bug("W6", "the extension pointer is stored as it was sent")
def pointer_is_stored_raw(patch: Patch) -> None:
    def store(self: Book, source: Source, data: bytes) -> None:
        self._memory.write(source.position, (source.number - 1) * len(data), data)
        self._release()

    patch.setattr(Book, "store", store)


@bug("W6", "a pointer whose target is not bound is stored as it was sent")
def unbound_pointer_is_stored_raw(patch: Patch) -> None:
    right = Book._aim

    def aim(self: Book, source: Source, target: int) -> None:
        right(self, source, target)
        if source in self.waiting and target not in self.extensions:
            length = self._files[source.position].record_length
            self._memory.write(source.position, source.number * length - 1, bytes((target,)))

    patch.setattr(Book, "_aim", aim)


@bug("W6", "a waiting pointer is never written")
def waiting_pointers_stay(patch: Patch) -> None:
    patch.setattr(Book, "_retry", lambda self: None)


@bug("W6", "an edit of a record leaves its old waiting pointer")
def edit_leaves_a_waiting_pointer(patch: Patch) -> None:
    right = Book._aim

    def aim(self: Book, source: Source, target: int) -> None:
        old = self.waiting.get(source)
        right(self, source, target)
        if old is not None and target == NONE:
            self.waiting[source] = old

    patch.setattr(Book, "_aim", aim)


@bug("W6", "an erased record leaves its waiting pointer")
def erase_leaves_a_waiting_pointer(patch: Patch) -> None:
    right = Book.erase

    def erase(self: Book, source: Source) -> None:
        old = self.waiting.get(source)
        right(self, source)
        if old is not None:
            self.waiting[source] = old

    patch.setattr(Book, "erase", erase)


@bug("W6", "only the first of several waiting pointers is written")
def one_waiting_pointer_is_enough(patch: Patch) -> None:
    def retry(self: Book) -> None:
        for source, target in sorted(self.waiting.items()):
            self._aim(source, target)
            if source not in self.waiting:
                return

    patch.setattr(Book, "_retry", retry)


@bug("W6", "an edit in EF_EXT1 does not try the waiting pointers again")
def edit_does_not_retry(patch: Patch) -> None:
    def edit_extension(self: Book, number: int, data: bytes) -> None:
        if self._ext1 is not None:
            self.store(Source(self._ext1, self.extensions[number]), data)

    patch.setattr(Book, "edit_extension", edit_extension)


@bug("W6", "a pointer closes a loop")
def loops_are_closed(patch: Patch) -> None:
    patch.setattr(Book, "_closes_loop", lambda self, source, real: False)


@bug("W6", "a loop is seen only when it is of one record")
def longer_loops_are_closed(patch: Patch) -> None:
    patch.setattr(
        Book, "_closes_loop", lambda self, source, real: source.position == self._ext1 and source.number == real
    )


@bug("W6", "pointer 00 means record 1")
def pointer_zero_is_record_one(patch: Patch) -> None:
    right = Book._aim
    patch.setattr(Book, "_aim", lambda self, source, target: right(self, source, target or 1))


@bug("W6", "the last record of EF_EXT1 can not be pointed to")
def last_extension_is_beyond(patch: Patch) -> None:
    right = Book._aim

    def aim(self: Book, source: Source, target: int) -> None:
        right(self, source, 0 if self._ext1 is not None and target == self._files[self._ext1].records else target)

    patch.setattr(Book, "_aim", aim)


@bug("W5", "a tail that was given up is erased while a contact names it")
def dropped_tail_is_erased_at_once(patch: Patch) -> None:
    def drop_extension(self: Book, number: int) -> None:
        real = self.extensions.pop(number)
        self._mark(real, orphan=False)
        self.erase(Source(self._ext1 or 0, real))

    patch.setattr(Book, "drop_extension", drop_extension)


@bug("W6", "a pointer that would close a loop means what is written there later")
def loop_leads_to_a_later_tail(patch: Patch) -> None:
    def drop_extension(self: Book, number: int) -> None:
        self.dropped[self.extensions.pop(number)] = number
        self._release()

    patch.setattr(Book, "drop_extension", drop_extension)


@bug("W5", "a tail that was given up is never erased")
def dropped_tail_stays(patch: Patch) -> None:
    patch.setattr(Book, "_release", lambda self: None)


@bug("W5", "a tail that was given up is not erased when its last referrer is erased")
def erase_does_not_release(patch: Patch) -> None:
    def erase(self: Book, source: Source) -> None:
        blank = books.free_records(self._files[source.position]).record
        self._memory.write(source.position, (source.number - 1) * len(blank), blank)
        self.waiting.pop(source, None)

    patch.setattr(Book, "erase", erase)


@bug("W5", "a write to a bound EF_EXT1 record binds it anew")
def bound_extension_binds_again(patch: Patch) -> None:
    patch.setattr(Book, "edit_extension", lambda self, number, data: self.bind_extension(number, data))


@bug("W5", "a blank write to EF_EXT1 leaves its record bound")
def blank_extension_stays_bound(patch: Patch) -> None:
    right = ExtensionMirror.update_record

    def update_record(self: ExtensionMirror, number: int, data: bytes) -> int:
        kept = self.sent.get(number)
        real = self._book.extensions.get(number)
        status = right(self, number, data)
        if kept is not None and real is not None and number not in self.sent:
            self.sent[number], self._book.extensions[number] = kept, real
        return status

    patch.setattr(ExtensionMirror, "update_record", update_record)


@bug("free", "a record of EF_EXT1 counts as free though a contact names it")
def named_record_is_free(patch: Patch) -> None:
    def free_extension(self: Book) -> int | None:
        bound = set(self.extensions.values())
        free = (n for n in self._candidates(self._ext1 or 0) if self._unused(n) and n not in bound)
        return None if self._ext1 is None else next(free, None)

    patch.setattr(Book, "free_extension", free_extension)


@bug("free", "a bound record of EF_EXT1 that nothing names yet counts as free")
def bound_record_is_free(patch: Patch) -> None:
    def free_extension(self: Book) -> int | None:
        named = self._named()
        free = (n for n in self._candidates(self._ext1 or 0) if self._unused(n) and n not in named)
        return None if self._ext1 is None else next(free, None)

    patch.setattr(Book, "free_extension", free_extension)


@bug("free", "what only EF_LND names counts as free")
def dialled_tail_is_free(patch: Patch) -> None:
    right = Book._contact_pointers

    def pointers(self: Book, position: int) -> Any:
        return iter(()) if self._files[position].path == EF_LND else right(self, position)

    patch.setattr(Book, "_contact_pointers", pointers)


@bug("free", "what only another record of EF_EXT1 names counts as free")
def chained_tail_is_free(patch: Patch) -> None:
    def named(self: Book) -> set[int]:
        return {pointer for position in self._pointers for pointer in self._contact_pointers(position)}

    patch.setattr(Book, "_named", named)


@bug("P1", "the pointer of a blank contact keeps a record of EF_EXT1 from being free")
def blank_contacts_name_tails(patch: Patch) -> None:
    def pointers(self: Book, position: int) -> Any:
        length, body = self._files[position].record_length, self._memory.contents[position]
        return (body[at + length - 1] for at in range(0, len(body), length))

    patch.setattr(Book, "_contact_pointers", pointers)


@bug("W7", "an orphan is never marked")
def orphans_are_not_marked(patch: Patch) -> None:
    right = Book._mark

    def mark(self: Book, number: int, *, orphan: bool) -> None:
        if not orphan:
            right(self, number, orphan=False)

    patch.setattr(Book, "_mark", mark)


@bug("W7", "an orphan's mark stays when a contact names it")
def marks_stay(patch: Patch) -> None:
    right = Book._mark

    def mark(self: Book, number: int, *, orphan: bool) -> None:
        if orphan:
            right(self, number, orphan=True)

    patch.setattr(Book, "_mark", mark)


@bug("W7", "the mark goes to the next record")
def mark_goes_one_further(patch: Patch) -> None:
    right = Book._mark

    def mark(self: Book, number: int, *, orphan: bool) -> None:
        right(self, number % self._files[self._ext1 or 0].records + 1, orphan=orphan)

    patch.setattr(Book, "_mark", mark)


@bug("W9", "a restricted write is kept in RAM until the next one")
def write_is_kept_back(patch: Patch) -> None:
    right = Book.store

    def store(self: Book, source: Source, data: bytes) -> None:
        late = self.__dict__.get("late")
        self.__dict__["late"] = source, data
        if late:
            right(self, *late)

    patch.setattr(Book, "store", store)


@bug("W10", "inbox: a write lands outside the reserved records when they are full")
def inbox_overflows(patch: Patch) -> None:
    right = Book._candidates

    def candidates(self: Book, position: int) -> Any:
        last = self._files[position].records
        reserved = right(self, position)
        return [*reserved, *(n for n in range(1, last + 1) if n not in reserved)]

    patch.setattr(Book, "_candidates", candidates)
