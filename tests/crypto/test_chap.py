"""CHAP against the example of RFC 2865."""

from __future__ import annotations

import json
from pathlib import Path

from uimkit.crypto.chap import response


def test_the_example_of_rfc_2865_clause_7_2() -> None:
    row = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())["chap_md5"]
    made = response(int(row["id"], 16), row["secret"].encode(), bytes.fromhex(row["challenge"]))
    assert made.hex() == row["response"]
