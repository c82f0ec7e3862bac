"""Which value each field of a card has, and where it comes from: data, profile default, or another field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

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
_CLASSES = {"ACCOLC": "IMSI", "ACC": "IMSIG", "ACC_LTE": "IMSI_LTE"}
"""Access class to the IMSI whose last digit it is."""


@dataclass(slots=True)
class Resolved:
    """All values of one card, and for each where it comes from. ``warnings`` are oddities that an operator may mean."""

    values: Values = field(repr=False)
    sources: Mapping[str, str]
    where: str
    warnings: tuple[str, ...] = ()


Warning = Callable[[Values], str | None]


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What is to be done with every card whose data give the same fields.

    ``defaults`` are added, then ``derived``: field, source and rule. ``classes`` are access classes with the IMSI they
    must fit, ``fault`` is what is wrong with all such cards, ``warnings`` what to look for; where one field followed
    from the other there is nothing to compare.
    """

    sources: Mapping[str, str]
    defaults: Values = field(repr=False)
    derived: tuple[tuple[str, str, Callable[[str], str]], ...]
    classes: tuple[tuple[str, str], ...]
    fault: str | None
    warnings: tuple[Warning, ...]


class Resolver:
    """Fills in what the data leave out: profile defaults first, then what follows from other fields."""

    def __init__(self, defaults: Values) -> None:
        self._defaults = defaults
        self._recipes: dict[tuple[tuple[str, ...], tuple[str, ...]], _Recipe] = {}

    def __call__(self, data: CardData) -> Resolved:
        """All values of a card. Raises InputError (``data.where``) when fields of the data contradict each other."""
        given = (data.columns, tuple(data.values))
        recipe = self._recipes.get(given) or self._recipes.setdefault(given, self._recipe(*given))
        values = {**data.values, **recipe.defaults}
        for name, source, rule in recipe.derived:
            values[name] = rule(values[source])
        if len(values.get("AKEY", "")) == AKEY_DIGITS:
            values["AKEY"] = _checked_akey(values, data.where)
        for name, imsi in recipe.classes:
            _refuse_another_class(name, values[name], imsi, values[imsi], data.where)
        if recipe.fault is not None:
            raise InputError(recipe.fault, data.where)
        warnings = [warning for look in recipe.warnings if (warning := look(values))]
        return Resolved(values, recipe.sources, data.where, tuple(warnings))

    def _recipe(self, columns: tuple[str, ...], given: tuple[str, ...]) -> _Recipe:
        defaults = {name: value for name, value in self._defaults.items() if name not in given}
        sources = {name: f"column {columns.index(name) + 1}" for name in given}
        sources |= dict.fromkeys(defaults, "profile default")
        derived = list(_derivations(sources))
        sources |= {name: f"derived from {source}" for name, source, _ in derived}
        follows = {name for name, _, _ in derived}
        classes = tuple(
            (name, imsi) for name, imsi in _CLASSES.items() if {name, imsi} <= sources.keys() and name not in follows
        )
        warnings = tuple(_warnings(sources.keys(), follows))
        return _Recipe(sources, defaults, tuple(derived), classes, _fault(sources.keys()), warnings)


def _derivations(known: Mapping[str, str]) -> Iterator[tuple[str, str, Callable[[str], str]]]:
    names = set(known)
    if "UIMID" not in names and "SF_EUIMID" in names:
        # a card with that EF has service n8, and then the hash is not that of the ICCID (C.S0023-C 3.4.17)
        names.add("UIMID")
        yield "UIMID", "SF_EUIMID", pseudo_uimid
    for name, description in FIELDS.items():
        derivation = description.derivation
        if name not in names and derivation is not None and derivation.source in names:
            names.add(name)
            yield name, derivation.source, derivation.rule


def _checked_akey(values: Values, where: str) -> str:
    """The A-key of 26 decimal digits as 16 hex digits. Raises InputError when its check digits are not the UIMID's."""
    digits, uimid = values["AKEY"], values.get("UIMID")
    if uimid is None:
        raise InputError("AKEY: found 26 digits, expected a UIMID beside them, on which the check digits depend", where)
    key = int(digits[:20]).to_bytes(KEY_LENGTH, "big")
    if akey_check(key, int(uimid, 16)) != int(digits[20:]):
        raise InputError(f"AKEY: the last 6 of 26 digits are not the check digits for UIMID {uimid}", where)
    return key.hex().upper()


def _refuse_another_class(name: str, value: str, imsi_name: str, imsi: str, where: str) -> None:
    found, expected = _ordinary_class(name, value), imsi[-1:]
    if found is not None and str(found) != expected:
        raise InputError(f"{name}: found class {found}, expected {expected}, the last digit of {imsi_name}", where)


def _fault(names: Collection[str]) -> str | None:
    if "IMSIG" in names and "KI" not in names:
        return "KI: found none, expected one beside IMSIG"
    if "KI" in names and "IMSIG" not in names:
        return "IMSIG: found none, expected one beside KI"
    return None


def _pseudo_uimids(iccid: str, sf_euimid: str | None) -> Iterator[str]:
    """What the UIMID may follow from: the ICCID, or the SF_EUIMID, which some hash in the order of the file."""
    yield pseudo_uimid(iccid)
    if sf_euimid is not None:
        yield pseudo_uimid(sf_euimid)
        yield pseudo_uimid(bytes.fromhex(sf_euimid)[::-1].hex())


def _ordinary_class(name: str, value: str) -> int | None:
    """The one class of 0 to 9 that a field holds; None when there is more than one, or a special one."""
    classes = [int(value)] if name == "ACCOLC" else [bit for bit in range(16) if int(value, 16) >> bit & 1]
    return classes[0] if len(classes) == 1 and classes[0] < _SPECIAL_CLASSES else None


def _warnings(names: Collection[str], follows: Collection[str]) -> Iterator[Warning]:
    """What to look for on cards with these fields, some of which follow from others."""
    if "ICCID" in names:
        yield _unusual_issuer
    if "ICCID" in names and "UIMID" in names and "UIMID" not in follows:
        yield _other_uimid
    if "SID" in names:
        yield _other_system
    for name in _CLASSES:
        if name in names and name not in follows:
            yield partial(_special_class, name)
    if "HRPDUPP" in names and "IMSI" in names and "HRPDUPP" not in follows:
        yield _other_user


def _unusual_issuer(values: Values) -> str | None:
    if values["ICCID"].startswith(_UNICOM_GSM):
        return f"ICCID: {_UNICOM_GSM} is not an issuer of CDMA cards (expected 898603 or 898611)"
    return None


def _other_uimid(values: Values) -> str | None:
    iccid, uimid = values["ICCID"], values["UIMID"]
    if uimid not in _pseudo_uimids(iccid, values.get("SF_EUIMID")):
        return f"UIMID: {uimid} is not the pseudo-UIMID {pseudo_uimid(iccid)} of the ICCID"
    return None


def _other_system(values: Values) -> str | None:
    number = int(values["SID"], 16)
    if number not in CHINA_SIDS:
        return f"SID: {values['SID']} (decimal {number}) is not in 3500 to 37FF; was it decimal?"
    return None


def _special_class(name: str, values: Values) -> str | None:
    if _ordinary_class(name, values[name]) is None:
        return f"{name}: {values[name]} is not one of the ordinary classes 0 to 9"
    return None


def _other_user(values: Values) -> str | None:
    if values["HRPDUPP"].partition("@")[0] != values["IMSI"]:
        return "HRPDUPP: the user is not the IMSI"
    return None
