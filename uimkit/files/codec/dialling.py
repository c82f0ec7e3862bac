"""Records of dialling numbers and of what does not fit into them (GSM 11.11 10.5.1, 10.5.10)."""

from __future__ import annotations

from typing import ClassVar

from uimkit.coding.bcd import all_digits, encode_digits
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import Code, Field, Hex, Kind, RecordNumber, Struct, Text
from uimkit.files.codec.base import check_width, members, octets, padded, text
from uimkit.files.codec.values import code_name
from uimkit.files.spec import FieldDoc, Value

UNKNOWN, INTERNATIONAL, NO_TYPE = 0x81, 0x91, 0xFF
MAX_DIGITS = 20


class DiallingNumber(Kind):
    """12 octets: length, TON/NPI, 20 digits. The number's ``+`` stands for TON/NPI 91, its absence for 81.

    The key ``ton_npi`` is there only when the octet is another one; a blank number is the empty text.
    """

    width = 12
    keys = ("number", "ton_npi")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("number", "number or control string; + first when international", "length and 10 bytes of BCD"),
            FieldDoc("ton_npi", "type of number, only when the number does not tell it", "1 byte, hex digits"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        length, ton_npi = data[0], data[1]
        used = data[2 : 1 + length] if 1 <= length <= 11 else data[2:]
        number = all_digits(used).rstrip("F")
        if ton_npi == INTERNATIONAL:
            number = f"+{number}"
        if ton_npi == implied_type(number):
            return {"number": number}
        return {"number": number, "ton_npi": f"{ton_npi:02X}"}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        if "number" not in given:
            raise CodecError("is missing", "number")
        number = text(given["number"])
        ton_npi = octets(given.get("ton_npi", f"{implied_type(number):02X}"))
        if len(ton_npi) != 1:
            raise CodecError("expected two hex digits", "ton_npi")
        if not number and ton_npi[0] == NO_TYPE:
            return b"\xff" * 12
        return encode_number(number, ton_npi[0])


def implied_type(number: str) -> int:
    """The TON/NPI octet that a number tells by itself: international, unknown, or FF when it is empty."""
    if not number:
        return NO_TYPE
    return INTERNATIONAL if number.startswith("+") else UNKNOWN


def encode_number(number: str, ton_npi: int) -> bytes:
    """The 12 octets of a number; raises CodecError for more than 20 digits or a character without a code."""
    digits = number.removeprefix("+")
    if digits != number and ton_npi != INTERNATIONAL:
        raise CodecError(f"+ stands for TON/NPI 91, not {ton_npi:02X}", "number")
    if len(digits) > MAX_DIGITS:
        raise CodecError(f"{len(digits)} digits given, a record holds {MAX_DIGITS}; more need an extension", "number")
    if digits.endswith("F"):
        raise CodecError(f"{shown(number)}: F is the filler, not a digit", "number")
    try:
        packed = encode_digits(digits)
    except CodecError as error:
        raise error.within("number") from None
    return bytes([1 + len(packed), ton_npi]) + padded(packed, 10)


class Extension(Kind):
    """12 octets: type and contents of an extension record. Additional data show as ``digits``, all else as ``data``."""

    width = 12
    keys = ("type", "digits", "data")
    names: ClassVar[dict[int, str]] = {1: "called party subaddress", 2: "additional data"}

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("type", "what the record holds", Code(self.names).coding),
            FieldDoc("digits", "further digits of the number", "length and 10 bytes of BCD"),
            FieldDoc("data", "subaddress of 04.08 from its length on, instead of digits", "11 bytes, unused FF"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        kind = code_name(self.names, data[0])
        if data[0] == 2 and data[1] <= 10:
            return {"type": kind, "digits": all_digits(data[2 : 2 + data[1]]).rstrip("F")}
        return {"type": kind, "data": Hex().unpack(data[1:])}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        kind = Code(self.names).pack(given.get("type", "additional data"), 1)
        if ("digits" in given) == ("data" in given):
            raise CodecError("expected either digits or data")
        if "data" in given:
            return kind + Hex().pack(given["data"], 11)
        digits = text(given["digits"])
        if len(digits) > MAX_DIGITS or digits.endswith("F"):
            raise CodecError(f"{shown(digits)} is no number of at most {MAX_DIGITS} digits", "digits")
        packed = encode_digits(digits)
        return kind + bytes([len(packed)]) + padded(packed, 10)


def extension_record() -> Struct:
    """The record of EF_EXT1 to EF_EXT4: type, contents, the next record of the chain."""
    return Struct(Extension(), Field("next", RecordNumber(), "next record of the chain", None, shown=True))


def dialling_record(*more: Field) -> Struct:
    """The record of EF_ADN and its kin: name, number, EF_CCP and extension record, for EF_BDN ``more``."""
    return Struct(
        Field("name", Text(), "alpha identifier"),
        DiallingNumber(),
        Field("ccp", RecordNumber(), "record of EF_CCP with the bearer capability", None, shown=True),
        Field("ext", RecordNumber(), "record of the extension file with the further digits", None, shown=True),
        *more,
    )
