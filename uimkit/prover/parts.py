"""The parts of a proof: what each visits, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from uimkit.apdu import INS
from uimkit.profile.build import CardProfile
from uimkit.prover.alphabet import complete
from uimkit.prover.counterexample import Candidate, Counterexample, counterexamples, from_search, from_surroundings
from uimkit.prover.judge import Judge
from uimkit.prover.machine import Machine, present_codes
from uimkit.prover.model import Size, SmallCard, reduce
from uimkit.prover.openings import Openings, Visited
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.search import Search
from uimkit.prover.shortest import Ways, single_commands
from uimkit.prover.starts import every, initial, twin, unlike
from uimkit.prover.steps import Step, absolute_steps, complete_steps, is_relative, letters
from uimkit.prover.surroundings import DIRECTORY, EF, Broken, Opening, Surroundings
from uimkit.prover.watch import WatchedCard, split
from uimkit.prover.workers import Progress

SMALLEST = Size(1, 1)


@dataclass
class PartResult:
    """One part of the proof. ``refuted`` are claims that do not hold, in words; ``counterexamples`` has a script for
    each that one was found for. ``open_points`` are reasons why the part does not stand for the whole.
    """

    name: str
    states: int = 0
    transitions: int = 0
    seconds: float = 0.0
    counterexamples: dict[str, Counterexample] = field(default_factory=dict)
    refuted: dict[str, str] = field(default_factory=dict)
    open_points: list[str] = field(default_factory=list)


class _Part:
    """What the parts share: the small card, the result, and what was found against the claims."""

    def __init__(self, profile: CardProfile, size: Size, what: str, progress: Progress) -> None:
        self._started = time.monotonic()
        self.profile = profile
        self.small = reduce(profile, size)
        self.book = PhoneBook(self.small.definition, self.small.policy)
        self.result = PartResult(f"{size} records, {what}")
        self._progress = progress
        self._candidates: list[Candidate] = []
        self._letters: list[bytes | None] = []

    def tick(self, runs: int = 0) -> None:
        self._progress(self.result.name, self.result.states, self.result.transitions + runs)

    def search(self, steps: Sequence[Step], contents: Sequence[Content]) -> tuple[Machine, Search]:
        """Every state that follows from these contents by these steps."""
        machine = Machine(self.small.card(), self.book, steps)
        search = Search(machine, self.book, Judge(self.book, self.small.policy))
        states, transitions = self.result.states, self.result.transitions

        def tick() -> None:
            self._progress(self.result.name, states + search.states, transitions + search.transitions)

        search.run(contents, tick)
        self.result.states, self.result.transitions = states + search.states, transitions + search.transitions
        self.result.open_points += search.unfinished
        for claim, found in search.found.items():
            self.result.refuted.setdefault(claim, found.what)
            candidate = from_search(found, steps, self.small)
            if candidate is not None:
                self._candidates.append(candidate)
        return machine, search

    def broken(self, broken: Broken, around: Surroundings, pairs: Sequence[tuple[Content, Content]]) -> None:
        """A claim that one command breaks in one state of the surroundings."""
        self.result.refuted.setdefault(broken.violation.claim, broken.violation.what)
        more = dict.fromkeys(apdu for o in around.openings for apdu in (o.command,) if apdu[5:] in _LETTERS)
        candidate = from_surroundings(broken, around, pairs, more)
        if candidate is not None:
            self._candidates.append(candidate)
            self._letters += [*candidate.script, *around.leading_to(broken)]

    def done(self, steps: Sequence[Step], contents: Sequence[Content]) -> PartResult:
        """The result, with the shortest counterexample of each claim that does not hold."""
        self.result.counterexamples = refuted(
            self._candidates, steps, contents, self.small, self.profile, self._letters
        )
        self.result.seconds = time.monotonic() - self._started
        return self.result


_LETTERS = frozenset(letter for path in ("", "3F00/7F10/6F3A") for letter in letters(path)) | {b""}
"""What leads from one state of the vault to others is sent with these data."""


def everything_around(profile: CardProfile, progress: Progress) -> PartResult:
    """Every command on the smallest card, under everything that may be outside the vault, in every state of it."""
    part = _Part(profile, SMALLEST, "every command and everything around", progress)
    around = Surroundings(part.small, part.book, unlike(part.book))
    around.run(complete(part.small), lambda runs: progress(part.result.name, around.states, runs))
    part.result.states, part.result.transitions = around.states, around.runs
    part.result.open_points += [*around.problems, *around.unfinished]
    definition = part.small.definition
    touching = dict.fromkeys((definition.files[o.given.get(EF) or 0].path, o.command) for o in around.openings)
    steps = complete_steps(part.small, touching)
    machine, search = part.search(steps, every(part.book))
    openings = Openings(around.one, visited(machine, search))
    openings.run(_chosen(around.openings), part.tick)
    part.result.transitions += openings.runs
    part.result.open_points += [*openings.problems, *openings.unfinished]
    pairs = [unlike(part.book), *((content, twin(part.book, part.book.free(content))) for content in search.contents)]
    for broken in (*around.broken.values(), openings.broken):
        if broken is not None:
            part.broken(broken, around, pairs)
    return part.done(steps, search.contents)


def _chosen(openings: Sequence[Opening]) -> Iterator[Opening]:
    """Those whose data are among the letters of the search; P1 counts in absolute mode only, as the search has it."""
    for opening in openings:
        apdu = opening.command
        if apdu[5:] in _LETTERS and apdu[2] == (0 if is_relative(apdu) else 1 if apdu[1] != INS.SEEK else 0):
            yield opening


def visited(machine: Machine, search: Search) -> Visited:
    """The states of the vault that a search visited on the restricted side, and the pairs that it compared."""
    numbers: dict[Any, int] = {}
    of_state = {}
    for state, facts in enumerate(machine.states):
        if not facts.cdma:
            vault = machine.snapshot(state).vault
            of_state[state] = numbers.setdefault(vault, len(numbers))
    pairs = {(of_state[a], of_state[b]) for a, b in search.pairs if a in of_state and b in of_state}
    return Visited(tuple(numbers), sorted(pair for pair in pairs if pair[0] != pair[1]))


def every_command(profile: CardProfile, size: Size, progress: Progress) -> PartResult:
    """Every command that opens the vault, in all modes, from every record pointer."""
    part = _Part(profile, size, "every command on the phone book", progress)
    steps = complete_steps(part.small, touching(part.small, part.book))
    _, search = part.search(steps, initial(part.book))
    return part.done(steps, search.contents)


def touching(small: SmallCard, book: PhoneBook) -> list[tuple[str, bytes]]:
    """The commands of the alphabet that open the vault while all rights are granted: path of the EF, and bytes."""
    card = small.card()
    card.memory.contents = book.put(unlike(book)[0], card.memory.contents)
    card.reset()
    watched = WatchedCard(card)
    present_codes(card)
    rights = {part: value for part, value in split(card.snapshot()).items() if part[1] in ("granted", "verified")}
    definition, found = small.definition, []
    for position, file in enumerate(definition.files):
        if file.is_ef and definition.stores[position] in book.positions and file.selectable:
            given = {**rights, EF: position, DIRECTORY: definition.parents[position]}
            found += [(file.path, apdu) for apdu in complete(small) if _opens(watched, given, apdu)]
    return found


def _opens(watched: WatchedCard, given: dict[Any, Any], apdu: bytes) -> bool:
    try:
        return watched.run(given, apdu).opened
    except Exception:
        return True  # what is wrong with it is the matter of the part on everything around


def reading_and_writing(profile: CardProfile, size: Size, progress: Progress) -> PartResult:
    """The mirrors' own commands, in absolute mode."""
    part = _Part(profile, size, "reading and writing", progress)
    steps = absolute_steps(part.small)
    _, search = part.search(steps, initial(part.book))
    return part.done(steps, search.contents)


def refuted(
    candidates: Sequence[Candidate],
    steps: Sequence[Step],
    started: Sequence[Content],
    small: SmallCard,
    profile: CardProfile,
    more: Sequence[bytes | None] = (),
) -> dict[str, Counterexample]:
    """The shortest counterexample of each claim, over the single commands of the steps and ``more``."""
    if not candidates:
        return {}
    book = PhoneBook(small.definition, small.policy)
    contents = [*started, *(content for candidate in candidates for content in candidate.contents)]
    pairs = [(content, twin(book, book.free(content))) for content in contents]
    ways = Ways([*single_commands(steps, small.card()), *more], contents, pairs)
    return counterexamples(candidates, ways, small, profile)
