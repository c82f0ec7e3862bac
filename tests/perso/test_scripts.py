"""Scripts as files: what stands in them, that scriptor sends all of it, that a directory is whole or absent."""

from __future__ import annotations

import json
import random
import re
import stat
from pathlib import Path

import pytest

from tests.perso.invented import card, line
from uimkit.errors import InputError
from uimkit.perso.dialects import DIALECTS, parse_script
from uimkit.perso.emit import read_data, write_scripts
from uimkit.perso.fields import FIELDS
from uimkit.perso.plan import Plan
from uimkit.perso.play import load_script, play
from uimkit.perso.rows import CardData, card_data, read_rows
from uimkit.perso.steps import fill, filled, script_template
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card

BOTH = pytest.mark.parametrize("dialect", ["json", "scriptor"])


def cards(rng: random.Random, count: int = 3) -> list[CardData]:
    return [card_data(card(rng, roaming=number != 1), f"cards.txt:{number + 1}") for number in range(count)]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


@BOTH
def test_a_script_from_a_file_makes_the_built_card(
    dialect: str, plan: Plan, rng: random.Random, tmp_path: Path
) -> None:
    (data,) = cards(rng, 1)
    write_scripts(plan, [data], dialect, tmp_path / "out", per_card=True)
    (path,) = (tmp_path / "out").iterdir()
    assert path.stem == data.values["ICCID"]
    script = load_script(path)
    assert script.profile == "china-telecom-oneway"
    finished = Card(plan.profile.product, plan.profile.fresh_memory())
    assert play(script.steps, finished).ok
    assert finished.memory.snapshot() == plan.memory(data).snapshot()


@BOTH
def test_a_script_reads_back_as_the_steps_it_was_written_from(dialect: str, plan: Plan, rng: random.Random) -> None:
    (data,) = cards(rng, 1)
    template = script_template(plan, data.columns)
    steps = filled(template, plan.row(plan.resolve(data)))
    for written in (template, steps):
        assert list(parse_script(DIALECTS[dialect].dump(written, "p"), "x").steps) == written


@BOTH
def test_the_filled_template_is_the_script_of_each_card(
    dialect: str, plan: Plan, rng: random.Random, tmp_path: Path
) -> None:
    made = cards(rng)
    write_scripts(plan, made, dialect, tmp_path / "each", per_card=True)
    emitted = write_scripts(plan, made, dialect, tmp_path / "template")
    assert emitted.cards == 3
    template = (tmp_path / "template" / emitted.files[0]).read_text()
    rows = list(read_data(tmp_path / "template" / emitted.files[1]))
    suffix = DIALECTS[dialect].suffix
    assert {row["CARD"] + suffix: fill(template, row) for row in rows} == contents(tmp_path / "each")


@BOTH
def test_constants_stand_in_the_template_and_columns_in_the_data(
    dialect: str, plan: Plan, rng: random.Random, tmp_path: Path
) -> None:
    write_scripts(plan, cards(rng), dialect, tmp_path / "row")
    header = (tmp_path / "row" / "data.csv").read_text().splitlines()[0].split(",")
    assert "PRL" not in header
    assert {"CARD", "ICCID", "SID+NID", "UIMID", "KI"} <= set(header)
    with_prl = [card_data({**data.values, "PRL": plan.defaults["PRL"]}) for data in cards(rng)]
    write_scripts(plan, with_prl, dialect, tmp_path / "csv")
    assert "{PRL:255:510}" in (tmp_path / "csv" / f"template{DIALECTS[dialect].suffix}").read_text()


def test_a_default_that_goes_by_a_column_is_no_constant(rng: random.Random) -> None:
    text = load_profile("china-telecom-oneway").text.replace('SPC = "000000"', 'SPC = "000000"\nSIPSS = "vnet.mobi"')
    plan = Plan(parse_profile(text, "x.toml", "x"))
    row = card(rng) | {"SIPUPP": "a@mycdma.cn;b@mycdma.cn;c@mycdma.cn"}
    del row["SIPSS"]
    data = card_data(row)
    steps = filled(script_template(plan, data.columns), plan.row(plan.resolve(data)))
    finished = Card(plan.profile.product, plan.profile.fresh_memory())
    assert play(steps, finished).ok
    assert finished.memory.snapshot() == plan.memory(data).snapshot()


@BOTH
def test_a_template_is_not_played(dialect: str, plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    emitted = write_scripts(plan, cards(rng), dialect, tmp_path / "out")
    untouched = Card(plan.profile.product, plan.profile.fresh_memory())
    with pytest.raises(InputError, match="this is a template, fill it with its data file first"):
        play(load_script(tmp_path / "out" / emitted.files[0]).steps, untouched)
    assert untouched.memory.changes == ()


@BOTH
def test_the_files_are_for_their_owner_alone(dialect: str, plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    write_scripts(plan, cards(rng), dialect, tmp_path / "out")
    for path in (tmp_path / "out", *(tmp_path / "out").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_wrong_card_leaves_nothing_behind(plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    rows = tmp_path / "cards.txt"
    rows.write_text("\n".join([line(card(rng)), line(card(rng)), line(card(rng) | {"IMSI": "46003"})]))
    for per_card in (False, True):
        with pytest.raises(InputError, match=r"cards\.txt:3: column 2 IMSI"):
            write_scripts(plan, read_rows(rows), "json", tmp_path / "out", per_card=per_card)
        assert [path.name for path in tmp_path.iterdir()] == ["cards.txt"]


def test_a_directory_with_something_in_it_is_refused(plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_scripts(plan, cards(rng), "json", tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(InputError, match="not empty; nothing was written"):
        write_scripts(plan, cards(rng), "json", tmp_path / "out")
    assert contents(tmp_path / "out") == before
    with pytest.raises(InputError, match="found a file, expected a directory"):
        write_scripts(plan, cards(rng), "json", tmp_path / "out" / "data.csv")


def test_two_cards_of_one_number_are_refused(plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    (data,) = cards(rng, 1)
    with pytest.raises(InputError, match="found twice"):
        write_scripts(plan, [data, data], "json", tmp_path / "out", per_card=True)
    assert not list(tmp_path.iterdir())


def test_oddities_are_told_with_their_line(plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    told: list[str] = []
    odd = card_data(card(rng) | {"SID": "0036"}, "cards.txt:1")
    write_scripts(plan, [odd], "json", tmp_path / "out", warn=told.append)
    assert told == ["cards.txt:1: SID: 0036 (decimal 54) is not in 3500 to 37FF; was it decimal?"]


def scriptor_sends(text: str) -> list[str]:
    """What scriptor 1.6.2 makes of a file, by the rules seen when it runs; AssertionError where it would die."""
    assert not text.startswith("\ufeff")
    sent = []
    for text_line in text.split("\n"):
        assert not text_line.endswith("\\")
        if re.search("exit", text_line, re.IGNORECASE):
            return sent
        if text_line.startswith("#") or not text_line:
            continue
        if re.search("reset", text_line, re.IGNORECASE):
            sent.append("reset")
            continue
        assert re.fullmatch("([0-9A-Fa-f]{2}){4,}|[0-9A-Fa-f]{2}( [0-9A-Fa-f]{2}){3,} ?", text_line), text_line
        sent.append(text_line)
    return sent


def test_scriptor_sends_every_step(plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    made = cards(rng)
    write_scripts(plan, made, "scriptor", tmp_path / "out", per_card=True)
    for path in (tmp_path / "out").iterdir():
        text = path.read_bytes().decode("ascii")
        assert scriptor_sends(text) == [step.apdu or "reset" for step in load_script(path).steps]


def test_words_that_scriptor_obeys_are_taken_apart_in_comments(rng: random.Random) -> None:
    text = load_profile("plain-ruim").text
    text = text.replace('"3F00/7F25/6F1A"', '"3F00/7F25/6FE1"').replace("akey =", "Exit_reset =")
    plan = Plan(parse_profile(text, "x.toml", "Exit\u5361Reset\\"))
    written = DIALECTS["scriptor"].dump(script_template(plan, ()), plan.profile.name)
    assert written.startswith("# profile Exi-t?Rese-t\n")
    assert "EF_EXI-T_RESE-T" in written
    filled_in = fill(written, {slot.column: slot.fresh.hex().upper() for slot in plan.slots})
    assert scriptor_sends(filled_in)[-1] == "A0B0000001"


FOREIGN = """\
# a script that somebody else wrote
A0 A4 00 00 02 3F 00
A0A40000022FE2\x20

A0B0\\
00000A
RESET now
A020000108 31 31
"""


def test_a_foreign_script_expects_any_success_and_hides_codes() -> None:
    script = parse_script(FOREIGN.replace("08 31 31", "083132333435363738"), "foreign")
    assert [(step.name, step.shown) for step in script.steps] == [
        ("SELECT", "A0A40000023F00"),
        ("SELECT", "A0A40000022FE2"),
        ("READ BINARY", "A0B000000A"),
        ("reset", ""),
        ("VERIFY CHV", "A020000108" + "*" * 16),
    ]
    assert script.profile is None
    product = load_profile("china-telecom-oneway")
    report = play(script.steps, Card(product.product, product.fresh_memory()))
    assert [step.ok for step in report.steps] == [True] * 4 + [False]
    assert report.steps[-1].expected == "a success"


def test_a_line_at_which_scriptor_dies_is_named() -> None:
    with pytest.raises(InputError, match="foreign:8: expected an APDU of at least four bytes in hex"):
        parse_script(FOREIGN, "foreign")
    assert len(parse_script("A0A40000023F00\n# Exit\nrubbish\n", "x").steps) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "found format 'uimkit-script' version 2, expected 'uimkit-script' version 1"),
        ({"steps": [{"name": "x"}]}, r"x\.json: steps\[0\]: found neither apdu nor reset"),
        ({"steps": [{"name": "x", "apdu": "A0", "sw": "9000"}]}, "at least the five bytes"),
        ({"steps": [{"name": "x", "apdu": "A0A4000002", "reset": True}]}, "found reset and apdu"),
        ({"steps": [{"name": "x", "apdu": "A0A4000002", "sw": "90"}]}, r"\$\.steps\[0\]\.sw"),
        ({"steps": [{"name": "x", "apdu": "A0A4000002", "wait": 1}]}, "unknown field 'wait'"),
        ({"extra": 1}, "unknown field 'extra'"),
    ],
)
def test_a_wrong_json_script_is_refused(change: dict[str, object], message: str) -> None:
    document = {"format": "uimkit-script", "version": 1, "profile": "p", "steps": []} | change
    with pytest.raises(InputError, match=message):
        parse_script(json.dumps(document), "x.json")
    with pytest.raises(InputError, match="this is not JSON"):
        parse_script('{"format": ', "x.json")


def test_reports_of_a_played_card_hold_no_secret(plan: Plan, rng: random.Random) -> None:
    (data,) = cards(rng, 1)
    steps = filled(script_template(plan, data.columns), plan.row(plan.resolve(data)))
    report = repr(play(steps, Card(plan.profile.product, plan.profile.fresh_memory())))
    for name, value in data.values.items():
        if FIELDS[name].secret and len(value) >= 8:
            assert value not in report
            assert value.encode().hex().upper() not in report
