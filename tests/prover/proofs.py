"""Pieces of a proof that take seconds, and profiles with other policies."""

from __future__ import annotations

from functools import cache

from msgspec.structs import replace

from uimkit.profile.build import CardProfile, build
from uimkit.profile.load import load_profile
from uimkit.prover.counterexample import Counterexample, from_search
from uimkit.prover.judge import Judge
from uimkit.prover.machine import Machine
from uimkit.prover.model import Size, SmallCard, reduce
from uimkit.prover.parts import refuted
from uimkit.prover.phonebook import PhoneBook
from uimkit.prover.search import Search
from uimkit.prover.starts import initial
from uimkit.prover.steps import Step, absolute_steps, evidence

SMALL = Size(2, 1)


def profile(**options: object) -> CardProfile:
    """The shipped one-way card with other options of [oneway]."""
    shipped = load_profile("china-telecom-oneway")
    tables = replace(shipped.tables, oneway=replace(shipped.tables.oneway, **options))
    return build(tables, name=shipped.name, layers=shipped.layers)


def mirror_steps(small: SmallCard) -> list[Step]:
    """Reading and writing in absolute mode, and all evidence."""
    steps = absolute_steps(small)
    return steps + [step for step in evidence(small) if step not in steps]


@cache
def searched(size: Size = SMALL, **options: object) -> tuple[Search, list[Step], SmallCard]:
    """Everything that follows from all initial contents, by reading, writing and evidence."""
    small = reduce(profile(**options), size)
    book = PhoneBook(small.definition, small.policy)
    steps = mirror_steps(small)
    search = Search(Machine(small.card(), book, steps), book, Judge(book, small.policy))
    search.run(initial(book))
    return search, steps, small


def counterexamples(**options: object) -> dict[str, Counterexample]:
    """What refutes each claim that does not hold under these options."""
    search, steps, small = searched(**options)
    candidates = [made for found in search.found.values() if (made := from_search(found, steps, small))]
    return refuted(candidates, steps, search.contents, small, profile(**options))
