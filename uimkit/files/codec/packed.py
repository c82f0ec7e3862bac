"""Bit-packed lists of C.S0016: fields that depend on earlier ones, records behind their length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from uimkit.coding.bits import BitReader, BitWriter
from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import BitField, BitKind, Enum, Kind, UInt
from uimkit.files.codec.base import items, members, octets, padded, text
from uimkit.files.codec.bits import bits_text, document, free_name
from uimkit.files.codec.lists import inside
from uimkit.files.codec.values import code_name, code_number, codes_text
from uimkit.files.spec import FieldDoc, Value

Values = dict[str, Value]


@dataclass(frozen=True)
class When:
    """A field that is there only when the values before it say so."""

    condition: Callable[[Values], bool]
    field: BitField


def when(name: str, value: Value, field: BitField) -> When:
    """The field is there when the earlier field ``name`` has ``value``."""
    return When(lambda values: values.get(name) == value, field)


class Sequence(BitKind):
    """Fields one after the other, as an object; some of them depend on others."""

    coding = "bit fields"

    def __init__(self, *parts: BitField | When) -> None:
        names: list[str] = []
        self.parts = tuple(_placed(part, names) for part in parts)
        self.names = tuple(names)

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return document(tuple(part.field for part in self.parts))

    def read(self, reader: BitReader) -> Value:
        everything: Values = {}
        found: Values = {}
        for part in self.parts:
            if not part.condition(everything):
                continue
            with inside(part.field.name):
                everything[part.field.name] = part.field.kind.read(reader)
            part.field.store(everything[part.field.name], found)
        return found

    def write(self, value: Value, writer: BitWriter) -> None:
        given = members(value, self.names)
        everything: Values = {}
        for part in self.parts:
            name = part.field.name
            if part.condition(everything):
                everything[name] = part.field.fetch(given)
                with inside(name):
                    part.field.kind.write(everything[name], writer)
            elif name in given:
                raise CodecError("has no place beside the fields before it", name)


def _placed(part: BitField | When, names: list[str]) -> When:
    """The part with its reserved field numbered after those already there."""
    condition, field = (part.condition, part.field) if isinstance(part, When) else (_always, part)
    name = free_name(field.name, names)
    names.append(name)
    return When(condition, BitField(name, field.kind, field.description, field.default))


def _always(_: Values) -> bool:
    return True


class Cases(BitKind):
    """A code of ``bits`` that tells which fields follow, as one object with the name of the code under ``type``.

    With ``length_bits`` a length in octets stands between code and fields: then a code without fields, and fields
    that do not fill their length, are ``octets``. Without it nobody can tell where such a record ends: CodecError.
    """

    def __init__(self, bits: int, cases: Mapping[int, tuple[str, Sequence]], length_bits: int = 0) -> None:
        self._code_bits = bits
        self._length_bits = length_bits
        self._names = {code: name for code, (name, _) in cases.items()}
        self._bodies = {code: body for code, (_, body) in cases.items()}
        self.coding = f"{bits_text(bits)} of type, then the fields of the type"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        lines = {line.name: line for body in self._bodies.values() for line in body.fields}
        rest = [FieldDoc("octets", "contents of an unknown type", "bytes")] if self._length_bits else []
        return (FieldDoc("type", "record type", codes_text(self._names)), *lines.values(), *rest)

    def read(self, reader: BitReader) -> Value:
        code = reader.take(self._code_bits)
        name = code_name(self._names, code)
        body = self._bodies.get(code)
        if not self._length_bits:
            if body is None:
                raise CodecError(f"the length of type {code} is not known", "type")
            return {"type": name, **members(body.read(reader), body.names)}
        data = reader.take_bytes(reader.take(self._length_bits))
        found = body and faithful(body, data)
        return {"type": name, **found} if found else {"type": name, "octets": data.hex().upper()}

    def write(self, value: Value, writer: BitWriter) -> None:
        given = members(value, ("type", *self._all_names()))
        with inside("type"):
            code = code_number(self._names, given.get("type"))
        writer.put(code, self._code_bits)
        rest = {key: item for key, item in given.items() if key != "type"}
        if self._length_bits:
            data = octets(rest["octets"]) if rest.keys() == {"octets"} else packed(self._body(code), rest)
            writer.put(len(data), self._length_bits)
            writer.put_bytes(data)
        else:
            self._body(code).write(rest, writer)

    def _all_names(self) -> tuple[str, ...]:
        names = dict.fromkeys(name for body in self._bodies.values() for name in body.names)
        return (*names, "octets") if self._length_bits else tuple(names)

    def _body(self, code: int) -> Sequence:
        if code not in self._bodies:
            raise CodecError(f"{code} has no fields", "type")
        return self._bodies[code]


class Framed(BitKind):
    """Fields of which the first ``length_bits`` count the octets of the whole record, themselves included.

    A record whose fields do not fill its length is ``octets``, from its length on.
    """

    def __init__(self, length_bits: int, body: Sequence) -> None:
        self._length_bits = length_bits
        self._body = body
        self.coding = f"{bits_text(length_bits)} of length in octets of the whole record, then its fields"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (*self._body.fields, FieldDoc("octets", "a record of another form, as it is", "bytes"))

    def read(self, reader: BitReader) -> Value:
        length = reader.take(self._length_bits)
        if not length:
            raise CodecError("a record has the length 0")
        rest = reader.take(8 * length - self._length_bits)
        data = (length << 8 * length - self._length_bits | rest).to_bytes(length, "big")
        return faithful(self._numbered(length), data) or {"octets": data.hex().upper()}

    def _numbered(self, length: int) -> Sequence:
        """The body behind its length, which shows in the value only when it is not ``length``."""
        prefix = BitField("length", UInt(self._length_bits), "", length)
        return Sequence(prefix, *self._body.parts)

    def write(self, value: Value, writer: BitWriter) -> None:
        if isinstance(value, dict) and value.keys() == {"octets"}:
            data = octets(value["octets"])
            if not data or data[0] >> 8 - self._length_bits != len(data):
                raise CodecError(f"{len(data)} octets do not begin with their length", "octets")
        else:
            fields = BitWriter()
            self._body.write(value, fields)
            length = (self._length_bits + fields.bits + 7) // 8
            data = packed(self._numbered(length), value)
        writer.put_bytes(data)


class KnownCode(Enum):
    """Some bits with named values that tell what follows them; nobody knows what follows another value."""

    def read(self, reader: BitReader) -> Value:
        found = super().read(reader)
        if not isinstance(found, str):
            raise CodecError(f"nothing is known about the code {found}")
        return found


class Bcd(BitKind):
    """Digits of four bits, the first one highest; F fills up behind them."""

    def __init__(self, digits: int) -> None:
        self.bits: int = 4 * digits
        self._digits = digits
        self.coding = f"{digits} digits of BCD, unused F"

    def read(self, reader: BitReader) -> Value:
        return f"{reader.take(4 * self._digits):0{self._digits}X}".rstrip("F")

    def write(self, value: Value, writer: BitWriter) -> None:
        digits = text(value)
        if len(digits) > self._digits or set(digits) - set("0123456789ABCDE"):
            raise CodecError(f"expected at most {self._digits} digits, found {shown(value)}")
        writer.put(int(digits.ljust(self._digits, "F"), 16), 4 * self._digits)


class BitString(BitKind):
    """A count of bits in ``length_bits``, then the bits: ``"0A4F/15"``, right-justified hex digits and the count."""

    def __init__(self, length_bits: int) -> None:
        self._length_bits = length_bits
        self.coding = f"{bits_text(length_bits)} of length in bits, then the bits, as HEX/LENGTH"

    def read(self, reader: BitReader) -> Value:
        count = reader.take(self._length_bits)
        return f"{reader.take(count):0{(count + 3) // 4}X}/{count}" if count else "/0"

    def write(self, value: Value, writer: BitWriter) -> None:
        digits, slash, count = text(value).partition("/")
        if not (slash and count.isascii() and count.isdigit() and len(count) < 6) or set(digits) - set(
            "0123456789ABCDEFabcdef"
        ):
            raise CodecError(f"expected HEX/LENGTH, found {shown(value)}")
        writer.put(int(count), self._length_bits)
        writer.put(int(digits or "0", 16), int(count))


class ToEnd(BitKind):
    """Equal elements of ``bits`` up to the end of the block, as a list."""

    def __init__(self, bits: int, element: BitKind) -> None:
        self._size = bits
        self._element = element
        self.coding = f"{bits_text(bits)} each"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._element.fields

    def read(self, reader: BitReader) -> Value:
        return [self._element.read(reader) for _ in range(reader.left // self._size)]

    def write(self, value: Value, writer: BitWriter) -> None:
        for index, element in enumerate(items(value)):
            with inside(str(index)):
                self._element.write(element, writer)


class OctetsToEnd(BitKind):
    """What is left of the block, as hex digits."""

    coding = "bytes up to the end of the block"

    def read(self, reader: BitReader) -> Value:
        return reader.take_bytes(reader.left // 8).hex().upper()

    def write(self, value: Value, writer: BitWriter) -> None:
        writer.put_bytes(octets(value))


class Tables(BitKind):
    """Fields, then the numbers of records of some tables, reserved bits, and the tables one after the other."""

    def __init__(self, head: Sequence, *tables: tuple[int, BitField], spare_bits: int = 0) -> None:
        self._head = head
        self._tables = tables
        self._spare_bits = spare_bits
        self.names = (*head.names, *(field.name for _, field in tables))

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (*self._head.fields, *document(tuple(field for _, field in self._tables)))

    def read(self, reader: BitReader) -> Value:
        found = dict(members(self._head.read(reader), self._head.names))
        counts = [reader.take(bits) for bits, _ in self._tables]
        reader.take(self._spare_bits)
        for count, (_, field) in zip(counts, self._tables, strict=True):
            with inside(field.name):
                field.store([field.kind.read(reader) for _ in range(count)], found)
        return found

    def write(self, value: Value, writer: BitWriter) -> None:
        given = members(value, self.names)
        self._head.write({key: given[key] for key in self._head.names if key in given}, writer)
        tables = [(bits, field, items(field.fetch(given))) for bits, field in self._tables]
        for bits, field, records in tables:
            with inside(field.name):
                writer.put(len(records), bits)
        writer.put(0, self._spare_bits)
        for _, field, records in tables:
            for index, record in enumerate(records):
                with inside(f"{field.name}.{index}"):
                    field.kind.write(record, writer)


def packed(kind: BitKind, value: Value) -> bytes:
    """The octets of a block of bits, filled with zero bits."""
    writer = BitWriter()
    kind.write(value, writer)
    return writer.getvalue()


def faithful(kind: BitKind, data: bytes) -> Values | None:
    """The object the octets mean; None when they are not of this form, or it would not give them back."""
    try:
        found = kind.read(BitReader(data))
        if isinstance(found, dict) and packed(kind, found) == data:
            return found
    except CodecError:
        pass
    return None


class Packed(Kind):
    """A block of bits as whole octets, filled with zero bits."""

    def __init__(self, block: Sequence) -> None:
        self._block = block
        self.keys = block.names

    @property
    def coding(self) -> str:
        return "bit fields"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._block.fields

    def unpack(self, data: bytes) -> Value:
        return self._block.read(BitReader(data))

    def pack(self, value: Value, length: int | None) -> bytes:
        return padded(packed(self._block, value), length)
