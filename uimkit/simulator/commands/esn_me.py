"""STORE ESN_MEID_ME, and whose number goes into authentication, terminal's or card's (C.S0023-C 4.6.1, 3.4.32)."""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.simulator.answers import response_ready, status
from uimkit.simulator.chip import Chip, Writes
from uimkit.simulator.commands.declaration import DF_CDMA, CardCommand, Request

_ESN_ME, _USGIND, _CST = f"{DF_CDMA}/6F38", f"{DF_CDMA}/6F42", f"{DF_CDMA}/6F32"
_ESN_LENGTH, _MEID_LENGTH = 4, 7
_MEID_SUPPORT_BYTE, _MEID_SUPPORT = 2, 0x03
"""Service n9: byte 3 of EF_CST, its two lowest bits."""


def _store(request: Request) -> bytes:
    """Store the terminal's ESN (P1 00) or MEID (P1 01) in EF_ESN_ME; answers one byte of flags.

    P1 01 without service n9 is 6B 00; a length nibble that does not fit P1 is 6F 00 (ASSUMPTION, the text names none).
    """
    chip, meid, data = request.chip, bool(request.p1), request.data
    if meid and not _meid_supported(chip):
        return status(SW.WRONG_PARAMETERS)
    if data[0] & 0x0F != (_MEID_LENGTH if meid else _ESN_LENGTH):
        return status(SW.TECHNICAL_PROBLEM)
    stored = chip.body(_ESN_ME)
    new = bytes((data[0] & 0x0F,)) + data[1:]
    if stored and stored != new:
        chip.memory.write(chip.product.definition.index[_ESN_ME], 0, new)
    usage = usage_indicator(chip)
    flags = (stored != new) | (usage & 0x01) << 4
    if meid:
        flags |= (usage & 0x02) << 4
    chip.session.pending = bytes((flags,))
    return response_ready(1)


def _meid_supported(chip: Chip) -> bool:
    table = chip.body(_CST)
    return len(table) > _MEID_SUPPORT_BYTE and table[_MEID_SUPPORT_BYTE] & _MEID_SUPPORT == _MEID_SUPPORT


def usage_indicator(chip: Chip) -> int:
    """EF_USGIND (C.S0023-C 3.4.32): b1 UIM_ID for the ESN, b2 SF_EUIMID for the MEID; 0 without the file."""
    return int.from_bytes(chip.body(_USGIND)[:1], "big")


STORE_ESN_MEID_ME = CardCommand(
    name="STORE ESN_MEID_ME",
    clause="C.S0023-C 4.6.1",
    ins=INS.STORE_ESN_MEID_ME,
    p1=frozenset({0, 1}),
    p3=8,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    writes=Writes.FILES,
    handler=_store,
)
