"""The fuzzing corpus, with every input that once broke something, and some mutations of it; without atheris."""

from __future__ import annotations

import random
from importlib import import_module
from pathlib import Path

import pytest

from uimkit.errors import InputError
from uimkit.profile.load import load_profile

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.parent != CORPUS)
MUTATIONS = 20


@pytest.mark.slow
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_and_what_is_near_it_breaks_nothing(path: Path) -> None:
    one_input = import_module(f"fuzz.{path.parent.name}").one_input
    data = path.read_bytes()
    one_input(data)
    dice = random.Random(path.name)
    for _ in range(MUTATIONS):
        one_input(mutated(data, dice))


def mutated(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(data) + 1)
        data = data[:at] + dice.randbytes(dice.randrange(4)) + data[at + dice.randrange(4) :]
    return data


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nested-lists", "tables and lists are nested more than 32 deep"),
        ("nested-100", "tables and lists are nested more than 32 deep"),
        ("nested-tables", "tables and lists are nested more than 32 deep"),
        ("long-integer", "a number does not fit 64 bits"),
        ("long-hex-title", "a number does not fit 64 bits"),
        ("nul-in-name", "no file can have this name"),
        ("line-break-in-name", r'found "a\\nb"'),
        ("escape-in-name", r'found "\\x1b\[2J\\u2028"'),
    ],
)
def test_a_profile_that_once_broke_the_loader_is_one_line(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_profile(str(CORPUS / "profile" / f"found-{name}.toml"))
    assert str(caught.value).isprintable()


def test_every_target_has_seeds() -> None:
    assert {path.parent.name for path in INPUTS} == set(import_module("fuzz.__main__").TARGETS)
    assert sum(path.stat().st_size for path in INPUTS) < 50_000
