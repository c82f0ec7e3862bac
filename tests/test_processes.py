"""Workers: what they answer, what they tell, and how they end."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import wait
from pathlib import Path

import pytest

from tests.running import all_gone, running
from tests.running import workers as begun_by
from uimkit import processes
from uimkit.errors import InputErrors, SurroundingsError

pytestmark = pytest.mark.slow  # each process imports Python anew


def product(one: int, *, other: int) -> int:
    return one * other


def number() -> int:
    return os.getpid()


def refuse(line: str) -> None:
    raise InputErrors([line, "and another"])


def divide(by: int) -> float:
    return 1 / by


def told(count: int) -> str:
    for at in range(count):
        processes.tell("told", at)
    return "done"


def rest(seconds: float, begun: str) -> None:
    Path(begun).write_text(str(os.getpid()))
    time.sleep(seconds)


def take(load: bytes) -> int:
    time.sleep(60)
    return len(load)


def test_results_errors_and_what_is_told_come_back() -> None:
    with processes.workers(2) as crew:
        assert [crew.submit(product, at, other=2).result() for at in range(5)] == [0, 2, 4, 6, 8]
        with pytest.raises(InputErrors) as refused:
            crew.submit(refuse, "one line").result()
        assert refused.value.lines == ("one line", "and another")
        with pytest.raises(ZeroDivisionError) as divided:
            crew.submit(divide, 0).result()
        assert "in divide" in divided.value.__notes__[0], "where in the worker"
        assert crew.submit(told, 3).result() == "done"
        assert [crew.told.get() for _ in range(3)] == [("told", 0), ("told", 1), ("told", 2)]
        assert crew.told.empty()


UNDISTURBED = """
from signal import SIG_BLOCK, SIGINT, pthread_sigmask as blocked
from uimkit.processes import workers

with workers(1) as crew:
    print(SIGINT in crew.submit(blocked, SIG_BLOCK, ()).result(), SIGINT in blocked(SIG_BLOCK, ()))
"""


def test_interrupts_are_for_the_parent_and_not_for_its_first_worker_either() -> None:
    assert subprocess.check_output([sys.executable, "-c", UNDISTURBED]) == b"True False\n"


RESTING = """
from time import sleep
from uimkit.processes import workers

with workers(2) as crew:
    for _ in range(2):
        crew.submit(sleep, 60)
    print("begun", flush=True)
    sleep(60)
"""


def test_workers_that_say_nothing_end_with_a_killed_parent() -> None:
    with running(program=("-c", RESTING), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert len(begun_by(process.pid)) == 2
        process.kill()
        assert all_gone(process.pid)
        assert process.communicate() == (b"", b"")


def test_there_are_no_more_processes_than_wanted_nor_than_there_is_work_for() -> None:
    with processes.workers(8) as crew:
        assert crew.submit(number).result() != os.getpid()
        assert len(children()) == 1
    with processes.workers(2) as crew:
        assert len({crew.submit(number).result() for _ in range(6)} | children()) == 2
    assert not children()


def children() -> set[int | None]:
    """The workers of this process."""
    return {process.pid for process in multiprocessing.active_children()}


def test_work_is_finished_before_the_block_ends() -> None:
    with processes.workers(2) as crew:
        running = [crew.submit(product, at, other=3) for at in range(20)]
    assert [future.result(timeout=0) for future in running] == [3 * at for at in range(20)]


def test_an_error_in_the_block_ends_the_workers_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path)
    assert time.monotonic() - started < 20
    assert not children()
    assert len(list(tmp_path.iterdir())) == 2, "what waited was begun"


def interrupted(folder: Path) -> None:
    with processes.workers(2) as crew:
        for name in "abcd":
            crew.submit(rest, 60, str(folder / name))
        while len(list(folder.iterdir())) < 2:
            time.sleep(0.01)
        raise KeyboardInterrupt


def test_killed_workers_are_told_also_while_they_are_handed_more_than_a_pipe_holds() -> None:
    with processes.workers(2) as crew:
        running = [crew.submit(take, bytes(10_000_000)) for _ in range(6)]
        for process in multiprocessing.active_children():
            process.kill()
        assert not wait(running, timeout=20).not_done
        for future in running:
            assert isinstance(future.exception(), SurroundingsError)
