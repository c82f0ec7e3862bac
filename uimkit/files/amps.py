"""The files of DF_EIA/TIA-553: parameters of the analog system AMPS (GSM 11.11 Annex H)."""

from __future__ import annotations

from uimkit.coding.bcd import CDMA, HEX, all_digits, encode_digits
from uimkit.coding.errors import CodecError, shown
from uimkit.coding.imsi_m import decode_group, decode_s1, encode_group, encode_s1
from uimkit.files.codec import (
    BitField,
    Bits,
    Code,
    Digits,
    Field,
    Flag,
    Hex,
    Kind,
    Listed,
    Number,
    Struct,
    Translated,
    UInt,
    reserved,
    spare,
)
from uimkit.files.codec.base import check_width, members, text, whole
from uimkit.files.declare import cyclic, exactly, gsm, sized, transparent
from uimkit.files.spec import Example, FieldDoc, FileSpec, Value

_PATH = "3F00/7F20/5F40/"
_MANDATORY = "M (when DF_EIA/TIA-553 exists)"
_USER = "CHV1 CHV2 - ADM ADM"
_PHONE = "CHV1 CHV1 - ADM ADM"
_ISSUER = "CHV1 ADM - ADM ADM"
_MIN1_BITS = 24
_PRIORITIES = "026F07016F7E036F30060000044F80054F85070000006F7B004F84"


class MobileNumber(Kind):
    """EF_MIN (H.1.1): 6 zero bits, MIN2 (10), MIN1 (24). Codes that stand for no digits show as ``min2``, ``min1``."""

    width = 5
    keys = ("min", "min2", "min1")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("min", "mobile identification number of 10 digits, null when it is not valid (0)", "34 bits"),
            FieldDoc("min2", "code of the first three digits, only when it stands for none", "10 bits"),
            FieldDoc("min1", "code of the last seven digits, only when it stands for none", "24 bits"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        number = int.from_bytes(data, "big")
        if not number:
            return {"min": None}
        min2, min1 = number >> _MIN1_BITS & 0x3FF, number & 0xFFFFFF
        try:
            return {"min": decode_group(min2, 3) + decode_s1(min1)}
        except CodecError:
            return {"min2": min2, "min1": min1}

    def pack(self, value: Value, length: int | None) -> bytes:
        min2, min1 = self._codes(members(value, self.keys))
        if not (0 <= min2 < 1 << 10 and 0 <= min1 < 1 << _MIN1_BITS):
            raise CodecError("min2 has 10 bits, min1 has 24")
        return (min2 << _MIN1_BITS | min1).to_bytes(5, "big")

    @staticmethod
    def _codes(given: dict[str, Value]) -> tuple[int, int]:
        if "min" not in given:
            return whole(given.get("min2")), whole(given.get("min1"))
        if len(given) > 1:
            raise CodecError("expected either min, or min2 and min1")
        if given["min"] is None:
            return 0, 0
        digits = text(given["min"])
        if len(digits) != 10:
            raise CodecError(f"expected 10 digits, found {shown(digits)}", "min")
        return encode_group(digits[:3]), encode_s1(digits[3:])


def _feature_code(data: bytes) -> Value:
    return all_digits(data, CDMA, "high").rstrip("-")


def _feature_bytes(code: str) -> bytes:
    return encode_digits(code.ljust(4, "-"), CDMA, "high")


def _system() -> Bits:
    return Bits(2, spare(1), BitField("sid", UInt(15), "system identification"), order="big")


def _systems(description: str) -> Struct:
    return Struct(Field("sids", Listed(Number(2)), f"{description}; 0 is a filler"))


NUMBER: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "4F88",
        "EF_MIN",
        "34-bit MIN",
        gsm("H.1.1", _MANDATORY),
        size=exactly(5),
        access=_USER,
        fill="(00)*",
        kind=MobileNumber(),
        examples=(
            Example("00D287E701", {"min": "3216549870"}),
            Example("0000000000", {"min": None}, "not valid"),
            Example("03FFFFFFFF", {"min2": 1023, "min1": 16777215}, "stands for no digits"),
        ),
    ),
    transparent(
        _PATH + "4F89",
        "EF_ACCOLC",
        "Access overload class 0..F",
        gsm("H.1.2", _MANDATORY),
        size=exactly(1),
        access=_USER,
        fill="00",
        kind=Bits(1, BitField("accolc", UInt(4), "access overload class")),
        examples=(Example("00", {"accolc": 0}), Example("07", {"accolc": 7})),
    ),
    transparent(
        _PATH + "4F80",
        "EF_SID",
        "Home system identity, 15 bits",
        gsm("H.1.3", _MANDATORY),
        size=exactly(2),
        access=_USER,
        fill="0000",
        kind=_system(),
        examples=(Example("03E8", {"sid": 1000}),),
    ),
    transparent(
        _PATH + "4F82",
        "EF_IPC",
        "First paging channels",
        gsm("H.1.4", _MANDATORY),
        size=sized("2-4", 2, 2, step=2, maximum=4),
        access=_USER,
        fill="014D(02C4)*",
        kind=Struct(Field("channels", Listed(Number(2)), "first paging channel, and the secondary one; 11 bits each")),
        examples=(Example("014D02C4", {"channels": [333, 708]}, "system A"), Example("014E", {"channels": [334]})),
    ),
    transparent(
        _PATH + "4F81",
        "EF_GPI",
        "Group id",
        gsm("H.1.5", _MANDATORY),
        size=exactly(1),
        access=_USER,
        fill="0A",
        kind=Bits(1, BitField("group_id", UInt(4), "group identification, 10 in North America")),
        examples=(Example("0A", {"group_id": 10}),),
    ),
    transparent(
        _PATH + "4F8B",
        "EF_S-ESN",
        "ESN of the SIM",
        gsm("H.1.6", _MANDATORY),
        size=exactly(4),
        access="CHV1 NEV - ADM ADM",
        kind=Struct(
            Field("manufacturer", Number(), "manufacturer code of the electronic serial number"),
            Field("serial", Number(3), "serial number"),
        ),
        examples=(Example("8201E240", {"manufacturer": 130, "serial": 123456}),),
    ),
    cyclic(
        _PATH + "4F83",
        "EF_COUNT",
        "Call count; text says INCREASE by 1 but lists no INCREASE condition",
        gsm("H.1.7", _MANDATORY),
        size=exactly(3, 2),
        access=_ISSUER,
        activity="high",
        fill="000000",
        kind=Struct(Field("count", Number(3), "call history count")),
        examples=(Example("000000", {"count": 0}), Example("00002A", {"count": 42})),
    ),
)

SYSTEMS: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "4F85",
        "EF_PSID",
        "Favoured SIDs",
        gsm("H.1.8", "O"),
        size=sized("2N", 20, 2, step=2),
        access=_ISSUER,
        kind=_systems("favoured systems, the first unused one ends the list"),
        examples=(Example("03E8FFFF", {"sids": [1000]}),),
    ),
    transparent(
        _PATH + "4F84",
        "EF_NSID",
        "Forbidden SIDs",
        gsm("H.1.9", "O"),
        size=sized("2N", 20, 2, step=2),
        access=_ISSUER,
        kind=_systems("forbidden systems, the first unused one ends the list"),
        examples=(Example("03E8000007D0FFFF", {"sids": [1000, 0, 2000]}),),
    ),
    transparent(
        _PATH + "4F87",
        "EF_SPL",
        "Scanning priorities: 9 x (value, pointer)",
        gsm("H.1.10", "O"),
        size=exactly(27),
        access=_ISSUER,
        fill=_PRIORITIES,
        kind=Struct(
            Field(
                "entries",
                Listed(
                    Struct(
                        Field("priority", Number(), "place in the scanning sequence, 0 for none"),
                        Field("file", Hex(2), "file with the networks to scan for, 0000 for none"),
                    ),
                    count=9,
                ),
                "steps of the scan",
            )
        ),
        examples=(
            Example(
                _PRIORITIES,
                {
                    "entries": [
                        {"priority": 2, "file": "6F07"},
                        {"priority": 1, "file": "6F7E"},
                        {"priority": 3, "file": "6F30"},
                        {"priority": 6, "file": "0000"},
                        {"priority": 4, "file": "4F80"},
                        {"priority": 5, "file": "4F85"},
                        {"priority": 7, "file": "0000"},
                        {"priority": 0, "file": "6F7B"},
                        {"priority": 0, "file": "4F84"},
                    ]
                },
                "H.1.10",
            ),
        ),
    ),
    transparent(
        _PATH + "4F86",
        "EF_NETSEL",
        "Manual mode flags",
        gsm("H.1.11", _MANDATORY),
        size=exactly(1),
        access=_PHONE,
        fill="05",
        kind=Bits(
            1,
            BitField("gsm_manual", Flag(), "GSM networks are chosen by hand"),
            BitField("amps_manual", Flag(), "AMPS systems are chosen by hand"),
            BitField("scanning_sequence", Flag(), "the scanning sequence is used"),
            BitField("amps_home_only", Flag(), "only the home system of AMPS is used"),
        ),
        examples=(
            Example(
                "05",
                {"gsm_manual": True, "amps_manual": False, "scanning_sequence": True, "amps_home_only": False},
                "H.1.11",
            ),
        ),
    ),
    transparent(
        _PATH + "4F8C",
        "EF_CSID",
        "Last registered SID",
        gsm("H.1.12", "O"),
        size=exactly(2),
        access=_PHONE,
        kind=_system(),
        examples=(Example("03E8", {"sid": 1000}),),
    ),
    transparent(
        _PATH + "4F8D",
        "EF_REG-THRESH",
        "NXTREG value",
        gsm("H.1.13", "O"),
        size=exactly(3),
        access=_PHONE,
        fill="000000",
        kind=Struct(Field("nxtreg", Number(3), "threshold of the next registration")),
        examples=(Example("000000", {"nxtreg": 0}), Example("0003E8", {"nxtreg": 1000})),
    ),
    transparent(
        _PATH + "4F8E",
        "EF_CCCH",
        "Current control channel",
        gsm("H.1.14", "O"),
        size=exactly(2),
        access=_PHONE,
        fill="0000",
        kind=Struct(Field("channel", Number(2), "number of the control channel last used")),
        examples=(Example("0000", {"channel": 0}), Example("014D", {"channel": 333})),
    ),
    transparent(
        _PATH + "4F8F",
        "EF_LDCC",
        "DCC of that channel",
        gsm("H.1.15", "O"),
        size=exactly(1),
        access=_PHONE,
        fill="00",
        kind=Struct(Field("dcc", Number(), "digital colour code of the channel in EF_CCCH")),
        examples=(Example("00", {"dcc": 0}), Example("02", {"dcc": 2})),
    ),
)

MODES: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "4F90",
        "EF_GSM-RECON",
        "GSM reconnect timer, seconds",
        gsm("H.1.16", "O"),
        size=exactly(2),
        access=_ISSUER,
        fill="003C",
        kind=Struct(Field("seconds", Number(2), "time to look for GSM again after it was lost")),
        examples=(Example("003C", {"seconds": 60}, "H.1.16"),),
    ),
    transparent(
        _PATH + "4F91",
        "EF_AMPS-2-GSM",
        "Rescan intervals, minutes",
        gsm("H.1.17", "O"),
        size=exactly(10),
        access=_ISSUER,
        fill="0203040506(FF)*",
        kind=Struct(
            Field(
                "minutes",
                Listed(Code({0xF0: "stop"}), count=10),
                "time to each next search for GSM; the last one repeats unless it is stop",
            )
        ),
        examples=(
            Example("0203040506FFFFFFFFFF", {"minutes": [2, 3, 4, 5, 6]}, "H.1.17"),
            Example("0205F0FFFFFFFFFFFFFF", {"minutes": [2, 5, "stop"]}),
        ),
    ),
    transparent(
        _PATH + "4F8A",
        "EF_*FC1",
        "Feature code",
        gsm("H.1.18", "O"),
        size=exactly(2),
        access=_ISSUER,
        fill="B990",
        kind=Struct(
            Field(
                "code",
                Translated(_feature_code, _feature_bytes, "4 digits of IS-553 (A is 0, B *, C #), unused 0", 2),
                "feature code that the phone sends",
            )
        ),
        examples=(Example("B990", {"code": "*99"}, "H.1.18; reading it as digits is an ASSUMPTION"),),
    ),
    transparent(
        _PATH + "4F93",
        "EF_AMPS-UI",
        "Usage indicators",
        gsm("H.1.19", "O"),
        size=sized("2 (minimum)", 2, 2),
        access=_ISSUER,
        kind=Struct(
            Field("services", Digits(1, HEX, first="high"), "number of services, two decimal digits"),
            Bits(
                1,
                BitField("local_control", Flag(), "local control is enabled"),
                BitField("extended_address", Flag(), "extended address is enabled"),
            ),
            reserved(),
        ),
        examples=(Example("0203", {"services": "02", "local_control": True, "extended_address": True}),),
    ),
)

FILES: tuple[FileSpec, ...] = (*NUMBER, *SYSTEMS, *MODES)
