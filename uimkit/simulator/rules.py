"""The dispatch table: which instruction exists, what it demands, and who carries it out.

A rule's demands are checked before its handler is called, in one place (``Card``), so a handler that forgets to ask
can not exist. Adding a command is one handler and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uimkit.apdu import CLA_IP_AUTHENTICATION, INS
from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.views import View
from uimkit.simulator import authentication, binary, cdma_authentication, chv, ip_authentication, records, selection

if TYPE_CHECKING:
    from uimkit.simulator.card import Card

CardHandler = Callable[["Card", int, int, int, bytes], bytes]
EfHandler = Callable[["Card", FileDef, View, int, int, int, bytes], bytes]

DF_GSM, DF_CDMA = "3F00/7F20", "3F00/7F25"

_ANY = frozenset(range(256))
_ZERO = frozenset({0})
_TRANSPARENT = frozenset({Structure.TRANSPARENT})
_RECORDS = frozenset({Structure.LINEAR_FIXED, Structure.CYCLIC})
_LINEAR = frozenset({Structure.LINEAR_FIXED})
_CYCLIC = frozenset({Structure.CYCLIC})
_EF = _TRANSPARENT | _RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every command is checked for. ``p3`` is the length fixed by GSM 11.11 table 9, None when it varies."""

    p1: frozenset[int] = _ZERO
    p2: frozenset[int] = _ZERO
    p3: int | None = None
    carries_data: bool = False
    root: str | None = None
    """The directory that must be current, or above the current one."""

    def accepts(self, p1: int, p2: int) -> bool:
        return p1 in self.p1 and p2 in self.p2

    def fits(self, p3: int, data_length: int) -> bool:
        """P3 is right, and as many data bytes came as it says; a command with data has at least one byte."""
        if self.p3 is not None and p3 != self.p3:
            return False
        return data_length == (p3 if self.carries_data else 0) and not (self.carries_data and p3 == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRule(Rule):
    """A command that needs no current EF."""

    handler: CardHandler
    needs_chv1: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EfRule(Rule):
    """A command on the current EF, under one of its five access conditions (GSM 11.11 tables 8 and 10)."""

    handler: EfHandler
    structures: frozenset[Structure]
    right: str
    wants_valid: bool = True
    usable_invalidated: bool = False
    """Also allowed on an invalidated file whose status bit b3 says so (9.3)."""


_MODES = frozenset({2, 3, 4})
_SEEK_P2 = frozenset({0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13})

RULES: Mapping[int, tuple[CardRule | EfRule, ...]] = {
    INS.SELECT: (CardRule(handler=selection.select, p3=2, carries_data=True),),
    INS.STATUS: (CardRule(handler=selection.status_of_directory),),
    INS.READ_BINARY: (
        EfRule(handler=binary.read, p1=_ANY, p2=_ANY, structures=_TRANSPARENT, right="read", usable_invalidated=True),
    ),
    INS.UPDATE_BINARY: (
        EfRule(
            handler=binary.update,
            p1=_ANY,
            p2=_ANY,
            carries_data=True,
            structures=_TRANSPARENT,
            right="update",
            usable_invalidated=True,
        ),
    ),
    INS.READ_RECORD: (
        EfRule(handler=records.read, p1=_ANY, p2=_MODES, structures=_RECORDS, right="read", usable_invalidated=True),
    ),
    INS.UPDATE_RECORD: (
        EfRule(
            handler=records.update,
            p1=_ANY,
            p2=_MODES,
            carries_data=True,
            structures=_RECORDS,
            right="update",
            usable_invalidated=True,
        ),
    ),
    INS.SEEK: (EfRule(handler=records.seek, p2=_SEEK_P2, carries_data=True, structures=_LINEAR, right="read"),),
    INS.INCREASE: (EfRule(handler=records.increase, carries_data=True, structures=_CYCLIC, right="increase"),),
    INS.VERIFY_CHV: (CardRule(handler=chv.verify, p2=_ANY, p3=8, carries_data=True),),
    INS.CHANGE_CHV: (CardRule(handler=chv.change, p2=_ANY, p3=16, carries_data=True),),
    INS.DISABLE_CHV: (CardRule(handler=chv.disable, p2=frozenset({1}), p3=8, carries_data=True),),
    INS.ENABLE_CHV: (CardRule(handler=chv.enable, p2=frozenset({1}), p3=8, carries_data=True),),
    INS.UNBLOCK_CHV: (CardRule(handler=chv.unblock, p2=frozenset({0, 2}), p3=16, carries_data=True),),
    INS.INVALIDATE: (EfRule(handler=selection.invalidate, p3=0, structures=_EF, right="invalidate"),),
    INS.REHABILITATE: (
        EfRule(handler=selection.rehabilitate, p3=0, structures=_EF, right="rehabilitate", wants_valid=False),
    ),
    INS.RUN_GSM_ALGORITHM: (
        CardRule(handler=authentication.run_gsm_algorithm, p3=16, carries_data=True, root=DF_GSM, needs_chv1=True),
        CardRule(handler=cdma_authentication.run_cave, p3=17, carries_data=True, root=DF_CDMA, needs_chv1=True),
    ),
    INS.BASE_STATION_CHALLENGE: (
        CardRule(
            handler=cdma_authentication.base_station_challenge,
            p3=4,
            carries_data=True,
            root=DF_CDMA,
            needs_chv1=True,
        ),
    ),
    INS.UPDATE_SSD: (
        CardRule(handler=cdma_authentication.update_ssd, p3=15, carries_data=True, root=DF_CDMA, needs_chv1=True),
    ),
    INS.CONFIRM_SSD: (
        CardRule(handler=cdma_authentication.confirm_ssd, p3=3, carries_data=True, root=DF_CDMA, needs_chv1=True),
    ),
    INS.GENERATE_KEY_VPM: (
        CardRule(handler=cdma_authentication.generate_key_vpm, p3=2, carries_data=True, root=DF_CDMA, needs_chv1=True),
    ),
    INS.COMMIT: (CardRule(handler=cdma_authentication.commit, p3=1, root=DF_CDMA, needs_chv1=True),),
    INS.STORE_ESN_MEID_ME: (
        CardRule(
            handler=authentication.store_esn_meid_me,
            p1=frozenset({0, 1}),
            p3=8,
            carries_data=True,
            root=DF_CDMA,
            needs_chv1=True,
        ),
    ),
    INS.TERMINAL_PROFILE: (CardRule(handler=selection.terminal_profile, carries_data=True),),
    INS.SLEEP: (CardRule(handler=selection.sleep, p3=0),),
}

OTHER_CLASSES: Mapping[tuple[int, int], tuple[CardRule, ...]] = {
    (CLA_IP_AUTHENTICATION, INS.COMPUTE_IP_AUTHENTICATION): (
        CardRule(
            handler=ip_authentication.compute,
            p1=ip_authentication.P1,
            p2=ip_authentication.P2,
            carries_data=True,
            root=DF_CDMA,
            needs_chv1=True,
        ),
    ),
}
"""Class and instruction of the commands that are not of class A0 (C.S0023-C 4.8.1)."""
