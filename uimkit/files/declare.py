"""The words files are declared with: one call for each file, as close to the standard's table as Python allows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from uimkit.files.codec import FileCodec, Kind, Opaque
from uimkit.files.spec import Access, Definition, Example, FileSpec, Service, Size, Structure

GSM_STANDARD = "TS 51.011"
RUIM_STANDARD = "C.S0023-C"


def gsm(clause: str, presence: str, *services: int) -> Definition:
    """TS 51.011 defines the file; ``presence`` begins with M when it is mandatory; services are those of EF_SST."""
    return _definition(GSM_STANDARD, "SST", clause, presence, services)


def ruim(clause: str, presence: str, *services: int) -> Definition:
    """C.S0023-C defines the file; ``presence`` begins with M when it is mandatory; services are those of EF_CST."""
    return _definition(RUIM_STANDARD, "CST", clause, presence, services)


def _definition(standard: str, table: str, clause: str, presence: str, services: Iterable[int]) -> Definition:
    return Definition(standard, clause, presence.startswith("M"), presence, tuple(Service(table, n) for n in services))


def exactly(length: int, records: int | None = None) -> Size:
    """One legal length in bytes; with ``records`` that of each record."""
    return Size(str(length), length, records, length, length, 1)


def sized(
    rule: str, default: int, minimum: int, *, step: int = 1, maximum: int | None = None, records: int | None = None
) -> Size:
    """Legal lengths by a rule; the maximum is 255 for a record and 65535 for a file unless the rule says less."""
    return Size(rule, default, records, minimum, maximum or (65535 if records is None else 255), step)


def directory(path: str, name: str, summary: str, *definitions: Definition) -> FileSpec:
    """The MF or a DF."""
    return FileSpec(path, name, Structure.DF if "/" in path else Structure.MF, summary, definitions)


def elementary(
    structure: Structure,
    path: str,
    name: str,
    summary: str,
    *definitions: Definition,
    size: Size,
    access: str,
    kind: Kind,
    fill: str = "(FF)*",
    activity: str = "low",
    examples: tuple[Example, ...] = (),
    free: str | None = None,
) -> FileSpec:
    """An EF. Of a record file ``size``, ``kind``, ``fill`` and ``examples`` are those of one record.

    ``access`` reads read, update, increase, invalidate, rehabilitate: ``"CHV1 ADM - ADM ADM"``.
    """
    opaque = kind.reason if isinstance(kind, Opaque) else None
    codec = FileCodec(kind)
    conditions = Access.of(access)
    return FileSpec(
        path, name, structure, summary, definitions, size, conditions, activity, codec, fill, examples, opaque, free
    )


transparent = partial(elementary, Structure.TRANSPARENT)
linear = partial(elementary, Structure.LINEAR_FIXED)
cyclic = partial(elementary, Structure.CYCLIC)
