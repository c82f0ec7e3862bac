"""CHV and administrative codes (GSM 11.11 7.3, 8.9 to 8.13, 9.4.5)."""

from __future__ import annotations

import pytest

from tests.simulator.small import ADM_CODE, PIN1, PIN2, PUK1, PUK2, card, select, send
from uimkit.card.codes import Code
from uimkit.card.definition import Choices
from uimkit.simulator.card import Card

WRONG = b"9999\xff\xff\xff\xff".hex()
NEW = b"4321\xff\xff\xff\xff".hex()
PIN1_HEX, PIN2_HEX, PUK1_HEX, PUK2_HEX = PIN1.hex(), PIN2.hex(), PUK1.hex(), PUK2.hex()


def kc_readable(on: Card) -> bool:
    select(on, "3F00", "7F20", "6F20")
    return send(on, "A0B0000009").endswith("9000")


def test_chv1_guards_files_until_it_is_verified_and_a_reset_takes_it_back() -> None:
    on = card(chv1_enabled=True)
    assert not kc_readable(on)
    assert send(on, "A020000108" + PIN1_HEX) == "9000"
    assert kc_readable(on)
    on.reset()
    assert not kc_readable(on)
    code = on.chip.code("CHV1")
    assert code is not None
    assert code.tries == 3


def test_three_false_presentations_block_across_resets_and_take_the_right_back() -> None:
    on = card(chv1_enabled=True)
    send(on, "A020000108" + PIN1_HEX)
    assert send(on, "A020000108" + WRONG) == "9804"
    assert kc_readable(on)  # a wrong try alone takes nothing
    on.reset()
    assert send(on, "A024000110" + WRONG + NEW) == "9804"
    assert send(on, "A026000108" + WRONG) == "9840"
    assert send(on, "A020000108" + PIN1_HEX) == "9840"
    assert not kc_readable(on)


def test_rights_end_at_once_when_the_code_blocks() -> None:
    on = card(chv1_enabled=True)
    send(on, "A020000108" + PIN1_HEX)
    for expected in ("9804", "9804", "9840"):
        assert send(on, "A020000108" + WRONG) == expected
    assert not kc_readable(on)


def test_a_right_presentation_gives_all_tries_back() -> None:
    on = card(chv1_enabled=True)
    send(on, "A020000108" + WRONG)
    send(on, "A020000108" + PIN1_HEX)
    assert [send(on, "A020000108" + WRONG) for _ in range(3)] == ["9804", "9804", "9840"]


def test_unblock_sets_a_new_value_enables_and_grants() -> None:
    on = card()
    assert send(on, "A02C000010" + PUK1_HEX + NEW) == "9000"
    assert kc_readable(on)
    on.reset()
    assert not kc_readable(on)  # 8.13: the CHV is enabled
    assert send(on, "A020000108" + NEW) == "9000"


def test_ten_false_unblocks_block_it_for_good() -> None:
    on = card(chv1_enabled=True)
    assert [send(on, "A02C000010" + WRONG * 2) for _ in range(10)] == ["9804"] * 9 + ["9840"]
    assert send(on, "A02C000010" + PUK1_HEX + NEW) == "9840"
    assert send(on, "A020000108" + PIN1_HEX) == "9000"


def test_unblock_of_chv2_has_p2_02_and_that_of_chv1_00() -> None:
    on = card()
    assert send(on, "A02C000110" + PUK1_HEX + NEW) == "6B00"
    assert send(on, "A02C000210" + PUK2_HEX + NEW) == "9000"
    assert send(on, "A020000208" + NEW) == "9000"


def test_disable_and_enable() -> None:
    on = card(chv1_enabled=True)
    assert send(on, "A028000108" + PIN1_HEX) == "9808"
    assert send(on, "A026000108" + PIN1_HEX) == "9000"
    on.reset()
    assert kc_readable(on)
    assert send(on, "A020000108" + PIN1_HEX) == "9808"
    assert send(on, "A024000110" + PIN1_HEX + NEW) == "9808"
    assert send(on, "A026000108" + PIN1_HEX) == "9808"
    assert send(on, "A028000108" + WRONG) == "9804"
    assert send(on, "A028000108" + PIN1_HEX) == "9000"
    assert kc_readable(on)
    on.reset()
    assert not kc_readable(on)
    assert send(on, "A026000208" + PIN2_HEX) == "6B00"


def test_change_needs_the_old_value() -> None:
    on = card(chv1_enabled=True)
    assert send(on, "A024000110" + WRONG + NEW) == "9804"
    assert send(on, "A024000110" + PIN1_HEX + NEW) == "9000"
    assert send(on, "A020000108" + PIN1_HEX) == "9804"
    assert send(on, "A020000108" + NEW) == "9000"


@pytest.mark.parametrize("grants", [True, False])
def test_disabled_and_blocked_is_a_choice(grants: bool) -> None:
    on = card(choices=Choices(blocked_disabled_chv1_grants=grants))
    for expected in ("9804", "9804", "9840"):
        assert send(on, "A028000108" + WRONG) == expected
    assert kc_readable(on) is grants
    on.reset()
    assert kc_readable(on) is grants


def test_the_third_false_enable_may_enable() -> None:
    on = card(choices=Choices(blocking_enables_chv1=True))
    for _ in range(3):
        send(on, "A028000108" + WRONG)
    assert not kc_readable(on)
    assert send(on, "A020000108" + PIN1_HEX) == "9840"


def test_levels_are_no_hierarchy() -> None:
    on = card(chv1_enabled=True)
    assert send(on, "A020000208" + PIN2_HEX) == "9000"
    assert not kc_readable(on)
    assert send(on, "A020000408" + ADM_CODE.hex()) == "9000"
    assert not kc_readable(on)


def test_an_administrative_code_opens_adm_and_blocks() -> None:
    on = card()
    select(on, "7F20", "6F07")
    assert send(on, "A0D600000108") == "9804"
    assert send(on, "A020000408" + ADM_CODE.hex()) == "9000"
    assert send(on, "A0D600000108") == "9000"
    on.reset()
    assert [send(on, "A020000408" + WRONG) for _ in range(5)] == ["9804"] * 4 + ["9840"]
    assert send(on, "A020000408" + ADM_CODE.hex()) == "9840"
    assert send(on, "A020000508" + WRONG) == "6B00"


def test_a_code_that_is_not_initialised() -> None:
    blank = Code(b"\xff" * 8, 3, 3, initialised=False).to_bytes()
    on = card(**{"#CHV2": blank})
    for command in (f"A020000208{PIN2_HEX}", f"A024000210{PIN2_HEX}{NEW}", f"A02C000210{PUK2_HEX}{NEW}"):
        assert send(on, command) == "9802"
    select(on, "7F10")
    assert send(on, "A0F2000017")[36:44] == "838A0000"


def test_no_command_reads_a_code_or_key() -> None:
    on = card()
    send(on, "A020000408" + ADM_CODE.hex())
    select(on, "7F20", "6F1A")
    assert send(on, "A0B0000010") == "9804"


def test_values_do_not_show_in_repr() -> None:
    text = repr(Code(PIN1, 3, 3, PUK1, 10, 10))
    assert "1234" not in text
    assert "1111" not in text
