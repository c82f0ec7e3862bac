"""The terminal's end of the wire: SELECT by path, READ and UPDATE, with T=0's GET RESPONSE done."""

from __future__ import annotations

from collections.abc import Callable

from uimkit.apdu import INS, SW, Response, command, describe_sw
from uimkit.card.header import Header, parse_header
from uimkit.errors import UimkitError
from uimkit.simulator.commands.table import command_name
from uimkit.transport import Transport

ABSOLUTE = 0x04
_CHUNK = 255

Observer = Callable[[bytes, bytes], None]
"""Is shown every command and its raw answer."""


class CardRefused(UimkitError):
    """The card answered a command with an error; ``sw`` is the status word, ``command`` what was sent.

    The text never shows command data, which may be a secret.
    """

    def __init__(self, sent: bytes, sw: int, doing: str) -> None:
        super().__init__(f"{doing}: the card answered {sw:04X} ({describe_sw(sw)}) to {command_name(sent)}")
        self.command = sent
        self.sw = sw


class Terminal:
    """Plays a phone on any transport. Nothing is sent that was not asked for, but GET RESPONSE after 9F XX."""

    def __init__(self, transport: Transport, observer: Observer | None = None) -> None:
        self._transport = transport
        self._observer = observer

    def reset(self) -> bytes:
        """Reset the card; returns its ATR."""
        return self._transport.reset()

    def transmit(self, apdu: bytes) -> Response:
        """Send an APDU as it stands. Raises UimkitError when the answer has no status word."""
        raw = self._transport.transmit(apdu)
        if self._observer:
            self._observer(apdu, raw)
        try:
            return Response.parse(raw)
        except ValueError:
            raise UimkitError(f"the card answered {command_name(apdu)} without a status word") from None

    def send(self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", *, length: int | None = None) -> Response:
        """One command of class A0, without GET RESPONSE."""
        return self.transmit(command(ins, p1, p2, data, length=length))

    def fetch(self, response: Response) -> Response:
        """After 9F XX (or 61 XX of some cards) the response data by GET RESPONSE; any other answer is handed back."""
        if response.sw >> 8 not in (0x9F, 0x61):
            return response
        return self.send(INS.GET_RESPONSE, length=response.sw & 0xFF or 256)

    def try_select(self, path: str) -> Response:
        """SELECT each element of ``path`` ("3F00/7F10/6F3A"), stop at the first refusal.

        Returns the GET RESPONSE answer of the last element, or the refusal.
        """
        response = Response(b"", SW.OK)
        for fid in path.split("/"):
            response = self.send(INS.SELECT, data=bytes.fromhex(fid))
            if not response.ok and response.sw >> 8 != 0x61:
                return response
        return self.fetch(response)

    def select(self, path: str) -> Header:
        """SELECT a path and read the header. Raises CardRefused."""
        response = self.try_select(path)
        if not response.ok:
            raise CardRefused(command(INS.SELECT), response.sw, f"select {path}")
        try:
            return parse_header(response.data)
        except ValueError as error:
            raise UimkitError(f"select {path}: {error}") from None

    def exists(self, path: str) -> bool:
        """Whether a SELECT of the path succeeds."""
        return self.try_select(path).ok

    def read_binary(self, size: int) -> bytes:
        """The whole body of the current transparent EF. Raises CardRefused."""
        body = b""
        while len(body) < size:
            response = self.read_binary_part(len(body), min(_CHUNK, size - len(body)))
            if not response.ok:
                raise CardRefused(command(INS.READ_BINARY), response.sw, f"read {size} bytes")
            if not response.data:
                raise UimkitError(f"the card answered READ BINARY with no data at offset {len(body)}")
            body += response.data
        return body

    def read_binary_part(self, offset: int, length: int) -> Response:
        """READ BINARY of up to 256 bytes."""
        return self.send(INS.READ_BINARY, offset >> 8, offset & 0xFF, length=length)

    def update_binary(self, data: bytes, offset: int = 0) -> None:
        """Write into the current transparent EF, in pieces of at most 255 bytes. Raises CardRefused."""
        for start in range(0, len(data), _CHUNK):
            at = offset + start
            response = self.send(INS.UPDATE_BINARY, at >> 8, at & 0xFF, data[start : start + _CHUNK])
            if not response.ok:
                raise CardRefused(command(INS.UPDATE_BINARY), response.sw, f"write at offset {at}")

    def read_record(self, number: int, length: int) -> Response:
        """READ RECORD, absolute mode."""
        return self.send(INS.READ_RECORD, number, ABSOLUTE, length=length)

    def update_record(self, number: int, data: bytes) -> Response:
        """UPDATE RECORD, absolute mode."""
        return self.send(INS.UPDATE_RECORD, number, ABSOLUTE, data)

    def read_file(self, path: str) -> tuple[Header, list[bytes] | bytes]:
        """SELECT and read an EF: its body, or its records in order. Raises CardRefused."""
        header = self.select(path)
        if not header.record_length:
            return header, self.read_binary(header.size)
        records = []
        for number in range(1, header.records + 1):
            response = self.read_record(number, header.record_length)
            if not response.ok:
                raise CardRefused(command(INS.READ_RECORD, number), response.sw, f"read record {number} of {path}")
            records.append(response.data)
        return header, records

    def present(self, p2: int, value: bytes) -> Response:
        """VERIFY CHV or an administrative code; ``value`` is eight bytes."""
        return self.send(INS.VERIFY_CHV, 0, p2, value)
