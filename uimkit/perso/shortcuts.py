"""Fields that differ on every card, straight to the hex digits of their file: what the codecs give, without their work.

The codecs stay the rule: a test compares every shortcut with what placing and codec make of the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from uimkit.card.codes import adm_bytes
from uimkit.coding.identity import encode_iccid, encode_imsi
from uimkit.coding.imsi_m import packed

Shortcut = Callable[[str], str]
"""From a value in canonical form to hex digits in capitals, without the FF that fills the file."""


def _iccid(value: str) -> str:
    return encode_iccid(value).hex().upper()


@lru_cache(1)  # IMSI_T is most often that of IMSI_M
def _binary_imsi(value: str) -> str:
    return packed(value).hex().upper()


def _imsi(value: str) -> str:
    return encode_imsi(value).hex().upper()


def _uimid(value: str) -> str:
    return f"04{value[6:]}{value[4:6]}{value[2:4]}{value[:2]}000000"


def _hrpd_profile(value: str) -> str:
    return f"{len(value) + 2:02X}{len(value):02X}{value.encode().hex().upper()}10"


def _mdn(value: str) -> str:
    digits = value.ljust(16, "F").translate(_MDN_DIGITS)
    return f"{len(value):02X}{''.join([digits[at + 1] + digits[at] for at in range(0, 16, 2)])}0A00"


_MDN_DIGITS = str.maketrans("0*#", "ABC")


def _digits(value: str) -> str:
    return value.encode().hex()


def _adm(value: str) -> str:
    return adm_bytes(value).hex().upper()


SHORTCUTS: Mapping[tuple[str, str], Shortcut] = {
    ("ICCID", "3F00/2FE2"): _iccid,
    ("IMSI", "3F00/7F25/6F22"): _binary_imsi,
    ("IMSI_T", "3F00/7F25/6F23"): _binary_imsi,
    ("UIMID", "3F00/7F25/6F31"): _uimid,
    ("HRPDUPP", "3F00/7F25/6F57"): _hrpd_profile,
    ("MDN", "3F00/7F25/6F44"): _mdn,
    ("IMSIG", "3F00/7F20/6F07"): _imsi,
}
"""By field and path of the catalogue, whose codec it stands for."""


def _hrpd_secret(value: str) -> str:
    return f"{len(value) // 2:02X}{value}"


OCTETS: Mapping[str, Shortcut] = {
    "AKEY": str,
    "HRPDSS": _hrpd_secret,
    "KI": str,
    "OPC_G": str,
    "PIN1": _digits,
    "PIN2": _digits,
    "PUK1": _digits,
    "PUK2": _digits,
    "ADM": _adm,
}
"""By field, wherever its file is: no codec knows the files of keys and codes."""
