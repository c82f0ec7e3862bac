"""Every vector of the fact sheets decodes, shows something, and comes back to the byte, whichever file it is of.

The tests of the single directories compare the values; this one sees that none is left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from uimkit.files.catalogue import by_path

DATA = Path(__file__).parents[1] / "data"
MISPLACED = {"3F00/7F20/5F3C/4F41": "3F00/7F10/5F50/4F41", "3F00/7F20/5F3C/4F42": "3F00/7F10/5F50/4F42"}
"""Image instances that a sheet lists under DF_MExE."""


def vectors() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name in ("ruim", "gsm"):
        for vector in json.loads((DATA / f"{name}-vectors.json").read_text(encoding="utf-8")):
            path = place(vector)
            if path and ".." not in vector["hex"] and set(vector["hex"].upper()) <= set("0123456789ABCDEF"):
                found.append((path, vector["hex"]))
    return found


def place(vector: dict[str, Any]) -> str | None:
    path, fid = vector.get("path"), vector["fid"]
    if not path or not fid:
        return None  # an alpha field, a SELECT answer
    whole = path if path.endswith(fid) else f"{path}/{fid}"
    if "SELECT" in vector["ef"] or "one table entry only" in vector.get("note", ""):
        return None  # tests/simulator has the SELECT answers; an entry is no file
    return MISPLACED[whole] if vector["ef"] == "image instance" else whole


@pytest.mark.parametrize(("path", "octets"), vectors())
def test_the_vector_goes_both_ways(path: str, octets: str) -> None:
    spec = by_path(path)
    assert spec is not None
    assert spec.codec is not None
    data = bytes.fromhex(octets)
    value = spec.codec.decode(data)
    assert (value is None) == (data.count(0xFF) == len(data))
    assert spec.codec.encode(value, len(data)) == data


def test_there_are_as_many_as_in_the_sheets() -> None:
    assert len(vectors()) > 180
