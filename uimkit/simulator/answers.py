"""Answers as the bytes that leave the card."""

from __future__ import annotations

from uimkit.apdu import SW

OK = SW.OK.to_bytes(2, "big")


def status(sw: int) -> bytes:
    """A status word alone."""
    return sw.to_bytes(2, "big")


def wrong_length(right: int = 0) -> bytes:
    """67 XX: XX is the right P3, or 00 for no information (GSM 11.11 9.4.6)."""
    return bytes((0x67, right & 0xFF))


def response_ready(length: int) -> bytes:
    """9F XX: XX bytes wait for GET RESPONSE (9.4.1)."""
    return bytes((0x9F, length & 0xFF))


def is_success(answer: bytes) -> bool:
    """The command was carried out: 90 00 or 9F XX (9.4.1)."""
    return answer[-2] in (0x90, 0x9F)
