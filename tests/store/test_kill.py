"""A card served by a process of its own that is killed (kill -9) at random moments: ``--kills N``, default 60."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

from tests.store.sessions import RESET, counters, fresh_card, one_step, random_session
from uimkit.card.memory import Snapshot
from uimkit.simulator.card import Card
from uimkit.store import image_file
from uimkit.store.file_card import FileCard, Store, load_card, save_card
from uimkit.transport.vpcd import Control, connect, frame, serve_on

LONGEST = 0.04
"""Seconds from the first answer, or from the start, to the kill."""


class Served:
    """The card of an image at the end of a vpcd connection, in another process, with a date for its end."""

    def __init__(self, image: Path, store: Store) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._near = connect(port=server.getsockname()[1])
            far, _ = server.accept()
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._near.close()
                with FileCard(image, store=store) as card:
                    serve_on(far, card)
            except BaseException:
                traceback.print_exc()  # the parent sees the process gone too soon; here is why
            finally:
                os._exit(1)
        far.close()

    def kill_after(self, seconds: float) -> threading.Thread:
        def kill() -> None:
            time.sleep(seconds)
            os.kill(self.pid, signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        return thread

    def step(self, step: bytes | None) -> bytes | None:
        """The answer to a command, or the ATR after a reset; None when the process is gone."""
        try:
            if step is RESET:
                self._near.sendall(frame(bytes((Control.RESET,))) + frame(bytes((Control.ATR,))))
            else:
                self._near.sendall(frame(step))
            head = self._near.recv(2, socket.MSG_WAITALL)
            body = self._near.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if len(head) == 2 else b""
        except ConnectionError:
            return None
        return body or None

    def gone(self) -> None:
        self._near.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


class Expected:
    """What a card without a file becomes, and what of it may be found in the image."""

    def __init__(self, store: Store, card: Card) -> None:
        self._deferred = store == "power-off"
        self.card = card
        self.stored = self._next = card.memory.snapshot()

    def try_step(self, step: bytes | None) -> tuple[bytes, set[Snapshot]]:
        """Do a step; the answer, and what may be found when the power goes before it is answered."""
        before = self.card.memory.snapshot()
        answer = one_step(self.card, step)
        after = self.card.memory.snapshot()
        must_store = self._must_store(before, after, step)
        self._next = after if must_store else self.stored
        return answer, {self.stored, before, after} if must_store else {self.stored}

    def answered(self) -> None:
        self.stored = self._next

    def _must_store(self, before: Snapshot, after: Snapshot, step: bytes | None) -> bool:
        presented = step is not RESET and step[1] in (0x20, 0x24, 0x26, 0x28, 0x2C)
        return not self._deferred or step is RESET or presented or counters(before) != counters(after)


def killed_once(image: Path, store: Store, dice: random.Random) -> tuple[int, bool]:
    """Serve, kill, look; how many steps were answered, and whether the one cut off is there."""
    served = Served(image, store)
    expected = Expected(store, load_card(image))
    allowed = {expected.stored}
    from_the_start = dice.random() < 0.3
    killer = served.kill_after(dice.uniform(0, LONGEST)) if from_the_start else None
    answered = 0
    for step in random_session(dice.randrange(1 << 30), 5000):
        answer, allowed = expected.try_step(step)
        got = served.step(step)
        if got is None:
            break
        assert got == answer
        expected.answered()
        answered += 1
        killer = killer or served.kill_after(dice.uniform(0, LONGEST))
    assert killer is not None
    killer.join()
    served.gone()
    found = load_card(image).memory.snapshot()
    assert found in allowed, (answered, store)
    return answered, found != expected.stored


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_the_state_before_or_after_the_command_it_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(image_file, "JOURNAL_LIMIT", 3000)
    kills = request.config.getoption("--kills")
    seed = request.config.getoption("--kill-seed")
    dice = random.Random(seed)
    steps = ahead = 0
    for number in range(kills):
        image = tmp_path / "card.uim"
        if number % 10 == 0:
            save_card(image, fresh_card().product, fresh_card().memory)
        store: Store = "power-off" if number % 4 == 3 else "each-command"
        answered, there = killed_once(image, store, dice)
        steps += answered
        ahead += there
    assert steps > 2 * kills
    print(f"{kills} kills, {steps} steps answered, {ahead} times the step cut off was found done")
    assert [path for path in tmp_path.iterdir() if path.suffix == ".uim"] == [image]
