"""Arbitrary commands to a card in memory and to one in an image on a disk that fails now and then."""

from __future__ import annotations

from itertools import islice

from fuzz.checks import PATH, card_of, images, pieces, well_formed
from tests.store.disks import MemoryDisk
from uimkit.store.file_card import FileCard
from uimkit.store.image import decode_image
from uimkit.transport import Transport

_MOST = 64
_IN_FILE, _POWER_OFF = 0x80, 0x40


def one_input(data: bytes) -> None:
    """Two bytes choose the card and the disk's trouble; then commands behind a length byte each, 0 being a reset."""
    if len(data) < 2:
        return
    commands = list(islice(pieces(data[2:]), _MOST))
    if not data[0] & _IN_FILE:
        _play(card_of(data[0]), commands)
        return
    disk = MemoryDisk({PATH: images()[(data[0] & 0x3F) % len(images())]})
    disk.trouble = range(data[1] & 0x3F, (data[1] & 0x3F) + (data[1] >> 6))
    with FileCard(PATH, disk=disk, store="power-off" if data[0] & _POWER_OFF else "each-command") as card:
        _play(card, commands)
        disk.trouble = range(0)
    assert decode_image(disk.names[PATH].data).memory.snapshot() == card.card.memory.snapshot()


def _play(card: Transport, commands: list[bytes]) -> None:
    for command in commands:
        if command:
            well_formed(card.transmit(command))
        else:
            card.reset()
