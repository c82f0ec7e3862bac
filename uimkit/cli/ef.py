"""``uimkit ef``."""

from __future__ import annotations

import json

import click

from uimkit.cli import complete
from uimkit.cli.common import json_option, print_json
from uimkit.errors import InputError


@click.group(name="ef")
def command() -> None:
    """The catalogue: every file of C.S0023 and GSM 11.11, and what its bytes mean."""


@command.command("list", epilog="Example: uimkit ef list --df 7F25")
@click.option("--df", help="Only files of this directory, as in 7F25 or 3F00/7F20.")
@json_option
def list_(df: str | None, as_json: bool) -> None:
    """The files uimkit knows."""
    from uimkit.files.listing import listing

    rows = listing(df)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row.path:22} {row.name:20} {row.structure:12} {row.size:34} {row.clause}")


@command.command(epilog="Example: uimkit ef show EF_IMSI_M")
@click.argument("ef", shell_complete=complete.ef)
@json_option
def show(ef: str, as_json: bool) -> None:
    """One file: size, access conditions, fields, examples. EF is a name or a path."""
    from uimkit.files.catalogue import find
    from uimkit.files.listing import describe, describe_lines

    spec = find(ef)
    if as_json:
        print_json(describe(spec))
        return
    for line in describe_lines(spec):
        click.echo(line)


@command.command(epilog="Example: uimkit ef decode EF_IMSI_M 008503A69A3A5C806701")
@click.argument("ef", shell_complete=complete.ef)
@click.argument("hex_")
def decode(ef: str, hex_: str) -> None:
    """The value of a file's bytes (of one record of a record EF), as JSON."""
    from uimkit.files.listing import codec_of

    try:
        data = bytes.fromhex(hex_)
    except ValueError:
        raise InputError("expected pairs of hex digits", "HEX") from None
    print_json(codec_of(ef).decode(data))


@command.command(epilog="""Example: uimkit ef encode EF_IMSI_M '{"imsi": "460030123456789"}'""")
@click.argument("ef", shell_complete=complete.ef)
@click.argument("value")
@click.option("--length", type=click.IntRange(1, 65535), help="Bytes of the file or record; default: the standard's.")
def encode(ef: str, value: str, length: int | None) -> None:
    """The bytes of a value given as JSON."""
    from uimkit.files.listing import codec_of, default_length

    try:
        parsed = json.loads(value)
    except json.JSONDecodeError as error:
        raise InputError(f"this is not JSON: {error}", "JSON") from None
    click.echo(codec_of(ef).encode(parsed, length or default_length(ef)).hex().upper())
