"""The input of an order: its formats, read as a stream, and the gate that checks a whole file before anything is made.

========  ==================================================================================================
format    what it is
========  ==================================================================================================
row       the row of China Telecom's card writing component: 28 or 23 fields between commas
csv       CSV with a header of field names
operator  the header style with var_In and var_Out (`uimkit.perso.operator_file`)
finished  the list of finished cards: cells between single blanks, ``#`` an empty one, ``//`` before a comment
========  ==================================================================================================
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from uimkit.coding.errors import CodecError
from uimkit.errors import InputError, InputErrors, SurroundingsError
from uimkit.perso.identities import Options, esn
from uimkit.perso.keys.unwrapping import Unwrapper, Wrapped, refuse_undeclared
from uimkit.perso.operator_file import FormatError, OperatorReader, Row, blank_separated, joined
from uimkit.perso.rows import (
    CardData,
    Iccids,
    Radix,
    checked_cells,
    csv_cells,
    csv_header,
    line_text,
    row_cells,
    row_names,
)

Format = Literal["auto", "row", "csv", "operator", "finished"]
FORMATS: tuple[Format, ...] = ("auto", "row", "csv", "operator", "finished")

MAX_LINES = 100
UNIQUE = ("ICCID", "IMSI", "UIMID", "IMSIG", "IMSI_LTE", "SF_EUIMID", "MDN")
"""What no two cards of a file share; of UIMIDs only those that are no pseudo-UIMIDs, which have 24 bits and collide."""

FINISHED_NAMES = (
    *("MDN", "IMSI", "UIMID", "ICCID", "PIN1", "PIN2", "PUK1", "PUK2"),
    *("IMSIG", "KI", "ACC", "SMSP", "HRPDSS", "HRPDUPP"),
)
"""The columns of a finished card; the third is called ESN there. A card without HRPD has the first twelve."""
_SHORT = 12
_EMPTY, _COMMENT = "#", "//"
_PSEUDO = "80"
_HEX_NUMBERS = ("UIMID", "SF_EUIMID")
_WORD_BITS = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be understood, where files differ.

    ``sid_radix``: of SID and NID. ``iccids``: whether they end with a check digit. ``required``: fields that must be
    columns. ``unended``: a last line without a line ending is accepted (it may be that the file was cut off).
    ``ignored``: columns of an operator's file that are no fields, as what is printed only. ``ranges``: of those a file
    begins. ``wrapped``: the secrets are wrapped under the transport key.
    """

    sid_radix: Radix = 16
    iccids: Iccids = "checked"
    required: tuple[str, ...] = ()
    unended: bool = False
    ignored: tuple[str, ...] = ()
    ranges: Options = field(default_factory=Options)
    wrapped: Wrapped | None = None


_USUAL = Reading()


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that passed the gate. ``header``: the operator's, names in small letters; ``sha256`` is of all octets."""

    format: Format
    cards: int
    columns: tuple[str, ...]
    header: Mapping[str, str]
    sha256: str


Check = Callable[[CardData], object]
"""What else to check of a card: raises InputError or InputErrors."""


def read_input(path: str | os.PathLike[str], format: Format = "auto", reading: Reading = _USUAL) -> Iterator[CardData]:
    """The cards of a file, one at a time; memory does not grow with the file. Whether they differ says `check_input`.

    Raises InputError for the first thing that is wrong, SurroundingsError when the file can not be read.
    """
    for item in _Scan(os.fspath(path), format, reading).items():
        if isinstance(item, InputError):
            raise item
        yield item


def input_columns(path: str | os.PathLike[str], format: Format = "auto", reading: Reading = _USUAL) -> tuple[str, ...]:
    """The columns of a file, those of `InputFile`, be its cards good or not; none when nothing tells.

    Raises SurroundingsError when the file can not be read.
    """
    scan = _Scan(os.fspath(path), format, reading)
    for _ in scan.items():
        if scan.columns:
            break
    return scan.columns


def check_input(
    path: str | os.PathLike[str],
    format: Format = "auto",
    reading: Reading = _USUAL,
    *,
    check: Check | None = None,
    unique: tuple[str, ...] = UNIQUE,
    limit: int = MAX_LINES,
) -> InputFile:
    """Check every row of a file and every cell, once through. Nothing may be made from a file that does not pass.

    Besides the cells: encoding, number of columns, Quantity against rows, a last line that is cut off, fields of
    ``unique`` that two cards share, and what ``check`` says. Raises InputErrors with a line for each error, FILE:LINE
    and column, at most ``limit`` and how many more there are; SurroundingsError when the file can not be read.
    """
    scan = _Scan(os.fspath(path), format, reading)
    seen = {name: _Seen(16 if name in _HEX_NUMBERS else 10) for name in unique}
    errors = _Errors(limit)
    for item in scan.items():
        if isinstance(item, InputError):
            errors.add(item)
            continue
        for name in unique:
            value = item.values.get(name)
            if value and not (name == "UIMID" and value.startswith(_PSEUDO)) and seen[name].again(value):
                errors.add(_Doubled(name, value, item))
        if check is not None:
            try:
                check(item)
            except InputError as error:
                errors.add(error)
    if errors.count:
        raise InputErrors(errors.lines(scan))
    return InputFile(scan.format, scan.cards, scan.columns, scan.header, scan.sha256)


class _Doubled(InputError):
    """A number that stands in the file before; where, is looked up in the end."""

    def __init__(self, name: str, value: str, data: CardData) -> None:
        super().__init__(f"column {data.columns.index(name) + 1} {name}: {value}", data.where)
        self.key = (name, value)


class _Errors:
    """The first errors, and how many there are."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._kept: list[InputError] = []

    def add(self, error: InputError) -> None:
        self.count += len(joined(error))
        if len(self._kept) < self._limit:
            self._kept.append(error)

    def lines(self, scan: _Scan) -> list[str]:
        """A line for each error. The file is read once more when numbers stand twice, to tell where first."""
        first: dict[tuple[str, str], str] = {error.key: "" for error in self._kept if isinstance(error, _Doubled)}
        if first:
            _find(first, scan)
        lines: list[str] = []
        for error in self._kept:
            if isinstance(error, _Doubled):
                lines.append(f"{error} is on line {first[error.key].rpartition(':')[2]} already")
            else:
                lines += joined(error)
        more = self.count - min(len(lines), self._limit)
        return [*lines[: self._limit], f"and {more} more"] if more else lines


def _find(first: dict[tuple[str, str], str], scan: _Scan) -> None:
    left = len(first)
    for item in _Scan(scan.shown, scan.format, scan.reading).items():
        if isinstance(item, InputError):
            continue
        for name, value in item.values.items():
            if first.get((name, value)) == "":
                first[name, value] = item.where
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


class _Reader(Protocol):
    """Lines to rows. ``feed`` and ``end`` raise InputError for what is wrong, FormatError when nothing can follow."""

    columns: tuple[str, ...]
    header: dict[str, str]

    def feed(self, number: int, text: str) -> Iterator[Row]: ...

    def end(self) -> Iterator[Row]: ...


class _Scan:
    """One way through a file: its cards and its errors, in its order."""

    def __init__(self, shown: str, format: Format, reading: Reading) -> None:
        if format not in FORMATS:
            raise InputError(f"format {format!a}: unknown, expected one of {', '.join(FORMATS)}")
        self.shown, self.format, self.reading = shown, format, reading
        self.columns: tuple[str, ...] = ()
        self.header: Mapping[str, str] = {}
        self.sha256 = ""
        self.cards = 0
        self._unwrapper: Unwrapper | None = None

    def items(self) -> Iterator[CardData | InputError]:
        try:
            empty = True
            with Path(self.shown).open("rb") as stream:
                for item in self._items(stream):
                    empty = False
                    yield item
            if empty:
                yield InputError("found no card", self.shown)
        except FileNotFoundError:
            yield InputError("there is no such file", self.shown)
        except OSError as error:
            raise SurroundingsError(f"{self.shown}: {error.strerror}") from error

    def _items(self, stream: Iterator[bytes]) -> Iterator[CardData | InputError]:
        digest = hashlib.sha256()
        reader: _Reader | None = None
        raw, number = b"\n", 0
        for number, raw in enumerate(stream, 1):
            digest.update(raw)
            try:
                text = line_text(raw, number, self.shown)
                if not text.strip():
                    continue
                reader = reader or self._reader(text)
                yield from self._cards(reader.feed(number, text), reader.header)
            except FormatError as error:
                yield error
                return
            except InputError as error:
                yield error
        if reader is not None:
            yield from self._end(reader)
        if not raw.endswith(b"\n") and not self.reading.unended:
            yield InputError("no line ending: the file may have been cut off", f"{self.shown}:{number}")
        self.sha256 = digest.hexdigest()

    def _end(self, reader: _Reader) -> Iterator[CardData | InputError]:
        try:
            yield from self._cards(reader.end(), reader.header)
        except InputError as error:
            yield error
        self.columns, self.header = reader.columns, reader.header
        missing = [name for name in self.reading.required if name not in self.columns]
        if missing and self.columns:
            yield InputError(f"the file lacks the column {', '.join(missing)}", self.shown)

    def _cards(self, rows: Iterator[Row], header: Mapping[str, str]) -> Iterator[CardData | InputError]:
        reading = self.reading
        for where, names, cells in rows:
            if not self.cards:
                self.columns = tuple(name for name in names if name)
                self._begin(names, header)
            plain, misfits = self._unwrapper.cells(names, cells, where) if self._unwrapper else (cells, [])
            data, errors = checked_cells(names, plain, where, sid_radix=reading.sid_radix, iccids=reading.iccids)
            self.cards += 1
            if errors or misfits:
                yield from misfits
                yield from errors
            else:
                yield data

    def _begin(self, names: Sequence[str | None], header: Mapping[str, str]) -> None:
        """Before the first card. Raises FormatError when its secrets can not be unwrapped, nor any other's."""
        try:
            if self.reading.wrapped is not None:
                self._unwrapper = self.reading.wrapped.unwrapper(header)
            else:
                refuse_undeclared(names, header)
        except InputError as error:
            raise FormatError(str(error), self.shown) from None

    def _reader(self, first: str) -> _Reader:
        if self.format == "auto":
            self.format = detected(first)
        if self.format == "operator":
            return OperatorReader(self.shown, self.reading.ignored, self.reading.ranges)
        return _READERS[self.format](self.shown)


def detected(first: str) -> Format:
    """The format of a file, from its first line that is not blank.

    A comment or blanks between 12 or 14 cells: finished cards. A star or NAME: is an operator's header. Digits: rows.
    """
    if first.lstrip().startswith(_COMMENT) or (
        "," not in first and first.count(" ") + 1 in (_SHORT, len(FINISHED_NAMES))
    ):
        return "finished"
    if re.match(r"\s*(\*|[A-Za-z][\w .-]*:)", first):
        return "operator"
    return "row" if first[:1].isdigit() else "csv"


class _Lines:
    """What the readers of one card a line share."""

    def __init__(self, shown: str) -> None:
        self.columns: tuple[str, ...] = ()
        self.header: dict[str, str] = {}
        self._shown = shown

    def end(self) -> Iterator[Row]:
        yield from ()


class _RowReader(_Lines):
    def feed(self, number: int, text: str) -> Iterator[Row]:
        where = f"{self._shown}:{number}"
        self.columns = self.columns or row_names(text)
        yield where, self.columns, row_cells(text, self.columns, where)


class _CsvReader(_Lines):
    def feed(self, number: int, text: str) -> Iterator[Row]:
        where = f"{self._shown}:{number}"
        cells = csv_cells((number, text), self._shown)
        if not self.columns:
            try:
                self.columns = csv_header(cells, where, ())
            except InputError as error:
                raise FormatError(str(error)) from None
            return
        if len(cells) != len(self.columns):
            raise InputError(f"found {len(cells)} cells, expected {len(self.columns)} as in the header", where)
        yield where, self.columns, cells


class _FinishedReader(_Lines):
    def feed(self, number: int, text: str) -> Iterator[Row]:
        where = f"{self._shown}:{number}"
        if text.lstrip().startswith(_COMMENT):
            return
        self.columns = FINISHED_NAMES
        cells = ["" if cell == _EMPTY else cell for cell in blank_separated(text, where)]
        if len(cells) == _SHORT:
            cells += [""] * (len(FINISHED_NAMES) - _SHORT)
        if len(cells) != len(FINISHED_NAMES):
            raise InputError(f"found {len(cells)} cells, expected {len(FINISHED_NAMES)} or {_SHORT}", where)
        position = FINISHED_NAMES.index("UIMID")
        cells[position] = _hex_esn(cells[position], f"{where}: column {position + 1} {FINISHED_NAMES[position]}")
        yield where, FINISHED_NAMES, cells


_READERS: Mapping[Format, Callable[[str], _Reader]] = {
    "row": _RowReader,
    "csv": _CsvReader,
    "finished": _FinishedReader,
}


def _hex_esn(text: str, where: str) -> str:
    """An ESN of 11 decimal digits in hex; whatever else as it is."""
    try:
        return esn(text) if len(text) == 11 else text
    except CodecError as error:
        raise InputError(error.message, where) from None
