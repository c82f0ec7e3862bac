"""Contacts in CSV: our own ``name,number`` files, and reading Outlook's (English, Simplified Chinese) and Google's.

RFC 4180 with any of ``, ; tab`` between cells. A cell that a spreadsheet would run as a formula is guarded by one
``'``; a cell made of dialling characters only is left alone, so ``+86...`` stays a number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from uimkit.contacts import headings
from uimkit.contacts.contact import Contact, Person, clean_name, clean_number, compose_name, refuse
from uimkit.contacts.headings import Column, column_of, fold, label_of
from uimkit.errors import InputError

_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_DIALLING = re.compile(r"[+*#0-9 ()p,;?-]+")
_OWN = ("name", "number")
_JOINED = " ::: "  # Google's separator of several values in one cell


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file under its headings: the (heading, column, cell) that contacts need, and where it starts."""

    cells: list[tuple[str, Column, str]]
    named: dict[str, str]
    where: str

    def first(self, role: str) -> str:
        """The first cell of a role that holds anything, without its guard."""
        cells = (clean_name(unguard(cell)) for _, column, cell in self.cells if column.role == role)
        return next(filter(None, cells), "")


def guard(cell: str) -> str:
    """The cell with one ``'`` in front when a spreadsheet could take it for a formula."""
    return f"'{cell}" if _DANGEROUS.match(cell) and not _DIALLING.fullmatch(cell) else cell


def unguard(cell: str) -> str:
    """The cell without the one ``'`` that :func:`guard` put there; any other apostrophe stays."""
    return cell[1:] if _GUARDED.match(cell) else cell


def format_csv(contacts: Iterable[Contact]) -> str:
    """The text of a ``name,number`` file, lines ending in CRLF (RFC 4180)."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_OWN)
    writer.writerows((guard(contact.name), guard(contact.number)) for contact in contacts)
    return stream.getvalue()


def parse_csv(text: str, where: str) -> list[Person]:
    """The people of a CSV file. Raises InputError: a line FILE:LINE: column 'X': found, expected for every bad cell."""
    people: list[Person] = []
    problems: list[str] = []
    for row in _rows(text, where):
        numbers = _numbers(row, problems)
        name = row.first(headings.NAME) or compose_name(
            row.first(headings.FAMILY), row.first(headings.GIVEN), row.first(headings.MIDDLE)
        )
        company = row.first(headings.COMPANY)
        if row.named.keys() == set(_OWN) and name:
            numbers = numbers or [("other", "")]  # our own file keeps a record that is a name alone
        if name or company or numbers:
            details = (row.first(headings.EMAIL), row.first(headings.NOTE), company, row.where)
            people.append(Person(name or company, tuple(numbers), *details))
    refuse(problems)
    return people


def _numbers(row: _Row, problems: list[str]) -> list[tuple[str, str]]:
    numbers = []
    for heading, column, cell in row.cells:
        if column.role != headings.PHONE:
            continue
        label = label_of(row.named.get(column.label_heading, "")) if column.label_heading else column.label
        for part in unguard(cell).split(_JOINED):
            try:
                number = clean_number(part)
            except InputError as error:
                problems.append(f"{row.where}: column '{heading}': {error.message}")
            else:
                numbers += [(label, number)] if number else []
    return numbers


def _rows(text: str, where: str) -> Iterator[_Row]:
    lines = _records(text, where)
    first = next(lines, None)
    if first is None:
        raise InputError("the file is empty; expected a heading line such as name,number", where)
    titles = [clean_name(title) for title in first[1]]
    known = {fold(title) for title in titles}
    columns = [column_of(title, known) for title in titles]
    _check_headings(titles, columns, f"{where}:{first[0]}")
    for line, cells in lines:
        place = f"{where}:{line}"
        if len(cells) > len(titles) and any(cells[len(titles) :]):
            raise InputError(f"found {len(cells)} cells, expected the {len(titles)} of the heading line", place)
        pairs = list(zip(titles, columns, cells, strict=False))
        yield _Row(
            [(title, column, cell) for title, column, cell in pairs if column],
            {fold(title): cell for title, _, cell in pairs},
            place,
        )


def _check_headings(titles: list[str], columns: list[Column | None], where: str) -> None:
    roles = {column.role for column in columns if column}
    if headings.PHONE not in roles or not roles & {headings.NAME, headings.GIVEN, headings.FAMILY}:
        shown = ", ".join(titles[:6]) + (", ..." if len(titles) > 6 else "")
        expected = "expected name,number or the headings of Outlook or Google"
        raise InputError(f"found the headings {shown!r}, {expected}", where)


def _records(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not empty, with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"is not CSV: {error}; expected quotes to be closed and doubled inside", f"{where}:{line}"
        ) from None


def _delimiter(text: str) -> str:
    heading = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").split("\n", 1)[0])
    return max(",;\t", key=heading.count)
