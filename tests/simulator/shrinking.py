"""Scripts of APDUs that fail, made minimal."""

from __future__ import annotations

from collections.abc import Callable

RESET = b""
"""Stands for a reset in a script."""


def shrink(script: list[bytes], fails: Callable[[list[bytes]], bool]) -> list[bytes]:
    """A minimal failing script: no single APDU of it can be left out (delta debugging)."""
    size = max(1, len(script) // 2)
    while True:
        at = 0
        while at < len(script):
            shorter = script[:at] + script[at + size :]
            if fails(shorter):
                script = shorter
            else:
                at += size
        if size == 1:
            return script
        size = max(1, size // 2)


def shown(script: list[bytes]) -> str:
    """One APDU in hex a line, to play on any card."""
    return "\n".join(apdu.hex().upper() or "reset" for apdu in script)
