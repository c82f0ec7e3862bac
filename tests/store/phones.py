"""Phones at a one-way card of an image whose disk fails now and then, beside the same card without a file.

The card without a file gets what the other did not answer 92 40. It is never put back to a snapshot: after a failure it
is made anew, and gets all from the start.
"""

from __future__ import annotations

import random
from contextlib import suppress

from tests.oneway.bursts import CODES, RECORDS, SELECT_ADN, some
from tests.oneway.twins import card, variant
from tests.simulator.cold import cdma_session
from tests.simulator.shrinking import RESET
from tests.store.disks import MemoryDisk
from uimkit.apdu import INS, command
from uimkit.card.memory import Memory
from uimkit.simulator.card import Card
from uimkit.store.file_card import FileCard, Store
from uimkit.store.image import decode_image, encode_image

PATH = "/cards/a.uim"
SITTING = 120
"""Commands from opening an image to giving it back."""
_MEMORY_PROBLEM = b"\x92\x40"
_CLEARED = "3F00/7F25/6F48"
"""EF_ME3GPDOPC, which the card clears when DF_CDMA is selected."""


class Watched(MemoryDisk):
    """Before every operation, and so after every one, notes how the image may be found if the power goes now."""

    def __init__(self, files: dict[str, bytes], *, chunk: int) -> None:
        super().__init__(files, chunk=chunk)
        self.seen: set[bytes] = set()

    def _step(self) -> None:
        self.seen.add(self.names[PATH].data)
        super()._step()


class Reference:
    """The card without a file, and what it was sent since the image was opened."""

    def __init__(self, first: Card, memory: Memory) -> None:
        self._first, self._memory = first, memory
        self._sent: list[bytes] = []
        self.card = self._anew()

    def _anew(self) -> Card:
        return Card(self._first.product, self._memory.copy(), bytes)

    def send(self, apdu: bytes) -> bytes:
        self._sent.append(apdu)
        return self.card.reset() if apdu == RESET else self.card.transmit(apdu)

    def take_back(self) -> None:
        """The last command did not happen, but for what waited for GET RESPONSE."""
        self._sent.pop()
        self.card = self._anew()
        for apdu in self._sent:
            self.card.reset() if apdu == RESET else self.card.transmit(apdu)
        self._sent.append(b"\0" * 5)  # of an unknown class: all that it does is drop what waits
        self.card.transmit(self._sent[-1])


def run(name: str, store: Store, seed: int, *, commands: int = 2_000) -> int:
    """Send about ``commands`` commands to a variant of the one-way card; deterministic. Returns how many.

    Raises AssertionError when an answer, the card, or after giving it back its image is not what it should be.
    """
    draw = random.Random(f"{name} {store} {seed}")
    sent = 0
    while sent < commands:
        first = card(draw.randrange(2), draw.choice((60, 3, 0)), variant(name))
        first.memory.write(first.product.definition.index[_CLEARED], 0, b"\x07")
        disk = Watched({PATH: encode_image(first.product, first.memory)}, chunk=draw.choice((7, 64, 1 << 20)))
        memory = first.memory.copy()
        for _ in range(4):
            memory = _sitting(draw, disk, store, Reference(first, memory))
            sent += SITTING
    return sent


def _sitting(draw: random.Random, disk: Watched, store: Store, reference: Reference) -> Memory:
    """Open the image, send commands, give it back; what it holds then."""
    held = FileCard(PATH, store=store, disk=disk)
    for apdu in _commands(draw):
        first = disk.count + draw.randrange(1, 5)
        disk.trouble = range(first, first + draw.choice((0, 0, 0, 0, 0, 0, 1, 2, 9)))
        found, before = disk.names[PATH].data, reference.card.memory.snapshot()
        logged = len(reference.card.memory.changes)
        disk.seen.clear()
        expected = reference.send(apdu)
        answer = held.reset() if apdu == RESET else held.transmit(apdu)
        shown, now = apdu.hex().upper() or "reset", reference.card.memory.snapshot()
        if answer == _MEMORY_PROBLEM != expected:
            reference.take_back()
        else:
            assert answer == expected, f"{shown} answered {answer.hex()}, without a file {expected.hex()}"
        assert held.side is reference.card.side, f"{shown}: {held.side}, without a file {reference.card.side}"
        if store == "each-command" and len(reference.card.memory.changes) > logged + 1:
            states = {decode_image(raw).memory.snapshot() for raw in disk.seen}
            states -= {decode_image(found).memory.snapshot(), before, now}  # the image may be ahead, by what was 92 40
            assert not states, f"W6: the power gone in the middle of {shown} leaves half of it"
    disk.trouble = range(0)
    if draw.random() < 0.3:
        interrupt(held)
    held.close()
    memory = decode_image(disk.names[PATH].data).memory
    assert memory.snapshot() == reference.card.memory.snapshot(), f"the image is not the card, last after {shown}"
    return memory


def interrupt(held: FileCard) -> None:
    """A write is interrupted once it is done and not stored yet: it never was, and the card is given back."""
    answer = held._answer

    def interrupted(apdu: bytes) -> bytes:
        answer(apdu)
        raise KeyboardInterrupt

    for apdu in SELECT_ADN:
        held.transmit(apdu)
    held._answer = interrupted
    with suppress(KeyboardInterrupt):
        held.transmit(command(INS.UPDATE_RECORD, 1, 4, RECORDS[0]))


def _commands(draw: random.Random) -> list[bytes]:
    """Phones of both kinds. BASE STATION CHALLENGE is left out: a card of an image has randomness of its own."""
    script: list[bytes] = []
    while len(script) < SITTING:
        kind = draw.random()
        if kind < 0.1:
            script += cdma_session(draw)
        elif kind < 0.15:
            flag = draw.choice((INS.INVALIDATE, INS.INVALIDATE, INS.REHABILITATE))
            script += [*SELECT_ADN, command(INS.VERIFY_CHV, 0, 2, CODES[1]), command(flag, length=0)]
        elif kind < 0.2:
            script += [RESET, *(command(INS.SELECT, data=bytes.fromhex(fid)) for fid in ("7F25", "6F38"))]
            script.append(command(INS.STORE_ESN_MEID_ME, data=b"\4" + draw.randbytes(7)))
        else:
            script += some(draw)
    return [apdu for apdu in script[:SITTING] if apdu[1:2] != bytes((INS.BASE_STATION_CHALLENGE,))]
