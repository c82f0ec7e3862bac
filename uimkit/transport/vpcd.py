"""The card's side of the vsmartcard vpcd protocol: a card object appears in a virtual PC/SC reader.

vpcd (a reader driver inside pcscd) listens on TCP; the card connects. Both sides send frames: a two-byte
big-endian length and a payload. A one-byte payload from the reader is a control (see `Control`), a longer one is
a command APDU, answered by one frame. The protocol has no published standard: this is what vsmartcard 3.3 does.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from enum import IntEnum

from uimkit.apdu import INS
from uimkit.errors import SurroundingsError
from uimkit.transport import Transport

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 35963  # vpcd's first slot (8C7B); the second slot listens on the port after it
_HEADER = 5
_CONNECT_TIMEOUT = 5.0  # seconds
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux only

# Instructions whose P3 is never a number of bytes sent to the card: nothing behind the header can be an Le.
# FETCH (12), CONFIRM_KEYS (5C) and Commit (CC) have no name in uimkit.apdu.
_WITHOUT_DATA = frozenset(
    {INS.READ_BINARY, INS.READ_RECORD, INS.GET_RESPONSE, INS.STATUS, INS.SLEEP, INS.INVALIDATE, INS.REHABILITATE}
    | {0x12, 0x5C, 0xCC}
)


class Control(IntEnum):
    """The one-byte frames of the reader. The first three end the card session; none but `ATR` is answered."""

    POWER_OFF = 0x00
    POWER_ON = 0x01
    RESET = 0x02
    ATR = 0x04


class ProtocolError(SurroundingsError):
    """The peer does not speak the vpcd protocol, or closed in the middle of a frame."""


def frame(payload: bytes) -> bytes:
    """A payload of at most 65,535 bytes behind its two-byte length; raises ValueError when it is longer."""
    if len(payload) > 0xFFFF:
        raise ValueError(f"a vpcd frame carries at most 65535 bytes, not {len(payload)}")
    return len(payload).to_bytes(2, "big") + payload


def as_t0(command: bytes) -> bytes:
    """The T=0 TPDU (GSM 11.11 clause 9.1) a client meant who sent an ISO 7816-4 APDU instead.

    A bare four-byte header gets P3 = 00, and the Le behind the P3 data bytes of a command that carries data goes.
    Everything else stays as it came, so that the card answers 67 XX to a length that is truly wrong.
    """
    if len(command) == _HEADER - 1:
        return command + b"\x00"
    if len(command) > _HEADER and command[4] and len(command) == _HEADER + command[4] + 1:
        return command if command[1] in _WITHOUT_DATA else command[:-1]
    return command


class VpcdProtocol:
    """Bytes from the reader in, frames for the reader out; no sockets.

    ``lenient`` passes commands through `as_t0`. The ATR is the one of the last reset, because the reader asks for it
    several times a second to see whether the card is still there.
    """

    def __init__(self, card: Transport, *, lenient: bool = True) -> None:
        self._card = card
        self._lenient = lenient
        self._buffer = b""
        self._atr = card.reset()

    @property
    def mid_frame(self) -> bool:
        """True while a frame has begun and not ended: a stream must not close now."""
        return bool(self._buffer)

    def receive(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream, carry out every frame complete by now, return the frames to send.

        Raises ProtocolError on an empty frame or an unknown control, and what the card raises.
        """
        # few steps: between two commands other processes run, and code that left the caches takes several times as long
        buffer = self._buffer = self._buffer + data
        replies = []
        while len(buffer) >= 2 and len(buffer) >= (end := 2 + (buffer[0] << 8 | buffer[1])):
            payload = buffer[2:end]
            buffer = self._buffer = buffer[end:]
            if len(payload) > 1:
                replies.append(frame(self._card.transmit(as_t0(payload) if self._lenient else payload)))
            elif self._obey(payload):
                replies.append(frame(self._atr))
        return replies

    def _obey(self, control: bytes) -> bool:
        """Carry a control out; True when it is to be answered, by the ATR."""
        match control[0] if control else None:
            case Control.ATR:
                return True
            case Control.POWER_OFF | Control.POWER_ON | Control.RESET:
                self._atr = self._card.reset()
                return False
            case None:
                raise ProtocolError("the peer sent an empty frame, which vpcd never does: is this port vpcd's?")
            case unknown:
                raise ProtocolError(f"the peer sent the unknown vpcd control {unknown:02X}: expected 00, 01, 02 or 04")


def connect(host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> socket.socket:
    """Insert a card: a connection to a vpcd slot. Raises SurroundingsError when nobody listens there."""
    try:
        connection = socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT)
    except (OSError, OverflowError) as error:
        raise SurroundingsError(
            f"no virtual reader at {host}:{port} ({error}): is pcscd running with vpcd? "
            "(apt-get install pcscd vsmartcard-vpcd; systemctl start pcscd)"
        ) from error
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def serve_on(connection: socket.socket, card: Transport, *, lenient: bool = True) -> None:
    """Be the card on an open connection until the reader closes it (pcscd ended, or `shutdown` from another thread).

    Raises ProtocolError when the stream is not vpcd's. Does not close the connection.
    """
    protocol = VpcdProtocol(card, lenient=lenient)
    _acknowledge_at_once(connection)
    while data := _receive(connection):
        if replies := protocol.receive(data):
            _send(connection, b"".join(replies))
    if protocol.mid_frame:
        raise ProtocolError("the reader closed the connection in the middle of a frame")


def serve(
    card: Transport,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    lenient: bool = True,
    on_connect: Callable[[], None] | None = None,
) -> None:
    """Insert the card into the slot at ``host:port`` and serve it until the reader closes.

    ``on_connect`` is called once the connection stands. Raises SurroundingsError when there is no reader,
    ProtocolError on a stream that is not vpcd's, and what the card raises.
    """
    with connect(host, port) as connection:
        if on_connect is not None:
            on_connect()
        serve_on(connection, card, lenient=lenient)


def _acknowledge_at_once(connection: socket.socket) -> None:
    # vpcd 3.3 writes length and payload separately without TCP_NODELAY: Nagle's algorithm holds the second write back
    # until our delayed ACK, 44 ms later. The kernel goes back to delaying when we send, hence before the first receive
    # and after each send; before every receive would be one more system call for each command.
    if _QUICKACK is not None:
        connection.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""  # pcscd was stopped: the same as an orderly close


def _send(connection: socket.socket, replies: bytes) -> None:
    try:
        connection.sendall(replies)
    except ConnectionError:
        return  # a reader that went away meanwhile is met again, and taken as closed, by the next receive
    _acknowledge_at_once(connection)
