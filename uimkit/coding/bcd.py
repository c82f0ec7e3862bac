"""Digits two to a byte, filler F, in the alphabets of the standards."""

from __future__ import annotations

from typing import Literal

from uimkit.coding.errors import CodecError, shown

Nibble = Literal["low", "high"]

TELECOM = "0123456789*#p?EF"
"""GSM 11.11 table 12: ``p`` separator or pause (C), ``?`` wild (D), ``E`` expansion."""

HEX = "0123456789ABCDEF"

CDMA = "-1234567890*#DEF"
"""The digits of EF_MDN (C.S0023 3.4.34): 0 is coded A; ``-`` stands for the unassigned code 0."""

_SWAPPED = bytes((byte & 15) << 4 | byte >> 4 for byte in range(256))


def decode_digits(data: bytes, alphabet: str = TELECOM, first: Nibble = "low") -> str:
    """All digits of the bytes, the fillers at the end left out. Fillers between digits show as ``F``."""
    return all_digits(data, alphabet, first).rstrip(alphabet[15])


def all_digits(data: bytes, alphabet: str = TELECOM, first: Nibble = "low") -> str:
    """Two digits for every byte, fillers included."""
    pairs = ((byte & 15, byte >> 4) if first == "low" else (byte >> 4, byte & 15) for byte in data)
    return "".join(alphabet[left] + alphabet[right] for left, right in pairs)


def encode_digits(digits: str, alphabet: str = TELECOM, first: Nibble = "low") -> bytes:
    """As many bytes as the digits need, filled with F; raises CodecError for a character without a code."""
    nibbles = [alphabet.find(digit) for digit in digits]
    if -1 in nibbles:
        position = nibbles.index(-1)
        raise CodecError(f"{shown(digits[position])} at position {position + 1} is no digit, allowed are {alphabet}")
    if len(nibbles) % 2:
        nibbles.append(15)
    pairs = zip(nibbles[::2], nibbles[1::2], strict=True)
    return bytes(right << 4 | left if first == "low" else left << 4 | right for left, right in pairs)


def swapped(hex_digits: str) -> bytes:
    """Hex digits, an even number of them, with the first of each two in the low nibble; ValueError otherwise."""
    return bytes.fromhex(hex_digits).translate(_SWAPPED)
