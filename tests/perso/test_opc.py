"""OPc of each card by the operator's OP: the published vector, every source of the key, and OP nowhere to be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from uimkit.crypto.gsm import milenage_opc
from uimkit.errors import InputError, UimkitError
from uimkit.perso.batch import verify as module
from uimkit.perso.batch.run import Options, run
from uimkit.perso.batch.verify import verify
from uimkit.perso.keys.policy import Source, key_policy
from uimkit.perso.keys.provider import load_key, load_op
from uimkit.perso.keys.wrapping import wrapper

SET_1 = json.loads((Path(__file__).parents[1] / "data" / "auth.json").read_text())["milenage_set1"]
K, OP, OPC = (SET_1[name].upper() for name in ("k", "op", "opc"))
ICCID = "89860326900100000016"
SEED = b"an invented seed"


def reckoned(ki: str) -> str:
    """By the library alone: AES of OP under Ki, xor OP."""
    op = bytes.fromhex(OP)
    block = Cipher(algorithms.AES(bytes.fromhex(ki)), modes.ECB()).encryptor().update(op)
    return bytes(a ^ b for a, b in zip(block, op, strict=True)).hex().upper()


def test_opc_is_that_of_the_published_test_set() -> None:
    assert milenage_opc(bytes.fromhex(K), bytes.fromhex(OP)).hex().upper() == OPC


@pytest.mark.parametrize("source", ["given", "random", "derived", "fixed"])
@pytest.mark.parametrize(("opc", "key"), [("OPC_G", "KI"), ("OPC_LTE", "KI_LTE")])
def test_opc_follows_from_the_key_wherever_that_comes_from(source: str, opc: str, key: str) -> None:
    fixed = {key: K} if source == "fixed" else {}
    policy = key_policy({opc: "op", key: source}, fixed=fixed, seed=SEED, op=bytes.fromhex(OP))
    given = {key: K} if source == "given" else {}
    values = given | policy.draw(ICCID, given, lambda count: bytes(range(count)))
    assert values[opc] == reckoned(values[key])
    assert (values[opc] == OPC) is (source in ("given", "fixed"))
    assert policy.deterministic is (source != "random")
    assert policy.derived is (source == "derived")
    assert policy.sources[opc] is Source.OP


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "OPC_G: found no KI, expected one: with OP it gives the OPc"),
        ({"KI": K, "OPC_G": OPC}, "OPC_G: found a value, but the key policy says it is op, not given"),
    ],
)
def test_data_that_do_not_go_with_op_are_refused(given: dict[str, str], expected: str) -> None:
    policy = key_policy({"OPC_G": "op"}, fixed={}, seed=None, op=bytes.fromhex(OP))
    with pytest.raises(InputError) as caught:
        policy.draw(ICCID, given, bytes)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("table", "op", "expected"),
    [
        ({"OPC_G": "op"}, None, "OP of the operator: found none, expected 16 octets"),
        ({"OPC_G": "op"}, bytes(8), "OP of the operator: found 8 octets, expected 16 octets"),
        ({"KI": "op"}, bytes(16), "key policy: KI: only OPC_G and OPC_LTE follow from OP"),
        ({"OPC_G": "op:16"}, bytes(16), "key policy: OPC_G: a size belongs to random and derived secrets only"),
    ],
)
def test_a_policy_that_can_not_work_is_refused(table: dict[str, str], op: bytes | None, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        key_policy(table, fixed={}, seed=None, op=op)
    assert str(caught.value) == expected


def test_op_is_32_hex_digits_and_never_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_OP", OP)
    assert load_op("env:TEST_OP").hex().upper() == OP
    for text in (OP[:-2], OP + "00", "x" + OP[1:]):
        monkeypatch.setenv("TEST_OP", text)
        with pytest.raises(InputError, match=r"env:TEST_OP: found \d\d characters, expected 32 hex digits") as caught:
            load_op("env:TEST_OP")
        assert OP[2:20] not in str(caught.value)
    with pytest.raises(InputError, match=r"^key source: expected env:NAME, file:PATH$"):
        load_op(OP)
    policy = key_policy({"OPC_G": "op"}, fixed={}, seed=None, op=bytes.fromhex(OP))
    assert OP not in repr(policy).upper()
    assert repr(bytes.fromhex(OP)) not in repr(policy)


ORDER = """order = "O-1"
customer = "Footel"
profile = "china-telecom-oneway"
[input]
count = 12
ranges = {{ ICCID = "8986032600100000100", IMSI = "460030123400000", IMSIG = "001010123400000" }}
fields = {{ SID = "3600" }}
[keys]
work = "env:TEST_WORK"
seed = "env:TEST_SEED"
op = "env:TEST_OP"
policy = {{ KI = "{source}", OPC_G = "op" }}
[transport]
source = "env:TEST_TRANSPORT"
[outputs]
flattened = true
dialects = ["json", "pcom", "pcom-var"]
response = "var_out"
"""


@pytest.mark.parametrize("source", ["random", "derived"])
def test_a_batch_tells_the_operator_each_opc_and_nobody_op(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WORK", "B2" * 16), ("SEED", "A1" * 16), ("OP", OP), ("TRANSPORT", "C3" * 16)):
        monkeypatch.setenv(f"TEST_{name}", value)
    (tmp_path / "order.toml").write_text(ORDER.format(source=source))
    made = tmp_path / "made"
    run(tmp_path / "order.toml", made, Options(clock=lambda: "now", chunk=5))
    found = verify(made)
    assert (found.cards, found.compared["OPC_G"]) == (12, "key and OP")
    module._bench.cache_clear()
    with monkeypatch.context() as patch:
        patch.setenv("TEST_OP", "0" * 32)
        with pytest.raises(UimkitError, match="OPC_G of the operator's file"):
            verify(made)
    module._bench.cache_clear()
    transport = wrapper("aes-kw", load_key("env:TEST_TRANSPORT"), 1)
    names, last = (made / "response.txt").read_text().splitlines()[-13:][:2]
    row = dict(zip(names.removeprefix("var_Out: ").split("/"), last.split(" "), strict=True))
    ki, opc = (transport.unwrap(bytes.fromhex(row[name]), name, row["ICCID"]).hex().upper() for name in ("KI", "OPC_G"))
    assert opc == reckoned(ki)
    for path in made.rglob("*"):
        if path.is_file():
            assert OP.lower() not in path.read_bytes().decode("latin-1").lower(), path
            assert bytes.fromhex(OP) not in path.read_bytes(), path
    assert (made / "script.pcom").read_text().startswith("; profile china-telecom-oneway\n.CALL card_data.var\n")
    assert (made / "scripts" / "00000001-00000012.var").read_text().count("; card ") == 12
