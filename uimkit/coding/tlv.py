"""BER-TLV with definite lengths, strictly: nothing is skipped but filler, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable

from uimkit.coding.errors import CodecError

Item = tuple[int, bytes]


def read_tlv(data: bytes, fill: int = 0xFF) -> list[Item]:
    """The tags and values in order, up to the filler; raises CodecError for bytes that are not BER-TLV."""
    found = []
    at = 0
    while at < len(data) and data[at] != fill:
        tag, at = _read_tag(data, at)
        length, at = _read_length(data, at)
        if at + length > len(data):
            raise CodecError(f"tag {tag:02X}: {length} bytes announced, {len(data) - at} are there")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _read_tag(data: bytes, at: int) -> tuple[int, int]:
    tag = data[at]
    at += 1
    if tag & 0x1F != 0x1F:
        return tag, at
    while at < len(data):
        tag = tag << 8 | data[at]
        at += 1
        if not tag & 0x80:
            return tag, at
    raise CodecError("the bytes end within a tag")


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise CodecError("the bytes end before a length")
    first, at = data[at], at + 1
    if first < 0x80:
        return first, at
    size = first & 0x7F
    if not 1 <= size <= 3 or at + size > len(data):
        raise CodecError(f"length {first:02X} is not definite or is cut off")
    return int.from_bytes(data[at : at + size], "big"), at + size


def write_tlv(tlvs: Iterable[Item]) -> bytes:
    """The items in order, with the shortest lengths."""
    return b"".join(_tag_bytes(tag) + _length_bytes(len(value)) + value for tag, value in tlvs)


def _tag_bytes(tag: int) -> bytes:
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")


def _length_bytes(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")
