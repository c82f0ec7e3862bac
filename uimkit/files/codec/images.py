"""Image instances of EF_IMG's data files (GSM 11.11 10.6.1.2, Annex G)."""

from __future__ import annotations

from typing import cast

from uimkit.coding.bits import BitReader, BitWriter
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec.base import Kind, items, members, octets, padded, text, whole
from uimkit.files.codec.lists import inside
from uimkit.files.spec import FieldDoc, Value

_POINTS = ".#"
_ENTRY = 3
"""Octets of an entry of a colour look-up table: red, green, blue."""


class Images(Kind):
    """The instances of a file one behind the other, from its first octet on.

    A basic image is rows of ``.`` and ``#``; a colour image rows of indexes into its table ``clut``, which stands
    behind its points. Octets from the first one on that is no such image, and a file whose images EF_IMG places
    otherwise, are ``octets``.
    """

    keys = ("images", "octets")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("images", "image instances in the order of the file", "one behind the other, unused FF"),
            FieldDoc("images.rows", "basic: a text of . and # each; colour: a list of indexes each", "width, height"),
            FieldDoc("images.bits", "bits of a point, only in a colour image", "1 byte, 1 to 8"),
            FieldDoc("images.clut", "colour look-up table, only in a colour image", "red, green, blue in hex digits"),
            FieldDoc("octets", "what follows the images, when it is something else", "bytes, unused FF"),
        )

    def unpack(self, data: bytes) -> Value:
        found: list[Value] = []
        at = 0
        while at < len(data) and data.count(0xFF, at) < len(data) - at:
            instance = _colour(data[at:], at) or _basic(data[at:])
            if instance is None:
                return {"images": found, "octets": data[at:].rstrip(b"\xff").hex().upper()}
            found.append(instance)
            at += len(_packed(instance, at))
        return {"images": found}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        data = b""
        for index, instance in enumerate(items(given.get("images", []))):
            with inside(f"images.{index}"):
                data += _packed(instance, len(data))
        with inside("octets"):
            return padded(data + octets(given.get("octets", "")), length)


def _basic(data: bytes) -> dict[str, Value] | None:
    """Width, height, one bit a point from b8 down; None when the points are not all there."""
    rows = _rows(data, 2, 1)
    return None if rows is None else {"rows": ["".join(_POINTS[point] for point in row) for row in rows]}


def _colour(data: bytes, start: int) -> dict[str, Value] | None:
    """Width, height, bits a point, entries (0 is 256), offset of the table in the file, points, table; else None."""
    rows = _rows(data, 6, data[2]) if len(data) > 6 and 1 <= data[2] <= 8 else None
    if rows is None:
        return None
    entries = data[3] or 256
    points = (data[0] * data[1] * data[2] + 7) // 8
    table = data[6 + points : 6 + points + _ENTRY * entries]
    if int.from_bytes(data[4:6], "big") != start + 6 + points or len(table) < _ENTRY * entries:
        return None
    clut = [table[at : at + _ENTRY].hex().upper() for at in range(0, len(table), _ENTRY)]
    return cast(dict[str, Value], {"rows": rows, "bits": data[2], "clut": clut})


def _rows(data: bytes, head: int, bits: int) -> list[list[int]] | None:
    """The points behind ``head`` octets, row by row; None when there are none or they are cut off."""
    width, height = data[0], data[1] if len(data) > 1 else 0
    end = head + (width * height * bits + 7) // 8
    if not width * height or len(data) < end:
        return None
    reader = BitReader(data[head:end])
    return [[reader.take(bits) for _ in range(width)] for _ in range(height)]


def _packed(value: Value, start: int) -> bytes:
    """An instance that begins ``start`` octets behind the beginning of the file."""
    given = members(value, ("rows", "bits", "clut"))
    if "clut" not in given:
        members(value, ("rows",))
        rows = [[_point(mark) for mark in text(row)] for row in items(given.get("rows"))]
        return _size(rows) + _points(rows, 1)
    with inside("bits"):
        bits = whole(given.get("bits"))
        if not 1 <= bits <= 8:
            raise CodecError(f"expected 1 to 8 bits a point, found {bits}")
    rows = [[whole(point) for point in items(row)] for row in items(given.get("rows"))]
    clut = [octets(entry) for entry in items(given["clut"])]
    if not 1 <= len(clut) <= 256 or any(len(entry) != _ENTRY for entry in clut):
        raise CodecError("expected 1 to 256 entries of 6 hex digits", "clut")
    points = _points(rows, bits)
    offset = start + 6 + len(points)
    if offset > 0xFFFF:
        raise CodecError("lies behind byte 65535 of the file", "clut")
    return _size(rows) + bytes([bits, len(clut) & 0xFF]) + offset.to_bytes(2, "big") + points + b"".join(clut)


def _point(mark: str) -> int:
    if mark not in _POINTS:
        raise CodecError(f"expected . or #, found {shown(mark)}", "rows")
    return _POINTS.index(mark)


def _size(rows: list[list[int]]) -> bytes:
    """Width and height; raises CodecError for rows of different lengths."""
    width = len(rows[0]) if rows else 0
    if not 1 <= width <= 255 or not 1 <= len(rows) <= 255 or any(len(row) != width for row in rows):
        raise CodecError("expected 1 to 255 rows, each of the same 1 to 255 points", "rows")
    return bytes([width, len(rows)])


def _points(rows: list[list[int]], bits: int) -> bytes:
    """The points, the bits left over in the last octet 1."""
    writer = BitWriter()
    for row in rows:
        for point in row:
            writer.put(point, bits)
    unused = -writer.bits % 8
    writer.put((1 << unused) - 1, unused)
    return writer.getvalue()
