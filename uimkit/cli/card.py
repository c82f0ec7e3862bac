"""``uimkit card``."""

from __future__ import annotations

from pathlib import Path

import click

from uimkit.cli import complete
from uimkit.cli.common import json_option, print_json
from uimkit.errors import InputError

FILE = click.Path(path_type=Path)


@click.group(name="card")
def command() -> None:
    """Card images: one file is one card."""


@command.command(epilog="Example: uimkit card build china-telecom-oneway -o card.uim")
@click.argument("profile", shell_complete=complete.profile)
@click.option("--data", type=FILE, help="Card data: CSV with a header, or China Telecom rows.")
@click.option("--row", type=click.IntRange(min=1), default=1, show_default=True, help="Which row of the data.")
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Set a field of the card data.")
@click.option("--empty", is_flag=True, help="MF, ADM and life cycle only, for a script that creates the files.")
@click.option("-o", "--output", type=FILE, required=True, help="The image file to write.")
def build(profile: str, data: Path | None, row: int, settings: tuple[str, ...], empty: bool, output: Path) -> None:
    """Build one card: without --data and --set a pre-personalised one, ready for a personalisation script."""
    from uimkit.perso.build import build_card, empty_card
    from uimkit.profile.load import load_profile
    from uimkit.store.file_card import save_card

    made = load_profile(profile)
    if empty and (data is not None or settings):
        raise InputError("an empty card takes no data", "--empty")
    memory, warnings = build_card(made, data, row, settings)
    product = made.product
    if empty:
        product, memory = empty_card(made)
    for warning in (*made.assumptions, *warnings):
        click.echo(f"warning: {warning}", err=True)
    save_card(output, product, memory)
    click.echo(f"{output}: {made.title}", err=True)


@command.command(epilog="Example: uimkit card show card.uim --as gsm")
@click.argument("card", type=FILE)
@click.option("--path", help="Only this file or directory, as in 3F00/7F10.")
@click.option("--as", "side", type=click.Choice(["raw", "cdma", "gsm"]), default="raw", show_default=True,
              help="As stored, or as a phone of that side reads it.")  # fmt: skip
@json_option
def show(card: Path, path: str | None, side: str, as_json: bool) -> None:
    """The tree of a card with decoded contents. Codes and keys are masked."""
    from typing import cast

    from uimkit.probe.contents import Side, seen_contents
    from uimkit.store.file_card import load_card

    files = [
        file
        for file in seen_contents(load_card(card), cast(Side, side))
        if path is None or file.path == path or file.path.startswith(path.rstrip("/") + "/")
    ]
    if as_json:
        print_json({"files": files})
        return
    from uimkit.cli.tree import print_tree

    print_tree(str(card), files)


@command.command(epilog="Example: uimkit card diff card.uim other.uim")
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
@json_option
def diff(a: Path, b: Path, as_json: bool) -> int:
    """What differs between two cards: every file, code, counter, key and flag. Exit code 1 when anything does."""
    from uimkit.card.difference import differences
    from uimkit.store.file_card import load_card

    first, second = load_card(a), load_card(b)
    found = differences((first.product.definition, first.memory), (second.product.definition, second.memory))
    if as_json:
        print_json({"equal": not found, "differences": found})
    else:
        for difference in found:
            click.echo(str(difference))
        if not found:
            click.echo("no difference")
    return int(bool(found))
