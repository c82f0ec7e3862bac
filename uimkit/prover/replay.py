"""Plays a script of commands on cards and says which claim it breaks: the check of every counterexample."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from uimkit.oneway.policy import Side
from uimkit.prover.account import NONINTERFERENCE, Account, Violation
from uimkit.prover.judge import Exchange, Judge, kind_of
from uimkit.prover.machine import exchange
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.simulator.card import Card

Script = tuple[bytes | None, ...]
"""Commands; None is a reset."""


class Bench:
    """Cards of one product, set up with given contents as often as a script is tried."""

    def __init__(self, card: Card) -> None:
        product = card.product
        self.card = card
        self.book = PhoneBook(product.definition, product.policy)
        self._judge = Judge(self.book, product.policy)
        self._bodies = tuple(card.memory.contents)
        self._flags = tuple(card.memory.flags)

    def put_in(self, content: Content) -> Card:
        """The card with this content, after a reset."""
        self.card.memory.restore((self.book.put(content, self._bodies), self._flags))
        self.card.reset()
        return self.card

    def answers(self, content: Content, script: Script) -> list[tuple[bytes, bool]]:
        """What the card answers to each command, and whether it is on the CDMA side after it."""
        card = self.put_in(content)
        return [(card.reset() if apdu is None else exchange(card, apdu), card.side is Side.CDMA) for apdu in script]

    def difference(self, contents: Sequence[Content], script: Script) -> Violation | None:
        """P1: the first command that two cards answer differently, neither having latched before it."""
        for one, two in zip(*(self.answers(content, script) for content in contents), strict=True):
            if one[0] != two[0]:
                return Violation(NONINTERFERENCE, f"{shown(one[0])} on the first card, {shown(two[0])} on the second")
            if one[1] is not two[1]:
                return Violation(NONINTERFERENCE, "one card is on the CDMA side, the other is not")
            if one[1]:
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
        session, definition = card.session, card.product.definition
        path = definition.files[session.directory if session.ef is None else session.ef].path
        pointer, cdma, before = session.pointer, card.side is Side.CDMA, self.book.content(card.memory.contents)
        card.memory.changes.clear()
        answer = exchange(card, apdu)
        after = self.book.content(card.memory.contents)
        wrote = self.book.wrote(card.memory.changes)
        sides = cdma, card.side is Side.CDMA
        return Exchange(kind_of(apdu, path), path, apdu, answer, pointer, sides, (before, after), wrote)


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
