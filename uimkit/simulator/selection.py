"""SELECT, STATUS, INVALIDATE, REHABILITATE, and the commands that change nothing (GSM 11.11 8.1, 8.2, 8.14 to 8.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.views import View
from uimkit.simulator.answers import OK, response_ready, status, wrong_length
from uimkit.simulator.own_actions import on_select

if TYPE_CHECKING:
    from uimkit.simulator.card import Card


def select(card: Card, _p1: int, _p2: int, _p3: int, data: bytes) -> bytes:
    """SELECT by file identifier (8.1, 6.5). A failed SELECT keeps the selection (open point A18)."""
    session = card.session
    definition = card.product.definition
    position = definition.selectable[session.directory].get(data[0] << 8 | data[1])
    if position is None or position in card.sides.hidden:
        return status(SW.NOT_FOUND)
    if card.product.is_ef[position]:
        session.ef = position
        session.pointer = 1 if definition.files[position].structure is Structure.CYCLIC else 0
    else:
        session.directory = position
        session.ef = None
        session.pointer = 0
    on_select(card, position)
    session.pending = _header(card, position)
    return response_ready(len(session.pending))


def _header(card: Card, position: int) -> bytes:
    if card.product.is_ef[position]:
        view = card.sides.view(position)
        return card.product.headers[view.valid, view.readable][position]
    return card.directory_header(position)


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
