"""How a long command is ended from outside: in one line, with exit code 130, and with everybody who worked for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from uimkit.cli.common import ends_on_sigterm


def test_sigterm_is_an_interrupt_and_a_second_one_does_not_break_the_tidying_up() -> None:
    before = signal.getsignal(signal.SIGTERM)
    tidied = []
    with pytest.raises(KeyboardInterrupt):
        ended_twice(lambda: tidied.append(True))
    assert tidied
    assert signal.getsignal(signal.SIGTERM) is before


@ends_on_sigterm()
def ended_twice(tidy_up: Callable[[], None]) -> None:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)
        tidy_up()
