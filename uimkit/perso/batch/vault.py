"""The drawn keys of a chunk, wrapped under the order's work key and on the medium before anything is made of them."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from uimkit.errors import InputError
from uimkit.perso.batch.files import write_whole
from uimkit.perso.keys.wrapping import Wrapper, field_octets, field_value

Drawn = list[dict[str, str]]


def stored(folder: Path, start: int, iccids: Sequence[str], work: Wrapper) -> Drawn | None:
    """The keys that were drawn for the chunk, None when there are none. Raises InputError: other key, other cards."""
    path = folder / f"{start:08}.json"
    if not path.exists():
        return None
    rows = json.loads(path.read_bytes())
    if [row["ICCID"] for row in rows] != list(iccids):
        raise InputError("the stored keys are those of other cards", str(path))
    return [_plain(row, work) for row in rows]


def store(folder: Path, start: int, iccids: Sequence[str], drawn: Drawn, work: Wrapper) -> None:
    """Put the keys of the chunk on the medium."""
    rows = [
        {
            "ICCID": iccid,
            "keys": {name: work.wrap(field_octets(name, value), name, iccid).hex() for name, value in keys.items()},
        }
        for iccid, keys in zip(iccids, drawn, strict=True)
    ]
    write_whole(folder / f"{start:08}.json", [json.dumps(rows).encode()])


class Stored:
    """The drawn keys of a whole batch, looked up by row; the file read last is kept. Raises InputError: another key."""

    def __init__(self, folder: Path, work: Wrapper) -> None:
        self._work = work
        self._paths = sorted(folder.glob("*.json"))
        self._starts = [int(path.stem) for path in self._paths]
        self._read = -1
        self._rows: list[dict[str, Any]] = []

    def of(self, position: int, iccid: str) -> dict[str, str]:
        """The keys of the card in row ``position``, from 0; none when no file has it."""
        number = bisect_right(self._starts, position) - 1
        if number < 0:
            return {}
        if number != self._read:
            self._read, self._rows = number, json.loads(self._paths[number].read_bytes())
        at = position - self._starts[number]
        if at >= len(self._rows) or self._rows[at]["ICCID"] != iccid:
            return {}
        return _plain(self._rows[at], self._work)


def _plain(row: dict[str, Any], work: Wrapper) -> dict[str, str]:
    return {
        name: field_value(name, work.unwrap(bytes.fromhex(wrapped), name, row["ICCID"]))
        for name, wrapped in row["keys"].items()
    }
