"""The files of DF_CDMA with identities, registration, control and texts agree with the tables of C.S0023-C."""

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.coding.bits import BitOrder, BitReader, BitWriter
from uimkit.coding.errors import CodecError
from uimkit.files import cdma_control, cdma_identity, cdma_registration, cdma_text
from uimkit.files.codec.base import same
from uimkit.files.codec.feature_codes import FEATURES, SupplementaryCodes
from uimkit.files.codec.identities import Signed

DATA = Path(__file__).parents[1] / "data"
SPECS = [
    *cdma_identity.FILES,
    *cdma_registration.FILES,
    *cdma_control.FILES,
    *cdma_text.FILES,
]
BY_FID = {spec.fid: spec for spec in SPECS}
NOT_OWN = {"6F30", "6F3C", "6F3D", "6F3E"}
"""Files of DF_CDMA in these ranges that other modules declare: roaming list and messages."""
RANGES = ((0x6F21, 0x6F3F), (0x6F41, 0x6F47), (0x6F54, 0x6F55), (0x6F58, 0x6F59), (0x6F6A, 0x6F6F), (0x6F74, 0x6F74))


def is_own(fid: str) -> bool:
    return fid != "-" and fid not in NOT_OWN and any(low <= int(fid, 16) <= high for low, high in RANGES)


def table() -> dict[str, dict[str, str]]:
    with (DATA / "ruim-files.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["path"] == "3F00/7F25"]
    return {row["fid"]: row for row in rows if is_own(row["fid"])}


ROWS = table()
each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


@each_spec
def test_fresh_content_is_that_of_annex_a(spec):
    length = spec.size.default
    fresh = spec.default_content(length)
    assert len(fresh) == length
    spec.codec.decode(fresh)
    default = ROWS[spec.fid]["annex_a_default"].partition(" if ")[0]
    if default:
        assert fresh == annex(default, length)


def annex(text: str, length: int) -> bytes:
    """``00*9 FF*4 00*3``, ``FF..FF``, ``FF`` for all of it, or plain digits."""
    if re.fullmatch(r"(..)\.\.\1|FF", text):
        return bytes.fromhex(text[:2]) * length
    return b"".join(bytes.fromhex(part.partition("*")[0]) * int(part.partition("*")[2] or 1) for part in text.split())


VALUES = {
    "6F21 0000": {"count": 0},
    "6F22 0013034B44586380D100": {"imsi": "310008984641186", "class": 0, "addr_num": 0, "programmed": True},
    "6F22 00E703E7EBF96380D100": {"imsi": "310000000000000", "class": 0, "addr_num": 0, "programmed": True},
    "6F23 00000000000000000000": {"imsi": None, "class": 0, "addr_num": 0, "programmed": False},
    "6F28 0000000000": {"sid": 0, "nid": 0, "band_class": 0},
    "6F2D 07": {"nid_roamer": True, "sid_roamer": True, "home": True},
    "6F31 04E1370780000000": {"length": 4, "uimid": "800737E1"},
    "6F34 00": {"otapa": "permitted", "spc_change": "permitted"},
    "6F34 11": {"otapa": "refused", "spc_change": "refused"},
    "6F36 0B00020102020303010401050106020701080109010A01": {
        "features": [
            {"feature": feature, "revision": revision}
            for feature, revision in (
                ("NAM download", 2),
                ("key exchange", 2),
                ("SSPR", 3),
                ("service programming lock", 1),
                ("OTAPA", 1),
                ("PUZL", 1),
                ("3GPD", 2),
                ("secure mode", 1),
                ("MMD", 1),
                ("system tag", 1),
                ("MMS", 1),
            )
        ]
    },
    "6F3A FFFFFFFF": None,
    "6F42 00": {"use_uim_id": False, "use_sf_euimid": False},
    "6F42 02": {"use_uim_id": False, "use_sf_euimid": True},
    "6F42 03": {"use_uim_id": True, "use_sf_euimid": True},
    "6F44 0B31A3214365F7FFFF090C": {
        "number": "13301234567",
        "number_type": "international",
        "number_plan": "ISDN",
        "pi": "allowed",
        "si": "network",
    },
    "6F47 FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF": None,
    "6F55 000000": {
        "scm": {
            "power_class": "I",
            "discontinuous": False,
            "bandwidth_25_mhz": False,
            "slotted": False,
            "dual_mode": False,
            "extended": False,
        },
        "mob_p_rev": 0,
        "local_control_analog": False,
        "local_control_cdma": False,
    },
}
"""What the vectors mean in the fields of the declarations, where no example of a declaration has the same bytes."""


def vectors() -> list[dict[str, object]]:
    """All vectors of these files; ``one_code`` is only a piece of a file."""
    found = json.loads((DATA / "ruim-vectors.json").read_text())
    return [v for v in found if v["path"] == "3F00/7F25" and is_own(v["fid"]) and "one_code" not in v["values"]]


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: f"{vector['ef']}-{vector['hex'][:24]}")
def test_vectors(vector):
    spec = BY_FID[vector["fid"]]
    data = bytes.fromhex(vector["hex"])
    examples = {example.hex: example.value for example in spec.examples}
    value = spec.codec.decode(data)
    assert spec.codec.encode(value, len(data)) == data
    if spec.name not in ("EF_CST", "EF_SSFC"):
        key = f"{spec.fid} {vector['hex']}"
        assert same(value, VALUES[key] if key in VALUES else examples[vector["hex"]])


@pytest.mark.parametrize(
    ("fid", "content", "value"),
    [
        ("6F3A", "0106FFFF", {"languages": [{"encoding": "IS-91", "language": "Chinese"}]}),
        ("6F21", "FF3F", {"rfu": "FF", "count": 63}),
        ("6F31", "0000000000000000", {"length": 0}),
        ("6F31", "04A4A3A2A1123456", {"length": 4, "uimid": "A1A2A3A4", "rfu": "123456"}),
        ("6F33", "12345A", {"spc": "12345A", "raw": "12345A"}),
        ("6F37", "03", {"system": 3, "mode": "none"}),
        ("6F2B", "FFFF3FFFFF7FFF07", {"latitude": -1, "longitude": -1, "distance": 2047}),
        ("6F43", "8100000000", {"mode": "type approval, specific facilities"}),
        (
            "6F32",
            "0100000080",
            {"services": {"CHV disable function": "allocated", "3GPD-SIP": "activated without allocation"}},
        ),
        ("6F44", "00FFFFFFFFFFFFFFFF0000", {"number": None, "number_type": "unknown", "number_plan": "unknown"}),
        ("6F41", "000201" + b"Home".hex() + "FF" * 28, {"name": "Home", "packed": False}),
        ("6F41", "000901C8F71D14969741F977FD07" + "FF" * 21, {"name": "How are you?"}),
        ("6F41", "0004014E2D56FD" + "FF" * 28, {"encoding": "UCS-2", "name": "中国"}),
        ("6F41", "001501AABB" + "FF" * 30, {"encoding": 21, "name": {"octets": "AABB"}}),
    ],
)
def test_real_world_contents(fid, content, value):
    codec = BY_FID[fid].codec
    data = bytes.fromhex(content)
    found = codec.decode(data)
    assert codec.encode(found, len(data)) == data
    assert {key: found[key] for key in found if key in value} == value
    assert fid in ("6F41", "6F44") or found.keys() == value.keys()


def test_imsi_of_class_1_has_fewer_digits():
    codec = BY_FID["6F22"].codec
    data = codec.encode({"imsi": "3101234567890"}, 10)
    assert codec.decode(data) == {"imsi": "3101234567890", "class": 1, "addr_num": 6, "programmed": True}
    padded = codec.encode({"imsi": "310101234567890"}, 10)  # as if it were 00310 1234567890, behind the MCC
    assert (data[0], data[7]) == (1, 0x86)
    assert data[1:7] + data[8:] == padded[1:7] + padded[8:]


def test_reserved_bits_of_an_imsi_survive_an_edit():
    codec = BY_FID["6F22"].codec
    data = bytes.fromhex("00D20401E7875C806701")
    value = codec.decode(data)
    assert value["rfu"] == "00000400000000000000"
    assert codec.encode({**value, "programmed": False}, 10).hex().upper() == "00D20401E7875C006701"


def test_codes_that_are_no_digits_are_kept():
    codec = BY_FID["6F22"].codec
    data = bytes.fromhex("00FF03FFFFFF7F80FF03")
    value = codec.decode(data)
    assert value["imsi"] is None
    assert codec.encode(value, 10) == data


@pytest.mark.parametrize(
    ("fid", "value", "message"),
    [
        ("6F22", {"imsi": "46003321654987"}, None),
        ("6F22", {"imsi": "46003321654987", "class": 0}, "expected 15 digits"),
        ("6F22", {"imsi": "460033216549870", "class": 1}, "expected 7 digits"),
        ("6F22", {"imsi": "46003x216549870"}, "digits"),
        ("6F22", {"imsi": "460033216549870", "rfu": "01000000000000000000"}, "outside the reserved"),
        ("6F22", {"imsi": None, "class": 2}, "class is 0 or 1"),
        ("6F31", {"uimid": "807DED"}, "expected 8 hex digits"),
        ("6F31", {"length": 7, "uimid": "807DED89"}, "expected 4"),
        ("6F31", {"length": 4}, "is missing"),
        ("6F38", {"esn": "D75A96EC", "meid": "A0000012345678"}, "only one of"),
        ("6F38", {"length": 300}, "does not fit"),
        ("6F33", {"spc": "12345"}, "expected 6 digits"),
        ("6F33", {"spc": "12345A"}, "expected 6 digits"),
        ("6F44", {"number": "1" * 16, "number_type": 0, "number_plan": 0, "pi": 0, "si": 0}, "at most 15 digits"),
        ("6F32", {"services": {"ADM": "activated"}}, "unknown service"),
        ("6F32", {"services": {"ADN": "on"}}, "unknown name 'on'"),
        ("6F32", {"services": {"ADN": 0}}, "expected allocated"),
        ("6F32", {"services": {"ADN": "activated", "service 2": "allocated"}}, "is given twice"),
        ("6F32", {"services": {"service 49": "activated"}}, "needs 13 bytes"),
        ("6F2B", {"latitude": 2097152, "longitude": 0, "distance": 0}, "is not in -2097152 to 2097151"),
        ("6F3F", {"codes": {"activate XX": "1"}}, "unknown feature"),
        ("6F3F", {"codes": {"code 52": "1"}}, "room for 51 codes"),
        ("6F3F", {"codes": {"activate CD": "12345"}}, "room for 4"),
        ("6F41", {"display": True, "encoding": "7-bit ASCII", "language": 1, "name": "中"}, "is not in 7-bit ASCII"),
        ("6F41", {"display": True, "encoding": "Latin", "language": 1, "name": "x" * 33}, "room for 32"),
        ("6F41", {"display": True, "encoding": "IS-91", "language": 1, "name": "x"}, "give the octets"),
        ("6F41", {"display": True, "encoding": "Latin", "language": 1}, "is missing"),
        ("6F47", {"codes": ["1234567"]}, "room for 6"),
    ],
)
def test_refusals(fid, value, message):
    spec = BY_FID[fid]
    if message is None:
        assert spec.codec.encode(value, spec.size.default)
        return
    with pytest.raises(CodecError) as error:
        spec.codec.encode(value, spec.size.default)
    assert message in str(error.value)


def test_service_table_counts_bits_from_the_right():
    codec = BY_FID["6F32"].codec
    data = codec.encode({"services": {"service 1": "activated", "MMS": "activated", "service 48": "allocated"}}, 12)
    assert data.hex().upper() == "03" + "00" * 8 + "C0" + "00" + "40"
    assert codec.decode(data)["services"] == {
        "CHV disable function": "activated",
        "MMS": "activated",
        "service 48": "allocated",
    }


@pytest.mark.parametrize("vector", [vector for vector in vectors() if vector["fid"] == "6F32"])
def test_service_table_vectors(vector):
    found = BY_FID["6F32"].codec.decode(bytes.fromhex(vector["hex"]))["services"]
    names = cdma_control.SERVICES
    assert [names[n] for n in vector["values"]["activated"]] == [n for n in found if found[n] == "activated"]
    assert [names[n] for n in vector["values"].get("allocated_only", [])] == [
        n for n in found if found[n] == "allocated"
    ]


def test_feature_codes_stand_at_the_places_of_the_table():
    (vector,) = (vector for vector in vectors() if vector["fid"] == "6F3F")
    data = bytes.fromhex(vector["hex"])
    expected = {FEATURES[int(place) - 1]: code for place, code in vector["values"]["codes_by_position"].items()}
    codec = BY_FID["6F3F"].codec
    assert codec.decode(data) == {"codes": expected}
    assert codec.encode({"codes": expected}, 103) == data
    assert codec.decode(b"\x33" + b"\xff" * 104 + b"\x12\xff")["n"] == 51


def test_one_feature_code_is_right_justified():
    kind = SupplementaryCodes()
    assert kind.unpack(bytes.fromhex("01FF72")) == {"codes": {"activate CD": "72"}}
    assert len(kind.pack({"codes": {"code 60": "1234"}}, None)) == 121


@pytest.mark.parametrize("name", ["3", "Home", "365", "China Telecom", "Skylink NW", "1010", "A-1"])
@pytest.mark.parametrize("encoding", ["7-bit ASCII", "IA5", "GSM 7-bit", "Latin"])
def test_names_come_back(name, encoding):
    codec = BY_FID["6F41"].codec
    value = {"display": True, "encoding": encoding, "language": "English", "name": name}
    assert codec.decode(codec.encode(value, 35)) == value


@given(number=st.integers(-(1 << 22), (1 << 22) - 1))
def test_signed_numbers(number):
    writer = BitWriter(BitOrder.LITTLE)
    Signed(23).write(number, writer)
    assert Signed(23).read(BitReader(writer.getvalue(), BitOrder.LITTLE)) == number
