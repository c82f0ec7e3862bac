"""The name of the service provider in EF_SPN (C.S0023 3.4.31)."""

from __future__ import annotations

from uimkit.coding.bits import BitOrder
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import BitField, Bits, Code, Enum, Field, Flag, Kind, Struct
from uimkit.files.codec.base import check_width, members, padded
from uimkit.files.codec.encodings import (
    ENCODINGS,
    LANGUAGES,
    SEPTETS,
    pack_septets,
    read_text,
    unpack_septets,
    write_text,
)
from uimkit.files.spec import FieldDoc, Value

OCTET, ASCII, UCS2 = 0, 2, 4


class ProviderName(Kind):
    """The 35 bytes of EF_SPN: display condition, encoding, language and 32 bytes of text, unused FF.

    7-bit text is packed as in a short message. A card that holds it one character an octet shows
    ``"packed": false``. Octets that are no text show as ``{"octets": HEX}``.
    """

    width = 35
    _TEXT_WIDTH = 32
    _HEAD = Struct(
        Bits(1, BitField("display", Flag(), "the name must be displayed when registered at home")),
        Bits(1, BitField("encoding", Enum(5, ENCODINGS), "character encoding of the name")),
        Field("language", Code(LANGUAGES), "language indicator"),
    )
    keys = (*_HEAD.keys, "name", "packed")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            *self._HEAD.fields,
            FieldDoc("name", "name of the service provider", "32 bytes in that encoding, unused FF"),
            FieldDoc("packed", "false when 7-bit characters stand one in an octet", "only then there"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        found = members(self._HEAD.unpack(data[:3]), self._HEAD.keys)
        name = data[3:]
        encoding = data[1] & 0x1F
        if encoding in SEPTETS and _is_plain(name, SEPTETS[encoding]):
            return {**found, "name": name.rstrip(b"\xff").decode("ascii"), "packed": False}
        return {**found, "name": _decode(name, encoding)}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        if "name" not in given:
            raise CodecError("is missing", "name")
        head = self._HEAD.pack({key: given[key] for key in self._HEAD.keys if key in given}, 3)
        packed = given.get("packed", True)
        if not isinstance(packed, bool):
            raise CodecError(f"expected true or false, found {shown(packed)}", "packed")
        encoding = head[1] & 0x1F
        try:
            name = _encode(given["name"], encoding, packed=packed)
            return head + padded(name, self._TEXT_WIDTH)
        except CodecError as error:
            raise error.within("name") from None


def _is_plain(data: bytes, order: BitOrder) -> bool:
    """Whether the octets rather are characters one by one than packed: they look more like words that way."""
    name = data.rstrip(b"\xff")
    return _likeness(name) > _likeness(unpack_septets(name, order))


def _likeness(characters: bytes) -> float:
    """The share of letters, digits and spaces; negative when one is not printable ASCII or there are none."""
    if not characters or not all(0x20 <= code < 0x7F for code in characters):
        return -1.0
    return sum(chr(code).isalnum() or code == 0x20 for code in characters) / len(characters)


def _decode(data: bytes, encoding: int) -> Value:
    name = _unfilled(data, encoding)
    if encoding not in SEPTETS:
        return read_text(ASCII if encoding == OCTET else encoding, name)
    found = read_text(encoding, unpack_septets(name, SEPTETS[encoding]))
    return {"octets": name.hex().upper()} if isinstance(found, dict) else found


def _unfilled(data: bytes, encoding: int) -> bytes:
    """The octets without their FF filler, which in UCS-2 fills whole characters."""
    if encoding != UCS2:
        return data.rstrip(b"\xff")
    end = len(data)
    while data[max(end - 2, 0) : end] == b"\xff\xff":
        end -= 2
    return data[:end]


def _encode(value: Value, encoding: int, *, packed: bool) -> bytes:
    data = write_text(ASCII if encoding == OCTET else encoding, value)
    if encoding in SEPTETS and packed and not isinstance(value, dict):
        return pack_septets(data, SEPTETS[encoding])
    return data
