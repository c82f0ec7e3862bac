"""V9: a protected file of short messages has a blank and a free rule of its own; W1 to W4 go by them."""

from __future__ import annotations

import pytest

from tests.oneway import handset as hand
from tests.oneway.twins import ADN, EXT1, LND, body, gsm_record, split
from uimkit.files.catalogue import by_path
from uimkit.files.spec import Blank
from uimkit.oneway.policy import Side
from uimkit.profile.access import access_matrix
from uimkit.profile.build import CardProfile
from uimkit.profile.checks import check_profile
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card
from uimkit.store.image import decode_image, encode_image

GSM, CDMA = "3F00/7F10/6F3C", "3F00/7F25/6F3C"
LENGTH = {GSM: 176, CDMA: 255}
READ_BY_NOBODY_YET, READ, TO_BE_SENT = 0x03, 0x01, 0x07


def protecting(**options: str) -> CardProfile:
    protected = ", ".join(f'"{path}"' for path in (ADN, LND, EXT1, GSM, CDMA))
    lines = [f"protected = [{protected}]", *(f'{name} = "{value}"' for name, value in options.items())]
    text = "\n".join(['extends = "china-telecom-oneway"', 'title = "with messages"', "", "[oneway]", *lines])
    return parse_profile(text, "messages.toml", "messages")


def message(text: bytes, path: str, status: int = READ_BY_NOBODY_YET) -> bytes:
    """Invented octets behind a status byte; the last one is no FF, and no extension pointer."""
    return (bytes((status,)) + text).ljust(LENGTH[path] - 1, b"\xff") + b"\x05"


def blank(path: str) -> bytes:
    return b"\0" + b"\xff" * (LENGTH[path] - 1)


def card(path: str, *messages: bytes, **options: str) -> Card:
    """A finished card in a GSM phone that has selected the file; ``messages`` stand at its start."""
    on = hand.fresh(protecting(**options), finished=True)
    on.memory.write(on.product.definition.index[path], 0, b"".join(messages))
    on.memory.forget_changes()
    hand.select(on, path)
    return on


def stored(on: Card, path: str) -> list[bytes]:
    return split(body(on.memory, on, path), LENGTH[path])


def read(on: Card, path: str, number: int) -> bytes:
    answer = bytes.fromhex(hand.send(on, 0xB2, number, 4, p3=LENGTH[path]))
    assert answer[-2:] == b"\x90\x00"
    return answer[:-2]


PATHS = pytest.mark.parametrize("path", [GSM, CDMA])


@PATHS
def test_v9_messages_are_not_mirrored_unless_the_profile_says_so(path: str) -> None:
    assert path not in load_profile("china-telecom-oneway").product.policy.protected
    assert path not in load_profile("china-telecom-oneway-session").product.policy.protected


@PATHS
def test_v9_the_file_declares_its_blank_and_its_free_rule(path: str) -> None:
    spec = by_path(path)
    assert spec is not None
    assert spec.blank == Blank("00(FF)*", "01(00)*")
    profile = protecting()
    assert profile.definition.files[profile.definition.index[path]].blank == spec.blank
    assert check_profile(profile) == []


@PATHS
def test_v9_every_message_reads_as_a_free_record_and_is_found_by_no_seek(path: str) -> None:
    on = card(path, message(b"hello", path), message(b"again", path, TO_BE_SENT))
    assert {read(on, path, n) for n in range(1, 11)} == {blank(path)}
    assert hand.seek(on, b"\x03hello") == "9404"
    assert hand.seek(on, b"\x00\xff", 0x10) == "9F01"
    hand.latch(on)
    assert on.side is Side.RESTRICTED, "a look at a message is a use (S2)"
    on.reset()
    hand.latch(on)
    hand.select(on, path)
    assert read(on, path, 1) == message(b"hello", path)


@PATHS
def test_v9_w1_a_message_lands_in_the_lowest_record_whose_status_says_free(path: str) -> None:
    """Status bit 1 alone tells: a deleted message keeps its octets, and a message may be anything."""
    deleted = message(b"deleted", path, 0x00)
    odd = message(b"deleted", path, 0xFE)
    on = card(path, message(b"old", path), deleted, odd)
    for number, text in ((9, b"one"), (4, b"two"), (1, b"three")):
        hand.select(on, path)
        assert hand.write(on, number, message(text, path)) == "9000"
    new = [message(text, path) for text in (b"one", b"two", b"three")]
    assert stored(on, path)[:5] == [message(b"old", path), *new, blank(path)]


@PATHS
def test_v9_w1_a_full_file_is_92_40_and_a_blank_write_harms_nothing(path: str) -> None:
    full = [message(bytes((n,)), path) for n in range(10)]
    on = card(path, *full)
    assert hand.write(on, 1, message(b"more", path)) == "9240"
    for number in range(1, 11):
        assert hand.write(on, number, blank(path)) == "9000"
        assert hand.write(on, number, message(b"x", path, 0x00)) == "9000"
    assert stored(on, path) == full
    assert on.memory.changes == ()


@PATHS
def test_v9_w2_a_message_just_written_is_edited_and_deleted_in_place(path: str) -> None:
    on = card(path, message(b"old", path))
    assert hand.write(on, 5, message(b"new", path)) == "9000"
    assert hand.write(on, 5, message(b"new", path, READ)) == "9000"
    assert stored(on, path)[1] == message(b"new", path, READ)
    assert hand.write(on, 5, message(b"new", path, 0x00)) == "9000"
    assert stored(on, path)[:2] == [message(b"old", path), blank(path)]


@PATHS
def test_v9_w3_w4_a_message_seen_free_is_never_edited_or_deleted(path: str) -> None:
    on = card(path)
    first, second, third = (message(text, path) for text in (b"1", b"2", b"3"))
    assert hand.write(on, 1, first) == "9000"
    read(on, path, 1)
    assert hand.write(on, 1, first) == "9000"
    assert hand.write(on, 1, blank(path)) == "9000"
    assert stored(on, path)[:2] == [first, blank(path)]
    for data in (second, third):
        assert hand.write(on, 1, data) == "9000"
    assert stored(on, path)[:4] == [first, second, third, blank(path)]


@PATHS
def test_v9_a_message_is_stored_as_sent_to_the_last_byte(path: str) -> None:
    on = card(path)
    hand.select(on, EXT1)
    hand.send(on, 0xDC, 5, 4, b"\x02\x01\x21" + b"\xff" * 10)
    hand.select(on, path)
    assert hand.write(on, 1, message(b"no pointer", path)) == "9000"
    assert stored(on, path)[0][-1] == 5
    assert body(on.memory, on, "#orphans")[0], "nothing names the extension record"


@PATHS
def test_v9_a_reset_forgets_the_bindings_of_messages(path: str) -> None:
    on = card(path)
    hand.write(on, 3, message(b"1", path))
    on.reset()
    hand.select(on, path)
    assert hand.write(on, 3, blank(path)) == "9000"
    assert hand.write(on, 3, message(b"2", path)) == "9000"
    assert stored(on, path)[:2] == [message(b"1", path), message(b"2", path)]


@PATHS
def test_v9_v6_with_readback_session_a_phone_sees_its_own_messages(path: str) -> None:
    on = card(path, message(b"old", path), readback="session")
    assert hand.write(on, 2, message(b"new", path)) == "9000"
    assert [read(on, path, n) for n in (1, 2, 3)] == [blank(path), message(b"new", path), blank(path)]
    assert hand.write(on, 2, message(b"new", path, READ)) == "9000"
    assert stored(on, path)[:3] == [message(b"old", path), message(b"new", path, READ), blank(path)]


def test_v9_w10_direct_writes_messages_over_messages() -> None:
    on = card(GSM, message(b"old", GSM), write="direct")
    assert read(on, GSM, 1) == blank(GSM)
    assert hand.write(on, 1, message(b"new", GSM)) == "9000"
    assert stored(on, GSM)[0] == message(b"new", GSM)


def test_v9_messages_and_contacts_do_not_meet() -> None:
    on = card(GSM)
    hand.write(on, 1, message(b"1", GSM))
    hand.select(on, ADN)
    assert hand.write(on, 1, gsm_record("Li", "1")) == "9000"
    assert hand.stored(on)[0] == gsm_record("Li", "1")
    hand.select(on, CDMA)
    assert hand.write(on, 1, message(b"1", CDMA)) == "9000"
    assert [stored(on, path)[1] for path in (GSM, CDMA)] == [blank(GSM), blank(CDMA)]


@PATHS
def test_v9_p1_the_answers_do_not_depend_on_messages(path: str) -> None:
    """As many free records, everything else different."""
    left = card(path, *(message(bytes((n,)) * 40, path) for n in range(7)))
    right = card(path, *([blank(path)] * 3), *(message(b"other", path, TO_BE_SENT) for _ in range(7)))
    for number in (1, 2, 2, 3, 9, 4, 1):
        for on in (left, right):
            hand.select(on, path)
        assert read(left, path, number) == read(right, path, number)
        new = message(bytes((number,)), path)
        assert hand.write(left, number, new) == hand.write(right, number, new)
        assert hand.seek(left, b"\x03") == hand.seek(right, b"\x03") == "9404"
    assert hand.write(left, 8, message(b"last", path)) == hand.write(right, 8, message(b"last", path)) == "9240"


def test_v9_an_image_knows_the_blank_of_its_files() -> None:
    on = card(GSM)
    image = decode_image(encode_image(on.product, on.memory))
    assert image.product == on.product


def test_v9_the_access_matrix_shows_the_mirror_of_messages() -> None:
    rows = {(row.path, row.side): row for row in access_matrix(protecting())}
    assert rows[GSM, Side.RESTRICTED].effects["read"] == "CHV1: blank"
    assert rows[GSM, Side.RESTRICTED].effects["update"] == "CHV1: a free record"


@pytest.mark.parametrize(
    ("blank", "length", "record", "mask"),
    [
        (Blank(), 4, "FFFFFFFF", "FFFFFF00"),
        (Blank("00(FF)*", "01(00)*"), 3, "00FFFF", "010000"),
        (Blank("(FF)*", "(FF)*"), 2, "FFFF", "FFFF"),
        (Blank("00(12)*34"), 1, "34", "00"),
        (Blank("0011"), 3, "0011FF", "FFFF00"),
    ],
)
def test_a_blank_is_a_pattern_for_any_length(blank: Blank, length: int, record: str, mask: str) -> None:
    assert (blank.record(length).hex().upper(), blank.mask(length).hex().upper()) == (record, mask)


@pytest.mark.parametrize("pattern", ["0", "(FF)", "FF)*", "(FF)*(00)*", "xx"])
def test_a_blank_that_is_no_pattern_is_refused(pattern: str) -> None:
    for given in ({"fill": pattern}, {"told_by": pattern}):
        with pytest.raises(ValueError, match="hex digits"):
            Blank(**given)
