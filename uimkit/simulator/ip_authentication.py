"""COMPUTE IP AUTHENTICATION: answers to HRPD, Simple IP and Mobile IP challenges (C.S0023-C 4.8.1).

A Mobile IP registration is MN-HA authenticators (any number), the hash of the registration request, the MN-AAA
authenticator. A message may come in blocks; its bytes so far are the session's and a reset drops them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from uimkit.apdu import SW
from uimkit.crypto import chap
from uimkit.simulator.answers import OK, response_ready, status, wrong_length
from uimkit.simulator.authentication import HRPD_SS, IP_SECRET_LENGTH, MN_AAA_SS, MN_HA_SS, SIP_CHAP_SS, key

if TYPE_CHECKING:
    from uimkit.simulator.card import Card

_CHAP, _MN_HA, _RRQ, _MN_AAA, _HRPD = range(5)
P1 = frozenset((_CHAP, _MN_HA, _RRQ, _MN_AAA, _HRPD))
_FIRST, _NEXT, _SINGLE, _LAST = range(4)
P2 = frozenset((_FIRST, _NEXT, _SINGLE, _LAST))
_MAX_MESSAGE = 4096
"""Bytes of a message in blocks that the card holds: a Mobile IP registration is far shorter (ASSUMPTION)."""
_MAX_CHALLENGE, _MN_AAA_HEADER = 237, 8


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose last block has not come: what it is for, its secret, and its bytes so far."""

    kind: int
    secret: bytes = field(repr=False)
    data: bytes


@dataclass(frozen=True, slots=True)
class IpState:
    """How far a Mobile IP registration is. ``rrq_hash`` waits for the MN-AAA authenticator."""

    open: Message | None = None
    authenticated: bool = False
    """An MN-HA authenticator was computed since the last MN-AAA authenticator."""
    rrq_hash: bytes | None = None


def compute(card: Card, p1: int, p2: int, _p3: int, data: bytes) -> bytes:
    """P1 00 Simple IP CHAP, 01 MN-HA authenticator, 02 registration request hash, 03 MN-AAA authenticator, 04 HRPD.

    P2 tells blocks apart for 01 and 02 and is 00 else (6B 00). 67 00 for too few or too many bytes, 6F 00 without a
    secret for the NAI (ASSUMPTION), 98 34 for a step or a block out of turn.
    """
    if p1 in (_MN_HA, _RRQ):
        return _message(card, p1, p2, data)
    if p2:
        return status(SW.WRONG_PARAMETERS)
    if p1 == _MN_AAA:
        return _mn_aaa(card, data)
    return _chap(card, data[0], HRPD_SS, 0, data[1:]) if p1 == _HRPD else _chap_of_nai(card, data)


def _chap_of_nai(card: Card, data: bytes) -> bytes:
    return wrong_length() if len(data) < 2 else _chap(card, data[0], SIP_CHAP_SS, data[1], data[2:])


def _chap(card: Card, identifier: int, name: str, index: int, challenge: bytes) -> bytes:
    if not challenge:
        return wrong_length()
    secret = _secret(card, name, index)
    if secret is None:
        return status(SW.TECHNICAL_PROBLEM)
    return _answer(card, chap.response(identifier, secret, challenge))


def _message(card: Card, kind: int, block: int, data: bytes) -> bytes:
    """One block of a message; the last one, or a single one, is answered (MN-HA) or kept as a hash."""
    state = card.session.ip
    if block in (_FIRST, _SINGLE):
        if kind == _RRQ and not state.authenticated:
            return status(SW.OUT_OF_SEQUENCE)
        secret = _secret(card, MN_HA_SS, data[0]) if kind == _MN_HA else b""
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
        card.session.ip = replace(state, open=message, rrq_hash=None)
        return OK
    digest = _md5(message.secret + message.data + message.secret)
    if kind == _RRQ:
        card.session.ip = replace(state, open=None, rrq_hash=digest)
        return OK
    card.session.ip = IpState(authenticated=True)
    return _answer(card, digest)


def _mn_aaa(card: Card, data: bytes) -> bytes:
    """H(first octet of the challenge, secret, hash of the request, at most the last 237 octets of the challenge).

    Of a longer challenge the terminal sends the first octet and the last 237; of a shorter one the first counts twice.
    """
    state = card.session.ip
    if state.rrq_hash is None:
        return status(SW.OUT_OF_SEQUENCE)
    challenge = data[1:]
    if not 1 <= len(challenge) <= _MAX_CHALLENGE + 1:
        return wrong_length()
    secret = _secret(card, MN_AAA_SS, data[0])
    if secret is None:
        return status(SW.TECHNICAL_PROBLEM)
    card.session.ip = IpState()
    return _answer(card, _md5(challenge[:1] + secret + state.rrq_hash + challenge[-_MAX_CHALLENGE:]))


def _secret(card: Card, name: str, index: int) -> bytes | None:
    """The secret of a NAI: a length byte (1 to 16) and as many bytes, the NAIs one after the other (ASSUMPTION)."""
    kept = (key(card, name) or b"")[index * IP_SECRET_LENGTH : (index + 1) * IP_SECRET_LENGTH]
    return kept[1 : 1 + kept[0]] if kept and 0 < kept[0] < IP_SECRET_LENGTH else None


def _answer(card: Card, digest: bytes) -> bytes:
    card.session.pending = digest
    return response_ready(len(digest))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
