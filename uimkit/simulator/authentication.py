"""RUN GSM ALGORITHM (GSM 11.11 8.16) and STORE ESN_MEID_ME (C.S0023-C 4.6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.crypto import cave, gsm
from uimkit.simulator.answers import response_ready, status

if TYPE_CHECKING:
    from uimkit.simulator.card import Card

KI, OPC, AKEY, SSD = "ki", "opc", "akey", "ssd"
HRPD_SS, SIP_CHAP_SS, MN_HA_SS, MN_AAA_SS = "hrpd_ss", "sip_chap_ss", "mn_ha_ss", "mn_aaa_ss"
IP_SECRET_LENGTH, NAIS = 17, 16
"""A length byte and up to 16 bytes; as many NAIs as an index of four bits tells apart (ASSUMPTION)."""
KEY_LENGTHS = {
    KI: gsm.KI_LENGTH,
    OPC: gsm.OPC_LENGTH,
    AKEY: cave.KEY_LENGTH,
    SSD: cave.SSD_LENGTH,
    HRPD_SS: IP_SECRET_LENGTH,
    SIP_CHAP_SS: NAIS * IP_SECRET_LENGTH,
    MN_HA_SS: NAIS * IP_SECRET_LENGTH,
    MN_AAA_SS: NAIS * IP_SECRET_LENGTH,
}
"""The key objects the simulator works with, and their bytes."""

_ESN_ME, _USGIND, _CST = "3F00/7F25/6F38", "3F00/7F25/6F42", "3F00/7F25/6F32"
_ESN_LENGTH, _MEID_LENGTH = 4, 7
_MEID_SUPPORT_BYTE, _MEID_SUPPORT = 2, 0x03
"""Service n9: byte 3 of EF_CST, its two lowest bits."""


def run_gsm_algorithm(card: Card, _p1: int, _p2: int, _p3: int, data: bytes) -> bytes:
    """SRES (4) and Kc (8) for a RAND of 16 bytes, by the algorithm the profile names.

    A card without Ki, or without the OPc that MILENAGE needs, answers 6F 00. Raises SurroundingsError when the package
    behind the algorithm is not installed.
    """
    algorithm = card.product.definition.choices.gsm_algorithm
    ki, opc = key(card, KI), key(card, OPC)
    if ki is None or (algorithm is gsm.GsmAlgorithm.MILENAGE_2G and opc is None):
        return status(SW.TECHNICAL_PROBLEM)
    card.session.pending = gsm.run(algorithm, ki, data, opc)
    return response_ready(len(card.session.pending))


def store_esn_meid_me(card: Card, p1: int, _p2: int, _p3: int, data: bytes) -> bytes:
    """Store the terminal's ESN (P1 00) or MEID (P1 01) in EF_ESN_ME; answers one byte of flags.

    P1 01 without service n9 is 6B 00; a length nibble that does not fit P1 is 6F 00 (ASSUMPTION, the text names none).
    """
    index = card.product.definition.index
    if p1 and not _service_active(card):
        return status(SW.WRONG_PARAMETERS)
    if data[0] & 0x0F != (_MEID_LENGTH if p1 else _ESN_LENGTH):
        return status(SW.TECHNICAL_PROBLEM)
    stored = card.memory.contents[index[_ESN_ME]] if _ESN_ME in index else b""
    new = bytes((data[0] & 0x0F,)) + data[1:]
    if stored and stored != new:
        card.memory.write(index[_ESN_ME], 0, new)
    usage = usage_indicator(card)
    flags = (stored != new) | (usage & 0x01) << 4
    if p1:
        flags |= (usage & 0x02) << 4
    card.session.pending = bytes((flags,))
    return response_ready(1)


def _service_active(card: Card) -> bool:
    position = card.product.definition.index.get(_CST)
    table = card.memory.contents[position] if position is not None else b""
    return len(table) > _MEID_SUPPORT_BYTE and table[_MEID_SUPPORT_BYTE] & _MEID_SUPPORT == _MEID_SUPPORT


def key(card: Card, name: str) -> bytes | None:
    """The value of a key object, None when the card has none of this name."""
    path = card.product.definition.keys.get(name)
    return None if path is None else card.memory.contents[card.product.definition.index[path]]


def usage_indicator(card: Card) -> int:
    """EF_USGIND (C.S0023-C 3.4.32): b1 UIM_ID for the ESN, b2 SF_EUIMID for the MEID; 0 without the file."""
    position = card.product.definition.index.get(_USGIND)
    return 0 if position is None else card.memory.contents[position][0]
