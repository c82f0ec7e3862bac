"""Options and fixtures for all tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bursts", type=int, default=1000, help="bursts of 2000 APDUs for the one-way properties")
    parser.addoption("--kills", type=int, default=60, help="how often a serving process is killed (tests/store)")
    parser.addoption("--kill-seed", type=int, default=4, help="what the killed sessions and moments are drawn from")
