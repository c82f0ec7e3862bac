"""Two cards that differ in everything but what P1 lets differ, each with a filled phone book, and what is checked."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache

from msgspec import convert
from msgspec.structs import asdict, replace

from tests.oneway.account import ADN, EXT1, LND, Account, is_blank
from tests.oneway.ledger import Ledger
from uimkit.card.memory import MIRROR_VALID, REAL_VALID, Contents
from uimkit.oneway.policy import Side
from uimkit.profile.build import CardProfile, build, personalised
from uimkit.profile.load import load_profile
from uimkit.prover.guard import Guard
from uimkit.simulator.card import Card

RECORD = 28
STREAM = 34
"""Seed of the random stream that both twins draw."""
FREE = 60
"""Free ADN records of each twin: what a burst may fill."""

INVALIDATED = 3
"""With so many free records the real files of the twins are invalidated, which the restricted side does not meet."""

NAMES_A = ["Li Ming", "Anna", "Zoe Maria Long", "Bob", "@home", "A", "Office 24h", ""]
NAMES_B = ["张三", "王懿", "北京办事处王", "欧阳娜娜", "一丁", "长寿", "陈姿", ""]


VARIANTS = ("mirrored", "hidden", "session", "inbox", "deny")
INBOX_ADN, INBOX_EXT1 = 40, 6
_EXTENSION_SERVICE = 10


_OPTIONS: Mapping[str, Mapping[str, str | int]] = {
    "session": {"readback": "session"},
    "inbox": {"write": "inbox", "inbox_adn": INBOX_ADN, "inbox_ext1": INBOX_EXT1},
    "deny": {"read": "deny"},
}


@cache
def variant(name: str) -> CardProfile:
    """The shipped one-way profile with another policy; all but ``hidden`` mirror EF_EXT1."""
    return profile(mirrored=name != "hidden", **_OPTIONS.get(name, {}))


def profile(*, mirrored: bool = True, **options: str | int | list[str]) -> CardProfile:
    """The shipped one-way profile with EF_EXT1 mirrored (and SST n10 on) or hidden, and these options of [oneway].

    Made from the profile's tables, so whatever the shipped file says about EF_EXT1 does not matter.
    """
    shipped = load_profile("china-telecom-oneway")
    oneway = convert(
        asdict(shipped.tables.oneway)
        | {"protected": [ADN, EXT1, LND] if mirrored else [ADN, LND], "hidden": [] if mirrored else [EXT1]}
        | options,
        type(shipped.tables.oneway),
    )
    services = shipped.tables.services
    table = sorted({*services["SST"], _EXTENSION_SERVICE} - (set() if mirrored else {_EXTENSION_SERVICE}))
    tables = replace(shipped.tables, oneway=oneway, services={**services, "SST": table})
    return build(tables, name=shipped.name, layers=shipped.layers)


def gsm_record(name: str, digits: str, extension: int = 0xFF) -> bytes:
    """An EF_ADN record by hand, so that a wrong codec can not hide here."""
    if name.isascii():
        alpha = (b"\0" if name[:1] == "@" else name[:1].encode()) + name[1:].encode()
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
    memory.forget_changes()
    return Card(made.product, memory, random.Random(STREAM).randbytes)


def body(memory: Contents, on: Card, path: str) -> bytes:
    return memory.contents[on.product.definition.index[path]]


def split(data: bytes, length: int = RECORD) -> list[bytes]:
    return [data[i : i + length] for i in range(0, len(data), length)]


def reserve(records: list[bytes], reserved: int, free: int) -> list[bytes]:
    """The same records in another order: ``free`` of the last ``reserved`` are blank, in between the others."""
    used, blank = [r for r in records if not is_blank(r)], [r for r in records if is_blank(r)]
    inside = used[: reserved - free] + blank[:free]
    inside = inside[::2] + inside[1::2]
    return used[reserved - free :] + blank[free:] + inside


def turned(record: bytes) -> bytes:
    """The same pointer after the ten records of EF_EXT1 changed their order to the reverse."""
    return record[:-1] + bytes((11 - record[-1] if 1 <= record[-1] <= 10 else record[-1],))


def make_room_in_the_inbox(on: Card, which: int, free: int) -> None:
    """As many free records among the reserved ones of both cards: P1 wants that."""
    index = on.product.definition.index
    contacts = reserve(split(body(on.memory, on, ADN)), INBOX_ADN, min(free, INBOX_ADN // 2))
    if which == 0:
        contacts = [turned(record) for record in contacts]
        tails = [turned(record) for record in reversed(split(body(on.memory, on, EXT1), 13))]
        on.memory.write(index[EXT1], 0, b"".join(tails))
    on.memory.write(index[ADN], 0, b"".join(contacts))


def outside(on: Card) -> tuple[object, ...]:
    """Everything of a card that twins must have alike."""
    chip = on.chip
    return chip.memory.state(), chip.session.state(), chip.sides.state(), chip.sides.use.state()


class Twins:
    """Two cards that differ in what P1 lets differ. Both get every command and must answer the same to the byte.

    ``transmit`` and ``reset`` raise AssertionError when P1, P3, P4 or P5 is broken.
    """

    def __init__(self, name: str = "mirrored", free: int = FREE) -> None:
        base = variant(name)
        self.a, self.b = card(0, free, base), card(1, free, base)
        if base.product.policy.inbox_adn:
            make_room_in_the_inbox(self.a, 0, free)
            make_room_in_the_inbox(self.b, 1, free)
        self._protected = [base.definition.index[path] for path in base.product.policy.protected]
        if free == INVALIDATED:
            for on in (self.a, self.b):
                for position in self._protected:
                    on.memory.set_flags(position, MIRROR_VALID)
        self._real_flags = free != INVALIDATED
        self._guard = Guard(self.a)
        self.account = Account(base.definition, base.product.policy)
        self.ledgers = [Ledger(on) for on in (self.a, self.b)]
        self.sent = 0
        self.reset()

    def reset(self) -> None:
        assert self.a.reset() == self.b.reset(), "P1: the ATRs differ"
        self.account.reset()
        for ledger in self.ledgers:
            ledger.watch()
            ledger.start()

    def transmit(self, apdu: bytes) -> bytes:
        """One command to both; a session that latches by evidence in time is over (P1 holds up to there)."""
        self.sent += 1
        early = not self.account.used
        answer, other = self._guard.transmit(apdu), self.b.transmit(apdu)
        assert answer == other, f"P1: {apdu.hex()} answered {answer.hex()} and {other.hex()}"
        assert self.a.side is self.b.side, f"P1: {apdu.hex()} led to different sides"
        assert outside(self.a) == outside(self.b), f"P1: {apdu.hex()} left two cards unlike outside the vault"
        for position in self._protected:
            valid = bool(self.a.memory.flags[position] & REAL_VALID)
            assert valid is self._real_flags, f"V7: {apdu.hex()} changed the flag of a real file"
        write = self.account.exchange(apdu, answer)
        for ledger in self.ledgers:
            if write is None:
                ledger.watch()
            else:
                ledger.write(write)
        if self.a.side is Side.CDMA:
            assert self.account.evidence, f"P5: {apdu.hex()} latched, and is no evidence"
            assert early, f"S2: {apdu.hex()} latched a session that had used a mirror"
            self.reset()
        return answer
