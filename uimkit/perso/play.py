"""Plays a script on a card, with its expectations, up to the first failure."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from uimkit.apdu import Response, describe_sw
from uimkit.errors import InputError, SurroundingsError, UimkitError
from uimkit.perso.dialects import parse_script
from uimkit.perso.script import Script
from uimkit.perso.steps import Step
from uimkit.transport import Transport

ANY_SUCCESS = "a success"
_SUCCESS = (0x90, 0x91, 0x9F)


@dataclass(frozen=True, slots=True)
class Played:
    """One step as it went: ``sent`` has its secrets masked, ``expected`` and ``got`` are data and status word."""

    name: str
    sent: str
    expected: str
    got: str
    ok: bool

    @property
    def line(self) -> str:
        """A failure in one line."""
        meaning = describe_sw(int(self.got[-4:], 16)) if self.got[-4:] else "no status word"
        return f"{self.name}: sent {self.sent}, expected {self.expected}, got {self.got or 'nothing'} ({meaning})"


@dataclass(frozen=True, slots=True)
class PlayReport:
    """The steps that were played, and how many the script has."""

    steps: tuple[Played, ...]
    total: int

    @property
    def failed(self) -> Played | None:
        """The step at which playing stopped, None when all went as expected."""
        return self.steps[-1] if self.steps and not self.steps[-1].ok else None

    @property
    def ok(self) -> bool:
        return self.failed is None and len(self.steps) == self.total


def load_script(path: str | os.PathLike[str]) -> Script:
    """Read a script of any dialect, and the files it calls, which are seen from its directory.

    Raises InputError with FILE:LINE, SurroundingsError.
    """
    shown = os.fspath(path)

    def include(name: str, where: str) -> str:
        try:
            return _text(Path(path).parent / name, name)
        except InputError as error:
            raise InputError(f"calls {error}", where) from None

    script = parse_script(_text(Path(path), shown), shown, include)
    if not script.steps:
        raise InputError("found no step", shown)
    return script


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise InputError("there is no such script", shown) from None
    except UnicodeDecodeError:
        raise InputError("this is no script: it is not UTF-8", shown) from None
    except OSError as error:
        raise SurroundingsError(f"{shown}: {error.strerror}") from error


def play(steps: Iterable[Step], transport: Transport) -> PlayReport:
    """Carry out the steps, stop after the first that is not answered as expected.

    Raises InputError before anything is sent when a step is that of a template, SurroundingsError when the card goes.
    """
    commands = [(step, step.command) for step in steps]
    played = []
    for step, command in commands:
        played.append(_reset(step, transport) if step.is_reset else _send(step, command, transport))
        if not played[-1].ok:
            break
    return PlayReport(tuple(played), len(commands))


def _reset(step: Step, transport: Transport) -> Played:
    return Played(step.name, "reset", "an ATR", transport.reset().hex().upper(), True)


def _send(step: Step, command: bytes, transport: Transport) -> Played:
    raw = transport.transmit(command)
    try:
        response = Response.parse(raw)
    except ValueError:
        return Played(step.name, step.shown, _expected(step), raw.hex().upper(), False)
    ok = _status_fits(step.sw, response.sw) and (step.data is None or _fits(step.data, response.data.hex().upper()))
    return Played(step.name, step.shown, _expected(step), str(response), ok)


def _expected(step: Step) -> str:
    return " ".join(filter(None, (step.data, step.sw or ANY_SUCCESS)))


def _status_fits(pattern: str | None, sw: int) -> bool:
    return sw >> 8 in _SUCCESS if pattern is None else _fits(pattern, f"{sw:04X}")


def _fits(pattern: str, found: str) -> bool:
    return len(pattern) == len(found) and all(want in ("X", digit) for want, digit in zip(pattern, found, strict=True))


def require_played(report: PlayReport) -> None:
    """Raises UimkitError with the failed step, if there is one."""
    if report.failed:
        raise UimkitError(f"step {len(report.steps)} of {report.total}: {report.failed.line}")
