"""Files of DF_CDMA about systems and registration (C.S0023 3.4.5 to 3.4.15, 3.4.23).

Numbers are lowest octet first, the bit fields count from b1 of the first byte.
"""

from __future__ import annotations

from uimkit.files.codec import BitField, Bits, Enum, Field, Flag, Number, Struct, UInt, reserved, spare
from uimkit.files.codec.identities import Signed
from uimkit.files.declare import exactly, linear, ruim, transparent
from uimkit.files.spec import Example, FileSpec

_PATH = "3F00/7F25/"
_USER = "CHV1 CHV1 - ADM ADM"

SYSTEM_PREFERENCES = {0: "none", 1: "A preferred", 2: "B preferred", 5: "A only", 6: "B only"}
MODE_PREFERENCES = {0: "none", 1: "analog preferred", 2: "CDMA preferred", 5: "analog only", 6: "CDMA only"}


def _sid(name: str = "sid", description: str = "system identification (SID)") -> Bits:
    return Bits(2, BitField(name, UInt(15), description))


def _nid() -> Field:
    return Field("nid", Number(2, "little"), "network identification (NID), 65535 any network of the system")


def _channel(name: str, description: str) -> Bits:
    return Bits(2, BitField(name, UInt(11), description))


ANALOG: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F25",
        "EF_AH",
        "Analog home system",
        ruim("3.4.5", "M"),
        size=exactly(2),
        access=_USER,
        fill="(00)*",
        kind=_sid("home_sid", "system identification (SID) of the home system"),
        examples=(Example("E803", {"home_sid": 1000}),),
    ),
    transparent(
        _PATH + "6F26",
        "EF_AOP",
        "Analog operational parameters",
        ruim("3.4.6", "M"),
        size=exactly(1),
        access=_USER,
        fill="(00)*",
        kind=Bits(
            1,
            BitField("extended_address", Flag(), "extended address bit, EX"),
            BitField("local_use_mark", Flag(), "LCM"),
            BitField("group_id", UInt(4), "overload class of analog systems, GID"),
        ),
        examples=(Example("29", {"extended_address": True, "local_use_mark": False, "group_id": 10}),),
    ),
    transparent(
        _PATH + "6F27",
        "EF_ALOC",
        "Analog location and registration",
        ruim("3.4.7", "M"),
        size=exactly(7),
        access=_USER,
        activity="high",
        fill="(00)*",
        kind=Struct(
            Bits(3, BitField("nxtreg", UInt(21), "next registration")),
            _sid(),
            Bits(
                2,
                BitField("locaid", UInt(12), "location area"),
                spare(3),
                BitField("pureg", Flag(), "power-up registration"),
            ),
        ),
        examples=(Example("D20400E8032381", {"nxtreg": 1234, "sid": 1000, "locaid": 291, "pureg": True}),),
    ),
    transparent(
        _PATH + "6F2F",
        "EF_ACP",
        "Analog channel parameters",
        ruim("3.4.15", "M"),
        size=exactly(7),
        access=_USER,
        fill="(00)*",
        kind=Struct(
            _channel("initial_paging_channel", "initial paging channel"),
            _channel("first_control_channel_a", "first dedicated control channel of system A"),
            _channel("first_control_channel_b", "first dedicated control channel of system B"),
            Field("control_channels", Number(), "number of dedicated control channels to scan"),
        ),
        examples=(
            Example(
                "4D014D014E0115",
                {
                    "initial_paging_channel": 333,
                    "first_control_channel_a": 333,
                    "first_control_channel_b": 334,
                    "control_channels": 21,
                },
            ),
        ),
    ),
)

REGISTRATION: tuple[FileSpec, ...] = (
    linear(
        _PATH + "6F28",
        "EF_CDMAHOME",
        "Home systems and networks",
        ruim("3.4.8", "M"),
        size=exactly(5, records=20),
        access=_USER,
        fill="(00)*",
        kind=Struct(_sid(), _nid(), Bits(1, BitField("band_class", UInt(5), "band class"))),
        examples=(
            Example("0036010001", {"sid": 13824, "nid": 1, "band_class": 1}),
            Example("E803FFFF00", {"sid": 1000, "nid": 65535, "band_class": 0}),
        ),
    ),
    linear(
        _PATH + "6F29",
        "EF_ZNREGI",
        "Zones the phone has registered in",
        ruim("3.4.9", "M"),
        size=exactly(8, records=7),
        access=_USER,
        activity="high",
        fill="(00)*",
        kind=Struct(
            Bits(2, BitField("reg_zone", UInt(12), "registration zone")),
            _sid(),
            _nid(),
            reserved(2),
        ),
        examples=(Example("0501E80302000000", {"reg_zone": 261, "sid": 1000, "nid": 2}),),
    ),
    transparent(
        _PATH + "6F2A",
        "EF_SNREGI",
        "System and network of the last registration",
        ruim("3.4.10", "M"),
        size=exactly(7),
        access=_USER,
        activity="high",
        fill="(00)*",
        kind=Struct(
            Bits(1, BitField("entries", UInt(1), "size of the list, 1 in a file that has been written")),
            _sid(),
            _nid(),
            reserved(2),
        ),
        examples=(Example("01E80302000000", {"entries": 1, "sid": 1000, "nid": 2}),),
    ),
    transparent(
        _PATH + "6F2B",
        "EF_DISTREGI",
        "Where the phone last registered, for registration by distance",
        ruim("3.4.11", "M"),
        size=exactly(8),
        access=_USER,
        activity="high",
        fill="(00)*",
        kind=Struct(
            Bits(3, BitField("latitude", Signed(22), "BASE_LAT_REG, in 0.25 seconds of arc, north is positive")),
            Bits(3, BitField("longitude", Signed(23), "BASE_LONG_REG, in 0.25 seconds of arc, east is positive")),
            Bits(2, BitField("distance", UInt(11), "REG_DIST_REG")),
        ),
        examples=(Example("A0860160797E6400", {"latitude": 100000, "longitude": -100000, "distance": 100}),),
    ),
    transparent(
        _PATH + "6F2C",
        "EF_ACCOLC",
        "Access overload class",
        ruim("3.4.12", "M"),
        size=exactly(1),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=Bits(1, BitField("accolc", UInt(4), "class, of a normal phone the last digit of IMSI_M")),
        examples=(Example("06", {"accolc": 6}),),
    ),
    transparent(
        _PATH + "6F2D",
        "EF_TERM",
        "Where the phone accepts calls and registers for them",
        ruim("3.4.13", "M"),
        size=exactly(1),
        access=_USER,
        fill="(00)*",
        kind=Bits(
            1,
            BitField("nid_roamer", Flag(), "as a foreign NID roamer, MOB_TERM_FOR_NID"),
            BitField("sid_roamer", Flag(), "as a foreign SID roamer, MOB_TERM_FOR_SID"),
            BitField("home", Flag(), "at home, MOB_TERM_HOME"),
        ),
        examples=(Example("04", {"nid_roamer": False, "sid_roamer": False, "home": True}),),
    ),
    transparent(
        _PATH + "6F2E",
        "EF_SSCI",
        "Suggested slot cycle",
        ruim("3.4.14", "O"),
        size=exactly(1),
        access=_USER,
        fill="(00)*",
        kind=Bits(1, BitField("slot_cycle_index", UInt(3), "1.28 s * 2^index; the phone takes its own when lower")),
        examples=(Example("02", {"slot_cycle_index": 2}),),
    ),
    transparent(
        _PATH + "6F37",
        "EF_SP",
        "Preferred systems",
        ruim("3.4.23", "M"),
        size=exactly(1),
        access=_USER,
        fill="(00)*",
        kind=Bits(
            1,
            BitField("system", Enum(3, SYSTEM_PREFERENCES), "system A or B"),
            spare(1),
            BitField("mode", Enum(3, MODE_PREFERENCES), "analog or CDMA"),
        ),
        examples=(
            Example("60", {"system": "none", "mode": "CDMA only"}),
            Example("22", {"system": "B preferred", "mode": "CDMA preferred"}),
        ),
    ),
)

FILES = ANALOG + REGISTRATION
