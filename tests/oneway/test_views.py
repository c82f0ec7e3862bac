"""Rules V1 to V9: what the restricted side reads. V3 and V6 of EF_EXT1 are in test_extensions."""

from __future__ import annotations

import pytest

from tests.oneway import handset as hand
from tests.oneway.handset import ADM, ANNA, BLANK, BOB, CST, LI, PIN2, ZHANG
from tests.oneway.twins import ADN, EXT1, LND, body, gsm_record, profile
from tests.oneway.twins import card as filled_card
from tests.simulator import small
from uimkit.card.header import parse_header
from uimkit.simulator.card import Card

IMSI, LOCI = "3F00/7F20/6F07", "3F00/7F20/6F7E"
ALL = range(1, 251)


def cdma(on: Card) -> Card:
    """The same card in a CDMA phone."""
    on.reset()
    hand.latch(on)
    return on


@pytest.mark.parametrize(("path", "length", "records"), [(ADN, 28, 250), (LND, 28, 10), (EXT1, 13, 10)])
def test_v1_the_header_is_the_real_one_and_does_not_depend_on_contents(path: str, length: int, records: int) -> None:
    headers = {hand.header(on, path) for on in (hand.new_card(), filled_card(0), filled_card(1, free=0))}
    headers |= {hand.header(cdma(filled_card(0)), path)}
    assert len(headers) == 1
    parsed = parse_header(bytes.fromhex(headers.pop())[:-2])
    assert (parsed.record_length, parsed.records) == (length, records)
    assert parsed.file_id == int(path[-4:], 16)
    assert parsed.chv1_needed


def test_v2_every_record_reads_blank_in_every_mode_however_full_the_book() -> None:
    for on in (hand.new_card(), filled_card(0), filled_card(1, free=0)):
        hand.select(on, ADN)
        assert {hand.read(on, n) for n in ALL} == {hand.blank_answer()}
        assert {hand.read(on, 0, 2) for _ in ALL} == {hand.blank_answer()}
        assert hand.read(on, 0, 2) == "9402"
        hand.select(on, ADN)
        assert {hand.read(on, 0, 3) for _ in ALL} == {hand.blank_answer()}
        assert hand.read(on, 0, 3) == "9402"


def test_v2_errors_of_a_read_are_those_of_the_real_file() -> None:
    restricted, other = filled_card(0), cdma(filled_card(0))
    for on in (restricted, other):
        hand.select(on, ADN)
        assert hand.read(on, 251) == hand.read(on, 0) == "9402"
        assert hand.send(on, 0xB2, 1, 4, p3=27) == hand.send(on, 0xB2, 1, 4, p3=0) == "671C"
        assert hand.send(on, 0xB2, 1, 5, p3=28) == "6B00"
        assert hand.send(on, 0xB0, p3=1) == "9408"
        assert hand.write(on, 251, ANNA) == "9402"
        assert hand.write(on, 1, ANNA[1:]) == "671C"


def hiding_card() -> Card:
    """A filled card of a profile that hides EF_EXT1."""
    return filled_card(0, base=profile(mirrored=False))


def test_v3_a_gsm_phone_meets_a_blank_ext1_and_an_active_service_n10() -> None:
    on = filled_card(0)
    hand.select(on, "3F00/7F20/6F38")
    assert int(hand.send(on, 0xB0, p3=3)[4:6], 16) & 0x0C == 0x0C, "SST n10 (extension 1)"
    before = hand.header(on, EXT1)
    assert {hand.send(on, 0xB2, n, 4, p3=13) for n in range(1, 11)} == {"FF" * 13 + "9000"}
    assert hand.seek(on, hand.stored(on, EXT1)[4][:3]) == "9404"
    cdma(on)
    assert hand.header(on, EXT1) == before
    assert hand.send(on, 0xB2, 5, 4, p3=13) == hand.stored(on, EXT1)[4].hex().upper() + "9000"


def test_v3_a_profile_can_hide_ext1_from_the_restricted_side() -> None:
    on = hiding_card()
    for start in ("3F00", "3F00/7F10", ADN):
        hand.select(on, start)
        assert hand.send(on, 0xA4, data=bytes.fromhex("6F4A")) == "9404"
    before = parse_header(bytes.fromhex(hand.header(on, "3F00/7F10"))[:-2])
    hand.select(on, "3F00/7F20/6F38")
    assert int(hand.send(on, 0xB0, p3=3)[4:6], 16) & 0x0C == 0, "SST n10 (extension 1)"
    cdma(on)
    after = parse_header(bytes.fromhex(hand.header(on, "3F00/7F10"))[:-2])
    assert (before.dfs, before.efs) == (after.dfs, after.efs - 1)
    assert hand.select(on, EXT1) == "9F0F"
    assert hand.send(on, 0xB2, 5, 4, p3=13) == hand.stored(on, EXT1)[4].hex().upper() + "9000"
    hand.select(on, CST)
    assert int(hand.send(on, 0xB0, p3=3)[4:6], 16) & 0x0C == 0x0C, "CST n10"


def test_v3_the_count_of_files_follows_the_side_within_a_session() -> None:
    on = hiding_card()
    before = parse_header(bytes.fromhex(hand.header(on, "3F00/7F10"))[:-2]).efs
    hand.latch(on)
    assert parse_header(bytes.fromhex(hand.header(on, "3F00/7F10"))[:-2]).efs == before + 1
    assert parse_header(bytes.fromhex(hand.send(on, 0xF2, p3=22))[:-2]).efs == before + 1
    on.reset()
    assert parse_header(bytes.fromhex(hand.header(on, "3F00/7F10"))[:-2]).efs == before


SEEKS = [
    (0, 0, 1), (0, 1, 250), (0, 2, 1), (0, 3, 250),
    (7, 0, 1), (7, 1, 250), (7, 2, 8), (7, 3, 6),
    (1, 3, None), (250, 2, None), (250, 3, 249), (1, 2, 2),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "mode", "hit"), SEEKS)
@pytest.mark.parametrize("type_2", [0x00, 0x10])
@pytest.mark.parametrize("pattern", [b"\xff", b"\xff" * 16])
def test_v4_seek_runs_on_the_view(pointer: int, mode: int, hit: int | None, type_2: int, pattern: bytes) -> None:
    on = filled_card(0, free=0)
    hand.select(on, ADN)
    for _ in range(pointer):
        hand.read(on, 0, 2)
    answer = hand.seek(on, pattern, mode | type_2)
    assert on.chip.session.pointer == (hit or pointer)
    if hit is None:
        assert answer == "9404"
    elif type_2:
        assert (answer, hand.send(on, 0xC0, p3=1)) == ("9F01", f"{hit:02X}9000")
    else:
        assert answer == "9000"


def test_v4_a_seek_for_what_is_really_there_finds_nothing_and_keeps_the_pointer() -> None:
    on = filled_card(0)
    hand.select(on, ADN)
    hand.read(on, 0, 2)
    for record in hand.stored(on):
        for length in (1, 3, 16):
            if record[:length] != b"\xff" * length:
                assert hand.seek(on, record[:length]) == "9404"
    assert on.chip.session.pointer == 1
    cdma(on)
    hand.select(on, ADN)
    assert hand.seek(on, b"Li Ming", 0x10) == "9F01"


def test_v4_the_pattern_length_is_checked_before_contents() -> None:
    for on in (filled_card(0), cdma(filled_card(0))):
        hand.select(on, ADN)
        assert {hand.seek(on, pattern) for pattern in (b"", b"\xff" * 17, b"A" * 28)} == {"6700"}


def test_v5_the_pointer_obeys_the_view() -> None:
    on = filled_card(0)
    hand.select(on, ADN)
    assert hand.write(on, 0, ANNA, 2) == "9000"
    assert hand.write(on, 0, ZHANG, 2) == "9000"
    assert on.chip.session.pointer == 2
    assert hand.read(on, 0) == hand.blank_answer()
    assert hand.write(on, 0, BOB, 3) == "9000"
    assert on.chip.session.pointer == 1
    assert hand.write(on, 0, BOB, 3) == "9402"
    assert hand.read(on, 200) == hand.blank_answer()
    assert on.chip.session.pointer == 1
    hand.select(on, ADN)
    assert on.chip.session.pointer == 0


BETWEEN = ["A0F2000016", "A0B201041C", "A0B2FF041C", "A0A2000000", "A0FF000000", "A0A4", "", "00A4000002",
           "A0A40000026FFF", "A0DC01041C" + "41" * 28, "A0A2000001FF"]  # fmt: skip


@pytest.mark.parametrize("between", BETWEEN)
def test_v5_any_command_drops_pending_data(between: str) -> None:
    for wanted in ("SELECT", "SEEK"):
        on = filled_card(0)
        hand.select(on, ADN)
        if wanted == "SEEK":
            assert hand.seek(on, b"\xff", 0x10) == "9F01"
        on.transmit(bytes.fromhex(between))
        assert hand.send(on, 0xC0, p3=1) == "6F00"


def test_v5_status_tells_of_the_directory_and_never_of_the_mirror() -> None:
    on = filled_card(0)
    hand.select(on, ADN)
    before = hand.send(on, 0xF2, p3=22)
    hand.write(on, 1, ANNA)
    hand.read(on, 1)
    assert hand.send(on, 0xF2, p3=22) == before


def test_v6_not_even_the_writer_reads_its_own_records() -> None:
    on = hand.new_card()
    hand.select(on, ADN)
    for number, data in enumerate((LI, ANNA, gsm_record("Ext", "1", 3)), 1):
        assert hand.write(on, number, data) == "9000"
        assert hand.read(on, number) == hand.blank_answer()
        assert hand.seek(on, data[:2]) == "9404"
    on.reset()
    hand.select(on, ADN)
    assert {hand.read(on, n) for n in ALL} == {hand.blank_answer()}


def chv2(on: Card) -> None:
    assert hand.send(on, 0x20, 0, 2, PIN2) == "9000"


def test_v7_invalidating_the_mirror_leaves_the_real_file_alone() -> None:
    on = filled_card(0)
    valid = hand.header(on, ADN)
    chv2(on)
    hand.select(on, ADN)
    assert hand.send(on, 0x44) == "9810"
    assert hand.send(on, 0x04) == "9000"
    assert hand.send(on, 0x04) == "9810"
    assert {hand.read(on, 1), hand.write(on, 1, ANNA), hand.seek(on, b"\xff")} == {"9810"}
    cdma(on)
    assert hand.header(on, ADN) == valid
    assert hand.read(on, 60) == hand.stored(on)[59].hex().upper() + "9000"
    on.reset()
    assert not parse_header(bytes.fromhex(hand.header(on, ADN))[:-2]).valid
    assert hand.read(on, 1) == "9810"
    chv2(on)
    assert hand.send(on, 0x44) == "9000"
    assert hand.read(on, 1) == hand.blank_answer()


def test_v7_invalidating_the_real_file_leaves_the_mirror_alone_and_writes_land() -> None:
    on = hand.new_card()
    valid = hand.header(on, ADN)
    cdma(on)
    chv2(on)
    hand.select(on, ADN)
    assert hand.send(on, 0x04) == "9000"
    assert hand.read(on, 1) == "9810"
    on.reset()
    assert hand.header(on, ADN) == valid
    assert hand.read(on, 1) == hand.blank_answer()
    assert hand.write(on, 2, ANNA) == "9000"
    assert hand.stored(on)[0] == ANNA
    chv2(on)
    assert hand.send(on, 0x44) == "9810"
    cdma(on)
    hand.select(on, ADN)
    assert hand.read(on, 1) == "9810"
    chv2(on)
    assert hand.send(on, 0x44) == "9000"
    assert hand.read(on, 1) == ANNA.hex().upper() + "9000"


@pytest.mark.parametrize("path", [EXT1, LND])
def test_v7_every_mirrored_file_has_a_flag_for_each_side(path: str) -> None:
    for side, other in (("restricted", "cdma"), ("cdma", "restricted")):
        on = filled_card(0)
        for phone in (side, other):
            on.reset()
            if phone == "cdma":
                hand.latch(on)
            hand.send(on, 0x20, 0, 4, ADM)
            hand.select(on, path)
            assert hand.send(on, 0x44) == "9810", "not invalidated on this side"
            if phone == side:
                assert hand.send(on, 0x04) == "9000"


def test_v7_invalidation_takes_its_right_on_either_side() -> None:
    for on in (hand.new_card(), cdma(hand.new_card())):
        hand.select(on, ADN)
        assert hand.send(on, 0x04) == "9804"


@pytest.mark.parametrize(("side", "gsm_locked"), [("mirror", True), ("real", False)])
def test_v7_fixed_dialling_of_df_gsm_goes_by_the_mirrors_flag(side: str, gsm_locked: bool) -> None:
    on = hand.dialling_card()
    invalidate_adn(on, side)
    hand.select(on, IMSI)
    assert hand.send(on, 0xB0, p3=1) == ("9810" if gsm_locked else "009000")


@pytest.mark.parametrize(("side", "cdma_locked"), [("mirror", False), ("real", True)])
def test_v7_fixed_dialling_of_df_cdma_goes_by_the_real_flag(side: str, cdma_locked: bool) -> None:
    on = hand.dialling_card()
    invalidate_adn(on, side)
    hand.select(on, "3F00/7F25/6F23")
    assert hand.send(on, 0xB0, p3=1) == ("9810" if cdma_locked else "009000")


def invalidate_adn(on: Card, side: str) -> None:
    """Fixed dialling is enabled by invalidating EF_ADN, when both services are on (GSM 11.11 11.5.1)."""
    if side == "real":
        hand.latch(on)
    chv2(on)
    hand.select(on, ADN)
    assert hand.send(on, 0x04) == "9000"
    on.reset()


def test_v7_fixed_dialling_without_a_phone_book_locks_whatever_the_flags_say() -> None:
    on = hand.dialling_card(adn_service=False)
    invalidate_adn(on, "mirror")
    hand.select(on, IMSI)
    assert hand.send(on, 0xB0, p3=1) == "9810"


def test_v7_the_card_invalidates_the_identity_once_a_session() -> None:
    on = hand.dialling_card()
    invalidate_adn(on, "mirror")
    hand.select(on, LOCI)
    assert hand.send(on, 0xB0, p3=1) == "9810"
    assert hand.send(on, 0x44) == "9000"
    hand.select(on, IMSI)
    hand.select(on, LOCI)
    assert hand.send(on, 0xB0, p3=1) == "009000"


def test_v8_no_other_path_leads_to_a_protected_store() -> None:
    """EF_ADN, EF_LND and EF_EXT1 stand under one path each; there is no 5F3A and MSISDN has no extension pointer."""
    on = filled_card(0)
    protected = {r[:14] if r[0] != 0xFF else r[14:24] for r in hand.stored(on) if r != BLANK} | {
        hand.stored(on, LND)[0][:4]
    }
    protected |= {r[:4] for r in hand.stored(on, EXT1) if r[0] != 0xFF}
    for file in on.product.definition.files:
        if not file.selectable or not file.is_ef or file.path in ("3F00/7F25/6F32", "3F00/7F25/6F22"):
            continue
        assert hand.select(on, file.path).startswith("9F")
        for ins, number in ((0xB0, 1), *((0xB2, n) for n in range(1, file.records + 1))):
            length = file.record_length if ins == 0xB2 else min(file.size, 255)
            answer = bytes.fromhex(hand.send(on, ins, number if ins == 0xB2 else 0, 4 if ins == 0xB2 else 0, p3=length))
            assert not any(secret in answer for secret in protected), file.path
    assert hand.select(on, "3F00/7F10/5F3A") == "9404"


def test_v9_ef_lnd_has_a_store_of_its_own_blank_at_reset() -> None:
    on = filled_card(0)
    real = body(on.memory, on, LND)
    hand.select(on, LND)
    assert {hand.read(on, n) for n in range(1, 11)} == {hand.blank_answer()}
    for record in (LI, ANNA, ZHANG):
        assert hand.write(on, 0, record, 3) == "9000"
    shown = [ZHANG, ANNA, LI, BLANK]
    assert [hand.read(on, n) for n in (1, 2, 3, 4)] == [r.hex().upper() + "9000" for r in shown]
    assert body(on.memory, on, LND) == real
    on.reset()
    hand.select(on, LND)
    assert hand.read(on, 1) == hand.blank_answer()
    cdma(on)
    hand.select(on, LND)
    assert hand.read(on, 1) == real[:28].hex().upper() + "9000"


def test_v9_the_cyclic_store_turns_as_the_real_one_does() -> None:
    on, other = hand.new_card(), cdma(hand.new_card())
    for card in (on, other):
        hand.select(card, LND)
    for i in range(12):
        record = gsm_record(f"N{i}", f"{1000 + i}")
        assert hand.write(on, 0, record, 3) == hand.write(other, 0, record, 3) == "9000"
        for mode, number in ((4, 1), (4, 10), (2, 0), (3, 0), (3, 0)):
            assert hand.read(on, number, mode) == hand.read(other, number, mode)
    for data, mode in ((LI, 2), (LI, 4), (LI[1:], 3)):
        assert hand.write(on, 1, data, mode) == hand.write(other, 1, data, mode)
    assert hand.send(on, 0x32, data=b"\0\0\1") == "9804"


@pytest.mark.parametrize("name", ["plain-ruim", "gsm-sim"])
def test_an_ordinary_card_reads_back_what_was_written(name: str) -> None:
    on = hand.new_card(name)
    if name == "gsm-sim":
        hand.send(on, 0x20, 0, 1, hand.PIN1)
    hand.select(on, ADN)
    length = int(hand.header(on, ADN)[28:30], 16)
    record = b"\x41" * (length - 14) + LI[-14:]
    assert hand.send(on, 0xDC, 9, 4, record) == "9000"
    assert hand.send(on, 0xB2, 9, 4, p3=length) == record.hex().upper() + "9000"
    assert hand.seek(on, b"AA", 0x10) == "9F01"
    assert hand.send(on, 0xC0, p3=1) == "099000"
    assert hand.select(on, EXT1) == "9F0F"
    hand.select(on, LND)
    assert hand.send(on, 0xDC, 0, 3, record) == "9000"
    on.reset()
    if name == "gsm-sim":
        hand.send(on, 0x20, 0, 1, hand.PIN1)
    hand.select(on, LND)
    assert hand.send(on, 0xB2, 1, 4, p3=length) == record.hex().upper() + "9000"


def test_w9_access_and_chv_are_evaluated_on_the_mirror_as_on_any_file() -> None:
    on = hand.small_card(LI, chv1_enabled=True)
    hand.select(on, ADN)
    assert {hand.read(on, 1), hand.write(on, 1, ANNA), hand.seek(on, b"\xff")} == {"9804"}
    assert hand.send(on, 0x20, 0, 4, ADM) == "9000"
    assert hand.read(on, 1) == "9804"
    assert hand.send(on, 0x20, 0, 1, small.PIN1) == "9000"
    assert hand.read(on, 1) == hand.blank_answer()
    assert hand.select(on, CST) == "9F0F"
