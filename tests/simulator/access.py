"""Random commands on a card beside its account, for the property tests and for tests that plant a bug."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from tests.simulator.access_card import new_card
from tests.simulator.commands import command
from tests.simulator.rights import Rights
from tests.simulator.shrinking import RESET, shown, shrink
from uimkit.card.memory import REAL_VALID
from uimkit.simulator.card import Card

EPISODE = 400
"""Commands on one card; then the next one, with other access conditions, codes and open choices."""

Observer = Callable[[Card, bytes, bytes], None]


class Watched:
    """A card and its account; ``transmit`` and ``reset`` raise AssertionError when they do not agree."""

    def __init__(self, seed: int, observer: Observer | None = None) -> None:
        self.card = new_card(seed)
        files = self.card.product.definition.files
        self.paths = [(i, file.path) for i, file in enumerate(files) if file.is_ef]
        bodies = {path: self.card.memory.contents[i] for i, path in self.paths}
        self.rights = Rights(self.card.product.definition, bodies)
        self.observer = observer
        self._flags = list(self.card.memory.flags)

    def reset(self) -> None:
        self.card.reset()
        self.rights.reset()
        self._compare("a reset")

    def transmit(self, apdu: bytes) -> None:
        answer, expected = self.card.transmit(apdu), self.rights.expect(apdu)
        shown = f"{apdu.hex().upper()} on {self.rights.at.path or self.rights.at.directory}"
        assert answer == expected, f"{shown} answered {answer.hex().upper()}, expected {expected.hex().upper()}"
        self._compare(shown)
        if self.observer:
            self.observer(self.card, apdu, answer)

    def _compare(self, what: str) -> None:
        """Bodies and invalidation flags are those of the account, so nothing refused has changed any."""
        contents, flags = self.card.memory.contents, self.card.memory.flags
        bodies, valid = self.rights.bodies, self.rights.valid
        for i, path in self.paths:
            assert contents[i] == bodies[path], (
                f"{what}: {path} holds {contents[i].hex()}, expected {bodies[path].hex()}"
            )
            right = self._flags[i] if valid[path] else self._flags[i] & ~REAL_VALID
            assert flags[i] == right, f"{what}: {path} has flags {flags[i]}, expected {right}"


def run(seed: int, *, commands: int = 20_000, seconds: float = 0, observer: Observer | None = None) -> int:
    """Send about ``commands`` commands, or for ``seconds`` when given, to cards of every access condition.

    Deterministic in ``seed``. Raises AssertionError with a minimal script when a card answers or holds what its
    account does not. ``observer`` meets every command and answer. Returns how many commands were sent.
    """
    draw = random.Random(seed)
    end = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < end if seconds else sent < commands:
        card_seed = draw.getrandbits(64)
        watched, script = Watched(card_seed, observer), []
        try:
            while len(script) < EPISODE:
                for apdu in command(draw, watched.rights):
                    script.append(apdu)
                    _send(watched, apdu)
        except AssertionError as found:
            minimal = shrink(script, partial(_fails, card_seed, observer))
            raise AssertionError(f"{found}\ncard {card_seed}, minimal script:\n{shown(minimal)}") from None
        sent += len(script)
    return sent


def _send(watched: Watched, apdu: bytes) -> None:
    if apdu == RESET:
        watched.reset()
    else:
        watched.transmit(apdu)


def _fails(seed: int, observer: Observer | None, script: list[bytes]) -> bool:
    watched = Watched(seed, observer)
    try:
        for apdu in script:
            _send(watched, apdu)
    except AssertionError:
        return True
    return False
