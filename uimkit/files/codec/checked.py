"""Lists behind a size with a check sum, and files that may hold something else than their fields."""

from __future__ import annotations

from uimkit.coding.crc import crc16_genibus
from uimkit.coding.errors import CodecError
from uimkit.files.codec.base import Kind, members, octets, padded, whole
from uimkit.files.codec.lists import inside
from uimkit.files.codec.packed import Sequence, Tables, Values, faithful, packed
from uimkit.files.spec import FieldDoc, Value


class CheckedList(Kind):
    """Size of the list in 16 bits (itself and the CRC included), contents, CRC-16/GENIBUS over all before it.

    Size and CRC are computed. ``crc`` is in the value only when it is wrong; ``list_size`` only when no list of that
    size can be there, with what follows it under ``octets``: 0 alone is a file never written (all 00). Contents of
    another form are ``octets``. The space behind the list is FF; the value says so when it is ``00``.
    """

    def __init__(self, contents: Sequence | Tables, minimum: int) -> None:
        self._contents = contents
        self._minimum = minimum
        self.keys = (*contents.names, "octets", "crc", "list_size", "fill")

    @property
    def coding(self) -> str:
        return "size, contents, CRC"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            *self._contents.fields,
            FieldDoc("octets", "contents that are not of this form, between size and CRC", "bytes"),
            FieldDoc("crc", "check sum, only when it is wrong", "16 bits, CRC-16/GENIBUS, hex digits"),
            FieldDoc("list_size", "size, only when there is no list of that size; 0: never written", "16 bits"),
            FILL,
        )

    def unpack(self, data: bytes) -> Value:
        if len(data) < 2:
            raise CodecError(f"expected at least 2 bytes, found {len(data)}")
        size = int.from_bytes(data[:2], "big")
        if not self._minimum <= size <= len(data):
            rest = data[2:].rstrip(b"\xff" if size else b"\0")
            return {"list_size": size, **({"octets": rest.hex().upper()} if rest else {})}
        contents, crc, unused = data[2 : size - 2], int.from_bytes(data[size - 2 : size], "big"), data[size:]
        found = dict(faithful(self._contents, contents) or {"octets": contents.hex().upper()})
        if crc != crc16_genibus(data[: size - 2]):
            found["crc"] = f"{crc:04X}"
        if unused and not any(unused):
            found["fill"] = "00"
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        if "list_size" in given:
            return self._pack_unreadable(given, length)
        contents = self._pack_contents(given)
        if len(contents) + 4 > 0xFFFF:
            raise CodecError(f"the list needs {len(contents) + 4} bytes, its size is at most 65535")
        head = (len(contents) + 4).to_bytes(2, "big") + contents
        with inside("crc"):
            crc = octets(given.get("crc", f"{crc16_genibus(head):04X}"))
            if len(crc) != 2:
                raise CodecError("expected four hex digits")
        return padded(head + crc, length, filler(given))

    def _pack_contents(self, given: Values) -> bytes:
        fields = {key: given[key] for key in self._contents.names if key in given}
        if "octets" not in given:
            return packed(self._contents, fields)
        if fields:
            raise CodecError(f"stands in place of {', '.join(fields)}", "octets")
        with inside("octets"):
            data = octets(given["octets"])
            if len(data) + 4 < self._minimum:
                raise CodecError(f"a list has at least {self._minimum - 4} octets between size and CRC")
        return data

    def _pack_unreadable(self, given: Values, length: int | None) -> bytes:
        members(given, ("list_size", "octets"))
        size = whole(given["list_size"])
        if not 0 <= size <= 0xFFFF:
            raise CodecError("does not fit in 2 bytes", "list_size")
        return padded(size.to_bytes(2, "big") + octets(given.get("octets", "")), length, 0xFF if size else 0x00)


class OrOctets(Kind):
    """Another kind; bytes that are not of its form are ``octets``, a file of all 00 is an object without fields.

    The space behind the contents is FF; the value says so when it is ``00``.
    """

    def __init__(self, inner: Kind) -> None:
        self._inner = inner
        self.keys = (*inner.keys, "octets", "fill")

    @property
    def coding(self) -> str:
        return self._inner.coding

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        octets_doc = FieldDoc("octets", "contents that are not of this form", "bytes, unused FF")
        return (*self._inner.fields, octets_doc, FILL)

    def unpack(self, data: bytes) -> Value:
        if not any(data):
            return {}
        zeros = self._before_zeros(data)
        if zeros:
            return {**zeros, "fill": "00"}
        try:
            return members(self._inner.unpack(data), self._inner.keys)
        except CodecError:
            return {"octets": data.rstrip(b"\xff").hex().upper()}

    def _before_zeros(self, data: bytes) -> Values | None:
        """The contents, when nothing but 00 is behind them."""
        if data[-1]:
            return None
        for used in (data.rstrip(b"\0"), data):
            try:
                found = members(self._inner.unpack(used), self._inner.keys)
                contents = self._inner.pack(found, None)
            except CodecError:
                continue
            if len(contents) < len(data) and contents.ljust(len(data), b"\0") == data:
                return found
        return None

    def pack(self, value: Value, length: int | None) -> bytes:
        if value == {}:
            return bytes(length or 0)
        given = members(value, self.keys)
        if "octets" in given:
            return padded(octets(members(given, ("octets",))["octets"]), length)
        if "fill" not in given:
            return self._inner.pack(given, length)
        fields: Value = {key: item for key, item in given.items() if key != "fill"}
        return padded(self._inner.pack(fields, None), length, filler(given))


FILL = FieldDoc("fill", "octet behind the contents, when it is not FF", "hex digits")


def filler(given: Values) -> int:
    """The octet that fills the space behind the contents; raises CodecError."""
    with inside("fill"):
        fill = octets(given.get("fill", "FF"))
        if len(fill) != 1:
            raise CodecError("expected two hex digits")
    return fill[0]
