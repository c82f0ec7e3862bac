"""Reading a card's phone book and copying contacts to it, as a CDMA and as a GSM phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.contacts.contact import Contact
from uimkit.contacts.copy_in import add
from uimkit.contacts.phonebook import is_active, load
from uimkit.errors import InputError, UimkitError
from uimkit.transport.terminal import CardRefused, Terminal

ADN, EXT1, CST, SST = "3F00/7F10/6F3A", "3F00/7F10/6F4A", "3F00/7F25/6F32", "3F00/7F20/6F38"
_SERVICES = bytes.fromhex("0C000C")  # n2 and n10


@dataclass
class SmallCard:
    """Answers as a card of class A0; ``one_way`` shows blank records and redirects writes until EF_CST was read."""

    records: dict[str, list[bytes]]
    tables: dict[str, bytes]
    one_way: bool = False
    odd_answers: dict[tuple[int, str, int], bytes] = field(default_factory=dict)  # (INS, path, record) -> answer
    log: list[bytes] = field(default_factory=list)
    path: str = "3F00"
    latched: bool = False
    pending: bytes = b""

    def reset(self) -> bytes:
        self.path, self.latched, self.pending = "3F00", False, b""
        return bytes.fromhex("3B00")

    def transmit(self, command: bytes) -> bytes:
        self.log.append(command)
        ins, p1, p3, data = command[1], command[2], command[4], command[5:]
        odd = self.odd_answers.get((ins, self.path, p1))
        if odd is not None:
            return odd
        if ins == 0xA4:
            return self._select(data.hex().upper())
        if ins == 0xC0:
            return self.pending[: p3 or 256] + b"\x90\x00"
        if ins == 0xB0 and self.path in self.tables:
            self.latched |= self.path == CST
            return self.tables[self.path][:p3] + b"\x90\x00"
        if ins in (0xB2, 0xDC) and self.path in self.records:
            return self._read(p1) if ins == 0xB2 else self._update(p1, data)
        return b"\x6d\x00"

    def _paths(self) -> set[str]:
        files = {*self.records, *self.tables}
        return files | {path.rpartition("/")[0] for path in files} | {"3F00"}

    def _select(self, file_id: str) -> bytes:
        ways = [self.path, self.path.rpartition("/")[0], "3F00"]
        found = (
            "3F00"
            if file_id == "3F00"
            else next((f"{w}/{file_id}" for w in ways if f"{w}/{file_id}" in self._paths()), "")
        )
        if not found:
            return b"\x94\x04"
        self.path = found
        self.pending = self._header()
        return bytes([0x9F, len(self.pending)])

    def _header(self) -> bytes:
        file_id = bytes.fromhex(self.path[-4:])
        if self.path in self.records:
            rows = self.records[self.path]
            size = (len(rows) * len(rows[0])).to_bytes(2, "big")
            return b"\0\0" + size + file_id + b"\x04\x00\x11\xff\x22\x01\x02\x01" + bytes([len(rows[0])])
        if self.path in self.tables:
            size = len(self.tables[self.path]).to_bytes(2, "big")
            return b"\0\0" + size + file_id + b"\x04\x00\x14\xff\x44\x01\x02\x00\x00"
        kind = b"\x01" if self.path == "3F00" else b"\x02"
        return b"\0\0\0\0" + file_id + kind + b"\0\0\0\0\0" + b"\x09\x91\x02\x02\x04\x00\x83\x8a\x83\x8a"

    def _read(self, number: int) -> bytes:
        if not 1 <= number <= len(self.records[self.path]):
            return b"\x94\x02"
        row = self.records[self.path][number - 1]
        hidden = self.one_way and not self.latched
        return (bytes([0xFF]) * len(row) if hidden else row) + b"\x90\x00"

    def _update(self, number: int, data: bytes) -> bytes:
        rows = self.records[self.path]
        if self.one_way and not self.latched:
            blank = [i for i, row in enumerate(rows) if row == bytes([0xFF]) * len(row)]
            if not blank:
                return b"\x92\x40"
            number = blank[0] + 1
        rows[number - 1] = data
        return b"\x90\x00"


def make_card(records: int = 6, length: int = 28, extensions: int = 4, *, one_way: bool = False) -> SmallCard:
    """A card with an empty phone book; 0 extensions leave EF_EXT1 out."""
    files = {ADN: [bytes([0xFF]) * length] * records, EXT1: [bytes([0xFF]) * 13] * extensions}
    return SmallCard({path: rows for path, rows in files.items() if rows}, {CST: _SERVICES, SST: _SERVICES}, one_way)


@pytest.fixture
def phone() -> Callable[[SmallCard], Terminal]:
    """A phone that the card was just put into."""

    def insert(card: SmallCard) -> Terminal:
        terminal = Terminal(card)
        terminal.reset()
        return terminal

    return insert


Phone = Callable[[SmallCard], Terminal]
LONG = "123456789012345678901234567"
BLANK = "FF" * 28


def adn(*rows: str) -> list[bytes]:
    return [bytes.fromhex(row) for row in rows]


def held(card: SmallCard, phone: Phone) -> list[tuple[int, str, str]]:
    return [(e.record, e.name, e.number) for e in load(phone(card)).entries]


def test_occupied_records_keep_their_numbers(phone: Phone) -> None:
    card = make_card(3)
    card.records[ADN] = adn(
        BLANK,
        "80738B61FFFFFFFFFFFFFFFFFFFF04810180F6FFFFFFFFFFFFFFFFFF",
        "4C69204D696E67FFFFFFFFFFFFFF0891683108108300F0FFFFFFFFFF",
    )
    book = load(phone(card))
    assert held(card, phone) == [(2, "王懿", "10086"), (3, "Li Ming", "+8613800138000")]
    assert (book.free, book.records, book.record_length, book.problems) == ((1,), 3, 28, ())


def test_a_cdma_phone_reads_its_service_table_first_and_a_gsm_phone_its_own(phone: Phone) -> None:
    for kind, directory, table in (("cdma", "7F25", CST), ("gsm", "7F20", SST)):
        card = make_card(1)
        load(phone(card), kind)
        log = [c.hex().upper() for c in card.log]
        first = log.index(f"A0A4000002{directory}")
        assert log.index(f"A0A4000002{table[-4:]}") > first
        assert any(c.startswith("A0B0") for c in log[first : log.index("A0A40000026F3A")])
        other = "7F20" if directory == "7F25" else "7F25"
        assert f"A0A4000002{other}" not in log


def test_a_card_without_the_phones_directory_is_read_all_the_same(phone: Phone) -> None:
    card = make_card(1)
    del card.tables[CST]
    assert load(phone(card)).entries == ()


def test_an_unknown_kind_of_phone_is_refused(phone: Phone) -> None:
    with pytest.raises(InputError, match="expected cdma or gsm"):
        load(phone(make_card()), "phs")


def test_long_numbers_are_followed_through_the_chain(phone: Phone) -> None:
    card = make_card(2, extensions=5)
    card.records[ADN] = adn("436861696EFFFFFFFFFFFFFFFFFF0B8121436587092143658709FF03", BLANK)
    card.records[EXT1][2] = bytes.fromhex("020A2143658709214365870905")
    card.records[EXT1][4] = bytes.fromhex("02032143F5FFFFFFFFFFFFFFFF")
    assert held(card, phone) == [(1, "Chain", "1234567890" * 4 + "12345")]


def test_extension_record_zero_ends_a_chain(phone: Phone) -> None:
    card = make_card(1, extensions=1)
    card.records[ADN] = adn("4C6F6E67FFFFFFFFFFFFFFFFFFFF0B8121436587092143658709FF01")
    card.records[EXT1] = adn("0204214365F7FFFFFFFFFFFF00")
    assert held(card, phone) == [(1, "Long", LONG)]
    assert load(phone(card)).problems == ()


def test_a_subaddress_in_the_chain_is_read_past(phone: Phone) -> None:
    card = make_card(1, extensions=2)
    card.records[ADN] = adn("4C6F6E67FFFFFFFFFFFFFFFFFFFF0B8121436587092143658709FF01")
    card.records[EXT1] = adn("0103508021FFFFFFFFFFFFFF02".ljust(26, "F"), "0204214365F7FFFFFFFFFFFFFF")
    card.records[EXT1][0] = bytes.fromhex("0103508021FFFFFFFFFFFFFF02")
    assert held(card, phone) == [(1, "Long", LONG)]


@pytest.mark.parametrize(
    ("extension", "words"),
    [
        ("020A2143658709214365870901", "leads back to itself"),
        ("000A21436587092143658709FF", "expected type 02"),
        ("020B21436587092143658709FF", "at most 10"),
        ("020A2143658709214365870909", "could not be read: 94 02"),
    ],
)
def test_a_broken_chain_is_reported_and_not_followed_for_ever(phone: Phone, extension: str, words: str) -> None:
    card = make_card(1, extensions=1)
    card.records[ADN] = adn("4C6F6E67FFFFFFFFFFFFFFFFFFFF0B8121436587092143658709FF01")
    card.records[EXT1] = adn(extension)
    book = load(phone(card))
    assert book.entries[0].number.startswith("12345678901234567890")
    assert book.problems[0].startswith("record 1: the number is incomplete: ")
    assert words in book.problems[0]


def test_a_pointer_without_the_file_is_reported(phone: Phone) -> None:
    card = make_card(1, extensions=0)
    card.records[ADN] = adn("4C6F6E67FFFFFFFFFFFFFFFFFFFF0B8121436587092143658709FF01")
    book = load(phone(card))
    assert [e.number for e in book.entries] == ["12345678901234567890"]
    assert "which the card does not have" in book.problems[0]


def test_records_that_cannot_be_read_are_reported_and_never_written(phone: Phone) -> None:
    card = make_card(3)
    card.odd_answers[0xB2, ADN, 1] = b"\x6f\x00"
    card.records[ADN][1] = bytes.fromhex("41" + "FF" * 13 + "0F" + "FF" * 13)  # a count of 15 octets
    book = load(phone(card))
    assert book.free == (3,)
    assert book.problems[0] == "record 1: could not be read: 6F 00, technical problem"
    assert book.problems[1] == "record 2: the number may be wrong: it counts 15 octets of number, expected at most 11"
    assert [e.record for e in add(phone(card), [Contact("Li", "1")]).added] == [3]


def test_a_phone_book_behind_chv1_is_refused_with_advice(phone: Phone) -> None:
    card = make_card(1)
    card.odd_answers[0xB2, ADN, 1] = b"\x98\x04"
    with pytest.raises(UimkitError, match=r"does not let this phone read its phone book: 98 04, .*; is CHV1 verified"):
        load(phone(card))
    card.odd_answers[0xB0, CST, 0] = b"\x98\x04"
    with pytest.raises(UimkitError, match="service table 7F25/6F32: 98 04"):
        load(phone(card))


def test_a_card_without_a_phone_book_is_refused(phone: Phone) -> None:
    card = make_card()
    del card.records[ADN]
    with pytest.raises(CardRefused):
        load(phone(card))


@pytest.mark.parametrize("kind", ["cdma", "gsm"])
def test_contacts_go_to_free_records_byte_for_byte(phone: Phone, kind: str) -> None:
    card = make_card(3)
    card.records[ADN][0] = bytes.fromhex("4C69204D696E67FFFFFFFFFFFFFF07813108108300F0FFFFFFFFFFFF")
    result = add(phone(card), [Contact("张三", "+8613800138000"), Contact("FWD", "4008p1?")], kind)
    assert [(e.record, e.name, e.number) for e in result.added] == [
        (2, "张三", "+8613800138000"),
        (3, "FWD", "4008p1?"),
    ]
    assert card.records[ADN][1:] == adn(
        "805F204E09FFFFFFFFFFFFFFFFFF0891683108108300F0FFFFFFFFFF",
        "465744FFFFFFFFFFFFFFFFFFFFFF058104801CFDFFFFFFFFFFFFFFFF",
    )


@pytest.mark.parametrize(
    ("number", "pieces", "stored"),
    [
        ("12345678901234567890", 0, "0B8121436587092143658709FFFF"),
        ("+12345678901234567890", 0, "0B9121436587092143658709FFFF"),
        ("123456789012345678901", 1, "0B8121436587092143658709FF01"),
        ("1" * 60, 2, "0B8111111111111111111111FF02"),
        ("1" * 61, 3, "0B8111111111111111111111FF03"),
    ],
)
def test_more_than_twenty_digits_go_to_the_extension_file(phone: Phone, number: str, pieces: int, stored: str) -> None:
    card = make_card()
    add(phone(card), [Contact("Long", number)])
    assert card.records[ADN][0][14:] == bytes.fromhex(stored)
    assert sum(row != bytes([0xFF]) * 13 for row in card.records[EXT1]) == pieces
    assert held(card, phone) == [(1, "Long", number)]


def test_tails_are_written_before_the_record_that_points_at_them(phone: Phone) -> None:
    card = make_card()
    add(phone(card), [Contact("A", LONG), Contact("B", "10086")])
    updates = [command for command in card.log if command[1] == 0xDC]
    assert [len(command) - 5 for command in updates] == [13, 28, 28]
    assert card.records[EXT1][0] == bytes.fromhex("0204214365F7FFFFFFFFFFFFFF")


def test_an_extension_record_in_use_is_left_alone(phone: Phone) -> None:
    card = make_card()
    card.records[ADN][0] = bytes.fromhex(
        "41" + "FF" * 13 + "0B8121436587092143658709FF01"
    )  # dangles into blank record 1
    card.records[EXT1][1] = bytes.fromhex("00" + "FF" * 12)  # occupied without content
    add(phone(card), [Contact("B", LONG)])
    assert [row != bytes([0xFF]) * 13 for row in card.records[EXT1]] == [False, True, True, False]
    assert card.records[ADN][1][-1] == 3


def test_importing_twice_makes_no_doubles(phone: Phone) -> None:
    card = make_card()
    contacts = [Contact("张三", "+8613800138000"), Contact("Li  Ming", LONG), Contact("张三", "+8613800138000")]
    first = add(phone(card), contacts)
    assert len(first.added) == 2
    assert first.doubles == (contacts[2],)
    before = [*card.records[ADN]]
    second = add(phone(card), contacts)
    assert second.added == ()
    assert len(second.doubles) == 3
    assert card.records[ADN] == before


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        (Contact("北京办事处王总", "1", where="book.csv:7"), "book.csv:7: 北京办事处王总: "),
        (Contact("fifteen letters", "1"), "fifteen letters: "),
        (Contact("王𠮷", "1"), "王𠮷: "),
        (Contact("Long", "1" * 101), "no room for the digits after the 20th: 4 records of EF_EXT1 are free"),
        (Contact("Letters", "12x"), "Letters: "),
        (Contact("", ""), "neither a name nor a number"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(phone: Phone, contact: Contact, words: str) -> None:
    card = make_card()
    with pytest.raises(InputError) as error:
        add(phone(card), [Contact("Li", "10086"), contact])
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert all(command[1] != 0xDC for command in card.log)


def test_every_misfit_is_named(phone: Phone) -> None:
    with pytest.raises(InputError) as error:
        add(phone(make_card(1)), [Contact("A" * 15, "1"), Contact("B", "1"), Contact("C", "2", where="f.csv:4")])
    first, second = str(error.value).splitlines()
    assert first.startswith("A" * 15)
    assert second == "f.csv:4: C: no room: 2 contacts are new, 1 records are free"


@pytest.mark.parametrize("table", ["0C0000", "0C00"])
def test_long_numbers_need_the_service_and_the_file(phone: Phone, table: str) -> None:
    for card in (make_card(), make_card(extensions=0)):
        if EXT1 in card.records:
            card.tables[CST] = bytes.fromhex(table)
        with pytest.raises(InputError, match="the number has 27 digits, the card takes 20"):
            add(phone(card), [Contact("Long", "+" + LONG)])


@pytest.mark.parametrize(
    ("contact", "stored"),
    [
        (Contact("北京办事处王总", "1"), "北京办事处王"),
        (Contact("北京办事处/M", "1", "/M"), "北京办事/M"),
        (Contact("fifteen letters", "1"), "fifteen letter"),
        (Contact("thirteen ltrs [x]", "1"), "thirteen ltrs"),
        (Contact("王𠮷", "1"), "王"),
    ],
)
def test_names_are_cut_only_when_asked_and_reported(phone: Phone, contact: Contact, stored: str) -> None:
    card = make_card()
    result = add(phone(card), [contact, Contact("fits", "2")], on_overflow="cut")
    assert [(c.contact, c.stored_name) for c in result.changed] == [(contact, stored)]
    assert held(card, phone) == [(1, stored, "1"), (2, "fits", "2")]
    assert len(add(phone(card), [contact], on_overflow="cut").doubles) == 1


def test_numbers_are_never_cut(phone: Phone) -> None:
    with pytest.raises(InputError, match="21 digits"):
        add(phone(make_card(extensions=0)), [Contact("Long", "1" * 21)], on_overflow="cut")
    with pytest.raises(InputError, match="expected refuse or cut"):
        add(phone(make_card()), [], on_overflow="drop")


def test_a_gsm_phone_sees_a_one_way_card_blank_and_each_copy_is_kept(phone: Phone) -> None:
    card = make_card(4, one_way=True)
    contacts = [Contact("张三", "1"), Contact("Li", "2")]
    for _ in range(2):
        assert [e.record for e in add(phone(card), contacts, "gsm").added] == [1, 2]
        assert load(phone(card), "gsm").entries == ()
    assert [name for _, name, _ in held(card, phone)] == ["张三", "Li", "张三", "Li"]


def test_a_full_one_way_card_says_what_was_stored_and_what_was_not(phone: Phone) -> None:
    card = make_card(3, one_way=True)
    card.records[ADN][0] = bytes.fromhex("4C69204D696E67FFFFFFFFFFFFFF07813108108300F0FFFFFFFFFFFF")
    with pytest.raises(UimkitError) as error:
        add(phone(card), [Contact(name, "1", where=f"f.csv:{i}") for i, name in enumerate("ABC", 2)], "gsm")
    assert str(error.value) == (
        "f.csv:4: C: the card refused it: 92 40, memory problem (the card is full; a one-way card shows its records as "
        "free); 2 contacts before it are stored and stay, it and 0 after it are not"
    )
    assert [name for _, name, _ in held(card, phone)] == ["Li Ming", "A", "B"]


def test_tails_of_a_refused_contact_are_given_back(phone: Phone) -> None:
    card = make_card(2)
    card.odd_answers[0xDC, ADN, 1] = b"\x92\x40"
    with pytest.raises(UimkitError, match="0 contacts before it"):
        add(phone(card), [Contact("Long", "1" * 60)])
    assert card.records[EXT1] == [bytes([0xFF]) * 13] * 4


@pytest.mark.parametrize("length", [14, 15, 16, 17, 255])
def test_names_in_records_of_any_length(phone: Phone, length: int) -> None:
    card = make_card(2, length)
    room = length - 14
    add(phone(card), [Contact("A" * room, "1"), Contact("张" * ((room - 1) // 2), "2")])
    assert [(n, c) for _, n, c in held(card, phone)] == [("A" * room, "1"), ("张" * max(0, (room - 1) // 2), "2")]
    with pytest.raises(InputError):
        add(phone(make_card(2, length)), [Contact("A" * (room + 1), "1")])


def test_records_too_short_for_a_number_are_refused(phone: Phone) -> None:
    with pytest.raises(UimkitError, match="records of 13 octets, expected at least 14"):
        load(phone(make_card(2, 13)))


def test_services_are_counted_from_one_two_bits_each() -> None:
    table = bytes.fromhex("FF00DC03CF")
    assert [n for n in range(1, 30) if is_active(table, n)] == [1, 2, 3, 4, 10, 12, 13, 17, 18, 20]


NAMES = st.text(
    st.characters(codec="utf-16", max_codepoint=0xFFFE, exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=6
)
NUMBERS = st.from_regex(r"\+?[0-9*#p?]{1,70}", fullmatch=True)


@given(st.lists(st.builds(Contact, NAMES.map(str.strip), NUMBERS), max_size=4, unique_by=lambda c: c.key))
def test_what_is_copied_in_is_read_out(contacts: list[Contact]) -> None:
    card = make_card(4, extensions=12)
    result = add(Terminal(card), contacts)
    assert [e.contact for e in result.added] == contacts
    assert load(Terminal(card)).contacts == contacts


@given(st.lists(st.binary(min_size=28, max_size=28), min_size=1, max_size=4), st.binary(min_size=13, max_size=13))
def test_any_content_is_read_or_reported(rows: list[bytes], extension: bytes) -> None:
    card = make_card()
    card.records[ADN], card.records[EXT1] = rows, [extension]
    book = load(Terminal(card))
    assert {e.record for e in book.entries} | set(book.free) | {int(p.split()[1][:-1]) for p in book.problems} == set(
        range(1, len(rows) + 1)
    )
