"""Bugs that show when two conditions meet which play into no other command together (P1, P5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.mutants.in_refusals import CHV2_BIT, bindings
from tests.mutants.in_the_views import with_real_view
from tests.mutants.in_what_is_shown import first_byte
from tests.mutants.planting import (
    Patch,
    afterwards,
    bug,
    instead,
    on_command,
    position_of,
    real_at,
    real_records,
    selected,
    vault_of,
)
from uimkit.apdu import INS
from uimkit.oneway.mirrors import ExtensionMirror, Mirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND
from uimkit.oneway.record import free_rule
from uimkit.simulator.chip import CHV1, CHV1_BIT

_SST, _CST = "3F00/7F20/6F38", "3F00/7F25/6F32"


def real_while(patch: Patch, ins: int, when: Callable[[Any], bool]) -> None:
    """A command on a mirror works on the real file while something is true that has nothing to do with it."""

    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            real = isinstance(request.view, Mirror) and when(request)
            return bytes(right(with_real_view(request) if real else request))

        return handler

    on_command(patch, ins, make)


@bug("P5", "READ RECORD shows the real record while CHV2 is presented and the pointer undefined")
def chv2_and_no_pointer(patch: Patch) -> None:
    real_while(
        patch,
        INS.READ_RECORD,
        lambda request: (
            request.chip.session.verified & CHV2_BIT
            and request.chip.session.pointer == 0
            and selected(request.chip, EF_ADN)
        ),
    )


@bug("P5", "SEEK runs on the real records while the ADM is presented and something is bound")
def adm_and_a_binding(patch: Patch) -> None:
    real_while(
        patch,
        INS.SEEK,
        lambda request: bool(request.chip.session.granted & request.chip.sides._adm and bindings(request.chip)),
    )


@bug("P5", "READ RECORD shows the real record between BASE STATION CHALLENGE and UPDATE SSD")
def challenge_and_a_read(patch: Patch) -> None:
    real_while(patch, INS.READ_RECORD, lambda request: request.chip.session.cave.challenge is not None)


@bug("P5", "READ RECORD of record 1 shows the real one once EF_IMSI was selected in the session")
def identity_and_a_read(patch: Patch) -> None:
    real_while(patch, INS.READ_RECORD, lambda request: _SST in request.chip.session.done and request.p1 == 1)


@bug("P5", "SEEK runs on the real records once EF_IMSI_M was selected and a number dialled")
def identity_and_a_call(patch: Patch) -> None:
    real_while(
        patch,
        INS.SEEK,
        lambda request: _CST in request.chip.session.done and bool(len(request.chip.sides.use.own_bodies)),
    )


@bug("P5", "READ RECORD shows the real record while CHV1 is enabled")
def enabled_chv1_and_a_read(patch: Patch) -> None:
    def when(request: Any) -> bool:
        code = request.chip.code(CHV1)
        return bool(code and code.enabled and request.chip.session.verified & CHV1_BIT)

    real_while(patch, INS.READ_RECORD, when)


@bug("P5", "READ RECORD shows the real record when the mirror of EF_LND is invalidated")
def invalidated_lnd_and_a_read(patch: Patch) -> None:
    def when(request: Any) -> bool:
        position = position_of(request.chip, EF_LND)
        return position >= 0 and not request.chip.sides.view(position).valid

    real_while(patch, INS.READ_RECORD, when)


@bug("P5", "READ RECORD shows the last real record while no record is free")
def full_card_and_a_read(patch: Patch) -> None:
    def when(request: Any) -> bool:
        records = real_records(request.chip, EF_ADN)
        full = not any(record.is_free(free_rule(request.file)) for record in records)
        return selected(request.chip, EF_ADN) and full and request.p1 == request.file.records

    real_while(patch, INS.READ_RECORD, when)


def status_tells(patch: Patch, what: Callable[[Any], int]) -> None:
    """STATUS has a byte in its byte 2."""

    def then(request: Any, answer: bytes) -> bytes:
        return answer[:1] + bytes((what(request.chip) & 0xFF,)) + answer[2:] if len(answer) > 3 else answer

    afterwards(patch, INS.STATUS, then)


@bug("P1", "STATUS tells of the first contact while EF_LND is selected")
def lnd_and_status(patch: Patch) -> None:
    status_tells(patch, lambda chip: first_byte(chip) if selected(chip, EF_LND) else 0)


@bug("P1", "STATUS tells of the first contact while CHV1 is blocked")
def blocked_chv1_and_status(patch: Patch) -> None:
    def what(chip: Any) -> int:
        code = chip.code(CHV1)
        return first_byte(chip) if code and code.blocked else 0

    status_tells(patch, what)


@bug("P1", "STATUS tells what the lowest bound mirror record is bound to")
def binding_and_status(patch: Patch) -> None:
    status_tells(patch, lambda chip: min((binding.real for _, binding in bindings(chip)), default=0))


@bug("P1", "STATUS tells which tail was given up while something still names it")
def dropped_tail_and_status(patch: Patch) -> None:
    status_tells(patch, lambda chip: next((real for real, _ in vault_of(chip).dropped.items()), 0))


@bug("P1", "STATUS tells how many orphans are marked")
def orphans_and_status(patch: Patch) -> None:
    status_tells(patch, lambda chip: sum(record.octets != b"\0" for record in real_records(chip, "#orphans")))


@bug("P1", "STATUS tells how many of the marked orphans point to another record")
def chained_orphans_and_status(patch: Patch) -> None:
    def what(chip: Any) -> int:
        both = zip(real_records(chip, "#orphans"), real_records(chip, EF_EXT1), strict=False)
        return sum(mark.octets != b"\0" and record.pointer != 0xFF for mark, record in both)

    status_tells(patch, what)


@bug("V3", "once two records of EF_EXT1 are bound, others read as occupied when the real ones are in use")
def two_tails_and_a_third(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def record(self: ExtensionMirror, number: int) -> bytes:
            two = len(self._vault.bound(self._position)) > 1
            return b"\0" + self._blank[1:] if two and not real_at(self, number).is_unused else right(self, number)

        return record

    instead(patch, ExtensionMirror, "record", make)


@bug("W3", "a look at record 3 is not noted")
def third_record_and_a_look(patch: Patch) -> None:
    _no_look_at(patch, 3)


@bug("W3", "a look at record 249 is not noted")
def record_249_and_a_look(patch: Patch) -> None:
    _no_look_at(patch, 249)


def _no_look_at(patch: Patch, which: int) -> None:
    instead(
        patch,
        RedirectMirror,
        "look",
        lambda right: lambda self, number: right(self, None if number == which else number),
    )
