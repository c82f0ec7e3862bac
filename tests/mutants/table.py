"""docs/mutants.md: which bug is caught by what. Written by scripts/mutants.py, read by the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.mutants.bugs import ALL
from tests.mutants.catchers import CATCHERS, SLOW

PATH = Path(__file__).parents[2] / "docs" / "mutants.md"
_INTRODUCTION = """# Planted bugs

The proof and the property tests are tested themselves: each of these {count} bugs, a change of one function of
`uimkit.simulator`, `uimkit.oneway` or `uimkit.card`, is planted at test time, and must be caught without any unit test
or golden file. A crash does not count. `tests/mutants` has the bugs and the catchers; `tests/mutants/test_mutants.py`
plants each bug, has its catcher run, and has all catchers find nothing without a bug.

{catchers}

The catcher named is the first in this order that finds something; later ones may too. This page is written by
`PYTHONPATH=. python scripts/mutants.py` (minutes), for single bugs by `... scripts/mutants.py NAME...`.

| bug | breaks | in words | caught by |
|---|---|---|---|
"""
_MEANINGS = {
    "proof N x M": "the part of the proof on reading and writing, for a card of N EF_ADN and M EF_EXT1 records",
    "phones, ...": "`tests/oneway/phones.py`: a terminal without evidence, with a twin and a ledger; bursts or "
    "boots, or bursts under another policy",
    "access": "`tests/simulator/access.py`: random commands against an account of the access rules",
    "proof, surroundings": "the part of the proof on everything around the phone book; only with `--long 2` and more",
}


def write(caught: Mapping[str, str]) -> None:
    """``caught`` gives the catcher of each bug."""
    count = Counter(caught.values())
    order = [name for name in (*CATCHERS, *SLOW) if count[name]]
    lines = [f"- {name}: {meaning}" for name, meaning in _MEANINGS.items()]
    lines += ["", "Caught: " + ", ".join(f"{count[name]} by {name}" for name in order) + "."]
    text = _INTRODUCTION.format(count=len(caught), catchers="\n".join(lines))
    table = [f"| {bug.name} | {bug.where} | {bug.what} | {caught[bug.name]} |" for bug in ALL.values()]
    PATH.write_text(text + "\n".join(table) + "\n", encoding="utf-8")


def rows() -> dict[str, tuple[str, str, str]]:
    """Rule, description and catcher of each bug, by the page; nothing when there is no page."""
    lines = PATH.read_text(encoding="utf-8").splitlines() if PATH.exists() else []
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {name: (where, what, catcher) for name, where, what, catcher in cells if name != "bug"}


def read() -> dict[str, str]:
    """The catcher of each bug, by the page."""
    return {name: catcher for name, (_, _, catcher) in rows().items()}
