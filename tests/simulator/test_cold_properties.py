"""What a card keeps decides nothing, its log says all that it changed, and a snapshot is all that it is."""

from __future__ import annotations

import pytest

from tests.simulator.cold import SOURCES, run

COMMANDS = 6_000


@pytest.mark.slow
@pytest.mark.parametrize("source", list(SOURCES))
@pytest.mark.parametrize("seed", range(2))
def test_a_card_answers_as_one_made_this_moment_of_the_same_state(
    source: str, seed: int, request: pytest.FixtureRequest
) -> None:
    wanted = COMMANDS * request.config.getoption("--long")
    assert run(source, seed, commands=wanted) >= wanted
