"""What the shell completes: targets with the names of readers, profiles, files of the catalogue, sequences."""

from __future__ import annotations

from pathlib import Path

import click

from uimkit.errors import UimkitError


def target(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """``sim:`` with card images of the folder named so far, ``pcsc`` and the readers."""
    if typed.startswith("sim:"):
        start = typed.removeprefix("sim:")
        folder = Path(start if start.endswith("/") else start.rpartition("/")[0] or ".")
        shown = "" if str(folder) == "." else f"{folder}/"
        names = [f"{shown}{path.name}{'/' if path.is_dir() else ''}" for path in sorted(folder.glob("*"))]
        return [f"sim:{name}" for name in names if name.startswith(start)]
    return [text for text in ("sim:", "pcsc", *_readers()) if text.startswith(typed)]


def _readers() -> list[str]:
    from uimkit.transport.pcsc import list_readers

    try:
        return [f"pcsc:{reader.name}" for reader in list_readers()]
    except UimkitError:
        return []


def profile(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of shipped profiles."""
    from uimkit.profile.load import shipped_profiles

    return [name for name in shipped_profiles() if name.startswith(typed)]


def ef(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of the catalogue, of any case, and paths."""
    from uimkit.files.catalogue import all_files

    wanted = typed.upper()
    found = [spec.path if typed.startswith("3F00") else spec.name for spec in all_files()]
    return sorted({name for name in found if name.upper().startswith(wanted)})


def trace(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of the sequences that come with uimkit."""
    from uimkit.trace.model import shipped_traces

    return [name for name in shipped_traces() if name.startswith(typed)]


def dialect(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Names of script dialects."""
    from uimkit.perso.dialects import DIALECTS

    return [name for name in DIALECTS if name.startswith(typed)]
