"""The order of errors, which the standards leave open and docs/simulator.md fixes."""

from __future__ import annotations

import pytest

from tests.simulator.small import PIN1, card, select, send
from uimkit.card.definition import Choices


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", "6700"),
        ("A0A4", "6700"),
        ("00FF010500", "6E00"),
        ("80F2000016", "6E00"),
        ("A0FF010500", "6D00"),
        ("A088010010" + "00" * 16, "9408"),  # directory before P1
        ("A0A4010003", "6B00"),  # P1 before P3
        ("A0A40000033F0000", "6702"),
        ("A0A40000023F", "6702"),
        ("A0A40000023F0000", "6702"),
        ("A020000107" + "00" * 7, "6708"),
        ("A0B0000001", "9400"),  # no EF before anything else about it
        ("A004000001", "6700"),
        ("A0FA000000", "9000"),
        ("A010000001FF", "9000"),
    ],
)
def test_order_before_a_file_is_met(command: str, expected: str) -> None:
    assert send(card(), command) == expected


def test_structure_before_invalidation_before_access_before_address() -> None:
    on = card(chv1_enabled=True)
    send(on, "A020000108" + PIN1.hex())
    select(on, "7F20", "6F20")
    send(on, "A004000000")
    on.reset()
    select(on, "7F20", "6F20")
    assert send(on, "A0B2010401") == "9408"
    assert send(on, "A0B0000001") == "9810"
    select(on, "6F3B")
    assert send(on, "A0B0F00001") == "9804"
    send(on, "A020000108" + PIN1.hex())
    assert send(on, "A0B0F00001") == "6B00"


@pytest.mark.parametrize("sw", [0x9408, 0x9804, 0x6D00])
def test_an_application_command_outside_its_directory_is_a_choice(sw: int) -> None:
    on = card(choices=Choices(wrong_directory_sw=sw))
    select(on, "7F10")
    assert send(on, "A088000010" + "00" * 16) == f"{sw:04X}"
    assert send(on, "A082000003" + "00" * 3) == f"{sw:04X}"
    select(on, "7F20")
    assert send(on, "A082000003" + "00" * 3) == f"{sw:04X}"


def test_instruction_88_is_the_command_of_the_current_directory_whatever_p3_says() -> None:
    on = card()
    select(on, "7F20")
    assert send(on, "A088000011" + "00" * 17) == "6710"
    select(on, "7F25")
    assert send(on, "A088000010" + "00" * 16) == "6711"


def test_run_gsm_algorithm_is_the_published_xor_vector() -> None:
    on = card()
    rand = bytes(16 * i for i in range(16))
    for directory in (["7F20"], ["5F70"]):
        select(on, *directory)
        assert send(on, "A088000010" + rand.hex()) == "9F0C"
        assert send(on, "A0C000000C") == "00112233" + "445566778899AABB" + "9000"


def test_run_gsm_algorithm_needs_chv1() -> None:
    on = card(chv1_enabled=True)
    select(on, "7F20")
    assert send(on, "A088000010" + "00" * 16) == "9804"


def test_store_esn_meid_me() -> None:
    on = card()
    assert send(on, "A0DE000008" + "0412345678000000") == "9408"
    select(on, "7F25")
    assert send(on, "A0DE000008" + "0412345678000000") == "9F01"
    assert send(on, "A0C0000001") == "119000"  # differs from the stored; EF_USGIND b1
    assert send(on, "A0DE000008" + "0412345678000000") == "9F01"
    assert send(on, "A0C0000001") == "109000"
    assert send(on, "A0DE010008" + "07785634120000A0") == "9F01"
    assert send(on, "A0C0000001") == "319000"  # and b2
    assert send(on, "A0DE010008" + "0412345678000000") == "6F00"
    assert send(on, "A0DE020008" + "0412345678000000") == "6B00"
    select(on, "6F38")
    assert send(on, "A0B0000008") == "07785634120000A09000"
    without_meid = card(_3F00_7F25_6F32=bytes(5))
    select(without_meid, "7F25")
    assert send(without_meid, "A0DE010008" + "07785634120000A0") == "6B00"
