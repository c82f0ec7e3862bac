"""``uimkit contacts``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from uimkit.cli import complete
from uimkit.cli.common import chv1_options, json_option, print_json, secret

if TYPE_CHECKING:
    from uimkit.transport import Transport
    from uimkit.transport.terminal import Terminal

FILE = click.Path(path_type=Path)
_AS = click.option(
    "--as", "side", type=click.Choice(["cdma", "gsm"]), default="cdma", show_default=True, help="Which phone to play."
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Keep no change (sim: only).")


@click.group(name="contacts")
def command() -> None:
    """The phone book of a card (EF_ADN)."""


@command.command("list", epilog="Example: uimkit contacts list sim:card.uim")
@click.argument("target", shell_complete=complete.target)
@_AS
@chv1_options
@json_option
def list_(target: str, side: str, chv1: str | None, last_tries: bool, as_json: bool) -> None:
    """List the contacts that a phone sees."""
    from uimkit.contacts.phonebook import load
    from uimkit.target import open_target

    with open_target(target, dry_run=target.startswith("sim:")) as card:
        book = load(_terminal(card, chv1, last_tries), side)
    if as_json:
        print_json(book.entries)
    else:
        for entry in book.entries:
            click.echo(f"{entry.record:4} {entry.name:24} {entry.number}")
        click.echo(f"{len(book.entries)} contacts, {len(book.free)} free records", err=True)
    _report(book.problems)


@command.command("import", epilog="Example: uimkit contacts import sim:card.uim contacts.csv --as gsm")
@click.argument("target", shell_complete=complete.target)
@click.argument("file", type=FILE)
@_AS
@click.option("--encoding", help="Of a CSV file that is not UTF-8, as in gbk.")
@click.option("--on-overflow", type=click.Choice(["refuse", "cut"]), default="refuse", show_default=True,
              help="Names that do not fit the record: refuse them all, or cut and report each.")  # fmt: skip
@_DRY_RUN
@chv1_options
@json_option
def import_(
    target: str,
    file: Path,
    side: str,
    encoding: str | None,
    on_overflow: str,
    dry_run: bool,
    chv1: str | None,
    last_tries: bool,
    as_json: bool,
) -> None:
    """Copy contacts from a CSV or vCard file onto a card. Nothing is written unless everything fits."""
    from uimkit.contacts import read_contacts
    from uimkit.contacts.copy_in import add
    from uimkit.target import open_target

    left_out: list[str] = []
    contacts = read_contacts(file, encoding, skipped=left_out)
    with open_target(target, dry_run=dry_run) as card:
        copied = add(_terminal(card, chv1, last_tries), contacts, side, on_overflow=on_overflow)
    if as_json:
        print_json(copied)
    else:
        done = "would be copied" if dry_run else "copied"
        click.echo(f"{len(copied.added)} contacts {done}, {len(copied.doubles)} were there already")
    _report([*left_out, *(f"{change.contact.name} is stored as {change.stored_name}" for change in copied.changed)])


@command.command(epilog="Example: uimkit contacts export sim:card.uim contacts.vcf")
@click.argument("target", shell_complete=complete.target)
@click.argument("file", type=FILE)
@_AS
@click.option("--encoding", help="Of a CSV file: utf-8-sig (default) or, for old Outlook, gbk.")
@chv1_options
def export(target: str, file: Path, side: str, encoding: str | None, chv1: str | None, last_tries: bool) -> None:
    """Write the contacts that a phone sees to a CSV or vCard file."""
    from uimkit.contacts import write_contacts
    from uimkit.contacts.phonebook import load
    from uimkit.target import open_target

    with open_target(target, dry_run=target.startswith("sim:")) as card:
        book = load(_terminal(card, chv1, last_tries), side)
    write_contacts(file, book.contacts, encoding)
    click.echo(f"{file}: {len(book.contacts)} contacts", err=True)
    _report(book.problems)


def _terminal(card: Transport, chv1: str | None, last_tries: bool) -> Terminal:
    from uimkit.transport.present import present_chv1
    from uimkit.transport.terminal import Terminal

    terminal = Terminal(card)
    if chv1 is not None:
        present_chv1(terminal, secret(chv1, "CHV1"), last_tries=last_tries)
    return terminal


def _report(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"warning: {line}", err=True)
