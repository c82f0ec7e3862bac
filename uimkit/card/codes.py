"""CHV and administrative codes as they are stored: 21 bytes in an EF of their own.

No standard says how a card stores its codes; the layout is an ASSUMPTION of uimkit, and this is its one table:

====== ===== ==========================================================
offset bytes content
====== ===== ==========================================================
0      1     b1 initialised, b2 enabled
1      1     false presentations left (0 = blocked)
2      1     false presentations allowed
3      8     value, digits 30-39, filler FF (GSM 11.11 9.3)
11     1     false presentations of the UNBLOCK CHV left
12     1     false presentations of the UNBLOCK CHV allowed
13     8     UNBLOCK CHV, eight digits; all FF: there is none
====== ===== ==========================================================
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace

CODE_LENGTH = 21
VALUE_LENGTH = 8
VALUE_OFFSET, UNBLOCK_OFFSET = 3, 13

_INITIALISED, _ENABLED = 0x01, 0x02
_NONE = b"\xff" * VALUE_LENGTH


@dataclass(frozen=True, slots=True)
class Code:
    """One code's state. Values never show in ``repr``. ``tries`` are false presentations left, 0 to 15."""

    value: bytes = field(repr=False)
    tries: int
    max_tries: int
    unblock: bytes = field(default=_NONE, repr=False)
    unblock_tries: int = 0
    max_unblock_tries: int = 0
    initialised: bool = True
    enabled: bool = True

    @classmethod
    def from_bytes(cls, body: bytes) -> Code:
        """Read the stored form; ``body`` is CODE_LENGTH bytes."""
        return cls(
            value=body[3:11],
            tries=body[1] & 0x0F,
            max_tries=body[2] & 0x0F,
            unblock=body[13:21],
            unblock_tries=body[11] & 0x0F,
            max_unblock_tries=body[12] & 0x0F,
            initialised=bool(body[0] & _INITIALISED),
            enabled=bool(body[0] & _ENABLED),
        )

    def to_bytes(self) -> bytes:
        """The stored form, CODE_LENGTH bytes."""
        state = (_INITIALISED if self.initialised else 0) | (_ENABLED if self.enabled else 0)
        head = bytes((state, self.tries, self.max_tries)) + self.value
        return head + bytes((self.unblock_tries, self.max_unblock_tries)) + self.unblock

    @property
    def blocked(self) -> bool:
        return self.tries == 0

    @property
    def has_unblock(self) -> bool:
        return self.unblock != _NONE

    def matches(self, presented: bytes) -> bool:
        return hmac.compare_digest(self.value, presented)

    def unblock_matches(self, presented: bytes) -> bool:
        return hmac.compare_digest(self.unblock, presented)

    def right(self) -> Code:
        """After a right presentation: all tries are back (GSM 11.11 8.9)."""
        return replace(self, tries=self.max_tries)

    def wrong(self) -> Code:
        """After a false presentation."""
        return replace(self, tries=self.tries - 1)

    def wrong_unblock(self) -> Code:
        """After a false presentation of the UNBLOCK CHV (8.13)."""
        return replace(self, unblock_tries=self.unblock_tries - 1)

    def unblocked(self, new_value: bytes) -> Code:
        """After UNBLOCK CHV: new value, full counters, enabled (8.13)."""
        return replace(self, value=new_value, tries=self.max_tries, unblock_tries=self.max_unblock_tries, enabled=True)

    def status(self) -> int:
        """The CHV status byte of a directory's SELECT answer: b8 initialised, b4-b1 tries left (9.3)."""
        return (0x80 | self.tries) if self.initialised else 0

    def unblock_status(self) -> int:
        """The UNBLOCK CHV status byte (9.3)."""
        return (0x80 | self.unblock_tries) if self.initialised and self.has_unblock else 0


def chv_bytes(digits: str) -> bytes:
    """A CHV of 4 to 8 decimal digits as eight bytes, filler FF (GSM 11.11 9.3). Raises ValueError otherwise."""
    if not (4 <= len(digits) <= VALUE_LENGTH and digits.isascii() and digits.isdigit()):
        raise ValueError("a CHV has 4 to 8 decimal digits")
    return digits.encode().ljust(VALUE_LENGTH, b"\xff")


def unblock_bytes(digits: str) -> bytes:
    """An UNBLOCK CHV of exactly eight decimal digits. Raises ValueError otherwise."""
    if len(digits) != VALUE_LENGTH:
        raise ValueError("an UNBLOCK CHV has 8 decimal digits")
    return chv_bytes(digits)


def adm_bytes(text: str) -> bytes:
    """An administrative code: eight ASCII characters, or sixteen hex digits. Raises ValueError otherwise.

    Sixteen characters are hex digits, eight are taken as they stand.
    """
    if len(text) == VALUE_LENGTH and text.isascii():
        return text.encode()
    if len(text) == 2 * VALUE_LENGTH:
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    raise ValueError("an administrative code has 8 ASCII characters or 16 hex digits")
