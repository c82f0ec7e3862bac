"""Kinds of texts and digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uimkit.coding.alpha import decode_alpha, fit_alpha
from uimkit.coding.bcd import TELECOM, Nibble, all_digits, encode_digits
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec.base import Kind, check_width, members, octets, padded, text
from uimkit.files.codec.values import bytes_text
from uimkit.files.spec import Value


@dataclass(frozen=True)
class Digits(Kind):
    """Digits two to a byte as text, null for none. Fillers F stand behind the digits, or before them (``right``)."""

    width: int | None = None
    alphabet: str = TELECOM
    first: Nibble = "low"
    align: Literal["left", "right"] = "left"

    @property
    def coding(self) -> str:
        return f"{bytes_text(self.width)} of BCD, first digit in the {self.first} nibble, unused F"

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        digits = all_digits(data, self.alphabet, self.first)
        filler = self.alphabet[15]
        return (digits.rstrip(filler) if self.align == "left" else digits.lstrip(filler)) or None

    def pack(self, value: Value, length: int | None) -> bytes:
        digits = "" if value is None else text(value)
        filler = self.alphabet[15]
        if digits[-1:] == filler if self.align == "left" else digits[:1] == filler:
            raise CodecError(f"{shown(digits)}: {filler} is the filler, not a digit")
        size = self.width if length is None else length
        if size is not None and len(digits) > 2 * size:
            raise CodecError(f"{len(digits)} digits given, there is room for {2 * size}")
        if self.align == "right":
            digits = digits.rjust(2 * size if size is not None else len(digits) + len(digits) % 2, filler)
        return padded(encode_digits(digits, self.alphabet, self.first), size)


@dataclass(frozen=True)
class Plmn(Kind):
    """A network as 04.08 codes it: ``46000`` or ``310410``, MCC and an MNC of two or three digits."""

    width: int = 3

    @property
    def coding(self) -> str:
        return "3 bytes, MCC and MNC"

    def unpack(self, data: bytes) -> Value:
        check_width(data, 3)
        if data == b"\xff\xff\xff":
            return None
        digits = all_digits(data, "0123456789ABCDEF")
        return (digits[:3] + digits[4:] + digits[3]).removesuffix("F")

    def pack(self, value: Value, length: int | None) -> bytes:
        if value is None:
            return b"\xff\xff\xff"
        digits = text(value)
        if len(digits) not in (5, 6) or digits[5:] == "F":
            raise CodecError(f"expected MCC and MNC of 5 or 6 digits, found {shown(digits)}")
        digits = digits.ljust(6, "F")
        return encode_digits(digits[:3] + digits[5] + digits[3:5], "0123456789ABCDEF")


@dataclass(frozen=True)
class Text(Kind):
    """A text left justified, filled with ``fill``. Octets that are no text show as ``{"octets": HEX}``.

    ``encoding`` is ``alpha`` (GSM 11.11 Annex B), or the name of a codec of Python: ``ascii``, ``utf-8``.
    """

    width: int | None = None
    encoding: str = "alpha"
    fill: int = 0xFF

    @property
    def coding(self) -> str:
        name = {"alpha": "alpha identifier (GSM default alphabet or UCS-2)"}.get(self.encoding, self.encoding)
        return f"{bytes_text(self.width)} of {name}, unused {self.fill:02X}"

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        try:
            return self._text(data)
        except CodecError:
            return {"octets": data.rstrip(bytes([self.fill])).hex().upper()}

    def _text(self, data: bytes) -> str:
        if self.encoding == "alpha":
            return decode_alpha(data)
        try:
            return data.rstrip(bytes([self.fill])).decode(self.encoding)
        except UnicodeDecodeError:
            raise CodecError(f"not {self.encoding}") from None

    def pack(self, value: Value, length: int | None) -> bytes:
        size = self.width if length is None else length
        if isinstance(value, dict):
            return padded(octets(members(value, ("octets",)).get("octets")), size, self.fill)
        return self._octets(text(value), size)

    def _octets(self, value: str, size: int | None) -> bytes:
        if self.encoding == "alpha":
            return fit_alpha(value, size)
        try:
            return padded(value.encode(self.encoding), size, self.fill)
        except UnicodeEncodeError as error:
            raise CodecError(f"{shown(value[error.start])} is not in {self.encoding}") from None
