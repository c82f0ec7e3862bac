"""The drawn keys of a chunk: sealed under the order's work key, and on the medium before anything is made of them."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from uimkit.errors import InputError
from uimkit.perso.batch.files import write_whole
from uimkit.perso.keys.wrapping import Wrapper

Drawn = list[dict[str, str]]
_Rows = list[tuple[str, dict[str, str]]]
_WHAT = "vault"


def stored(folder: Path, start: int, iccids: Sequence[str], work: Wrapper) -> Drawn | None:
    """The keys that were drawn for the chunk, None when there are none. Raises InputError: other key, other cards."""
    path = _path(folder, start)
    if not path.exists():
        return None
    rows = _opened(path, work)
    if [iccid for iccid, _ in rows] != list(iccids):
        raise InputError("the stored keys are those of other cards", str(path))
    return [keys for _, keys in rows]


def store(folder: Path, start: int, iccids: Sequence[str], drawn: Drawn, work: Wrapper) -> None:
    """Put the keys of the chunk on the medium."""
    path = _path(folder, start)
    rows = json.dumps(list(zip(iccids, drawn, strict=True)))
    write_whole(path, [work.wrap(rows.encode(), _WHAT, path.name)])


class Stored:
    """The drawn keys of a whole batch, looked up by row; the file read last is kept. Raises InputError: another key."""

    def __init__(self, folder: Path, work: Wrapper) -> None:
        self._work = work
        self._paths = sorted(path for path in folder.iterdir() if path.name.isdecimal())
        self._starts = [int(path.name) for path in self._paths]
        self._read = -1
        self._rows: _Rows = []

    def of(self, position: int, iccid: str) -> dict[str, str]:
        """The keys of the card in row ``position``, from 0; none when no file has it."""
        number = bisect_right(self._starts, position) - 1
        if number < 0:
            return {}
        if number != self._read:
            self._read, self._rows = number, _opened(self._paths[number], self._work)
        at = position - self._starts[number]
        if at >= len(self._rows) or self._rows[at][0] != iccid:
            return {}
        return self._rows[at][1]


def _path(folder: Path, start: int) -> Path:
    return folder / f"{start:08}"


def _opened(path: Path, work: Wrapper) -> _Rows:
    try:
        rows: _Rows = json.loads(work.unwrap(path.read_bytes(), _WHAT, path.name))
    except InputError:
        raise InputError("the stored keys do not open: another work key, or changed data", str(path)) from None
    return rows
