"""What a card in a reader is: identity, files, access conditions on both sides, and a verdict on one-wayness.

Only SELECT, STATUS, GET RESPONSE, READ and SEEK are sent; nothing is written and no code is presented.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from uimkit.apdu import INS, SW
from uimkit.card.header import Header, parse_header
from uimkit.coding.errors import CodecError
from uimkit.coding.identity import decode_iccid
from uimkit.errors import UimkitError
from uimkit.files import catalogue
from uimkit.files.spec import Value
from uimkit.profile.summary import condition_name
from uimkit.transport import Transport
from uimkit.transport.terminal import Terminal

_EF_ICCID, _EF_ADN, _EF_EXT1 = "3F00/2FE2", "3F00/7F10/6F3A", "3F00/7F10/6F4A"
_DF_GSM, _DF_CDMA = "3F00/7F20", "3F00/7F25"
_IDENTITY = {
    "imsi": f"{_DF_GSM}/6F07",
    "imsi_m": f"{_DF_CDMA}/6F22",
    "imsi_t": f"{_DF_CDMA}/6F23",
    "ruimid": f"{_DF_CDMA}/6F31",
    "mdn": f"{_DF_CDMA}/6F44",
    "spn_gsm": f"{_DF_GSM}/6F46",
    "spn_cdma": f"{_DF_CDMA}/6F41",
}
_EVIDENCE = (f"{_DF_CDMA}/6F32", f"{_DF_CDMA}/6F22")
_SEEK_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Book:
    """EF_ADN or EF_EXT1 as one side meets it: ``shown`` records with content, or the status word of a refused READ."""

    present: bool
    records: int = 0
    shown: dict[int, bytes] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found. ``sides`` has for each side the files with their access conditions, and the phone book."""

    atr: str
    iccid: str | None
    identity: dict[str, Value]
    sides: dict[str, dict[str, Value]]
    one_way: dict[str, Value]


def probe(transport: Transport) -> Probe:
    """Look at a card, first as a GSM phone, then after a reset as a CDMA phone.

    Raises UimkitError when the card answers nothing that makes sense, SurroundingsError when it goes away.
    """
    terminal = Terminal(transport)
    atr = terminal.reset()
    restricted_files = _files(terminal, skip=_EVIDENCE)
    terminal.reset()
    restricted = _book(terminal, _EF_ADN, "restricted")
    tails = _book(terminal, _EF_EXT1, "restricted")
    terminal.reset()
    cdma_present = _as_cdma(terminal)
    cdma = _book(terminal, _EF_ADN, "cdma")
    cdma_tails = _book(terminal, _EF_EXT1, "cdma")
    cdma_files = _files(terminal, skip=())
    terminal.reset()
    found = _hits(terminal, cdma)
    terminal.reset()
    values: dict[str, Value] = {name: _decoded(terminal, path) for name, path in _IDENTITY.items()}
    identity: dict[str, Value] = {name: value for name, value in values.items() if value is not None}
    return Probe(
        atr=atr.hex().upper(),
        iccid=_iccid(terminal),
        identity=identity,
        sides={
            "restricted": _side(restricted_files, restricted, tails),
            "cdma": _side(cdma_files, cdma, cdma_tails),
        },
        one_way=_verdict(restricted, tails, cdma, cdma_present=cdma_present, hits=found),
    )


def _as_cdma(terminal: Terminal) -> bool:
    """Read what a CDMA phone reads first; False when the card has no DF_CDMA."""
    if not terminal.exists(_DF_CDMA):
        return False
    for path in _EVIDENCE:
        if terminal.try_select(path).ok:
            terminal.read_binary_part(0, 1)
    return True


def _files(terminal: Terminal, skip: tuple[str, ...]) -> list[Value]:
    """Every file of the catalogue that answers SELECT, with what its header says."""
    rows: list[Value] = []
    missing: set[str] = set()
    for path in sorted({spec.path for spec in catalogue.all_files() if "X" not in spec.path}):
        if any(path.startswith(directory + "/") for directory in missing):
            continue
        response = terminal.try_select(path)
        if not response.ok:
            missing.add(path)
            continue
        try:
            rows.append(_row(path, parse_header(response.data), read=path not in skip))
        except ValueError as error:
            rows.append({"path": path, "problem": str(error)})
    return rows


def _row(path: str, header: Header, *, read: bool) -> Value:
    spec = catalogue.by_path(path)
    row: dict[str, Value] = {"path": path, "name": spec.name if spec else ""}
    if header.access is None:
        return {**row, "directories": header.dfs, "files": header.efs}
    access: dict[str, Value] = {
        right: condition_name(getattr(header.access, right))
        for right in ("read", "update", "increase", "invalidate", "rehabilitate")
    }
    row |= {"structure": str(header.structure), "size": header.size, "record_length": header.record_length}
    return {**row, "access": access, "valid": header.valid}


def _book(terminal: Terminal, path: str, side: str) -> Book:
    response = terminal.try_select(path)
    if not response.ok:
        return Book(present=False)
    try:
        header = parse_header(response.data)
    except ValueError as error:
        raise UimkitError(f"{path} of the {side} side: {error}") from None
    shown: dict[int, bytes] = {}
    for number in range(1, header.records + 1):
        answer = terminal.read_record(number, header.record_length)
        if not answer.ok:
            return Book(True, header.records, shown, f"{answer.sw:04X}")
        if answer.data.count(0xFF) != len(answer.data):
            shown[number] = answer.data
    return Book(True, header.records, shown)


def _hits(terminal: Terminal, cdma: Book) -> int:
    """How many contacts that the CDMA side shows a restricted SEEK confirms."""
    if not cdma.shown or not terminal.try_select(_EF_ADN).ok:
        return 0
    patterns = {record[:_SEEK_LENGTH] for record in cdma.shown.values() if record[0] != 0xFF}
    return sum(terminal.send(INS.SEEK, 0, 0, pattern).sw == SW.OK for pattern in patterns)


def _side(files: list[Value], contacts: Book, tails: Book) -> dict[str, Value]:
    return {"files": files, "phone_book": _summary(contacts), "extensions": _summary(tails)}


def _summary(book: Book) -> Value:
    return {
        "present": book.present,
        "records": book.records,
        "with_content": len(book.shown),
        "refused": book.refused,
    }


def _verdict(restricted: Book, tails: Book, cdma: Book, *, cdma_present: bool, hits: int) -> dict[str, Value]:
    evidence: list[Value] = []
    if not restricted.present:
        return {"verdict": "inconclusive", "evidence": ["the card has no EF_ADN for a GSM phone"]}
    evidence.append(
        f"a GSM phone reads {len(restricted.shown)} of {restricted.records} records with content"
        + (f"; READ is answered {restricted.refused}" if restricted.refused else "")
    )
    if tails.shown:
        evidence.append(f"a GSM phone reads {len(tails.shown)} of {tails.records} records of EF_EXT1 with content")
    if restricted.shown or tails.shown:
        return {"verdict": "fail", "evidence": evidence}
    if hits:
        evidence.append(f"SEEK of a GSM phone confirms {hits} contacts")
        return {"verdict": "fail", "evidence": evidence}
    if not cdma_present:
        return {"verdict": "inconclusive", "evidence": [*evidence, "the card has no DF_CDMA to compare with"]}
    evidence.append(f"a CDMA phone reads {len(cdma.shown)} of {cdma.records} records with content")
    if not cdma.shown:
        return {
            "verdict": "inconclusive",
            "evidence": [*evidence, "no contact on either side: store one and ask again"],
        }
    evidence.append("SEEK of a GSM phone confirms none of them")
    return {"verdict": "pass", "evidence": evidence}


def _iccid(terminal: Terminal) -> str | None:
    body = _body(terminal, _EF_ICCID)
    if not body:
        return None
    try:
        return decode_iccid(body)
    except CodecError:
        return body.hex().upper()


def _decoded(terminal: Terminal, path: str) -> Value:
    """The value of a file (of its first record), None when it is not readable or not decodable."""
    body = _body(terminal, path)
    spec = catalogue.by_path(path)
    if not body or spec is None or spec.codec is None:
        return None
    try:
        return spec.codec.decode(body)
    except CodecError:
        return body.hex().upper()


def _body(terminal: Terminal, path: str) -> bytes | None:
    response = terminal.try_select(path)
    if not response.ok:
        return None
    try:
        header = parse_header(response.data)
    except ValueError:
        return None
    length = header.record_length
    answer = terminal.read_record(1, length) if length else terminal.read_binary_part(0, min(header.size, 255))
    return answer.data if answer.ok else None
