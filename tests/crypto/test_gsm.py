"""The algorithms of RUN GSM ALGORITHM: published vectors, a second MILENAGE, and COMP128 from whoever brings it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto import restated
from uimkit.crypto import gsm
from uimkit.crypto.gsm import GsmAlgorithm
from uimkit.errors import SurroundingsError

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())
SET1 = {name: text for name, text in VECTORS["milenage_set1"].items() if name != "provenance"}
blocks = st.binary(min_size=16, max_size=16)


def octets(name: str) -> bytes:
    return bytes.fromhex(SET1[name])


@pytest.mark.parametrize("row", VECTORS["xor_2g"])
def test_xor_2g_published(row: dict[str, str]) -> None:
    made = gsm.run(GsmAlgorithm.XOR_2G, bytes.fromhex(row["ki"]), bytes.fromhex(row["rand"]))
    assert made.hex() == row["sres"] + row["kc"]


def test_the_second_aes_is_that_of_fips_197() -> None:
    key, block = bytes(range(16)), bytes(16 * i + i for i in range(16))
    assert restated.aes(key, block).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_the_second_milenage_makes_the_outputs_of_ts_35_208_set_1() -> None:
    opc = restated.xor(restated.aes(octets("k"), octets("op")), octets("op"))
    assert opc == octets("opc")
    made = restated.milenage(octets("k"), opc, octets("rand"))
    assert {name: value.hex() for name, value in made.items()} == {name: SET1[name] for name in made}


def test_milenage_of_set_1_folded_for_gsm() -> None:
    pytest.importorskip("cryptography")
    made = gsm.run(GsmAlgorithm.MILENAGE_2G, octets("k"), octets("rand"), octets("opc"))
    assert made.hex() == SET1["gsm_sres"] + SET1["gsm_kc"]


@settings(max_examples=25)
@given(blocks, blocks, blocks)
def test_milenage_agrees_with_the_second_one(k: bytes, opc: bytes, rand: bytes) -> None:
    pytest.importorskip("cryptography")
    assert gsm.milenage_2g(k, rand, opc) == restated.gsm_from_milenage(k, opc, rand)


def test_milenage_without_opc_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="OPc"):
        gsm.run(GsmAlgorithm.MILENAGE_2G, bytes(16), bytes(16))


@pytest.mark.parametrize(
    ("algorithm", "package"),
    [(GsmAlgorithm.MILENAGE_2G, "cryptography"), *((GsmAlgorithm(f"comp128v{n}"), "comp128") for n in (1, 2, 3))],
)
def test_a_package_that_is_missing_is_named(
    algorithm: GsmAlgorithm, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SurroundingsError, match=f"(?i){algorithm.split('-')[0]}.*{package}.*pip install") as raised:
        gsm.run(algorithm, bytes(16), bytes(16), bytes(16))
    assert "\n" not in str(raised.value)
    gsm.run(GsmAlgorithm.XOR_2G, bytes(16), bytes(16))


def test_a_comp128_package_is_found_and_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its shape, with a stand-in: two modules, a class and methods that return two bytearrays."""

    def method(sign: int) -> Callable[[Any, bytes, bytes], tuple[bytearray, bytearray]]:
        return lambda _, ki, rand: (bytearray((sign, ki[0], rand[0], 0)), bytearray(8))

    first, second = ModuleType("comp128.comp128v1"), ModuleType("comp128.comp128v23")
    vars(first)["Comp128v1"] = type("Comp128v1", (), {"comp128v1": method(1)})
    vars(second)["Comp128v23"] = type("Comp128v23", (), {"comp128v2": method(2), "comp128v3": method(3)})
    for module in (ModuleType("comp128"), first, second):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for version in (1, 2, 3):
        made = gsm.run(GsmAlgorithm(f"comp128v{version}"), b"\xaa" * 16, b"\xbb" * 16)
        assert made == bytes((version, 0xAA, 0xBB, 0)) + bytes(8)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_comp128_vectors_when_the_package_is_there(version: int) -> None:
    pytest.importorskip("comp128")
    row = VECTORS["comp128_python_readme"]
    made = gsm.run(GsmAlgorithm(f"comp128v{version}"), bytes.fromhex(row["ki"]), bytes.fromhex(row["rand"]))
    assert made.hex() == row[f"v{version}"]
