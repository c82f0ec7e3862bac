"""``uimkit batch``: JSON, exit codes, completion, and the bar that only somebody who looks sees."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from tests.cli.conftest import Done
from tests.running import Terminal, on_a_terminal
from uimkit.cli.main import uimkit as root
from uimkit.perso.batch.files import locked

Run = Callable[..., Done]
RANGES = """order = "A-2"
customer = "Footel"
profile = "china-telecom-oneway"

[input]
count = {count}
ranges = {{ ICCID = "8986032600100000100", IMSI = "460030123450000", IMSIG = "001010123450000" }}
fields = {{ SID = "3600" }}

[keys]
policy = {{ AKEY = "derived", KI = "derived", ADM = "derived", PIN1 = "derived", PIN2 = "derived", PUK1 = "derived", \
PUK2 = "derived" }}
seed = "file:seed"
"""
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-79]|38;[\d;]+)m")


@pytest.fixture
def ranges(folder: Path) -> Path:
    (folder / "seed").write_text("5EED" * 16)
    (folder / "ranges.toml").write_text(RANGES.format(count=300))
    return folder / "ranges.toml"


def test_run_status_and_verify_print_one_json_document(uimkit: Run, folder: Path) -> None:
    made = uimkit("batch", "run", "order.toml", "-o", "made", "--json")
    assert (made.code, made.err) == (0, "")
    assert made.json == {
        "order": "A-1",
        "cards": 2,
        "files": made.json["files"],
        "warnings": 0,
        "resumed": False,
        "played": 0,
    }
    assert uimkit("batch", "run", "order.toml", "-o", "made", "--json").json["resumed"] is True
    assert uimkit("batch", "status", "made", "--json").json == {
        "order": "A-1",
        "cards": 2,
        "done": 2,
        "state": "finished",
    }
    checked = uimkit("batch", "verify", "made", "--json").json
    assert (checked["cards"], checked["played"], checked["files"]) == (2, 2, made.json["files"])


def test_a_changed_script_is_exit_code_1(uimkit: Run, folder: Path) -> None:
    uimkit("batch", "run", "order.toml", "-o", "made")
    (script,) = (folder / "made" / "scripts").iterdir()
    script.write_text(script.read_text().replace("9000", "9001", 1))
    one_line(uimkit("batch", "verify", "made"), 1, str(Path("made", "scripts", script.name)))


def one_line(done: Done, code: int, told: str) -> None:
    assert done.code == code, done.err
    assert done.out == ""
    assert len(done.err.splitlines()) == 1, done.err
    assert told in done.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("run nowhere.toml -o made", "nowhere.toml: there is no such order"),
        ("run cards.csv -o made", "cards.csv:1: this is not TOML"),
        ("run order.toml -o full", "full: the directory is not empty"),
        ("run order.toml -o made --verify some", "--verify: found 'some'"),
        ("run order.toml -o made --executor serial --scheduler tcp://127.0.0.1:1", "--scheduler: belongs to"),
        ("status nowhere", "nowhere: there is no batch in it"),
        ("verify nowhere", "nowhere: there is no manifest, so no finished batch"),
        ("status cards.csv", "cards.csv"),
    ],
)
def test_wrong_input_is_exit_code_2_and_one_line(line: str, told: str, uimkit: Run, folder: Path) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "letter.txt").write_text("mine")
    one_line(uimkit("batch", *line.split()), 2, told)
    assert not (folder / "made").exists() or not list((folder / "made").glob("*.*"))


def test_a_missing_argument_is_exit_code_2(uimkit: Run) -> None:
    for verb in ("run", "status", "verify"):
        assert uimkit("batch", verb).code == 2


def test_a_batch_that_another_process_works_on_is_exit_code_3(uimkit: Run, folder: Path) -> None:
    uimkit("batch", "run", "order.toml", "-o", "made")
    with locked(folder / "made" / ".batch" / "lock", "made"):
        one_line(uimkit("batch", "run", "order.toml", "-o", "made"), 3, "another process")
        assert "running" in uimkit("batch", "status", "made").out


def test_a_missing_key_is_told_in_one_line(uimkit: Run, folder: Path, ranges: Path) -> None:
    (folder / "seed").unlink()
    one_line(uimkit("batch", "run", "ranges.toml", "-o", "made"), 2, "file:seed: there is no such file")


@pytest.mark.parametrize(
    ("words", "offered", "not_offered"),
    [
        ("uimkit batch run or", "order.toml", "cards.csv"),
        ("uimkit batch run sub/o", "sub/other.toml", "sub/o.txt"),
        ("uimkit batch status ", "made/", "sub/"),
        ("uimkit batch verify m", "made/", "order.toml"),
        ("uimkit batch status su", "sub/", "made/"),
    ],
)
def test_the_shell_completes_orders_and_batches(
    words: str, offered: str, not_offered: str, uimkit: Run, folder: Path
) -> None:
    uimkit("batch", "run", "order.toml", "-o", "made")
    (folder / "sub").mkdir()
    for name in ("other.toml", "o.txt"):
        (folder / "sub" / name).touch()
    typed = words.split(" ")
    completion = ShellComplete(root, {}, "uimkit", "_UIMKIT_COMPLETE")
    found = [item.value for item in completion.get_completions(typed[1:-1], typed[-1])]
    assert offered in found
    assert not_offered not in found


def shown_on_a_terminal(*line: str, **environment: str) -> Terminal:
    """What the command showed, which ended well."""
    with on_a_terminal(*line, **environment) as terminal:
        assert terminal.code() == 0, terminal.plain
    return terminal


@pytest.mark.slow
def test_on_a_terminal_there_is_a_bar_with_cards_per_second_and_time_left(folder: Path, ranges: Path) -> None:
    terminal = shown_on_a_terminal("batch", "run", "ranges.toml", "-o", "made", "--chunk", "10")
    plain = terminal.plain
    assert plain.endswith("made: 300 cards, 5 files, 0 warnings\r\n")
    assert "━" in plain
    assert re.search(r"\d+/300", plain)
    assert re.search(r"[1-9][\d,]* cards/s +\d:\d\d:\d\d", plain)
    assert COLOUR.search(terminal.shown)
    assert "Traceback" not in plain


@pytest.mark.slow
def test_the_bar_has_no_colour_where_none_is_wanted(folder: Path, ranges: Path) -> None:
    shown = shown_on_a_terminal("batch", "run", "ranges.toml", "-o", "made", "--chunk", "10", NO_COLOR="1").shown
    assert "cards/s" in shown
    assert not COLOUR.search(shown)


@pytest.mark.slow
def test_the_bar_goes_on_where_a_former_run_was(uimkit: Run, folder: Path, ranges: Path) -> None:
    from uimkit.perso.batch.run import Options, run

    def stop(done: int, total: int) -> None:
        if done >= 290:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(ranges, folder / "made", Options(clock=lambda: "2009-01-01T00:00:00+00:00", chunk=10, progress=stop))
    assert "broken off" in uimkit("batch", "status", "made").out
    shown = shown_on_a_terminal("batch", "run", "ranges.toml", "-o", "made", NO_COLOR="1").shown
    rates = [int(rate.replace(",", "")) for rate in re.findall(r"([\d,]+) cards/s", shown)]
    assert all(rate < 100_000 for rate in rates), "cards of the former run are no speed"


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_without_a_terminal_nothing_of_a_bar_is_written(json: tuple[str, ...], folder: Path, ranges: Path) -> None:
    line = [sys.executable, "-m", "uimkit", "batch", "run", "ranges.toml", "-o", "made", *json]
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=os.environ | {"TERM": "xterm"})
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "━" not in done.stdout
