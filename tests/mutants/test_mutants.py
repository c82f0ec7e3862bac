"""Each planted bug is caught by the proof or by a property test, without any unit test or golden file."""

from __future__ import annotations

import random

import pytest

from tests.mutants import table
from tests.mutants.bugs import ALL
from tests.mutants.catchers import CATCHERS, SLOW, warm_up
from tests.mutants.planting import Part
from uimkit.oneway.mirrors import RedirectMirror
from uimkit.simulator.commands.table import COMMANDS

STALE = "run scripts/mutants.py: docs/mutants.md is stale"
SAMPLE = 40
"""Bugs that are planted each time; another choice when there are more bugs, or fewer."""


def drawn() -> list[str]:
    """The sample: bugs whose catcher is quick."""
    known = table.read()
    return random.Random(len(ALL)).sample(sorted(name for name in ALL if known.get(name) not in SLOW), SAMPLE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "planted" in metafunc.fixturenames:
        everything = metafunc.config.getoption("--long") > 1
        metafunc.parametrize("planted", list(ALL) if everything else drawn())


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    warm_up()


def test_a_planted_bug_is_caught(planted: str) -> None:
    catcher, bug = table.read().get(planted), ALL[planted]
    assert catcher is not None, f"{STALE}; it lacks {planted}"
    with bug.planted():
        found = CATCHERS[bug.part][catcher]()
    assert found, f"{planted} is not caught by {catcher}: {STALE}, or there is a hole in the tests"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name"), [(part, name) for part, named in CATCHERS.items() for name in named if name not in SLOW]
)
def test_without_a_bug_nothing_is_caught(part: Part, name: str) -> None:
    assert CATCHERS[part][name]() is None


def test_the_page_has_every_bug_in_its_words_and_how_many_are_drawn() -> None:
    words = {name: (where, what) for name, (where, what, _) in table.rows().items()}
    assert words == {bug.name: (bug.where, bug.what) for bug in ALL.values()}, STALE
    assert f"a drawn sample of {SAMPLE} " in table.PATH.read_text(encoding="utf-8"), STALE


def test_planting_leaves_nothing_behind() -> None:
    before = dict(COMMANDS)
    for bug in ALL.values():
        with bug.planted():
            pass
    assert before == COMMANDS


def test_a_crash_is_no_catch(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: object, number: int) -> bytes:
        raise KeyError(number)

    monkeypatch.setattr(RedirectMirror, "record", crash)
    for name in ("proof 1 x 1", "phones, bursts"):
        with pytest.raises(KeyError):
            CATCHERS[Part.CARD][name]()
