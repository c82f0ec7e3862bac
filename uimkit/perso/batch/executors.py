"""Who works on the chunks: this process, a pool of processes, or Dask. Results come in the order of the chunks."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar

from uimkit.errors import SurroundingsError

T = TypeVar("T")
R = TypeVar("R")
Kind = Literal["serial", "process", "dask"]
_AHEAD = 2


def run(kind: Kind, workers: int, function: Callable[[T], R], chunks: Iterable[T]) -> Iterator[R]:
    """``function`` of every chunk, at most two a worker at once, so that memory stays flat."""
    if kind == "serial":
        yield from map(function, chunks)
    elif kind == "process":
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield from _windowed(lambda chunk: pool.submit(function, chunk), chunks, workers * _AHEAD)
    else:
        distributed = _dask()
        with (
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield from _windowed(lambda chunk: client.submit(function, chunk, pure=False), chunks, workers * _AHEAD)


def _windowed(submit: Callable[[T], Any], chunks: Iterable[T], ahead: int) -> Iterator[Any]:
    waiting: deque[Any] = deque()
    for chunk in chunks:
        waiting.append(submit(chunk))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _dask() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise SurroundingsError("the executor dask needs its package: pip install 'uimkit[dask]'") from None
