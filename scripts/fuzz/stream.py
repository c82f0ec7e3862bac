"""Arbitrary streams from a reader, cut anywhere (uimkit.transport.vpcd)."""

from __future__ import annotations

from fuzz.checks import card_of, one_line, pieces, well_formed
from uimkit.transport.vpcd import ProtocolError, VpcdProtocol


def one_input(data: bytes) -> None:
    """A byte chooses the card and leniency; the rest is the stream, in pieces behind a length byte each."""
    if not data:
        return
    card = card_of(data[0] & 0x7F)
    atr = card.product.definition.atr
    protocol = VpcdProtocol(card, lenient=data[0] < 0x80)
    try:
        for piece in pieces(data[1:]):
            for reply in protocol.receive(piece):
                assert int.from_bytes(reply[:2], "big") == len(reply) - 2
                if reply[2:] != atr:
                    well_formed(reply[2:])
    except ProtocolError as error:
        one_line(error)
