"""CHAP with MD5 (RFC 1994 4.1), as R-UIMs answer it (C.S0023-C 4.8.1)."""

from __future__ import annotations

import hashlib

RESPONSE_LENGTH = 16


def response(identifier: int, secret: bytes, challenge: bytes) -> bytes:
    """MD5 over CHAP-ID (one byte), secret and challenge: 16 bytes."""
    return hashlib.md5(bytes((identifier,)) + secret + challenge, usedforsecurity=False).digest()
