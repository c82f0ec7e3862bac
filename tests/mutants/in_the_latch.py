"""Bugs in when a session latches, that need a second condition or go by contents (S1 to S3, P1, P5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.mutants.in_the_session import latch, more_evidence
from tests.mutants.planting import Patch, afterwards, bug, instead, position_of, real_at, real_records
from uimkit.apdu import INS, command
from uimkit.card.codes import Code
from uimkit.card.memory import MIRROR_VALID
from uimkit.oneway.mirrors import RedirectMirror
from uimkit.oneway.policy import DF_CDMA, EF_ADN, Side
from uimkit.oneway.sides import Sides
from uimkit.oneway.vault import Place
from uimkit.simulator import card
from uimkit.simulator.answers import is_success
from uimkit.simulator.chip import CHV2, Chip, Prepared
from uimkit.simulator.commands import chv

EF_CST, EF_IMSI_M = f"{DF_CDMA}/6F32", f"{DF_CDMA}/6F22"
_CHV2_BIT = 1 << 2


@bug("P5", "a READ BINARY of EF_CST with P3 00, which is refused, latches")
def reading_no_bytes_latches(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if request.p3 == 0 and not is_success(answer):
            request.chip.sides.observe(INS.READ_BINARY, request.chip.session.ef)
        return answer

    afterwards(patch, INS.READ_BINARY, then)


@bug("P5", "READ RECORD of EF_SMS of DF_CDMA latches")
def reading_messages_latches(patch: Patch) -> None:
    more_evidence(patch, INS.READ_RECORD, f"{DF_CDMA}/6F3C")


@bug("P5", "INCREASE of EF_COUNT latches")
def counting_calls_latches(patch: Patch) -> None:
    more_evidence(patch, INS.INCREASE, f"{DF_CDMA}/6F21")


@bug("P5", "TERMINAL PROFILE in DF_CDMA latches")
def terminal_profile_latches(patch: Patch) -> None:
    more_evidence(patch, INS.TERMINAL_PROFILE, DF_CDMA)


@bug("P5", "a right CHV in DF_CDMA latches")
def presenting_a_code_latches(patch: Patch) -> None:
    more_evidence(patch, INS.VERIFY_CHV, DF_CDMA)


@bug("P5", "the last wrong try of a CHV latches")
def blocking_latches(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def refuse(chip: Chip, definition: Any, code: Code) -> bytes:
            if code.blocked:
                latch(chip)
            return bytes(right(chip, definition, code))

        return refuse

    instead(patch, chv, "_refuse", make)


@bug("P5", "SELECT of DF_CDMA latches when nothing but the reset was before it")
def first_select_latches(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def prepared(chip: Chip, apdu: bytes) -> Prepared:
            made: Prepared = right(chip, apdu)
            first = chip.session.pending == chip.directory_header(0)
            if not first or apdu != command(INS.SELECT, data=b"\x7f\x25"):
                return made
            run, request = made.call

            def latching(request: Any) -> bytes:
                latch(chip)
                return run(request)

            return replace(made, call=(latching, request))

        return prepared

    instead(patch, card, "prepared", make)


def _late_when(patch: Patch, may: Callable[[Chip], bool]) -> None:
    """A late latch is accepted from a card of which this is true."""

    def make(right: Any) -> Any:
        def succeeded(self: Chip, ins: int, position: int) -> None:
            used = self.sides.use.used
            self.sides.use.used = used and not may(self)
            right(self, ins, position)
            self.sides.use.used = used

        return succeeded

    instead(patch, Chip, "succeeded", make)


@bug("S2", "a late latch is accepted once CHV2 was presented")
def late_latch_with_chv2(patch: Patch) -> None:
    _late_when(patch, lambda chip: bool(chip.session.verified & _CHV2_BIT))


@bug("S2", "a late latch is accepted while the mirror of EF_ADN is invalidated")
def late_latch_after_invalidation(patch: Patch) -> None:
    _late_when(patch, lambda chip: not chip.memory.flags[position_of(chip, EF_ADN)] & MIRROR_VALID)


@bug("S2", "a late latch is accepted while nothing is bound")
def late_latch_when_nothing_is_bound(patch: Patch) -> None:
    _late_when(patch, lambda chip: not len(chip.sides._vault.bindings))


@bug("S2", "a late latch by EF_IMSI_M is accepted, by EF_CST it is not")
def late_latch_by_imsi_m(patch: Patch) -> None:
    _late_when(patch, lambda chip: chip.session.ef == position_of(chip, EF_IMSI_M))


@bug("S2", "a late latch is accepted from a card that holds no contact in its first record")
def late_latch_of_an_empty_card(patch: Patch) -> None:
    _late_when(patch, lambda chip: all(record.is_unused for record in real_records(chip, EF_ADN)[:1]))


@bug("S2", "looking at a mirror record is a use only when the real record of that number holds a contact")
def looking_at_nothing_is_no_use(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def look(self: RedirectMirror, number: int | None) -> None:
            used = self._use.used
            right(self, number)
            if number and real_at(self, number).is_free(self._free):
                self._use.used = used

        return look

    instead(patch, RedirectMirror, "look", make)


@bug("S2", "a blank write without effect is a use only when the real record of that number holds a contact")
def deleting_nothing_is_no_use(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
            used, bound = self._use.used, Place(self._position, number) in self._vault.bindings
            status: int = right(self, number, data)
            if not bound and data == self._blank and real_at(self, number).is_free(self._free):
                self._use.used = used
            return status

        return update_record

    instead(patch, RedirectMirror, "update_record", make)


@bug("S1", "a reset right after the evidence leaves the side")
def reset_after_the_evidence_leaves_the_side(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def reset(self: Chip) -> None:
            side, ef = self.sides.side, self.session.ef
            right(self)
            if side is Side.CDMA and ef in (position_of(self, EF_CST), position_of(self, EF_IMSI_M)):
                self.sides.side = side
                self.sides._show()

        return reset

    instead(patch, Chip, "reset", make)


@bug("S3", "a session with the ADM sees no mirrors once CHV2 is blocked")
def blocked_chv2_unlocks(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def refresh_rights(self: Chip) -> None:
            right(self)
            code = self.code(CHV2)
            if code and code.blocked and self.session.granted & self.sides._adm:
                self.sides.unlocked = True
                self.sides._show()

        return refresh_rights

    instead(patch, Chip, "refresh_rights", make)


@bug("S3", "a session with the ADM stays unlocked when it ends personalisation")
def adm_outlives_personalisation(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def rights_changed(self: Sides, granted: int) -> None:
            before = self.unlocked
            right(self, granted)
            self.unlocked |= before
            self._show()

        return rights_changed

    instead(patch, Sides, "rights_changed", make)
