"""The files of a card with their decoded contents: of an image as it is, or as one side sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.difference import MASKED
from uimkit.card.memory import REAL_VALID, Contents
from uimkit.coding.errors import CodecError
from uimkit.files import catalogue
from uimkit.files.spec import Value
from uimkit.profile.summary import access_names
from uimkit.simulator.card import Card
from uimkit.transport.terminal import CardRefused, Terminal

Side = Literal["raw", "cdma", "gsm"]

_IDENTITY = ("3F00/7F25/6F32", "3F00/7F25/6F22")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """One file. ``hex`` is the body of a transparent EF, ``records`` those of a record EF; both None when hidden."""

    path: str
    name: str
    structure: str
    size: int
    record_length: int
    access: dict[str, str]
    hex: str | None = None
    records: list[str] | None = None
    decoded: Value = None
    note: str | None = None
    """Why there is no content: secret, not readable, or what could not be decoded; or that it is invalidated."""


def raw_contents(definition: CardDefinition, memory: Contents) -> list[FileContent]:
    """Every file of an image as it is stored; codes and keys are masked."""
    return [
        _content(
            file,
            None if file.secret else memory.contents[store],
            MASKED if file.secret else None if memory.flags[store] & REAL_VALID else "invalidated",
        )
        for file, store in zip(definition.files, definition.stores, strict=True)
    ]


def seen_contents(card: Card, side: Side) -> list[FileContent]:
    """The files as a phone of that side reads them, by playing its commands on ``card``.

    A CDMA phone reads EF_CST and EF_IMSI_M first; a GSM phone shows no such evidence. CHV1 is not presented.
    """
    if side == "raw":
        return raw_contents(card.product.definition, card.memory)
    terminal = Terminal(card)
    terminal.reset()
    if side == "cdma":
        for path in _IDENTITY:
            response = terminal.try_select(path)
            if response.ok:
                terminal.read_binary_part(0, 1)
    evidence = set() if side == "cdma" else set(_IDENTITY)
    return [
        _seen(terminal, file, skip=file.path in evidence) for file in card.product.definition.files if file.selectable
    ]


def _seen(terminal: Terminal, file: FileDef, *, skip: bool) -> FileContent:
    if not file.is_ef:
        return _content(file, None, None)
    if skip:
        return _content(file, None, "not read: a GSM phone does not")
    try:
        _, body = terminal.read_file(file.path)
    except CardRefused as refused:
        return _content(file, None, f"answered {refused.sw:04X}")
    return _content(file, body if isinstance(body, bytes) else b"".join(body), None)


def _content(file: FileDef, body: bytes | None, note: str | None) -> FileContent:
    shown: str | None = None
    records: list[str] | None = None
    decoded: Value = None
    if file.is_ef and body is not None:
        decoded, problem = decode(file.same_as or file.path, body, file.record_length)
        note = note or problem
        if file.record_length:
            records = [record.hex().upper() for record in split(body, file.record_length)]
        else:
            shown = body.hex().upper()
    return FileContent(
        path=file.path,
        name=file.name,
        structure=str(file.structure),
        size=file.size,
        record_length=file.record_length,
        access=access_names(file),
        hex=shown,
        records=records,
        decoded=decoded,
        note=note,
    )


def decode(path: str, body: bytes, record_length: int) -> tuple[Value, str | None]:
    """The value of a body (a list of values for records) by the catalogue, or None and what is wrong with it."""
    spec = catalogue.by_path(path)
    if spec is None or spec.codec is None:
        return None, None
    try:
        if record_length:
            return [spec.codec.decode(record) for record in split(body, record_length)], None
        return spec.codec.decode(body), None
    except CodecError as error:
        return None, f"can not be decoded: {error}"


def split(body: bytes, record_length: int) -> list[bytes]:
    """A body as its records."""
    return [body[i : i + record_length] for i in range(0, len(body), record_length)]
