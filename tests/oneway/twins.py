"""Two cards that differ in everything but what P1 lets differ, and a terminal's account of what it wrote (P3).

The account restates W1 to W4 from the terminal's point of view. It never looks at the simulator's bindings.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from uimkit.apdu import INS
from uimkit.card.memory import Memory
from uimkit.oneway.policy import Side
from uimkit.profile.build import CardProfile, personalised
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card

ADN, LND, EXT1 = "3F00/7F10/6F3A", "3F00/7F10/6F44", "3F00/7F10/6F4A"
RECORD = 28
STREAM = 34
"""Seed of the random stream that both twins draw."""
FREE = 60
"""Free ADN records of each twin: what a burst may fill."""

NAMES_A = ["Li Ming", "Anna", "Zoe Maria Long", "Bob", "@home", "A", "Office 24h"]
NAMES_B = ["张三", "王懿", "北京办事处王", "欧阳娜娜", "一丁", "长寿", "陈姿"]


@cache
def profile(*, mirrored: bool = False) -> CardProfile:
    """The shipped one-way profile, which hides EF_EXT1; or the same with a mirror of EF_EXT1."""
    shipped = load_profile("china-telecom-oneway")
    if not mirrored:
        return shipped
    text = shipped.text.replace('"3F00/7F10/6F44"] #', f'"3F00/7F10/6F44", "{EXT1}"] #')
    text = re.sub("^hidden = .*$", "", text, flags=re.MULTILINE).replace(
        "SST = [1, 2, 4, 7, 9,", "SST = [1, 2, 4, 7, 9, 10,"
    )
    return parse_profile(text, shipped.source, shipped.name)


def gsm_record(name: str, digits: str, extension: int = 0xFF) -> bytes:
    """An EF_ADN record by hand, so that a wrong codec can not hide here."""
    if name.isascii():
        alpha = (b"\0" if name[0] == "@" else name[0].encode()) + name[1:].encode()
    else:
        alpha = b"\x80" + name.encode("utf-16-be")
    text = digits + "F" * (len(digits) % 2)
    number = bytes(int(text[i + 1] + text[i], 16) for i in range(0, len(text), 2))
    return (
        alpha.ljust(14, b"\xff") + bytes((len(number) + 1, 0x81)) + number.ljust(10, b"\xff") + bytes((0xFF, extension))
    )


def extension_record(digits: str, following: int = 0xFF) -> bytes:
    number = bytes(int(digits[i + 1] + digits[i], 16) for i in range(0, len(digits), 2))
    return bytes((2, len(number))) + number.ljust(10, b"\xff") + bytes((following,))


def contents(variant: int, count: int, free: int) -> bytes:
    """A phone book of ``count`` records with ``free`` blank ones; the variants differ in every used record.

    Some records point to used records of EF_EXT1, and one to a blank one, which therefore is not free.
    """
    names = (NAMES_A, NAMES_B)[variant]
    used = []
    for i in range(count - free):
        digits = f"{1 + variant}{10 ** (3 + i % 9 + variant) + i}"[:20]
        pointer = (5, 1)[variant] + i % 5 if i % 9 == variant else 0xFF
        used.append(gsm_record(names[i % len(names)], digits, (4, 10)[variant] if i == 50 else pointer))
    blank = [b"\xff" * RECORD] * free
    if variant:
        used.reverse()
        return b"".join(used[:100] + blank + used[100:])
    return b"".join(blank[:10] + used + blank[10:])


def extensions(variant: int) -> bytes:
    """Ten EXT1 records, four of them blank: chains, a shared tail, an orphan and a loop, in another order each."""
    blank = [b"\xff" * 13] * 4
    if variant:
        return b"".join([extension_record(f"{7 - i}5{i}{i}", 1 + (5 * i) % 6) for i in range(6)] + blank)
    used = [("21436587", 6), ("99", 0xFF), ("1234", 8), ("5678", 7), ("0102", 0xFF), ("31", 6)]
    return b"".join(blank + [extension_record(digits, following) for digits, following in used])


def card(variant: int, free: int = FREE, base: CardProfile | None = None) -> Card:
    """A personalised one-way card with a filled phone book."""
    made = base or profile()
    memory = made.fresh_memory()
    personalised(made.definition, memory)
    index = made.definition.index
    memory.write(index[ADN], 0, contents(variant, 250, free))
    if EXT1 in index:
        memory.write(index[EXT1], 0, extensions(variant))
    memory.write(index[LND], 0, gsm_record(("Last", "最后")[variant], ("110", "119120")[variant]) * 10)
    memory.changes.clear()
    return Card(made.product, memory, random.Random(STREAM).randbytes)


def body(memory: Memory, on: Card, path: str) -> bytes:
    return memory.contents[on.product.definition.index[path]]


def split(data: bytes, length: int = RECORD) -> list[bytes]:
    return [data[i : i + length] for i in range(0, len(data), length)]


def is_blank(record: bytes) -> bool:
    return record[:-1] == b"\xff" * (len(record) - 1)


@dataclass(frozen=True)
class Books:
    """The real phone book: contacts, extension records (none when the card hides them), orphans by number."""

    contacts: list[bytes]
    extensions: list[bytes]
    orphans: frozenset[int]


def books(on: Card) -> Books:
    mirrored = EXT1 in on.product.policy.protected
    marks = body(on.memory, on, "#orphans") if mirrored else b""
    return Books(
        split(body(on.memory, on, ADN)),
        split(body(on.memory, on, EXT1), 13) if mirrored else [],
        frozenset(number for number, mark in enumerate(marks, 1) if mark),
    )


def _loops(pointer: int, extensions: list[bytes]) -> bool:
    seen: set[int] = set()
    while 1 <= pointer <= len(extensions) and pointer not in seen:
        seen.add(pointer)
        pointer = extensions[pointer - 1][-1]
    return pointer in seen


@dataclass
class Account:
    """What one session wrote to the mirror of EF_ADN, by mirror record: its generations, and the state of the last."""

    generations: dict[int, list[bytes]] = field(default_factory=dict)
    last: dict[int, bytes] = field(default_factory=dict)
    looked: set[int] = field(default_factory=set)
    bound: dict[int, int] = field(default_factory=dict)
    """For each mirror record of EF_EXT1 how often it was taken from free."""
    occupied: set[int] = field(default_factory=set)
    tails: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """What was last accepted for a mirror record of EF_EXT1, the first, second... time it was taken."""
    meant: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The tail that the last generation of a contact means: the one that stood, or the next to come (W6)."""
    ever: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)

    def shown(self, number: int) -> None:
        self.looked.add(number)

    def accepted(self, number: int, data: bytes) -> None:
        """A write the card answered with 90 00."""
        written = self.generations.setdefault(number, [])
        bound = number in self.last
        frozen = number in self.looked or number in self.again
        if is_blank(data):
            if bound and not frozen:
                written.pop()
                del self.last[number]
            return
        if bound and data == self.last[number]:
            return
        if bound and not frozen:
            written[-1] = data
        else:
            if number in self.ever:
                self.again.add(number)
            self.ever.add(number)
            written.append(data)
        self.last[number] = data
        self.looked.discard(number)
        tail = data[-1]
        self.meant[number] = tail, self.bound.get(tail, 0) + (tail not in self.occupied)

    def accepted_extension(self, number: int, data: bytes) -> None:
        if is_blank(data):
            self.occupied.discard(number)
            return
        if number not in self.occupied:
            self.occupied.add(number)
            self.bound[number] = self.bound.get(number, 0) + 1
        self.tails[number, self.bound[number]] = data

    def check(self, before: Books, after: Books) -> str | None:
        """P3 and P4 on the phone book before and after: None, or what is wrong."""
        return self._contacts(before, after) or self._tails(before, after)

    def _contacts(self, before: Books, after: Books) -> str | None:
        new: Counter[bytes] = Counter()
        for number, (old, now) in enumerate(zip(before.contacts, after.contacts, strict=True), 1):
            if is_blank(old):
                if not is_blank(now):
                    new[now[:-1]] += 1
            elif old != now:
                return f"P4: record {number} changed from {old.hex()} to {now.hex()}"
        most = Counter(g[:-1] for gs in self.generations.values() for g in gs)
        least = Counter(g for gs in self.generations.values() for g in {g[:-1] for g in gs})
        for data in set(new) | set(most):
            if not least[data] <= new[data] <= most[data]:
                return f"P3: {data.hex()} stands {new[data]} times, expected {least[data]} to {most[data]}"
        return None

    def _tails(self, before: Books, after: Books) -> str | None:
        named = {record[-1] for record in (*before.contacts, *before.extensions)}
        for number, (old, now) in enumerate(zip(before.extensions, after.extensions, strict=True), 1):
            free = old.count(0xFF) == len(old) or number in before.orphans
            if old != now and not (free and number not in named):
                return f"P4: extension record {number} changed from {old.hex()} to {now.hex()}"
        for number, sent in self.last.items():
            tail = self.tails.get(self.meant[number])
            stored = [r[-1] for o, r in zip(before.contacts, after.contacts, strict=True)
                      if is_blank(o) and r[:-1] == sent[:-1]]  # fmt: skip
            found = [after.extensions[p - 1][:-1] for p in stored if p <= len(after.extensions)]
            if any(_loops(p, after.extensions) for p in stored):
                return f"P3: the chain of {sent.hex()} has no end"
            if tail is not None and tail[:-1] not in found:
                return f"P3: {sent.hex()} does not lead to its tail {tail.hex()}"
            if tail is None and not after.extensions and any(p != 0xFF for p in stored):
                return f"P3: {sent.hex()} has a pointer without EF_EXT1"
        return None


class Twins:
    """Both cards get every command; the answers must be the same to the byte (P1)."""

    def __init__(self, *, mirrored: bool = False) -> None:
        base = profile(mirrored=mirrored)
        self.a, self.b = card(0, base=base), card(1, base=base)
        self.sent = 0
        self.account = Account()
        self.pointer_known = False
        self.reset()

    def reset(self) -> None:
        assert self.a.reset() == self.b.reset()
        self.before = [books(c) for c in (self.a, self.b)]
        self.account = Account()
        for c in (self.a, self.b):
            c.memory.changes.clear()

    def transmit(self, apdu: bytes) -> bytes:
        """One command to both; raises AssertionError when P1 is broken."""
        self.sent += 1
        path = self._current()
        pointer = self.a.session.pointer
        answer, other = self.a.transmit(apdu), self.b.transmit(apdu)
        assert answer == other, f"P1: {apdu.hex()} answered {answer.hex()} and {other.hex()}"
        assert self.a.side is self.b.side, f"P1: {apdu.hex()} led to different sides"
        if self.a.side is Side.CDMA:
            self.reset()
        elif path in (ADN, EXT1) and len(apdu) >= 5 and apdu[0] == 0xA0:
            self._keep_account(apdu, answer, pointer, path)
        return answer

    def _current(self) -> str | None:
        ef = self.a.session.ef
        return None if ef is None else self.a.product.definition.files[ef].path

    def _keep_account(self, apdu: bytes, answer: bytes, pointer: int, path: str) -> None:
        """By the standard's rules for the record pointer, what this exchange showed or wrote."""
        ok = answer[-2] in (0x90, 0x9F)
        if not ok:
            return
        last = 250 if path == ADN else 10
        if path == EXT1 and apdu[1] != INS.UPDATE_RECORD:
            return
        if apdu[1] == INS.SEEK:
            self.account.shown(self.a.session.pointer)
        elif apdu[1] in (INS.READ_RECORD, INS.UPDATE_RECORD):
            number = {2: pointer + 1, 3: pointer - 1 if pointer else last}.get(apdu[3], apdu[2] or pointer)
            if apdu[1] == INS.READ_RECORD:
                self.account.shown(number)
            elif path == ADN:
                self.account.accepted(number, apdu[5:])
            else:
                self.account.accepted_extension(number, apdu[5:])

    def check(self) -> None:
        """P3 and P4 on both cards; only worth the time when something was written."""
        for c, before in zip((self.a, self.b), self.before, strict=True):
            wrong = self.account.check(before, books(c))
            assert wrong is None, wrong
            c.memory.changes.clear()
