"""Breadth first through everything a terminal can do: the claims about one card, and about two."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from uimkit.prover.account import NONINTERFERENCE, Account, Violation
from uimkit.prover.judge import Exchange, Judge
from uimkit.prover.machine import Machine, Outcome
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.starts import settled, twin
from uimkit.prover.steps import RESET, Step

T = TypeVar("T")


@dataclass
class Found:
    """The way of fewest steps found to break a claim: steps by number, and the content or contents it starts from."""

    claim: str
    what: str
    steps: list[int]
    contents: tuple[Content, ...]


class Node(NamedTuple):
    """One card in the middle of a session: its state, the terminal's account, the content the session began with."""

    state: int
    account: Account
    start: Content


class Search:
    """The claims P3, P4 and P5 on single cards and P1 on pairs, over all contents that resets lead to."""

    def __init__(self, machine: Machine, book: PhoneBook, judge: Judge) -> None:
        self._machine = machine
        self._book = book
        self._judge = judge
        self.found: dict[str, Found] = {}
        self.states = 0
        self.transitions = 0
        self._contents: dict[Content, None] = {}
        self._queue: deque[Content] = deque()
        self._tick: Callable[[], None] = lambda: None
        self._started: dict[Content, None] = {}
        self._queued_nodes = self._visited_nodes = self._expected = 0
        self.pairs: dict[tuple[int, int], None] = {}
        """States of the machine that were compared as twins."""

    def run(self, initial: Iterable[Content], tick: Callable[[], None] = lambda: None) -> None:
        """Visit everything that can follow from these contents; ``tick`` is called now and then."""
        self._tick = tick
        for content in initial:
            self._add(content)
        while self._queue:
            content = self._queue.popleft()
            other = twin(self._book, self._book.free(content))
            self._add(settled(self._book, other))
            self._one(content)
            self.compare(content, other)
            self._started[content] = None

    @property
    def unfinished(self) -> list[str]:
        """What was put on a list and not visited, in words; nothing when all lists were emptied."""
        reasons = []
        left = len(self._contents.keys() - self._started.keys())
        if left or self._queue:
            reasons.append(f"{left} contents were not started from")
        if self._queued_nodes != self._visited_nodes:
            reasons.append(f"{self._queued_nodes - self._visited_nodes} states were not visited")
        if self.transitions != self._expected:
            reasons.append(f"{self._expected - self.transitions} transitions were not taken")
        return reasons

    @property
    def contents(self) -> list[Content]:
        """The contents that sessions were started from: the initial ones, and those that resets led to."""
        return list(self._contents)

    def _add(self, content: Content) -> None:
        if content not in self._contents:
            self._contents[content] = None
            self._queue.append(content)

    def _one(self, content: Content) -> None:
        """P3, P4 and P5: every step from every state that a session of this card can come to."""
        root = Node(self._machine.start(content), Account(), content)
        parents: dict[Node, tuple[Node, int] | None] = {root: None}
        queue = deque([root])
        steps = self._machine.steps
        while queue:
            node = queue.popleft()
            outcomes = self._machine.outcomes(node.state)
            for number, outcome in outcomes.items():
                result = self._after(node, steps[number], outcome)
                if isinstance(result, Node):
                    if result not in parents:
                        parents[result] = (node, number)
                        queue.append(result)
                elif result is not None:
                    self._report(result, [*_path(parents, node), number], (content,))
            self._count(len(outcomes))
            self._visited_nodes += 1
        self._queued_nodes += len(parents)

    def _count(self, transitions: int) -> None:
        self.states += 1
        self.transitions += transitions
        self._expected += len(self._machine.steps)
        if not self.states & 0xFF:
            self._tick()

    def _after(self, node: Node, step: Step, outcome: Outcome) -> Node | Violation | None:
        """The node after a step; None where there is nothing new to follow."""
        before, after = self._machine.states[node.state], self._machine.states[outcome.state]
        if outcome.wrong is not None:
            return Violation(NONINTERFERENCE, outcome.wrong)
        if step.apdus is RESET:
            if after.fresh:
                self._add(settled(self._book, after.content))
                return None
            return Node(outcome.state, Account(), after.content)
        exchange = Exchange(
            step.kind,
            step.path,
            step.apdu,
            outcome.answer,
            step.pointer,
            (before.cdma, after.cdma),
            (before.content, after.content),
            outcome.wrote,
        )
        account = self._judge.after(node.account, node.start, exchange)
        if isinstance(account, Violation):
            return account
        if account is None or (outcome.state == node.state and account is node.account):
            return None
        if before.cdma and step.path is not None:
            return None  # one look, or one write, shows what the CDMA side may do
        return Node(outcome.state, account, node.start)

    def compare(self, content: Content, other: Content) -> None:
        """P1: every step from every pair of states that two cards come to by the same steps."""
        machine = self._machine
        root = machine.start(content), machine.start(other)
        parents: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {root: None}
        queue = deque([root])
        while queue:
            pair = queue.popleft()
            outcomes, others = machine.outcomes(pair[0]), machine.outcomes(pair[1])
            for number, one in outcomes.items():
                two = others[number]
                after = one.state, two.state
                if one.answer == two.answer and one.outside == two.outside and after in parents:
                    continue
                verdict = self._compare(one, two)
                if isinstance(verdict, Violation):
                    self._report(verdict, [*_path(parents, pair), number], (content, other))
                elif verdict:
                    parents[after] = (pair, number)
                    queue.append(after)
            self._count(len(outcomes))
            self._visited_nodes += 1
        self._queued_nodes += len(parents)
        self.pairs.update(dict.fromkeys(parents))

    def _compare(self, one: Outcome, other: Outcome) -> Violation | bool:
        """A difference, or whether to go on from here."""
        states = self._machine.states
        if one.answer != other.answer:
            return Violation(NONINTERFERENCE, "the same commands are answered differently by two cards")
        first, second = states[one.state], states[other.state]
        if first.cdma is not second.cdma:
            return Violation(NONINTERFERENCE, "the same commands lead two cards to different sides")
        if one.outside != other.outside or self._machine.public(one.state) != self._machine.public(other.state):
            return Violation(NONINTERFERENCE, "the same commands leave two cards unlike outside the phone book")
        if first.cdma or one.state == other.state:
            return False
        if self._machine.steps[one.step].apdus is RESET and first.fresh and second.fresh:
            return self._book.free(first.content) != self._book.free(second.content)
        return True

    def _report(self, violation: Violation, steps: list[int], contents: tuple[Content, ...]) -> None:
        known = self.found.get(violation.claim)
        if known is None or len(steps) < len(known.steps):
            self.found[violation.claim] = Found(violation.claim, violation.what, steps, contents)


def _path(parents: dict[T, tuple[T, int] | None], node: T) -> list[int]:
    steps: list[int] = []
    while (came := parents[node]) is not None:
        node, number = came
        steps.append(number)
    return steps[::-1]
