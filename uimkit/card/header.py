"""The answer to SELECT and STATUS, built by the card and read by the terminal (GSM 11.11 9.2.1, C.S0023-C 2.6)."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.card.definition import CHV1, NEV, AccessNibbles, FileDef
from uimkit.files.spec import Structure

STRUCTURE_BYTE = {Structure.TRANSPARENT: 0x00, Structure.LINEAR_FIXED: 0x01, Structure.CYCLIC: 0x03}
_STRUCTURE = {code: structure for structure, code in STRUCTURE_BYTE.items()}
_KIND = {0x01: "MF", 0x02: "DF", 0x04: "EF"}

EF_HEADER_LENGTH = 15
DF_HEADER_LENGTH = 23
_STATUS_OFFSET = 11
_NOT_INVALIDATED, _USABLE_INVALIDATED = 0x01, 0x04


def ef_header(file: FileDef, valid: bool, read: int | None = None) -> bytes:
    """The 15 bytes of an EF; ``read`` overrides the READ nibble. Byte 15 is 00 for a transparent EF (9.2.1)."""
    access = file.access
    read_nibble = access.read if read is None else read
    status = (_NOT_INVALIDATED if valid else 0) | (_USABLE_INVALIDATED if file.usable_invalidated else 0)
    increase = 0x40 if file.structure is Structure.CYCLIC and access.increase != NEV else 0
    return (
        b"\0\0"
        + file.size.to_bytes(2, "big")
        + file.fid.to_bytes(2, "big")
        + bytes(
            (
                0x04,
                increase,
                read_nibble << 4 | access.update,
                access.increase << 4,
                access.rehabilitate << 4 | access.invalidate,
                status,
                0x02,
                STRUCTURE_BYTE[file.structure],
                file.record_length,
            )
        )
    )


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """What a directory's header says besides its identity. Status bytes as in GSM 11.11 9.3."""

    dfs: int
    efs: int
    codes: int
    chv1_enabled: bool
    chv_status: bytes
    """CHV1, UNBLOCK CHV1, CHV2, UNBLOCK CHV2."""


def df_header(file: FileDef, free_memory: int, characteristics: int, state: DirectoryState) -> bytes:
    """The 23 bytes of the MF or a DF."""
    kind = 0x01 if file.structure is Structure.MF else 0x02
    return (
        b"\0\0"
        + free_memory.to_bytes(2, "big")
        + file.fid.to_bytes(2, "big")
        + bytes((kind, 0, 0, 0, 0, 0, DF_HEADER_LENGTH - 13))
        + bytes((characteristics | (0 if state.chv1_enabled else 0x80), state.dfs, state.efs, state.codes, 0))
        + state.chv_status
        + b"\0"
    )


@dataclass(frozen=True, slots=True)
class Header:
    """A SELECT or STATUS answer as a terminal reads it. Directory fields are 0 or None for an EF, and the reverse."""

    raw: bytes
    file_id: int
    kind: str
    size: int = 0
    structure: Structure | None = None
    record_length: int = 0
    access: AccessNibbles | None = None
    valid: bool = True
    dfs: int = 0
    efs: int = 0
    chv1_enabled: bool | None = None
    chv_tries: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    """Tries left of CHV1, UNBLOCK CHV1, CHV2, UNBLOCK CHV2; None: not initialised."""

    @property
    def records(self) -> int:
        return self.size // self.record_length if self.record_length else 0

    @property
    def chv1_needed(self) -> bool:
        """True when READ of this EF is guarded by CHV1."""
        return self.access is not None and self.access.read == CHV1


def parse_header(raw: bytes) -> Header:
    """Read a SELECT or STATUS answer. Raises ValueError when it is too short or of no known kind (9.2.1)."""
    if len(raw) < 14 or raw[6] not in _KIND:
        raise ValueError(f"not a SELECT answer of GSM 11.11 9.2.1: {raw.hex().upper()}")
    file_id = int.from_bytes(raw[4:6], "big")
    kind = _KIND[raw[6]]
    if kind == "EF":
        return _parse_ef(raw, file_id)
    if len(raw) < 22:
        raise ValueError(f"a directory answers at least 22 bytes, got {len(raw)}")
    tries = tuple((byte & 0x0F) if byte & 0x80 else None for byte in raw[18:22])
    return Header(
        raw,
        file_id,
        kind,
        dfs=raw[14],
        efs=raw[15],
        chv1_enabled=not raw[13] & 0x80,
        chv_tries=(tries[0], tries[1], tries[2], tries[3]),
    )


def _parse_ef(raw: bytes, file_id: int) -> Header:
    structure = _STRUCTURE.get(raw[13])
    if structure is None:
        raise ValueError(f"unknown EF structure {raw[13]:02X}")
    access = AccessNibbles(raw[8] >> 4, raw[8] & 0x0F, raw[9] >> 4, raw[10] & 0x0F, raw[10] >> 4)
    record_length = raw[14] if structure is not Structure.TRANSPARENT and len(raw) > 14 else 0
    return Header(
        raw,
        file_id,
        "EF",
        size=int.from_bytes(raw[2:4], "big"),
        structure=structure,
        record_length=record_length,
        access=access,
        valid=bool(raw[_STATUS_OFFSET] & _NOT_INVALIDATED),
    )
