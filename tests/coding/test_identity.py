"""Published numbers: ICCID, ESN, MEID, UIMID, IMSI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.coding import identity as ids
from uimkit.coding.errors import CodecError
from uimkit.coding.imsi_m import ImsiM, decode_group, decode_imsi_m, encode_group, encode_imsi_m

DIGITS = st.text(st.sampled_from("0123456789"), min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("euimid", "pseudo"),
    [
        ("FF000001123456", "800737E1"),
        ("8901010123456789014F", "807DED89"),
        ("8901010123456789014", "807DED89"),
        ("89860326900100000016", "803D2DB8"),
        ("89860326907550001238", "803E3182"),
        ("89861126000216543213", "80E31995"),
    ],
)
def test_pseudo_uimid(euimid, pseudo):
    assert ids.pseudo_uimid(euimid) == pseudo


@pytest.mark.parametrize(
    ("meid", "pseudo"),
    [("FF000001123456", "800737E1"), ("A0000000002329", "8051F1AB"), ("AF0123450ABCDE", "8016B128")],
)
def test_pseudo_esn(meid, pseudo):
    assert ids.pseudo_esn(meid) == pseudo


@pytest.mark.parametrize(
    ("esn", "decimal"),
    [
        ("E69FFFFF", "23010485759"),
        ("2321495F", "03502181471"),
        ("D75A96EC", "21505936876"),
        ("807DED89", "12808252809"),
    ],
)
def test_esn_in_both_forms(esn, decimal):
    assert ids.esn_to_decimal(esn) == decimal
    assert ids.esn_from_decimal(decimal) == esn


@pytest.mark.parametrize(
    ("meid", "decimal", "check", "decimal_check"),
    [
        ("AF0123450ABCDE", "293608736500703710", "C", "0"),
        ("A0000000002329", "268435456000009001", "9", "3"),
        ("FF000001123456", "427819008101193046", "F", "6"),
    ],
)
def test_meid_in_both_forms_with_check_digits(meid, decimal, check, decimal_check):
    assert ids.meid_to_decimal(meid) == decimal
    assert ids.meid_from_decimal(decimal) == meid
    assert ids.meid_check_digit(meid) == check
    assert ids.luhn_digit(decimal) == decimal_check


@pytest.mark.parametrize("esn", ["25600000000", "00016777216", "1234", "0000000000X"])
def test_esn_out_of_range_is_refused(esn):
    with pytest.raises(CodecError):
        ids.esn_from_decimal(esn)


def test_luhn():
    assert ids.luhn_digit("890101012345678901") == "4"
    assert ids.luhn_valid("89860326900100000016")
    assert not ids.luhn_valid("89860326900100000017")


@pytest.mark.parametrize(
    ("iccid", "hexed"),
    [
        ("8986001234567890120", "986800214365870921F0"),
        ("89860326900100000016", "98683062091000000061"),
        ("8901010123456789014", "981010103254769810F4"),
    ],
)
def test_iccid(iccid, hexed):
    assert ids.encode_iccid(iccid).hex().upper() == hexed
    assert ids.decode_iccid(bytes.fromhex(hexed)) == iccid


@pytest.mark.parametrize(
    ("imsi", "hexed"),
    [
        ("001010123456789", "080910101032547698"),
        ("46000123456789", "0841060021436587F9"),
        ("4600012345678", "0749060021436587FF"),
        ("204040000000001", "082940400000000010"),
    ],
)
def test_imsi(imsi, hexed):
    assert ids.encode_imsi(imsi).hex().upper() == hexed
    assert ids.decode_imsi(bytes.fromhex(hexed)) == imsi


@pytest.mark.parametrize(
    ("imsi", "hexed"),
    [
        ("460030123456789", "008503A69A3A5C806701"),
        ("460031000000000", "006300E7EBF95C806701"),
        ("460039999999999", "0078037827DE5C806701"),
        ("460031234500678", "000C00376A575C806701"),
        ("310008984641186", "0013034B44586380D100"),
        ("310000000000000", "00E703E7EBF96380D100"),
        ("001010123456789", "008503A69A3A5A80DE03"),
    ],
)
def test_imsi_m(imsi, hexed):
    assert encode_imsi_m(ImsiM(imsi)).hex().upper() == hexed
    assert decode_imsi_m(bytes.fromhex(hexed)) == ImsiM(imsi)


@given(DIGITS)
def test_every_imsi_m_comes_back(imsi):
    assert decode_imsi_m(encode_imsi_m(ImsiM(imsi))).imsi == imsi


def test_all_group_codes():
    assert [encode_group(decode_group(code, 3)) for code in range(1000)] == list(range(1000))
    assert [encode_group(decode_group(code, 2)) for code in range(100)] == list(range(100))
    assert (encode_group("000"), encode_group("111"), encode_group("999"), encode_group("00")) == (999, 0, 888, 99)
    with pytest.raises(CodecError):
        decode_group(1000, 3)


def test_classes():
    assert ids.overload_class("460036549876547") == 7
    assert ids.access_class_bits(9).hex() == "0200"
    with pytest.raises(CodecError):
        ids.access_class_bits(16)
