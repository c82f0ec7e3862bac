"""The card the PC/SC tests put into the reader. The tests compare what comes through the reader with a twin of it."""

from __future__ import annotations

from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card
from uimkit.transport import Transport


def make_card() -> Transport:
    """A fresh card; two of them answer the same to the same commands."""
    return _card("china-telecom-oneway")


def make_other_card() -> Transport:
    """A fresh card that answers some command of `CONVERSATION` differently from `make_card`'s."""
    return _card("gsm-sim")


def _card(name: str) -> Card:
    profile = load_profile(name)
    return Card(profile.product, profile.fresh_memory())


# Every line is answered the same way in process and through a reader.
CONVERSATION = [
    bytes.fromhex(line)
    for line in (
        "A0A40000023F00",
        "A0C0000016",
        "A0A40000027F10",
        "A0C0000005",
        "A0C0000005",  # the answer is gone
        "A0A4000002FFFF",
        "00A40000023F00",  # wrong class
        "A0B0000001",
    )
]


def conversation(card: Transport) -> list[bytes]:
    return [card.transmit(command) for command in CONVERSATION]


def in_process(card: Transport) -> list[bytes]:
    card.reset()
    return conversation(card)
