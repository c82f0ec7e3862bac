"""Checks of what a card is made of: ATR, tree, sizes, codes, services, access conditions (GSM 11.11)."""

from __future__ import annotations

from collections.abc import Callable

from uimkit.card.codes import Code
from uimkit.card.definition import FileDef
from uimkit.files import catalogue
from uimkit.files.spec import FileSpec, Service, Structure
from uimkit.profile.checked import Checked, active_services, known_files, standards

_RESERVED = {"3FFF", "7FFF", "FFFF"}
_INTERFACE_BYTES = 0xF0


def _atr(report: Checked) -> None:
    """ELEC.ATR.match: the ATR says its own length and convention, and has a TCK when it must (ISO/IEC 7816-3 8.2)."""
    problem = atr_problem(report.definition.atr)
    if problem:
        found = report.definition.atr.hex().upper()
        report.add("ELEC.ATR.match", "error", ("atr",), f"found {found}: {problem}", "an answer of ISO/IEC 7816-3")


def atr_problem(atr: bytes) -> str | None:
    """What is wrong with an ATR, None for a good one. TCK is there exactly when a protocol but T=0 is offered."""
    if len(atr) < 2 or atr[0] not in (0x3B, 0x3F):
        return "TS is 3B or 3F, and T0 follows"
    at, announced, protocols = 2, atr[1], set()
    while announced & _INTERFACE_BYTES:
        at += (announced & _INTERFACE_BYTES).bit_count()
        if not announced & 0x80:
            break
        if at > len(atr):
            return "it ends within the interface bytes"
        announced = atr[at - 1]
        protocols.add(announced & 0x0F)
    checked = bool(protocols - {0})
    length = at + (atr[1] & 0x0F) + checked
    if len(atr) != length:
        return f"T0 and TD announce {length} bytes, {len(atr)} are there"
    sum_of_all = 0
    for byte in atr[1:]:
        sum_of_all ^= byte
    return "TCK is wrong" if checked and sum_of_all else None


def _identifiers(report: Checked) -> None:
    """AFS.FID.reserved: 3FFF, 7FFF and FFFF name no file (ISO/IEC 7816-4)."""
    for file in report.definition.files:
        if file.selectable and file.path[-4:] in _RESERVED:
            report.add("AFS.FID.reserved", "error", ("files", file.path), f"{file.path[-4:]} is reserved", "another")


def _shapes(report: Checked) -> None:
    """AFS.EF.structure, AFS.EF.recordlen, AFS.EF.size: as the clause of the file has them."""
    for path, spec in known_files(report).items():
        file = report.definition.files[report.definition.index[path]]
        if spec.size is None or "X" in spec.fid:  # which of the files of a template it is, only the issuer knows
            continue
        if file.structure != spec.structure:
            report.add("AFS.EF.structure", "error", ("files", path), f"{spec.name} is {file.structure}", spec.structure)
        elif not spec.size.legal(_length(file)):
            id = "AFS.EF.size" if file.structure is Structure.TRANSPARENT else "AFS.EF.recordlen"
            report.add(id, "error", ("files", path), f"{spec.name} has {_length(file)} bytes", spec.size.rule)


def _length(file: FileDef) -> int:
    """Bytes of a transparent file, or of one record."""
    return file.record_length or file.size


def _codes(report: Checked) -> None:
    """SEC.CHV.format: digits then FF, eight digits to unblock that are no CHV, tries left (GSM 11.11 9.3)."""
    for definition in report.definition.codes:
        body = report.bodies.get(definition.path)
        if body is None or not definition.name.startswith("CHV"):
            continue
        problem = code_problem(Code.from_bytes(body))
        if problem:
            report.add("SEC.CHV.format", "error", (definition.name.lower(),), problem, "4 to 8 digits, then FF")


def code_problem(code: Code) -> str | None:
    """What is wrong with a CHV, in words that do not give it away."""
    digits = code.value.rstrip(b"\xff")
    if not (4 <= len(digits) <= 8 and digits.isdigit()):
        return "the value is not digits and FF"
    if code.has_unblock and not code.unblock.isdigit():
        return "the UNBLOCK CHV is not 8 digits"
    if code.unblock == code.value:
        return "value and UNBLOCK CHV are the same"
    if not 0 < code.max_tries < 16 or code.tries > code.max_tries or code.unblock_tries > code.max_unblock_tries:
        return "more tries are left than there are"
    return None


def _tree_complete(report: Checked) -> None:
    """AFS.TREE.complete: every mandatory file of a directory the card has is there."""
    index, present = report.definition.index, standards(report)
    for spec in catalogue.all_files():
        mandatory = any(d.mandatory and d.standard in present for d in spec.definitions)
        if (
            mandatory
            and not spec.is_directory
            and "X" not in spec.fid
            and spec.parent in index
            and spec.path not in index
        ):
            report.add(
                "AFS.TREE.complete",
                "error",
                ("files", spec.parent),
                f"{spec.name} ({spec.path}) is missing",
                f"every mandatory file of {spec.parent}",
            )


def _service_bits(report: Checked) -> None:
    """CEF.CST.files, CEF.SST.files: a service is active exactly when a file of it is there for that side."""
    present, hidden = known_files(report), report.policy.hidden
    for standard in sorted(standards(report)):
        table, active = active_services(report, standard)
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


def _conditions(report: Checked) -> None:
    """SEC.ACC.conditions: access conditions are those of the standard."""
    for path, spec in known_files(report).items():
        file = report.definition.files[report.definition.index[path]]
        if spec.access is None or not file.is_ef:
            continue
        for right in ("read", "update", "invalidate", "rehabilitate"):
            wanted = getattr(spec.access, right).split("/")
            found = {0: "ALW", 1: "CHV1", 2: "CHV2", 15: "NEV"}.get(getattr(file.access, right), "ADM")
            if found not in wanted and wanted != ["-"]:
                report.add("SEC.ACC.conditions", "warning", ("files", path), f"{right} is {found}", " or ".join(wanted))


CHECKS: tuple[Callable[[Checked], None], ...] = (
    _atr,
    _identifiers,
    _shapes,
    _codes,
    _tree_complete,
    _service_bits,
    _conditions,
)
