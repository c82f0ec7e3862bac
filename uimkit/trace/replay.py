"""Plays a phone's sequence on a card, as that phone would: headers are obeyed, absent files are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from uimkit.apdu import INS, SW, Response, command
from uimkit.card.header import Header, parse_header
from uimkit.errors import InputError, UimkitError
from uimkit.files import catalogue
from uimkit.files.spec import Value
from uimkit.trace.model import Outcome, Step, Trace
from uimkit.transport import Transport
from uimkit.transport.terminal import Terminal

EF_ADN = "3F00/7F10/6F3A"
RAND = bytes(range(0x10, 0x20))
CONTACT: Value = {"name": "Li Ming", "number": "13800138000"}
"""The contact a phone copies where a sequence writes one."""
_CHUNK = 255
_DF_HEADER = 22
_FEW = 2
_SRES_AND_KC = 12

NETWORK = frozenset({"auth_requested", "authenticated", "location_updated"})
"""What the network does in a replay unless told otherwise: authentication and a location update."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer, with the step it belongs to (``step`` counts from 1) and the file it worked on."""

    step: int
    note: str
    path: str
    command: bytes
    response: Response


@dataclass
class Replay:
    """What came of a sequence. ``side`` is None when the card can not say it (a real card)."""

    trace: Trace
    exchanges: list[Exchange] = field(default_factory=list)
    skipped: int = 0
    failure: str | None = None
    side: str | None = None
    book: str = "not read"

    @property
    def as_expected(self) -> bool:
        """Ran to its end, and with the outcome the sequence states."""
        expected = self.trace.outcome
        if self.failure or expected is None:
            return self.failure is None
        return self.book == expected.book and self.side in (None, expected.side_at_end)


def replay(
    trace: Trace,
    transport: Transport,
    *,
    chv1: bytes | None = None,
    last_tries: bool = False,
    network: frozenset[str] = NETWORK,
    observer: Callable[[Exchange], None] | None = None,
) -> Replay:
    """Play ``trace`` from a fresh reset to its end, or to the first answer at which the phone gives up.

    ``chv1`` (8 bytes) fills ``$PIN``, and is presented when the card answers 98 04, as phones do; with fewer than two
    tries left only under ``last_tries``. Raises SurroundingsError when the card goes away.
    """
    return _Player(trace, transport, chv1, last_tries, network, observer).run()


class _Player:
    def __init__(
        self,
        trace: Trace,
        transport: Transport,
        chv1: bytes | None,
        last_tries: bool,
        network: frozenset[str],
        observer: Callable[[Exchange], None] | None,
    ) -> None:
        self.result = Replay(trace)
        self.transport = transport
        self.terminal = Terminal(transport)
        self.chv1, self.last_tries, self.network, self.observer = chv1, last_tries, network, observer
        self.presented = False
        self.number = 0
        self.path = "3F00"
        self.header: Header | None = None
        self.absent = False
        self.book: dict[int, bytes] = {}
        self.kc = b"\xff" * 8
        codec = catalogue.find(EF_ADN).codec
        assert codec is not None
        self.contact_codec = codec

    def run(self) -> Replay:
        self.terminal.reset()
        for step in self.result.trace.steps:
            self.number += 1
            failure = self._step(step)
            if failure:
                self.result.failure = f"step {self.number} ({step.note or step.select or step.ins}): {failure}"
                break
        side = getattr(self.transport, "side", None)
        self.result.side = None if side is None else str(side)
        self.result.book = self._book()
        return self.result

    def _book(self) -> str:
        if not self.book:
            return "not read"
        if self.result.side == "cdma" or any(not _blank(record) for record in self.book.values()):
            return "open"
        return "blank"

    def _step(self, step: Step) -> str | None:
        if step.phase or step.variant:
            return None
        if step.reset:
            self.terminal.reset()
            self.path, self.header, self.absent, self.presented = "3F00", None, False, False
            return None
        if step.condition and not self._holds(step.condition):
            self.result.skipped += 1
            return None
        if step.select:
            return self._select(step, step.select)
        if self.absent:
            self.result.skipped += 1
            return None
        return self._commands(step)

    def _holds(self, condition: str) -> bool:
        if condition == "ext_present":
            return any(not _blank(record) and record[-1] != 0xFF for record in self.book.values())
        return condition in self.network

    def _select(self, step: Step, path: str) -> str | None:
        self.path, self.header, self.absent = path, None, False
        response = Response(b"", SW.OK)
        for fid in path.split("/"):
            response = self._send(step, bytes((0xA0, INS.SELECT, 0, 0, 2)) + bytes.fromhex(fid))
            if not response.ok:
                self.absent = step.optional and response.sw == SW.NOT_FOUND
                return None if self.absent else f"SELECT {fid} of {path} answered {response.sw:04X}"
        if not step.get_response:
            return None
        response = self._send(step, bytes((0xA0, INS.GET_RESPONSE, 0, 0, response.sw & 0xFF)))
        try:
            self.header = parse_header(response.data)
        except ValueError as error:
            return str(error)
        expected = int(path[-4:], 16)
        if self.header.file_id != expected and path[-4:] != "7F21":
            return f"the answer names file {self.header.file_id:04X}, expected {expected:04X}"
        return None

    def _commands(self, step: Step) -> str | None:
        for apdu in self._filled(step):
            response = self._send(step, apdu)
            if response.sw == SW.ACCESS_DENIED and self._present(step):
                response = self._send(step, apdu)
            if not response.ok:
                return None if step.optional else f"answered {response.sw:04X}"
            if response.sw >> 8 == 0x9F:
                response = self._send(step, bytes((0xA0, INS.GET_RESPONSE, 0, 0, response.sw & 0xFF)))
            self._note(apdu, response)
        return None

    def _present(self, step: Step) -> bool:
        """Present CHV1 once a card session, where the card asks for it and has tries to spare."""
        if self.chv1 is None or self.presented:
            return False
        self.presented = True
        header = parse_header(self._send(step, command(INS.STATUS, length=_DF_HEADER)).data)
        left = header.chv_tries[0]
        if not header.chv1_enabled or left is None or (left < _FEW and not self.last_tries):
            return False
        return self._send(step, command(INS.VERIFY_CHV, 0, 1, self.chv1)).ok

    def _note(self, sent: bytes, response: Response) -> None:
        if sent[1] == INS.READ_RECORD and self.path == EF_ADN:
            self.book[sent[2]] = response.data
        if sent[1] == INS.RUN_GSM_ALGORITHM and len(response.data) == _SRES_AND_KC:
            self.kc = response.data[4:12]

    def _send(self, step: Step, apdu: bytes) -> Response:
        response = self.terminal.transmit(apdu)
        exchange = Exchange(self.number, step.note, self.path, apdu, response)
        self.result.exchanges.append(exchange)
        if self.observer:
            self.observer(exchange)
        return response

    def _filled(self, step: Step) -> Iterator[bytes]:
        """The step's commands with their placeholders filled: one, one for each record, or one for each piece."""
        head = bytes.fromhex(step.cla + (step.ins or ""))
        if step.p3 == "$FILE_SIZE":
            size = self._known_header().size
            for offset in range(0, size, _CHUNK):
                yield head + offset.to_bytes(2, "big") + bytes((min(_CHUNK, size - offset),))
            return
        for number in self._repeats(step):
            p1 = self._byte(step.p1, number)
            length = self._byte(step.p3, number)
            yield head + bytes((p1, self._byte(step.p2, number), length)) + self._data(step, length)

    def _repeats(self, step: Step) -> range:
        if step.repeat is None:
            return range(1, 2)
        if isinstance(step.repeat, int):
            return range(1, step.repeat + 1)
        return range(1, self._known_header().records + 1)

    def _byte(self, text: str, number: int) -> int:
        if not text.startswith("$"):
            return int(text, 16)
        if text == "$REC_LEN":
            return self._known_header().record_length
        if text == "$N":
            return number
        if text == "$FREE":
            return self._free_record()
        if text == "$EXT":
            return self._extension()
        raise InputError(f"step {self.number}: unknown placeholder {text}", self.result.trace.id)

    def _extension(self) -> int:
        """The extension record that the first such contact names."""
        for record in self.book.values():
            if not _blank(record) and record[-1] != 0xFF:
                return record[-1]
        raise InputError(f"step {self.number} reads $EXT, but no record that was read names one", self.result.trace.id)

    def _free_record(self) -> int:
        """The first record the phone believes free, by what it has read."""
        return next((number for number, record in sorted(self.book.items()) if _blank(record)), 1)

    def _data(self, step: Step, length: int) -> bytes:
        if step.data is None:
            return b""
        if step.data == "$PIN":
            if self.chv1 is None:
                raise InputError(f"step {self.number} presents CHV1; give --chv1", self.result.trace.id)
            return self.chv1
        if step.data == "$ADN":
            return self.contact_codec.encode(CONTACT, length)
        if step.data == "$FF":
            return b"\xff" * length
        if step.data == "$CFG":
            return self._configured(length)
        if step.data.startswith("$"):
            raise InputError(f"step {self.number}: unknown placeholder {step.data}", self.result.trace.id)
        return bytes.fromhex(step.data)

    def _configured(self, length: int) -> bytes:
        """What the network gave the phone: RAND, the key it led to, a TMSI with its location area."""
        given = {
            "3F00/7F20/6F20": self.kc + b"\0",
            "3F00/7F20/6F7E": bytes.fromhex("1122334400F1100001FF00"),
        }.get(self.path, RAND)
        return given[:length].ljust(length, b"\xff")

    def _known_header(self) -> Header:
        if self.header is None:
            raise UimkitError(f"step {self.number} needs the header of a selected file, and none was read")
        return self.header


def _blank(record: bytes) -> bool:
    return record.count(0xFF) == len(record)


def expected_line(outcome: Outcome) -> str:
    """The outcome in words."""
    return f"side {outcome.side_at_end}, phone book {outcome.book}"
