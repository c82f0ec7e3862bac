"""Files of DF_CDMA with languages, names, feature codes, keys and groups (C.S0023 3.4.26, 3.4.30, 3.4.31, ...)."""

from __future__ import annotations

from uimkit.coding.bcd import HEX
from uimkit.files.codec import (
    BitField,
    Bits,
    Code,
    Digits,
    Enum,
    Field,
    Flag,
    Hex,
    Listed,
    Plmn,
    Struct,
    reserved,
)
from uimkit.files.codec.encodings import ENCODINGS, LANGUAGES
from uimkit.files.codec.feature_codes import SupplementaryCodes
from uimkit.files.codec.groups import group_identifier
from uimkit.files.codec.provider_name import ProviderName
from uimkit.files.declare import exactly, linear, ruim, sized, transparent
from uimkit.files.spec import Example, FileSpec

_PATH = "3F00/7F25/"
_USER = "CHV1 CHV1 - ADM ADM"
_ISSUER = "CHV1 ADM - ADM ADM"
_PUBLIC = "ALW ADM - ADM ADM"

TEXTS: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F3A",
        "EF_PL",
        "Preferred languages, best first",
        ruim("3.4.26", "M"),
        size=sized("2N", 8, 2, step=2),
        access="ALW CHV1 - ADM ADM",
        kind=Struct(
            Field(
                "languages",
                Listed(
                    Struct(
                        Bits(1, BitField("encoding", Enum(5, ENCODINGS), "character encoding")),
                        Field("language", Code(LANGUAGES), "language indicator"),
                    )
                ),
                "languages and the character encoding to show them with",
            )
        ),
        examples=(
            Example(
                "02010406",
                {
                    "languages": [
                        {"encoding": "7-bit ASCII", "language": "English"},
                        {"encoding": "UCS-2", "language": "Chinese"},
                    ]
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F3F",
        "EF_SSFC",
        "Feature codes of supplementary services; the phone dials an asterisk in front",
        ruim("3.4.30", "O"),
        size=sized("2N+1, N >= 51", 103, 103, step=2, maximum=511),
        access=_USER,
        fill="33(FF)*",
        kind=SupplementaryCodes(),
        examples=(
            Example(
                "33F740F741" + "FFFF" * 16 + "FF72" + "FFFF" * 32,
                {"codes": {"activate CD": "740", "de-activate CD": "741", "register CFU to voice mail": "72"}},
            ),
        ),
    ),
    transparent(
        _PATH + "6F41",
        "EF_SPN",
        "Name of the home service provider",
        ruim("3.4.31", "O: n17 (link implied, not stated)", 17),
        size=exactly(35),
        access=_PUBLIC,
        fill="000000(FF)*",
        kind=ProviderName(),
        examples=(
            Example(
                "01080153" + "6B796C696E6B204E57" + "FF" * 22,
                {"display": True, "encoding": "Latin", "language": "English", "name": "Skylink NW"},
            ),
            Example(
                "00020191BF6E50" + "FF" * 28,
                {"display": False, "encoding": "7-bit ASCII", "language": "English", "name": "Home"},
            ),
            Example(
                "010406" + "4E2D56FD75354FE1" + "FF" * 24,
                {"display": True, "encoding": "UCS-2", "language": "Chinese", "name": "中国电信"},
            ),
        ),
    ),
    transparent(
        _PATH + "6F47",
        "EF_ECC",
        "Emergency call codes",
        ruim("3.4.37", "O"),
        size=sized("3n, n <= 5", 15, 3, step=3, maximum=15),
        access=_PUBLIC,
        kind=Struct(Field("codes", Listed(Digits(3)), "emergency numbers of up to six digits")),
        examples=(Example("19F1FF11F2FF11F9FF", {"codes": ["911", "112", "119"]}),),
    ),
)

SECURITY: tuple[FileSpec, ...] = (
    linear(
        _PATH + "6F6A",
        "EF_AuthCapability",
        "Authentication mechanisms of an application",
        ruim("3.4.72", "O: n43", 43),
        size=exactly(5, records=2),
        access=_ISSUER,
        fill="(00)*",
        kind=Struct(
            Field("application", Code({0: "MMS", 1: "MMD"}), "application"),
            Bits(
                1,
                BitField("cram_md5", Flag(), "CRAM-MD5"),
                BitField("http_digest_md5", Flag(), "HTTP Digest with MD5"),
                BitField("http_digest_md5_session", Flag(), "HTTP Digest with MD5-session"),
                BitField("http_digest_akav1_md5", Flag(), "HTTP Digest with AKAv1-MD5"),
                BitField("http_digest_akav1_md5_session", Flag(), "HTTP Digest with AKAv1-MD5-session"),
                BitField("sasl_digest_md5", Flag(), "DIGEST-MD5 of SASL"),
                BitField("sasl_otp", Flag(), "one-time password of SASL"),
                BitField("sasl_gssapi", Flag(), "GSSAPI of SASL"),
            ),
            reserved(3),
        ),
        examples=(
            Example(
                "000B000000",
                {
                    "application": "MMS",
                    "cram_md5": True,
                    "http_digest_md5": True,
                    "http_digest_md5_session": False,
                    "http_digest_akav1_md5": True,
                    "http_digest_akav1_md5_session": False,
                    "sasl_digest_md5": False,
                    "sasl_otp": False,
                    "sasl_gssapi": False,
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F6B",
        "EF_3GCIK",
        "Keys of the last authentication and key agreement",
        ruim("3.4.73", "O: n30", 30),
        size=exactly(32),
        access=_ISSUER,
        kind=Struct(
            Field("ck", Hex(16), "cipher key, most significant byte first"),
            Field("ik", Hex(16), "integrity key, most significant byte first"),
        ),
        examples=(
            Example(
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                {"ck": "000102030405060708090A0B0C0D0E0F", "ik": "101112131415161718191A1B1C1D1E1F"},
            ),
        ),
    ),
    transparent(
        _PATH + "6F6C",
        "EF_DCK",
        "Keys that end the personalisation of the phone to networks; null when empty",
        ruim("3.4.74", "O: n46", 46),
        size=exactly(20),
        access=_USER,
        kind=Struct(
            Field("network_type_1", Digits(4, HEX), "key of 8 digits for network type 1"),
            Field("network_type_2", Digits(4, HEX), "key of 8 digits for network type 2"),
            Field("service_provider", Digits(4, HEX), "key of 8 digits for the service provider"),
            Field("corporate", Digits(4, HEX), "key of 8 digits for the corporate group"),
            Field("hrpd_network", Digits(4, HEX), "key of 8 digits for the HRPD network"),
        ),
        examples=(
            Example(
                "21436587" + "FF" * 16,
                {
                    "network_type_1": "12345678",
                    "network_type_2": None,
                    "service_provider": None,
                    "corporate": None,
                    "hrpd_network": None,
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F6D",
        "EF_GID1",
        "Group identifier level 1, for associations of cards and phones",
        ruim("3.4.75", "O: n44", 44),
        size=sized("1..n", 8, 1),
        access=_ISSUER,
        kind=group_identifier("service_provider", "service provider code"),
        examples=(Example("A5FFFFFF", {"service_provider": 165}),),
    ),
    transparent(
        _PATH + "6F6E",
        "EF_GID2",
        "Group identifier level 2, for associations of cards and phones",
        ruim("3.4.76", "O: n45", 45),
        size=sized("1..n", 8, 1),
        access=_ISSUER,
        kind=group_identifier("corporate", "corporate code"),
        examples=(Example("5AFFFFFF", {"corporate": 90}),),
    ),
    transparent(
        _PATH + "6F6F",
        "EF_CDMACNL",
        "Co-operative networks the phone may be personalised to",
        ruim("3.4.77", "O: n47", 47),
        size=sized("7n", 70, 7, step=7),
        access=_ISSUER,
        kind=Struct(
            Field(
                "networks",
                Listed(
                    Struct(
                        Field("plmn", Plmn(), "MCC and MNC"),
                        Field("irm", Digits(2, HEX), "four digits of the international roaming MIN"),
                        Field("service_provider", Digits(1, HEX), "two digits"),
                        Field("corporate", Digits(1, HEX), "two digits"),
                    )
                ),
                "networks; the list ends at the first unused one",
            )
        ),
        examples=(
            Example(
                "64F03021436587FFFFFFFFFFFFFF",
                {"networks": [{"plmn": "46003", "irm": "1234", "service_provider": "56", "corporate": "78"}]},
            ),
        ),
    ),
)

FILES = TEXTS + SECURITY
