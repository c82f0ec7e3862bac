"""The input gate: every format, every wrong row and cell with file, line and column, and no secret repeated."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.perso.invented import card, line
from uimkit.errors import InputError, InputErrors, SurroundingsError
from uimkit.perso.batch.register import opened
from uimkit.perso.fields import ROW_NAMES
from uimkit.perso.identities import Options
from uimkit.perso.input_gate import check_input
from uimkit.perso.inputs import FINISHED_NAMES, USUAL, Format, Reading, Scan, detected, read_input
from uimkit.perso.rows import CardData, read_rows

RULE = "*" * 40
HEADER = (RULE, "*      HEADER DESCRIPTION", RULE, "Customer:        Footel: north", "Batch:           1643")
INPUTS = (RULE, "*          INPUT VARIABLES", RULE)
OUTPUTS = (RULE, "*          OUTPUT VARIABLES", RULE)


def written(path: Path, *lines: str, ending: str = "\n") -> Path:
    path.write_bytes("".join(text + ending for text in lines).encode())
    return path


def passed(path: Path, format: Format = "auto", reading: Reading = USUAL, **options: Any) -> Scan:
    """What the gate lets through, with a register of its own."""
    scan = Scan(path, format, reading)
    with TemporaryDirectory() as folder, opened(Path(folder, "r"), "1", "") as register, register.claiming():
        assert check_input(scan.rows(), reading, lambda cards: register.claim(cards)[0], **options) == scan.cards
    return scan


def refused(path: Path, **options: Any) -> list[str]:
    """The lines of the gate's refusal, without the file's name."""
    with pytest.raises(InputErrors) as caught:
        passed(path, **options)
    assert str(caught.value).splitlines() == list(caught.value.lines)
    return [text.removeprefix(str(path)).removeprefix(":") for text in caught.value.lines]


def operator(path: Path, quantity: int | str, *rest: str) -> Path:
    return written(path, *HEADER, f"Quantity:        {quantity}", *rest)


def finished(row: dict[str, str]) -> str:
    cells = [row.get(name, "") or "#" for name in FINISHED_NAMES]
    return " ".join(cells)


@pytest.fixture
def rows(rng: random.Random) -> list[dict[str, str]]:
    return [card(rng) | {"MDN": f"1330000{number:04}"} for number in range(20)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "input.txt"


def test_a_good_file_of_rows_passes_and_says_what_it_is(path: Path, rows: list[dict[str, str]]) -> None:
    written(path, *map(line, rows))
    scan = passed(path)
    assert (scan.format, scan.cards, scan.columns, scan.header) == ("row", 20, ROW_NAMES, {})
    assert scan.sha256 == sha256(path.read_bytes()).hexdigest()
    assert [data.values for data in read_input(path)] == [data.values for data in read_rows(path)]


def test_csv_gives_the_same_cards_as_the_row(path: Path, tmp_path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ROW_NAMES, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    other = written(tmp_path / "rows", *map(line, rows))
    assert passed(path).format == "csv"
    assert [data.values for data in read_input(path)] == [data.values for data in read_input(other)]


def test_finished_cards_have_14_columns_or_12_without_hrpd(path: Path, rows: list[dict[str, str]]) -> None:
    one, two = rows[0] | {"UIMID": "D75A96EC"}, rows[1] | {"KI": "", "IMSIG": "", "ACC": "", "SMSP": ""}
    short = finished(two).rsplit(" ", 2)[0]
    written(path, "// invented cards", finished(one).replace("D75A96EC", "21505936876"), "", short)
    assert passed(path).columns == FINISHED_NAMES
    first, second = read_input(path)
    assert first.values["UIMID"] == "D75A96EC"
    assert first.values["MDN"] == one["MDN"]
    assert first.values["HRPDSS"] == one["HRPDSS"]
    assert not {"KI", "IMSIG", "HRPDSS", "HRPDUPP"} & set(second.values)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text + " x", "1: found 15 cells, expected 14 or 12"),
        (lambda text: text.replace(" ", "  ", 1), "1: found a blank too many, expected one between cells and none at"),
        (lambda text: text + " ", "1: found a blank too many"),
        (lambda text: text.replace(" # ", " 25600000000 ", 1), "1: column 3 UIMID: ESN 25600000000: at most 255"),
    ],
)
def test_a_wrong_finished_card_is_refused(
    path: Path, rows: list[dict[str, str]], change: Callable[[str], str], expected: str
) -> None:
    written(path, change(finished(rows[0])))
    (found,) = refused(path, format="finished")
    assert found.startswith(expected)


def test_the_first_numbers_of_an_operator_make_a_range(path: Path) -> None:
    operator(path, 3, *INPUTS, "var_In:", "ICCID: 8986032690010000001", "IMSI: 460030123456789", "MSISDN: 13300000000")
    checked = passed(path)
    assert (checked.format, checked.cards, checked.columns) == ("operator", 3, ("ICCID", "IMSI", "MDN"))
    assert checked.header == {"customer": "Footel: north", "batch": "1643", "quantity": "3"}
    cards = list(read_input(path))
    assert cards[0].values["ICCID"] == "89860326900100000016"
    assert cards[2].values["MDN"] == "13300000002"
    assert cards[2].where == f"{path}:10, card 3"


def test_a_first_number_with_its_check_digit_is_the_same(path: Path) -> None:
    operator(path, 1, "var_In:", "ICCID: 89860326900100000016")
    assert next(read_input(path)).values["ICCID"] == "89860326900100000016"
    operator(path, 1, "var_In:", "ICCID: 89860326900100000017")
    assert refused(path) == ["7: ICCID: the last digit is not the check digit"]


def test_a_range_that_runs_over_is_refused_at_its_place(path: Path) -> None:
    operator(path, 3, "var_In:", "ICCID: 8986032690010999999")
    assert refused(path) == [
        "7: range of ICCID: 3 numbers from 8986032690010999999 on: there are 1 up to 8986032690010999999"
    ]
    wide = Reading(ranges=Options({"ICCID": 9}))
    assert passed(path, reading=wide).cards == 3


@pytest.mark.parametrize("variables", ["Var_In_List: ICCID/IMSI", "Var_In_List:\nICCID/IMSI", "var_Out: ICCID/IMSI"])
def test_the_rows_of_an_operator_are_cards(path: Path, rows: list[dict[str, str]], variables: str) -> None:
    cells = [f"{row['ICCID']} {row['IMSI']}" for row in rows]
    operator(path, 20, *INPUTS, variables, *cells)
    assert [data.values for data in read_input(path)] == [{"ICCID": row["ICCID"], "IMSI": row["IMSI"]} for row in rows]
    assert passed(path).columns == ("ICCID", "IMSI")


def test_columns_without_rows_are_what_the_answer_shall_have(path: Path) -> None:
    operator(path, 2, *INPUTS, "var_In:", "IMSI: 460030123456789", *OUTPUTS, "var_Out: ICCID/IMSI/PIN1/KI")
    assert passed(path).cards == 2


def test_a_response_can_be_read_back(path: Path, rows: list[dict[str, str]]) -> None:
    names = ("ICCID", "IMSI", "PIN1", "PUK1", "ADM1", "KI")
    cells = [" ".join(row[name.rstrip("1") if name == "ADM1" else name] for name in names) for row in rows]
    operator(path, 20, "var_In:", "IMSI: 460030123456789", *OUTPUTS, "Var out: " + "/".join(names), *cells)
    assert [data.values["ADM"] for data in read_input(path)] == [row["ADM"] for row in rows]


def test_a_foreign_iccid_may_carry_its_filler(path: Path) -> None:
    operator(path, 1, "var_Out: ICCID", "8901010123456789014F")
    assert next(read_input(path)).values["ICCID"] == "8901010123456789014"


def test_columns_that_are_printed_only_are_passed_over_when_told(path: Path) -> None:
    operator(path, 1, "Var_In_List: ICCID/Code Retailer/MSISDN", "89860326900100000016 R-77 13300000000")
    (found,) = refused(path)
    assert found.startswith("7: unknown column CODE_RETAILER; known are ICCID, IMSI,")
    (data,) = read_input(path, reading=Reading(ignored=("Code Retailer",)))
    assert data.columns == ("ICCID", "MDN")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Quantity: 2", "Var_In_List: MSISDN", "13300000000"), ": found 1 rows, expected 2 as Quantity says"),
        (("Quantity: 2", "Var_In_List: MSISDN", "1", "2", "3"), ": found 3 rows, expected 2 as Quantity says"),
        (("Quantity: many", "var_In:", "IMSI: 460030123456789"), "Quantity: expected a number of cards of at least 1"),
        (("Batch: 1", "var_In:", "IMSI: 460030123456789"), "the header has no Quantity, expected the number of cards"),
        (("Quantity: 2", "Quantity: 3", "var_In:", "IMSI: 460030123456789"), "2: Quantity: stands twice in the header"),
        (("Quantity: 1", "what is this", "var_In:", "IMSI: 460030123456789"), "2: expected NAME: VALUE"),
        (("Quantity: 1", "var_In:", "IMSI:"), ": found no card, expected first numbers below var_In or rows"),
        (("Quantity: 1", "var_In:", "KI: 00"), "3: unknown first number KI, expected such as ICCID, IMSI"),
        (("Quantity: 1", "Var_In_List: IMSI/MSISDN", "460030123456789"), "3: found 1 cells, expected 2 as in the line"),
        (("Quantity: 1", "Var_In_List: IMSI/IMSI", "1 1"), "2: the column IMSI stands twice"),
        (("Quantity: 1", "Var_In_List: X/Y", "1 1"), "2: expected names of fields between slashes: ICCID,"),
        (
            ("Quantity: 2", "Var_In_List: MSISDN", "1", "var_Out: MSISDN", "2"),
            "5: cards stand below two lines",
        ),
    ],
)
def test_a_wrong_operator_file_is_refused(path: Path, lines: tuple[str, ...], expected: str) -> None:
    written(path, *lines)
    assert refused(path)[0].strip().startswith(expected.removeprefix(": ")) or refused(path)[0].startswith(expected)


def test_every_wrong_cell_of_every_row_is_told(path: Path, rows: list[dict[str, str]]) -> None:
    rows[2] |= {"IMSI": "46003", "SID": "zz", "KI": "5EC2E7"}
    rows[7] |= {"ICCID": rows[7]["ICCID"][:-1] + str((int(rows[7]["ICCID"][-1]) + 1) % 10)}
    texts = [*map(line, rows)]
    texts[11] = texts[11].rpartition(",")[0]
    written(path, *texts)
    found = refused(path)
    assert [text.partition(" found")[0] for text in found] == [
        "3: column 2 IMSI:",
        "3: column 4 SID:",
        "3: column 22 KI:",
        "8: column 1 ICCID:",
        "12:",
    ]
    assert "5EC2E7" not in "".join(found)


def test_only_so_many_errors_are_told_and_how_many_more_there_are(path: Path, rows: list[dict[str, str]]) -> None:
    written(path, *(line(row | {"IMSI": "1", "NID": "2"}) for row in rows))
    found = refused(path, limit=7)
    assert len(found) == 8
    assert found[-1] == "and 33 more"
    assert len(refused(path)) == 40
    many = [line(rows[0] | {"ICCID": "1"})] * 120
    written(path, *many)
    assert len(refused(path)) == 101
    assert refused(path)[-1] == "and 20 more"


def test_a_number_that_stands_twice_is_told_with_both_lines(path: Path, rows: list[dict[str, str]]) -> None:
    rows[5]["ICCID"] = rows[1]["ICCID"]
    rows[9] |= {"IMSI": rows[3]["IMSI"], "ACCOLC": "", "HRPDUPP": ""}
    rows[10] |= {"IMSI": rows[3]["IMSI"], "ACCOLC": "", "HRPDUPP": ""}
    written(path, *map(line, rows))
    assert refused(path) == [
        f"6: column 1 ICCID: {rows[1]['ICCID']} is that of {path}:2 of this batch",
        f"10: column 2 IMSI: {rows[3]['IMSI']} is that of {path}:4 of this batch",
        f"11: column 2 IMSI: {rows[3]['IMSI']} is that of {path}:4 of this batch",
    ]


def test_one_pseudo_uimid_on_two_cards_is_no_error_but_an_assigned_one_is(
    path: Path, rows: list[dict[str, str]]
) -> None:
    for row in rows[:2]:
        row["UIMID"] = "80123456"
    written(path, *map(line, rows))
    assert passed(path).cards == 20
    for row in rows[:2]:
        row["UIMID"] = "A1123456"
    written(path, *map(line, rows))
    assert refused(path) == [f"2: column 3 UIMID: A1123456 is that of {path}:1 of this batch"]


def test_numbers_of_different_length_are_different_numbers(path: Path) -> None:
    written(path, "MDN", "0133", "133", "*133", "00133")
    assert passed(path).cards == 4
    written(path, "MDN", "*133", "133", "*133")
    assert refused(path) == [f"4: column 1 MDN: *133 is that of {path}:2 of this batch"]


def test_what_a_caller_checks_besides_is_told_like_the_rest(path: Path, rows: list[dict[str, str]]) -> None:
    def check(data: CardData) -> Mapping[str, str]:
        if data.values["MDN"] in ("13300000003", "13300000005"):
            raise InputError("MDN: not of this order", data.where)
        return {}

    written(path, ",".join((*ROW_NAMES, "MDN")), *(f"{line(row)},{row['MDN']}" for row in rows))
    assert refused(path, check=check) == ["5: MDN: not of this order", "7: MDN: not of this order"]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_and_a_byte_order_mark_are_understood(path: Path, rows: list[dict[str, str]], ending: str) -> None:
    written(path, *map(line, rows), ending=ending)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert passed(path).cards == 20


def test_a_last_line_that_may_be_cut_off_is_refused(path: Path, rows: list[dict[str, str]]) -> None:
    written(path, *map(line, rows))
    path.write_bytes(path.read_bytes()[:-1])
    assert refused(path) == ["20: no line ending: the file may have been cut off"]
    assert passed(path, reading=Reading(unended=True)).cards == 20


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ": found no card"),
        (b"\n \n", ": found no card"),
        (b"ICCID,IMSI\n", ": found no card"),
        (b"ICCID\n\xff\xfe\n", "2: found the byte FF at position 1, expected UTF-8: save the file as UTF-8"),
        (b"ICCID,IMSI\n1\n", "2: found 1 cells, expected 2 as in the header"),
        (b"ICCID,what\n1,2\n", '1: unknown column "what"; known are ICCID, IMSI,'),
        (b'MDN\n"1\n', "2: this is not CSV: unexpected end of data"),
        (b"MDN\n\xef\xbb\xbf133\n", '2: column 1 MDN: found "'),
        (b"MDN\n133\0\0\0\n", '2: column 1 MDN: found "'),
    ],
)
def test_a_file_that_is_no_input_is_refused(path: Path, content: bytes, expected: str) -> None:
    path.write_bytes(content)
    assert f":{refused(path)[0]}".replace("::", ":").startswith(f":{expected}".replace("::", ":"))


def test_a_card_in_place_of_the_header_is_not_repeated(path: Path, rows: list[dict[str, str]]) -> None:
    written(path, '"' + line(rows[0]) + '"')
    (found,) = refused(path)
    assert found.startswith("1: expected a header with names of fields: ICCID,")
    assert rows[0]["KI"] not in found


def test_nothing_is_made_from_a_file_that_is_missing_or_a_directory(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == [" there is no such file"]
    with pytest.raises(SurroundingsError):
        passed(tmp_path)


def test_reading_stops_at_the_first_error(path: Path, rows: list[dict[str, str]]) -> None:
    rows[1]["IMSI"] = "46003"
    written(path, *map(line, rows))
    cards = read_input(path)
    assert next(cards).values["ICCID"] == rows[0]["ICCID"]
    with pytest.raises(InputError, match=r":2: column 2 IMSI: found"):
        next(cards)
    with pytest.raises(InputError, match="found no card"):
        list(read_input(written(path.with_name("empty"))))


def test_columns_that_must_be_there(path: Path) -> None:
    written(path, "MDN", "133")
    assert refused(path, reading=Reading(required=("ICCID", "MDN"))) == [" the file lacks the column ICCID"]


@pytest.mark.parametrize(
    ("iccids", "given", "read"),
    [
        ("completed", "8986032690010000001", "89860326900100000016"),
        ("completed", "89860326900100000016", "89860326900100000016"),
        ("completed", "890101012345678901", "8901010123456789014"),
        ("unchecked", "89860326900100000010", "89860326900100000010"),
    ],
)
def test_iccids_without_check_digit_are_an_option(path: Path, iccids: Any, given: str, read: str) -> None:
    written(path, "ICCID", given)
    (data,) = read_input(path, reading=Reading(iccids=iccids))
    assert data.values["ICCID"] == read
    if given != read or iccids == "unchecked":
        assert "column 1 ICCID" in refused(path)[0]


@pytest.mark.parametrize(("iccids", "given"), [("completed", "89860326900100000017"), ("unchecked", "898603")])
def test_a_wrong_iccid_stays_wrong_under_the_options(path: Path, iccids: Any, given: str) -> None:
    written(path, "ICCID", given)
    assert refused(path, reading=Reading(iccids=iccids))[0].startswith("2: column 1 ICCID: found")


def test_decimal_systems_are_an_option(path: Path) -> None:
    written(path, "SID", "13824")
    assert next(read_input(path, reading=Reading(sid_radix=10))).values["SID"] == "3600"
    assert refused(path)[0].startswith("2: column 1 SID")


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("// cards", "finished"),
        (" ".join("#" * 12), "finished"),
        ("*" * 40, "operator"),
        ("Customer: Footel", "operator"),
        ("var_In:", "operator"),
        ("8986,460", "row"),
        ("ICCID,IMSI", "csv"),
    ],
)
def test_the_first_line_tells_the_format(first: str, expected: str) -> None:
    assert detected(first) == expected


def test_an_unknown_format_is_refused(path: Path) -> None:
    wrong: Any = "excel"
    with pytest.raises(InputError, match="format 'excel': unknown, expected one of auto, row, csv, operator, finished"):
        passed(path, wrong)


def test_no_corruption_of_a_row_gets_through_as_something_else(
    path: Path, rows: list[dict[str, str]], rng: random.Random
) -> None:
    """Whatever octet is changed, dropped or doubled: the file is refused, or all its cards are well formed."""
    good = "".join(line(row) + "\n" for row in rows[:2]).encode()
    for _ in range(300):
        at = rng.randrange(len(good))
        changed = rng.choice((good[:at] + rng.randbytes(1) + good[at + 1 :], good[:at] + good[at + 1 :], good[:at]))
        path.write_bytes(changed)
        try:
            passed(path)
        except InputErrors as error:
            lines = error.lines
        else:
            assert changed.endswith(b"\n")
            assert all(len(data.values["ICCID"]) == 20 for data in read_input(path))
            continue
        assert all(str(path) in text for text in lines)
        assert not any(row[name] in text for name in ("KI", "AKEY") for row in rows[:2] for text in lines)


def test_many_numbers_of_a_range_take_little_memory(path: Path) -> None:
    import tracemalloc

    operator(path, 20_000, "var_In:", "ICCID: 8986032690010000000", "IMSI: 460030000000000", "MDN: 13300000000")
    tracemalloc.start()
    try:
        assert passed(path).cards == 20_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
