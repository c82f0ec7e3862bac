"""A blank card that a script was played on is the card that was built from the row, and says what the row says."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.perso.invented import PRL, SIP_BLOCK, card
from uimkit.apdu import INS, command
from uimkit.card.codes import UNBLOCK_OFFSET, Code
from uimkit.card.difference import differences
from uimkit.errors import InputError, UimkitError
from uimkit.files.spec import Codec, Value
from uimkit.perso.audit import audit
from uimkit.perso.compare import compare_card
from uimkit.perso.explain import FRESH, NOT_ON_THIS_CARD, explain
from uimkit.perso.fields import FIELDS
from uimkit.perso.placing import PLACINGS
from uimkit.perso.plan import Plan
from uimkit.perso.play import play, require_played
from uimkit.perso.rows import CardData, card_data
from uimkit.perso.shortcuts import SHORTCUTS
from uimkit.perso.steps import Step, filled, script_template
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card


def script(plan: Plan, data: CardData) -> list[Step]:
    row = plan.row(plan.resolve(data))
    return filled(script_template(plan, data.columns), row)


def blank(plan: Plan) -> Card:
    return Card(plan.profile.product, plan.profile.fresh_memory())


def played(plan: Plan, data: CardData) -> Card:
    finished = blank(plan)
    report = play(script(plan, data), finished)
    require_played(report)
    assert report.ok
    return finished


def wrong(plan: Plan, finished: Card, data: CardData) -> list[str]:
    return [str(finding) for finding in audit(finished, plan, plan.resolve(data).values) if not finding.ok]


def body(finished: Card, path: str) -> bytes:
    return finished.memory.contents[finished.product.definition.index[path]]


@pytest.mark.parametrize("profile", ["china-telecom-oneway", "plain-ruim"])
@pytest.mark.parametrize("roaming", [True, False])
def test_the_played_card_is_the_built_card(profile: str, roaming: bool, rng: random.Random) -> None:
    plan = Plan(load_profile(profile))
    data = card_data(card(rng, roaming=roaming) | {"MDN": "13300000001", "SPC": "123456"})
    finished = played(plan, data)
    assert finished.memory.snapshot() == plan.memory(data).snapshot()
    assert wrong(plan, finished, data) == []


@pytest.mark.slow
def test_a_thousand_invented_cards_build_and_say_what_was_ordered(plan: Plan, rng: random.Random) -> None:
    """All are audited as built; every hundredth is also played, and is the same card."""
    for number in range(1000):
        extra = {"MDN": f"133{rng.randrange(10**8):08}", "SPC": f"{rng.randrange(10**6):06}", "PRL": PRL}
        data = card_data(card(rng, roaming=number % 5 > 0) | (extra if number % 2 else {}))
        built = Card(plan.profile.product, plan.memory(data))
        assert wrong(plan, built, data) == [], number
        if number % 100 == 0:
            assert played(plan, data).memory.snapshot() == plan.memory(data).snapshot()


def test_secrets_that_no_command_reads_are_where_they_belong(plan: Plan, rng: random.Random) -> None:
    given = card(rng)
    finished = played(plan, card_data(given))
    assert body(finished, "3F00/7F25/6F1A").hex().upper() == given["AKEY"]
    assert body(finished, "3F00/7F20/6F1A").hex().upper() == given["KI"]
    assert body(finished, "3F00/7F25/6F1B").hex().upper() == f"08{given['HRPDSS']}" + "FF" * 8
    assert body(finished, "3F00/2FE4")[UNBLOCK_OFFSET:].decode() == given["PUK1"]
    assert body(finished, "3F00/2FE5")[UNBLOCK_OFFSET:].decode() == given["PUK2"]
    code = Code.from_bytes(body(finished, "3F00/2FE4"))
    assert (code.tries, code.max_tries, code.unblock_tries, code.enabled) == (3, 3, 10, False)


def test_the_unblock_values_unblock(plan: Plan, rng: random.Random) -> None:
    given = card(rng)
    finished = played(plan, card_data(given))
    for p2, name in ((0, "PUK1"), (2, "PUK2")):
        sent = command(INS.UNBLOCK_CHV, 0, p2, given[name].encode() + b"9999\xff\xff\xff\xff")
        assert finished.transmit(sent) == b"\x90\x00"


def test_the_files_hold_the_bytes_of_the_standards(plan: Plan) -> None:
    """The published and computed examples for IMSI 460030123456789 and ICCID 89860326900100000016."""
    rng = random.Random(1)
    imsi = "460030123456789"
    given = card(rng, roaming=False) | {"ICCID": "89860326900100000016", "IMSI": imsi, "SID": "3600", "HRPDUPP": ""}
    given |= {"SIPUPP": "ctwap@mycdma.cn;ctnet@mycdma.cn", "MDN": "13300000001", "SPC": "123456"}
    given |= {"IMSIG": "204040000000001", "ACC": "1", "KI": "00" * 16, "SMSP": "+8613800100500"}
    finished = played(plan, card_data(given))
    expected = {
        "3F00/2FE2": "98683062091000000061",
        "3F00/7F25/6F22": "008503A69A3A5C806701",
        "3F00/7F25/6F23": "008503A69A3A5C806701",
        "3F00/7F25/6F31": "04B82D3D80000000",
        "3F00/7F25/6F28": "0036FFFF00",
        "3F00/7F25/6F2C": "09",
        "3F00/7F25/6F33": "123456",
        "3F00/7F25/6F46": "01",
        "3F00/7F25/6F44": "0B31A3AAAAAAF1FFFF0A00",
        "3F00/7F25/6F57": "1B19343630303330313233343536373839406D7963646D612E636E10" + "FF" * 36,
        "3F00/7F25/6F4C": "23200F6374776170406D7963646D612E636E210F63746E6574406D7963646D612E636E20" + "FF" * 92,
        "3F00/7F20/6F07": "082940400000000010",
        "3F00/7F20/6F78": "0002",
        "3F00/7F10/6F42": "FF" * 12 + "FD" + "FF" * 12 + "0891683108100005F0" + "FF" * 6,
    }
    found = {path: body(finished, path).hex().upper()[: len(expected[path])] for path in expected}
    assert found == expected


def test_fields_left_out_keep_the_pre_personalised_content(plan: Plan, rng: random.Random) -> None:
    data = card_data(card(rng, roaming=False))
    built = Card(plan.profile.product, plan.memory(data))
    for path in ("3F00/7F20/6F07", "3F00/7F20/6F78", "3F00/7F20/6F1A", "3F00/7F10/6F42", "3F00/7F25/6F44"):
        assert body(built, path) == plan.profile.bodies[path]


class WrongBothWays:
    """A codec that takes digits in the wrong order, in both directions."""

    def __init__(self, right: Codec) -> None:
        self._right = right
        self.fields = right.fields

    def decode(self, data: bytes) -> Value:
        return _reversed(self._right.decode(data))

    def encode(self, value: Value, length: int) -> bytes:
        return self._right.encode(_reversed(value), length)


def _reversed(value: Any) -> Any:
    return value | {"imsi": value["imsi"][::-1]}


def test_a_codec_that_is_wrong_both_ways_does_not_hide(rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SHORTCUTS, ("IMSI", "3F00/7F25/6F22"))
    plan = Plan(load_profile("china-telecom-oneway"))
    plan.slots = tuple(
        replace(slot, codec=WrongBothWays(slot.codec)) if slot.fields == ("IMSI",) and slot.codec else slot
        for slot in plan.slots
    )
    data = card_data(card(rng))
    finished = played(plan, data)
    assert finished.memory.snapshot() == plan.memory(data).snapshot()
    assert [finding.split(":")[0] for finding in wrong(plan, finished, data)] == ["IMSI"]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in PLACINGS
        if name not in ("AKEY", "HRPDSS", "MNHASS", "MNAAASS", "OPC_G", "PUK1", "PUK2", "MIPUPP", "SF_EUIMID")
    ],
)
def test_the_audit_sees_every_other_value(plan: Plan, rng: random.Random, name: str) -> None:
    data = card_data(card(rng) | {"MDN": "13300000001"})
    values = dict(plan.resolve(data).values)
    other = {
        "PRL": "00" + values["PRL"][2:-2] + "51",
        "SIPUPP": "1" + values["SIPUPP"][1:] if "@" not in values["SIPUPP"] else "x" + values["SIPUPP"],
        "SIPSS": "other",
        "HRPDUPP": "x" + values["HRPDUPP"],
        "ACC": "0400",
        "SPCS": "1",
        "ACCOLC": "15",
        "KI": "00" * 12 + values["KI"][24:],
    }
    found = values[name]
    values[name] = other.get(name, found[:-1] + ("1" if found[-1] != "1" else "2"))
    findings = audit(played(plan, data), plan, values)
    unread = ["SPC"] if name == "ADM" else []
    assert [finding.name for finding in findings if not finding.ok] == [name, *unread]


def test_the_audit_leaves_the_card_as_it_was(plan: Plan, rng: random.Random) -> None:
    data = card_data(card(rng))
    finished = played(plan, data)
    before = finished.memory.snapshot()
    assert wrong(plan, finished, data) == []
    assert finished.memory.snapshot() == before


def test_a_finished_card_is_refused_before_a_code_is_presented(plan: Plan, rng: random.Random) -> None:
    data = card_data(card(rng))
    finished = played(plan, data)
    before = finished.memory.snapshot()
    report = play(script(plan, data), finished)
    assert not report.ok
    assert report.failed
    assert report.failed.name == "check that the card is not finished (3F00/2FE7)"
    assert (report.failed.expected, report.failed.got) == ("01 9000", "05 9000")
    assert finished.memory.snapshot() == before
    with pytest.raises(UimkitError, match=r"step 4 of \d+: check that the card is not finished"):
        require_played(report)


def test_playing_stops_at_a_refused_code_without_showing_it(rng: random.Random) -> None:
    text = load_profile("china-telecom-oneway").text
    plan = Plan(load_profile("china-telecom-oneway"))
    other = Plan(parse_profile(text.replace("UIMKIT00", "UIMKIT99"), "other.toml", "other"))
    report = play(script(plan, card_data(card(rng))), blank(other))
    assert report.failed
    assert report.failed.sent == "A020000408" + "*" * 16
    assert report.failed.got == "9804"
    assert len(report.steps) == 5


def test_a_half_personalised_card_can_be_done_again_with_other_data(plan: Plan, rng: random.Random) -> None:
    first, second = (card_data(card(rng) | {"PRL": PRL}) for _ in range(2))
    interrupted = blank(plan)
    steps = script(plan, first)
    end = next(i for i, step in enumerate(steps) if "EF_ADM" in step.name)
    assert play(steps[:end], interrupted).ok
    assert play(script(plan, second), interrupted).ok
    assert interrupted.memory.snapshot() == plan.memory(second).snapshot()


def test_adm_and_life_cycle_come_last(plan: Plan) -> None:
    names = [step.name for step in script_template(plan, ()) if "select" not in step.name]
    assert names[-3].startswith("write 3F00/2FE6 EF_ADM")
    assert names[-2:] == ["end the personalisation", "check that the card is finished (3F00/2FE7)"]


def test_every_step_but_the_reset_has_an_expected_status(plan: Plan) -> None:
    assert all(step.sw in ("9000", "9FXX") for step in script_template(plan, ()) if not step.is_reset)


def test_every_octet_of_a_secret_is_masked(plan: Plan, rng: random.Random) -> None:
    data = card_data(card(rng) | {"SPC": "907856"})
    steps = script(plan, data)
    shown = " ".join(step.shown for step in steps) + repr(steps)
    row = plan.row(plan.resolve(data))
    for slot in plan.slots:
        assert not slot.secret or row[slot.column] not in shown, slot.column
    assert b"UIMKIT00".hex().upper() not in shown


def test_a_profile_without_a_life_cycle_can_be_built_but_not_scripted(rng: random.Random) -> None:
    plan = Plan(load_profile("gsm-sim"))
    data = card_data({"ICCID": "8944002143658709214", "IMSIG": "001010123456780", "KI": "11" * 16})
    assert wrong(plan, Card(plan.profile.product, plan.memory(data)), data) == []
    with pytest.raises(InputError, match=r"gsm-sim\.toml:.*ICCID: no script can write it: 3F00/2FE2 EF_ICCID is never"):
        script_template(plan, data.columns)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('MDN = "3F00/7F25/6F44"', 'MDM = "3F00/7F25/6F44"', "MDM: unknown field, known are"),
        ('MDN = "3F00/7F25/6F44"', 'OPC_LTE = "3F00/7F25/6F44"', "OPC_LTE: no file of an R-UIM or a SIM holds"),
        ('MDN = "3F00/7F25/6F44"', 'MDN = "3F00/7F25/6F99"', "which the profile does not have"),
        ('MDN = "3F00/7F25/6F44"', 'MDN = "3F00/7F25/6F33"', "which SPC fills already"),
        ('PUK1 = "3F00/2FE4"', 'PUK1 = "3F00/2FE5"', "PUK1: found .*, expected the file of CHV1"),
        ('KI = "3F00/7F20/6F1A"', 'KI = "3F00/7F25/6F1A"', "KI: found a file of 8 bytes, expected 16"),
        ('MDN = "3F00/7F25/6F44"', 'MDN = "3F00/7F10/6F44"', "expected a transparent or linear fixed EF"),
        ('SPC = "000000"', 'SPC = "12345"', "defaults.SPC: found 5 characters, expected 6 digits"),
    ],
)
def test_a_wrong_personalisation_table_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    text = load_profile("china-telecom-oneway").text.replace(old, new)
    with pytest.raises(InputError, match=r"mine\.toml:\d+: personalisation\..*" + message):
        Plan(parse_profile(text, "mine.toml", "mine"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"SIPUPP": SIP_BLOCK, "SIPSS": "first;second;third"},
            "cards.txt:3: SIPSS: found 3 secrets, expected 1 or 2",
        ),
        ({"SIPUPP": ";".join(["x" * 60 + "@mycdma.cn"] * 3)}, "cards.txt:3: SIPUPP: .*EF_SIPUPP"),
    ],
)
def test_a_value_that_does_not_fit_its_file_is_refused(
    plan: Plan, rng: random.Random, fields: dict[str, str], message: str
) -> None:
    data = card_data(card(rng) | fields, "cards.txt:3")
    with pytest.raises(InputError, match=message):
        plan.memory(data)


def test_explain_names_every_field_with_its_source_and_target(plan: Plan, rng: random.Random) -> None:
    given = card(rng)
    lines = {line.name: line for line in explain(plan, card_data(given))}
    assert list(lines) == list(FIELDS)
    assert lines["IMSI"].target == "3F00/7F25/6F22 EF_IMSI_M"
    assert lines["IMSI"].source == "column 2"
    assert lines["UIMID"].source == "derived from ICCID"
    assert lines["SPC"].source == "profile default"
    assert lines["PUK1"].target == "3F00/2FE4 EF_CHV1 from byte 13"
    assert lines["OPC_G"].target == NOT_ON_THIS_CARD
    assert lines["MDN"].source == FRESH
    shown = repr(list(lines.values()))
    assert not [name for name, value in given.items() if value and FIELDS[name].secret and value in shown]


def test_a_comparison_names_what_differs_and_hides_secrets(plan: Plan, rng: random.Random) -> None:
    data = card_data(card(rng))
    finished, product = played(plan, data), plan.profile.product
    other = card_data({**data.values, "PIN2": "31415926", "KI": "AB" * 16, "MDN": "13300000002"})
    found = differences((product.definition, finished.memory), (product.definition, plan.memory(other)))
    assert [str(difference) for difference in found] == [
        "3F00/2FE5 EF_CHV2 value: secret | secret",
        "3F00/7F20/6F1A EF_KI value: secret | secret",
        "3F00/7F25/6F44 EF_MDN record 1: FFFFFFFFFFFFFFFFFFFFFF | 0B31A3AAAAAAF2FFFF0A00",
    ]
    index = product.definition.index["3F00/2FE2"]
    finished.memory.set_flags(index, 0)
    (flags,) = differences((product.definition, finished.memory), (product.definition, plan.memory(data)))
    assert str(flags) == "3F00/2FE2 EF_ICCID flags: invalidated (0) | valid (3)"
    plain = load_profile("plain-ruim")
    missing = differences((product.definition, finished.memory), (plain.definition, plain.fresh_memory()))
    assert "3F00/7F20 DF_GSM file: present | absent" in map(str, missing)


def test_a_card_in_a_reader_is_compared_file_by_file(plan: Plan, rng: random.Random) -> None:
    data = card_data(card(rng))
    finished, product = played(plan, data), plan.profile.product
    found = compare_card(finished, product, plan.memory(data))
    assert found.differences == ()
    assert found.not_comparable == (
        "3F00/2FE4",
        "3F00/2FE5",
        "3F00/2FE6",
        "3F00/7F20/6F1A",
        "3F00/7F25/6F1A",
        "3F00/7F25/6F1B",
        "3F00/7F25/6F1C",
        "3F00/7F25/6F33",
        "#orphans",
    )
    adm = {"ADM": data.values["ADM"].encode()}
    assert "3F00/7F25/6F33" not in compare_card(finished, product, plan.memory(data), adm).not_comparable
    other = plan.memory(card_data({**data.values, "SID": "3777"}))
    assert [difference.path for difference in compare_card(finished, product, other).differences] == ["3F00/7F25/6F28"]
