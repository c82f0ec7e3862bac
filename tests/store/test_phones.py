"""A one-way card of an image, in phones: what is answered is on the medium, whole commands, whatever the disk does."""

from __future__ import annotations

import pytest

from tests.store.phones import run
from uimkit.store import image_file
from uimkit.store.file_card import Store

COMMANDS = 5_000
STORES: list[Store] = ["each-command", "power-off"]


@pytest.mark.slow
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("variant", ["mirrored", "session", "hidden", "inbox"])
def test_phones_meet_the_card_that_they_would_meet_without_a_file(
    variant: str, store: Store, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(image_file, "JOURNAL_LIMIT", 1500)  # or nothing would be written anew
    wanted = COMMANDS * request.config.getoption("--long")
    assert run(variant, store, 1, commands=wanted) >= wanted
