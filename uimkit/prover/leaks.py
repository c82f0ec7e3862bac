"""The declared leak (P2), shown and not only declared: cards with unequal free counts, and what tells them apart."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.oneway.policy import Write
from uimkit.prover.account import NONINTERFERENCE
from uimkit.prover.counterexample import flatten
from uimkit.prover.judge import Judge
from uimkit.prover.machine import Machine
from uimkit.prover.model import SmallCard
from uimkit.prover.phonebook import FreeCounts, PhoneBook
from uimkit.prover.replay import Bench, Script, breaks, shortened
from uimkit.prover.search import Search
from uimkit.prover.shortest import Shortest, Ways, single_commands
from uimkit.prover.starts import twin
from uimkit.prover.steps import absolute_steps


@dataclass(frozen=True)
class Leak:
    """A number that the restricted side can find out, and the shortest script of the small card that does."""

    what: str
    script: Script


def declared_leaks(small: SmallCard) -> list[Leak]:
    """The numbers that leak: those for which a script was found that two cards answer differently."""
    book = PhoneBook(small.definition, small.policy)
    kind = "reserved " if small.policy.write is Write.INBOX else ""
    full = FreeCounts(book.contacts - book.first_adn + 1, max(0, book.extensions - book.first_ext1 + 1))
    found = []
    for name, fewer in (
        ("EF_ADN", full._replace(adn=full.adn - 1)),
        ("EF_EXT1", full._replace(ext1=full.ext1 - 1)),
    ):
        if min(fewer) < 0:
            continue
        script = _difference(small, book, full, fewer)
        if script is not None:
            found.append(Leak(f"the number of free {kind}records of {name}", script))
    return found


def _difference(small: SmallCard, book: PhoneBook, one: FreeCounts, two: FreeCounts) -> Script | None:
    steps = absolute_steps(small)
    contents = twin(book, one), twin(book, two)
    search = Search(Machine(small.card(), book, steps), book, Judge(book, small.policy))
    search.compare(*contents)
    found = search.found.get(NONINTERFERENCE)
    if found is None:
        return None
    bench = Bench(small.card())
    script = flatten([steps[n] for n in found.steps], bench.card)
    script = shortened(script, lambda shorter: breaks(bench, NONINTERFERENCE, contents, shorter) is not None)
    ways = Ways(single_commands(steps, small.card()), (), [contents])
    return Shortest(small.card(), ways).below({NONINTERFERENCE: len(script)})[NONINTERFERENCE].script or script
