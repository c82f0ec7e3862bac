"""Bugs in SEEK, views, headers and what waits for GET RESPONSE: by contents, or by a pattern's own bytes (V1 to V6)."""

from __future__ import annotations

from typing import Any

from tests.mutants.in_the_views import with_real_view
from tests.mutants.planting import (
    Patch,
    afterwards,
    bug,
    during,
    instead,
    on_command,
    position_of,
    real_records,
    selected,
)
from uimkit.apdu import INS
from uimkit.oneway.mirrors import CyclicMirror, ExtensionMirror, LinearMirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_MSISDN
from uimkit.oneway.vault import Place
from uimkit.simulator.card import Card
from uimkit.simulator.chip import Chip
from uimkit.simulator.commands import seek
from uimkit.simulator.commands.records import ABSOLUTE, PREVIOUS

NOT_FOUND = b"\x94\x04"


def first_byte(chip: Chip) -> int:
    """Of the first real contact: FF when there is none."""
    return next((record.octets[0] for record in real_records(chip, EF_ADN)), 0)


def _real_when(patch: Patch, ins: int, when: Any) -> None:
    """A command of which this is true works on the real file."""
    on_command(patch, ins, lambda right: lambda request: right(with_real_view(request) if when(request) else request))


@bug("V4", "SEEK with a pattern of 16 bytes runs on the real records")
def seek_with_sixteen_bytes_is_real(patch: Patch) -> None:
    _real_when(patch, INS.SEEK, lambda request: request.p3 == 16)


@bug("V4", "SEEK with a pattern that begins with 00 runs on the real records")
def seek_for_00_is_real(patch: Patch) -> None:
    _real_when(patch, INS.SEEK, lambda request: request.data[0] == 0)


@bug("V4", "SEEK finds a contact that the session sent, though its record reads blank")
def seek_finds_what_was_sent(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def record(self: RedirectMirror, number: int) -> bytes:
            binding = self._sent(number)
            return binding.sent.octets if binding and binding.sent else bytes(right(self, number))

        return record

    during(patch, INS.SEEK, RedirectMirror, "record", make)


@bug("V5", "SEEK that finds nothing leaves the number of the real record that matches for GET RESPONSE")
def seek_in_vain_leaves_the_real_hit(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == NOT_FOUND and selected(request.chip, EF_ADN):
            real = enumerate(real_records(request.chip, EF_ADN), 1)
            hits = [number for number, record in real if record.octets.startswith(request.data)]
            request.chip.session.pending = bytes(hits[:1]) or None
        return answer

    afterwards(patch, INS.SEEK, then)


@bug("V4", "SEEK on EF_EXT1 that finds nothing goes on in the real records")
def seek_on_extensions_falls_back(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            answer: bytes = right(request)
            if answer == NOT_FOUND and selected(request.chip, EF_EXT1):
                answer = right(with_real_view(request))
            return answer

        return handler

    on_command(patch, INS.SEEK, make)


@bug("W3", "a SEEK hit is a look at record 1, whichever was found")
def hit_is_a_look_at_record_one(patch: Patch) -> None:
    during(patch, INS.SEEK, RedirectMirror, "look", lambda right: lambda self, number: right(self, number and 1))


@bug("V4", "SEEK for a pattern that is too long looks at the contents first: 94 04 where there is no contact")
def long_pattern_after_the_contents(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        return NOT_FOUND if answer[:1] == b"\x67" and first_byte(request.chip) == 0xFF else answer

    afterwards(patch, INS.SEEK, then)


@bug("V2", "READ RECORD PREVIOUS, pointer undefined, shows the last real record")
def previous_from_nowhere_is_real(patch: Patch) -> None:
    _real_when(patch, INS.READ_RECORD, lambda request: request.p2 == PREVIOUS and request.chip.session.pointer == 0)


@bug("V9", "once a number was dialled, the others of EF_LND are the real ones")
def dialling_opens_the_real_numbers(patch: Patch) -> None:
    def when(request: Any) -> bool:
        view = request.view
        dialled = isinstance(view, CyclicMirror) and request.chip.session.ef in request.chip.sides.use.own_bodies
        return dialled and request.p2 == ABSOLUTE and request.p1 > 0 and view.record(request.p1) == view._blank

    _real_when(patch, INS.READ_RECORD, when)


@bug("V6", "readback session shows a pointer that still waits as FF")
def readback_hides_a_waiting_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def record(self: RedirectMirror, number: int) -> bytes:
            shown, binding = right(self, number), self._sent(number)
            waits = binding and self._readback and Place(self._position, binding.real) in self._vault.waiting
            return shown[:-1] + b"\xff" if waits else bytes(shown)

        return record

    instead(patch, RedirectMirror, "record", make)


@bug("V2", "read = deny denies EF_ADN only: EF_EXT1 is readable")
def extensions_are_not_denied(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def init(self: LinearMirror, *rest: Any) -> None:
            right(self, *rest)
            self.readable |= isinstance(self, ExtensionMirror)

        return init

    instead(patch, LinearMirror, "__init__", make)


@bug("hidden", "a hidden file is found once CHV2 was presented")
def hidden_is_found_with_chv2(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            sides = request.chip.sides
            hidden = sides.hidden
            if request.chip.session.verified & 1 << 2:
                sides.hidden = frozenset()
            answer: bytes = right(request)
            sides.hidden = hidden
            return answer

        return handler

    on_command(patch, INS.SELECT, make)


@bug("V3", "a bound EF_EXT1 record shows the number of its real record")
def occupied_tells_the_real_number(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def record(self: ExtensionMirror, number: int) -> bytes:
            shown, binding = right(self, number), self._sent(number)
            return shown[:-1] + bytes((binding.real,)) if binding else bytes(shown)

        return record

    instead(patch, ExtensionMirror, "record", make)


@bug("V5", "SELECT of a file that is not there leaves a byte of the first contact for GET RESPONSE")
def select_in_vain_leaves_data(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == NOT_FOUND:
            request.chip.session.pending = bytes((first_byte(request.chip),))
        return answer

    afterwards(patch, INS.SELECT, then)


@bug("V5", "after a reset the header of the MF that waits ends with a byte of the first contact")
def first_response_tells(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def reset(self: Chip) -> None:
            right(self)
            self.session.pending = (self.session.pending or b"")[:-1] + bytes((first_byte(self),))

        return reset

    instead(patch, Chip, "reset", make)


@bug("P1", "the last byte of the ATR says whether the first record is in use")
def atr_tells(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def reset(self: Card) -> bytes:
            atr: bytes = right(self)
            return atr[:-1] + bytes((atr[-1] ^ (first_byte(self.chip) == 0xFF),))

        return reset

    instead(patch, Card, "reset", make)


@bug("V5", "STATUS that asks for too much is told another right length while there is no contact")
def status_refusal_tells(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        return b"\x67\x16" if answer[:1] == b"\x67" and first_byte(request.chip) == 0xFF else answer

    afterwards(patch, INS.STATUS, then)


@bug("V1", "the header of EF_MSISDN says in its byte 2 whether the first record of EF_ADN is in use")
def msisdn_header_tells(patch: Patch) -> None:
    _header_tells(patch, lambda chip: chip.session.ef == position_of(chip, EF_MSISDN))


@bug("V1", "the header of EF_ADN says in its byte 2 whether record 1 is in use, while the mirror is invalidated")
def header_tells_while_invalidated(patch: Patch) -> None:
    _header_tells(patch, lambda chip: selected(chip, EF_ADN) and not chip.sides.view(chip.session.ef).valid)


@bug("V1", "the header of EF_ADN says in its byte 2 whether record 1 is in use, once a record was bound and looked at")
def header_tells_after_a_look(patch: Patch) -> None:
    _header_tells(
        patch,
        lambda chip: selected(chip, EF_ADN) and any(b.looked for _, b in chip.sides._vault.bindings.items()),
    )


def _header_tells(patch: Patch, when: Any) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        chip = request.chip
        if answer[:1] == b"\x9f" and when(chip):
            waiting = chip.session.pending
            chip.session.pending = waiting[:1] + bytes((first_byte(chip) != 0xFF,)) + waiting[2:]
        return answer

    afterwards(patch, INS.SELECT, then)


@bug("V1", "the last byte of a directory's header is one of the first contact")
def directory_tells_in_its_last_byte(patch: Patch) -> None:
    instead(
        patch,
        Chip,
        "_make_directory_header",
        lambda right: lambda self, position: right(self, position)[:-1] + bytes((first_byte(self),)),
    )


@bug("V4", "SEEK for a byte of the first contact moves the pointer of a search in vain")
def seek_in_vain_goes_to_the_real_hit(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == NOT_FOUND and request.data[0] == first_byte(request.chip):
            request.chip.session.pointer = 1
        return answer

    afterwards(patch, INS.SEEK, then)


@bug("V4", "SEEK refuses a pattern that is as long as a record")
def seek_refuses_a_whole_record(patch: Patch) -> None:
    patch.setattr(seek, "min", lambda most, length: min(most, length - 1), raising=False)
