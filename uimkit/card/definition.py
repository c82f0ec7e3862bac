"""What all cards of a profile share: files, codes, ATR, and the choices the standards leave open.

A definition never changes after it was made; thousands of cards point to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from uimkit.card.codes import CODE_LENGTH
from uimkit.crypto.gsm import GsmAlgorithm
from uimkit.files.spec import Blank, Structure

ALW, CHV1, CHV2, NEV = 0, 1, 2, 15
"""Access condition nibbles of GSM 11.11 table 10; 4 to 14 are administrative levels."""

OPERATIONAL = b"\x05"
"""Content of the life-cycle EF after the end of personalisation (ISO 7816-4 life-cycle status)."""


@dataclass(frozen=True, slots=True)
class AccessNibbles:
    """The five access conditions of an EF as nibbles (GSM 11.11 clause 7.3, 9.3)."""

    read: int = NEV
    update: int = NEV
    increase: int = NEV
    invalidate: int = NEV
    rehabilitate: int = NEV


@dataclass(frozen=True, slots=True)
class FileDef:
    """One MF, DF or EF as it stands on the card.

    ``size`` is the body length of an EF in bytes, ``record_length`` is 0 for a transparent EF. A path that does not
    start with ``3F00`` belongs to a card-internal object that no SELECT reaches. ``same_as`` is the path of the file
    whose records this one shows, as a second way to them; shape and contents are that file's (TS 31.102 4.4.2).
    ``blank`` says what a free record is, None stands for that of the phone book.
    """

    path: str
    name: str
    structure: Structure
    size: int = 0
    record_length: int = 0
    access: AccessNibbles = field(default_factory=AccessNibbles)
    usable_invalidated: bool = False
    same_as: str | None = None
    blank: Blank | None = None
    records: int = field(init=False, repr=False, compare=False)
    """Number of records; 0 for a transparent EF and for directories."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "records", self.size // self.record_length if self.record_length else 0)

    @property
    def stored(self) -> int:
        """Bytes of its own in the card's memory: none for a second way to another file's records."""
        return 0 if self.same_as else self.size

    @property
    def fid(self) -> int:
        """The two-byte file identifier, 0 for a card-internal object."""
        return int(self.path[-4:], 16) if self.selectable else 0

    @property
    def selectable(self) -> bool:
        return self.path.startswith("3F00")

    @property
    def parent(self) -> str:
        return self.path[:-5]

    @property
    def is_ef(self) -> bool:
        return self.structure not in (Structure.MF, Structure.DF)

    @property
    def secret(self) -> bool:
        """True for an EF that no command reads: codes and keys."""
        return self.is_ef and self.access.read == NEV


@dataclass(frozen=True, slots=True)
class CodeDef:
    """A CHV or administrative code: ``level`` is the access nibble it grants, ``p2`` its number in VERIFY CHV.

    The code itself (value, tries, unblock value) is the body of the file ``path``, see ``uimkit.card.codes``.
    """

    name: str
    level: int
    p2: int
    path: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the standards leave open and the profile decides. Every field is an ASSUMPTION.

    Status words are integers. The numbers in brackets are those of the list of open points of GSM 11.11.
    """

    cyclic_update_mode_sw: int = 0x9408
    """UPDATE RECORD other than PREVIOUS on a cyclic EF: 94 08 or 6B 00 (A15)."""
    increase_without_right_sw: int = 0x9804
    """INCREASE on a cyclic EF whose INCREASE condition is NEVER: 98 04 or 94 08 (A16)."""
    wrong_directory_sw: int = 0x9408
    """A command of one application outside its directory: 94 08, 98 04 or 6D 00 (A23, C.S0023-C clause 4)."""
    blocked_disabled_chv1_grants: bool = True
    """CHV1 disabled and blocked: access stays granted (8.12), though the note in 7.3 knows cards that refuse (A27)."""
    blocking_enables_chv1: bool = False
    """Third false ENABLE CHV also sets CHV1 to enabled (8.12, A28)."""
    temporary_ssd: bool = False
    """UPDATE SSD for a commit is taken without a key generation before it; else it is 98 34 (C.S0023-C 4.3.2.4)."""
    gsm_algorithm: GsmAlgorithm = GsmAlgorithm.XOR_2G
    """What RUN GSM ALGORITHM computes (8.16)."""


@dataclass(frozen=True)
class CardDefinition:
    """The card as a product. ``files[0]`` is the MF, a parent always stands before its children.

    ``aliases`` maps a path to the path that answers in its place (7F21 for 7F20, GSM 11.11 10.7).
    ``characteristics`` is byte 14 of a directory's SELECT answer without its CHV1 bit (9.2.1). ``keys`` maps the name
    of a key object ("ki") to the path of its administrative EF.
    """

    profile: str
    atr: bytes
    files: tuple[FileDef, ...]
    codes: tuple[CodeDef, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    lifecycle: str | None = None
    free_memory: int = 0
    characteristics: int = 0x11
    choices: Choices = field(default_factory=Choices)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Path to position in ``files``."""
        return {file.path: position for position, file in enumerate(self.files)}

    @cached_property
    def stores(self) -> tuple[int, ...]:
        """For each file the position of the file that holds its contents: its own, but for a second way to records."""
        return tuple(self.index[file.same_as or file.path] for file in self.files)

    @cached_property
    def parents(self) -> tuple[int, ...]:
        """For each file the position of its directory (the MF and internal objects: 0)."""
        return tuple(self.index.get(file.parent, 0) if file.selectable else 0 for file in self.files)

    @cached_property
    def children(self) -> Mapping[int, tuple[int, ...]]:
        """For each directory the files directly under it."""
        found: dict[int, list[int]] = {i: [] for i, file in enumerate(self.files) if not file.is_ef}
        for i, file in enumerate(self.files):
            if i and file.selectable:
                found[self.parents[i]].append(i)
        return {i: tuple(members) for i, members in found.items()}

    @cached_property
    def selectable(self) -> Mapping[int, Mapping[int, int]]:
        """For each current directory: file identifier to position of every file SELECT may reach (GSM 11.11 6.5)."""
        tables: dict[int, dict[int, int]] = {}
        for directory, members in self.children.items():
            parent = self.parents[directory]
            siblings = [i for i in self.children[parent] if not self.files[i].is_ef]
            reachable = [*siblings, *members, parent, directory, 0]
            tables[directory] = {self.files[i].fid: i for i in reachable}
            for alias, path in self.aliases.items():
                if self.index.get(path) in reachable:
                    tables[directory].setdefault(int(alias[-4:], 16), self.index[path])
        return tables

    @cached_property
    def code_by_name(self) -> Mapping[str, CodeDef]:
        return {code.name: code for code in self.codes}

    def under(self, directory: int, root: str) -> bool:
        """True when the directory is ``root`` or lies below it."""
        path = self.files[directory].path
        return path == root or path.startswith(root + "/")


def code_file(path: str, name: str, adm_level: int) -> FileDef:
    """The EF that holds a code: READ never, UPDATE administrative (ASSUMPTION: no standard defines such a file)."""
    access = AccessNibbles(update=adm_level)
    return FileDef(path, name, Structure.TRANSPARENT, CODE_LENGTH, 0, access)
