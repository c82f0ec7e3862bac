"""INCREASE: value plus newest record goes into the oldest (GSM 11.11 8.8)."""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.simulator.answers import response_ready, status, wrong_length
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import CYCLIC, FileCommand, FileRequest

_GSM_LENGTH = 3


def _increase(request: FileRequest) -> bytes:
    """The value has three bytes (GSM 11.11) or the record's length (C.S0023-C 2.6), big-endian; both go (A17)."""
    length, view, session = request.file.record_length, request.view, request.chip.session
    if request.p3 not in (_GSM_LENGTH, length):
        return wrong_length(_GSM_LENGTH)
    result = int.from_bytes(view.record(1), "big") + int.from_bytes(request.data, "big")
    if result >> 8 * length:
        return status(SW.INCREASE_MAXIMUM)
    record = result.to_bytes(length, "big")
    sw = view.push_record(record)
    if sw != SW.OK:
        return status(sw)
    session.pointer = 1
    session.pending = record + request.data
    return response_ready(len(session.pending))


INCREASE = FileCommand(
    name="INCREASE",
    clause="GSM 11.11 8.8",
    ins=INS.INCREASE,
    carries_data=True,
    structures=CYCLIC,
    right="increase",
    writes=Writes.FILES,
    handler=_increase,
)
