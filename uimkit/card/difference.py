"""What differs between two card images: files, records, codes, counters, flags."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.card.codes import CODE_LENGTH, Code
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.memory import REAL_VALID, Contents

MASKED = "secret"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two cards differ; secrets are masked on both sides."""

    path: str
    name: str
    what: str
    a: str
    b: str

    def __str__(self) -> str:
        return f"{self.path} {self.name} {self.what}: {self.a} | {self.b}"


def differences(a: tuple[CardDefinition, Contents], b: tuple[CardDefinition, Contents]) -> list[Difference]:
    """Everything in which card ``b`` differs from card ``a``, in the order of the files."""
    found: list[Difference] = []
    (first, memory_a), (second, memory_b) = a, b
    if first.atr != second.atr:
        found.append(Difference("", "ATR", "value", first.atr.hex().upper(), second.atr.hex().upper()))
    for path in dict.fromkeys([*first.index, *second.index]):
        if path not in first.index or path not in second.index:
            file = (first if path in first.index else second).files[
                (first if path in first.index else second).index[path]
            ]
            found.append(Difference(path, file.name, "file", *_presence(path in first.index)))
            continue
        i, j = first.index[path], second.index[path]
        found += _file(first.files[i], second.files[j], memory_a.contents[i], memory_b.contents[j])
        flags = memory_a.flags[i], memory_b.flags[j]
        if flags[0] != flags[1]:
            found.append(Difference(path, first.files[i].name, "flags", *map(_flag_text, flags)))
    return found


def _presence(in_a: bool) -> tuple[str, str]:
    return ("present", "absent") if in_a else ("absent", "present")


def _flag_text(flags: int) -> str:
    return f"{'valid' if flags & REAL_VALID else 'invalidated'} ({flags})"


def _file(a: FileDef, b: FileDef, body_a: bytes, body_b: bytes) -> list[Difference]:
    if _shape(a) != _shape(b):
        shapes = (" ".join(str(part) for part in _shape(file) if part is not None) for file in (a, b))
        return [Difference(a.path, a.name, "definition", *shapes)]
    return body_differences(a, body_a, body_b)


def _shape(file: FileDef) -> tuple[object, ...]:
    return file.structure, f"{file.size}/{file.record_length}", file.access, file.same_as


def body_differences(a: FileDef, body_a: bytes, body_b: bytes) -> list[Difference]:
    """The differences of two contents of one file: record by record, and masked when no command reads it."""
    if body_a == body_b:
        return []
    if a.secret:
        return _secret(a, body_a, body_b)
    if not a.record_length:
        return [Difference(a.path, a.name, "content", body_a.hex().upper(), body_b.hex().upper())]
    length = a.record_length
    return [
        Difference(
            a.path,
            a.name,
            f"record {at // length + 1}",
            body_a[at : at + length].hex().upper(),
            body_b[at : at + length].hex().upper(),
        )
        for at in range(0, a.size, length)
        if body_a[at : at + length] != body_b[at : at + length]
    ]


def _secret(file: FileDef, body_a: bytes, body_b: bytes) -> list[Difference]:
    if file.size != CODE_LENGTH:
        return [Difference(file.path, file.name, "value", MASKED, MASKED)]
    a, b = Code.from_bytes(body_a), Code.from_bytes(body_b)
    found = []
    for what, value_a, value_b in (
        ("value", a.value, b.value),
        ("unblock value", a.unblock, b.unblock),
    ):
        if value_a != value_b:
            found.append(Difference(file.path, file.name, what, MASKED, MASKED))
    for what in ("tries", "max_tries", "unblock_tries", "max_unblock_tries", "initialised", "enabled"):
        if getattr(a, what) != getattr(b, what):
            found.append(Difference(file.path, file.name, what, str(getattr(a, what)), str(getattr(b, what))))
    return found
