"""SELECT, STATUS and GET RESPONSE (GSM 11.11 6.5, 8.1, 8.2, 9.2.1, 9.2.18; C.S0023-C 2.6)."""

from __future__ import annotations

import pytest

from tests.simulator.small import ADM_CODE, card, select, send
from uimkit.card.definition import AccessNibbles, FileDef
from uimkit.card.header import DirectoryState, df_header, ef_header, parse_header
from uimkit.files.spec import Structure


def test_the_mf_is_current_after_reset_and_get_response_may_come_first() -> None:
    on = card()
    assert send(on, "A0C0000016")[8:16] == "3F000100"
    assert send(on, "A0C0000016") == "6F00"


@pytest.mark.parametrize(
    ("path", "reachable", "unreachable"),
    [
        (["3F00"], ["3F00", "7F10", "7F20", "7F25", "2FE2", "7F21"], ["6F3A", "5F70", "4F30", "6F07"]),
        (["7F20"], ["3F00", "7F20", "7F21", "7F10", "7F25", "5F70", "6F07"], ["2FE2", "6F3A", "4F30"]),
        (["7F20", "5F70"], ["3F00", "7F20", "5F70", "4F30"], ["7F10", "7F25", "6F07", "2FE2"]),
        (["7F20", "6F07"], ["3F00", "7F20", "7F10", "5F70", "6F07", "6F20"], ["2FE2", "4F30", "6F3A"]),
        (["7F10", "6F3A"], ["3F00", "7F10", "7F20", "6F44", "6F3A"], ["6F07", "5F70"]),
    ],
)
def test_reachable_files_are_those_of_clause_6_5(path: list[str], reachable: list[str], unreachable: list[str]) -> None:
    for fid in reachable:
        assert select(card(), *path, fid).startswith("9F"), fid
    for fid in unreachable:
        assert select(card(), *path, fid) == "9404", fid


def test_a_failed_select_keeps_directory_file_and_pointer() -> None:
    on = card()
    select(on, "7F10", "6F3A")
    send(on, "A0B202021C")
    assert select(on, "6FFF") == "9404"
    assert send(on, "A0C000000F") == "6F00"
    send(on, "A0B200021C")
    assert on.chip.session.pointer == 2


def test_the_alias_7f21_answers_as_7f20() -> None:
    on = card()
    select(on, "7F21")
    assert send(on, "A0C0000016")[8:14] == "7F2002"


@pytest.mark.parametrize(
    ("file", "valid", "expected"),
    [
        (("6F07", Structure.TRANSPARENT, 9, 0, (1, 4, 15, 4, 1)), True, "000000096F07040014F01401020000"),
        (("6F07", Structure.TRANSPARENT, 9, 0, (1, 4, 15, 4, 1)), False, "000000096F07040014F01400020000"),
        (("6F3A", Structure.LINEAR_FIXED, 2800, 28, (1, 1, 15, 2, 2)), True, "00000AF06F3A040011F0220102011C"),
        (("6F39", Structure.CYCLIC, 15, 3, (1, 2, 1, 4, 4)), True, "0000000F6F39044012104401020303"),
        (("6F44", Structure.CYCLIC, 180, 18, (1, 1, 15, 4, 4)), True, "000000B46F44040011F04401020312"),
    ],
)
def test_ef_headers_are_the_published_ones(
    file: tuple[str, Structure, int, int, tuple[int, ...]], valid: bool, expected: str
) -> None:
    fid, structure, size, record, access = file
    declared = FileDef(f"3F00/7F20/{fid}", "EF", structure, size, record, AccessNibbles(*access))
    raw = ef_header(declared, valid)
    assert raw.hex().upper() == expected
    parsed = parse_header(raw)
    assert (parsed.file_id, parsed.size, parsed.structure, parsed.record_length) == (
        int(fid, 16),
        size,
        structure,
        record,
    )
    assert parsed.access == declared.access
    assert parsed.valid is valid


def test_the_status_bit_b3_shows_a_file_that_stays_usable() -> None:
    file = FileDef("3F00/7F10/6F3A", "EF_ADN", Structure.LINEAR_FIXED, 2800, 28, AccessNibbles(1, 1, 15, 2, 2), True)
    assert ef_header(file, valid=False).hex().upper() == "00000AF06F3A040011F0220402011C"


def test_the_directory_header_is_the_published_one() -> None:
    gsm = FileDef("3F00/7F20", "DF_GSM", Structure.DF)
    raw = df_header(gsm, 0x400, 0x01, DirectoryState(0, 12, 4, True, bytes.fromhex("838A838A")))
    assert raw[:12].hex().upper() == "000004007F20020000000000"
    assert raw[13:22].hex().upper() == "01000C0400838A838A"
    parsed = parse_header(raw)
    assert parsed.chv_tries == (3, 10, 3, 10)
    assert parsed.chv1_enabled


def test_directory_counts_are_true_and_chv_status_is_live() -> None:
    on = card(chv1_enabled=True)
    select(on, "7F20")
    before = parse_header(bytes.fromhex(send(on, "A0C0000017"))[:-2])
    assert (before.dfs, before.efs) == (1, 6)
    assert before.chv1_enabled
    send(on, "A020000108 3030303030303030")
    after = parse_header(bytes.fromhex(send(on, "A0F2000017"))[:-2])
    assert after.chv_tries == (2, 10, 3, 10)


def test_status_answers_the_current_directory_whole_or_in_part() -> None:
    on = card()
    select(on, "7F10", "6F3A")
    assert send(on, "A0F2000016")[8:14] == "7F1002"
    assert len(send(on, "A0F2000016")) == 2 * 24
    assert send(on, "A0F2000018") == "6717"
    assert send(on, "A0F2000000") == "6717"
    assert send(on, "A0F2010016") == "6B00"
    assert send(on, "A0B201041C").endswith("9000")


def test_get_response_must_be_next_and_may_ask_for_less() -> None:
    on = card()
    select(on, "7F20")
    assert send(on, "A0C0000018") == "6717"
    assert len(send(on, "A0C000000F")) == 2 * 17
    assert send(on, "A0C0000001") == "6F00"
    for between in ("A0F2000016", "A0A40000026FFF", "A0FF000000", "00A4040000", "A0A4"):
        select(on, "7F20")
        send(on, between)
        assert send(on, "A0C0000016") == "6F00", between


def test_get_response_is_asked_in_the_common_order_and_leaves_what_waits_when_it_is_refused() -> None:
    on = card()
    select(on, "7F20", "6F20")
    assert send(on, "A0C0010010FF") == "6B00"
    assert send(on, "A0C000000F00") == "6700"
    assert len(send(on, "A0C000000F")) == 2 * 17
    select(on, "6F20")
    assert send(on, "A0C00000") == "6700"  # too short to be GET RESPONSE
    assert send(on, "A0C000000F") == "6F00"


def test_selecting_a_directory_leaves_no_current_ef() -> None:
    on = card()
    select(on, "7F10", "6F3A", "7F20")
    for command in ("A0B0000001", "A0D600000101", "A0B2010401", "A0DC01040101", "A0A200000101", "A032000003000001",
                    "A004000000", "A044000000"):  # fmt: skip
        assert send(on, command) == "9400", command


def test_invalidate_and_rehabilitate() -> None:
    on = card()
    send(on, "A020000408" + ADM_CODE.hex())
    select(on, "7F20", "6F20")
    assert send(on, "A044000000") == "9810"
    assert send(on, "A004000000") == "9000"
    for command in ("A0B0000001", "A0D600000101", "A004000000"):
        assert send(on, command) == "9810", command
    assert select(on, "6F20") == "9F0F"
    assert not parse_header(bytes.fromhex(send(on, "A0C000000F"))[:-2]).valid
    on.reset()
    select(on, "7F20", "6F20")
    assert send(on, "A0B0000001") == "9810"
    assert send(on, "A044000000") == "9000"
    assert send(on, "A0B0000001").endswith("9000")


def test_a_file_with_b3_stays_readable_and_updatable_when_invalidated() -> None:
    on = card()
    select(on, "7F20", "6F50")
    assert send(on, "A004000000") == "9000"
    assert send(on, "A0B0000004").endswith("9000")
    assert send(on, "A0D6000001AA") == "9000"
    assert send(on, "A004000000") == "9810"
