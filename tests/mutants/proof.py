"""The parts of the proof as catchers: each ends with the first thing that it finds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from uimkit.profile.build import CardProfile
from uimkit.profile.load import parse_profile
from uimkit.prover.model import Size
from uimkit.prover.openings import Openings
from uimkit.prover.parts import PartResult, every_command, everything_around, reading_and_writing
from uimkit.prover.search import Search
from uimkit.prover.surroundings import Surroundings


class _FoundError(Exception):
    """The first violation ends the search."""


@contextmanager
def _ending_with_the_first() -> Iterator[None]:
    def report(self: object, violation: Any, *_: Any) -> None:
        raise _FoundError(f"{violation.claim}: {violation.what}")

    def broken(self: object, where: Any, *rest: Any) -> None:
        raise _FoundError(": ".join(part for part in rest if isinstance(part, str)))

    def problem(self: object, why: str) -> None:
        crash = sys.exc_info()[1]
        if crash is not None and not isinstance(crash, AssertionError):
            raise crash
        raise _FoundError(f"not proven: {why}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Search, "_report", report)
        for kind in (Surroundings, Openings):
            patch.setattr(kind, "_break", broken)
        patch.setattr(Surroundings, "problem", problem)
        patch.setattr(Openings, "_problem", problem)
        yield


def _no_progress(part: str, states: int, transitions: int) -> None:
    """Nobody is told."""


def _found(run: Callable[[], PartResult]) -> str | None:
    try:
        with _ending_with_the_first():
            result = run()
    except _FoundError as found:
        return str(found)
    reasons = [*result.refuted.values(), *result.open_points]
    return reasons[0] if reasons else None


VARIANTS = {
    "": "",
    "session": '[oneway]\nreadback = "session"\n',
    "deny": '[oneway]\nread = "deny"\n',
    "inbox": '[oneway]\nwrite = "inbox"\ninbox_adn = 20\ninbox_ext1 = 5\n',
    "hidden": """
[oneway]
protected = ["3F00/7F10/6F3A", "3F00/7F10/6F44"]
hidden = ["3F00/7F10/6F4A"]
[files]
"3F00/7F10/5F3A" = {}
"3F00/7F10/5F3A/4F4A" = { name = "EF_PB_EXT1", same_as = "3F00/7F10/6F4A" }
""",
    "second path": """
[oneway]
phs_directory = true
[files]
"3F00/7F10/5F3A" = {}
"3F00/7F10/5F3A/4F3A" = { name = "EF_PB_ADN", same_as = "3F00/7F10/6F3A" }
"3F00/7F10/5F3A/4F4A" = { name = "EF_PB_EXT1", same_as = "3F00/7F10/6F4A" }
""",
}
"""What makes another card of the shipped one: another policy, or second paths to its records (TS 31.102 4.4.2)."""


@cache
def profile(name: str = "") -> CardProfile:
    """The shipped one-way card, or a variant of it."""
    return parse_profile(f'extends = "china-telecom-oneway"\n{VARIANTS[name]}', f"{name}.toml", name or "shipped")


def reading(size: Size, name: str = "") -> str | None:
    """Reading and writing the mirrors, in absolute mode."""
    return _found(lambda: reading_and_writing(profile(name), size, _no_progress))


def every(size: Size, name: str = "") -> str | None:
    """Every command on the phone book, in all modes."""
    return _found(lambda: every_command(profile(name), size, _no_progress))


def around(name: str = "") -> str | None:
    """Every command on the smallest card, with everything around the phone book."""
    return _found(lambda: everything_around(profile(name), _no_progress))
