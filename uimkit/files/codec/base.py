"""The parts codecs are made of, and the file codec that makes any of them lossless.

A :class:`Kind` turns some bytes into a value and back. ``width`` is its number of bytes, None when it takes what the
structure around it leaves over.
"""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from uimkit.coding.errors import CodecError, shown
from uimkit.files.spec import FieldDoc, Value


class Kind(ABC):
    """A coding of a value in whole bytes."""

    width: int | None = None
    keys: tuple[str, ...] = ()
    """The keys of the value, when the kind gives an object that may merge into the structure around it."""

    @property
    def coding(self) -> str:
        """Bytes, order and alphabet in a few words, for the documentation."""
        return ""

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The lines of the documentation this kind brings along."""
        return ()

    @abstractmethod
    def unpack(self, data: bytes) -> Value:
        """The value of the bytes; raises CodecError."""

    @abstractmethod
    def pack(self, value: Value, length: int | None) -> bytes:
        """Exactly ``length`` bytes, or as few as the value needs when None; raises CodecError."""


K = TypeVar("K")


class _Required:
    """Marks a field that has no default."""


REQUIRED = _Required()


@dataclass(frozen=True)
class FieldOf(Generic[K]):
    """A named part of a structure.

    A field with a ``default`` need not be given, and is left out of the value while it has it unless it is ``shown``.
    A ``trailing`` field may be missing at the end of a short file.
    """

    name: str
    kind: K
    description: str = ""
    default: Value | _Required = REQUIRED
    trailing: bool = False
    shown: bool = False

    def store(self, found: Value, into: dict[str, Value]) -> None:
        """Put a decoded value in its place, unless it is the default."""
        if self.shown or not same(found, self.default):
            into[self.name] = found

    def fetch(self, values: dict[str, Value]) -> Value:
        """The value to encode; raises CodecError when it is missing and there is no default."""
        found = values.get(self.name, self.default)
        if isinstance(found, _Required):
            raise CodecError("is missing", self.name)
        return found


Field = FieldOf[Kind]


def same(left: object, right: object) -> bool:
    """Equality that tells true from 1, as JSON does."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def whole(value: Value) -> int:
    """The integer; raises CodecError for anything else, true and false included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise CodecError(f"expected an integer, found {shown(value)}")
    return value


def text(value: Value) -> str:
    """The text; raises CodecError for anything else."""
    if not isinstance(value, str):
        raise CodecError(f"expected text, found {shown(value)}")
    return value


def items(value: Value) -> list[Value]:
    """The list; raises CodecError for anything else."""
    if not isinstance(value, list):
        raise CodecError(f"expected a list, found {shown(value)}")
    return value


def members(value: Value, allowed: tuple[str, ...]) -> dict[str, Value]:
    """The object; raises CodecError for anything else and for a key that no field has."""
    if not isinstance(value, dict):
        raise CodecError(f"expected an object with {', '.join(allowed)}, found {shown(value)}")
    for key in value:
        if key not in allowed:
            raise CodecError(f"unknown field {shown(key)}, expected {', '.join(allowed)}")
    return value


def octets(value: Value) -> bytes:
    """The bytes of a text of hex digits; raises CodecError for anything else."""
    digits = text(value)
    if len(digits) % 2 or set(digits) - set(string.hexdigits):
        raise CodecError(f"expected an even number of hex digits, found {shown(value)}")
    return bytes.fromhex(digits)


def padded(data: bytes, length: int | None, fill: int = 0xFF) -> bytes:
    """``data`` filled to ``length`` bytes; raises CodecError when it is longer."""
    if length is None:
        return data
    if len(data) > length:
        raise CodecError(f"needs {len(data)} bytes, there is room for {length}")
    return data + bytes([fill]) * (length - len(data))


def check_width(data: bytes, width: int | None) -> None:
    """Raise CodecError when the bytes are not as many as the kind has."""
    if width is not None and len(data) != width:
        raise CodecError(f"expected {width} bytes, found {len(data)}")


@dataclass(frozen=True)
class FileCodec:
    """The codec of a file: all FF is null, and no byte is ever lost.

    Where the fields alone would not give the same bytes again, the value keeps them under ``raw``. They count only
    as long as the fields beside them are the decoded ones: who edits a field gets it encoded afresh.
    """

    kind: Kind

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The lines of the documentation."""
        return self.kind.fields

    def decode(self, data: bytes) -> Value:
        """The value of the bytes; raises CodecError."""
        if data.count(0xFF) == len(data):
            return None
        found = self.kind.unpack(data)
        if self._gives(found, data):
            return found
        fields = found if isinstance(found, dict) else {"value": found}
        return {**fields, "raw": data.hex().upper()}

    def encode(self, value: Value, length: int) -> bytes:
        """Exactly ``length`` bytes; raises CodecError."""
        if value is None:
            return b"\xff" * length
        if not isinstance(value, dict) or "raw" not in value:
            return self._pack(value, length)
        raw = octets(value["raw"])
        fields: Value = {key: item for key, item in value.items() if key != "raw"}
        if isinstance(fields, dict) and fields.keys() == {"value"} and "value" not in self.kind.keys:
            fields = fields["value"]
        if len(raw) == length and same(self.kind.unpack(raw), fields):
            return raw
        return self._pack(fields, length)

    def _gives(self, value: Value, data: bytes) -> bool:
        try:
            return self._pack(value, len(data)) == data
        except CodecError:
            return False

    def _pack(self, value: Value, length: int) -> bytes:
        packed = self.kind.pack(value, length)
        if len(packed) != length:
            raise CodecError(f"needs {len(packed)} bytes, the file or record has {length}")
        return packed
