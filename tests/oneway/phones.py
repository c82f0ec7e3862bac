"""Runs scripts of APDUs on twins, for the property tests and for tests that plant a bug and want to see it found."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from functools import partial

from tests.oneway.boots import noisy_boot
from tests.oneway.bursts import anything, burst
from tests.oneway.twins import Twins
from tests.simulator.shrinking import RESET, shown, shrink

SCRIPT = 1_000
"""APDUs of one script; each starts on fresh cards."""
_ROOM = (60, 60, 12, 3, 1, 0, 250)

Scripts = Callable[[int, int, str], list[bytes]]
SOURCES: Mapping[str, Scripts] = {
    "bursts": lambda seed, length, _variant: burst(seed, length),
    "boots": noisy_boot,
    "anything": lambda seed, length, _variant: anything(seed, length),
}


def run(variant: str, source: str, seed: int, *, apdus: int = 10_000, seconds: float = 0) -> int:
    """Send about ``apdus`` commands, or for ``seconds`` when given, to twins of a variant of the one-way card.

    Deterministic in ``variant``, ``source`` and ``seed``. Raises AssertionError with a minimal script when P1, P3, P4
    or P5 is broken. Returns how many commands were sent.
    """
    draw = random.Random(f"{variant} {source} {seed}")
    end = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < end if seconds else sent < apdus:
        free = draw.choice(_ROOM)
        script = SOURCES[source](draw.getrandbits(64), SCRIPT, variant)
        try:
            play(script, Twins(variant, free))
        except AssertionError as found:
            minimal = shrink(script, partial(_fails, variant, free))
            what = f"{found}\n{variant}, {free} free records, minimal script:\n{shown(minimal)}"
            raise AssertionError(what) from None
        sent += len(script)
    return sent


def play(script: list[bytes], twins: Twins) -> None:
    """Send a script; raises AssertionError when a property is broken."""
    for apdu in script:
        if apdu == RESET:
            twins.reset()
        else:
            twins.transmit(apdu)
    twins.reset()


def _fails(variant: str, free: int, script: list[bytes]) -> bool:
    try:
        play(script, Twins(variant, free))
    except AssertionError:
        return True
    return False
