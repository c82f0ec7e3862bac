"""The command line as processes: on a terminal or with pipes, in a session of its own, so that nobody is overlooked."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""What a program writes to move the cursor or to change colours; line feed and tab are text."""


def session(leader: int) -> set[int]:
    """The processes of a session (Linux)."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, *fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == leader and state != "Z":
            found.add(int(stat.parent.name))
    return found


def workers(leader: int) -> set[int]:
    """The Python processes that the leader began to work for it."""
    found = set()
    for process in session(leader) - {leader}:
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"resource_tracker" not in command:
            found.add(process)
    return found


def all_gone(leader: int, seconds: float = 5) -> bool:
    """Whether nothing is left of a session, now or soon."""
    end = time.monotonic() + seconds
    while session(leader) and time.monotonic() < end:
        time.sleep(0.02)
    return not session(leader)


@contextmanager
def running(*line: str, program: Sequence[str] = ("-m", "uimkit"), **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """``uimkit LINE``, or another program of Python, in a session of its own, of which nothing is left afterwards."""
    with subprocess.Popen([sys.executable, *program, *line], start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            if session(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


class Terminal:
    """A command whose standard input, output and error are one terminal of 120 columns."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self.process = process
        self._ours = ours
        self._raw = b""

    @property
    def shown(self) -> str:
        return self._raw.decode(errors="replace")

    @property
    def plain(self) -> str:
        """What was shown, one frame after the other, without colours and movements."""
        return ESCAPE.sub("", self.shown)

    def wait_for(self, pattern: str, seconds: float = 60) -> None:
        """Read until this was shown."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.plain):
            assert time.monotonic() < end, f"{pattern} was not shown: {self.plain!r}"
            assert self._read(), f"over before {pattern} was shown: {self.plain!r}"

    def watch(self, seconds: float) -> None:
        """Read for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self._read(), f"over too early: {self.plain!r}"

    def code(self) -> int:
        """Read until the end; the exit code."""
        while self._read():
            pass
        return self.process.wait()

    def _read(self) -> bool:
        """Whether there may be more to read."""
        if not select.select([self._ours], [], [], 0.05)[0]:
            return True
        try:
            got = os.read(self._ours, 65536)
        except OSError:  # nobody has the other side any more
            return False
        self._raw += got
        return bool(got)


@contextmanager
def on_a_terminal(*line: str, program: Sequence[str] = ("-m", "uimkit"), **environment: str) -> Iterator[Terminal]:
    """``uimkit LINE``, or another program of Python, on a terminal."""
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    setting = clean | {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "30"} | environment
    ours, theirs = pty.openpty()
    with ExitStack() as stack:
        stack.callback(os.close, ours)
        try:
            started = running(*line, program=program, stdin=theirs, stdout=theirs, stderr=theirs, env=setting)
            process = stack.enter_context(started)
        finally:
            os.close(theirs)
        yield Terminal(process, ours)
