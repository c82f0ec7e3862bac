"""Who may catch a planted bug: the parts of the proof, and the property tests. No unit test, no golden file.

Each catcher says what it found, or None. An exception that is no claim of theirs goes through: a bug that makes the
simulator crash is not caught.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from tests.oneway import phones
from tests.oneway.boots import boots
from tests.simulator import access
from uimkit.profile.build import CardProfile
from uimkit.profile.load import load_profile
from uimkit.prover.alphabet import complete
from uimkit.prover.judge import Judge
from uimkit.prover.machine import Machine
from uimkit.prover.model import Size, reduce
from uimkit.prover.phonebook import PhoneBook
from uimkit.prover.prove import _two_contents
from uimkit.prover.search import Search
from uimkit.prover.starts import initial
from uimkit.prover.steps import absolute_steps
from uimkit.prover.surroundings import Surroundings

Catcher = Callable[[], str | None]


class _Found(Exception):
    """The first violation ends the search."""


class _Until(Search):
    """A search that ends with the first violation."""

    def _report(self, violation: Any, steps: Any, contents: Any) -> None:
        raise _Found(f"{violation.claim}: {violation.what}")


@cache
def _profile() -> CardProfile:
    return load_profile("china-telecom-oneway")


def _mirrors(size: Size) -> str | None:
    """The proof's part on reading and writing the mirrors, for a small card."""
    small = reduce(_profile(), size)
    book = PhoneBook(small.definition, small.policy)
    machine = Machine(small.card(), book, absolute_steps(small), exact=False)
    try:
        _Until(machine, book, Judge(book, small.policy)).run(initial(book))
    except _Found as found:
        return str(found)
    return None


def _surroundings() -> str | None:
    """The proof's part on everything around the phone book: every command, in every state that plays into it."""
    small = reduce(_profile(), Size(2, 1))
    book = PhoneBook(small.definition, small.policy)
    around = Surroundings(small, book, _two_contents(book))

    def tick(_runs: int) -> None:
        for broken in around.broken.values():
            raise _Found(f"{broken.violation.claim}: {broken.violation.what}")
        for why in around.entangled:
            raise _Found(f"not proven: {why}")

    try:
        around.run(complete(small), tick)
        tick(0)
    except _Found as found:
        return str(found)
    return None


def _phones(variant: str, source: str, apdus: int) -> str | None:
    return _first_line(lambda: phones.run(variant, source, 7, apdus=apdus, shortest=False))


def _access(commands: int) -> str | None:
    return _first_line(lambda: access.run(7, commands=commands, shortest=False))


def _first_line(run: Callable[[], int]) -> str | None:
    try:
        run()
    except AssertionError as found:
        return str(found).splitlines()[0]
    return None


APDUS = 12_000
"""Commands of one property test here: a fraction of what the test itself sends."""
CATCHERS: Mapping[str, Catcher] = {
    "proof 1 x 1": partial(_mirrors, Size(1, 1)),
    "phones, bursts": partial(_phones, "mirrored", "bursts", APDUS),
    "phones, boots": partial(_phones, "mirrored", "boots", APDUS),
    "phones, session": partial(_phones, "session", "bursts", APDUS),
    "phones, inbox": partial(_phones, "inbox", "bursts", APDUS),
    "phones, deny": partial(_phones, "deny", "bursts", APDUS),
    "access": partial(_access, 2 * APDUS),
    "proof 2 x 1": partial(_mirrors, Size(2, 1)),
    "proof 1 x 2": partial(_mirrors, Size(1, 2)),
}
"""In this order, the quicker ones first: the first that finds something has caught the bug."""
SLOW: Mapping[str, Catcher] = {"proof, surroundings": _surroundings}
"""What takes too long to be tried for every bug."""


def warm_up() -> None:
    """What the catchers compute once must be computed by the right card, before any bug is planted."""
    _profile()
    for variant in ("mirrored", "session", "inbox", "deny"):
        boots(variant)


def first_catcher() -> tuple[str, str] | None:
    """The name of the first catcher, and what it found."""
    for name, catch in (*CATCHERS.items(), *SLOW.items()):
        found = catch()
        if found is not None:
            return name, found
    return None
