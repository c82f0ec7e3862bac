"""The tables of the standards, row by row, as the declarations write them; and what tests do with any codec."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from uimkit.files.catalogue import all_files
from uimkit.files.spec import FileSpec

DATA = Path(__file__).parents[1] / "data"
FILE, RECORD = 65535, 255
"""Longest file and record."""

EXCEPTIONS = {
    "3F00/7F10/5F3A/4FXX EF_ADN (phone book)": "EF_PB_ADN: EF_ADN is that of DF_TELECOM",
    "3F00/7F10/5F3A/4FXX EF_EXT1 (phone book)": "EF_PB_EXT1: EF_EXT1 is that of DF_TELECOM",
    "3F00/7F10/5F50/4FXX Image instance data files": "EF_IMAGE_DATA: the standard gives a kind of file, no name",
    "3F00/7F10/5F50/4FXX EF image instance data files": "EF_IMAGE_DATA: likewise",
    "3F00/7F20/5F70/4FXX EF LSA descriptor files": "EF_LSA_DESCRIPTOR: likewise",
    "3F00/7F20/5F3C/4FXX EF trusted key/certificate data files": "EF_MEXE_DATA: likewise",
    "3F00/7F25 DF_TIA/EIA-95": "DF_CDMA: the name in C.S0023-C, which defines the contents",
    "3F00/7F24 DF_TIA/EIA-136 (TDMA)": "DF_TIA/EIA-136: the name in TS 51.011",
    "3F00/7F20/5F40 DF_PCS-1900": "DF_EIA/TIA-553: the name in TS 51.011, which defines the contents",
}
"""Rows whose file has another name here, and why."""
NO_FILES = {
    "3F00/7F25/- (reserved)": "a clause without a file",
    "3F00/7F2X (reserved DFs)": "identifiers set aside, no file",
    "3F00/7F4X (administrative DFs)": "identifiers set aside, no file",
}
LEAST = {
    "3F00/7F25/6F3C": 2,  # status and length of the message
    "3F00/7F25/6F3D": 10,  # what stands before the first optional parameter
    "3F00/7F25/6F30": 10,  # the lists: fields before the records, and the CRC
    "3F00/7F25/6F5A": 13,
    "3F00/7F25/6F71": 9,
    "3F00/7F25/6F72": 10,
    "3F00/7F25/6F73": 10,
    "3F00/7F25/6F53": 1,
    "3F00/7F25/6F70": 2,  # tag and length
    "3F00/7F25/6F5F": 2,  # a data object: tag and length
    "3F00/7F25/6F60": 2,
    "3F00/7F25/6F61": 2,
    "3F00/7F25/6F62": 5,  # a data object with an address type and one byte of address
    "3F00/7F25/6F63": 3,  # three lengths
    "3F00/7F25/6F64": 3,
    "3F00/7F25/6F66": 3,
    "3F00/7F25/6F67": 2,
    "3F00/7F25/6F68": 2,
    "3F00/7F25/6F69": 2,
    "3F00/7F20/5F70/4FXX": 4,  # one descriptor of two bytes
    "3F00/7F20/6F54": 2,  # one byte of title and of icon
    "3F00/7F20/5F40/4F93": 2,
    "3F00/7F10/5F50/4F20": 10,  # one instance
    "3F00/7F10/5F3A/4F30": 2,
}
"""Shortest length of files whose rule has no number that says so, read from the contents the clause describes."""
MOST = {"3F00/7F25/6F4C": 256, "3F00/7F25/6F4D": 256, "3F00/7F25/6F50": 256, "3F00/7F25/6F57": 256,
        "3F00/7F25/6F36": 511, "3F00/7F25/6F3F": 511}  # fmt: skip
"""Longest length of files whose first byte counts what follows."""
STEP = {"3F00/7F10/5F50/4F20": 1}
"""9n + 1 or 9n + 2: two steps in turn, so a size takes any length."""


@dataclass(frozen=True)
class Row:
    """One row: ``table`` is gsm or ruim."""

    table: str
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"{self.table} {self.place}"

    @property
    def path(self) -> str:
        return f"{self.cells['path']}/{self.cells['fid']}".removeprefix("-/")

    @property
    def place(self) -> str:
        return f"{self.path} {self.cells['name']}"

    @property
    def standard(self) -> str:
        return "TS 51.011" if self.table == "gsm" else "C.S0023-C"

    @property
    def speaks(self) -> bool:
        """Whether sizes and record counts are this table's: those of files both have are only suggestions."""
        return self.table == "gsm" or self.path not in GSM_PATHS

    @property
    def name(self) -> str:
        """The name of the declaration."""
        return EXCEPTIONS[self.place].partition(":")[0] if self.place in EXCEPTIONS else self.cells["name"]

    @property
    def spec(self) -> FileSpec:
        """The declaration; templates share a path, so there the name counts too."""
        found = [spec for spec in all_files() if spec.path == self.path]
        return found[0] if len(found) == 1 else next(spec for spec in found if spec.name == self.name)

    @property
    def clause(self) -> str:
        return without_remarks(self.cells["clause"])

    @property
    def services(self) -> list[int]:
        marker = r"SST n(\d+)" if self.table == "gsm" else r"\bn(\d+)"
        return [int(number) for number in re.findall(marker, self.cells["presence"])]

    @property
    def access(self) -> list[str]:
        rights = ("read", "update", "increase", "invalidate", "rehabilitate")
        return [re.sub(r" or (CHV\d)", r"/\1", self.cells[right]).partition(" (")[0] for right in rights]

    @property
    def rule(self) -> str:
        """The rule of the size column without default and remarks: ``record 5; default 5 x 20 (..)`` is ``5``."""
        rule = re.sub(r"( \||;) default.*|; XX from.*|, as many.*|, N>=2 records|; 12 covers.*", "", self.cells["size"])
        return rule.removeprefix("record ")

    @property
    def default(self) -> tuple[str, str]:
        """Length and number of records; empty where the table has none."""
        if self.table == "ruim":
            return self.cells["def_record_len"] or self.cells["def_file_size"], self.cells["def_records"]
        default = self.cells["size"].partition(" | default ")[2] or self.rule
        match = re.match(r"(\d+)(?: x (\d+))?", default)
        return (match[1], match[2] or "") if match else ("", "")

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Least and greatest length and the step that the rule means."""
        least, most, step = numbers(self.rule)
        limit = RECORD if "fixed" in self.cells["structure"] or self.cells["structure"] == "cyclic" else FILE
        return LEAST.get(self.path, least), most or MOST.get(self.path, limit), STEP.get(self.path, step)


def without_remarks(text: str) -> str:
    return re.sub(r" \([^)]*\)", "", text)


def numbers(rule: str) -> tuple[int, int | None, int]:
    """Least length, greatest one if the rule says, and step. Counted parts are at least one, parts of a length none."""
    if match := re.match(r"(\d+)(?:, or |-)(\d+)", rule):
        least, most = int(match[1]), int(match[2])
        return least, most, most - least
    rule = re.sub(r"1(?:-|\.\.)n", "X", rule)
    formula = re.split(r"[ ,]", rule)[0]
    conditions = rule if " " in rule and "=" in rule else rule[len(formula) :]
    low = {letter: int(number) for letter, number in re.findall(r"([XYNn]) ?(?:>=|=|) ?(\d+)", conditions)}
    high = {letter: int(number) for letter, number in re.findall(r"([XYNn])[ =]*(?:<=|\d+\.\.) ?(\d+)", conditions)}
    least, most, step = 0, 0, 1
    for term in formula.split("+"):
        match = re.fullmatch(r"(\d*)([A-Za-z]?).*", term)
        factor, letter = (int(match[1] or 1), match[2]) if match else (1, term)
        if letter in ("N", "n"):
            step = factor
        least += factor * (low.get(letter, int(letter in ("N", "n") or formula == letter)) if letter else 1)
        most += factor * (high.get(letter, 0) if letter else 1)
    exact = formula.isdecimal() and "minimum" not in conditions
    return least, most if exact or high else None, step


def _rows() -> list[Row]:
    found = []
    for table in ("ruim", "gsm"):
        with (DATA / f"{table}-files.csv").open(newline="", encoding="utf-8") as lines:
            found += [Row(table, cells) for cells in csv.DictReader(lines)]
    return found


ALL_ROWS = _rows()
GSM_PATHS = {row.path for row in ALL_ROWS if row.table == "gsm"}
ROWS = [row for row in ALL_ROWS if row.place not in NO_FILES]
SPECS = [spec for spec in all_files() if not spec.is_directory]
