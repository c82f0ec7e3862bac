"""The cards of an order as rows: read or counted here, made into card data by the workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from uimkit.errors import InputError
from uimkit.perso.batch.order import Input
from uimkit.perso.identities import ranges
from uimkit.perso.inputs import Reading, Scan, input_columns
from uimkit.perso.keys.provider import load_key
from uimkit.perso.keys.unwrapping import Wrapped
from uimkit.perso.operator_file import Row


@dataclass(frozen=True)
class Source:
    """Where the cards of an order come from; ``base`` is the directory that a relative path begins at."""

    input: Input
    base: Path

    @property
    def reading(self) -> Reading:
        """How the cells of rows are to be understood, secrets being unwrapped."""
        return Reading(sid_radix=self.input.sid_radix)

    def columns(self) -> tuple[str, ...]:
        """The fields that the input gives, be its cards good or not; none when nothing tells. Raises as `rows`."""
        if self.file is not None:
            return input_columns(self.file, self.input.format, self.file_reading())
        return next((tuple(name for name in row.names if name) for row in self.good_rows()), ())

    def file_reading(self) -> Reading:
        """How the file is to be understood. Raises InputError, SurroundingsError: no such key."""
        told = self.input.wrapped
        if told is None:
            return self.reading
        key = load_key(told.source)
        wrapped = Wrapped(key, told.wrap, told.fields, told.index, told.kcv, told.check_value)
        return replace(self.reading, wrapped=wrapped)

    @property
    def file(self) -> Path | None:
        return None if self.input.file is None else self.base / self.input.file

    def rows(self) -> Iterator[Row | InputError]:
        """In the order of the input; what is wrong with a row comes in its place. Raises InputError for bad ranges,
        SurroundingsError when a file can not be read."""
        if self.file is not None:
            yield from Scan(self.file, self.input.format, self.file_reading(), self.input.file).rows()
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
