"""Who works on the chunks: this process, a pool of processes, or Dask. Results come in the order of the chunks."""

from __future__ import annotations

import importlib
import logging
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeVar

from uimkit import processes
from uimkit.errors import SurroundingsError

T = TypeVar("T")
R = TypeVar("R")
Kind = Literal["serial", "process", "dask"]
_AHEAD = 2
_KEPT = 8
"""Functions a worker keeps with what they have worked out."""
_ANSWER_SECONDS = 10


class Executor(Protocol):
    """Applies a function to every chunk."""

    def __call__(self, function: Callable[[T], R], chunks: Iterable[T], /) -> Iterator[R]: ...


@contextmanager
def executor(kind: Kind, workers: int, scheduler: str | None = None) -> Iterator[Executor]:
    """An executor; at most two chunks a worker are under way at once, so that memory stays flat.

    ``scheduler`` is the address of a Dask cluster, whose workers see the same directories and key sources as this
    process; without it Dask runs ``workers`` of its own here. Raises SurroundingsError when the executor's package is
    not installed, the cluster does not answer, or a worker dies.
    """
    if kind == "serial":
        yield map
    elif kind == "process":
        with processes.workers(workers) as crew:
            yield _windowed(crew.submit, workers * _AHEAD)
    else:
        distributed = _dask()
        try:
            with _dask_client(distributed, workers, scheduler) as client:
                ahead = _AHEAD * max(workers, len(client.nthreads()))
                yield _windowed(lambda *work: client.submit(*work, pure=False), ahead)
        except distributed.KilledWorker:
            raise SurroundingsError("a worker of the Dask cluster was killed; perhaps memory ran out") from None


def _windowed(submit: Callable[..., Any], ahead: int) -> Executor:
    def apply(function: Callable[[T], R], chunks: Iterable[T]) -> Iterator[R]:
        packed = pickle.dumps(function)
        waiting: deque[Any] = deque()
        for chunk in chunks:
            waiting.append(submit(_applied, _Work(packed, chunk)))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    return apply


@dataclass(frozen=True, slots=True)
class _Work:
    """A function and a chunk for it. Its ``repr`` shows neither: executors log what they could not do."""

    packed: bytes = field(repr=False)
    chunk: Any = field(repr=False)


def _applied(work: _Work) -> Any:
    return _unpacked(work.packed)(work.chunk)


@lru_cache(_KEPT)
def _unpacked(packed: bytes) -> Callable[[Any], Any]:
    """The function, made once in each worker with all that it works out for itself."""
    function: Callable[[Any], Any] = pickle.loads(packed)
    return function


def _dask() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise SurroundingsError("the executor dask needs its package: pip install 'uimkit[dask]'") from None


@contextmanager
def _dask_client(distributed: Any, workers: int, scheduler: str | None) -> Iterator[Any]:
    if scheduler is None:
        here = {"host": "127.0.0.1", "dashboard_address": None, "silence_logs": logging.CRITICAL}
        with processes.no_interrupts():
            cluster = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **here)
        with cluster, distributed.Client(cluster) as client:
            yield client
        return
    try:
        client = distributed.Client(scheduler, timeout=_ANSWER_SECONDS)
    except (OSError, ValueError):
        raise SurroundingsError(f"{scheduler}: no Dask scheduler answers there") from None
    with client:
        yield client
