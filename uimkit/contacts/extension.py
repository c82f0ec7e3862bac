"""EF_EXT1, the tails of long numbers (TS 51.011 10.5.10): 13 octets ``type | count | 10 BCD octets | next``.

An EF_ADN record holds 20 digits; the rest stands in a chain of additional-data records, 20 digits each.
Called party subaddresses in a chain are read past.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from uimkit.coding import bcd

PATH = "3F00/7F10/6F4A"
RECORD_LENGTH = 13
DIGITS = 20  # of one record, in EF_ADN as in EF_EXT1
NO_RECORD = 0xFF
_SUBADDRESS, _ADDITIONAL_DATA = 0x01, 0x02
_OCTETS = 10
BLANK = bytes([0xFF]) * RECORD_LENGTH


class BrokenChain(Exception):
    """A chain that cannot be followed to its end; ``digits`` are those before the break."""

    def __init__(self, message: str, digits: str) -> None:
        super().__init__(message)
        self.digits = digits


@dataclass(frozen=True, slots=True)
class Tail:
    """One record: its digits (none for a subaddress) and the number of the next record, None at the end."""

    digits: str
    next: int | None


def parse(record: bytes) -> Tail:
    """Read one record; raises ValueError when it is neither digits nor a subaddress, or its count is over 10."""
    kind, count, next_record = record[0], record[1], record[-1]
    if kind == _SUBADDRESS:
        return Tail("", _link(next_record))
    if kind != _ADDITIONAL_DATA or count > _OCTETS:
        raise ValueError(f"holds type {kind:02X} and {count} octets, expected type 02 and at most 10")
    return Tail(bcd.decode_digits(record[2 : 2 + count]), _link(next_record))


def build(digits: str, next_record: int | None) -> bytes:
    """An additional-data record of 1 to 20 digits; raises CodecError for anything that is no digit."""
    octets = bcd.encode_digits(digits)
    filled = octets + bytes([0xFF]) * (_OCTETS - len(octets))
    return bytes([_ADDITIONAL_DATA, len(octets)]) + filled + bytes([next_record or NO_RECORD])


def follow(first: int, read: Callable[[int], bytes]) -> str:
    """All digits of the chain from record ``first`` on; raises BrokenChain for a loop or an unreadable record."""
    digits, seen, number = "", set[int](), first
    while number not in seen:
        seen.add(number)
        try:
            tail = parse(read(number))
        except ValueError as error:
            raise BrokenChain(f"EF_EXT1 record {number} {error}", digits) from None
        digits += tail.digits
        if tail.next is None:
            return digits
        number = tail.next
    raise BrokenChain(f"EF_EXT1 record {number} leads back to itself", digits)


def split(digits: str) -> list[str]:
    """The digits in pieces of 20, as the records take them."""
    return [digits[i : i + DIGITS] for i in range(0, len(digits), DIGITS)]


def _link(octet: int) -> int | None:
    return None if octet in (0, NO_RECORD) else octet
