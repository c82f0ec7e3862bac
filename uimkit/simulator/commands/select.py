"""SELECT by file identifier (GSM 11.11 8.1, 6.5). A failed SELECT keeps the selection (open point A18)."""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.card.header import DF_HEADER_LENGTH, EF_HEADER_LENGTH
from uimkit.simulator.answers import response_ready, status
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import CardCommand, Request
from uimkit.simulator.commands.on_select import on_select

_NOT_FOUND = status(SW.NOT_FOUND)
_EF_READY = response_ready(EF_HEADER_LENGTH)
_DIRECTORY_READY = response_ready(DF_HEADER_LENGTH)


def _select(request: Request) -> bytes:
    chip = request.chip
    session, sides = chip.session, chip.sides
    hidden = sides.hidden
    target = chip.targets[session.directory].get(request.data)
    if target is None or target[0] in hidden:
        return _NOT_FOUND
    position, store, is_ef, pointer, header, acts = target
    if is_ef:
        session.ef = position
        session.pointer = pointer
    else:
        session.directory = position
        session.ef = None
        session.pointer = 0
    if acts:
        on_select(chip, position)
    if not is_ef:
        known = chip.directory_headers[position]
        session.pending = known[1] if known and known[0] is hidden else chip.directory_header(position)
        return _DIRECTORY_READY
    view = sides.views[position]
    if not (chip.memory.flags[store] & view.flag and view.readable):
        header = chip.product.headers[view.valid, view.readable][position]
    session.pending = header
    return _EF_READY


SELECT = CardCommand(
    name="SELECT", clause="GSM 11.11 8.1", ins=INS.SELECT, p3=2, carries_data=True, writes=Writes.FILES, handler=_select
)
"""It writes what the card does by itself: EF_ME3GPDOPC, and the flags of identities under FDN."""
