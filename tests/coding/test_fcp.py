"""FCP templates: worked examples of ETSI TS 102 222 as other software writes them, and everything else refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.coding.errors import CodecError
from uimkit.coding.fcp import COMPACT, REFERENCED, Fcp, read_fcp, read_resize, write_fcp, write_resize
from uimkit.coding.tlv import write_tlv

ARR = (REFERENCED, bytes.fromhex("6F0601"))
MF_ARR = (REFERENCED, bytes.fromhex("2F0601"))
AID = bytes.fromhex("A0000003431002FF86FF0389FFFFFFFF")
VECTORS = {
    "6216 82024121 83026F07 8A0105 8B036F0601 80020009 8800": Fcp("transparent", 0x6F07, ARR, 9, sfi=0),
    "6216 82020121 83026F07 8A0105 8B036F0601 80020009 8800": Fcp(
        "transparent", 0x6F07, ARR, 9, sfi=0, shareable=False
    ),
    "6217 82024121 83026F07 8A0105 8B036F0601 80020009 880138": Fcp("transparent", 0x6F07, ARR, 9, sfi=7),
    "6219 82054221001C0A 83026F3A 8A0105 8B036F0601 80020118 8800": Fcp(
        "linear-fixed", 0x6F3A, ARR, 280, 28, 10, sfi=0
    ),
    "6219 82054621001C0A 83026F44 8A0105 8B036F0601 80020118 8800": Fcp("cyclic", 0x6F44, ARR, 280, 28, 10, sfi=0),
    "6216 82024121 83026F07 8A0105 8B036F0601 80029C40 8800": Fcp("transparent", 0x6F07, ARR, 40000, sfi=0),
    "6217 82024121 83026F07 8A0105 8B036F0601 8003010000 8800": Fcp("transparent", 0x6F07, ARR, 65536, sfi=0),
    "621C 82024121 83026F07 8A0105 8B036F0601 80020009 A506C00180C101FF": Fcp(
        "transparent", 0x6F07, ARR, 9, special=0x80, fill=b"\xff"
    ),
    "6214 82027821 83027F25 8A0105 8B032F0601 81022000": Fcp("DF", 0x7F25, MF_ARR, 8192),
    "6226 82027821 83027FF3 8410 A0000003431002FF86FF0389FFFFFFFF 8A0105 8B032F0601 81022000": Fcp(
        "DF", 0x7FF3, MF_ARR, 8192, df_name=AID
    ),
    "621B 82027821 83027F25 8A0105 8B032F0601 C6099001C0830101830181": Fcp(
        "DF", 0x7F25, MF_ARR, pin_status=bytes.fromhex("9001C0830101830181")
    ),
}


@pytest.mark.parametrize("text", VECTORS)
def test_worked_examples_are_written_and_read(text: str) -> None:
    raw = bytes.fromhex(text)
    assert write_fcp(VECTORS[text]) == raw
    assert read_fcp(raw) == VECTORS[text]


def test_resize_is_written_and_read() -> None:
    raw = bytes.fromhex("6208 83026F07 80020014")
    assert write_resize(0x6F07, 20) == raw
    assert read_resize(raw) == (0x6F07, 20)


BODY = "82024121 83026F07 8A0105 8B036F0601 80020009"


@pytest.mark.parametrize(
    "objects",
    [
        BODY + "83026F08",  # repeated: pytlv would take the last
        BODY + "8C0100",  # two kinds of security attributes
        BODY.replace("8B036F0601", ""),
        BODY.replace("8A0105", ""),
        BODY.replace("8A0105", "8A010C"),
        BODY.replace("80020009", "800109"),
        BODY.replace("80020009", "81020009"),
        BODY.replace("82024121", "82023921"),
        BODY.replace("82024121", "82054221000001"),
        BODY.replace("82024121", "82054221001C00"),
        BODY + "880107",
        BODY + "A506C101FFC201FF",
        BODY + "A502C100",
        BODY + "870100",
    ],
)
def test_what_is_no_template_of_a_new_file_is_refused(objects: str) -> None:
    with pytest.raises(CodecError):
        read_fcp(write_tlv([(0x62, bytes.fromhex(objects))]))


def test_filler_long_lengths_and_other_tags_around_are_refused() -> None:
    raw = write_tlv([(0x62, bytes.fromhex(BODY))])
    for wrong in (raw + b"\xff", b"\x62\x81" + raw[1:], b"\x6f" + raw[1:], raw + raw, b""):
        with pytest.raises(CodecError):
            read_fcp(wrong)


def test_a_template_too_long_for_pytlv_is_refused_and_not_miswritten() -> None:
    with pytest.raises(CodecError, match="127"):
        write_fcp(Fcp("transparent", 0x6F07, (COMPACT, bytes(6)), 9, repeat=bytes(120)))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for data in (raw, write_tlv([(0x62, raw)])):
        for read in (read_fcp, read_resize):
            with suppress(CodecError):
                read(data)
