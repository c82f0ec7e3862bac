"""Checks of a card by id: would phones and the standards accept it? (C.S0023-C, GSM 11.11, design rule V8)

Each check is one function over a card's product and the bodies of its files; ``check_card`` runs them all.
"""

from __future__ import annotations

from collections.abc import Mapping

from uimkit.profile import content_checks, oneway_checks, structure_checks
from uimkit.profile.checked import Checked, Issue
from uimkit.simulator.product import Product

_SEVERITIES = ("error", "warning", "info")


def check_card(product: Product, bodies: Mapping[str, bytes]) -> list[Issue]:
    """All issues of a card, errors first; ``bodies`` are the contents of its EFs by path."""
    report = Checked(product, bodies)
    for check in (*structure_checks.CHECKS, *oneway_checks.CHECKS, *content_checks.CHECKS):
        check(report)
    return sorted(report.issues, key=lambda issue: _SEVERITIES.index(issue.severity))
