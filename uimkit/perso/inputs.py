"""The input of an order: its formats, read as a stream.

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
from uimkit.perso.operator_file import FormatError, OperatorReader, Row, blank_separated
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

FINISHED_NAMES = (
    *("MDN", "IMSI", "UIMID", "ICCID", "PIN1", "PIN2", "PUK1", "PUK2"),
    *("IMSIG", "KI", "ACC", "SMSP", "HRPDSS", "HRPDUPP"),
)
"""The columns of a finished card; the third is called ESN there. A card without HRPD has the first twelve."""
_SHORT = 12
_EMPTY, _COMMENT = "#", "//"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be understood, where files differ.

    ``sid_radix``: of SID and NID. ``iccids``: whether they end with a check digit. ``required``: fields that must be
    columns. ``unended``: a last line without a line ending is accepted (it may be that the file was cut off).
    ``ignored``: columns of an operator's file that are no fields, as what is printed only. ``ranges``: of those a file
    begins.
    """

    sid_radix: Radix = 16
    iccids: Iccids = "checked"
    required: tuple[str, ...] = ()
    unended: bool = False
    ignored: tuple[str, ...] = ()
    ranges: Options = field(default_factory=Options)
    wrapped: Wrapped | None = None


USUAL = Reading()


def read_input(path: str | os.PathLike[str], format: Format = "auto", reading: Reading = USUAL) -> Iterator[CardData]:
    """The cards of a file, one at a time; memory does not grow with it. Whether they differ, the gate says.

    Raises InputError for the first thing that is wrong, SurroundingsError when the file can not be read.
    """
    for row in Scan(path, format, reading).rows():
        if isinstance(row, InputError):
            raise row
        data, errors = card_of(row, reading)
        for error in errors:
            raise error
        yield data


def input_columns(path: str | os.PathLike[str], format: Format = "auto", reading: Reading = USUAL) -> tuple[str, ...]:
    """The columns of a file, be its cards good or not; none when nothing tells.

    Raises SurroundingsError when the file can not be read.
    """
    scan = Scan(path, format, reading)
    for _ in scan.rows():
        if scan.columns:
            break
    return scan.columns


def card_of(row: Row, reading: Reading) -> tuple[CardData, list[InputError]]:
    """The card of a row, and an error for each cell that is not as it must be."""
    where, names, cells = row
    return checked_cells(names, cells, where, sid_radix=reading.sid_radix, iccids=reading.iccids)


class _Reader(Protocol):
    """Lines to rows. ``feed`` and ``end`` raise InputError for what is wrong, FormatError when nothing can follow."""

    columns: tuple[str, ...]
    header: dict[str, str]

    def feed(self, number: int, text: str) -> Iterator[Row]: ...

    def end(self) -> Iterator[Row]: ...


class Scan:
    """One way through a file: its rows and its errors, in its order. What the file is, is known at the end.

    Wrapped secrets are unwrapped; of a row in which that fails come all errors, in its place.

    ``shown`` is how messages call it, unless by its path. Raises InputError when the format is unknown.
    """

    def __init__(
        self, path: str | os.PathLike[str], format: Format, reading: Reading, shown: str | None = None
    ) -> None:
        if format not in FORMATS:
            raise InputError(f"format {format!a}: unknown, expected one of {', '.join(FORMATS)}")
        self._path, self.format, self.reading = Path(path), format, reading
        self.shown = os.fspath(path) if shown is None else shown
        self.columns: tuple[str, ...] = ()
        self.header: Mapping[str, str] = {}
        self.sha256 = ""
        self.cards = 0
        self._unwrapper: Unwrapper | None = None

    def rows(self) -> Iterator[Row | InputError]:
        """Raises SurroundingsError when the file can not be read."""
        try:
            empty = True
            with self._path.open("rb") as stream:
                for item in self._rows(stream):
                    empty = False
                    yield item
            if empty:
                yield InputError("found no card", self.shown)
        except FileNotFoundError:
            yield InputError("there is no such file", self.shown)
        except OSError as error:
            raise SurroundingsError(f"{self.shown}: {error.strerror}") from error

    def _rows(self, stream: Iterator[bytes]) -> Iterator[Row | InputError]:
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
                for row in reader.feed(number, text):
                    yield self._row(row, reader.header)
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

    def _end(self, reader: _Reader) -> Iterator[Row | InputError]:
        try:
            for row in reader.end():
                yield self._row(row, reader.header)
        except InputError as error:
            yield error
        self.columns, self.header = reader.columns, reader.header
        missing = [name for name in self.reading.required if name not in self.columns]
        if missing and self.columns:
            yield InputError(f"the file lacks the column {', '.join(missing)}", self.shown)

    def _row(self, row: Row, header: Mapping[str, str]) -> Row | InputError:
        if not self.cards:
            self.columns = tuple(name for name in row.names if name)
            self._begin(row.names, header)
        self.cards += 1
        if self._unwrapper is None:
            return row
        plain, misfits = self._unwrapper.cells(row.names, row.cells, row.where)
        made = Row(row.where, row.names, plain)
        if not misfits:
            return made
        return InputErrors([str(error) for error in (*misfits, *card_of(made, self.reading)[1])])

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
        yield Row(where, self.columns, row_cells(text, self.columns, where))


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
        yield Row(where, self.columns, cells)


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
        yield Row(where, FINISHED_NAMES, cells)


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
