"""``uimkit prove``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from uimkit.cli import complete
from uimkit.cli.common import ends_on_sigterm, json_option, print_json
from uimkit.errors import InputError

if TYPE_CHECKING:
    from uimkit.profile.build import CardProfile
    from uimkit.prover.counterexample import Counterexample
    from uimkit.prover.model import Size
    from uimkit.prover.prove import Proof
    from uimkit.prover.workers import Progress


@click.command(name="prove", epilog="Example: uimkit prove china-telecom-oneway")
@click.argument("profile", shell_complete=complete.profile)
@click.option("--deep", is_flag=True, help="Also every command on 2 x 2 records; takes many minutes.")
@click.option("--size", "sizes", multiple=True, metavar="NxM", help="Also N records of EF_ADN and M of EF_EXT1.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option(
    "-o",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where counterexamples go: a script and the cards to play it on. [default: here]",
)
@json_option
@ends_on_sigterm()
def command(profile: str, deep: bool, sizes: tuple[str, ...], workers: int, directory: Path, as_json: bool) -> int:
    """Prove that a profile's cards are one-way, on small cards, for every sequence of commands; or show why not.

    A claim that does not hold comes with the shortest script that breaks it, which `uimkit play` plays.
    """
    from uimkit.profile.load import load_profile
    from uimkit.prover.prove import prove

    loaded = load_profile(profile)
    more = [_size(text) for text in sizes]
    with _progress(quiet=as_json) as progress:
        proof = prove(loaded, deep=deep, sizes=more, workers=workers, progress=progress)
    if as_json:
        print_json(proof.document())
    else:
        _say(proof)
    for example in proof.counterexamples.values():
        _write(loaded, example, directory)
    return 0 if proof.holds and proof.complete else 1


def _size(text: str) -> Size:
    from uimkit.prover.model import Size

    adn, _, ext1 = text.lower().partition("x")
    if not (adn.isdigit() and ext1.isdigit() and 1 <= int(adn) <= 4 and 1 <= int(ext1) <= 4):
        raise InputError(f"found {text!r}, expected two numbers from 1 to 4, such as 3x2", "--size")
    return Size(int(adn), int(ext1))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A line for each part: states, transitions, states per second; nothing when nobody looks."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    from uimkit.cli.bars import Speed

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} states"),
        TextColumn("{task.fields[transitions]:,} transitions"),
        Speed("states"),
        TimeElapsedColumn(),
    )
    hidden = quiet or not sys.stderr.isatty()
    with Bars(*columns, console=Console(stderr=True), disable=hidden, transient=True) as bars:
        tasks = {}

        def progress(part: str, states: int, transitions: int) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(part, total=None, transitions=0)
            bars.update(tasks[part], completed=states, transitions=transitions)

        yield progress


def _say(proof: Proof) -> None:
    from uimkit.prover.account import CLAIMS

    for part in proof.parts:
        click.echo(f"{part.name}: {part.states:,} states, {part.transitions:,} transitions, {part.seconds:.0f} s")
    for reason in proof.open_points:
        click.echo(f"not complete: {reason}")
    for claim in CLAIMS:
        click.echo(f"{claim.replace('_', ' ')}: {proof.refuted.get(claim, 'holds')}")
        example = proof.counterexamples.get(claim)
        if example is not None:
            click.echo(f"  {example.minimality}")
    for leak in proof.leaks:
        click.echo(f"declared leak: {leak.what}")
    click.echo(f"{proof.states:,} states and {proof.transitions:,} transitions in {proof.seconds:.0f} s")
    verdict = "holds" if proof.complete else "is not proven"
    click.echo(f"{proof.profile}: one-way {verdict if proof.holds else 'does not hold'}")


def _write(profile: CardProfile, example: Counterexample, directory: Path) -> None:
    """The script, and a card image for each content."""
    from uimkit.perso.dialects.json_dialect import dump
    from uimkit.perso.steps import RESET, Step
    from uimkit.store.atomic import write_atomically
    from uimkit.store.image import encode_image

    stem = f"{profile.name}-{example.claim}".replace("_", "-")
    steps = [
        RESET if step.apdu is None else Step(step.name, step.apdu.hex().upper(), step.sw, step.data)
        for step in example.playable
    ]
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / f"{stem}.json", dump(steps, profile.name).encode())
    for letter, memory in zip("ab", example.memories(profile), strict=False):
        write_atomically(directory / f"{stem}-{letter}.uim", encode_image(profile.product, memory))
    click.echo(f"{directory / stem}.json: {example.story}", err=True)
