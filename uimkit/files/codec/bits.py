"""Bit fields: flags, numbers and codes of some bits, repeated and optional groups, texts behind a length.

A block lists its fields in the order of the bits: from b1 of byte 1 upwards (order little, C.S0023 clause 3.4),
or from b8 of byte 1 downwards (order big, the blocks of C.S0016).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address

from uimkit.coding.bits import BitOrder, BitReader, BitWriter
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec.base import FieldOf, Kind, check_width, items, members, octets, padded, text, whole
from uimkit.files.codec.values import code_name, code_number, codes_text
from uimkit.files.spec import FieldDoc, Value


class BitKind(ABC):
    """A coding of a value in bits."""

    bits: int | None = None
    coding: str = ""

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The lines of the documentation of a group."""
        return ()

    @abstractmethod
    def read(self, reader: BitReader) -> Value:
        """Take the value off the block; raises CodecError."""

    @abstractmethod
    def write(self, value: Value, writer: BitWriter) -> None:
        """Append the value to the block; raises CodecError."""


BitField = FieldOf[BitKind]


def bits_text(bits: int) -> str:
    """``1 bit``, ``4 bits``: for the documentation."""
    return f"{bits} bit{'s' if bits > 1 else ''}"


class UInt(BitKind):
    """An unsigned number of some bits."""

    def __init__(self, bits: int) -> None:
        self.bits: int = bits
        self.coding = bits_text(bits)

    def read(self, reader: BitReader) -> Value:
        return reader.take(self.bits)

    def write(self, value: Value, writer: BitWriter) -> None:
        writer.put(whole(value), self.bits)


class Flag(BitKind):
    """One bit, true for 1; or for 0, when the standard counts the other way (``inverted``)."""

    def __init__(self, *, inverted: bool = False) -> None:
        self.bits = 1
        self._inverted = inverted
        self.coding = "1 bit, true = 0" if inverted else "1 bit"

    def read(self, reader: BitReader) -> Value:
        return bool(reader.take(1)) is not self._inverted

    def write(self, value: Value, writer: BitWriter) -> None:
        if not isinstance(value, bool):
            raise CodecError(f"expected true or false, found {shown(value)}")
        writer.put(int(value is not self._inverted), 1)


class Enum(BitKind):
    """Some bits with named values; a value without a name is its number."""

    def __init__(self, bits: int, names: Mapping[int, str]) -> None:
        self.bits: int = bits
        self._names = names
        self.coding = f"{bits_text(bits)}: {codes_text(names)}"

    def read(self, reader: BitReader) -> Value:
        return code_name(self._names, reader.take(self.bits))

    def write(self, value: Value, writer: BitWriter) -> None:
        writer.put(code_number(self._names, value), self.bits)


class BitSet(BitKind):
    """Some bits, each with a meaning of its own: the list of the meanings whose bits are set.

    ``names`` gives the meaning of a bit by its weight (0 is the lowest), in the order of the value; a bit without a
    meaning is ``rfu N``.
    """

    def __init__(self, bits: int, names: Mapping[int, str | int]) -> None:
        self.bits: int = bits
        self._names = {**names, **{bit: f"rfu {bit}" for bit in range(bits) if bit not in names}}
        meanings = [str(name) for name in names.values()]
        listed = ", ".join(meanings) if len(meanings) < 10 else f"{meanings[0]} to {meanings[-1]}"
        self.coding = f"{bits} bits, one for each of {listed}"

    def read(self, reader: BitReader) -> Value:
        number = reader.take(self.bits)
        return [name for bit, name in self._names.items() if number >> bit & 1]

    def write(self, value: Value, writer: BitWriter) -> None:
        number = 0
        for item in items(value):
            number |= 1 << self._bit(item)
        writer.put(number, self.bits)

    def _bit(self, item: Value) -> int:
        for bit, name in self._names.items():
            if type(item) is type(name) and item == name:
                return bit
        allowed = ", ".join(str(name) for name in self._names.values())
        raise CodecError(f"found {shown(item)}, expected one of {allowed}")


class Ipv4(BitKind):
    """An address of 32 bits, as ``192.0.2.1``."""

    bits = 32
    coding = "32 bits, IPv4 address"

    def read(self, reader: BitReader) -> Value:
        return str(IPv4Address(reader.take(32)))

    def write(self, value: Value, writer: BitWriter) -> None:
        try:
            writer.put(int(IPv4Address(text(value))), 32)
        except ValueError:
            raise CodecError(f"expected an IPv4 address, found {shown(value)}") from None


class LengthOctets(BitKind):
    """A count of octets in ``length_bits``, then the octets: as hex digits, or as text when they are UTF-8."""

    def __init__(self, length_bits: int, *, as_text: bool = False) -> None:
        self._length_bits = length_bits
        self._as_text = as_text
        self.coding = f"{bits_text(length_bits)} of length, then {'text' if as_text else 'octets'}"

    def read(self, reader: BitReader) -> Value:
        data = reader.take_bytes(reader.take(self._length_bits))
        if not self._as_text:
            return data.hex().upper()
        try:
            return data.decode()
        except UnicodeDecodeError:
            return {"octets": data.hex().upper()}

    def write(self, value: Value, writer: BitWriter) -> None:
        data = self._octets(value)
        writer.put(len(data), self._length_bits)
        writer.put_bytes(data)

    def _octets(self, value: Value) -> bytes:
        if not self._as_text:
            return octets(value)
        if isinstance(value, dict):
            return octets(members(value, ("octets",)).get("octets"))
        try:
            return text(value).encode()
        except UnicodeEncodeError:
            raise CodecError(f"{shown(value)} is not valid text") from None


class Group(BitKind):
    """Fields one after the other, as an object."""

    def __init__(self, *parts: BitField) -> None:
        self.parts = numbered(parts)
        self.names = tuple(part.name for part in self.parts)

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return document(self.parts)

    def read(self, reader: BitReader) -> Value:
        found: dict[str, Value] = {}
        for part in self.parts:
            try:
                part.store(part.kind.read(reader), found)
            except CodecError as error:
                raise error.within(part.name) from None
        return found

    def write(self, value: Value, writer: BitWriter) -> None:
        given = members(value, self.names)
        for part in self.parts:
            item = part.fetch(given)
            try:
                part.kind.write(item, writer)
            except CodecError as error:
                raise error.within(part.name) from None


class Repeat(BitKind):
    """A count of ``count_bits``, then so many elements, as a list."""

    def __init__(self, count_bits: int, element: BitKind) -> None:
        self._count_bits = count_bits
        self._element = element
        self.coding = f"{bits_text(count_bits)} of count, then the elements {element.coding}".rstrip()

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._element.fields

    def read(self, reader: BitReader) -> Value:
        return [self._element.read(reader) for _ in range(reader.take(self._count_bits))]

    def write(self, value: Value, writer: BitWriter) -> None:
        elements = items(value)
        writer.put(len(elements), self._count_bits)
        for index, element in enumerate(elements):
            try:
                self._element.write(element, writer)
            except CodecError as error:
                raise error.within(str(index)) from None


class Maybe(BitKind):
    """One bit that says whether the element follows; null when it does not, after ``gap`` reserved bits."""

    def __init__(self, element: BitKind, *, gap: int = 0) -> None:
        self._element = element
        self._gap = gap
        self.coding = f"1 bit, if set then {element.coding}".rstrip()

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._element.fields

    def read(self, reader: BitReader) -> Value:
        if reader.take(1):
            return self._element.read(reader)
        reader.take(self._gap)
        return None

    def write(self, value: Value, writer: BitWriter) -> None:
        writer.put(int(value is not None), 1)
        if value is None:
            writer.put(0, self._gap)
        else:
            self._element.write(value, writer)


def spare(bits: int, value: int = 0) -> BitField:
    """Reserved bits: in the value, as ``rfu``, only when they are not ``value``."""
    return BitField("rfu", UInt(bits), "reserved", value)


def numbered(parts: tuple[BitField, ...], taken: tuple[str, ...] = ()) -> tuple[BitField, ...]:
    """The fields with their reserved ones told apart: rfu, rfu2, rfu3; raises ValueError on another double name."""
    seen = list(taken)
    result = []
    for part in parts:
        name = free_name(part.name, seen)
        seen.append(name)
        result.append(replace(part, name=name))
    return tuple(result)


def free_name(name: str, seen: list[str]) -> str:
    """``name``, or for ``rfu`` the next of its kind that is free; raises ValueError when the name is taken."""
    if name not in seen:
        return name
    if not name.startswith("rfu"):
        raise ValueError(f"two fields are called {name}")
    return next(f"rfu{n}" for n in range(2, len(seen) + 3) if f"rfu{n}" not in seen)


def document(parts: tuple[BitField, ...]) -> tuple[FieldDoc, ...]:
    """The documentation of fields: a line each, the lines of a group behind it."""
    lines: list[FieldDoc] = []
    for part in parts:
        lines.append(FieldDoc(part.name, part.description, part.kind.coding))
        lines += [replace(line, name=f"{part.name}.{line.name}") for line in part.kind.fields]
    return tuple(lines)


class Bits(Kind):
    """A block of ``width`` bytes of bit fields; what the fields leave of it are reserved zero bits.

    Without width (order big only) the fields tell the length; the rest of the space is ``fill``.
    """

    def __init__(
        self, width: int | None, *parts: BitField, order: BitOrder | str = BitOrder.LITTLE, fill: int = 0xFF
    ) -> None:
        self.width = width
        self._order = BitOrder(order)
        self._fill = fill
        self._group = Group(*self._completed(parts))
        self.keys = self._group.names

    def _completed(self, parts: tuple[BitField, ...]) -> tuple[BitField, ...]:
        sizes = [part.kind.bits for part in parts]
        if self.width is None or None in sizes:
            return parts
        left = 8 * self.width - sum(size for size in sizes if size is not None)
        if left < 0:
            raise ValueError(f"the fields need {-left} bits more than {self.width} bytes")
        return (*parts, spare(left)) if left else parts

    @property
    def coding(self) -> str:
        return "bit fields"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._group.fields

    def renamed(self, taken: tuple[str, ...]) -> Bits:
        """The same block with its reserved fields numbered after those already there."""
        parts = numbered(self._group.parts, taken)
        return Bits(self.width, *parts, order=self._order, fill=self._fill)

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        return self._group.read(BitReader(data, self._order))

    def pack(self, value: Value, length: int | None) -> bytes:
        writer = BitWriter(self._order)
        self._group.write(value, writer)
        return padded(writer.getvalue(), self.width or length, 0 if self.width else self._fill)
