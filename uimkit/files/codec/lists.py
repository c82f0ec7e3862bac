"""Structures of whole bytes: fields in a row, lists of equal elements, blocks behind their length."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from uimkit.coding.errors import CodecError
from uimkit.files.codec.base import Field, FieldOf, Kind, check_width, items, members, padded
from uimkit.files.codec.bits import Bits, free_name
from uimkit.files.codec.values import Number, bytes_text
from uimkit.files.spec import FieldDoc, Value


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Errors raised here are errors of the field ``name``."""
    try:
        yield
    except CodecError as error:
        raise error.within(name) from None


class Struct(Kind):
    """Fields one after the other, as an object.

    At most one part may be without width: it takes what the others leave. A part that is no Field (Bits, another
    Struct) has its keys merged into this object. Trailing fields may be missing in a short file.
    """

    def __init__(self, *parts: Field | Kind) -> None:
        seen: list[str] = []
        self._parts = tuple(_placed(part, seen) for part in parts)
        self.keys = tuple(seen)
        self._widths = tuple(_kind(part).width for part in self._parts)
        if self._widths.count(None) > 1:
            raise ValueError("only one part of a structure may be without width")
        elastic = None in self._widths or any(map(_is_trailing, self._parts))
        self.width = None if elastic else sum(width for width in self._widths if width is not None)

    @property
    def coding(self) -> str:
        return "fields"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        lines: list[FieldDoc] = []
        for part in self._parts:
            if not isinstance(part, FieldOf):
                lines += part.fields
                continue
            lines.append(FieldDoc(part.name, part.description, part.kind.coding))
            lines += [replace(line, name=f"{part.name}.{line.name}") for line in part.kind.fields]
        return tuple(lines)

    def unpack(self, data: bytes) -> Value:
        found: dict[str, Value] = {}
        start = 0
        for part, width in self._layout(len(data)):
            piece = data[start : start + width]
            start += width
            if not isinstance(part, FieldOf):
                found.update(members(part.unpack(piece), part.keys))
                continue
            with inside(part.name):
                part.store(part.kind.unpack(piece), found)
        if start != len(data):
            raise CodecError(f"expected {start} bytes, found {len(data)}")
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        layout: list[tuple[Field | Kind, int | None]] = list(zip(self._parts, self._widths, strict=True))
        if length is not None:
            layout = list(self._layout(length))
        self._check_missing(given, len(layout))
        data = b"".join(_pack_part(part, given, width) for part, width in layout)
        check_width(data, self.width)
        return data

    def _layout(self, length: int) -> list[tuple[Field | Kind, int]]:
        """The parts that are there in ``length`` bytes, with their widths; raises CodecError when it is too short."""
        count = len(self._parts)
        while (needed := sum(width or 0 for width in self._widths[:count])) > length:
            count -= 1
            if not _is_trailing(self._parts[count]):
                raise CodecError(f"expected at least {needed} bytes, found {length}")
        rest = length - needed
        return [(self._parts[n], rest if self._widths[n] is None else self._widths[n] or 0) for n in range(count)]

    def _check_missing(self, given: dict[str, Value], count: int) -> None:
        for part in self._parts[count:]:
            if isinstance(part, FieldOf) and part.name in given:
                raise CodecError("there is no room for this field", part.name)


def _placed(part: Field | Kind, seen: list[str]) -> Field | Kind:
    """The part with its reserved fields numbered after those already seen."""
    if isinstance(part, FieldOf):
        part = replace(part, name=free_name(part.name, seen))
        seen.append(part.name)
        return part
    if isinstance(part, Bits):
        part = part.renamed(tuple(seen))
    seen += [free_name(key, seen) for key in part.keys]
    return part


def _kind(part: Field | Kind) -> Kind:
    return part.kind if isinstance(part, FieldOf) else part


def _is_trailing(part: Field | Kind) -> bool:
    return isinstance(part, FieldOf) and part.trailing


def _pack_part(part: Field | Kind, given: dict[str, Value], width: int | None) -> bytes:
    if not isinstance(part, FieldOf):
        return part.pack({key: given[key] for key in part.keys if key in given}, width)
    value = part.fetch(given)
    with inside(part.name):
        return part.kind.pack(value, width)


class Listed(Kind):
    """Equal elements up to the end of the space. An unused element (all ``blank``) is null; those at the end are
    left out of the value and need not be given.
    """

    def __init__(self, element: Kind, blank: str = "FF", count: int | None = None) -> None:
        if not element.width:
            raise ValueError("the elements of a list have a width")
        self._element = element
        self._size = element.width
        self._blank = (bytes.fromhex(blank) * self._size)[: self._size]
        self.width = None if count is None else count * self._size

    @property
    def coding(self) -> str:
        return f"{bytes_text(self._size)} each, unused {self._blank.hex().upper()}; {self._element.coding}"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._element.fields

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        if len(data) % self._size:
            raise CodecError(f"{len(data)} bytes are no whole number of elements of {self._size} bytes")
        found = [self._one(data[at : at + self._size], at // self._size) for at in range(0, len(data), self._size)]
        while found and found[-1] is None:
            found.pop()
        return found

    def _one(self, data: bytes, index: int) -> Value:
        if data == self._blank:
            return None
        with inside(str(index)):
            return self._element.unpack(data)

    def pack(self, value: Value, length: int | None) -> bytes:
        elements = items(value)
        size = self.width if length is None else length
        room = len(elements) if size is None else size // self._size
        if len(elements) > room:
            raise CodecError(f"{len(elements)} elements given, there is room for {room}")
        data = b"".join(self._packed(element, index) for index, element in enumerate(elements))
        return data + self._blank * (room - len(elements))

    def _packed(self, value: Value, index: int) -> bytes:
        if value is None:
            return self._blank
        with inside(str(index)):
            return self._element.pack(value, self._size)


class Counted(Kind):
    """A count in one byte, then so many elements; what is left of the space is ``fill``."""

    def __init__(self, element: Kind, fill: int = 0xFF, blank: str = "FF") -> None:
        self._list = Listed(element, blank)
        self._size = element.width or 1
        self._fill = fill

    @property
    def coding(self) -> str:
        return f"1 byte count, then {self._list.coding}"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._list.fields

    def unpack(self, data: bytes) -> Value:
        if not data:
            raise CodecError("the count is missing")
        end = 1 + data[0] * self._size
        if end > len(data):
            raise CodecError(f"{data[0]} elements need {end} bytes, found {len(data)}")
        found = items(self._list.unpack(data[1:end]))
        return [*found, *[None] * (data[0] - len(found))]

    def pack(self, value: Value, length: int | None) -> bytes:
        count = Number().pack(len(items(value)), 1)
        return padded(count + self._list.pack(value, None), length, self._fill)


class Prefixed(Kind):
    """A block of another kind behind its length in bytes; what is left of the space is ``fill``."""

    def __init__(self, inner: Kind, length_width: int = 1, fill: int = 0xFF) -> None:
        self._inner = inner
        self._prefix = Number(length_width)
        self._fill = fill
        self.keys = inner.keys

    @property
    def coding(self) -> str:
        return f"{bytes_text(self._prefix.width)} of length, then {self._inner.coding}"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._inner.fields

    def unpack(self, data: bytes) -> Value:
        size = self._prefix.width
        if len(data) < size:
            raise CodecError("the length is missing")
        end = size + int.from_bytes(data[:size], "big")
        if end > len(data):
            raise CodecError(f"the block needs {end} bytes, found {len(data)}")
        return self._inner.unpack(data[size:end])

    def pack(self, value: Value, length: int | None) -> bytes:
        block = self._inner.pack(value, None)
        return padded(self._prefix.pack(len(block), None) + block, length, self._fill)
