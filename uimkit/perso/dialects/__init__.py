"""How scripts are written down. A dialect turns neutral steps into text and back; it knows nothing of cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from uimkit.perso.dialects import json_dialect, players, scriptor
from uimkit.perso.script import Script
from uimkit.perso.steps import Step

__all__ = ["DIALECTS", "Dialect", "parse_script"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """``dump`` writes steps for cards of a profile; the text may be a template. ``suffix`` ends the file name."""

    name: str
    suffix: str
    dump: Callable[[Iterable[Step], str], str]


DIALECTS: Mapping[str, Dialect] = {
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


def parse_script(text: str, where: str) -> Script:
    """A script of json or scriptor, told apart by the opening brace of JSON. Raises InputError with FILE:LINE."""
    parse = json_dialect.parse if text.lstrip().startswith("{") else scriptor.parse
    return parse(text, where)
