"""Whole-byte kinds: numbers, codes, hex digits, reserved bytes, record numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec.base import Field, Kind, check_width, members, octets, padded, text, whole
from uimkit.files.spec import FieldDoc, Value


def bytes_text(width: int | None) -> str:
    """``1 byte``, ``4 bytes``, ``bytes``: for the documentation."""
    return "bytes" if width is None else f"{width} byte{'s' if width > 1 else ''}"


def code_name(names: Mapping[int, str], number: int) -> Value:
    """The name of a code, or the number itself when it has none."""
    return names.get(number, number)


def code_number(names: Mapping[int, str], value: Value) -> int:
    """The code of a name or of a plain number; raises CodecError for a name that is not among them."""
    if not isinstance(value, str):
        return whole(value)
    for number, name in names.items():
        if name == value:
            return number
    raise CodecError(f"unknown name {shown(value)}, expected {', '.join(names.values())}, or a number")


def codes_text(names: Mapping[int, str]) -> str:
    """``0 none, 1 CHAP``: for the documentation."""
    return ", ".join(f"{number} {name}" for number, name in names.items())


@dataclass(frozen=True)
class Number(Kind):
    """An unsigned number of ``width`` bytes."""

    width: int = 1
    order: Literal["big", "little"] = "big"

    @property
    def coding(self) -> str:
        return bytes_text(self.width) + ("" if self.width == 1 else f", {self.order}-endian")

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return int.from_bytes(data, self.order)

    def pack(self, value: Value, length: int | None) -> bytes:
        number = whole(value)
        if not 0 <= number < 1 << 8 * self.width:
            raise CodecError(f"{shown(number)} does not fit in {bytes_text(self.width)}")
        return number.to_bytes(self.width, self.order)


@dataclass(frozen=True)
class Code(Kind):
    """One byte with named values; a value without a name is its number."""

    names: Mapping[int, str]
    width: int = 1

    @property
    def coding(self) -> str:
        return f"1 byte: {codes_text(self.names)}"

    def unpack(self, data: bytes) -> Value:
        check_width(data, 1)
        return code_name(self.names, data[0])

    def pack(self, value: Value, length: int | None) -> bytes:
        return Number(1).pack(code_number(self.names, value), 1)


@dataclass(frozen=True)
class Hex(Kind):
    """Octets as hex digits: all of ``width``, or without width the rest, less its ``fill`` (None: none) at the end."""

    width: int | None = None
    fill: int | None = 0xFF

    @property
    def coding(self) -> str:
        return bytes_text(self.width) + ("" if self.width or self.fill is None else f", unused {self.fill:02X}")

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        kept = data if self.width or self.fill is None else data.rstrip(bytes([self.fill]))
        return kept.hex().upper()

    def pack(self, value: Value, length: int | None) -> bytes:
        data = octets(value)
        check_width(data, self.width if self.fill is not None else length)
        return data if self.fill is None else padded(data, length, self.fill)


@dataclass(frozen=True)
class Opaque(Kind):
    """Octets this toolkit does not look into, for a stated reason."""

    reason: str
    keys: tuple[str, ...] = ("octets",)

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (FieldDoc("octets", self.reason, "bytes, unused FF"),)

    def unpack(self, data: bytes) -> Value:
        return {"octets": Hex().unpack(data)}

    def pack(self, value: Value, length: int | None) -> bytes:
        return Hex().pack(members(value, self.keys).get("octets", ""), length)


@dataclass(frozen=True)
class Fill(Kind):
    """Bytes without a meaning: null when they are as the standard wants them, else hex digits."""

    fill: int = 0x00
    width: int | None = None

    @property
    def coding(self) -> str:
        return f"{bytes_text(self.width)} {self.fill:02X}"

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return None if data.count(self.fill) == len(data) else data.hex().upper()

    def pack(self, value: Value, length: int | None) -> bytes:
        size = self.width if length is None else length
        data = bytes([self.fill]) * (size or 0) if value is None else octets(value)
        check_width(data, size)
        return data


def reserved(width: int | None = None, fill: int = 0x00, *, trailing: bool = False) -> Field:
    """Bytes for future use: in the value, as ``rfu``, only when they are not ``fill``; no width takes the rest."""
    return Field("rfu", Fill(fill, width), "reserved", None, trailing)


@dataclass(frozen=True)
class RecordNumber(Kind):
    """The number of a record in another file, null for none (FF)."""

    width: int = 1

    @property
    def coding(self) -> str:
        return "1 byte, FF none"

    def unpack(self, data: bytes) -> Value:
        check_width(data, 1)
        return None if data[0] == 0xFF else data[0]

    def pack(self, value: Value, length: int | None) -> bytes:
        return b"\xff" if value is None else Number(1).pack(value, 1)


@dataclass(frozen=True)
class Translated(Kind):
    """``width`` bytes and a value by two functions of uimkit.coding, which raise CodecError."""

    from_bytes: Callable[[bytes], Value]
    to_bytes: Callable[[str], bytes]
    note: str
    width: int | None = None

    @property
    def coding(self) -> str:
        return self.note

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return self.from_bytes(data)

    def pack(self, value: Value, length: int | None) -> bytes:
        data = self.to_bytes(text(value))
        check_width(data, self.width)
        return padded(data, length)
