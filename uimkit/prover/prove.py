"""The proof of a profile: its parts, in one process or several, and what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND
from uimkit.profile.build import CardProfile
from uimkit.prover.account import CLAIMS
from uimkit.prover.alphabet import complete
from uimkit.prover.counterexample import Candidate, Counterexample, counterexamples, from_search, from_surroundings
from uimkit.prover.judge import Judge
from uimkit.prover.leaks import Leak, declared_leaks
from uimkit.prover.machine import Machine
from uimkit.prover.model import RECORD, Size, SmallCard, reduce
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.search import Search
from uimkit.prover.shortest import Ways, single_commands
from uimkit.prover.starts import BLANK, OLD, TAIL, TWIN, initial, record, twin
from uimkit.prover.steps import Step, absolute_steps, complete_steps
from uimkit.prover.surroundings import Surroundings
from uimkit.prover.workers import Progress, run_jobs

COMPLETE = Size(2, 1)
MIRRORS = (Size(2, 2), Size(3, 1))
DEEP = Size(2, 2)
_COVERED = frozenset({EF_ADN, EF_EXT1, EF_LND})


@dataclass
class PartResult:
    """One part of the proof. ``open_points`` are reasons why its frontier does not stand for the whole."""

    name: str
    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    counterexamples: dict[str, Counterexample] = field(default_factory=dict)
    open_points: list[str] = field(default_factory=list)


@dataclass
class Proof:
    """What was proven of a profile, part by part. ``seconds`` are of the clock on the wall."""

    profile: str
    parts: list[PartResult]
    leaks: list[Leak]
    seconds: float

    @property
    def counterexamples(self) -> dict[str, Counterexample]:
        """The shortest one of each claim that does not hold; of equal ones one that is known to be shortest."""
        found: dict[str, Counterexample] = {}
        for part in self.parts:
            for claim, example in part.counterexamples.items():
                if claim not in found or _merit(example) < _merit(found[claim]):
                    found[claim] = example
        return {claim: found[claim] for claim in CLAIMS if claim in found}

    @property
    def claims(self) -> dict[str, Counterexample | None]:
        """Each claim with what refutes it, None where it holds."""
        return {claim: self.counterexamples.get(claim) for claim in CLAIMS}

    @property
    def complete(self) -> bool:
        """Whether every part's frontier was emptied, and every reduction was seen to be sound."""
        return not any(part.open_points for part in self.parts)

    @property
    def holds(self) -> bool:
        return not self.counterexamples

    @property
    def states(self) -> int:
        return sum(part.states for part in self.parts)

    @property
    def transitions(self) -> int:
        return sum(part.transitions for part in self.parts)

    def document(self) -> dict[str, object]:
        """What ``prove --json`` prints."""
        first = next(iter(self.counterexamples.values()), None)
        return {
            "profile": self.profile,
            "holds": self.holds,
            "complete": self.complete,
            "states": self.states,
            "transitions": self.transitions,
            "seconds": round(self.seconds, 1),
            "model": {
                "parts": [
                    {"name": p.name, "states": p.states, "transitions": p.transitions, "seconds": round(p.seconds, 1)}
                    for p in self.parts
                ],
                "record_length": RECORD,
                "not_complete": [reason for part in self.parts for reason in part.open_points],
            },
            "declared_leaks": [
                {"what": leak.what, "script": ["reset" if a is None else a.hex().upper() for a in leak.script]}
                for leak in self.leaks
            ],
            "counterexample": first.as_hex if first else None,
            "claims": {
                claim: {
                    "holds": example is None,
                    "counterexample": example.as_hex if example else None,
                    "contents": [content.as_hex() for content in example.contents] if example else None,
                    "what": example.what if example else None,
                    "shortest": example.how_short if example else None,
                }
                for claim, example in self.claims.items()
            },
        }


def _merit(example: Counterexample) -> tuple[int, bool]:
    return len(example.script), not example.shortest


def prove(
    profile: CardProfile,
    *,
    deep: bool = False,
    sizes: Sequence[Size] = (),
    workers: int = 2,
    progress: Progress = lambda part, states, transitions: None,
) -> Proof:
    """Prove P1 to P5 for small cards of a profile, or find what breaks them (docs/proof.md).

    The default parts are always there; ``deep`` and ``sizes`` add to them. Raises ProfileError when the profile has
    nothing to prove, or protects what the proof does not cover.
    """
    started = time.monotonic()
    _require_covered(profile)
    jobs: list[Callable[[Progress], PartResult]] = [partial(_mirrors, profile, size) for size in (*MIRRORS, *sizes)]
    jobs.insert(1, partial(_complete, profile, COMPLETE))
    if deep:
        jobs.insert(0, partial(_complete, profile, DEEP))
    parts = run_jobs(jobs, workers, progress)
    leaks = declared_leaks(reduce(profile, COMPLETE))
    return Proof(profile.name, parts, leaks, time.monotonic() - started)


def _require_covered(profile: CardProfile) -> None:
    reduce(profile, COMPLETE)
    for path in sorted(profile.product.policy.protected):
        if path not in _COVERED:
            raise profile.error(
                ("oneway", "protected"), f"found {path}; the proof covers {', '.join(sorted(_COVERED))} only"
            )


def _complete(profile: CardProfile, size: Size, progress: Progress) -> PartResult:
    """Every command: first around the phone book, then those that reach it."""
    started = time.monotonic()
    small = reduce(profile, size)
    book = PhoneBook(small.definition, small.policy)
    result = PartResult(f"{size} records, every command")
    around = Surroundings(small, book, _two_contents(book))
    around.run(complete(small), lambda runs: progress(result.name, around.states, runs))
    result.open_points += around.entangled
    candidates: list[Candidate] = []
    letters: list[bytes | None] = []
    for claim, broken in around.broken.items():
        candidate = from_surroundings(broken, around)
        if candidate is None:
            result.open_points.append(f"{claim}: {broken.violation.what}, in a state that no way was found to")
        else:
            candidates.append(candidate)
            letters += [*candidate.script, *around.leading_to(broken)]
    base = around.states, around.runs
    steps = complete_steps(small, around.touching)
    search = _search(result, small, steps, progress, base, exact=True)
    result.counterexamples = refuted(search, steps, small, profile, candidates, letters)
    result.seconds = time.monotonic() - started
    return result


def _mirrors(profile: CardProfile, size: Size, progress: Progress) -> PartResult:
    """The mirrors' own commands, in absolute mode."""
    started = time.monotonic()
    small = reduce(profile, size)
    result = PartResult(f"{size} records, reading and writing")
    steps = absolute_steps(small)
    search = _search(result, small, steps, progress, (0, 0), exact=False)
    result.counterexamples = refuted(search, steps, small, profile)
    result.seconds = time.monotonic() - started
    return result


def _search(
    result: PartResult,
    small: SmallCard,
    steps: list[Step],
    progress: Progress,
    base: tuple[int, int],
    *,
    exact: bool,
) -> Search:
    book = PhoneBook(small.definition, small.policy)
    machine = Machine(small.card(), book, steps, exact=exact)
    search = Search(machine, book, Judge(book, small.policy))
    search.run(initial(book), lambda: progress(result.name, base[0] + search.states, base[1] + search.transitions))
    result.states, result.transitions = base[0] + search.states, base[1] + search.transitions
    return search


def refuted(
    search: Search,
    steps: Sequence[Step],
    small: SmallCard,
    profile: CardProfile,
    more: Sequence[Candidate] = (),
    letters: Sequence[bytes | None] = (),
) -> dict[str, Counterexample]:
    """The shortest counterexample of each claim that a search broke, over the single commands of its steps.

    ``more`` are counterexamples found elsewhere, ``letters`` the commands that those need.
    """
    candidates = [*more, *(from_search(found, steps, small) for found in search.found.values())]
    if not candidates:
        return {}
    book = PhoneBook(small.definition, small.policy)
    contents = [*search.contents, *(content for candidate in more for content in candidate.contents)]
    pairs = [(content, twin(book, book.free(content))) for content in contents]
    ways = Ways([*single_commands(steps, small.card()), *letters], contents, pairs)
    return counterexamples(candidates, ways, small, profile)


def _two_contents(book: PhoneBook) -> tuple[Content, Content]:
    """Two phone books that differ wherever they can, with equally many free records."""
    lnd = 0 if book.lnd is None else book.counts[book.lnd]
    used = [record(OLD), record(TWIN)]
    first = [BLANK, *(used[0] for _ in range(book.contacts - 1))]
    second = [*(used[1] for _ in range(book.contacts - 1)), BLANK]
    one = Content(tuple(first), (record(TAIL),) * book.extensions, bytes(book.extensions), (used[0],) * lnd)
    two = Content(tuple(second), (record(TWIN),) * book.extensions, bytes(book.extensions), (used[1],) * lnd)
    return one, two
