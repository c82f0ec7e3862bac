"""``uimkit reader``."""

from __future__ import annotations

import click

from uimkit.cli.common import json_option, print_json


@click.group(name="reader")
def command() -> None:
    """PC/SC readers."""


@command.command("list", epilog="Example: uimkit reader list")
@json_option
def list_(as_json: bool) -> None:
    """The readers and the ATR of what is in them."""
    from uimkit.transport.pcsc import list_readers

    readers = list_readers()
    if as_json:
        rows = [
            {
                "index": reader.index,
                "name": reader.name,
                "atr": None if reader.atr is None else reader.atr.hex().upper(),
            }
            for reader in readers
        ]
        print_json(rows)
        return
    for reader in readers:
        click.echo(str(reader))
    if not readers:
        click.echo("no reader", err=True)
