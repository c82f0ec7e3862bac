"""Files of DF_GSM about services: charges, cell broadcast, group calls, emergency codes, alerting, menu."""

from __future__ import annotations

from uimkit.coding.bcd import HEX
from uimkit.files.codec import (
    BitField,
    Bits,
    BitSet,
    Digits,
    Field,
    Flag,
    Listed,
    Number,
    RecordNumber,
    Struct,
    Text,
    Tlv,
    spare,
)
from uimkit.files.codec.checked import OrOctets
from uimkit.files.codec.gsm_values import UnitPrice
from uimkit.files.declare import cyclic, exactly, gsm, linear, sized, transparent
from uimkit.files.spec import Example, FileSpec

_PATH = "3F00/7F20/"
_ISSUER = "CHV1 ADM - ADM ADM"
_PHONE = "CHV1 CHV1 - ADM ADM"
_NO_GROUP = "000000000000FC"
_LEVELS = dict(enumerate("AB01234"))
_STATES = (
    Example("010000000000FE", {"active": [1, 50]}),
    Example(_NO_GROUP, {"active": []}, "no group is active"),
)
_GROUPS = (Example("2143658705F1FFFFFFFFFFFF", {"groups": ["12345678", "501"]}),)


def _message_ids() -> Struct:
    return Struct(Field("ids", Listed(Number(2)), "cell broadcast message identifiers of 23.041, in any order"))


def _group_ids() -> Struct:
    return Struct(Field("groups", Listed(Digits(4, HEX)), "group identities of up to 8 digits"))


def _group_states() -> Bits:
    groups = BitSet(50, {bit: bit + 1 for bit in range(50)})
    return Bits(7, BitField("active", groups, "active groups, by their place in the list"), spare(6, 0x3F))


def _units(description: str) -> Struct:
    return Struct(Field("units", Number(3), description))


def _menu_title() -> Struct:
    qualifier = BitField("self_explanatory", Flag(inverted=True), "the icon replaces the text")
    icon = Struct(Bits(1, qualifier), Field("image", Number(), "record of EF_IMG"))
    tags = {
        0x85: Field("title", Text(), "title of the menu, an alpha identifier"),
        0x9E: Field("icon", icon, "icon of the title"),
    }
    return Struct(Field("objects", Tlv(tags), "data objects of 11.14"))


CHARGES: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F37",
        "EF_ACMmax",
        "Limit of the call meter",
        gsm("10.3.6", "O; SST n5; shall exist if EF_ACM exists", 5),
        size=exactly(3),
        access="CHV1 CHV1/CHV2 - ADM ADM",
        fill="000000",
        kind=_units("most units the meter may count, 0 for no limit"),
        examples=(Example("000030", {"units": 48}, "10.3.6"), Example("000000", {"units": 0}, "Annex D")),
    ),
    cyclic(
        _PATH + "6F39",
        "EF_ACM",
        "Accumulated call meter",
        gsm("10.3.8", "O; SST n5", 5),
        size=exactly(3, 5),
        access="CHV1 CHV1/CHV2 CHV1 ADM ADM",
        activity="high",
        fill="000000",
        kind=_units("units of the current call and all before"),
        examples=(Example("000123", {"units": 291}),),
    ),
    transparent(
        _PATH + "6F41",
        "EF_PUCT",
        "Currency code and price per unit",
        gsm("10.3.12", "O; SST n5; shall exist if EF_ACM exists", 5),
        size=exactly(5),
        access="CHV1 CHV1/CHV2 - ADM ADM",
        fill="FFFFFF0000",
        kind=Struct(Field("currency", Text(3), "currency code in letters, empty for none"), UnitPrice()),
        examples=(
            Example("4742500031", {"currency": "GBP", "eppu": 1, "exponent": -1}, "0.1 pounds"),
            Example("434E591243", {"currency": "CNY", "eppu": 291, "exponent": 2}),
            Example("FFFFFF0000", {"currency": "", "eppu": 0, "exponent": 0}, "Annex D"),
        ),
    ),
)

BROADCAST: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6F45",
        "EF_CBMI",
        "Cell broadcast message identifiers to accept",
        gsm("10.3.13", "O; SST n14", 14),
        size=sized("2n", 20, 2, step=2),
        access=_PHONE,
        kind=_message_ids(),
        examples=(Example("003200DDFFFF", {"ids": [50, 221]}),),
    ),
    transparent(
        _PATH + "6F48",
        "EF_CBMID",
        "Cell broadcast identifiers passed to the SIM",
        gsm("10.3.26", "O; SST n25", 25),
        size=sized("2n", 20, 2, step=2),
        access=_ISSUER,
        kind=_message_ids(),
        examples=(Example("1000FFFF", {"ids": [4096]}),),
    ),
    transparent(
        _PATH + "6F50",
        "EF_CBMIR",
        "Ranges of cell broadcast identifiers",
        gsm("10.3.28", "O; SST n30", 30),
        size=sized("4n", 20, 4, step=4),
        access=_PHONE,
        kind=Struct(
            Field(
                "ranges",
                Listed(Struct(Field("lower", Number(2), "first identifier"), Field("upper", Number(2), "last one"))),
                "ranges of message identifiers to accept",
            )
        ),
        examples=(
            Example(
                "0000003103E8044BFFFFFFFF", {"ranges": [{"lower": 0, "upper": 49}, {"lower": 1000, "upper": 1099}]}
            ),
        ),
    ),
)

GROUP_CALLS: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6FB1",
        "EF_VGCS",
        "Subscribed VGCS group ids",
        gsm("10.3.20", "O; SST n21", 21),
        size=sized("4n (n<=50)", 200, 4, step=4, maximum=200),
        access=_ISSUER,
        kind=_group_ids(),
        examples=_GROUPS,
    ),
    transparent(
        _PATH + "6FB2",
        "EF_VGCSS",
        "Activation flags of VGCS groups",
        gsm("10.3.21", "O; SST n21; shall exist if EF_VGCS exists", 21),
        size=exactly(7),
        access=_ISSUER,
        fill=_NO_GROUP,
        kind=_group_states(),
        examples=_STATES,
    ),
    transparent(
        _PATH + "6FB3",
        "EF_VBS",
        "Subscribed VBS group ids",
        gsm("10.3.22", "O; SST n22", 22),
        size=sized("4n (n<=50)", 200, 4, step=4, maximum=200),
        access=_ISSUER,
        kind=_group_ids(),
        examples=_GROUPS,
    ),
    transparent(
        _PATH + "6FB4",
        "EF_VBSS",
        "Activation flags of VBS groups",
        gsm("10.3.23", "O; SST n22; shall exist if EF_VBS exists", 22),
        size=exactly(7),
        access=_ISSUER,
        fill=_NO_GROUP,
        kind=_group_states(),
        examples=_STATES,
    ),
    transparent(
        _PATH + "6FB5",
        "EF_eMLPP",
        "Subscribed priority levels; fast set-up levels",
        gsm("10.3.24", "O; SST n23", 23),
        size=exactly(2),
        access=_ISSUER,
        fill="0000",
        kind=Bits(
            2,
            BitField("levels", BitSet(7, _LEVELS), "subscribed priority levels; A and B cannot be subscribed"),
            spare(1),
            BitField("fast_set_up", BitSet(7, _LEVELS), "levels with fast call set-up"),
            spare(1),
        ),
        examples=(Example("1C0C", {"levels": ["0", "1", "2"], "fast_set_up": ["0", "1"]}, "10.3.24"),),
    ),
    transparent(
        _PATH + "6FB6",
        "EF_AAeM",
        "Levels answered automatically",
        gsm("10.3.25", "O; SST n24 (11.5.12 asks for n23)", 24),
        size=exactly(1),
        access=_PHONE,
        fill="00",
        kind=Bits(1, BitField("levels", BitSet(7, _LEVELS), "priority levels answered automatically"), spare(1)),
        examples=(Example("0D", {"levels": ["A", "0", "1"]}, "10.3.25"),),
    ),
)

OTHERS: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "6FB7",
        "EF_ECC",
        "Emergency call codes",
        gsm("10.3.27", "O; no SST service"),
        size=sized("3n (n<=5)", 15, 3, step=3, maximum=15),
        access="ALW ADM - ADM ADM",
        kind=Struct(Field("codes", Listed(Digits(3)), "emergency numbers of up to 6 digits")),
        examples=(Example("11F2FF19F1FF11F9FFFFFFFFFFFFFF", {"codes": ["112", "911", "119"]}),),
    ),
    linear(
        _PATH + "6F51",
        "EF_NIA",
        "Alerting category and text",
        gsm("10.3.31", "O; SST n36", 36),
        size=sized("X+1", 20, 1, records=4),
        access=_ISSUER,
        kind=Struct(
            Field("category", RecordNumber(), "alerting pattern of 04.08, null for none"),
            Field("text", Text(), "text to display, an alpha identifier"),
        ),
        examples=(Example("01557267656E742063616C6CFF", {"category": 1, "text": "Urgent call"}),),
    ),
    transparent(
        _PATH + "6F54",
        "EF_SUME",
        "Alpha and icon TLVs of the set-up menu title",
        gsm("10.3.34", "O; no SST service named (menu title of a SIM API card)"),
        size=sized("X+Y", 22, 2),
        access="ADM ADM - ADM ADM",
        kind=OrOctets(_menu_title()),
        examples=(
            Example("85044D656E75FFFFFFFFFFFF", {"objects": [{"title": "Menu"}]}),
            Example(
                "85044D656E759E020003FFFF",
                {"objects": [{"title": "Menu"}, {"icon": {"self_explanatory": True, "image": 3}}]},
            ),
        ),
    ),
)

FILES: tuple[FileSpec, ...] = (*CHARGES, *BROADCAST, *GROUP_CALLS, *OTHERS)
