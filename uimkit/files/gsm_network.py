"""Files of DF_GSM about networks: which to choose, where the phone was last, what carriers it knows."""

from __future__ import annotations

from uimkit.coding.bcd import HEX
from uimkit.files.codec import (
    BitField,
    Bits,
    BitSet,
    Digits,
    Enum,
    Field,
    Flag,
    Hex,
    Listed,
    Number,
    Plmn,
    Struct,
    UInt,
    spare,
)
from uimkit.files.codec.gsm_values import NeighbourCells
from uimkit.files.declare import exactly, gsm, sized, transparent
from uimkit.files.spec import Example, FileSpec

_PATH = "3F00/7F20/"
_ISSUER = "CHV1 ADM - ADM ADM"
_PHONE = "CHV1 CHV1 - ADM ADM"
_TEST_NETWORK = "00F110"
TECHNOLOGIES = {15: "UTRAN", 7: "GSM", 6: "GSM COMPACT"}
"""Bits of the access technology identifier: 10.3.35, and TS 31.102 for the bit it reserves there."""


def _status(fourth: str) -> Bits:
    names = {0: "updated", 1: "not updated", 2: "PLMN not allowed", 3: fourth, 7: "reserved"}
    return Bits(1, BitField("status", Enum(3, names), "location update status"))


def _networks(count: int | None = None) -> Struct:
    return Struct(Field("plmns", Listed(Plmn(), count=count), "MCC and MNC of the networks"))


def _networks_with_technology() -> Struct:
    technologies = BitField("technologies", BitSet(16, TECHNOLOGIES), "access technologies of the network")
    entry = Struct(Field("plmn", Plmn(), "MCC and MNC"), Bits(2, technologies, order="big"))
    return Struct(Field("networks", Listed(entry, "FFFFFF0000"), "networks, highest priority first"))


LOCATION: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F7E",
        "EF_LOCI",
        "TMSI, LAI, TMSI TIME, location update status",
        gsm("10.3.17", "M"),
        size=exactly(11),
        access="CHV1 CHV1 - ADM CHV1",
        activity="high",
        fill=f"FFFFFFFF{_TEST_NETWORK}0000FF01",
        kind=Struct(
            Field("tmsi", Hex(4), "temporary identity, FFFFFFFF for none"),
            Field("plmn", Plmn(), "network of the location area"),
            Field("lac", Hex(2), "location area code, FFFE when deleted"),
            Field("tmsi_time", Number(), "T3212 of a phase 1 phone, not used later (255)"),
            _status("location area not allowed"),
        ),
        examples=(
            Example(
                "1234567864F0002814FF00",
                {"tmsi": "12345678", "plmn": "46000", "lac": "2814", "tmsi_time": 255, "status": "updated"},
            ),
            Example(
                "FFFFFFFF00F1100000FF01",
                {"tmsi": "FFFFFFFF", "plmn": "00101", "lac": "0000", "tmsi_time": 255, "status": "not updated"},
                "Annex D",
            ),
        ),
    ),
    transparent(
        _PATH + "6F53",
        "EF_LOCIGPRS",
        "P-TMSI, signature, RAI, routing area status",
        gsm("10.3.33", "O; SST n38", 38),
        size=exactly(14),
        access=_PHONE,
        activity="high",
        fill=f"FFFFFFFFFFFFFF{_TEST_NETWORK}0000FF01",
        kind=Struct(
            Field("ptmsi", Hex(4), "temporary identity for packets, FFFFFFFF for none"),
            Field("signature", Hex(3), "P-TMSI signature, FFFFFF for none"),
            Field("plmn", Plmn(), "network of the routing area"),
            Field("lac", Hex(2), "location area code, FFFE when deleted"),
            Field("rac", Hex(1), "routing area code"),
            _status("routing area not allowed"),
        ),
        examples=(
            Example(
                "FFFFFFFFFFFFFF00F1100000FF01",
                {
                    "ptmsi": "FFFFFFFF",
                    "signature": "FFFFFF",
                    "plmn": "00101",
                    "lac": "0000",
                    "rac": "FF",
                    "status": "not updated",
                },
                "Annex D",
            ),
        ),
    ),
    transparent(
        _PATH + "6F74",
        "EF_BCCH",
        "Neighbour cell BCCH carriers",
        gsm("10.3.14", "M"),
        size=exactly(16),
        access=_PHONE,
        activity="high",
        kind=NeighbourCells(),
        examples=(
            Example(
                "08000000000000002000000000000001",
                {"format": "bit map 0", "extension": False, "ba_indicator": False, "channels": [1, 62, 124]},
            ),
            Example(
                "9F00C000000000000000000000000001",
                {"format": "variable bit map", "extension": False, "ba_indicator": True, "channels": [513, 514, 624]},
            ),
        ),
    ),
    transparent(
        _PATH + "6F63",
        "EF_CPBCCH",
        "COMPACT packet BCCH carriers",
        gsm("10.3.38", "O; SST n46", 46),
        size=sized("2n", 20, 2, step=2),
        access=_PHONE,
        activity="high",
        kind=Struct(
            Field(
                "carriers",
                Listed(
                    Bits(
                        2,
                        BitField("arfcn", UInt(10), "channel number"),
                        BitField("high_band", Flag(), "the number is one of the higher band (1900)"),
                        spare(4),
                        BitField("empty", Flag(), "the element is not used", False),
                    )
                ),
                "carriers, none twice",
            )
        ),
        examples=(
            Example(
                "00063E00FFFF",
                {"carriers": [{"arfcn": 512, "high_band": True}, {"arfcn": 62, "high_band": False}]},
            ),
        ),
    ),
)

SELECTION: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F30",
        "EF_PLMNsel",
        "Preferred PLMNs, highest priority first",
        gsm("10.3.4", "O; SST n7", 7),
        size=sized("3n (n>=8)", 24, 24, step=3),
        access=_PHONE,
        kind=_networks(),
        examples=(
            Example("42F618" + "FF" * 21, {"plmns": ["24681"]}, "10.3.4"),
            Example("64F000130014" + "FF" * 18, {"plmns": ["46000", "310410"]}),
        ),
    ),
    transparent(
        _PATH + "6F7B",
        "EF_FPLMN",
        "Four forbidden PLMNs",
        gsm("10.3.16", "M"),
        size=exactly(12),
        access=_PHONE,
        kind=_networks(4),
        examples=(Example("FFFFFFFFFFFF42F618FFFFFF", {"plmns": [None, None, "24681"]}, "10.3.16"),),
    ),
    transparent(
        _PATH + "6F31",
        "EF_HPPLMN",
        "Interval between searches for a higher priority PLMN (00 none)",
        gsm("10.3.5", "M"),
        size=exactly(1),
        access=_ISSUER,
        kind=Struct(Field("interval", Number(), "units of 22.011 (6 minutes in early releases), 0 for no search")),
        examples=(Example("05", {"interval": 5}),),
    ),
    transparent(
        _PATH + "6F60",
        "EF_PLMNwAcT",
        "User PLMN list with access technology",
        gsm("10.3.35", "O; SST n43", 43),
        size=sized("5n (n>=8)", 40, 40, step=5),
        access=_PHONE,
        fill="(FFFFFF0000)*",
        kind=_networks_with_technology(),
        examples=(
            Example(
                "42F618008064F00000C0" + "FFFFFF0000" * 6,
                {
                    "networks": [
                        {"plmn": "24681", "technologies": ["GSM"]},
                        {"plmn": "46000", "technologies": ["GSM", "GSM COMPACT"]},
                    ]
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F61",
        "EF_OPLMNwAcT",
        "Operator PLMN list with access technology",
        gsm("10.3.36", "O; SST n44", 44),
        size=sized("5n (n>=8)", 40, 40, step=5),
        access=_ISSUER,
        fill="(FFFFFF0000)*",
        kind=_networks_with_technology(),
        examples=(
            Example("FFFFFF0000" * 8, {"networks": []}, "Annex D"),
            Example(
                "1300148080" + "FFFFFF0000" * 7,
                {"networks": [{"plmn": "310410", "technologies": ["UTRAN", "GSM"]}]},
            ),
        ),
    ),
    transparent(
        _PATH + "6F62",
        "EF_HPLMNwAcT",
        "HPLMN codes with access technology",
        gsm("10.3.37", "O; SST n45", 45),
        size=sized("5n (n>=1)", 5, 5, step=5),
        access=_ISSUER,
        fill="(FFFFFF0000)*",
        kind=_networks_with_technology(),
        examples=(Example("00F1100080", {"networks": [{"plmn": "00101", "technologies": ["GSM"]}]}),),
    ),
    transparent(
        _PATH + "6F64",
        "EF_InvScan",
        "Investigation scan flags",
        gsm("10.3.39", "O; SST n47", 47),
        size=exactly(1),
        access=_ISSUER,
        fill="00",
        kind=Bits(
            1,
            BitField("limited_service", Flag(), "scan while in limited service"),
            BitField("after_plmn_selection", Flag(), "scan after a network was selected"),
        ),
        examples=(
            Example("03", {"limited_service": True, "after_plmn_selection": True}),
            Example("00", {"limited_service": False, "after_plmn_selection": False}, "Annex D"),
        ),
    ),
    transparent(
        _PATH + "6F32",
        "EF_CNL",
        "Co-operative networks",
        gsm("10.3.30", "O; SST n34", 34),
        size=sized("6n", 24, 6, step=6),
        access=_ISSUER,
        kind=Struct(
            Field(
                "networks",
                Listed(
                    Struct(
                        Field("plmn", Plmn(), "MCC and MNC"),
                        Field("network_subset", Digits(1, HEX), "digits 6 and 7 of the IMSI"),
                        Field("service_provider", Digits(1, HEX), "service provider identity"),
                        Field("corporate", Digits(1, HEX), "corporate identity"),
                    )
                ),
                "networks; the first unused one ends the list",
            )
        ),
        examples=(
            Example(
                "42F6182143FFFFFFFFFFFFFF",
                {"networks": [{"plmn": "24681", "network_subset": "12", "service_provider": "34", "corporate": None}]},
            ),
        ),
    ),
)

FILES: tuple[FileSpec, ...] = (*LOCATION, *SELECTION)
