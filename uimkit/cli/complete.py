"""What the shell completes: targets with the names of readers, profiles, files of the catalogue, sequences."""

from __future__ import annotations

from pathlib import Path

import click

from uimkit.errors import UimkitError


def target(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """``sim:`` with card images of the folder named so far, ``pcsc`` and the readers."""
    if typed.startswith("sim:"):
        return [f"sim:{name}" for _, name in _paths(typed.removeprefix("sim:"))]
    return [text for text in ("sim:", "pcsc", *_readers()) if text.startswith(typed)]


def _paths(start: str) -> list[tuple[Path, str]]:
    """What begins so, and how it is written: directories with a slash at the end."""
    folder = Path(start if start.endswith("/") else start.rpartition("/")[0] or ".")
    shown = "" if str(folder) == "." else f"{folder}/".replace("//", "/")
    found = [(path, f"{shown}{path.name}{'/' if path.is_dir() else ''}") for path in sorted(folder.glob("*"))]
    return [(path, name) for path, name in found if name.startswith(start)]


def order(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Orders (TOML), and directories on the way to them."""
    return [name for path, name in _paths(typed) if path.is_dir() or path.suffix == ".toml"]


def batch(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """Directories: those of batches, or where there are none of these, all."""
    found = [(path, name) for path, name in _paths(typed) if path.is_dir()]
    return [name for path, name in found if (path / ".batch").is_dir()] or [name for _, name in found]


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
