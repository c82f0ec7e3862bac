"""What a file of the card is: its place, size, access conditions and the coding of its contents.

One :class:`FileSpec` describes one file for everybody: card, profile, command line, documentation and tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from uimkit.coding.errors import CodecError

__all__ = [
    "Access",
    "Blank",
    "Codec",
    "CodecError",
    "Definition",
    "Example",
    "FieldDoc",
    "FileSpec",
    "Service",
    "Size",
    "Structure",
    "Value",
]

Value = None | bool | int | str | list["Value"] | dict[str, "Value"]


class Structure(StrEnum):
    """The structures of GSM 11.11 clause 6.4."""

    MF = "MF"
    DF = "DF"
    TRANSPARENT = "transparent"
    LINEAR_FIXED = "linear-fixed"
    CYCLIC = "cyclic"


@dataclass(frozen=True, slots=True)
class Access:
    """The five conditions as the standard writes them: ALW, CHV1, CHV2, ADM, NEV, or ``-`` where none applies.

    An alternative that is fixed at personalisation reads ``CHV1/CHV2``: the profile chooses, the first is the default.
    """

    read: str
    update: str
    increase: str
    invalidate: str
    rehabilitate: str

    @classmethod
    def of(cls, conditions: str) -> Access:
        """From one line: ``"CHV1 ADM - ADM ADM"``."""
        return cls(*conditions.split())


@dataclass(frozen=True, slots=True)
class Size:
    """Lengths in bytes: of a transparent file, or of one record together with the number of records."""

    rule: str
    default: int
    records: int | None
    minimum: int
    maximum: int
    step: int

    def legal(self, length: int) -> bool:
        """Whether the standard allows this length: minimum, minimum + step, ... up to maximum."""
        return self.minimum <= length <= self.maximum and (length - self.minimum) % self.step == 0


@dataclass(frozen=True, slots=True)
class Service:
    """A service whose activation makes the file exist: ``table`` is CST (EF_CST) or SST (EF_SST)."""

    table: str
    number: int


@dataclass(frozen=True, slots=True)
class Definition:
    """How one standard defines the file; a telecom file has two."""

    standard: str
    clause: str
    mandatory: bool
    presence: str
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """One line of a file's documentation: the key in the value, what it means, how it is coded."""

    name: str
    description: str
    coding: str


class Codec(Protocol):
    """The two directions between the bytes of a file (or of one record) and its value."""

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The keys of the value, in the order of the bytes."""

    def decode(self, data: bytes) -> Value:
        """The value of the bytes, null when all are FF; raises CodecError, and nothing else."""

    def encode(self, value: Value, length: int) -> bytes:
        """Exactly ``length`` bytes; raises CodecError when the value does not fit: nothing is ever cut."""


@dataclass(frozen=True, slots=True)
class Example:
    """A vector: the bytes of a file or record and their value."""

    hex: str
    value: Value
    note: str = ""


_PATTERN = re.compile(r"((?:[0-9A-F]{2})*)(?:\(((?:[0-9A-F]{2})+)\)\*((?:[0-9A-F]{2})*))?")


def _filled(pattern: str, length: int) -> bytes:
    """A pattern at its length: hex digits, then what repeats, then the last bytes, as ``00(FF)*00``."""
    match = _PATTERN.fullmatch(pattern)
    head, middle, end = match.groups() if match else ("", None, None)
    start, repeated, tail = bytes.fromhex(head), bytes.fromhex(middle or "FF"), bytes.fromhex(end or "")
    room = max(0, length - len(tail))
    return ((start + repeated * (room // len(repeated) + 1))[:room] + tail)[:length]


@dataclass(frozen=True, slots=True)
class Blank:
    """What a free record of a file is: ``fill`` is how a fresh one looks, ``told_by`` has the bits that tell one.

    Both are patterns such as ``00(FF)*``. The default is that of the phone book: all FF, its last byte, an extension
    pointer, not regarded. Raises ValueError for what is no pattern.
    """

    fill: str = "(FF)*"
    told_by: str = "(FF)*00"

    def __post_init__(self) -> None:
        for pattern in (self.fill, self.told_by):
            if not _PATTERN.fullmatch(pattern):
                raise ValueError(f"{pattern!r} is not hex digits and an optional (HEX)* with hex digits after it")

    def record(self, length: int) -> bytes:
        """A fresh record of ``length`` bytes."""
        return _filled(self.fill, length)

    def mask(self, length: int) -> bytes:
        """The bits of a record of ``length`` bytes that are as in a fresh one when it is free."""
        return _filled(self.told_by, length)


@dataclass(frozen=True)
class FileSpec:
    """The declaration of one file. ``path`` keeps the standard's letters where an issuer chooses (``4FXX``).

    ``fill`` is how a fresh file or record looks: hex digits, then what repeats to the end, as ``00(FF)*``. ``free`` is
    a pattern of the bits that tell a free record; None where records are not taken and given back one by one.
    """

    path: str
    name: str
    structure: Structure
    summary: str
    definitions: tuple[Definition, ...]
    size: Size | None = None
    access: Access | None = None
    activity: str = "-"
    codec: Codec | None = None
    fill: str = "(FF)*"
    examples: tuple[Example, ...] = ()
    opaque: str | None = None
    free: str | None = None

    def __post_init__(self) -> None:
        if not _PATTERN.fullmatch(self.fill):
            raise ValueError(f"{self.path}: fill {self.fill!r} is not hex digits and an optional (HEX)*")

    @property
    def blank(self) -> Blank | None:
        """What a free record is, None where the file does not say."""
        return Blank(self.fill, self.free) if self.free is not None else None

    @property
    def fid(self) -> str:
        """The file identifier: four hex digits, or a template such as 4FXX."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The path of the directory the file lies in; empty for the MF."""
        return self.path.rpartition("/")[0]

    @property
    def is_directory(self) -> bool:
        """True for the MF and every DF."""
        return self.structure in (Structure.MF, Structure.DF)

    @property
    def has_records(self) -> bool:
        """True for linear fixed and cyclic files."""
        return self.structure in (Structure.LINEAR_FIXED, Structure.CYCLIC)

    def default_content(self, length: int) -> bytes:
        """How a fresh file, or one fresh record, of ``length`` bytes looks."""
        return _filled(self.fill, length)
