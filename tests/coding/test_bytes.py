"""Digits, bits, TLV and check sums."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytlv.TLV import TLV

from uimkit.coding.bcd import CDMA, HEX, decode_digits, encode_digits
from uimkit.coding.bits import BitOrder, BitReader, BitWriter
from uimkit.coding.crc import crc16_genibus
from uimkit.coding.errors import CodecError
from uimkit.coding.tlv import read_tlv, write_tlv


def test_digits_of_the_alphabets():
    assert encode_digits("4008p1?").hex().upper() == "04801CFD"
    assert decode_digits(bytes.fromhex("04801CFD")) == "4008p1?"
    assert encode_digits("1234567890", CDMA).hex().upper() == "21436587A9"
    assert encode_digits("123456", HEX, "high").hex() == "123456"
    with pytest.raises(CodecError, match="position 3"):
        encode_digits("12x")


@given(st.binary(max_size=12), st.sampled_from(["low", "high"]))
def test_digits_come_back(data, first):
    digits = decode_digits(data, HEX, first)
    assert encode_digits(digits.ljust(2 * len(data), "F"), HEX, first) == data


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0)), max_size=12), st.sampled_from(BitOrder))
def test_bits_come_back(fields, order):
    writer = BitWriter(order)
    wanted = [(bits, value % (1 << bits)) for bits, value in fields]
    for bits, value in wanted:
        writer.put(value, bits)
    reader = BitReader(writer.getvalue(), order)
    assert [(bits, reader.take(bits)) for bits, _ in wanted] == wanted
    with pytest.raises(CodecError):
        reader.take(reader.left + 1)


def test_a_number_that_does_not_fit_is_refused():
    with pytest.raises(CodecError, match="4 bits"):
        BitWriter().put(16, 4)


@given(st.lists(st.tuples(st.sampled_from([0x80, 0x81, 0xA8, 0x5F20]), st.binary(max_size=300)), max_size=4))
def test_tlv_comes_back_with_repeated_tags_and_long_values(tlvs):
    assert read_tlv(write_tlv(tlvs) + b"\xff\xff") == tlvs


@given(st.binary(max_size=30))
def test_tlv_reads_or_refuses(data):
    with suppress(CodecError):
        assert all(tag >= 0 for tag, _ in read_tlv(data))


@pytest.mark.parametrize("broken", ["80", "8005AA", "8080", "8084FFFFFFFF", "1F", "1F81", "818201"])
def test_broken_tlv_is_refused(broken):
    with pytest.raises(CodecError):
        read_tlv(bytes.fromhex(broken))


def test_pytlv_drops_repeated_tags_and_miswrites_long_values_so_the_reader_is_our_own():
    assert len(TLV(["80"]).parse("8001AA8001BB")) == 1
    assert len(read_tlv(bytes.fromhex("8001AA8001BB"))) == 2
    assert bytes.fromhex(TLV(["80"]).build({"80": "00" * 200})) != write_tlv([(0x80, bytes(200))])


def test_crc():
    assert crc16_genibus(b"123456789") == 0xD64E
    roaming_list = bytes.fromhex("0012000100804001401F420005400020ECCE")
    assert crc16_genibus(roaming_list[:-2]).to_bytes(2, "big") == roaming_list[-2:]
