"""The gate: a whole input is checked, every cell of every row, before anything is made from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from uimkit.errors import InputError, InputErrors
from uimkit.perso.inputs import USUAL, Format, Reading, Scan, card_of
from uimkit.perso.operator_file import Row, joined
from uimkit.perso.rows import CardData

MAX_LINES = 100
UNIQUE = ("ICCID", "IMSI", "UIMID", "IMSIG", "IMSI_LTE", "SF_EUIMID", "MDN")
"""What no two cards share; of UIMIDs only those that are no pseudo-UIMIDs, which have 24 bits and collide."""

_PSEUDO = "80"
_HEX_NUMBERS = ("UIMID", "SF_EUIMID")
_WORD_BITS = 8
_PORTION = 500
"""Rows that are checked at a time."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that passed the gate. ``header``: the operator's, names in small letters; ``sha256`` is of all octets."""

    format: Format
    cards: int
    columns: tuple[str, ...]
    header: Mapping[str, str]
    sha256: str


Check = Callable[[CardData], Mapping[str, str]]
"""What else to check of a card: raises InputError or InputErrors, else gives all its values, also what follows."""

Identity = tuple[str, str, int]
"""A field, its value, and the number of its column, 0 when it follows from another."""
Checked = tuple[str, tuple[Identity, ...], tuple[str, ...]]
"""Where a card stands, what is its own alone, and what is wrong with it."""
Claim = Callable[[list[Checked]], None]
"""Told of good cards, many at a time."""
Rows = Iterable[Row | InputError]
Apply = Callable[
    [Callable[[Sequence[Row | str]], list[Checked]], Iterable[Sequence[Row | str]]], Iterable[list[Checked]]
]
"""A function of many lists of rows, perhaps in many processes; results in their order, as of ``map``."""


def check_input(
    path: str | os.PathLike[str],
    format: Format = "auto",
    reading: Reading = USUAL,
    *,
    check: Check | None = None,
    limit: int = MAX_LINES,
) -> InputFile:
    """Check every row of a file and every cell, once through. Nothing may be made from a file that does not pass.

    Besides the cells: encoding, number of columns, Quantity against rows, a last line that is cut off, fields of
    `UNIQUE` that two cards share, and what ``check`` says. Raises InputErrors with a line for each error, FILE:LINE
    and column, at most ``limit`` and how many more there are; SurroundingsError when the file can not be read.
    """
    scan = Scan(path, format, reading)
    check_rows(scan.rows(), lambda: Scan(path, scan.format, reading).rows(), reading, check=check, limit=limit)
    return InputFile(scan.format, scan.cards, scan.columns, scan.header, scan.sha256)


def check_rows(
    rows: Rows,
    again: Callable[[], Rows],
    reading: Reading,
    *,
    check: Check | None = None,
    claim: Claim = lambda cards: None,
    apply: Apply = map,
    limit: int = MAX_LINES,
) -> int:
    """Check rows as `check_input` does; how many cards. ``again`` reads them once more, to tell where a number stood
    first. Every card that is good is also told to ``claim``. Raises InputErrors."""
    seen = {name: _Seen(16 if name in _HEX_NUMBERS else 10) for name in UNIQUE}
    errors = _Errors(limit)
    count = 0
    for results in apply(_CheckRows(reading, check), _portions(rows)):
        count += len(results)
        for where, identities, wrong in results:
            for line in wrong:
                errors.add(line)
            for name, value, column in identities:
                if not is_pseudo(name, value) and seen[name].again(value):
                    errors.add(_Doubled(name, value, where, column))
        if not errors.count:
            claim(results)
    if errors.count:
        raise InputErrors(errors.lines(again, reading))
    return count


@dataclass(frozen=True)
class _CheckRows:
    """What a worker does for `check_rows`: cells to cards, their numbers and their errors."""

    reading: Reading
    check: Check | None

    def __call__(self, rows: Sequence[Row | str]) -> list[Checked]:
        return [self._checked(row) for row in rows]

    def _checked(self, row: Row | str) -> Checked:
        if isinstance(row, str):
            return "", (), (row,)
        data, errors = card_of(row, self.reading)
        try:
            values = self.check(data) if self.check and not errors else data.values
        except InputError as error:
            errors.append(error)
        if errors:
            return data.where, (), tuple(line for error in errors for line in joined(error))
        columns = data.columns
        identities = [(name, values[name], _column(columns, name)) for name in UNIQUE if name in values]
        return data.where, tuple(identities), ()


def _column(columns: tuple[str, ...], name: str) -> int:
    return columns.index(name) + 1 if name in columns else 0


def _portions(rows: Rows) -> Iterator[list[Row | str]]:
    portion: list[Row | str] = []
    for row in rows:
        if isinstance(row, InputError):
            portion += joined(row)
        else:
            portion.append(row)
        if len(portion) >= _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def is_pseudo(name: str, value: str) -> bool:
    """Whether it is a pseudo-UIMID, which another card may have too."""
    return name == "UIMID" and value.startswith(_PSEUDO)


@dataclass(frozen=True, slots=True)
class _Doubled:
    """A number that stands in the file before; where, is looked up in the end."""

    name: str
    value: str
    where: str
    column: int

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.value


class _Errors:
    """The first errors, and how many there are."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._kept: list[str | _Doubled] = []

    def add(self, error: str | _Doubled) -> None:
        self.count += 1
        if len(self._kept) < self._limit:
            self._kept.append(error)

    def lines(self, again: Callable[[], Rows], reading: Reading) -> list[str]:
        """A line for each error. The rows are read once more when numbers stand twice, to tell where first."""
        first = {error.key: "" for error in self._kept if isinstance(error, _Doubled)}
        if first:
            _find(first, again(), reading)
        lines = [error if isinstance(error, str) else _told(error, first[error.key]) for error in self._kept]
        more = self.count - len(lines)
        return [*lines, f"and {more} more"] if more else lines


def _told(error: _Doubled, first: str) -> str:
    where = f"on line {first.rpartition(':')[2]}" if ":" in first else f"that of {first}"
    return f"{error.where}: column {error.column} {error.name}: {error.value} is {where} already"


def _find(first: dict[tuple[str, str], str], rows: Rows, reading: Reading) -> None:
    left = len(first)
    for row in rows:
        if isinstance(row, InputError):
            continue
        data, _ = card_of(row, reading)
        for name, value in data.values.items():
            if first.get((name, value)) == "":
                first[name, value] = data.where
                left -= 1
        if not left:
            return


class _Seen:
    """A set of numbers, 256 to a word: the ICCIDs of a range take a fifteenth of a set's memory, IMSIs still less."""

    def __init__(self, base: int) -> None:
        self._base = base
        self._words: dict[int, int] = {}
        self._texts: set[str] = set()

    def again(self, value: str) -> bool:
        """Whether the value was seen before; from now on it was."""
        try:
            number = int(f"1{value}", self._base)  # with the 1, leading zeros count
        except ValueError:  # a directory number with * or #
            known = value in self._texts
            self._texts.add(value)
            return known
        word, bit = number >> _WORD_BITS, 1 << (number & (1 << _WORD_BITS) - 1)
        bits = self._words.get(word, 0)
        self._words[word] = bits | bit
        return bool(bits & bit)
