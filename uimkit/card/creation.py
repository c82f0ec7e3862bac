"""A file between its FCP template and its place in a definition: how this card reads the security attributes.

ASSUMPTION: security attributes are in compact form (tag 8C), for lack of an EF_ARR on a GSM card. The access mode byte
is 1F, and five security condition bytes follow for ACTIVATE (rehabilitate), DEACTIVATE (invalidate), WRITE (increase),
UPDATE and READ: 00 is always, FF never, 1n user authentication with the code of access level n, the nibble of GSM
11.11 9.3 (11 CHV1, 12 CHV2, 14 to 1E administrative). For a DF the mode byte is 00: who may create and delete in it
is not a matter of access conditions but of the card's life cycle.
"""

from __future__ import annotations

from collections.abc import Iterable

from uimkit.card.definition import ALW, NEV, AccessNibbles, FileDef
from uimkit.coding.errors import CodecError
from uimkit.coding.fcp import COMPACT, READABLE_DEACTIVATED, Fcp
from uimkit.files.spec import Structure

_MODES = 0x1F
_ALWAYS, _NEVER, _USER = 0x00, 0xFF, 0x10
_LEVELS = (1, 2, *range(4, 15))
_DF_SECURITY = (COMPACT, b"\0")


def in_order(files: Iterable[FileDef]) -> tuple[FileDef, ...]:
    """Files in the order of a card: what can be selected first, a directory before what is in it."""
    return tuple(sorted(files, key=lambda file: (not file.selectable, file.path.count("/"), file.path)))


def compact(access: AccessNibbles) -> bytes:
    """Access conditions as the value of tag 8C, six octets."""
    nibbles = (access.rehabilitate, access.invalidate, access.increase, access.update, access.read)
    return bytes((_MODES, *({ALW: _ALWAYS, NEV: _NEVER}.get(nibble, _USER | nibble) for nibble in nibbles)))


def access_of(value: bytes) -> AccessNibbles:
    """The inverse of `compact`. Raises CodecError for another form."""
    if len(value) != 6 or value[0] != _MODES:
        raise CodecError("expected access mode 1F and five security conditions")
    rehabilitate, invalidate, increase, update, read = (_nibble(byte) for byte in value[1:])
    return AccessNibbles(read, update, increase, invalidate, rehabilitate)


def _nibble(byte: int) -> int:
    if byte in (_ALWAYS, _NEVER):
        return ALW if byte == _ALWAYS else NEV
    if byte & 0xF0 != _USER or byte & 0x0F not in _LEVELS:
        raise CodecError(f"security condition {byte:02X} is none of this card")
    return byte & 0x0F


def fcp_of(file: FileDef, fill: bytes = b"\xff") -> Fcp:
    """The template that creates a file filled with a pattern of one or more octets."""
    if not file.is_ef:
        return Fcp("DF", file.fid, _DF_SECURITY)
    kinds = {Structure.LINEAR_FIXED: "linear-fixed", Structure.CYCLIC: "cyclic"}
    kind = kinds.get(file.structure)
    return Fcp(
        "linear-fixed" if kind == "linear-fixed" else "cyclic" if kind else "transparent",
        file.fid,
        (COMPACT, compact(file.access)),
        file.size,
        file.record_length,
        file.records,
        sfi=0,
        special=READABLE_DEACTIVATED if file.usable_invalidated else None,
        fill=fill if len(fill) == 1 else None,
        repeat=fill if len(fill) > 1 else None,
    )


def file_of(fcp: Fcp, directory: str) -> FileDef:
    """The file that a template describes, in a directory. Raises CodecError for what no file of this card can be."""
    path = f"{directory}/{fcp.fid:04X}"
    tag, value = fcp.security
    if tag != COMPACT or fcp.df_name is not None:
        raise CodecError("expected compact security attributes and no DF name: a GSM card has no EF_ARR and no ADF")
    if fcp.kind == "DF":
        return FileDef(path, f"DF {fcp.fid:04X}", Structure.DF)
    size = fcp.size or 0
    if not 1 <= size <= 0xFFFF or (fcp.record_length and size != fcp.record_length * fcp.records):
        raise CodecError("expected a body of 1 to 65535 octets, and of whole records")
    usable = bool((fcp.special or 0) & READABLE_DEACTIVATED)
    access = access_of(value)
    return FileDef(path, f"EF {fcp.fid:04X}", Structure(fcp.kind), size, fcp.record_length, access, usable)
