"""A contact as a SIM holds it: one name, one number; and how a person with several numbers becomes several contacts.

Numbers are kept as dialled: digits, ``*``, ``#``, a leading ``+``, ``p`` (DTMF separator or pause), ``?`` (wild digit).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from uimkit.errors import InputError, InputErrors

_SHOWN_PROBLEMS = 20
_LABELS = {"mobile": "M", "home": "H", "work": "W", "fax": "F", "pager": "P", "other": "O"}
_SEPARATORS = re.compile(r"[\s().\-/\u00ad\u00b7\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PAUSES = str.maketrans({",": "p", ";": "p", "P": "p", "w": "p", "W": "p"})
_FULL_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
_DIALLED = re.compile(r"\+?[0-9*#p?]+")
_EXCEL_DAMAGE = re.compile(r"[+-]?\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_NUMBER_EXPECTED = "expected digits, * # + p ? or , for a pause"


@dataclass(frozen=True, slots=True)
class Contact:
    """One record of a phone book. ``suffix`` is the tail of ``name`` that a cut keeps (/M); ``where``: FILE:LINE."""

    name: str
    number: str
    suffix: str = field(default="", compare=False)
    where: str | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What two contacts have in common when they are doubles: spaces and Unicode composition do not count."""
        return " ".join(unicodedata.normalize("NFC", self.name).split()), self.number


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in an address book; ``numbers`` are (label, number), labels ``mobile home work fax pager other``."""

    name: str
    numbers: tuple[tuple[str, str], ...]
    email: str = ""
    note: str = ""
    organisation: str = ""
    where: str | None = None

    def contacts(self) -> list[Contact]:
        """One contact a number. A person with several numbers has each name marked /M /H /W /F /P /O, then /M2, /M3."""
        labels: dict[str, str] = {}
        for label, number in self.numbers:
            labels.setdefault(number, label)
        if len(labels) == 1:
            return [Contact(self.name, number, where=self.where) for number in labels]
        seen: Counter[str] = Counter()
        found = []
        for number, label in labels.items():
            letter = _LABELS[label]
            seen[letter] += 1
            suffix = f"/{letter}{seen[letter] if seen[letter] > 1 else ''}"
            found.append(Contact(self.name + suffix, number, suffix, self.where))
        return found


def clean_name(text: str) -> str:
    """A name as typed, without outer blanks; a line break or tab inside becomes one space."""
    return re.sub(r"[\r\n\t\v\f]+", " ", text).strip()


def clean_number(text: str) -> str:
    """The number as dialled: separators removed, full-width digits made plain, a pause written ``p``.

    Raises InputError (without a place) for a cell that Excel damaged (1.38E+10) and for what cannot be dialled.
    """
    plain = text.translate(_FULL_WIDTH).strip()
    if _EXCEL_DAMAGE.fullmatch(plain):
        raise InputError(f"found {plain!r}, a number rounded by a spreadsheet; expected all of its digits")
    if "(0)" in plain.replace(" ", "") and plain.lstrip("( ").startswith("+"):
        raise InputError(f"found {plain!r}, where (0) is for inland calls; expected the number as from abroad")
    dialled = _SEPARATORS.sub("", plain).translate(_PAUSES)
    if plain and not _DIALLED.fullmatch(dialled):
        raise InputError(f"found {plain!r}, {_NUMBER_EXPECTED}")
    return dialled


def compose_name(family: str, given: str, middle: str = "") -> str:
    """A name from its parts: family name first when it or the given name is in hanzi, and no space between hanzi."""
    hanzi = any(map(_is_han, family + given))
    name = ""
    for part in (family, middle, given) if hanzi else (given, middle, family):
        joint = name[-1:] + part[:1]
        name += ("" if len(joint) < 2 or all(map(_is_han, joint)) else " ") + part
    return name


def _is_han(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


def split_all(people: Iterable[Person]) -> tuple[list[Contact], list[str]]:
    """The contacts of many people, and one line for each person left out because no number is known."""
    contacts: list[Contact] = []
    skipped: list[str] = []
    for person in people:
        if person.numbers:
            contacts += person.contacts()
        else:
            skipped.append(f"{person.where}: {person.name or 'a person without a name'}: no telephone number, left out")
    return contacts, skipped


def refuse(problems: list[str]) -> None:
    """Raise InputErrors that names every problem, a line each (at most twenty are shown), if there is any."""
    if problems:
        hidden = len(problems) - _SHOWN_PROBLEMS
        tail = [f"... and {hidden} more"] if hidden > 0 else []
        raise InputErrors(problems[:_SHOWN_PROBLEMS] + tail)
