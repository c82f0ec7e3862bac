"""What a process costs that serves a card to vpcd: the rate its client sees, and its own time on a processor.

What else the machine does changes both within seconds, two slots of one reader can differ, and so can two starts of one
program. So every server sits in slot 0 of a pcscd of its own, short rounds go through all of them in random order, each
ratio is one of the same round, and all are started afresh a few times.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import sample
from statistics import median

import private_pcscd
from _card import make_card

from uimkit.store.file_card import save_card

_HERE = Path(__file__).parent
_STARTS = 5
_LOOPS = 50
_ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one round: APDUs per second, and microseconds of processor time the server used for each."""

    rate: float
    processor: float


class Client:
    """The client of a server's reader: a process of its own, because libpcsclite knows one pcscd in a process."""

    def __init__(self, process: subprocess.Popen[str], commands: int) -> None:
        self._process = process
        self._commands = commands

    def round(self) -> Cost:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(_LOOPS, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            sys.exit("a client of this bench has ended")
        seconds, nanoseconds = line.split()
        apdus = _LOOPS * self._commands
        return Cost(apdus / float(seconds), float(nanoseconds) / apdus / 1000)


def servers(port: int, image: Path, answer: bytes) -> dict[str, list[str]]:
    """The command lines of all that is compared."""
    uimkit = str(Path(sys.executable).with_name("uimkit"))
    simulate = [uimkit, "simulate", str(image), "--vpcd", f"127.0.0.1:{port}"]
    return {
        _ECHO: [sys.executable, str(_HERE / "echo_responder.py"), str(port), answer.hex()],
        "bare loop around a card": [sys.executable, str(_HERE / "bare_loop.py"), str(port)],
        "card in memory": [sys.executable, str(_HERE / "_card.py"), str(port)],
        "simulate --store power-off": [*simulate, "--store", "power-off"],
        "simulate": simulate,
    }


@contextmanager
def serving(name: str, commands: list[bytes], answer: bytes) -> Iterator[Client]:
    """The server of that name in slot 0 of a new pcscd, and its client. Raises private_pcscd.NotAvailable."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="uim")))
        image, card = directory / "card.uim", make_card()
        save_card(image, card.product, card.memory)
        pcscd = stack.enter_context(private_pcscd.run(directory))
        command_line = servers(pcscd.ports[0], image, answer)[name]
        server = subprocess.Popen(command_line, stderr=subprocess.DEVNULL)  # simulate says where the card is
        stack.callback(_end, server)
        apdus = [apdu.hex() for apdu in (*commands, answer)]
        client = subprocess.Popen(
            [sys.executable, str(_HERE / "_client.py"), str(server.pid), *apdus],
            env=pcscd.client_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_end, client)
        yield Client(client, len(commands))


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait()


def compare(commands: list[bytes], answer: bytes, rounds: int) -> None:
    """Measure all servers in turns; print their medians, and the median ratio to the echo of the same round.

    Raises private_pcscd.NotAvailable.
    """
    if find_spec("smartcard") is None:
        raise private_pcscd.NotAvailable("not installed: pyscard")
    costs: list[dict[str, Cost]] = []
    names = list(servers(0, Path(), answer))
    for _ in range(_STARTS):
        with ExitStack() as stack:
            clients = {name: stack.enter_context(serving(name, commands, answer)) for name in names}
            for client in clients.values():
                client.round()  # the first fills the caches
            costs += [{name: clients[name].round() for name in sample(names, len(names))} for _ in range(rounds)]
    for name in names:
        if name != _ECHO:
            _print_ratios(name, [(cost[name], cost[_ECHO]) for cost in costs])


def _print_ratios(name: str, pairs: list[tuple[Cost, Cost]]) -> None:
    cards, echos = zip(*pairs, strict=True)
    rate, echo_rate = median(cost.rate for cost in cards), median(cost.rate for cost in echos)
    used, echo_used = median(cost.processor for cost in cards), median(cost.processor for cost in echos)
    rates = median(card.rate / echo.rate for card, echo in pairs)
    times = median(card.processor / echo.processor for card, echo in pairs)
    print(f"vpcd, {name}: {rate:,.0f}/s, echo {echo_rate:,.0f}/s, ratio {rates:.3f}")
    print(f"vpcd, {name}: {used:.1f} us processor time an APDU, echo {echo_used:.1f} us, ratio {times:.3f}", flush=True)
