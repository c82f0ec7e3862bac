"""System tags of DF_CDMA, the names a phone shows for systems (C.S0023-C 3.4.78 to 3.4.81, C.S0016-C 3.5.11)."""

from __future__ import annotations

from uimkit.files.codec import BitField, Bits, Enum, Kind, LengthOctets, Maybe, UInt, spare
from uimkit.files.codec.base import members, octets
from uimkit.files.codec.checked import CheckedList, OrOctets
from uimkit.files.codec.encodings import ENCODINGS, read_text, write_text
from uimkit.files.codec.lists import inside
from uimkit.files.codec.packed import OctetsToEnd, Sequence
from uimkit.files.codec.values import code_number
from uimkit.files.declare import ruim, sized, transparent
from uimkit.files.spec import Example, FieldDoc, FileSpec, Value


class HomeTag(Kind):
    """Call prompt, encoding, and the tag in that encoding, one character in so many whole octets."""

    _bits = Bits(
        None,
        BitField("call_prompt", Maybe(UInt(5), gap=5), "call prompt of the home system, null none"),
        BitField("encoding", Enum(5, ENCODINGS), "character encoding of the tag (C.R1001)"),
        BitField("tag", LengthOctets(5), "tag of the home system, in the encoding"),
        order="big",
    )
    keys = _bits.keys

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return self._bits.fields

    def unpack(self, data: bytes) -> Value:
        found = members(self._bits.unpack(data), self.keys)
        return {**found, "tag": read_text(code_number(ENCODINGS, found["encoding"]), octets(found["tag"]))}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        with inside("encoding"):
            encoding = code_number(ENCODINGS, given.get("encoding"))
        with inside("tag"):
            tag = write_text(encoding, given.get("tag")).hex()
        return self._bits.pack({**given, "tag": tag}, length)


def _tag_list(path: str, name: str, summary: str, clause: str, rule: str, example: Example, count: int) -> FileSpec:
    """A list of tags or prompts; ``count`` is the width of its number of records in bits."""
    padding = (spare(16 - count),) if count > 8 else ()
    contents = Sequence(
        BitField("list_id", UInt(16), "identification of the list"),
        BitField("tag_p_rev", UInt(8), "protocol revision of the list"),
        BitField("def_tag_encoding", Enum(8, ENCODINGS), "character encoding of the tags (C.R1001)"),
        BitField("num_records", UInt(count), "number of records"),
        *padding,
        BitField("records", OctetsToEnd(), "the records of C.S0016-C 3.5.11, as the network delivers them", ""),
    )
    return transparent(
        path,
        name,
        summary,
        ruim(clause, "M"),
        size=sized(rule, 256, 9 if count == 8 else 10),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=CheckedList(contents, 9 if count == 8 else 10),
        examples=(example, Example("00" * 12, {"list_size": 0}, "never written")),
    )


_EMPTY: dict[str, Value] = {"list_id": 1, "tag_p_rev": 1, "def_tag_encoding": "7-bit ASCII", "num_records": 0}
_LONG_LIST = Example("000A0001010200008F0A", _EMPTY)

FILES = (
    transparent(
        "3F00/7F25/6F70",
        "EF_HOME_TAG",
        "Home system tag of C.S0016-C",
        ruim("3.4.78", "M"),
        size=sized("X", 33, 2),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=OrOctets(HomeTag()),
        examples=(
            Example("0044486F6D65", {"call_prompt": None, "encoding": "7-bit ASCII", "tag": "Home"}),
            Example("8C44486F6D65", {"call_prompt": 3, "encoding": "7-bit ASCII", "tag": "Home"}),
        ),
    ),
    _tag_list(
        "3F00/7F25/6F71",
        "EF_GROUP_TAG",
        "Group tag list of C.S0016-C",
        "3.4.79",
        "GROUP_TAG_LIST_SIZE",
        Example("000900010102006135", _EMPTY),
        8,
    ),
    _tag_list(
        "3F00/7F25/6F72",
        "EF_SPECIFIC_TAG",
        "Specific tag list of C.S0016-C",
        "3.4.80",
        "SPEC_TAG_LIST_SIZE",
        _LONG_LIST,
        14,
    ),
    _tag_list(
        "3F00/7F25/6F73",
        "EF_CALL_PROMPT",
        "Call prompt list of C.S0016-C",
        "3.4.81",
        "CALL_PRMPT_LIST_SIZE",
        _LONG_LIST,
        14,
    ),
)
