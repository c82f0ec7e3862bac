"""Records of EF_SMS, EF_SMSP and EF_BCSMStable (C.S0023-C 3.4.27, 3.4.28, 3.4.59)."""

from __future__ import annotations

from uimkit.coding.errors import CodecError
from uimkit.files.codec import BitField, Bits, Code, Enum, Field, Flag, Kind, Number, Struct, spare
from uimkit.files.codec.base import members, octets, padded
from uimkit.files.codec.cdma_sms import PARAMETERS, Parameters, Period, from_kind, of_kind
from uimkit.files.codec.encodings import ENCODINGS, LANGUAGES, read_text, write_text
from uimkit.files.codec.lists import inside
from uimkit.files.codec.values import code_number, codes_text
from uimkit.files.spec import FieldDoc, Value

Values = dict[str, Value]
STATUS = {0: "free", 1: "received, read", 3: "received, to be read", 5: "sent", 7: "to be sent"}


class MessageRecord(Kind):
    """Status, length, transport layer message, FF. A free record may still hold the message it had.

    ``octets`` is a message of another form; with ``msg_len`` the record has no room for the length it tells.
    """

    _head = Bits(
        1,
        BitField("status", Enum(3, STATUS), "state of the record"),
        spare(2),
        BitField("protected", Flag(), "message protection is on", False),
    )
    _message = Struct(
        Field("msg_type", Code({0: "point-to-point", 1: "broadcast", 2: "acknowledge"}), "message type"),
        Field("parameters", Parameters(PARAMETERS), "parameters of the transport layer message"),
    )
    keys = (*_head.keys, *_message.keys, "octets", "msg_len")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            *self._head.fields,
            *self._message.fields,
            FieldDoc("octets", "a message of another form", "bytes"),
            FieldDoc("msg_len", "length of the message, only when the record has no room for it", "1 byte"),
        )

    def unpack(self, data: bytes) -> Value:
        found = members(self._head.unpack(data[:1]), self._head.keys)
        rest = data[1:]
        if rest.count(0xFF) == len(rest):
            return found
        message = rest[1 : 1 + rest[0]]
        if len(message) < rest[0]:
            return {**found, "msg_len": rest[0], "octets": message.rstrip(b"\xff").hex().upper()}
        fields = of_kind(self._message, message)
        return {**found, **members(fields, (*self._message.keys, "octets"))}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        head = self._head.pack({key: given[key] for key in self._head.keys if key in given}, 1)
        rest: Values = {key: item for key, item in given.items() if key not in self._head.keys}
        if not rest:
            return padded(head, length)
        if "msg_len" in rest:
            members(rest, ("msg_len", "octets"))
            with inside("msg_len"):
                return padded(head + Number().pack(rest["msg_len"], 1) + octets(rest.get("octets", "")), length)
        message = from_kind(self._message, rest)
        if len(message) > 253:
            raise CodecError(f"the message needs {len(message)} octets, a record holds at most 253")
        return padded(head + bytes([len(message)]) + message, length)


class ParameterRecord(Kind):
    """Teleservice, indicators (0 present), then the parameters there are; one that is not is missing in the value."""

    _optional = (
        ("service_category", 0x01, 5),
        ("destination_subaddress", 0x05, 7),
        ("bearer_reply_option", 0x06, 8),
        ("bearer_data", 0x08, 9),
    )
    _destination, _encoding, _validity = 1, 3, 4
    """Bits of the two indicator bytes, from b1 of the first."""
    _encoding_block = Bits(1, BitField("encoding", Enum(5, ENCODINGS), "character encoding (C.R1001)"))
    _period = Period()
    keys = ("teleservice", "destination_address", "encoding", "validity", *(name for name, _, _ in _optional))

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        known = {field.name: field for field in PARAMETERS.values()}
        described = {
            "encoding": FieldDoc("encoding", "character encoding (C.R1001)", f"5 bits: {codes_text(ENCODINGS)}"),
            "validity": FieldDoc("validity", "relative validity period", self._period.coding),
        }
        return tuple(
            described.get(key) or FieldDoc(key, known[key].description, known[key].kind.coding) for key in self.keys
        )

    def unpack(self, data: bytes) -> Value:
        if len(data) < 10:
            raise CodecError(f"expected at least 10 bytes, found {len(data)}")
        absent = int.from_bytes(data[4:6], "little")
        teleservice, _ = self._parameter(data, 0, 0x00)
        found: Values = {"teleservice": teleservice}
        at = 7
        if absent >> self._destination & 1:
            at += 1
        else:
            found["destination_address"], at = self._parameter(data, at, 0x04)
        if at + 2 > len(data):
            raise CodecError("the record ends before the character encoding")
        if not absent >> self._encoding & 1:
            found.update(members(self._encoding_block.unpack(data[at : at + 1]), self._encoding_block.keys))
        if not absent >> self._validity & 1:
            found["validity"] = self._period.unpack(data[at + 1 : at + 2])
        at += 2
        for name, number, bit in self._optional:
            if not absent >> bit & 1:
                found[name], at = self._parameter(data, at, number)
        return found

    def _parameter(self, data: bytes, at: int, number: int) -> tuple[Value, int]:
        """The value of the parameter at ``at``, and where it ends; unused bytes before it are skipped."""
        while at < len(data) and data[at] == 0xFF:
            at += 1
        end = at + 2 + data[at + 1] if at + 1 < len(data) else len(data) + 1
        if end > len(data) or data[at] != number:
            raise CodecError(f"parameter {number:02X} is not there", PARAMETERS[number].name)
        return of_kind(PARAMETERS[number].kind, data[at + 2 : end]), end

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        absent = 0xFFFF
        for name, bit in (
            ("destination_address", self._destination),
            ("encoding", self._encoding),
            ("validity", self._validity),
            *((name, bit) for name, _, bit in self._optional),
        ):
            absent &= 0xFFFF ^ (1 << bit if name in given else 0)
        data = self._packed(given, "teleservice", 0x00) + absent.to_bytes(2, "little") + b"\xff"
        data += self._packed(given, "destination_address", 0x04) if "destination_address" in given else b"\xff"
        data += self._encoding_block.pack({"encoding": given["encoding"]}, 1) if "encoding" in given else b"\xff"
        with inside("validity"):
            data += self._period.pack(given["validity"], 1) if "validity" in given else b"\xff"
        data += b"".join(self._packed(given, name, number) for name, number, _ in self._optional if name in given)
        return padded(data, length)

    def _packed(self, given: Values, name: str, number: int) -> bytes:
        with inside(name):
            if name not in given:
                raise CodecError("is missing")
            data = from_kind(PARAMETERS[number].kind, given[name])
            if len(data) > 0xFF:
                raise CodecError(f"needs {len(data)} octets, a parameter has at most 255")
        return bytes([number, len(data)]) + data


ALERTS = {
    0: "none",
    1: "default",
    2: "vibrate once",
    3: "vibrate",
    4: "visual once",
    5: "visual",
    6: "low-priority once",
    7: "low-priority",
    8: "medium-priority once",
    9: "medium-priority",
    10: "high-priority once",
    11: "high-priority",
}


class BroadcastService(Kind):
    """A service of broadcast messages; a record that is not used has nothing but ``used``: false."""

    _head = Struct(
        Bits(1, BitField("used", Flag(), "the record is in use")),
        Field("service_category", Number(2, "little"), "service category"),
        Field("language", Code(LANGUAGES), "language (C.R1001)"),
        Field("max_messages", Number(), "messages of the service to keep"),
        Bits(1, BitField("alert_option", Enum(4, ALERTS), "alert")),
        Bits(1, BitField("label_encoding", Enum(5, ENCODINGS), "character encoding of the label (C.R1001)")),
    )
    keys = (*_head.keys, "label")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            *self._head.fields,
            FieldDoc("label", "name of the service", "characters in whole octets of the encoding, unused FF"),
        )

    def unpack(self, data: bytes) -> Value:
        if not data or (data[0] == 0 and data.count(0xFF) == len(data) - 1):
            return {"used": False}
        found = members(self._head.unpack(data[:7]), self._head.keys)
        encoding = code_number(ENCODINGS, found["label_encoding"])
        return {**found, "label": read_text(encoding, self._label(data[7:], encoding))}

    def _label(self, data: bytes, encoding: int) -> bytes:
        """The octets of the label: whole characters of UCS-2, when there are any."""
        label = data.rstrip(b"\xff")
        return data[: len(label) + len(label) % 2] if encoding == UCS2 else label

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        if given == {"used": False}:
            return padded(b"\x00", length)
        head = self._head.pack({key: given[key] for key in self._head.keys if key in given}, 7)
        with inside("label"):
            label = write_text(code_number(ENCODINGS, given.get("label_encoding")), given.get("label"))
        return padded(head + label, length)


UCS2 = 4
