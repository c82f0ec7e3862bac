"""Texts of GSM 11.11: the 7-bit default alphabet and the alpha fields of 10.5.1 and Annex B.

An alpha field holds one octet a character of the default alphabet (an extension character takes two), or, behind
80, 81 or 82, UCS-2. The field is filled with FF; an FF inside a UCS-2 character is no filler.
"""

from __future__ import annotations

from uimkit.coding.errors import CodecError, shown

DEFAULT_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""3GPP 23.038 clause 6.2.1; 1B is the escape to the extension."""

EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
ESCAPE = 0x1B

_CODES = {character: bytes([code]) for code, character in enumerate(DEFAULT_ALPHABET) if code != ESCAPE}
_CODES |= {character: bytes([ESCAPE, code]) for code, character in EXTENSION.items()}


def is_gsm(text: str) -> bool:
    """Whether every character is in the default alphabet or its extension."""
    return all(character in _CODES for character in text)


def encode_gsm(text: str) -> bytes:
    """One octet a character, two for an extension character; raises CodecError for any other."""
    try:
        return b"".join(_CODES[character] for character in text)
    except KeyError as error:
        raise CodecError(f"{shown(error.args[0])} is not in the GSM default alphabet") from None


def decode_gsm(data: bytes) -> str:
    """The text of unpacked octets; raises CodecError for an octet above 7F or an escape without a meaning."""
    result = []
    octets = iter(data)
    for octet in octets:
        if octet == ESCAPE:
            character = EXTENSION.get(next(octets, -1))
        else:
            character = DEFAULT_ALPHABET[octet] if octet < 0x80 else None
        if character is None:
            raise CodecError(f"octet {octet:02X} has no meaning in the GSM default alphabet")
        result.append(character)
    return "".join(result)


def encode_alpha(text: str) -> bytes:
    """The octets of a text without filler: the default alphabet if it suffices, else UCS-2 behind 80.

    Raises CodecError for characters beyond UCS-2 and for a text that would read as something else.
    """
    if is_gsm(text):
        return encode_gsm(text)
    for position, character in enumerate(text, 1):
        if ord(character) > 0xFFFF or 0xD800 <= ord(character) <= 0xDFFF:
            raise CodecError(f"{shown(character)} at position {position} is not in UCS-2, a card can not hold it")
    if text.endswith("\uffff"):
        raise CodecError("a text can not end with U+FFFF, which is filler")
    return b"\x80" + text.encode("utf-16-be")


def fit_alpha(text: str, length: int | None) -> bytes:
    """The alpha field of exactly ``length`` octets (None: as many as needed).

    Raises CodecError naming the octets when the text is too long.
    """
    data = encode_alpha(text)
    if length is None:
        return data
    if len(data) > length:
        raise CodecError(f"{shown_text(text)} takes {len(data)} octets, the field has {length}")
    return data + b"\xff" * (length - len(data))


def shown_text(text: str) -> str:
    """A text in quotes, shortened for an error message."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def decode_alpha(field: bytes) -> str:
    """The text of an alpha field; raises CodecError when the octets have no meaning."""
    if not field or field[0] < 0x80 or field[0] == 0xFF:
        return decode_gsm(field.rstrip(b"\xff"))
    if field[0] == 0x80:
        return _decode_ucs2(field[1:])
    if field[0] in (0x81, 0x82):
        return _decode_based(field)
    raise CodecError(f"octet {field[0]:02X} begins no alpha field (00 to 7F, 80, 81, 82)")


def _decode_ucs2(data: bytes) -> str:
    pairs = [data[at : at + 2] for at in range(0, len(data) - 1, 2)]
    while pairs and pairs[-1] == b"\xff\xff":
        pairs.pop()
    try:
        return b"".join(pairs).decode("utf-16-be")
    except UnicodeDecodeError:
        raise CodecError("surrogates are not in UCS-2") from None


def _decode_based(field: bytes) -> str:
    """81 and 82: the count is that of the octets behind the header, an escape pair counts two."""
    header = 3 if field[0] == 0x81 else 4
    if len(field) < header or len(field) < header + field[1]:
        raise CodecError(f"the field ends before the {field[1] if len(field) > 1 else 0} octets it announces")
    base = field[2] << 7 if header == 3 else int.from_bytes(field[2:4], "big")
    result = []
    octets = iter(field[header : header + field[1]])
    for octet in octets:
        if octet >= 0x80:
            result.append(_based(base + (octet & 0x7F)))
        else:
            result.append(decode_gsm(bytes([octet, next(octets, 0)]) if octet == ESCAPE else bytes([octet])))
    return "".join(result)


def _based(code: int) -> str:
    if code > 0xFFFF or 0xD800 <= code <= 0xDFFF:
        raise CodecError(f"code {code:X} is not in UCS-2")
    return chr(code)
