"""Roaming lists, packet data, messages, multimedia and tags of DF_CDMA agree with the tables of C.S0023-C."""

import csv
import json
from pathlib import Path

import pytest

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
