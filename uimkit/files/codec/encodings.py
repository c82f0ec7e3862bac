"""Texts in the character encodings of C.R1001 table 9.1-1, which messages, tags and names give by number."""

from __future__ import annotations

from uimkit.coding.alpha import decode_gsm, encode_gsm
from uimkit.coding.bits import BitOrder, BitReader, BitWriter
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec.base import members, octets, text
from uimkit.files.spec import Value

ENCODINGS = {
    0: "octet",
    1: "IS-91",
    2: "7-bit ASCII",
    3: "IA5",
    4: "UCS-2",
    5: "Shift-JIS",
    6: "Korean",
    7: "Latin/Hebrew",
    8: "Latin",
    9: "GSM 7-bit",
}
LANGUAGES = {
    0: "unknown",
    1: "English",
    2: "French",
    3: "Spanish",
    4: "Japanese",
    5: "Korean",
    6: "Chinese",
    7: "Hebrew",
}
"""C.R1001, as terminals use it."""
SEPTETS = {2: BitOrder.BIG, 3: BitOrder.BIG, 9: BitOrder.LITTLE}
"""The encodings of 7 bits a character, and from which bit of an octet they are packed."""
_CODECS = {2: "ascii", 3: "ascii", 4: "utf-16-be", 5: "shift_jis", 6: "euc_kr", 7: "iso8859_8", 8: "latin-1"}
_CHARACTER_BITS = {0: 8, 2: 7, 3: 7, 4: 16, 5: 8, 6: 8, 7: 8, 8: 8, 9: 7}


def character_bits(encoding: int) -> int:
    """Bits of one of the fields a message counts; raises CodecError where the encoding does not tell."""
    if encoding not in _CHARACTER_BITS:
        raise CodecError(f"no text in encoding {ENCODINGS.get(encoding, encoding)}: give the payload")
    return _CHARACTER_BITS[encoding]


def read_text(encoding: int, data: bytes) -> Value:
    """The text of unpacked octets; ``{"octets": HEX}`` when they are no text of this encoding."""
    try:
        found = decode_gsm(data) if encoding == 9 else data.decode(_CODECS[encoding])
        if write_text(encoding, found) == data:
            return found
    except (CodecError, KeyError, UnicodeDecodeError):
        pass
    return {"octets": data.hex().upper()}


def write_text(encoding: int, value: Value) -> bytes:
    """The counterpart of read_text; raises CodecError."""
    if isinstance(value, dict):
        return octets(members(value, ("octets",)).get("octets"))
    if encoding == 9:
        return encode_gsm(text(value))
    if encoding not in _CODECS:
        raise CodecError(f"no text in encoding {ENCODINGS.get(encoding, encoding)}: give the octets")
    try:
        return text(value).encode(_CODECS[encoding])
    except UnicodeEncodeError as error:
        raise CodecError(f"{shown(text(value)[error.start])} is not in {ENCODINGS[encoding]}") from None


def read_packed(encoding: int, data: bytes, count: int) -> str:
    """The text of ``count`` characters as a message packs them; raises CodecError when they are no printable text."""
    if encoding in SEPTETS:
        data = unpack_septets(data, SEPTETS[encoding]).ljust(count, b"\0")[:count]
    found = text(read_text(encoding, data))
    if not all(character.isprintable() or character in "\r\n" for character in found):
        raise CodecError("no printable text")
    return found


def write_packed(encoding: int, value: str) -> tuple[int, bytes]:
    """The number of characters as a message counts them, and their octets; raises CodecError."""
    bits = character_bits(encoding)
    data = write_text(encoding, value)
    if encoding in SEPTETS:
        return len(data), pack_septets(data, SEPTETS[encoding])
    return len(data) * 8 // bits, data


def pack_septets(septets: bytes, order: BitOrder) -> bytes:
    """Characters of 7 bits without gaps: from b8 of the first octet (big) or from its b1 (little, 3GPP 23.038)."""
    writer = BitWriter(order)
    for septet in septets:
        writer.put(septet, 7)
    return writer.getvalue()


def unpack_septets(data: bytes, order: BitOrder) -> bytes:
    """The characters of 7 bits; a NUL that is only the padding of the last octet is left out."""
    reader = BitReader(data, order)
    septets = bytes(reader.take(7) for _ in range(len(data) * 8 // 7))
    return septets[:-1] if septets[-1:] == b"\0" and len(septets) % 8 == 0 else septets
