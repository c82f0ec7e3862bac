"""The drawn keys of a chunk, wrapped under the order's work key and on the medium before anything is made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

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
    return [
        {
            name: field_value(name, work.unwrap(bytes.fromhex(wrapped), name, row["ICCID"]))
            for name, wrapped in row["keys"].items()
        }
        for row in rows
    ]


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
