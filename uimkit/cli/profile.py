"""``uimkit profile``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from uimkit.cli import complete
from uimkit.cli.common import json_option, print_json
from uimkit.profile.load import load_profile, profile_schema, shipped_profiles

if TYPE_CHECKING:
    from uimkit.profile.build import CardProfile


@click.group(name="profile")
def command() -> None:
    """Card profiles: which files a card has, what is in them, who may see them."""


@command.command("list", epilog="Example: uimkit profile list")
@json_option
def list_(as_json: bool) -> None:
    """The profiles that come with uimkit."""
    rows = [{"name": name, "title": load_profile(name).title} for name in shipped_profiles()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']:28} {row['title']}")


@command.command(epilog="Example: uimkit profile show china-telecom-oneway")
@click.argument("profile", shell_complete=complete.profile)
@click.option("--access", is_flag=True, help="What each side may do with each file, and what comes of it.")
@json_option
def show(profile: str, access: bool, as_json: bool) -> None:
    """A profile resolved in full: every file with size and access conditions."""
    from uimkit.profile.summary import summarise

    if access:
        _show_access(load_profile(profile), as_json)
        return
    summary = summarise(load_profile(profile))
    if as_json:
        print_json(summary)
        return
    click.echo(f"{summary.name}: {summary.title}")
    if summary.extends:
        click.echo(f"extends {summary.extends}")
    click.echo(f"ATR {summary.atr}")
    for line in summary.policy_lines:
        click.echo(line)
    for file in summary.files:
        conditions = " ".join(f"{right}={condition}" for right, condition in file.access.items())
        click.echo(f"{file.path:22} {file.name:14} {file.shape:18} {conditions}")


def _show_access(profile: CardProfile, as_json: bool) -> None:
    from uimkit.profile.access import OPERATIONS, access_matrix

    rows = access_matrix(profile)
    if as_json:
        print_json(rows)
        return
    for line in profile.assumptions:
        click.echo(line)
    for row in rows:
        effects = ", ".join(f"{name} {row.effects[name]}" for name in OPERATIONS if row.effects[name] != "-")
        click.echo(f"{row.path:16} {row.name:16} {row.side:10} {effects}")


@command.command(epilog="Example: uimkit profile check china-telecom-oneway")
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> int:
    """Validate a profile; every finding with file, line, field, what was found and what was expected."""
    from uimkit.perso.plan import Plan
    from uimkit.profile.checks import Finding, check_profile
    from uimkit.profile.errors import ProfileError

    try:
        profile = load_profile(file)
        Plan(profile)  # raises when the personalisation tables can not work
        findings = check_profile(profile)
    except ProfileError as error:
        if not as_json:
            raise
        findings = [Finding("PROFILE.load", "error", error.source, error.line, error.field, error.detail, "")]
        print_json(findings)
        return error.exit_code
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            click.echo(f"{finding.severity}: {finding}")
        if not findings:
            click.echo(f"{file}: no findings")
    return int(any(finding.severity == "error" for finding in findings))


@command.command(epilog="Example: uimkit profile schema")
def schema() -> None:
    """The JSON Schema of a profile file, so that editors complete and check it."""
    print_json(profile_schema())
