"""Roaming lists of DF_CDMA: preferred roaming list, extended one, preferred user zones (C.S0016-C 3.5.5, 3.5.7)."""

from __future__ import annotations

from uimkit.files.codec import BitField, Enum, Flag, Group, LengthOctets, Opaque, Repeat, UInt, spare
from uimkit.files.codec.checked import CheckedList
from uimkit.files.codec.packed import (
    Bcd,
    BitString,
    Cases,
    Framed,
    KnownCode,
    Sequence,
    Tables,
    ToEnd,
    When,
    when,
)
from uimkit.files.declare import ruim, sized, transparent
from uimkit.files.spec import Example

SYSTEM = BitField("ab", Enum(2, {0: "A", 1: "B", 3: "A or B"}), "cellular system")
CHANNEL_SET = BitField(
    "pri_sec", Enum(2, {1: "primary", 2: "secondary", 3: "primary or secondary"}), "standard channels to try"
)
CHANNELS = BitField("channels", Repeat(5, UInt(11)), "channel numbers in the order of the scan")
BLOCKS = {7: "any"}
BAND_CHANNELS = BitField(
    "channels",
    ToEnd(16, Group(BitField("band_class", UInt(5), "band class"), BitField("channel", UInt(11), "channel number"))),
    "band classes and channel numbers in the order of the scan",
)
ACQUISITION = {
    1: ("cellular analog", Sequence(SYSTEM)),
    2: ("cellular CDMA standard channels", Sequence(SYSTEM, CHANNEL_SET)),
    3: ("cellular CDMA custom channels", Sequence(CHANNELS)),
    4: ("cellular CDMA preferred", Sequence(SYSTEM)),
    5: ("PCS CDMA blocks", Sequence(BitField("blocks", Repeat(3, Enum(3, BLOCKS)), "PCS frequency blocks"))),
    6: ("PCS CDMA channels", Sequence(CHANNELS)),
    7: ("JTACS CDMA standard channels", Sequence(SYSTEM, CHANNEL_SET)),
    8: ("JTACS CDMA custom channels", Sequence(CHANNELS)),
    9: ("2 GHz CDMA channels", Sequence(CHANNELS)),
}
EXTENDED_ACQUISITION = {
    **ACQUISITION,
    0x0A: ("cdma2000 1x and IS-95", Sequence(BAND_CHANNELS)),
    0x0B: ("HRPD", Sequence(BAND_CHANNELS)),
}

HEAD = (
    BitField("pr_list_id", UInt(16), "identification of the list, shown to users as its version"),
    BitField("pref_only", Flag(), "only the preferred systems of the list may be used"),
    BitField("def_roam_ind", UInt(8), "roaming indicator of systems that are not in the list (C.R1001)"),
)
PREFERENCE = BitField("pref_neg", Enum(1, {0: "negative", 1: "preferred"}), "whether the system may be used")
GEO = BitField("geo", Enum(1, {0: "new", 1: "same"}), "geographic region, compared with the record before")
PRIORITY = BitField("pri", Enum(1, {0: "same", 1: "more"}), "desirable as the next system of the region, or more so")
ACQUISITION_INDEX = BitField("acq_index", UInt(9), "acquisition record, the first is 0")
ROAM_IND = when("pref_neg", "preferred", BitField("roam_ind", UInt(8), "roaming indicator (C.R1001)"))
SID = BitField("sid", UInt(15), "system identification, 0 any")
NID_INCL = BitField(
    "nid_incl", Enum(2, {0: "any", 1: "included", 2: "public"}), "network: any (65535), nid, or public (0)", "included"
)
NID = BitField("nid", UInt(16), "network identification")

SYSTEM_RECORD = Sequence(
    SID,
    NID_INCL,
    when("nid_incl", "included", NID),
    PREFERENCE,
    GEO,
    when("pref_neg", "preferred", PRIORITY),
    ACQUISITION_INDEX,
    ROAM_IND,
)


SUBTYPES = {0: "MCC and MNC only"}
"""A record of another subtype stays octets: C.S0016-C, which lays out its list, was not at hand."""
BY_MCC_MNC = (
    BitField("subtype", KnownCode(3, SUBTYPES), "what follows MCC and MNC"),
    BitField("mcc", Bcd(3), "mobile country code"),
    BitField("mnc", Bcd(3), "mobile network code"),
)
EXTENDED_SYSTEM_RECORD = Framed(
    5,
    Sequence(
        BitField("type", KnownCode(4, {0: "cdma2000 1x and IS-95", 1: "HRPD", 3: "MCC-MNC"}), "system record type"),
        PREFERENCE,
        GEO,
        PRIORITY,
        ACQUISITION_INDEX,
        *(when("type", "cdma2000 1x and IS-95", part) for part in (spare(1), NID_INCL, SID)),
        When(lambda found: found["type"] == "cdma2000 1x and IS-95" and found["nid_incl"] == "included", NID),
        *(
            when("type", "HRPD", part)
            for part in (
                spare(3),
                BitField("subnet_common_included", Flag(), "the subnet begins with a common part"),
                BitField("subnet_lsb", BitString(7), "the last bits of the subnet, or all of them"),
            )
        ),
        when(
            "subnet_common_included",
            True,
            BitField("subnet_common_offset", UInt(12), "place of the common part in its table, in octets"),
        ),
        *(when("type", "MCC-MNC", part) for part in BY_MCC_MNC),
        ROAM_IND,
        BitField("association", Flag(), "an association follows", False),
        when("association", True, BitField("association_tag", UInt(8), "records with one tag are associated")),
        when("association", True, BitField("pn_association", Flag(), "the pilots are associated")),
        when("association", True, BitField("data_association", Flag(), "packet data sessions are associated")),
    ),
)
PRL = CheckedList(
    Tables(
        Sequence(*HEAD),
        (9, BitField("acquisition_records", Cases(4, ACQUISITION), "where to look for systems")),
        (14, BitField("system_records", SYSTEM_RECORD, "systems in order of preference within their region")),
    ),
    minimum=10,
)
EPRL = CheckedList(
    Tables(
        Sequence(
            HEAD[0],
            BitField("cur_sspr_p_rev", UInt(8), "protocol revision of the list, 3 for the extended one"),
            *HEAD[1:],
        ),
        (9, BitField("acquisition_records", Cases(8, EXTENDED_ACQUISITION, 8), "where to look for systems")),
        (
            9,
            BitField(
                "common_subnets",
                Sequence(spare(4), BitField("subnet", LengthOctets(4), "first octets of subnets")),
                "common parts of HRPD subnets",
                [],
            ),
        ),
        (14, BitField("system_records", EXTENDED_SYSTEM_RECORD, "systems in order of preference within their region")),
        spare_bits=7,
    ),
    minimum=13,
)

FILES = (
    transparent(
        "3F00/7F25/6F30",
        "EF_PRL",
        "Preferred roaming list of C.S0016-C",
        ruim("3.4.16", "M"),
        size=sized("MAX_PR_LIST_SIZE of EF_MAXPRL bytes 1-2", 4096, 10),
        access="CHV1 ADM - ADM ADM",
        kind=PRL,
        fill="(00)*",
        examples=(
            Example(
                "0012000100804001401F420005400020ECCE",
                {
                    "pr_list_id": 1,
                    "pref_only": False,
                    "def_roam_ind": 1,
                    "acquisition_records": [{"type": "cellular CDMA preferred", "ab": "A"}],
                    "system_records": [
                        {
                            "sid": 1000,
                            "nid": 2,
                            "pref_neg": "preferred",
                            "geo": "new",
                            "pri": "more",
                            "acq_index": 0,
                            "roam_ind": 1,
                        }
                    ],
                },
            ),
            Example("00" * 20, {"list_size": 0}, "never written"),
        ),
    ),
    transparent(
        "3F00/7F25/6F5A",
        "EF_EPRL",
        "Extended preferred roaming list of C.S0016-C",
        ruim("3.4.56", "O"),
        size=sized("MAX_PR_LIST_SIZE of EF_MAXPRL bytes 3-4", 8192, 13),
        access="CHV1 ADM - ADM ADM",
        kind=EPRL,
        fill="(00)*",
        examples=(
            Example(
                "00190002030080400000800A02011B40500107D00004029835FFFF",
                {
                    "pr_list_id": 2,
                    "cur_sspr_p_rev": 3,
                    "pref_only": False,
                    "def_roam_ind": 1,
                    "acquisition_records": [
                        {"type": "cdma2000 1x and IS-95", "channels": [{"band_class": 0, "channel": 283}]}
                    ],
                    "system_records": [
                        {
                            "type": "cdma2000 1x and IS-95",
                            "pref_neg": "preferred",
                            "geo": "new",
                            "pri": "more",
                            "acq_index": 0,
                            "sid": 1000,
                            "nid": 2,
                            "roam_ind": 1,
                        }
                    ],
                },
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F53",
        "EF_PUZL",
        "Preferred user zone list of C.S0016-C",
        ruim("3.4.49", "O"),
        size=sized("CUR_UZ_LIST_SIZE", 1024, 1),
        access="CHV1 ADM - ADM ADM",
        kind=Opaque("user zone records of C.S0016-C 3.5.7, written by the network as they are"),
        fill="(00)*",
        examples=(Example("00", {"octets": "00"}),),
    ),
)
