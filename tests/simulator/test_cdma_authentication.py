"""CAVE commands of C.S0023-C 4.4 and 4.5.3: numbers, sequence, status words, and what a card keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto import restated
from uimkit.card.definition import CardDefinition
from uimkit.profile.build import CardProfile
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card
from uimkit.simulator.commands.table import command_name
from uimkit.store.file_card import FileCard, save_card

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())
FLOW, TIA, TOOLS = VECTORS["ruim_flow_derived"], VECTORS["cave_tia"], VECTORS["cave_ruimtools"]

SSD, AKEY = "3F00/7F25/6F1C", "3F00/7F25/6F1A"
IMSI_M, IMSI_T, RUIMID, USGIND = (f"3F00/7F25/6F{n}" for n in ("22", "23", "31", "42"))
CHV1 = "A020000108" + b"1234\xff\xff\xff\xff".hex()
RANDBS = bytes.fromhex(FLOW["randbs"])
CHALLENGE = "A08A000004" + "01020304"
UPDATE = "A08400000F" + FLOW["randssd"] + "00" + "00" * 7
CONFIRM = "A082000003" + "0" + FLOW["authbs"]
RUN = "A088000011" + "00" + "34A2B05F" + "00" + "000000" + "10" + "00" * 7
KEY = "A08E000002FFFF"
COMMIT = "A0CC000001"


def profile(*, chv1: bool = False, **choices: str) -> CardProfile:
    shipped = load_profile("plain-ruim")
    text = shipped.text.replace("enabled = false", f"enabled = {str(chv1).lower()}")
    chosen = "".join(f"{name} = {value}\n" for name, value in choices.items())
    return parse_profile(text + f"\n[choices]\n{chosen}", shipped.source, shipped.name)


def identity(s1: str, s2: str, programmed: int = 0x80) -> bytes:
    """EF_IMSI_M with these codes (hex, high digit first)."""
    low_first = (bytes.fromhex(s2.rjust(4, "0"))[::-1], bytes.fromhex(s1)[::-1])
    return b"\0" + b"".join(low_first) + bytes((0, programmed, 0, 0))


def card(*, chv1: bool = False, random: Callable[[int], bytes] | None = lambda _: RANDBS, **choices: str) -> Card:
    """The card of the derived flow, in DF_CDMA: UIM_ID in use, no SSD yet."""
    made = profile(chv1=chv1, **choices)
    on = Card(made.product, made.fresh_memory(), random)
    put(on, AKEY, bytes.fromhex(FLOW["a_key"]))
    put(on, IMSI_M, identity(FLOW["imsi_s1"], FLOW["imsi_s2"]))
    put(on, RUIMID, b"\4" + bytes.fromhex(FLOW["esn"])[::-1] + bytes(3))
    put(on, USGIND, b"\1")
    on.memory.forget_changes()
    send(on, "A0A40000027F25")
    return on


def put(on: Card, path: str, body: bytes) -> None:
    on.memory.write(on.product.definition.index[path], 0, body)


def stored(on: Card, path: str = SSD) -> str:
    return on.memory.contents[on.product.definition.index[path]].hex()


def send(on: Card, text: str) -> str:
    return on.transmit(bytes.fromhex(text)).hex().upper()


def fetch(on: Card, text: str) -> str:
    """The data of a command that answers 9F XX, of exactly XX bytes."""
    answer = send(on, text)
    assert answer[:2] == "9F", answer
    found = send(on, "A0C00000" + answer[2:])
    assert found[-4:] == "9000"
    assert len(found) == 2 * int(answer[2:], 16) + 4
    return found[:-4].lower()


def updated(on: Card) -> Card:
    for command in (CHALLENGE, UPDATE, CONFIRM):
        assert send(on, command)[:2] in ("9F", "90")
    return on


def test_the_whole_flow_of_the_derived_vectors() -> None:
    on = card()
    assert fetch(on, CHALLENGE) == FLOW["randbs"]
    assert send(on, UPDATE) == "9000"
    assert stored(on) == "00" * 16
    assert send(on, CONFIRM) == "9000"
    assert stored(on) == FLOW["ssd_a"] + FLOW["ssd_b"]
    assert fetch(on, RUN) == "0" + FLOW["authr_34a2b05f"]
    assert fetch(on, KEY) == FLOW["key"]
    assert fetch(on, "A08E0000023C40") == FLOW["key"] + FLOW["vpm_3c_40"]
    assert fetch(on, "A088000011" + "01" + "FF123456" + "00" * 4 + "00" + "00" * 7) == "0" + FLOW["authu_123456"]
    digits = "A088000011" + "00" + "34A2B05F" + "0C000123" + "00" + "00" * 7
    assert fetch(on, digits) == "0" + FLOW["authr_34a2b05f_digits_123"]


def test_the_vectors_of_the_standard_through_the_card() -> None:
    on = card()
    put(on, AKEY, bytes.fromhex(TIA["a_key"]))
    put(on, IMSI_M, identity(TIA["min1"], TIA["min2"]))
    put(on, USGIND, b"\0")
    esn = bytes.fromhex(TIA["esn"])[::-1].hex() + "000000"
    send(on, CHALLENGE)
    assert send(on, "A08400000F" + TIA["randssd"] + "00" + esn) == "9000"
    auth_bs, _, _ = restated.call(
        int.from_bytes(RANDBS, "big"), int(TIA["min1"], 16), bytes.fromhex(TIA["ssd_a"] + TIA["ssd_b"]),
        int(TIA["esn"], 16),
    )  # fmt: skip
    assert send(on, f"A082000003{auth_bs:06X}") == "9000"
    assert stored(on) == TIA["ssd_a"] + TIA["ssd_b"]
    for row in TIA["rows"]:
        assert fetch(on, "A088000011" + "00" + row["rand"] + "00" * 4 + "10" + esn) == "0" + row["authr"]
        assert fetch(on, "A08E0000020040") == row["cmeakey"] + row["vpm"]


def test_the_published_command_of_a_real_tool() -> None:
    on = card()
    put(on, SSD, bytes(16))
    command = TOOLS["apdu"]
    assert fetch(on, command) == "0" + TOOLS["authr"]
    assert command_name(bytes.fromhex(command)) == "RUN CAVE"
    assert command_name(bytes.fromhex("A088000010")) == "RUN GSM ALGORITHM"


def test_the_esn_of_the_command_counts_only_when_the_usage_indicator_says_so() -> None:
    with_esn = RUN[:-14] + bytes.fromhex(FLOW["esn"])[::-1].hex() + "000000"
    on = updated(card())
    expected = fetch(on, RUN)
    assert fetch(on, with_esn) == expected
    put(on, USGIND, b"\0")
    assert fetch(on, with_esn) == expected
    assert fetch(on, RUN) != expected
    put(on, "3F00/7F25/6F38", bytes.fromhex("0400000000000000"))  # EF_ESN_ME is never looked at
    assert fetch(on, with_esn) == expected


def test_imsi_t_stands_in_for_an_imsi_m_that_is_not_programmed() -> None:
    on = updated(card())
    expected = fetch(on, RUN)
    put(on, IMSI_M, identity("000001", "001", programmed=0))
    put(on, IMSI_T, identity(FLOW["imsi_s1"], FLOW["imsi_s2"], programmed=0))
    assert fetch(on, RUN) == expected
    put(on, IMSI_M, identity("000001", "001"))
    assert fetch(on, RUN) != expected


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        ([UPDATE], ["9834"]),
        ([CONFIRM], ["9834"]),
        ([KEY], ["9834"]),
        ([CHALLENGE, CONFIRM], ["9F04", "9834"]),
        ([CHALLENGE, UPDATE, UPDATE], ["9F04", "9000", "9834"]),
        ([CHALLENGE, UPDATE, UPDATE, CONFIRM], ["9F04", "9000", "9834", "9000"]),  # a refused step changes nothing
        ([CHALLENGE, CONFIRM, UPDATE, CONFIRM], ["9F04", "9834", "9000", "9000"]),
        ([CHALLENGE, UPDATE, CHALLENGE, CONFIRM], ["9F04", "9000", "9F04", "9834"]),  # a challenge starts anew
        ([CHALLENGE, CHALLENGE, UPDATE, CONFIRM], ["9F04", "9F04", "9000", "9804"]),  # the RANDBS changed by one
        ([CHALLENGE, UPDATE, CONFIRM, CONFIRM], ["9F04", "9000", "9000", "9834"]),
        ([CHALLENGE, UPDATE, CONFIRM, UPDATE], ["9F04", "9000", "9000", "9834"]),
        ([CHALLENGE, UPDATE, "A082000003000000", CONFIRM], ["9F04", "9000", "9804", "9834"]),
        ([CHALLENGE, UPDATE, "A0A40000023F00", "A0A40000027F25", CONFIRM], ["9F04", "9000", "9F17", "9F17", "9000"]),
        ([CHALLENGE, UPDATE, RUN, KEY, CONFIRM], ["9F04", "9000", "9F03", "9F08", "9000"]),
        ([RUN, RUN[:28] + "00" + RUN[30:], KEY], ["9F03", "9F03", "9F08"]),  # later ones that do not save
        ([RUN[:28] + "00" + RUN[30:], KEY], ["9F03", "9834"]),
        ([COMMIT], ["069000"]),
        ([CHALLENGE, UPDATE, COMMIT, CONFIRM], ["9F04", "9000", "069000", "9000"]),
    ],
)
def test_steps_out_of_turn_are_98_34(steps: list[str], answers: list[str]) -> None:
    on = card()
    assert [send(on, step) for step in steps] == answers
    assert (stored(on) != "00" * 16) == (CONFIRM in steps and answers[steps.index(CONFIRM) :].count("9000") > 0)


def test_a_refused_answer_of_the_base_station_leaves_the_old_ssd() -> None:
    on = updated(card())
    before = stored(on)
    for command in (CHALLENGE, UPDATE.replace(FLOW["randssd"], "07" * 7)):
        send(on, command)
    assert send(on, CONFIRM) == "9804"
    assert stored(on) == before


def test_a_reset_drops_what_is_pending_and_what_was_saved() -> None:
    for steps, after in (([CHALLENGE], UPDATE), ([CHALLENGE, UPDATE], CONFIRM), ([RUN], KEY)):
        on = card()
        for step in steps:
            send(on, step)
        on.reset()
        send(on, "A0A40000027F25")
        assert send(on, after) == "9834"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("A08A000003010203", "6704"),
        ("A08A010004" + "00" * 4, "6B00"),
        ("A08400000E" + "00" * 14, "670F"),
        ("A084000100" + "00" * 15, "6B00"),
        ("A0820000020000", "6703"),
        ("A082010003000000", "6B00"),
        ("A088000010" + "00" * 16, "6711"),
        ("A088010011" + "00" * 17, "6B00"),  # AKA is not there
        ("A088000011" + "02" + "00" * 16, "6F00"),
        ("A088000011" + "00" * 9 + "04" + "00" * 7, "9834"),
        ("A08E00000100", "6702"),
        ("A08E010002FFFF", "6B00"),
        ("A0CC000000", "6701"),
        ("A0CC000100", "6B00"),
    ],
)
def test_parameters_before_sequence(command: str, expected: str) -> None:
    assert send(card(), command) == expected


@pytest.mark.parametrize(("octets", "length"), [("FFFF", 8), ("0000", 9), ("0040", 73), ("4040", 9), ("3C40", 13)])
def test_key_and_mask_have_the_length_that_was_asked_for(octets: str, length: int) -> None:
    on = updated(card())
    send(on, RUN)
    assert send(on, "A08E000002" + octets) == f"9F{length:02X}"


@pytest.mark.parametrize("octets", ["0041", "4100", "0100", "FF00", "00FF", "41FF"])
def test_octets_outside_the_mask_are_a_technical_problem(octets: str) -> None:
    on = card()
    send(on, RUN)
    assert send(on, "A08E000002" + octets) == "6F00"


def test_chv1_and_the_directory_guard_every_command() -> None:
    commands = [CHALLENGE, UPDATE, CONFIRM, RUN, KEY, COMMIT]
    on = card(chv1=True)
    assert [send(on, command) for command in commands] == ["9804"] * 6
    send(on, CHV1)
    assert [send(on, command) for command in commands] == ["9F04", "9000", "9000", "9F03", "9F08", "069000"]
    send(on, "A0A40000027F10")
    assert [send(on, command) for command in commands] == ["9408"] * 6


def test_equal_seeds_in_a_row_never_get_the_same_challenge() -> None:
    on = card(random=bytes)
    found = [fetch(on, CHALLENGE) for _ in range(4)]
    assert all(a != b for a, b in pairwise(found))
    assert fetch(on, CHALLENGE.replace("01020304", "01020305")) == "00000000"


def test_the_challenge_after_the_highest_is_zero() -> None:
    on = card(random=lambda count: b"\xff" * count)
    assert [fetch(on, CHALLENGE) for _ in range(3)] == ["ffffffff", "00000000", "ffffffff"]


def test_a_unique_challenge_ends_in_the_low_byte_of_imsi_s2_and_knows_no_digits() -> None:
    on = updated(card())
    put(on, IMSI_M, identity(FLOW["imsi_s1"], "3a9"))
    ssd = bytes.fromhex(stored(on))
    expected, _, _ = restated.call(0x123456A9, int(FLOW["imsi_s1"], 16), ssd, int(FLOW["esn"], 16))
    assert fetch(on, "A088000011" + "01" + "FF123456" + "0C000123" + "00" * 8) == f"{expected:06x}"


@pytest.mark.parametrize(
    ("length", "digits", "auth_data"),
    [
        ("00", "123456", FLOW["imsi_s1"]),
        ("04", "123456", FLOW["imsi_s1"][:5] + "6"),
        ("18", "AB12C4", "ab12c4"),
        ("FF", "AB12C4", "ab12c4"),
    ],
)
def test_digits_take_the_place_of_the_end_of_imsi_s1(length: str, digits: str, auth_data: str) -> None:
    on = updated(card())
    expected, _, _ = restated.call(0x34A2B05F, int(auth_data, 16), bytes.fromhex(stored(on)), int(FLOW["esn"], 16))
    assert fetch(on, "A088000011" + "00" + "34A2B05F" + length + digits + "00" * 8) == f"{expected:06x}"


def test_a_card_without_randomness_makes_no_challenge() -> None:
    on = card(random=None)
    assert send(on, CHALLENGE) == "6F00"
    assert send(on, UPDATE) == "9834"


@pytest.mark.parametrize(
    ("lost", "steps", "expected"),
    [
        ("akey", [CHALLENGE, UPDATE], "6F00"),
        ("ssd", [CHALLENGE, UPDATE, CONFIRM], "6F00"),
        ("ssd", [RUN], "6F00"),
    ],
)
def test_a_card_without_a_place_for_the_key_is_a_technical_problem(lost: str, steps: list[str], expected: str) -> None:
    on = card()
    keys = {name: path for name, path in on.product.definition.keys.items() if name != lost}
    object.__setattr__(on.product.definition, "keys", keys)
    assert [send(on, step) for step in steps][-1] == expected


@pytest.mark.parametrize("path", [IMSI_M, RUIMID])
def test_a_card_without_identity_is_a_technical_problem(path: str) -> None:
    on = updated(card())
    if path == RUIMID:
        put(on, RUIMID, b"\0")
    lacking = {p: i for p, i in on.product.definition.index.items() if p not in (path, IMSI_T)}
    definition: CardDefinition = on.product.definition
    definition.__dict__["index"] = lacking
    assert send(on, RUN) == "6F00"
    send(on, CHALLENGE)
    assert send(on, UPDATE) == "6F00"


def test_a_temporary_ssd_is_refused_unless_the_profile_takes_it() -> None:
    temporary = UPDATE[:24] + "04" + UPDATE[26:]
    on = card()
    send(on, CHALLENGE)
    assert send(on, temporary) == "9834"
    assert send(on, UPDATE) == "9000"

    on = card(temporary_ssd="true")
    again = RUN[:28] + "14" + RUN[30:]
    assert send(on, again) == "9834"
    for command in (CHALLENGE, temporary):
        send(on, command)
    assert send(on, again) == "9834"
    assert send(on, CONFIRM) == "9000"
    assert send(on, CONFIRM) == "9834"
    assert stored(on) == "00" * 16
    assert fetch(on, again) == "0" + FLOW["authr_34a2b05f"]  # the new SSD
    assert fetch(on, KEY) == FLOW["key"]
    assert fetch(on, RUN) != "0" + FLOW["authr_34a2b05f"]  # the old one
    assert send(on, COMMIT) == "009000"
    assert stored(on) == FLOW["ssd_a"] + FLOW["ssd_b"]
    assert send(on, COMMIT) == "069000"


def test_a_snapshot_holds_pending_and_saved_state() -> None:
    on = card()
    states = [on.snapshot()]
    for command in (CHALLENGE, UPDATE, CONFIRM, RUN):
        send(on, command)
        states.append(on.snapshot())
    assert len(set(states)) == len(states)
    on.restore(states[2])
    assert send(on, CONFIRM) == "9000"
    on.restore(states[4])
    assert fetch(on, KEY) == FLOW["key"]
    on.restore(states[0])
    assert send(on, KEY) == "9834"


def test_secrets_are_in_no_repr() -> None:
    on = card()
    send(on, CHALLENGE)
    send(on, UPDATE)
    send(on, RUN)
    shown = repr(on.chip.session.cave)
    trial = on.chip.session.cave.trial
    assert trial is not None
    for secret in (trial.ssd, trial.auth_bs, bytes(16)):
        assert repr(secret)[2:-1] not in shown


def test_the_new_ssd_is_in_the_journal_when_the_answer_goes_out(tmp_path: Path) -> None:
    on = card()
    path = tmp_path / "card.uim"
    save_card(path, on.product, on.memory)
    with FileCard(path) as inserted:
        inserted.card.chip.random = lambda _: RANDBS
        inserted.transmit(bytes.fromhex("A0A40000027F25"))
        for command in (CHALLENGE, UPDATE, CONFIRM):
            inserted.transmit(bytes.fromhex(command))
        copy = tmp_path / "as-it-stands.uim"
        copy.write_bytes(path.read_bytes())  # what a power cut would leave
    with FileCard(copy) as again:
        assert stored(again.card) == FLOW["ssd_a"] + FLOW["ssd_b"]


def test_a_card_of_an_image_draws_challenges_of_its_own(tmp_path: Path) -> None:
    on = card()
    save_card(tmp_path / "card.uim", on.product, on.memory)
    with FileCard(tmp_path / "card.uim") as inserted:
        inserted.transmit(bytes.fromhex("A0A40000027F25"))
        found = {inserted.transmit(bytes.fromhex(CHALLENGE)) + inserted.transmit(bytes.fromhex("A0C0000004"))
                 for _ in range(4)}  # fmt: skip
        assert len(found) == 4


keys = st.binary(min_size=8, max_size=8)


@settings(max_examples=40)
@given(keys, st.binary(min_size=7, max_size=7), st.binary(min_size=4, max_size=4), st.integers(0, 0x40))
def test_answers_hold_the_algorithm_s_output_and_no_byte_more(akey: bytes, rand: bytes, bs: bytes, last: int) -> None:
    """With the A-key known, every answer of a whole update and call is foretold in full by the second CAVE."""
    on = card(random=lambda _: bs)
    put(on, AKEY, akey)
    esn, s1 = int(FLOW["esn"], 16), int(FLOW["imsi_s1"], 16)
    ssd = restated.ssd(akey, rand, esn)
    auth_bs, _, _ = restated.call(int.from_bytes(bs, "big"), s1, ssd, esn)
    authr, key, mask = restated.call(0x34A2B05F, s1, ssd, esn)
    wrong = (auth_bs + 1) % (1 << 18)
    script = [
        (CHALLENGE, "9F04"),
        ("A0C0000004", bs.hex() + "9000"),
        ("A08400000F" + rand.hex() + "00" * 8, "9000"),
        (f"A082000003{wrong:06X}", "9804"),
        (CHALLENGE.replace("01020304", "55555555"), "9F04"),
        ("A08400000F" + rand.hex() + "00" * 8, "9000"),
        (f"A082000003{auth_bs:06X}", "9000"),
        (RUN, "9F03"),
        ("A0C0000003", f"{authr:06x}9000"),
        (f"A08E00000200{last:02X}", f"9F{9 + last:02X}"),
        (f"A0C00000{9 + last:02X}", (key + mask[: last + 1]).hex() + "9000"),
        ("A0A40000026F1A", "9F0F"),
        ("A0B0000008", "9804"),
        ("A0A40000026F1C", "9F0F"),
        ("A0B0000010", "9804"),
    ]
    assert [send(on, command) for command, _ in script] == [answer.upper() for _, answer in script]
    assert stored(on) == ssd.hex()
