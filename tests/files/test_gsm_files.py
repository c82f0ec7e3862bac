"""The files under DF_GSM are declared as the standard's table has them, and their codecs give the vectors' values."""

import csv
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uimkit.coding.errors import CodecError
from uimkit.files import amps, gsm_identity, gsm_network, gsm_service, mexe, solsa
from uimkit.files.codec.base import same
from uimkit.files.spec import Access, Service, Structure

DATA = Path(__file__).parents[1] / "data"
MODULES = (gsm_identity, gsm_network, gsm_service, solsa, mexe, amps)
SPECS = [spec for module in MODULES for spec in module.FILES]
BY_PATH = {spec.path: spec for spec in SPECS}
ROWS = [
    row
    for row in csv.DictReader((DATA / "gsm-files.csv").read_text().splitlines())
    if row["path"].startswith("3F00/7F20") and row["structure"] != "DF"
]
NAMES = {"EF LSA descriptor files": "EF_LSA_DESCRIPTOR", "EF trusted key/certificate data files": "EF_MEXE_DATA"}
LENGTHS_INSIDE = {"EF_LSA_DESCRIPTOR", "EF_ORPK", "EF_ARPK", "EF_TPRPK"}
"""These may refuse bytes that contradict themselves."""
OPAQUE: set[str] = set()
FILE, RECORD = 65535, 255
BOUNDS = {
    "1-n": (1, FILE, 1),
    "X (X>=1)": (1, FILE, 1),
    "X (X>=2)": (2, FILE, 1),
    "Y": (1, FILE, 1),
    "3+X": (3, FILE, 1),
    "2 (minimum)": (2, FILE, 1),
    "2-4": (2, 4, 2),
    "X+Y": (2, FILE, 1),
    "2n": (2, FILE, 2),
    "2N": (2, FILE, 2),
    "3n (n>=8)": (24, FILE, 3),
    "3n (n<=5)": (3, 15, 3),
    "4n": (4, FILE, 4),
    "4n (n<=50)": (4, 200, 4),
    "5n (n>=1)": (5, FILE, 5),
    "5n (n>=8)": (40, FILE, 5),
    "6n": (6, FILE, 6),
    "n*X+2": (4, RECORD, 1),
    "X+10": (10, RECORD, 1),
    "X+10 (X>=1)": (11, RECORD, 1),
    "X+10 (X>=1), one record only": (11, RECORD, 1),
    "X+Y+11 (X>=1, Y>=1)": (13, RECORD, 1),
}
"""Least and greatest length and step of the rules of the size column, read by hand; X+1 depends on the structure."""


def ids(spec):
    return f"{spec.path}-{spec.name}"


def vectors():
    unplaced = {"EF LSA descriptor": "3F00/7F20/5F70/4FXX", "EF key/certificate data": "3F00/7F20/5F3C/4FXX"}
    for vector in json.loads((DATA / "gsm-vectors.json").read_text()):
        path = unplaced.get(vector["ef"], vector["path"])
        if path in BY_PATH and vector["ef"].startswith("EF"):
            yield pytest.param(BY_PATH[path], vector, id=f"{vector['ef']}-{vector['hex'][:24]}")


VECTORS = list(vectors())


def test_every_row_is_declared_once():
    assert len(SPECS) == len(BY_PATH)
    assert [row["path"] + "/" + row["fid"] for row in ROWS if row["path"] + "/" + row["fid"] not in BY_PATH] == []
    assert len(SPECS) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['path']}/{row['fid']}")
def test_declarations_agree_with_the_table(row):
    spec = BY_PATH[f"{row['path']}/{row['fid']}"]
    (definition,) = spec.definitions
    assert (spec.fid, spec.name) == (row["fid"], NAMES.get(row["name"], row["name"]))
    assert (definition.standard, definition.clause) == ("TS 51.011", row["clause"])
    assert spec.structure == row["structure"].replace("linear fixed", Structure.LINEAR_FIXED)
    assert definition.presence == row["presence"]
    assert definition.mandatory == row["presence"].startswith("M")
    assert definition.services == tuple(Service("SST", int(n)) for n in re.findall(r"SST n(\d+)", row["presence"]))
    columns = ("read", "update", "increase", "invalidate", "rehabilitate")
    assert spec.access == Access(*(row[column].split(" ")[0] for column in columns))
    assert spec.activity == row["update_activity"]
    assert spec.summary == row["summary"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['path']}/{row['fid']}")
def test_sizes_agree_with_the_table(row):
    size = BY_PATH[f"{row['path']}/{row['fid']}"].size
    rule, _, default = row["size"].partition(" | default ")
    rule = rule.removeprefix("record ").removesuffix(", N>=2 records")
    length, records = re.match(r"(\d+)(?: x (\d+))?", default or rule).groups()
    assert (size.rule, size.default, size.records) == (rule, int(length), records and int(records))
    limit = RECORD if records else FILE
    exact = (int(rule), int(rule), 1) if rule.isdecimal() else None
    assert (size.minimum, size.maximum, size.step) == (exact or {**BOUNDS, "X+1": (1, limit, 1)}[rule])
    assert size.legal(size.default)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['path']}/{row['fid']}")
def test_fresh_contents_agree_with_the_table(row):
    spec = BY_PATH[f"{row['path']}/{row['fid']}"]
    content = spec.default_content(spec.size.default).hex().upper()
    assert len(content) == 2 * spec.size.default
    expected = row["default_value"].replace("<PLMN 3>", "00F110").replace("FF*", "(FF)*").split(" ")[0].rstrip(",")
    if expected in ("operator", "not"):
        expected = {"6FAD": "00000002", "6F38": "(00)*", "4F40": "(00)*"}.get(spec.fid, "") or (
            content if spec.name in ("EF_IMSI", "EF_ACC", "EF_SUME") else "(FF)*"
        )
    head, _, tail = expected.partition("(")
    repeated = tail.removesuffix(")*")
    assert content.startswith(head)
    rest = content[len(head) :]
    assert not repeated or rest == (repeated * len(rest))[: len(rest)]


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_examples_hold_both_ways(spec):
    assert spec.examples
    for example in spec.examples:
        data = bytes.fromhex(example.hex)
        assert same(spec.codec.decode(data), example.value)
        assert spec.codec.encode(example.value, len(data)) == data


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_fields_are_documented(spec):
    assert all(line.name and line.description and line.coding for line in spec.codec.fields)
    assert spec.codec.decode(b"\xff" * spec.size.default) is None
    assert bool(spec.opaque) == (spec.name in OPAQUE)


def _plmn(pair):
    return None if pair is None else "".join(pair)


def _used(values):
    values = list(values)
    while values and values[-1] is None:
        values.pop()
    return values


def _services(names):
    def expected(v):
        states = {n: "activated" if n in v["activated"] else "allocated" for n in v["allocated"]}
        return {"services": {names.get(n, f"service {n}"): state for n, state in states.items()}}

    return expected


def _key(v):
    return {"kc": v["kc"], "cksn": "no key" if v["cksn"] == 7 else v["cksn"]}


def _location(v):
    status = {0: "updated", 1: "not updated"}[v["status"]]
    return {**v, "plmn": _plmn(v["plmn"]), "status": status}


def _plmns(v):
    return {"plmns": _used(map(_plmn, v["plmns"]))}


def _technologies(v):
    return {"networks": _used(p and {"plmn": _plmn(p), "technologies": t} for p, t in v["list"])}


def _descriptor(v):
    more = {"certificate_identifier": v["cert_id"]} if "cert_id" in v else {}
    return {
        "valid": v["parameters"] == 0xFE,
        "authority": v["flags"] == 1,
        "certificate_type": {1: "X.509"}[v["cert_type"]],
        "data_file": v["data_fid"],
        "offset": v["offset"],
        "length": v["length"],
        "key_identifier": v["key_id"],
        **more,
    }


AD = {
    0: {"mode": "normal", "mnc_length": 2},
    129: {"mode": "type approval, specific facilities", "ciphering_indicator": True},
}
EXPECTED = {
    "EF_IMSI": lambda v: v,
    "EF_Kc": _key,
    "EF_KcGPRS": _key,
    "EF_PLMNsel": _plmns,
    "EF_FPLMN": lambda v: _plmns(v) if any(v["plmns"]) else None,
    "EF_HPPLMN": lambda v: None if v["interval"] == 255 else v,
    "EF_ACMmax": lambda v: v,
    "EF_ACM": lambda v: v,
    "EF_SST": _services(gsm_identity.SERVICES),
    "EF_MExE-ST": _services(mexe.SERVICES),
    "EF_SPN": lambda v: {"display": v["display_registered_plmn"], "name": v["name"]["text"]},
    "EF_PUCT": lambda v: {"currency": v["currency"], "eppu": v["eppu"], "exponent": v["ex"]},
    "EF_CBMI": lambda v: {"ids": _used(v["ids"])},
    "EF_CBMID": lambda v: {"ids": _used(v["ids"])},
    "EF_BCCH": lambda v: {
        "format": "bit map 0",
        "extension": False,
        "ba_indicator": False,
        "channels": v["arfcn"],
    },
    "EF_ACC": lambda v: v,
    "EF_LOCI": _location,
    "EF_LOCIGPRS": _location,
    "EF_AD": lambda v: AD[v["mode"]],
    "EF_Phase": lambda v: {"phase": {2: "phase 2", 3: "phase 2, PROFILE DOWNLOAD required"}[v["phase"]]},
    "EF_VGCS": lambda v: {"groups": _used(v["groups"])},
    "EF_VBS": lambda v: {"groups": _used(v["groups"])},
    "EF_VGCSS": lambda v: v,
    "EF_VBSS": lambda v: v,
    "EF_eMLPP": lambda v: {"levels": v["levels"], "fast_set_up": v["fast"]},
    "EF_AAeM": lambda v: v,
    "EF_ECC": lambda v: {"codes": _used(v["codes"])},
    "EF_CBMIR": lambda v: {"ranges": _used(r and {"lower": r[0], "upper": r[1]} for r in v["ranges"])},
    "EF_DCK": lambda v: (
        dict(zip(("network", "network_subset", "service_provider", "corporate"), v["keys"], strict=True))
        if any(v["keys"])
        else None
    ),
    "EF_CNL": lambda v: {
        "networks": [
            {
                "plmn": _plmn(e["plmn"]),
                "network_subset": e["subset"],
                "service_provider": e["sp"],
                "corporate": e["corporate"] or None,
            }
            for e in _used(v["elements"])
        ]
    },
    "EF_NIA": lambda v: {"category": v["category"], "text": v["text"]["text"]},
    "EF_SUME": lambda v: {"objects": [{"title": v["title"]}]},
    "EF_PLMNwAcT": _technologies,
    "EF_OPLMNwAcT": _technologies,
    "EF_HPLMNwAcT": _technologies,
    "EF_CPBCCH": lambda v: {"carriers": _used(v["list"])},
    "EF_InvScan": lambda v: v,
    "EF_SAI": lambda v: {"lsa_only": v["lsa_only"], "text": v["text"]["text"]},
    "EF_SLL": lambda v: {
        "name": v["name"]["text"],
        "icon_use": {1: "instead of the name"}[v["icon_qualifier"]],
        "idle_mode_support": v["idle_support"],
        "idle_mode_indication": v["idle_indication"],
        "icon": v["icon"],
        "priority": v["priority"],
        "plmn": _plmn(v["plmn"]),
        "descriptor_file": v["descriptor_fid"],
        "descriptor_record": v["descriptor_record"],
    },
    "EF_LSA_DESCRIPTOR": lambda v: {"type": v["type"], "descriptors": v["items"], "next": None},
    "EF_ORPK": _descriptor,
    "EF_ARPK": _descriptor,
    "EF_TPRPK": _descriptor,
    "EF_MIN": lambda v: {"min": {(210, 8906497): "3216549870"}[v["min2"], v["min1"]]},
    "EF_SID": lambda v: v,
    "EF_SPL": lambda v: {"entries": [{"priority": p, "file": f} for p, f in v["entries"]]},
    "EF_GSM-RECON": lambda v: v,
}
"""What a vector's values are called here; vectors that give only bytes are compared with the examples instead."""


@pytest.mark.parametrize(("spec", "vector"), VECTORS)
def test_vectors(spec, vector):
    data = bytes.fromhex(vector["hex"])
    value = spec.codec.decode(data)
    assert spec.codec.encode(value, len(data)) == data
    assert value is None or "raw" not in value
    if set(vector["values"]) != {"bytes"}:
        assert same(value, EXPECTED[spec.name](vector["values"]))


def test_there_is_a_vector_for_every_file():
    assert {param.values[0].name for param in VECTORS} == {spec.name for spec in SPECS}
    assert len(VECTORS) == 93


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("EF_LP", "000120FFFF", {"languages": ["German", "English", "Czech"]}),
        ("EF_IMSI", "082943051234567890", {"imsi": "234502143658709"}),
        ("EF_IMSI", "00FFFFFFFFFFFFFFFF", {"imsi": "", "raw": "00FFFFFFFFFFFFFFFF"}),
        (
            "EF_AD",
            "01000103",
            {"mode": "normal, specific facilities", "ciphering_indicator": True, "mnc_length": 3},
        ),
        ("EF_AD", "000000", {"mode": "normal"}),
        ("EF_AD", "00000002FF", {"mode": "normal", "mnc_length": 2, "rfu": "FF"}),
        ("EF_AD", "00FFFF02", {"mode": "normal", "additional": "FFFF", "mnc_length": 2}),
        ("EF_AD", "000000F2", {"mode": "normal", "mnc_length": 2, "raw": "000000F2"}),
        ("EF_SST", "000000000000000000000000300003", {"services": {"PNN": "activated", "MMS": "activated"}}),
        ("EF_ACC", "0400", {"classes": [10]}),
        ("EF_VGCSS", "00000000000000", {"active": [], "rfu": 0}),
        ("EF_AD", "0000000F", {"mode": "normal", "mnc_length": 15}),
        ("EF_PUCT", "4555520123", {"currency": "EUR", "eppu": 19, "exponent": 1}),
        ("EF_PUCT", "4555520052", {"currency": "EUR", "eppu": 2, "exponent": -2}),
        ("EF_PUCT", "5553440AF5", {"currency": "USD", "eppu": 165, "exponent": -7}),
        (
            "EF_LOCI",
            "FFFFFFFF130014FFFEFF03",
            {
                "tmsi": "FFFFFFFF",
                "plmn": "310410",
                "lac": "FFFE",
                "tmsi_time": 255,
                "status": "location area not allowed",
            },
        ),
        (
            "EF_OPLMNwAcT",
            "62F210C08064F0000080",
            {
                "networks": [
                    {"plmn": "26201", "technologies": ["UTRAN", "GSM", "rfu 14"]},
                    {"plmn": "46000", "technologies": ["GSM"]},
                ]
            },
        ),
        (
            "EF_BCCH",
            "9F000800000000000000000000000000",
            {"format": "variable bit map", "extension": False, "ba_indicator": True, "channels": [512, 516]},
        ),
        (
            "EF_BCCH",
            "A9000800000000000000000000000000",
            {
                "format": "512 range",
                "extension": True,
                "ba_indicator": False,
                "octets": "A9000800000000000000000000000000",
            },
        ),
        ("EF_MIN", "0000000001", {"min2": 0, "min1": 1}),
        ("EF_*FC1", "BA10", {"code": "*01"}),
    ],
)
def test_other_contents(name, content, value):
    (spec,) = (spec for spec in SPECS if spec.name == name)
    data = bytes.fromhex(content)
    assert same(spec.codec.decode(data), value)
    assert spec.codec.encode(value, len(data)) == data


@pytest.mark.parametrize(
    ("name", "length", "value", "message"),
    [
        ("EF_IMSI", 9, {"imsi": "1" * 16}, "imsi: expected an IMSI of 1 to 15 digits"),
        ("EF_SST", 2, {"services": {"SPN": "activated"}}, "needs 5 bytes, there is room for 2"),
        ("EF_SST", 2, {"services": {"ADN": "on"}}, "unknown name 'on'"),
        ("EF_SST", 2, {"services": {"PHONE": "activated"}}, "unknown service 'PHONE'"),
        ("EF_ACC", 2, {"classes": [16]}, "classes: found 16"),
        ("EF_ACC", 2, {"classes": [True]}, "classes: found True"),
        ("EF_eMLPP", 2, {"levels": ["5"], "fast_set_up": []}, "levels: found '5', expected one of A, B, 0"),
        ("EF_AD", 3, {"mode": "normal", "mnc_length": 2}, "mnc_length: there is no room"),
        ("EF_AD", 4, {"mnc_length": 2}, "mode: expected an integer"),
        ("EF_PUCT", 5, {"currency": "GBP", "exponent": 0}, "eppu: expected an integer"),
        ("EF_BCCH", 16, {"format": "bit map 0"}, "channels: expected a list"),
        ("EF_AD", 4, {"mode": "normal"}, "mnc_length: is missing"),
        ("EF_AD", 4, {"mode": "normal", "mnc_length": 16}, "mnc_length: 16 does not fit in 4 bits"),
        ("EF_AD", 4, {"mode": "normal", "ciphering_indicator": True, "mnc_length": 2}, "ciphering_indicator: "),
        ("EF_AD", 3, {"mode": 1, "ciphering_indicator": True, "additional": "0000"}, "additional: "),
        ("EF_PUCT", 5, {"currency": "GBP", "eppu": 4096, "exponent": 0}, "eppu: 4096 does not fit"),
        ("EF_PUCT", 5, {"currency": "GBP", "eppu": 1, "exponent": 8}, "exponent: 8 is not in -7 to 7"),
        ("EF_BCCH", 16, {"channels": [125]}, "channels: bit map 0 holds channels 1 to 124"),
        ("EF_BCCH", 16, {"channels": [1], "extension": 1}, "extension: expected true or false"),
        ("EF_BCCH", 16, {"format": "variable bit map", "channels": [1, 113]}, "channels: .* 1 to 111 above"),
        ("EF_BCCH", 16, {"format": "variable bit map", "channels": []}, "channels: .*begins with a channel"),
        ("EF_BCCH", 16, {"format": "256 range", "channels": [1]}, "expected octets in the format"),
        ("EF_BCCH", 16, {"format": "256 range", "octets": "00" * 16}, "octets: the octets are of the format bit map 0"),
        ("EF_LSA_DESCRIPTOR", 8, {"type": "CI", "descriptors": ["1001"] * 4, "next": 1}, "room for 3"),
        ("EF_LSA_DESCRIPTOR", 8, {"type": "CI", "descriptors": ["100101"], "next": 1}, "of CI has 2 bytes"),
        ("EF_LSA_DESCRIPTOR", 8, {"type": 4, "descriptors": [], "next": 1}, "type: found 4"),
        ("EF_MIN", 5, {"min": "123"}, "min: expected 10 digits"),
        ("EF_MIN", 5, {"min": "1234567890", "min1": 1}, "expected either min"),
        ("EF_MIN", 5, {"min2": 1024, "min1": 1}, "min2 has 10 bits"),
        ("EF_*FC1", 2, {"code": "*12345"}, "expected 2 bytes"),
    ],
)
def test_refusals_say_what_was_expected(name, length, value, message):
    (spec,) = (spec for spec in SPECS if spec.name == name)
    with pytest.raises(CodecError, match=message):
        spec.codec.encode(value, length)
    with suppress(CodecError):
        spec.codec.encode({**value, "raw": "00"}, length)


@pytest.mark.parametrize("spec", SPECS, ids=ids)
@settings(max_examples=40)
@given(data=st.data())
def test_no_byte_of_a_legal_file_is_lost(spec, data):
    size = spec.size
    most = min(size.maximum, max(size.default, size.minimum + 40 * size.step))
    length = data.draw(st.sampled_from(range(size.minimum, most + 1, size.step)))
    content = data.draw(st.binary(min_size=length, max_size=length))
    try:
        value = spec.codec.decode(content)
    except CodecError:
        assert spec.name in LENGTHS_INSIDE
        return
    assert spec.codec.encode(json.loads(json.dumps(value)), length) == content
    assert same(spec.codec.decode(spec.codec.encode(value, length)), value)


@pytest.mark.parametrize("spec", SPECS, ids=ids)
@settings(max_examples=40)
@given(data=st.data())
def test_fields_alone_give_the_same_fields_again(spec, data):
    length = spec.size.default
    content = data.draw(st.binary(min_size=length, max_size=length))
    with suppress(CodecError):
        value = spec.codec.decode(content)
        fields = value and {key: item for key, item in value.items() if key != "raw"}
        assert same(spec.codec.decode(spec.codec.encode(fields, length)), fields)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("spec", SPECS, ids=ids)
@settings(max_examples=40)
@given(content=st.binary(max_size=40), length=st.integers(0, 40), value=JSON, data=st.data())
def test_nothing_but_codec_errors(spec, content, length, value, data):
    with suppress(CodecError):
        spec.codec.decode(content)
    example = data.draw(st.sampled_from(spec.examples)).value
    key = data.draw(st.sampled_from(sorted(example)))
    for given_value in (value, {**example, key: value}):
        with suppress(CodecError):
            assert len(spec.codec.encode(given_value, length)) == length


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_nearly_valid_contents_decode(spec):
    mutated = decoded = 0
    for example in spec.examples:
        content = bytes.fromhex(example.hex)
        for at in range(min(len(content), 40)):
            for octet in range(0, 256, 5):
                near = content[:at] + bytes([octet]) + content[at + 1 :]
                mutated += 1
                with suppress(CodecError):
                    assert spec.codec.encode(spec.codec.decode(near), len(near)) == near
                    decoded += 1
    assert decoded >= (0.8 if spec.name in LENGTHS_INSIDE else 1) * mutated
