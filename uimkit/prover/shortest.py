"""Shortest scripts: breadth first by single commands, from every content that a part starts from, at once.

The search of a part goes by steps, and a step may be several commands. What it finds is therefore no more than a bound;
here it is seen whether fewer commands do. A command is what ``machine.exchange`` does: with the GET RESPONSE for what
it left. A reset is one command. Nothing is left out but what can not matter: a card (or pair) that was seen before,
equal cards, commands on records where no file of records is selected, a card too far from the phone book for what is
left of the length, and for P1 what follows the latch (docs/proof.md, "The shortest script").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from uimkit.apdu import CLA_GSM, INS, command
from uimkit.oneway.policy import Side
from uimkit.prover.account import NONINTERFERENCE, Account, Violation
from uimkit.prover.judge import Exchange, Judge, Kind, kind_of
from uimkit.prover.machine import exchange
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.refusals import broken_promise
from uimkit.prover.replay import Script
from uimkit.prover.steps import RESET, Step
from uimkit.prover.watch import SESSION_FIELDS, changed
from uimkit.simulator.answers import is_success
from uimkit.simulator.card import Card, Snapshot

LIMIT = 4_000_000
"""Commands that are run before the search gives up, in round figures three minutes of work."""

Pair = tuple[Content, Content]
_REFUSED = frozenset({0x67, 0x6B, 0x6D, 0x6E, 0x6F, 0x98})
"""First bytes of an answer that neither shows, nor accepts, nor says that the card is full."""
_ON_RECORDS = frozenset(bytes((CLA_GSM, ins)) for ins in (INS.READ_RECORD, INS.UPDATE_RECORD, INS.SEEK))


@dataclass
class Shorter:
    """What became of the search for a script of one claim that is shorter than the known one.

    No script of ``none_to`` commands or fewer breaks the claim. ``script`` is a shorter one, with its contents.
    """

    none_to: int = 0
    script: Script | None = None
    contents: tuple[Content, ...] = ()


class Ways:
    """Where a script may start, and of what it is made: contents, pairs of contents (P1), commands."""

    def __init__(self, letters: Iterable[bytes | None], contents: Iterable[Content], pairs: Iterable[Pair]) -> None:
        self.letters = tuple(dict.fromkeys(letters))
        self.contents = tuple(dict.fromkeys(contents))
        self.pairs = tuple(dict.fromkeys(pairs))


def codes_presented(card: Card) -> list[bytes]:
    """The presentation of CHV1, where the card wants it after a reset."""
    value = card.chip.code("CHV1")
    numbers = [code.p2 for code in card.product.definition.codes if code.name == "CHV1"]
    return [command(INS.VERIFY_CHV, 0, p2, value.value) for p2 in numbers if value is not None and value.enabled]


def single_commands(steps: Iterable[Step], card: Card) -> list[bytes | None]:
    """Everything that steps are made of, each once: SELECTs, commands, a reset (None), the presentation of CHV1."""
    found: dict[bytes | None, None] = dict.fromkeys(codes_presented(card))
    for step in steps:
        found.update(dict.fromkeys([None] if step.apdus is RESET else [*step.lead, *step.apdus]))
    return list(found)


class _Answer(NamedTuple):
    """What one command does to a card in one state. ``exchange`` is for the judge, None of a reset; ``wrong`` is what
    it did that no command may.
    """

    answer: bytes
    state: int
    exchange: Exchange | None
    wrong: str | None = None


class _Node(NamedTuple):
    """A card in a session: its state, the account and the session's first content, all by number."""

    state: int
    account: int
    start: int


@dataclass
class _Numbers:
    """Values by number: equal ones have the same."""

    values: list[Any] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)

    def of(self, value: Any) -> int:
        number = self.known.get(value)
        if number is None:
            number = self.known[value] = len(self.values)
            self.values.append(value)
        return number


class _Cards:
    """Every state that single commands lead cards of one product to."""

    def __init__(self, card: Card, letters: Sequence[bytes | None]) -> None:
        self._card = card
        self._letters = letters
        definition = card.product.definition
        self.book = PhoneBook(definition, card.product.policy)
        self._paths = [file.same_as or file.path for file in definition.files]
        self._records = [bool(file.record_length) for file in definition.files]
        self._everywhere = [n for n, letter in enumerate(letters) if (letter or b"")[:2] not in _ON_RECORDS]
        self._fresh = card.snapshot()
        self._memories = _Numbers()
        self._states = _Numbers()
        self._rows: dict[int, dict[int, _Answer]] = {}
        self._contents: dict[Any, Content] = {}
        self.runs = 0

    def start(self, content: Content) -> int:
        """The state after a reset of a card with this content."""
        vault = (self.book.put_in(content, self._fresh.vault[0]), *self._fresh.vault[1:])
        self._card.restore(self._fresh._replace(vault=vault))
        self._card.reset()
        return self._number()

    def content(self, state: int) -> Content:
        bodies = self.snapshot(state).vault[0]
        content = self._contents.get(bodies)
        if content is None:
            content = self._contents[bodies] = self.book.content(bodies)
        return content

    def snapshot(self, state: int) -> Snapshot:
        """The card's whole state."""
        found: Snapshot = self._states.values[state]
        return found

    def outside(self, state: int) -> tuple[Any, ...]:
        """Everything that twins must have alike."""
        snapshot = self.snapshot(state)
        return snapshot.memory, snapshot.session, snapshot.sides, snapshot.use

    def latched(self, state: int) -> bool:
        return self.snapshot(state).sides[0] is Side.CDMA

    def selected(self, state: int) -> tuple[int, int | None]:
        """The positions of the current directory and EF."""
        session = dict(zip(SESSION_FIELDS, self.snapshot(state).session, strict=True))
        return session["directory"], session["ef"]

    def row(self, state: int) -> dict[int, _Answer]:
        """What each command does, by the number of its letter; where no file of records is current, those on records
        are refused (94 00, 94 08) and left out.
        """
        row = self._rows.get(state)
        if row is None:
            ef = self.selected(state)[1]
            letters = self._everywhere if ef is None or not self._records[ef] else range(len(self._letters))
            row = self._rows[state] = {n: self.run(state, n) for n in letters}
        return row

    def far(self) -> dict[tuple[int, int | None], int]:
        """For each selection, how many commands it takes to work on the phone book: 1 where a file of it is current.

        What a SELECT leads to depends on what is selected, and on nothing else.
        """
        first = self.start(self.book.content(self._fresh.vault[0]))
        leads: dict[tuple[int, int | None], set[tuple[int, int | None]]] = {}
        states = [first]
        for state in states:
            if self.selected(state) not in leads:
                after = [self.run(state, n).state for n in self._everywhere]
                leads[self.selected(state)] = {self.selected(a) for a in after}
                states += after
        far = {selection: 1 for selection in leads if selection[1] in self.book.positions}
        for distance in range(2, len(leads) + 1):
            far |= {selection: distance for selection in leads.keys() - far.keys() if leads[selection] & far.keys()}
        return far

    def forget(self) -> None:
        """Drop all rows: the next level is of other states."""
        self._rows.clear()

    def run(self, state: int, number: int) -> _Answer:
        """What the command with this number does."""
        self.runs += 1
        letter = self._letters[number]
        card = self._card
        before = self.snapshot(state)
        card.restore(before)
        if letter is None:
            return _Answer(card.reset(), self._number(), None)
        now = card.chip.session
        path, pointer = self._paths[now.directory if now.ef is None else now.ef], now.pointer
        answer = exchange(card, letter)
        wrote = self.book.wrote(card.memory.changes)
        after = self._number()
        wrong = None
        if not is_success(answer):
            last = self.snapshot(after)
            wrong = broken_promise(letter, answer, before, last, changed(before, last))
        both = self.latched(state), self.latched(after)
        contents = self.content(state), self.content(after)
        made = Exchange(kind_of(letter, path), path, letter, answer, pointer, both, contents, wrote)
        return _Answer(answer, after, made, wrong)

    def _number(self) -> int:
        """The number of the card's state."""
        snapshot = self._card.snapshot()
        memory = self._memories.values[self._memories.of(snapshot.memory)]  # one object for equal ones
        return self._states.of(snapshot._replace(memory=memory))


_Follow = Callable[[Any], Iterator[tuple[int, Any]]]
"""From a node: the letters, each with the node after it, or with a violation."""


class Shortest:
    """The search for scripts that are shorter than known ones, over the commands and contents of one part."""

    def __init__(self, card: Card, ways: Ways, limit: int = LIMIT) -> None:
        self._ways = ways
        self._cards = _Cards(card, ways.letters)
        self._judge = Judge(self._cards.book, card.product.policy)
        self._accounts = _Numbers()
        self._starts = _Numbers()
        self._limit = limit
        self._far: dict[tuple[int, int | None], int] = {}

    def below(self, known: Mapping[str, int]) -> dict[str, Shorter]:
        """For each claim, given the length of the script that is known to break it."""
        alone = {claim: length for claim, length in known.items() if claim != NONINTERFERENCE}
        found: dict[str, Shorter] = {}
        if alone:
            self._far = self._cards.far()
            nothing = self._accounts.of(Account())
            roots: dict[Any, tuple[Content, ...]] = {}
            for content in self._ways.contents:
                root = _Node(self._cards.start(content), nothing, self._starts.of(content))
                roots.setdefault(root, (content,))
            found |= self._levels(roots, self._one, alone)
        if NONINTERFERENCE in known:
            pairs: dict[Any, tuple[Content, ...]] = {}
            for contents in self._ways.pairs:
                pairs.setdefault((self._cards.start(contents[0]), self._cards.start(contents[1])), contents)
            found |= self._levels(pairs, self._two, {NONINTERFERENCE: known[NONINTERFERENCE]})
        return found

    def _levels(
        self, roots: dict[Any, tuple[Content, ...]], follow: _Follow, known: Mapping[str, int]
    ) -> dict[str, Shorter]:
        """Length by length, all shorter scripts of all claims; a claim is done with the first that breaks it."""
        results = {claim: Shorter() for claim in known}
        came: dict[Any, tuple[Any, int] | None] = dict.fromkeys(roots)
        level, stop = list(roots), self._cards.runs + self._limit
        for length in range(1, max(known.values())):
            wanted = {c for c, result in results.items() if result.script is None and length < known[c]}
            if not wanted:
                break
            left = max(known[claim] for claim in wanted) - 1 - length
            following = []
            for node in level:
                for letter, after in follow(node):
                    if isinstance(after, Violation):
                        if after.claim in wanted and results[after.claim].script is None:
                            results[after.claim] = self._found(roots, came, node, letter, length)
                    elif after not in came and self._near(after, left):
                        came[after] = node, letter
                        following.append(after)
                if self._cards.runs >= stop:
                    return results
            for claim in wanted:
                if results[claim].script is None:
                    results[claim].none_to = length
            level = following
            self._cards.forget()
        return results

    def _near(self, node: _Node | tuple[int, int], left: int) -> bool:
        """Whether a script can still come to the phone book: P3, P4 and P5 are broken nowhere else."""
        if not isinstance(node, _Node):
            return left > 0
        return self._far.get(self._cards.selected(node.state), left + 1) <= left

    def _found(
        self,
        roots: dict[Any, tuple[Content, ...]],
        came: Mapping[Any, tuple[Any, int] | None],
        node: Any,
        letter: int,
        length: int,
    ) -> Shorter:
        script = [self._ways.letters[letter]]
        while (before := came[node]) is not None:
            node, letter = before
            script.append(self._ways.letters[letter])
        return Shorter(length - 1, tuple(script[::-1]), roots[node])

    def _one(self, node: _Node) -> Iterator[tuple[int, _Node | Violation]]:
        """P3, P4 and P5, as ``Bench.judged`` has them."""
        account, start = self._accounts.values[node.account], self._starts.values[node.start]
        for letter, outcome in self._cards.row(node.state).items():
            if outcome.exchange is None:
                content = self._cards.content(outcome.state)
                yield letter, _Node(outcome.state, self._accounts.of(Account()), self._starts.of(content))
                continue
            refused = len(outcome.answer) == 2 and outcome.answer[0] in _REFUSED
            if outcome.state == node.state and (refused or outcome.exchange.kind is Kind.OTHER):
                continue  # nothing was done, shown or told
            after = self._judge.after(account, start, outcome.exchange)
            if isinstance(after, Violation):
                yield letter, after
            elif after is not None:
                number = node.account if after is account else self._accounts.of(after)
                yield letter, _Node(outcome.state, number, node.start)

    def _two(self, pair: tuple[int, int]) -> Iterator[tuple[int, tuple[int, int] | Violation]]:
        """P1, as ``Bench.difference`` has it."""
        cards = self._cards
        first, second = cards.row(pair[0]), cards.row(pair[1])
        for letter in first.keys() | second.keys():
            one = first.get(letter) or cards.run(pair[0], letter)
            two = second.get(letter) or cards.run(pair[1], letter)
            latched = cards.latched(one.state)
            unlike = one.answer != two.answer or cards.outside(one.state) != cards.outside(two.state)
            if unlike or one.wrong or two.wrong:
                yield letter, Violation(NONINTERFERENCE, "")
            elif one.state != two.state and not latched:
                yield letter, (one.state, two.state)
