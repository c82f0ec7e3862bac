"""The ``uimkit`` command: nouns and verbs, loaded when they are used."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from uimkit import __version__
from uimkit.errors import UimkitError

_COMMANDS = {
    "batch": ("uimkit.cli.batch", "whole orders for a factory: run, status, verify"),
    "card": ("uimkit.cli.card", "build, look at and compare card images"),
    "contacts": ("uimkit.cli.contacts", "the phone book of a card: list, import, export"),
    "ef": ("uimkit.cli.ef", "what a file of the card is, and what its bytes mean"),
    "play": ("uimkit.cli.play", "play a script on a card and check every answer"),
    "probe": ("uimkit.cli.probe", "what a card is, and whether it is one-way"),
    "profile": ("uimkit.cli.profile", "card profiles: list, show, check"),
    "prove": ("uimkit.cli.prove", "prove that a profile's cards are one-way, or show why not"),
    "reader": ("uimkit.cli.reader", "PC/SC readers"),
    "replay": ("uimkit.cli.replay", "play a phone's sequence on a card"),
    "script": ("uimkit.cli.script", "personalisation scripts for many cards"),
    "simulate": ("uimkit.cli.simulate", "put a card image into a virtual PC/SC reader"),
}
"""Name to module and short help: ``--help`` imports none of them."""

_INTERRUPTED = 130


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_COMMANDS.items())])


@click.command(cls=_Lazy, epilog="Example: uimkit card build china-telecom-oneway -o card.uim")
@click.version_option(__version__, prog_name="uimkit")
def uimkit() -> None:
    """A toolkit for the one-way universal read UIM card: files, simulator, personalisation, probing.

    TARGET is a card: sim:FILE (a card image), pcsc (the only reader with a card), pcsc:N or pcsc:NAME.
    """


def main() -> None:
    """Run the command line: one clear line and an exit code for every error, never a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code: 0 success, 1 a check failed, 2 input or usage, 3 surroundings, 130 interrupted."""
    try:
        result: Any = uimkit.main(arguments, prog_name="uimkit", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except UimkitError as error:
        click.echo(f"uimkit: {error}", err=True)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("uimkit: interrupted", err=True)
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        click.echo(f"uimkit: {error.filename or 'the system'}: {error.strerror}", err=True)
        return 3
