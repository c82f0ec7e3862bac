"""Kinds that only the files of DF_CDMA need: numbers lowest octet first, the IMSI in binary, MDN digits."""

from __future__ import annotations

from collections.abc import Mapping

from uimkit.coding.bcd import CDMA, HEX, all_digits, encode_digits
from uimkit.coding.bits import BitReader, BitWriter
from uimkit.coding.errors import CodecError, shown
from uimkit.coding.imsi_m import ImsiM, decode_imsi_m, encode_imsi_m
from uimkit.files.codec import BitKind, Kind
from uimkit.files.codec.base import check_width, members, octets, padded, text, whole
from uimkit.files.codec.values import bytes_text
from uimkit.files.spec import FieldDoc, Value


class Signed(BitKind):
    """A number of some bits in two's complement."""

    def __init__(self, bits: int) -> None:
        self.bits: int = bits
        self.coding = f"{bits} bits, two's complement"

    def read(self, reader: BitReader) -> Value:
        number = reader.take(self.bits)
        return number - (number >> self.bits - 1 << self.bits)

    def write(self, value: Value, writer: BitWriter) -> None:
        number, limit = whole(value), 1 << self.bits - 1
        if not -limit <= number < limit:
            raise CodecError(f"{shown(number)} is not in {-limit} to {limit - 1}")
        writer.put(number % (2 * limit), self.bits)


class Reversed(Kind):
    """Octets lowest first in the file, shown as hex digits highest first; null for FF throughout when ``blank``."""

    def __init__(self, width: int, *, blank: bool = False) -> None:
        self.width: int = width
        self._blank = b"\xff" * width if blank else None

    @property
    def coding(self) -> str:
        return f"{bytes_text(self.width)}, lowest first" + (", all FF none" if self._blank else "")

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return None if data == self._blank else data[::-1].hex().upper()

    def pack(self, value: Value, length: int | None) -> bytes:
        if value is None and self._blank:
            return self._blank
        data = octets(value)[::-1]
        check_width(data, self.width)
        return data


class Identifier(Kind):
    """8 bytes: the number of bytes used, then an identifier lowest byte first, then 00.

    ``names`` gives the key of the identifier by its length. What no such identifier explains shows as ``rfu``.
    """

    width = 8

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self.keys = ("length", *names.values(), "rfu")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        numbers = (
            FieldDoc(name, f"identifier when the length is {size}", f"{bytes_text(size)}, lowest first, hex digits")
            for size, name in self._names.items()
        )
        return (
            FieldDoc("length", "bytes used; need not be given beside an identifier", "1 byte"),
            *numbers,
            FieldDoc("rfu", "the bytes behind, unless 00", "hex digits"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        size = data[0]
        found: dict[str, Value] = {"length": size}
        rest = data[1:]
        if size in self._names:
            found[self._names[size]] = rest[:size][::-1].hex().upper()
            rest = rest[size:]
        if any(rest):
            found["rfu"] = rest.hex().upper()
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        size, number = self._identifier(given)
        room = self.width - 1 - len(number)
        rest = octets(given.get("rfu", ""))
        if rest and len(rest) != room:
            raise CodecError(f"expected {room} bytes, found {len(rest)}", "rfu")
        return padded(bytes([size]) + number + rest, self.width, 0x00)

    def _identifier(self, given: dict[str, Value]) -> tuple[int, bytes]:
        """The length byte and the bytes of the identifier; raises CodecError when they do not agree."""
        held = [(size, name) for size, name in self._names.items() if name in given]
        if len(held) > 1:
            raise CodecError(f"only one of {', '.join(self._names.values())} is possible")
        if not held:
            size = whole(given.get("length", 0))
            if size in self._names:
                raise CodecError("is missing", self._names[size])
            return _byte(size), b""
        size, name = held[0]
        number = octets(given[name])[::-1]
        if len(number) != size:
            raise CodecError(f"expected {2 * size} hex digits, found {shown(given[name])}", name)
        if whole(given.get("length", size)) != size:
            raise CodecError(f"expected {size}, found {shown(given['length'])}", "length")
        return size, number


def _byte(number: int) -> int:
    if not 0 <= number <= 255:
        raise CodecError(f"{shown(number)} does not fit in 1 byte", "length")
    return number


class BinaryImsi(Kind):
    """The 10 bytes of EF_IMSI_M and EF_IMSI_T (C.S0023 3.4.2).

    ``imsi`` is null when the codes stand for no digits, as in a file that was never programmed. An IMSI of class 1
    has ADDR_NUM + 7 digits: MCC, then ADDR_NUM + 4; before these S and 11_12 hold the last digits of the MCC, or
    zeros, as if the IMSI had zeros in front (TIA-95-B 6.3.1). Reserved bits show as ``rfu``, a mask of 10 bytes.
    """

    width = 10
    keys = ("imsi", "class", "addr_num", "programmed", "rfu")
    _RESERVED = bytes.fromhex("FE00FC0000008078 00FC")
    coding = "10 bytes"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc(
                "imsi", "15 digits, fewer when the class is 1", "MCC 10 bits, 11_12 7, S2 10, S1 24, lowest first"
            ),
            FieldDoc("class", "0 for 15 digits, 1 for fewer", "1 bit"),
            FieldDoc("addr_num", "class 1: number of digits behind the MCC, less 4", "3 bits"),
            FieldDoc("programmed", "whether the identity is valid", "1 bit"),
            FieldDoc("rfu", "reserved bits, unless 0", "10 bytes, hex digits"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        try:
            imsi: Value = _shortened(decode_imsi_m(data))
        except CodecError:
            imsi = None
        found: dict[str, Value] = {
            "imsi": imsi,
            "class": data[0] & 1,
            "addr_num": data[7] & 7,
            "programmed": bool(data[7] & 0x80),
        }
        reserved = bytes(byte & mask for byte, mask in zip(data, self._RESERVED, strict=True))
        return {**found, "rfu": reserved.hex().upper()} if any(reserved) else found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        reserved = octets(given.get("rfu", "00" * self.width))
        check_width(reserved, self.width)
        if any(byte & ~mask for byte, mask in zip(reserved, self._RESERVED, strict=True)):
            raise CodecError(f"has bits outside the reserved ones {self._RESERVED.hex().upper()}", "rfu")
        return bytes(left | right for left, right in zip(_packed_imsi(given), reserved, strict=True))


def _packed_imsi(given: dict[str, Value]) -> bytes:
    imsi = given.get("imsi")
    digits = "" if imsi is None else text(imsi)
    short = imsi is not None and len(digits) < 15
    imsi_class = whole(given.get("class", int(short)))
    addr_num = whole(given.get("addr_num", len(digits) - 7 if short else 0))
    programmed = given.get("programmed", imsi is not None)
    if not isinstance(programmed, bool):
        raise CodecError(f"expected true or false, found {shown(programmed)}", "programmed")
    if imsi is None:
        return _without_digits(imsi_class, addr_num, programmed)
    expected = addr_num + 7 if imsi_class == 1 else 15
    if len(digits) != expected or not 7 <= expected <= 15 or not (digits.isascii() and digits.isdecimal()):
        expected = min(max(expected, 7), 15)
        raise CodecError(f"expected {expected} digits (class {imsi_class}), found {shown(imsi)}", "imsi")
    return encode_imsi_m(ImsiM(digits[:3] + digits.rjust(15, "0")[3:], imsi_class, addr_num, programmed))


def _without_digits(imsi_class: int, addr_num: int, programmed: bool) -> bytes:
    if not (0 <= imsi_class <= 1 and 0 <= addr_num <= 7):
        raise CodecError("the class is 0 or 1, addr_num 0 to 7")
    return bytes([imsi_class, 0, 0, 0, 0, 0, 0, addr_num | (0x80 if programmed else 0), 0, 0])


def _shortened(identity: ImsiM) -> str:
    """The digits that count: all of class 0, MCC and the last ADDR_NUM + 4 of class 1."""
    if identity.imsi_class == 0:
        return identity.imsi
    return identity.imsi[:3] + identity.imsi[-identity.addr_num - 4 :]


class MdnDigits(Kind):
    """9 bytes of EF_MDN: the number of digits, then up to 15 digits, 0 coded A; null when there are none."""

    width = 9
    coding = "4 bits of count, 8 bytes of digits, first digit in the low nibble, 0 coded A, unused F"

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return all_digits(data[1:], CDMA)[: data[0] & 15] or None

    def pack(self, value: Value, length: int | None) -> bytes:
        digits = "" if value is None else text(value)
        if len(digits) > 15 or set(digits) - set("0123456789*#"):
            raise CodecError(f"expected at most 15 digits, * and #, found {shown(digits)}")
        return padded(bytes([len(digits)]) + encode_digits(digits, CDMA), self.width)


class ServiceCode(Kind):
    """Decimal digits in reading order, two to a byte, all of them used: EF_SPC."""

    def __init__(self, width: int) -> None:
        self.width: int = width

    @property
    def coding(self) -> str:
        return f"{bytes_text(self.width)}, {2 * self.width} digits in reading order"

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return all_digits(data, HEX, "high")

    def pack(self, value: Value, length: int | None) -> bytes:
        digits = text(value)
        if len(digits) != 2 * self.width or not (digits.isascii() and digits.isdecimal()):
            raise CodecError(f"expected {2 * self.width} digits, found {shown(digits)}")
        return encode_digits(digits, HEX, "high")
