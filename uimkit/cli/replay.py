"""``uimkit replay``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from uimkit.cli import complete
from uimkit.cli.common import chv1_options, json_option, print_json, secret
from uimkit.errors import InputError

if TYPE_CHECKING:
    from uimkit.trace.replay import Exchange, Replay


@click.command(name="replay", epilog="Example: uimkit replay gsm-android-simrecords sim:card.uim")
@click.argument("trace", shell_complete=complete.trace)
@click.argument("target", shell_complete=complete.target)
@click.option("--dry-run", is_flag=True, help="Keep no change (sim: only).")
@chv1_options
@json_option
def command(trace: str, target: str, dry_run: bool, chv1: str | None, last_tries: bool, as_json: bool) -> int:
    """Play a phone's sequence, print each exchange decoded, say what came of it.

    TRACE is a file or the name of a sequence that comes with uimkit: cdma-android-ruimrecords,
    gsm-android-simrecords, gsm-osmocom-bb-mobile, multimode-as-cdma, multimode-as-gsm.
    """
    from uimkit.target import open_target
    from uimkit.trace.model import read_trace
    from uimkit.trace.replay import replay

    sequence = read_trace(trace)
    digits = None if chv1 is None else secret(chv1, "CHV1")
    with open_target(target, dry_run=dry_run) as card:
        result = replay(
            sequence,
            card,
            chv1=None if digits is None else _chv(digits),
            last_tries=last_tries,
            observer=None if as_json else _print,
        )
    if as_json:
        print_json(_document(result))
    else:
        _conclude(result)
    return 0 if result.as_expected else 1


def _chv(digits: str) -> bytes:
    from uimkit.card.codes import chv_bytes

    try:
        return chv_bytes(digits)
    except ValueError as error:
        raise InputError(f"expected {error}", "--chv1") from None


def _print(exchange: Exchange) -> None:
    from uimkit.trace.decode import exchange_line

    click.echo(exchange_line(exchange))


def _conclude(result: Replay) -> None:
    if result.failure:
        click.echo(f"The phone gave up at {result.failure}")
    side = result.side or "unknown (a real card does not tell)"
    click.echo(f"{len(result.exchanges)} exchanges, {result.skipped} steps skipped; side {side}, book {result.book}")
    if result.trace.outcome:
        expected = result.trace.outcome
        verdict = "as expected" if result.as_expected else "NOT as expected"
        click.echo(f"{verdict}: side {expected.side_at_end}, book {expected.book}")


def _document(result: Replay) -> dict[str, object]:
    from uimkit.trace.decode import exchange_row

    return {
        "id": result.trace.id,
        "side": result.side,
        "book": result.book,
        "as_expected": result.as_expected,
        "failure": result.failure,
        "skipped": result.skipped,
        "exchanges": [exchange_row(exchange) for exchange in result.exchanges],
    }
