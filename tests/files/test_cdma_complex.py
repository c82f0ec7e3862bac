"""Roaming lists, packet data, messages, multimedia and tags of DF_CDMA agree with the tables of C.S0023-C."""

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uimkit.coding.errors import CodecError
from uimkit.files import cdma_messages, cdma_multimedia, cdma_packet, cdma_roaming, cdma_tags
from uimkit.files.codec.base import same

DATA = Path(__file__).parents[1] / "data"
SPECS = [
    *cdma_roaming.FILES,
    *cdma_packet.FILES,
    *cdma_messages.FILES,
    *cdma_multimedia.FILES,
    *cdma_tags.FILES,
]
BY_FID = {spec.fid: spec for spec in SPECS}
OWN = {"6F30", "6F53", "6F56", "6F57", "6F70", "6F71", "6F72", "6F73"}
RANGES = ((0x6F3C, 0x6F3E), (0x6F48, 0x6F50), (0x6F5A, 0x6F69))
LIST_HEAD = {"6F30": 10, "6F5A": 13, "6F71": 9, "6F72": 10, "6F73": 10}
"""Octets of the shortest list: the fields before the records, and the CRC."""
MINIMUM = {**LIST_HEAD, "6F3D": 10, "6F53": 1, "6F62": 5, "6F63": 3, "6F64": 3, "6F66": 3, "6F4F": 1, "6F3C": 2}
"""Shortest contents where the table has no number; two octets otherwise."""
STRICT = {"EF_EXT8"}
"""Files that refuse inner lengths beyond their end; all others show such contents as octets."""


def table():
    with (DATA / "ruim-files.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["path"] == "3F00/7F25"]
    return {
        row["fid"]: row
        for row in rows
        if row["fid"] in OWN or (row["fid"] != "-" and any(low <= int(row["fid"], 16) <= high for low, high in RANGES))
    }


ROWS = table()
each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def rule(size):
    """The rule in a size column, without the default and remarks: ``record 5; default 5 x 20 (...)`` is ``5``."""
    return re.sub(r"; default.*| \(.*", "", size).removeprefix("record ")


def bounds(fid, text):
    """Minimum and maximum that a rule means; the maximum None where the rule has none."""
    if text.isdecimal():
        return int(text), int(text)
    if match := re.fullmatch(r"(\d+)\+X", text):
        block = fid in {"6F4C", "6F4D", "6F50", "6F57"}
        return int(match[1]), 256 if block else None
    if text == "4+X":
        return 4, None
    return MINIMUM.get(fid, 2), None


def test_every_row_is_declared_once():
    assert len(SPECS) == len(BY_FID) == 36
    assert set(BY_FID) == set(ROWS)


@each_spec
def test_attributes_are_those_of_the_table(spec):
    row = ROWS[spec.fid]
    (definition,) = spec.definitions
    assert spec.path == f"{row['path']}/{row['fid']}"
    assert (spec.name, spec.structure.value, spec.activity) == (row["name"], row["structure"], row["update_activity"])
    assert (definition.standard, definition.clause) == ("C.S0023-C", row["clause"])
    assert (definition.presence, definition.mandatory) == (row["presence"], row["presence"] == "M")
    together_with_sms = ["4"] if spec.fid == "6F3E" else []
    assert [(one.table, str(one.number)) for one in definition.services] == [
        ("CST", number) for number in re.findall(r"\bn(\d+)", row["presence"]) + together_with_sms
    ]
    conditions = ("read", "update", "increase", "invalidate", "rehabilitate")
    written = [re.sub(r" or (CHV\d) \(.*", r"/\1", row[name]) for name in conditions]
    assert [getattr(spec.access, name) for name in conditions] == written


@each_spec
def test_sizes_are_those_of_the_table(spec):
    row = ROWS[spec.fid]
    least, most = bounds(spec.fid, rule(row["size"]))
    assert spec.size.rule == rule(row["size"])
    assert (spec.size.minimum, spec.size.step) == (least, 1)
    assert spec.size.maximum == (most or (255 if spec.has_records else 65535))
    assert str(spec.size.default) == (row["def_record_len"] or row["def_file_size"])
    assert str(spec.size.records or "") == row["def_records"]
    assert spec.size.legal(spec.size.default)


@each_spec
def test_fresh_content_is_that_of_annex_a(spec):
    length = spec.size.default
    fresh = spec.default_content(length)
    assert len(fresh) == length
    assert spec.codec.encode(spec.codec.decode(fresh), length) == fresh
    default = ROWS[spec.fid]["annex_a_default"]
    if default:
        head = bytes.fromhex(default.partition(" ")[0].partition("FF..FF")[0] if default != "FFFF" else "")
        assert fresh == (head.ljust(length, b"\xff") if "FF" in default else head)


@each_spec
def test_examples_hold_both_ways(spec):
    assert spec.examples
    for example in spec.examples:
        data = bytes.fromhex(example.hex)
        assert spec.size.legal(len(data))
        assert same(spec.codec.decode(data), example.value)
        assert spec.codec.encode(example.value, len(data)) == data


@each_spec
def test_fields_are_documented(spec):
    names = {line.name.partition(".")[0] for line in spec.codec.fields}
    for example in spec.examples:
        assert set(example.value or ()) <= names
    assert all(line.name and line.description and line.coding for line in spec.codec.fields)


def test_only_the_user_zones_are_opaque():
    assert [spec.name for spec in SPECS if spec.opaque] == ["EF_PUZL"]


VECTORS = [one for one in json.loads((DATA / "ruim-vectors.json").read_text()) if one["path"] == "3F00/7F25"]
VECTORS = [one for one in VECTORS if one["fid"] in BY_FID]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['ef']}-{one['hex'][:12]}")
def test_published_vectors_decode_into_fields_and_back(vector):
    codec = BY_FID[vector["fid"]].codec
    data = bytes.fromhex(vector["hex"])
    value = codec.decode(data)
    assert codec.encode(value, len(data)) == data
    if set(data) == {0xFF}:
        assert value is None
        return
    assert "raw" not in value
    assert vector["fid"] == "6F53" or "octets" not in value
    assert same(value, VALUES.get(vector["hex"], value))


VALUES = {
    "07": {"sip": True, "mip": True, "mip_with_sip_fallback": True},
    "AB258001018116687474703A2F2F6D6D732E6578616D706C652E6E6574820310AA00830320BB00" + "FF" * 25: {
        "sets": [
            {
                "parameters": [
                    {"implementation": {"wap": True}},
                    {"relay_server": "http://mms.example.net"},
                    {"bearer": "10AA00"},
                    {"gateway": "20BB00"},
                ]
            }
        ]
    },
    "000000FFFFFFFFFFFFFFFFFF": {
        "used": False,
        "read": False,
        "status": "not retrieved",
        "implementation": {"wap": False},
        "notification": "",
        "ext": None,
    },
}


@each_spec
@settings(max_examples=40)
@given(data=st.data())
def test_any_bytes_of_legal_length_come_back(spec, data):
    most = min(spec.size.maximum, spec.size.minimum + 90)
    size = data.draw(st.integers(spec.size.minimum, most).filter(spec.size.legal))
    content = data.draw(st.binary(min_size=size, max_size=size))
    try:
        value = spec.codec.decode(content)
    except CodecError:
        assert spec.name in STRICT
        return
    assert spec.codec.encode(value, size) == content
    assert same(spec.codec.decode(spec.codec.encode(value, size)), value)
    json.dumps(value)


@each_spec
@settings(max_examples=40)
@given(content=st.binary(max_size=40))
def test_bytes_of_any_length_raise_nothing_but_codec_errors(spec, content):
    try:
        spec.codec.decode(content)
    except CodecError:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@each_spec
@settings(max_examples=40)
@given(data=st.data())
def test_no_value_raises_anything_but_codec_errors(spec, data):
    example = data.draw(st.sampled_from(spec.examples))
    value = data.draw(st.one_of(JSON, broken(example.value)))
    try:
        assert len(spec.codec.encode(value, len(example.hex) // 2)) == len(example.hex) // 2
    except CodecError:
        return


def broken(value):
    """The value with something else at one place of it."""
    if isinstance(value, dict) and value:
        return st.sampled_from(sorted(value)).flatmap(
            lambda key: st.one_of(JSON, broken(value[key])).map(lambda new: {**value, key: new})
        )
    if isinstance(value, list) and value:
        return st.integers(0, len(value) - 1).flatmap(
            lambda at: st.one_of(JSON, broken(value[at])).map(lambda new: [*value[:at], new, *value[at + 1 :]])
        )
    return JSON


@each_spec
def test_a_changed_byte_seldom_spoils_a_file(spec):
    total = refused = 0
    for example in spec.examples:
        data = bytes.fromhex(example.hex)
        for at in range(len(data)):
            for change in (0x01, 0x10, 0x80, 0x55, 0xFF):
                changed = data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]
                total += 1
                try:
                    value = spec.codec.decode(changed)
                except CodecError:
                    refused += 1
                    continue
                assert spec.codec.encode(value, len(data)) == changed
    assert refused <= total * 0.2
