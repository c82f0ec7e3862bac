"""A private pcscd for this test process, and the insertion of cards into its two slots."""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import private_pcscd
import pytest

from uimkit.transport import Transport, vpcd

_SEEN_SECONDS = 15.0
_POLL_SECONDS = 0.01

# Set before anything in this process can make a PC/SC context: no test ever meets the system's pcscd.
_DIRECTORY = Path(tempfile.mkdtemp(prefix="uim"))
atexit.register(shutil.rmtree, _DIRECTORY, ignore_errors=True)
os.environ[private_pcscd.SOCKET_VARIABLE] = str(_DIRECTORY / "s")


def _missing() -> list[str]:
    tools = {"opensc": "opensc-tool", "pcsc-tools": "scriptor"}
    absent = private_pcscd.missing() + [package for package, tool in tools.items() if shutil.which(tool) is None]
    if importlib.util.find_spec("smartcard") is None:
        absent.append("pyscard (libpcsclite-dev python3-dev gcc)")
    return absent


def _unavailable(reason: str) -> None:
    """Skip, but where PC/SC is a must (continuous integration) fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def pcscd() -> Iterator[private_pcscd.PrivatePcscd]:
    """The private pcscd, two empty slots."""
    with ExitStack() as stack:
        try:
            if absent := _missing():
                raise private_pcscd.NotAvailable(f"not installed: {', '.join(absent)}")
            running = stack.enter_context(private_pcscd.run(_DIRECTORY))
        except private_pcscd.NotAvailable as error:
            _unavailable(str(error))
        else:
            yield running


@dataclass(frozen=True, slots=True)
class InsertedCard:
    """A card that pcscd has seen. ``pull`` takes it out, ``remove`` also waits until pcscd has seen that."""

    index: int
    name: str
    pull: Callable[[], None]
    remove: Callable[[], None]


class ReaderSlots:
    """The two slots of the private reader."""

    def __init__(self, running: private_pcscd.PrivatePcscd) -> None:
        self.pcscd = running

    @contextmanager
    def insert(self, card: Transport, slot: int = 0) -> Iterator[InsertedCard]:
        """Serve ``card`` in the slot; on leaving it is removed, if it was not before."""
        connection = vpcd.connect(port=self.pcscd.ports[slot])
        thread = threading.Thread(target=vpcd.serve_on, args=(connection, card), daemon=True)
        thread.start()

        def pull() -> None:
            if thread.is_alive():
                connection.shutdown(socket.SHUT_RDWR)
                thread.join()

        def remove() -> None:
            pull()
            # A card swapped within one poll of pcscd would be taken for the old one. EMPTY alone is not enough: a reset
            # that failed shows it at once, but only a removal that was noticed is counted.
            _wait(slot, lambda now: not now.present and now.events != inserted.events)

        with connection:
            try:
                inserted = _wait(slot, lambda now: now.present)
                yield InsertedCard(slot, inserted.name, pull, remove)
                remove()
            finally:
                pull()


@dataclass(frozen=True, slots=True)
class _SlotState:
    name: str
    present: bool
    events: int  # insertions and removals so far, modulo 65536


def _state(slot: int) -> _SlotState:
    scard = importlib.import_module("smartcard.scard")
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    try:
        _, names = scard.SCardListReaders(context, [])
        _, [(name, state, _)] = scard.SCardGetStatusChange(context, 0, [(names[slot], scard.SCARD_STATE_UNAWARE)])
    finally:
        scard.SCardReleaseContext(context)
    return _SlotState(name, bool(state & scard.SCARD_STATE_PRESENT), state >> 16)


def _wait(slot: int, wanted: Callable[[_SlotState], bool]) -> _SlotState:
    deadline = time.monotonic() + _SEEN_SECONDS
    while not wanted(now := _state(slot)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {_SEEN_SECONDS:.0f} s pcscd still shows {now}")
        time.sleep(_POLL_SECONDS)
    return now


@pytest.fixture(scope="session")
def reader_slot(pcscd: private_pcscd.PrivatePcscd) -> ReaderSlots:
    return ReaderSlots(pcscd)
