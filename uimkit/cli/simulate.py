"""``uimkit simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from uimkit.cli.common import ends_on_sigterm
from uimkit.errors import InputError

_DEFAULT = "127.0.0.1:35963"


@click.command(name="simulate", epilog="Example: uimkit simulate card.uim --vpcd 127.0.0.1:35963")
@click.argument("card", type=click.Path(path_type=Path))
@click.option("--vpcd", metavar="[HOST:PORT]", is_flag=False, flag_value=_DEFAULT, required=True,
              help=f"Where pcscd's vpcd reader listens, {_DEFAULT} by default.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Keep no change in the image.")
@click.option("--store", type=click.Choice(["each-command", "power-off"]), default="each-command", show_default=True,
              help="When changes go into the image: before each answer, or only at power-off and reset.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Answer 67 XX to a trailing Le byte instead of dropping it.")
@ends_on_sigterm()
def command(card: Path, vpcd: str, dry_run: bool, store: str, strict: bool) -> None:
    """Put the card into a virtual PC/SC reader (vsmartcard vpcd), until interrupted. Changes are kept in the image."""
    from uimkit.store.file_card import FileCard, Store
    from uimkit.transport.vpcd import serve

    host, port = _address(vpcd)
    with FileCard(card, dry_run=dry_run, store=cast(Store, store)) as inserted:
        serve(
            inserted,
            host,
            port,
            lenient=not strict,
            on_connect=lambda: click.echo(
                f"{card} is in the reader at {host}:{port}; interrupt to pull it out", err=True
            ),
        )


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(f'found "{text}", expected HOST:PORT such as {_DEFAULT}', "--vpcd")
    return host or "127.0.0.1", int(port)
