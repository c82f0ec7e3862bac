"""How a long command is ended from outside: in one line, with exit code 130, and with everybody who worked for it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import all_gone, on_a_terminal, running, workers
from uimkit.cli.common import ends_on_sigterm

PROVE = ("prove", "china-telecom-oneway")


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda found: found.name)
def test_no_worker_outlives_a_proof(ending: signal.Signals, folder: Path) -> None:
    with running(*PROVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while sum(map(seconds_worked, workers(process.pid))) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(ending)
        out, said = process.communicate(timeout=20)
        assert all_gone(process.pid)
    if ending is signal.SIGKILL:
        assert (process.returncode, out, said) == (-ending, b"", b"")
    else:
        assert (process.returncode, out, said.strip()) == (130, b"", b"uimkit: interrupted")


def seconds_worked(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2])
def test_ctrl_c_while_workers_begin_is_told_in_one_line(moment: float, folder: Path) -> None:
    with on_a_terminal(*PROVE) as terminal:
        while not workers(terminal.process.pid):
            terminal.watch(0.01)
        terminal.watch(moment)
        os.killpg(terminal.process.pid, signal.SIGINT)  # a terminal sends it to all of them
        assert terminal.code() == 130
        assert all_gone(terminal.process.pid)
    assert terminal.plain.splitlines()[-1] == "uimkit: interrupted"
    assert "Traceback" not in terminal.plain


@pytest.mark.slow
def test_a_killed_worker_is_exit_code_3_and_one_line(folder: Path) -> None:
    with running(*PROVE, stderr=subprocess.PIPE) as process:
        while len(workers(process.pid)) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(workers(process.pid).pop(), signal.SIGKILL)
        _, said = process.communicate(timeout=20)
        assert all_gone(process.pid)
    assert (process.returncode, said) == (3, b"uimkit: a worker process was killed; perhaps memory ran out\n")


def test_sigterm_is_an_interrupt_and_a_second_one_does_not_break_the_tidying_up() -> None:
    before = signal.getsignal(signal.SIGTERM)
    tidied = []
    with pytest.raises(KeyboardInterrupt):
        ended_twice(lambda: tidied.append(True))
    assert tidied
    assert signal.getsignal(signal.SIGTERM) is before


@ends_on_sigterm()
def ended_twice(tidy_up: Callable[[], None]) -> None:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)
        tidy_up()
