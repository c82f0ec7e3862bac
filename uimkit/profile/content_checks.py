"""Checks of what is in a card's files: identities, classes, roaming lists (C.S0023-C, GSM 11.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from uimkit.coding.errors import CodecError
from uimkit.coding.identity import decode_iccid, luhn_valid, pseudo_uimid
from uimkit.files.spec import Value
from uimkit.oneway.policy import DF_CDMA
from uimkit.profile.checked import DF_GSM, Checked, active_services

_IMSI_M, _IMSI_T, _IMSI = f"{DF_CDMA}/6F22", f"{DF_CDMA}/6F23", f"{DF_GSM}/6F07"
_ORDINARY_CLASSES = range(10)
_CHINA_SIDS = range(13568, 14336)
_MAXPRL = f"{DF_CDMA}/6F45"
_LISTS = {"PRL": (f"{DF_CDMA}/6F30", 0), "EPRL": (f"{DF_CDMA}/6F5A", 2)}
"""List to its file, and to the place of its size in EF_MAXPRL."""


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


def _list_sizes(report: Checked) -> None:
    """CEF.PRL.maxprl, CEF.EPRL.maxprl: the lists are as large as EF_MAXPRL says (C.S0023-C 3.4.16, 3.4.35, 3.4.56)."""
    definition, stated = report.definition, report.bodies.get(_MAXPRL)
    for name, (path, at) in _LISTS.items():
        if stated is None or path not in definition.index:
            continue
        size, found = definition.files[definition.index[path]].size, stated[at : at + 2]
        if int.from_bytes(found, "big") != size:
            message = f"EF_MAXPRL says {int.from_bytes(found, 'big')} bytes, EF_{name} has {size}"
            report.add(
                f"CEF.{name}.maxprl", "error", ("files", _MAXPRL), message, f"{size:04X} in bytes {at + 1}-{at + 2}"
            )


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


def _same_subscriber(report: Checked) -> None:
    """CEF.IMSI_M.match: identities of one network are one subscriber's; a GSM part may be another operator's."""
    wanted = _imsi(report, _IMSI_M)
    for path in (_IMSI_T, _IMSI):
        found = _imsi(report, path)
        if wanted and found and found[:5] == wanted[:5] and found != wanted:
            report.add("CEF.IMSI_M.match", "warning", ("files", path), f"found {found}", f"{wanted} as in EF_IMSI_M")


def _overload_class(report: Checked) -> None:
    """CEF.ACCOLC.lastdigit: the class of an ordinary phone is the last digit of IMSI_M (3.4.12)."""
    imsi, value = _imsi(report, _IMSI_M), report.value(f"{DF_CDMA}/6F2C")
    found = value.get("accolc") if value else None
    if imsi and isinstance(found, int) and found in _ORDINARY_CLASSES and found != int(imsi[-1]):
        report.add("CEF.ACCOLC.lastdigit", "error", ("files", f"{DF_CDMA}/6F2C"), f"found class {found}", imsi[-1])


def _access_class(report: Checked) -> None:
    """CEF.ACC.onebit, CEF.ACC.lastdigit: one class of 0 to 9, the last digit of the IMSI (GSM 11.11 10.3.15)."""
    path = f"{DF_GSM}/6F78"
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
    _, active = active_services(report, "C.S0023-C")
    if 8 in active and sf_euimid is not None:
        expected = pseudo_uimid(sf_euimid[::-1].hex().upper())
    elif "3F00/2FE2" in report.bodies:
        expected = pseudo_uimid("".join(f"{byte & 15:X}{byte >> 4:X}" for byte in report.bodies["3F00/2FE2"]))
    else:
        return
    if found != expected:
        report.add("CEF.RUIMID.puimid", "warning", ("files", path), f"found {found}", f"{expected}, from the EUIMID")


def _short_euimid(report: Checked) -> None:
    """CEF.SF_EUIMID.meidrange: the first two digits are A0 to FF, those of MEIDs (3.4.82)."""
    path = f"{DF_CDMA}/6F74"
    found = (report.value(path) or {}).get("sf_euimid")
    if isinstance(found, str) and found < "A0":
        report.add("CEF.SF_EUIMID.meidrange", "error", ("files", path), f"found {found}", "A0 to FF first")


def _usage(report: Checked) -> None:
    """CEF.USGIND.consistent: SF_EUIMID is used only with service n8, UIM_ID only when there is one (3.4.32)."""
    path = f"{DF_CDMA}/6F42"
    value = report.value(path) or {}
    _, active = active_services(report, "C.S0023-C")
    if value.get("use_sf_euimid") and 8 not in active:
        report.add(
            "CEF.USGIND.consistent", "error", ("files", path), "uses SF_EUIMID, but n8 is off", "n8 in services.CST"
        )
    identity = report.bodies.get(f"{DF_CDMA}/6F31", b"\0")
    if value.get("use_uim_id") and not any(identity[1:]):
        report.add("CEF.USGIND.consistent", "error", ("files", path), "uses UIM_ID, but EF_RUIMID has none", "a UIM_ID")


def _roaming_lists(report: Checked) -> None:
    """CEF.PRL and CEF.EPRL, .crc .size .acqindex .geo-first: a list's own size, CRC, indexes (C.S0016-C 3.5.5)."""
    for name, (path, _) in _LISTS.items():
        for rule, message, expected in _list_problems(report.value(path) or {}):
            report.add(f"CEF.{name}.{rule}", "error", ("files", path), message, expected)


def _list_problems(value: dict[str, Value]) -> Iterator[tuple[str, str, str]]:
    """Rule, message and what was expected, for every problem of a decoded list."""
    if "crc" in value:
        yield "crc", "the CRC is wrong", "CRC-16/GENIBUS over the list"
    if "octets" in value or value.get("list_size"):
        yield "size", "the list can not be read", "a list of PR_LIST_SIZE bytes"
    acquisitions, systems = (_records(value, name) for name in ("acquisition_records", "system_records"))
    for number, record in enumerate(systems):
        index = record.get("acq_index")
        if isinstance(index, int) and index >= len(acquisitions):
            message = f"system record {number} names acquisition record {index}"
            yield "acqindex", message, f"below {len(acquisitions)}"
    if systems and systems[0].get("geo") == "same":
        yield "geo-first", "the first system record continues a geographic region", "GEO 0, a new region"


def _records(value: dict[str, Value], name: str) -> list[dict[str, Value]]:
    records = value.get(name)
    return [one for one in records if isinstance(one, dict)] if isinstance(records, list) else []


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


CHECKS: tuple[Callable[[Checked], None], ...] = (
    _iccid,
    _list_sizes,
    _imsi_m,
    _same_subscriber,
    _overload_class,
    _access_class,
    _pseudo_uimid,
    _short_euimid,
    _usage,
    _roaming_lists,
    _service_code,
    _home_system,
    _hrpd_nai,
)
