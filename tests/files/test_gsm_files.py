"""The files under DF_GSM are declared as the standard's table has them, and their codecs give the vectors' values."""

import csv
import json
from contextlib import suppress
from pathlib import Path

import pytest

from uimkit.coding.errors import CodecError
from uimkit.files import amps, gsm_identity, gsm_network, gsm_service, mexe, solsa
from uimkit.files.codec.base import same

DATA = Path(__file__).parents[1] / "data"
MODULES = (gsm_identity, gsm_network, gsm_service, solsa, mexe, amps)
SPECS = [spec for module in MODULES for spec in module.FILES]
BY_PATH = {spec.path: spec for spec in SPECS}
ROWS = [
    row
    for row in csv.DictReader((DATA / "gsm-files.csv").read_text().splitlines())
    if row["path"].startswith("3F00/7F20") and row["structure"] != "DF"
]


def ids(spec):
    return f"{spec.path}-{spec.name}"


def vectors():
    unplaced = {"EF LSA descriptor": "3F00/7F20/5F70/4FXX", "EF key/certificate data": "3F00/7F20/5F3C/4FXX"}
    for vector in json.loads((DATA / "gsm-vectors.json").read_text()):
        path = unplaced.get(vector["ef"], vector["path"])
        if path in BY_PATH and vector["ef"].startswith("EF"):
            yield pytest.param(BY_PATH[path], vector, id=f"{vector['ef']}-{vector['hex'][:24]}")


VECTORS = list(vectors())


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
    assert {param.values[0].path for param in VECTORS} == {f"{row['path']}/{row['fid']}" for row in ROWS}
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
