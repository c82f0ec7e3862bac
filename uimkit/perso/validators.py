"""What a value of the card data must look like.

Every validator takes the text of a cell and returns it in its canonical form, or raises ValueError with what was
expected. The message never repeats the value, which may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from uimkit.card.codes import adm_bytes, chv_bytes, unblock_bytes
from uimkit.coding.crc import crc16_genibus
from uimkit.coding.errors import CodecError
from uimkit.coding.identity import luhn_digit, luhn_valid
from uimkit.perso.simple_ip import profile_indexes

Validator = Callable[[str], str]

CHINA = "8986"
AKEY_DIGITS = 26
MAX_NAI, MAX_SIP_SECRET, MAX_HRPD_SECRET, MAX_PROFILES = 72, 31, 16, 15
"""Octets, and a number: what the length fields of C.S0016 and the key object of the HRPD secret leave room for."""

_NAI = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")
_LIST_SIZE_BYTES, _CRC_BYTES = 2, 2


def pattern(regex: str, expected: str) -> Validator:
    """Text that matches as a whole, in capitals."""
    compiled = re.compile(regex)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        capitals = value.upper()
        if not (value.isascii() and compiled.fullmatch(capitals)):
            raise ValueError(f"expected {expected}")
        return capitals

    return check


def octets(count: int) -> Validator:
    """Exactly ``count`` octets as hex digits."""
    return pattern(rf"[0-9A-F]{{{2 * count}}}", f"{2 * count} hex digits")


def each(check: Validator) -> Validator:
    """A list joined by semicolons."""
    return lambda value: ";".join(check(item) for item in value.split(";"))


imsi = pattern(r"[0-9]{15}", "15 digits")
uimid = octets(4)
sf_euimid = pattern(r"[A-F][0-9A-F]{13}", "14 hex digits from A0 on")
code = pattern(r"[0-9]{6}", "6 digits")
flag = pattern(r"[01]", "0 or 1")
overload_class = pattern(r"[0-9]|1[0-5]", "a class from 0 to 15")
directory_number = pattern(r"[0-9*#]{1,15}", "1 to 15 digits, * or #")
network = octets(2)
hrpd_secret = pattern(rf"([0-9A-F]{{2}}){{1,{MAX_HRPD_SECRET}}}", f"1 to {MAX_HRPD_SECRET} octets as hex digits")


def iccid(value: str) -> str:
    """19 or 20 digits, the last one the Luhn digit of those before it; the numbers of China have 20 (E.118)."""
    if not (value.isascii() and value.isdecimal() and 19 <= len(value) <= 20):
        raise ValueError("expected 20 digits (19 outside China)")
    if value.startswith(CHINA) and len(value) == 19:
        raise ValueError(f"expected 20 digits: the check digit is left out, it would be {luhn_digit(value)}")
    if not luhn_valid(value):
        raise ValueError(f"expected the check digit {luhn_digit(value[:-1])} at the end")
    return value


def completed_iccid(value: str) -> str:
    """An ICCID whose check digit may be left out: 19 digits in China, 18 elsewhere get it."""
    digits = unchecked_iccid(value, fewest=18)
    return iccid(digits + luhn_digit(digits) if len(digits) == (19 if digits.startswith(CHINA) else 18) else digits)


def unchecked_iccid(value: str, fewest: int = 19) -> str:
    """19 or 20 digits, whatever the last one is."""
    if not (value.isascii() and value.isdecimal() and fewest <= len(value) <= 20):
        raise ValueError(f"expected {fewest} to 20 digits")
    return value


def akey(value: str) -> str:
    """An A-key as 16 hex digits, or as people are told it: 20 decimal digits and 6 check digits (S.S0053).

    The check digits depend on the UIMID, so they are checked where all fields are known (``uimkit.perso.resolve``).
    """
    if len(value) != AKEY_DIGITS:
        return pattern(r"[0-9A-F]{16}", "16 hex digits, or 26 decimal digits with the check digits")(value)
    if not (value.isascii() and value.isdecimal() and int(value[:20]) < 1 << 64):
        raise ValueError("expected 20 decimal digits of a number of 64 bits and 6 check digits")
    return value


def system(value: str) -> str:
    """A SID of 15 bits as four hex digits."""
    if int(network(value), 16) > 0x7FFF:
        raise ValueError("expected a SID of 15 bits, 0000 to 7FFF")
    return value.upper()


def from_decimal(value: str) -> str:
    """A decimal number of 16 bits to four hex digits."""
    if not (value.isascii() and value.isdecimal() and len(value) <= 5 and int(value) <= 0xFFFF):
        raise ValueError("expected a decimal number from 0 to 65535")
    return f"{int(value):04X}"


def access_classes(value: str) -> str:
    """One class as its number, or the two octets of EF_ACC; canonical are the octets as four hex digits."""
    try:
        return f"{1 << int(overload_class(value)):04X}"
    except ValueError:
        return pattern(r"[0-9A-F]{4}", "a class from 0 to 15, or 4 hex digits")(value)


def chv(value: str) -> str:
    """4 to 8 digits."""
    return _kept(value, chv_bytes)


def unblock(value: str) -> str:
    """8 digits."""
    return _kept(value, unblock_bytes)


def adm(value: str) -> str:
    """8 ASCII characters or 16 hex digits."""
    return _kept(value, adm_bytes)


def _kept(value: str, coding: Callable[[str], bytes]) -> str:
    try:
        coding(value)
    except ValueError as error:
        raise ValueError(f"expected as {error}") from None
    return value


def nai(value: str) -> str:
    """A network access identifier, USER@REALM in ASCII."""
    if len(value) > MAX_NAI or not _NAI.fullmatch(value):
        raise ValueError(f"expected USER@REALM of at most {MAX_NAI} ASCII characters")
    return value


def block(value: str) -> str:
    """A coded block of C.S0016: the length octet and as many octets as it says, in hex digits."""
    data = bytes.fromhex(pattern(r"([0-9A-F]{2})+", "a block in hex digits")(value))
    if data[0] != len(data) - 1:
        raise ValueError(f"expected a block whose first octet is the number of the {len(data) - 1} octets behind it")
    return value.upper()


def nais_or_block(value: str) -> str:
    """A list of identifiers, or one coded block."""
    return each(nai)(value) if "@" in value else block(value)


def simple_ip_profiles(value: str) -> str:
    """A list of at most 15 identifiers, or one coded block that its profiles fill."""
    checked = nais_or_block(value)
    if checked.count(";") >= MAX_PROFILES:
        raise ValueError(f"expected at most {MAX_PROFILES} identifiers")
    if "@" not in checked:
        try:
            profile_indexes(bytes.fromhex(checked)[1:])
        except CodecError as error:
            raise ValueError(f"expected a block of Simple IP user profiles: {error.message}") from None
    return checked


def sip_secret(value: str) -> str:
    """Text of at most 31 characters, or 32 hex digits: 16 octets, of which the 00 at the end do not count."""
    if len(value) == 2 * 16:
        return octets(16)(value)
    if not (value.isascii() and value.isprintable() and 0 < len(value) <= MAX_SIP_SECRET):
        raise ValueError(f"expected 1 to {MAX_SIP_SECRET} ASCII characters, or 32 hex digits")
    return value


def service_centre(value: str) -> str:
    """An international number, with or without the plus sign; canonical without."""
    return pattern(r"[0-9]{1,20}", "a number of at most 20 digits, + in front allowed")(value.removeprefix("+"))


def roaming_list(value: str) -> str:
    """A list of C.S0016 3.5.5 in hex digits: its size in the first two octets, its CRC in the last two."""
    data = bytes.fromhex(pattern(r"([0-9A-F]{2}){10,}", "a roaming list in hex digits")(value))
    size = int.from_bytes(data[:_LIST_SIZE_BYTES], "big")
    if size != len(data):
        raise ValueError(f"expected as many octets as its size field says, {size}, but there are {len(data)}")
    if crc16_genibus(data[:-_CRC_BYTES]) != int.from_bytes(data[-_CRC_BYTES:], "big"):
        raise ValueError(f"expected the CRC {crc16_genibus(data[:-_CRC_BYTES]):04X} at the end")
    return value.upper()
