"""Packet data and HRPD of DF_CDMA: capabilities, user profiles, status, secrets (C.S0023-C 3.4.38, C.S0016-C 3.5.8)."""

from __future__ import annotations

from uimkit.files.codec import (
    BitField,
    BitKind,
    Bits,
    Enum,
    Flag,
    Group,
    Ipv4,
    LengthOctets,
    Maybe,
    Prefixed,
    Repeat,
    UInt,
    spare,
)
from uimkit.files.codec.checked import OrOctets
from uimkit.files.declare import exactly, ruim, sized, transparent
from uimkit.files.spec import Example

AUTHENTICATION = {0: "none", 1: "CHAP", 2: "PAP", 3: "CHAP then PAP"}
MAX_NAI = BitField("max_nai_length", UInt(8), "longest network access identifier, in octets")
INDEX = BitField("index", UInt(4), "NAI_ENTRY_INDEX")
NAI = BitField("nai", LengthOctets(8, as_text=True), "network access identifier")
AUTH = BitField("auth", Enum(4, AUTHENTICATION), "authentication algorithm")


def _block(*fields: BitField) -> OrOctets:
    """A block of C.S0016 behind its length byte."""
    return OrOctets(Prefixed(Bits(None, *fields, order="big")))


def _algorithm(name: str, spi: str, peer: str) -> tuple[BitField, BitField]:
    algorithm: BitKind = Enum(4, {0: "none", 1: "MD5"})
    return (
        BitField(name, algorithm, f"algorithm of the authentication to the {peer}"),
        BitField(spi, Maybe(UInt(32)), f"security parameter index to the {peer}, null none"),
    )


CAPABILITIES = (
    transparent(
        "3F00/7F25/6F48",
        "EF_ME3GPDOPC",
        "Packet data modes of the ME; cleared by the card at initialisation",
        ruim("3.4.38", "O: n20 or n38", 20, 38),
        size=exactly(1),
        access="CHV1 CHV1 - ADM ADM",
        fill="00",
        kind=Bits(
            1,
            BitField("sip", Flag(), "the ME can do SimpleIP"),
            BitField("mip", Flag(), "the ME can do MobileIP"),
            BitField("mip_with_sip_fallback", Flag(), "the ME can do MobileIP with SimpleIP fallback"),
        ),
        examples=(Example("07", {"sip": True, "mip": True, "mip_with_sip_fallback": True}),),
    ),
    transparent(
        "3F00/7F25/6F49",
        "EF_3GPDOPM",
        "Packet data operation mode",
        ruim("3.4.39", "O: n20 or n38", 20, 38),
        size=exactly(1),
        access="CHV1 CHV1 - ADM ADM",
        fill="(00)*",
        kind=Bits(
            1,
            BitField(
                "mode",
                Enum(2, {0: "SimpleIP only", 1: "MobileIP with SimpleIP fallback", 2: "MobileIP only"}),
                "operation mode",
            ),
        ),
        examples=(Example("01", {"mode": "MobileIP with SimpleIP fallback"}),),
    ),
    transparent(
        "3F00/7F25/6F4A",
        "EF_SIPCAP",
        "SimpleIP capability block",
        ruim("3.4.40", "O: n20", 20),
        size=exactly(4),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=Bits(
            4,
            BitField("max_num_nai", UInt(4), "number of identifiers there is room for"),
            MAX_NAI,
            BitField("max_ss_length", UInt(5), "longest shared secret, in octets"),
            BitField("chap", Flag(), "CHAP is supported"),
            BitField("pap", Flag(), "PAP is supported"),
            spare(6),
            order="big",
        ),
        examples=(
            Example(
                "15084000", {"max_num_nai": 1, "max_nai_length": 80, "max_ss_length": 16, "chap": True, "pap": False}
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F4B",
        "EF_MIPCAP",
        "MobileIP capability block",
        ruim("3.4.41", "O: n38", 38),
        size=exactly(5),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=Bits(
            5,
            BitField("max_num_nai", UInt(4), "number of identifiers there is room for"),
            MAX_NAI,
            BitField("max_mn_aaa_ss_length", UInt(5), "longest secret shared with the AAA server, in octets"),
            BitField("mn_aaa_md5", Flag(), "MD5 to the AAA server is supported"),
            spare(7),
            BitField("max_mn_ha_ss_length", UInt(5), "longest secret shared with the home agent, in octets"),
            BitField("mn_ha_md5", Flag(), "MD5 to the home agent is supported"),
            spare(7),
            order="big",
        ),
        examples=(
            Example(
                "1508404200",
                {
                    "max_num_nai": 1,
                    "max_nai_length": 80,
                    "max_mn_aaa_ss_length": 16,
                    "mn_aaa_md5": True,
                    "max_mn_ha_ss_length": 16,
                    "mn_ha_md5": True,
                },
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F56",
        "EF_HRPDCAP",
        "HRPD access authentication capability block",
        ruim("3.4.52", "O: n5", 5),
        size=exactly(3),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=Bits(
            3,
            MAX_NAI,
            BitField("max_ss_length", UInt(5), "longest shared secret, in octets"),
            spare(3),
            BitField("chap", Flag(), "CHAP is supported"),
            order="big",
        ),
        examples=(Example("20F880", {"max_nai_length": 32, "max_ss_length": 31, "chap": True}),),
    ),
)

PROFILES = (
    transparent(
        "3F00/7F25/6F4C",
        "EF_SIPUPP",
        "SimpleIP user profile block behind a length byte",
        ruim("3.4.42", "O: n20", 20),
        size=sized("1+X", 128, 1, maximum=256),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=_block(BitField("profiles", Repeat(4, Group(INDEX, NAI, AUTH)), "user profiles")),
        examples=(
            Example(
                "13101075736572406578616D706C652E6E657410",
                {"profiles": [{"index": 0, "nai": "user@example.net", "auth": "CHAP"}]},
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F4D",
        "EF_MIPUPP",
        "MobileIP user profile block behind a length byte",
        ruim("3.4.43", "O: n38", 38),
        size=sized("1+X", 256, 1, maximum=256),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=_block(
            BitField(
                "retry",
                Maybe(
                    Group(
                        BitField("max_num_retry", UInt(2), "number of registration retries"),
                        BitField("first_retry_timeout", UInt(3), "time before the first one, in 250 ms"),
                        BitField("rereg_threshold", UInt(6), "registration this long before the end of its life, min"),
                    )
                ),
                "registration retries, null not given",
            ),
            BitField(
                "profiles",
                Repeat(
                    4,
                    Group(
                        INDEX,
                        NAI,
                        BitField("t_bit", Flag(), "reverse tunnelling is asked for"),
                        BitField("home_address", Ipv4(), "home address, 0.0.0.0 dynamic"),
                        BitField("primary_ha", Ipv4(), "primary home agent"),
                        BitField("secondary_ha", Ipv4(), "secondary home agent"),
                        *_algorithm("mn_aaa_algorithm", "mn_aaa_spi", "AAA server"),
                        *_algorithm("mn_ha_algorithm", "mn_ha_spi", "home agent"),
                    ),
                ),
                "user profiles",
            ),
        ),
        examples=(
            Example(
                "29CC5101075736572406578616D706C652E6E6574800000007FFFFFFF800000000C00000008600000258",
                {
                    "retry": {"max_num_retry": 2, "first_retry_timeout": 3, "rereg_threshold": 5},
                    "profiles": [
                        {
                            "index": 0,
                            "nai": "user@example.net",
                            "t_bit": True,
                            "home_address": "0.0.0.0",
                            "primary_ha": "255.255.255.255",
                            "secondary_ha": "0.0.0.0",
                            "mn_aaa_algorithm": "MD5",
                            "mn_aaa_spi": 2,
                            "mn_ha_algorithm": "MD5",
                            "mn_ha_spi": 300,
                        }
                    ],
                },
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F57",
        "EF_HRPDUPP",
        "HRPD access authentication user profile behind a length byte",
        ruim("3.4.53", "O: n5", 5),
        size=sized("1+X", 64, 1, maximum=256),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=_block(NAI, AUTH),
        examples=(Example("0D0B6162634078797A2E636F6D10", {"nai": "abc@xyz.com", "auth": "CHAP"}),),
    ),
)

STATUS = (
    transparent(
        "3F00/7F25/6F4E",
        "EF_SIPSP",
        "SimpleIP status block",
        ruim("3.4.44", "O: n20", 20),
        size=exactly(1),
        access="CHV1 CHV1 - ADM ADM",
        fill="(00)*",
        kind=Bits(1, BitField("act_nai_entry_index", UInt(4), "user profile in use"), order="big"),
        examples=(Example("10", {"act_nai_entry_index": 1}),),
    ),
    transparent(
        "3F00/7F25/6F4F",
        "EF_MIPSP",
        "MobileIP status block",
        ruim("3.4.45", "O: n38", 38),
        size=sized("X", 2, 1),
        access="CHV1 CHV1 - ADM ADM",
        fill="(00)*",
        kind=OrOctets(
            Bits(
                None,
                BitField("act_nai_entry_index", UInt(4), "user profile in use"),
                BitField("additional", Repeat(4, UInt(4)), "further user profiles in use"),
                order="big",
            )
        ),
        examples=(Example("0110", {"act_nai_entry_index": 0, "additional": [1]}),),
    ),
    transparent(
        "3F00/7F25/6F50",
        "EF_SIPPAPSS",
        "SimpleIP PAP secrets block behind a length byte",
        ruim("3.4.46", "O: n20", 20),
        size=sized("1+X", 64, 1, maximum=256),
        access="CHV1 CHV1 - ADM ADM",
        fill="(00)*",
        kind=_block(
            BitField(
                "secrets",
                Repeat(4, Group(INDEX, BitField("ss", LengthOctets(5, as_text=True), "shared secret"))),
                "secrets of the user profiles",
            )
        ),
        examples=(Example("0810339B2B1B932BA0", {"secrets": [{"index": 0, "ss": "secret"}]}),),
    ),
)

FILES = CAPABILITIES + PROFILES + STATUS
