"""Certificates as trees: the basic encoding of ASN.1 (X.690), with the types certificates are made of."""

from __future__ import annotations

from uimkit.coding.errors import CodecError, shown
from uimkit.coding.tlv import read_tlv, write_tlv
from uimkit.files.codec.base import Kind, items, octets, padded, text, whole
from uimkit.files.codec.lists import inside
from uimkit.files.spec import Value

_BOOLEAN, _INTEGER, _NULL, _IDENTIFIER = 0x01, 0x02, 0x05, 0x06
_TEXTS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x17: "ascii", 0x18: "ascii", 0x1E: "utf-16-be"}
_NAMES = {
    _BOOLEAN: "BOOLEAN",
    _INTEGER: "INTEGER",
    0x03: "BIT STRING",
    0x04: "OCTET STRING",
    _NULL: "NULL",
    _IDENTIFIER: "OBJECT IDENTIFIER",
    0x0C: "UTF8String",
    0x13: "PrintableString",
    0x16: "IA5String",
    0x17: "UTCTime",
    0x18: "GeneralizedTime",
    0x1E: "BMPString",
    0x30: "SEQUENCE",
    0x31: "SET",
}
_NUMBERS = {name: tag for tag, name in _NAMES.items()}
_EXACT = 6
"""Octets of the longest INTEGER that every reader of JSON takes as it is; longer ones, mostly keys, stay hex."""
_LONGEST_IDENTIFIER = 32
_DEEPEST = 32
"""Levels that objects may be nested; nothing real comes near it."""


class Asn1(Kind):
    """Objects in order, each ``{TYPE: VALUE}``; of a type without a name, ``tag XX``, octets or objects.

    A value that is not in the form of its type is ``tag XX`` too.
    """

    @property
    def coding(self) -> str:
        return f"BER of ASN.1 (X.690), unused FF: objects of {', '.join(_NUMBERS)}"

    def unpack(self, data: bytes) -> Value:
        return _objects(data, _DEEPEST, 0xFF)

    def pack(self, value: Value, length: int | None) -> bytes:
        return padded(_octets(value, _DEEPEST), length)


def _objects(data: bytes, levels: int, fill: int = -1) -> Value:
    """The objects; without ``fill`` no octet between them is skipped."""
    if not levels:
        raise CodecError(f"nested more than {_DEEPEST} deep")
    return [_object(tag, content, levels - 1) for tag, content in read_tlv(data, fill)]


def _object(tag: int, content: bytes, levels: int) -> Value:
    if tag <= 0xFF and tag & 0x20:
        return {_NAMES.get(tag, f"tag {tag:02X}"): _objects(content, levels)}
    try:
        value = _read(tag, content)
        if tag in _NAMES and _write(tag, value) == content:
            return {_NAMES[tag]: value}
    except (CodecError, UnicodeDecodeError):
        pass
    return {f"tag {tag:02X}": content.hex().upper()}


def _octets(value: Value, levels: int) -> bytes:
    if not levels:
        raise CodecError(f"nested more than {_DEEPEST} deep")
    return write_tlv(_tagged(item, levels - 1) for item in items(value))


def _tagged(item: Value, levels: int) -> tuple[int, bytes]:
    if not isinstance(item, dict) or len(item) != 1:
        raise CodecError(f"expected an object with one type, found {shown(item)}")
    ((name, value),) = item.items()
    with inside(name):
        tag = _NUMBERS[name] if name in _NUMBERS else _number(name)
        if tag <= 0xFF and tag & 0x20:
            return tag, _octets(value, levels)
        return tag, _write(tag, value) if name in _NUMBERS else octets(value)


def _number(name: str) -> int:
    """The tag of ``tag XX``."""
    try:
        found = read_tlv(octets(name.removeprefix("tag ")) + b"\0", -1)
    except CodecError:
        found = []
    if len(found) != 1 or not name.startswith("tag "):
        raise CodecError(f"unknown type, expected {', '.join(_NUMBERS)} or 'tag XX'")
    return found[0][0]


def _read(tag: int, content: bytes) -> Value:
    """The value of a primitive type."""
    if tag == _BOOLEAN:
        return any(content)
    if tag == _INTEGER and len(content) <= _EXACT:
        return int.from_bytes(content, "big", signed=True)
    if tag == _NULL:
        return None
    if tag == _IDENTIFIER and 1 <= len(content) <= _LONGEST_IDENTIFIER:
        return _dotted(content)
    if tag in _TEXTS:
        return content.decode(_TEXTS[tag])
    return content.hex().upper()


def _write(tag: int, value: Value) -> bytes:
    """The contents of a primitive type, in the shortest form."""
    if tag == _BOOLEAN and isinstance(value, bool):
        return b"\xff" if value else b"\0"
    if tag == _INTEGER:
        number = whole(value)
        return number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True)
    if tag == _NULL and value is None:
        return b""
    if tag == _IDENTIFIER:
        return _identifier(text(value))
    if tag not in _TEXTS:
        return octets(value)
    try:
        return text(value).encode(_TEXTS[tag])
    except UnicodeEncodeError as error:
        raise CodecError(f"{shown(text(value)[error.start])} is not in {_NAMES[tag]}") from None


def _dotted(content: bytes) -> str:
    """``2.5.4.3`` (X.690 8.19): arcs of seven bits an octet, the first two in one number."""
    arcs = [0]
    for octet in content:
        arcs[-1] = arcs[-1] << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(0)
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:-1]))


def _identifier(dotted: str) -> bytes:
    parts = dotted.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise CodecError(f"expected numbers and dots such as 2.5.4.3, found {shown(dotted)}")
    first, second, *arcs = map(int, parts)
    if first > 2 or (first < 2 and second > 39):
        raise CodecError(f"{shown(dotted)}: the first two numbers are at most 1.39, or 2 and any other")
    return b"".join(_arc(arc) for arc in (40 * first + second, *arcs))


def _arc(arc: int) -> bytes:
    """Seven bits an octet, b8 set in all but the last."""
    octet = bytes([arc & 0x7F])
    while arc := arc >> 7:
        octet = bytes([arc & 0x7F | 0x80]) + octet
    return octet
