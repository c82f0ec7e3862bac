"""Fields that differ on every card, straight to the hex digits of their file: what the codecs give, without their work.

The codecs stay the rule: a test compares every shortcut with the codec of its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from uimkit.coding.identity import encode_iccid, encode_imsi
from uimkit.coding.imsi_m import ImsiM, encode_imsi_m


def _iccid(value: str) -> str:
    return encode_iccid(value).hex()


def _binary_imsi(value: str) -> str:
    return encode_imsi_m(ImsiM(value)).hex()


def _imsi(value: str) -> str:
    return encode_imsi(value).hex()


def _uimid(value: str) -> str:
    return f"04{value[6:]}{value[4:6]}{value[2:4]}{value[:2]}000000"


def _hrpd_profile(value: str) -> str:
    return f"{len(value) + 2:02X}{len(value):02X}{value.encode().hex()}10"


SHORTCUTS: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("ICCID", "3F00/2FE2"): _iccid,
    ("IMSI", "3F00/7F25/6F22"): _binary_imsi,
    ("IMSI_T", "3F00/7F25/6F23"): _binary_imsi,
    ("UIMID", "3F00/7F25/6F31"): _uimid,
    ("HRPDUPP", "3F00/7F25/6F57"): _hrpd_profile,
    ("IMSIG", "3F00/7F20/6F07"): _imsi,
}
"""Field and path of the catalogue, and what of a canonical value stands in the file, without the FF behind it."""
