"""CAVE: A-key check, SSD, signatures, CMEA key and voice privacy mask (3GPP2 S.S0053 clause 2; C.S0023-C clause 4.4).

Keys are bytes, high byte first; ESN, random numbers, AUTH_DATA and signatures are integers. Signatures have 18 bits.
The algorithm guards nothing by today's measure: 18-bit signatures and 64-bit keys are for simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

KEY_LENGTH, SSD_LENGTH, RANDSSD_LENGTH = 8, 16, 7
"""Bytes of an A-key, of SSD (SSD_A then SSD_B, 8 each), and of RANDSSD."""
CMEA_KEY_LENGTH, VPM_LENGTH = 8, 65
SIGNATURE_BITS = 18

_VERSION = 0xC7
"""AAV, the authentication algorithm version."""
_OFFSET, _ROUNDS, _KEY_ROUNDS = 128, 8, 4
_EQUAL_LIMIT = 32
_TABLE = bytes.fromhex(
    "d9235fe6ca6897b07bf20c3411a58d4e0a46778d109f5e62f134eca5c9b3d82b"
    "5947e3d2ffae64ca158b7d3821bc96004956231597e4cb6ff2703c88bad10dae"
    "e238ba449f835d1cdeabc765f176092086bd0af13ca72993cb455fe8107462de"
    "b87780d11226ac6de9cff3543a0b954eb130a496f857498e051f627cc32bdaed"
    "bb860d7a97136c4e5130e5f22fd8c4a99176f01743382984a2dbef655eca0dbc"
    "e7fad8816f001442257c5dc99eb633ab5a6f9bd9fe7144c537a2882d00b613ec"
    "4e96a85ab5d7c38d3ff2ec0460711b290479e3c71b66814a259ddc5f3eb0f8a2"
    "9134f65c6789730522aacbeebf18d04df536ae012f94c3498bbd5812e0776cda"
)


class Core(NamedTuple):
    """The algorithm's state: a shift register of 32 bits, two offsets of 8 bits, 16 mixing registers."""

    lfsr: int
    offset1: int
    offset2: int
    registers: bytes


@dataclass(frozen=True, slots=True)
class SavedRegisters:
    """What a signature leaves for the key generation that may follow: the state after it, and its inputs."""

    lfsr: int = field(repr=False)
    offset1: int = field(repr=False)
    offset2: int = field(repr=False)
    rand: int
    auth_data: int


def run(core: Core, rounds: int) -> Core:
    """``rounds`` (8 or 4) rounds of mixing, rotating and shuffling."""
    lfsr, offset1, offset2, registers = core
    mixed = bytearray(registers)
    for number in reversed(range(rounds)):
        first = mixed[0]
        for i in range(16):
            current = mixed[i]
            lfsr, offset1, low = _nibble(lfsr, offset1, 24, current, 0x0F)
            lfsr, offset2, high = _nibble(lfsr, offset2, 16, current, 0xF0)
            mixed[i] = (high | low) ^ (mixed[i + 1] if i < 15 else first)
            lfsr = _clock(lfsr)
        string = int.from_bytes(mixed, "big")
        rotated = (string >> 1 | (string & 1) << 127).to_bytes(16, "big")
        for i, value in enumerate(rotated):
            mixed[_TABLE[16 * number + i] & 0x0F] = value
    return Core(lfsr, offset1, offset2, bytes(mixed))


def _nibble(lfsr: int, offset: int, shift: int, register: int, half: int) -> tuple[int, int, int]:
    """The next table nibble that differs from the register's; the shift register turns on until there is one."""
    for _ in range(_EQUAL_LIMIT):
        offset = (offset + ((lfsr >> shift & 0xFF) ^ register)) & 0xFF
        found = _TABLE[offset] & half
        if found != register & half:
            return lfsr, offset, found
        lfsr = _clock(lfsr)
    return lfsr & 0xFFFFFF00 | (lfsr + 1) & 0xFF, offset, found


def _clock(lfsr: int) -> int:
    bit = (lfsr >> 22 ^ lfsr >> 2 ^ lfsr >> 1 ^ lfsr) & 1
    return lfsr >> 1 | bit << 31


def _load(lfsr: int, key: bytes, auth_data: int, esn: int) -> Core:
    registers = key + bytes((_VERSION,)) + auth_data.to_bytes(3, "big") + esn.to_bytes(4, "big")
    return Core(lfsr, _OFFSET, _OFFSET, registers)


def _folded(key: bytes) -> int:
    """The two halves of a key, xored."""
    return int.from_bytes(key[:4], "big") ^ int.from_bytes(key[4:], "big")


def _signature(registers: bytes) -> int:
    r = registers
    return ((r[0] ^ r[13]) << 16 | (r[1] ^ r[14]) << 8 | r[2] ^ r[15]) & ((1 << SIGNATURE_BITS) - 1)


def akey_check(akey: bytes, esn: int) -> int:
    """The check value of an A-key (8 bytes) for one ESN or UIMID: 18 bits, written as six decimal digits."""
    lfsr = int.from_bytes(akey[:4], "big") or esn
    return _signature(run(_load(lfsr, akey, int.from_bytes(akey[5:], "big"), esn), _ROUNDS).registers)


def shared_secret(akey: bytes, randssd: bytes, esn: int) -> bytes:
    """SSD, 16 bytes: SSD_A and SSD_B. ``akey`` has 8 bytes, ``randssd`` 7."""
    low = int.from_bytes(randssd[3:], "big")
    core = _load(low ^ _folded(akey) or low, akey, int.from_bytes(randssd[:3], "big"), esn)
    return run(core, _ROUNDS).registers


def sign(rand: int, auth_data: int, ssd: bytes, esn: int) -> tuple[int, SavedRegisters]:
    """Auth_Signature under SSD_A: 18 bits, and what a key generation needs afterwards.

    ``rand`` has 32 bits, ``auth_data`` 24; ``ssd`` is SSD_A, or SSD whole.
    """
    secret = ssd[:8]
    done = run(_load(rand ^ _folded(secret) or rand, secret, auth_data, esn), _ROUNDS)
    return _signature(done.registers), SavedRegisters(done.lfsr, done.offset1, done.offset2, rand, auth_data)


def key_and_vpm(saved: SavedRegisters, ssd: bytes, esn: int) -> tuple[bytes, bytes]:
    """The CMEA key (8 bytes) and the voice privacy mask (65 bytes) after a signature, under SSD_B of ``ssd`` (16)."""
    secret = ssd[8:]
    lfsr = saved.lfsr ^ _folded(secret) or saved.rand
    loaded = _load(lfsr, secret, saved.auth_data, esn)
    core = run(loaded._replace(offset1=saved.offset1, offset2=saved.offset2), _ROUNDS)
    made = b""
    for _ in range(2):
        core = _next_pass(core, saved.rand)
        made += bytes(core.registers[4 + i] ^ core.registers[8 + i] for i in range(4))
    mask = b""
    while len(mask) < VPM_LENGTH:
        core = _next_pass(core, saved.rand)
        mask += bytes(core.registers[2 + i] ^ core.registers[8 + i] for i in range(6))
    return made, mask[:VPM_LENGTH]


def _next_pass(core: Core, rand: int) -> Core:
    r = core.registers
    lfsr = int.from_bytes(bytes((r[0], r[1], r[14], r[15])), "big") or rand
    return run(core._replace(lfsr=lfsr), _KEY_ROUNDS)
