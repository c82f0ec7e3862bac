"""Files of DF_CDMA that control services, programming over the air and the phone (C.S0023 3.4.18 to 3.4.22, ...)."""

from __future__ import annotations

from uimkit.files.codec import (
    BitField,
    Bits,
    Code,
    Counted,
    Enum,
    Field,
    Flag,
    Number,
    Struct,
    UInt,
    reserved,
    spare,
)
from uimkit.files.codec.identities import ServiceCode
from uimkit.files.codec.services import ServiceTable
from uimkit.files.declare import exactly, ruim, sized, transparent
from uimkit.files.spec import Example, FileSpec, Value

_PATH = "3F00/7F25/"
_USER = "CHV1 CHV1 - ADM ADM"
_ISSUER = "CHV1 ADM - ADM ADM"
_PUBLIC = "ALW ADM - ADM ADM"

SERVICES = {
    1: "CHV disable function",
    2: "ADN",
    3: "FDN",
    4: "SMS",
    5: "HRPD",
    6: "enhanced phone book",
    7: "MMD",
    8: "SF_EUIMID-based EUIMID",
    9: "MEID",
    10: "EXT1",
    11: "EXT2",
    12: "SMSP",
    13: "LND",
    14: "service category program for BC-SMS",
    15: "messaging and 3GPD extensions",
    16: "root certificates",
    17: "SPN",
    18: "SDN",
    19: "EXT3",
    20: "3GPD-SIP",
    21: "WAP browser",
    22: "Java",
    25: "data download via SMS broadcast",
    26: "data download via SMS-PP",
    27: "menu selection",
    28: "call control",
    29: "proactive R-UIM",
    30: "AKA",
    31: "IPv6",
    38: "3GPD-MIP",
    39: "BCMCS",
    40: "MMS",
    41: "EXT8",
    42: "MMS user connectivity parameters",
    43: "application authentication",
    44: "GID1",
    45: "GID2",
    46: "de-personalisation control keys",
    47: "co-operative network list",
}
"""Services of EF_CST; 15, 16, 21, 22 and 31 have these names since revision D, C reserves them."""

OTA_FEATURES = {
    0: "NAM download",
    1: "key exchange",
    2: "SSPR",
    3: "service programming lock",
    4: "OTAPA",
    5: "PUZL",
    6: "3GPD",
    7: "secure mode",
    8: "MMD",
    9: "system tag",
    10: "MMS",
}
"""C.S0016 table 3.5.1.7-1; C0 to FE belong to the manufacturers."""

OPERATION_MODES = {
    0x00: "normal",
    0x80: "type approval",
    0x01: "normal, specific facilities",
    0x81: "type approval, specific facilities",
    0x02: "maintenance",
    0x04: "cell test",
}
CONSENT = {0: "permitted", 1: "refused"}
POWER_CLASSES = {0: "I", 1: "II", 2: "III"}


def _feature(name: str, revision: int) -> Value:
    return {"feature": name, "revision": revision}


CARD: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F32",
        "EF_CST",
        "CDMA service table",
        ruim("3.4.18", "M"),
        size=sized("N, N >= 5; 12 covers n1..n47", 12, 5),
        access=_ISSUER,
        fill="(00)*",
        kind=Struct(Field("services", ServiceTable(SERVICES), "state of each service that is allocated")),
        examples=(
            Example(
                "FF00DC03CF",
                {
                    "services": {
                        "CHV disable function": "activated",
                        "ADN": "activated",
                        "FDN": "activated",
                        "SMS": "activated",
                        "EXT1": "activated",
                        "EXT2": "allocated",
                        "SMSP": "activated",
                        "LND": "activated",
                        "SPN": "activated",
                        "SDN": "activated",
                        "3GPD-SIP": "activated",
                    }
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F39",
        "EF_Revision",
        "Revision of C.S0023 the card follows",
        ruim("3.4.25", "M"),
        size=exactly(1),
        access=_PUBLIC,
        fill="03",
        kind=Struct(Field("revision", Number(), "3 for C.S0023-C")),
        examples=(Example("03", {"revision": 3}),),
    ),
    transparent(
        _PATH + "6F43",
        "EF_AD",
        "Administrative data: operation mode",
        ruim("3.4.33", "M"),
        size=sized("3+X", 3, 3),
        access=_PUBLIC,
        fill="(00)*",
        kind=Struct(Field("mode", Code(OPERATION_MODES), "operation mode of the phone"), reserved()),
        examples=(Example("000000", {"mode": "normal"}),),
    ),
    transparent(
        _PATH + "6F45",
        "EF_MAXPRL",
        "Largest roaming lists the card can hold, in bytes",
        ruim("3.4.35", "M"),
        size=sized("2, or 4 when EF_EPRL exists", 4, 2, step=2, maximum=4),
        access=_ISSUER,
        activity="never",
        fill="(00)*",
        kind=Struct(
            Field("max_prl", Number(2), "MAX_PR_LIST_SIZE of EF_PRL"),
            Field("max_eprl", Number(2), "MAX_PR_LIST_SIZE of EF_EPRL", trailing=True),
        ),
        examples=(
            Example("10002000", {"max_prl": 4096, "max_eprl": 8192}),
            Example("2000", {"max_prl": 8192}, "without EF_EPRL"),
        ),
    ),
    transparent(
        _PATH + "6F54",
        "EF_MAXPUZL",
        "Largest user zone list the card can hold",
        ruim("3.4.50", "O"),
        size=exactly(5),
        access=_ISSUER,
        activity="never",
        fill="(00)*",
        kind=Struct(
            Field("max_uz_list_size", Number(3), "bytes, MAX_UZ_LIST_SIZE"),
            Field("max_uz", Number(2), "entries, MAX_UZ"),
        ),
        examples=(Example("0004000010", {"max_uz_list_size": 1024, "max_uz": 16}),),
    ),
    transparent(
        _PATH + "6F58",
        "EF_CSSPR",
        "Protocol revision of the list in EF_EPRL",
        ruim("3.4.54", "O"),
        size=exactly(1),
        access=_ISSUER,
        kind=Struct(Field("cur_sspr_p_rev", Number(), "SSPR protocol revision")),
        examples=(Example("03", {"cur_sspr_p_rev": 3}), Example("FF", None, "no list")),
    ),
)

PROGRAMMING: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F33",
        "EF_SPC",
        "Service programming code, a secret of the operator",
        ruim("3.4.19", "M"),
        size=exactly(3),
        access="ADM ADM - ADM ADM",
        fill="(00)*",
        kind=Struct(Field("spc", ServiceCode(3), "six digits, 000000 while it is not set")),
        examples=(Example("123456", {"spc": "123456"}), Example("000000", {"spc": "000000"}, "default")),
    ),
    transparent(
        _PATH + "6F34",
        "EF_OTAPASPC",
        "Whether the user consents to administration over the air",
        ruim("3.4.20", "M"),
        size=exactly(1),
        access=_USER,
        fill="(00)*",
        kind=Bits(
            1,
            BitField("otapa", Enum(1, CONSENT), "network-initiated programming, OTAPA_Enable"),
            spare(3),
            BitField("spc_change", Enum(1, CONSENT), "change of the service programming code, SPC_Change_Enable"),
        ),
        examples=(Example("10", {"otapa": "permitted", "spc_change": "refused"}),),
    ),
    transparent(
        _PATH + "6F35",
        "EF_NAMLOCK",
        "Lock of the number assignment module against network-initiated programming",
        ruim("3.4.21", "M"),
        size=exactly(1),
        access=_USER,
        fill="(00)*",
        kind=Bits(
            1,
            BitField("nam_lock_state", Flag(), "locked in this session"),
            BitField("nam_lock", Flag(), "permanent: SPASM protects network-initiated sessions"),
            BitField("ota_mode", Enum(1, {0: "user", 1: "network"}), "who started the session"),
        ),
        examples=(
            Example("07", {"nam_lock_state": True, "nam_lock": True, "ota_mode": "network"}),
            Example("02", {"nam_lock_state": False, "nam_lock": True, "ota_mode": "user"}),
        ),
    ),
    transparent(
        _PATH + "6F36",
        "EF_OTA",
        "OTASP and OTAPA features of the card; the first eight are mandatory, in the order of their numbers",
        ruim("3.4.22", "M"),
        size=sized("2N+1, N >= 8", 17, 17, step=2, maximum=511),
        access=_ISSUER,
        fill="(00)*",
        kind=Struct(
            Field(
                "features",
                Counted(
                    Struct(
                        Field("feature", Code(OTA_FEATURES), "feature identifier"),
                        Field("revision", Number(), "protocol revision"),
                    ),
                    fill=0x00,
                ),
                "features and their revisions",
            )
        ),
        examples=(
            Example(
                "0800020102020303010401050106020701",
                {
                    "features": [
                        _feature("NAM download", 2),
                        _feature("key exchange", 2),
                        _feature("SSPR", 3),
                        _feature("service programming lock", 1),
                        _feature("OTAPA", 1),
                        _feature("PUZL", 1),
                        _feature("3GPD", 2),
                        _feature("secure mode", 1),
                    ]
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F46",
        "EF_SPCS",
        "Whether the service programming code is the default; the card itself keeps it",
        ruim("3.4.36", "M"),
        size=exactly(1),
        access="CHV1 NEV - NEV NEV",
        fill="(00)*",
        kind=Bits(1, BitField("spc_is_default", Flag(inverted=True), "the code is 000000")),
        examples=(Example("00", {"spc_is_default": True}), Example("01", {"spc_is_default": False})),
    ),
    transparent(
        _PATH + "6F55",
        "EF_MECRP",
        "What the phone says of itself for Configuration Request",
        ruim("3.4.51", "M"),
        size=exactly(3),
        access=_USER,
        fill="(00)*",
        kind=Struct(
            Field(
                "scm",
                Bits(
                    1,
                    BitField("power_class", Enum(2, POWER_CLASSES), "power class of band class 0"),
                    BitField("discontinuous", Flag(), "discontinuous transmission"),
                    BitField("bandwidth_25_mhz", Flag(), "25 MHz bandwidth"),
                    spare(1),
                    BitField("slotted", Flag(), "slotted mode"),
                    BitField("dual_mode", Flag(), "CDMA and analog"),
                    BitField("extended", Flag(), "the power class is that of band classes 1 and 4"),
                ),
                "station class mark (TIA-95-B 6.3.3)",
            ),
            Field("mob_p_rev", Number(), "protocol revision of the phone, MOB_P_REV"),
            Bits(
                1,
                BitField("local_control_analog", Flag(), "local control in analog mode"),
                BitField("local_control_cdma", Flag(), "local control in CDMA mode"),
            ),
        ),
        examples=(
            Example(
                "2A0602",
                {
                    "scm": {
                        "power_class": "III",
                        "discontinuous": False,
                        "bandwidth_25_mhz": True,
                        "slotted": True,
                        "dual_mode": False,
                        "extended": False,
                    },
                    "mob_p_rev": 6,
                    "local_control_analog": False,
                    "local_control_cdma": True,
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F59",
        "EF_ATC",
        "Access terminal class for the HRPD persistence test",
        ruim("3.4.55", "O: n5", 5),
        size=exactly(1),
        access=_ISSUER,
        fill="(00)*",
        kind=Bits(1, BitField("access_terminal_class", UInt(2), "class 0 to 3")),
        examples=(Example("02", {"access_terminal_class": 2}),),
    ),
)

FILES = CARD + PROGRAMMING
