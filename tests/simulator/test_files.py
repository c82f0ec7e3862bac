"""READ and UPDATE of all structures, SEEK, INCREASE and the record pointer (GSM 11.11 8.3 to 8.8, 6.4)."""

from __future__ import annotations

import pytest

from tests.simulator.small import card, select, send
from uimkit.card.definition import Choices
from uimkit.simulator.card import Card


def numbered(prefix: int, count: int, length: int) -> bytes:
    return b"".join(bytes((prefix + i,)) * length for i in range(1, count + 1))


def adn() -> Card:
    on = card(_3F00_7F10_6F3A=numbered(0x40, 4, 28))
    select(on, "7F10", "6F3A")
    return on


def test_read_binary_by_offset_and_its_limits() -> None:
    on = card()
    select(on, "7F20", "6F3B")
    assert send(on, "A0B000FE04") == "7E7F00019000"
    assert send(on, "A0B0012A02") == "2A2B9000"
    assert len(send(on, "A0B0000000")) == 2 * 258
    assert send(on, "A0B0012C01") == "6B00"
    assert send(on, "A0B0012A03") == "6702"
    assert send(on, "A0B0400001") == "6B00"


def test_update_binary_changes_just_what_it_names() -> None:
    on = card()
    select(on, "7F20", "6F20")
    assert send(on, "A0D6000302AABB") == "9000"
    assert send(on, "A0B0000009") == "000102AABB050607089000"
    assert send(on, "A0D6000802AABB") == "6701"
    assert send(on, "A0D6000901AA") == "6B00"
    assert send(on, "A0B0000009") == "000102AABB050607089000"


def test_linear_pointer_follows_clause_8_5() -> None:
    on = adn()
    assert send(on, "A0B200041C") == "9402"  # CURRENT, pointer undefined
    assert send(on, "A0B203041C")[:2] == "43"
    assert send(on, "A0B200041C") == "9402"  # ABSOLUTE leaves it undefined
    assert send(on, "A0B2FF021C")[:2] == "41"  # NEXT: record 1, P1 is not looked at
    assert send(on, "A0B200021C")[:2] == "42"
    assert send(on, "A0B200041C")[:2] == "42"
    assert send(on, "A0B200031C")[:2] == "41"
    assert send(on, "A0B200031C") == "9402"
    assert send(on, "A0B200041C")[:2] == "41"
    select(on, "6F3A")
    assert send(on, "A0B200031C")[:2] == "44"  # PREVIOUS, undefined: the last
    assert send(on, "A0B200021C") == "9402"
    assert send(on, "A0B205041C") == "9402"
    assert send(on, "A0B201041B") == "671C"
    assert send(on, "A0B205041B") == "9402"
    assert send(on, "A0B201051C") == "6B00"


def test_update_record_moves_the_pointer_like_read() -> None:
    on = adn()
    record = "5A" * 28
    assert send(on, "A0DC00021C" + record) == "9000"
    assert send(on, "A0B200041C")[:2] == "5A"
    assert send(on, "A0DC04041C" + record) == "9000"
    assert send(on, "A0B200041C")[:2] == "5A"
    assert send(on, "A0B202041C")[:2] == "42"
    assert send(on, "A0DC05041C" + record) == "9402"
    assert send(on, "A0DC01041B" + record[:-2]) == "671C"


def test_a_refused_record_command_leaves_the_pointer() -> None:
    on = adn()
    send(on, "A0B200021C")
    assert send(on, "A0B200021B") == "671C"
    assert send(on, "A0B200041C")[:2] == "41"


def test_cyclic_reading_wraps_and_updating_takes_the_oldest() -> None:
    on = card(_3F00_7F10_6F44=numbered(0x10, 3, 28))
    select(on, "7F10", "6F44")
    assert send(on, "A0B200041C")[:2] == "11"  # newest is record 1 and current
    assert send(on, "A0B200021C")[:2] == "12"
    assert send(on, "A0B200021C")[:2] == "13"
    assert send(on, "A0B200021C")[:2] == "11"
    assert send(on, "A0B200031C")[:2] == "13"
    assert send(on, "A0DC00031C" + "77" * 28) == "9000"
    assert send(on, "A0B200041C")[:2] == "77"
    assert [send(on, f"A0B20{i}041C")[:2] for i in (1, 2, 3)] == ["77", "11", "12"]
    for mode in ("02", "04"):
        assert send(on, f"A0DC00{mode}1C" + "78" * 28) == "9408"
    strict = card(choices=Choices(cyclic_update_mode_sw=0x6B00))
    select(strict, "7F10", "6F44")
    assert send(strict, "A0DC00021C" + "78" * 28) == "6B00"


@pytest.mark.parametrize(
    ("pointer", "p2", "found"),
    [
        (0, "00", 1), (0, "01", 4), (0, "02", 1), (0, "03", 4),
        (2, "00", 1), (2, "01", 4), (2, "02", 4), (2, "03", 1),
        (4, "02", None), (1, "03", None),
    ],
)  # fmt: skip
def test_seek_in_all_modes(pointer: int, p2: str, found: int | None) -> None:
    on = card(_3F00_7F10_6F3A=b"AB".ljust(28) + b"AX".ljust(28) + b"XX".ljust(28) + b"ABC".ljust(28))
    select(on, "7F10", "6F3A")
    for _ in range(pointer):
        send(on, "A0B200021C")
    answer = send(on, f"A0A200{p2}024142")
    assert answer == ("9404" if found is None else "9000")
    assert on.chip.session.pointer == (found or pointer)


def test_seek_type_2_hands_out_the_record_number() -> None:
    on = card(_3F00_7F10_6F3A=b"AB".ljust(28) + b"AX".ljust(28) + b"XX".ljust(28) + b"ABC".ljust(28))
    select(on, "7F10", "6F3A")
    assert send(on, "A0A200110141") == "9F01"
    assert send(on, "A0C0000001") == "049000"
    assert send(on, "A0A2001001" + "5A") == "9404"
    assert send(on, "A0A2002001" + "5A") == "6B00"
    assert send(on, "A0A2000411" + "5A" * 17) == "6B00"
    assert send(on, "A0A2000011" + "41" * 17) == "6700"
    assert send(on, "A0A2000000") == "6700"


def test_seek_is_for_linear_fixed_files() -> None:
    on = card()
    select(on, "7F10", "6F44")
    assert send(on, "A0A200000141") == "9408"
    select(on, "7F20", "6F20")
    assert send(on, "A0A200000141") == "9408"


def test_increase_adds_to_the_newest_into_the_oldest() -> None:
    on = card()
    select(on, "7F20", "6F39")
    assert send(on, "A032000003000002") == "9F06"
    assert send(on, "A0C0000006") == "0000070000029000"
    assert [send(on, f"A0B20{i}0403") for i in (1, 2, 3)] == ["0000079000", "0000059000", "0000049000"]
    assert send(on, "A032000003FFFFFF") == "9850"
    assert send(on, "A0B2010403") == "0000079000"
    assert send(on, "A0320000020001") == "6703"
    assert on.chip.session.pointer == 1


def test_increase_of_the_ruim_takes_the_record_length() -> None:
    on = card()
    select(on, "7F25", "6F21")
    assert send(on, "A0320000020001") == "9F04"
    assert send(on, "A0C0000004") == "000600019000"
    assert send(on, "A032000003000001") == "9F05"


def test_increase_without_a_right_is_a_choice() -> None:
    for choices, expected in ((Choices(), "9804"), (Choices(increase_without_right_sw=0x9408), "9408")):
        on = card(choices=choices)
        select(on, "7F10", "6F44")
        assert send(on, "A032000003000001") == expected


def test_structures_that_do_not_fit_the_command() -> None:
    on = card()
    select(on, "7F20", "6F20")
    for command in ("A0B2010401", "A0DC01040101", "A032000003000001"):
        assert send(on, command) == "9408", command
    select(on, "7F10", "6F3A")
    for command in ("A0B0000001", "A0D600000101", "A032000003000001"):
        assert send(on, command) == "9408", command
