"""A profile resolved in full, as one would read it."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Readback
from uimkit.profile.build import CardProfile

_READBACK = {
    Readback.NEVER: "read back by whoever wrote it: never",
    Readback.SESSION: "read back by whoever wrote it: until the next reset",
}
_CONDITIONS = {0: "ALW", 1: "CHV1", 2: "CHV2", 15: "NEV"}


@dataclass(frozen=True, slots=True)
class FileSummary:
    """One file: ``shape`` is its size in bytes or records; ``access`` the conditions that are not NEV or absent."""

    path: str
    name: str
    structure: str
    size: int
    record_length: int
    shape: str
    access: dict[str, str]


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """The whole profile without the contents of its files."""

    name: str
    title: str
    atr: str
    extends: str | None
    one_way: bool
    latch: list[str]
    protected: list[str]
    hidden: list[str]
    policy_lines: list[str]
    files: list[FileSummary]


def condition_name(nibble: int) -> str:
    """An access condition nibble in words: ALW, CHV1, CHV2, ADM4 to ADM14, NEV (GSM 11.11 table 10)."""
    return _CONDITIONS.get(nibble, f"ADM{nibble}")


def access_names(file: FileDef) -> dict[str, str]:
    """The five access conditions of an EF by name; INCREASE only where it can be."""
    rights = ["read", "update", "invalidate", "rehabilitate"]
    if file.structure is Structure.CYCLIC:
        rights.insert(2, "increase")
    return {right: condition_name(getattr(file.access, right)) for right in rights} if file.is_ef else {}


def shape(file: FileDef) -> str:
    """Size of a file in words: ``250 x 28 linear``, ``10 bytes``."""
    if not file.is_ef:
        return str(file.structure)
    if file.record_length:
        return f"{file.records} x {file.record_length} {'cyclic' if file.structure is Structure.CYCLIC else 'linear'}"
    return f"{file.size} bytes"


def summarise(profile: CardProfile) -> ProfileSummary:
    """A profile as ``profile show`` prints it."""
    policy = profile.product.policy
    lines = ["ordinary card: one view for all terminals"]
    if policy.one_way:
        lines = [
            f"one-way card: the CDMA side opens by {', '.join(sorted(policy.latch))}",
            f"mirrored for everybody else: {', '.join(sorted(policy.protected))}",
            f"hidden from everybody else: {', '.join(sorted(policy.hidden)) or 'nothing'}",
            _READBACK[policy.readback],
            *profile.assumptions,
        ]
    return ProfileSummary(
        profile.name,
        profile.title,
        profile.definition.atr.hex().upper(),
        profile.tables.extends,
        policy.one_way,
        sorted(policy.latch),
        sorted(policy.protected),
        sorted(policy.hidden),
        lines,
        [
            FileSummary(f.path, f.name, str(f.structure), f.size, f.record_length, shape(f), access_names(f))
            for f in profile.definition.files
        ],
    )
