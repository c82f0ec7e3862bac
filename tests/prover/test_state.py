"""The state that the search goes by is all of the session and of the non-volatile state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.prover.proofs import SMALL, profile
from uimkit.oneway.book import Source
from uimkit.oneway.mirrors import Binding
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND, Side
from uimkit.prover.footprint import WatchedCard
from uimkit.prover.model import reduce
from uimkit.simulator.card import Card
from uimkit.simulator.session import Session

CARD = reduce(profile(), SMALL).card()
INDEX = CARD.product.definition.index
ADN, EXT1, LND = INDEX[EF_ADN], INDEX[EF_EXT1], INDEX[EF_LND]
OTHER = {
    "cave": replace(CARD.session.cave, challenge=b"1234"),
    "directory": 1,
    "done": frozenset({"x"}),
    "ef": 3,
    "granted": 0xFF,
    "ip": replace(CARD.session.ip, **{next(iter(CARD.session.ip.__dataclass_fields__)): b"x"}),
    "pending": b"x",
    "pointer": 2,
    "verified": 0xFF,
}


def other_session_field(name: str) -> Callable[[Card], None]:
    return lambda card: setattr(card.session, name, OTHER[name])


def changes() -> Iterator[tuple[str, Callable[[Card], None]]]:
    for name in Session.__slots__:
        yield f"session.{name}", other_session_field(name)
    yield "side", lambda card: setattr(card.sides, "side", Side.CDMA)
    yield "unlocked", lambda card: setattr(card.sides, "unlocked", True)
    yield "shown", lambda card: setattr(card.sides, "_real_shown", True)
    for name, position in (("EF_ADN", ADN), ("EF_EXT1", EXT1), ("EF_LND", LND)):
        yield f"{name} used", lambda card, position=position: setattr(card.sides.mirrors[position], "used", True)
    yield "bindings", lambda card: card.sides.mirrors[ADN].bindings.update({1: Binding(1, b"abc", False)})
    yield "bound before", lambda card: card.sides.mirrors[ADN].bound_once.add(1)
    yield "sent", lambda card: card.sides.mirrors[EXT1].sent.update({1: b"abc"})
    yield "LND body", lambda card: setattr(card.sides.mirrors[LND], "body", b"abcdef")
    yield "extensions", lambda card: card.sides.book.extensions.update({1: 1})
    yield "waiting", lambda card: card.sides.book.waiting.update({Source(ADN, 1): 1})
    yield "dropped", lambda card: card.sides.book.dropped.update({1: 1})


def test_every_field_of_a_session_is_tried() -> None:
    watched = WatchedCard(reduce(profile(), SMALL).card())
    tried = {name for name, _ in changes()}
    assert {f"session.{name}" for name in Session.__slots__} <= tried
    fields = {field for _, names in watched.session_objects() for field in names}
    words = {"used": "EF_ADN used", "bound_once": "bound before", "body": "LND body"}
    assert {words.get(field, field) for field in fields} <= tried


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
