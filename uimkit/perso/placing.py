"""How a field is written on the card: the value of a file, or octets of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from uimkit.card.codes import UNBLOCK_OFFSET, VALUE_LENGTH, VALUE_OFFSET, adm_bytes, chv_bytes, unblock_bytes
from uimkit.card.keys import IP_SECRET_LENGTH, NAIS
from uimkit.coding.bcd import encode_digits
from uimkit.errors import InputError
from uimkit.files.spec import Value
from uimkit.perso.fields import Values
from uimkit.perso.simple_ip import profile_indexes

Content = dict[str, Value] | bytes
"""An object is encoded by the codec of the file; octets are written as they are, the rest of the file FF."""

INTERNATIONAL = 0x91
"""Type of number international, numbering plan ISDN (GSM 04.11 8.2.5.2)."""


class Place(Enum):
    """Which octets of a file belong to a field."""

    WHOLE = "the file, or record 1"
    PART = "a part of the file's or of record 1's value"
    CODE = "the value of a code"
    UNBLOCK = "the unblock value of a code"


CODE_OFFSETS: Mapping[Place, int] = {Place.CODE: VALUE_OFFSET, Place.UNBLOCK: UNBLOCK_OFFSET}
CODE_BYTES = VALUE_LENGTH


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a field goes and how. ``content`` gets the field's value and the values of all fields.

    ``code`` is the code a CODE or UNBLOCK belongs to, ``length`` the exact file length of a key object, ``blank`` what
    a PART is a part of when file or record are blank, ``uses`` another field that the content depends on.
    """

    place: Place
    content: Callable[[str, Values], Content]
    code: str | None = None
    length: int | None = None
    blank: Mapping[str, Value] = field(default_factory=dict)
    uses: str | None = None


def _whole(key: str, **rest: Value) -> Placing:
    return Placing(Place.WHOLE, lambda value, _: {key: value, **rest})


def _key(length: int, content: Callable[[str], bytes] = bytes.fromhex) -> Placing:
    return Placing(Place.WHOLE, lambda value, _: content(value), length=length)


def _part(content: Callable[[str], dict[str, Value]], **blank: Value) -> Placing:
    return Placing(Place.PART, lambda value, _: content(value), blank=blank)


def _code(name: str, coding: Callable[[str], bytes], place: Place = Place.CODE) -> Placing:
    return Placing(place, lambda value, _: coding(value), code=name)


def _access_classes(value: str, _: Values) -> Content:
    return bytes.fromhex(value)


def _simple_ip_profiles(value: str, _: Values) -> Content:
    if "@" not in value:
        return bytes.fromhex(value)
    return {"profiles": [{"index": i, "nai": nai, "auth": "PAP"} for i, nai in enumerate(value.split(";"))]}


def _simple_ip_secrets(value: str, values: Values) -> Content:
    secrets = [_secret(text) for text in value.split(";")]
    indexes = _profile_indexes(values["SIPUPP"]) if "SIPUPP" in values else list(range(len(secrets)))
    if len(secrets) == 1:
        secrets *= len(indexes)
    if len(secrets) != len(indexes):
        raise InputError(f"found {len(secrets)} secrets, expected 1 or {len(indexes)} as in SIPUPP")
    return {"secrets": [{"index": index, "ss": secret} for index, secret in zip(indexes, secrets, strict=True)]}


def _profile_indexes(profiles: str) -> list[int]:
    return list(range(profiles.count(";") + 1)) if "@" in profiles else profile_indexes(bytes.fromhex(profiles)[1:])


def _secret(text: str) -> Value:
    if len(text) != 2 * 16:
        return text
    secret = bytes.fromhex(text).rstrip(b"\0")
    return secret.decode() if secret.isascii() and secret.decode().isprintable() else {"octets": secret.hex().upper()}


def _mobile_ip_profile(value: str, _: Values) -> Content:
    if "@" in value:
        raise InputError("found an identifier, expected the coded block in hex: it also holds the home agent")
    return bytes.fromhex(value)


def _hrpd_secret(value: str) -> bytes:
    secret = bytes.fromhex(value)
    return bytes((len(secret),)) + secret


def _ip_secrets(value: str) -> bytes:
    """One entry for each NAI, in order: a length byte and room for 16 octets."""
    secrets = [bytes.fromhex(text) for text in value.split(";")]
    if len(secrets) > NAIS:
        raise InputError(f"found {len(secrets)} secrets, expected at most {NAIS}")
    return b"".join(bytes((len(secret),)) + secret.ljust(IP_SECRET_LENGTH - 1, b"\xff") for secret in secrets)


def _service_centre(value: str) -> dict[str, Value]:
    number = bytes((INTERNATIONAL,)) + encode_digits(value)
    return {"service_centre": (bytes((len(number),)) + number).hex().upper()}


_MDN_TYPE: dict[str, Value] = {"number_type": "national", "number_plan": "ISDN"}
_MDN_SHOWN: dict[str, Value] = {"pi": "allowed", "si": "user, not screened"}

PLACINGS: Mapping[str, Placing] = {
    "ICCID": _whole("iccid"),
    "IMSI": _whole("imsi"),
    "IMSI_T": _whole("imsi"),
    "UIMID": _whole("uimid"),
    "SF_EUIMID": _whole("sf_euimid"),
    "SID": _part(lambda value: {"sid": int(value, 16)}),
    "NID": _part(lambda value: {"nid": int(value, 16)}),
    "ACCOLC": Placing(Place.WHOLE, lambda value, _: bytes((int(value),))),
    "MDN": _whole("number", **_MDN_TYPE, **_MDN_SHOWN),
    "PRL": Placing(Place.WHOLE, lambda value, _: bytes.fromhex(value)),
    "SPC": _whole("spc"),
    "SPCS": Placing(Place.WHOLE, lambda value, _: {"spc_is_default": value == "0"}),
    "HRPDUPP": _whole("nai", auth="CHAP"),
    "SIPUPP": Placing(Place.WHOLE, _simple_ip_profiles),
    "SIPSS": Placing(Place.WHOLE, _simple_ip_secrets, uses="SIPUPP"),
    "MIPUPP": Placing(Place.WHOLE, _mobile_ip_profile),
    "IMSIG": _whole("imsi"),
    "ACC": Placing(Place.WHOLE, _access_classes),
    "SMSP": _part(_service_centre, name=""),
    "AKEY": _key(8),
    "HRPDSS": _key(17, _hrpd_secret),
    "MNHASS": _key(NAIS * IP_SECRET_LENGTH, _ip_secrets),
    "MNAAASS": _key(NAIS * IP_SECRET_LENGTH, _ip_secrets),
    "KI": _key(16),
    "OPC_G": _key(16),
    "PIN1": _code("CHV1", chv_bytes),
    "PUK1": _code("CHV1", unblock_bytes, Place.UNBLOCK),
    "PIN2": _code("CHV2", chv_bytes),
    "PUK2": _code("CHV2", unblock_bytes, Place.UNBLOCK),
    "ADM": _code("ADM", adm_bytes),
}
"""A field that is not here has no file on a card of C.S0023 and GSM 11.11."""
