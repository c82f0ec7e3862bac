"""CAVE against published and derived vectors, and against a second implementation."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.crypto import restated
from uimkit.crypto import cave

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())
TIA = VECTORS["cave_tia"]
ESN, AKEY = int(TIA["esn"], 16), bytes.fromhex(TIA["a_key"])
SSD = bytes.fromhex(TIA["ssd_a"] + TIA["ssd_b"])
MIN1 = int(TIA["min1"], 16)

words = st.one_of(st.sampled_from([0, 1, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF))
keys = st.one_of(st.sampled_from([bytes(8), b"\xff" * 8, b"\1\2\3\4" * 2]), st.binary(min_size=8, max_size=8))


def test_the_table_is_the_published_one_and_each_row_permutes_the_nibbles() -> None:
    table = bytes(restated.TABLE)
    assert hashlib.sha256(table).hexdigest() == "279da27d6f95b763ac4af53f506854e72e7a33ae89380ce1851693d3714c745f"
    assert table == cave._TABLE
    for row in range(16):
        assert sorted(byte & 15 for byte in table[16 * row : 16 * row + 16]) == list(range(16))


def test_the_a_key_check_of_the_standard() -> None:
    assert int(TIA["a_key_digits"]).to_bytes(8, "big") == AKEY
    assert f"{cave.akey_check(AKEY, ESN):06}" == TIA["a_key_check"]


@pytest.mark.parametrize("row", VECTORS["a_key_check_derived"], ids=lambda row: row["a_key"])
def test_a_key_checks(row: dict[str, str]) -> None:
    assert f"{cave.akey_check(bytes.fromhex(row['a_key']), int(row['esn'], 16)):06}" == row["check"]


def test_the_shared_secret_of_the_standard() -> None:
    assert cave.shared_secret(AKEY, bytes.fromhex(TIA["randssd"]), ESN) == SSD


@pytest.mark.parametrize("row", TIA["rows"], ids=lambda row: row["rand"])
def test_signature_key_and_mask_of_the_standard(row: dict[str, str]) -> None:
    signature, saved = cave.sign(int(row["rand"], 16), MIN1, SSD, ESN)
    assert f"{signature:05x}" == row["authr"]
    key, mask = cave.key_and_vpm(saved, SSD, ESN)
    assert key.hex() == row["cmeakey"]
    assert mask.hex() == row["vpm"]
    plain = bytes.fromhex(TIA["cmea_plain"])
    assert restated.cmea(key, plain).hex() == row["cmea"]
    assert restated.cmea(key, restated.cmea(key, plain)) == plain


def test_the_published_card_vector() -> None:
    row = VECTORS["cave_ruimtools"]
    ssd = bytes.fromhex(row["ssd_a"])
    signature, _ = cave.sign(int(row["rand"], 16), int(row["imsi_s1"], 16), ssd, int(row["uimid"], 16))
    assert f"{signature:05x}" == row["authr"]


@pytest.mark.parametrize("row", VECTORS["cave_core_derived"], ids=lambda row: row["off"])
def test_a_register_that_never_moves_runs_into_the_limit_of_32(row: dict[str, Any]) -> None:
    offsets = bytes.fromhex(row["off"])
    done = cave.run(cave.Core(int(row["lfsr"], 16), *offsets, bytes.fromhex(row["regs"])), row["rounds"])
    assert (f"{done.lfsr:08x}", done.registers.hex()) == (row["out_lfsr"], row["out_regs"])
    assert bytes((done.offset1, done.offset2)).hex() == row["out_off"]
    second = restated.Cave(int(row["lfsr"], 16), list(bytes.fromhex(row["regs"])), (offsets[0], offsets[1]))
    second.rounds(row["rounds"])
    assert second.most_equal == 32
    assert bytes(second.r) == done.registers


@given(keys, st.one_of(st.just(bytes(7)), st.binary(min_size=7, max_size=7)), words)
def test_check_and_secret_agree_with_the_second_implementation(akey: bytes, randssd: bytes, esn: int) -> None:
    assert cave.akey_check(akey, esn) == restated.check(akey, esn)
    assert cave.shared_secret(akey, randssd, esn) == restated.ssd(akey, randssd, esn)


@given(words, st.integers(0, 0xFFFFFF), keys, keys, words)
def test_calls_agree_with_the_second_implementation(rand: int, data: int, a: bytes, b: bytes, esn: int) -> None:
    signature, saved = cave.sign(rand, data, a + b, esn)
    assert (signature, *cave.key_and_vpm(saved, a + b, esn)) == restated.call(rand, data, a + b, esn)
    assert signature < 1 << cave.SIGNATURE_BITS


def test_a_shift_register_that_would_start_at_zero_starts_at_the_random_number() -> None:
    key = bytes.fromhex("0123456789ABCDEF")
    folded = 0x01234567 ^ 0x89ABCDEF
    randssd = bytes(3) + folded.to_bytes(4, "big")
    assert cave.shared_secret(key, randssd, ESN) == restated.ssd(key, randssd, ESN)
    _, saved = cave.sign(0x34A2B05F, MIN1, SSD, ESN)
    ssd = SSD[:8] + saved.lfsr.to_bytes(4, "big") + bytes(4)
    assert (0x366F6, *cave.key_and_vpm(saved, ssd, ESN)) == restated.call(0x34A2B05F, MIN1, ssd, ESN)
    stuck = cave.Core(1, 128, 128, bytes(16))
    assert cave._next_pass(stuck, 0x34A2B05F) == cave.run(stuck._replace(lfsr=0x34A2B05F), 4)


def test_saved_registers_show_no_state() -> None:
    _, saved = cave.sign(0x12345678, MIN1, SSD, ESN)
    assert "lfsr" not in repr(saved)
    assert str(saved.lfsr) not in repr(saved)
