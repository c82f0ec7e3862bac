"""Cards that come and go in the two slots of a reader."""

from __future__ import annotations

import socket

import pytest

from tests.pcsc.cards import CONVERSATION, conversation, in_process, make_card, make_other_card
from tests.pcsc.conftest import ReaderSlots
from uimkit.errors import InputError, SurroundingsError
from uimkit.transport import pcsc

pytestmark = pytest.mark.pcsc


def test_the_reader_list_shows_slots_and_atr(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(make_card(), slot=1) as card:
        empty, full = pcsc.list_readers()
        assert (empty.index, empty.atr) == (0, None)
        assert (full.index, full.name, full.atr) == (1, card.name, make_card().reset())


def test_two_cards_in_two_slots_do_not_mix(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(make_card(), 0) as one, reader_slot.insert(make_other_card(), 1) as two:
        with pytest.raises(InputError, match="several readers hold a card"):
            pcsc.open_reader()
        with pcsc.open_reader("0") as first, pcsc.open_reader(two.name.upper()) as second:
            answers = [(first.transmit(command), second.transmit(command)) for command in CONVERSATION]
        assert one.name != two.name
    expected, other = in_process(make_card()), in_process(make_other_card())
    assert expected != other
    assert answers == list(zip(expected, other, strict=True))


def test_a_removed_card_is_told_and_the_next_one_works(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(make_card()) as inserted, pcsc.open_reader() as card:
        inserted.remove()
        with pytest.raises(SurroundingsError, match="removed"):
            card.transmit(CONVERSATION[0])
        with pytest.raises(SurroundingsError):
            card.reset()
        with pytest.raises(SurroundingsError, match="no card"):
            pcsc.open_reader()
    with reader_slot.insert(make_other_card()), pcsc.open_reader() as card:
        assert conversation(card) == in_process(make_other_card())


def test_a_card_pulled_out_this_moment_is_told(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(make_card()) as inserted, pcsc.open_reader() as card:
        inserted.pull()  # pcscd does not know yet
        with pytest.raises(SurroundingsError, match=r"removed"):
            card.transmit(CONVERSATION[0])


@pytest.mark.parametrize("garbage", [b"\xff\xff\x00", b"\x00\x00\x00\x00GET / HTTP/1.1\r\n\r\n"])
def test_after_a_malformed_client_the_slot_serves_the_next_card(reader_slot: ReaderSlots, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", reader_slot.pcscd.ports[0])) as stranger:
        stranger.sendall(garbage)
    with reader_slot.insert(make_card()), pcsc.open_reader() as card:
        assert conversation(card) == in_process(make_card())
