"""Jobs of the proof: results in their order, progress while they work, and no waiting for the others after an error."""

from __future__ import annotations

import time
from functools import partial

import pytest

from uimkit.prover.workers import Progress, run_jobs


def part(name: str, steps: int, pause: float, progress: Progress) -> str:
    for step in range(steps):
        progress(name, step, 10 * step)
        time.sleep(pause)
    return name


def broken(progress: Progress) -> str:
    raise ArithmeticError("broken")


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow), 5])
def test_results_come_in_the_order_of_the_jobs_and_progress_a_few_times_a_second(workers: int) -> None:
    jobs = [partial(part, "long", 500, 0.002), partial(part, "short", 1, 0), partial(part, "third", 2, 0.3)]
    told: list[tuple[str, int, int]] = []
    assert run_jobs(jobs, workers, lambda *what: told.append(what)) == ["long", "short", "third"]
    assert 3 <= [name for name, _, _ in told].count("long") < 100
    assert ("short", 0, 0) in told
    assert ("third", 1, 10) in told
    assert all(transitions == 10 * states for _, states, transitions in told)


def test_nothing_to_do_is_no_work() -> None:
    assert run_jobs([], 2, print) == []


@pytest.mark.slow
def test_an_error_ends_the_other_jobs() -> None:
    started = time.monotonic()
    with pytest.raises(ArithmeticError, match="broken"):
        run_jobs([partial(part, "long", 600, 0.1), broken], 2, lambda *what: None)
    assert time.monotonic() - started < 20
