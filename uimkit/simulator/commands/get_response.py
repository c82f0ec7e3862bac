"""GET RESPONSE (GSM 11.11 9.2.18): right after the command that left data; less than all may be asked for."""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.simulator.answers import OK, status, wrong_length
from uimkit.simulator.commands.declaration import CardCommand, Request


def _get_response(request: Request) -> bytes:
    session = request.chip.session
    pending = session.pending
    if pending is None:
        return status(SW.TECHNICAL_PROBLEM)
    wanted = request.p3 or 256
    if wanted > len(pending):
        return wrong_length(len(pending))
    session.pending = None
    return pending[:wanted] + OK


GET_RESPONSE = CardCommand(
    name="GET RESPONSE", clause="GSM 11.11 9.2.18", ins=INS.GET_RESPONSE, keeps_pending=True, handler=_get_response
)
