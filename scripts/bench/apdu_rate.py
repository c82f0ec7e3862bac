"""APDUs per second, each against a yardstick in the same run: in process, and through vpcd and pcscd.

Through vpcd and pcscd the yardstick is an echo of constant bytes (echo_responder.py). Against it stand a bare loop
around a card (bare_loop.py), a card in memory behind uimkit.transport.vpcd, and ``uimkit simulate``, with the option
--store and in its default. Beside the rate stands how long the serving process was on a processor for each APDU.

Rounds go through the cards and their yardstick in turns, so that what else the machine does meets all alike; the ratio
printed is the median of the rounds' ratios. On one processor (``taskset -c 0``) the figures are steadier.

``apdu_rate.py [--rounds N] [--no-pcsc]``
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

import _serving
import private_pcscd
from _card import loop_of, make_card
from bare_dispatch import BareDispatch

from uimkit.transport import Transport

_IN_PROCESS_LOOPS = 20_000
_SERVING_ROUNDS = 3  # and that with each start of the servers, for one round in process: they are short


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


def main() -> None:
    parser = argparse.ArgumentParser(description="APDUs per second against a yardstick")
    parser.add_argument("--rounds", type=int, default=9, help="in process; through vpcd they are more and shorter")
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
        _serving.compare(commands, record, options.rounds * _SERVING_ROUNDS)
    except private_pcscd.NotAvailable as error:
        print(f"vpcd: not run ({error})")


if __name__ == "__main__":
    main()
