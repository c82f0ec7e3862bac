"""The shortest script that breaks a claim, on the small card and on the full-size one."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uimkit.apdu import INS, command, describe_command
from uimkit.card.memory import Memory
from uimkit.oneway.policy import DF_CDMA, EF_ADN, EF_EXT1
from uimkit.profile.build import CardProfile
from uimkit.prover.account import LATCH, NONINTERFERENCE, NOTHING_HARMED, NOTHING_LOST, Violation
from uimkit.prover.enlarge import Enlarger, full_size_card
from uimkit.prover.judge import ABSOLUTE
from uimkit.prover.machine import exchange
from uimkit.prover.model import SmallCard
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.replay import Bench, Script, breaks, shortened
from uimkit.prover.search import Found
from uimkit.prover.steps import RESET, Step, select
from uimkit.prover.surroundings import Broken, Surroundings
from uimkit.simulator.card import Card

STORIES = {
    NONINTERFERENCE: "two cards that a GSM phone must not be able to tell apart answer differently; the script holds "
    "on card a and fails on card b",
    NOTHING_LOST: "what a GSM phone wrote and was told is stored does not stand where it must",
    NOTHING_HARMED: "a contact that was there before is changed; the script fails where a CDMA phone reads it",
    LATCH: "a phone that gave no evidence of being CDMA is shown a record of the card; the script fails there",
}
"""What a counterexample of each claim shows, in plain words."""


@dataclass(frozen=True)
class Expected:
    """One command of a playable script (None: a reset), and what a card that keeps the claim answers; b"": anything."""

    apdu: bytes | None
    answer: bytes = b""

    @property
    def name(self) -> str:
        return "reset" if self.apdu is None else describe_command(self.apdu)

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
    """

    claim: str
    what: str
    script: Script
    contents: tuple[Content, ...]
    playable: tuple[Expected, ...]

    @property
    def story(self) -> str:
        return STORIES[self.claim]

    def memories(self, profile: CardProfile) -> list[Memory]:
        """A finished card for each content."""
        made = []
        for content in self.contents:
            card = full_size_card(profile)
            card.memory.contents[:] = PhoneBook(profile.definition, profile.product.policy).put(
                content, card.memory.contents
            )
            made.append(card.memory)
        return made

    @property
    def as_hex(self) -> list[str]:
        """The script as reports give it."""
        return ["reset" if apdu is None else apdu.hex().upper() for apdu in self.script]


def flatten(steps: Sequence[Step], card: Card) -> Script:
    """The commands of steps, the presentation of CHV1 after each reset included where the card wants it."""
    chv1 = [
        command(INS.VERIFY_CHV, 0, code.p2, value.value)
        for code in card.product.definition.codes
        if code.name == "CHV1" and (value := card.code(code.name)) is not None and value.enabled
    ]
    script: list[bytes | None] = list(chv1)
    for step in steps:
        script += [None, *chv1] if step.apdus is RESET else [*step.select, *step.apdus]
    return tuple(script)


def from_search(found: Found, steps: Sequence[Step], small: SmallCard, profile: CardProfile) -> Counterexample:
    """A violation found by the search, shortened and checked; raises LookupError when the script does not show it."""
    card = small.card()
    return _checked(found.claim, found.contents, flatten([steps[n] for n in found.steps], card), Bench(card), profile)


def from_surroundings(broken: Broken, around: Surroundings, profile: CardProfile) -> Counterexample | None:
    """A violation found around the phone book, with a way to the state it needs; None when there is no such way."""
    bench = Bench(around.small.card())
    contents = (around.contents[0], around.contents[1])
    script = _way(broken, around, bench)
    if script is None:
        return None
    try:
        return _checked(broken.violation.claim, contents, script, bench, profile)
    except LookupError:
        return None


def _checked(
    claim: str, contents: tuple[Content, ...], script: Script, bench: Bench, profile: CardProfile
) -> Counterexample:
    if breaks(bench, claim, contents, script) is None:
        raise LookupError(f"the script does not break {claim}")
    script = shortened(script, lambda shorter: breaks(bench, claim, contents, shorter) is not None)
    full = Bench(full_size_card(profile))
    enlarger = Enlarger(full.book, bench.book)
    big, large = tuple(enlarger.content(content) for content in contents), enlarger.script(script)
    violation = breaks(full, claim, big, large)
    if violation is None:
        raise LookupError(f"the script breaks {claim} on the small card, but not on the full-size one")
    return Counterexample(claim, violation.what, large, big, _playable(full, violation, big, large))


def _playable(bench: Bench, violation: Violation, contents: Sequence[Content], script: Script) -> tuple[Expected, ...]:
    answers = [answer for answer, _ in bench.answers(contents[0], script)]
    steps: list[Expected] = []
    for apdu, answer in zip(script, answers, strict=True):
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
    bench.answers(content, script)
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


def _way(broken: Broken, around: Surroundings, bench: Bench) -> Script | None:
    """Breadth first to a state in which the command breaks its claim."""
    claim, contents = broken.violation.claim, around.contents
    parts = {*broken.state, ("session", "directory"), ("session", "ef")}
    commands = around.producers(parts)
    card = bench.put_in(contents[0])
    start = card.snapshot()
    queue: deque[tuple[Any, Script]] = deque([(start, ())])
    seen = {_project(around, start, parts)}
    while queue:
        snapshot, script = queue.popleft()
        if breaks(bench, claim, contents, (*script, broken.command)) is not None:
            return (*script, broken.command)
        for apdu in commands:
            card.restore(snapshot)
            exchange(card, apdu)
            after = card.snapshot()
            key = _project(around, after, parts)
            if key not in seen:
                seen.add(key)
                queue.append((after, (*script, apdu)))
    return None


def _project(around: Surroundings, snapshot: Any, parts: set[Any]) -> Any:
    state = around.one.split(snapshot)
    return tuple(state[part] for part in sorted(parts, key=repr))
