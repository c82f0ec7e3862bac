"""Rules W1 to W4, W8, W9: where the restricted side's writes go. W5 to W7 and W10 are in test_extensions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.oneway import handset as hand
from tests.oneway.handset import ANNA, BLANK, BOB, LI, ZHANG
from tests.oneway.twins import ADN, EXT1, LND, body, gsm_record, profile
from tests.oneway.twins import card as filled_card
from uimkit.simulator.card import Card

MAX = gsm_record("Max", "2000")


def phone_on(*records: bytes) -> Card:
    """A small card of four records in a GSM phone that has selected EF_ADN."""
    on = hand.small_card(*records)
    hand.select(on, ADN)
    return on


def put(on: Card, number: int, data: bytes) -> list[bytes]:
    """An accepted write; the real records after it."""
    assert hand.write(on, number, data) == "9000"
    return hand.stored(on)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_w1_a_write_lands_in_the_lowest_free_record_whatever_its_number(number: int) -> None:
    on = phone_on(LI, BLANK, ANNA)
    assert put(on, number, ZHANG) == [LI, ZHANG, ANNA, BLANK]


@pytest.mark.parametrize("mode", [2, 3])
def test_w1_next_and_previous_write_as_absolute_does(mode: int) -> None:
    on = phone_on(LI)
    assert hand.write(on, 0, ZHANG, mode) == "9000"
    assert hand.stored(on) == [LI, ZHANG, BLANK, BLANK]
    assert on.chip.session.pointer == (1 if mode == 2 else 4)


def test_w1_current_writes_the_record_of_the_pointer() -> None:
    on = phone_on(LI)
    assert hand.write(on, 0, ZHANG) == "9402"
    hand.seek(on, b"\xff", 0x01)
    assert hand.write(on, 0, ZHANG) == "9000"
    assert hand.write(on, 4, ZHANG) == "9000"
    assert hand.stored(on) == [LI, ZHANG, BLANK, BLANK]


def test_w1_a_record_with_an_old_pointer_only_counts_as_free() -> None:
    dangling = b"\xff" * 27 + b"\x03"
    assert put(phone_on(LI, dangling), 1, ZHANG)[:2] == [LI, ZHANG]


def test_w1_a_record_with_any_other_byte_is_not_free() -> None:
    for i in range(27):
        used = b"\xff" * i + b"\x00" + b"\xff" * (27 - i)
        assert put(phone_on(used), 1, ZHANG)[:2] == [used, ZHANG]


def test_w1_a_full_card_answers_92_40_and_nothing_changes() -> None:
    on = phone_on(LI, ANNA, ZHANG, BOB)
    hand.header(on, ADN)
    for mode, number in ((4, 1), (2, 0), (3, 0)):
        before = on.snapshot()
        assert hand.write(on, number, MAX, mode) == "9240"
        assert on.snapshot() == before
        assert on.memory.changes == ()


def test_w1_the_full_size_card_takes_as_many_as_are_free() -> None:
    on = filled_card(0, free=60)
    before = hand.stored(on)
    hand.select(on, ADN)
    new = [gsm_record(f"N{i}", f"{10000 + i}") for i in range(60)]
    for number, data in enumerate(new, 1):
        assert hand.write(on, 251 - number, data) == "9000"
    assert hand.write(on, 1, MAX) == "9240"
    after = hand.stored(on)
    assert [r for r, old in zip(after, before, strict=True) if old == BLANK] == new
    assert [r for r, old in zip(after, before, strict=True) if old != BLANK] == [r for r in before if r != BLANK]


@pytest.mark.parametrize("blank", [BLANK, b"\xff" * 27 + b"\x00", b"\xff" * 27 + b"\x05"])
def test_w1_a_blank_write_on_an_unbound_record_does_nothing(blank: bytes) -> None:
    on = phone_on(LI, ANNA, ZHANG, BOB)
    for number in (1, 2, 3, 4):
        assert put(on, number, blank) == [LI, ANNA, ZHANG, BOB]
    assert on.memory.changes == ()


def test_w1_delete_all_harms_no_contact_the_phone_never_saw() -> None:
    on = filled_card(0)
    before = on.memory.snapshot()
    hand.select(on, ADN)
    assert {hand.write(on, n, BLANK) for n in range(1, 251)} == {"9000"}
    assert on.memory.snapshot() == before


def test_w2_a_bound_record_is_edited_in_place() -> None:
    on = phone_on(LI)
    put(on, 3, ANNA)
    assert put(on, 3, ZHANG) == [LI, ZHANG, BLANK, BLANK]
    assert put(on, 3, BOB) == [LI, BOB, BLANK, BLANK]


def test_w2_an_edit_needs_no_free_record() -> None:
    on = phone_on(LI, ANNA, ZHANG)
    put(on, 1, BOB)
    assert put(on, 1, MAX) == [LI, ANNA, ZHANG, MAX]


def test_w2_a_blank_write_erases_and_unbinds() -> None:
    on = phone_on(LI)
    put(on, 2, ANNA)
    assert put(on, 2, b"\xff" * 27 + b"\x01") == [LI, BLANK, BLANK, BLANK]
    assert put(on, 2, BLANK) == [LI, BLANK, BLANK, BLANK]
    put(on, 1, ZHANG)
    assert put(on, 2, BOB) == [LI, ZHANG, BOB, BLANK]


def test_w2_two_mirror_records_never_share_a_real_one() -> None:
    on = phone_on()
    for number, data in ((4, LI), (1, ANNA), (3, ZHANG), (2, BOB)):
        put(on, number, data)
    assert hand.stored(on) == [LI, ANNA, ZHANG, BOB]
    assert hand.write(on, 1, MAX) == "9000"
    assert hand.stored(on) == [LI, MAX, ZHANG, BOB]


LOOKS = {
    "READ absolute": lambda on: hand.read(on, 1),
    "READ next": lambda on: hand.read(on, 0, 2),
    "SEEK": lambda on: hand.seek(on, b"\xff"),
    "SEEK type 2": lambda on: hand.seek(on, b"\xff\xff", 0x10),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_w3_after_a_look_the_same_bytes_change_nothing(look: Callable[[Card], str]) -> None:
    on = phone_on(LI)
    put(on, 1, ANNA)
    for _ in range(3):
        look(on)
        on.memory.forget_changes()
        assert put(on, 1, ANNA) == [LI, ANNA, BLANK, BLANK]
        assert on.memory.changes == ()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_w3_after_a_look_other_bytes_are_a_new_contact(look: Callable[[Card], str]) -> None:
    on = phone_on(LI)
    put(on, 1, ANNA)
    look(on)
    assert put(on, 1, ZHANG) == [LI, ANNA, ZHANG, BLANK]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_w3_after_a_look_a_blank_write_does_nothing(look: Callable[[Card], str]) -> None:
    on = phone_on(LI)
    put(on, 1, ANNA)
    look(on)
    assert put(on, 1, BLANK) == [LI, ANNA, BLANK, BLANK]
    assert put(on, 1, ANNA) == [LI, ANNA, BLANK, BLANK]


def test_w3_on_a_full_card_a_new_contact_is_refused_and_the_old_binding_stays() -> None:
    on = phone_on(LI, ZHANG, BOB)
    put(on, 1, ANNA)
    hand.read(on, 1)
    on.memory.forget_changes()
    before = on.snapshot()
    assert hand.write(on, 1, MAX) == "9240"
    assert on.snapshot() == before
    assert put(on, 1, ANNA) == [LI, ZHANG, BOB, ANNA]


def test_w3_bytes_are_compared_as_sent_pointer_included() -> None:
    on = phone_on()
    put(on, 1, ANNA[:-1] + b"\x07")
    hand.read(on, 1)
    assert put(on, 1, ANNA[:-1] + b"\x07") == [ANNA, BLANK, BLANK, BLANK]
    assert put(on, 1, ANNA) == [ANNA, ANNA, BLANK, BLANK]


def test_w3_the_bytes_last_sent_are_those_of_the_edit() -> None:
    on = phone_on()
    put(on, 1, LI)
    put(on, 1, ANNA)
    hand.read(on, 1)
    assert put(on, 1, ANNA) == [ANNA, BLANK, BLANK, BLANK]
    assert put(on, 1, LI) == [ANNA, LI, BLANK, BLANK]


@pytest.mark.parametrize("other", [
    lambda on: hand.read(on, 2),
    lambda on: hand.read(on, 9),
    lambda on: hand.send(on, 0xB2, 1, 4, p3=27),
    lambda on: hand.seek(on, b"\xff", 0x01),
    lambda on: hand.seek(on, b"Anna"),
    lambda on: hand.header(on, ADN),
    lambda on: hand.send(on, 0xF2, p3=22),
])  # fmt: skip
def test_w3_only_a_look_at_this_record_counts(other: Callable[[Card], str]) -> None:
    on = phone_on(LI)
    put(on, 1, ANNA)
    other(on)
    assert put(on, 1, ZHANG) == [LI, ZHANG, BLANK, BLANK]


def test_w3_a_look_before_the_write_does_not_count() -> None:
    on = phone_on(LI)
    hand.read(on, 1)
    put(on, 1, ANNA)
    assert put(on, 1, ZHANG) == [LI, ZHANG, BLANK, BLANK]


def test_w4_a_record_bound_twice_is_never_edited_or_erased_in_place() -> None:
    on = phone_on()
    put(on, 1, LI)
    hand.read(on, 1)
    assert put(on, 1, ANNA) == [LI, ANNA, BLANK, BLANK]
    assert put(on, 1, BLANK) == [LI, ANNA, BLANK, BLANK]
    assert put(on, 1, ANNA) == [LI, ANNA, BLANK, BLANK]
    assert put(on, 1, ZHANG) == [LI, ANNA, ZHANG, BLANK]


def test_w4_counts_bindings_that_were_erased_too() -> None:
    on = phone_on()
    put(on, 1, LI)
    assert put(on, 1, BLANK) == [BLANK] * 4
    assert put(on, 1, ANNA) == [ANNA, BLANK, BLANK, BLANK]
    assert put(on, 1, BLANK) == [ANNA, BLANK, BLANK, BLANK]
    assert put(on, 1, ZHANG) == [ANNA, ZHANG, BLANK, BLANK]
    assert put(on, 2, BOB) == [ANNA, ZHANG, BOB, BLANK]
    assert put(on, 2, BLANK) == [ANNA, ZHANG, BLANK, BLANK]


@pytest.mark.parametrize("capability", [0x00, 0x01, 0x7F, 0xFE, 0xFF])
@pytest.mark.parametrize("pointer", [0x00, 0x01, 0x0A, 0xFE, 0xFF])
@pytest.mark.parametrize("mirrored", [True, False], ids=["EXT1 mirrored", "EXT1 hidden"])
def test_w8_the_capability_byte_is_stored_as_sent_and_a_pointer_to_nothing_as_ff(
    capability: int, pointer: int, mirrored: bool
) -> None:
    """W6: no record of EF_EXT1 is bound, so none is ever named, whatever the real one at that number holds."""
    on = filled_card(0, base=profile(mirrored=mirrored))
    before = hand.stored(on)
    free = before.index(BLANK)
    hand.select(on, ADN)
    for sent in (ANNA, ZHANG):  # a binding, then an edit
        assert hand.write(on, 1, sent[:-2] + bytes((capability, pointer))) == "9000"
        assert hand.stored(on)[free] == sent[:-2] + bytes((capability, 0xFF))
    assert hand.stored(on, EXT1) == hand.stored(filled_card(0), EXT1)


@pytest.mark.parametrize("name", ["china-telecom-oneway", "china-telecom-oneway-session"])
def test_w8_the_card_has_no_capability_parameters(name: str) -> None:
    """EF_CCP is absent, and SST n6 is off."""
    on = hand.new_card(name)
    assert hand.select(on, "3F00/7F10/6F3D") == "9404"
    hand.select(on, "3F00/7F20/6F38")
    assert int(hand.send(on, 0xB0, p3=2)[2:4], 16) & 0x0C == 0


def test_w8_contents_are_never_compared_with_what_the_card_holds() -> None:
    on = phone_on(LI)
    assert put(on, 1, LI) == [LI, LI, BLANK, BLANK]
    assert put(on, 2, LI) == [LI, LI, LI, BLANK]


def test_w9_a_reset_forgets_bindings_and_keeps_the_data() -> None:
    on = phone_on(LI)
    put(on, 1, ANNA)
    on.reset()
    hand.select(on, ADN)
    assert put(on, 1, BLANK) == [LI, ANNA, BLANK, BLANK]
    assert put(on, 1, ZHANG) == [LI, ANNA, ZHANG, BLANK]
    assert put(on, 1, BOB) == [LI, ANNA, BOB, BLANK]


def test_w9_the_data_is_in_memory_when_the_90_00_goes_out() -> None:
    on = phone_on(LI)
    position = on.product.definition.index[ADN]
    for data, expected in ((ANNA, ANNA), (ZHANG, ZHANG), (BLANK, BLANK)):
        on.memory.forget_changes()
        assert hand.write(on, 4, data) == "9000"
        assert on.memory.changes == ((position, 28, expected),)
        assert Card(on.product, on.memory.copy()).memory.contents[position][28:56] == expected


def test_w9_a_write_touches_no_other_file() -> None:
    on = filled_card(0)
    before = on.memory.snapshot()
    hand.select(on, ADN)
    for number in range(1, 61):
        assert hand.write(on, number, gsm_record("Z", f"{number}", number % 12)) == "9000"
    hand.select(on, LND)
    assert hand.write(on, 0, LI, 3) == "9000"
    after = on.memory.snapshot()
    differ = [i for i, (old, new) in enumerate(zip(before[0], after[0], strict=True)) if old != new]
    assert differ == [on.product.definition.index[ADN]]
    assert before[1] == after[1]
    assert body(on.memory, on, LND) == before[0][on.product.definition.index[LND]]


def test_on_the_cdma_side_the_phone_book_is_an_ordinary_file() -> None:
    on = hand.small_card(LI, ANNA)
    hand.latch(on)
    hand.select(on, ADN)
    extended = BOB[:-1] + b"\x02"
    assert put(on, 2, extended) == [LI, extended, BLANK, BLANK]
    assert hand.read(on, 2) == extended.hex().upper() + "9000"
    assert hand.seek(on, b"Bob", 0x10) == "9F01"
    assert put(on, 1, BLANK) == [BLANK, extended, BLANK, BLANK]
