"""Which directory, file and record a terminal is at, worked out from its commands and their answers alone.

GSM 11.11 6.4.2, 6.4.3 and 6.5, restated from the terminal's side. Nothing here looks into the simulator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from uimkit.apdu import INS
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.files.spec import Structure

MF = "3F00"
NEXT, PREVIOUS, ABSOLUTE = 2, 3, 4


def succeeded(answer: bytes) -> bool:
    return answer[-2] in (0x90, 0x9F)


@cache
def _reach(files: tuple[FileDef, ...], aliases: tuple[tuple[str, str], ...]) -> Mapping[str, Mapping[int, str]]:
    """For each directory what a SELECT may name: children, sisters, parent, itself, the MF (6.5)."""
    paths = [file.path for file in files if file.path.startswith(MF)]
    directories = {file.path for file in files if not file.is_ef}
    tables: dict[str, dict[int, str]] = {}
    for directory in directories:
        parent = directory[:-5] or MF
        near = {MF, directory, parent}
        near |= {path for path in paths if path[:-5] == directory}
        near |= {path for path in directories if path[:-5] == parent}
        tables[directory] = {int(path[-4:], 16): path for path in near}
        tables[directory] |= {int(alias[-4:], 16): path for alias, path in aliases if path in near}
    return tables


class Whereabouts:
    """Current directory, current EF (None: none is selected) and record pointer (0: undefined)."""

    def __init__(self, definition: CardDefinition) -> None:
        self.files = {file.path: file for file in definition.files if file.selectable}
        self._reach = _reach(definition.files, tuple(definition.aliases.items()))
        self.reset()

    def reset(self) -> None:
        self.directory = MF
        self.ef: FileDef | None = None
        self.pointer = 0

    @property
    def path(self) -> str | None:
        return None if self.ef is None else self.ef.path

    def named(self, fid: int) -> FileDef | None:
        """The file that SELECT of this identifier reaches from here."""
        path = self._reach[self.directory].get(fid)
        return None if path is None else self.files[path]

    def select(self, file: FileDef) -> None:
        """After a successful SELECT."""
        if file.is_ef:
            self.ef = file
            self.pointer = 1 if file.structure is Structure.CYCLIC else 0
        else:
            self.directory, self.ef, self.pointer = file.path, None, 0

    def record(self, p1: int, mode: int) -> int | None:
        """The record that READ RECORD, or UPDATE RECORD on a linear file, works on; None: there is none (94 02)."""
        assert self.ef is not None
        last = self.ef.records
        if mode == ABSOLUTE:
            number = p1 or self.pointer
        elif mode == NEXT:
            number = self.pointer + 1
        else:
            number = self.pointer - 1 if self.pointer else last
        if self.ef.structure is Structure.CYCLIC and mode != ABSOLUTE:
            return last if number == 0 else 1 if number > last else number
        return number if 1 <= number <= last else None

    def sought(self, mode: int) -> Iterator[int]:
        """Record numbers in the order in which SEEK looks at them (8.7)."""
        assert self.ef is not None
        last, here = self.ef.records, self.pointer
        yield from {
            0: range(1, last + 1),
            1: range(last, 0, -1),
            2: range(here + 1, last + 1),
            3: range((here - 1) if here else last, 0, -1),
        }[mode]

    def moved(self, apdu: bytes, found: int | None) -> None:
        """After a successful READ, UPDATE or SEEK of record ``found``: where the pointer is now."""
        assert self.ef is not None
        if apdu[1] == INS.UPDATE_RECORD and self.ef.structure is Structure.CYCLIC:
            self.pointer = 1
        elif found is not None and (apdu[1] == INS.SEEK or apdu[3] != ABSOLUTE):
            self.pointer = found
