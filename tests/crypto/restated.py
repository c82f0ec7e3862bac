"""CAVE, CMEA, AES and MILENAGE once more, by other means than the product's: bit lists, and no library.

Written from the texts only; what is wrong here and there in the same way the published vectors find.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

CAVE_TABLE_TEXT = """
d9235fe6ca6897b07bf20c3411a58d4e 0a46778d109f5e62f134eca5c9b3d82b 5947e3d2ffae64ca158b7d3821bc9600
4956231597e4cb6ff2703c88bad10dae e238ba449f835d1cdeabc765f1760920 86bd0af13ca72993cb455fe8107462de
b87780d11226ac6de9cff3543a0b954e b130a496f857498e051f627cc32bdaed bb860d7a97136c4e5130e5f22fd8c4a9
9176f01743382984a2dbef655eca0dbc e7fad8816f001442257c5dc99eb633ab 5a6f9bd9fe7144c537a2882d00b613ec
4e96a85ab5d7c38d3ff2ec0460711b29 0479e3c71b66814a259ddc5f3eb0f8a2 9134f65c6789730522aacbeebf18d04d
f536ae012f94c3498bbd5812e0776cda"""
TABLE = [int(pair, 16) for row in CAVE_TABLE_TEXT.split() for pair in (row[i : i + 2] for i in range(0, 32, 2))]


def bits(value: int, count: int) -> list[int]:
    """Most significant first."""
    return [int(digit) for digit in f"{value:0{count}b}"]


def number(digits: list[int]) -> int:
    return int("".join(map(str, digits)), 2)


class Cave:
    """The machine, with its shift register as a list of bits (index 0 is the first bit of byte A)."""

    def __init__(self, lfsr: int, registers: list[int], offsets: tuple[int, int] = (128, 128)) -> None:
        self.shift = bits(lfsr, 32)
        self.r = list(registers)
        self.offset = list(offsets)
        self.most_equal = 0

    def tick(self) -> None:
        b6, d2, d1, d0 = self.shift[9], self.shift[29], self.shift[30], self.shift[31]
        self.shift = [(b6 + d2 + d1 + d0) % 2, *self.shift[:-1]]

    def nibble(self, which: int, register: int) -> int:
        """The low nibble by byte A (which = 0), the high one by byte B (which = 1)."""

        def part(byte: int) -> int:
            return byte // 16 if which else byte % 16

        equal = 0
        while True:
            byte = number(self.shift[8 * which : 8 * which + 8])
            self.offset[which] = (self.offset[which] + (byte ^ register)) % 256
            found = part(TABLE[self.offset[which]])
            if found != part(register):
                return found
            self.tick()
            equal += 1
            self.most_equal = max(self.most_equal, equal)
            if equal == 32:
                self.shift[24:] = bits((number(self.shift[24:]) + 1) % 256, 8)
                return found

    def rounds(self, count: int) -> None:
        for k in range(count - 1, -1, -1):
            old, new = list(self.r), []
            for i, register in enumerate(old):
                low = self.nibble(0, register)
                high = self.nibble(1, register)
                new.append(16 * high + low ^ old[(i + 1) % 16])
                self.tick()
            string = [bit for register in new for bit in bits(register, 8)]
            string = [string[-1], *string[:-1]]
            for i in range(16):
                self.r[TABLE[16 * k + i] % 16] = number(string[8 * i : 8 * i + 8])

    def signature(self) -> int:
        pairs = [self.r[i] ^ self.r[i + 13] for i in range(3)]
        return number([bit for pair in pairs for bit in bits(pair, 8)][6:])


def _machine(lfsr: int, if_zero: int, key: bytes, middle: int, esn: int) -> Cave:
    registers = [*key, 0xC7, *middle.to_bytes(3, "big"), *esn.to_bytes(4, "big")]
    return Cave(lfsr if lfsr else if_zero, registers)


def _halves(key: bytes) -> tuple[int, int]:
    return int(key[:4].hex(), 16), int(key[4:].hex(), 16)


def check(akey: bytes, esn: int) -> int:
    machine = _machine(_halves(akey)[0], esn, akey, int(akey[5:].hex(), 16), esn)
    machine.rounds(8)
    return machine.signature()


def ssd(akey: bytes, randssd: bytes, esn: int) -> bytes:
    high, low = _halves(akey)
    tail = int(randssd[3:].hex(), 16)
    machine = _machine(tail ^ high ^ low, tail, akey, int(randssd[:3].hex(), 16), esn)
    machine.rounds(8)
    return bytes(machine.r)


def call(rand: int, auth_data: int, secret: bytes, esn: int) -> tuple[int, bytes, bytes]:
    """AUTHR, CMEA key and mask of one call."""
    high, low = _halves(secret[:8])
    machine = _machine(rand ^ high ^ low, rand, secret[:8], auth_data, esn)
    machine.rounds(8)
    signature = machine.signature()
    high, low = _halves(secret[8:])
    key_machine = _machine(number(machine.shift) ^ high ^ low, rand, secret[8:], auth_data, esn)
    key_machine.offset = list(machine.offset)
    key_machine.rounds(8)
    passes = []
    for _ in range(13):
        r = key_machine.r
        key_machine.shift = bits(int(bytes((r[0], r[1], r[14], r[15])).hex(), 16) or rand, 32)
        key_machine.rounds(4)
        passes.append(list(key_machine.r))
    key = bytes(p[4 + i] ^ p[8 + i] for p in passes[:2] for i in range(4))
    mask = bytes(p[2 + i] ^ p[8 + i] for p in passes[2:] for i in range(6))
    return signature, key, mask[:65]


def cmea(key: bytes, text: bytes) -> bytes:
    """The message encryption of the phone, its own inverse; only here to show what a key is good for."""

    def t(z: int) -> int:
        value = z
        for i in range(0, 8, 2):
            value = TABLE[((value ^ key[i]) + key[i + 1]) % 256] + z & 0xFF
        return value

    block, total = list(text), 0
    for i in range(len(block)):
        block[i] = (block[i] + t(total ^ i)) % 256
        total = (total + block[i]) % 256
    for i in range(len(block) // 2):
        block[i] ^= block[-1 - i] | 1
    total = 0
    for i in range(len(block)):
        mixed = t(total ^ i)
        total = (total + block[i]) % 256
        block[i] = (block[i] - mixed) % 256
    return bytes(block)


def _times(a: int, b: int) -> int:
    """A product in the field of AES."""
    result = 0
    while b:
        result ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return result


@cache
def _sbox() -> list[int]:
    """Inverse in the field, then the affine map, computed and not copied."""
    made = []
    for value in range(256):
        inverse = next((x for x in range(256) if _times(value, x) == 1), 0)
        turned = [(inverse << n | inverse >> 8 - n) & 0xFF for n in range(5)]
        made.append(turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ turned[4] ^ 0x63)
    return made


def _round_keys(key: bytes) -> Iterator[bytes]:
    words = [key[i : i + 4] for i in range(0, 16, 4)]
    constant = 1
    for i in range(4, 44):
        last = words[i - 1]
        if i % 4 == 0:
            last = bytes(_sbox()[b] for b in last[1:] + last[:1])
            last = bytes((last[0] ^ constant,)) + last[1:]
            constant = _times(constant, 2)
        words.append(xor(words[i - 4], last))
    for i in range(0, 44, 4):
        yield b"".join(words[i : i + 4])


def xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def aes(key: bytes, block: bytes) -> bytes:
    """AES-128 of one block (FIPS 197)."""
    first, *others = _round_keys(key)
    state = xor(block, first)
    for count, round_key in enumerate(others, 1):
        state = bytes(_sbox()[state[(i + 4 * (i % 4)) % 16]] for i in range(16))
        if count < 10:
            columns = (state[i : i + 4] for i in range(0, 16, 4))
            state = bytes(
                _times(c[i], 2) ^ _times(c[(i + 1) % 4], 3) ^ c[(i + 2) % 4] ^ c[(i + 3) % 4]
                for c in columns
                for i in range(4)
            )
        state = xor(state, round_key)
    return state


def milenage(k: bytes, opc: bytes, rand: bytes) -> dict[str, bytes]:
    """f2 to f5 and f5* of TS 35.206, by rotations of bits as the text has them."""
    temp = aes(k, xor(rand, opc))

    def out(bits_left: int, constant: int) -> bytes:
        value = int.from_bytes(xor(temp, opc), "big")
        rotated = (value << bits_left | value >> 128 - bits_left) & (1 << 128) - 1
        return xor(aes(k, (rotated ^ constant).to_bytes(16, "big")), opc)

    second = out(0, 1)
    return {"f2": second[8:], "f5": second[:6], "f3": out(32, 2), "f4": out(64, 4), "f5s": out(96, 8)[:6]}


def gsm_from_milenage(k: bytes, opc: bytes, rand: bytes) -> bytes:
    """SRES and Kc by the conversions c2 and c3 of TS 33.102 6.8.1.2."""
    made = milenage(k, opc, rand)
    kc = bytes(8)
    for half in (made["f3"][:8], made["f3"][8:], made["f4"][:8], made["f4"][8:]):
        kc = xor(kc, half)
    return xor(made["f2"][:4], made["f2"][4:]) + kc
