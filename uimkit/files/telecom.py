"""The files of DF_TELECOM: dialling numbers, messages, images and the enhanced phone book."""

from __future__ import annotations

from uimkit.files.codec import (
    BitField,
    Bits,
    Code,
    Counted,
    Field,
    Flag,
    Hex,
    Listed,
    Number,
    RecordNumber,
    Struct,
    Text,
    Tlv,
    reserved,
    spare,
)
from uimkit.files.codec.dialling import DiallingNumber, dialling_record, extension_record
from uimkit.files.codec.gsm_sms import STATUS, ShortMessage, SmsParameters
from uimkit.files.codec.images import Images
from uimkit.files.declare import cyclic, exactly, gsm, linear, ruim, sized, transparent
from uimkit.files.spec import Example, FileSpec, Value

_PATH = "3F00/7F10/"
_NUMBERS = "X+14, X = 0..241"
_BUT_THE_POINTER = "(FF)*00"  # free when all else is FF: the last byte is an extension pointer
_USER = "CHV1 CHV1 - ADM ADM"
_GUARDED = "CHV1 CHV2 - ADM ADM"
_ISSUER = "CHV1 ADM - ADM ADM"


def _entry(name: str, number: str, **more: Value) -> Value:
    return {"name": name, "number": number, "ccp": None, "ext": None, **more}


NUMBERS: tuple[FileSpec, ...] = (
    linear(
        _PATH + "6F3A",
        "EF_ADN",
        "Phone book (abbreviated dialling numbers), invalidated while fixed dialling is on",
        gsm("10.5.1", "O; SST n2", 2),
        ruim("2.7", "O: n2", 2),
        size=sized(_NUMBERS, 28, 14, records=100),
        access="CHV1 CHV1 - CHV2 CHV2",
        free=_BUT_THE_POINTER,
        kind=dialling_record(),
        examples=(
            Example("4C69204D696E67FFFFFFFFFFFFFF07813108108300F0FFFFFFFFFFFF", _entry("Li Ming", "13800138000")),
            Example("805F204E09FFFFFFFFFFFFFFFFFF0891683108108300F0FFFFFFFFFF", _entry("张三", "+8613800138000")),
            Example(
                "434655206F6E08FFAA124A546576B7FFFFFFFFFF",
                _entry("CFU on", "**21*44556677#", ton_npi="FF"),
                "a control string",
            ),
            Example("495652058104801CFDFFFFFFFFFFFFFFFF", _entry("IVR", "4008p1?"), "separator and wild digit"),
            Example("4C6F6E670B8121436587092143658709FF03", _entry("Long", "12345678901234567890", ext=3)),
        ),
    ),
    linear(
        _PATH + "6F3B",
        "EF_FDN",
        "Fixed dialling numbers",
        gsm("10.5.2", "O; SST n3", 3),
        ruim("2.7", "O: n3", 3),
        size=sized(_NUMBERS, 28, 14, records=10),
        access=_GUARDED,
        kind=dialling_record(),
        examples=(Example("486F74656CFF06810480002143FFFFFFFFFF01FF", _entry("Hotel", "4008001234", ccp=1)),),
    ),
    linear(
        _PATH + "6F40",
        "EF_MSISDN",
        "Own numbers, record 1 is shown first",
        gsm("10.5.5", "O; SST n9", 9),
        size=sized(_NUMBERS, 28, 14, records=2),
        access=_USER,
        kind=dialling_record(),
        examples=(Example("4C696E652031FFFFFFFF0891683108108300F0FFFFFFFFFF", _entry("Line 1", "+8613800138000")),),
    ),
    cyclic(
        _PATH + "6F44",
        "EF_LND",
        "Last numbers dialled, record 1 is the newest",
        gsm("10.5.8", "O; SST n13", 13),
        ruim("2.7", "O: n13", 13),
        size=sized(_NUMBERS, 28, 14, records=10),
        access="CHV1 CHV1 NEV ADM ADM",
        kind=dialling_record(),
        examples=(Example("4C69204D07813108108300F0FFFFFFFFFFFF", _entry("Li M", "13800138000")),),
    ),
    linear(
        _PATH + "6F49",
        "EF_SDN",
        "Service dialling numbers",
        gsm("10.5.9", "O; SST n18", 18),
        ruim("2.7", "O: n18", 18),
        size=sized(_NUMBERS, 28, 14, records=10),
        access=_ISSUER,
        kind=dialling_record(),
        examples=(Example("53657276696365FF04810180F6FFFFFFFFFFFFFFFFFF", _entry("Service", "10086")),),
    ),
    linear(
        _PATH + "6F4D",
        "EF_BDN",
        "Barred dialling numbers, in force while not invalidated",
        gsm("10.5.13", "O; SST n31 (only with n28)", 31),
        size=sized("X+15, X = 0..240", 29, 15, records=10),
        access="CHV1 CHV2 - CHV2/ADM CHV2/ADM",
        kind=dialling_record(
            Field("cmi", RecordNumber(), "record of EF_CMI with the comparison method", None, shown=True)
        ),
        examples=(Example("5072656D038161F8FFFFFFFFFFFFFFFFFFFF01", _entry("Prem", "168", cmi=1)),),
    ),
)

_MORE: Value = {"type": "additional data", "digits": "123", "next": None}
_EXTENSION = (Example("020221F3FFFFFFFFFFFFFFFFFF", _MORE),)

EXTENSIONS: tuple[FileSpec, ...] = (
    linear(
        _PATH + "6F4A",
        "EF_EXT1",
        "Extensions of EF_ADN, EF_MSISDN and EF_LND",
        gsm("10.5.10", "O; SST n10", 10),
        ruim("2.7", "O: n10", 10),
        size=exactly(13, 10),
        access=_USER,
        free=_BUT_THE_POINTER,
        kind=extension_record(),
        examples=(
            Example("0204092143F5FFFFFFFFFFFF06", {"type": "additional data", "digits": "9012345", "next": 6}),
            Example(
                "010D8050313233343536373805",
                {"type": "called party subaddress", "data": "0D80503132333435363738", "next": 5},
            ),
        ),
    ),
    linear(
        _PATH + "6F4B",
        "EF_EXT2",
        "Extensions of EF_FDN",
        gsm("10.5.11", "O; SST n11", 11),
        ruim("2.7", "O: n11", 11),
        size=exactly(13, 2),
        access=_GUARDED,
        kind=extension_record(),
        examples=_EXTENSION,
    ),
    linear(
        _PATH + "6F4C",
        "EF_EXT3",
        "Extensions of EF_SDN",
        gsm("10.5.12", "O; SST n19", 19),
        ruim("2.7", "O: n19", 19),
        size=exactly(13, 2),
        access=_ISSUER,
        kind=extension_record(),
        examples=_EXTENSION,
    ),
    linear(
        _PATH + "6F4E",
        "EF_EXT4",
        "Extensions of EF_BDN",
        gsm("10.5.14", "O; SST n32", 32),
        size=exactly(13, 2),
        access=_GUARDED,
        kind=extension_record(),
        examples=_EXTENSION,
    ),
    linear(
        _PATH + "6F58",
        "EF_CMI",
        "Comparison methods of EF_BDN",
        gsm("10.5.16", "O; shall exist if EF_BDN exists (SST n31)", 31),
        size=sized("X+1", 15, 1, records=2),
        access=_ISSUER,
        kind=Struct(
            Field("name", Text(), "alpha identifier"),
            Field("method", RecordNumber(), "the operator's own method; null is the default one", None, shown=True),
        ),
        examples=(
            Example("44656661756C74FF", {"name": "Default", "method": None}),
            Example("4F776EFF02", {"name": "Own", "method": 2}),
        ),
    ),
    linear(
        _PATH + "6F3D",
        "EF_CCP",
        "Bearer capability parameters of dialling numbers",
        gsm("10.5.4.1", "O; SST n6", 6),
        size=exactly(14, 5),
        access=_USER,
        kind=Struct(Field("capability", Hex(), "bearer capability of 04.08 from its length on")),
        examples=(Example("01A0FFFFFFFFFFFFFFFFFFFFFFFF", {"capability": "01A0"}),),
    ),
    linear(
        _PATH + "6F4F",
        "EF_ECCP",
        "Bearer capability parameters, long form; as many records as EF_CCP",
        gsm("10.5.4.2", "O; SST n48", 48),
        size=sized("X, X >= 15", 15, 15, records=5),
        access=_USER,
        kind=Struct(Field("capability", Hex(), "bearer capability of 04.08 from its length on")),
        examples=(Example("01A0FFFFFFFFFFFFFFFFFFFFFFFFFF", {"capability": "01A0"}),),
    ),
)

MESSAGES: tuple[FileSpec, ...] = (
    linear(
        _PATH + "6F3C",
        "EF_SMS",
        "Short messages",
        gsm("10.5.3", "O; SST n4", 4),
        size=exactly(176, 20),
        access=_USER,
        fill="00(FF)*",
        free="01(00)*",  # status bit 1: the record is used
        kind=Struct(Field("status", Code(STATUS), "status of the record"), ShortMessage()),
        examples=(
            Example(
                "070891683108100005F011FF0D91683108108300F00000A705E8329BFD06" + "FF" * 146,
                {
                    "status": "to be sent",
                    "service_centre": "0891683108100005F0",
                    "tpdu": "11FF0D91683108108300F00000A705E8329BFD06",
                },
            ),
            Example("00" + "FF" * 175, {"status": "free", "service_centre": None, "tpdu": ""}),
        ),
    ),
    linear(
        _PATH + "6F42",
        "EF_SMSP",
        "Default parameters of short messages; record 1 is the default set",
        gsm("10.5.6", "O; SST n12", 12),
        size=sized("28+Y, Y = 0..227", 40, 28, records=2),
        access=_USER,
        kind=Struct(Field("name", Text(), "alpha identifier"), SmsParameters()),
        examples=(
            Example(
                "44656661756C74FFE1FFFFFFFFFFFFFFFFFFFFFFFF0891683108100005F0FFFFFF0000A7",
                {
                    "name": "Default",
                    "destination": None,
                    "service_centre": "0891683108100005F0",
                    "pid": 0,
                    "dcs": 0,
                    "validity": 0xA7,
                },
            ),
        ),
    ),
    transparent(
        _PATH + "6F43",
        "EF_SMSS",
        "Last message reference and the memory flag",
        gsm("10.5.7", "O; SST n4; present exactly when EF_SMS is", 4),
        size=sized("2+X", 2, 2),
        access=_USER,
        kind=Struct(
            Field("tp_mr", Number(), "last TP-MR used"),
            Bits(
                1,
                BitField("memory_exceeded", Flag(inverted=True), "a message was refused for want of room"),
                spare(7, 0x7F),
            ),
            reserved(fill=0xFF),
        ),
        examples=(
            Example("2AFF", {"tp_mr": 42, "memory_exceeded": False}),
            Example("2AFE", {"tp_mr": 42, "memory_exceeded": True}),
        ),
    ),
    linear(
        _PATH + "6F47",
        "EF_SMSR",
        "Status reports of the messages in EF_SMS",
        gsm("10.5.15", "O; SST n35", 35),
        size=exactly(30, 5),
        access=_USER,
        fill="00(FF)*",
        kind=Struct(
            Field("sms_record", Number(), "record of EF_SMS, 0 when this one is free"),
            Field("tpdu", Hex(), "SMS-STATUS-REPORT of 23.040"),
        ),
        examples=(
            Example(
                "05062A0D91683108108300F0621122810000236211228110002300FFFFFF",
                {"sms_record": 5, "tpdu": "062A0D91683108108300F0621122810000236211228110002300"},
            ),
        ),
    ),
)

_INSTANCE = Struct(
    Field("width", Number(), "points in a line"),
    Field("height", Number(), "lines"),
    Field("scheme", Code({0x11: "basic", 0x21: "colour"}), "coding of the body"),
    Field("fid", Hex(2), "file of the body"),
    Field("offset", Number(2), "place of the body in the file, bytes"),
    Field("length", Number(2), "length of the body without colour table, bytes"),
)

IMAGES: tuple[FileSpec, ...] = (
    linear(
        _PATH + "5F50/4F20",
        "EF_IMG",
        "Image descriptors",
        gsm("10.6.1.1", "O; SST n39", 39),
        ruim("2.7", "O (no service bit in EF_CST)"),
        size=sized("9n+1 or 9n+2", 10, 10, records=5),
        access=_ISSUER,
        fill="00(FF)*",
        kind=Struct(Field("instances", Counted(_INSTANCE), "forms of the same image")),
        examples=(
            Example(
                "010808114F300000000A",
                {"instances": [{"width": 8, "height": 8, "scheme": "basic", "fid": "4F30", "offset": 0, "length": 10}]},
            ),
            Example("00FFFFFFFFFFFFFFFFFF", {"instances": []}),
        ),
    ),
    transparent(
        _PATH + "5F50/4FXX",
        "EF_IMAGE_DATA",
        "Image bodies; the issuer chooses the identifier",
        gsm("10.6.1.2", "O; SST n39", 39),
        ruim("2.7", "O"),
        size=sized("Y", 256, 1),
        access=_ISSUER,
        kind=Images(),
        examples=(
            Example("05038BA3", {"images": [{"rows": ["#...#", ".###.", "#...#"]}]}, "Annex G.1"),
            Example(
                "0302020300081A4FFF000000FF000000FF",
                {"images": [{"rows": [[0, 1, 2], [2, 1, 0]], "bits": 2, "clut": ["FF0000", "00FF00", "0000FF"]}]},
                "Annex G.2",
            ),
        ),
    ),
)

_REFERENCES = Tlv(
    {
        tag: Field(name, Hex(fill=None), "file identifier")
        for tag, name in {
            0xC0: "ADN",
            0xC1: "IAP",
            0xC2: "EXT1",
            0xC3: "SNE",
            0xC4: "ANR",
            0xC5: "PBC",
            0xC6: "GRP",
            0xC7: "AAS",
            0xC8: "GAS",
            0xC9: "UID",
            0xCA: "EMAIL",
            0xCB: "CCP1",
        }.items()
    }
)
_BOOK = _PATH + "5F3A/"
_CHOSEN = "O (id chosen by the issuer, 4FXX, named in EF_PBR)"

PHONE_BOOK: tuple[FileSpec, ...] = (
    linear(
        _BOOK + "4F30",
        "EF_PBR",
        "Phone book reference: the files of the book",
        ruim("2.7", "O: M if DF_PHONEBOOK exists", 6),
        size=sized("X", 64, 2, records=1),
        access=_ISSUER,
        kind=Struct(
            Field(
                "references",
                Tlv(
                    {
                        0xA8: Field("type1", _REFERENCES, "files with a record for every entry"),
                        0xA9: Field("type2", _REFERENCES, "files reached through EF_IAP"),
                        0xAA: Field("type3", _REFERENCES, "files reached from other records"),
                    }
                ),
                "constructed data objects",
            )
        ),
        examples=(
            Example(
                "A808C0024F3AC3024F69AA04C2024F4AFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                {"references": [{"type1": [{"ADN": "4F3A"}, {"SNE": "4F69"}]}, {"type3": [{"EXT1": "4F4A"}]}]},
            ),
        ),
    ),
    linear(
        _BOOK + "4FXX",
        "EF_PB_ADN",
        "Entries of the phone book; the first file is linked to 7F10/6F3A",
        ruim("2.7", "M if DF_PHONEBOOK exists; first one linked to 7F10/6F3A", 6),
        size=sized(_NUMBERS, 28, 14, records=50),
        access=_USER,
        kind=dialling_record(),
        examples=(Example("426F62FFFFFFFFFFFFFF0891683103214365F7FFFFFFFFFF", _entry("Bob", "+8613301234567")),),
    ),
    linear(
        _BOOK + "4FXX",
        "EF_PB_EXT1",
        "Extensions of phone book numbers; the first file is linked to 7F10/6F4A",
        ruim("2.7", _CHOSEN + "; first one linked to 7F10/6F4A", 6),
        size=exactly(13, 10),
        access=_USER,
        kind=extension_record(),
        examples=_EXTENSION,
    ),
    linear(
        _BOOK + "4FXX",
        "EF_IAP",
        "Index: for every entry its record in each type 2 file",
        ruim("2.7", _CHOSEN + ", only with type 2 files", 6),
        size=sized("X, X >= 1", 1, 1, records=50),
        access=_USER,
        kind=Struct(Field("records", Listed(Number()), "record in each type 2 file, null for none")),
        examples=(Example("03FF02", {"records": [3, None, 2]}),),
    ),
    linear(
        _BOOK + "4FXX",
        "EF_GRP",
        "Groups of every entry",
        ruim("2.7", _CHOSEN, 6),
        size=sized("X, X = 1..10", 10, 1, maximum=10, records=50),
        access=_USER,
        kind=Struct(Field("groups", Listed(Number()), "records of EF_GAS, 0 for none")),
        examples=(Example("01020000", {"groups": [1, 2, 0, 0]}),),
    ),
    *(
        linear(
            _BOOK + "4FXX",
            name,
            summary,
            ruim("2.7", _CHOSEN, 6),
            size=sized("X", 14, 1, records=records),
            access=_USER,
            kind=Struct(Field(key, Text(encoding=encoding), meaning)),
            examples=(Example("486F6D65FFFF", {key: "Home"}),),
        )
        for name, key, summary, meaning, encoding, records in (
            ("EF_AAS", "name", "Names of the types of additional numbers", "alpha identifier", "alpha", 5),
            ("EF_GAS", "name", "Names of the groups", "alpha identifier", "alpha", 5),
            ("EF_SNE", "name", "Second names of the entries (type 1)", "alpha identifier", "alpha", 50),
            ("EF_EMAIL", "address", "E-mail addresses of the entries (type 1)", "address", "alpha", 50),
        )
    ),
    linear(
        _BOOK + "4FXX",
        "EF_ANR",
        "Additional numbers of the entries",
        ruim("2.7", _CHOSEN, 6),
        size=sized("15, or 17 if not type 1", 15, 15, step=2, maximum=17, records=50),
        access=_USER,
        kind=Struct(
            Field("aas", Number(), "record of EF_AAS with the type, 0 for none"),
            DiallingNumber(),
            Field("ccp", RecordNumber(), "not used on a R-UIM", None, shown=True),
            Field("ext", RecordNumber(), "record of EF_EXT1 with the further digits", None, shown=True),
            Field("adn_file", Hex(1), "last byte of the identifier of EF_ADN", trailing=True),
            Field("adn_record", RecordNumber(), "record of the entry in EF_ADN", trailing=True),
        ),
        examples=(
            Example("0107813108108300F0FFFFFFFFFFFF", {"aas": 1, "number": "13800138000", "ccp": None, "ext": None}),
        ),
    ),
)

FILES: tuple[FileSpec, ...] = (*NUMBERS, *EXTENSIONS, *MESSAGES, *IMAGES, *PHONE_BOOK)
