"""What the targets share: cards to work on, and what must hold of answers and error messages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.store.cards import make_memory, make_product
from uimkit.apdu import INS, command
from uimkit.errors import UimkitError
from uimkit.profile.build import personalised
from uimkit.profile.load import load_profile, shipped_profiles
from uimkit.simulator.card import Card
from uimkit.store.image import Image, decode_image, encode_image

PATH = "/card.uim"


@cache
def images() -> tuple[bytes, ...]:
    """The small card, then every shipped profile's, blank and personalised."""
    product = make_product()
    made = [encode_image(product, make_memory(product))]
    for name in sorted(shipped_profiles()):
        profile = load_profile(name)
        memory = profile.fresh_memory()
        made.append(encode_image(profile.product, memory))
        personalised(profile.definition, memory)
        made.append(encode_image(profile.product, memory))
    return tuple(made)


@cache
def _decoded(choice: int) -> Image:
    return decode_image(images()[choice])


def card_of(choice: int) -> Card:
    """A new card of one of the `images`."""
    image = _decoded(choice % len(images()))
    return Card(image.product, image.memory, bytes)  # its random numbers are zeros


def pieces(data: bytes) -> Iterator[bytes]:
    """Cut into pieces, each behind one byte that is its length; the last one may be shorter."""
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


def well_formed(answer: bytes) -> None:
    """Data of up to 256 bytes and a status word (GSM 11.11 9.2)."""
    assert isinstance(answer, bytes)
    assert 2 <= len(answer) <= 258, answer.hex()


def one_line(error: UimkitError) -> None:
    """What the command line prints for this error is one line that says something."""
    text = str(error)
    assert text.strip()
    assert len(text.splitlines()) == 1, repr(text)


def everything_works(card: Card) -> None:
    """Select and touch every file of a card."""
    well_formed(card.reset() + b"\x90\x00")
    for path in card.product.definition.index:
        for fid in path.split("/") if path.startswith("3F00") else ():
            answer = card.transmit(command(INS.SELECT, data=bytes.fromhex(fid)))
            well_formed(answer)
            well_formed(card.transmit(command(INS.GET_RESPONSE, length=answer[1])))
        for ins in (INS.READ_BINARY, INS.STATUS, INS.INVALIDATE, INS.REHABILITATE):
            well_formed(card.transmit(command(ins, length=30 if ins in (INS.READ_BINARY, INS.STATUS) else 0)))
        well_formed(card.transmit(command(INS.READ_RECORD, 1, 4, length=30)))
        well_formed(card.transmit(command(INS.UPDATE_RECORD, 1, 4, bytes(30))))
        well_formed(card.transmit(command(INS.UPDATE_BINARY, 0, 0, b"\x00")))
        well_formed(card.transmit(command(INS.INCREASE, 0, 0, b"\0\0\1")))
        well_formed(card.transmit(command(INS.VERIFY_CHV, 0, 1, b"1234\xff\xff\xff\xff")))
