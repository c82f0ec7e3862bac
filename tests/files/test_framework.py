"""The declarations hold together, and no codec loses a byte or raises anything but CodecError."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uimkit.coding.errors import CodecError
from uimkit.errors import InputError
from uimkit.files import codec as c
from uimkit.files.catalogue import all_files, by_path, find
from uimkit.files.spec import Size

DATA = Path(__file__).parents[1] / "data"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KINDS = [
    c.Struct(
        c.Field("a", c.Number(2, "little")),
        c.Bits(
            2,
            c.BitField("b", c.UInt(5)),
            c.spare(3),
            c.BitField("flag", c.Flag()),
            c.BitField("off", c.Flag(inverted=True)),
        ),
        c.Field("code", c.Code({1: "one", 2: "two"})),
        c.reserved(1),
        c.Field("rest", c.Hex()),
    ),
    c.Bits(3, c.BitField("x", c.Enum(3, {0: "none", 5: "five"})), c.BitField("y", c.UInt(10)), order="big"),
    c.Struct(c.Field("digits", c.Digits(3, first="high", align="right")), c.Field("list", c.Listed(c.Plmn()))),
    c.Struct(
        c.Field("n", c.Number()),
        c.Field("m", c.Number(), trailing=True),
        c.Field("t", c.Text(2, "utf-8"), trailing=True),
    ),
    c.Struct(c.Field("list", c.Counted(c.Number(2)))),
    c.Struct(c.Field("tlv", c.Tlv({0x80: c.Field("u", c.Text(encoding="utf-8")), 0xA8: c.Field("in", c.Tlv({}))}))),
    c.Prefixed(
        c.Bits(
            None,
            c.BitField("ip", c.Maybe(c.Ipv4(), gap=2)),
            c.BitField(
                "n", c.Repeat(2, c.Group(c.BitField("i", c.UInt(4)), c.BitField("s", c.LengthOctets(3, as_text=True))))
            ),
            order="big",
        )
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=range(len(KINDS)))
@settings(max_examples=60)
@given(content=st.binary(max_size=20), value=JSON, length=st.integers(0, 20), data=st.data())
def test_combinators_round_trip_or_refuse(kind, content, value, length, data):
    codec = c.FileCodec(kind)
    _survive(codec, content, value, length)
    try:
        decoded = codec.decode(content)
    except CodecError:
        return
    assert codec.encode(decoded, len(content)) == content
    if isinstance(decoded, dict):
        key = data.draw(st.sampled_from(sorted(decoded)) if decoded else st.just("none"))
        _survive(codec, content, {**decoded, key: value}, len(content))


def _survive(codec, content, value, length):
    with suppress(CodecError):
        codec.decode(content)
    with suppress(CodecError):
        assert len(codec.encode(value, length)) == length


def test_raw_counts_only_while_the_fields_are_untouched():
    codec = find("EF_ADN").codec
    record = bytes.fromhex("810205" + "4E4E" + "FF" * 9 + "0481" + "0100F0" + "FF" * 9)
    value = codec.decode(record)
    assert value["raw"]
    assert codec.encode(value, 28) == record
    edited = codec.encode({**value, "number": "10010"}, 28)
    assert codec.decode(edited)["number"] == "10010"
    assert "raw" not in codec.decode(edited)


def test_reserved_bits_show_only_when_they_are_set():
    codec = c.FileCodec(c.Bits(1, c.BitField("flag", c.Flag())))
    assert codec.decode(b"\x01") == {"flag": True}
    assert codec.decode(b"\x81") == {"flag": True, "rfu": 64}
    assert codec.encode({"flag": True, "rfu": 64}, 1) == b"\x81"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"name": "北京办事处王总", "number": "1", "ccp": None, "ext": None},
            "name: .*takes 15 octets, the field has 14",
        ),
        ({"name": "", "number": "1" * 21}, "number: 21 digits given, a record holds 20"),
        ({"name": "", "number": "12 34"}, "number: .*position 3"),
        ({"name": "", "number": "+1", "ton_npi": "81"}, "number: "),
        ({"name": ""}, "number: is missing"),
        ({"nam": ""}, "unknown field 'nam'"),
        ({"name": True, "number": "1"}, "name: expected text"),
        ([], "expected an object"),
    ],
)
def test_refusals_name_the_field(value, message):
    with pytest.raises(CodecError, match=message):
        find("EF_ADN").codec.encode(value, 28)


def _telecom_vectors():
    for name in ("gsm-vectors.json", "ruim-vectors.json"):
        for vector in json.loads((DATA / name).read_text()):
            path = vector["path"] or ""
            path = path if path.endswith(vector["fid"]) else f"{path}/{vector['fid']}"
            if vector["ef"].startswith("EF_") and ("7F10" in path or "/2F" in path):
                yield pytest.param(path, vector, id=f"{vector['ef']}-{vector['hex'][:24]}")


@pytest.mark.parametrize(("path", "vector"), list(_telecom_vectors()))
def test_vectors_of_the_telecom_files(path, vector):
    spec = by_path(path)
    data = bytes.fromhex(vector["hex"])
    value = spec.codec.decode(data)
    assert spec.codec.encode(value, len(data)) == data
    if value is None:
        return
    assert "raw" not in value
    expected = vector["values"]
    for key in ("digits", "tpdu", "capability", "tp_mr", "memory_exceeded", "sms_record", "data"):
        if key in expected:
            assert str(value[key]) == str(expected[key]).removesuffix("FF" * 8)
    if "number" in expected and "number" in value:
        assert value["number"].removeprefix("+") == expected["number"].removeprefix("+")
    if expected.get("alpha"):
        assert value["name"] == expected["alpha"]["text"]


def test_files_are_found_by_name_and_path():
    assert find("ef_adn").path == "3F00/7F10/6F3A"
    assert find("3f00/7f10/6f3a").name == "EF_ADN"
    assert by_path("3F00/7F10/5F50/4F41").name == "EF_IMAGE_DATA"
    assert by_path("3F00/7F10/5F50/4F20").name == "EF_IMG"
    assert by_path("3F00/1234") is None
    with pytest.raises(InputError, match=r"EF_ADN \(3F00/7F10/6F3A\)"):
        find("ADN")


def test_names_or_paths_tell_the_files_apart():
    keys = [(spec.path, spec.name) for spec in all_files()]
    assert len(set(keys)) == len(keys)
    paths = [spec.path for spec in all_files() if "X" not in spec.fid]
    assert len(set(paths)) == len(paths)


def test_sizes():
    size = Size("3n", 15, None, 3, 15, 3)
    assert [n for n in range(20) if size.legal(n)] == [3, 6, 9, 12, 15]
    assert find("3F00/7F10/6F3C").default_content(3).hex() == "00ffff"
    assert (find("EF_ADN").fid, find("EF_ADN").parent) == ("6F3A", "3F00/7F10")
