"""The fields of the card data: what they mean, how they must look, which are secret, what they are when left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from uimkit.coding.identity import access_class_bits, overload_class, pseudo_uimid
from uimkit.perso import validators as must_be
from uimkit.perso.validators import Validator

MASK = "****"
REALM = "mycdma.cn"

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a field that is left out follows from another one."""

    source: str
    rule: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. A secret is never shown; a required field needs a value on every card that has a place for it."""

    name: str
    meaning: str
    check: Validator
    secret: bool = False
    required: bool = False
    derivation: Derivation | None = None

    def shown(self, value: str) -> str:
        """The value for a report."""
        return MASK if self.secret else value

    def checked(self, value: str) -> str:
        """The value in its canonical form. Raises ValueError, which of a secret names the length only."""
        try:
            return self.check(value)
        except ValueError as error:
            found = f"{len(value)} characters" if self.secret else _quoted(value)
            raise ValueError(f"found {found}, {error}") from None


def _quoted(value: str) -> str:
    line = ascii(value)[1:-1]
    return f'"{line if len(line) <= 60 else line[:57] + "..."}"'


def _last_digit(imsi: str) -> str:
    return str(overload_class(imsi))


def _class_bits(imsi: str) -> str:
    return access_class_bits(int(imsi[-1])).hex().upper()


def _same(value: str) -> str:
    return value


ROW: tuple[Field, ...] = (
    Field("ICCID", "card number with its check digit", must_be.iccid, required=True),
    Field("IMSI", "CDMA IMSI, whose last ten digits are the MIN", must_be.imsi, required=True),
    Field("UIMID", "UIM identifier", must_be.uimid, derivation=Derivation("ICCID", pseudo_uimid)),
    Field("SID", "home system, hex", must_be.system, required=True),
    Field("ACCOLC", "access overload class", must_be.overload_class, derivation=Derivation("IMSI", _last_digit)),
    Field("NID", "home network, hex", must_be.network, required=True),
    Field("AKEY", "authentication key of CAVE", must_be.akey, secret=True, required=True),
    Field("PIN1", "first CHV1", must_be.chv, secret=True, required=True),
    Field("PIN2", "first CHV2", must_be.chv, secret=True, required=True),
    Field("PUK1", "UNBLOCK CHV1", must_be.unblock, secret=True, required=True),
    Field("PUK2", "UNBLOCK CHV2", must_be.unblock, secret=True, required=True),
    Field("ADM", "administrative code of the finished card", must_be.adm, secret=True, required=True),
    Field(
        "HRPDUPP",
        "identifier for HRPD access authentication",
        must_be.nai,
        derivation=Derivation("IMSI", lambda imsi: f"{imsi}@{REALM}"),
    ),
    Field("HRPDSS", "secret for HRPD access authentication", must_be.hrpd_secret, secret=True),
    Field("SIPUPP", "Simple IP user profiles: identifiers, or the coded block", must_be.simple_ip_profiles),
    Field(
        "SIPSS", "Simple IP secrets, one for all profiles or one each", must_be.each(must_be.sip_secret), secret=True
    ),
    Field("MIPUPP", "Mobile IP user profile: identifier, or the coded block", must_be.nais_or_block),
    Field("MNHASS", "Mobile IP secrets to the home agents", must_be.each(must_be.octets(8)), secret=True),
    Field("MNAAASS", "Mobile IP secrets to the AAA servers", must_be.each(must_be.octets(8)), secret=True),
    Field("IMSIG", "GSM IMSI", must_be.imsi),
    Field("ACC", "GSM access control class", must_be.access_classes, derivation=Derivation("IMSIG", _class_bits)),
    Field("KI", "GSM subscriber key", must_be.octets(16), secret=True),
    Field("SMSP", "GSM short message service centre", must_be.service_centre),
    Field("OPC_G", "GSM Milenage constant", must_be.octets(16), secret=True),
    Field("IMSI_LTE", "LTE IMSI", must_be.imsi),
    Field("ACC_LTE", "LTE access class", must_be.access_classes, derivation=Derivation("IMSI_LTE", _class_bits)),
    Field("KI_LTE", "LTE subscriber key", must_be.octets(16), secret=True),
    Field("OPC_LTE", "LTE Milenage constant", must_be.octets(16), secret=True),
)
"""The fields of a row, in its order."""

BEYOND_THE_ROW: tuple[Field, ...] = (
    Field("IMSI_T", "true IMSI", must_be.imsi, derivation=Derivation("IMSI", _same)),
    Field("SF_EUIMID", "short form of the expanded UIM identifier", must_be.sf_euimid),
    Field("MDN", "mobile directory number", must_be.directory_number),
    Field("PRL", "preferred roaming list, hex", must_be.roaming_list),
    Field("SPC", "service programming code", must_be.code, secret=True),
    Field(
        "SPCS",
        "1 when the service programming code is set",
        must_be.flag,
        derivation=Derivation("SPC", lambda spc: str(int(spc != "000000"))),
    ),
)
"""What the row lacks: profile defaults, or columns of a CSV file."""

FIELDS: Mapping[str, Field] = {field.name: field for field in ROW + BEYOND_THE_ROW}
ROW_NAMES = tuple(field.name for field in ROW)
ROW_NAMES_3G = ROW_NAMES[: ROW_NAMES.index("SMSP") + 1]
