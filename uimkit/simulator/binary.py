"""READ BINARY and UPDATE BINARY (GSM 11.11 8.3, 8.4).

Outside the file 94 02 is not allowed for them (table 11): an offset beyond it is 6B 00, a length 67 XX where XX is
what fits (open point A8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.card.definition import FileDef
from uimkit.oneway.views import View
from uimkit.simulator.answers import OK, status, wrong_length

if TYPE_CHECKING:
    from uimkit.simulator.card import Card


def read(_card: Card, file: FileDef, view: View, p1: int, p2: int, p3: int, _data: bytes) -> bytes:
    """READ BINARY of P3 bytes (00 = 256) from offset P1 P2."""
    offset, length = p1 << 8 | p2, p3 or 256
    error = _outside(file, offset, length)
    return error or view.read(offset, length) + OK


def update(_card: Card, file: FileDef, view: View, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """UPDATE BINARY of P3 bytes from offset P1 P2."""
    offset = p1 << 8 | p2
    error = _outside(file, offset, p3)
    if error:
        return error
    view.write(offset, data)
    return OK


def _outside(file: FileDef, offset: int, length: int) -> bytes | None:
    if offset >= file.size:
        return status(SW.WRONG_PARAMETERS)
    if offset + length > file.size:
        return wrong_length(min(file.size - offset, 255))
    return None
