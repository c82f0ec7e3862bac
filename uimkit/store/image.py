"""The bytes of a card image: product and memory, then a journal with one record for each command that wrote.

Pure: no file is opened here. docs/image-format.md is the table of the format. All integers are big-endian.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from uimkit.card.definition import CardDefinition
from uimkit.card.memory import Change, Contents, Memory, applied, decode_changes, encode_changes
from uimkit.errors import InputError
from uimkit.oneway.policy import Policy
from uimkit.simulator.product import Blueprint, Product
from uimkit.store.consistency import check_memory, check_product

MAGIC = b"UIMKIT"
VERSION = 1

_START = struct.Struct(">6sH")
_SECTION = struct.Struct(">I32s")  # length, SHA-256
_RECORD = struct.Struct(">II")  # length of the payload, CRC-32 of that length
_CHECK = struct.Struct(">I")
_END = b"\xa5"  # not 00, so that zeros at the end of the file are room the system gave and never filled


class Journal(NamedTuple):
    """Where the journal stands: ``start`` and ``end`` are offsets in bytes, ``link`` starts the next record's CRC."""

    start: int
    end: int
    link: int


class Image(NamedTuple):
    """A decoded card image; ``memory`` has every whole record of the journal carried out."""

    product: Product
    memory: Memory
    journal: Journal


@dataclass(frozen=True, slots=True)
class _Blueprint:
    definition: dict[str, Any]
    policy: Policy


@dataclass(frozen=True, slots=True)
class _Header:
    definition: dict[str, Any]
    policy: Policy
    blueprint: _Blueprint | None = None


def encode_image(product: Product, memory: Contents) -> bytes:
    """A card as an image with an empty journal; equal cards give equal bytes.

    Raises ValueError when product and memory do not belong together.
    """
    check_product(product)
    check_memory(product, memory)
    header = msgspec.json.encode(_header(product), order="deterministic")
    sections = (header, bytes(memory.flags) + b"".join(memory.contents))
    return _START.pack(MAGIC, VERSION) + b"".join(
        _SECTION.pack(len(section), hashlib.sha256(section).digest()) + section for section in sections
    )


def _header(product: Product) -> dict[str, Any]:
    header = {"definition": _builtins(product.definition), "policy": product.policy}
    plan = product.blueprint
    return header if plan is None else {**header, "blueprint": _Blueprint(_builtins(plan.definition), plan.policy)}


def _builtins(definition: CardDefinition) -> dict[str, Any]:
    return {**msgspec.to_builtins(definition), "atr": definition.atr.hex().upper()}


def encode_record(changes: Iterable[Change], link: int) -> tuple[bytes, int]:
    """The changes of one command as a journal record, and the link of the record after it."""
    payload = encode_changes(changes)
    length = _CHECK.pack(len(payload))
    check = crc32(length, link)
    link = crc32(payload, check)
    return _RECORD.pack(len(payload), check) + payload + _CHECK.pack(link) + _END, link


def decode_image(raw: bytes, where: str = "card image") -> Image:
    """Read an image and carry out its journal; a torn last record is left out and ``journal.end`` is where it begins.

    Raises InputError, its line beginning with ``where``, for anything that is no sound image.
    """
    if len(raw) < _START.size or not raw.startswith(MAGIC):
        raise InputError(f"not a card image: expected a file that begins with {MAGIC.decode()}", where)
    version = _START.unpack_from(raw)[1]
    if version != VERSION:
        raise InputError(f"image format version {version} at offset 6, expected {VERSION}", where)
    header, at = _section(raw, _START.size, "header", where)
    state, start = _section(raw, at, "memory", where)
    try:
        product = _product(header)
        memory = _memory(product, state)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the image contradicts itself: {error}", where) from None
    return Image(product, memory, _replay(raw, start, memory, where))


def _section(raw: bytes, at: int, name: str, where: str) -> tuple[bytes, int]:
    """A section's data and the offset behind it."""
    data = at + _SECTION.size
    if data > len(raw):
        raise InputError(f"the {name} section at offset {at} is cut off", where)
    length, digest = _SECTION.unpack_from(raw, at)
    section = raw[data : data + length]
    if len(section) != length:
        raise InputError(f"the {name} section at offset {at} is cut off: expected {length} bytes of data", where)
    if hashlib.sha256(section).digest() != digest:
        raise InputError(f"the {name} section at offset {at} is damaged: its SHA-256 does not match", where)
    return section, data + length


def _product(section: bytes) -> Product:
    header = msgspec.json.decode(section, type=_Header)
    plan = header.blueprint
    blueprint = None if plan is None else Blueprint(_definition(plan.definition), plan.policy)
    product = Product(_definition(header.definition), header.policy, blueprint)
    check_product(product)
    return product


def _definition(builtins: dict[str, Any]) -> CardDefinition:
    atr = bytes.fromhex(str(builtins.get("atr")))
    return msgspec.convert({**builtins, "atr": atr}, CardDefinition)


def _memory(product: Product, section: bytes) -> Memory:
    files = product.definition.files
    contents = []
    at = len(files)
    for file in files:
        contents.append(section[at : at + file.stored])
        at += file.stored
    if at != len(section):
        raise ValueError(f"the memory section has {len(section)} bytes, its files need {at}")
    memory = Memory(contents, section[: len(files)])
    check_memory(product, memory)
    return memory


def _replay(raw: bytes, start: int, memory: Memory, where: str) -> Journal:
    """Carry out the whole records; a record cut off by the end of the file was never acknowledged."""
    stop = start + len(raw[start:].rstrip(b"\0"))
    at, link = start, crc32(raw[:start])
    while at + _RECORD.size <= stop:
        length, check = _RECORD.unpack_from(raw, at)
        if crc32(_CHECK.pack(length), link) != check:
            raise InputError(f"the journal record at offset {at} is damaged: its head does not match its CRC", where)
        tail = at + _RECORD.size + length
        after = tail + _CHECK.size + len(_END)
        if after > stop:
            break
        payload = raw[at + _RECORD.size : tail]
        link = crc32(payload, check)
        if raw[tail:after] != _CHECK.pack(link) + _END:
            raise InputError(f"the journal record at offset {at} is damaged: its data do not match their CRC", where)
        try:
            memory.restore(applied(memory.snapshot(), decode_changes(payload)))
        except ValueError as error:
            raise InputError(f"the journal record at offset {at} does not fit the card: {error}", where) from None
        at = after
    return Journal(start, at, link)
