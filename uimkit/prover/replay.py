"""Plays a script of commands on cards and says which claim it breaks: the check of every counterexample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from uimkit.oneway.policy import Side
from uimkit.prover.account import NONINTERFERENCE, Account, Violation
from uimkit.prover.guard import Guard, VaultOpened
from uimkit.prover.judge import Exchange, Judge, kind_of
from uimkit.prover.machine import exchange
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.refusals import broken_promise
from uimkit.prover.watch import changed
from uimkit.simulator.answers import is_success
from uimkit.simulator.card import Card

Script = tuple[bytes | None, ...]
"""Commands; None is a reset."""


class Played(NamedTuple):
    """One command of a script, as it went: the answer, all that is outside the vault after it, and what the command did
    that no command may.
    """

    answer: bytes
    cdma: bool
    outside: tuple[Any, ...]
    wrong: str | None


class Bench:
    """Cards of one product, set up with given contents as often as a script is tried."""

    def __init__(self, card: Card) -> None:
        product = card.product
        self.card = card
        self.book = PhoneBook(product.definition, product.policy)
        self._guard = Guard(card)
        self._judge = Judge(self.book, product.policy)
        self._start = card.snapshot()
        self._paths = [file.same_as or file.path for file in product.definition.files]

    def put_in(self, content: Content) -> Card:
        """The card with this content, after a reset."""
        vault = (self.book.put_in(content, self._start.vault[0]), *self._start.vault[1:])
        self.card.restore(self._start._replace(vault=vault))
        self.card.reset()
        return self.card

    def played(self, content: Content, script: Script) -> list[Played]:
        """What becomes of each command; the list ends with one that failed in a way no command may."""
        self.put_in(content)
        steps = []
        for apdu in script:
            steps.append(self.play(apdu))
            if steps[-1].wrong:
                break
        return steps

    def play(self, apdu: bytes | None) -> Played:
        """One command (None: a reset) in the state the card is in."""
        card = self.card
        before = card.snapshot()
        answer, wrong = b"", None
        try:
            answer = card.reset() if apdu is None else exchange(card, apdu, self._guard.transmit)
        except VaultOpened as error:
            wrong = str(error)
        after = card.snapshot()
        if apdu is not None and answer and not is_success(answer):
            wrong = broken_promise(apdu, answer, before, after, changed(before, after))
        return Played(answer, card.side is Side.CDMA, (after.memory, after.session, after.sides, after.use), wrong)

    def difference(self, contents: Sequence[Content], script: Script) -> Violation | None:
        """P1: the first command that two cards answer differently, or that leaves them unlike outside the vault,
        neither having latched before it; or one that is refused and changes something all the same.
        """
        first, second = (self.played(content, script) for content in contents)
        for one, two in zip(first, second, strict=False):
            wrong = one.wrong or two.wrong
            if wrong:
                return Violation(NONINTERFERENCE, wrong)
            if one.answer != two.answer:
                what = f"{shown(one.answer)} on the first card, {shown(two.answer)} on the second"
                return Violation(NONINTERFERENCE, what)
            if one.outside != two.outside:
                return Violation(NONINTERFERENCE, f"two cards are not alike after it: {_unlike(one, two)}")
            if one.cdma:
                return None
        return None

    def judged(self, content: Content, script: Script) -> Violation | None:
        """P3, P4 and P5: the first claim that the script breaks on one card."""
        card = self.put_in(content)
        account = Account()
        start = content
        for apdu in script:
            if apdu is None:
                card.reset()
                account, start = Account(), self.book.content(card.memory.contents)
                continue
            verdict = self._judge.after(account, start, self._exchange(card, apdu))
            if isinstance(verdict, Violation):
                return verdict
            if verdict is None:
                return None
            account = verdict
        return None

    def _exchange(self, card: Card, apdu: bytes) -> Exchange:
        session = card.chip.session
        path = self._paths[session.directory if session.ef is None else session.ef]
        pointer, cdma, before = session.pointer, card.side is Side.CDMA, self.book.content(card.memory.contents)
        card.memory.forget_changes()
        answer = exchange(card, apdu)
        after = self.book.content(card.memory.contents)
        wrote = self.book.wrote(card.memory.changes)
        sides = cdma, card.side is Side.CDMA
        return Exchange(kind_of(apdu, path), path, apdu, answer, pointer, sides, (before, after), wrote)


def _unlike(one: Played, two: Played) -> str:
    names = ("memory", "session", "side", "use of mirrors")
    return next(name for name, a, b in zip(names, one.outside, two.outside, strict=True) if a != b)


def breaks(bench: Bench, claim: str, contents: Sequence[Content], script: Script) -> Violation | None:
    """The violation of this claim that the script shows, None when it shows none."""
    found = bench.difference(contents, script) if claim == NONINTERFERENCE else bench.judged(contents[0], script)
    return found if found is not None and found.claim == claim else None


def shortened(script: Script, still: Callable[[Script], bool]) -> Script:
    """A script of which no single command can be left out."""
    at = 0
    while at < len(script):
        shorter = script[:at] + script[at + 1 :]
        if still(shorter):
            script, at = shorter, 0
        else:
            at += 1
    return script


def shown(answer: bytes) -> str:
    """An answer in hex, cut to what one can read."""
    text = answer.hex().upper()
    return text if len(text) <= 64 else f"{text[:60]}..."
