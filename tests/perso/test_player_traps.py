"""What trips each player up is not in what is written for it; and what is written reads back as it was meant."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.perso.invented import card
from uimkit.errors import InputError
from uimkit.perso.batch.outputs import CARD_MARK
from uimkit.perso.dialects import DIALECTS, parse_script
from uimkit.perso.emit import read_data, write_scripts
from uimkit.perso.plan import Plan
from uimkit.perso.play import load_script, play
from uimkit.perso.rows import card_data
from uimkit.perso.script import Script
from uimkit.perso.steps import RESET, Step, fill, filled, script_template
from uimkit.simulator.card import Card

NAMES = ("json", "scriptor", "pcom", "pysim", "gpshell", "jcshell")
NASTY = 'Exit; reset (9000) [00] %V000 \\ ${HOME} "x" `id` |y| \u5361'


@pytest.fixture(scope="module")
def template(plan: Plan) -> list[Step]:
    return script_template(plan, card_data(card(random.Random(1))).columns)


@pytest.fixture(scope="module")
def steps(plan: Plan, template: list[Step]) -> list[Step]:
    data = card_data(card(random.Random(1)))
    return filled(template, plan.row(plan.resolve(data)))


def nasty(steps: list[Step]) -> list[Step]:
    """The same commands under names with every sign that some player obeys."""
    return [step if step.is_reset else Step(NASTY, step.apdu, step.sw, step.data, step.secret) for step in steps]


def written(name: str, steps: list[Step]) -> list[str]:
    return DIALECTS[name].dump(nasty(steps), NASTY).splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_line_endings_and_octets_are_plain(name: str, steps: list[Step]) -> None:
    text = DIALECTS[name].dump(nasty(steps), NASTY)
    assert text.isascii()
    assert text.endswith("\n")
    assert not re.search("[\r\t\ufeff]", text)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("scriptor", r"# .*|reset|([0-9A-F]{2}){4,}"),
        ("pcom", r"; .*|\.POWER_ON /COLD|([0-9A-F]{2}){5,}( \[[0-9A-FX]+\])? \([0-9A-FX]{4}\)"),
        (
            "pysim",
            r"# .*|reset|set apdu_strict false|apdu ([0-9A-F]{2}){5,} --expect-sw [0-9a-f?]{4}"
            r"( --expect-response-regex [0-9a-f.]+\$)?",
        ),
        (
            "gpshell",
            r"# .*|(establish|release)_context|card_(dis)?connect|send_apdu -sc 0 -APDU ([0-9A-F]{2}){5,}",
        ),
        ("jcshell", "/atr|/send ([0-9A-F]{2}){5,}"),
    ],
)
def test_every_line_is_one_that_the_player_takes(name: str, line: str, steps: list[Step]) -> None:
    """No indentation, double or trailing blanks, 0x, blanks in hex, odd nibbles, comments behind an APDU."""
    assert [text for text in written(name, steps) if not re.fullmatch(line, text)] == []


@pytest.mark.parametrize(
    ("name", "trap"),
    [
        ("scriptor", r"(?i)exit"),  # stops, even in a comment
        ("scriptor", r"(?i)^#.*reset"),  # resets in any other line
        ("scriptor", r"\\$"),  # goes on in the next line
        ("pcom", r"\\$"),
        ("pcom", r"\((?!9000|9XXX)"),  # it sees 9000 where the card says 9Fxx
        ("pcom", r"^(?!;).*\(9XXX\)"),  # lets 9404 pass
        ("pcom", r"[WR]\("),  # position from 0 or from 1: text and code differ
        ("pcom", r"^;.*[(\[%]"),
        ("pysim", r"--expect-sw (9f|61)"),  # it fetches the answer itself
        ("pysim", r"--expect-sw \S*[A-FX]"),  # capitals never match
        ("pysim", r"--expect-response-regex \S*[A-FX]"),
        ("pysim", r"--expect-response-regex [^$]*$"),  # matched at the start only
        ("pysim", r"""["'|>]"""),
        ("gpshell", r"\$\{"),  # an environment variable
        ("gpshell", r"send_apdu_nostop|-sc 1"),
        ("jcshell", r"[#|;]"),  # signs of its expressions; no comments
    ],
)
def test_no_trap_of_the_player_is_in_the_script(name: str, trap: str, steps: list[Step]) -> None:
    assert [line for line in written(name, steps) if re.search(trap, line)] == []


def test_no_word_that_scriptor_obeys_comes_with_the_card_marks(steps: list[Step]) -> None:
    assert all("exit" not in (mark or "") and "reset" not in (mark or "") for mark in CARD_MARK.values())
    assert set(CARD_MARK) | {"json", "jcshell"} == set(DIALECTS)


@pytest.mark.parametrize("name", ["scriptor", "pcom", "pysim", "gpshell"])
def test_secret_octets_and_expectations_come_back(name: str, steps: list[Step], template: list[Step]) -> None:
    for made in (steps, template):
        back = parse_script(DIALECTS[name].dump(made, "p"), "x")
        assert back.profile == "p"
        assert [meant(step) for step in back.steps] == [meant(step) for step in made]
        assert any(step.secret for step in back.steps)


def meant(step: Step) -> tuple[object, ...]:
    """All of a step; of its name what every comment can hold."""
    return re.sub(r"[^A-Za-z0-9 /.,+-]", "_", step.name), step.apdu, step.sw, step.data, step.secret


def test_of_jcshell_only_the_commands_come_back_and_codes_stay_hidden(steps: list[Step]) -> None:
    back = parse_script(DIALECTS["jcshell"].dump(steps, "p"), "x").steps
    assert [step.apdu for step in back] == [step.apdu for step in steps]
    assert {step.sw for step in back} == {None}
    assert all(step.secret == (5, 13) for step in back if step.apdu[2:4] == "20")


@pytest.mark.parametrize("name", NAMES)
def test_a_script_of_every_dialect_is_played(name: str, plan: Plan, rng: random.Random, tmp_path: Path) -> None:
    data = card_data(card(rng), "cards.txt:1")
    write_scripts(plan, [data], name, tmp_path / "out", per_card=True)
    (path,) = (tmp_path / "out").iterdir()
    finished = Card(plan.profile.product, plan.profile.fresh_memory())
    report = play(load_script(path).steps, finished)
    assert report.ok, report.failed
    assert finished.memory.snapshot() == plan.memory(data).snapshot()
    again = play(load_script(path).steps, finished)
    assert again.failed is not None  # a finished card is turned away
    if name != "jcshell":
        keys = [value for field, value in data.values.items() if field in ("KI", "AKEY", "PUK1")]
        assert not any(key in repr(report) or key.encode().hex().upper() in repr(report) for key in keys)


def test_the_pair_of_pcom_is_one_script_and_variables_of_each_card(
    plan: Plan, rng: random.Random, tmp_path: Path
) -> None:
    made = [card_data(card(rng), f"cards.txt:{line}") for line in (1, 2)]
    assert write_scripts(plan, made, "pcom-var", tmp_path / "each", per_card=True).files[-1] == "script.pcom"
    emitted = write_scripts(plan, made, "pcom-var", tmp_path / "out")
    assert emitted.files == ("template.var", "data.csv", "script.pcom")
    template = (tmp_path / "out" / "template.var").read_text()
    for data, row in zip(made, read_data(tmp_path / "out" / "data.csv"), strict=True):
        variables = (tmp_path / "each" / f"{row['CARD']}.var").read_text()
        assert fill(template, row) == variables
        assert "A0" not in re.sub("(?m)^.DEFINE %.*$", "", variables)
        (tmp_path / "each" / "card_data.var").write_text(variables)
        finished = Card(plan.profile.product, plan.profile.fresh_memory())
        assert play(load_script(tmp_path / "each" / "script.pcom").steps, finished).ok
        assert finished.memory.snapshot() == plan.memory(data).snapshot()
    shared = (tmp_path / "out" / "script.pcom").read_text()
    assert "{" not in shared
    assert "DEFINE" not in shared


FOREIGN = {
    "pcom": """\
; somebody's own script
.DEFINE %PIN 3132 3334 FFFF FFFF   ; four digits
.DEFINE %PIN_FILE 2F E2
.POWER_ON /COLD
.step_on
A0A4 0000 02 3F00 (9XXX)  ; nine anything
A0 A4 00 00 02 \\
  %PIN_FILE (9000)
a0b0 0000 0a [98 XX] (9000)
A020 0001 08 %PIN (9000)
.POWER_OFF
""",
    "pysim": """\
# somebody's own script
reset
apdu A0A40000023F00 --expect-sw 9???
apdu A0A40000022FE2 --expect-sw 9000

apdu a0b000000a --expect-response-regex 98.. --expect-sw 9000
apdu A02000010831323334FFFFFFFF --expect-sw 9000
""",
    "gpshell": """\
// somebody's own script
mode_211
enable_trace
establish_context
card_connect -readerNumber 1
send_apdu -sc 0 -APDU A0A40000023F00
send_apdu_nostop -sc 0 -APDU A0A40000022FE2
send_apdu -APDU A0B000000A
send_apdu -sc 0 -APDU A02000010831323334FFFFFFFF
card_disconnect
release_context
""",
    "jcshell": """\
/card
/send A0A40000023F00
/send A0A40000022FE2

/send A0B000000A 98XXXXXXXXXXXXXXXXXX9000
/send A02000010831323334FFFFFFFF 9000
""",
}
PATTERNS = {
    "pcom": [("9XXX", None), (None, None), ("9000", "98XX" + "X" * 16), ("9000", None)],
    "pysim": [("9XXX", None), (None, None), ("9000", "98XX" + "X" * 16), ("9000", None)],
    "gpshell": [(None, None)] * 4,
    "jcshell": [(None, None), (None, None), ("9000", "98" + "X" * 18), ("9000", None)],
}


@pytest.mark.parametrize("name", list(FOREIGN))
def test_a_foreign_script_means_here_what_its_player_does(name: str) -> None:
    for text in (FOREIGN[name], FOREIGN[name].replace("\n", "\r\n")):
        reset, *steps = parse_script(text, "foreign").steps
        assert reset == RESET
        assert [step.apdu for step in steps] == [
            "A0A40000023F00",
            "A0A40000022FE2",
            "A0B000000A",
            "A02000010831323334FFFFFFFF",
        ]
        assert [(step.sw, step.data) for step in steps] == PATTERNS[name]
        assert steps[-1].shown == "A020000108" + "*" * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".POWER_ON\nA0B2 01 04 W(0;1) (9000)\n", "x:2: this line of this PCOM script can not be played here, only an"),
        (".POWER_ON\n.DEFINE %A R(0;2)\n", "x:2: expected hex digits and variables"),
        (".POWER_ON\nA0A4 0000 02 %FID (9000)\n", "x:2: the variable %FID is not defined"),
        (".POWER_ON\n.DEFINE %F 3F00\n.ALLUNDEFINE\nA0A4 0000 02 %F (9000)\n", "x:4: the variable %F is not defined"),
        (".POWER_ON\nA0A4 0000 02 3F00 (90)\n", "x:2: expected a status word of four digits"),
        (".POWER_ON\nA0A4 0000 02 3F00 [63] (9000)\n", "x:2: data are expected that this player fetches itself"),
        (".POWER_ON\nA0B0 0000 02 [010203] (9000)\n", "x:2: found 3 bytes of expected data, the command asks for 2"),
        (".POWER_OFF\nA0A4 0000 02 3F00 (9000)\n", "x:2: the card is off since .POWER_OFF"),
        (".DEFINE %A 3F00\n" + ".DEFINE %A %A%A\n" * 40, "x:12: the value is too long, expected at most 4096 digits"),
        (".WAIT 5\n", "x:1: '.WAIT' of this PCOM script can not be played here"),
        (".CALL more.pcom\n", "x:1: the script calls another file, expected one that is whole"),
        ("set apdu_strict true\napdu A0A40000023F00\n", "x:1: 'set' of this pySim-shell script can not be played here"),
        ("select MF\n", "x:1: 'select' of this pySim-shell script can not be played here, only apdu and reset"),
        ("apdu A0A40000023F00 --expect-sw 9F22\n", "x:1: expected --expect-sw with four lower-case digits"),
        ("apdu A0B0000001 --expect-response-regex (00|01)\n", "x:1: expected --expect-sw"),
        ("apdu A0B0000001 --raw\n", "x:1: expected --expect-sw"),
        ('apdu "A0 A4\n', "x:1: a quotation mark is not closed"),
        ("apdu A0A4\n", "x:1: expected an APDU of at least four bytes in hex"),
        ("establish_context\nopen_sc -security 3\n", "x:2: 'open_sc' of this GPShell script can not be played here"),
        ("send_apdu -sc 1 -APDU A0A40000023F00\n", "x:1: a secure channel can not be played here"),
        ("send_apdu A0A40000023F00\n", "x:1: expected send_apdu -sc 0 -APDU HEX"),
        (
            "/select A0000000871002\n",
            "x:1: '/select' of this JCShell script can not be played here, only /atr and /send",
        ),
        ('/send "01#(|ab|)"\n', "x:1: expected an APDU of at least four bytes"),
        (
            "# a note\nTX A0A40000023F00\n",
            "x:2: this is no script of json, scriptor, pcom, pcom-var, pysim, gpshell, jcs",
        ),
        ("/send A0B0000001 9\n", "x:1: expected the response in hex, status word included"),
    ],
)
def test_what_can_not_be_played_is_told_with_its_player(text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_script(text, "x")
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_files_that_a_script_calls_are_seen_from_its_directory(tmp_path: Path) -> None:
    (tmp_path / "a.pcom").write_text(".CALL b.var\n.POWER_ON\nA0A4 0000 02 %FID (9000)\n")
    with pytest.raises(InputError, match=r"a\.pcom:1: calls b\.var: there is no such script"):
        load_script(tmp_path / "a.pcom")
    (tmp_path / "b.var").write_text(".DEFINE %FID 3F00\n")
    assert load_script(tmp_path / "a.pcom") == Script((RESET, Step("SELECT", "A0A40000023F00")))
    (tmp_path / "b.var").write_text(".CALL b.var\n")
    with pytest.raises(InputError, match=r"b\.var:1: 'b\.var' is called from itself"):
        load_script(tmp_path / "a.pcom")
