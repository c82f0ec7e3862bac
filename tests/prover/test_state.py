"""The state that the search goes by is all of the session and of the non-volatile state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.prover.proofs import SMALL, profile
from uimkit.card.state import Stateful
from uimkit.oneway.mirror_use import MirrorUse
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND, Side
from uimkit.oneway.record import Record
from uimkit.oneway.sides import Sides
from uimkit.oneway.vault import Binding, Place, Vault
from uimkit.prover.model import reduce
from uimkit.simulator.card import Card
from uimkit.simulator.session import CaveState, IpState, Session

CARD = reduce(profile(), SMALL).card()
INDEX = CARD.product.definition.index
ADN, EXT1, LND = INDEX[EF_ADN], INDEX[EF_EXT1], INDEX[EF_LND]
OTHER = {
    "cave": CaveState(challenge=b"1234"),
    "directory": 1,
    "done": frozenset({"x"}),
    "ef": 3,
    "granted": 0xFF,
    "ip": replace(IpState(), authenticated=True),
    "pending": b"x",
    "pointer": 2,
    "verified": 0xFF,
    "side": Side.CDMA,
    "unlocked": True,
    "used": True,
    "own_bodies": CARD.chip.sides.use.own_bodies.put(LND, b"abcdef"),
    "bodies": CARD.memory._vault.bodies.put(ADN, b"abcdef"),
    "bindings": CARD.memory._vault.bindings.put(Place(ADN, 1), Binding(1, Record(b"abc"))),
    "bound_before": frozenset({Place(ADN, 1)}),
    "waiting": CARD.memory._vault.waiting.put(Place(ADN, 1), 1),
    "dropped": CARD.memory._vault.dropped.put(1, 1),
}
"""Another value of each state field."""


def parts(card: Card) -> Iterator[Stateful]:
    yield from (card.chip.session, card.chip.sides, card.chip.sides.use, card.memory._vault)


def changes() -> Iterator[tuple[str, Callable[[Card], None]]]:
    for kind, thing in zip((Session, Sides, MirrorUse, Vault), range(4), strict=True):
        for name in kind.names("State"):

            def change(card: Card, thing: int = thing, name: str = name) -> None:
                setattr(list(parts(card))[thing], name, OTHER[name])

            yield f"{kind.__name__}.{name}", change


@pytest.mark.parametrize(("name", "change"), list(changes()), ids=[name for name, _ in changes()])
def test_another_session_field_is_another_state(name: str, change: Callable[[Card], None]) -> None:
    card = reduce(profile(), SMALL).card()
    before = card.snapshot()
    change(card)
    after = card.snapshot()
    assert hash(after) != hash(before)
    assert after != before


def test_another_byte_of_any_file_and_another_flag_is_another_state() -> None:
    card = reduce(profile(), SMALL).card()
    before = card.snapshot()
    for position, file in enumerate(card.product.definition.files):
        if file.is_ef and file.size:
            card.memory.write(position, file.size - 1, bytes((card.memory.contents[position][-1] ^ 1,)))
            assert hash(card.snapshot()) != hash(before), file.path
            card.restore(before)
        card.memory.set_flags(position, card.memory.flags[position] ^ 2)
        assert hash(card.snapshot()) != hash(before), file.path
        card.restore(before)
    assert card.snapshot() == before
