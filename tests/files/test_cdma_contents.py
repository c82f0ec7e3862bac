"""Contents of the complex files of DF_CDMA, field by field: lists, profiles, tags, messages, addresses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uimkit.coding.crc import crc16_genibus
from uimkit.coding.errors import CodecError
from uimkit.files import cdma_messages, cdma_multimedia, cdma_packet, cdma_roaming, cdma_tags
from uimkit.files.codec.base import same

MODULES = (cdma_roaming, cdma_packet, cdma_messages, cdma_multimedia, cdma_tags)
BY_FID = {spec.fid: spec for module in MODULES for spec in module.FILES}
ONE_X = "cdma2000 1x and IS-95"


def both_ways(fid, hexdigits, value):
    data = bytes.fromhex(hexdigits)
    codec = BY_FID[fid].codec
    assert same(codec.decode(data), value), codec.decode(data)
    assert codec.encode(value, len(data)) == data


def with_crc(hexdigits):
    data = bytes.fromhex(hexdigits)
    return (data + crc16_genibus(data).to_bytes(2, "big")).hex()


PREFERRED = {"pref_neg": "preferred", "geo": "new", "pri": "same", "acq_index": 0, "roam_ind": 1}
CLASSIC = "00220065000080044CC446C64B600200005B083FFFFC02020000800007400000C250"
CLASSIC_VALUE = {
    "pr_list_id": 101,
    "pref_only": False,
    "def_roam_ind": 0,
    "acquisition_records": [
        {"type": "cellular CDMA preferred", "ab": "A or B"},
        {"type": "cellular CDMA custom channels", "channels": [283, 201]},
    ],
    "system_records": [
        {"sid": 13824, "nid_incl": "any", **PREFERRED},
        {"sid": 13840, "nid": 65535, **PREFERRED, "geo": "same", "pri": "more", "acq_index": 1},
        {"sid": 0, "nid_incl": "any", **PREFERRED, "roam_ind": 0},
        {"sid": 14848, "nid_incl": "any", "pref_neg": "negative", "geo": "new", "acq_index": 0},
    ],
}


def test_a_roaming_list_shows_its_records():
    both_ways("6F30", CLASSIC + "FF" * 30, CLASSIC_VALUE)


def test_a_roaming_list_before_zeros_says_so():
    both_ways("6F30", CLASSIC + "00" * 30, {**CLASSIC_VALUE, "fill": "00"})


def test_a_wrong_crc_is_kept_and_a_missing_one_computed():
    both_ways("6F30", CLASSIC[:-4] + "BEEF", {**CLASSIC_VALUE, "crc": "BEEF"})


def test_an_edited_roaming_list_gets_size_and_crc_afresh():
    codec = BY_FID["6F30"].codec
    edited = {**CLASSIC_VALUE, "system_records": CLASSIC_VALUE["system_records"][:1]}
    data = codec.encode(edited, 100)
    size = int.from_bytes(data[:2], "big")
    assert size < 34
    assert crc16_genibus(data[: size - 2]) == int.from_bytes(data[size - 2 : size], "big")
    assert same(codec.decode(data), edited)


def test_a_roaming_list_larger_than_the_file_is_refused():
    with pytest.raises(CodecError, match="needs 34 bytes"):
        BY_FID["6F30"].codec.encode(CLASSIC_VALUE, 33)


def test_a_size_beyond_the_file_shows_what_is_there():
    both_ways("6F30", "0FA0" + CLASSIC[4:], {"list_size": 4000, "octets": CLASSIC[4:]})


def test_an_acquisition_type_without_known_length_leaves_the_contents_as_octets():
    contents = "0001" + "00804000" + "F000000000"
    data = with_crc(f"{len(contents) // 2 + 4:04X}{contents}")
    both_ways("6F30", data, {"octets": contents})


def test_all_acquisition_types_of_the_classic_list():
    records = [
        {"type": "cellular analog", "ab": "A"},
        {"type": "cellular CDMA standard channels", "ab": "B", "pri_sec": "primary or secondary"},
        {"type": "PCS CDMA blocks", "blocks": [0, 5, "any"]},
        {"type": "PCS CDMA channels", "channels": [25, 50]},
        {"type": "JTACS CDMA standard channels", "ab": "A", "pri_sec": "primary"},
        {"type": "JTACS CDMA custom channels", "channels": [76]},
        {"type": "2 GHz CDMA channels", "channels": [1000]},
    ]
    value = {"pr_list_id": 7, "pref_only": True, "def_roam_ind": 2}
    value |= {"acquisition_records": records, "system_records": []}
    codec = BY_FID["6F30"].codec
    assert same(codec.decode(codec.encode(value, 64)), value)


EXTENDED = "00330066030000C00002000401C00A04011B00C90B0200253040006C00024070096C21FFFE023040000000002800007400D107"
EXTENDED_HEAD = {"pr_list_id": 102, "cur_sspr_p_rev": 3, "pref_only": False, "def_roam_ind": 0}


def test_an_extended_roaming_list_shows_its_records():
    both_ways(
        "6F5A",
        EXTENDED,
        {
            **EXTENDED_HEAD,
            "acquisition_records": [
                {"type": "cellular CDMA preferred", "ab": "A or B"},
                {"type": ONE_X, "channels": [{"band_class": 0, "channel": 283}, {"band_class": 0, "channel": 201}]},
                {"type": "HRPD", "channels": [{"band_class": 0, "channel": 37}]},
            ],
            "system_records": [
                {"type": ONE_X, **PREFERRED, "nid_incl": "any", "sid": 13824},
                {"type": ONE_X, **PREFERRED, "geo": "same", "pri": "more", "acq_index": 1, "sid": 13840, "nid": 65535},
                {"type": ONE_X, **PREFERRED, "nid_incl": "any", "sid": 0, "roam_ind": 0},
                {
                    "type": ONE_X,
                    "pref_neg": "negative",
                    "geo": "new",
                    "pri": "same",
                    "acq_index": 0,
                    "nid_incl": "any",
                    "sid": 14848,
                },
            ],
        },
    )


EXTENDED_RECORDS = [
    {"type": "HRPD", **PREFERRED, "subnet_common_included": False, "subnet_lsb": "0084/15"},
    {
        "type": "HRPD",
        **PREFERRED,
        "subnet_common_included": True,
        "subnet_lsb": "0A/8",
        "subnet_common_offset": 0,
        "association": True,
        "association_tag": 3,
        "pn_association": True,
        "data_association": False,
    },
    {"type": "MCC-MNC", **PREFERRED, "subtype": "MCC and MNC only", "mcc": "460", "mnc": "03"},
]


def extended(records):
    return {
        **EXTENDED_HEAD,
        "acquisition_records": [],
        "common_subnets": [{"subnet": "00840AC0"}],
        "system_records": records,
    }


def test_every_kind_of_extended_system_record_comes_back():
    codec = BY_FID["6F5A"].codec
    data = codec.encode(extended(EXTENDED_RECORDS), 200)
    assert same(codec.decode(data), extended(EXTENDED_RECORDS))


@pytest.mark.parametrize(
    ("bits", "fields"),
    [
        (  # length 8, type 3, preferred, new, same, index 1, subtype 0, 460, 03F, indicator 1, no association, reserved
            "01000 0011 1 0 0 000000001 000 010001100000 000000111111 00000001 0 0000000",
            {"type": "MCC-MNC", "subtype": "MCC and MNC only", "mcc": "460", "mnc": "03"},
        ),
        (  # length 7, type 1, preferred, new, same, index 1, reserved, no common part, 15 bits, indicator 1
            "00111 0001 1 0 0 000000001 000 0 0001111 000000010000100 00000001 0",
            {"type": "HRPD", "subnet_common_included": False, "subnet_lsb": "0084/15"},
        ),
    ],
    ids=["MCC-MNC", "HRPD"],
)
def test_the_bits_of_extended_system_records(bits, fields):
    digits = bits.replace(" ", "")
    record = int(digits, 2).to_bytes(len(digits) // 8, "big").hex().upper()
    contents = f"006603{1 << 7:012X}{record}"
    both_ways(
        "6F5A",
        with_crc(f"{len(contents) // 2 + 4:04X}{contents}"),
        {**EXTENDED_HEAD, "acquisition_records": [], "system_records": [{**PREFERRED, "acq_index": 1, **fields}]},
    )


def test_unknown_extended_records_are_octets():
    codec = BY_FID["6F5A"].codec
    value = extended([{"octets": "1F80000000"[:6]}]) | {
        "acquisition_records": [{"type": 15, "octets": "0102"}, {"type": "HRPD", "octets": "010203"}]
    }
    assert same(codec.decode(codec.encode(value, 100)), value)
    with pytest.raises(CodecError, match="begin with their length"):
        codec.encode(extended([{"octets": "FF"}]), 100)


def test_a_field_that_another_forbids_is_refused():
    record = {**CLASSIC_VALUE["system_records"][3], "roam_ind": 0}
    with pytest.raises(CodecError, match="has no place") as caught:
        BY_FID["6F30"].codec.encode({**CLASSIC_VALUE, "system_records": [record]}, 60)
    assert "system_records.0.roam_ind" in str(caught.value)


def test_the_profile_of_an_operator_with_two_identifiers():
    both_ways(
        "6F4C",
        "23200F6374776170406D7963646D612E636E210F63746E6574406D7963646D612E636E20" + "00" * 10,
        {
            "profiles": [
                {"index": 0, "nai": "ctwap@mycdma.cn", "auth": "PAP"},
                {"index": 1, "nai": "ctnet@mycdma.cn", "auth": "PAP"},
            ],
            "fill": "00",
        },
    )


def test_a_profile_never_written_has_no_fields():
    both_ways("6F4C", "00" * 30, {})


def test_tags_in_other_encodings():
    both_ways("6F70", "00844E2D56FD", {"call_prompt": None, "encoding": "UCS-2", "tag": "中国"})
    both_ways("6F70", "0042C3A9", {"call_prompt": None, "encoding": "7-bit ASCII", "tag": {"octets": "C3A9"}})


def test_records_of_a_tag_list_are_kept():
    value = {"list_id": 5, "tag_p_rev": 1, "def_tag_encoding": "Latin", "num_records": 1, "records": "A1B2C3"}
    codec = BY_FID["6F71"].codec
    assert same(codec.decode(codec.encode(value, 40)), value)


def message(*parameters, **head):
    return {"status": "received, read", **head, "msg_type": "point-to-point", "parameters": list(parameters)}


def test_a_message_with_all_common_subparameters():
    value = message(
        {"teleservice": "WMT"},
        {
            "originating_address": {
                "digit_mode": "8-bit",
                "number_type": "international",
                "number_plan": "ISDN",
                "characters": "8613301234567",
            }
        },
        {"bearer_reply_option": {"reply_seq": 9}},
        {
            "bearer_data": [
                {"message_identifier": {"type": "deliver", "id": 513, "header": True}},
                {"user_data": {"encoding": "UCS-2", "text": "你好"}},
                {"time_stamp": "2026-11-23 09:30:00"},
                {"validity_relative": "2 days"},
                {"priority": {"priority": "urgent"}},
                {"privacy": {"privacy": "confidential"}},
                {"reply_option": {"user_ack": True, "delivery_ack": False}},
                {"number_of_messages": 12},
                {"language": "Chinese"},
                {"call_back_number": {"number": "10000"}},
                {"display_mode": {"mode": "immediate"}},
                {"parameter 7F": "0102"},
            ]
        },
        protected=True,
    )
    codec = BY_FID["6F3C"].codec
    assert same(codec.decode(codec.encode(value, 255)), value)


@pytest.mark.parametrize(
    ("encoding", "content", "hexdigits"),
    [
        ("7-bit ASCII", "Hello", "10 2C 8C BB 36 6F".replace(" ", "")),
        ("octet", {"num_fields": 2, "payload": "AABB"}, "00 15 55 D8".replace(" ", "")),
        ("UCS-2", "A", "20 08 02 08".replace(" ", "")),
        ("Latin", "é", "40 0F 48".replace(" ", "")),
        ("GSM 7-bit", "Hi", "48 16 41 A0".replace(" ", "")),
    ],
)
def test_the_bits_of_user_data(encoding, content, hexdigits):
    fields = {"text": content} if isinstance(content, str) else content
    parameter = f"01{len(hexdigits) // 2:02X}{hexdigits}"
    bearer = f"08{len(parameter) // 2:02X}{parameter}"
    record = f"01{len(bearer) // 2 + 1:02X}00{bearer}"
    both_ways("6F3C", record, message({"bearer_data": [{"user_data": {"encoding": encoding, **fields}}]}))


@settings(max_examples=40)
@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
@pytest.mark.parametrize("encoding", ["7-bit ASCII", "IA5", "Latin", "UCS-2"])
def test_texts_of_messages_come_back(encoding, text):
    value = message({"bearer_data": [{"user_data": {"encoding": encoding, "text": text}}]})
    codec = BY_FID["6F3C"].codec
    assert same(codec.decode(codec.encode(value, 255)), value)


def test_a_time_stamp_that_is_none_is_octets():
    both_ways(
        "6F3C",
        "010900" + "0806" + "0304" + "99130000",
        message({"bearer_data": [{"time_stamp": {"octets": "99130000"}}]}),
    )


def test_a_message_longer_than_its_record_shows_what_is_there():
    both_ways("6F3C", "0132000102FF", {"status": "received, read", "msg_len": 50, "octets": "000102"})


def test_a_deleted_message_is_still_shown():
    both_ways("6F3C", "0005" + "00" + "0002" + "1003" + "FFFF", message({"teleservice": "VMN"}, status="free"))


def test_a_message_that_no_record_holds_is_refused():
    with pytest.raises(CodecError, match="at most 253"):
        BY_FID["6F3C"].codec.encode({"status": "sent", "octets": "00" * 254}, 255)


def test_default_parameters_with_every_parameter():
    value = {
        "teleservice": "WEMT",
        "destination_address": {"number": "*0#9"},
        "encoding": "UCS-2",
        "validity": "indefinite",
        "service_category": 4096,
        "destination_subaddress": {"type": "NSAP", "odd": False, "characters": "1234"},
        "bearer_reply_option": {"reply_seq": 1},
        "bearer_data": [{"priority": {"priority": "emergency"}}],
    }
    codec = BY_FID["6F3D"].codec
    assert same(codec.decode(codec.encode(value, 64)), value)
    assert codec.encode({"teleservice": "WMT"}, 12).hex().upper() == "00021002FFFFFFFFFFFFFFFF"


@pytest.mark.parametrize(
    ("octet", "period"),
    [(0, "5 min"), (11, "1 h"), (143, "12 h"), (144, "12 h 30 min"), (167, "24 h"), (168, "2 days"),
     (196, "30 days"), (197, "5 weeks"), (244, "52 weeks"), (245, "indefinite"), (246, "immediate"), (250, 250)],
)  # fmt: skip
def test_relative_periods(octet, period):
    both_ways("6F3D", f"00021002EFFFFFFFFF{octet:02X}", {"teleservice": "WMT", "validity": period})


def test_proxy_addresses_of_every_type():
    both_ways("6F62", "8000120210" + "20010DB8" + "00" * 11 + "01", {"type": "IPv6", "address": "2001:db8::1"})
    both_ways("6F62", "80000305" + "01" + "AA" + "FFFF", {"type": 5, "address": "AA"})
    both_ways("6F62", "8000060105C0000201", {"octets": "8000060105C0000201"})
    with pytest.raises(CodecError, match="address of type IPv4"):
        BY_FID["6F62"].codec.encode({"type": "IPv4", "address": "pcscf.example.net"}, 64)


def test_identities_before_zeros():
    both_ways("6F5F", "8003612E62" + "00" * 6, {"objects": [{"nai": "a.b"}], "fill": "00"})
