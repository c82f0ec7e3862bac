"""The parts of the proof as catchers: each ends with the first thing that it finds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import pytest

from uimkit.apdu import CLA_GSM, INS
from uimkit.profile.build import CardProfile
from uimkit.profile.load import parse_profile
from uimkit.prover.alphabet import complete
from uimkit.prover.model import Size, reduce
from uimkit.prover.openings import Openings
from uimkit.prover.parts import SMALLEST, PartResult, every_command, everything_around, reading_and_writing
from uimkit.prover.phonebook import PhoneBook
from uimkit.prover.search import Search
from uimkit.prover.starts import BLANK, A, record, unlike
from uimkit.prover.surroundings import Surroundings
from uimkit.prover.workers import Progress


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


class _GaveUpError(Exception):
    """The part is far longer than it is without a bug."""


def _at_most(limit: int) -> Progress:
    def progress(part: str, states: int, transitions: int) -> None:
        if transitions > limit:
            raise _GaveUpError

    return progress


def _found(run: Callable[[Progress], PartResult], limit: int) -> str | None:
    try:
        with _ending_with_the_first():
            reasons = run(_at_most(limit)).open_points
    except _FoundError as found:
        return str(found)
    except _GaveUpError:
        return None
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
    return _found(partial(reading_and_writing, profile(name), size), 600_000)


def every(size: Size, name: str = "") -> str | None:
    """Every command on the phone book, in all modes."""
    return _found(partial(every_command, profile(name), size), 600_000 if size.adn == 1 else 2_500_000)


def around(name: str = "") -> str | None:
    """Every command on the smallest card, with everything around the phone book."""
    return _found(partial(everything_around, profile(name)), 3_000_000)


def around_in_part(name: str = "") -> str | None:
    """Of ``around`` the search for who opens the vault, with some of its commands: all it finds the whole finds too."""

    def run(progress: Progress) -> PartResult:
        small = reduce(profile(name), SMALLEST)
        book = PhoneBook(small.definition, small.policy)
        surroundings = Surroundings(small, book, unlike(book))
        surroundings.run(filter(_is_in_part, complete(small)), lambda runs: progress("", 0, runs))
        return PartResult("", open_points=surroundings.unfinished)

    return _found(run, 300_000)


_FIDS = "3F00 7F10 7F20 7F25 5F3A 7F42 6F3A 6F4A 4F3A 4F4A 6F44 6F32 6F07 6FFE"
_FILES = frozenset(map(bytes.fromhex, _FIDS.split()))
_COMMANDS = frozenset((INS.STATUS, INS.GET_RESPONSE, INS.SEEK, INS.INVALIDATE, INS.REHABILITATE, INS.ENABLE_CHV,
                       INS.VERIFY_CHV, INS.READ_BINARY))  # fmt: skip
_WRITTEN = frozenset((BLANK, record(A), record(A, 1), record(A)[:-1]))


def _is_in_part(apdu: bytes) -> bool:
    if len(apdu) < 5 or apdu[0] != CLA_GSM:
        return False
    if apdu[1] == INS.SELECT:
        return apdu[5:] in _FILES
    if apdu[1] in (INS.READ_RECORD, INS.UPDATE_RECORD):
        return apdu[2] <= SMALLEST.adn + 1 and (apdu[1] == INS.READ_RECORD or apdu[5:] in _WRITTEN)
    return apdu[1] in _COMMANDS
