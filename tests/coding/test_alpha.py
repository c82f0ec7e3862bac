"""Alpha fields: what a card says about names must survive, and what does not fit must be refused."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.coding.alpha import decode_alpha, decode_gsm, encode_gsm, fit_alpha, is_gsm
from uimkit.coding.errors import CodecError

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "gsm-vectors.json").read_text())
FIELDS = [vector for vector in VECTORS if vector["ef"] == "alpha field"]
WRITTEN = [vector for vector in FIELDS if vector["values"].get("scheme") not in ("81", "82")]
UCS2 = st.text(st.characters(max_codepoint=0xFFFE, exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("vector", FIELDS, ids=lambda v: v["hex"])
def test_published_fields_decode(vector):
    assert decode_alpha(bytes.fromhex(vector["hex"])) == vector["values"]["text"]


@pytest.mark.parametrize("vector", WRITTEN, ids=lambda v: v["hex"])
def test_default_alphabet_and_80_are_written_as_published(vector):
    assert fit_alpha(vector["values"]["text"], vector["values"]["field_octets"]).hex().upper() == vector["hex"]


@pytest.mark.parametrize("name", ["王懿", "王仿", "长寿", "陈姿"])
def test_ff_inside_a_character_is_no_filler(name):
    assert decode_alpha(fit_alpha(name, 14)) == name


@given(UCS2)
def test_every_ucs2_text_comes_back(text):
    assert decode_alpha(fit_alpha(text, 100)) == text


@given(st.text(st.sampled_from("@AZaz09 €[]^{}|~\\é"), max_size=30))
def test_gsm_text_comes_back_without_80(text):
    assert is_gsm(text)
    assert decode_gsm(encode_gsm(text)) == text
    assert fit_alpha(text, None)[:1] != b"\x80"


@given(st.binary(max_size=40))
def test_any_bytes_decode_or_are_refused(data):
    with suppress(CodecError):
        assert isinstance(decode_alpha(data), str)


def test_too_long_names_the_octets():
    with pytest.raises(CodecError, match="takes 15 octets, the field has 14"):
        fit_alpha("北京办事处王总", 14)
    with pytest.raises(CodecError, match="takes 16 octets, the field has 14"):
        fit_alpha("€" * 8, 14)


@pytest.mark.parametrize("text", ["𠮷野家", "\ud800", "王\uffff"])
def test_what_no_card_can_hold_is_refused(text):
    with pytest.raises(CodecError):
        fit_alpha(text, 30)


def test_count_of_81_is_octets_so_an_escape_pair_counts_two():
    assert decode_alpha(bytes.fromhex("81069C801B3C781B3EFFFFFFFFFF")) == "一[x]"
