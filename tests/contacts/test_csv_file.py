"""CSV files of contacts: dialects, encodings, damage, guarding, round trips."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.contacts import Contact, clean_number, read_contacts, text_file, write_contacts
from uimkit.contacts.csv_file import format_csv, guard, parse_csv, unguard
from uimkit.errors import InputError, SurroundingsError


def put(tmp_path: Path, text: str | bytes, name: str = "book.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def pairs(contacts: list[Contact]) -> list[tuple[str, str]]:
    return [(contact.name, contact.number) for contact in contacts]


def refusal(path: Path, encoding: str | None = None) -> str:
    with pytest.raises(InputError) as error:
        read_contacts(path, encoding)
    return str(error.value)


def test_own_file_with_chinese_names(tmp_path: Path) -> None:
    path = put(tmp_path, "name,number\r\n张三,13800138000\r\n王懿,+8613900139000\r\n")
    assert pairs(read_contacts(path)) == [("张三", "13800138000"), ("王懿", "+8613900139000")]


def test_each_contact_knows_its_line_also_after_a_line_break_in_a_cell(tmp_path: Path) -> None:
    path = put(tmp_path, 'name,number\n"Li\nMing",10086\n\n王五,10010\n')
    assert [(c.name, c.where) for c in read_contacts(path)] == [("Li Ming", f"{path}:2"), ("王五", f"{path}:5")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_taken_from_the_heading_line(tmp_path: Path, delimiter: str) -> None:
    text = f'"name"{delimiter}"number"\n"A, B; C\tD"{delimiter}10086\n'
    assert pairs(read_contacts(put(tmp_path, text))) == [("A, B; C D", "10086")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_and_marked_encodings_are_read_without_being_told(tmp_path: Path, encoding: str) -> None:
    assert pairs(read_contacts(put(tmp_path, "name,number\n张三,1\n", encoding=encoding))) == [("张三", "1")]


def test_a_gbk_file_is_refused_in_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    path = put(tmp_path, "name,number\nLi,1\n张三,13800138000\n", encoding="gbk")
    assert refusal(path) == f"{path}:3: byte offset 17 is not UTF-8; it looks like GBK: say --encoding gbk"


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "gb18030", "cp936", "GBK"])
def test_a_gbk_file_is_read_when_told(tmp_path: Path, encoding: str) -> None:
    path = put(tmp_path, "姓名,电话\n张三,13800138000\n", encoding="gbk")
    assert pairs(read_contacts(path, encoding)) == [("张三", "13800138000")]


def test_unknown_or_unfit_encodings_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "name,number\n")
    assert "encoding 'klingon' is not known" in refusal(path, "klingon")
    assert "encoding 'base64' is not known" in refusal(path, "base64")
    assert "is not ascii" in refusal(put(tmp_path, "name,number\n张三,1\n"), "ascii")


@pytest.mark.parametrize("cell", ["1.38E+10", "1,38E+10", "8.6138E+12", "1e10"])
def test_numbers_that_a_spreadsheet_rounded_are_refused_with_line_and_column(tmp_path: Path, cell: str) -> None:
    path = put(tmp_path, f'name;number\nLi;10086\n张三;"{cell}"\n')
    assert refusal(path).startswith(f"{path}:3: column 'number': found '{cell}', a number rounded by a spreadsheet")


def test_every_bad_row_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, "name,number\nA,12x\nB,10086\nC,1-800-FLOWERS\n")
    first, second = refusal(path).splitlines()
    assert first == f"{path}:2: column 'number': found '12x', expected digits, * # + p ? or , for a pause"
    assert second.startswith(f"{path}:4: column 'number': found '1-800-FLOWERS'")


def test_many_bad_rows_are_cut_short(tmp_path: Path) -> None:
    lines = refusal(put(tmp_path, "name,number\n" + "A,x\n" * 25)).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 5 more"


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("138 0013-8000", "13800138000"),
        ("+86 (138) 0013.8000", "+8613800138000"),
        ("010/6234 5678", "01062345678"),
        ("＋８６　１３８００１３８０００", "+8613800138000"),
        ("\u202a+86 138\u00a00013 8000\u202c", "+8613800138000"),
        ("**21*44556677#", "**21*44556677#"),
        ("4008,1?", "4008p1?"),
        ("4008;123", "4008p123"),
        ("17951P13800138000", "17951p13800138000"),
        ("17951 13800138000", "1795113800138000"),
        ("", ""),
    ],
)
def test_formatted_numbers_are_cleaned(typed: str, dialled: str) -> None:
    assert clean_number(typed) == dialled


@pytest.mark.parametrize("typed", ["12+3", "++86", "n/a", "-", "+44 (0)20 7946 0000", "1234567E", "²", "①", "١٢٣"])
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="expected"):
        clean_number(typed)


def test_outlook_english(tmp_path: Path) -> None:
    heading = '"Title","First Name","Middle Name","Last Name","Company","Mobile Phone","Home Phone","Notes"\r\n'
    rows = (
        '"Mr","Ming","","Li","ACME","138 0013 8000","(010) 6234-5678","two\r\nlines"\r\n'
        '"","","","","Bank","95588","",""\r\n'
    )
    contacts = read_contacts(put(tmp_path, heading + rows))
    assert pairs(contacts) == [("Ming Li/M", "13800138000"), ("Ming Li/H", "01062345678"), ("Bank", "95588")]


def test_outlook_chinese_in_gbk(tmp_path: Path) -> None:
    heading = '"英文称谓","名","中间名","姓","单位","商务电话","商务传真","无绳电话","移动电话","附注"\r\n'
    rows = (
        '"","三","","张","某公司","010-62345678","","","13800138000","某\r\n某"\r\n'
        '"","David","","王","","","","","10086",""\r\n'
    )
    contacts = read_contacts(put(tmp_path, heading + rows, encoding="gbk"), "gbk")
    assert pairs(contacts) == [("张三/W", "01062345678"), ("张三/M", "13800138000"), ("王 David", "10086")]


def test_google_of_today(tmp_path: Path) -> None:
    text = (
        "First Name,Middle Name,Last Name,File As,Labels,E-mail 1 - Value,"
        "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        "三,,张,,* myContacts,a@example.com,Mobile,138 0013 8000 ::: +86 139 0013 9000,Home Fax,010-1234\n"
    )
    assert pairs(read_contacts(put(tmp_path, text))) == [
        ("张三/M", "13800138000"),
        ("张三/M2", "+8613900139000"),
        ("张三/F", "0101234"),
    ]


def test_google_of_before_2024_keeps_the_full_name_as_typed(tmp_path: Path) -> None:
    text = "Name,Given Name,Family Name,Phone 1 - Type,Phone 1 - Value\n张 三,三,张,Work,10086\n"
    assert pairs(read_contacts(put(tmp_path, text))) == [("张 三", "10086")]


def test_columns_are_found_by_heading_in_any_order(tmp_path: Path) -> None:
    text = " NUMBER ,note,Name\n10086,x,客服\n"
    assert pairs(read_contacts(put(tmp_path, text))) == [("客服", "10086")]


def test_people_without_a_number_are_left_out_and_reported(tmp_path: Path) -> None:
    path = put(tmp_path, "First Name,Last Name,Mobile Phone\nMing,Li,\nHong,Li,10086\n")
    skipped: list[str] = []
    assert pairs(read_contacts(path, skipped=skipped)) == [("Hong Li", "10086")]
    assert skipped == [f"{path}:2: Ming Li: no telephone number, left out"]


def test_the_same_number_twice_on_one_person_is_one_contact(tmp_path: Path) -> None:
    text = "First Name,Mobile Phone,Primary Phone\nMing,10086,100-86\n"
    assert pairs(read_contacts(put(tmp_path, text))) == [("Ming", "10086")]
    text = "First Name,Mobile Phone,Home Phone,Primary Phone\nMing,1,2,1\n"
    assert pairs(read_contacts(put(tmp_path, text))) == [("Ming/M", "1"), ("Ming/H", "2")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("张三,13800138000\n", "expected name,number or the headings of Outlook or Google"),
        ("name\nLi\n", "expected name,number"),
        ("name,number\nLi,1,2\n", "found 3 cells, expected the 2"),
        ('name,number\n"Li,1\n', "is not CSV"),
        ('name,number\n"Li"x,1\n', "is not CSV"),
    ],
)
def test_files_that_are_no_contacts_are_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(put(tmp_path, text))


def test_missing_file_and_unknown_suffix(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(tmp_path / "none.csv")
    assert "expected .csv or .vcf" in refusal(put(tmp_path, "", "book.xls"))


def test_written_file_is_utf8_with_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_contacts(path, [Contact("张三", "+8613800138000")])
    assert path.read_bytes() == "\ufeffname,number\r\n张三,+8613800138000\r\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.csv"]


def test_written_in_gbk_for_old_outlook(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_contacts(path, [Contact("张三", "1")], "gbk")
    assert path.read_bytes() == "name,number\r\n张三,1\r\n".encode("gbk")


def test_characters_outside_the_encoding_are_named_and_the_old_file_stays(tmp_path: Path) -> None:
    path = put(tmp_path, "old", "out.csv")
    with pytest.raises(InputError) as error:
        write_contacts(path, [Contact("张三", "1"), Contact("䶮", "2"), Contact("王𠮷", "3")], "gbk")
    assert str(error.value).splitlines() == [
        f"{path}: 䶮: gbk has no '䶮' (U+4DAE)",
        f"{path}: 王𠮷: gbk has no '𠮷' (U+20BB7)",
    ]
    assert path.read_bytes() == b"old"


def test_a_folder_that_is_missing_is_a_matter_of_the_surroundings(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="cannot be written"):
        write_contacts(tmp_path / "none" / "out.csv", [])


@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3=x", "\t=1", "'=1", "''+x", "＝1+1"]
)
def test_formulas_are_guarded_and_come_back(cell: str) -> None:
    assert guard(cell) == f"'{cell}"
    assert unguard(guard(cell)) == cell


@pytest.mark.parametrize("cell", ["+8613800138000", "*21#", "-", "O'Neil", "'tis", "张三"])
def test_numbers_and_plain_names_are_not_guarded(cell: str) -> None:
    assert guard(cell) == cell == unguard(cell)


def test_a_guarded_number_of_another_program_is_read(tmp_path: Path) -> None:
    assert pairs(read_contacts(put(tmp_path, "name,number\nLi,'+86138\n"))) == [("Li", "+86138")]


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map(str.strip)
NUMBERS = st.from_regex(r"\+?[0-9*#p?]{1,40}", fullmatch=True)
CONTACTS = st.lists(st.builds(Contact, NAMES, NUMBERS), max_size=8)


@given(CONTACTS)
def test_what_is_written_is_read_back(contacts: list[Contact]) -> None:
    people = parse_csv(format_csv(contacts), "book.csv")
    assert [contact for person in people for contact in person.contacts()] == contacts


@given(CONTACTS)
def test_no_written_cell_is_a_formula(contacts: list[Contact]) -> None:
    for row in csv.reader(format_csv(contacts).splitlines(keepends=True)):
        for cell in row:
            assert cell[:1] not in ("=", "@", "\t", "\r")
            assert cell[:1] not in ("+", "-") or not any(c.isalpha() and c != "p" for c in cell)


@given(st.text(max_size=30))
def test_guard_is_undone_exactly(cell: str) -> None:
    assert unguard(guard(cell)) == cell


def test_a_record_that_is_a_name_alone_survives_our_own_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_contacts(path, [Contact("张三", ""), Contact("", "10086")])
    assert pairs(read_contacts(path)) == [("张三", ""), ("", "10086")]


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(InputError):
        parse_csv(text_file.decode(data, None, "book.csv"), "book.csv")
