"""All files the toolkit knows, and how to find one."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

from uimkit.errors import InputError
from uimkit.files.spec import FileSpec

_MODULES = (
    "mf",
    "telecom",
    "gsm_identity",
    "gsm_network",
    "gsm_service",
    "solsa",
    "mexe",
    "amps",
    "cdma_identity",
    "cdma_registration",
    "cdma_control",
    "cdma_text",
    "cdma_roaming",
    "cdma_tags",
    "cdma_packet",
    "cdma_messages",
    "cdma_multimedia",
)


@cache
def all_files() -> tuple[FileSpec, ...]:
    """Every declaration, directories before what lies in them."""
    return tuple(spec for name in _MODULES for spec in import_module(f"uimkit.files.{name}").FILES)


@cache
def _by_path() -> dict[str, FileSpec]:
    return {spec.path: spec for spec in reversed(all_files())}


@cache
def _templates() -> tuple[tuple[re.Pattern[str], FileSpec], ...]:
    """Patterns of the paths whose last letters the issuer chooses."""
    return tuple(
        (re.compile(spec.path.replace("X", "[0-9A-F]")), spec) for spec in all_files() if "X" in spec.fid.upper()
    )


def by_path(path: str) -> FileSpec | None:
    """The file at a path such as ``3F00/7F10/6F3A``: exactly, else the first template it fits; None when unknown."""
    exact = _by_path().get(path.upper())
    if exact:
        return exact
    return next((spec for pattern, spec in _templates() if pattern.fullmatch(path.upper())), None)


def find(name_or_path: str) -> FileSpec:
    """The file of a name (``EF_IMSI_M``, any case) or path; raises InputError when there is none or more than one."""
    wanted = name_or_path.upper()
    found = [spec for spec in all_files() if spec.name.upper() == wanted]
    if not found and (spec := by_path(wanted)):
        found = [spec]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{name_or_path} is ambiguous: say {' or '.join(spec.path for spec in found)}")
    part = wanted.removeprefix("EF_").removeprefix("DF_")
    near = [spec for spec in all_files() if part and (part in spec.name.upper() or part == spec.fid)]
    hint = f"; known are {', '.join(f'{spec.name} ({spec.path})' for spec in near[:5])}" if near else ""
    raise InputError(f"{name_or_path} is no file of the catalogue{hint}")
