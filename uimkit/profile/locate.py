"""Finds the line of a key in a TOML text. Only used when there is an error to report."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

Key = str | int


def line_of(text: str, path: Sequence[Key]) -> int:
    """The line (from 1) on which the deepest part of ``path`` that exists begins; 1 when nothing of it exists.

    The longest run of lines that is TOML but lacks the key ends just before it.
    """
    whole = _parse(text)
    depth = _depth(whole, path)
    if depth == 0:
        return 1
    lines = text.splitlines(keepends=True)
    before = 0
    for count in range(len(lines) + 1):
        partial = _parse("".join(lines[:count]))
        if partial is None:
            continue
        if _depth(partial, path[:depth]) == depth:
            break
        before = count
    return _skip_blank(lines, before) + 1


def reach(text: str, path: Sequence[Key]) -> int:
    """How many keys of ``path``, from its beginning, exist in the text."""
    return _depth(_parse(text), path)


def _skip_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _depth(document: Any, path: Sequence[Key]) -> int:
    for depth, key in enumerate(path):
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return depth
    return len(path)
