"""Each planted bug is caught by the proof or by a property test, without any unit test or golden file."""

from __future__ import annotations

import pytest

from tests.mutants import table
from tests.mutants.bugs import ALL
from tests.mutants.catchers import CATCHERS, SLOW, warm_up
from uimkit.oneway.mirrors import RedirectMirror
from uimkit.simulator.rules import RULES

STALE = "run scripts/mutants.py: docs/mutants.md is stale"


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    warm_up()


@pytest.mark.parametrize("name", list(ALL))
def test_a_planted_bug_is_caught(name: str, request: pytest.FixtureRequest) -> None:
    catcher = table.read().get(name)
    assert catcher is not None, f"{STALE}; it lacks {name}"
    if catcher in SLOW and request.config.getoption("--long") == 1:
        pytest.skip("takes too long but with --long")
    with ALL[name].planted():
        found = (CATCHERS | SLOW)[catcher]()
    assert found, f"{name} is not caught by {catcher}: {STALE}, or there is a hole in the tests"


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CATCHERS))
def test_without_a_bug_nothing_is_caught(name: str) -> None:
    assert CATCHERS[name]() is None


def test_the_page_has_every_bug_in_its_words() -> None:
    words = {name: (where, what) for name, (where, what, _) in table.rows().items()}
    assert words == {bug.name: (bug.where, bug.what) for bug in ALL.values()}, STALE


def test_planting_leaves_nothing_behind() -> None:
    before = dict(RULES)
    for bug in ALL.values():
        with bug.planted():
            pass
    assert before == RULES


def test_a_crash_is_no_catch(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: object, number: int) -> bytes:
        raise KeyError(number)

    monkeypatch.setattr(RedirectMirror, "record", crash)
    for name in ("proof 1 x 1", "phones, bursts"):
        with pytest.raises(KeyError):
            CATCHERS[name]()
