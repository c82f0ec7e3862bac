"""``uimkit play``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from uimkit.cli import complete
from uimkit.cli.common import json_option, print_json

if TYPE_CHECKING:
    from uimkit.perso.compare import Comparison
    from uimkit.perso.play import PlayReport

FILE = click.Path(path_type=Path)


@click.command(name="play", epilog="Example: uimkit play scripts/89860326900100000016.json sim:card.uim")
@click.argument("script", type=FILE)
@click.argument("target", shell_complete=complete.target)
@click.option("--verify", type=FILE, metavar="CARD", help="Compare the played card with this image afterwards.")
@click.option("--dry-run", is_flag=True, help="Keep no change (sim: only).")
@json_option
def command(script: Path, target: str, verify: Path | None, dry_run: bool, as_json: bool) -> int:
    """Play a script (of any dialect) and check every answer; stop at the first that is not as expected."""
    from uimkit.perso.play import load_script, play
    from uimkit.target import open_target

    steps = load_script(script).steps
    comparison = None
    with open_target(target, dry_run=dry_run) as card:
        report = play(steps, card)
        if verify is not None and report.ok:
            from uimkit.perso.compare import compare_with_image

            comparison = compare_with_image(card, verify)
    if as_json:
        print_json(_document(report, comparison))
    else:
        _say(report, comparison, dry_run=dry_run)
    return 0 if report.ok and not (comparison and comparison.differences) else 1


def _document(report: PlayReport, comparison: Comparison | None) -> dict[str, object]:
    return {
        "ok": report.ok and not (comparison and comparison.differences),
        "steps": report.steps,
        "total": report.total,
        "differences": comparison.differences if comparison else [],
        "not_comparable": comparison.not_comparable if comparison else [],
    }


def _say(report: PlayReport, comparison: Comparison | None, *, dry_run: bool) -> None:
    kept = " (dry run: nothing is kept)" if dry_run else ""
    click.echo(f"{sum(step.ok for step in report.steps)} of {report.total} steps as expected{kept}")
    if report.failed:
        click.echo(report.failed.line)
    if comparison is None:
        return
    for difference in comparison.differences:
        click.echo(f"differs: {difference}")
    if not comparison.differences:
        click.echo("the card is as the image says")
    if comparison.not_comparable:
        click.echo(f"not comparable: {', '.join(comparison.not_comparable)}", err=True)
