"""Worker processes that end with this one, however it ends: nobody is left working for a run that is gone."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, ParamSpec, TypeVar

from uimkit.errors import SurroundingsError, UimkitError

P = ParamSpec("P")
R = TypeVar("R")

_PARENT: ContextVar[Connection] = ContextVar("parent")
"""In a worker, the way to the process it works for."""


class _Told(NamedTuple):
    what: tuple[Any, ...]


class _Result(NamedTuple):
    value: Any


class _Failure(NamedTuple):
    error: Exception


class Workers:
    """Calls functions in processes of their own, and makes futures of what comes of them; `workers` makes it.

    ``told`` has what the functions `tell` meanwhile. Each process is served by a thread of this one.
    ``concurrent.futures`` has such a pool too, but before Python 3.11.5 it never ends when a worker is killed while
    more work is being handed over (CPython issue 94777).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.told: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(most)
        self._processes: list[SpawnProcess] = []
        self._connections: list[Connection] = []
        self._free: SimpleQueue[Connection] = SimpleQueue()

    def submit(self, function: Callable[P, R], /, *given: P.args, **named: P.kwargs) -> Future[R]:
        """The future of a call. Function, arguments and result are pickled; raises what the function raises."""
        if len(self._processes) < self._most:
            self._begin()
        return self._threads.submit(self._ask, function, given, named)

    def end(self) -> None:
        """Let the processes end what they are asked for, and then themselves."""
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()
        self._join()

    def kill(self) -> None:
        """End the processes at once."""
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        self._join()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that threads of this process hold
        ours, theirs = context.Pipe()
        with theirs, no_interrupts():
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            self._processes.append(process)
        self._connections.append(ours)
        self._free.put(ours)

    def _join(self) -> None:
        for process in self._processes:
            process.join()

    def _ask(self, function: Callable[..., R], given: tuple[Any, ...], named: dict[str, Any]) -> R:
        worker = self._free.get()
        try:
            _send(worker, (function, given, named))
            while isinstance(answer := worker.recv(), _Told):
                self.told.put(answer.what)
        except (EOFError, OSError):
            raise SurroundingsError("a worker process was killed; perhaps memory ran out") from None
        finally:
            self._free.put(worker)  # also a killed one: who waits for it is to learn that
        if isinstance(answer, _Failure):
            raise answer.error
        value: R = answer.value
        return value


@contextmanager
def workers(most: int) -> Iterator[Workers]:
    """At most so many processes, begun when there is work for them.

    They end with the block: after their work, or at once when an exception leaves it, an interrupt for instance; and
    when this process is killed. Ctrl-C never reaches them, it is for this process. The result of a worker that is
    killed is SurroundingsError. They import the main module, as multiprocessing has it: a script that comes here needs
    its ``if __name__ == "__main__"``.
    """
    crew = Workers(most)
    try:
        yield crew
        crew.end()
    except BaseException:
        crew.kill()
        raise


def tell(*what: object) -> None:
    """Called in a worker: puts this into ``told`` of the process it works for."""
    _send(_PARENT.get(), _Told(what))


@contextmanager
def no_interrupts() -> Iterator[None]:
    """Processes begun meanwhile never see Ctrl-C, which a terminal sends to all of them. Here it waits for the end."""
    resource_tracker.ensure_running()  # else the first process begun starts it, which lets interrupts in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _send(other: Connection, what: object) -> None:
    """``send`` of the connection itself would leave a buffer behind that Python 3.13 complains of when it fails."""
    other.send_bytes(pickle.dumps(what))


def _serve(parent: Connection) -> None:
    """A worker's life."""
    Thread(target=_end_with_the_parent, daemon=True).start()
    _PARENT.set(parent)
    with suppress(EOFError, ConnectionError):  # the parent has ended
        while True:
            function, given, named = parent.recv()
            _send(parent, _call(function, given, named))


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(function: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> _Result | _Failure:
    try:
        return _Result(function(*given, **named))
    except Exception as error:
        if not isinstance(error, UimkitError):
            error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return _Failure(error)
