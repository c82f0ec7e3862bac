"""Profiles that extend others: the tables merged, and in which file and line a key of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from uimkit.profile.locate import Key, line_of, reach

_CONTENTS = {"content", "value", "records", "values"}
"""Ways to say what is in a file; one of them takes the place of all of the profile below."""


class Layer(NamedTuple):
    """The text of one profile file, and the file's name in messages."""

    source: str
    text: str


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """The tables of ``below`` as ``above`` changes them: tables key by key, everything else as a whole."""
    result = {key: value for key, value in below.items() if key not in _CONTENTS or not _CONTENTS & above.keys()}
    for key, value in above.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and key not in _CONTENTS:
            value = merged(old, value)
        result[key] = value
    return result


def place(layers: Sequence[Layer], path: Sequence[Key]) -> tuple[str, int]:
    """File and line (from 1) of a key: in the layer that has most of its path, the upper one when equal."""
    best = max(layers, key=lambda layer: reach(layer.text, path))
    return best.source, line_of(best.text, path)
