"""How scripts are written down. A dialect turns neutral steps into text and back; it knows nothing of cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from uimkit.errors import InputError
from uimkit.perso.dialects import json_dialect, players, readers, scriptor
from uimkit.perso.dialects.readers import Include
from uimkit.perso.script import Script
from uimkit.perso.steps import Step

__all__ = ["DIALECTS", "PLUG_INS", "Dialect", "parse_script"]

PLUG_INS = "uimkit.dialects"
"""The entry point group in which other packages register a `Dialect`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """``dump`` writes steps for cards of a profile; the text may be a template. ``suffix`` ends the file name.

    A dialect that puts what all cards share into a file of its own has that file's name and writer as ``shared``.
    """

    name: str
    suffix: str
    dump: Callable[[Iterable[Step], str], str]
    shared: tuple[str, Callable[[Iterable[Step], str], str]] | None = None


_OWN: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect("json", ".json", json_dialect.dump),
        Dialect("scriptor", ".scriptor", scriptor.dump),
        Dialect("pcom", ".pcom", players.pcom),
        Dialect("pcom-var", ".var", players.pcom_variables, ("script.pcom", players.pcom_script)),
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


_NOTES = re.compile(r"\s*(#|//|reset\s*$|$)")
_SIGNS: tuple[tuple[re.Pattern[str], Callable[[str, str], Script]], ...] = (
    (re.compile(r"\s*\{"), json_dialect.parse),
    (re.compile(r"/[a-z]"), readers.jcshell),
    (re.compile(r"establish_context|card_connect|enable_trace|mode_\d|send_apdu"), readers.gpshell),
    (re.compile(r"(apdu|set|select|verify_adm|desc|(read|update|create|delete|export)\w*)\b(?!:)"), readers.pysim),
)
"""The first line that is neither comment nor reset tells the player. Whatever is no other's is scriptor's."""
_PCOM_SIGN = re.compile(r"\s*(;|\.[A-Z])|[0-9A-F ]+%\w|[0-9A-F %\w]+(\[[^\]]*\])?\s*\(", re.IGNORECASE)
_SCRIPTOR_SIGN = re.compile("^[0-9A-F]{2}|reset|exit", re.IGNORECASE)


def parse_script(text: str, where: str, include: Include | None = None) -> Script:
    """A script of any dialect of ours, told apart by what stands in it. Raises InputError with FILE:LINE.

    ``include`` reads the files that a PCOM script calls.
    """
    lines = enumerate(text.splitlines(), 1)
    number, telling = next(((number, line) for number, line in lines if not _NOTES.match(line)), (0, ""))
    for sign, parse in _SIGNS:
        if sign.match(telling):
            return parse(text, where)
    if _PCOM_SIGN.match(telling):
        return readers.pcom(text, where, include)
    if telling and not _SCRIPTOR_SIGN.search(telling):
        players = ", ".join(dialect.name for dialect in _OWN.values())
        raise InputError(f"this is no script of {players}, the dialects that can be played", f"{where}:{number}")
    return scriptor.parse(text, where)
