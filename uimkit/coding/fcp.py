"""The FCP template of CREATE FILE and RESIZE FILE (ETSI TS 102 222 6.3.2.2, 6.10; ISO 7816-4 5.3.3).

Written with pytlv, read with our own strict reader: pytlv takes the last of repeated tags and stops at an empty value
(tag 88 without one), so it can not judge what a terminal sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytlv.TLV import TLV

from uimkit.coding.errors import CodecError
from uimkit.coding.tlv import Item, read_tlv, write_tlv

Kind = Literal["DF", "transparent", "linear-fixed", "cyclic"]

TEMPLATE = 0x62
LONGEST = 127
"""Octets of a template that pytlv writes rightly: it knows lengths of one octet only."""
REFERENCED, COMPACT, EXPANDED = 0x8B, 0x8C, 0xAB
DEACTIVATED, ACTIVATED = 0x04, 0x05
READABLE_DEACTIVATED = 0x40
"""Bit of the special information C0: a deactivated EF can be read and updated."""

_DESCRIPTOR, _FID, _DF_NAME, _LIFE_CYCLE, _SIZE, _TOTAL, _PIN_STATUS, _SFI, _OWN = (
    0x82, 0x83, 0x84, 0x8A, 0x80, 0x81, 0xC6, 0x88, 0xA5,
)  # fmt: skip
_SPECIAL, _FILL, _REPEAT = 0xC0, 0xC1, 0xC2
_SECURITY = (REFERENCED, COMPACT, EXPANDED)
_KINDS: Mapping[int, Kind] = {0x38: "DF", 0x01: "transparent", 0x02: "linear-fixed", 0x06: "cyclic"}
_BYTE = {kind: byte for byte, kind in _KINDS.items()}
_CODING = 0x21
_SHAREABLE = 0x40
_LIFE_CYCLES = (0x01, 0x03, DEACTIVATED, ACTIVATED)
_KNOWN = {_DESCRIPTOR, _FID, _DF_NAME, _LIFE_CYCLE, *_SECURITY, _SIZE, _TOTAL, _PIN_STATUS, _SFI, _OWN}
_MOST_RECORDS = 255


@dataclass(frozen=True, slots=True)
class Fcp:
    """File control parameters. Lengths and sizes are in octets; ``size`` is the body of an EF or all of a DF.

    ``security`` is a tag (8B, 8C or AB) and its value. ``sfi``: None leaves it to the file identifier, 0 is no SFI.
    ``special`` is the octet of C0; ``fill`` is C1's pattern, ``repeat`` C2's.
    """

    kind: Kind
    fid: int
    security: Item
    size: int | None = None
    record_length: int = 0
    records: int = 0
    shareable: bool = True
    life_cycle: int = ACTIVATED
    df_name: bytes | None = None
    pin_status: bytes | None = None
    sfi: int | None = None
    special: int | None = None
    fill: bytes | None = None
    repeat: bytes | None = None


def write_fcp(fcp: Fcp) -> bytes:
    """The template, tag 62. Raises CodecError when it has more than 127 octets."""
    descriptor = bytes((_BYTE[fcp.kind] | (_SHAREABLE if fcp.shareable else 0), _CODING))
    if fcp.record_length:
        descriptor += fcp.record_length.to_bytes(2, "big") + bytes((fcp.records,))
    items: list[tuple[int, bytes | None]] = [
        (_DESCRIPTOR, descriptor),
        (_FID, fcp.fid.to_bytes(2, "big")),
        (_DF_NAME, fcp.df_name),
        (_LIFE_CYCLE, bytes((fcp.life_cycle,))),
        fcp.security,
        (_TOTAL if fcp.kind == "DF" else _SIZE, None if fcp.size is None else _number(fcp.size)),
        (_PIN_STATUS, fcp.pin_status),
        (_SFI, None if fcp.sfi is None else bytes((fcp.sfi << 3,)) if fcp.sfi else b""),
        (_OWN, _own(fcp)),
    ]
    return _template([(tag, value) for tag, value in items if value is not None])


def write_resize(fid: int, size: int) -> bytes:
    """The template of RESIZE FILE; ``size`` is the new body in octets."""
    return _template([(_FID, fid.to_bytes(2, "big")), (_SIZE, _number(size))])


def read_fcp(data: bytes) -> Fcp:
    """A template of CREATE FILE, its objects in any order. Raises CodecError for anything that is not one."""
    found = _objects(data)
    if set(found) - _KNOWN:
        raise CodecError(f"tag {min(set(found) - _KNOWN):02X} is none of an FCP template")
    kind, shareable, record_length, records = _descriptor(_need(found, _DESCRIPTOR))
    security = [(tag, found[tag]) for tag in _SECURITY if tag in found]
    if len(security) != 1:
        raise CodecError(f"found {len(security)} objects of security attributes, expected one of 8B, 8C, AB")
    life_cycle = _need(found, _LIFE_CYCLE, 1)[0]
    if life_cycle not in _LIFE_CYCLES:
        raise CodecError(f"life cycle status {life_cycle:02X} is not that of a new file")
    is_df = kind == "DF"
    if set(found) & ({_SIZE, _SFI} if is_df else {_TOTAL, _DF_NAME, _PIN_STATUS}):
        raise CodecError("found an object that this kind of file does not have")
    size = found.get(_TOTAL) if is_df else _need(found, _SIZE)
    own = _unique(found.get(_OWN, b""))
    if set(own) & {_FILL, _REPEAT} == {_FILL, _REPEAT} or (is_df and set(own) & {_FILL, _REPEAT}):
        raise CodecError("found two patterns, or one for a DF")
    return Fcp(
        kind,
        int.from_bytes(_need(found, _FID, 2), "big"),
        security[0],
        None if size is None else _size(size),
        record_length,
        records,
        shareable,
        life_cycle,
        found.get(_DF_NAME),
        found.get(_PIN_STATUS),
        _sfi(found.get(_SFI)),
        _need(own, _SPECIAL, 1)[0] if _SPECIAL in own else None,
        _pattern(own, _FILL),
        _pattern(own, _REPEAT),
    )


def read_resize(data: bytes) -> tuple[int, int]:
    """File identifier and new size of a template of RESIZE FILE. Raises CodecError."""
    found = _objects(data)
    if set(found) != {_FID, _SIZE}:
        raise CodecError("expected the objects 83 and 80")
    return int.from_bytes(_need(found, _FID, 2), "big"), _size(found[_SIZE])


def _template(items: list[Item]) -> bytes:
    if sum(2 + len(value) for _, value in items) > LONGEST:
        raise CodecError(f"the FCP template would have more than {LONGEST} octets")
    return _built(TEMPLATE, b"".join(_built(tag, value) for tag, value in items))


def _built(tag: int, value: bytes) -> bytes:
    """One object by pytlv, which writes nothing for an empty value."""
    name = f"{tag:02X}"
    return bytes.fromhex(str(TLV([name]).build({name: value.hex()}))) if value else write_tlv([(tag, b"")])


def _own(fcp: Fcp) -> bytes | None:
    items: list[Item] = [] if fcp.special is None else [(_SPECIAL, bytes((fcp.special,)))]
    items += [(tag, value) for tag, value in ((_FILL, fcp.fill), (_REPEAT, fcp.repeat)) if value is not None]
    return write_tlv(items) if items else None


def _objects(data: bytes) -> dict[int, bytes]:
    template = _unique(data)
    if set(template) != {TEMPLATE}:
        raise CodecError("expected one FCP template, tag 62")
    return _unique(template[TEMPLATE])


def _unique(data: bytes) -> dict[int, bytes]:
    """The objects by tag. Raises CodecError when one stands twice, or there is filler or a length too long."""
    items = read_tlv(data)
    if write_tlv(items) != data or len(dict(items)) != len(items):
        raise CodecError("the objects are repeated, or not in their shortest form")
    return dict(items)


def _need(found: Mapping[int, bytes], tag: int, length: int | None = None) -> bytes:
    value = found.get(tag)
    if value is None or (length is not None and len(value) != length):
        raise CodecError(f"expected tag {tag:02X}" + (f" with {length} octets" if length else ""))
    return value


def _descriptor(value: bytes) -> tuple[Kind, bool, int, int]:
    kind = _KINDS.get(value[0] & ~_SHAREABLE) if value else None
    if kind is None or len(value) != (5 if kind in ("linear-fixed", "cyclic") else 2) or value[1] != _CODING:
        raise CodecError("the file descriptor is none of a DF, a transparent, linear fixed or cyclic EF")
    shareable = bool(value[0] & _SHAREABLE)
    if len(value) == 2:
        return kind, shareable, 0, 0
    length = int.from_bytes(value[2:4], "big")
    if not 1 <= length <= 0xFF or not 1 <= value[4] <= _MOST_RECORDS:
        raise CodecError("expected 1 to 255 records of 1 to 255 octets")
    return kind, shareable, length, value[4]


def _number(number: int) -> bytes:
    return number.to_bytes(max(2, (number.bit_length() + 7) // 8), "big")


def _size(value: bytes) -> int:
    if not 2 <= len(value) <= 4:
        raise CodecError("a size has two to four octets")
    return int.from_bytes(value, "big")


def _sfi(value: bytes | None) -> int | None:
    if value is None:
        return None
    if not value:
        return 0
    if len(value) != 1 or value[0] & 7 or not 1 <= value[0] >> 3 <= 30:
        raise CodecError("a short file identifier is 1 to 30, in the upper five bits")
    return value[0] >> 3


def _pattern(own: Mapping[int, bytes], tag: int) -> bytes | None:
    value = own.get(tag)
    if value == b"" or (value and tag == _FILL and len(value) != 1):
        raise CodecError("a fill pattern is one octet, a repeat pattern one or more")
    return value
