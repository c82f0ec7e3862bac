"""The files of DF_SoLSA: localised service areas (GSM 11.11 10.4.1, Annex F)."""

from __future__ import annotations

from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import (
    BitField,
    Bits,
    Enum,
    Field,
    Flag,
    Hex,
    Kind,
    Number,
    Plmn,
    RecordNumber,
    Struct,
    Text,
    UInt,
    reserved,
)
from uimkit.files.codec.base import items, members, octets
from uimkit.files.codec.lists import inside
from uimkit.files.codec.values import code_number
from uimkit.files.declare import gsm, linear, sized, transparent
from uimkit.files.spec import Example, FieldDoc, FileSpec, Value

_PATH = "3F00/7F20/5F70/"
_TYPES = {0: "LSA ID", 1: "LAC and CI", 2: "CI", 3: "LAC"}
_WIDTHS = (3, 4, 2, 2)
_MAX = 63


class Descriptors(Kind):
    """A record of an LSA descriptor file but its last byte: type and count, then the descriptors, unused FF."""

    keys = ("type", "descriptors")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc(
                "type",
                "what the descriptors of this record are",
                "b2-b1 of byte 1: 0 to 3 in this order: " + ", ".join(_TYPES.values()),
            ),
            FieldDoc(
                "descriptors",
                "hex digits of each: 3 bytes of LSA ID, 4 of LAC and CI, 2 of CI or LAC",
                "count in b8-b3 of byte 1, then the bytes, unused FF",
            ),
        )

    def unpack(self, data: bytes) -> Value:
        if not data:
            raise CodecError("the type is missing")
        width, count = _WIDTHS[data[0] & 3], data[0] >> 2
        if 1 + width * count > len(data):
            raise CodecError(f"{count} descriptors need {1 + width * count} bytes, found {len(data)}", "descriptors")
        found: list[Value] = [data[at : at + width].hex().upper() for at in range(1, 1 + width * count, width)]
        return {"type": _TYPES[data[0] & 3], "descriptors": found}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        with inside("type"):
            number = code_number(_TYPES, given.get("type"))
            if number not in _TYPES:
                raise CodecError(f"found {shown(number)}, expected 0 to 3")
        with inside("descriptors"):
            return self._packed(number, [octets(item) for item in items(given.get("descriptors"))], length)

    @staticmethod
    def _packed(number: int, descriptors: list[bytes], length: int | None) -> bytes:
        if any(len(item) != _WIDTHS[number] for item in descriptors):
            raise CodecError(f"a descriptor of {_TYPES[number]} has {_WIDTHS[number]} bytes")
        data = b"".join(descriptors)
        room = len(data) if length is None else length - 1
        if len(descriptors) > _MAX or len(data) > room:
            raise CodecError(
                f"{len(descriptors)} descriptors given, there is room for {min(_MAX, room // _WIDTHS[number])}"
            )
        return bytes([len(descriptors) << 2 | number]) + data.ljust(room, b"\xff")


FILES: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "4F30",
        "EF_SAI",
        "LSA-only flag and text",
        gsm("10.4.1.1", "O; SST n40; shall exist if DF_SoLSA exists", 40),
        size=sized("X+1", 17, 1),
        access="CHV1 ADM - ADM ADM",
        fill="00(FF)*",
        kind=Struct(
            Bits(1, BitField("lsa_only", Flag(), "the phone has access inside its localised service areas only")),
            Field("text", Text(), "displayed when the phone is outside of them, an alpha identifier"),
        ),
        examples=(
            Example("014F7574206F66204C5341", {"lsa_only": True, "text": "Out of LSA"}),
            Example("00" + "FF" * 16, {"lsa_only": False, "text": ""}, "Annex D"),
        ),
    ),
    linear(
        _PATH + "4F31",
        "EF_SLL",
        "Subscribed LSAs",
        gsm("10.4.1.2", "O; SST n40; shall exist if DF_SoLSA exists", 40),
        size=sized("X+10", 20, 10, records=5),
        access="CHV1 CHV1 - ADM ADM",
        kind=Struct(
            Field("name", Text(), "name of the area, an alpha identifier"),
            Bits(
                1,
                BitField(
                    "icon_use", Enum(2, {0: "none", 1: "instead of the name", 2: "with the name"}), "use of the icon"
                ),
                BitField("idle_mode_support", Flag(), "camping in this area has priority in idle mode"),
                BitField("idle_mode_indication", Flag(), "the phone indicates the area in idle mode"),
            ),
            reserved(1),
            Field("icon", RecordNumber(), "record of EF_IMG, null for none"),
            Bits(1, BitField("priority", UInt(4), "0 lowest to 15 highest")),
            Field("plmn", Plmn(), "network of the area"),
            Field("descriptor_file", Hex(2), "identifier of the LSA descriptor file"),
            Field("descriptor_record", Number(), "first record in that file"),
        ),
        examples=(
            Example(
                "486F6D65FFFF0D00010F00F1104F5001",
                {
                    "name": "Home",
                    "icon_use": "instead of the name",
                    "idle_mode_support": True,
                    "idle_mode_indication": True,
                    "icon": 1,
                    "priority": 15,
                    "plmn": "00101",
                    "descriptor_file": "4F50",
                    "descriptor_record": 1,
                },
            ),
        ),
    ),
    linear(
        _PATH + "4FXX",
        "EF_LSA_DESCRIPTOR",
        "LSA descriptors, chained; XX from 20..FF, not 30, 31",
        gsm("10.4.1.3", "O; SST n40", 40),
        size=sized("n*X+2", 8, 4, records=10),
        access="CHV1 ADM - ADM ADM",
        kind=Struct(Descriptors(), Field("next", RecordNumber(), "record with more of this area, null for none")),
        examples=(
            Example("08000001000002FF", {"type": "LSA ID", "descriptors": ["000001", "000002"], "next": None}),
            Example("0E100110021003FF", {"type": "CI", "descriptors": ["1001", "1002", "1003"], "next": None}),
            Example("04000001FFFF02", {"type": "LSA ID", "descriptors": ["000001"], "next": 2}),
            Example("0510010001FFFF", {"type": "LAC and CI", "descriptors": ["10010001"], "next": None}),
        ),
    ),
)
