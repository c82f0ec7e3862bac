"""A terminal's account of one session: what it was shown, what was accepted, and where that must stand (P3, P4, P5).

It restates rules V2 to V6 and W1 to W7 from outside: from commands, answers, and the real records before and after. It
never looks at the simulator's bindings. An account is an immutable value, so that a search can visit it.
"""

from __future__ import annotations

from typing import NamedTuple

from uimkit.oneway.policy import Policy, Readback, Write
from uimkit.prover.phonebook import FF, Content, PhoneBook, Wrote, is_blank

NONINTERFERENCE, NOTHING_LOST = "noninterference", "nothing_lost"
NOTHING_HARMED, LATCH = "nothing_harmed", "latch"
CLAIMS = (NONINTERFERENCE, NOTHING_LOST, NOTHING_HARMED, LATCH)


class Violation(NamedTuple):
    """A claim that does not hold, in plain words."""

    claim: str
    what: str


class Held(NamedTuple):
    """A generation that stands on the card. ``target`` is what its pointer means: 0 nothing, n the real EF_EXT1 record
    n, -p the record that the mirror record p will be bound to next (W6).
    """

    home: int
    number: int
    data: bytes
    target: int


class Last(NamedTuple):
    """The last generation of a mirror record of EF_ADN; ``looked`` since its last accepted write, or bound before."""

    number: int
    home: int
    sent: bytes
    looked: bool


class Account(NamedTuple):
    """Everything a terminal knows, as far as the claims need it."""

    contacts: tuple[Held, ...] = ()
    tails: tuple[Held, ...] = ()
    last: tuple[Last, ...] = ()
    bound_before: frozenset[int] = frozenset()
    sent_tails: tuple[tuple[int, bytes], ...] = ()
    used: bool = False
    evidence: bool = False


class Accountant:
    """Keeps accounts under one policy. Every method returns a new account or the violation."""

    def __init__(self, book: PhoneBook, policy: Policy) -> None:
        self._book = book
        self._session = policy.readback is Readback.SESSION and policy.write is not Write.DIRECT
        self._occupied = policy.write is not Write.DIRECT
        self._blank = b"\xff" * book.lengths[book.adn]
        self._free_tail = b"\xff" * (0 if book.ext1 is None else book.lengths[book.ext1])

    def shown(self, account: Account, *, extension: bool, number: int) -> bytes:
        """What a READ RECORD may show (V2, V3, V6)."""
        if extension:
            sent = dict(account.sent_tails).get(number)
            if sent is None or not self._occupied:
                return self._free_tail
            return sent if self._session else b"\0" + self._free_tail[1:]
        last = _last(account, number)
        return last.sent if last and self._session else self._blank

    def look(self, account: Account, number: int | None) -> Account:
        """A READ RECORD answered 90 00, or a SEEK: the record it showed, None when it found nothing (W3)."""
        account = account._replace(used=True)
        last = _last(account, number) if number else None
        if last is None or last.looked or self._session:
            return account
        return account._replace(last=_with(account.last, last._replace(looked=True)))

    def accepted(
        self, account: Account, number: int, data: bytes, before: Content, after: Content, wrote: Wrote
    ) -> Account | Violation:
        """An UPDATE RECORD of EF_ADN answered 90 00 (W1 to W4)."""
        account = account._replace(used=True)
        last = _last(account, number)
        if last is None or (last.looked and not is_blank(data) and data != last.sent):
            if is_blank(data):
                return account
            home = _home(wrote.adn, self._book.free_adn(before), after.adn, data)
            if isinstance(home, Violation):
                return home
            again = number in account.bound_before and not self._session
            account = account._replace(bound_before=account.bound_before | {number})
            return self._keep_contact(account, Last(number, home, data, again), after)
        if last.looked:
            return account
        if is_blank(data):
            contacts = tuple(held for held in account.contacts if held.home != last.home)
            others = tuple(x for x in account.last if x.number != number)
            return _release(account._replace(contacts=contacts, last=others), after)
        return self._keep_contact(account, last._replace(sent=data), after)

    def accepted_extension(
        self, account: Account, number: int, data: bytes, before: Content, after: Content, wrote: Wrote
    ) -> Account | Violation:
        """An UPDATE RECORD of EF_EXT1 answered 90 00 (W5 to W7)."""
        account = account._replace(used=True)
        tail = next((held for held in account.tails if held.number == number), None)
        if is_blank(data):
            if tail is None:
                return account
            given_up = tuple(sorted((*(h for h in account.tails if h is not tail), tail._replace(number=-number))))
            sent = tuple(pair for pair in account.sent_tails if pair[0] != number)
            return _release(account._replace(tails=given_up, sent_tails=sent), after)
        kept = data if self._session else b""
        sent = tuple(sorted((*(pair for pair in account.sent_tails if pair[0] != number), (number, kept))))
        account = account._replace(sent_tails=sent)
        if tail is None:
            homes = frozenset(held.home for held in account.tails)
            home = _home(wrote.ext1, self._book.free_ext1(before, homes), after.ext1, data)
            if isinstance(home, Violation):
                return home
            account = _bound(account, number, home)
            tail = Held(home, number, data[:-1], 0)
            account = account._replace(tails=tuple(sorted((*account.tails, tail))))
        others = tuple(held for held in account.tails if held.home != tail.home)
        written = Held(tail.home, number, data[:-1], self._target(account, data[-1]))
        return _release(account._replace(tails=tuple(sorted((*others, written)))), after)

    def refused(self, account: Account, before: Content, *, extension: bool) -> Violation | None:
        """92 40 is for a card without a free record (W1)."""
        homes = frozenset(held.home for held in account.tails)
        free = self._book.free_ext1(before, homes) if extension else self._book.free_adn(before)
        if free:
            return Violation(NOTHING_LOST, f"a write was refused though record {free[0]} is free")
        return None

    def check(self, account: Account, start: Content, now: Content) -> Violation | None:
        """Whether every generation stands where it must, and all else is as at the session's start."""
        return (
            self._check_contacts(account, start, now)
            or self._check_tails(account, start, now)
            or self._check_chains(account, start, now)
        )

    def _target(self, account: Account, pointer: int) -> int:
        if not 1 <= pointer <= self._book.extensions:
            return 0
        return next((held.home for held in account.tails if held.number == pointer), -pointer)

    def _keep_contact(self, account: Account, last: Last, after: Content) -> Account:
        others = tuple(held for held in account.contacts if held.home != last.home)
        held = Held(last.home, last.number, last.sent[:-1], self._target(account, last.sent[-1]))
        account = account._replace(contacts=tuple(sorted((*others, held))), last=_with(account.last, last))
        return _release(account, after)

    def _check_contacts(self, account: Account, start: Content, now: Content) -> Violation | None:
        held = {h.home: h for h in account.contacts}
        if len(held) != len(account.contacts):
            return Violation(NOTHING_HARMED, "two contacts share a record")
        for n, (old, data) in enumerate(zip(start.adn, now.adn, strict=True), 1):
            if n not in held:
                if data != old and not (is_blank(old) and data == self._blank and account.bound_before):
                    return Violation(NOTHING_HARMED, f"record {n}, which this session did not bind, changed")
                continue
            if data[:-1] != held[n].data:
                return Violation(NOTHING_LOST, f"record {n} does not hold what was accepted")
            wanted = FF if held[n].target <= 0 else held[n].target
            if data[-1] != wanted:
                return Violation(NOTHING_LOST, f"the pointer of record {n} is {data[-1]:02X}, expected {wanted:02X}")
        return None

    def _check_tails(self, account: Account, start: Content, now: Content) -> Violation | None:
        held = {h.home: h for h in account.tails}
        for n, (old, data) in enumerate(zip(start.ext1, now.ext1, strict=True), 1):
            if n not in held:
                orphan = bool(start.marks and start.marks[n - 1])
                if data != old and not (orphan and data == self._free_tail):
                    return Violation(NOTHING_HARMED, f"extension {n}, which this session did not bind, changed")
                continue
            if data[:-1] != held[n].data:
                return Violation(NOTHING_LOST, f"extension {n} does not hold what was accepted")
            target = held[n].target
            if target <= 0 and data[-1] != FF:
                return Violation(NOTHING_LOST, f"the pointer of extension {n} names a record nobody meant")
            if target > 0 and data[-1] != target and not (data[-1] == FF and _leads(now.ext1, target, n)):
                return Violation(NOTHING_LOST, f"the pointer of extension {n} is {data[-1]:02X}, expected {target:02X}")
            if _leads(now.ext1, data[-1], n):
                return Violation(NOTHING_LOST, f"the chain of extension {n} has no end")
        return None

    def _check_chains(self, account: Account, start: Content, now: Content) -> Violation | None:
        """P4: every chain that starts in a record this session did not bind."""
        homes = {held.home for held in account.contacts}
        others = [data for n, data in enumerate(start.adn, 1) if n not in homes and not is_blank(data)]
        for data in (*others, *start.lnd):
            pointer = data[-1]
            for _ in start.ext1:
                if not 1 <= pointer <= len(start.ext1):
                    break
                if start.ext1[pointer - 1] != now.ext1[pointer - 1]:
                    return Violation(NOTHING_HARMED, f"extension {pointer}, the tail of an older contact, changed")
                pointer = start.ext1[pointer - 1][-1]
        return None


def _home(wrote: tuple[int, ...], free: list[int], after: tuple[bytes, ...], data: bytes) -> int | Violation:
    """The record that a new generation landed in."""
    found = [n for n in wrote if after[n - 1][:-1] == data[:-1]]
    landed = next((n for n in found if n in free), None)
    if landed is not None:
        return landed
    if found:
        return Violation(NOTHING_HARMED, f"a write overwrote record {found[0]}, which was not free")
    return Violation(NOTHING_LOST, "a write was accepted, and its bytes stand in no record")


def _last(account: Account, number: int) -> Last | None:
    return next((last for last in account.last if last.number == number), None)


def _with(all_last: tuple[Last, ...], last: Last) -> tuple[Last, ...]:
    return tuple(sorted((*(x for x in all_last if x.number != last.number), last)))


def _bound(account: Account, number: int, home: int) -> Account:
    """Pointers that waited for this mirror record name its new home."""

    def found(held: tuple[Held, ...]) -> tuple[Held, ...]:
        return tuple(h._replace(target=home) if h.target == -number else h for h in held)

    return account._replace(contacts=found(account.contacts), tails=found(account.tails))


def _release(account: Account, after: Content) -> Account:
    """Extensions given up that no stored pointer names any more (W5); what was meant to lead there leads to what the
    mirror record is now, or waits for it.
    """
    named = after.named(frozenset(held.home for held in account.tails))
    gone = {held.home: held.number for held in account.tails if held.number < 0 and held.home not in named}
    if not gone:
        return account
    now = {-held.number: held.home for held in account.tails if held.number > 0}
    meant = {home: now.get(number, number) for home, number in gone.items()}
    tails = tuple(h._replace(target=meant.get(h.target, h.target)) for h in account.tails if h.home not in gone)
    return account._replace(tails=tails)


def _leads(records: tuple[bytes, ...], pointer: int, goal: int) -> bool:
    """Whether the chain from ``pointer`` comes to the record ``goal``."""
    for _ in records:
        if pointer == goal:
            return True
        if not 1 <= pointer <= len(records):
            return False
        pointer = records[pointer - 1][-1]
    return False
