"""Kinds of the short message files of DF_TELECOM (GSM 11.11 10.5.3, 10.5.6)."""

from __future__ import annotations

from uimkit.coding.errors import CodecError
from uimkit.files.codec import Kind
from uimkit.files.codec.base import members, octets, padded, whole
from uimkit.files.spec import FieldDoc, Value

MAX_ADDRESS = 11
"""Octets of a service centre address behind its length octet (24.011)."""

STATUS = {
    0x00: "free",
    0x01: "received, read",
    0x03: "received, to be read",
    0x05: "sent, no status report requested",
    0x07: "to be sent",
    0x0D: "sent, status report not yet received",
    0x15: "sent, status report received, not stored",
    0x1D: "sent, status report received and stored",
}
"""Byte 1 of a record of EF_SMS."""


class ShortMessage(Kind):
    """Service centre address with its length octet, then the TPDU; octets that begin with no address are all TPDU."""

    keys = ("service_centre", "tpdu")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("service_centre", "address of the service centre (24.011), null when there is none", "hex digits"),
            FieldDoc("tpdu", "transfer protocol data unit (23.040)", "hex digits, unused FF"),
        )

    def unpack(self, data: bytes) -> Value:
        size = 1 + data[0] if data and data[0] <= MAX_ADDRESS and data[0] < len(data) else 0
        centre = data[:size].hex().upper() or None
        return {"service_centre": centre, "tpdu": data[size:].rstrip(b"\xff").hex().upper()}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        centre = b"" if given.get("service_centre") is None else octets(given["service_centre"])
        if centre and (centre[0] != len(centre) - 1 or centre[0] > MAX_ADDRESS):
            raise CodecError("the first octet is not the number of those behind it (at most 11)", "service_centre")
        return padded(centre + octets(given.get("tpdu", "")), length)


class SmsParameters(Kind):
    """The 28 octets of EF_SMSP behind the alpha identifier: a parameter that is not present is null."""

    width = 28
    keys = ("destination", "service_centre", "pid", "dcs", "validity")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("destination", "TP destination address (23.040), or null", "12 bytes, unused FF"),
            FieldDoc("service_centre", "service centre address (24.011), or null", "12 bytes, unused FF"),
            FieldDoc("pid", "protocol identifier, or null", "1 byte"),
            FieldDoc("dcs", "data coding scheme, or null", "1 byte"),
            FieldDoc("validity", "validity period in relative form, or null", "1 byte"),
        )

    def unpack(self, data: bytes) -> Value:
        if len(data) != self.width:
            raise CodecError(f"expected 28 bytes, found {len(data)}")
        found: dict[str, Value] = {
            "destination": data[1:13].rstrip(b"\xff").hex().upper(),
            "service_centre": data[13:25].rstrip(b"\xff").hex().upper(),
            "pid": data[25],
            "dcs": data[26],
            "validity": data[27],
        }
        return {key: None if data[0] >> bit & 1 else found[key] for bit, key in enumerate(self.keys)}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        indicators = 0xFF
        parameters = b""
        for bit, key in enumerate(self.keys):
            size = 12 if bit < 2 else 1
            item = given.get(key)
            if item is not None:
                indicators &= ~(1 << bit)
            parameters += _parameter(key, item, size)
        return bytes([indicators]) + parameters


def _parameter(key: str, value: Value, size: int) -> bytes:
    try:
        if value is None:
            return b"\xff" * size
        if size > 1:
            return padded(octets(value), size)
        if not 0 <= whole(value) <= 0xFF:
            raise CodecError("expected a number from 0 to 255")
        return bytes([whole(value)])
    except CodecError as error:
        raise error.within(key) from None
