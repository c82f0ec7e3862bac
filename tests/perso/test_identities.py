"""Ranges count, get their check digits, and never run over into somebody else's numbers; the published vectors hold."""

from __future__ import annotations

import pytest

from uimkit.coding.errors import CodecError
from uimkit.coding.identity import esn_to_decimal, luhn_valid, pseudo_esn, pseudo_uimid
from uimkit.errors import InputError
from uimkit.perso.fields import FIELDS
from uimkit.perso.identities import (
    Options,
    akey_digits,
    esn,
    meid,
    meid_decimal,
    mobile_identification_number,
    ranges,
)
from uimkit.perso.resolve import Resolver
from uimkit.perso.rows import card_data

ICCID, IMSI = "8986032690010000001", "460030123456789"


def refusal(count: int, starts: dict[str, str], options: Options | None = None) -> str:
    with pytest.raises(InputError) as caught:
        ranges(count, starts, options or Options())
    return str(caught.value)


def test_a_range_counts_all_its_numbers_upwards() -> None:
    numbers = ranges(12, {"ICCID": ICCID, "IMSI": IMSI, "MDN": "13300000099", "IMSIG": "001010000000008"})
    assert numbers.row(0) == {
        "ICCID": "89860326900100000016",
        "IMSI": "460030123456789",
        "MDN": "13300000099",
        "IMSIG": "001010000000008",
    }
    last = numbers.row(11)
    assert (last["ICCID"][:-1], last["IMSI"], last["MDN"]) == ("8986032690010000012", "460030123456800", "13300000110")
    assert luhn_valid(last["ICCID"])


def test_every_row_of_a_range_is_card_data() -> None:
    numbers = ranges(
        300, {"ICCID": ICCID, "IMSI": IMSI, "SF_EUIMID": "FF000001123456", "IMSI_T": IMSI, "MDN": "13300000000"}
    )
    rows = [card_data(numbers.row(position)).values for position in range(300)]
    assert [dict(row) for row in rows] == [numbers.row(position) for position in range(300)]
    assert len({row["ICCID"] for row in rows}) == len({row["SF_EUIMID"] for row in rows}) == 300


def test_there_is_no_card_before_the_first_and_behind_the_last() -> None:
    numbers = ranges(2, {"ICCID": ICCID})
    for position in (-1, 2):
        with pytest.raises(IndexError):
            numbers.row(position)


def test_a_number_of_18_digits_gets_its_check_digit_outside_china() -> None:
    assert ranges(1, {"ICCID": "890101012345678901"}).row(0)["ICCID"] == "8901010123456789014"


@pytest.mark.parametrize(
    ("count", "start", "left", "last"),
    [
        (2, {"ICCID": "8986032690100999999"}, 1, "8986032690100999999"),
        (1_000_001, {"ICCID": "8986032690100000000"}, 1_000_000, "8986032690100999999"),
        (11, {"IMSI": "460039999999990"}, 10, "460039999999999"),
        (2, {"MDN": "13399999999"}, 1, "13399999999"),
        (2, {"SF_EUIMID": "FF000001FFFFFF"}, 1, "FF000001FFFFFF"),
        (2, {"UIMID": "A1FFFFFF"}, 1, "A1FFFFFF"),
        (2, {"UIMID": "0503FFFF"}, 1, "0503FFFF"),  # manufacturer code of 14 bits
        (2, {"ICCID": "890101099999999999"}, 1, "890101099999999999"),
    ],
)
def test_a_range_that_would_run_over_is_refused(count: int, start: dict[str, str], left: int, last: str) -> None:
    (name, first), *_ = start.items()
    assert refusal(count, start) == f"range of {name}: {count} numbers from {first} on: there are {left} up to {last}"
    assert ranges(left, start).row(left - 1)[name].startswith(last)


def test_how_far_a_range_may_count_is_an_option() -> None:
    start = {"ICCID": "8986032690100999999"}
    assert ranges(2, start, Options({"ICCID": 9})).row(1)["ICCID"][:-1] == "8986032690101000000"
    assert "there are 1 up to" in refusal(2, {"IMSI": "310260999999999"}, Options({"IMSI": 9}))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"ICCID": "89860326900100000016"}, "expected 18 or 19 digits: the first number without its check digit"),
        ({"ICCID": "898603269010000001"}, "expected 19 digits: a number of China has 20 with its check digit"),
        ({"IMSI": "46003012345678"}, "expected 15 digits"),
        ({"SF_EUIMID": "9F000001123456"}, "expected 14 hex digits from A0 on"),
        ({"UIMID": "80123456"}, "those that begin with 80 are pseudo-UIMIDs"),
        ({"MDN": "+861330000"}, "expected 1 to 15 digits"),
        ({"KI": "00"}, "there are ranges of ICCID, IMSI,"),
    ],
)
def test_a_wrong_start_is_refused(start: dict[str, str], expected: str) -> None:
    assert expected in refusal(1, start)


def test_an_empty_range_is_refused() -> None:
    assert refusal(0, {"ICCID": ICCID}) == "range of 0 cards: expected at least one"


def test_numbers_without_check_digit_are_an_option() -> None:
    options = Options(check_digit=False)
    assert ranges(2, {"ICCID": "89860326901000000010"}, options).row(1)["ICCID"] == "89860326901000000011"
    assert "which has no check digit" in refusal(1, {"ICCID": "898603269010000000"}, options)


@pytest.mark.parametrize(
    ("euimid", "expected"),
    [
        ("FF000001123456", "800737E1"),  # published in C.S0023-C 3.4.17
        ("8901010123456789014", "807DED89"),  # published there; filled with F
        ("8901010123456789014F", "807DED89"),
        ("89860326900100000016", "803D2DB8"),
        ("89860326907550001238", "803E3182"),
        ("89861126000216543213", "80E31995"),
    ],
)
def test_the_pseudo_uimid_is_that_of_the_vectors(euimid: str, expected: str) -> None:
    assert pseudo_uimid(euimid) == expected


def test_a_card_with_an_sf_euimid_has_its_hash_as_uimid() -> None:
    numbers = ranges(1, {"ICCID": ICCID, "SF_EUIMID": "FF000001123456"})
    assert numbers.row(0)["UIMID"] == "800737E1"
    for row in (numbers.row(0), {name: value for name, value in numbers.row(0).items() if name != "UIMID"}):
        resolved = Resolver({})(card_data(row | {"SID": "3600"}))
        assert (resolved.values["UIMID"], resolved.warnings) == ("800737E1", ())


def test_which_hash_the_uimid_is_is_an_option() -> None:
    starts = {"ICCID": "8986032690010000001", "SF_EUIMID": "FF000001123456"}
    assert ranges(1, starts, Options(pseudo_of="ICCID")).row(0)["UIMID"] == "803D2DB8"
    turned = ranges(1, starts, Options(reversed_sf_euimid=True)).row(0)
    assert turned["UIMID"] == pseudo_uimid("563412010000FF")
    assert Resolver({})(card_data(turned)).warnings == ()
    assert "of which there is no range" in refusal(1, {"ICCID": ICCID}, Options(pseudo_of="SF_EUIMID"))


def test_a_range_of_uimids_wins_over_the_hash() -> None:
    assert ranges(2, {"SF_EUIMID": "FF000001123456", "UIMID": "A1000009"}).row(1)["UIMID"] == "A100000A"


def test_a_foreign_uimid_is_still_warned_of() -> None:
    row = ranges(1, {"ICCID": ICCID}).row(0) | {"UIMID": "A1A2A3A4", "SF_EUIMID": "FF000001123456"}
    assert "is not the pseudo-UIMID" in Resolver({})(card_data(row)).warnings[0]


def test_the_min_is_the_last_ten_digits() -> None:
    assert mobile_identification_number(IMSI) == "0123456789"


def test_the_a_key_with_check_digits_is_that_of_the_published_example() -> None:
    assert akey_digits("C442F56BE9E17158", "D75A96EC") == "14142135623730950488086500"
    assert akey_digits("0102030405060708", "A1A2A3A4") == "00072623859790382856133771"


def test_an_a_key_with_check_digits_resolves_to_itself() -> None:
    row = {"ICCID": "89860326900100000016", "IMSI": IMSI, "AKEY": akey_digits("00000000000000FF", "803D2DB8")}
    assert Resolver({})(card_data(row)).values["AKEY"] == "00000000000000FF"


@pytest.mark.parametrize(
    ("akey", "uimid"), [("C442F5", "D75A96EC"), ("C442F56BE9E17158", "D7"), ("secret", "D75A96EC")]
)
def test_a_wrong_a_key_is_refused_without_its_text(akey: str, uimid: str) -> None:
    with pytest.raises(CodecError) as caught:
        akey_digits(akey, uimid)
    assert str(caught.value) == "expected an A-key of 16 and a UIMID of 8 hex digits"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E69FFFFF", "23010485759"),
        ("2321495F", "03502181471"),
        ("D75A96EC", "21505936876"),
        ("807DED89", "12808252809"),
        ("800737E1", "12800473057"),
    ],
)
def test_an_esn_has_two_forms(text: str, expected: str) -> None:
    assert esn_to_decimal(text) == expected
    assert esn(expected) == esn(text.lower()) == text


def test_an_esn_beyond_its_bits_is_refused() -> None:
    for text in ("25600000000", "00016777216", "D75A96E", "xyz"):
        with pytest.raises(CodecError):
            esn(text)


@pytest.mark.parametrize(
    ("digits", "check", "decimal"),
    [
        ("AF0123450ABCDE", "C", "2936087365007037100"),
        ("A0000000002329", "9", "2684354560000090013"),
        ("FF000001123456", "F", "4278190081011930466"),
    ],
)
def test_a_meid_has_two_forms_each_with_a_check_digit(digits: str, check: str, decimal: str) -> None:
    assert meid_decimal(digits) == decimal
    for text in (digits, digits.lower() + check, decimal, decimal[:-1]):
        assert meid(text) == digits


@pytest.mark.parametrize(
    "text", ["AF0123450ABCDED", "2936087365007037101", "9F0123450ABCDE", "AF01", "42949672960000000000"]
)
def test_a_wrong_meid_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        meid(text)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("FF000001123456", "800737E1"), ("A0000000002329", "8051F1AB"), ("AF0123450ABCDE", "8016B128")],
)
def test_the_pseudo_esn_is_that_of_the_vectors(digits: str, expected: str) -> None:
    assert pseudo_esn(digits) == expected


def test_the_sf_euimid_is_a_field_of_the_card_data() -> None:
    assert card_data({"SF_EUIMID": "ff000001123456"}).values["SF_EUIMID"] == "FF000001123456"
    assert not FIELDS["SF_EUIMID"].secret
