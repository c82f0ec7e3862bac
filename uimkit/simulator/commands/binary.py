"""READ BINARY and UPDATE BINARY (GSM 11.11 8.3, 8.4).

Outside the file 94 02 is not allowed for them (table 11): an offset beyond it is 6B 00, a length 67 XX where XX is
what fits (open point A8).
"""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.card.definition import FileDef
from uimkit.simulator.answers import OK, status, wrong_length
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import ANY, TRANSPARENT, FileCommand, FileRequest


def _read(request: FileRequest) -> bytes:
    """P3 bytes (00 = 256) from offset P1 P2."""
    offset, length = request.p1 << 8 | request.p2, request.p3 or 256
    error = _outside(request.file, offset, length)
    return error or request.view.read(offset, length) + OK


def _update(request: FileRequest) -> bytes:
    """P3 bytes from offset P1 P2."""
    offset = request.p1 << 8 | request.p2
    error = _outside(request.file, offset, request.p3)
    if error:
        return error
    request.view.write(offset, request.data)
    return OK


def _outside(file: FileDef, offset: int, length: int) -> bytes | None:
    if offset >= file.size:
        return status(SW.WRONG_PARAMETERS)
    if offset + length > file.size:
        return wrong_length(min(file.size - offset, 255))
    return None


READ_BINARY = FileCommand(
    name="READ BINARY",
    clause="GSM 11.11 8.3",
    ins=INS.READ_BINARY,
    p1=ANY,
    p2=ANY,
    structures=TRANSPARENT,
    right="read",
    usable_invalidated=True,
    handler=_read,
)
UPDATE_BINARY = FileCommand(
    name="UPDATE BINARY",
    clause="GSM 11.11 8.4",
    ins=INS.UPDATE_BINARY,
    p1=ANY,
    p2=ANY,
    carries_data=True,
    structures=TRANSPARENT,
    right="update",
    usable_invalidated=True,
    writes=Writes.FILES,
    handler=_update,
)
