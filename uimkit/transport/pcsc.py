"""A real or virtual card in a PC/SC reader, by the low-level calls of pyscard.

The one module that needs pyscard, and only when a function is called. T=0 only and raw: what the card answers is what
`PcscCard.transmit` returns, 9F XX included; nobody sends a GET RESPONSE behind the caller's back.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, cast

from uimkit.errors import InputError, SurroundingsError

_SCOPE_USER = 0
_SHARE_EXCLUSIVE = 1
_PROTOCOL_T0 = 1
_RESET_CARD = 1  # warm: the RST line
_UNPOWER_CARD = 2  # cold: power off and on
_STATE_UNAWARE = 0
_STATE_PRESENT = 0x20
_NO_READERS = 0x8010002E

_REMOVED = "the card was removed: insert it again and start over"
_NO_PCSCD = "pcscd is not running: systemctl start pcscd (or apt-get install pcscd)"
_DENIED = "pcscd refuses this user (polkit): run as root, or allow org.debian.pcsc-lite.access_pcsc and .access_card"
_MUTE = "the card does not answer: it was removed, or put in the wrong way round"
_REASONS = {
    0x80100009: "the reader is gone: plug it in again",
    0x8010000B: "another program uses the card: end it (often scdaemon or a browser) and try again",
    0x8010000C: "there is no card in the reader: insert one",
    0x8010000F: "the card does not offer the protocol T=0",
    0x80100013: _MUTE,
    0x80100016: _MUTE,
    0x80100017: "the reader is gone: plug it in again",
    0x8010001D: _NO_PCSCD,
    0x8010001E: _NO_PCSCD,
    0x80100027: _DENIED,
    _NO_READERS: "no reader is connected",
    0x80100066: _MUTE,
    0x80100067: "the card has no power: take it out and insert it again",
    0x80100068: "another program reset the card: start over",
    0x80100069: _REMOVED,
    0x8010006A: _DENIED,
}

_Context = int
_Handle = int


class _Scard(Protocol):
    """The calls of `smartcard.scard` used here. The first value returned is always the PC/SC return code."""

    def SCardEstablishContext(self, scope: int, /) -> tuple[int, _Context]: ...
    def SCardReleaseContext(self, context: _Context, /) -> int: ...
    def SCardListReaders(self, context: _Context, groups: list[str], /) -> tuple[int, list[str]]: ...
    def SCardGetStatusChange(
        self, context: _Context, timeout: int, states: list[tuple[str, int]], /
    ) -> tuple[int, list[tuple[str, int, list[int]]]]: ...
    def SCardConnect(
        self, context: _Context, reader: str, share: int, protocols: int, /
    ) -> tuple[int, _Handle, int]: ...
    def SCardReconnect(self, card: _Handle, share: int, protocols: int, initialization: int, /) -> tuple[int, int]: ...
    def SCardDisconnect(self, card: _Handle, disposition: int, /) -> int: ...
    def SCardStatus(self, card: _Handle, /) -> tuple[int, str, int, int, list[int]]: ...
    def SCardTransmit(self, card: _Handle, protocol: int, command: list[int], /) -> tuple[int, list[int]]: ...


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """A reader slot as PC/SC lists it; ``atr`` is None when it holds no card."""

    index: int
    name: str
    atr: bytes | None

    def __str__(self) -> str:
        return f"{self.index}: {self.name} ({self.atr.hex().upper() if self.atr is not None else 'no card'})"


class PcscCard:
    """An open card. Nobody else can use it until `close`, which resets it so that no verified CHV is left behind.

    Made by `open_reader`; a context manager.
    """

    def __init__(self, scard: _Scard, context: _Context, handle: _Handle, name: str) -> None:
        self._scard = scard
        self._context = context
        self._handle = handle
        self._open = True
        self.name = name

    def transmit(self, command: bytes) -> bytes:
        """Send one T=0 TPDU (header, data), return data and status word as the card gave them.

        Raises SurroundingsError when the card or the reader is gone, or the card is closed.
        """
        self._require_open()
        code, answer = self._scard.SCardTransmit(self._handle, _PROTOCOL_T0, list(command))
        _check(code, self.name)
        return bytes(answer)

    def reset(self, *, cold: bool = True) -> bytes:
        """Power the card off and on (or, not ``cold``, pull its RST line) and return the ATR.

        Raises SurroundingsError as `transmit` does.
        """
        self._require_open()
        how = _UNPOWER_CARD if cold else _RESET_CARD
        code, _ = self._scard.SCardReconnect(self._handle, _SHARE_EXCLUSIVE, _PROTOCOL_T0, how)
        _check(code, self.name)
        # the ATR comes from the status call: vpcd knows no SCardGetAttrib
        code, _, _, _, atr = self._scard.SCardStatus(self._handle)
        _check(code, self.name)
        return bytes(atr)

    def close(self) -> None:
        """Give the card and the reader back. May be called twice; never fails."""
        if self._open:
            self._open = False
            self._scard.SCardDisconnect(self._handle, _RESET_CARD)
            self._scard.SCardReleaseContext(self._context)

    def _require_open(self) -> None:
        if not self._open:
            raise SurroundingsError(f"{self.name}: the card is closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def list_readers() -> list[ReaderInfo]:
    """The readers in the order of their index, empty when there are none.

    Raises SurroundingsError when pyscard is missing, pcscd does not run or refuses this user.
    """
    scard = _load()
    with _context(scard) as context:
        return _readers(scard, context)


def open_reader(selector: str | None = None) -> PcscCard:
    """Connect to a card: the only one there is (None), that of reader number N ("N"), or by a part of a reader's name.

    A part of a name is compared without regard to case; a full name goes first. Raises InputError when several readers
    match, SurroundingsError when none does, it holds no card, or PC/SC refuses.
    """
    scard = _load()
    context = _establish(scard)
    try:
        reader = choose(_readers(scard, context), selector)
        code, handle, _ = scard.SCardConnect(context, reader.name, _SHARE_EXCLUSIVE, _PROTOCOL_T0)
        _check(code, reader.name)
    except BaseException:
        scard.SCardReleaseContext(context)
        raise
    return PcscCard(scard, context, handle, reader.name)


def choose(readers: list[ReaderInfo], selector: str | None) -> ReaderInfo:
    """The reader `open_reader` opens; raises its errors."""
    if not readers:
        raise SurroundingsError("no reader is connected: plug one in, or start a virtual one (uimkit simulate)")
    if selector is None:
        found = [reader for reader in readers if reader.atr is not None]
        missing = "no card in any reader"
    else:
        found = _matching(readers, selector)
        missing = f"no reader {selector!r}"
    if not found:
        raise SurroundingsError(f"{missing}; there are {_listing(readers)}")
    if len(found) > 1:
        wanted = "several readers hold a card" if selector is None else f"several readers match {selector!r}"
        raise InputError(f"{wanted}, choose one by its number: {_listing(found)}", "pcsc")
    if found[0].atr is None:
        raise SurroundingsError(f"{found[0].name}: there is no card in the reader: insert one")
    return found[0]


def _matching(readers: list[ReaderInfo], selector: str) -> list[ReaderInfo]:
    if selector.isascii() and selector.isdecimal():
        return [reader for reader in readers if reader.index == int(selector)]
    wanted = selector.casefold()
    exact = [reader for reader in readers if reader.name.casefold() == wanted]
    return exact or [reader for reader in readers if wanted in reader.name.casefold()]


def _listing(readers: list[ReaderInfo]) -> str:
    return "; ".join(str(reader) for reader in readers)


def _readers(scard: _Scard, context: _Context) -> list[ReaderInfo]:
    code, names = scard.SCardListReaders(context, [])
    if code & 0xFFFFFFFF == _NO_READERS or (code == 0 and not names):
        return []
    _check(code, "PC/SC")
    code, states = scard.SCardGetStatusChange(context, 0, [(name, _STATE_UNAWARE) for name in names])
    _check(code, "PC/SC")
    return [
        ReaderInfo(index, name, bytes(atr) if state & _STATE_PRESENT else None)
        for index, (name, state, atr) in enumerate(states)
    ]


@contextmanager
def _context(scard: _Scard) -> Iterator[_Context]:
    context = _establish(scard)
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _establish(scard: _Scard) -> _Context:
    code, context = scard.SCardEstablishContext(_SCOPE_USER)
    _check(code, "PC/SC")
    return context


def _load() -> _Scard:
    try:
        return cast(_Scard, importlib.import_module("smartcard.scard"))
    except ImportError as error:
        raise SurroundingsError(
            f"PC/SC readers need pyscard ({error}): "
            "apt-get install libpcsclite-dev python3-dev gcc, then pip install 'uimkit[pcsc]'"
        ) from error


def _check(code: int, where: str) -> None:
    if code:
        number = code & 0xFFFFFFFF
        reason = _REASONS.get(number, f"PC/SC error {number:08X}")
        raise SurroundingsError(f"{where}: {reason}")
