"""The simulator as a machine that is visited state by state.

Every transition is the shipped ``Card`` answering real commands: restore, transmit, snapshot. A state is all that the
restricted side's phone book consists of; what lies around it (codes, other files) is put back to how it was, which
``uimkit.prover.surroundings`` shows to be without effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from uimkit.apdu import INS, command
from uimkit.oneway.policy import EF_ADN, Side
from uimkit.prover.phonebook import NO_WRITES, Content, PhoneBook, Wrote
from uimkit.prover.steps import RESET, Step
from uimkit.simulator.card import Card
from uimkit.simulator.session import Session

_SELECTION = frozenset({"directory", "ef", "pointer", "pending"})


class Outcome(NamedTuple):
    """What a step came to: its number, all bytes answered, the state after it, and the real records written."""

    step: int
    answer: bytes
    state: int
    wrote: Wrote


class State(NamedTuple):
    """One visited state. ``fresh``: the reset that led here left nothing of the session. ``path``: the current EF,
    where selection is followed.
    """

    content: Content
    cdma: bool
    fresh: bool
    path: str | None
    pointer: int


class Machine:
    """All states of the cards of one part, found as they are asked for."""

    def __init__(self, card: Card, book: PhoneBook, steps: Sequence[Step], *, exact: bool) -> None:
        """``exact``: selection and record pointer are part of a state; else each step selects its file itself."""
        self._card = card
        self._book = book
        self._exact = exact
        card.reset()
        self._sides = card.sides.state()
        _present_codes(card)  # once for all: nothing is to be refused for want of a right
        memory, self._session, self._with_rights = _parts(card)
        self._bodies, self._flags = memory
        self._ids: dict[Any, int] = {}
        self._snapshots: list[Any] = []
        self._entered: list[dict[tuple[bytes, ...], Any]] = []
        self._outcomes: list[dict[int, Outcome] | None] = []
        self.steps = steps
        self.states: list[State] = []
        self.transitions = 0

    def start(self, content: Content) -> int:
        """The state after a reset of a card with this content."""
        bodies = self._book.put(content, self._bodies)
        self._card.restore(((bodies, self._flags), self._session, self._sides))
        return self._reset()[1]

    def outcomes(self, state: int) -> dict[int, Outcome]:
        """What comes of each step that is worth taking in a state, by its number."""
        known = self._outcomes[state]
        if known is None:
            steps = self._applicable(self.states[state])
            known = self._outcomes[state] = {number: self._run(state, number) for number in steps}
            self._entered[state].clear()
        return known

    def outcome(self, state: int, step: int) -> Outcome:
        """What comes of a step, whether it is worth taking or not."""
        known = self.outcomes(state).get(step)
        return known or self._run(state, step)

    def _applicable(self, state: State) -> Sequence[int]:
        """All steps but those on another file than the current one, and those that go by no pointer, or by nothing that
        is selected, where they were tried before.
        """
        if not self._exact:
            return range(len(self.steps))
        first = state.path in (None, EF_ADN) and state.pointer == 0
        return [
            number
            for number, step in enumerate(self.steps)
            if (first or not step.anywhere)
            if step.path is None or (step.path == state.path and (step.relative or state.pointer == 0))
        ]

    def _run(self, state: int, number: int) -> Outcome:
        self.transitions += 1
        card, step = self._card, self.steps[number]
        card.restore(self._enter(state, step))
        if step.apdus is RESET:
            answer, after = self._reset()
            return Outcome(number, answer, after, NO_WRITES)
        answer = b"".join([exchange(card, apdu) for apdu in step.apdus])
        wrote = self._book.wrote(card.memory.changes) if card.memory.changes else NO_WRITES
        return Outcome(number, answer, self._intern(), wrote)

    def _reset(self) -> tuple[bytes, int]:
        answer = self._card.reset()
        fresh = self._card.sides.state() == self._sides
        if fresh:  # the codes are presented again
            self._card.sides.set_state(self._with_rights)
        return answer, self._intern(fresh=fresh)

    def _enter(self, state: int, step: Step) -> Any:
        """The snapshot of the state, with the step's file selected."""
        if self._exact or not step.select:
            return self._snapshots[state]
        entered = self._entered[state]
        snapshot = entered.get(step.select)
        if snapshot is None:
            self._card.restore(self._snapshots[state])
            for apdu in step.select:
                self._card.transmit(apdu)
            snapshot = entered[step.select] = self._card.snapshot()
        return snapshot

    def _intern(self, *, fresh: bool = False) -> int:
        """The number of the card's present state."""
        card = self._card
        session, sides = card.session, card.sides.state()
        bodies = card.memory.contents
        protected = tuple([bodies[p] for p in self._book.positions])
        selection = (session.directory, session.ef, session.pointer) if self._exact else None
        key = (protected, sides, selection, fresh)
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = len(self.states)
            self._snapshots.append(self._snapshot(protected, sides))
            self._entered.append({})
            self._outcomes.append(None)
            path = None if session.ef is None else card.product.definition.files[session.ef].path
            content = self._book.content(bodies)
            self.states.append(State(content, card.side is Side.CDMA, fresh, path, session.pointer))
        return known

    def _snapshot(self, protected: tuple[bytes, ...], sides: Any) -> Any:
        bodies = list(self._bodies)
        for position, body in zip(self._book.positions, protected, strict=True):
            bodies[position] = body
        session = self._session
        if self._exact:
            now = self._card.session.state()
            session = tuple(
                new if name in _SELECTION else old
                for name, old, new in zip(Session.__slots__, session, now, strict=True)
            )
        return (tuple(bodies), self._flags), session, sides


def _present_codes(card: Card) -> None:
    for code in card.product.definition.codes:
        value = card.code(code.name)
        if value is not None and value.enabled:
            card.transmit(command(INS.VERIFY_CHV, 0, code.p2, value.value))


def _parts(card: Card) -> tuple[Any, Any, Any]:
    memory, session, sides = card.snapshot()
    return memory, session, sides


def exchange(card: Card, apdu: bytes) -> bytes:
    """A command, and GET RESPONSE for what it left."""
    answer = card.transmit(apdu)
    pending = card.session.pending
    if pending is None:
        return answer
    return answer + card.transmit(bytes((0xA0, 0xC0, 0, 0, len(pending))))
