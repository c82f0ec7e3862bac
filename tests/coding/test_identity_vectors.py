"""The published identities of the vector file: pseudo-UIMID, pseudo-ESN, MEID and ESN."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from uimkit.coding import identity

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())


@pytest.mark.parametrize("row", VECTORS["puimid"], ids=lambda row: row["puimid"])
def test_pseudo_uimid(row: dict[str, str]) -> None:
    assert identity.pseudo_uimid(row.get("sf_euimid") or row["lf_euimid"]) == row["puimid"]


@pytest.mark.parametrize("row", VECTORS["pesn"], ids=lambda row: row["pesn"])
def test_pseudo_esn(row: dict[str, str]) -> None:
    assert identity.pseudo_esn(row["meid"]) == row["pesn"]


def test_meid() -> None:
    row = VECTORS["meid"]
    assert identity.meid_to_decimal(row["hex"]) == row["dec"]
    assert identity.meid_check_digit(row["hex"]) == row["hex_cd"]
    assert identity.luhn_digit(row["dec"]) == row["dec_cd"]
    assert identity.pseudo_esn(row["hex"]) == row["pesn_derived"]


@pytest.mark.parametrize("row", VECTORS["esn"], ids=lambda row: row["hex"])
def test_esn(row: dict[str, str]) -> None:
    assert identity.esn_to_decimal(row["hex"]) == row["dec"]
    assert identity.esn_from_decimal(row["dec"]) == row["hex"]
