from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.cards import SELECT_NOTE, step
from uimkit import target
from uimkit.errors import InputError
from uimkit.target import open_target


def test_sim_is_a_card_image(image: Path) -> None:
    before = image.read_bytes()
    with open_target(f"sim:{image}", dry_run=True) as card:
        card.transmit(SELECT_NOTE)
        assert card.transmit(step(0)) == b"\x90\x00"
    assert image.read_bytes() == before
    with open_target(f"sim:{image}") as card:
        card.transmit(SELECT_NOTE)
        assert card.transmit(step(0)) == b"\x90\x00"
    assert image.read_bytes() != before


@pytest.mark.parametrize("text", ["", "sim", "sim:", "pcsc:", "card.uim", "PCSC", "vpcd:1", "simcard:x"])
def test_anything_else_is_told_what_was_expected(text: str) -> None:
    with pytest.raises(InputError, match=r"expected sim:FILE, pcsc, pcsc:N .* or pcsc:NAME"):
        open_target(text)


def test_a_real_card_has_no_dry_run() -> None:
    with pytest.raises(InputError, match="dry run"):
        open_target("pcsc", dry_run=True)


def test_pcsc_hands_on_which_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    monkeypatch.setattr(target, "open_reader", asked.append)
    for text in ("pcsc", "pcsc:1", "pcsc:Virtual PCD: 00"):
        open_target(text)
    assert asked == [None, "1", "Virtual PCD: 00"]
