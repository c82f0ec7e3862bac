"""VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK CHV (GSM 11.11 8.9 to 8.13, 9.4.5).

Order: 98 02 not initialised, 98 08 contradiction with the CHV status, 98 40 blocked, then the comparison (open points
A5, A6). A false presentation is stored before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.card.codes import VALUE_LENGTH, Code
from uimkit.simulator.answers import OK, status

if TYPE_CHECKING:
    from uimkit.card.definition import CodeDef
    from uimkit.simulator.card import Card

_CHV_P2 = {1: "CHV1", 2: "CHV2"}
_UNBLOCK_P2 = {0: "CHV1", 2: "CHV2"}


def verify(card: Card, _p1: int, p2: int, _p3: int, data: bytes) -> bytes:
    """VERIFY CHV; an administrative code is presented by the number its profile gives it (ASSUMPTION)."""
    definition = next((code for code in card.product.definition.codes if code.p2 == p2), None)
    if definition is None:
        return _unknown(p2)
    return _present(card, definition, data, lambda code: code.right(), enabled=True)


def change(card: Card, _p1: int, p2: int, _p3: int, data: bytes) -> bytes:
    """CHANGE CHV: old value, new value (8.10)."""
    definition = card.product.definition.code_by_name.get(_CHV_P2.get(p2, ""))
    if definition is None:
        return _unknown(p2)
    old, new = data[:VALUE_LENGTH], data[VALUE_LENGTH:]
    return _present(card, definition, old, lambda code: replace(code.right(), value=new), enabled=True)


def disable(card: Card, _p1: int, p2: int, _p3: int, data: bytes) -> bytes:
    """DISABLE CHV: files under CHV1 are then open to all (8.11)."""
    return _switch(card, p2, data, enabled=False)


def enable(card: Card, _p1: int, p2: int, _p3: int, data: bytes) -> bytes:
    """ENABLE CHV, the reverse (8.12)."""
    return _switch(card, p2, data, enabled=True)


def unblock(card: Card, _p1: int, p2: int, _p3: int, data: bytes) -> bytes:
    """UNBLOCK CHV: eight digits, new value; works whether or not the CHV is blocked, and enables it (8.13)."""
    definition = card.product.definition.code_by_name.get(_UNBLOCK_P2[p2])
    code = card.code(_UNBLOCK_P2[p2])
    if definition is None or code is None or not (code.initialised and code.has_unblock):
        return status(SW.CHV_NOT_INITIALISED)
    if code.unblock_tries == 0:
        return status(SW.BLOCKED)
    if not code.unblock_matches(data[:VALUE_LENGTH]):
        code = code.wrong_unblock()
        card.store_code(definition.name, code)
        return status(SW.ACCESS_DENIED if code.unblock_tries else SW.BLOCKED)
    card.store_code(definition.name, code.unblocked(data[VALUE_LENGTH:]))
    return _grant(card, definition)


def _switch(card: Card, p2: int, data: bytes, *, enabled: bool) -> bytes:
    definition = card.product.definition.code_by_name.get(_CHV_P2[p2])
    if definition is None:
        return _unknown(p2)
    return _present(card, definition, data, lambda code: replace(code.right(), enabled=enabled), enabled=not enabled)


def _unknown(p2: int) -> bytes:
    """CHV1 and CHV2 exist in the standard, so a card without them has not initialised them; others do not exist."""
    return status(SW.CHV_NOT_INITIALISED if p2 in _CHV_P2 else SW.WRONG_PARAMETERS)


def _present(card: Card, definition: CodeDef, value: bytes, success: Callable[[Code], Code], *, enabled: bool) -> bytes:
    """Present a value; ``enabled`` is the CHV status the command needs, ``success`` what a right value does."""
    code = card.code(definition.name)
    if code is None or not code.initialised:
        return status(SW.CHV_NOT_INITIALISED)
    if code.enabled is not enabled:
        return status(SW.CHV_CONTRADICTION)
    if code.blocked:
        return status(SW.BLOCKED)
    if not code.matches(value):
        return _refuse(card, definition, code.wrong())
    card.store_code(definition.name, success(code))
    return _grant(card, definition)


def _refuse(card: Card, definition: CodeDef, code: Code) -> bytes:
    if code.blocked:
        card.session.verified &= ~(1 << definition.level)  # rights given before are lost at once (7.3)
        if not code.enabled and card.product.definition.choices.blocking_enables_chv1:
            code = replace(code, enabled=True)
    card.store_code(definition.name, code)
    card.refresh_rights()
    return status(SW.BLOCKED if code.blocked else SW.ACCESS_DENIED)


def _grant(card: Card, definition: CodeDef) -> bytes:
    card.session.verified |= 1 << definition.level
    card.refresh_rights()
    return OK
