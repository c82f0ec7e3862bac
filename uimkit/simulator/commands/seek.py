"""SEEK, both types, all modes, on what this side sees (GSM 11.11 8.7, V4)."""

from __future__ import annotations

from collections.abc import Iterable

from uimkit.apdu import INS, SW
from uimkit.simulator.answers import OK, response_ready, status, wrong_length
from uimkit.simulator.commands.declaration import LINEAR, FileCommand, FileRequest
from uimkit.simulator.commands.records import before

_MAX_PATTERN = 16
_WITH_ANSWER, _MODE = 0x10, 0x0F


def _seek(request: FileRequest) -> bytes:
    """A pattern of a wrong length is 67 00 (A13)."""
    file, view, session = request.file, request.view, request.chip.session
    if request.p3 > min(_MAX_PATTERN, file.record_length):
        return wrong_length()
    for number in _order(session.pointer, file.records, request.p2 & _MODE):
        if view.record(number).startswith(request.data):
            view.look(number)
            session.pointer = number
            return _found(request, number) if request.p2 & _WITH_ANSWER else OK
    view.look(None)
    return status(SW.NOT_FOUND)


def _found(request: FileRequest, number: int) -> bytes:
    request.chip.session.pending = bytes((number,))
    return response_ready(1)


def _order(pointer: int, last: int, mode: int) -> Iterable[int]:
    """Record numbers in the order of the mode: from the beginning, from the end, from the next, from the previous."""
    if mode == 0:
        return range(1, last + 1)
    if mode == 1:
        return range(last, 0, -1)
    if mode == 2:
        return range(pointer + 1, last + 1)
    return range(before(pointer, last), 0, -1)


SEEK = FileCommand(
    name="SEEK",
    clause="GSM 11.11 8.7",
    ins=INS.SEEK,
    p2=frozenset({0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13}),
    carries_data=True,
    structures=LINEAR,
    right="read",
    refusal_changes=frozenset({"used"}),
    handler=_seek,
)
"""That nothing matches is told, and so the mirror was used (S2)."""
