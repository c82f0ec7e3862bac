"""Files of DF_CDMA that say who card, phone and subscriber are (C.S0023 3.4.1 to 3.4.4, 3.4.17, 3.4.24 and others)."""

from __future__ import annotations

from uimkit.files.codec import BitField, Bits, Enum, Field, Flag, Number, Struct, UInt, reserved
from uimkit.files.codec.identities import BinaryImsi, Identifier, MdnDigits, Reversed
from uimkit.files.declare import cyclic, exactly, linear, ruim, transparent
from uimkit.files.spec import Example, FileSpec

_PATH = "3F00/7F25/"
_USER = "CHV1 CHV1 - ADM ADM"
_IMSI = "CHV1 ADM - ADM CHV1"
_FIXED = "ALW NEV - NEV NEV"

NUMBER_TYPES = {
    0: "unknown",
    1: "international",
    2: "national",
    3: "network-specific",
    4: "subscriber",
    6: "abbreviated",
}
NUMBER_PLANS = {0: "unknown", 1: "ISDN", 3: "data", 4: "telex", 9: "private"}
PRESENTATIONS = {0: "allowed", 1: "restricted", 2: "not available"}
SCREENINGS = {0: "user, not screened", 1: "user, passed", 2: "user, failed", 3: "network"}
"""TIA-95-B 6.7.4.4."""

SUBSCRIBER: tuple[FileSpec, ...] = (
    cyclic(
        _PATH + "6F21",
        "EF_COUNT",
        "Call history count (COUNTsp) against clones; the phone lets it wrap from 63 to 0",
        ruim("3.4.1", "M"),
        size=exactly(2, records=10),
        access="CHV1 CHV1 CHV1 ADM ADM",
        activity="high",
        fill="(00)*",
        kind=Struct(reserved(1), Bits(1, BitField("count", UInt(6), "number of counted calls, modulo 64"))),
        examples=(
            Example("0005", {"count": 5}),
            Example("003F", {"count": 63}),
            Example("0040", {"count": 0, "rfu2": 1}, "after INCREASE of 63"),
        ),
    ),
    transparent(
        _PATH + "6F22",
        "EF_IMSI_M",
        "IMSI whose last ten digits are the mobile identification number (MIN)",
        ruim("3.4.2", "M"),
        size=exactly(10),
        access=_IMSI,
        fill="(00)*",
        kind=BinaryImsi(),
        examples=(
            Example("00D20001E7875C806701", {"imsi": "460033216549870", "class": 0, "addr_num": 0, "programmed": True}),
            Example(
                "00000000000000000000", {"imsi": None, "class": 0, "addr_num": 0, "programmed": False}, "as delivered"
            ),
        ),
    ),
    transparent(
        _PATH + "6F23",
        "EF_IMSI_T",
        "True IMSI, which is not related to a MIN",
        ruim("3.4.3", "M"),
        size=exactly(10),
        access=_IMSI,
        fill="(00)*",
        kind=BinaryImsi(),
        examples=(
            Example("008503A69A3A5A80DE03", {"imsi": "001010123456789", "class": 0, "addr_num": 0, "programmed": True}),
        ),
    ),
    transparent(
        _PATH + "6F24",
        "EF_TMSI",
        "Temporary mobile station identity",
        ruim("3.4.4", "M"),
        size=exactly(16),
        access="CHV1 CHV1 - ADM CHV1",
        activity="high",
        fill="000000000000000000FFFFFFFF000000",
        kind=Struct(
            Bits(1, BitField("zone_length", UInt(4), "octets of the zone that count, 0 to 8")),
            Field("zone", Reversed(8), "ASSIGNING_TMSI_ZONE, 00 in front of the octets that count"),
            Field("tmsi_code", Reversed(4, blank=True), "TMSI_CODE"),
            Field("expiry", Number(3, "little"), "TMSI_EXP_TIME in units of 80 ms * 2^12 of system time"),
        ),
        examples=(
            Example(
                "030302010000000000443322112C0100",
                {"zone_length": 3, "zone": "0000000000010203", "tmsi_code": "11223344", "expiry": 300},
            ),
            Example(
                "000000000000000000FFFFFFFF000000",
                {"zone_length": 0, "zone": "0000000000000000", "tmsi_code": None, "expiry": 0},
                "no TMSI",
            ),
        ),
    ),
    linear(
        _PATH + "6F44",
        "EF_MDN",
        "Mobile directory number, the number that others dial",
        ruim("3.4.34", "O"),
        size=exactly(11, records=2),
        access=_USER,
        kind=Struct(
            Field("number", MdnDigits(), "up to 15 digits"),
            Bits(
                1,
                BitField("number_type", Enum(3, NUMBER_TYPES), "NUMBER_TYPE"),
                BitField("number_plan", Enum(4, NUMBER_PLANS), "NUMBER_PLAN"),
            ),
            Bits(
                1,
                BitField("pi", Enum(2, PRESENTATIONS), "presentation indicator"),
                BitField("si", Enum(2, SCREENINGS), "screening indicator"),
            ),
        ),
        examples=(
            Example(
                "0A21436587A9FFFFFF0A00",
                {
                    "number": "1234567890",
                    "number_type": "national",
                    "number_plan": "ISDN",
                    "pi": "allowed",
                    "si": "user, not screened",
                },
            ),
        ),
    ),
)

EQUIPMENT: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F31",
        "EF_RUIMID",
        "UIM_ID of the card, or the pseudo-UIMID (80 and 24 bits of a hash) of its EUIMID",
        ruim("3.4.17", "M"),
        size=exactly(8),
        access=_FIXED,
        fill="(00)*",
        kind=Identifier({4: "uimid"}),
        examples=(
            Example("0489ED7D80000000", {"length": 4, "uimid": "807DED89"}, "pseudo-UIMID of 8901010123456789014F"),
            Example("04A4A3A2A1000000", {"length": 4, "uimid": "A1A2A3A4"}),
        ),
    ),
    transparent(
        _PATH + "6F38",
        "EF_ESN_ME",
        "ESN, pseudo-ESN or MEID of the phone, as last given by Store ESN_MEID_ME",
        ruim("3.4.24", "M"),
        size=exactly(8),
        access="ALW ADM - ADM ADM",
        fill="(00)*",
        kind=Identifier({4: "esn", 7: "meid"}),
        examples=(
            Example("04EC965AD7000000", {"length": 4, "esn": "D75A96EC"}),
            Example("07785634120000A0", {"length": 7, "meid": "A0000012345678"}),
            Example("0000000000000000", {"length": 0}, "no phone yet"),
        ),
    ),
    transparent(
        _PATH + "6F42",
        "EF_USGIND",
        "Which identifiers are used: those of the phone or those of the card",
        ruim("3.4.32", "M"),
        size=exactly(1),
        access="CHV1 ADM - ADM ADM",
        fill="00",
        kind=Bits(
            1,
            BitField("use_uim_id", Flag(), "UIM_ID instead of the ESN, for CAVE too"),
            BitField("use_sf_euimid", Flag(), "SF_EUIMID instead of the MEID, if service 8 is active"),
        ),
        examples=(Example("01", {"use_uim_id": True, "use_sf_euimid": False}),),
    ),
    transparent(
        _PATH + "6F74",
        "EF_SF_EUIMID",
        "Short form of the expanded UIM identifier, 14 digits like a MEID",
        ruim("3.4.82", "O: n8", 8),
        size=exactly(7),
        access=_FIXED,
        fill="(00)*",
        kind=Struct(Field("sf_euimid", Reversed(7), "digits d1 to d14: RR, manufacturer code, serial number")),
        examples=(Example("563412010000FF", {"sf_euimid": "FF000001123456"}),),
    ),
)

FILES = SUBSCRIBER + EQUIPMENT
