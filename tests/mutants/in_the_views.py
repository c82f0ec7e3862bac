"""Bugs in what a restricted terminal is shown: mirrors, SEEK, the record pointer, headers (V1 to V7, V9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants.planting import (
    Patch,
    afterwards,
    bug,
    instead,
    on_command,
    real_at,
    real_records,
    selected,
    vault_of,
    with_session_as_before,
)
from uimkit.apdu import INS
from uimkit.card.memory import MIRROR_VALID, REAL_VALID
from uimkit.oneway.mirrors import CyclicMirror, ExtensionMirror, Mirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN, EF_EXT1
from uimkit.oneway.record import Record
from uimkit.oneway.view import Flagged
from uimkit.simulator import dispatch
from uimkit.simulator.chip import Chip, Prepared
from uimkit.simulator.commands import records, seek
from uimkit.simulator.order_of_errors import HEADER, Question


def _order(patch: Patch, mode: int, make: Any) -> None:
    def wrong(right: Any) -> Any:
        return lambda pointer, last, asked: make(pointer, last) if asked == mode else right(pointer, last, asked)

    instead(patch, seek, "_order", wrong)


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
    on_command(patch, INS.SEEK, lambda right: lambda request: right(with_real_view(request)))


@bug("V4", "SEEK that finds nothing on the mirror goes on in the real records")
def seek_falls_back_to_the_real_records(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            answer: bytes = right(request)
            return answer if answer != b"\x94\x04" else right(with_real_view(request))

        return handler

    on_command(patch, INS.SEEK, make)


def with_real_view(request: Any) -> Any:
    """The request, on the real file in the place of the view of the session's side."""
    request.view = request.chip.sides._real[request.chip.session.ef]
    return request


@bug("V4", "SEEK that finds nothing resets the record pointer")
def seek_in_vain_moves_the_pointer(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == b"\x94\x04":
            request.chip.session.pointer = 0
        return answer

    afterwards(patch, INS.SEEK, then)


@bug("V4", "SEEK with answer gives the number of the record before")
def seek_answers_one_less(patch: Patch) -> None:
    instead(patch, seek, "_found", lambda right: lambda request, number: right(request, number - 1))


@bug("8.7", "SEEK without answer does not set the pointer")
def seek_without_answer_keeps_the_pointer(patch: Patch) -> None:
    with_session_as_before(patch, INS.SEEK, "pointer", lambda request, answer: answer == b"\x90\x00")


@bug("V4", "SEEK takes a pattern longer than a record may have")
def seek_takes_long_patterns(patch: Patch) -> None:
    patch.setattr(seek, "_MAX_PATTERN", 255)


@bug("6.4.3", "READ RECORD NEXT does not move the pointer")
def next_stands_still(patch: Patch) -> None:
    with_session_as_before(patch, INS.READ_RECORD, "pointer", lambda request, answer: request.p2 == records.NEXT)


@bug("9.2.5", "READ RECORD in ABSOLUTE mode moves the pointer")
def absolute_moves_the_pointer(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer.endswith(b"\x90\x00") and request.p1:
            request.chip.session.pointer = request.p1
        return answer

    afterwards(patch, INS.READ_RECORD, then)


@bug("V5", "UPDATE RECORD NEXT that is refused with 92 40 moves the pointer")
def refused_write_moves_the_pointer(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == b"\x92\x40" and request.p2 == records.NEXT:
            request.chip.session.pointer += 1
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("6.4.3", "PREVIOUS with an undefined pointer is out of range")
def previous_wants_a_pointer(patch: Patch) -> None:
    for module in (records, seek):
        patch.setattr(module, "before", lambda pointer, last: pointer - 1)


@bug("V2", "the mirror of EF_ADN shows what the session wrote, under readback never")
def mirror_shows_its_own_writes(patch: Patch) -> None:
    def record(self: RedirectMirror, number: int) -> bytes:
        binding = self._sent(number)
        return binding.sent.octets if binding and binding.sent else self._blank

    patch.setattr(RedirectMirror, "record", record)


@bug("V2", "the last mirror record shows the real one")
def last_record_is_real(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def record(self: RedirectMirror, number: int) -> bytes:
            last = number * self._length == len(self._vault.bodies[self._position])
            return real_at(self, number).octets if last else right(self, number)

        return record

    instead(patch, RedirectMirror, "record", make)


@bug("V2", "the extension pointer of the real record shows through")
def pointer_shows_through(patch: Patch) -> None:
    _shows_through(patch, -1)


@bug("V2", "the capability byte of the real record shows through")
def capability_shows_through(patch: Patch) -> None:
    _shows_through(patch, -2)


def _shows_through(patch: Patch, at: int) -> None:
    def make(right: Any) -> Any:
        def record(self: RedirectMirror, number: int) -> bytes:
            shown = bytearray(right(self, number))
            shown[at] = real_at(self, number).octets[at]
            return bytes(shown)

        return record

    instead(patch, RedirectMirror, "record", make)


@bug("V3", "a bound EF_EXT1 record reads blank")
def bound_extension_reads_blank(patch: Patch) -> None:
    patch.setattr(ExtensionMirror, "record", lambda self, number: self._blank)


@bug("V3", "an EF_EXT1 record that is real and in use reads as occupied")
def real_extensions_read_occupied(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def record(self: ExtensionMirror, number: int) -> bytes:
            used = real_at(self, number).octets[0] != 0xFF
            return b"\0" + self._blank[1:] if used else right(self, number)

        return record

    instead(patch, ExtensionMirror, "record", make)


@bug("V6", "readback session shows the stored pointer, which is a real record's number")
def readback_shows_the_stored_bytes(patch: Patch) -> None:
    def record(self: RedirectMirror, number: int) -> bytes:
        binding = self._sent(number) if self._readback else None
        return real_at(self, binding.real).octets if binding else self._blank

    patch.setattr(RedirectMirror, "record", record)


@bug("V9", "the mirror of EF_LND reads the real store")
def dialled_numbers_are_real(patch: Patch) -> None:
    on_command(
        patch,
        INS.READ_RECORD,
        lambda right: (
            lambda request: right(with_real_view(request) if isinstance(request.view, CyclicMirror) else request)
        ),
    )


@bug("V9", "a write to the mirror of EF_LND lands in the real one too")
def dialled_numbers_land(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if isinstance(request.view, CyclicMirror) and answer == b"\x90\x00":
            vault_of(request.chip).rotate(request.chip.session.ef, Record(request.data))
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("V9", "the mirror of EF_LND keeps its records in their places")
def dialled_numbers_do_not_move(patch: Patch) -> None:
    def push_record(self: CyclicMirror, data: bytes) -> int:
        self._use.used = True
        self._use.own_bodies = self._use.own_bodies.put(self._position, data + self._body[self._length :])
        return 0x9000

    patch.setattr(CyclicMirror, "push_record", push_record)


@bug("V2", "read = deny forgets SEEK and READ RECORD: the mirror is readable")
def denied_reads_are_answered(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def init(self: Mirror, *rest: Any, readable: bool) -> None:
            right(self, *rest, readable=True)

        return init

    instead(patch, Mirror, "__init__", make)


def _used_records(chip: Chip) -> int:
    """Of the real EF_ADN."""
    return sum(record.octets[0] != 0xFF for record in real_records(chip, EF_ADN))


@bug("V1", "the header of EF_ADN says in its byte 2 whether record 1 is in use")
def header_tells_of_record_one(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        chip = request.chip
        if answer[:1] == b"\x9f" and selected(chip, EF_ADN) and chip.session.pending:
            used = bytes((real_records(chip, EF_ADN)[0].octets[0] != 0xFF,))
            chip.session.pending = chip.session.pending[:1] + used + chip.session.pending[2:]
        return answer

    afterwards(patch, INS.SELECT, then)


@bug("V1", "free memory in a directory's header counts the blank records of EF_EXT1")
def free_memory_counts_extensions(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def header(self: Chip, position: int) -> bytes:
            made: bytes = right(self, position)
            extensions = real_records(self, EF_EXT1)
            return made[:3] + bytes((extensions[0].octets[0] if extensions else 0,)) + made[4:]

        return header

    instead(patch, Chip, "_make_directory_header", make)


@bug("V5", "STATUS says in its byte 2 how many records are in use")
def status_counts_used_records(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if len(answer) < 4:
            return answer
        return answer[:1] + bytes((_used_records(request.chip) & 0xFF,)) + answer[2:]

    afterwards(patch, INS.STATUS, then)


@bug("V5", "READ RECORD keeps what waits for GET RESPONSE")
def read_keeps_pending_data(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def ready(question: Any, command: Any) -> Prepared:
            made: Prepared = right(question, command)
            return replace(made, keeps_pending=made.keeps_pending or command.ins == INS.READ_RECORD)

        return ready

    instead(patch, dispatch, "_ready", make)


@bug("V5", "an instruction nobody knows keeps what waits for GET RESPONSE")
def unknown_command_keeps_pending_data(patch: Patch) -> None:
    patch.setattr(
        Question,
        "keeps_pending",
        property(lambda self: self.command.keeps_pending if hasattr(self, "command") else len(self.apdu) >= HEADER),
    )


@bug("9.2.18", "GET RESPONSE may be repeated")
def get_response_repeats(patch: Patch) -> None:
    with_session_as_before(patch, INS.GET_RESPONSE, "pending", lambda request, answer: True)


@bug("V7", "INVALIDATE of a mirror sets the real file's flag")
def mirror_invalidates_the_real_file(patch: Patch) -> None:
    patch.setattr(Mirror, "set_valid", _setting(REAL_VALID), raising=False)


@bug("V7", "the real file's flag refuses restricted commands")
def real_flag_refuses_the_mirror(patch: Patch) -> None:
    patch.setattr(Mirror, "flag", property(lambda self: REAL_VALID, lambda self, value: None), raising=False)


@bug("V7", "INVALIDATE of a real file sets the mirror's flag too")
def real_file_invalidates_the_mirror(patch: Patch) -> None:
    patch.setattr(Flagged, "set_valid", _setting(REAL_VALID | MIRROR_VALID))


def _setting(bits: int) -> Any:
    def set_valid(self: Flagged, valid: bool) -> None:
        flags = self._flags.flags[self._position]
        self._flags.set_flags(self._position, flags | bits if valid else flags & ~bits)

    return set_valid
