"""A hand on the card: commands with names, in hex out. And the cards that the rules are tried on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.oneway.twins import ADN, EXT1, LND, body, gsm_record, profile, split
from tests.simulator import small
from uimkit.card.definition import AccessNibbles
from uimkit.card.memory import fresh_memory
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Latch, Policy
from uimkit.profile.build import CardProfile, personalised
from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card
from uimkit.simulator.product import Product

BLANK = b"\xff" * 28
LI, ANNA, ZHANG, BOB = (
    gsm_record("Li Ming", "13800138000"),
    gsm_record("Anna", "442079460000"),
    gsm_record("张三", "10086"),
    gsm_record("Bob", "1000"),
)
CST, IMSI_M = "3F00/7F25/6F32", "3F00/7F25/6F22"
PIN1, PIN2, ADM = b"1234\xff\xff\xff\xff", b"5678\xff\xff\xff\xff", b"UIMKIT00"
ONE_WAY = Policy(protected=frozenset({ADN, LND}))


@cache
def shipped(name: str) -> CardProfile:
    return load_profile(name)


def new_card(name: str = "china-telecom-oneway", *, finished: bool = True) -> Card:
    """A card of a shipped profile with an empty phone book, personalised unless not ``finished``."""
    return fresh(shipped(name), finished=finished)


def hiding_card(*, finished: bool = True) -> Card:
    """The same card of a profile that hides EF_EXT1."""
    return fresh(profile(mirrored=False), finished=finished)


def fresh(profile: CardProfile, *, finished: bool) -> Card:
    memory = profile.fresh_memory()
    if finished:
        personalised(profile.definition, memory)
        memory.forget_changes()
    return Card(profile.product, memory)


def small_card(*records: bytes, latch: Latch = Latch.READ_CDMA_IDENTITY, chv1_enabled: bool = False) -> Card:
    """Four ADN records, three of LND, no EXT1; ``records`` stand at the start of EF_ADN."""
    policy = replace(ONE_WAY, latch=frozenset({latch}))
    adn = b"".join(records).ljust(4 * 28, b"\xff")
    return small.card(policy=policy, chv1_enabled=chv1_enabled, _3F00_7F10_6F3A=adn)


def dialling_card(*, adn_service: bool = True) -> Card:
    """A small card with fixed dialling (n3) on for both applications, and the files that go with it."""
    public = AccessNibbles(small.ALW, small.CHV1, small.NEV, small.CHV1, small.CHV1)
    names = ("7F20/6F38", "7F20/6F7E", "7F25/6F22", "7F25/6F23", "7F25/6F24")
    more = tuple(small.ef(f"3F00/{name}", Structure.TRANSPARENT, 5, access=public) for name in names)
    base = small.definition()
    made = replace(base, files=(*base.files, *more))
    table = bytes((0x3C if adn_service else 0x30, 0, 0, 0, 0))
    bodies = small.bodies() | {file.path: bytes(5) for file in more}
    bodies |= {CST: table, "3F00/7F20/6F38": table}
    return Card(Product(made, ONE_WAY), fresh_memory(made, bodies))


def send(on: Card, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", p3: int | None = None) -> str:
    """One command; the answer in hex."""
    head = bytes((0xA0, ins, p1, p2, len(data) if p3 is None else p3))
    return on.transmit(head + data).hex().upper()


def select(on: Card, path: str) -> str:
    answer = ""
    for fid in path.split("/"):
        answer = send(on, 0xA4, data=bytes.fromhex(fid))
    return answer


def header(on: Card, path: str) -> str:
    return send(on, 0xC0, p3=int(select(on, path)[2:], 16))


def read(on: Card, number: int, mode: int = 4) -> str:
    return send(on, 0xB2, number, mode, p3=28)


def write(on: Card, number: int, data: bytes, mode: int = 4) -> str:
    return send(on, 0xDC, number, mode, data)


def seek(on: Card, pattern: bytes, p2: int = 0) -> str:
    return send(on, 0xA2, 0, p2, pattern)


def latch(on: Card) -> str:
    """READ BINARY of the first byte of EF_CST, as a CDMA phone does."""
    select(on, CST)
    return send(on, 0xB0, p3=1)


def stored(on: Card, path: str = ADN) -> list[bytes]:
    """The real records, as they stand in the card's memory."""
    return split(body(on.memory, on, path), 13 if path == EXT1 else 28)


def blank_answer() -> str:
    return "FF" * 28 + "9000"
