"""Every command with a progress bar, on a terminal and with pipes: the bar is seen there and leaves no trace here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import uimkit.cli
from tests.cli.conftest import CARDS, Done
from tests.cli.test_batch import RANGES
from tests.running import CONTROL, all_gone, on_a_terminal
from uimkit.coding.identity import luhn_digit

Run = Callable[..., Done]
PROVE = ("prove", "china-telecom-oneway")
BAR = r"states \d[\d,]* transitions .*\d states/s"
"""The bar of ``prove`` after its second report."""


def test_no_command_with_a_bar_is_missing_here() -> None:
    using = re.compile(r"rich\.progress|progressbar|cli\.bars")
    sources = Path(uimkit.cli.__path__[0]).glob("*.py")
    assert {path.stem for path in sources if using.search(path.read_text())} == {"bars", "batch", "prove", "script"}


@pytest.fixture
def order(folder: Path) -> str:
    (folder / "seed").write_text("5EED" * 16)
    (folder / "ranges.toml").write_text(RANGES.format(count=1200))
    return "ranges.toml"


@pytest.fixture
def data(folder: Path) -> str:
    """1,200 rows."""
    header, row, _ = CARDS.splitlines()
    lines = [header]
    for number in range(1200):
        body = f"8986032690010{number:06}"
        first = f"{body}{luhn_digit(body)},460030123{number:06}"
        lines.append(first + row[len(first) :].replace("001010123456789", f"001010123{number:06}"))
    (folder / "many.csv").write_text("\n".join(lines) + "\n")
    return "many.csv"


def piped(*line: str) -> str:
    """Both outputs of a command that ended well."""
    done = subprocess.run([sys.executable, "-m", "uimkit", *line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def seen_on_a_terminal_only(line: str, *frames: str) -> None:
    """The command shows these, one after the other, where a terminal is, and writes text only where none is.

    ``{}`` in the line is where its output goes.
    """
    with on_a_terminal(*line.format("shown").split()) as terminal:
        assert terminal.code() == 0, terminal.plain
    seen = re.search(".*".join(frames), terminal.plain, re.DOTALL)
    assert seen, terminal.plain[-3000:]
    assert CONTROL.search(terminal.shown)
    assert "Traceback" not in terminal.plain
    assert not CONTROL.search(piped(*line.format("piped").split()))


@pytest.mark.slow
def test_the_bar_of_batch_run(order: str) -> None:
    frames = ("checking the order", r"cards ━.* \d+/1200", r"[1-9][\d,]* cards/s +\d:\d\d:\d\d", "1200 cards, 5 files")
    seen_on_a_terminal_only(f"batch run {order} -o {{}} --chunk 20", *frames)


@pytest.mark.slow
def test_the_bar_of_batch_run_with_workers(order: str) -> None:
    frames = (r"cards ━.* \d+/1200", r"[1-9][\d,]* cards/s +\d:\d\d:\d\d", "1200 cards, 5 files")
    seen_on_a_terminal_only(f"batch run {order} -o {{}} --chunk 20 --workers 2", *frames)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_the_bar_of_batch_verify(workers: int, order: str, uimkit: Run) -> None:
    assert uimkit("batch", "run", order, "-o", "made").code == 0
    frames = (r"cards +━.* \d+/1200", r"[1-9][\d,]* cards/s", "1200 cards played and read")
    seen_on_a_terminal_only(f"batch verify made --workers {workers}", *frames)


@pytest.mark.slow
def test_the_bar_of_script(data: str) -> None:
    frames = (r"cards +\[-+\] +[1-9]", r"cards +\[#+\] +1200", "shown: 1200 cards")
    seen_on_a_terminal_only(f"script china-telecom-oneway --data {data} -o {{}}", *frames)


REPORTS = """
import time
from uimkit.cli.prove import _progress

with _progress(quiet={quiet}) as told:
    for number in range(1, 9):
        told("first part", 1000 * number, 20_000 * number)
        if number > 4:
            told("second part", 10 * number, 30 * number)
        time.sleep(0.2)
"""


def test_the_bar_of_prove_with_every_report(folder: Path) -> None:
    (folder / "told.py").write_text(REPORTS.format(quiet=False))
    with on_a_terminal(program=("told.py",)) as terminal:
        assert terminal.code() == 0, terminal.plain
    first, *_, last = [line for line in terminal.plain.splitlines() if "first part" in line]
    assert "states/s" not in first, "one report makes no speed"
    assert re.search(r"first part +8,000 states 160,000 transitions [\d,]+ states/s 0:00:\d\d", last)
    assert re.search(r"second part +80 states +240 transitions +\d+ states/s", terminal.plain)


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}])
def test_where_nobody_looks_prove_has_no_bar(environment: dict[str, str], folder: Path) -> None:
    (folder / "told.py").write_text(REPORTS.format(quiet=False))
    setting = os.environ | environment
    done = subprocess.run([sys.executable, "told.py"], capture_output=True, check=True, env=setting)
    assert done.stdout + done.stderr == b""


def test_with_json_prove_has_no_bar(folder: Path) -> None:
    (folder / "told.py").write_text(REPORTS.format(quiet=True))
    with on_a_terminal(program=("told.py",)) as terminal:
        assert terminal.code() == 0
    assert terminal.plain == ""


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_prove_goes_on_with_its_bar_until_it_is_interrupted(processes: str, folder: Path) -> None:
    with on_a_terminal(*PROVE, "--workers", processes) as terminal:
        terminal.wait_for(BAR)
        terminal.watch(2)
        os.killpg(terminal.process.pid, signal.SIGINT)  # as Ctrl-C: to all of them
        assert terminal.code() == 130
        assert all_gone(terminal.process.pid)
    assert terminal.plain.endswith("uimkit: interrupted\r\n")
    assert len(set(re.findall(r"([\d,]+) transitions", terminal.plain))) >= 3
    assert "Traceback" not in terminal.plain
