"""Ranges of identities, and the numbers that follow from one another: MIN, check digits, pseudo-UIMID, MEID, ESN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from uimkit.coding import identity
from uimkit.coding.errors import CodecError, shown
from uimkit.crypto.cave import KEY_LENGTH, akey_check
from uimkit.errors import InputError
from uimkit.perso.fields import FIELDS
from uimkit.perso.validators import CHINA

MIN_DIGITS = 10
MANUFACTURER_CODES_OF_14_BITS = (*range(18), 250, 255)
"""UIMIDs that begin with these have a manufacturer code of 14 bits and a serial number of 18, others 8 and 24."""

PseudoOf = Literal["auto", "ICCID", "SF_EUIMID"]
_E118_PREFIX = 7
_CHINA_BODY, _CHINA_SERIAL = 19, 6
_MDN_SERIAL = 8
_MEID_SERIAL_HEX = 6


@dataclass(frozen=True, slots=True)
class Options:
    """Where operators differ. The defaults are those of China Telecom.

    ``serial_digits``: how many digits at the end of a number (of an ICCID without its check digit) a range may count
    through, where it is not the usual ones. ``check_digit`` False: ICCIDs end without the digit of E.118.
    ``pseudo_of``: the EUIMID whose hash is the UIMID; "auto" takes the SF_EUIMID when the range has one.
    ``reversed_sf_euimid``: ASSUMPTION, an option: its 7 octets are hashed lowest first, as they are in the file.
    """

    serial_digits: Mapping[str, int] = field(default_factory=dict)
    check_digit: bool = True
    pseudo_of: PseudoOf = "auto"
    reversed_sf_euimid: bool = False


_USUAL = Options()


@dataclass(frozen=True, slots=True)
class _Counter:
    """Numbers of equal length, one after the other."""

    first: int
    length: int
    base: Literal[10, 16]

    def at(self, position: int) -> str:
        number = self.first + position
        return f"{number:0{self.length}d}" if self.base == 10 else f"{number:0{self.length}X}"


@dataclass(frozen=True, slots=True)
class Ranges:
    """``count`` cards whose identities count upwards from ``starts``; made by `ranges`, which checks them."""

    count: int
    starts: Mapping[str, str]
    options: Options = _USUAL
    _counters: Mapping[str, _Counter] = field(default_factory=dict, repr=False)

    def row(self, position: int) -> dict[str, str]:
        """Values of FIELDS of the card at ``position``, from 0 to ``count`` - 1; IndexError beyond.

        The ICCID has its check digit. The UIMID is there when it is a range itself or follows from an SF_EUIMID or by
        an option; else it follows from the ICCID where all fields are known, as ACCOLC and others do.
        """
        if not 0 <= position < self.count:
            raise IndexError(f"card {position} of {self.count}")
        row = {name: counter.at(position) for name, counter in self._counters.items()}
        if "ICCID" in row and self.options.check_digit:
            row["ICCID"] += identity.luhn_digit(row["ICCID"])
        if "UIMID" not in row and (source := self._pseudo_source()):
            row["UIMID"] = _pseudo_uimid(row[source], reverse=source == "SF_EUIMID" and self.options.reversed_sf_euimid)
        return row

    def _pseudo_source(self) -> str | None:
        if self.options.pseudo_of == "auto":
            return "SF_EUIMID" if "SF_EUIMID" in self.starts else None
        return self.options.pseudo_of


def ranges(count: int, starts: Mapping[str, str], options: Options = _USUAL) -> Ranges:
    """Ranges of ``count`` numbers for each field of ``starts``, the first number given.

    Fields are ICCID (without its check digit: 19 digits in China, else 18 or 19), IMSI, IMSI_T, IMSIG, IMSI_LTE, MDN,
    UIMID and SF_EUIMID. Raises InputError: unknown field, wrong digits, or a last number that runs over the digits
    that a range may count through (``options.serial_digits``), and so into another area, issuer or maker.
    """
    if count < 1:
        raise InputError(f"range of {count} cards: expected at least one")
    for name in (*starts, *options.serial_digits):
        if name not in _RANGES:
            raise InputError(f"range of {shown(name)}: there are ranges of {', '.join(_RANGES)} only")
    if options.pseudo_of not in ("auto", *starts):
        raise InputError(f"UIMID: it shall follow from {options.pseudo_of}, of which there is no range")
    counters = {name: _counter(name, start, count, options) for name, start in starts.items()}
    return Ranges(count, dict(starts), options, counters)


def _counter(name: str, start: str, count: int, options: Options) -> _Counter:
    base, check, serial_of = _RANGES[name]
    try:
        digits = check(start, options)
    except (CodecError, ValueError) as error:
        raise InputError(f"found {shown(start)}, {error}", f"range of {name}") from None
    serial = options.serial_digits.get(name, 0) or None
    if serial is not None and not 0 < serial <= len(digits):
        raise InputError(f"serial of {serial} digits: the number has {len(digits)}", f"range of {name}")
    room = base**serial if serial else serial_of(digits)
    first = int(digits, base)
    left = room - first % room
    if count > left:
        last = _Counter(first - first % room + room - 1, len(digits), base).at(0)
        raise InputError(f"{count} numbers from {digits} on: there are {left} up to {last}", f"range of {name}")
    return _Counter(first, len(digits), base)


def _iccid_start(start: str, options: Options) -> str:
    """An ICCID without its check digit; with the option, whole."""
    lengths = (18, 19) if options.check_digit else (19, 20)
    if not (start.isascii() and start.isdecimal()) or len(start) not in lengths:
        raise ValueError(f"expected {lengths[0]} or {lengths[1]} digits: {_ICCID_FORMS[options.check_digit]}")
    if options.check_digit and start.startswith(CHINA) and len(start) != _CHINA_BODY:
        raise ValueError(f"expected {_CHINA_BODY} digits: a number of China has 20 with its check digit")
    return start


_ICCID_FORMS = {True: "the first number without its check digit", False: "the first number, which has no check digit"}


def _iccid_room(digits: str) -> int:
    """China: 6 digits behind issuer, year, maker and area. Else what the issuer's 7 digits leave (E.118)."""
    serial = _CHINA_SERIAL if digits.startswith(CHINA) else len(digits) - _E118_PREFIX
    return int(10**serial)


def _as_field(name: str, start: str, _: Options) -> str:
    return FIELDS[name].check(start)


def _mdn_start(start: str, _: Options) -> str:
    if not (start.isascii() and start.isdecimal() and len(start) <= 15):
        raise ValueError("expected 1 to 15 digits")
    return start


def _uimid_start(start: str, _: Options) -> str:
    uimid = FIELDS["UIMID"].check(start)
    if int(uimid[:2], 16) == identity.PSEUDO:
        raise ValueError("expected an assigned number: those that begin with 80 are pseudo-UIMIDs")
    return uimid


def _uimid_room(uimid: str) -> int:
    return 1 << (18 if int(uimid[:2], 16) in MANUFACTURER_CODES_OF_14_BITS else 24)


def _ten_digits(_: str) -> int:
    """The MIN: mobile country code and the two digits of the network stay."""
    return int(10**MIN_DIGITS)


_RANGES: Mapping[str, tuple[Literal[10, 16], Callable[[str, Options], str], Callable[[str], int]]] = {
    "ICCID": (10, _iccid_start, _iccid_room),
    "IMSI": (10, partial(_as_field, "IMSI"), _ten_digits),
    "IMSI_T": (10, partial(_as_field, "IMSI_T"), _ten_digits),
    "IMSIG": (10, partial(_as_field, "IMSIG"), _ten_digits),
    "IMSI_LTE": (10, partial(_as_field, "IMSI_LTE"), _ten_digits),
    "MDN": (10, _mdn_start, lambda digits: 10 ** min(_MDN_SERIAL, len(digits))),
    "UIMID": (16, _uimid_start, _uimid_room),
    "SF_EUIMID": (16, partial(_as_field, "SF_EUIMID"), lambda _: 16**_MEID_SERIAL_HEX),
}
"""Base, what the first number must be, and how many numbers share the digits that a range must not change."""


def mobile_identification_number(imsi: str) -> str:
    """The MIN of an IMSI: its last ten digits (C.S0005 2.3.1)."""
    return FIELDS["IMSI"].check(imsi)[-MIN_DIGITS:]


def akey_digits(akey: str, uimid: str) -> str:
    """An A-key (16 hex digits) as people are told it: 20 decimal digits and 6 check digits for that UIMID (S.S0053).

    Raises CodecError without repeating the key.
    """
    try:
        key, number = bytes.fromhex(akey), int(uimid, 16)
    except ValueError:
        key, number = b"", 0
    if len(key) != KEY_LENGTH or len(uimid) != 8:
        raise CodecError("expected an A-key of 16 and a UIMID of 8 hex digits")
    return f"{int.from_bytes(key, 'big'):020}{akey_check(key, number):06}"


def esn(text: str) -> str:
    """An ESN or UIMID of 8 hex digits, from 8 hex or 11 decimal digits. Raises CodecError."""
    if len(text) == 11:
        return identity.esn_from_decimal(text)
    identity.esn_to_decimal(text)
    return text.upper()


def meid(text: str) -> str:
    """A MEID of 14 hex digits (S.R0048), from 14 hex or 18 decimal digits, a check digit behind them allowed.

    Raises CodecError for other lengths, for a first octet that is neither A0 to FF nor, as that of an IMEI, decimal
    throughout, and for a wrong check digit.
    """
    if len(text) in (18, 19):
        found, expected = identity.meid_from_decimal(text[:18]), identity.luhn_digit(text[:18])
    elif len(text) in (14, 15):
        found = identity.meid_from_decimal(identity.meid_to_decimal(text[:14]))
        expected = identity.meid_check_digit(found)
    else:
        raise CodecError(f"expected a MEID of 14 hex or 18 decimal digits, found {shown(text)}")
    if int(found[:2], 16) < 0xA0 and not found.isdecimal():
        raise CodecError(f"expected a MEID from A0 on, found {found}")
    if len(text) in (15, 19) and text[-1].upper() != expected:
        raise CodecError(f"MEID {shown(text)}: expected the check digit {expected}")
    return found


def meid_decimal(text: str) -> str:
    """A MEID in its decimal form with check digit, 19 digits. Raises as `meid`."""
    digits = identity.meid_to_decimal(meid(text))
    return digits + identity.luhn_digit(digits)


def _pseudo_uimid(euimid: str, *, reverse: bool) -> str:
    return identity.pseudo_uimid(bytes.fromhex(euimid)[::-1].hex() if reverse else euimid)
