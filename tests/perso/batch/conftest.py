"""The keys that the orders of the tests name."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SEED", "A1" * 32)
    monkeypatch.setenv("TEST_WORK", "B2" * 16)
    monkeypatch.setenv("TEST_TRANSPORT", "C3" * 16)
