"""Bugs in the side of a session, its latch, its reset, and its access rights (S1 to S3, P5, 7.3, 8.9 to 8.13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants.planting import Patch, afterwards, bug, declared, instead, on_command, with_session_as_before
from uimkit.apdu import INS
from uimkit.card.codes import Code
from uimkit.card.state import NOTHING
from uimkit.oneway.mirror_use import MirrorUse
from uimkit.oneway.mirrors import CyclicMirror, ExtensionMirror, Mirror, RedirectMirror
from uimkit.oneway.policy import DF_CDMA, Policy, Side
from uimkit.oneway.sides import Sides
from uimkit.oneway.vault import Vault
from uimkit.simulator import order_of_errors
from uimkit.simulator.chip import Chip
from uimkit.simulator.commands import chv, ip_authentication


@bug("S2", "a late latch is accepted")
def late_latch(patch: Patch) -> None:
    def observe(self: Sides, ins: int, position: int) -> None:
        if (ins, position) in self._evidence:
            self.side = Side.CDMA
            self._show()

    patch.setattr(Sides, "observe", observe)


@bug("S2", "a late latch is accepted when only EF_ADN was used")
def late_latch_looks_at_the_last_mirror(patch: Patch) -> None:
    for method in ("look", "update_record"):
        without_use(patch, RedirectMirror, method)


@bug("S2", "a SEEK that finds nothing does not count as a use")
def seek_in_vain_is_no_use(patch: Patch) -> None:
    for kind in (Mirror, RedirectMirror):
        instead(patch, kind, "look", lambda right: lambda self, number: right(self, number) if number else None)


@bug("S2", "READ RECORD and SEEK do not count as a use")
def reading_is_no_use(patch: Patch) -> None:
    for kind in (Mirror, RedirectMirror):
        without_use(patch, kind, "look")


@bug("S2", "a write to EF_ADN does not count as a use")
def writing_is_no_use(patch: Patch) -> None:
    without_use(patch, RedirectMirror, "update_record")


@bug("S2", "a write to EF_EXT1 does not count as a use")
def writing_extensions_is_no_use(patch: Patch) -> None:
    without_use(patch, ExtensionMirror, "update_record")


@bug("S2", "a write to EF_LND does not count as a use")
def dialling_is_no_use(patch: Patch) -> None:
    without_use(patch, CyclicMirror, "push_record")


def without_use(patch: Patch, kind: type[Mirror], method: str) -> None:
    """Lets a method of a mirror not count as a use."""

    def make(right: Any) -> Any:
        def unnoticed(self: Mirror, *rest: Any) -> Any:
            used = self._use.used
            result = right(self, *rest)
            self._use.used = used
            return result

        return unnoticed

    instead(patch, kind, method, make)


@bug("W9", "bindings survive a reset")
def bindings_survive_a_reset(patch: Patch) -> None:
    _survives(patch, Vault, ("bindings", "bound_before", "waiting", "dropped"))


@bug("V9", "the mirror of EF_LND survives a reset")
def dialled_numbers_survive_a_reset(patch: Patch) -> None:
    _survives(patch, MirrorUse, ("own_bodies",))


def _survives(patch: Patch, kind: Any, fields: tuple[str, ...]) -> None:
    def make(right: Any) -> Any:
        def forget_session(self: Any) -> None:
            kept = {field: getattr(self, field, NOTHING) for field in fields}
            first = not hasattr(self, fields[0])
            right(self)
            for field, value in kept.items():
                if not first:
                    setattr(self, field, value)

        return forget_session

    instead(patch, kind, "forget_session", make)


@bug("S1", "the CDMA side survives a reset")
def side_survives_a_reset(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def reset(self: Sides) -> None:
            side = getattr(self, "side", Side.RESTRICTED)
            right(self)
            self.side = side
            self._show()

        return reset

    instead(patch, Sides, "reset", make)


@bug("S1", "SELECT of DF_CDMA latches")
def select_latches(patch: Patch) -> None:
    more_evidence(patch, INS.SELECT, DF_CDMA)


@bug("P5", "reading EF_IMSI_T latches")
def reading_imsi_t_latches(patch: Patch) -> None:
    more_evidence(patch, INS.READ_BINARY, f"{DF_CDMA}/6F23")


@bug("P5", "reading EF_IMSI of DF_GSM latches")
def reading_gsm_imsi_latches(patch: Patch) -> None:
    more_evidence(patch, INS.READ_BINARY, "3F00/7F20/6F07")


@bug("P5", "reading EF_ICCID latches")
def reading_iccid_latches(patch: Patch) -> None:
    more_evidence(patch, INS.READ_BINARY, "3F00/2FE2")


@bug("P5", "RUN CAVE latches")
def run_cave_latches(patch: Patch) -> None:
    more_evidence(patch, INS.RUN_CAVE, DF_CDMA)


@bug("P5", "BASE STATION CHALLENGE latches")
def challenge_latches(patch: Patch) -> None:
    more_evidence(patch, INS.BASE_STATION_CHALLENGE, DF_CDMA)


@bug("P5", "writing EF_CST latches")
def writing_latches(patch: Patch) -> None:
    more_evidence(patch, INS.UPDATE_BINARY, f"{DF_CDMA}/6F32")


def more_evidence(patch: Patch, ins: int, path: str) -> None:
    """Lets the success of another command on a file or directory latch."""

    def make(right: Any) -> Any:
        def evidence(self: Policy, definition: Any) -> frozenset[tuple[int, int]]:
            found: frozenset[tuple[int, int]] = right(self, definition)
            return found | {(int(ins), definition.index[path])} if path in definition.index else found

        return evidence

    instead(patch, Policy, "evidence", make)


def latch(chip: Chip) -> None:
    """Moves a session that has used no mirror to the CDMA side."""
    if not chip.sides.use.used:
        chip.sides.side = Side.CDMA
        chip.sides._show()


@bug("P5", "STORE ESN_MEID_ME latches though it is refused")
def refused_esn_latches(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer[:1] != b"\x9f":
            latch(request.chip)
        return answer

    afterwards(patch, INS.STORE_ESN_MEID_ME, then)


@bug("P5", "a READ BINARY of EF_CST that is refused latches")
def refused_reading_latches(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer[-2:] != b"\x90\x00":
            request.chip.sides.observe(INS.READ_BINARY, request.chip.session.ef)
        return answer

    afterwards(patch, INS.READ_BINARY, then)


@bug("S3", "ADM opens the real files")
def adm_opens_the_real_files(patch: Patch) -> None:
    _open_for(patch, lambda sides, granted: granted & sides._adm)


@bug("S3", "CHV2 opens the real files")
def chv2_opens_the_real_files(patch: Patch) -> None:
    _open_for(patch, lambda sides, granted: granted & 1 << 2)


def _open_for(patch: Patch, who: Any) -> None:
    def make(right: Any) -> Any:
        def rights_changed(self: Sides, granted: int) -> None:
            right(self, granted)
            self.unlocked |= bool(who(self, granted))
            self._show()

        return rights_changed

    instead(patch, Sides, "rights_changed", make)


@bug("S3", "the end of personalisation can be taken back")
def personalisation_comes_back(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def allowed(chip: Chip, position: int, which: str) -> bool:
            if which == "update" and position == chip.product.lifecycle:
                return bool(chip.product.masks[position][which] & chip.session.granted)
            return bool(right(chip, position, which))

        return allowed

    instead(patch, order_of_errors, "_allowed", make)


@bug("7.3", "rights survive a reset")
def rights_survive_a_reset(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def reset(self: Chip) -> None:
            verified = self.session.verified
            right(self)
            self.session.verified = verified
            self.refresh_rights()

        return reset

    instead(patch, Chip, "reset", make)


@bug("7.3", "CHV2 fulfils CHV1")
def chv2_fulfils_chv1(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def refresh_rights(self: Chip) -> None:
            right(self)
            if self.session.granted & 1 << 2:
                self.session.granted |= 1 << 1

        return refresh_rights

    instead(patch, Chip, "refresh_rights", make)


@bug("7.3", "SEEK asks for the right to write, not to read")
def seek_asks_for_update(patch: Patch) -> None:
    declared(patch, INS.SEEK, right="update")


@bug("7.3", "a blocked CHV1 keeps the rights it gave before")
def blocking_keeps_rights(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def refuse(chip: Chip, definition: Any, code: Code) -> bytes:
            verified = chip.session.verified
            answer: bytes = right(chip, definition, code)
            chip.session.verified = verified
            chip.refresh_rights()
            return answer

        return refuse

    instead(patch, chv, "_refuse", make)


@bug("8.9", "a wrong CHV is not counted")
def wrong_chv_is_not_counted(patch: Patch) -> None:
    patch.setattr(Code, "wrong", lambda self: self)


@bug("8.9", "the last try does not block")
def last_try_does_not_block(patch: Patch) -> None:
    patch.setattr(Code, "wrong", lambda self: replace(self, tries=max(1, self.tries - 1)))


@bug("8.9", "a blocked CHV is accepted when it is right")
def blocked_chv_is_accepted(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def present(chip: Chip, definition: Any, value: bytes, success: Any, *, enabled: bool) -> bytes:
            code = chip.code(definition.name)
            if code and code.initialised and code.enabled is enabled and code.blocked and code.matches(value):
                chip.store_code(definition.name, success(code))
                return chv._grant(chip, definition)
            return bytes(right(chip, definition, value, success, enabled=enabled))

        return present

    instead(patch, chv, "_present", make)


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
    instead(
        patch, Code, "unblocked", lambda right: lambda self, value: replace(right(self, value), enabled=self.enabled)
    )


@bug("4.2", "the challenge survives UPDATE SSD: it can be used twice")
def challenge_is_used_twice(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def update(request: Any) -> bytes:
            session = request.chip.session
            challenge = session.cave.challenge
            answer: bytes = right(request)
            session.cave = replace(session.cave, challenge=challenge)
            return answer

        return update

    on_command(patch, INS.UPDATE_SSD, make)


@bug("4.4.3", "a trial SSD survives a wrong CONFIRM SSD: AuthBS can be guessed")
def trial_survives_a_wrong_answer(patch: Patch) -> None:
    with_session_as_before(patch, INS.CONFIRM_SSD, "cave", lambda request, answer: answer == b"\x98\x04")


@bug("4.2", "a commit makes an unconfirmed trial SSD valid")
def commit_takes_an_unconfirmed_trial(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def commit(request: Any) -> bytes:
            session = request.chip.session
            if session.cave.trial is not None:
                session.cave = replace(session.cave, trial=replace(session.cave.trial, confirmed=True))
            return bytes(right(request))

        return commit

    on_command(patch, INS.COMMIT, make)


@bug("4.8.1", "an MN-AAA authenticator leaves the registration open")
def registration_stays_open(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def mn_aaa(chip: Chip, data: bytes) -> bytes:
            before = chip.session.ip
            answer: bytes = right(chip, data)
            chip.session.ip = before
            return answer

        return mn_aaa

    instead(patch, ip_authentication, "_mn_aaa", make)
