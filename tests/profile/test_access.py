"""The access matrix says what the simulator does, and the picture is up to date."""

from __future__ import annotations

import access_picture
import pytest

from tests.oneway.twins import ADN, EXT1, LND, profile
from uimkit.oneway.policy import Side
from uimkit.profile.access import Row, access_matrix
from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card


def rows(name: str = "china-telecom-oneway") -> dict[tuple[str, Side], Row]:
    return {(row.path, row.side): row for row in access_matrix(load_profile(name))}


def test_the_restricted_side_of_the_one_way_card() -> None:
    made = rows()
    assert made[ADN, Side.RESTRICTED].effects["read"] == "CHV1: blank"
    assert made[ADN, Side.RESTRICTED].effects["update"] == "CHV1: a free record"
    assert made[LND, Side.RESTRICTED].effects["read"] == "CHV1: own blank store"
    assert made[EXT1, Side.RESTRICTED].effects["read"] == "CHV1: blank or occupied"
    assert made[ADN, Side.CDMA].effects == {**made[ADN, Side.CDMA].effects, "read": "CHV1", "update": "CHV1"}
    hiding = {(row.path, row.side): row for row in access_matrix(profile(mirrored=False))}
    assert hiding[EXT1, Side.RESTRICTED].effects["read"] == "not there"


@pytest.mark.parametrize("name", ["gsm-sim", "plain-ruim"])
def test_the_sides_of_an_ordinary_card_are_alike(name: str) -> None:
    made = rows(name)
    for (path, side), row in made.items():
        assert row.effects == made[path, Side.CDMA].effects, (path, side)


@pytest.mark.parametrize("mirrored", [True, False], ids=["EXT1 mirrored", "EXT1 hidden"])
def test_read_conditions_are_those_the_card_enforces(mirrored: bool) -> None:
    shipped = profile(mirrored=mirrored)
    card = Card(shipped.product, shipped.fresh_memory())
    for row in access_matrix(shipped):
        if row.side is Side.CDMA or row.mirrored:
            continue
        card.reset()
        answers = [card.transmit(bytes.fromhex("A0A4000002" + fid)) for fid in row.path.split("/")]
        if row.effects["read"] == "not there":
            assert answers[-1] == bytes.fromhex("9404")
            continue
        length = card.product.definition.files[card.product.definition.index[row.path]].record_length
        read = card.transmit(bytes((0xA0, 0xB2, 1, 4, length)) if length else bytes.fromhex("A0B0000001"))
        granted = row.effects["read"] in ("ALW", "CHV1")  # CHV1 is disabled on this card
        assert (read[-2:] == b"\x90\x00") is granted, row.path


def test_the_picture_is_up_to_date() -> None:
    assert access_picture.PICTURE.read_text(encoding="utf-8") == access_picture.picture(), (
        "run scripts/access_picture.py"
    )
