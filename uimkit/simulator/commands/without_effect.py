"""TERMINAL PROFILE and SLEEP: taken note of, nothing follows (GSM 11.11 8.17, 8.18)."""

from __future__ import annotations

from uimkit.apdu import INS
from uimkit.simulator.answers import OK
from uimkit.simulator.commands.declaration import CardCommand, Request


def _ok(request: Request) -> bytes:
    return OK


TERMINAL_PROFILE = CardCommand(
    name="TERMINAL PROFILE", clause="GSM 11.11 8.18", ins=INS.TERMINAL_PROFILE, carries_data=True, handler=_ok
)
"""This card starts no toolkit command."""
SLEEP = CardCommand(name="SLEEP", clause="GSM 11.11 8.17", ins=INS.SLEEP, p3=0, handler=_ok)
"""Of a Phase 1 terminal: always a normal ending."""
