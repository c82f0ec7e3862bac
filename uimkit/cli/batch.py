"""``uimkit batch``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from uimkit.cli import complete
from uimkit.cli.common import ends_on_sigterm, json_option, print_json
from uimkit.errors import InputError

FILE = click.Path(path_type=Path)


@click.group(name="batch")
def command() -> None:
    """Whole orders: make them, look how far they are, check what was made."""


@command.command(name="run", epilog="Example: uimkit batch run order.toml -o made")
@click.argument("order", type=FILE, shell_complete=complete.order)
@click.option("-o", "--output", type=FILE, required=True, shell_complete=complete.batch,
              help="The directory to fill, or to go on with.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--executor", type=click.Choice(["serial", "process", "dask"]), help="[default: by --workers]")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster that is there already, such as tcp://HOST:8786.")
@click.option("--chunk", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Cards at a time.")
@click.option("--register", type=FILE, help="The register of all batches (SQLite). [default: one of this batch]")
@click.option("--verify", metavar="all|N", help="Play every card, or every Nth, while it is made.")
@json_option
@ends_on_sigterm()
def run_command(
    order: Path,
    output: Path,
    workers: int,
    executor: Literal["serial", "process", "dask"] | None,
    scheduler: str | None,
    chunk: int,
    register: Path | None,
    verify: str | None,
    as_json: bool,
) -> None:
    """Make everything that an order asks for. After a break the same command goes on."""
    if scheduler and executor not in (None, "dask"):
        raise InputError("belongs to --executor dask", "--scheduler")
    from uimkit.perso.batch.run import Options, run

    with _progress() as (progress, checked):
        options = Options(
            clock=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
            executor=executor or ("dask" if scheduler else "serial" if workers == 1 else "process"),
            scheduler=scheduler,
            workers=workers,
            chunk=chunk,
            register=register,
            verify=_every(verify),
            progress=progress,
            checked=checked,
            warn=lambda line: click.echo(f"warning: {line}", err=True),
        )
        outcome = run(order, output, options)
    if as_json:
        print_json(outcome)
        return
    click.echo(f"{output}: {outcome.cards} cards, {outcome.files} files, {outcome.warnings} warnings")
    if verify is not None:
        after = "" if outcome.played else f"; it was finished before: uimkit batch verify {output}"
        click.echo(f"{outcome.played} cards played and compared{after}")


def _every(text: str | None) -> int:
    if text is None:
        return 0
    if text == "all":
        return 1
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 10_000_000):
        raise InputError(f"found {text[:20]!a}, expected all or a number", "--verify")
    return int(text)


@contextmanager
def _progress() -> Iterator[tuple[Callable[[int, int], None], Callable[[int], None]]]:
    """A bar with cards per second and time left on standard error, where that is a terminal; else nothing.

    To be told how many of how many cards are done, and before that how many were checked.
    """
    if not sys.stderr.isatty():
        yield (lambda done, total: None), (lambda count: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from uimkit.cli.bars import Speed

    named = TextColumn("{task.description}")
    columns = (named, BarColumn(), MofNCompleteColumn(), Speed("cards"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        checking = bars.add_task("checking the order", total=None)
        making: list[TaskID] = []

        def show(done: int, total: int) -> None:
            if not making:  # what a former run made is no speed of this one
                making.append(bars.add_task("cards", total=total, completed=done))
                bars.remove_task(checking)
            bars.update(making[0], completed=done)

        yield show, lambda count: bars.update(checking, completed=count)


@command.command(name="status", epilog="Example: uimkit batch status done")
@click.argument("directory", type=FILE, shell_complete=complete.batch)
@json_option
def status_command(directory: Path, as_json: bool) -> None:
    """How far a batch is."""
    from uimkit.perso.batch.run import status

    found = status(directory)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['order']}: {found['done']} of {found['cards']} cards, {found['state']}")


@command.command(name="verify", epilog="Example: uimkit batch verify done --workers 2")
@click.argument("directory", type=FILE, shell_complete=complete.batch)
@click.option("--sample", type=click.IntRange(1), default=1, show_default=True, help="Play every Nth card.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--input", "given", type=FILE, help="The input file of the order, to compare with.")
@click.option("--order", type=FILE, help="The order as it was given, whose copy has its fixed secrets masked.")
@json_option
@ends_on_sigterm()
def verify_command(
    directory: Path, sample: int, workers: int, given: Path | None, order: Path | None, as_json: bool
) -> None:
    """Check a delivered folder from its files alone: hashes, audit log, every card played, read and compared."""
    from uimkit.perso.batch.verify import Options, verify

    with _progress() as (progress, _):
        found = verify(directory, Options(sample, workers, order, given, progress))
    if as_json:
        print_json(found)
        return
    click.echo(f"{directory}: {found.cards} cards in {found.files} files as the manifest says")
    click.echo(f"{found.played} cards played and read; their values were compared with")
    for witness in dict.fromkeys(found.compared.values()):
        click.echo(f"  {witness}: {', '.join(name for name, word in found.compared.items() if word == witness)}")
    for reason in dict.fromkeys(found.not_compared.values()):
        names = ", ".join(name for name, word in found.not_compared.items() if word == reason)
        click.echo(f"not compared: {names} ({reason})")
    for note in found.notes:
        click.echo(f"note: {note}")
    click.echo(f"SHA-256 of the manifest: {found.manifest_sha256}")
