"""Card images with bytes changed, with and without checksums made right again."""

from __future__ import annotations

import hashlib
import struct
from zlib import crc32

from fuzz.checks import PATH, everything_works, images, one_line
from tests.store.disks import MemoryDisk
from uimkit.errors import InputError
from uimkit.store.file_card import FileCard

_START = 8
_SECTION = struct.Struct(">I32s")
_RIGHT, _SPLICE = 0x80, 0x40


def one_input(data: bytes) -> None:
    """A byte of flags and card, then changes: where (2), how many bytes go (1), how many come (1), those bytes.

    With `_RIGHT` the changes are made in the header, memory and journal as text, and the checksums are right.
    """
    if not data:
        return
    raw = _changed(images()[data[0] & 0x0F and data[0] % len(images())], data[1:], right=bool(data[0] & _RIGHT))
    try:
        card = FileCard(PATH, disk=MemoryDisk({PATH: raw}), dry_run=bool(data[0] & _SPLICE))
    except InputError as error:
        one_line(error)
        return
    with card:
        everything_works(card.card)


def _changed(raw: bytes, changes: bytes, *, right: bool) -> bytes:
    if not right:
        return _splice(raw, changes)
    header, at = _section(raw, _START)
    memory, _ = _section(raw, at)
    text = _splice(header + memory, changes[:-32])
    size = len(text) - len(memory)
    made = raw[:_START] + _sealed(text[:size]) + _sealed(text[size:])
    return made + _record(changes[-32:], crc32(made)) if len(changes) > 32 else made


def _splice(raw: bytes, changes: bytes) -> bytes:
    while len(changes) >= 4:
        where, gone, come = int.from_bytes(changes[:2], "big") % (len(raw) + 1), changes[2], changes[3]
        raw = raw[:where] + changes[4 : 4 + come] + raw[where + gone :]
        changes = changes[4 + come :]
    return raw


def _section(raw: bytes, at: int) -> tuple[bytes, int]:
    length, _ = _SECTION.unpack_from(raw, at)
    start = at + _SECTION.size
    return raw[start : start + length], start + length


def _sealed(data: bytes) -> bytes:
    return _SECTION.pack(len(data), hashlib.sha256(data).digest()) + data


def _record(payload: bytes, link: int) -> bytes:
    length = struct.pack(">I", len(payload))
    check = crc32(length, link)
    return length + struct.pack(">I", check) + payload + struct.pack(">I", crc32(payload, check)) + b"\xa5"
