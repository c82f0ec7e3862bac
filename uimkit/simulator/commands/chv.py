"""VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK CHV (GSM 11.11 8.9 to 8.13, 9.4.5).

Order: 98 02 not initialised, 98 08 contradiction with the CHV status, 98 40 blocked, then the comparison (open points
A5, A6). A false presentation is stored before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from uimkit.apdu import INS, SW
from uimkit.card.codes import VALUE_LENGTH, Code
from uimkit.card.definition import CodeDef
from uimkit.simulator.answers import OK, status
from uimkit.simulator.chip import CHV1, CHV2, Chip, Writes
from uimkit.simulator.commands.declaration import ANY, CardCommand, Request

_CHV_P2 = {1: CHV1, 2: CHV2}
_UNBLOCK_P2 = {0: CHV1, 2: CHV2}


def _verify(request: Request) -> bytes:
    """VERIFY CHV; an administrative code is presented by the number its profile gives it (ASSUMPTION)."""
    codes = request.chip.product.definition.codes
    definition = next((code for code in codes if code.p2 == request.p2), None)
    if definition is None:
        return _unknown(request.p2)
    return _present(request.chip, definition, request.data, lambda code: code.right(), enabled=True)


def _change(request: Request) -> bytes:
    """CHANGE CHV: old value, new value (8.10)."""
    definition = request.chip.product.definition.code_by_name.get(_CHV_P2.get(request.p2, ""))
    if definition is None:
        return _unknown(request.p2)
    old, new = request.data[:VALUE_LENGTH], request.data[VALUE_LENGTH:]
    return _present(request.chip, definition, old, lambda code: replace(code.right(), value=new), enabled=True)


def _disable(request: Request) -> bytes:
    """DISABLE CHV: files under CHV1 are then open to all (8.11)."""
    return _switch(request, enabled=False)


def _enable(request: Request) -> bytes:
    """ENABLE CHV, the reverse (8.12)."""
    return _switch(request, enabled=True)


def _unblock(request: Request) -> bytes:
    """UNBLOCK CHV: eight digits, new value; works whether or not the CHV is blocked, and enables it (8.13)."""
    chip, data = request.chip, request.data
    definition = chip.product.definition.code_by_name.get(_UNBLOCK_P2[request.p2])
    code = chip.code(_UNBLOCK_P2[request.p2])
    if definition is None or code is None or not (code.initialised and code.has_unblock):
        return status(SW.CHV_NOT_INITIALISED)
    if code.unblock_tries == 0:
        return status(SW.BLOCKED)
    if not code.unblock_matches(data[:VALUE_LENGTH]):
        code = code.wrong_unblock()
        chip.store_code(definition.name, code)
        return status(SW.ACCESS_DENIED if code.unblock_tries else SW.BLOCKED)
    chip.store_code(definition.name, code.unblocked(data[VALUE_LENGTH:]))
    return _grant(chip, definition)


def _switch(request: Request, *, enabled: bool) -> bytes:
    chip, p2, data = request.chip, request.p2, request.data
    definition = chip.product.definition.code_by_name.get(_CHV_P2[p2])
    if definition is None:
        return _unknown(p2)
    return _present(chip, definition, data, lambda code: replace(code.right(), enabled=enabled), enabled=not enabled)


def _unknown(p2: int) -> bytes:
    """CHV1 and CHV2 exist in the standard, so a card without them has not initialised them; others do not exist."""
    return status(SW.CHV_NOT_INITIALISED if p2 in _CHV_P2 else SW.WRONG_PARAMETERS)


def _present(chip: Chip, definition: CodeDef, value: bytes, success: Callable[[Code], Code], *, enabled: bool) -> bytes:
    """Present a value; ``enabled`` is the CHV status the command needs, ``success`` what a right value does."""
    code = chip.code(definition.name)
    if code is None or not code.initialised:
        return status(SW.CHV_NOT_INITIALISED)
    if code.enabled is not enabled:
        return status(SW.CHV_CONTRADICTION)
    if code.blocked:
        return status(SW.BLOCKED)
    if not code.matches(value):
        return _refuse(chip, definition, code.wrong())
    chip.store_code(definition.name, success(code))
    return _grant(chip, definition)


def _refuse(chip: Chip, definition: CodeDef, code: Code) -> bytes:
    if code.blocked:
        chip.session.verified &= ~(1 << definition.level)  # rights given before are lost at once (7.3)
        if not code.enabled and chip.product.definition.choices.blocking_enables_chv1:
            code = replace(code, enabled=True)
    chip.store_code(definition.name, code)
    chip.refresh_rights()
    return status(SW.BLOCKED if code.blocked else SW.ACCESS_DENIED)


def _grant(chip: Chip, definition: CodeDef) -> bytes:
    chip.session.verified |= 1 << definition.level
    chip.refresh_rights()
    return OK


VERIFY_CHV = CardCommand(
    name="VERIFY CHV",
    clause="GSM 11.11 8.9",
    ins=INS.VERIFY_CHV,
    p2=ANY,
    p3=8,
    carries_data=True,
    writes=Writes.CODES,
    handler=_verify,
)
CHANGE_CHV = CardCommand(
    name="CHANGE CHV",
    clause="GSM 11.11 8.10",
    ins=INS.CHANGE_CHV,
    p2=ANY,
    p3=16,
    carries_data=True,
    writes=Writes.CODES,
    handler=_change,
)
DISABLE_CHV = CardCommand(
    name="DISABLE CHV",
    clause="GSM 11.11 8.11",
    ins=INS.DISABLE_CHV,
    p2=frozenset({1}),
    p3=8,
    carries_data=True,
    writes=Writes.CODES,
    handler=_disable,
)
ENABLE_CHV = CardCommand(
    name="ENABLE CHV",
    clause="GSM 11.11 8.12",
    ins=INS.ENABLE_CHV,
    p2=frozenset({1}),
    p3=8,
    carries_data=True,
    writes=Writes.CODES,
    handler=_enable,
)
UNBLOCK_CHV = CardCommand(
    name="UNBLOCK CHV",
    clause="GSM 11.11 8.13",
    ins=INS.UNBLOCK_CHV,
    p2=frozenset({0, 2}),
    p3=16,
    carries_data=True,
    writes=Writes.CODES,
    handler=_unblock,
)
