"""Files of DF_GSM about the subscriber and the card: identity, keys, services, names."""

from __future__ import annotations

from uimkit.coding.bcd import HEX
from uimkit.coding.identity import decode_imsi, encode_imsi
from uimkit.files.codec import (
    BitField,
    Bits,
    BitSet,
    Code,
    Digits,
    Enum,
    Field,
    Flag,
    Hex,
    Listed,
    Struct,
    Text,
    Translated,
    reserved,
)
from uimkit.files.codec.groups import group_identifier
from uimkit.files.codec.gsm_values import LowNibble, OperationMode
from uimkit.files.codec.services import ServiceTable
from uimkit.files.declare import exactly, gsm, sized, transparent
from uimkit.files.spec import Example, FileSpec

_PATH = "3F00/7F20/"
_ISSUER = "CHV1 ADM - ADM ADM"
_PHONE = "CHV1 CHV1 - ADM ADM"

LANGUAGES = {
    0x00: "German",
    0x01: "English",
    0x02: "Italian",
    0x03: "French",
    0x04: "Spanish",
    0x05: "Dutch",
    0x06: "Swedish",
    0x07: "Danish",
    0x08: "Portuguese",
    0x09: "Finnish",
    0x0A: "Norwegian",
    0x0B: "Greek",
    0x0C: "Turkish",
    0x0D: "Hungarian",
    0x0E: "Polish",
    0x0F: "unspecified",
    0x20: "Czech",
    0x21: "Hebrew",
    0x22: "Arabic",
    0x23: "Russian",
    0x24: "Icelandic",
}
"""Cell broadcast data coding schemes of 23.038 clause 5 that say no more than the language."""

SERVICES = {
    1: "CHV1 disable function",
    2: "ADN",
    3: "FDN",
    4: "SMS",
    5: "advice of charge",
    6: "CCP",
    7: "PLMNsel",
    9: "MSISDN",
    10: "EXT1",
    11: "EXT2",
    12: "SMSP",
    13: "LND",
    14: "CBMI",
    15: "GID1",
    16: "GID2",
    17: "SPN",
    18: "SDN",
    19: "EXT3",
    21: "VGCS",
    22: "VBS",
    23: "eMLPP",
    24: "AAeM",
    25: "data download via SMS-CB",
    26: "data download via SMS-PP",
    27: "menu selection",
    28: "call control",
    29: "proactive SIM",
    30: "CBMIR",
    31: "BDN",
    32: "EXT4",
    33: "de-personalisation control keys",
    34: "co-operative network list",
    35: "SMSR",
    36: "network's indication of alerting",
    37: "MO short message control by SIM",
    38: "GPRS",
    39: "image",
    40: "SoLSA",
    41: "USSD string data object in call control",
    42: "RUN AT COMMAND",
    43: "PLMNwAcT",
    44: "OPLMNwAcT",
    45: "HPLMNwAcT",
    46: "CPBCCH",
    47: "investigation scan",
    48: "ECCP",
    49: "MExE",
    51: "PNN",
    52: "OPL",
    53: "MBDN",
    54: "message waiting indication status",
    55: "call forwarding indication status",
    56: "service provider display information",
    57: "MMS",
    58: "EXT8",
    59: "MMS user connectivity parameters",
}
"""The services of EF_SST, by the file they stand for where there is one: 1 to 49 as in GSM 11.11 10.3.7, from 51 on
those that TS 51.011 Rel-4 adds."""


def cipher_key() -> Struct:
    """EF_Kc and EF_KcGPRS (10.3.3, 10.3.32): the key and its sequence number."""
    number = BitField("cksn", Enum(3, {7: "no key"}), "ciphering key sequence number, 0 to 6")
    return Struct(Field("kc", Hex(8), "ciphering key, most significant byte first"), Bits(1, number))


_KEYS = (
    Example("0123456789ABCDEF02", {"kc": "0123456789ABCDEF", "cksn": 2}),
    Example("FFFFFFFFFFFFFFFF07", {"kc": "FFFFFFFFFFFFFFFF", "cksn": "no key"}, "Annex D"),
)

FILES: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F05",
        "EF_LP",
        "Languages as one-byte 23.038 cell broadcast codes, best first",
        gsm("10.3.1", "M"),
        size=sized("1-n", 4, 1),
        access="ALW CHV1 - ADM ADM",
        kind=Struct(Field("languages", Listed(Code(LANGUAGES)), "languages in order of preference")),
        examples=(
            Example("0103FFFF", {"languages": ["English", "French"]}),
            Example("0123FF48", {"languages": ["English", "Russian", None, 0x48]}),
        ),
    ),
    transparent(
        _PATH + "6F07",
        "EF_IMSI",
        "Length byte and IMSI in 04.08 identity coding",
        gsm("10.3.2", "M"),
        size=exactly(9),
        access="CHV1 ADM - ADM CHV1",
        kind=Struct(
            Field(
                "imsi",
                Translated(decode_imsi, encode_imsi, "length, identity type 1 with parity, BCD, unused F", 9),
                "international mobile subscriber identity, at most 15 digits",
            )
        ),
        examples=(
            Example("080910101032547698", {"imsi": "001010123456789"}),
            Example("0841060021436587F9", {"imsi": "46000123456789"}, "14 digits"),
            Example("0749060021436587FF", {"imsi": "4600012345678"}, "13 digits"),
        ),
    ),
    transparent(
        _PATH + "6F20",
        "EF_Kc",
        "Kc (8) and cipher key sequence number",
        gsm("10.3.3", "M"),
        size=exactly(9),
        access=_PHONE,
        activity="high",
        fill="FFFFFFFFFFFFFFFF07",
        kind=cipher_key(),
        examples=_KEYS,
    ),
    transparent(
        _PATH + "6F52",
        "EF_KcGPRS",
        "GPRS cipher key and sequence number",
        gsm("10.3.32", "O; SST n38", 38),
        size=exactly(9),
        access=_PHONE,
        activity="high",
        fill="FFFFFFFFFFFFFFFF07",
        kind=cipher_key(),
        examples=_KEYS,
    ),
    transparent(
        _PATH + "6F38",
        "EF_SST",
        "Service table, 2 bits per service",
        gsm("10.3.7", "M"),
        size=sized("X (X>=2)", 13, 2),
        access=_ISSUER,
        fill="(00)*",
        kind=Struct(Field("services", ServiceTable(SERVICES), "state of each service the card has")),
        examples=(
            Example("0100", {"services": {"CHV1 disable function": "allocated"}}),
            Example(
                "CF3CCF03",
                {
                    "services": {
                        "CHV1 disable function": "activated",
                        "ADN": "activated",
                        "SMS": "activated",
                        "CCP": "activated",
                        "PLMNsel": "activated",
                        "MSISDN": "activated",
                        "EXT1": "activated",
                        "SMSP": "activated",
                        "LND": "activated",
                    }
                },
            ),
            Example("0080", {"services": {"service 8": "activated without allocation"}}, "an unassigned service"),
        ),
    ),
    transparent(
        _PATH + "6F3E",
        "EF_GID1",
        "SIM group identifier level 1",
        gsm("10.3.9", "O; SST n15", 15),
        size=sized("1-n", 4, 1),
        access=_ISSUER,
        kind=group_identifier("service_provider", "service provider code"),
        examples=(Example("0102", {"service_provider": 1, "more": "02"}),),
    ),
    transparent(
        _PATH + "6F3F",
        "EF_GID2",
        "SIM group identifier level 2",
        gsm("10.3.10", "O; SST n16", 16),
        size=sized("1-n", 4, 1),
        access=_ISSUER,
        kind=group_identifier("corporate", "corporate code"),
        examples=(Example("02FFFFFF", {"corporate": 2}),),
    ),
    transparent(
        _PATH + "6F46",
        "EF_SPN",
        "Display condition and service provider name",
        gsm("10.3.11", "O; SST n17", 17),
        size=exactly(17),
        access="ALW ADM - ADM ADM",
        kind=Struct(
            Bits(1, BitField("display", Flag(), "the registered network must be displayed as well")),
            Field("name", Text(16), "service provider name"),
        ),
        examples=(
            Example("014D794E6574FFFFFFFFFFFFFFFFFFFFFF", {"display": True, "name": "MyNet"}),
            Example("00806D4B8BD57F51FFFFFFFFFFFFFFFFFF", {"display": False, "name": "测试网"}),
        ),
    ),
    transparent(
        _PATH + "6F78",
        "EF_ACC",
        "Access control classes, one bit each",
        gsm("10.3.15", "M"),
        size=exactly(2),
        access=_ISSUER,
        kind=Bits(2, BitField("classes", BitSet(16, {n: n for n in range(16)}), "0-9 or 11-15; never 10"), order="big"),
        examples=(Example("0008", {"classes": [3]}), Example("1200", {"classes": [9, 12]})),
    ),
    transparent(
        _PATH + "6FAD",
        "EF_AD",
        "Operation mode, specific facilities, MNC length",
        gsm("10.3.18", "M"),
        size=sized("3+X", 4, 3),
        access="ALW ADM - ADM ADM",
        fill="00000002(00)*",
        kind=Struct(
            OperationMode(),
            Field("mnc_length", LowNibble(), "digits of the MNC in EF_IMSI, 2 or 3", trailing=True),
            reserved(trailing=True),
        ),
        examples=(
            Example("00000002", {"mode": "normal", "mnc_length": 2}),
            Example("810001", {"mode": "type approval, specific facilities", "ciphering_indicator": True}),
            Example("02123403", {"mode": "maintenance", "additional": "1234", "mnc_length": 3}),
        ),
    ),
    transparent(
        _PATH + "6FAE",
        "EF_Phase",
        "SIM phase",
        gsm("10.3.19", "M"),
        size=exactly(1),
        access="ALW ADM - ADM ADM",
        fill="02",
        kind=Struct(
            Field(
                "phase",
                Code({0: "phase 1", 2: "phase 2", 3: "phase 2, PROFILE DOWNLOAD required"}),
                "phase of the card; 4 to 15 are at least the last one",
            )
        ),
        examples=(
            Example("02", {"phase": "phase 2"}),
            Example("03", {"phase": "phase 2, PROFILE DOWNLOAD required"}),
        ),
    ),
    transparent(
        _PATH + "6F2C",
        "EF_DCK",
        "Four de-personalisation keys of 8 digits",
        gsm("10.3.29", "O; SST n33", 33),
        size=exactly(16),
        access=_PHONE,
        kind=Struct(
            Field("network", Digits(4, HEX), "key of the network lock, 8 digits"),
            Field("network_subset", Digits(4, HEX), "key of the network subset lock"),
            Field("service_provider", Digits(4, HEX), "key of the service provider lock"),
            Field("corporate", Digits(4, HEX), "key of the corporate lock"),
        ),
        examples=(
            Example(
                "21436587FFFFFFFFFFFFFFFFFFFFFFFF",
                {"network": "12345678", "network_subset": None, "service_provider": None, "corporate": None},
                "the order of the nibbles is an ASSUMPTION",
            ),
        ),
    ),
)
