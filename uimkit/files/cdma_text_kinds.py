"""Character encodings and languages of C.R1001, and characters of 7 bits without gaps."""

from __future__ import annotations

from uimkit.coding.bits import BitOrder, BitReader, BitWriter

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
