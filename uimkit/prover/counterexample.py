"""The shortest script that breaks a claim, on the small card and on the full-size one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from uimkit.apdu import INS, command
from uimkit.card.memory import Memory
from uimkit.oneway.policy import DF_CDMA, EF_ADN, EF_EXT1
from uimkit.profile.build import CardProfile
from uimkit.prover.account import LATCH, NONINTERFERENCE, NOTHING_HARMED, NOTHING_LOST, Violation
from uimkit.prover.enlarge import Enlarger, full_size_card
from uimkit.prover.judge import ABSOLUTE
from uimkit.prover.machine import exchange
from uimkit.prover.model import RECORD, SmallCard
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.replay import Bench, Script, breaks, shortened
from uimkit.prover.search import Found
from uimkit.prover.shortest import LIMIT, Shortest, Ways, codes_presented
from uimkit.prover.steps import RESET, Step, select
from uimkit.prover.surroundings import DIRECTORY, EF, Broken, Surroundings
from uimkit.prover.watch import split
from uimkit.simulator.card import Card, Snapshot
from uimkit.simulator.commands.table import command_name

STORIES = {
    NONINTERFERENCE: "two cards that a GSM phone must not be able to tell apart answer differently; the script holds "
    "on card a and fails on card b",
    NOTHING_LOST: "what a GSM phone wrote and was told is stored does not stand where it must",
    NOTHING_HARMED: "a contact that was there before is changed; the script fails where a CDMA phone reads it",
    LATCH: "a phone that gave no evidence of being CDMA is shown a record of the card; the script fails there",
}
"""What a counterexample of each claim shows, in plain words."""


_STATES_TRIED = 20_000
"""Pairs of states after which no way to a violation is looked for any more."""

_LOOK = (*select(EF_ADN), *(command(INS.READ_RECORD, n, ABSOLUTE, length=RECORD) for n in (1, 2)))
"""What shows that a session is on the CDMA side."""


@dataclass(frozen=True)
class Expected:
    """One command of a playable script (None: a reset), and what a card that keeps the claim answers; b"": anything."""

    apdu: bytes | None
    answer: bytes = b""

    @property
    def name(self) -> str:
        return "reset" if self.apdu is None else command_name(self.apdu)

    @property
    def sw(self) -> str | None:
        return self.answer[-2:].hex().upper() or None

    @property
    def data(self) -> str | None:
        return self.answer[:-2].hex().upper() or None


@dataclass(frozen=True)
class Counterexample:
    """A claim, refuted by playing ``script`` on a full-size card with the first content (for P1: and the second).

    ``playable`` is the script with the answers that would keep the claim, and with what shows the harm at the end.
    On the small card no script of ``none_to`` commands or fewer breaks the claim, tried with ``letters`` different
    commands from ``starts`` contents, or pairs of them.
    """

    claim: str
    what: str
    script: Script
    contents: tuple[Content, ...]
    playable: tuple[Expected, ...]
    none_to: int
    letters: int
    starts: int

    @property
    def shortest(self) -> bool:
        """Whether it was seen that no shorter script does."""
        return self.none_to >= len(self.script) - 1

    @property
    def how_short(self) -> dict[str, object]:
        """What is known of how short it is, for programs."""
        return {
            "commands": len(self.script),
            "shortest": self.shortest,
            "none_to": self.none_to,
            "letters": self.letters,
            "starts": self.starts,
        }

    @property
    def minimality(self) -> str:
        """How short the script is, and of what this is known."""
        count = f"{len(self.script)} commands" if len(self.script) != 1 else "1 command"
        over = f"over {self.letters} commands from {self.starts} {'pairs' if len(self.contents) > 1 else 'contents'}"
        if self.shortest:
            return f"a script of {count}; no shorter one does, {over}"
        return f"a script of {count}; that no shorter one does is shown to length {self.none_to} only, {over}"

    @property
    def story(self) -> str:
        return STORIES[self.claim]

    def memories(self, profile: CardProfile) -> list[Memory]:
        """A finished card for each content."""
        made = []
        for content in self.contents:
            card = full_size_card(profile)
            book = PhoneBook(profile.definition, profile.product.policy)
            card.memory.contents = book.put(content, card.memory.contents)
            made.append(card.memory.copy())
        return made

    @property
    def as_hex(self) -> list[str]:
        """The script as reports give it."""
        return ["reset" if apdu is None else apdu.hex().upper() for apdu in self.script]


class Candidate(NamedTuple):
    """A claim, and a script of the small card that breaks it from these contents."""

    claim: str
    contents: tuple[Content, ...]
    script: Script


def flatten(steps: Sequence[Step], card: Card) -> Script:
    """The commands of steps, the presentation of CHV1 after each reset included where the card wants it."""
    chv1 = codes_presented(card)
    script: list[bytes | None] = list(chv1)
    for step in steps:
        script += [None, *chv1] if step.apdus is RESET else [*step.lead, *step.apdus]
    return tuple(script)


def from_search(found: Found, steps: Sequence[Step], small: SmallCard) -> Candidate | None:
    """A violation found by the search, without commands that can be left out; None when the script does not show it."""
    bench = Bench(small.card())
    script = flatten([steps[n] for n in found.steps], bench.card)
    if breaks(bench, found.claim, found.contents, script) is None:
        return None
    return _shortened(Candidate(found.claim, found.contents, script), bench)


def from_surroundings(
    broken: Broken, around: Surroundings, pairs: Sequence[tuple[Content, Content]], more: Iterable[bytes]
) -> Candidate | None:
    """A violation found around the phone book, with a way to the state it needs; None when no way was found.

    ``pairs`` are contents to start from, ``more`` are commands that may lead there besides those that change what the
    violation depends on.
    """
    bench = Bench(around.small.card())
    found = _way(broken, around, pairs, more)
    if found is None:
        return None
    return _shortened(Candidate(broken.violation.claim, *found), bench)


def _shortened(candidate: Candidate, bench: Bench) -> Candidate:
    claim, contents, script = candidate
    return Candidate(
        claim, contents, shortened(script, lambda shorter: breaks(bench, claim, contents, shorter) is not None)
    )


def counterexamples(
    candidates: Iterable[Candidate], ways: Ways, small: SmallCard, profile: CardProfile, limit: int = LIMIT
) -> dict[str, Counterexample]:
    """For each claim the shortest script over the part's own commands and contents, on the full-size card.

    ``limit`` is the number of commands after which the search for shorter scripts gives up. A claim whose scripts break
    nothing on the full-size card has no counterexample here.
    """
    known: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.claim not in known or len(candidate.script) < len(known[candidate.claim].script):
            known[candidate.claim] = candidate
    shorter = Shortest(small.card(), ways, limit).below({claim: len(c.script) for claim, c in known.items()})
    bench = Bench(small.card())
    found = {}
    for claim, candidate in known.items():
        result = shorter[claim]
        tried = [candidate] if result.script is None else [Candidate(claim, result.contents, result.script), candidate]
        example = next(filter(None, (_enlarged(c, bench, profile, ways, result.none_to) for c in tried)), None)
        if example is not None:
            found[claim] = example
    return found


def _enlarged(
    candidate: Candidate, bench: Bench, profile: CardProfile, ways: Ways, none_to: int
) -> Counterexample | None:
    """The candidate on the full-size card, None when it breaks nothing there."""
    claim, contents, script = candidate
    full = Bench(full_size_card(profile))
    enlarger = Enlarger(full.book, bench.book)
    big, large = tuple(enlarger.content(content) for content in contents), enlarger.script(script)
    violation = breaks(full, claim, big, large)
    if violation is None:
        return None
    starts = len(ways.pairs if claim == NONINTERFERENCE else ways.contents)
    playable = _playable(full, violation, big, large)
    return Counterexample(claim, violation.what, large, big, playable, none_to, len(ways.letters), starts)


def _playable(bench: Bench, violation: Violation, contents: Sequence[Content], script: Script) -> tuple[Expected, ...]:
    answers = [played.answer for played in bench.played(contents[0], script)]
    steps: list[Expected] = []
    for apdu, answer in zip(script, answers, strict=False):
        steps.append(Expected(apdu, b"" if apdu is None else _first(answer)))
        if apdu is not None and answer[:1] == b"\x9f":
            steps.append(Expected(command(INS.GET_RESPONSE, length=answer[1]), answer[2:]))
    if violation.claim == NONINTERFERENCE:
        return tuple(steps)
    if violation.claim == LATCH:
        shown = answers[-1]
        return (*steps[:-1], Expected(script[-1], b"\xff" * (len(shown) - 2) + b"\x90\x00"))
    return (*steps, *_harm(bench, contents[0], script, lost=violation.claim == NOTHING_LOST))


def _first(answer: bytes) -> bytes:
    """Without the data that GET RESPONSE gave."""
    return answer[:2] if answer[:1] == b"\x9f" else answer


def _harm(bench: Bench, content: Content, script: Script, *, lost: bool) -> list[Expected]:
    """What a CDMA phone reads afterwards; of records that nobody may change, that they are as they stood before."""
    bench.played(content, script)
    now = bench.book.content(bench.card.memory.contents)
    steps = [Expected(None)]
    steps += [Expected(apdu) for apdu in (*select(f"{DF_CDMA}/6F32"), command(INS.READ_BINARY, length=1))]
    for path, old, new in ((EF_ADN, content.adn, now.adn), (EF_EXT1, content.ext1, now.ext1)):
        changed = [n for n, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b]
        if changed:
            steps += [Expected(apdu) for apdu in select(path)]
        for n in changed:
            read = command(INS.READ_RECORD, n, ABSOLUTE, length=len(old[n - 1]))
            steps.append(Expected(read, b"" if lost else old[n - 1] + b"\x90\x00"))
    return steps


def _way(
    broken: Broken, around: Surroundings, pairs: Sequence[tuple[Content, Content]], more: Iterable[bytes]
) -> tuple[tuple[Content, ...], Script] | None:
    """Breadth first, from all pairs of contents at once, to a state in which the command breaks its claim."""
    claim = broken.violation.claim
    benches = Bench(around.small.card()), Bench(around.small.card())
    parts = sorted({*broken.state, DIRECTORY, EF}, key=repr)
    commands = list(dict.fromkeys([*around.producers(parts), *more]))
    queue: deque[tuple[tuple[Snapshot, ...], tuple[Content, ...], Script]] = deque()
    seen: set[Any] = set()

    def add(contents: tuple[Content, ...], script: Script) -> None:
        now = tuple(bench.card.snapshot() for bench in benches)
        key = tuple((snapshot.vault, tuple(split(snapshot)[part] for part in parts)) for snapshot in now)
        if key not in seen:
            seen.add(key)
            queue.append((now, contents, script))

    for pair in pairs:
        for bench, content in zip(benches, pair, strict=True):
            bench.put_in(content)
        add(pair, ())
    while queue and len(seen) < _STATES_TRIED:
        states, contents, script = queue.popleft()
        if _shows(broken, benches, states):
            whole = (*script, broken.command, *(_LOOK if claim == LATCH else ()))
            if breaks(benches[0], claim, contents, whole) is not None:
                return contents, whole
        for apdu in commands:
            for bench, state in zip(benches, states, strict=True):
                bench.card.restore(state)
                exchange(bench.card, apdu)
            add(contents, (*script, apdu))
    return None


def _shows(broken: Broken, benches: Sequence[Bench], states: Sequence[Snapshot]) -> bool:
    """Whether the command does something wrong here, or something else on the two cards."""
    if broken.violation.claim != NONINTERFERENCE:
        return True
    played = []
    for bench, state in zip(benches, states, strict=True):
        bench.card.restore(state)
        played.append(bench.play(broken.command))
    one, two = played
    return bool(one.wrong or two.wrong or one.answer != two.answer or one.outside != two.outside)
