"""A template that is filled many times: cut once into literal text and columns, then one join a card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from uimkit.errors import InputError
from uimkit.perso.steps import PLACEHOLDER


class CompiledTemplate:
    """The text of a script template, ready to be filled with the rows of a data file.

    ``columns`` are the columns it needs, each once, in the order of their first place in the text.
    """

    __slots__ = ("_fields", "_parts", "_values", "columns")

    def __init__(self, text: str) -> None:
        self._parts: list[str] = []
        self._fields: list[tuple[str, slice | None]] = []
        end = 0
        for match in PLACEHOLDER.finditer(text):
            name, first, last = match.groups()
            self._parts += text[end : match.start()], ""
            self._fields.append((name, None if first is None else slice(2 * int(first), 2 * int(last))))
            end = match.end()
        self._parts.append(text[end:])
        self.columns: tuple[str, ...] = tuple(dict.fromkeys(name for name, _ in self._fields))
        self._values: Callable[[Mapping[str, str]], Iterable[str]]
        whole = all(part is None for _, part in self._fields) and len(self._fields) > 1
        self._values = itemgetter(*(name for name, _ in self._fields)) if whole else self._cut

    def fill(self, row: Mapping[str, str]) -> str:
        """The text for one card, ``row`` being card-coded hex. Raises InputError for a column not in ``row``."""
        parts = self._parts.copy()
        try:
            parts[1::2] = self._values(row)
        except KeyError as error:
            raise InputError(f"the data file lacks the column {error.args[0]} of the template") from None
        return "".join(parts)

    def _cut(self, row: Mapping[str, str]) -> list[str]:
        return [row[name] if part is None else row[name][part] for name, part in self._fields]
