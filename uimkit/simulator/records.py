"""READ RECORD, UPDATE RECORD, SEEK, INCREASE and the record pointer (GSM 11.11 8.5 to 8.8, 6.4.2, 6.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.views import View
from uimkit.simulator.answers import OK, response_ready, status, wrong_length

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uimkit.simulator.card import Card
    from uimkit.simulator.session import Session

NEXT, PREVIOUS, ABSOLUTE = 2, 3, 4
_MAX_PATTERN = 16
_GSM_INCREASE_LENGTH = 3


def read(card: Card, file: FileDef, view: View, p1: int, p2: int, p3: int, _data: bytes) -> bytes:
    """READ RECORD in all modes; P1 is looked at in ABSOLUTE mode only (9.2.5)."""
    number = p1 if p1 and p2 == ABSOLUTE else _target(card.session, file, p2)
    if not 0 < number <= file.records:
        return status(SW.OUT_OF_RANGE)
    if p3 != file.record_length:
        return wrong_length(file.record_length)
    view.look(number)
    if p2 != ABSOLUTE:
        card.session.pointer = number
    return view.record(number) + OK


def update(card: Card, file: FileDef, view: View, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """UPDATE RECORD in all modes; on a cyclic EF only PREVIOUS, which writes the oldest record (8.6)."""
    if file.structure is Structure.CYCLIC:
        return _update_cyclic(card, file, view, p2, p3, data)
    number = p1 if p1 and p2 == ABSOLUTE else _target(card.session, file, p2)
    if not 0 < number <= file.records:
        return status(SW.OUT_OF_RANGE)
    if p3 != file.record_length:
        return wrong_length(file.record_length)
    sw = view.update_record(number, data)
    if sw == SW.OK and p2 != ABSOLUTE:
        card.session.pointer = number
    return status(sw)


def _update_cyclic(card: Card, file: FileDef, view: View, p2: int, p3: int, data: bytes) -> bytes:
    if p2 != PREVIOUS:
        return status(card.product.definition.choices.cyclic_update_mode_sw)
    if p3 != file.record_length:
        return wrong_length(file.record_length)
    sw = view.push_record(data)
    if sw == SW.OK:
        card.session.pointer = 1
    return status(sw)


def _target(session: Session, file: FileDef, mode: int) -> int:
    """The record that is current, next or previous; it may be outside the file (94 02), of a cyclic EF never is."""
    pointer = session.pointer
    if mode == ABSOLUTE:
        return pointer
    number = pointer + 1 if mode == NEXT else _before(pointer, file.records)
    return (number - 1) % file.records + 1 if file.structure is Structure.CYCLIC else number


def _before(pointer: int, last: int) -> int:
    return pointer - 1 if pointer else last


def seek(card: Card, file: FileDef, view: View, _p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """SEEK, both types, all modes, on what this side sees (8.7, V4). A pattern of a wrong length is 67 00 (A13)."""
    if p3 > min(_MAX_PATTERN, file.record_length):
        return wrong_length()
    for number in _seek_order(card.session.pointer, file.records, p2 & 0x0F):
        if view.record(number).startswith(data):
            view.look(number)
            card.session.pointer = number
            return _found(card, number) if p2 & 0x10 else OK
    view.look(None)
    return status(SW.NOT_FOUND)


def _found(card: Card, number: int) -> bytes:
    card.session.pending = bytes((number,))
    return response_ready(1)


def _seek_order(pointer: int, last: int, mode: int) -> Iterable[int]:
    """Record numbers in the order of the mode: from the beginning, from the end, from the next, from the previous."""
    if mode == 0:
        return range(1, last + 1)
    if mode == 1:
        return range(last, 0, -1)
    if mode == 2:
        return range(pointer + 1, last + 1)
    return range(_before(pointer, last), 0, -1)


def increase(card: Card, file: FileDef, view: View, _p1: int, _p2: int, p3: int, data: bytes) -> bytes:
    """INCREASE: value plus newest record goes into the oldest (8.8).

    The value has three bytes (GSM 11.11) or the record's length (C.S0023-C 2.6); both are taken, big-endian (A17).
    """
    length = file.record_length
    if p3 not in (_GSM_INCREASE_LENGTH, length):
        return wrong_length(_GSM_INCREASE_LENGTH)
    result = int.from_bytes(view.record(1), "big") + int.from_bytes(data, "big")
    if result >> 8 * length:
        return status(SW.INCREASE_MAXIMUM)
    record = result.to_bytes(length, "big")
    sw = view.push_record(record)
    if sw != SW.OK:
        return status(sw)
    card.session.pointer = 1
    card.session.pending = record + data
    return response_ready(len(card.session.pending))
