"""What the commands share: options, JSON output, secrets given by environment, file or prompt."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from uimkit.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """``--json``: one JSON document on standard output, and nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


@contextmanager
def ends_on_sigterm() -> Iterator[None]:
    """What stops a service, or a job in the background, ends the command as Ctrl-C does: tidily, with exit code 130."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # timeout(1) sends it twice: the second is not to break the tidying up
    raise KeyboardInterrupt


_WHERE = "env:NAME | file:PATH | prompt"


def chv1_options(function: F) -> F:
    """``--chv1``: where CHV1 is to be had, never CHV1 itself; and ``--last-tries``."""
    function = click.option("--chv1", metavar="WHERE", help=f"Present CHV1, taken from {_WHERE}.")(function)
    last = click.option("--last-tries", is_flag=True, help="Present CHV1 even when fewer than 2 tries are left.")
    return last(function)


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    import msgspec

    raw = msgspec.json.format(msgspec.json.encode(document), indent=2)
    click.echo(raw.decode())


def secret(where: str, name: str) -> str:
    """The code from ``env:NAME``, ``file:PATH`` or ``prompt``; raises InputError when it is not there."""
    if where == "prompt":
        return str(click.prompt(name, hide_input=True, err=True))
    kind, _, rest = where.partition(":")
    if kind == "env" and rest:
        value = os.environ.get(rest)
        if value is None:
            raise InputError(f"the environment has no variable {rest}", f"--{name.lower()}")
        return value
    if kind == "file" and rest:
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"can not read {rest}: {error}", f"--{name.lower()}") from None
    raise InputError(
        "expected env:NAME, file:PATH or prompt; a code is never given on the command line", f"--{name.lower()}"
    )
