"""Independent jobs in processes of their own, and how far they are; nobody works on when this process ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, wait
from typing import TypeVar

from uimkit import processes

R = TypeVar("R")

Progress = Callable[[str, int, int], None]
"""Told the part, and how many states and transitions of it are done."""

_INTERVAL = 0.2
"""Seconds between two reports of progress."""


def run_jobs(jobs: Sequence[Callable[[Progress], R]], workers: int, progress: Progress) -> list[R]:
    """The results of the jobs, in their order; with one worker they run in this process.

    What a job raises is raised here at once, and ends the others, as an interrupt does. SurroundingsError: a worker
    process was killed.
    """
    if workers <= 1:
        return [job(_Seldom(progress)) for job in jobs]
    with processes.workers(workers) as crew:
        running = [crew.submit(_reported, job) for job in jobs]
        pending = set(running)
        while pending:
            done, pending = wait(pending, timeout=_INTERVAL, return_when=FIRST_EXCEPTION)
            while not crew.told.empty():
                progress(*crew.told.get())
            for future in done:
                future.result()
        return [future.result() for future in running]


def _reported(job: Callable[[Progress], R]) -> R:
    return job(_Seldom(processes.tell))


class _Seldom:
    """Passes progress on, a few times a second."""

    def __init__(self, to: Progress) -> None:
        self._to = to
        self._next = 0.0

    def __call__(self, part: str, states: int, transitions: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL
            self._to(part, states, transitions)
