"""Rules S1 to S5: what moves a card session to the CDMA side, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.oneway import handset as hand
from tests.oneway.handset import ADM, ANNA, BLANK, BOB, CST, IMSI_M, LI, PIN1, PIN2, ZHANG
from tests.oneway.twins import ADN, EXT1, LND
from tests.oneway.twins import card as filled_card
from tests.simulator import small
from uimkit.apdu import CLA_GSM, INS
from uimkit.errors import InputError
from uimkit.oneway.policy import DF_PHS, Latch, Policy, Side
from uimkit.profile.checks import check_profile
from uimkit.profile.load import parse_profile
from uimkit.profile.summary import summarise
from uimkit.simulator.card import Card
from uimkit.simulator.commands.table import COMMANDS

LIFECYCLE = "3F00/2FE7"
RESTRICTED, CDMA = Side.RESTRICTED, Side.CDMA


@pytest.mark.parametrize("path", [CST, IMSI_M])
@pytest.mark.parametrize(("offset", "length"), [(0, 1), (3, 1), (0, 5)])
def test_s1_reading_a_byte_of_the_cdma_identity_opens_the_book(path: str, offset: int, length: int) -> None:
    on = filled_card(0)
    hand.select(on, path)
    assert on.side is RESTRICTED
    assert hand.send(on, 0xB0, 0, offset, p3=length).endswith("9000")
    assert on.side is CDMA
    hand.select(on, ADN)
    assert [hand.read(on, n) for n in range(1, 251)] == [r.hex().upper() + "9000" for r in hand.stored(on)]


@pytest.mark.parametrize("path", [CST, IMSI_M])
def test_s1_a_read_that_fails_or_gives_nothing_is_no_evidence(path: str) -> None:
    on = hand.new_card()
    hand.select(on, path)
    for offset, length, answer in ((256, 1, "6B00"), (0, 255, "67"), (0, 0, "67"), (4, 200, "67")):
        assert hand.send(on, 0xB0, offset >> 8, offset & 255, p3=length).startswith(answer)
    assert hand.send(on, 0xB2, 1, 4, p3=1) == "9408"
    assert hand.send(on, 0xD6, 0, 0, b"\0") == "9804"
    assert on.side is RESTRICTED


def test_s1_a_read_without_its_right_or_of_an_invalidated_file_is_no_evidence() -> None:
    on = hand.small_card(LI, chv1_enabled=True)
    assert hand.latch(on) == "9804"
    assert on.side is RESTRICTED
    assert hand.send(on, 0x20, 0, 1, PIN1) == "9000"
    assert hand.send(on, 0x20, 0, 4, ADM) == "9000"
    assert hand.send(on, 0x04) == "9000"
    assert hand.send(on, 0xB0, p3=1) == "9810"
    assert on.side is RESTRICTED
    assert hand.send(on, 0x44) == "9000"
    assert hand.send(on, 0xB0, p3=1) == "FF9000"
    assert on.side is CDMA


def test_s1_the_side_stays_until_a_reset() -> None:
    on = hand.new_card()
    hand.latch(on)
    for path in ("3F00/7F20/6F07", "3F00/7F20", ADN, "3F00"):
        hand.select(on, path)
        assert on.side is CDMA
    on.reset()
    assert on.side is RESTRICTED
    hand.select(on, ADN)
    assert hand.read(on, 1) == hand.blank_answer()


ESN = bytes.fromhex("0412345678000000")


def test_s1_store_esn_latches_when_it_succeeds() -> None:
    on = hand.small_card(LI, latch=Latch.STORE_ESN, chv1_enabled=True)
    assert hand.send(on, 0xDE, 0, 0, ESN) == "9408"
    hand.select(on, "3F00/7F25")
    assert hand.send(on, 0xDE, 0, 0, ESN) == "9804"
    hand.send(on, 0x20, 0, 1, PIN1)
    assert hand.send(on, 0xDE, 0, 0, b"\x07" + ESN[1:]) == "6F00"
    assert hand.latch(on) == "FF9000"
    assert on.side is RESTRICTED
    assert hand.send(on, 0xDE, 0, 0, ESN) == "9F01"
    assert on.side is CDMA


def test_s1_select_df_cdma_latches_when_the_profile_says_so() -> None:
    on = hand.small_card(LI, latch=Latch.SELECT_DF_CDMA)
    hand.select(on, "3F00/7F20")
    assert on.side is RESTRICTED
    hand.select(on, "3F00/7F25")
    assert on.side is CDMA
    assert hand.select(on, "3F00/7F25/6FFF") == "9404"


def test_s1_selecting_df_cdma_is_no_evidence_by_default() -> None:
    on = hand.small_card(LI)
    hand.select(on, "3F00/7F25")
    hand.select(on, CST)
    assert on.side is RESTRICTED


def test_s1_evidence_can_be_combined() -> None:
    policy = Policy(frozenset({Latch.STORE_ESN, Latch.READ_CDMA_IDENTITY}), frozenset({ADN}))
    for give in (hand.latch, lambda on: hand.select(on, "3F00/7F25") and hand.send(on, 0xDE, 0, 0, ESN)):
        on = small.card(policy=policy)
        give(on)
        assert on.side is CDMA


def test_s1_a_card_without_mirrors_has_no_evidence() -> None:
    on = small.card(policy=Policy())
    hand.latch(on)
    assert on.side is RESTRICTED


USES: dict[str, Callable[[Card], str]] = {
    "READ absolute": lambda on: hand.read(on, 3),
    "READ next": lambda on: hand.read(on, 0, 2),
    "READ previous": lambda on: hand.read(on, 0, 3),
    "SEEK that finds": lambda on: hand.seek(on, b"\xff"),
    "SEEK type 2 that finds": lambda on: hand.seek(on, b"\xff", 0x11),
    "SEEK that finds nothing": lambda on: hand.seek(on, b"Li"),
    "UPDATE": lambda on: hand.write(on, 1, ANNA),
    "blank UPDATE": lambda on: hand.write(on, 1, BLANK),
    "READ of EF_LND": lambda on: hand.select(on, LND) and hand.read(on, 1),
    "UPDATE of EF_LND": lambda on: hand.select(on, LND) and hand.write(on, 0, ANNA, 3),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
@pytest.mark.parametrize("kind", list(Latch))
def test_s2_a_late_latch_is_refused_after_any_use_of_a_mirror(use: Callable[[Card], str], kind: Latch) -> None:
    on = hand.small_card(LI, latch=kind)
    hand.select(on, ADN)
    assert use(on)[-4:] in ("9000", "9404", "9F01")
    assert hand.latch(on) == "FF9000"
    assert hand.send(on, 0xDE, 0, 0, ESN) == "9F01"
    assert on.side is RESTRICTED
    hand.select(on, ADN)
    assert hand.read(on, 1) == hand.blank_answer()
    on.reset()
    hand.latch(on)
    hand.send(on, 0xDE, 0, 0, ESN)
    assert on.side is CDMA


def test_s2_evidence_of_a_late_latch_is_answered_as_ever() -> None:
    early, late = hand.new_card(), hand.new_card()
    hand.select(late, ADN)
    hand.read(late, 1)
    for path in (CST, IMSI_M):
        assert hand.header(early, path) == hand.header(late, path)
        assert hand.send(early, 0xB0, p3=5) == hand.send(late, 0xB0, p3=5)
    assert (early.side, late.side) == (CDMA, RESTRICTED)


NO_USES: dict[str, Callable[[Card], str]] = {
    "SELECT": lambda on: hand.select(on, ADN),
    "GET RESPONSE": lambda on: hand.header(on, ADN),
    "STATUS": lambda on: hand.send(on, 0xF2, p3=23),
    "READ beyond the file": lambda on: hand.read(on, 5),
    "READ of another length": lambda on: hand.send(on, 0xB2, 1, 4, p3=27),
    "SEEK with no pattern": lambda on: hand.seek(on, b""),
    "SEEK with a long pattern": lambda on: hand.seek(on, b"\xff" * 17),
    "UPDATE beyond the file": lambda on: hand.write(on, 5, ANNA),
    "UPDATE of another length": lambda on: hand.write(on, 1, ANNA[:-1]),
    "READ BINARY": lambda on: hand.send(on, 0xB0, p3=1),
}


@pytest.mark.parametrize("what", NO_USES.values(), ids=NO_USES.keys())
def test_s2_a_latch_is_not_late_after_select_status_get_response_or_a_refusal(what: Callable[[Card], str]) -> None:
    on = hand.small_card(LI)
    hand.select(on, ADN)
    what(on)
    hand.latch(on)
    assert on.side is CDMA


def test_s2_an_update_refused_for_want_of_room_is_no_use() -> None:
    on = hand.small_card(LI, ANNA, ZHANG, BOB)
    hand.select(on, ADN)
    assert hand.write(on, 1, gsm := LI[:-2] + b"\x05\xff") == "9240"
    assert gsm not in hand.stored(on)
    hand.latch(on)
    assert on.side is CDMA


def test_s2_bindings_and_the_cdma_side_never_coexist() -> None:
    on = hand.small_card(BLANK, LI)
    hand.select(on, ADN)
    assert hand.write(on, 2, ANNA) == "9000"
    hand.latch(on)
    hand.select(on, ADN)
    assert hand.write(on, 2, ZHANG) == "9000"
    assert hand.stored(on) == [ZHANG, LI, BLANK, BLANK]


def test_s3_no_right_changes_the_side_and_an_administrative_write_goes_through_the_mirror() -> None:
    on = filled_card(0, free=2)
    before = hand.stored(on)
    for p2, value in ((1, PIN1), (2, PIN2), (4, ADM)):
        assert hand.send(on, 0x20, 0, p2, value) == ("9808" if p2 == 1 else "9000")
        assert on.side is RESTRICTED
        hand.select(on, ADN)
        assert hand.read(on, 60) == hand.blank_answer()
        hand.select(on, EXT1)
        assert hand.send(on, 0xB2, 5, 4, p3=13) == "FF" * 13 + "9000"
        hand.select(on, ADN)
    assert hand.write(on, 60, ANNA) == "9000"
    free = before.index(BLANK)
    assert hand.stored(on) == [*before[:free], ANNA, *before[free + 1 :]]


def test_s3_administrative_rights_do_not_undo_the_cdma_side() -> None:
    on = filled_card(0)
    hand.latch(on)
    assert hand.send(on, 0x20, 0, 4, ADM) == "9000"
    assert on.side is CDMA
    hand.select(on, ADN)
    assert hand.read(on, 60) == hand.stored(on)[59].hex().upper() + "9000"


def test_s3_before_the_end_of_personalisation_only_an_administrative_session_sees_the_real_files() -> None:
    """Of a profile that hides EF_EXT1, so that hidden files are seen to come and go too."""
    on = hand.hiding_card(finished=False)
    on.memory.write(on.product.definition.index[ADN], 0, LI)
    hand.select(on, ADN)
    assert hand.read(on, 1) == hand.blank_answer()
    assert hand.select(on, EXT1) == "9404"
    for p2, value in ((2, PIN2), (4, b"00000000")):
        hand.send(on, 0x20, 0, p2, value)
        hand.select(on, ADN)
        assert hand.read(on, 1) == hand.blank_answer()
    assert hand.send(on, 0x20, 0, 4, ADM) == "9000"
    assert hand.read(on, 1) == LI.hex().upper() + "9000"
    assert hand.write(on, 3, ANNA) == "9000"
    assert hand.stored(on)[:3] == [LI, BLANK, ANNA]
    assert hand.select(on, EXT1) == "9F0F"
    assert on.side is RESTRICTED
    on.reset()
    hand.select(on, ADN)
    assert hand.read(on, 1) == hand.blank_answer()


def test_s3_after_the_end_of_personalisation_the_same_session_meets_the_mirrors() -> None:
    on = hand.hiding_card(finished=False)
    hand.send(on, 0x20, 0, 4, ADM)
    hand.select(on, ADN)
    assert hand.write(on, 2, LI) == "9000"
    hand.select(on, LIFECYCLE)
    assert hand.send(on, 0xD6, 0, 0, b"\x05") == "9000"
    hand.select(on, ADN)
    assert hand.read(on, 2) == hand.blank_answer()
    assert hand.write(on, 2, ANNA) == "9000"
    assert hand.stored(on)[:2] == [ANNA, LI]
    assert hand.select(on, EXT1) == "9404"


def test_s3_the_end_of_personalisation_can_not_be_taken_back() -> None:
    on = hand.new_card()
    assert hand.send(on, 0x20, 0, 4, ADM) == "9000"
    for latched in (False, True):
        if latched:
            hand.latch(on)
        hand.select(on, LIFECYCLE)
        for value in (b"\x01", b"\x05", b"\xff"):
            assert hand.send(on, 0xD6, 0, 0, value) == "9804"
        assert hand.send(on, 0xB0, p3=1) == "059000"
        assert hand.send(on, 0x04) == "9804"


def test_s3_before_the_end_the_life_cycle_takes_administrative_rights() -> None:
    on = hand.new_card(finished=False)
    hand.latch(on)
    hand.select(on, LIFECYCLE)
    assert hand.send(on, 0xD6, 0, 0, b"\x05") == "9804"


def test_s3_a_file_with_update_never_is_written_in_personalisation_only() -> None:
    iccid = bytes.fromhex("98683062091000000062")
    for finished, answer in ((False, "9000"), (True, "9804")):
        on = hand.new_card(finished=finished)
        hand.select(on, "3F00/2FE2")
        assert hand.send(on, 0xD6, 0, 0, iccid) == "9804"
        hand.send(on, 0x20, 0, 4, ADM)
        assert hand.send(on, 0xD6, 0, 0, iccid) == answer


def every_command(on: Card, path: str) -> None:
    """Each instruction with plausible parameters on this file, the evidence left out."""
    for (cla, ins), declared in COMMANDS.items():
        if cla != CLA_GSM or (ins == INS.READ_BINARY and path in (CST, IMSI_M)):
            continue
        for p1, p2, p3 in ((0, 0, 0), (0, 0, 1), (1, 4, 28), (0, 2, 28), (0, 0, 23), (0, 1, 8), (0, 2, 16), (0, 0, 2)):
            data = bytes(p3) if any(command.carries_data for command in declared) else b""
            hand.select(on, path)
            hand.send(on, ins, p1, p2, data, p3)


def test_s4_nothing_else_on_any_file_moves_the_side() -> None:
    on = hand.new_card()
    for file in on.product.definition.files:
        if file.selectable:
            on.reset()
            every_command(on, file.path)
            assert on.side is RESTRICTED, file.path


def test_s4_a_phs_directory_is_not_there_and_changes_nothing() -> None:
    on = hand.new_card()
    assert hand.select(on, "3F00/7F42") == "9404"
    assert on.side is RESTRICTED


PHS_BOOK = f"{DF_PHS}/6F3A"
WITH_PHS = 'extends = "china-telecom-oneway"\ntitle = "with PHS"\n\n[oneway]\nphs_directory = true\n'


def test_s4_a_phs_directory_is_a_second_path_to_the_mirror_when_the_profile_wants_it() -> None:
    on = hand.fresh(parse_profile(WITH_PHS, "phs.toml", "phs"), finished=True)
    on.memory.write(on.product.definition.index[ADN], 0, LI)
    hand.select(on, PHS_BOOK)
    assert hand.read(on, 1) == hand.blank_answer()
    assert hand.write(on, 1, ANNA) == "9000"
    hand.select(on, ADN)
    assert hand.write(on, 1, BOB) == "9000"
    assert hand.stored(on)[:3] == [LI, BOB, BLANK], "one binding for both paths"
    hand.latch(on)
    assert on.side is RESTRICTED
    on.reset()
    hand.latch(on)
    hand.select(on, PHS_BOOK)
    assert hand.read(on, 1) == LI.hex().upper() + "9000"


def test_s4_everything_that_uses_the_phs_directory_says_that_it_is_an_assumption() -> None:
    profile = parse_profile(WITH_PHS, "phs.toml", "phs")
    assert [(finding.id, finding.severity, finding.line) for finding in check_profile(profile)] == [
        ("SEC.ONEWAY.phs", "warning", 5)
    ]
    assert any("ASSUMPTION" in line for line in summarise(profile).policy_lines)
    made = {file.path: file.name for file in profile.definition.files}
    assert all("ASSUMPTION" in made[path] for path in (DF_PHS, PHS_BOOK))
    assert [path for path, name in made.items() if "ASSUMPTION" in name] == [DF_PHS, PHS_BOOK]


@pytest.mark.parametrize(
    "more", ['protected = ["3F00/7F10/6F44"]', '[files."3F00/7F42"]\nname = "X"\nstructure = "DF"']
)
def test_s4_a_phs_directory_needs_a_protected_book_and_its_own_place(more: str) -> None:
    with pytest.raises(InputError, match=r"phs\.toml:5: oneway\.phs_directory: found true, "):
        parse_profile(f"{WITH_PHS}{more}\n", "phs.toml", "phs")


def test_s5_a_reader_that_plays_the_cdma_order_becomes_cdma() -> None:
    """Declared: this is a product feature. With CHV1 enabled, CHV1 is the only secret."""
    on = hand.small_card(LI, chv1_enabled=True)
    assert hand.latch(on) == "9804"
    hand.select(on, ADN)
    assert hand.read(on, 1) == "9804"
    hand.send(on, 0x20, 0, 1, PIN1)
    hand.latch(on)
    hand.select(on, ADN)
    assert hand.read(on, 1) == LI.hex().upper() + "9000"


def test_a_snapshot_brings_side_and_mirrors_back() -> None:
    on = hand.small_card(LI)
    hand.select(on, ADN)
    fresh = on.snapshot()
    hand.write(on, 1, ANNA)
    bound = on.snapshot()
    assert fresh != bound
    on.restore(fresh)
    hand.latch(on)
    assert on.side is CDMA
    on.restore(bound)
    assert on.side is RESTRICTED
    hand.select(on, ADN)
    assert hand.write(on, 1, ZHANG) == "9000"
    assert hand.stored(on) == [LI, ZHANG, BLANK, BLANK]


def test_a_snapshot_brings_the_rights_of_personalisation_back() -> None:
    on = hand.new_card(finished=False)
    hand.select(on, "3F00/2FE2")
    fresh = on.snapshot()
    hand.send(on, 0x20, 0, 4, ADM)
    on.restore(fresh)
    assert hand.send(on, 0xD6, 0, 0, b"\x98") == "9804"


def test_a_policy_without_protection_is_an_ordinary_card() -> None:
    assert not Policy().one_way
    assert replace(Policy(), hidden=frozenset({EXT1})).one_way
