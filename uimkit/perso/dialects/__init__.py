"""How scripts are written down. A dialect turns neutral steps into text and back; it knows nothing of cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from uimkit.errors import InputError
from uimkit.perso.dialects import json_dialect, players, scriptor
from uimkit.perso.script import Script
from uimkit.perso.steps import Step

__all__ = ["DIALECTS", "PLUG_INS", "Dialect", "parse_script"]

PLUG_INS = "uimkit.dialects"
"""The entry point group in which other packages register a `Dialect`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """``dump`` writes steps for cards of a profile; the text may be a template. ``suffix`` ends the file name."""

    name: str
    suffix: str
    dump: Callable[[Iterable[Step], str], str]


_OWN: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("json", ".json", json_dialect.dump),
        Dialect("scriptor", ".scriptor", scriptor.dump),
        Dialect("pcom", ".pcom", players.pcom),
        Dialect("pysim", ".pysim", players.pysim),
        Dialect("gpshell", ".gpshell", players.gpshell),
        Dialect("jcshell", ".jcsh", players.jcshell),
    )
}


class _Dialects(Mapping[str, Dialect]):
    """By name: our own, and those that installed packages bring under the entry point group `PLUG_INS`.

    Packages are looked at only for a name that is not our own. Raises InputError for a name that nobody has, and for a
    package whose entry point cannot be loaded or is no `Dialect`.
    """

    def __getitem__(self, name: str) -> Dialect:
        if name in _OWN:
            return _OWN[name]
        entry = self._foreign().get(name)
        if entry is None:
            raise InputError(f"found {name[:40]!a}, expected one of {', '.join(self)}", "dialect")
        try:
            dialect = entry.load()
        except Exception as error:
            raise InputError(f"{entry.value} cannot be loaded: {type(error).__name__}", f"dialect {name}") from None
        if not isinstance(dialect, Dialect):
            raise InputError(f"{entry.value} is a {type(dialect).__name__}, expected a Dialect", f"dialect {name}")
        return dialect

    def __contains__(self, name: object) -> bool:
        return name in _OWN or name in self._foreign()

    def __iter__(self) -> Iterator[str]:
        return iter((*_OWN, *sorted(self._foreign().keys() - _OWN.keys())))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _foreign(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=PLUG_INS)}


DIALECTS: Mapping[str, Dialect] = _Dialects()


def parse_script(text: str, where: str) -> Script:
    """A script of json or scriptor, told apart by the opening brace of JSON. Raises InputError with FILE:LINE."""
    parse = json_dialect.parse if text.lstrip().startswith("{") else scriptor.parse
    return parse(text, where)
