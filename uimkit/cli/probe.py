"""``uimkit probe``."""

from __future__ import annotations

import click

from uimkit.cli import complete
from uimkit.cli.common import json_option, print_json


@click.command(name="probe", epilog="Example: uimkit probe sim:card.uim")
@click.argument("target", shell_complete=complete.target)
@json_option
def command(target: str, as_json: bool) -> int:
    """What this card is, its files on both sides, and a verdict on one-wayness. Writes nothing, presents no code.

    Exit code 1 when a GSM phone can read contacts.
    """
    from uimkit.probe.probe import probe
    from uimkit.target import open_target

    with open_target(target, dry_run=target.startswith("sim:")) as card:
        found = probe(card)
    if as_json:
        print_json(found)
    else:
        from uimkit.probe.report import lines

        for line in lines(found):
            click.echo(line)
    return int(found.one_way["verdict"] == "fail")
