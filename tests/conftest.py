"""Options and fixtures for all tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bursts", type=int, default=1000, help="bursts of 2000 APDUs for the one-way properties")
