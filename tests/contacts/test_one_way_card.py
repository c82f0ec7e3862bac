"""The simulated one-way card: a GSM phone copies in and reads nothing, a CDMA phone reads all."""

from __future__ import annotations

import pytest

from tests.oneway import handset as hand
from uimkit.card.definition import AccessNibbles, CardDefinition, FileDef
from uimkit.card.memory import fresh_memory
from uimkit.contacts.contact import Contact
from uimkit.contacts.copy_in import add
from uimkit.contacts.phonebook import load
from uimkit.errors import InputError, UimkitError
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Policy
from uimkit.simulator.card import Card
from uimkit.simulator.product import Product
from uimkit.transport.terminal import Terminal

ADN, EXT1 = "3F00/7F10/6F3A", "3F00/7F10/6F4A"
OPEN = AccessNibbles(read=0, update=0)
SERVICES = bytes.fromhex("0C000C0000")  # n2 and n10
NAMES = [Contact("张三", "+8613800138000"), Contact("王懿", "10086")]
LONG = Contact("Long", "1234567890" * 4 + "12345")


def one_way_card(records: int = 6, extensions: int = 4) -> Card:
    """A card without codes, whose phone book only a CDMA phone reads."""
    files = (
        FileDef("3F00", "MF", Structure.MF),
        FileDef("3F00/7F10", "DF_TELECOM", Structure.DF),
        FileDef(ADN, "EF_ADN", Structure.LINEAR_FIXED, 28 * records, 28, OPEN),
        FileDef(EXT1, "EF_EXT1", Structure.LINEAR_FIXED, 13 * extensions, 13, OPEN),
        FileDef("3F00/7F20", "DF_GSM", Structure.DF),
        FileDef("3F00/7F20/6F38", "EF_SST", Structure.TRANSPARENT, 5, 0, OPEN),
        FileDef("3F00/7F25", "DF_CDMA", Structure.DF),
        FileDef("3F00/7F25/6F32", "EF_CST", Structure.TRANSPARENT, 5, 0, OPEN),
    )
    definition = CardDefinition("test", bytes.fromhex("3B00"), files, ())
    bodies = {file.path: bytes([0xFF]) * file.size for file in files if file.is_ef}
    bodies |= {"3F00/7F20/6F38": SERVICES, "3F00/7F25/6F32": SERVICES}
    policy = Policy(protected=frozenset({ADN}), hidden=frozenset({EXT1}))
    return Card(Product(definition, policy), fresh_memory(definition, bodies))


def insert(card: Card) -> Terminal:
    """The card is put into a phone."""
    terminal = Terminal(card)
    terminal.reset()
    return terminal


def test_a_cdma_phone_reads_what_a_gsm_phone_copied_in() -> None:
    card = one_way_card()
    assert len(add(insert(card), NAMES, "gsm").added) == 2
    assert load(insert(card), "gsm").entries == ()
    assert load(insert(card)).contacts == NAMES


def test_a_gsm_phone_adds_below_what_is_there_and_harms_nothing() -> None:
    card = one_way_card()
    add(insert(card), NAMES)
    add(insert(card), [Contact("Li", "1")], "gsm")
    assert load(insert(card)).contacts == [*NAMES, Contact("Li", "1")]


def test_a_cdma_phone_makes_no_doubles_of_what_a_gsm_phone_brought() -> None:
    card = one_way_card()
    add(insert(card), NAMES, "gsm")
    assert add(insert(card), NAMES).added == ()


def test_long_numbers_go_over_with_the_mirror_of_ext1() -> None:
    """The shipped profile: the tails of two GSM sessions and of a CDMA phone, each at its own contact."""
    card = hand.new_card()
    others = [Contact("Other", "9" * 41), Contact("Third", "8" * 61)]
    add(insert(card), [others[0]])
    add(insert(card), [NAMES[0], LONG], "gsm")
    add(insert(card), [others[1]], "gsm")
    seen = load(insert(card), "gsm")
    assert (seen.entries, len(seen.free), seen.problems) == ((), 250, ())
    book = load(insert(card))
    assert (book.contacts, book.problems) == ([others[0], NAMES[0], LONG, others[1]], ())


def test_long_numbers_are_refused_on_the_way_when_no_extension_record_is_really_free() -> None:
    card = hand.new_card()
    add(insert(card), [Contact("Full", "7" * 200)])
    with pytest.raises(UimkitError, match=r"Long: the card refused it: 92 40.*; 1 contacts before it are stored and"):
        add(insert(card), [NAMES[0], LONG], "gsm")
    book = load(insert(card))
    assert (book.contacts, book.problems) == ([Contact("Full", "7" * 200), NAMES[0]], ())


def test_long_numbers_are_for_cdma_phones_alone_when_ext1_is_hidden() -> None:
    card = one_way_card()
    with pytest.raises(
        InputError, match=r"Long: the number has 45 digits, the card takes 20 \(EF_EXT1 is not in use\)"
    ):
        add(insert(card), [NAMES[0], LONG], "gsm")
    assert load(insert(card)).entries == ()
    add(insert(card), [LONG])
    assert load(insert(card)).contacts == [LONG]


def test_a_full_card_refuses_on_the_way_and_keeps_what_it_took() -> None:
    card = one_way_card(records=3)
    add(insert(card), NAMES)
    with pytest.raises(UimkitError, match=r"C: the card refused it: 92 40.*; 1 contacts before it are stored and stay"):
        add(insert(card), [Contact("B", "1"), Contact("C", "2")], "gsm")
    assert load(insert(card)).contacts == [*NAMES, Contact("B", "1")]
