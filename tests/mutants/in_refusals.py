"""Bugs in refusals, codes and invalidation: what a refusal tells or changes, what goes by contents (7.3, W9, V7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.mutants.in_what_is_shown import first_byte
from tests.mutants.planting import Patch, afterwards, bug, instead, position_of, real_records, selected, vault_of
from uimkit.apdu import INS
from uimkit.card.codes import Code
from uimkit.card.memory import MIRROR_VALID, REAL_VALID
from uimkit.card.state import NOTHING
from uimkit.oneway.mirrors import Mirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND
from uimkit.oneway.vault import Binding, Place
from uimkit.simulator import dispatch
from uimkit.simulator.chip import CHV1_BIT, Chip
from uimkit.simulator.commands import chv
from uimkit.simulator.commands.records import ABSOLUTE

OK, REFUSED, BLOCKED, INVALIDATED, FULL = b"\x90\x00", b"\x98\x04", b"\x98\x40", b"\x98\x10", b"\x92\x40"
CHV2_BIT = 1 << 2


def on_refusal(patch: Patch, ins: int, then: Callable[[Chip, bytes], bytes]) -> None:
    """Lets ``then`` have a look at a refusal by the order of errors, of one instruction."""

    def make(right: Any) -> Any:
        def first_refusal(asked: Any, demands: Any) -> bytes | None:
            refusal: bytes | None = right(asked, demands)
            return refusal if refusal is None or asked.apdu[1:2] != bytes((ins,)) else then(asked.chip, refusal)

        return first_refusal

    instead(patch, dispatch, "first_refusal", make)


def bindings(chip: Chip) -> list[tuple[Place, Binding]]:
    return list(vault_of(chip).bindings.items())


@bug("P1", "READ RECORD without the right answers 98 40 in the place of 98 04 while EF_EXT1 is blank")
def refused_read_tells_of_extensions(patch: Patch) -> None:
    def then(chip: Chip, refusal: bytes) -> bytes:
        blank = all(record.is_unused for record in real_records(chip, EF_EXT1))
        return BLOCKED if refusal == REFUSED and blank else refusal

    on_refusal(patch, INS.READ_RECORD, then)


@bug("P1", "READ RECORD without the right answers 98 40 in the place of 98 04 while the first record is free")
def refused_read_tells_of_a_contact(patch: Patch) -> None:
    on_refusal(
        patch,
        INS.READ_RECORD,
        lambda chip, refusal: BLOCKED if refusal == REFUSED and first_byte(chip) == 0xFF else refusal,
    )


@bug("P1", "READ RECORD without the right answers 98 40 while something is bound to a real record of odd number")
def refused_read_tells_what_is_bound(patch: Patch) -> None:
    def then(chip: Chip, refusal: bytes) -> bytes:
        odd = any(binding.real & 1 for _, binding in bindings(chip))
        return BLOCKED if refusal == REFUSED and odd else refusal

    on_refusal(patch, INS.READ_RECORD, then)


@bug("P1", "READ RECORD of an invalidated mirror answers 98 04 while a record looked at is bound to an odd number")
def invalidated_read_tells_what_was_looked_at(patch: Patch) -> None:
    def then(chip: Chip, refusal: bytes) -> bytes:
        odd = any(binding.looked and binding.real & 1 for _, binding in bindings(chip))
        return REFUSED if refusal == INVALIDATED and odd else refusal

    on_refusal(patch, INS.READ_RECORD, then)


@bug("P1", "UPDATE RECORD NEXT on EF_LND answers 94 04 in the place of 94 08 while the first record is free")
def refused_dialling_tells(patch: Patch) -> None:
    _word_tells(patch, INS.UPDATE_RECORD, b"\x94\x08", b"\x94\x04")


@bug("P1", "READ RECORD CURRENT, pointer undefined, answers 94 04 in the place of 94 02 while the first record is free")
def reading_nowhere_tells(patch: Patch) -> None:
    _word_tells(patch, INS.READ_RECORD, b"\x94\x02", b"\x94\x04")


def _word_tells(patch: Patch, ins: int, right: bytes, wrong: bytes) -> None:
    afterwards(
        patch,
        ins,
        lambda request, answer: wrong if answer == right and first_byte(request.chip) == 0xFF else answer,
    )


@bug("7.3", "a write to a mirror grants CHV2 when anything is bound")
def write_grants_chv2(patch: Patch) -> None:
    _write_grants_chv2(patch, lambda chip: bool(bindings(chip)))


@bug("P1", "a write to a mirror grants CHV2 when a mirror record is bound to a real record of another number")
def write_elsewhere_grants_chv2(patch: Patch) -> None:
    _write_grants_chv2(patch, lambda chip: any(place.number != binding.real for place, binding in bindings(chip)))


def _write_grants_chv2(patch: Patch, when: Callable[[Chip], bool]) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == OK and isinstance(request.view, Mirror) and when(request.chip):
            request.chip.session.verified |= CHV2_BIT
            request.chip.refresh_rights()
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("P1", "UPDATE RECORD with too few bytes is answered 67 XX, and those bytes are written to the bound record")
def short_write_is_begun(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        place = Place(request.chip.session.ef, request.p1)
        binding = vault_of(request.chip).bindings.get(place)
        if answer[:1] == b"\x67" and len(request.data) < request.file.record_length and binding:
            position, start = place.position, (binding.real - 1) * request.file.record_length
            request.chip._whole.write(position, start, request.data)
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("W3", "READ RECORD that is refused for its length is a look")
def refused_read_is_a_look(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer[:1] == b"\x67" and request.p2 == ABSOLUTE and request.p1:
            request.view.look(request.p1)
        return answer

    afterwards(patch, INS.READ_RECORD, then)


@bug("P1", "UPDATE RECORD beyond the file is answered 94 02, and written to record 1")
def write_beyond_lands_in_record_one(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == b"\x94\x02" and request.p3 == request.file.record_length:
            request.view.update_record(1, request.data)
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("W6", "a write that is refused for want of room drops the pointers that wait")
def full_card_forgets_what_waits(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == FULL:
            vault_of(request.chip).waiting = NOTHING
        return answer

    afterwards(patch, INS.UPDATE_RECORD, then)


@bug("8.9", "a wrong CHV costs two tries while the first record is in use")
def wrong_chv_costs_more_for_a_contact(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def refuse(chip: Chip, definition: Any, code: Code) -> bytes:
            used = first_byte(chip) != 0xFF and not code.blocked
            return bytes(right(chip, definition, code.wrong() if used else code))

        return refuse

    instead(patch, chv, "_refuse", make)


@bug("7.3", "UNBLOCK CHV2 grants CHV1 too")
def unblocking_chv2_grants_chv1(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == OK and request.p2 == 2:
            request.chip.session.verified |= CHV1_BIT
            request.chip.refresh_rights()
        return answer

    afterwards(patch, INS.UNBLOCK_CHV, then)


@bug("W9", "a wrong CHV unbinds what the session bound")
def wrong_chv_unbinds(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if answer == REFUSED:
            vault_of(request.chip).bindings = NOTHING
        return answer

    afterwards(patch, INS.VERIFY_CHV, then)


@bug("V7", "INVALIDATE without the right is refused, and done all the same while anything is bound")
def refused_invalidation_is_done(patch: Patch) -> None:
    def then(chip: Chip, refusal: bytes) -> bytes:
        if refusal == REFUSED and bindings(chip) and chip.session.ef is not None:
            chip.sides.view(chip.session.ef).set_valid(False)
        return refusal

    on_refusal(patch, INS.INVALIDATE, then)


@bug("W2", "INVALIDATE of a mirror unbinds its records: an edit after REHABILITATE is a second contact")
def invalidation_unbinds(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        if isinstance(request.view, Mirror):
            vault_of(request.chip).bindings = NOTHING
        return answer

    afterwards(patch, INS.INVALIDATE, then)


@bug("W3", "READ RECORD of an invalidated mirror is refused, and a look")
def invalidated_read_is_a_look(patch: Patch) -> None:
    def then(chip: Chip, refusal: bytes) -> bytes:
        if refusal == INVALIDATED and selected(chip, EF_ADN):
            chip.sides.view(chip.session.ef or 0).look(1)
        return refusal

    on_refusal(patch, INS.READ_RECORD, then)


@bug("V7", "REHABILITATE of a mirror rehabilitates the real file too")
def rehabilitation_reaches_the_real_file(patch: Patch) -> None:
    _flags_after(patch, INS.REHABILITATE, lambda chip: chip.session.ef, lambda flags: flags | REAL_VALID)


@bug("V7", "INVALIDATE of the mirror of EF_LND invalidates that of EF_ADN too")
def invalidation_of_lnd_reaches_adn(patch: Patch) -> None:
    _flags_after(
        patch,
        INS.INVALIDATE,
        lambda chip: position_of(chip, EF_ADN) if selected(chip, EF_LND) else None,
        lambda flags: flags & ~MIRROR_VALID,
    )


@bug("V7", "INVALIDATE of a mirror is acknowledged, and done only while the first record is in use")
def invalidation_depends_on_a_contact(patch: Patch) -> None:
    _flags_after(
        patch,
        INS.INVALIDATE,
        lambda chip: chip.session.ef if first_byte(chip) == 0xFF else None,
        lambda flags: flags | MIRROR_VALID,
    )


@bug("V7", "a write that is refused for want of room invalidates the mirror")
def full_card_invalidates(patch: Patch) -> None:
    _flags_after(patch, INS.UPDATE_RECORD, lambda chip: chip.session.ef, lambda flags: flags & ~MIRROR_VALID, FULL)


def _flags_after(patch: Patch, ins: int, which: Any, change: Any, after: bytes = OK) -> None:
    """Gives a guarded file other flags after an answer."""

    def then(request: Any, answer: bytes) -> bytes:
        chip, position = request.chip, which(request.chip)
        if answer == after and isinstance(request.view, Mirror) and position is not None:
            chip.memory.set_flags(position, change(chip.memory.flags[position]))
        return answer

    afterwards(patch, ins, then)


@bug("W1", "a write that is refused for want of room stores the pointer all the same")
def refused_write_stores_its_pointer(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def update_record(self: RedirectMirror, number: int, data: bytes) -> int:
            status: int = right(self, number, data)
            binding = self._sent(number)
            if status != 0x9000 and binding:
                self._pointers._aim(Place(self._position, binding.real), data[-1])
            return status

        return update_record

    instead(patch, RedirectMirror, "update_record", make)
