"""The card the benches measure. Run with a port as argument, it serves that card to the virtual reader there."""

from __future__ import annotations

import sys

from uimkit.transport import Transport, vpcd

PROFILE = "china-telecom-oneway"
# What a phone does most: walk to the phone book and read a record.
LOOP = [bytes.fromhex(line) for line in ("A0A40000023F00", "A0A40000027F10", "A0A40000026F3A", "A0B2010420")]


def make_card() -> Transport:
    """A pre-personalised card of the shipped one-way profile."""
    from uimkit.profile.load import load_profile
    from uimkit.simulator.card import Card

    profile = load_profile(PROFILE)
    return Card(profile.product, profile.fresh_memory())


def loop_of(card: Transport) -> list[bytes]:
    """`LOOP` with the record length this card has in EF_ADN (TS 51.011 10.5.1), as its SELECT answer tells."""
    card.reset()
    for command in LOOP[:3]:
        answer = card.transmit(command)
    header = card.transmit(bytes((0xA0, 0xC0, 0, 0, answer[1])))
    return [*LOOP[:3], LOOP[3][:4] + header[14:15]]


if __name__ == "__main__":
    vpcd.serve(make_card(), port=int(sys.argv[1]))
