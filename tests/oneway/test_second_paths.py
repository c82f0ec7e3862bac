"""A second path to a file's records meets the file's own flag of invalidation (V7, V8)."""

from __future__ import annotations

import pytest

from tests.oneway.twins import ADN, profile
from uimkit.apdu import INS, command
from uimkit.oneway.policy import Side
from uimkit.profile.build import personalised
from uimkit.simulator.card import Card

READ = command(INS.READ_RECORD, 1, 4, length=28)
HEADER = command(INS.GET_RESPONSE, length=15)
NOT_INVALIDATED = 0x01


def select(card: Card, *fids: str) -> None:
    for fid in fids:
        assert card.transmit(command(INS.SELECT, data=bytes.fromhex(fid)))[:1] == b"\x9f"


@pytest.mark.parametrize("side", Side)
def test_an_invalidated_file_is_so_on_all_paths(side: Side) -> None:
    made = profile(mirrored=True, phs_directory=True)
    memory = made.fresh_memory()
    personalised(made.definition, memory)
    card = Card(made.product, memory)
    if side is Side.CDMA:
        select(card, "3F00", "7F25", "6F32")
        card.transmit(command(INS.READ_BINARY, length=1))
    assert card.side is side
    select(card, "3F00", "7F42", "6F3A")
    assert card.transmit(READ)[-2:] == b"\x90\x00"
    card.chip.sides.view(made.definition.index[ADN]).set_valid(False)
    for directory in ("7F10", "7F42"):
        select(card, "3F00", directory, "6F3A")
        assert not card.transmit(HEADER)[11] & NOT_INVALIDATED, directory
        assert card.transmit(READ) == b"\x98\x10", directory
