from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.cards import SELECT_NOTE, make_memory, make_product, state_after, state_of, step
from uimkit.apdu import INS, command
from uimkit.card.codes import chv_bytes
from uimkit.card.memory import encode_changes
from uimkit.errors import InputError
from uimkit.profile.load import load_profile, shipped_profiles
from uimkit.simulator.card import Card
from uimkit.store.file_card import FileCard
from uimkit.store.image import Image, decode_image, encode_image, encode_record

BASE = encode_image(make_product(), make_memory(make_product()))
_HEAD = 8 + 36


def journalled(commands: int) -> tuple[list[bytes], list[int]]:
    """The images after each of the first commands of the sequence, and where each journal ends."""
    product = make_product()
    card = Card(product, make_memory(product))
    card.transmit(SELECT_NOTE)
    raw, link = BASE, crc32(BASE)
    images = [raw]
    for number in range(commands):
        card.transmit(step(number))
        record, link = encode_record(card.memory.changes, link)
        card.memory.forget_changes()
        raw += record
        images.append(raw)
    return images, [len(image) for image in images]


def test_a_fresh_image_gives_back_its_card_and_its_bytes() -> None:
    product, memory, journal = decode_image(BASE)
    assert product == make_product()
    assert memory.snapshot() == make_memory(product).snapshot()
    assert journal.start == journal.end == len(BASE)
    assert encode_image(product, memory) == BASE


def test_equal_cards_give_equal_bytes_in_any_order_of_hashes() -> None:
    product = make_product()
    assert b'"protected":["3F00/7F10/6F39","3F00/7F10/6F3A"]' in BASE
    assert b'"atr":"3B16941122334455"' in BASE
    assert encode_image(product, make_memory(product)) == BASE


def test_the_journal_is_carried_out() -> None:
    images, _ = journalled(5)
    for number, raw in enumerate(images[1:]):
        assert state_of(decode_image(raw).memory) == state_after(number)


def test_a_record_cut_at_any_byte_is_left_out_and_the_one_before_kept() -> None:
    images, ends = journalled(4)
    before = decode_image(images[-2])
    for length in range(ends[-2], ends[-1]):
        for padding in (0, 1, 600):
            image = decode_image(images[-1][:length] + bytes(padding))
            assert image.memory.snapshot() == before.memory.snapshot(), length
            assert image.journal == before.journal


def test_any_flipped_bit_is_noticed() -> None:
    raw = bytearray(journalled(3)[0][-1])
    for at in range(len(raw)):
        for bit in (0x01, 0x80):
            raw[at] ^= bit
            with pytest.raises(InputError, match=r"^card image: "):
                decode_image(bytes(raw))
            raw[at] ^= bit
    decode_image(bytes(raw))


def test_a_record_that_is_missing_or_twice_in_the_middle_is_noticed() -> None:
    images, ends = journalled(4)
    whole = images[-1]
    for wrong in (whole[: ends[1]] + whole[ends[2] :], whole[: ends[2]] + whole[ends[1] :]):
        with pytest.raises(InputError, match=r"journal record at offset \d+ is damaged"):
            decode_image(wrong)


def test_an_error_says_file_offset_and_what() -> None:
    raw = bytearray(BASE)
    raw[_HEAD + 3] ^= 1
    with pytest.raises(InputError, match=r"^a\.uim: the header section at offset 8 is damaged: its SHA-256"):
        decode_image(bytes(raw), "a.uim")
    with pytest.raises(InputError, match=r"^a\.uim: not a card image: expected a file that begins with UIMKIT"):
        decode_image(b"\x89PNG....", "a.uim")
    with pytest.raises(InputError, match=r"^a\.uim: image format version 2 at offset 6, expected 1"):
        decode_image(b"UIMKIT\0\2", "a.uim")


def test_a_record_that_does_not_fit_the_card_is_an_error() -> None:
    for changes in ([(99, 0, b"x")], [(1, 239, b"xy")], [(1, -2, b"x")], [(1, -1, b"xy")]):
        record, _ = encode_record(changes, crc32(BASE))
        with pytest.raises(InputError, match="does not fit the card"):
            decode_image(BASE + record)
    assert len(encode_changes([(1, 0, b"x")])) == 11


@given(st.binary())
def test_arbitrary_bytes_are_an_input_error(raw: bytes) -> None:
    for image in (raw, b"UIMKIT\0\1" + raw):
        with pytest.raises(InputError):
            decode_image(image)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_behind_an_image_are_an_error_or_left_out(tail: bytes) -> None:
    try:
        image = decode_image(BASE + tail)
    except InputError:
        return
    assert image.memory.snapshot() == make_memory(image.product).snapshot()


@given(st.integers(0, len(BASE) - 1))
def test_a_base_cut_off_is_an_error(length: int) -> None:
    with pytest.raises(InputError):
        decode_image(BASE[:length])


def _section(data: bytes) -> bytes:
    return struct.pack(">I32s", len(data), hashlib.sha256(data).digest()) + data


def _with_header(header: object) -> bytes:
    """An image with sound checksums around any header."""
    product = make_product()
    memory = make_memory(product)
    return BASE[:8] + _section(msgspec.json.encode(header)) + _section(bytes(memory.flags) + b"".join(memory.contents))


def _header() -> dict:
    (length,) = struct.unpack_from(">I", BASE, 8)
    return msgspec.json.decode(BASE[_HEAD : _HEAD + length])


JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2**70),
    st.sampled_from(["", "3F00", "3F00/7F10", "3F00/7F10/6F3A", "MF", "cyclic", "zz", "FF"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["path", "1"]), st.sampled_from(["3F00", "x"]), max_size=1),
)


def _places(value: object, at: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] + [place for key, part in inner for place in _places(part, (*at, key))]


PLACES = _places(_header())[1:]


def test_the_header_is_read_as_it_was_written() -> None:
    assert _with_header(_header()) == BASE


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_a_header_with_sound_checksums_and_nonsense_in_it_is_an_error_or_a_card_that_works(
    place: tuple, value: object
) -> None:
    header = _header()
    part = header
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    try:
        image = decode_image(_with_header(header))
    except InputError:
        return
    _try_everything(image)


def _try_everything(image: Image) -> None:
    card = Card(image.product, image.memory)
    for path in image.product.definition.index:
        for fid in path.split("/") if path.startswith("3F00") else ():
            answer = card.transmit(command(INS.SELECT, data=bytes.fromhex(fid)))
            card.transmit(command(INS.GET_RESPONSE, length=answer[1]))
        for ins in (INS.READ_BINARY, INS.READ_RECORD, INS.STATUS, INS.INVALIDATE, INS.REHABILITATE):
            card.transmit(command(ins, length=30))
        card.transmit(command(INS.VERIFY_CHV, 0, 1, chv_bytes("1234")))


def test_json_nested_too_deep_is_an_error() -> None:
    text = b'{"definition":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b'},"policy":{}}'
    with pytest.raises(InputError):
        decode_image(BASE[:8] + _section(text) + _section(b""))


def test_product_and_memory_that_do_not_belong_together_are_not_encoded() -> None:
    product = make_product()
    memory = make_memory(product)
    memory.contents = (memory.contents[0], b"short", *memory.contents[2:])
    with pytest.raises(ValueError, match="sizes"):
        encode_image(product, memory)


def test_an_image_of_a_card_that_was_used_is_compacted_to_the_same_card(image: Path) -> None:
    with FileCard(image) as card:
        card.transmit(SELECT_NOTE)
        for number in range(7):
            card.transmit(step(number))
    raw = image.read_bytes()
    used = decode_image(raw)
    compact = encode_image(used.product, used.memory)
    assert len(compact) < len(raw)
    assert decode_image(compact).memory.snapshot() == used.memory.snapshot()


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_a_card_of_every_shipped_profile_goes_into_an_image_and_out_again(name: str) -> None:
    profile = load_profile(name)
    raw = encode_image(profile.product, profile.fresh_memory())
    image = decode_image(raw)
    assert image.product == profile.product
    assert image.memory.snapshot() == profile.fresh_memory().snapshot()
    assert encode_image(image.product, image.memory) == raw
