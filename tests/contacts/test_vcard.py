"""vCards: every dialect phones write, and what we write read by another implementation."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from uimkit.contacts import Contact, read_contacts, write_contacts
from uimkit.contacts.vcard import format_vcard, parse_vcard
from uimkit.errors import InputError


def read(text: str | bytes, encoding: str | None = None) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    people = parse_vcard(data, encoding, "book.vcf")
    return [(contact.name, contact.number) for person in people for contact in person.contacts()]


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_name_is_kept_as_typed_and_never_rebuilt_from_its_parts() -> None:
    assert read(card("N:张;三;;;", "FN:张三", "TEL:10086")) == [("张三", "10086")]


def test_name_from_its_parts_has_no_space_between_hanzi() -> None:
    assert read(card("N:张;三;;;", "TEL:10086")) == [("张三", "10086")]
    assert read(card("N:Li;Ming;Q.;Dr;", "TEL:10086")) == [("Ming Q. Li", "10086")]
    assert read(card(r"N:Li\;x;Ming;;;", "TEL:10086")) == [("Ming Li;x", "10086")]


def test_organisation_stands_in_for_a_missing_name() -> None:
    assert read(card("N:;;;;", "FN:", "ORG:某银行;信用卡部", "TEL:95588")) == [("某银行 信用卡部", "95588")]


def test_version_21_quoted_printable_with_soft_breaks() -> None:
    text = card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=B8=89;;;",
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=",
        "=E4=B8=89",
        "TEL;CELL;VOICE:138-0013-8000",
        "TEL;HOME:010 6234 5678",
        version="2.1",
    )
    assert read(text) == [("张三/M", "13800138000"), ("张三/H", "01062345678")]


def test_version_21_bare_quoted_printable_type() -> None:
    assert read(card("FN;QUOTED-PRINTABLE:=E7=8E=8B", "TEL:1", version="2.1")) == [("王", "1")]


def test_gbk_in_quoted_printable_and_raw() -> None:
    quoted = card("FN;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:=D5=C5=C8=FD", "TEL:1", version="2.1")
    assert read(quoted) == [("张三", "1")]
    raw = card("FN;CHARSET=GBK:张三", "TEL:1", version="2.1").encode("gbk")
    assert read(raw) == [("张三", "1")]


def test_gbk_character_whose_second_octet_is_a_backslash() -> None:
    assert "乗".encode("gbk")[1:] == b"\\"
    assert read(card("N;CHARSET=GBK:乗;;;;", "TEL:1", version="2.1").encode("gbk")) == [("乗", "1")]


def test_unmarked_gbk_is_refused_unless_told() -> None:
    data = card("FN:张三", "TEL:1", version="2.1").encode("gbk")
    with pytest.raises(
        InputError, match=r"^book.vcf:3: property 'FN': .*not UTF-8; it looks like GBK: say --encoding gbk"
    ):
        read(data)
    assert read(data, "gbk") == [("张三", "1")]


def test_utf16_with_mark() -> None:
    assert read(card("FN:张三", "TEL:1").encode("utf-16")) == [("张三", "1")]


def test_version_40_telephone_addresses() -> None:
    text = card(
        "FN:Li",
        'TEL;VALUE=uri;TYPE="voice,cell":tel:+86-138-0013-8000;ext=12',
        "TEL;TYPE=work:tel:10086",
        version="4.0",
    )
    assert read(text) == [("Li/M", "+8613800138000p12"), ("Li/W", "10086")]


def test_apple_groups_give_the_label() -> None:
    text = card(
        "FN:Li", "item1.TEL:10086", "item1.X-ABLabel:_$!<Work>!$_", "item2.TEL;type=pref:10010", "item2.X-ABLabel:手机"
    )
    assert read(text) == [("Li/W", "10086"), ("Li/M", "10010")]


def test_folded_lines_also_inside_a_character() -> None:
    octets = card("FN:张三", "TEL:1").encode()
    middle = octets.index("三".encode()) + 1
    assert read(octets[:middle] + b"\r\n " + octets[middle:]) == [("张三", "1")]


def test_escapes() -> None:
    assert read(card(r"FN:Li\, Ming\; \\x\nY", "TEL:1")) == [("Li, Ming; \\x Y", "1")]


def test_photos_nested_cards_and_stray_lines_are_passed_over() -> None:
    text = card(
        "FN:Li",
        "PHOTO;ENCODING=BASE64;JPEG:",
        "/9j/4AAQ",
        " AAAA",
        "",
        "AGENT:",
        card("FN:Other", "TEL:9").strip(),
        "TEL:1",
    )
    assert read(text) == [("Li", "1")]


def test_colon_in_a_quoted_parameter() -> None:
    assert read(card('TEL;X-NOTE="a:b;c":10086', "FN:Li")) == [("Li", "10086")]
    assert read(card('TEL;X-NOTE=":10086', "FN:Li")) == [("Li", "10086")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "book.vcf: no vCard found"),
        ("name,number\n", "book.vcf: no vCard found"),
        ("BEGIN:VCARD\nFN:Li\nTEL:1\n", "book.vcf:1: the vCard that begins here has no END:VCARD"),
        (card("FN:Li", "TEL:call me"), "book.vcf:4: property 'TEL': found 'call me', expected digits"),
        (card("FN;CHARSET=KLINGON:Li"), "book.vcf:3: encoding 'KLINGON' is not known"),
    ],
)
def test_bad_files_are_refused_with_a_place(text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        read(text)
    assert str(error.value).startswith(words)


def test_a_vcard_without_a_number_is_left_out_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "book.vcf"
    path.write_text(card("FN:Li") + card("FN:张三", "TEL:1"))
    skipped: list[str] = []
    contacts = read_contacts(path, skipped=skipped)
    assert [(c.name, c.where) for c in contacts] == [("张三", f"{path}:5")]
    assert skipped == [f"{path}:1: Li: no telephone number, left out"]


NAMES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)
    .map(str.strip)
    .filter(bool)
)
NUMBERS = st.from_regex(r"\+?[0-9*#p?]{1,40}", fullmatch=True)
CONTACTS = st.lists(st.builds(Contact, NAMES, NUMBERS), min_size=1, max_size=5)


@given(CONTACTS, st.sampled_from(["3.0", "2.1"]))
def test_what_is_written_is_read_back(contacts: list[Contact], version: str) -> None:
    assert read(format_vcard(contacts, version)) == [(c.name, c.number) for c in contacts]


@given(CONTACTS, st.sampled_from(["3.0", "2.1"]))
def test_lines_are_short(contacts: list[Contact], version: str) -> None:
    assert all(len(line) <= 75 for line in format_vcard(contacts, version).encode().split(b"\r\n"))


@given(CONTACTS)
def test_another_implementation_reads_what_we_write(contacts: list[Contact]) -> None:
    cards = list(vobject.readComponents(format_vcard(contacts)))
    assert [(c.fn.value.strip(), c.tel.value) for c in cards] == [(c.name, c.number) for c in contacts]


def test_another_implementation_reads_our_version_21() -> None:
    names = ["张三", "王懿", "Li=Ming", "北京市朝阳区某某办事处主任办公室一号", "a;b"]
    cards = vobject.readComponents(format_vcard([Contact(name, "10086") for name in names], "2.1"), allowQP=True)
    assert [c.fn.value for c in cards] == names


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_refused(noise: bytes) -> None:
    for data in (
        noise,
        b"BEGIN:VCARD\n" + noise + b"\nTEL:" + noise + b"\nN;QUOTED-PRINTABLE:" + noise + b"\nEND:VCARD\n",
    ):
        with suppress(InputError):
            parse_vcard(data, None, "book.vcf")


def test_written_and_read_by_suffix(tmp_path: Path) -> None:
    path = tmp_path / "OUT.VCF"
    contacts = [Contact("张三", "+8613800138000"), Contact("", "10086")]
    write_contacts(path, contacts, vcard_version="2.1")
    assert read_contacts(path) == contacts
    with pytest.raises(InputError, match=r"expected 3\.0 or 2\.1"):
        write_contacts(path, contacts, vcard_version="5")
    with pytest.raises(InputError, match="UTF-8 only"):
        write_contacts(path, contacts, "gbk")
