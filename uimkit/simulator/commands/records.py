"""READ RECORD and UPDATE RECORD, and the record pointer (GSM 11.11 8.5, 8.6, 6.4.2, 6.4.3)."""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.simulator.answers import OK, status, wrong_length
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import ANY, RECORDS, FileCommand, FileRequest

NEXT, PREVIOUS, ABSOLUTE = 2, 3, 4
_MODES = frozenset({NEXT, PREVIOUS, ABSOLUTE})


def _read(request: FileRequest) -> bytes:
    """In all modes; P1 is looked at in ABSOLUTE mode only (9.2.5)."""
    file, view = request.file, request.view
    p1, p2 = request.p1, request.p2
    number = p1 if p1 and p2 == ABSOLUTE else _target(request.chip.session.pointer, file, p2)
    if not 0 < number <= file.records:
        return status(SW.OUT_OF_RANGE)
    if request.p3 != file.record_length:
        return wrong_length(file.record_length)
    view.look(number)
    if p2 != ABSOLUTE:
        request.chip.session.pointer = number
    return view.record(number) + OK


def _update(request: FileRequest) -> bytes:
    """In all modes; on a cyclic EF only PREVIOUS, which writes the oldest record (8.6)."""
    file, p2 = request.file, request.p2
    if file.structure is Structure.CYCLIC:
        return _update_cyclic(request)
    number = request.p1 if request.p1 and p2 == ABSOLUTE else _target(request.chip.session.pointer, file, p2)
    if not 0 < number <= file.records:
        return status(SW.OUT_OF_RANGE)
    if request.p3 != file.record_length:
        return wrong_length(file.record_length)
    sw = request.view.update_record(number, request.data)
    if sw == SW.OK and p2 != ABSOLUTE:
        request.chip.session.pointer = number
    return status(sw)


def _update_cyclic(request: FileRequest) -> bytes:
    if request.p2 != PREVIOUS:
        return status(request.chip.product.definition.choices.cyclic_update_mode_sw)
    if request.p3 != request.file.record_length:
        return wrong_length(request.file.record_length)
    sw = request.view.push_record(request.data)
    if sw == SW.OK:
        request.chip.session.pointer = 1
    return status(sw)


def _target(pointer: int, file: FileDef, mode: int) -> int:
    """The record that is current, next or previous; it may be outside the file (94 02), of a cyclic EF never is."""
    if mode == ABSOLUTE:
        return pointer
    number = pointer + 1 if mode == NEXT else before(pointer, file.records)
    return (number - 1) % file.records + 1 if file.structure is Structure.CYCLIC else number


def before(pointer: int, last: int) -> int:
    """The record before the pointer, the last one while it is undefined (6.4.3)."""
    return pointer - 1 if pointer else last


READ_RECORD = FileCommand(
    name="READ RECORD",
    clause="GSM 11.11 8.5",
    ins=INS.READ_RECORD,
    p1=ANY,
    p2=_MODES,
    structures=RECORDS,
    right="read",
    usable_invalidated=True,
    handler=_read,
)
UPDATE_RECORD = FileCommand(
    name="UPDATE RECORD",
    clause="GSM 11.11 8.6",
    ins=INS.UPDATE_RECORD,
    p1=ANY,
    p2=_MODES,
    carries_data=True,
    structures=RECORDS,
    right="update",
    usable_invalidated=True,
    writes=Writes.FILES,
    handler=_update,
)
