"""The operator's file of the header style: HEADER DESCRIPTION, INPUT VARIABLES (var_In), OUTPUT VARIABLES (var_Out).

The cards are a range (``var_In:`` and the first numbers below it), or rows below the line that names their columns
(``Var_In_List: ICCID/IMSI``, ``var_Out: ICCID/IMSI/PIN1``). Columns without rows are what the answer shall have.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import Enum
from typing import NamedTuple

from uimkit.coding.identity import luhn_valid
from uimkit.errors import InputError, InputErrors
from uimkit.perso.fields import FIELDS
from uimkit.perso.identities import Options, ranges

ALIASES = {
    "A_KEY": "AKEY",
    "ACC1": "ACC",
    "ADM1": "ADM",
    "CHV1": "PIN1",
    "CHV2": "PIN2",
    "ESN": "UIMID",
    "HRPD_SS": "HRPDSS",
    "HRPD_UPP": "HRPDUPP",
    "IMSI2": "IMSIG",
    "IMSI_G": "IMSIG",
    "IMSI_M": "IMSI",
    "MSISDN": "MDN",
    "OPC": "OPC_G",
}
"""How operators call fields otherwise. ASSUMPTION: OPC is that of the GSM subscription."""

QUANTITY = "quantity"
NOTHING = "-"
"""A cell without a value, as in the responses that uimkit writes."""

_VARIABLES = re.compile(r"var[_ ]?(in|out)([_ ]?list)?\s*:(.*)", re.IGNORECASE)
_HEADER_LINE = re.compile(r"[^:]*:")
_MAX_QUANTITY_DIGITS = 9


class Row(NamedTuple):
    """Where it stands, the fields of its columns, and its cells, which its ``repr`` does not show."""

    where: str
    names: tuple[str | None, ...]
    cells: list[str]

    def __repr__(self) -> str:
        return f"Row({self.where!r})"


class _Part(Enum):
    HEADER = "header"
    STARTS = "first numbers"
    NAMES = "column names"
    ROWS = "rows"


class OperatorReader:
    """Fed with lines, gives rows. ``header`` are the lines above the variables, names in small letters."""

    def __init__(self, shown: str, ignored: Collection[str], options: Options) -> None:
        self.header: dict[str, str] = {}
        self.columns: tuple[str, ...] = ()
        self._shown, self._options = shown, options
        self._ignored = {_plain(name) for name in ignored}
        self._part = _Part.HEADER
        self._names: tuple[str | None, ...] = ()
        self._starts: dict[str, str] = {}
        self._range_at = self._rows_part = 0
        self._rows = self._variables = 0

    def feed(self, number: int, text: str) -> Iterator[Row]:
        """The row of a line, if it is one. Raises InputError, which repeats no value: it may be a secret."""
        where, line = f"{self._shown}:{number}", text.strip()
        found = _VARIABLES.fullmatch(line)
        if line.startswith("*"):
            return
        if found:
            self._begin(number, is_list=bool(found[2]) or found[1].lower() == "out", names=found[3].strip())
        elif self._part is _Part.NAMES:
            self._set_names(line, where)
        elif self._part is _Part.ROWS:
            yield self._row(text, where)
        elif not _HEADER_LINE.match(line):
            raise InputError("expected NAME: VALUE", where)
        else:
            self._named(line, where)

    def end(self) -> Iterator[Row]:
        """The cards of a range. Raises InputError: no or a wrong Quantity, no card, numbers that run over."""
        quantity = self._quantity()
        if self._rows and quantity != self._rows:
            raise InputError(f"found {self._rows} rows, expected {quantity} as Quantity says", self._shown)
        if not self._rows:
            yield from self._range(quantity)

    def _begin(self, number: int, *, is_list: bool, names: str) -> None:
        self._variables += 1
        self._names = ()
        if names:
            self._set_names(names, f"{self._shown}:{number}")
        else:
            self._part = _Part.NAMES if is_list else _Part.STARTS
            self._range_at = self._range_at if is_list else number

    def _set_names(self, text: str, where: str) -> None:
        self._part = _Part.ROWS
        plain = [_plain(name) for name in text.split("/")]
        names = [None if name in self._ignored else ALIASES.get(name, name) for name in plain]
        unknown = [name for name in names if name is not None and name not in FIELDS]
        twice = sorted({name for name in names if name is not None and names.count(name) > 1})
        if len(unknown) == len(names):
            raise FormatError(f"expected names of fields between slashes: {', '.join(FIELDS)}", where)
        if unknown:
            found = ", ".join(ascii(name)[1:-1] for name in unknown)
            raise FormatError(f"unknown column {found}; known are {', '.join((*FIELDS, *ALIASES))}", where)
        if twice:
            raise FormatError(f"the column {', '.join(twice)} stands twice", where)
        self._names = tuple(names)

    def _row(self, text: str, where: str) -> Row:
        if self._rows_part not in (0, self._variables):
            raise FormatError("cards stand below two lines of names, expected one", where)
        self._rows_part = self._variables
        self._rows += 1
        self.columns = tuple(name for name in self._names if name)
        cells = blank_separated(text, where)
        if len(cells) != len(self._names):
            raise InputError(f"found {len(cells)} cells, expected {len(self._names)} as in the line of names", where)
        given = ["" if cell == NOTHING else cell for cell in cells]
        return Row(where, self._names, [_without_filler(n, c) for n, c in zip(self._names, given, strict=True)])

    def _named(self, line: str, where: str) -> None:
        name, _, value = (part.strip() for part in line.partition(":"))
        if self._part is _Part.HEADER:
            if self.header.setdefault(name.lower(), value) != value:
                raise InputError(f"{ascii(name)[1:-1]}: stands twice in the header, with two values", where)
            return
        plain = _plain(name)
        field = ALIASES.get(plain, plain)
        if plain in self._ignored:
            return
        if field not in FIELDS or FIELDS[field].secret:
            raise InputError(f"unknown first number {ascii(name)[1:-1][:40]}, expected such as ICCID, IMSI", where)
        if self._starts.setdefault(field, _without_filler(field, value)) != _without_filler(field, value):
            raise InputError(f"the first number {field} stands twice, with two values", where)

    def _quantity(self) -> int:
        text = self.header.get(QUANTITY)
        if text is None:
            raise InputError("the header has no Quantity, expected the number of cards", self._shown)
        if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_QUANTITY_DIGITS and int(text)):
            raise InputError("Quantity: expected a number of cards of at least 1", self._shown)
        return int(text)

    def _range(self, quantity: int) -> Iterator[Row]:
        starts = {name: value for name, value in self._starts.items() if value}
        if not starts:
            raise InputError("found no card, expected first numbers below var_In or rows of cards", self._shown)
        iccid = starts.get("ICCID", "")
        if self._options.check_digit and len(iccid) == 20:
            if not luhn_valid(iccid):
                raise InputError("ICCID: the last digit is not the check digit", f"{self._shown}:{self._range_at}")
            starts["ICCID"] = iccid[:-1]
        try:
            numbers = ranges(quantity, starts, self._options)
        except InputError as error:
            raise InputError(str(error), f"{self._shown}:{self._range_at}") from None
        for position in range(quantity):
            row = numbers.row(position)
            self.columns = self.columns or tuple(row)
            yield Row(f"{self._shown}:{self._range_at}, card {position + 1}", tuple(row), list(row.values()))


class FormatError(InputError):
    """What follows in the file can not be read either."""


def blank_separated(text: str, where: str) -> list[str]:
    """The cells between single blanks. Raises InputError when there are two in a row, or one at either end."""
    cells = text.split(" ")
    if "" in cells:
        raise InputError("found a blank too many, expected one between cells and none at the ends", where)
    return cells


def joined(error: InputError) -> list[str]:
    """The lines of an error."""
    return list(error.lines) if isinstance(error, InputErrors) else [str(error)]


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().upper())


def _without_filler(name: str | None, value: str) -> str:
    """An ICCID without the F behind 19 digits."""
    return value[:-1] if name == "ICCID" and len(value) == 20 and value[-1] in "Ff" else value
