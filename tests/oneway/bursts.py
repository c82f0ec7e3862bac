"""Seeded bursts of APDUs from the restricted side."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.oneway.twins import RECORD, gsm_record
from tests.simulator.shrinking import RESET

FIDS = ["3F00", "7F10", "7F20", "7F21", "7F25", "6F3A", "6F44", "6F4A", "6F40", "6F07", "6F7E", "6F38", "6F31", "2FE2",
        "6F21", "6F24", "6F3C", "6F42", "2FE7", "6F1A", "6FFF"]  # fmt: skip
CODES = [
    b"1234\xff\xff\xff\xff",
    b"5678\xff\xff\xff\xff",
    b"UIMKIT00",
    b"12345678",
    b"87654321",
    b"0000\xff\xff\xff\xff",
]
RECORDS = [gsm_record(name, digits) for name, digits in (("Li Ming", "13800138000"), ("张三", "10086"), ("王懿", "1"))]
RECORDS += [gsm_record("Anna", "1000", 3), gsm_record("Ext", "2000", 1), b"\xff" * RECORD, b"\xff" * 27 + b"\x02"]
PATTERNS = [b"\xff", b"\xff" * 16, b"Li Ming", b"A", b"\x80", b"\x80\x5f\x20", b"\x00", b"Anna\xff"]

SELECT_ADN = [bytes.fromhex("A0A40000023F00"), bytes.fromhex("A0A40000027F10"), bytes.fromhex("A0A40000026F3A")]
SELECT_EXT1 = [*SELECT_ADN[:2], bytes.fromhex("A0A40000026F4A")]
TAILS = [b"\x02\x02\x21\x43" + b"\xff" * 8 + bytes((n,)) for n in (0xFF, 0xFF, 1, 2, 3)] + [
    b"\xff" * 13,
    b"\xff" * 12 + b"\x02",
]
TAILS += [b"\x02\x01\x99" + b"\xff" * 9 + bytes((n,)) for n in (0xFF, 4, 0)]
_NUMBERS = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 60, 61, 190, 249, 250, 251, 255]


def burst(seed: int, length: int) -> list[bytes]:
    """``length`` APDUs, mostly sensible ones on the mirror of EF_ADN, some malformed; RESET stands for a reset."""
    draw = random.Random(seed)
    apdus = list(SELECT_ADN)
    while len(apdus) < length:
        apdus.extend(some(draw))
    return apdus[:length]


def some(draw: random.Random) -> Sequence[bytes]:
    """A command or a few that belong together."""
    kind = draw.random()
    if kind < 0.30:
        return [bytes((0xA0, 0xB2, draw.choice(_NUMBERS), draw.choice((2, 3, 4, 4, 4)), RECORD))]
    if kind < 0.58:
        record = draw.choice(RECORDS)
        return [bytes((0xA0, 0xDC, draw.choice(_NUMBERS), draw.choice((2, 3, 4, 4, 4)), RECORD)) + record]
    if kind < 0.64:
        tails = [
            bytes((0xA0, 0xDC, draw.randrange(6), 4, 13)) + draw.choice(TAILS) for _ in range(draw.randrange(1, 4))
        ]
        look = bytes((0xA0, 0xB2, draw.randrange(1, 11), 4, 13))
        return [*SELECT_EXT1, *tails, look, *SELECT_ADN]
    if kind < 0.70:
        pattern = draw.choice(PATTERNS)
        p2 = draw.choice((0, 1, 2, 3, 0x10, 0x11, 0x12, 0x13))
        return [bytes((0xA0, 0xA2, 0, p2, len(pattern))) + pattern, bytes.fromhex("A0C0000001")]
    if kind < 0.80:
        return SELECT_ADN
    if kind < 0.90:
        return [bytes((0xA0, 0xA4, 0, 0, 2)) + bytes.fromhex(draw.choice(FIDS)), _get_response(draw)]
    if kind < 0.995:
        return [_anything(draw)]
    return [RESET, *SELECT_ADN]


def anything(seed: int, length: int) -> list[bytes]:
    """``length`` APDUs with headers and lengths of any kind, half of them on a mirror, and byte strings."""
    draw = random.Random(seed)
    apdus: list[bytes] = []
    while len(apdus) < length:
        kind = draw.random()
        if kind < 0.1:
            apdus += draw.choice((SELECT_ADN, SELECT_ADN, SELECT_EXT1))
        elif kind < 0.3:
            apdus += some(draw)
        elif kind < 0.9:
            cla = draw.choice((0xA0, 0xA0, 0xA0, 0xA0, 0xA0, 0xA0, 0x00, 0x80))
            p1, p2, p3 = draw.randrange(256), draw.choice((2, 3, 4, draw.randrange(256))), draw.randrange(256)
            data = draw.randbytes(draw.choice((0, draw.randrange(33))))
            if draw.random() < 0.5:
                p3 = len(data) or p3
            ins = draw.choice((0xA2, 0xA4, 0xB0, 0xB2, 0xC0, 0xD6, 0xDC, 0xF2, draw.randrange(256)))
            apdus.append(bytes((cla, ins, p1, p2, p3)) + data)
        elif kind < 0.995:
            apdus.append(draw.randbytes(draw.randrange(41)))
        else:
            apdus.append(RESET)
    return apdus[:length]


def _get_response(draw: random.Random) -> bytes:
    return bytes((0xA0, 0xC0, 0, 0, draw.choice((15, 23, 22, 14, 1, 0))))


def _anything(draw: random.Random) -> bytes:
    """A header of a known instruction with parameters of any kind; one in eight with a wrong class or length."""
    ins = draw.choice((0x04, 0x10, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x32, 0x44, 0x82, 0x84, 0x88, 0x8A, 0x8E, 0xA2, 0xB0,
                       0xB2, 0xC0, 0xCC, 0xD6, 0xDC, 0xDE, 0xF2, 0xFA, 0xE0))  # fmt: skip
    p1, p2 = draw.choice((0, 0, 0, 1, 255)), draw.choice((0, 1, 2, 3, 4, 16, 255))
    data = draw.choice((b"", draw.choice(CODES), draw.choice(CODES) + draw.choice(CODES), draw.randbytes(3)))
    apdu = bytes((0xA0, ins, p1, p2, len(data) or draw.choice((0, 1, 9, 28)))) + data
    if draw.random() < 0.125:
        return draw.choice((apdu[:-1], apdu + b"\0", b"\0" + apdu[1:], apdu[:3], draw.randbytes(7)))
    return apdu
