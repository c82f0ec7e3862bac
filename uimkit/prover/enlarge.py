"""A counterexample of the small card made into one of the full-size card, where it can be played."""

from __future__ import annotations

from uimkit.apdu import INS
from uimkit.oneway.policy import EF_ADN
from uimkit.profile.build import CardProfile, personalised
from uimkit.prover.model import RECORD
from uimkit.prover.phonebook import FF, Content, PhoneBook, is_blank
from uimkit.prover.replay import Script
from uimkit.simulator.card import Card

_NUMBER_LENGTH = 14
"""The bytes behind the name in a record of EF_ADN (GSM 11.11 10.5.1)."""
_NAMES = {0x61: "anna", 0x62: "bob", 0x58: "Xu", 0x59: "Yu"}
_FILLER = 0x5A
"""The letter of the records that a full-size card has besides: all in use."""


def full_size_card(profile: CardProfile) -> Card:
    """A finished card of the profile."""
    memory = profile.fresh_memory()
    personalised(profile.definition, memory)
    memory.forget_changes()
    return Card(profile.product, memory)


class Enlarger:
    """From the small card's records and commands to the full-size card's."""

    def __init__(self, book: PhoneBook, small: PhoneBook) -> None:
        self._book = book
        self._small = small

    def content(self, content: Content) -> Content:
        """The small card's records, among others that are all in use."""
        book, small = self._book, self._small
        adn = [self._contact(bytes((_FILLER, FF, FF)))] * book.contacts
        at = book.first_adn - small.first_adn
        adn[at : at + len(content.adn)] = [self._contact(data) for data in content.adn]
        ext1 = [self._extension(bytes((_FILLER, FF, FF)))] * book.extensions
        marks = bytearray(book.extensions)
        at = book.first_ext1 - small.first_ext1
        ext1[at : at + len(content.ext1)] = [self._extension(data) for data in content.ext1]
        marks[at : at + len(content.marks)] = content.marks
        lnd = [b"\xff" * book.lengths[book.lnd]] * book.counts[book.lnd] if book.lnd is not None else []
        for n, data in enumerate(content.lnd):
            lnd[n] = self._contact(data)
        return Content(tuple(adn), tuple(ext1), bytes(marks), tuple(lnd))

    def script(self, script: Script) -> Script:
        """The same commands on full-size records. The file a record belongs to is the one selected before."""
        made: list[bytes | None] = []
        path = ""
        for apdu in script:
            if apdu is not None and apdu[1:2] == bytes((INS.SELECT,)) and len(apdu) == 7:
                path = self._book.shown_by.get(int.from_bytes(apdu[5:], "big"), "")
            made.append(apdu if apdu is None or not path else self._command(apdu, path))
        return tuple(made)

    def _command(self, apdu: bytes, path: str) -> bytes:
        length = self._book.lengths[self._book.adn if path == EF_ADN else self._book.ext1 or 0]
        if apdu[1] == INS.READ_RECORD and apdu[4] == RECORD:
            return apdu[:4] + bytes((length,))
        if apdu[1] == INS.UPDATE_RECORD and len(apdu) == 5 + RECORD == 5 + apdu[4]:
            data = self._contact(apdu[5:]) if path == EF_ADN else self._extension(apdu[5:])
            return apdu[:4] + bytes((length,)) + data
        return apdu

    def _pointer(self, pointer: int) -> int:
        """A pointer of the small card; those that reach nothing there reach nothing here."""
        if not 1 <= pointer <= self._small.extensions:
            return pointer if pointer in (0, FF) else min(self._book.extensions + 1, FF - 1)
        return pointer

    def _contact(self, data: bytes) -> bytes:
        length = self._book.lengths[self._book.adn]
        if is_blank(data):
            return b"\xff" * (length - 1) + bytes((self._pointer(data[-1]),))
        name = _NAMES.get(data[0], chr(data[0])).encode()[: length - _NUMBER_LENGTH]
        number = bytes((3, 0x81, 0x21 + (data[0] & 7), 0x43)).ljust(_NUMBER_LENGTH - 2, b"\xff")
        return name.ljust(length - _NUMBER_LENGTH, b"\xff") + number + data[1:2] + bytes((self._pointer(data[-1]),))

    def _extension(self, data: bytes) -> bytes:
        length = self._book.lengths[self._book.ext1] if self._book.ext1 is not None else RECORD
        if is_blank(data):
            return b"\xff" * (length - 1) + bytes((self._pointer(data[-1]),))
        digits = bytes((data[0], 2, 0x21, 0x40 + (data[0] & 7))) if data[0] else b"\0"
        return digits.ljust(length - 1, b"\xff") + bytes((self._pointer(data[-1]),))
