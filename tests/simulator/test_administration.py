"""CREATE FILE and the other commands of ETSI TS 102 222, and what they must never do."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uimkit.apdu import INS, command
from uimkit.card.creation import access_of, compact, fcp_of
from uimkit.card.definition import ALW, CHV1, NEV, AccessNibbles, FileDef
from uimkit.coding.errors import CodecError
from uimkit.coding.fcp import write_fcp, write_resize
from uimkit.files.spec import Structure
from uimkit.oneway.policy import EF_ADN, EF_EXT1
from uimkit.perso.build import empty_card
from uimkit.profile.build import CardProfile, personalised
from uimkit.profile.errors import ProfileError
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card
from uimkit.simulator.commands.table import ADMINISTRATIVE

ONEWAY = "china-telecom-oneway"
ADM = b"UIMKIT00"
CREATE, DELETE, ACTIVATE, DEACTIVATE, END_EF, END_DF = 0xE0, 0xE4, 0x44, 0x04, 0xE8, 0xE6


@cache
def profile(name: str = ONEWAY) -> CardProfile:
    return parse_profile(f'extends = "{name}"\n[administrative]\ncommands = "ts-102-222"\n', "x.toml", "x")


def empty(*, verified: bool = True) -> Card:
    card = Card(*empty_card(profile()))
    if verified:
        assert sw(card, verify()) == 0x9000
    return card


def built(*, finished: bool = False, verified: bool = True) -> Card:
    memory = profile().fresh_memory()
    if finished:
        personalised(profile().definition, memory)
    card = Card(profile().product, memory)
    if verified:
        assert sw(card, verify()) == 0x9000
    return card


def verify() -> bytes:
    return command(INS.VERIFY_CHV, 0, profile().definition.code_by_name["ADM"].p2, ADM)


def sw(card: Card, apdu: bytes) -> int:
    return int.from_bytes(card.transmit(apdu)[-2:], "big")


def go(card: Card, *fids: str) -> None:
    for fid in fids:
        assert card.transmit(command(INS.SELECT, data=bytes.fromhex(fid)))[0] == 0x9F


def iso(ins: int, data: bytes = b"", cla: int = 0) -> bytes:
    return bytes((cla, ins, 0, 0, len(data))) + data


def new(path: str, structure: Structure = Structure.TRANSPARENT, size: int = 9, length: int = 0) -> FileDef:
    return FileDef(path, "EF", structure, size, length, AccessNibbles(ALW, CHV1, NEV, 4, 4))


def create(file: FileDef, fill: bytes = b"\xff") -> bytes:
    return iso(CREATE, write_fcp(fcp_of(file, fill)))


def resize(fid: int, size: int) -> bytes:
    return iso(0xD4, write_resize(fid, size), 0x80)


DF, EF = new("3F00/7F77", Structure.DF, 0), new("3F00/7F77/6F01")


def test_a_created_file_is_current_and_is_what_the_template_says() -> None:
    card = empty()
    assert sw(card, create(DF)) == 0x9000
    assert sw(card, create(EF, b"\xa5")) == 0x9000
    assert card.transmit(command(INS.READ_BINARY, length=9)) == b"\xa5" * 9 + b"\x90\x00"
    assert sw(card, command(INS.UPDATE_BINARY, data=b"123")) == 0x9000
    card.reset()
    go(card, "7F77", "6F01")
    header = card.transmit(command(INS.GET_RESPONSE, length=15))
    assert header[2:6] == bytes.fromhex("00096F01")
    assert header[8:11] == bytes.fromhex("01F044")
    assert card.transmit(command(INS.READ_BINARY, length=9))[:3] == b"123"


def test_a_repeat_pattern_fills_each_record() -> None:
    card = empty()
    assert sw(card, create(new("3F00/6F01", Structure.LINEAR_FIXED, 12, 4), b"\x00\xff\xff\xff")) == 0x9000
    for number in (1, 2, 3):
        assert card.transmit(command(INS.READ_RECORD, number, 4, length=4))[:4] == b"\x00\xff\xff\xff"


def test_a_file_that_is_there_or_an_ancestor_or_an_alias_is_not_created() -> None:
    card = empty()
    assert sw(card, create(DF)) == 0x9000
    for fid in ("7F77", "3F00"):
        assert sw(card, create(new(f"3F00/7F77/{fid}"))) == 0x6A89
    assert sw(card, create(EF)) == 0x9000
    assert sw(card, create(EF)) == 0x6A89
    full = built()
    for alias in profile().definition.aliases:
        go(full, "3F00")
        assert sw(full, create(new(alias, Structure.DF, 0))) == 0x6A89


@pytest.mark.parametrize(
    "data",
    [
        "6216820241218302 6F018A01058B036F0601800200098800",  # an EF_ARR, which a GSM card has not
        "6204820241 21",
        "00",
        "621982024121 83026F01 8A0105 8C061F0000000001 80020009",  # condition 01
    ],
)
def test_a_wrong_template_is_6a80(data: str) -> None:
    assert sw(empty(), iso(CREATE, bytes.fromhex(data))) == 0x6A80


def test_files_of_the_standard_and_of_the_blueprint_keep_their_shape() -> None:
    card = empty()
    assert sw(card, create(new("3F00/2FE2", size=9))) == 0x6A80
    assert sw(card, create(new("3F00/2FE2", Structure.LINEAR_FIXED, 10, 10))) == 0x6A80
    assert sw(card, create(new("3F00/2FE4", size=20))) == 0x6A80  # the file of CHV1
    assert sw(card, create(new("3F00/2FE2", size=10))) == 0x9000


def test_there_is_an_end_to_the_memory() -> None:
    card = empty()
    answers = [sw(card, create(new(f"3F00/6E{number:02X}", size=0xFFFF))) for number in range(8)]
    assert answers[:3] == [0x9000] * 3
    assert answers[-1] == 0x6A84


def test_protected_files_come_into_being_with_their_mirrors() -> None:
    card = empty()
    assert sw(card, create(new("3F00/7F10", Structure.DF, 0))) == 0x9000
    assert not card.product.policy.protected
    assert sw(card, create(new(EF_ADN, Structure.LINEAR_FIXED, 56, 28))) == 0x9000
    assert card.product.policy.protected == {EF_ADN}
    assert sw(card, create(new(EF_EXT1, Structure.LINEAR_FIXED, 39, 13))) == 0x9000
    index = card.product.definition.index
    assert card.product.policy.orphans in index
    go(card, "6F3A")
    assert sw(card, command(INS.UPDATE_RECORD, 1, 4, b"A" * 27 + b"\xff")) == 0x9000
    card.reset()
    go(card, "7F10", "6F3A")
    assert card.transmit(command(INS.READ_RECORD, 1, 4, length=28)) == b"\xff" * 28 + b"\x90\x00"
    assert sw(card, iso(DELETE, bytes.fromhex("6F3A"))) == 0x6982


def test_delete_takes_a_df_with_its_files_but_nothing_the_card_needs() -> None:
    card = empty()
    assert [sw(card, create(file)) for file in (DF, EF)] == [0x9000, 0x9000]
    assert sw(card, iso(DELETE, b"\x7f\x77")) == 0x6A82  # it is the current directory, not in it
    go(card, "3F00")
    assert sw(card, iso(DELETE, b"\x7f\x77")) == 0x9000
    assert card.product == empty().product
    for path in (profile().definition.lifecycle or "", profile().definition.code_by_name["ADM"].path):
        assert sw(card, iso(DELETE, bytes.fromhex(path[-4:]))) == 0x6985


def test_resize_keeps_the_contents_and_adds_free_records() -> None:
    card = built()
    go(card, "7F10")
    before = card.product.definition.files[card.product.definition.index[EF_ADN]]
    go(card, "6F3A")
    written = b"A" * (before.record_length - 1) + b"\xff"
    assert sw(card, command(INS.UPDATE_RECORD, 1, 4, written)) == 0x9000
    assert sw(card, resize(0x6F3A, before.record_length + 1)) == 0x6A80
    for records in (3, 5):
        assert sw(card, resize(0x6F3A, records * before.record_length)) == 0x9000
    go(card, "6F3A")
    assert card.transmit(command(INS.READ_RECORD, 1, 4, length=len(written)))[:-2] == written
    assert card.transmit(command(INS.READ_RECORD, 5, 4, length=len(written)))[:-2] == b"\xff" * len(written)
    assert sw(card, command(INS.READ_RECORD, 6, 4, length=len(written))) == 0x9402
    assert sw(card, resize(0x6F44, 28)) == 0x6A80  # cyclic
    assert sw(card, resize(0x6FAA, 28)) == 0x6A82


def test_a_deactivated_file_is_not_read_until_it_is_activated() -> None:
    card = empty()
    assert sw(card, create(EF)) == 0x9000
    for fid in (b"", b"\x6f\x01"):
        assert sw(card, iso(DEACTIVATE, fid)) == 0x9000
        assert sw(card, command(INS.READ_BINARY, length=9)) == 0x9810
        assert sw(card, iso(ACTIVATE, fid)) == 0x9000
        assert sw(card, command(INS.READ_BINARY, length=9)) == 0x9000


def test_a_terminated_file_can_only_be_deleted() -> None:
    card = empty()
    assert sw(card, create(EF)) == 0x9000
    assert sw(card, iso(END_EF, b"\x6f\x01")) == 0x9000
    go(card, "6F01")
    assert sw(card, iso(ACTIVATE)) == 0x6985
    assert sw(card, command(INS.REHABILITATE)) == 0x9804
    assert sw(card, command(INS.READ_BINARY, length=9)) == 0x9810
    assert sw(card, iso(DELETE, b"\x6f\x01")) == 0x9000


def test_a_terminated_df_takes_no_more_files_and_all_its_files_are_terminated() -> None:
    card = empty()
    assert [sw(card, create(file)) for file in (DF, EF)] == [0x9000, 0x9000]
    assert sw(card, iso(END_DF)) == 0x9000
    assert sw(card, create(new("3F00/7F77/6F02"))) == 0x6985
    go(card, "6F01")
    assert sw(card, iso(ACTIVATE)) == 0x6985
    go(card, "3F00")
    assert sw(card, iso(END_DF)) == 0x6985  # the MF, with the ADM in it


def test_a_terminated_card_has_nothing_left_and_lets_nobody_in() -> None:
    card = built()
    assert sw(card, iso(0xFE)) == 0x9000
    assert sw(card, command(INS.SELECT, data=b"\x7f\x10")) == 0x9404
    for _ in range(2):
        assert sw(card, create(EF)) == 0x6985
        assert sw(card, verify()) == 0x9840
        card.reset()


def samples() -> list[bytes]:
    """Every administrative command, on files that are protected, ordinary, and not there."""
    files = [bytes.fromhex(fid) for fid in ("6F3A", "6F4A", "7F10", "2FE2", "6FAA")]
    named = [iso(ins, fid) for ins in (DELETE, ACTIVATE, DEACTIVATE, END_EF, END_DF) for fid in files]
    bare = [iso(ins) for ins in (ACTIVATE, DEACTIVATE, END_EF, END_DF, 0xFE)]
    sizes = [resize(int.from_bytes(fid, "big"), 28) for fid in files]
    return [*named, *bare, *sizes, create(new("3F00/7F10/6F3A", Structure.LINEAR_FIXED, 28, 28)), create(EF)]


@pytest.mark.parametrize(("finished", "verified", "answer"), [(True, True, 0x6985), (True, False, 0x6985),
                                                              (False, False, 0x6982)])  # fmt: skip
@pytest.mark.parametrize("at", [(), ("7F10",), ("7F10", "6F3A")])
def test_a_finished_card_and_one_without_the_adm_answer_one_status_word_and_stay_as_they_are(
    at: tuple[str, ...], finished: bool, verified: bool, answer: int
) -> None:
    card = built(finished=finished, verified=verified)
    go(card, *at)
    card.chip.session.pending = None
    before = card.snapshot()
    for apdu in samples():
        assert card.transmit(apdu) == answer.to_bytes(2, "big"), apdu.hex()
        assert card.snapshot() == before
        assert card.product is profile().product


def test_a_profile_without_the_option_knows_no_class_00() -> None:
    plain = load_profile(ONEWAY)
    card = Card(plain.product, plain.fresh_memory())
    assert sw(card, verify()) == 0x9000
    assert {sw(card, apdu) for apdu in samples()} == {0x6E00}


def test_the_option_needs_an_adm_and_a_life_cycle() -> None:
    with pytest.raises(ProfileError, match=r"x\.toml:3: administrative\.commands: .* lifecycle"):
        parse_profile('extends = "gsm-sim"\n[administrative]\ncommands = "ts-102-222"\n', "x.toml", "x")


nibbles = st.sampled_from([0, 1, 2, *range(4, 16)])


@given(st.builds(AccessNibbles, nibbles, nibbles, nibbles, nibbles, nibbles))
def test_access_conditions_survive_the_compact_form(access: AccessNibbles) -> None:
    assert access_of(compact(access)) == access


@pytest.mark.parametrize("wrong", ["", "1F", "1B0000000000", "1F0000000001", "1F0000000013", "1F000000001F"])
def test_other_compact_forms_are_refused(wrong: str) -> None:
    with pytest.raises(CodecError):
        access_of(bytes.fromhex(wrong))


STATUS_WORDS = {0x9000, 0x6982, 0x6985, 0x6A80, 0x6A82, 0x6A84, 0x6A89, 0x6B00, 0x6700}
FIDS = st.sampled_from(
    ["3F00", "7F10", "7F20", "7F25", "7F77", "6F3A", "6F44", "6F4A", "6F32", "6F07", "6F22", "6F01", "2FE2", "2FE4",
     "2FE6", "2FE7"]
)  # fmt: skip
fids = FIDS.map(bytes.fromhex)
structures = st.sampled_from([Structure.DF, Structure.TRANSPARENT, Structure.LINEAR_FIXED, Structure.CYCLIC])


@st.composite
def creations(draw: st.DrawFn) -> bytes:
    structure, fid = draw(structures), draw(FIDS)
    if structure is Structure.DF:
        return create(new(f"3F00/{fid}", structure, 0))
    length = draw(st.sampled_from([1, 13, 14, 28])) if structure is not Structure.TRANSPARENT else 0
    size = length * draw(st.sampled_from([1, 3, 255])) if length else draw(st.sampled_from([1, 9, 10, 21, 1000]))
    return create(new(f"3F00/{fid}", structure, size, length))


administrative = st.one_of(
    creations(),
    st.builds(iso, st.sampled_from([DELETE, ACTIVATE, DEACTIVATE, END_EF, END_DF]), fids),
    st.builds(iso, st.sampled_from([ACTIVATE, DEACTIVATE, END_EF, END_DF, 0xFE])),
    st.builds(resize, fids.map(lambda fid: int.from_bytes(fid, "big")), st.sampled_from([1, 13, 28, 56, 280, 20000])),
    st.builds(iso, st.sampled_from([CREATE, DELETE, 0xD4]), st.binary(max_size=40), st.sampled_from([0x00, 0x80])),
)
ordinary = st.one_of(
    fids.map(lambda fid: command(INS.SELECT, data=fid)),
    st.sampled_from([
        verify(), b"", command(INS.STATUS, length=23), command(INS.READ_BINARY, length=1),
        command(INS.READ_RECORD, 1, 4, length=28), command(INS.UPDATE_RECORD, 1, 4, b"A" * 27 + b"\x01"),
        command(INS.UPDATE_RECORD, 1, 4, b"B" * 13), command(INS.UPDATE_BINARY, data=b"\x05"),
        command(INS.INVALIDATE), command(INS.REHABILITATE), command(INS.RUN_GSM_ALGORITHM, data=bytes(16)),
        command(INS.INCREASE, data=bytes(3)), command(INS.VERIFY_CHV, 0, 1, b"1234\xff\xff\xff\xff"),
    ]),
)  # fmt: skip


@settings(deadline=None)
@given(st.booleans(), st.lists(st.one_of(administrative, ordinary), max_size=40))
def test_random_commands_never_crash_a_card_under_construction(start_empty: bool, script: list[bytes]) -> None:
    card = empty() if start_empty else built()
    for apdu in script:
        if not apdu:
            card.reset()
            continue
        answer = card.transmit(apdu)
        assert len(answer) >= 2
        if (apdu[0], apdu[1]) in ADMINISTRATIVE:
            assert int.from_bytes(answer, "big") & (0xFF00 if answer[0] == 0x67 else 0xFFFF) in STATUS_WORDS
        files = card.product.definition.files
        assert [len(body) for body in card.memory.contents] == [file.stored for file in files]
        card.snapshot()
