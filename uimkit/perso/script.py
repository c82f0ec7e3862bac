"""A script as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.perso.steps import Step


@dataclass(frozen=True, slots=True)
class Script:
    """Steps, and the name of the profile they were made for (None: the script does not say)."""

    steps: tuple[Step, ...]
    profile: str | None = None
