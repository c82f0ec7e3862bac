"""The cards of an order as rows: read or counted here, made into card data by the workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uimkit.errors import InputError
from uimkit.perso.batch.order import Input
from uimkit.perso.identities import ranges
from uimkit.perso.inputs import Reading, Scan
from uimkit.perso.operator_file import Row


@dataclass(frozen=True)
class Source:
    """Where the cards of an order come from; ``base`` is the directory that a relative path begins at."""

    input: Input
    base: Path

    @property
    def reading(self) -> Reading:
        """How the cells are to be understood."""
        return Reading(sid_radix=self.input.sid_radix)

    @property
    def file(self) -> Path | None:
        return None if self.input.file is None else self.base / self.input.file

    def rows(self) -> Iterator[Row | InputError]:
        """In the order of the input; what is wrong with a row comes in its place. Raises InputError for bad ranges,
        SurroundingsError when a file can not be read."""
        if self.file is not None:
            yield from Scan(self.file, self.input.format, self.reading).rows()
            return
        numbers = ranges(self.input.count or 0, self.input.ranges)
        names, cells = tuple(self.input.fields), list(self.input.fields.values())
        for position in range(numbers.count):
            row = numbers.row(position)
            yield Row(f"card {position + 1}", (*row, *names), [*row.values(), *cells])

    def good_rows(self) -> Iterator[Row]:
        """The rows of an input that has passed the gate. Raises InputError when it has changed meanwhile."""
        for row in self.rows():
            if isinstance(row, InputError):
                raise row
            yield row
