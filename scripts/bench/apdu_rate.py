"""APDUs per second, in process and through vpcd and pcscd, each against a yardstick in the same run.

Rounds alternate between the card and its yardstick, so that what else the machine does meets both alike; the ratio
printed is the median of the rounds' ratios. ``apdu_rate.py [--rounds N] [--no-pcsc]``
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import private_pcscd
from _card import loop_of, make_card
from bare_dispatch import BareDispatch

from uimkit.errors import UimkitError
from uimkit.transport import Transport, pcsc

_HERE = Path(__file__).parent
_IN_PROCESS_LOOPS = 20_000
_PCSC_LOOPS = 500
_SEEN_SECONDS = 15.0


def rate(transmit: Callable[[bytes], bytes], commands: list[bytes], loops: int) -> float:
    """APDUs per second of ``loops`` runs through the commands."""
    start = time.perf_counter()
    for _ in range(loops):
        for command in commands:
            transmit(command)
    return loops * len(commands) / (time.perf_counter() - start)


def compare(name: str, card: Transport, yardstick: Transport, commands: list[bytes], loops: int, rounds: int) -> None:
    """Measure the two in turns and print their medians and the ratio."""
    for warm in (card, yardstick):
        rate(warm.transmit, commands, loops // 10)
    pairs = [(rate(card.transmit, commands, loops), rate(yardstick.transmit, commands, loops)) for _ in range(rounds)]
    cards, yardsticks = zip(*pairs, strict=True)
    ratio = median(a / b for a, b in pairs)
    print(f"{name}: {median(cards):,.0f}/s, yardstick {median(yardsticks):,.0f}/s, ratio {ratio:.3f}", flush=True)


@contextmanager
def responder(script: str, *arguments: str) -> Iterator[None]:
    """A script that serves a card, as a process of its own."""
    process = subprocess.Popen([sys.executable, str(_HERE / script), *arguments])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for_cards(count: int) -> None:
    deadline = time.monotonic() + _SEEN_SECONDS
    while sum(reader.atr is not None for reader in pcsc.list_readers()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError("pcscd does not see the cards")
        time.sleep(0.02)


def through_pcsc(commands: list[bytes], answer: bytes, rounds: int) -> None:
    """The card in slot 0, the echo responder in slot 1 of one private pcscd."""
    directory = Path(tempfile.mkdtemp(prefix="uim"))
    os.environ[private_pcscd.SOCKET_VARIABLE] = str(directory / "s")
    try:
        with ExitStack() as stack:
            first, second = stack.enter_context(private_pcscd.run(directory)).ports
            stack.enter_context(responder("_card.py", str(first)))
            stack.enter_context(responder("echo_responder.py", str(second), answer.hex()))
            wait_for_cards(2)
            card = stack.enter_context(pcsc.open_reader("0"))
            echo = stack.enter_context(pcsc.open_reader("1"))
            compare("through vpcd and pcscd", card, echo, commands, _PCSC_LOOPS, rounds)
    finally:
        shutil.rmtree(directory)


def main() -> None:
    parser = argparse.ArgumentParser(description="APDUs per second against a yardstick")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-pcsc", action="store_true", help="in process only")
    options = parser.parse_args()
    card = make_card()
    commands = loop_of(card)
    record = card.transmit(commands[-1])
    if record[-2:] != b"\x90\x00":
        sys.exit(f"READ RECORD must succeed in this bench, but the card answers {record.hex()}")
    compare("in process", card, BareDispatch(record), commands, _IN_PROCESS_LOOPS, options.rounds)
    if options.no_pcsc:
        return
    try:
        through_pcsc(commands, record, options.rounds)
    except (private_pcscd.NotAvailable, UimkitError) as error:
        print(f"through vpcd and pcscd: not run ({error})")


if __name__ == "__main__":
    main()
