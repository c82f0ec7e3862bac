"""Access rules as properties: random commands on cards of every access condition, against an account kept beside.

The account (tests/simulator/rights.py) gives the whole answer that GSM 11.11 7.3, 8.9 to 8.13, 9.4 and
docs/simulator.md demand, what every file then holds, and which are invalidated.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.simulator.access import Watched, run
from tests.simulator.access_card import CONDITIONS, new_card
from tests.simulator.matrix import allowed, forbidden, name_of, word
from uimkit.card.codes import Code
from uimkit.card.definition import Choices
from uimkit.simulator.card import Card
from uimkit.simulator.commands.table import COMMANDS as DECLARED

COMMANDS = 60_000
NEVER = {"91XX", "9EXX", "9300", "920X", "9240", "6FXX"}
"""Allowed words that this card has no reason for: no toolkit, and its memory does not fail."""
NAMES = {re.sub("[/_]", " ", command.name) for commands in DECLARED.values() for command in commands}
TOOLKIT = {"ENVELOPE", "FETCH", "TERMINAL RESPONSE"}
RIGHTS = ("read", "update", "increase", "invalidate", "rehabilitate")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_what_is_allowed_and_refused_is_what_the_account_says(seed: int, request: pytest.FixtureRequest) -> None:
    wanted = COMMANDS * request.config.getoption("--long")
    assert run(seed, commands=wanted) >= wanted


@pytest.mark.slow
def test_no_command_answers_a_word_that_the_matrix_forbids(request: pytest.FixtureRequest) -> None:
    seen: Counter[tuple[str, str]] = Counter()

    def watch(on: Card, apdu: bytes, answer: bytes) -> None:
        wrong = forbidden(apdu, answer, on.product.definition.choices)
        assert wrong is None, wrong
        if len(apdu) >= 5:
            seen[name_of(apdu), word(answer)] += 1

    run(11, commands=COMMANDS * request.config.getoption("--long"), observer=watch)
    assert {name for name, _ in seen} >= NAMES | TOOLKIT
    for name in NAMES:
        words = allowed()[name] - NEVER
        if name == "UNBLOCK CHV":
            words -= {"9808"}  # it works in every state of the CHV (8.13), so nothing contradicts it
        missing = words - {text for tried, text in seen if tried == name}
        assert not missing, f"{name} was never tried to {sorted(missing)}"


def test_the_matrix_names_every_command_of_the_card_once_and_lets_6d_through_for_unknown_ones_only() -> None:
    assert set(allowed()) == NAMES | TOOLKIT
    assert all("6DXX" not in words for words in allowed().values())
    choices = Choices()
    assert forbidden(bytes.fromhex("A0B0000001"), bytes.fromhex("9402"), choices) is not None
    assert forbidden(bytes.fromhex("A0B0000001"), bytes.fromhex("6D00"), choices) is not None
    assert forbidden(bytes.fromhex("A088000010"), bytes.fromhex("6D00"), choices) is not None
    assert forbidden(bytes.fromhex("A088000010"), bytes.fromhex("6D00"), Choices(wrong_directory_sw=0x6D00)) is None
    assert forbidden(bytes.fromhex("A080000001"), bytes.fromhex("6D00"), choices) is None
    assert forbidden(bytes.fromhex("8080000001"), bytes.fromhex("6D00"), choices) is not None
    assert forbidden(bytes.fromhex("A0DE000008"), bytes.fromhex("9000"), choices) is not None


def test_every_right_meets_every_condition() -> None:
    for seed in range(10):
        files = [file for file in new_card(seed).product.definition.files if file.record_length or file.size == 9]
        for right in RIGHTS:
            assert {getattr(file.access, right) for file in files} == set(CONDITIONS)


def test_the_account_finds_a_pin_that_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The properties can fail, and say it with the shortest script."""
    monkeypatch.setattr(Code, "wrong", lambda self: self)
    with pytest.raises(AssertionError, match="minimal script") as caught:
        run(1, commands=4_000)
    assert len(str(caught.value).splitlines()) <= 4, "the script has one or two commands"


def test_what_a_reset_leaves_is_compared_too() -> None:
    watched = Watched(1)
    watched.card.memory.write(watched.paths[0][0], 0, b"\x55\xaa")
    with pytest.raises(AssertionError, match="a reset"):
        watched.reset()
