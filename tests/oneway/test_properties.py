"""P1, P3, P4 and P5 on full-size cards: phones at a card with a filled phone book, its twin beside it.

Every answer is compared whole with the twin's (P1), and what a view shows with what the terminal's own account allows
(P5). After every command the real phone book is what the session's accepted writes make of what was there before (P3,
P4). Two million commands in all; ``--long`` multiplies them.
"""

from __future__ import annotations

import pytest

from tests.oneway.phones import run

APDUS = 50_000
"""Commands of one test: small enough that workers share the tests evenly."""
PARTS = {
    ("mirrored", "bursts"): 7,
    ("mirrored", "boots"): 6,
    ("mirrored", "anything"): 2,
    ("hidden", "bursts"): 5,
    ("hidden", "boots"): 4,
    ("hidden", "anything"): 1,
    ("session", "bursts"): 3,
    ("session", "boots"): 3,
    ("session", "anything"): 1,
    ("inbox", "bursts"): 2,
    ("inbox", "boots"): 2,
    ("inbox", "anything"): 1,
    ("deny", "bursts"): 1,
    ("deny", "boots"): 1,
    ("deny", "anything"): 1,
}
CASES = [(*case, part) for case, parts in PARTS.items() for part in range(parts)]


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "source", "seed"), CASES)
def test_phones_without_evidence_learn_nothing_and_lose_nothing(
    variant: str, source: str, seed: int, request: pytest.FixtureRequest
) -> None:
    wanted = APDUS * request.config.getoption("--long")
    assert run(variant, source, seed, apdus=wanted) >= wanted


def test_the_properties_are_tried_with_two_million_commands() -> None:
    assert len(CASES) * APDUS >= 2_000_000
