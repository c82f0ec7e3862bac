"""``uimkit script``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from uimkit.cli import complete
from uimkit.cli.common import json_option, print_json
from uimkit.errors import InputError

if TYPE_CHECKING:
    from uimkit.perso.plan import Plan
    from uimkit.perso.rows import CardData
FILE = click.Path(path_type=Path)


@click.command(
    name="script",
    epilog="Example: uimkit script china-telecom-oneway --data cards.csv --dialect scriptor -o scripts",
)
@click.argument("profile", shell_complete=complete.profile)
@click.option("--data", type=FILE, required=True, help="Card data: CSV with a header, or China Telecom rows.")
@click.option(
    "--dialect",
    default="json",
    show_default=True,
    shell_complete=complete.dialect,
    help="json, scriptor, pcom, pcom-var, pysim, gpshell, jcshell, or one that an installed package brings.",
)
@click.option("--style", type=click.Choice(["update", "create"]), default="update", show_default=True,
              help="Write into the files of a pre-personalised card, or create them on an empty one.")  # fmt: skip
@click.option("-o", "--output", type=FILE, help="The directory to write; it must be new or empty.")
@click.option("--per-card", is_flag=True, help="One flattened script a card instead of a template and a data file.")
@click.option("--explain", is_flag=True, help="Say of each field of the first card where it comes from; write nothing.")
@click.option("--sid-radix", type=click.Choice(["16", "10"]), default="16", show_default=True,
              help="Of SID and NID in the data.")  # fmt: skip
@json_option
def command(
    profile: str,
    data: Path,
    dialect: str,
    style: Literal["update", "create"],
    output: Path | None,
    per_card: bool,
    explain: bool,
    sid_radix: str,
    as_json: bool,
) -> None:
    """Personalisation scripts: a template with a data file, or one script a card."""
    from uimkit.perso.emit import write_scripts
    from uimkit.perso.plan import Plan
    from uimkit.perso.rows import read_rows
    from uimkit.profile.load import load_profile

    plan = Plan(load_profile(profile))
    for line in plan.profile.assumptions:
        click.echo(f"warning: {line}", err=True)
    cards = read_rows(data, sid_radix=10 if sid_radix == "10" else 16, required=plan.required)
    if explain:
        _explain(plan, cards, str(data), as_json)
        return
    if output is None:
        raise InputError("expected a directory to write to", "--output")
    emitted = write_scripts(
        plan,
        _counted(cards),
        dialect,
        output,
        per_card=per_card,
        style=style,
        warn=lambda line: click.echo(f"warning: {line}", err=True),
    )
    if as_json:
        print_json(emitted)
        return
    click.echo(f"{output}: {emitted.cards} cards, {', '.join(emitted.files)}")


def _explain(plan: Plan, cards: Iterator[CardData], shown: str, as_json: bool) -> None:
    from uimkit.perso.explain import explain

    first = next(cards, None)
    if first is None:
        raise InputError("found no card", shown)
    rows = explain(plan, first)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row.name:10} {row.value[:32]:32} {row.source:34} {row.target}")


def _counted(cards: Iterable[CardData]) -> Iterator[CardData]:
    """The cards, with a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield from cards
        return
    with click.progressbar(cards, label="cards", file=sys.stderr, show_pos=True) as bar:
        yield from bar
