"""The check sum of the preferred roaming lists (C.S0016-C 3.5.5)."""

from __future__ import annotations


def crc16_genibus(data: bytes) -> int:
    """CRC-16/GENIBUS: x16 + x12 + x5 + 1, preset FFFF, not reflected, complemented. "123456789" gives D64E."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc ^ 0xFFFF
