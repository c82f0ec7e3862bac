"""Bugs in the side of a session, its latch, its reset, and its access rights (S1 to S3, P5, 7.3, 8.9 to 8.13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants.planting import Patch, bug, on_command
from uimkit.apdu import INS
from uimkit.card.codes import Code
from uimkit.oneway.mirrors import ExtensionMirror, LinearMirror, RedirectMirror
from uimkit.oneway.policy import DF_CDMA, Policy, Side
from uimkit.oneway.sides import Sides
from uimkit.oneway.views import CyclicMirror, Mirror
from uimkit.simulator import cdma_authentication, chv, ip_authentication
from uimkit.simulator.card import Card
from uimkit.simulator.rules import RULES


@bug("S2", "a late latch is accepted")
def late_latch(patch: Patch) -> None:
    _latch_when(patch, lambda sides: True)


@bug("S2", "a late latch is accepted when only EF_ADN was used")
def late_latch_looks_at_the_last_mirror(patch: Patch) -> None:
    _latch_when(patch, lambda sides: not list(sides._mirrors.values())[-1].used)


def _latch_when(patch: Patch, may: Any) -> None:
    def observe(self: Sides, ins: int, position: int) -> None:
        if (ins, position) in self._evidence and self.side is not Side.CDMA and may(self):
            self.side = Side.CDMA
            self._show(real=True)

    patch.setattr(Sides, "observe", observe)


@bug("S2", "a SEEK that finds nothing does not count as a use")
def seek_in_vain_is_no_use(patch: Patch) -> None:
    for kind in (Mirror, RedirectMirror):
        right = kind.look
        patch.setattr(kind, "look", lambda self, number, right=right: right(self, number) if number else None)


@bug("S2", "READ RECORD and SEEK do not count as a use")
def reading_is_no_use(patch: Patch) -> None:
    for kind in (Mirror, RedirectMirror):
        right = kind.look

        def look(self: Any, number: int | None, right: Any = right) -> None:
            used = self.used
            right(self, number)
            self.used = used

        patch.setattr(kind, "look", look)


@bug("S2", "a write to EF_ADN does not count as a use")
def writing_is_no_use(patch: Patch) -> None:
    _unused_write(patch, RedirectMirror)


@bug("S2", "a write to EF_EXT1 does not count as a use")
def writing_extensions_is_no_use(patch: Patch) -> None:
    _unused_write(patch, ExtensionMirror)


def _unused_write(patch: Patch, kind: type[LinearMirror]) -> None:
    right = kind.update_record

    def update_record(self: Any, number: int, data: bytes) -> int:
        used = self.used
        status = right(self, number, data)
        self.used = used
        return status

    patch.setattr(kind, "update_record", update_record)


@bug("S2", "a write to EF_LND does not count as a use")
def dialling_is_no_use(patch: Patch) -> None:
    def push_record(self: CyclicMirror, data: bytes) -> int:
        self.body = data + self.body[: -self._length]
        return 0x9000

    patch.setattr(CyclicMirror, "push_record", push_record)


@bug("W9", "bindings survive a reset")
def bindings_survive_a_reset(patch: Patch) -> None:
    right = Sides.reset

    def reset(self: Sides) -> None:
        kept = getattr(self, "_mirrors", None)
        saved = {p: m.state() for p, m in kept.items()} if kept else {}
        right(self)
        for position, state in saved.items():
            self._mirrors[position].set_state(state)
            self._mirrors[position].used = False

    patch.setattr(Sides, "reset", reset)


@bug("V9", "the mirror of EF_LND survives a reset")
def dialled_numbers_survive_a_reset(patch: Patch) -> None:
    right = Sides.reset

    def reset(self: Sides) -> None:
        kept = [m.body for m in getattr(self, "_mirrors", {}).values() if isinstance(m, CyclicMirror)]
        right(self)
        for mirror, body in zip((m for m in self._mirrors.values() if isinstance(m, CyclicMirror)), kept, strict=False):
            mirror.body = body

    patch.setattr(Sides, "reset", reset)


@bug("S1", "the CDMA side survives a reset")
def side_survives_a_reset(patch: Patch) -> None:
    right = Sides.reset

    def reset(self: Sides) -> None:
        side = getattr(self, "side", Side.RESTRICTED)
        right(self)
        self.side = side

    patch.setattr(Sides, "reset", reset)


@bug("S1", "SELECT of DF_CDMA latches")
def select_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.SELECT, DF_CDMA)


@bug("P5", "reading EF_IMSI_T latches")
def reading_imsi_t_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.READ_BINARY, f"{DF_CDMA}/6F23")


@bug("P5", "reading EF_IMSI of DF_GSM latches")
def reading_gsm_imsi_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.READ_BINARY, "3F00/7F20/6F07")


@bug("P5", "reading EF_ICCID latches")
def reading_iccid_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.READ_BINARY, "3F00/2FE2")


@bug("P5", "RUN CAVE latches")
def run_cave_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.RUN_CAVE, DF_CDMA)


@bug("P5", "BASE STATION CHALLENGE latches")
def challenge_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.BASE_STATION_CHALLENGE, DF_CDMA)


def _more_evidence(patch: Patch, ins: int, path: str) -> None:
    right = Policy.evidence

    def evidence(self: Policy, definition: Any) -> frozenset[tuple[int, int]]:
        found = right(self, definition)
        return found | {(int(ins), definition.index[path])} if path in definition.index else found

    patch.setattr(Policy, "evidence", evidence)


@bug("P5", "STORE ESN_MEID_ME latches though it is refused")
def refused_esn_latches(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def store(card: Card, *rest: Any) -> bytes:
            answer = right(card, *rest)
            if answer[:1] != b"\x9f" and not any(mirror.used for mirror in card.sides.mirrors.values()):
                card.sides.side = Side.CDMA
                card.sides._show(real=True)
            return answer

        return store

    on_command(patch, INS.STORE_ESN_MEID_ME, make)


@bug("P5", "a READ BINARY of EF_CST that is refused latches")
def refused_reading_latches(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def read(card: Card, *rest: Any) -> bytes:
            answer = right(card, *rest)
            if answer[-2:] != b"\x90\x00":
                card.sides.observe(INS.READ_BINARY, card.session.ef)
            return answer

        return read

    on_command(patch, INS.READ_BINARY, make)


@bug("P5", "writing EF_CST latches")
def writing_latches(patch: Patch) -> None:
    _more_evidence(patch, INS.UPDATE_BINARY, f"{DF_CDMA}/6F32")


@bug("S3", "ADM opens the real files")
def adm_opens_the_real_files(patch: Patch) -> None:
    _open_for(patch, lambda sides, granted: granted & sides._adm)


@bug("S3", "CHV2 opens the real files")
def chv2_opens_the_real_files(patch: Patch) -> None:
    _open_for(patch, lambda sides, granted: granted & 1 << 2)


def _open_for(patch: Patch, who: Any) -> None:
    def rights_changed(self: Sides, granted: int) -> None:
        self.unlocked = self.personalising and bool(granted & self._adm)
        self._show(real=self.side is Side.CDMA or self.unlocked or bool(who(self, granted)))

    patch.setattr(Sides, "rights_changed", rights_changed)


@bug("S3", "the end of personalisation can be taken back")
def personalisation_comes_back(patch: Patch) -> None:
    right = Card._allowed

    def allowed(self: Card, position: int, which: str) -> bool:
        if which == "update" and position == self.product.lifecycle:
            return bool(self.product.masks[position][which] & self.session.granted)
        return right(self, position, which)

    patch.setattr(Card, "_allowed", allowed)


@bug("7.3", "rights survive a reset")
def rights_survive_a_reset(patch: Patch) -> None:
    right = Card.reset

    def reset(self: Card) -> bytes:
        verified = self.session.verified
        atr = right(self)
        self.session.verified = verified
        self.refresh_rights()
        return atr

    patch.setattr(Card, "reset", reset)


@bug("7.3", "CHV2 fulfils CHV1")
def chv2_fulfils_chv1(patch: Patch) -> None:
    right = Card.refresh_rights

    def refresh_rights(self: Card) -> None:
        right(self)
        if self.session.granted & 1 << 2:
            self.session.granted |= 1 << 1

    patch.setattr(Card, "refresh_rights", refresh_rights)


@bug("7.3", "SEEK asks for the right to write, not to read")
def seek_asks_for_update(patch: Patch) -> None:
    patch.setitem(RULES, INS.SEEK, tuple(replace(rule, right="update") for rule in RULES[INS.SEEK]))


@bug("7.3", "a blocked CHV1 keeps the rights it gave before")
def blocking_keeps_rights(patch: Patch) -> None:
    right = chv._refuse

    def refuse(card: Card, definition: Any, code: Code) -> bytes:
        verified = card.session.verified
        answer = right(card, definition, code)
        card.session.verified = verified
        card.refresh_rights()
        return answer

    patch.setattr(chv, "_refuse", refuse)


@bug("8.9", "a wrong CHV is not counted")
def wrong_chv_is_not_counted(patch: Patch) -> None:
    patch.setattr(Code, "wrong", lambda self: self)


@bug("8.9", "the last try does not block")
def last_try_does_not_block(patch: Patch) -> None:
    patch.setattr(Code, "wrong", lambda self: replace(self, tries=max(1, self.tries - 1)))


@bug("8.9", "a blocked CHV is accepted when it is right")
def blocked_chv_is_accepted(patch: Patch) -> None:
    right = chv._present

    def present(card: Card, definition: Any, value: bytes, success: Any, *, enabled: bool) -> bytes:
        code = card.code(definition.name)
        if code and code.initialised and code.enabled is enabled and code.blocked and code.matches(value):
            card.store_code(definition.name, success(code))
            return chv._grant(card, definition)
        return right(card, definition, value, success, enabled=enabled)

    patch.setattr(chv, "_present", present)


@bug("8.9", "only the first four bytes of a CHV are compared")
def chv_is_compared_in_part(patch: Patch) -> None:
    patch.setattr(Code, "matches", lambda self, presented: self.value[:4] == presented[:4])


@bug("8.9", "a right CHV does not give the tries back")
def right_chv_keeps_the_counter(patch: Patch) -> None:
    patch.setattr(Code, "right", lambda self: self)


@bug("8.13", "a wrong UNBLOCK CHV is not counted")
def wrong_unblock_is_not_counted(patch: Patch) -> None:
    patch.setattr(Code, "wrong_unblock", lambda self: self)


@bug("8.13", "UNBLOCK CHV leaves CHV1 disabled")
def unblock_does_not_enable(patch: Patch) -> None:
    right = Code.unblocked
    patch.setattr(Code, "unblocked", lambda self, value: replace(right(self, value), enabled=self.enabled))


@bug("4.2", "the challenge survives UPDATE SSD: it can be used twice")
def challenge_is_used_twice(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def update(card: Card, *rest: Any) -> bytes:
            challenge = card.session.cave.challenge
            answer = right(card, *rest)
            card.session.cave = replace(card.session.cave, challenge=challenge)
            return answer

        return update

    on_command(patch, INS.UPDATE_SSD, make)


@bug("4.4.3", "a trial SSD survives a wrong CONFIRM SSD: AuthBS can be guessed")
def trial_survives_a_wrong_answer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def confirm(card: Card, *rest: Any) -> bytes:
            before = card.session.cave
            answer = right(card, *rest)
            if answer == b"\x98\x04":
                card.session.cave = before
            return answer

        return confirm

    on_command(patch, INS.CONFIRM_SSD, make)


@bug("4.2", "a commit makes an unconfirmed trial SSD valid")
def commit_takes_an_unconfirmed_trial(patch: Patch) -> None:
    right = cdma_authentication.commit

    def make(_right: Any) -> Any:
        def commit(card: Card, *rest: Any) -> bytes:
            trial = card.session.cave.trial
            if trial is not None:
                card.session.cave = replace(card.session.cave, trial=replace(trial, confirmed=True))
            return right(card, *rest)

        return commit

    on_command(patch, INS.COMMIT, make)


@bug("4.8.1", "an MN-AAA authenticator leaves the registration open")
def registration_stays_open(patch: Patch) -> None:
    right = ip_authentication._mn_aaa

    def mn_aaa(card: Card, data: bytes) -> bytes:
        before = card.session.ip
        answer = right(card, data)
        card.session.ip = before
        return answer

    patch.setattr(ip_authentication, "_mn_aaa", mn_aaa)
