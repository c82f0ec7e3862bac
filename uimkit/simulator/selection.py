"""SELECT, STATUS, INVALIDATE, REHABILITATE, and the commands that change nothing (GSM 11.11 8.1, 8.2, 8.14 to 8.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.card.header import DF_HEADER_LENGTH, EF_HEADER_LENGTH
from uimkit.oneway.views import View
from uimkit.simulator.answers import OK, response_ready, status, wrong_length
from uimkit.simulator.own_actions import on_select

if TYPE_CHECKING:
    from uimkit.simulator.card import Card

_NOT_FOUND = status(SW.NOT_FOUND)
_EF_READY = response_ready(EF_HEADER_LENGTH)
_DIRECTORY_READY = response_ready(DF_HEADER_LENGTH)


def select(card: Card, _p1: int, _p2: int, _p3: int, data: bytes) -> bytes:
    """SELECT by file identifier (8.1, 6.5). A failed SELECT keeps the selection (open point A18)."""
    session, sides = card.session, card.sides
    hidden = sides.hidden
    target = card.targets[session.directory].get(data)
    if target is None or target[0] in hidden:
        return _NOT_FOUND
    position, is_ef, pointer, header, acts = target
    if is_ef:
        session.ef = position
        session.pointer = pointer
    else:
        session.directory = position
        session.ef = None
        session.pointer = 0
    if acts:
        on_select(card, position)
    if not is_ef:
        known = card.directory_headers[position]
        session.pending = known[1] if known and known[0] is hidden else card.directory_header(position)
        return _DIRECTORY_READY
    view = sides.views[position]
    if not (card.memory.flags[position] & view.flag and view.readable):
        header = card.product.headers[view.valid, view.readable][position]
    session.pending = header
    return _EF_READY


def status_of_directory(card: Card, _p1: int, _p2: int, p3: int, _data: bytes) -> bytes:
    """STATUS: the SELECT answer of the current directory, whole or its first P3 bytes (8.2)."""
    header = card.directory_header(card.session.directory)
    wanted = p3 or 256
    if wanted > len(header):
        return wrong_length(len(header))
    return header[:wanted] + OK


def invalidate(_card: Card, _file: FileDef, view: View, _p1: int, _p2: int, _p3: int, _data: bytes) -> bytes:
    """INVALIDATE the current EF (8.14); only the flag of the side that asks (V7)."""
    view.set_valid(False)
    return OK


def rehabilitate(_card: Card, _file: FileDef, view: View, _p1: int, _p2: int, _p3: int, _data: bytes) -> bytes:
    """REHABILITATE the current EF (8.15)."""
    view.set_valid(True)
    return OK


def terminal_profile(_card: Card, _p1: int, _p2: int, _p3: int, _data: bytes) -> bytes:
    """TERMINAL PROFILE: taken note of; this card starts no toolkit command (8.18)."""
    return OK


def sleep(_card: Card, _p1: int, _p2: int, _p3: int, _data: bytes) -> bytes:
    """SLEEP of a Phase 1 terminal: always a normal ending (8.17)."""
    return OK
