"""The simulator as a machine that is visited state by state.

Every transition is the shipped ``Card`` answering real commands: restore, transmit, snapshot. A state is the vault, the
side, and what was used of mirrors. What lies around it (codes, flags, other files, selection) is put back to how it was
before each step: ``uimkit.prover.surroundings`` and ``uimkit.prover.openings`` show that it decides only whether the
vault is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from uimkit.apdu import INS, command
from uimkit.oneway.policy import Side
from uimkit.prover.phonebook import NO_WRITES, Content, PhoneBook, Wrote
from uimkit.prover.refusals import broken_promise
from uimkit.prover.steps import RESET, Step
from uimkit.prover.watch import SESSION_FIELDS, changed
from uimkit.simulator.answers import is_success
from uimkit.simulator.card import Card, Snapshot
from uimkit.simulator.dispatch import prepared


class Outcome(NamedTuple):
    """What a step came to: its number, all bytes answered, the state after it, the real records written, a number for
    everything outside the vault, and what it did that no command may.
    """

    step: int
    answer: bytes
    state: int
    wrote: Wrote
    outside: int
    wrong: str | None


class State(NamedTuple):
    """One visited state. ``fresh``: the reset that led here left nothing of the session."""

    content: Content
    cdma: bool
    fresh: bool


class Machine:
    """All states of the cards of one part, found as they are asked for."""

    def __init__(self, card: Card, book: PhoneBook, steps: Sequence[Step]) -> None:
        self._card = card
        self._book = book
        card.reset()
        self._after_reset = card.snapshot()
        self._empty = self._after_reset.vault[1:]
        present_codes(card)  # once for all: nothing is to be refused for want of a right
        self._base = card.snapshot()
        self._ids: dict[Any, int] = {}
        self._snapshots: list[Snapshot] = []
        self._outside: dict[Any, int] = {}
        self._outcomes: list[dict[int, Outcome] | None] = []
        self._sessions = [self._session(step) for step in steps]
        for step in steps:
            if step.ef is not None:  # what it is asked whatever the state is, is asked once
                card.chip.kept[step.apdu] = prepared(card.chip, step.apdu).call
        self.steps = steps
        self.states: list[State] = []
        self.transitions = 0

    def start(self, content: Content) -> int:
        """The state after a reset of a card with this content."""
        bodies = self._book.put_in(content, self._base.vault[0])
        self._card.restore(self._base._replace(vault=(bodies, *self._empty)))
        return self._reset()[1]

    def snapshot(self, state: int) -> Snapshot:
        """The card's whole state in a visited state."""
        return self._snapshots[state]

    def public(self, state: int) -> tuple[Any, ...]:
        """What of a state is no secret: the side, and what was used of mirrors."""
        snapshot = self._snapshots[state]
        return snapshot.sides, snapshot.use

    def outcomes(self, state: int) -> dict[int, Outcome]:
        """What comes of each step in a state, by its number."""
        known = self._outcomes[state]
        if known is None:
            known = self._outcomes[state] = {number: self._run(state, number) for number in range(len(self.steps))}
        return known

    def _session(self, step: Step) -> tuple[Any, ...]:
        """The session that a step is sent in."""
        index = self._card.product.definition.index
        ef = None if step.ef is None else index[step.ef]
        directory = 0 if step.ef is None else index[step.ef[:-5]]
        own = {"ef": ef, "directory": directory, "pointer": step.pointer, "pending": None}
        return tuple([own.get(n, value) for n, value in zip(SESSION_FIELDS, self._base.session, strict=True)])

    def _run(self, state: int, number: int) -> Outcome:
        self.transitions += 1
        card, step = self._card, self.steps[number]
        known = self._snapshots[state]
        before = Snapshot(known.product, known.memory, known.vault, self._sessions[number], known.sides, known.use)
        card.restore(before)
        if step.apdus is RESET:
            answer, after = self._reset()
            return Outcome(number, answer, after, NO_WRITES, 0, None)
        answer = b"".join([exchange(card, apdu) for apdu in step.apdus])
        wrote = self._book.wrote(card.memory.changes) if card.memory.changed else NO_WRITES
        after = self._intern()
        wrong = None
        if len(step.apdus) == 1 and not is_success(answer):
            now = card.snapshot()
            wrong = broken_promise(step.apdu, answer, before, now, changed(before, now))
        return Outcome(number, answer, after, wrote, self._outside_number(), wrong)

    def _outside_number(self) -> int:
        """The number of everything outside the vault that is not in the state: equal ones have the same."""
        memory, session = self._card.chip.memory.state(), self._card.chip.session.state()
        return self._outside.setdefault((None if memory == self._base.memory else memory, session), len(self._outside))

    def _reset(self) -> tuple[bytes, int]:
        answer = self._card.reset()
        now = self._card.snapshot()
        fresh = now.vault[1:] == self._empty and now[3:] == self._after_reset[3:]
        return answer, self._intern(fresh=fresh)

    def _intern(self, *, fresh: bool = False) -> int:
        """The number of the card's present state."""
        card = self._card
        sides = card.chip.sides
        vault, of_sides, use = card.memory.vault_state(), sides.state(), sides.use.state()
        key = vault, of_sides, use, fresh
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = len(self.states)
            self._snapshots.append(self._base._replace(vault=vault, sides=of_sides, use=use))
            self._outcomes.append(None)
            self.states.append(State(self._book.content(vault[0]), card.side is Side.CDMA, fresh))
        return known


def present_codes(card: Card) -> None:
    """Verify every code that is enabled."""
    for code in card.product.definition.codes:
        value = card.chip.code(code.name)
        if value is not None and value.enabled:
            card.transmit(command(INS.VERIFY_CHV, 0, code.p2, value.value))


def exchange(card: Card, apdu: bytes, transmit: Callable[[bytes], bytes] | None = None) -> bytes:
    """A command, and GET RESPONSE for what it left; by ``transmit`` in the place of the card's own."""
    send = transmit or card.transmit
    answer = send(apdu)
    pending = card.chip.session.pending
    if pending is None:
        return answer
    return answer + send(bytes((0xA0, 0xC0, 0, 0, len(pending))))
