"""Short message files of DF_CDMA (C.S0023-C 3.4.27 to 3.4.29) and those of broadcast messages (3.4.57 to 3.4.60)."""

from __future__ import annotations

from uimkit.files.codec import BitField, Bits, Enum, Field, Flag, Number, Struct, reserved, spare
from uimkit.files.codec.cdma_sms import PRIORITY
from uimkit.files.codec.cdma_sms_records import BroadcastService, MessageRecord, ParameterRecord
from uimkit.files.codec.checked import OrOctets
from uimkit.files.declare import exactly, linear, ruim, sized, transparent
from uimkit.files.spec import Example

SHORT_MESSAGES = (
    linear(
        "3F00/7F25/6F3C",
        "EF_SMS",
        "CDMA short messages: status, length, transport layer message",
        ruim("3.4.27", "O: n4 (link implied, not stated)", 4),
        size=sized("variable, at most 255", 255, 2, records=20),
        access="CHV1 CHV1 - ADM ADM",
        activity="high",
        fill="00(FF)*",
        free="01(00)*",  # status bit 1: the record is used
        kind=MessageRecord(),
        examples=(
            Example(
                "03190000021002020501D55448D0080B0003100070010410148D20" + "FF" * 37,
                {
                    "status": "received, to be read",
                    "msg_type": "point-to-point",
                    "parameters": [
                        {"teleservice": "WMT"},
                        {"originating_address": {"number": "5551234"}},
                        {
                            "bearer_data": [
                                {"message_identifier": {"type": "deliver", "id": 7}},
                                {"user_data": {"encoding": "7-bit ASCII", "text": "Hi"}},
                            ]
                        },
                    ],
                },
            ),
            Example("00" + "FF" * 63, {"status": "free"}),
        ),
    ),
    linear(
        "3F00/7F25/6F3D",
        "EF_SMSP",
        "Default short message parameters, one teleservice per record",
        ruim("3.4.28", "O: n12 (link implied, not stated)", 12),
        size=sized("variable", 64, 10, records=2),
        access="CHV1 CHV1 - ADM ADM",
        activity="high",
        kind=OrOctets(ParameterRecord()),
        examples=(
            Example(
                "00021002C5FEFF040501D55448D002A701020001060114FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                {
                    "teleservice": "WMT",
                    "destination_address": {"number": "5551234"},
                    "encoding": "7-bit ASCII",
                    "validity": "24 h",
                    "service_category": 1,
                    "bearer_reply_option": {"reply_seq": 5},
                },
            ),
            Example(
                "00021002E7FFFFFF02A7" + "FF" * 22,
                {"teleservice": "WMT", "encoding": "7-bit ASCII", "validity": "24 h"},
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F3E",
        "EF_SMSS",
        "Last message ids, memory-full flag, timestamp mode",
        ruim("3.4.29", "O: together with EF_SMS, both or none", 4),
        size=sized("5+X", 5, 5),
        access="CHV1 CHV1 - ADM ADM",
        kind=Struct(
            Field("message_id", Number(2), "identifier of the last message sent, other than by WAP"),
            Field("wap_message_id", Number(2), "identifier of the last message sent by WAP"),
            Bits(
                1,
                BitField("memory_full", Flag(inverted=True), "a message was refused because the memory was full"),
                spare(1, 1),
                BitField("time_stamps", Enum(1, {0: "UTC", 1: "non-UTC"}), "mode of the time stamps"),
                spare(5, 31),
            ),
            reserved(fill=0xFF),
        ),
        examples=(
            Example("00010002FB", {"message_id": 1, "wap_message_id": 2, "memory_full": False, "time_stamps": "UTC"}),
            Example(
                "00010002FE", {"message_id": 1, "wap_message_id": 2, "memory_full": True, "time_stamps": "non-UTC"}
            ),
        ),
    ),
)

BROADCAST = (
    transparent(
        "3F00/7F25/6F5B",
        "EF_BCSMScfg",
        "Operator setting for broadcast SMS",
        ruim("3.4.57", "O: n14", 14),
        size=exactly(1),
        access="CHV1 ADM - ADM ADM",
        fill="(00)*",
        kind=Bits(1, BitField("allowed", Enum(2, {0: "disallow", 1: "table only", 2: "all"}), "services allowed")),
        examples=(Example("02", {"allowed": "all"}),),
    ),
    transparent(
        "3F00/7F25/6F5C",
        "EF_BCSMSpref",
        "User setting for broadcast SMS",
        ruim("3.4.58", "O: n14", 14),
        size=exactly(1),
        access="CHV1 CHV1 - ADM ADM",
        activity="high",
        kind=Bits(1, BitField("active", Enum(2, {0: "deactivate", 1: "table only", 2: "all"}), "services wanted")),
        examples=(Example("01", {"active": "table only"}),),
    ),
    linear(
        "3F00/7F25/6F5D",
        "EF_BCSMStable",
        "Broadcast SMS services, record k belongs to record k of EF_BCSMSP",
        ruim("3.4.59", "O: n14", 14),
        size=sized("7+X", 39, 7, records=10),
        access="CHV1 ADM - ADM ADM",
        activity="high",
        fill="00(FF)*",
        kind=BroadcastService(),
        examples=(
            Example(
                "010010010A0008416C65727473FFFFFFFFFFFF",
                {
                    "used": True,
                    "service_category": 0x1000,
                    "language": "English",
                    "max_messages": 10,
                    "alert_option": "none",
                    "label_encoding": "Latin",
                    "label": "Alerts",
                },
            ),
            Example("00" + "FF" * 18, {"used": False}),
        ),
    ),
    linear(
        "3F00/7F25/6F5E",
        "EF_BCSMSP",
        "Selection flag and priority per broadcast service",
        ruim("3.4.60", "O: n14", 14),
        size=exactly(2, records=10),
        access="CHV1 CHV1 - ADM ADM",
        activity="high",
        kind=Struct(
            Bits(1, BitField("selected", Flag(), "messages of the service are wanted")),
            Bits(1, BitField("priority", Enum(2, PRIORITY), "lowest priority of the messages wanted")),
        ),
        examples=(Example("0102", {"selected": True, "priority": "urgent"}),),
    ),
)

FILES = SHORT_MESSAGES + BROADCAST
