"""COMPUTE IP AUTHENTICATION: answers to HRPD, Simple IP and Mobile IP challenges (C.S0023-C 4.8.1).

A Mobile IP registration is MN-HA authenticators (any number), the hash of the registration request, the MN-AAA
authenticator. A message may come in blocks; its bytes so far are the session's and a reset drops them.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from uimkit.apdu import CLA_IP_AUTHENTICATION, INS, SW
from uimkit.card.keys import HRPD_SS, IP_SECRET_LENGTH, MN_AAA_SS, MN_HA_SS, SIP_CHAP_SS
from uimkit.crypto import chap
from uimkit.simulator.answers import OK, response_ready, status, wrong_length
from uimkit.simulator.chip import Chip
from uimkit.simulator.commands.declaration import DF_CDMA, CardCommand, Request
from uimkit.simulator.session import IpState, Message

_CHAP, _MN_HA, _RRQ, _MN_AAA, _HRPD = range(5)
_P1 = frozenset((_CHAP, _MN_HA, _RRQ, _MN_AAA, _HRPD))
_FIRST, _NEXT, _SINGLE, _LAST = range(4)
_P2 = frozenset((_FIRST, _NEXT, _SINGLE, _LAST))
_MAX_MESSAGE = 4096
"""Bytes of a message in blocks that the card holds: a Mobile IP registration is far shorter (ASSUMPTION)."""
_MAX_CHALLENGE, _MN_AAA_HEADER = 237, 8


def _compute(request: Request) -> bytes:
    """P1 00 Simple IP CHAP, 01 MN-HA authenticator, 02 registration request hash, 03 MN-AAA authenticator, 04 HRPD.

    P2 tells blocks apart for 01 and 02 and is 00 else (6B 00). 67 00 for too few or too many bytes, 6F 00 without a
    secret for the NAI (ASSUMPTION), 98 34 for a step or a block out of turn.
    """
    chip, p1, data = request.chip, request.p1, request.data
    if p1 in (_MN_HA, _RRQ):
        return _message(request)
    if request.p2:
        return status(SW.WRONG_PARAMETERS)
    if p1 == _MN_AAA:
        return _mn_aaa(chip, data)
    return _chap(chip, data[0], HRPD_SS, 0, data[1:]) if p1 == _HRPD else _chap_of_nai(chip, data)


def _chap_of_nai(chip: Chip, data: bytes) -> bytes:
    return wrong_length() if len(data) < 2 else _chap(chip, data[0], SIP_CHAP_SS, data[1], data[2:])


def _chap(chip: Chip, identifier: int, name: str, index: int, challenge: bytes) -> bytes:
    if not challenge:
        return wrong_length()
    secret = _secret(chip, name, index)
    if secret is None:
        return status(SW.TECHNICAL_PROBLEM)
    return _answer(chip, chap.response(identifier, secret, challenge))


def _message(request: Request) -> bytes:
    """One block of a message; the last one, or a single one, is answered (MN-HA) or kept as a hash."""
    chip, kind, block, data = request.chip, request.p1, request.p2, request.data
    state = chip.session.ip
    if block in (_FIRST, _SINGLE):
        if kind == _RRQ and not state.authenticated:
            return status(SW.OUT_OF_SEQUENCE)
        secret = _secret(chip, MN_HA_SS, data[0]) if kind == _MN_HA else b""
        if secret is None:
            return status(SW.TECHNICAL_PROBLEM)
        message = Message(kind, secret, data[1:] if kind == _MN_HA else data)
    elif state.open is None or state.open.kind != kind:
        return status(SW.OUT_OF_SEQUENCE)
    else:
        message = replace(state.open, data=state.open.data + data)
    if len(message.data) > _MAX_MESSAGE or (kind == _RRQ and block in (_SINGLE, _LAST) and len(data) < _MN_AAA_HEADER):
        return wrong_length()
    if block in (_FIRST, _NEXT):
        chip.session.ip = replace(state, open=message, rrq_hash=None)
        return OK
    digest = _md5(message.secret + message.data + message.secret)
    if kind == _RRQ:
        chip.session.ip = replace(state, open=None, rrq_hash=digest)
        return OK
    chip.session.ip = IpState(authenticated=True)
    return _answer(chip, digest)


def _mn_aaa(chip: Chip, data: bytes) -> bytes:
    """H(first octet of the challenge, secret, hash of the request, at most the last 237 octets of the challenge).

    Of a longer challenge the terminal sends the first octet and the last 237; of a shorter one the first counts twice.
    """
    state = chip.session.ip
    if state.rrq_hash is None:
        return status(SW.OUT_OF_SEQUENCE)
    challenge = data[1:]
    if not 1 <= len(challenge) <= _MAX_CHALLENGE + 1:
        return wrong_length()
    secret = _secret(chip, MN_AAA_SS, data[0])
    if secret is None:
        return status(SW.TECHNICAL_PROBLEM)
    chip.session.ip = IpState()
    return _answer(chip, _md5(challenge[:1] + secret + state.rrq_hash + challenge[-_MAX_CHALLENGE:]))


def _secret(chip: Chip, name: str, index: int) -> bytes | None:
    """The secret of a NAI: a length byte (1 to 16) and as many bytes, the NAIs one after the other (ASSUMPTION)."""
    kept = (chip.key(name) or b"")[index * IP_SECRET_LENGTH : (index + 1) * IP_SECRET_LENGTH]
    return kept[1 : 1 + kept[0]] if kept and 0 < kept[0] < IP_SECRET_LENGTH else None


def _answer(chip: Chip, digest: bytes) -> bytes:
    chip.session.pending = digest
    return response_ready(len(digest))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


COMPUTE_IP_AUTHENTICATION = CardCommand(
    name="COMPUTE IP AUTHENTICATION",
    clause="C.S0023-C 4.8.1",
    cla=CLA_IP_AUTHENTICATION,
    ins=INS.COMPUTE_IP_AUTHENTICATION,
    p1=_P1,
    p2=_P2,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    handler=_compute,
)
