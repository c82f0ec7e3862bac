"""A PC/SC client of its own pcscd, driven by _serving.py: what the server of the card in slot 0 costs.

``_client.py PID COMMAND... ANSWER``, in hex: PID serves the card, the last command's answer is checked once. For each
number on a line of stdin it runs that often through the commands and prints seconds and PID's processor nanoseconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from uimkit.transport import pcsc

_SEEN_SECONDS = 15.0


def processor_nanoseconds(pid: str) -> int:
    """The time all threads of a process have spent on a processor: the first field of Linux' schedstat."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def wait_for_card() -> None:
    deadline = time.monotonic() + _SEEN_SECONDS
    while pcsc.list_readers()[0].atr is None:
        if time.monotonic() > deadline:
            sys.exit("pcscd does not see the card")
        time.sleep(0.02)


def main() -> None:
    pid = sys.argv[1]
    *commands, answer = map(bytes.fromhex, sys.argv[2:])
    wait_for_card()
    with pcsc.open_reader("0") as card:
        answers = [card.transmit(command) for command in commands]
        if answers[-1] != answer:
            sys.exit(f"the last command must be answered {answer.hex()} in this bench, not {answers[-1].hex()}")
        for line in sys.stdin:
            used, start = processor_nanoseconds(pid), time.perf_counter()
            for _ in range(int(line)):
                for command in commands:
                    card.transmit(command)
            print(time.perf_counter() - start, processor_nanoseconds(pid) - used, flush=True)


if __name__ == "__main__":
    main()
