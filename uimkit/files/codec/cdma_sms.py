"""Short messages of C.S0015: the transport layer message, its parameters, and the subparameters of the bearer data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from uimkit.coding.bcd import CDMA
from uimkit.coding.bits import BitReader, BitWriter
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import BitField, BitKind, Code, Enum, Field, Flag, Kind, LengthOctets, Number, UInt, spare
from uimkit.files.codec.base import items, members, octets, padded, text, whole
from uimkit.files.codec.encodings import ENCODINGS, LANGUAGES, character_bits, read_packed, write_packed
from uimkit.files.codec.lists import inside
from uimkit.files.codec.packed import Packed, Sequence, When, when
from uimkit.files.codec.values import code_name, code_number, codes_text
from uimkit.files.spec import FieldDoc, Value

PRIORITY = {0: "normal", 1: "interactive", 2: "urgent", 3: "emergency"}
TELESERVICES = {
    4096: "IS-91",
    4097: "WPT",
    4098: "WMT",
    4099: "VMN",
    4100: "WAP",
    4101: "WEMT",
    4102: "SCPT",
    4103: "CATPT",
}
NUMBER_TYPES = {
    0: "unknown",
    1: "international",
    2: "national",
    3: "network-specific",
    4: "subscriber",
    6: "abbreviated",
}
NUMBER_PLANS = {0: "unknown", 1: "ISDN", 3: "data", 4: "telex", 9: "private"}


class Parameters(Kind):
    """Identifier, length in octets, contents: a list of ``{NAME: VALUE}`` in order.

    An unknown identifier is ``{"parameter XX": HEX}``, contents of another form are ``{NAME: {"octets": HEX}}``.
    """

    def __init__(self, known: Mapping[int, Field]) -> None:
        self._known = known
        self._numbers = {field.name: number for number, field in known.items()}

    @property
    def coding(self) -> str:
        return "list of identifier, length, contents"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        lines: list[FieldDoc] = []
        for number, field in self._known.items():
            coding = f"parameter {number:02X}, {field.kind.coding}"
            lines.append(FieldDoc(field.name, field.description, coding))
            lines += [
                FieldDoc(f"{field.name}.{line.name}", line.description, line.coding) for line in field.kind.fields
            ]
        return tuple(lines)

    def unpack(self, data: bytes) -> Value:
        found: list[Value] = []
        at = 0
        while at < len(data):
            end = at + 2 + data[at + 1] if at + 1 < len(data) else len(data) + 1
            if end > len(data):
                raise CodecError(f"parameter {data[at]:02X} does not end within the message")
            found.append(self._one(data[at], data[at + 2 : end]))
            at = end
        return found

    def _one(self, number: int, data: bytes) -> Value:
        field = self._known.get(number)
        if field is None:
            return {f"parameter {number:02X}": data.hex().upper()}
        return {field.name: of_kind(field.kind, data)}

    def pack(self, value: Value, length: int | None) -> bytes:
        return padded(b"".join(map(self._packed, items(value))), length)

    def _packed(self, item: Value) -> bytes:
        if not isinstance(item, dict) or len(item) != 1:
            raise CodecError(f"expected an object with one of {', '.join(self._numbers)}, found {shown(item)}")
        ((name, value),) = item.items()
        with inside(name):
            number = self._number(name)
            data = octets(value) if number not in self._known else from_kind(self._known[number].kind, value)
            if len(data) > 0xFF:
                raise CodecError(f"needs {len(data)} octets, a parameter has at most 255")
        return bytes([number, len(data)]) + data

    def _number(self, name: str) -> int:
        if name in self._numbers:
            return self._numbers[name]
        number = octets(name.removeprefix("parameter ")) if name.startswith("parameter ") else b""
        if len(number) != 1 or number[0] in self._known:
            raise CodecError(f"unknown parameter, expected {', '.join(self._numbers)} or 'parameter XX'")
        return number[0]


def of_kind(kind: Kind, data: bytes) -> Value:
    """The value of the octets; ``{"octets": HEX}`` when the kind would not give the same octets again."""
    try:
        found = kind.unpack(data)
        if kind.pack(found, None) == data:
            return found
    except CodecError:
        pass
    return {"octets": data.hex().upper()}


def from_kind(kind: Kind, value: Value) -> bytes:
    """The counterpart of of_kind."""
    if isinstance(value, dict) and value.keys() == {"octets"}:
        return octets(value["octets"])
    return kind.pack(value, None)


class CdmaDigits(BitKind):
    """A count in eight bits, then so many digits of four bits; 0 is coded 10."""

    coding = "8 bits of count, then 4 bits a digit, 0 is 10"

    def read(self, reader: BitReader) -> Value:
        return "".join(CDMA[reader.take(4)] for _ in range(reader.take(8)))

    def write(self, value: Value, writer: BitWriter) -> None:
        digits = text(value)
        writer.put(len(digits), 8)
        for digit in digits:
            if digit not in CDMA:
                raise CodecError(f"{shown(digit)} is no digit, allowed are {CDMA}")
            writer.put(CDMA.index(digit), 4)


class Bcd(Kind):
    """A number of two decimal digits."""

    width = 1
    coding = "1 byte, BCD"

    def unpack(self, data: bytes) -> Value:
        if len(data) != 1 or not data.hex().isdecimal():
            raise CodecError("expected two decimal digits")
        return int(data.hex())

    def pack(self, value: Value, length: int | None) -> bytes:
        number = whole(value)
        if not 0 <= number <= 99:
            raise CodecError(f"{shown(number)} is not 0 to 99")
        return bytes.fromhex(f"{number:02d}")


class Moment(Kind):
    """A date and time, as ``2026-11-23 09:30:00``; the years 96 to 99 are those of 1900."""

    width = 6
    coding = "6 bytes of BCD: year, month, day, hours, minutes, seconds"
    _form = "%Y-%m-%d %H:%M:%S"

    def unpack(self, data: bytes) -> Value:
        digits = data.hex()
        if len(data) != 6 or not digits.isdecimal():
            raise CodecError("expected 12 decimal digits")
        try:
            found = datetime.strptime(("19" if digits[:2] >= "96" else "20") + digits, "%Y%m%d%H%M%S")
        except ValueError:
            raise CodecError(f"{digits} is no date and time") from None
        return found.strftime(self._form)

    def pack(self, value: Value, length: int | None) -> bytes:
        try:
            moment = datetime.strptime(text(value), self._form)
        except ValueError:
            raise CodecError(f"expected a time as 2026-11-23 09:30:00, found {shown(value)}") from None
        if not 1996 <= moment.year <= 2095:
            raise CodecError(f"the year {moment.year} is not 1996 to 2095")
        return bytes.fromhex(moment.strftime("%y%m%d%H%M%S"))


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


PERIODS = {
    **{v: _minutes((v + 1) * 5) for v in range(144)},
    **{v: _minutes(720 + (v - 143) * 30) for v in range(144, 168)},
    **{v: f"{v - 166} days" for v in range(168, 197)},
    **{v: f"{v - 192} weeks" for v in range(197, 245)},
    245: "indefinite",
    246: "immediate",
    247: "until inactive",
    248: "until the area changes",
}
"""The relative time periods of C.S0015 4.5.6."""


class Period(Code):
    """A relative time period: ``5 min`` to ``24 h``, ``2 days`` to ``30 days``, ``5 weeks`` to ``52 weeks``."""

    coding = "1 byte: 5 min to 24 h, 2 days to 30 days, 5 weeks to 52 weeks, indefinite, immediate, and others"

    def __init__(self) -> None:
        super().__init__(PERIODS)


class UserData(Kind):
    """Encoding, number of characters, characters: as ``text``, or as ``payload`` (hex) where they are none."""

    keys = ("encoding", "message_type", "text", "num_fields", "payload")
    _names: ClassVar[dict[int, str]] = {**ENCODINGS, 10: "GSM DCS"}
    _typed = (1, 10)

    @property
    def coding(self) -> str:
        return "bit fields"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("encoding", "character encoding (C.R1001)", f"5 bits: {codes_text(self._names)}"),
            FieldDoc("message_type", "only with IS-91 and GSM DCS", "8 bits"),
            FieldDoc("text", "the characters, of which the count is in 8 bits", "7, 8 or 16 bits each"),
            FieldDoc("num_fields", "with payload: the number of characters", "8 bits"),
            FieldDoc("payload", "in place of text: the bits of the characters, header included", "bytes"),
        )

    def unpack(self, data: bytes) -> Value:
        reader = BitReader(data)
        encoding = reader.take(5)
        found: dict[str, Value] = {"encoding": code_name(self._names, encoding)}
        if encoding in self._typed:
            found["message_type"] = reader.take(8)
        count = reader.take(8)
        payload = self._payload(reader)
        try:
            return {**found, "text": read_packed(encoding, payload[: self._size(encoding, count)], count)}
        except CodecError:
            return {**found, "num_fields": count, "payload": self._unpadded(payload, encoding, count).hex().upper()}

    def _unpadded(self, payload: bytes, encoding: int, count: int) -> bytes:
        """The octets of the characters, when the encoding tells their number and nothing but zero bits follows."""
        size = self._known_size(encoding, count)
        return payload if size is None or any(payload[size:]) else payload[:size]

    def _known_size(self, encoding: int, count: int) -> int | None:
        """The octets of so many characters, None where the encoding does not tell."""
        try:
            return self._size(encoding, count)
        except CodecError:
            return None

    def _payload(self, reader: BitReader) -> bytes:
        """The bits from the first character on, filled with zero bits to whole octets."""
        bits = reader.left
        size = (bits + 7) // 8
        return (reader.take(bits) << 8 * size - bits).to_bytes(size, "big")

    def _size(self, encoding: int, count: int) -> int:
        return (character_bits(encoding) * count + 7) // 8

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        with inside("encoding"):
            encoding = code_number(self._names, given.get("encoding"))
        writer = BitWriter()
        writer.put(encoding, 5)
        if encoding in self._typed:
            with inside("message_type"):
                writer.put(whole(given.get("message_type")), 8)
        if "payload" in given:
            self._put_payload(given, encoding, writer)
        else:
            self._put_text(given, encoding, writer)
        return writer.getvalue()

    def _put_payload(self, given: dict[str, Value], encoding: int, writer: BitWriter) -> None:
        members(given, tuple(key for key in self.keys if key != "text"))
        with inside("num_fields"):
            count = whole(given.get("num_fields"))
            writer.put(count, 8)
        with inside("payload"):
            payload = octets(given["payload"])
        unused = 5 if payload and not payload[-1] & 0x1F else 0
        if len(payload) == self._known_size(encoding, count):
            unused = min(unused, 8 * len(payload) - character_bits(encoding) * count)
        writer.put(int.from_bytes(payload, "big") >> unused, 8 * len(payload) - unused)

    def _put_text(self, given: dict[str, Value], encoding: int, writer: BitWriter) -> None:
        members(given, ("encoding", "message_type", "text"))
        with inside("text"):
            count, data = write_packed(encoding, text(given.get("text")))
            writer.put(count, 8)
        unused = 0 if encoding == GSM else 8 * len(data) - character_bits(encoding) * count
        writer.put(int.from_bytes(data, "big") >> unused, 8 * len(data) - unused)


GSM = 9
"""The encoding that packs its characters from b1 of whole octets on."""


def _number(*more: BitField) -> tuple[BitField | When, ...]:
    """Digits of four bits, or characters of eight with type and plan; ``more`` stands behind the mode."""
    plan = BitField("number_plan", Enum(4, NUMBER_PLANS), "numbering plan, with 8-bit characters only")
    return (
        BitField("digit_mode", Enum(1, {0: "4-bit", 1: "8-bit"}), "how digits are coded", "4-bit"),
        *more,
        when("digit_mode", "8-bit", BitField("number_type", Enum(3, NUMBER_TYPES), "type of number")),
        When(
            lambda found: found["digit_mode"] == "8-bit" and found.get("number_mode", "telephone") == "telephone", plan
        ),
        when("digit_mode", "4-bit", BitField("number", CdmaDigits(), "number")),
        when("digit_mode", "8-bit", BitField("characters", LengthOctets(8, as_text=True), "number or address as text")),
    )


def _bits(*parts: BitField | When) -> Packed:
    return Packed(Sequence(*parts))


def _code(bits: int, name: str, names: Mapping[int, str], description: str) -> Packed:
    """A code in the first bits of an octet."""
    return _bits(BitField(name, Enum(bits, names), description), spare(8 - bits))


NETWORKS = {0: "telephone", 1: "data network"}
ADDRESS = _bits(
    *_number(BitField("number_mode", Enum(1, NETWORKS), "telephone number, or address of a data network", "telephone"))
)
SUBADDRESS = _bits(
    BitField("type", Enum(3, {0: "NSAP", 1: "user-specified"}), "type of subaddress"),
    BitField("odd", Flag(), "the number of digits is odd"),
    BitField("characters", LengthOctets(8), "subaddress"),
)
REPLY_SEQUENCE = BitField("reply_seq", UInt(6), "sequence number of the acknowledgement")
REPLY_OPTION = _bits(REPLY_SEQUENCE, spare(2))
ERROR_CLASSES = {0: "none", 2: "temporary", 3: "permanent"}
CAUSE = _bits(
    REPLY_SEQUENCE,
    BitField("error_class", Enum(2, ERROR_CLASSES), "class of the error"),
    When(lambda found: found["error_class"] != "none", BitField("cause_code", UInt(8), "cause (C.S0015 3.4.3.6)")),
)
MESSAGE_TYPES = {
    1: "deliver",
    2: "submit",
    3: "cancellation",
    4: "delivery acknowledgement",
    5: "user acknowledgement",
    6: "read acknowledgement",
    7: "deliver report",
    8: "submit report",
}
BEARER_DATA = Parameters(
    {
        0x00: Field(
            "message_identifier",
            _bits(
                BitField("type", Enum(4, MESSAGE_TYPES), "message type"),
                BitField("id", UInt(16), "message identifier"),
                BitField("header", Flag(), "the user data begin with a header", False),
                spare(3),
            ),
            "type and number of the message",
        ),
        0x01: Field("user_data", UserData(), "the text"),
        0x02: Field("user_response", Number(), "response code"),
        0x03: Field("time_stamp", Moment(), "time at the message centre"),
        0x04: Field("validity_absolute", Moment(), "end of the validity"),
        0x05: Field("validity_relative", Period(), "validity"),
        0x06: Field("deferred_absolute", Moment(), "time of delivery"),
        0x07: Field("deferred_relative", Period(), "delay of the delivery"),
        0x08: Field("priority", _code(2, "priority", PRIORITY, "priority"), "priority"),
        0x09: Field(
            "privacy",
            _code(2, "privacy", {0: "not restricted", 1: "restricted", 2: "confidential", 3: "secret"}, "privacy"),
            "privacy",
        ),
        0x0A: Field(
            "reply_option",
            _bits(
                BitField("user_ack", Flag(), "the user shall acknowledge"),
                BitField("delivery_ack", Flag(), "the phone shall acknowledge"),
                BitField("read_ack", Flag(), "reading shall be acknowledged", False),
                BitField("report", Flag(), "a report is asked for", False),
                spare(4),
            ),
            "acknowledgements asked for",
        ),
        0x0B: Field("number_of_messages", Bcd(), "messages waiting at the message centre"),
        0x0C: Field(
            "alert",
            _code(2, "priority", {0: "default", 1: "low", 2: "medium", 3: "high"}, "priority"),
            "alert on delivery",
        ),
        0x0D: Field("language", Code(LANGUAGES), "language"),
        0x0E: Field("call_back_number", _bits(*_number()), "number to call back"),
        0x0F: Field(
            "display_mode",
            _code(2, "mode", {0: "immediate", 1: "default", 2: "user invoked"}, "mode"),
            "when to show the message",
        ),
        0x11: Field("deposit_index", Number(2), "message deposit index"),
        0x14: Field(
            "message_status",
            _bits(
                BitField("error_class", Enum(2, ERROR_CLASSES), "class of the error"),
                BitField("code", UInt(6), "status code (C.S0015 4.5.21)"),
            ),
            "status of a message sent before",
        ),
        0x15: Field("tp_failure_cause", Number(), "cause of the failure (23.040)"),
    }
)


class Wide(Kind):
    """Two bytes with named values, high byte first; a value without a name is its number."""

    width = 2

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names

    @property
    def coding(self) -> str:
        return f"2 bytes, big-endian: {codes_text(self._names)}"

    def unpack(self, data: bytes) -> Value:
        return code_name(self._names, whole(Number(2).unpack(data)))

    def pack(self, value: Value, length: int | None) -> bytes:
        return Number(2).pack(code_number(self._names, value), 2)


TELESERVICE = Wide(TELESERVICES)
PARAMETERS = {
    0x00: Field("teleservice", TELESERVICE, "teleservice identifier"),
    0x01: Field("service_category", Number(2), "service category of a broadcast message"),
    0x02: Field("originating_address", ADDRESS, "sender"),
    0x03: Field("originating_subaddress", SUBADDRESS, "subaddress of the sender"),
    0x04: Field("destination_address", ADDRESS, "receiver"),
    0x05: Field("destination_subaddress", SUBADDRESS, "subaddress of the receiver"),
    0x06: Field("bearer_reply_option", REPLY_OPTION, "an acknowledgement on the transport layer is asked for"),
    0x07: Field("cause_codes", CAUSE, "result of an acknowledgement"),
    0x08: Field("bearer_data", BEARER_DATA, "subparameters of the teleservice layer"),
}
