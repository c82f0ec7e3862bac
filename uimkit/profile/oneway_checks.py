"""Checks of the one-way rules: nothing of a protected store is to be had on another way (S1, V8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from uimkit.coding.errors import CodecError
from uimkit.files import catalogue
from uimkit.files.spec import Value
from uimkit.oneway.policy import DF_PHS, EF_ADN, EF_EXT1, EF_LND, EF_MSISDN, Latch
from uimkit.profile.build import PHS_ASSUMPTION
from uimkit.profile.checked import Checked

_POINTING = (EF_ADN, EF_LND, EF_MSISDN)
_OTHER_NUMBERS = ("3F00/7F10/6F3B", "3F00/7F10/6F49")
"""EF_FDN and EF_SDN."""
_DF_PHONEBOOK = "3F00/7F10/5F3A"
_EF_PBR = f"{_DF_PHONEBOOK}/4F30"
_LINKED = {"ADN": EF_ADN, "EXT1": EF_EXT1}
"""Kinds of files in DF_PHONEBOOK whose first one has the records of a file of DF_TELECOM (C.S0023-C 2.7)."""
_PERSONAL = {"SNE": "names", "ANR": "numbers", "EMAIL": "addresses"}


def _extension_pointers(report: Checked) -> None:
    """SEC.ONEWAY.ext1 (V8): who protects or hides EFEF_EXT1 protects every file that points into it."""
    policy = report.policy
    guarded = policy.protected | policy.hidden
    if EF_EXT1 not in guarded and not guarded & set(_POINTING):
        return
    index = report.definition.index
    if EF_EXT1 in index and EF_EXT1 not in guarded:
        report.add(
            "SEC.ONEWAY.ext1",
            "error",
            ("files", EF_EXT1),
            "EFEF_EXT1 shows the tails of long numbers to the restricted side",
            "EFEF_EXT1 in oneway.protected or oneway.hidden, or no EFEF_EXT1",
        )
    for path in _POINTING:
        if path not in index or path in guarded:
            continue
        if path == EF_MSISDN and all(record[-1] == 0xFF for record in _records(report, path)):
            continue
        report.add(
            "SEC.ONEWAY.ext1",
            "error",
            ("files", path),
            "holds pointers into EFEF_EXT1 but is not protected",
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
    for path in _OTHER_NUMBERS:
        if path in report.definition.index and path not in report.policy.hidden:
            name = report.definition.files[report.definition.index[path]].name
            _readable(report, path, name)


def _readable(report: Checked, path: str, what: str) -> None:
    report.add(
        "SEC.ONEWAY.readable",
        "warning",
        ("files", path),
        f"{what} is readable by GSM phones",
        "the file in oneway.hidden, or the warning accepted",
    )


def _phs(report: Checked) -> None:
    """SEC.ONEWAY.phs (S4): the PHS directory is an assumption."""
    if DF_PHS in report.definition.index:
        report.add("SEC.ONEWAY.phs", "warning", ("oneway", "phs_directory"), PHS_ASSUMPTION, "a card without it")


def _other_ways(report: Checked) -> None:
    """SEC.ONEWAY.store (V8): a protected phone book has no unprotected second path in DF_PHONEBOOK."""
    policy, definition = report.policy, report.definition
    if not policy.protected & set(_LINKED.values()):
        return
    kinds = dict(_kinds(report))
    guarded = policy.protected | policy.hidden
    for file in definition.files:
        if not file.is_ef or file.parent != _DF_PHONEBOOK or file.path == _EF_PBR:
            continue
        if {file.path, file.parent, file.same_as} & guarded:
            continue
        kind = kinds.get(file.path[-4:])
        if kind in _PERSONAL:
            _readable(report, file.path, f"{file.name} ({_PERSONAL[kind]})")
        elif kind in _LINKED or kind is None:
            what = (
                f"holds {kind} records of a phone book"
                if kind
                else "is not named in EF_PBR, nobody knows what it holds"
            )
            report.add(
                "SEC.ONEWAY.store",
                "error",
                ("files", file.path),
                f"{what} and is not protected",
                f'same_as = "{_LINKED[kind or "ADN"]}", or the file in oneway.hidden',
            )


def _kinds(report: Checked) -> Iterator[tuple[str, str]]:
    """File identifier and kind of every file that EF_PBR names (TS 31.102 4.4.2.1)."""
    spec = catalogue.by_path(_EF_PBR)
    if _EF_PBR not in report.definition.index or spec is None or spec.codec is None:
        return
    for record in _records(report, _EF_PBR):
        try:
            yield from _named(spec.codec.decode(record))
        except CodecError:
            continue


def _named(value: Value) -> Iterator[tuple[str, str]]:
    """The pairs of kind and identifier in a decoded record, however deep they are."""
    if isinstance(value, list):
        for part in value:
            yield from _named(part)
    elif isinstance(value, dict):
        for kind, found in value.items():
            if isinstance(found, str):
                yield found[:4], kind
            else:
                yield from _named(found)


CHECKS: tuple[Callable[[Checked], None], ...] = (_extension_pointers, _latch, _readable_books, _phs, _other_ways)
