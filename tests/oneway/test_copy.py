"""A GSM phone copies its contacts onto the card: none is lost, none is read back."""

from __future__ import annotations

import pytest

from tests.oneway import handset as hand
from tests.oneway.twins import card as filled_card
from uimkit.contacts.contact import Contact
from uimkit.contacts.copy_in import add
from uimkit.contacts.phonebook import load
from uimkit.errors import UimkitError
from uimkit.simulator.card import Card
from uimkit.transport.terminal import Terminal

CHINESE = ["张三", "王懿", "北京办事处", "欧阳娜娜", "一丁", "长寿", "陈姿"]
LATIN = ["Li Ming", "Anna", "Zoe Maria", "Bob", "Pizza", "Office"]


def contacts(count: int, start: int = 0) -> list[Contact]:
    """Chinese and Latin names; international, national, short and 20-digit numbers; no two alike."""
    made = []
    for i in range(start, start + count):
        name = (f"{CHINESE[i % 7][:3]}{i:03}"[:6]) if i % 2 else f"{LATIN[i % 6]} {i:03}"[:14]
        number = (f"+86138{i:08}", f"138{i:08}", f"{100 + i}", f"{10**19 + i}")[i % 4]
        made.append(Contact(name, number))
    return made


def phone(on: Card) -> Terminal:
    on.reset()
    return Terminal(on)


def keys(found: list[Contact]) -> list[object]:
    return sorted(contact.key for contact in found)


def test_a_gsm_phones_copy_of_60_contacts_loses_none_and_the_251st_is_refused() -> None:
    """The phone loads the list, picks its free records by its own rule, and after a power cycle does so again."""
    on = hand.new_card()
    sixty = contacts(60)
    assert len(add(phone(on), sixty[:30], "gsm").added) == 30
    seen = load(phone(on), "gsm")
    assert (seen.entries, len(seen.free), seen.problems) == ((), 250, ())
    assert [entry.record for entry in add(phone(on), sixty[30:], "gsm").added] == list(range(1, 31))
    assert keys(load(phone(on)).contacts) == keys(sixty)
    rest = contacts(190, start=60)
    assert len(add(phone(on), rest, "gsm").added) == 190
    assert load(phone(on), "gsm").entries == ()
    before = on.memory.snapshot()
    with pytest.raises(UimkitError, match="92 40"):
        add(phone(on), [Contact("One more", "1")], "gsm")
    assert on.memory.snapshot() == before
    book = load(phone(on))
    assert keys(book.contacts) == keys(sixty + rest)
    assert (book.free, book.problems) == ((), ())


def test_a_phone_that_loads_its_list_before_each_contact_loses_none() -> None:
    """It sees record 1 free each time and writes all contacts there (W3: seen blank, so a new contact)."""
    on = hand.new_card()
    terminal = phone(on)
    ten = contacts(10)
    for contact in ten:
        assert [entry.record for entry in add(terminal, [contact], "gsm").added] == [1]
    assert keys(load(phone(on)).contacts) == keys(ten)


def test_copying_the_same_list_twice_makes_doubles_and_says_so_only_to_a_cdma_phone() -> None:
    """Surplus is declared: the card never compares (W8), the phone can not see what is there."""
    on = hand.new_card()
    five = contacts(5)
    add(phone(on), five, "gsm")
    assert add(phone(on), five, "gsm").doubles == ()
    assert keys(load(phone(on)).contacts) == keys(five * 2)
    assert add(phone(on), five).doubles == tuple(five)


def test_a_copy_onto_a_filled_book_leaves_every_old_contact_as_it_was() -> None:
    on = filled_card(0, free=60)
    before = load(phone(on))
    new = contacts(60)
    add(phone(on), new, "gsm")
    after = load(phone(on))
    old = {entry.record: entry for entry in before.entries}
    assert {entry.record: entry for entry in after.entries if entry.record in old} == old
    assert keys([e.contact for e in after.entries if e.record not in old]) == keys(new)
