"""The catalogue as rows and pages for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from uimkit.errors import InputError
from uimkit.files.catalogue import all_files, find
from uimkit.files.spec import Codec, FileSpec, Value


@dataclass(frozen=True, slots=True)
class Row:
    """One file of ``ef list``; ``codec`` is typed or opaque, and None for a directory."""

    path: str
    name: str
    structure: str
    size: str
    clause: str
    codec: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One file of ``ef show``."""

    path: str
    name: str
    structure: str
    summary: str
    definitions: list[dict[str, str]]
    size: str
    default_length: int | None
    default_records: int | None
    access: dict[str, str]
    fields: list[dict[str, str]]
    examples: list[dict[str, Value]]
    reason: str | None


def listing(directory: str | None = None) -> list[Row]:
    """All files, or those of one directory ("7F25", "3F00/7F20"). Raises InputError for a directory without files."""
    rows = [_row(spec) for spec in all_files()]
    if directory is None:
        return rows
    wanted = directory.upper().strip("/")
    found = [row for row in rows if row.path.rpartition("/")[0] == wanted or row.path.split("/")[-2:-1] == [wanted]]
    if not found:
        raise InputError(f'found "{directory}", expected a directory of the catalogue such as 7F25', "--df")
    return found


def _row(spec: FileSpec) -> Row:
    kind = None if spec.is_directory else "opaque" if spec.opaque else "typed"
    clauses = "; ".join(definition.clause for definition in spec.definitions)
    return Row(spec.path, spec.name, str(spec.structure), _size(spec), clauses, kind, spec.opaque)


def _size(spec: FileSpec) -> str:
    if spec.size is None:
        return "-"
    return f"{'record ' if spec.has_records else ''}{spec.size.rule}"


def codec_of(ef: str) -> Codec:
    """The codec of a file by name or path. Raises InputError when there is none."""
    spec = find(ef)
    if spec.codec is None:
        raise InputError(f"{spec.name} is a directory and has no contents", ef)
    return spec.codec


def default_length(ef: str) -> int:
    """The standard's length of a file, or of one record, in bytes."""
    size = find(ef).size
    return size.default if size else 0


def describe(spec: FileSpec) -> Page:
    """Everything the declaration of a file says."""
    access = spec.access
    rights = ("read", "update", "increase", "invalidate", "rehabilitate")
    return Page(
        spec.path,
        spec.name,
        str(spec.structure),
        spec.summary,
        [{"standard": d.standard, "clause": d.clause, "presence": d.presence} for d in spec.definitions],
        _size(spec),
        spec.size.default if spec.size else None,
        spec.size.records if spec.size else None,
        {right: getattr(access, right) for right in rights} if access else {},
        [{"name": f.name, "description": f.description, "coding": f.coding} for f in spec.codec.fields]
        if spec.codec
        else [],
        [{"hex": example.hex, "value": example.value, "note": example.note} for example in spec.examples],
        spec.opaque,
    )


def describe_lines(spec: FileSpec) -> Iterator[str]:
    """``describe`` as lines of text."""
    page = describe(spec)
    yield f"{page.name}  {page.path}  {page.structure}"
    yield page.summary
    for definition in page.definitions:
        yield f"  {definition['standard']} clause {definition['clause']}: {definition['presence']}"
    if page.access:
        yield f"  size: {page.size}" + (f", {page.default_records} records" if page.default_records else "")
        yield "  " + ", ".join(f"{right} {condition}" for right, condition in page.access.items())
    if page.reason:
        yield f"  opaque: {page.reason}"
    for field in page.fields:
        yield f"  {field['name']:24} {field['description']}  [{field['coding']}]"
    for example in page.examples:
        yield f"  {example['hex']} = {example['value']} {example['note']}".rstrip()
