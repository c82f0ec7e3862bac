"""Readers of card data: the comma-separated row of the card writing component, and CSV with a header. Streaming."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso import validators as must_be
from uimkit.perso.fields import FIELDS, ROW_NAMES, ROW_NAMES_3G
from uimkit.perso.validators import Validator

Radix = Literal[10, 16]
Iccids = Literal["checked", "completed", "unchecked"]
"""What the ICCIDs of a file are: with a check digit; perhaps without it, then it is added; with none at all."""
_SYSTEM_FIELDS = ("SID", "NID")
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class CardData:
    """The given values of one card in canonical form; empty cells are left out. Its ``repr`` shows no value.

    ``columns`` are the fields the file could have given, ``where`` is FILE:LINE.
    """

    values: Mapping[str, str] = field(repr=False)
    columns: tuple[str, ...] = ()
    where: str = ""

    def replaced(self, values: Mapping[str, str], where: str) -> CardData:
        """The data with some fields set otherwise. Raises InputError, its line beginning with ``where``."""
        given = card_data(values, where)
        columns = dict.fromkeys((*self.columns, *given.columns))
        return replace(self, values={**self.values, **given.values}, columns=tuple(columns))


def card_data(values: Mapping[str, str], where: str = "", *, sid_radix: Radix = 16) -> CardData:
    """Card data from a mapping of field names to texts. Raises InputError naming the field."""
    unknown = [name for name in values if name not in FIELDS]
    if unknown:
        raise InputError(f"unknown field {', '.join(unknown)}; known are {', '.join(FIELDS)}", where or None)
    data, errors = checked_cells(tuple(values), tuple(values.values()), where, sid_radix=sid_radix)
    for error in errors:
        raise error
    return data


def checked_cells(
    names: Sequence[str | None],
    cells: Sequence[str],
    where: str = "",
    *,
    sid_radix: Radix = 16,
    iccids: Iccids = "checked",
) -> tuple[CardData, list[InputError]]:
    """Card data from the cells of a row, and an error for every cell that is not as it must be.

    A cell without a name is passed over; it counts as a column all the same.
    """
    checked, errors = {}, []
    for position, name, check in _columns(tuple(names), sid_radix, iccids):
        text = cells[position]
        if text:
            try:
                checked[name] = check(text)
            except ValueError:
                errors.append(InputError(f"column {position + 1} {name}: {_fault(name, text, check)}", where or None))
    return CardData(checked, _named(tuple(names)), where), errors


@lru_cache
def _columns(names: tuple[str | None, ...], radix: Radix, iccids: Iccids) -> list[tuple[int, str, Validator]]:
    """Position, field and check of each column that is a field."""
    return [(at, name, _check(name, radix, iccids)) for at, name in enumerate(names) if name]


@lru_cache
def _named(names: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name)


def _check(name: str, radix: Radix, iccids: Iccids) -> Validator:
    if name == "ICCID":
        return _ICCIDS[iccids]
    check = FIELDS[name].check
    if radix == 10 and name in _SYSTEM_FIELDS:
        return lambda text: check(must_be.from_decimal(text))
    return check


def _fault(name: str, text: str, check: Validator) -> str:
    """What is wrong with a cell; of a secret the length only."""
    try:
        replace(FIELDS[name], check=check).checked(text)
    except ValueError as error:
        return str(error)
    return ""


def read_rows(
    path: str | os.PathLike[str], *, sid_radix: Radix = 16, required: Iterable[str] = ()
) -> Iterator[CardData]:
    """The cards of a file, one at a time. The first line tells the format: a row begins with the digits of an ICCID.

    ``sid_radix`` is that of SID and NID, ``required`` are columns a header must have. Raises InputError with FILE:LINE
    and the column, SurroundingsError when the file cannot be read.
    """
    shown = os.fspath(path)
    try:
        with Path(path).open("rb") as stream:
            yield from _cards(_lines(stream, shown), shown, sid_radix, tuple(required))
    except FileNotFoundError:
        raise InputError("there is no such file", shown) from None
    except OSError as error:
        raise SurroundingsError(f"{shown}: {error.strerror}") from error


Line = tuple[int, str]


def _lines(stream: Iterable[bytes], shown: str) -> Iterator[Line]:
    """Number and text of every line that is not blank, without its ending."""
    for number, raw in enumerate(stream, 1):
        text = line_text(raw, number, shown)
        if text.strip():
            yield number, text


def line_text(raw: bytes, number: int, shown: str) -> str:
    """The text of a line without its ending, and of the first without a byte order mark. Raises InputError."""
    raw = raw.removeprefix(_BOM) if number == 1 else raw
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        found = f"found the byte {raw[error.start]:02X} at position {error.start + 1}"
        raise InputError(f"{found}, expected UTF-8: save the file as UTF-8", f"{shown}:{number}") from None


def _cards(lines: Iterator[Line], shown: str, radix: Radix, required: Sequence[str]) -> Iterator[CardData]:
    first = next(lines, None)
    if first is None:
        raise InputError("found no card, expected rows of 28 fields or CSV with a header", shown)
    is_row = first[1][:1].isdigit()
    rows = _split_rows(first, lines, shown) if is_row else _split_csv(first, lines, shown, required)
    seen: dict[str, int] = {}
    for number, names, cells in rows:
        data = card_data(dict(zip(names, cells, strict=True)), f"{shown}:{number}", sid_radix=radix)
        iccid = data.values.get("ICCID", "")
        if iccid and seen.setdefault(iccid, number) != number:
            raise InputError(f"column ICCID: {iccid} is on line {seen[iccid]} already", data.where)
        yield data


Cells = tuple[int, tuple[str, ...], list[str]]


def _split_rows(first: Line, lines: Iterator[Line], shown: str) -> Iterator[Cells]:
    names = row_names(first[1])
    for number, text in chain((first,), lines):
        yield number, names, row_cells(text, names, f"{shown}:{number}")


def row_names(first: str) -> tuple[str, ...]:
    """The fields of the rows of a file, from its first row."""
    return ROW_NAMES_3G if first.count(",") + 1 == len(ROW_NAMES_3G) else ROW_NAMES


def row_cells(text: str, names: Sequence[str], where: str) -> list[str]:
    """The cells of a row. Raises InputError when it has another number of them."""
    cells = [cell.strip() for cell in text.split(",")]
    if len(cells) != len(names):
        raise InputError(f"found {len(cells)} fields, expected {len(names)} ({','.join(names)})", where)
    return cells


def _split_csv(first: Line, lines: Iterator[Line], shown: str, required: Sequence[str]) -> Iterator[Cells]:
    names = csv_header(csv_cells(first, shown), f"{shown}:{first[0]}", required)
    for line in lines:
        cells = csv_cells(line, shown)
        if len(cells) != len(names):
            raise InputError(f"found {len(cells)} cells, expected {len(names)} as in the header", f"{shown}:{line[0]}")
        yield line[0], names, cells


def csv_cells(line: Line, shown: str) -> list[str]:
    """The cells of a line of CSV. Raises InputError when it is none."""
    try:
        return [cell.strip() for cell in next(csv.reader([line[1]], strict=True))]
    except csv.Error as error:
        raise InputError(f"this is not CSV: {error}", f"{shown}:{line[0]}") from None


def csv_header(cells: Sequence[str], where: str, required: Sequence[str]) -> tuple[str, ...]:
    """The fields of the columns. Raises InputError for an unknown or doubled column and for a required one missing.

    Where no cell is the name of a field, the line is perhaps no header but a card, and not repeated.
    """
    names = tuple(cell.upper() for cell in cells)
    if not any(name in FIELDS for name in names):
        raise InputError(f"expected a header with names of fields: {', '.join(FIELDS)}", where)
    unknown = [cell for cell, name in zip(cells, names, strict=True) if name not in FIELDS]
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in required if name not in names]
    if unknown:
        found = ", ".join(f'"{ascii(cell)[1:-1]}"' for cell in unknown)
        raise InputError(f"unknown column {found}; known are {', '.join(FIELDS)}", where)
    if twice:
        raise InputError(f"the column {', '.join(twice)} stands twice in the header", where)
    if missing:
        raise InputError(f"the header lacks the column {', '.join(missing)}", where)
    return names


_ICCIDS: Mapping[Iccids, Validator] = {
    "checked": must_be.iccid,
    "completed": must_be.completed_iccid,
    "unchecked": must_be.unchecked_iccid,
}
