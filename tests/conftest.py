"""Options and fixtures for all tests."""

from __future__ import annotations

import signal

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=60, help="how often a serving process is killed (tests/store)")
    parser.addoption("--kill-seed", type=int, default=4, help="what the killed sessions and moments are drawn from")
    parser.addoption("--long", type=int, default=1, help="property tests: how many times as many commands as usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take seconds start first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # of a job in a shell's background, and so of the commands that tests interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)
