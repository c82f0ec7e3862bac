"""Declarative codecs: the coding of a file is put together from named parts."""

from uimkit.files.codec.base import Field, FileCodec, Kind
from uimkit.files.codec.bits import (
    BitField,
    BitKind,
    Bits,
    BitSet,
    Enum,
    Flag,
    Group,
    Ipv4,
    LengthOctets,
    Maybe,
    Repeat,
    UInt,
    spare,
)
from uimkit.files.codec.lists import Counted, Listed, Prefixed, Struct
from uimkit.files.codec.text import Digits, Plmn, Text
from uimkit.files.codec.tlv import Tlv
from uimkit.files.codec.values import Code, Fill, Hex, Number, Opaque, RecordNumber, Translated, reserved

__all__ = [
    "BitField",
    "BitKind",
    "BitSet",
    "Bits",
    "Code",
    "Counted",
    "Digits",
    "Enum",
    "Field",
    "FileCodec",
    "Fill",
    "Flag",
    "Group",
    "Hex",
    "Ipv4",
    "Kind",
    "LengthOctets",
    "Listed",
    "Maybe",
    "Number",
    "Opaque",
    "Plmn",
    "Prefixed",
    "RecordNumber",
    "Repeat",
    "Struct",
    "Text",
    "Tlv",
    "Translated",
    "UInt",
    "reserved",
    "spare",
]
