"""What storing costs: a card in memory against one in an image, both in one run. ``power_off_rate.py [--rounds N]``

A round is one session of 80,000 commands, one in 21 writing a record, and its power-off. Rounds alternate; the
ratio printed is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from _card import loop_of, make_card

from uimkit.store.file_card import FileCard, Store, save_card
from uimkit.transport import Transport

_COMMANDS = 80_000
_LOOPS_PER_WRITE = 5
_STORES: tuple[Store, ...] = ("power-off", "each-command")


def session(loop: list[bytes], count: int) -> list[bytes]:
    """At least ``count`` commands: the loop, and UPDATE RECORD of what it reads, now of one content and now another."""
    length = loop[-1][4]
    write = [bytes((0xA0, 0xDC, 1, 4, length)) + bytes((fill,)) * length for fill in (0x30, 0x31)]
    both = [*loop * _LOOPS_PER_WRITE, write[0], *loop * _LOOPS_PER_WRITE, write[1]]
    return both * (count // len(both) + 1)


def seconds(card: Transport, commands: list[bytes]) -> float:
    transmit = card.transmit
    start = time.perf_counter()
    for command in commands:
        transmit(command)
    card.reset()
    return time.perf_counter() - start


def compare(store: Store, commands: list[bytes], rounds: int) -> None:
    """Measure the card in memory and the one in an image in turns."""
    card = make_card()
    with tempfile.TemporaryDirectory(prefix="uimkit") as folder:
        image = Path(folder) / "card.uim"
        save_card(image, card.product, card.memory)
        with FileCard(image, store=store) as stored:
            for warm in (card, stored):
                seconds(warm, commands[: len(commands) // 10])
            pairs = [(seconds(card, commands), seconds(stored, commands)) for _ in range(rounds)]
    bare, kept = (len(commands) / median(times) for times in zip(*pairs, strict=True))
    ratio = median(a / b for a, b in pairs)
    print(f"--store {store}: {kept:,.0f}/s, in memory {bare:,.0f}/s, ratio {ratio:.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="commands per second with storing, against a card in memory")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    card = make_card()
    commands = session(loop_of(card), _COMMANDS)
    if any(card.transmit(command)[-2] not in (0x90, 0x9F) for command in commands[:200]):
        sys.exit("every command must succeed in this bench")
    for store, share in zip(_STORES, (1, 20), strict=True):
        compare(store, commands[: _COMMANDS // share], options.rounds)


if __name__ == "__main__":
    main()
