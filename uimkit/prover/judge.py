"""Reads one exchange on one card against the account: which claim it breaks, or what the terminal knows after it."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from uimkit.apdu import INS
from uimkit.oneway.policy import DF_CDMA, EF_ADN, EF_EXT1, Policy, Read
from uimkit.prover.account import LATCH, Account, Accountant, Violation
from uimkit.prover.phonebook import Content, PhoneBook, Wrote

NEXT, PREVIOUS, ABSOLUTE = 2, 3, 4
OK, FULL, NOT_FOUND = b"\x90\x00", b"\x92\x40", b"\x94\x04"


class Kind(Enum):
    """What a command means to the claims."""

    READ = auto()
    UPDATE = auto()
    SEEK = auto()
    EVIDENCE = auto()
    """A command of the fixed list of P5."""
    OTHER = auto()


class Exchange(NamedTuple):
    """One command, and what card and phone book were before and after. ``answer`` has the data of GET RESPONSE."""

    kind: Kind
    path: str | None
    apdu: bytes
    answer: bytes
    pointer: int
    cdma: tuple[bool, bool]
    contents: tuple[Content, Content]
    wrote: Wrote


def kind_of(apdu: bytes, path: str | None) -> Kind:
    """What a command does when the file or directory at ``path`` is current."""
    if len(apdu) < 5 or apdu[0] != 0xA0 or path is None:
        return Kind.OTHER
    if path in (EF_ADN, EF_EXT1):
        kinds: dict[int, Kind] = {INS.READ_RECORD: Kind.READ, INS.UPDATE_RECORD: Kind.UPDATE, INS.SEEK: Kind.SEEK}
        return kinds.get(apdu[1], Kind.OTHER)
    evidence = {(INS.READ_BINARY, f"{DF_CDMA}/6F32"), (INS.READ_BINARY, f"{DF_CDMA}/6F22")}
    if (apdu[1], path) in evidence or (apdu[1] == INS.STORE_ESN_MEID_ME and path.startswith(DF_CDMA)):
        return Kind.EVIDENCE
    return Kind.OTHER


class Judge:
    """The claims P3, P4 and P5 under one policy."""

    def __init__(self, book: PhoneBook, policy: Policy) -> None:
        self._book = book
        self._accountant = Accountant(book, policy)
        self._readable = policy.read is Read.BLANK

    def after(self, account: Account, start: Content, exchange: Exchange) -> Account | Violation | None:
        """The account after an exchange; None where the claims end: in the hands of a CDMA phone."""
        if exchange.kind is Kind.EVIDENCE and exchange.answer[-2:] == OK and not account.evidence:
            account = account._replace(evidence=True)
        elif exchange.kind in (Kind.READ, Kind.UPDATE, Kind.SEEK):
            judged = self._on_record(account, exchange)
            if isinstance(judged, Violation):
                return judged
            account = judged
        cdma = exchange.cdma[1]
        if cdma and account.evidence and not account.used:
            return None
        before, now = exchange.contents
        if now is not before and now != before and (not cdma or account.used):
            wrong = self._accountant.check(account, start, now)
            if wrong is not None:
                return wrong
        return account

    def _on_record(self, account: Account, exchange: Exchange) -> Account | Violation:
        extension = exchange.path == EF_EXT1
        records = exchange.contents[0].ext1 if extension else exchange.contents[0].adn
        if exchange.kind is Kind.SEEK:
            return self._seek(account, exchange, len(records))
        number = _number(exchange.apdu, exchange.pointer, len(records))
        if exchange.kind is Kind.UPDATE:
            return self._update(account, exchange, number) if not exchange.cdma[0] else account
        return self._read(account, exchange, number)

    def _read(self, account: Account, exchange: Exchange, number: int) -> Account | Violation:
        if exchange.answer[-2:] != OK or (exchange.cdma[0] and account.evidence):
            return account
        extension, shown = exchange.path == EF_EXT1, exchange.answer[:-2]
        if not self._readable or shown != self._accountant.shown(account, extension=extension, number=number):
            return Violation(LATCH, f"without evidence record {number} is answered: {shown.hex().upper()}")
        return self._accountant.look(account, None if extension else number)

    def _update(self, account: Account, exchange: Exchange, number: int) -> Account | Violation:
        extension = exchange.path == EF_EXT1
        if exchange.answer == FULL:
            return self._accountant.refused(account, exchange.contents[0], extension=extension) or account
        if exchange.answer != OK:
            return account
        accepted = self._accountant.accepted_extension if extension else self._accountant.accepted
        return accepted(account, number, exchange.apdu[5:], *exchange.contents, exchange.wrote)

    def _seek(self, account: Account, exchange: Exchange, last: int) -> Account | Violation:
        """V4: among the records that match in what may be shown."""
        if exchange.answer[-2:] not in (OK, NOT_FOUND) or (exchange.cdma[0] and account.evidence):
            return account
        extension, p2, pattern = exchange.path == EF_EXT1, exchange.apdu[3], exchange.apdu[5:]
        order = {
            0: range(1, last + 1),
            1: range(last, 0, -1),
            2: range(exchange.pointer + 1, last + 1),
            3: range((exchange.pointer or last + 1) - 1, 0, -1),
        }[p2 & 3]
        hits = (n for n in order if self._accountant.shown(account, extension=extension, number=n).startswith(pattern))
        hit = next(hits, None)
        wanted = NOT_FOUND if hit is None else b"\x9f\x01" + bytes((hit,)) + OK if p2 & 0x10 else OK
        if not self._readable or exchange.answer != wanted:
            return Violation(LATCH, f"without evidence SEEK finds what no record may show: {pattern.hex().upper()}")
        return self._accountant.look(account, None if extension else hit)


def _number(apdu: bytes, pointer: int, last: int) -> int:
    """The record a command in any mode works on (GSM 11.11 8.5, 8.6)."""
    mode = apdu[3]
    if mode == ABSOLUTE:
        return apdu[2] or pointer
    if mode == NEXT:
        return pointer + 1
    return pointer - 1 if pointer else last
