"""Phones' sequences on cards: the shipped ones with their outcome, and what makes a phone give up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.oneway import handset as hand
from tests.oneway.twins import ADN, EXT1, gsm_record
from tests.oneway.twins import card as filled_card
from uimkit.apdu import describe_sw
from uimkit.card.codes import chv_bytes
from uimkit.errors import InputError, UimkitError
from uimkit.oneway.policy import Side
from uimkit.simulator.card import Card
from uimkit.simulator.commands.table import command_name
from uimkit.trace.decode import exchange_line, exchange_row, masked
from uimkit.trace.model import Outcome, Trace, read_trace, shipped_traces
from uimkit.trace.replay import Exchange, Replay, replay

NAMES = [
    "cdma-android-ruimrecords",
    "gsm-android-simrecords",
    "gsm-osmocom-bb-mobile",
    "multimode-as-cdma",
    "multimode-as-gsm",
]
SELECT_ADN = {"select": "3F00/7F10/6F3A", "get_response": True}
WRITTEN = gsm_record("Li Ming", "13800138000")
NETWORK_TELLS = (None, "auth_requested", "authenticated", "location_updated")


def trace(*steps: dict[str, Any], **more: Any) -> Trace:
    return msgspec.convert({"id": "made up", "side": "gsm", "steps": list(steps), **more}, Trace)


def commands(result: Replay) -> list[str]:
    return [exchange.command.hex().upper() for exchange in result.exchanges]


def play(on: Card, *steps: dict[str, Any], **options: Any) -> Replay:
    return replay(trace(*steps), on, **options)


def test_five_sequences_are_shipped_each_with_an_outcome_and_a_source() -> None:
    assert list(shipped_traces()) == NAMES
    for name in NAMES:
        shipped = read_trace(name)
        assert shipped.id == name
        assert shipped.outcome
        assert shipped.source
        assert shipped.terminal


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("book", ["empty", "filled", "full but one"])
def test_shipped_sequences_run_to_their_end_with_their_outcome(name: str, book: str) -> None:
    on = hand.new_card() if book == "empty" else filled_card(0, free=60 if book == "filled" else 1)
    before = hand.stored(on)
    result = replay(read_trace(name), on)
    assert (result.failure, result.as_expected) == (None, True)
    expected = result.trace.outcome
    assert expected is not None
    assert (result.side, result.book) == (expected.side_at_end, expected.book)
    steps = enumerate(result.trace.steps, 1)
    assert result.exchanges[-1].step == max(
        number for number, step in steps if (step.select or step.ins) and step.condition in NETWORK_TELLS
    )
    free = before.index(hand.BLANK)
    written = [WRITTEN] if "android" in name else [hand.BLANK]
    assert hand.stored(on) == [*before[:free], *written, *before[free + 1 :]]


def test_the_contact_a_gsm_phone_copies_is_what_a_cdma_phone_reads() -> None:
    on = hand.new_card()
    assert replay(read_trace("gsm-android-simrecords"), on).book == "blank"
    result = replay(read_trace("cdma-android-ruimrecords"), on)
    first = next(e for e in result.exchanges if e.path == ADN and e.command[1] == 0xB2)
    assert first.response.data == WRITTEN
    assert "Li Ming" in exchange_line(first)


def test_a_wrong_outcome_is_reported() -> None:
    shipped = read_trace("multimode-as-gsm")
    for wrong in (Outcome("cdma", "blank"), Outcome("restricted", "open"), Outcome("restricted", "not read")):
        result = replay(msgspec.structs.replace(shipped, outcome=wrong), hand.new_card())
        assert result.failure is None
        assert not result.as_expected


def test_an_open_card_is_not_as_expected() -> None:
    """The sequence of a GSM phone on an ordinary SIM with contacts: the book is open."""
    on = hand.new_card("gsm-sim")
    index = on.product.definition.index[ADN]
    on.memory.write(index, 0, b"Anna" + b"\xff" * 14 + WRITTEN[14:])
    on.memory.write(on.product.definition.index["#CHV1"], 0, b"\x01")
    on.chip.refresh_rights()
    result = replay(read_trace("multimode-as-gsm"), on)
    assert result.failure == "step 4 (3F00/7F25): SELECT 7F25 of 3F00/7F25 answered 9404"
    shipped = read_trace("gsm-android-simrecords")
    result = replay(shipped, on)
    assert (result.failure, result.book, result.as_expected) == (None, "open", False)


def test_without_an_outcome_reaching_the_end_is_as_expected() -> None:
    assert play(hand.new_card(), SELECT_ADN).as_expected
    assert not play(hand.new_card(), {"select": "3F00/7F42"}).as_expected


class Reader:
    """A real card: it has no ``side`` to tell."""

    def __init__(self, card: Card) -> None:
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        return self._card.transmit(command)

    def reset(self) -> bytes:
        return self._card.reset()


def test_a_real_card_is_judged_by_what_the_phone_saw() -> None:
    result = replay(read_trace("multimode-as-gsm"), Reader(hand.new_card()))
    assert (result.side, result.book, result.as_expected) == (None, "blank", True)
    result = replay(read_trace("gsm-android-simrecords"), Reader(filled_card(0)))
    assert result.as_expected


def test_a_phone_gives_up_at_the_first_refusal_that_is_not_optional() -> None:
    result = replay(read_trace("gsm-osmocom-bb-mobile"), hand.new_card("plain-ruim"))
    assert result.failure == "step 5 (DF GSM; GET RESPONSE >= 22 bytes): SELECT 7F20 of 3F00/7F20 answered 9404"
    assert commands(result)[-1] == "A0A40000027F20"
    assert not result.as_expected
    result = replay(read_trace("cdma-android-ruimrecords"), hand.new_card("gsm-sim"))
    assert result.failure == "step 9 (MDN): SELECT 7F25 of 3F00/7F25/6F44 answered 9404"


def test_a_phone_that_is_asked_for_its_pin_gives_up_at_98_04() -> None:
    result = replay(read_trace("gsm-osmocom-bb-mobile"), hand.new_card("gsm-sim"))
    assert result.failure is not None
    assert result.failure.endswith("answered 9804")


def test_optional_files_that_are_missing_are_skipped_with_their_steps() -> None:
    result = play(
        hand.new_card(),
        {"select": "3F00/7F20/6FC9", "get_response": True, "optional": True},
        {"ins": "B2", "p1": "01", "p2": "04", "p3": "$REC_LEN", "optional": True},
        {"ins": "B2", "p1": "02", "p2": "04", "p3": "$REC_LEN"},
        SELECT_ADN,
    )
    assert (result.failure, result.skipped) == (None, 2)
    assert commands(result)[3:] == ["A0A40000023F00", "A0A40000027F10", "A0A40000026F3A", "A0C000000F"]


def test_optional_does_not_forgive_a_refused_select_of_another_kind() -> None:
    closed = {"select": "3F00/7F20", "optional": True}
    failure = play(Refusing(hand.new_card(), "9240"), closed).failure
    assert failure == "step 1 (3F00/7F20): SELECT 3F00 of 3F00/7F20 answered 9240"


class Refusing(Reader):
    def __init__(self, card: Card, answer: str) -> None:
        super().__init__(card)
        self._answer = bytes.fromhex(answer)

    def transmit(self, command: bytes) -> bytes:
        return self._answer


def test_an_optional_command_may_be_refused_and_another_may_not() -> None:
    beyond = {"ins": "B2", "p1": "FF", "p2": "04", "p3": "$REC_LEN"}
    assert play(hand.new_card(), SELECT_ADN, {**beyond, "optional": True}, SELECT_ADN).failure is None
    result = play(hand.new_card(), SELECT_ADN, beyond, SELECT_ADN)
    assert result.failure == "step 2 (B2): answered 9402"


def test_conditions_decide_by_the_network_and_the_book() -> None:
    step = {"ins": "F2", "p3": "16"}
    for condition, happens in (("auth_requested", True), ("rejected", False), ("ext_present", False)):
        result = play(hand.new_card(), {**step, "if": condition})
        assert (len(result.exchanges), result.skipped) == ((1, 0) if happens else (0, 1))
    result = play(hand.new_card(), {**step, "if": "rejected"}, network=frozenset({"rejected"}))
    assert len(result.exchanges) == 1


def test_the_other_side_of_the_network_writes_the_forbidden_network_list() -> None:
    on = hand.new_card()
    result = replay(read_trace("gsm-osmocom-bb-mobile"), on, network=frozenset({"rejected"}))
    assert result.failure is None
    assert [c for c in commands(result) if c.startswith("A0D6")] == ["A0D600000C" + "101112131415161718191A1B"]


def test_placeholders_of_records() -> None:
    on = filled_card(0, free=60)
    hand.latch(on)
    every = {"ins": "B2", "p1": "$N", "p2": "04", "p3": "$REC_LEN", "repeat": "1..NREC"}
    result = play(on, {"select": "3F00/7F25/6F32", "get_response": True}, {"ins": "B0", "p3": "$FILE_SIZE"}, SELECT_ADN,
                  every, {"ins": "DC", "p1": "$FREE", "p2": "04", "p3": "$REC_LEN", "data": "$ADN"},
                  {"select": "3F00/7F10/6F4A", "get_response": True, "if": "ext_present"},
                  {"ins": "B2", "p1": "$EXT", "p2": "04", "p3": "$REC_LEN", "if": "ext_present"})  # fmt: skip
    assert (result.failure, result.skipped, result.book, result.side) == (None, 0, "open", "cdma")
    sent = commands(result)
    assert [c for c in sent if c.startswith("A0B2") and c.endswith("1C")] == [f"A0B2{n:02X}041C" for n in range(1, 251)]
    assert [c for c in sent if c.startswith("A0DC")] == ["A0DC01041C" + WRITTEN.hex().upper()]
    first = next(r[-1] for r in hand.stored(on)[1:] if r[-1] != 0xFF and r != hand.BLANK)
    assert sent[-1] == f"A0B2{first:02X}040D"
    assert result.exchanges[-1].path == EXT1


def test_placeholders_of_bodies() -> None:
    on = hand.new_card()
    result = play(on, {"select": "3F00/7F25/6F30", "get_response": True}, {"ins": "B0", "p3": "$FILE_SIZE"})
    pieces = [c for c in commands(result) if c.startswith("A0B0")]
    assert pieces[:2] == ["A0B00000FF", "A0B000FFFF"]
    assert pieces[-1] == "A0B007F808"
    assert sum(len(e.response.data) for e in result.exchanges if e.command[1] == 0xB0) == 2048


def test_placeholders_of_data() -> None:
    pin = chv_bytes("1234")
    on = hand.new_card("gsm-sim")
    ki = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    on.memory.write(on.product.definition.index["3F00/7F20/6F1A"], 0, ki)
    result = play(on, {"ins": "20", "p2": "01", "p3": "08", "data": "$PIN"}, SELECT_ADN,
                  {"ins": "DC", "p1": "01", "p2": "04", "p3": "$REC_LEN", "data": "$FF"},
                  {"select": "3F00/7F20", "get_response": True},
                  {"ins": "88", "p3": "10", "data": "$CFG"},
                  {"select": "3F00/7F20/6F20", "get_response": True},
                  {"ins": "D6", "p3": "09", "data": "$CFG"},
                  {"select": "3F00/7F20/6F7E", "get_response": True},
                  {"ins": "D6", "p3": "0B", "data": "$CFG"}, chv1=pin)  # fmt: skip
    assert result.failure is None
    sent = commands(result)
    assert sent[0] == "A020000108" + pin.hex().upper()
    assert "A0DC010420" + "FF" * 32 in sent
    rand = bytes(range(0x10, 0x20))
    answer = bytes(a ^ b for a, b in zip(ki, rand, strict=True))
    assert "A088000010" + rand.hex().upper() in sent
    assert "A0D6000009" + answer[4:12].hex().upper() + "00" in sent
    assert sent[-1] == "A0D600000B" + "1122334400F1100001FF00"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"ins": "B2", "p1": "$WHAT"}, r"made up: step 1: unknown placeholder \$WHAT"),
        ({"ins": "DC", "p3": "1C", "data": "$WHAT"}, r"made up: step 1: unknown placeholder \$WHAT"),
        ({"ins": "20", "p2": "01", "p3": "08", "data": "$PIN"}, "made up: step 1 presents CHV1; give --chv1"),
    ],
)
def test_a_placeholder_that_can_not_be_filled_is_one_clear_error(step: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        play(hand.new_card(), step)


@pytest.mark.parametrize("step", [{"ins": "B0", "p3": "$FILE_SIZE"}, {"ins": "B2", "p3": "$REC_LEN"},
                                  {"ins": "B2", "p3": "1C", "repeat": "1..NREC"}])  # fmt: skip
def test_sizes_need_a_header_that_was_read(step: dict[str, str]) -> None:
    for before in ([{"reset": "warm"}], [{"select": "3F00/7F10/6F3A"}], [SELECT_ADN, {"reset": "cold"}]):
        with pytest.raises(UimkitError, match=r"^step \d needs the header of a selected file, and none was read$"):
            play(hand.new_card(), *before, step)


def test_a_reset_in_the_middle_starts_a_new_card_session() -> None:
    on = hand.new_card()
    identity = [{"select": "3F00/7F25/6F32", "get_response": True}, {"ins": "B0", "p3": "$FILE_SIZE"}]
    assert play(on, *identity).side == Side.CDMA
    assert play(on, *identity, {"reset": "warm"}).side == Side.RESTRICTED
    assert play(on, SELECT_ADN).side == Side.RESTRICTED


def test_headings_send_nothing() -> None:
    assert play(hand.new_card(), {"phase": "start"}, {"variant": "without PIN"}).exchanges == []


def test_an_answer_that_names_another_file_makes_the_phone_give_up() -> None:
    result = play(hand.new_card(), {"select": "3F00/7F21", "get_response": True}, SELECT_ADN)
    assert result.failure is None, "7F21 answers as 7F20"

    class Wrong(Reader):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            return answer[:4] + b"\x6f\x3b" + answer[6:] if command[1] == 0xC0 else answer

    result = play(Wrong(hand.new_card()), SELECT_ADN)
    assert result.failure == "step 1 (3F00/7F10/6F3A): the answer names file 6F3B, expected 6F3A"
    result = play(Refusing(hand.new_card(), "9F05"), SELECT_ADN)
    assert result.failure is not None
    assert "not a SELECT answer" in result.failure


def test_the_observer_sees_each_exchange_as_it_happens() -> None:
    seen: list[Exchange] = []
    result = play(hand.new_card(), SELECT_ADN, observer=seen.append)
    assert seen == result.exchanges


def test_a_pin_never_shows_in_words() -> None:
    exchanges = play(hand.new_card("gsm-sim"), {"ins": "20", "p2": "01", "p3": "08", "data": "$PIN"},
                     chv1=chv_bytes("1234")).exchanges  # fmt: skip
    assert masked(exchanges[0].command) == "A020000108" + "*" * 16
    assert "31323334" not in exchange_line(exchanges[0]) + str(exchange_row(exchanges[0]))


def file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "phone.json"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "JSON is malformed"),
        ("", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ('{"id": "x", "steps": []}', "missing required field `side`"),
        ('{"id": "x", "side": "phs", "steps": []}', "'phs'"),
        ('{"id": "x", "side": "gsm", "steps": 3}', r"\$\.steps"),
        ('{"id": "x", "side": "gsm", "steps": [{"reset": "hot"}]}', r"\$\.steps\[0\]\.reset"),
        ('{"id": "x", "side": "gsm", "steps": [{}, {"if": "moon"}]}', r"\$\.steps\[1\]\.if"),
        ('{"id": "x", "side": "gsm", "steps": [{"p4": "00"}]}', "unknown field `p4`"),
        ('{"id": "x", "side": "gsm", "steps": [], "outcome": {"side_at_end": "gsm", "book": "blank"}}', "side_at_end"),
    ],
)
def test_a_bad_trace_file_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        read_trace(path)
    assert str(caught.value).startswith(f"{path}: this is not a trace: ")
    assert "\n" not in str(caught.value)


def test_a_trace_that_is_not_there_names_the_shipped_ones(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(InputError, match=r"can not read the trace .*shipped are cdma-android-ruimrecords, gsm-"):
            read_trace(str(path))


@pytest.mark.parametrize(
    "step",
    [
        {"select": "XYZ"},
        {"select": "3F0"},
        {"ins": "ZZ"},
        {"ins": "B0", "cla": "A"},
        {"ins": "B0", "p1": "GG"},
        {"ins": "B0", "p1": "1FF"},
        {"ins": "D6", "p3": "01", "data": "XY"},
    ],
)
def test_hex_that_is_none_is_one_clear_error(tmp_path: Path, step: dict[str, str]) -> None:
    path = file(tmp_path, json.dumps({"id": "x", "side": "gsm", "steps": [step]}))
    with pytest.raises(InputError):
        replay(read_trace(path), hand.new_card())


def test_an_extension_that_no_record_names_is_one_clear_error() -> None:
    with pytest.raises(InputError):
        play(hand.new_card(), SELECT_ADN, {"ins": "B2", "p1": "$EXT", "p2": "04", "p3": "0D"})


def test_a_phone_with_the_pin_starts_with_a_card_that_asks_for_it() -> None:
    result = replay(read_trace("gsm-osmocom-bb-mobile"), hand.new_card("gsm-sim"), chv1=chv_bytes("1234"))
    assert result.failure is None


def test_the_value_of_a_code_is_masked_whatever_the_class() -> None:
    for cla in ("A0", "00", "80"):
        assert masked(bytes.fromhex(cla + "20000108" + "3132333435363738")) == cla + "20000108" + "*" * 16
    assert masked(bytes.fromhex("A0D6000001AA")) == "A0D6000001AA"


def test_commands_are_called_by_their_own_class_and_status_words_have_names() -> None:
    names = {apdu: command_name(bytes.fromhex(apdu)) for apdu in ("A004000000", "0004000000", "80D4000000", "A0770000")}
    assert list(names.values()) == ["INVALIDATE", "DEACTIVATE FILE", "RESIZE FILE", "INS 77"]
    assert describe_sw(0x6A89) == "file identifier already exists"
