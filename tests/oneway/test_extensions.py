"""The mirror of EF_EXT1 (V3, W5 to W7) and the policies that are not the default (V2, V6, S2, W10)."""

from __future__ import annotations

import pytest

from tests.oneway import handset as hand
from tests.oneway.handset import ANNA, BLANK, BOB, LI, ZHANG, blank_answer, read, select, stored, write
from tests.oneway.twins import ADN, EXT1, LND, extension_record, gsm_record, profile
from uimkit.errors import InputError
from uimkit.oneway.policy import Side
from uimkit.profile.build import personalised
from uimkit.simulator.card import Card

MSISDN = "3F00/7F10/6F40"
FREE, OCCUPIED = b"\xff" * 13, b"\0" + b"\xff" * 12
TAIL, OTHER = extension_record("21436587"), extension_record("9999")


def card(**options: str | int) -> Card:
    """An empty card of the one-way profile with a mirror of EF_EXT1 and other options of its [oneway] table."""
    made = profile(mirrored=True, **options)
    memory = made.fresh_memory()
    personalised(made.definition, memory)
    return Card(made.product, memory)


def contact(name: str, pointer: int) -> bytes:
    return gsm_record(name, "21436587092143658709", pointer)


def tail_of(on: Card, number: int) -> bytes | None:
    """The tail that real contact ``number`` leads to."""
    pointer = stored(on)[number - 1][-1]
    return None if pointer == 0xFF else stored(on, EXT1)[pointer - 1]


def extend(on: Card, number: int, data: bytes) -> str:
    select(on, EXT1)
    return hand.send(on, 0xDC, number, 4, data)


def extension_read(on: Card, number: int) -> bytes:
    select(on, EXT1)
    return bytes.fromhex(hand.send(on, 0xB2, number, 4, p3=13))[:-2]


def add(on: Card, number: int, data: bytes) -> str:
    select(on, ADN)
    return write(on, number, data)


def fill_real(on: Card, path: str, number: int, data: bytes) -> None:
    position = on.product.definition.index[path]
    on.memory.write(position, (number - 1) * len(data), data)


def test_v3_a_bound_record_reads_as_occupied_without_content() -> None:
    on = card()
    fill_real(on, EXT1, 2, OTHER)
    assert extension_read(on, 2) == FREE
    assert extend(on, 3, TAIL) == "9000"
    assert extension_read(on, 3) == OCCUPIED
    assert stored(on, EXT1)[0] == TAIL
    on.reset()
    assert extension_read(on, 3) == FREE


@pytest.mark.parametrize("tail_first", [True, False])
def test_w6_pointers_are_translated_in_either_order_of_writing(tail_first: bool) -> None:
    on = card()
    fill_real(on, EXT1, 1, OTHER)
    fill_real(on, ADN, 1, contact("Old", 1))
    steps = [lambda: extend(on, 5, TAIL), lambda: add(on, 7, contact("Li", 5))]
    for step in steps if tail_first else reversed(steps):
        assert step() == "9000"
    assert stored(on)[1][:-1] == contact("Li", 5)[:-1]
    assert stored(on)[1][-1] == 2
    assert tail_of(on, 2) == TAIL
    assert tail_of(on, 1) == OTHER


def test_w6_a_waiting_pointer_is_ff_until_its_target_is_written_in_one_transaction() -> None:
    on = card()
    add(on, 1, contact("Li", 5))
    assert stored(on)[0][-1] == 0xFF
    on.memory.forget_changes()
    extend(on, 5, TAIL)
    assert {on.product.definition.files[position].path for position, _, _ in on.memory.changes} >= {ADN, EXT1}
    assert tail_of(on, 1) == TAIL


@pytest.mark.parametrize("pointer", [0, 9, 11, 254])
def test_w6_only_records_bound_in_this_session_can_be_targets(pointer: int) -> None:
    on = card()
    fill_real(on, EXT1, 9, OTHER)
    add(on, 1, contact("Li", pointer))
    assert stored(on)[0][-1] == 0xFF


def test_w6_chains_are_translated_and_a_loop_stays_open_until_it_is_none() -> None:
    on = card()
    extend(on, 1, TAIL[:-1] + b"\x02")
    extend(on, 2, OTHER[:-1] + b"\x01")
    assert [record[-1] for record in stored(on, EXT1)[:2]] == [0xFF, 1]  # the one that waited would close the loop
    extend(on, 2, OTHER[:-1] + b"\xff")
    assert [record[-1] for record in stored(on, EXT1)[:2]] == [2, 0xFF]  # and waits no longer
    extend(on, 1, TAIL[:-1] + b"\xff")
    extend(on, 2, OTHER[:-1] + b"\x01")
    add(on, 1, contact("Li", 2))
    assert tail_of(on, 1) == OTHER[:-1] + b"\x01"


def test_w6_a_pointer_that_would_close_a_loop_never_comes_to_mean_what_is_written_there_later() -> None:
    """The tail that names itself is given up while a contact needs it; the mirror record then gets another's tail."""
    on = card()
    assert add(on, 1, contact("Anna", 1)) == "9000"
    own = TAIL[:-1] + b"\x01"
    assert [extend(on, 1, data) for data in (own, FREE, OTHER)] == ["9000"] * 3
    assert tail_of(on, 1) == TAIL[:-1] + b"\xff"
    assert add(on, 2, contact("Li", 1)) == "9000"
    assert tail_of(on, 2) == OTHER


def test_w6_a_pointer_to_an_erased_tail_leads_to_what_is_written_there_now() -> None:
    """Tails 1 and 2 name each other. Tail 2 is given up and written anew; when no contact names it, it is erased."""
    on = card()
    assert add(on, 1, contact("Anna", 2)) == "9000"
    assert [extend(on, 1, TAIL[:-1] + b"\x02"), extend(on, 2, OTHER[:-1] + b"\x01")] == ["9000"] * 2
    assert [extend(on, 2, FREE), extend(on, 2, OTHER)] == ["9000"] * 2
    assert [record[-1] for record in stored(on, EXT1)[:3]] == [0xFF, 1, 0xFF]
    assert add(on, 1, contact("Anna", 1)) == "9000"
    assert stored(on, EXT1)[1] == FREE
    assert [record[-1] for record in stored(on, EXT1)[:3]] == [3, 0xFF, 0xFF]


def test_w5_a_bound_record_is_edited_in_place_however_often_it_was_looked_at() -> None:
    on = card()
    extend(on, 4, TAIL)
    assert extension_read(on, 4) == OCCUPIED
    extend(on, 4, OTHER)
    assert stored(on, EXT1)[:2] == [OTHER, FREE]


def test_w5_a_blank_write_erases_only_what_nothing_names() -> None:
    on = card()
    extend(on, 4, TAIL)
    add(on, 1, contact("Li", 4))
    assert extend(on, 4, FREE) == "9000"
    assert tail_of(on, 1) == TAIL  # the standard's purge must not erase a live tail
    assert extension_read(on, 4) == FREE
    extend(on, 4, OTHER)
    assert tail_of(on, 1) == TAIL
    assert add(on, 1, contact("Li", 4)) == "9000"  # its last referrer is rewritten
    assert tail_of(on, 1) == OTHER
    assert TAIL not in stored(on, EXT1)


def test_w5_the_tail_goes_with_the_last_contact_that_names_it() -> None:
    on = card()
    extend(on, 4, TAIL)
    add(on, 1, contact("Li", 4))
    add(on, 2, contact("Bob", 4))
    extend(on, 4, FREE)
    add(on, 1, BLANK)
    assert tail_of(on, 2) == TAIL
    add(on, 2, BLANK)
    assert stored(on)[:2] == [BLANK, BLANK]
    assert stored(on, EXT1)[0] == FREE


@pytest.mark.parametrize("path", [ADN, LND])
def test_w5_a_blank_record_that_something_names_is_not_free(path: str) -> None:
    on = card()
    fill_real(on, path, 3, contact("Old", 1))
    extend(on, 4, TAIL)
    assert stored(on, EXT1)[:2] == [FREE, TAIL]


def test_v4_seek_runs_on_the_mirror_of_ext1() -> None:
    on = card()
    fill_real(on, EXT1, 2, OTHER)
    extend(on, 3, TAIL)
    assert hand.seek(on, b"\xff", 0x10) == "9F01"
    assert hand.send(on, 0xC0, p3=1) == "019000"
    assert hand.seek(on, b"\x00\xff", 0x10) == "9F01"
    assert hand.send(on, 0xC0, p3=1) == "039000"
    assert {hand.seek(on, data[:3]) for data in (TAIL, OTHER)} == {"9404"}


def test_w5_a_blank_write_to_a_free_record_does_nothing_and_a_full_file_is_92_40() -> None:
    on = card()
    assert extend(on, 1, FREE) == "9000"
    for number in range(1, 11):
        assert extend(on, number, TAIL) == "9000"
        add(on, number, contact(f"N{number}", number))
    on.reset()
    before = stored(on, EXT1)
    assert extend(on, 1, OTHER) == "9240"
    assert stored(on, EXT1) == before


def test_w7_a_record_nothing_ever_named_counts_as_free_after_a_reset() -> None:
    on = card()
    for _ in range(30):
        assert extend(on, 1, TAIL) == "9000"
        on.reset()
    assert stored(on, EXT1).count(TAIL) == 1
    extend(on, 1, OTHER)
    add(on, 1, contact("Li", 1))
    on.reset()
    extend(on, 1, TAIL)
    assert tail_of(on, 1) == OTHER


def test_w7_what_a_cdma_phone_writes_is_no_orphan() -> None:
    on = card()
    extend(on, 1, TAIL)
    on.reset()
    hand.latch(on)
    extend(on, 1, OTHER)
    on.reset()
    extend(on, 1, TAIL)
    assert stored(on, EXT1)[:2] == [OTHER, TAIL]


@pytest.mark.parametrize("cdma", [False, True])
def test_v8_msisdn_is_kept_without_extension_pointers(cdma: bool) -> None:
    on = card()
    if cdma:
        hand.latch(on)
    select(on, MSISDN)
    assert write(on, 1, contact("Own", 3)) == "9000"
    assert read(on, 1) == (contact("Own", 3)[:-1] + b"\xff").hex().upper() + "9000"


def test_v8_a_hidden_msisdn_is_kept_without_extension_pointers_too() -> None:
    made = profile(hidden=[MSISDN])
    on = Card(made.product, made.fresh_memory())
    hand.latch(on)
    assert select(on, MSISDN) == "9F0F"
    assert write(on, 1, contact("Own", 3)) == "9000"
    assert read(on, 1) == (contact("Own", 3)[:-1] + b"\xff").hex().upper() + "9000"


def test_v6_readback_session_shows_what_this_session_sent_byte_for_byte() -> None:
    on = card(readback="session")
    fill_real(on, ADN, 1, ANNA)
    sent = contact("Li", 5)
    add(on, 3, sent)
    extend(on, 5, TAIL)
    select(on, ADN)
    assert read(on, 3) == sent.hex().upper() + "9000"  # the pointer as sent, not the stored one
    assert read(on, 1) == blank_answer()
    assert extension_read(on, 5) == TAIL
    assert add(on, 3, BOB) == "9000"  # W3 and W4 do not exist: an edit after a look is an edit
    assert stored(on)[:3] == [ANNA, BOB, BLANK]
    assert add(on, 3, BLANK) == "9000"
    assert add(on, 3, ZHANG) == "9000"
    assert read(on, 3) == ZHANG.hex().upper() + "9000"
    assert add(on, 3, LI) == "9000"
    assert stored(on)[:3] == [ANNA, LI, BLANK]
    on.reset()
    select(on, ADN)
    assert read(on, 3) == blank_answer()


def test_v6_the_session_profile_is_exact_for_a_phone_that_checks_what_it_wrote() -> None:
    on = hand.new_card("china-telecom-oneway-session")
    fill_real(on, ADN, 1, ANNA)
    add(on, 1, BOB)
    for sent in (LI, ZHANG, LI):  # looks, edits, looks again: never a second copy
        assert add(on, 1, sent) == "9000"
        assert read(on, 1) == sent.hex().upper() + "9000"
        assert stored(on)[:3] == [ANNA, sent, BLANK]
    assert hand.seek(on, LI[:7], 0x10) == "9F01"
    assert hand.seek(on, ANNA[:4]) == "9404"
    assert add(on, 1, BLANK) == "9000"
    assert stored(on)[:2] == [ANNA, BLANK]
    add(on, 1, LI)
    on.reset()
    select(on, ADN)
    assert {read(on, n) for n in range(1, 251)} == {blank_answer()}


def test_v6_the_session_profile_shows_contacts_and_tails_as_sent_and_only_to_their_session() -> None:
    on = hand.new_card("china-telecom-oneway-session")
    fill_real(on, EXT1, 1, OTHER)
    fill_real(on, ADN, 1, contact("Old", 1))
    extend(on, 1, TAIL)
    add(on, 1, contact("Li", 1))
    assert extension_read(on, 1) == TAIL
    select(on, ADN)
    assert read(on, 1) == contact("Li", 1).hex().upper() + "9000"
    assert (tail_of(on, 1), tail_of(on, 2)) == (OTHER, TAIL)
    on.reset()
    assert extension_read(on, 1) == FREE


def test_v2_read_deny_refuses_read_and_seek_says_so_in_the_header_and_is_no_look() -> None:
    on = card(read="deny")
    for path in (ADN, EXT1):
        assert hand.header(on, path)[16] == "F"
        select(on, path)
        assert hand.send(on, 0xB2, 1, 4, p3=28 if path == ADN else 13) == "9804"
    select(on, ADN)
    assert hand.seek(on, b"\xff") == "9804"
    hand.latch(on)
    assert on.side is Side.CDMA
    assert hand.header(on, ADN)[16] == "1"
    on.reset()
    assert add(on, 1, LI) == "9000"
    assert read(on, 1) == "9804"
    assert add(on, 1, ANNA) == "9000"
    assert stored(on)[:2] == [ANNA, BLANK]


def test_w10_inbox_writes_land_in_the_reserved_records_only() -> None:
    on = card(write="inbox", inbox_adn=2, inbox_ext1=1)
    assert add(on, 1, contact("Li", 1)) == "9000"
    assert extend(on, 1, TAIL) == "9000"
    assert stored(on)[248][:-1] == contact("Li", 1)[:-1]
    assert tail_of(on, 249) == TAIL
    assert stored(on, EXT1)[9] == TAIL
    assert add(on, 2, BOB) == "9000"
    assert add(on, 3, ZHANG) == "9240"
    assert extend(on, 2, OTHER) == "9240"
    on.reset()
    hand.latch(on)
    assert add(on, 250, ANNA) == "9000"  # a CDMA phone edits
    assert add(on, 250, BLANK) == "9000"  # and deletes
    assert add(on, 250, ANNA) == "9240"  # but does not fill a reserved record
    assert add(on, 1, ANNA) == "9000"
    assert extend(on, 10, FREE) == "9000"
    assert extend(on, 10, OTHER) == "9240"
    assert extend(on, 1, OTHER) == "9000"


def test_w10_direct_overwrites_somebodys_contact() -> None:
    on = card(write="direct")
    fill_real(on, ADN, 1, ANNA)
    select(on, ADN)
    assert read(on, 1) == blank_answer()
    assert write(on, 1, LI) == "9000"
    assert stored(on)[0] == LI


def test_s2_late_latch_allow_lets_a_phone_that_saw_blanks_overwrite() -> None:
    on = card(late_latch="allow")
    fill_real(on, ADN, 1, ANNA)
    select(on, ADN)
    assert read(on, 1) == blank_answer()
    hand.latch(on)
    assert on.side is Side.CDMA
    assert add(on, 1, LI) == "9000"
    assert stored(on)[0] == LI


def test_a_reserve_without_inbox_is_a_bad_profile() -> None:
    with pytest.raises(InputError, match=r"oneway\.inbox_adn"):
        card(inbox_adn=5)


def test_a_snapshot_holds_the_bindings_of_both_mirrors() -> None:
    on = card()
    add(on, 1, contact("Li", 5))
    before = on.snapshot()
    extend(on, 5, TAIL)
    extend(on, 6, OTHER)
    after = on.snapshot()
    on.restore(before)
    assert on.snapshot() == before
    extend(on, 5, TAIL)
    extend(on, 6, OTHER)
    assert on.snapshot() == after
    assert hash(after) != hash(before)
