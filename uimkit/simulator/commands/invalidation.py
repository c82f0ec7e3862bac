"""INVALIDATE and REHABILITATE the current EF (GSM 11.11 8.14, 8.15); only the flag of the side that asks (V7)."""

from __future__ import annotations

from uimkit.apdu import INS
from uimkit.simulator.answers import OK
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import EVERY_EF, FileCommand, FileRequest


def _invalidate(request: FileRequest) -> bytes:
    request.view.set_valid(False)
    return OK


def _rehabilitate(request: FileRequest) -> bytes:
    request.view.set_valid(True)
    return OK


INVALIDATE = FileCommand(
    name="INVALIDATE",
    clause="GSM 11.11 8.14",
    ins=INS.INVALIDATE,
    p3=0,
    structures=EVERY_EF,
    right="invalidate",
    writes=Writes.FILES,
    handler=_invalidate,
)
REHABILITATE = FileCommand(
    name="REHABILITATE",
    clause="GSM 11.11 8.15",
    ins=INS.REHABILITATE,
    p3=0,
    structures=EVERY_EF,
    right="rehabilitate",
    wants_valid=False,
    writes=Writes.FILES,
    handler=_rehabilitate,
)
