"""The checks of a card, on the card that a profile describes: each finding has FILE:LINE and the field."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.profile.build import CardProfile
from uimkit.profile.card_checks import check_card
from uimkit.profile.errors import dotted


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``severity`` is error, warning or info; ``field`` is the key in the profile file."""

    id: str
    severity: str
    file: str
    line: int
    field: str
    message: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}; expected {self.expected} [{self.id}]"


def check_profile(profile: CardProfile) -> list[Finding]:
    """All findings, errors first."""
    return [
        Finding(
            issue.id,
            issue.severity,
            *profile.place(issue.key),
            dotted(issue.key),
            issue.message,
            issue.expected,
        )
        for issue in check_card(profile.product, profile.bodies)
    ]
