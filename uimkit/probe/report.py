"""A probe's findings as text."""

from __future__ import annotations

from collections.abc import Iterator

from uimkit.files.spec import Value
from uimkit.files.words import in_words
from uimkit.probe.probe import Probe


def lines(found: Probe) -> Iterator[str]:
    """The findings, a line each: identity, the access matrix of both sides, the verdict with its evidence."""
    yield f"ATR    {found.atr}"
    yield f"ICCID  {found.iccid or 'not readable'}"
    for name, value in found.identity.items():
        yield f"{name:8} {in_words(value)}"
    yield ""
    yield f"{'file':22} {'name':16} {'as GSM phone: R U':18} as CDMA phone: R U"
    restricted, cdma = (_by_path(found.sides[side]["files"]) for side in ("restricted", "cdma"))
    for path in dict.fromkeys([*restricted, *cdma]):
        row = restricted.get(path) or cdma[path]
        yield f"{path:22} {row['name']!s:16} {_access(restricted.get(path)):18} {_access(cdma.get(path))}".rstrip()
    yield ""
    yield f"one-way: {found.one_way['verdict']}"
    evidence = found.one_way["evidence"]
    for line in evidence if isinstance(evidence, list) else []:
        yield f"  {line}"


def _by_path(rows: Value) -> dict[str, dict[str, Value]]:
    return {str(row["path"]): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}


def _access(row: dict[str, Value] | None) -> str:
    if row is None:
        return "not there"
    access = row.get("access")
    return f"{access['read']} {access['update']}" if isinstance(access, dict) else ""
