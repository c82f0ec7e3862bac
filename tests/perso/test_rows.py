"""Reading card data: every wrong cell is named with file, line and column, and no secret is ever repeated."""

from __future__ import annotations

import csv
import random
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.perso.invented import card, line
from uimkit.errors import InputError
from uimkit.perso.fields import FIELDS, ROW_NAMES, ROW_NAMES_3G
from uimkit.perso.plan import Plan
from uimkit.perso.resolve import Resolver
from uimkit.perso.rows import CardData, card_data, read_rows


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(text + "\n" for text in lines), encoding="utf-8")
    return path


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        list(read_rows(path, **options))
    return str(caught.value)


def test_a_row_of_28_fields_gives_the_fields_that_are_not_empty(tmp_path: Path, rng: random.Random) -> None:
    row = card(rng)
    (data,) = read_rows(written(tmp_path / "cards.txt", line(row)))
    assert data.values["ICCID"] == row["ICCID"]
    assert data.values["SMSP"] == row["SMSP"].lstrip("+")
    assert data.values["ACC"] == f"{1 << int(row['ACC']):04X}"
    assert "IMSI_LTE" not in data.values
    assert data.columns == ROW_NAMES
    assert data.where == f"{tmp_path}/cards.txt:1"


def test_rows_of_the_3g_era_stop_after_smsp(tmp_path: Path, rng: random.Random) -> None:
    rows = [",".join(card(rng)[name] for name in ROW_NAMES_3G) for _ in range(2)]
    cards = list(read_rows(written(tmp_path / "cards.txt", *rows)))
    assert [data.columns for data in cards] == [ROW_NAMES_3G] * 2


def test_27_fields_are_refused_with_file_and_line(tmp_path: Path, rng: random.Random) -> None:
    path = written(tmp_path / "cards.txt", line(card(rng)), line(card(rng)).rpartition(",")[0])
    assert refusal(path).startswith(f"{path}:2: found 27 fields, expected 28 (ICCID,IMSI,UIMID,")


def test_rows_of_two_versions_do_not_mix(tmp_path: Path, rng: random.Random) -> None:
    old = ",".join(card(rng)[name] for name in ROW_NAMES_3G)
    path = written(tmp_path / "cards.txt", old, line(card(rng)))
    assert f"{path}:2: found 28 fields, expected 23" in refusal(path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ICCID", "89860326900100000017", 'found "89860326900100000017", expected the check digit 6 at the end'),
        ("ICCID", "8986032690010000001", "the check digit is left out, it would be 6"),
        ("ICCID", "8986032690010000001A", "expected 20 digits"),
        ("IMSI", "46003012345678", 'column 2 IMSI: found "46003012345678", expected 15 digits'),
        ("UIMID", "803D2DB", "expected 8 hex digits"),
        ("SID", "13824", "expected 4 hex digits"),
        ("SID", "8000", "SID of 15 bits"),
        ("NID", "65535", "expected 4 hex digits"),
        ("ACCOLC", "16", "a class from 0 to 15"),
        ("AKEY", "0102", "found 4 characters, expected 16 hex digits"),
        ("PIN1", "12a4", "found 4 characters, expected as a CHV has 4 to 8 decimal digits"),
        ("PUK1", "1234567", "found 7 characters, expected as an UNBLOCK CHV has 8 decimal digits"),
        ("ADM", "short", "found 5 characters, expected as an administrative code has 8 ASCII characters"),
        ("HRPDUPP", "no realm", "expected USER@REALM"),
        ("SIPUPP", "2420", "expected a block whose first octet"),
        ("SIPUPP", "03100261", "expected a block of Simple IP user profiles: the block ends"),
        ("MNHASS", "0011223344556677;00", "found 19 characters, expected 16 hex digits"),
        ("KI", "00", "expected 32 hex digits"),
        ("SMSP", "+86-10", "a number of at most 20 digits"),
        ("ACC", "17", "expected a class from 0 to 15, or 4 hex digits"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column(
    tmp_path: Path, rng: random.Random, name: str, value: str, message: str
) -> None:
    path = written(tmp_path / "cards.txt", line(card(rng)), line(card(rng) | {name: value}))
    said = refusal(path)
    assert said.startswith(f"{path}:2: column {ROW_NAMES.index(name) + 1} {name}: ")
    assert message in said
    assert not FIELDS[name].secret or value not in said


@pytest.mark.parametrize(
    ("prl", "message"),
    [
        ("00220065000080044CC446C64B600200005B083FFFFC02020000800007400000C251", "expected the CRC C250"),
        ("00230065000080044CC446C64B600200005B083FFFFC02020000800007400000C250", "its size field says, 35"),
    ],
)
def test_a_roaming_list_must_have_its_size_and_crc(prl: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        card_data({"PRL": prl})


def test_sid_and_nid_are_decimal_only_on_demand(tmp_path: Path, rng: random.Random) -> None:
    path = written(tmp_path / "cards.txt", line(card(rng) | {"SID": "13824", "NID": "65535"}))
    (data,) = read_rows(path, sid_radix=10)
    assert (data.values["SID"], data.values["NID"]) == ("3600", "FFFF")


def test_csv_takes_any_order_of_columns_and_those_beyond_the_row(tmp_path: Path) -> None:
    path = written(tmp_path / "c.csv", "mdn,ICCID,SPC", '"13300000001",89860326900100000016,123456')
    (data,) = read_rows(path)
    assert data.values == {"MDN": "13300000001", "ICCID": "89860326900100000016", "SPC": "123456"}
    assert data.columns == ("MDN", "ICCID", "SPC")


def test_a_byte_order_mark_and_blank_lines_are_no_cards(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"\xef\xbb\xbfICCID\r\n89860326900100000016\r\n\r\n")
    assert [data.values["ICCID"] for data in read_rows(path)] == ["89860326900100000016"]


def test_a_csv_file_in_gbk_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"ICCID,IMSI\n89860326900100000016," + "卡".encode("gbk") + b"\n")
    assert refusal(path) == f"{path}:2: found the byte BF at position 22, expected UTF-8: save the file as UTF-8"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["ICCID,IMIS", "1,2"], ':1: unknown column "IMIS"; known are ICCID, IMSI,'),
        (["ICCID,IMSI,ICCID", "1,2,1"], ":1: the column ICCID stands twice in the header"),
        (["ICCID", "1"], ":1: the header lacks the column KI"),
        (["ICCID,KI", "89860326900100000016"], ":2: found 1 cells, expected 2 as in the header"),
        (["ICCID,KI", '"8986'], ":2: this is not CSV"),
        (
            ["ICCID,KI", *["89860326900100000016,00112233445566778899AABBCCDDEEFF"] * 2],
            ":3: column ICCID: 89860326900100000016 is on line 2 already",
        ),
        ([], ": found no card"),
    ],
)
def test_a_wrong_csv_file_is_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    assert message in refusal(written(tmp_path / "c.csv", *lines), required=("KI",))


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == f"{tmp_path}/none.csv: there is no such file"


def test_reading_is_streaming(tmp_path: Path, rng: random.Random) -> None:
    path = written(tmp_path / "cards.txt", line(card(rng)), "1,2")
    cards = read_rows(path)
    assert next(cards).values["IMSI"]
    with pytest.raises(InputError):
        next(cards)


def test_a_repr_shows_no_value(rng: random.Random, plan: Plan) -> None:
    data = card_data(card(rng), "cards.txt:1")
    shown = repr(data) + repr(plan.resolve(data)) + repr(plan.slots)
    assert not [name for name, value in data.values.items() if FIELDS[name].secret and value in shown]


def test_a_row_can_be_changed_field_by_field(rng: random.Random) -> None:
    data = card_data(card(rng)).replaced({"MDN": "13300000001"}, "--set")
    assert data.values["MDN"] == "13300000001"
    with pytest.raises(InputError, match="--set: unknown field MDM; known are ICCID"):
        data.replaced({"MDM": "1"}, "--set")


@given(st.binary(max_size=300) | st.lists(st.sampled_from(list(FIELDS))).map(lambda names: ",".join(names).encode()))
def test_whatever_stands_in_a_file_there_is_one_kind_of_error(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with suppress(InputError):
            list(read_rows(file.name))


@given(st.sampled_from(list(FIELDS)), st.text(min_size=1) | st.text("0123456789ABCDEF;@.", min_size=1))
def test_whatever_stands_in_a_cell_it_is_taken_or_refused(name: str, text: str) -> None:
    with suppress(InputError):
        canonical = card_data({name: text}).values[name]
        assert card_data({name: canonical}).values[name] == canonical


BASE = {"ICCID": "89860326900100000016", "IMSI": "460030123456789"}


def resolved(**more: str) -> CardData:
    return card_data(BASE | more, "cards.txt:7")


def test_what_is_left_out_is_derived() -> None:
    found = Resolver({"SPC": "123456"})(resolved(IMSIG="001010123456780", KI="00" * 16))
    assert {
        "UIMID": "803D2DB8",
        "IMSI_T": "460030123456789",
        "ACCOLC": "9",
        "HRPDUPP": "460030123456789@mycdma.cn",
        "ACC": "0001",
        "SPCS": "1",
    }.items() <= found.values.items()
    assert found.sources["UIMID"] == "derived from ICCID"
    assert found.sources["SPC"] == "profile default"
    assert found.sources["IMSI"] == "column 2"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ACCOLC": "8"}, "cards.txt:7: ACCOLC: found class 8, expected 9, the last digit of IMSI"),
        ({"IMSIG": "001010123456780"}, "cards.txt:7: KI: found none, expected one beside IMSIG"),
        ({"KI": "00" * 16}, "cards.txt:7: IMSIG: found none, expected one beside KI"),
        ({"IMSIG": "001010123456780", "KI": "00" * 16, "ACC": "0002"}, "cards.txt:7: ACC: found class 1, expected 0"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(more: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Resolver({})(resolved(**more))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"UIMID": "80123456"}, "UIMID: 80123456 is not the pseudo-UIMID 803D2DB8 of the ICCID"),
        ({"SID": "0036"}, "SID: 0036 (decimal 54) is not in 3500 to 37FF"),
        ({"ACCOLC": "12"}, "ACCOLC: 12 is not one of the ordinary classes"),
        ({"HRPDUPP": "someone@example.net"}, "HRPDUPP: the user is not the IMSI"),
    ],
)
def test_what_an_operator_may_mean_is_a_warning(more: dict[str, str], message: str) -> None:
    assert message in "\n".join(Resolver({})(resolved(**more)).warnings)


def test_a_field_the_profile_needs_must_be_there(plan: Plan) -> None:
    with pytest.raises(InputError, match=r"cards\.txt:7: found no SID, AKEY, PIN1, PUK1, PIN2, PUK2, ADM, expected"):
        plan.resolve(resolved())
    assert "NID" not in plan.required
    assert "SID" in plan.required


def test_a_csv_of_all_fields_reads_as_the_row_does(tmp_path: Path, rng: random.Random) -> None:
    row = card(rng)
    path = tmp_path / "c.csv"
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(reversed(ROW_NAMES)))
        writer.writeheader()
        writer.writerow(row)
    (from_csv,) = read_rows(path)
    (from_row,) = read_rows(written(tmp_path / "r.txt", line(row)))
    assert from_csv.values == from_row.values
