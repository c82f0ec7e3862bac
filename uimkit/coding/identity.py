"""Numbers that identify cards, phones and subscribers: ICCID, IMSI, ESN, MEID, UIMID and their check digits."""

from __future__ import annotations

import hashlib
import re

from uimkit.coding.bcd import HEX, all_digits, swapped
from uimkit.coding.errors import CodecError, shown

PSEUDO = 0x80
"""The first byte of a pseudo-ESN and of a pseudo-UIMID."""

_ANY_HEX, _ANY_DIGITS, _DIGITS = re.compile("[0-9A-F]*"), re.compile("[0-9]*"), re.compile("[0-9]+")
_ICCID, _IMSI = re.compile("[0-9A-F]{0,20}"), re.compile("[0-9]{1,15}")
_ESN, _DECIMAL_ESN = re.compile("[0-9A-F]{8}"), re.compile("[0-9]{11}")
_MEID, _DECIMAL_MEID = re.compile("[0-9A-F]{14}"), re.compile("[0-9]{18}")
_EUIMID = re.compile("[0-9A-F]{14}|[0-9A-F]{18,20}")

_SINGLE = bytes(byte - 0x30 if 0x30 <= byte <= 0x39 else 0 for byte in range(256))
_DOUBLED = bytes(digit * 2 // 10 + digit * 2 % 10 for digit in _SINGLE)
"""What an ASCII digit counts in a Luhn sum."""


def luhn_digit(digits: str, base: int = 10) -> str:
    """The check digit that belongs behind ``digits``: Luhn, in base 16 for a MEID (hex digits)."""
    if base == 10 and digits.isascii() and digits.isdecimal():
        octets = digits.encode()
        return str(-(sum(octets[::-2].translate(_DOUBLED)) + sum(octets[-2::-2].translate(_SINGLE))) % 10)
    total = 0
    for position, digit in enumerate(reversed(_checked(digits, _ANY_HEX if base == 16 else _ANY_DIGITS, "digits"))):
        number = int(digit, base) * (2 if position % 2 == 0 else 1)
        total += number // base + number % base
    return f"{-total % base:X}"


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the Luhn digit of those before it."""
    return len(digits) > 1 and digits.isascii() and digits.isdecimal() and luhn_digit(digits[:-1]) == digits[-1]


def encode_iccid(iccid: str) -> bytes:
    """The 10 bytes of EF_ICCID, nibbles swapped, filled with F. Hex digits are kept, as old cards carry them.

    Raises CodecError for more than 20 digits and for any other character.
    """
    digits = _checked(iccid, _ICCID, "an ICCID of at most 20 digits")
    return swapped(digits.ljust(20, "F"))


def decode_iccid(data: bytes) -> str:
    """The digits of EF_ICCID without the filler."""
    return all_digits(data, HEX).rstrip("F")


def encode_imsi(imsi: str) -> bytes:
    """The 9 bytes of EF_IMSI (GSM 11.11 10.3.2): length, identity type with parity, digits, FF."""
    digits = _checked(imsi, _IMSI, "an IMSI of 1 to 15 digits")
    packed = swapped(f"9{digits}" if len(digits) % 2 else f"1{digits}F")
    return (bytes([len(packed)]) + packed).ljust(9, b"\xff")


def decode_imsi(data: bytes) -> str:
    """The digits of EF_IMSI within its length; a nibble that is no digit shows as its hex digit."""
    if not data:
        raise CodecError("the length is missing")
    return all_digits(data[1 : 1 + data[0]], HEX)[1:].rstrip("F")


def access_class_bits(digit: int) -> bytes:
    """The 2 bytes of EF_ACC for one class: bit ``digit`` (0 to 15) set."""
    if not 0 <= digit <= 15:
        raise CodecError(f"access class {digit} is not in 0 to 15")
    return (1 << digit).to_bytes(2, "big")


def overload_class(imsi_m: str) -> int:
    """ACCOLC of a normal phone: the last digit of IMSI_M (C.S0023 3.4.12)."""
    return int(_checked(imsi_m, _DIGITS, "an IMSI")[-1])


def esn_to_decimal(esn: str) -> str:
    """8 hex digits to 11 decimal digits: 3 of the maker, 8 of the serial number."""
    number = int(_checked(esn, _ESN, "an ESN of 8 hex digits"), 16)
    return f"{number >> 24:03}{number & 0xFFFFFF:08}"


def esn_from_decimal(esn: str) -> str:
    """11 decimal digits to 8 hex digits; raises CodecError above 255 and 16777215."""
    digits = _checked(esn, _DECIMAL_ESN, "an ESN of 11 decimal digits")
    maker, serial = int(digits[:3]), int(digits[3:])
    if maker > 0xFF or serial > 0xFFFFFF:
        raise CodecError(f"ESN {esn}: at most 255 and 16777215")
    return f"{maker:02X}{serial:06X}"


def meid_to_decimal(meid: str) -> str:
    """14 hex digits to 18 decimal digits: 10 and 8."""
    digits = _checked(meid, _MEID, "a MEID of 14 hex digits")
    return f"{int(digits[:8], 16):010}{int(digits[8:], 16):08}"


def meid_from_decimal(meid: str) -> str:
    """18 decimal digits to 14 hex digits; raises CodecError beyond 32 and 24 bits."""
    digits = _checked(meid, _DECIMAL_MEID, "a MEID of 18 decimal digits")
    high, low = int(digits[:10]), int(digits[10:])
    if high > 0xFFFFFFFF or low > 0xFFFFFF:
        raise CodecError(f"MEID {meid}: at most 4294967295 and 16777215")
    return f"{high:08X}{low:06X}"


def meid_check_digit(meid: str) -> str:
    """The check digit of 14 hex digits: Luhn in base 16, or in base 10 when all of them are decimal."""
    digits = _checked(meid, _MEID, "a MEID of 14 hex digits")
    return luhn_digit(digits, 10 if digits.isdecimal() else 16)


def pseudo_esn(meid: str) -> str:
    """The pESN of a MEID: 80 and the last 3 bytes of SHA-1 over its 7 bytes, as 8 hex digits."""
    return _pseudo(bytes.fromhex(_checked(meid, _MEID, "a MEID of 14 hex digits")))


def pseudo_uimid(euimid: str) -> str:
    """The pUIMID of an EUIMID (C.S0023 3.4.17), as 8 hex digits.

    LF_EUIMID: the 18 to 20 digits of the ICCID, in reading order, filled with F. SF_EUIMID: 14 hex digits.
    """
    digits = _checked(euimid, _EUIMID, "an EUIMID of 14 or 18 to 20 digits")
    return _pseudo(bytes.fromhex(digits if len(digits) == 14 else digits.ljust(20, "F")))


def _pseudo(data: bytes) -> str:
    return f"{PSEUDO:02X}{hashlib.sha1(data, usedforsecurity=False).hexdigest()[-6:].upper()}"


def _checked(digits: str, pattern: re.Pattern[str], what: str) -> str:
    """The digits in capitals; raises CodecError when they are not as expected."""
    capitals = digits.upper()
    if not digits.isascii() or not pattern.fullmatch(capitals):
        raise CodecError(f"expected {what}, found {shown(digits)}")
    return capitals
