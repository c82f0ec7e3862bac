"""BER-TLV lists as values."""

from __future__ import annotations

from dataclasses import replace

from uimkit.coding.errors import CodecError, shown
from uimkit.coding.tlv import read_tlv, write_tlv
from uimkit.files.codec.base import Field, Kind, items, padded
from uimkit.files.codec.lists import inside
from uimkit.files.codec.values import Hex
from uimkit.files.spec import FieldDoc, Value


class Tlv(Kind):
    """Data objects in order, as a list of ``{NAME: VALUE}``; an unknown tag is ``{"tag XX": HEX}``, unused bytes FF."""

    def __init__(self, tags: dict[int, Field]) -> None:
        self._tags = tags
        self._numbers = {field.name: tag for tag, field in tags.items()}

    @property
    def coding(self) -> str:
        return "list of BER-TLV, unused FF"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        lines: list[FieldDoc] = []
        for tag, field in self._tags.items():
            lines.append(FieldDoc(field.name, field.description, f"tag {tag:02X}, {field.kind.coding}"))
            lines += [replace(line, name=f"{field.name}.{line.name}") for line in field.kind.fields]
        return tuple(lines)

    def unpack(self, data: bytes) -> Value:
        return [self._decoded(tag, value) for tag, value in read_tlv(data)]

    def _decoded(self, tag: int, data: bytes) -> Value:
        field = self._tags.get(tag)
        if field is None:
            return {f"tag {tag:02X}": data.hex().upper()}
        with inside(field.name):
            return {field.name: field.kind.unpack(data)}

    def pack(self, value: Value, length: int | None) -> bytes:
        return padded(write_tlv(self._encoded(item) for item in items(value)), length)

    def _encoded(self, item: Value) -> tuple[int, bytes]:
        if not isinstance(item, dict) or len(item) != 1:
            raise CodecError(f"expected an object with one of {', '.join(self._numbers)}, found {shown(item)}")
        ((name, value),) = item.items()
        with inside(name):
            tag = self._number(name)
            kind = self._tags[tag].kind if name in self._numbers else Hex(fill=None)
            return tag, kind.pack(value, None)

    def _number(self, name: str) -> int:
        if name in self._numbers:
            return self._numbers[name]
        try:
            tag = read_tlv(bytes.fromhex(name.removeprefix("tag ")) + b"\0") if name.startswith("tag ") else []
        except ValueError:
            tag = []
        if len(tag) != 1 or tag[0][0] in self._tags:
            raise CodecError(f"unknown tag, expected {', '.join(self._numbers)} or 'tag XX'")
        return tag[0][0]
