"""A counterexample is the shortest script, seen by single commands; and what is said where that was not seen."""

from __future__ import annotations

import itertools

import pytest

from tests.prover.proofs import SMALL, counterexamples, profile, searched
from uimkit.oneway.policy import EF_ADN
from uimkit.prover.account import LATCH, NONINTERFERENCE, NOTHING_HARMED, NOTHING_LOST
from uimkit.prover.counterexample import Candidate, from_search
from uimkit.prover.counterexample import counterexamples as enlarged
from uimkit.prover.judge import NEXT, Judge, Kind
from uimkit.prover.machine import Machine
from uimkit.prover.model import reduce
from uimkit.prover.phonebook import FreeCounts, PhoneBook
from uimkit.prover.replay import Bench, breaks
from uimkit.prover.search import Search
from uimkit.prover.shortest import Shortest, Ways, single_commands
from uimkit.prover.starts import BLANK, OLD, initial, record, twin
from uimkit.prover.steps import Step, absolute_steps, read_record, select, update_record


@pytest.mark.parametrize(
    ("options", "lengths"),
    [
        ({"write": "direct"}, {NOTHING_HARMED: 3, NOTHING_LOST: 3}),
        ({"latch": ("select-df-cdma",)}, {LATCH: 4}),
        ({"late_latch": "allow"}, {NOTHING_HARMED: 9, NOTHING_LOST: 9}),
    ],
    ids=["direct", "latch", "late latch"],
)
def test_no_shorter_script_over_the_parts_commands_and_contents_breaks_the_claim(
    options: dict[str, object], lengths: dict[str, int]
) -> None:
    found = counterexamples(**options)
    assert {claim: len(example.script) for claim, example in found.items()} == lengths
    for example in found.values():
        assert example.shortest
        assert example.letters > 15
        assert example.starts > 25
        assert "no shorter one does" in example.minimality


def test_brute_force_over_all_commands_and_contents_finds_no_shorter_one_either() -> None:
    search, steps, small = searched(write="direct")
    bench = Bench(small.card())
    letters = single_commands(steps, small.card())
    for content in search.contents:
        for script in itertools.chain.from_iterable(itertools.product(letters, repeat=n) for n in (1, 2)):
            assert bench.judged(content, script) is None


def test_brute_force_from_the_examples_content_agrees_on_the_latch() -> None:
    search, steps, small = searched(latch=("select-df-cdma",))
    bench = Bench(small.card())
    letters = single_commands(steps, small.card())
    for script in itertools.product(letters, repeat=3):
        assert breaks(bench, LATCH, search.found[LATCH].contents, script) is None


def test_one_step_of_four_commands_gives_way_to_three_commands() -> None:
    """Breadth first by steps takes the longer script, of which nothing can be left out."""
    options = {"write": "direct"}
    small = reduce(profile(**options), SMALL)
    book = PhoneBook(small.definition, small.policy)
    lead, erase = select(EF_ADN), update_record(2, BLANK)
    long_way = (*lead, read_record(0, NEXT), update_record(0, BLANK, NEXT))
    steps = [Step(Kind.UPDATE, long_way), Step(Kind.UPDATE, (erase,), EF_ADN, EF_ADN)]
    content = twin(book, FreeCounts(2, 1))._replace(adn=(BLANK, record(OLD)))
    search = Search(Machine(small.card(), book, steps), book, Judge(book, small.policy))
    search.run([content])
    found = from_search(search.found[NOTHING_HARMED], steps, small)
    assert found is not None
    assert found.script == long_way
    ways = Ways(single_commands(steps, small.card()), [content], [])
    example = enlarged([found], ways, small, profile(**options))[NOTHING_HARMED]
    assert [apdu[:4] for apdu in example.script if apdu] == [apdu[:4] for apdu in (*lead, erase)]
    assert example.shortest


def test_another_content_of_the_part_may_have_the_shorter_script() -> None:
    """P1 with unequal free records: two writes tell 2 from 1, one write tells 1 from 0."""
    small = reduce(profile(), SMALL)
    book = PhoneBook(small.definition, small.policy)
    pairs = [(twin(book, FreeCounts(n, 1)), twin(book, FreeCounts(n - 1, 1))) for n in (2, 1)]
    ways = Ways(single_commands(absolute_steps(small), small.card()), (), pairs)
    shorter = Shortest(small.card(), ways).below({NONINTERFERENCE: 4})[NONINTERFERENCE]
    assert shorter.contents == pairs[1]
    assert shorter.script is not None
    assert len(shorter.script) == 3
    assert breaks(Bench(small.card()), NONINTERFERENCE, pairs[1], shorter.script)


def test_where_the_search_gives_up_the_script_is_not_called_shortest() -> None:
    options = {"late_latch": "allow"}
    search, steps, small = searched(**options)
    candidate = from_search(search.found[NOTHING_HARMED], steps, small)
    ways = Ways(single_commands(steps, small.card()), search.contents, [])
    example = enlarged([candidate], ways, small, profile(**options), limit=1_000)[NOTHING_HARMED]
    assert not example.shortest
    assert example.none_to < len(example.script) - 1
    assert f"to length {example.none_to} only" in example.minimality
    assert example.how_short["shortest"] is False


def test_what_follows_a_latch_is_no_difference_of_twins() -> None:
    """A CDMA phone's writes may leave cards with unequal free records; P1 is about what came before."""
    small = reduce(profile(), SMALL)
    book = PhoneBook(small.definition, small.policy)
    used, free = ((record(OLD), BLANK), (BLANK, record(OLD)))
    contents = tuple(twin(book, FreeCounts(1, 1))._replace(adn=adn) for adn in (used, free))
    evidence = next(s for s in absolute_steps(small) if s.kind is Kind.EVIDENCE).apdus
    write = (*select(EF_ADN), update_record(1, record(OLD)))
    script = (*evidence, *write, None, *select(EF_ADN), update_record(1, record(OLD)))
    assert breaks(Bench(small.card()), NONINTERFERENCE, contents, script) is None


def test_candidates_of_one_claim_are_one_counterexample_of_the_shorter() -> None:
    options = {"write": "direct"}
    search, steps, small = searched(**options)
    short = from_search(search.found[NOTHING_HARMED], steps, small)
    padded = Candidate(short.claim, short.contents, (None, *short.script))
    ways = Ways(single_commands(steps, small.card()), search.contents, [])
    example = enlarged([padded, short], ways, small, profile(**options))[NOTHING_HARMED]
    assert len(example.script) == len(short.script)
    assert len(search.contents) > len(initial(PhoneBook(small.definition, small.policy)))
