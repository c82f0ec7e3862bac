"""Which value each field of a card has, and where it comes from: data, profile default, or another field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from uimkit.coding.identity import pseudo_uimid
from uimkit.crypto.cave import KEY_LENGTH, akey_check
from uimkit.errors import InputError
from uimkit.perso.fields import FIELDS, Values
from uimkit.perso.rows import CardData
from uimkit.perso.validators import AKEY_DIGITS

CHINA_SIDS = range(0x3500, 0x3800)
"""The systems of China, 13568 to 14335."""

_UNICOM_GSM = "898606"
_SPECIAL_CLASSES = 10


@dataclass(frozen=True)
class Resolved:
    """All values of one card, and for each where it comes from. ``warnings`` are oddities that an operator may mean."""

    values: Values = field(repr=False)
    sources: Mapping[str, str]
    where: str
    warnings: tuple[str, ...] = ()


def resolve(data: CardData, defaults: Values) -> Resolved:
    """Fill in what the data leave out: profile defaults first, then what follows from other fields.

    Raises InputError (``data.where``) when fields of the data contradict each other.
    """
    values = dict(data.values)
    sources = {name: f"column {data.columns.index(name) + 1}" for name in values}
    for name, value in defaults.items():
        if name not in values:
            values[name] = value
            sources[name] = "profile default"
    if "UIMID" not in values and "SF_EUIMID" in values:
        # a card with that EF has service n8, and then the hash is not that of the ICCID (C.S0023-C 3.4.17)
        values["UIMID"], sources["UIMID"] = pseudo_uimid(values["SF_EUIMID"]), "derived from SF_EUIMID"
    for name, description in FIELDS.items():
        derivation = description.derivation
        if name not in values and derivation is not None and derivation.source in values:
            values[name] = derivation.rule(values[derivation.source])
            sources[name] = f"derived from {derivation.source}"
    if len(values.get("AKEY", "")) == AKEY_DIGITS:
        values["AKEY"] = _checked_akey(values, data.where)
    _refuse_contradictions(values, data.where)
    return Resolved(values, sources, data.where, tuple(_warnings(values)))


def _checked_akey(values: Values, where: str) -> str:
    """The A-key of 26 decimal digits as 16 hex digits. Raises InputError when its check digits are not the UIMID's."""
    digits, uimid = values["AKEY"], values.get("UIMID")
    if uimid is None:
        raise InputError("AKEY: found 26 digits, expected a UIMID beside them, on which the check digits depend", where)
    key = int(digits[:20]).to_bytes(KEY_LENGTH, "big")
    if akey_check(key, int(uimid, 16)) != int(digits[20:]):
        raise InputError(f"AKEY: the last 6 of 26 digits are not the check digits for UIMID {uimid}", where)
    return key.hex().upper()


def _refuse_contradictions(values: Values, where: str) -> None:
    for name, imsi in (("ACCOLC", "IMSI"), ("ACC", "IMSIG"), ("ACC_LTE", "IMSI_LTE")):
        found, expected = _ordinary_class(name, values), values.get(imsi, "")[-1:]
        if expected and found is not None and str(found) != expected:
            raise InputError(f"{name}: found class {found}, expected {expected}, the last digit of {imsi}", where)
    if "IMSIG" in values and "KI" not in values:
        raise InputError("KI: found none, expected one beside IMSIG", where)
    if "KI" in values and "IMSIG" not in values:
        raise InputError("IMSIG: found none, expected one beside KI", where)


def _pseudo_uimids(iccid: str, sf_euimid: str | None) -> Iterator[str]:
    """What the UIMID may follow from: the ICCID, or the SF_EUIMID, which some hash in the order of the file."""
    yield pseudo_uimid(iccid)
    if sf_euimid is not None:
        yield pseudo_uimid(sf_euimid)
        yield pseudo_uimid(bytes.fromhex(sf_euimid)[::-1].hex())


def _ordinary_class(name: str, values: Values) -> int | None:
    """The one class of 0 to 9 that a field holds; None when there is none, more than one, or a special one."""
    value = values.get(name)
    if value is None:
        return None
    classes = [int(value)] if name == "ACCOLC" else [bit for bit in range(16) if int(value, 16) >> bit & 1]
    return classes[0] if len(classes) == 1 and classes[0] < _SPECIAL_CLASSES else None


def _warnings(values: Values) -> Iterator[str]:
    iccid, uimid = values.get("ICCID", ""), values.get("UIMID")
    if iccid.startswith(_UNICOM_GSM):
        yield f"ICCID: {_UNICOM_GSM} is not an issuer of CDMA cards (expected 898603 or 898611)"
    if iccid and uimid and uimid not in _pseudo_uimids(iccid, values.get("SF_EUIMID")):
        yield f"UIMID: {uimid} is not the pseudo-UIMID {pseudo_uimid(iccid)} of the ICCID"
    if "SID" in values and int(values["SID"], 16) not in CHINA_SIDS:
        number = int(values["SID"], 16)
        yield f"SID: {values['SID']} (decimal {number}) is not in 3500 to 37FF; was it decimal?"
    for name in ("ACCOLC", "ACC", "ACC_LTE"):
        if name in values and _ordinary_class(name, values) is None:
            yield f"{name}: {values[name]} is not one of the ordinary classes 0 to 9"
    if "HRPDUPP" in values and "IMSI" in values and values["HRPDUPP"].partition("@")[0] != values["IMSI"]:
        yield "HRPDUPP: the user is not the IMSI"
