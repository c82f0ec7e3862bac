"""docs/mutants.md: which bug is caught by what. Written by scripts/mutants.py, read by the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.mutants.bugs import ALL, UNDECIDED
from tests.mutants.catchers import CATCHERS
from tests.mutants.planting import Part

PATH = Path(__file__).parents[2] / "docs" / "mutants.md"
_INTRODUCTION = """# Planted bugs

The proof and the property tests are tested themselves: each of these {count} bugs, a change of one function, is planted
at test time, and must be caught without any unit test or golden file. A crash does not count. `tests/mutants` has the
bugs and the catchers. `tests/mutants/test_mutants.py` plants a drawn sample of {sample} and has the catcher of each
run (all of them with `--long 2`); it has all catchers find nothing without a bug.

A bug in the card breaks P1 to P5 or a clause of the standards, and is caught by the proof or by the property tests of
card and terminals; one in what stores the card by the property tests of the store. `UNDECIDED` in
`tests/mutants/bugs.py` names {left} more that were not tried with every catcher yet. What the prover checks of itself
is in `tests/prover/test_around.py`.

{catchers}

The catcher named is the first in this order that finds something; later ones may too. This page is written by
`PYTHONPATH=. python scripts/mutants.py` (an hour or two), for single bugs by `... scripts/mutants.py NAME...`.
"""
_MEANINGS = {
    "proof N x M": "the part of the proof on reading and writing, for a card of N EF_ADN and M EF_EXT1 records",
    "proof, every command": "the part on every command on the phone book, 1 x 1 records; *session*, *hidden*, *second "
    "path*: of another policy, or with second paths to the records",
    "proof, around": "the part on every command and everything around, 1 x 1 records",
    "phones, ...": "`tests/oneway/phones.py`: a terminal without evidence, with a twin and a ledger; bursts, boots or "
    "anything, or bursts under another policy",
    "access": "`tests/simulator/access.py`: random commands against an account of the access rules",
    "cold, ...": "`tests/simulator/cold.py`: a card beside one made this moment of the same state, on the commands of "
    "phones (also of a card that hides EF_EXT1), of the access rules, and of who makes files",
    "image, ...": "`tests/store/phones.py`: phones at a card of an image whose disk fails now and then",
    "power cuts, failing disk, full disk": "`tests/store/test_power_cuts.py`: a small card, the power gone at every "
    "write, a medium that fails or is full",
}
_HEAD = "| bug | breaks | in words | caught by |\n|---|---|---|---|\n"


def write(caught: Mapping[str, str], sample: int) -> None:
    """``caught`` gives the catcher of each bug."""
    meanings = "\n".join(f"- {name}: {meaning}" for name, meaning in _MEANINGS.items())
    text = _INTRODUCTION.format(count=len(caught), sample=sample, catchers=meanings, left=len(UNDECIDED))
    for part in Part:
        bugs = [bug for bug in ALL.values() if bug.part is part]
        count = Counter(caught[bug.name] for bug in bugs)
        order = ", ".join(f"{count[name]} by {name}" for name in CATCHERS.get(part, ()) if count[name])
        table = [f"| {bug.name} | {bug.where} | {bug.what} | {caught[bug.name]} |\n" for bug in bugs]
        if bugs:
            text += f"\n## In {part}\n\nCaught: {order}.\n\n" + _HEAD + "".join(table)
    PATH.write_text(text, encoding="utf-8")


def rows() -> dict[str, tuple[str, str, str]]:
    """Rule, description and catcher of each bug, by the page; nothing when there is no page."""
    lines = PATH.read_text(encoding="utf-8").splitlines() if PATH.exists() else []
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {name: (where, what, catcher) for name, where, what, catcher in cells if name != "bug"}


def read() -> dict[str, str]:
    """The catcher of each bug, by the page."""
    return {name: catcher for name, (_, _, catcher) in rows().items()}
