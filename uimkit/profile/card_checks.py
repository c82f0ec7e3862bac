"""Checks of a card by id: would phones and the standards accept it? (C.S0023-C, GSM 11.11, design rule V8)

Each check is one function over a card's product and the bodies of its files; ``check_card`` runs them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from uimkit.card.definition import CardDefinition
from uimkit.coding.errors import CodecError
from uimkit.coding.identity import decode_iccid, luhn_valid, pseudo_uimid
from uimkit.files import catalogue
from uimkit.files.spec import FileSpec, Service, Value
from uimkit.oneway.policy import DF_CDMA, Latch, Policy
from uimkit.profile.build import SERVICE_TABLES
from uimkit.profile.locate import Key
from uimkit.simulator.product import Product

_DF_GSM = "3F00/7F20"
_TABLE_OF = {"TS 51.011": ("SST", _DF_GSM), "C.S0023-C": ("CST", DF_CDMA)}
_EXT1 = "3F00/7F10/6F4A"
_POINTS_TO_EXT1 = ("3F00/7F10/6F3A", "3F00/7F10/6F44", "3F00/7F10/6F40")
_MSISDN = "3F00/7F10/6F40"
_GSM_ACTIVE = 3


@dataclass(frozen=True, slots=True)
class Issue:
    """What a check found. ``key`` is where a profile says it: ("files", PATH), or another of its tables."""

    id: str
    severity: str
    key: tuple[Key, ...]
    message: str
    expected: str


class Checked:
    """A card under check, and what was found so far."""

    def __init__(self, product: Product, bodies: Mapping[str, bytes]) -> None:
        self.definition: CardDefinition = product.definition
        self.policy: Policy = product.policy
        self.bodies = bodies
        self.issues: list[Issue] = []

    def add(self, id: str, severity: str, key: tuple[Key, ...], message: str, expected: str) -> None:
        self.issues.append(Issue(id, severity, key, message, expected))

    def value(self, path: str) -> dict[str, Value] | None:
        """The decoded value of a transparent EF, or of the first record; None when absent, blank or not decodable."""
        body, spec = self.bodies.get(path), catalogue.by_path(path)
        if body is None or spec is None or spec.codec is None:
            return None
        length = self.definition.files[self.definition.index[path]].record_length
        try:
            found = spec.codec.decode(body[:length] if length else body)
        except CodecError:
            return None
        return found if isinstance(found, dict) else None


def check_card(product: Product, bodies: Mapping[str, bytes]) -> list[Issue]:
    """All issues of a card, errors first; ``bodies`` are the contents of its EFs by path."""
    report = Checked(product, bodies)
    for check in _CHECKS:
        check(report)
    return sorted(report.issues, key=lambda issue: ("error", "warning", "info").index(issue.severity))


def _present(report: Checked) -> dict[str, FileSpec]:
    """The files of the profile that the catalogue knows."""
    specs = {path: catalogue.by_path(path) for path in report.definition.index}
    return {path: spec for path, spec in specs.items() if spec is not None}


def _applications(report: Checked) -> set[str]:
    """The standards whose directory the card has."""
    index = report.definition.index
    return {standard for standard, (_, directory) in _TABLE_OF.items() if directory in index}


def _tree_complete(report: Checked) -> None:
    """AFS.TREE.complete: every mandatory file of a directory the card has is there."""
    index, applications = report.definition.index, _applications(report)
    for spec in catalogue.all_files():
        mandatory = any(d.mandatory and d.standard in applications for d in spec.definitions)
        if mandatory and not spec.is_directory and spec.parent in index and spec.path not in index:
            report.add(
                "AFS.TREE.complete",
                "error",
                ("files", spec.parent),
                f"{spec.name} ({spec.path}) is missing",
                f"every mandatory file of {spec.parent}",
            )


def _services(report: Checked, standard: str) -> tuple[str, set[int]]:
    """The service table of a standard and its services that are allocated and activated."""
    table, _ = _TABLE_OF[standard]
    body = report.bodies.get(SERVICE_TABLES[table], b"")
    active = {
        4 * position + k + 1 for position, byte in enumerate(body) for k in range(4) if byte >> 2 * k & 3 == _GSM_ACTIVE
    }
    return table, active


def _service_bits(report: Checked) -> None:
    """CEF.CST.files, CEF.SST.files: a service is active exactly when a file of it is there for that side."""
    present, hidden = _present(report), report.policy.hidden
    for standard in sorted(_applications(report)):
        table, active = _services(report, standard)
        seen = {path for path in present if not (table == "SST" and path in hidden)}
        for path in sorted(seen):
            services = _services_of(present[path], standard)
            if services and not any(service.number in active for service in services):
                numbers = " or ".join(f"n{service.number}" for service in services)
                report.add(
                    f"CEF.{table}.files",
                    "error",
                    ("files", path),
                    f"{present[path].name} is there, but its service is off",
                    f"{numbers} in services.{table}",
                )
        for number in sorted(active):
            files = [
                spec
                for spec in catalogue.all_files()
                if Service(table, number) in _services_of(spec, standard) and not spec.is_directory
            ]
            if files and not any(spec.path in seen for spec in files):
                report.add(
                    f"CEF.{table}.files",
                    "error",
                    ("services", table),
                    f"service n{number} is on, but none of its files is there",
                    ", ".join(f"{spec.name} ({spec.path})" for spec in files[:4]),
                )


def _services_of(spec: FileSpec, standard: str) -> tuple[Service, ...]:
    return tuple(service for d in spec.definitions if d.standard == standard for service in d.services)


def _extension_pointers(report: Checked) -> None:
    """SEC.ONEWAY.ext1 (V8): who protects or hides EF_EXT1 protects every file that points into it."""
    policy = report.policy
    guarded = policy.protected | policy.hidden
    if _EXT1 not in guarded and not guarded & set(_POINTS_TO_EXT1):
        return
    index = report.definition.index
    if _EXT1 in index and _EXT1 not in guarded:
        report.add(
            "SEC.ONEWAY.ext1",
            "error",
            ("files", _EXT1),
            "EF_EXT1 shows the tails of long numbers to the restricted side",
            "EF_EXT1 in oneway.protected or oneway.hidden, or no EF_EXT1",
        )
    for path in _POINTS_TO_EXT1:
        if path not in index or path in guarded:
            continue
        if path == _MSISDN and all(record[-1] == 0xFF for record in _records(report, path)):
            continue
        report.add(
            "SEC.ONEWAY.ext1",
            "error",
            ("files", path),
            "holds pointers into EF_EXT1 but is not protected",
            "the file in oneway.protected, or not on the card",
        )


def _records(report: Checked, path: str) -> Iterator[bytes]:
    length = report.definition.files[report.definition.index[path]].record_length
    body = report.bodies[path]
    for start in range(0, len(body), length):
        yield body[start : start + length]


def _latch(report: Checked) -> None:
    """SEC.ONEWAY.latch (S1, P5): the CDMA side can be reached, and not by a SELECT alone."""
    policy, definition = report.policy, report.definition
    if not policy.one_way:
        return
    if not policy.evidence(definition):
        report.add(
            "SEC.ONEWAY.latch",
            "error",
            ("oneway", "latch"),
            "nothing on this card can ever move a session to the CDMA side",
            "a latch whose files the card has",
        )
    if Latch.SELECT_DF_CDMA in policy.latch:
        report.add(
            "SEC.ONEWAY.latch",
            "warning",
            ("oneway", "latch"),
            "select-df-cdma is too weak: multimode phones probe with it (S1)",
            "read-cdma-identity",
        )


def _readable_books(report: Checked) -> None:
    """SEC.ONEWAY.readable (V8): FDN and SDN hold numbers too."""
    if not report.policy.one_way:
        return
    policy = report.policy
    for path, name in (("3F00/7F10/6F3B", "EF_FDN"), ("3F00/7F10/6F49", "EF_SDN")):
        if path in report.definition.index and path not in policy.protected | policy.hidden:
            report.add(
                "SEC.ONEWAY.readable", "warning", ("files", path), f"{name} is readable by GSM phones", "protected"
            )


def _iccid(report: Checked) -> None:
    """CEF.ICCID.luhn: the check digit of the default ICCID."""
    body = report.bodies.get("3F00/2FE2")
    if body is None or body == b"\xff" * len(body):
        return
    try:
        number = decode_iccid(body)
    except CodecError as error:
        report.add("CEF.ICCID.swap", "error", ("files", "3F00/2FE2"), str(error), "an ICCID")
        return
    if not luhn_valid(number):
        report.add("CEF.ICCID.luhn", "warning", ("files", "3F00/2FE2"), f"{number} fails the Luhn check", "E.118")


def _prl_size(report: Checked) -> None:
    """CEF.PRL.maxprl: EF_PRL is as large as EF_MAXPRL says (C.S0023-C 3.4.16, 3.4.35)."""
    definition, bodies = report.definition, report.bodies
    stated = bodies.get(f"{DF_CDMA}/6F45")
    prl = definition.index.get(f"{DF_CDMA}/6F30")
    if stated is None or prl is None:
        return
    size = definition.files[prl].size
    if int.from_bytes(stated[:2], "big") != size:
        report.add(
            "CEF.PRL.maxprl",
            "error",
            ("files", f"{DF_CDMA}/6F45"),
            f"EF_MAXPRL says {int.from_bytes(stated[:2], 'big')} bytes, EF_PRL has {size}",
            f"{size:04X}",
        )


_IMSI_M, _IMSI_T, _IMSI = f"{DF_CDMA}/6F22", f"{DF_CDMA}/6F23", f"{_DF_GSM}/6F07"
_ORDINARY_CLASSES = range(10)
_CHINA_SIDS = range(13568, 14336)


def _imsi(report: Checked, path: str) -> str | None:
    value = report.value(path)
    imsi = value.get("imsi") if value else None
    return imsi if isinstance(imsi, str) and imsi else None


def _imsi_m(report: Checked) -> None:
    """CEF.IMSI_M.programmed, CEF.IMSI_M.coding: EF_IMSI_M stands for digits and says that it is programmed (3.4.2)."""
    for path in (_IMSI_M, _IMSI_T):
        value = report.value(path)
        if not value or not any(report.bodies[path]):
            continue
        if not value.get("programmed"):
            report.add("CEF.IMSI_M.programmed", "error", ("files", path), "is not marked as programmed", "b8 of byte 8")
        if not _imsi(report, path):
            report.add("CEF.IMSI_M.coding", "error", ("files", path), "the codes stand for no digits", "an IMSI")


def _overload_class(report: Checked) -> None:
    """CEF.ACCOLC.lastdigit: the class of an ordinary phone is the last digit of IMSI_M (3.4.12)."""
    imsi, value = _imsi(report, _IMSI_M), report.value(f"{DF_CDMA}/6F2C")
    found = value.get("accolc") if value else None
    if imsi and isinstance(found, int) and found in _ORDINARY_CLASSES and found != int(imsi[-1]):
        report.add("CEF.ACCOLC.lastdigit", "error", ("files", f"{DF_CDMA}/6F2C"), f"found class {found}", imsi[-1])


def _access_class(report: Checked) -> None:
    """CEF.ACC.onebit, CEF.ACC.lastdigit: one class of 0 to 9, the last digit of the IMSI (GSM 11.11 10.3.15)."""
    path = f"{_DF_GSM}/6F78"
    body, imsi = report.bodies.get(path), _imsi(report, _IMSI)
    if body is None:
        return
    classes = [number for number in _ORDINARY_CLASSES if int.from_bytes(body, "big") >> number & 1]
    if len(classes) != 1:
        report.add("CEF.ACC.onebit", "error", ("files", path), f"found classes {classes}", "one of 0 to 9")
    elif imsi and classes[0] != int(imsi[-1]):
        report.add("CEF.ACC.lastdigit", "error", ("files", path), f"found class {classes[0]}", f"class {imsi[-1]}")


def _pseudo_uimid(report: Checked) -> None:
    """CEF.RUIMID.puimid: 80 and 24 bits of SHA-1 over the EUIMID that service n8 names (3.4.17)."""
    path = f"{DF_CDMA}/6F31"
    found = (report.value(path) or {}).get("uimid")
    if not isinstance(found, str) or not found.startswith("80"):
        return
    sf_euimid = report.bodies.get(f"{DF_CDMA}/6F74")
    _, active = _services(report, "C.S0023-C")
    if 8 in active and sf_euimid is not None:
        expected = pseudo_uimid(sf_euimid[::-1].hex().upper())
    elif "3F00/2FE2" in report.bodies:
        expected = pseudo_uimid("".join(f"{byte & 15:X}{byte >> 4:X}" for byte in report.bodies["3F00/2FE2"]))
    else:
        return
    if found != expected:
        report.add("CEF.RUIMID.puimid", "warning", ("files", path), f"found {found}", f"{expected}, from the EUIMID")


def _usage(report: Checked) -> None:
    """CEF.USGIND.consistent: SF_EUIMID is used only with service n8, UIM_ID only when there is one (3.4.32)."""
    path = f"{DF_CDMA}/6F42"
    value = report.value(path) or {}
    _, active = _services(report, "C.S0023-C")
    if value.get("use_sf_euimid") and 8 not in active:
        report.add(
            "CEF.USGIND.consistent", "error", ("files", path), "uses SF_EUIMID, but n8 is off", "n8 in services.CST"
        )
    identity = report.bodies.get(f"{DF_CDMA}/6F31", b"\0")
    if value.get("use_uim_id") and not any(identity[1:]):
        report.add("CEF.USGIND.consistent", "error", ("files", path), "uses UIM_ID, but EF_RUIMID has none", "a UIM_ID")


def _roaming_list(report: Checked) -> None:
    """CEF.PRL.crc, CEF.PRL.size, CEF.PRL.acqindex: the list's own size, checksum and indexes (C.S0016-C 3.5.5)."""
    path = f"{DF_CDMA}/6F30"
    value = report.value(path)
    if not value:
        return
    if "crc" in value:
        report.add("CEF.PRL.crc", "error", ("files", path), "the CRC is wrong", "CRC-16/GENIBUS over the list")
    if "octets" in value:
        report.add("CEF.PRL.size", "error", ("files", path), "the list can not be read", "a list of PR_LIST_SIZE bytes")
    systems, acquisitions = value.get("system_records"), value.get("acquisition_records")
    if isinstance(systems, list) and isinstance(acquisitions, list):
        for number, record in enumerate(systems):
            index = record.get("acq_index") if isinstance(record, dict) else None
            if isinstance(index, int) and index >= len(acquisitions):
                message = f"system record {number} names acquisition record {index}"
                report.add("CEF.PRL.acqindex", "error", ("files", path), message, f"below {len(acquisitions)}")


def _service_code(report: Checked) -> None:
    """CEF.SPCS.flag: EF_SPCS says whether the SPC is at its default (3.4.36)."""
    spc, status = report.bodies.get(f"{DF_CDMA}/6F33"), report.bodies.get(f"{DF_CDMA}/6F46")
    if spc is not None and status is not None and bool(status[0] & 1) is (spc == bytes(3)):
        expected = "00" if spc == bytes(3) else "01"
        report.add("CEF.SPCS.flag", "warning", ("files", f"{DF_CDMA}/6F46"), "does not agree with EF_SPC", expected)


def _home_system(report: Checked) -> None:
    """CEF.CDMAHOME.range: a Chinese card's home SID lies in the Chinese block; hex and decimal are easily mistaken."""
    imsi, value = _imsi(report, _IMSI_M), report.value(f"{DF_CDMA}/6F28")
    sid = value.get("sid") if value else None
    if imsi and imsi.startswith("460") and isinstance(sid, int) and sid and sid not in _CHINA_SIDS:
        report.add("CEF.CDMAHOME.range", "warning", ("files", f"{DF_CDMA}/6F28"), f"found SID {sid}", "13568 to 14335")


def _hrpd_nai(report: Checked) -> None:
    """CEF.HRPDUPP.nai: the access NAI is the IMSI at a realm."""
    path = f"{DF_CDMA}/6F57"
    imsi, value = _imsi(report, _IMSI_M), report.value(path)
    nai = value.get("nai") if value else None
    if imsi and isinstance(nai, str) and not nai.startswith(f"{imsi}@"):
        report.add("CEF.HRPDUPP.nai", "warning", ("files", path), f'found "{nai}"', f'"{imsi}@realm"')


def _conditions(report: Checked) -> None:
    """SEC.ACC.conditions: access conditions are those of the standard."""
    for path, spec in _present(report).items():
        file = report.definition.files[report.definition.index[path]]
        if spec.access is None or not file.is_ef:
            continue
        for right in ("read", "update", "invalidate", "rehabilitate"):
            wanted = getattr(spec.access, right).split("/")
            found = {0: "ALW", 1: "CHV1", 2: "CHV2", 15: "NEV"}.get(getattr(file.access, right), "ADM")
            if found not in wanted and wanted != ["-"]:
                report.add("SEC.ACC.conditions", "warning", ("files", path), f"{right} is {found}", " or ".join(wanted))


_CHECKS: tuple[Callable[[Checked], None], ...] = (
    _tree_complete,
    _service_bits,
    _extension_pointers,
    _latch,
    _readable_books,
    _iccid,
    _prl_size,
    _imsi_m,
    _overload_class,
    _access_class,
    _pseudo_uimid,
    _usage,
    _roaming_list,
    _service_code,
    _home_system,
    _hrpd_nai,
    _conditions,
)
