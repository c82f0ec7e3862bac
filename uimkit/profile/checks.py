"""Checks of a profile that loads: is the card it describes one that phones and the standards accept?

Each check is one function with an id; ``check_profile`` runs them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from uimkit.coding.errors import CodecError
from uimkit.coding.identity import decode_iccid, luhn_valid
from uimkit.files import catalogue
from uimkit.files.spec import FileSpec, Service
from uimkit.oneway.policy import DF_CDMA, Latch
from uimkit.profile.build import SERVICE_TABLES, CardProfile
from uimkit.profile.errors import dotted
from uimkit.profile.locate import Key, line_of

_DF_GSM = "3F00/7F20"
_TABLE_OF = {"TS 51.011": ("SST", _DF_GSM), "C.S0023-C": ("CST", DF_CDMA)}
_EXT1 = "3F00/7F10/6F4A"
_POINTS_TO_EXT1 = ("3F00/7F10/6F3A", "3F00/7F10/6F44", "3F00/7F10/6F40")
_MSISDN = "3F00/7F10/6F40"
_GSM_ACTIVE = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``severity`` is error, warning or info; ``field`` is the key in the profile file."""

    id: str
    severity: str
    file: str
    line: int
    field: str
    message: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}; expected {self.expected} [{self.id}]"


class _Report:
    def __init__(self, profile: CardProfile) -> None:
        self.profile = profile
        self.findings: list[Finding] = []

    def add(self, id: str, severity: str, path: tuple[Key, ...], message: str, expected: str) -> None:
        line = line_of(self.profile.text, path)
        self.findings.append(Finding(id, severity, self.profile.source, line, dotted(path), message, expected))


def check_profile(profile: CardProfile) -> list[Finding]:
    """All findings, errors first."""
    report = _Report(profile)
    for check in _CHECKS:
        check(report)
    return sorted(report.findings, key=lambda finding: ("error", "warning", "info").index(finding.severity))


def _present(report: _Report) -> dict[str, FileSpec]:
    """The files of the profile that the catalogue knows."""
    specs = {path: catalogue.by_path(path) for path in report.profile.definition.index}
    return {path: spec for path, spec in specs.items() if spec is not None}


def _applications(report: _Report) -> set[str]:
    """The standards whose directory the card has."""
    index = report.profile.definition.index
    return {standard for standard, (_, directory) in _TABLE_OF.items() if directory in index}


def _tree_complete(report: _Report) -> None:
    """AFS.TREE.complete: every mandatory file of a directory the card has is there."""
    index, applications = report.profile.definition.index, _applications(report)
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


def _services(report: _Report, standard: str) -> tuple[str, set[int]]:
    """The service table of a standard and its services that are allocated and activated."""
    table, _ = _TABLE_OF[standard]
    body = report.profile.bodies.get(SERVICE_TABLES[table], b"")
    active = {
        4 * position + k + 1 for position, byte in enumerate(body) for k in range(4) if byte >> 2 * k & 3 == _GSM_ACTIVE
    }
    return table, active


def _service_bits(report: _Report) -> None:
    """CEF.CST.files, CEF.SST.files: a service is active exactly when a file of it is there for that side."""
    present, hidden = _present(report), report.profile.product.policy.hidden
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


def _extension_pointers(report: _Report) -> None:
    """SEC.ONEWAY.ext1 (V8): who protects or hides EF_EXT1 protects every file that points into it."""
    policy = report.profile.product.policy
    guarded = policy.protected | policy.hidden
    if _EXT1 not in guarded and not guarded & set(_POINTS_TO_EXT1):
        return
    index = report.profile.definition.index
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
        if path == _MSISDN and all(record[-1] == 0xFF for record in _records(report.profile, path)):
            continue
        report.add(
            "SEC.ONEWAY.ext1",
            "error",
            ("files", path),
            "holds pointers into EF_EXT1 but is not protected",
            "the file in oneway.protected, or not on the card",
        )


def _records(profile: CardProfile, path: str) -> Iterator[bytes]:
    length = profile.definition.files[profile.definition.index[path]].record_length
    body = profile.bodies[path]
    for start in range(0, len(body), length):
        yield body[start : start + length]


def _latch(report: _Report) -> None:
    """SEC.ONEWAY.latch (S1, P5): the CDMA side can be reached, and not by a SELECT alone."""
    policy, definition = report.profile.product.policy, report.profile.definition
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


def _readable_books(report: _Report) -> None:
    """SEC.ONEWAY.readable (V8): FDN and SDN hold numbers too."""
    if not report.profile.product.policy.one_way:
        return
    policy = report.profile.product.policy
    for path, name in (("3F00/7F10/6F3B", "EF_FDN"), ("3F00/7F10/6F49", "EF_SDN")):
        if path in report.profile.definition.index and path not in policy.protected | policy.hidden:
            report.add(
                "SEC.ONEWAY.readable", "warning", ("files", path), f"{name} is readable by GSM phones", "protected"
            )


def _iccid(report: _Report) -> None:
    """CEF.ICCID.luhn: the check digit of the default ICCID."""
    body = report.profile.bodies.get("3F00/2FE2")
    if body is None or body == b"\xff" * len(body):
        return
    try:
        number = decode_iccid(body)
    except CodecError as error:
        report.add("CEF.ICCID.swap", "error", ("files", "3F00/2FE2"), str(error), "an ICCID")
        return
    if not luhn_valid(number):
        report.add("CEF.ICCID.luhn", "warning", ("files", "3F00/2FE2"), f"{number} fails the Luhn check", "E.118")


def _prl_size(report: _Report) -> None:
    """CEF.PRL.maxprl: EF_PRL is as large as EF_MAXPRL says (C.S0023-C 3.4.16, 3.4.35)."""
    definition, bodies = report.profile.definition, report.profile.bodies
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


_CHECKS: tuple[Callable[[_Report], None], ...] = (
    _tree_complete,
    _service_bits,
    _extension_pointers,
    _latch,
    _readable_books,
    _iccid,
    _prl_size,
)
