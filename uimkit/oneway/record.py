"""One record of a protected file, sealed: mirrors may ask whether it is free, for its pointer, and for equality.

What a mirror can not ask can not play into what the restricted side is told. ``octets`` is for the CDMA side, for what
this session sent itself, and for storage; ``tests/oneway/test_vault.py`` holds who names it.
"""

from __future__ import annotations

from functools import cache

from uimkit.card.definition import FileDef
from uimkit.files.spec import Blank

NONE = 0xFF
"""An extension pointer that names no record."""
_PHONE_BOOK = Blank()


class FreeRule:
    """What a free record of a file is, at the file's record length (V9): how a fresh one looks, and which bits tell."""

    __slots__ = ("bits", "mask", "record")

    def __init__(self, blank: Blank, length: int) -> None:
        self.record = blank.record(length)
        self.mask = int.from_bytes(blank.mask(length), "big")
        self.bits = int.from_bytes(self.record, "big") & self.mask


@cache
def _free_rule(blank: Blank, length: int) -> FreeRule:
    return FreeRule(blank, length)


def free_rule(file: FileDef) -> FreeRule:
    """What a free record of this file is."""
    return _free_rule(file.blank or _PHONE_BOOK, file.record_length)


class Record:
    """A record of fixed length. Two are equal when all their octets are."""

    __slots__ = ("octets",)

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def is_free(self, rule: FreeRule) -> bool:
        """As a free record of its file is: in the phone book every octet FF, the extension pointer not regarded."""
        return int.from_bytes(self.octets, "big") & rule.mask == rule.bits

    @property
    def is_unused(self) -> bool:
        """Every octet is FF, the pointer too."""
        return self.octets.count(NONE) == len(self.octets)

    @property
    def pointer(self) -> int:
        """The last octet: the number of an EF_EXT1 record, or ``NONE`` (GSM 11.11 10.5.1, 10.5.10)."""
        return self.octets[-1]

    def pointing_to(self, pointer: int) -> Record:
        """With another pointer."""
        return Record(self.octets[:-1] + bytes((pointer,)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.octets == other.octets

    def __hash__(self) -> int:
        return hash(self.octets)

    def __lt__(self, other: Record) -> bool:
        return self.octets < other.octets

    def __repr__(self) -> str:
        return f"Record({len(self.octets)} octets)"
