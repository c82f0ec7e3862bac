"""The gate: a whole input is checked, every cell of every row, before anything is made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from uimkit.errors import InputError, InputErrors
from uimkit.perso.inputs import Reading, card_of
from uimkit.perso.operator_file import Row, joined
from uimkit.perso.rows import CardData

MAX_LINES = 100
UNIQUE = ("ICCID", "IMSI", "UIMID", "IMSIG", "IMSI_LTE", "SF_EUIMID", "MDN")
"""What no two cards share; of UIMIDs only those that are no pseudo-UIMIDs, which have 24 bits and collide."""

_PSEUDO = "80"
_PORTION = 500
"""Rows that are checked at a time."""

Check = Callable[[CardData], Mapping[str, str]]
"""What else to check of a card: raises InputError or InputErrors, else gives what no other card may have."""
Identity = tuple[str, str, int]
"""A field, its value, and the number of its column, 0 when it follows from another."""
Checked = tuple[str, tuple[Identity, ...], tuple[str, ...]]
"""Where a card stands, what is its own alone, and what is wrong with it."""
Claim = Callable[[list[Checked]], Iterable[str]]
"""Takes the numbers of cards; a line for each that is another card's."""
Rows = Iterable[Row | InputError]
Apply = Callable[
    [Callable[[Sequence[Row | str]], list[Checked]], Iterable[Sequence[Row | str]]], Iterable[list[Checked]]
]
"""A function of many lists of rows, perhaps in many processes; results in their order, as of ``map``."""


def check_input(
    rows: Rows,
    reading: Reading,
    claim: Claim,
    *,
    check: Check | None = None,
    apply: Apply = map,
    limit: int = MAX_LINES,
) -> int:
    """Check every row and every cell, once through; how many cards. Nothing may be made of rows that do not pass.

    Besides the cells, what is in ``rows`` in a row's place, what ``check`` says, and numbers of `UNIQUE` that ``claim``
    says are another card's. Memory does not grow with the rows. Raises InputErrors with a line for each error,
    FILE:LINE and column, at most ``limit`` and how many more there are.
    """
    count = wrong = 0
    kept: list[str] = []
    for results in apply(_CheckRows(reading, check), _portions(rows)):
        count += len(results)
        for lines in (*(lines for _, _, lines in results), claim(results)):
            for line in lines:
                wrong += 1
                if len(kept) < limit:
                    kept.append(line)
    if wrong:
        raise InputErrors([*kept, f"and {wrong - limit} more"] if wrong > limit else kept)
    return count


@dataclass(frozen=True)
class _CheckRows:
    """What a worker does for `check_input`: cells to cards, their numbers and their errors."""

    reading: Reading
    check: Check | None

    def __call__(self, rows: Sequence[Row | str]) -> list[Checked]:
        return [self._checked(row) for row in rows]

    def _checked(self, row: Row | str) -> Checked:
        if isinstance(row, str):
            return "", (), (row,)
        data, errors = card_of(row, self.reading)
        try:
            own = self.check(data) if self.check and not errors else own_of(data.values)
        except InputError as error:
            errors.append(error)
        if errors:
            return data.where, (), tuple(line for error in errors for line in joined(error))
        columns = data.columns
        return data.where, tuple((name, value, _column(columns, name)) for name, value in own.items()), ()


def own_of(values: Mapping[str, str]) -> dict[str, str]:
    """The numbers of a card that no other one may have."""
    return {name: values[name] for name in UNIQUE if name in values}


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
