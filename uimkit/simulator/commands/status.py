"""STATUS: the SELECT answer of the current directory, whole or its first P3 bytes (GSM 11.11 8.2)."""

from __future__ import annotations

from uimkit.apdu import INS
from uimkit.simulator.answers import OK, wrong_length
from uimkit.simulator.commands.declaration import CardCommand, Request


def _status(request: Request) -> bytes:
    header = request.chip.directory_header(request.chip.session.directory)
    wanted = request.p3 or 256
    if wanted > len(header):
        return wrong_length(len(header))
    return header[:wanted] + OK


STATUS = CardCommand(name="STATUS", clause="GSM 11.11 8.2", ins=INS.STATUS, handler=_status)
