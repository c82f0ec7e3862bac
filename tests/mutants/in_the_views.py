"""Bugs in what a restricted terminal is shown: mirrors, SEEK, the record pointer, headers (V1 to V7, V9)."""

from __future__ import annotations

from typing import Any

from tests.mutants.planting import Patch, bug, on_command
from uimkit.apdu import INS
from uimkit.card.memory import MIRROR_VALID, REAL_VALID
from uimkit.oneway.mirrors import ExtensionMirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN
from uimkit.oneway.views import CyclicMirror, Flagged, Mirror
from uimkit.simulator import records
from uimkit.simulator.card import Card


def _order(patch: Patch, mode: int, make: Any) -> None:
    right = records._seek_order
    patch.setattr(
        records,
        "_seek_order",
        lambda pointer, last, asked: make(pointer, last) if asked == mode else right(pointer, last, asked),
    )


@bug("V4", "SEEK from the beginning starts at record 2")
def seek_from_the_second(patch: Patch) -> None:
    _order(patch, 0, lambda pointer, last: range(min(2, last), last + 1))


@bug("V4", "SEEK from the end never looks at record 1")
def seek_from_the_end_stops_at_two(patch: Patch) -> None:
    _order(patch, 1, lambda pointer, last: range(last, min(1, last - 1), -1))


@bug("V4", "SEEK from the next record looks at the current one too")
def seek_next_looks_at_the_current(patch: Patch) -> None:
    _order(patch, 2, lambda pointer, last: range(pointer or 1, last + 1))


@bug("V4", "SEEK from the next record begins at record 1 when it is at the last")
def seek_next_wraps(patch: Patch) -> None:
    _order(patch, 2, lambda pointer, last: [*range(pointer + 1, last + 1), *range(1, pointer)])


@bug("V4", "SEEK from the previous record looks at the current one too")
def seek_previous_looks_at_the_current(patch: Patch) -> None:
    _order(patch, 3, lambda pointer, last: range(pointer or last, 0, -1))


@bug("V4", "SEEK from the previous record, pointer undefined, finds nothing")
def seek_previous_wants_a_pointer(patch: Patch) -> None:
    _order(patch, 3, lambda pointer, last: range(pointer - 1, 0, -1))


@bug("V4", "SEEK runs on the real records")
def seek_on_the_real_records(patch: Patch) -> None:
    on_command(
        patch,
        INS.SEEK,
        lambda right: lambda card, file, view, *rest: right(card, file, card.sides.real(card.session.ef), *rest),
    )


@bug("V4", "SEEK that finds nothing on the mirror goes on in the real records")
def seek_falls_back_to_the_real_records(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def seek(card: Card, file: Any, view: Any, *rest: Any) -> bytes:
            answer = right(card, file, view, *rest)
            return answer if answer != b"\x94\x04" else right(card, file, card.sides.real(card.session.ef), *rest)

        return seek

    on_command(patch, INS.SEEK, make)


@bug("V4", "SEEK that finds nothing resets the record pointer")
def seek_in_vain_moves_the_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def seek(card: Card, *rest: Any) -> bytes:
            answer = right(card, *rest)
            if answer == b"\x94\x04":
                card.session.pointer = 0
            return answer

        return seek

    on_command(patch, INS.SEEK, make)


@bug("V4", "SEEK with answer gives the number of the record before")
def seek_answers_one_less(patch: Patch) -> None:
    right = records._found
    patch.setattr(records, "_found", lambda card, number: right(card, number - 1))


@bug("8.7", "SEEK without answer does not set the pointer")
def seek_without_answer_keeps_the_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def seek(card: Card, *rest: Any) -> bytes:
            before = card.session.pointer
            answer = right(card, *rest)
            if answer == b"\x90\x00":
                card.session.pointer = before
            return answer

        return seek

    on_command(patch, INS.SEEK, make)


@bug("V4", "SEEK takes a pattern longer than a record may have")
def seek_takes_long_patterns(patch: Patch) -> None:
    patch.setattr(records, "_MAX_PATTERN", 255)


@bug("6.4.3", "READ RECORD NEXT does not move the pointer")
def next_stands_still(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def read(card: Card, *rest: Any) -> bytes:
            before = card.session.pointer
            answer = right(card, *rest)
            if rest[3] == records.NEXT:
                card.session.pointer = before
            return answer

        return read

    on_command(patch, INS.READ_RECORD, make)


@bug("9.2.5", "READ RECORD in ABSOLUTE mode moves the pointer")
def absolute_moves_the_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def read(card: Card, *rest: Any) -> bytes:
            answer = right(card, *rest)
            if answer.endswith(b"\x90\x00") and rest[2]:
                card.session.pointer = rest[2]
            return answer

        return read

    on_command(patch, INS.READ_RECORD, make)


@bug("V5", "UPDATE RECORD NEXT that is refused with 92 40 moves the pointer")
def refused_write_moves_the_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def update(card: Card, *rest: Any) -> bytes:
            answer = right(card, *rest)
            if answer == b"\x92\x40" and rest[3] == records.NEXT:
                card.session.pointer += 1
            return answer

        return update

    on_command(patch, INS.UPDATE_RECORD, make)


@bug("6.4.3", "PREVIOUS with an undefined pointer is out of range")
def previous_wants_a_pointer(patch: Patch) -> None:
    patch.setattr(records, "_before", lambda pointer, last: pointer - 1)


@bug("V2", "the mirror of EF_ADN shows what the session wrote, under readback never")
def mirror_shows_its_own_writes(patch: Patch) -> None:
    def record(self: RedirectMirror, number: int) -> bytes:
        binding = self.bindings.get(number)
        return binding.sent if binding else self._blank

    patch.setattr(RedirectMirror, "record", record)


@bug("V2", "the last mirror record shows the real one")
def last_record_is_real(patch: Patch) -> None:
    right = RedirectMirror.record

    def record(self: RedirectMirror, number: int) -> bytes:
        body = self._memory.contents[self._position]
        last = number * self._length == len(body)
        return body[-self._length :] if last else right(self, number)

    patch.setattr(RedirectMirror, "record", record)


@bug("V2", "the capability byte of the real record shows through")
def capability_shows_through(patch: Patch) -> None:
    right = RedirectMirror.record

    def record(self: RedirectMirror, number: int) -> bytes:
        shown, end = right(self, number), number * self._length
        return shown[:-1] + self._memory.contents[self._position][end - 1 : end]

    patch.setattr(RedirectMirror, "record", record)


@bug("V3", "a bound EF_EXT1 record reads blank")
def bound_extension_reads_blank(patch: Patch) -> None:
    patch.setattr(ExtensionMirror, "record", lambda self, number: self._blank)


@bug("V3", "an EF_EXT1 record that is real and in use reads as occupied")
def real_extensions_read_occupied(patch: Patch) -> None:
    right = ExtensionMirror.record

    def record(self: ExtensionMirror, number: int) -> bytes:
        used = self._memory.contents[self._position][(number - 1) * self._length] != 0xFF
        return self._occupied if used else right(self, number)

    patch.setattr(ExtensionMirror, "record", record)


@bug("V6", "readback session shows the stored pointer, which is a real record's number")
def readback_shows_the_stored_bytes(patch: Patch) -> None:
    def record(self: RedirectMirror, number: int) -> bytes:
        binding = self.bindings.get(number) if self._readback else None
        if binding is None:
            return self._blank
        return self._memory.contents[self._position][(binding.real - 1) * self._length : binding.real * self._length]

    patch.setattr(RedirectMirror, "record", record)


@bug("V9", "the mirror of EF_LND reads the real store")
def dialled_numbers_are_real(patch: Patch) -> None:
    def record(self: CyclicMirror, number: int) -> bytes:
        return self._memory.contents[self._position][(number - 1) * self._length : number * self._length]

    patch.setattr(CyclicMirror, "record", record)


@bug("V9", "a write to the mirror of EF_LND lands in the real one too")
def dialled_numbers_land(patch: Patch) -> None:
    right = CyclicMirror.push_record

    def push_record(self: CyclicMirror, data: bytes) -> int:
        body = self._memory.contents[self._position]
        self._memory.write(self._position, 0, data + body[: -self._length])
        return right(self, data)

    patch.setattr(CyclicMirror, "push_record", push_record)


@bug("V9", "the mirror of EF_LND keeps its records in their places")
def dialled_numbers_do_not_move(patch: Patch) -> None:
    def push_record(self: CyclicMirror, data: bytes) -> int:
        self.used = True
        self.body = data + self.body[self._length :]
        return 0x9000

    patch.setattr(CyclicMirror, "push_record", push_record)


@bug("V2", "read = deny forgets SEEK and READ RECORD: the mirror is readable")
def denied_reads_are_answered(patch: Patch) -> None:
    right = Mirror.__init__

    def init(self: Mirror, memory: Any, position: int, file: Any, *, readable: bool) -> None:
        right(self, memory, position, file, readable=True)

    patch.setattr(Mirror, "__init__", init)


def _used_records(card: Card) -> int:
    """Of the real EF_ADN."""
    position = card.product.definition.index.get(EF_ADN)
    if position is None:
        return 0
    length, body = card.product.definition.files[position].record_length, card.memory.contents[position]
    return sum(body[at] != 0xFF for at in range(0, len(body), length))


@bug("V1", "the header of EF_ADN says in its byte 2 whether record 1 is in use")
def header_tells_of_record_one(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def select(card: Card, *rest: Any) -> bytes:
            answer, session = right(card, *rest), card.session
            position = card.product.definition.index.get(EF_ADN)
            if answer[:1] == b"\x9f" and position is not None and session.ef == position and session.pending:
                used = bytes((card.memory.contents[position][0] != 0xFF,))
                session.pending = session.pending[:1] + used + session.pending[2:]
            return answer

        return select

    on_command(patch, INS.SELECT, make)


@bug("V1", "free memory in a directory's header counts the blank records of EF_EXT1")
def free_memory_counts_extensions(patch: Patch) -> None:
    right = Card._make_directory_header

    def header(self: Card, position: int) -> bytes:
        made = right(self, position)
        ext1 = self.product.definition.index.get("3F00/7F10/6F4A")
        first = 0 if ext1 is None else self.memory.contents[ext1][0]
        return made[:3] + bytes((first,)) + made[4:]

    patch.setattr(Card, "_make_directory_header", header)


@bug("V5", "STATUS says in its byte 2 how many records are in use")
def status_counts_used_records(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def status(card: Card, *rest: Any) -> bytes:
            answer = right(card, *rest)
            if len(answer) < 4:
                return answer
            return answer[:1] + bytes((_used_records(card) & 0xFF,)) + answer[2:]

        return status

    on_command(patch, INS.STATUS, make)


@bug("V5", "READ RECORD keeps what waits for GET RESPONSE")
def read_keeps_pending_data(patch: Patch) -> None:
    _keep_pending(patch, INS.READ_RECORD)


@bug("V5", "an instruction nobody knows keeps what waits for GET RESPONSE")
def unknown_command_keeps_pending_data(patch: Patch) -> None:
    _keep_pending(patch, 0xE0)


def _keep_pending(patch: Patch, ins: int) -> None:
    right = Card.transmit

    def transmit(self: Card, command: bytes) -> bytes:
        before = self.session.pending
        answer = right(self, command)
        if command[1:2] == bytes((ins,)) and self.session.pending is None:
            self.session.pending = before
        return answer

    patch.setattr(Card, "transmit", transmit)


@bug("9.2.18", "GET RESPONSE may be repeated")
def get_response_repeats(patch: Patch) -> None:
    right = Card._get_response

    def get_response(self: Card, command: bytes) -> bytes:
        before = self.session.pending
        answer = right(self, command)
        self.session.pending = before
        return answer

    patch.setattr(Card, "_get_response", get_response)


@bug("V7", "INVALIDATE of a mirror sets the real file's flag")
def mirror_invalidates_the_real_file(patch: Patch) -> None:
    _flag_of_mirror(patch, REAL_VALID, reading=False)


@bug("V7", "the real file's flag refuses restricted commands")
def real_flag_refuses_the_mirror(patch: Patch) -> None:
    _flag_of_mirror(patch, REAL_VALID, reading=True)


def _flag_of_mirror(patch: Patch, flag: int, *, reading: bool) -> None:
    def set_valid(self: Flagged, valid: bool) -> None:
        flags = self._memory.flags[self._position]
        self._memory.set_flags(self._position, flags | flag if valid else flags & ~flag)

    if reading:
        patch.setattr(Mirror, "flag", property(lambda self: flag, lambda self, value: None), raising=False)
    else:
        patch.setattr(Mirror, "set_valid", set_valid, raising=False)


@bug("V7", "INVALIDATE of a real file sets the mirror's flag too")
def real_file_invalidates_the_mirror(patch: Patch) -> None:
    def set_valid(self: Flagged, valid: bool) -> None:
        both = REAL_VALID | MIRROR_VALID
        flags = self._memory.flags[self._position]
        self._memory.set_flags(self._position, flags | both if valid else flags & ~both)

    patch.setattr(Flagged, "set_valid", set_valid)
