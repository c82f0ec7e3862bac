"""Writes the scripts of a file of card data into a directory: all of it, or nothing."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.create import create_template
from uimkit.perso.dialects import DIALECTS, Dialect
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData
from uimkit.perso.steps import Step, script_template
from uimkit.perso.template import CompiledTemplate

TEMPLATE, DATA = "template", "data.csv"
CARD = "CARD"
"""The first column of the data file: the ICCID in digits, which also names a card's own script."""

Style = Literal["update", "create"]
STYLES: Mapping[str, Callable[[Plan, Iterable[str]], list[Step]]] = {
    "update": script_template,
    "create": create_template,
}

_OWNER_ONLY = 0o600

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Emitted:
    """What was written: the number of cards and the names of the files, of many cards only the first."""

    cards: int
    files: tuple[str, ...]


def write_scripts(
    plan: Plan,
    cards: Iterable[CardData],
    dialect: str,
    directory: str | os.PathLike[str],
    *,
    per_card: bool = False,
    style: Style = "update",
    warn: Warn = lambda line: None,
) -> Emitted:
    """A template and a data file, or with ``per_card`` one script a card named by its ICCID.

    ``style`` is "update" for pre-personalised cards, "create" for empty ones. The directory is made; nothing is in its
    place before everything is written. ``warn`` gets a line for each oddity.
    Raises InputError for card data or a profile that will not do, and for a directory that is not empty,
    SurroundingsError when the disk fails.
    """
    writer = DIALECTS[dialect]
    stream = iter(cards)
    first = next(stream, None)
    if first is None:
        raise InputError("found no card")
    steps = STYLES[style](plan, first.columns)
    template = writer.dump(steps, plan.profile.name)
    rows = card_rows(plan, chain((first,), stream), warn)
    with whole_directory(directory) as folder:
        made = _per_card(rows, template, writer, folder) if per_card else _template(rows, template, writer, folder)
        if writer.shared is None:
            return made
        name, dump = writer.shared
        _write(folder / name, dump(steps, plan.profile.name))
        return Emitted(made.cards, (*made.files, name))


def card_rows(plan: Plan, cards: Iterable[CardData], warn: Warn) -> Iterator[dict[str, str]]:
    """Card by card the columns of the data file. Raises InputError."""
    for data in cards:
        resolved = plan.resolve(data)
        for warning in resolved.warnings:
            warn(f"{data.where}: {warning}" if data.where else warning)
        if "ICCID" not in resolved.values:
            raise InputError("found no ICCID, which names the card's data", data.where or None)
        yield {CARD: resolved.values["ICCID"], **plan.row(resolved)}


def read_data(path: str | os.PathLike[str]) -> Iterator[dict[str, str]]:
    """The rows of a data file, to fill a template with. Raises InputError, SurroundingsError."""
    try:
        with Path(path).open(encoding="ascii", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream, strict=True), 2):
                if None in row or None in row.values():
                    raise InputError("the row has not as many cells as the header", f"{path}:{number}")
                yield row
    except OSError as error:
        raise SurroundingsError(f"{path}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError):
        raise InputError("this is no data file of a script template", os.fspath(path)) from None


def _template(rows: Iterable[dict[str, str]], template: str, dialect: Dialect, folder: Path) -> Emitted:
    name = TEMPLATE + dialect.suffix
    _write(folder / name, template)
    used = [CARD, *CompiledTemplate(template).columns]
    count = 0
    with _synced(folder / DATA) as descriptor, os.fdopen(descriptor, "w", newline="", closefd=False) as stream:
        writer = csv.DictWriter(stream, used, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            count += 1
    return Emitted(count, (name, DATA))


def _per_card(rows: Iterable[dict[str, str]], template: str, dialect: Dialect, folder: Path) -> Emitted:
    compiled = CompiledTemplate(template)
    count, first = 0, ""
    for row in rows:
        name = row[CARD] + dialect.suffix
        try:
            _write(folder / name, compiled.fill(row))
        except FileExistsError:
            raise InputError(f"ICCID {row[CARD]}: found twice, expected one card of this number") from None
        first = first or name
        count += 1
    return Emitted(count, (first,))


def _write(path: Path, text: str) -> None:
    with _synced(path) as descriptor:
        data = text.encode("ascii")
        while data:
            data = data[os.write(descriptor, data) :]


@contextmanager
def _synced(path: Path) -> Iterator[int]:
    """A new file for the owner alone, on the medium when the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_directory(directory: str | os.PathLike[str]) -> Iterator[Path]:
    """A directory to fill, which gets its name when the block ends well and vanishes when not.

    Raises InputError when the name is that of a file or of a directory with something in it, SurroundingsError.
    """
    target = Path(os.path.abspath(directory))
    try:
        _require_empty(target, directory)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
        try:
            yield temporary
            _sync_directory(temporary)
            os.rename(temporary, target)
            _sync_directory(target.parent)
        finally:
            with suppress(OSError):
                shutil.rmtree(temporary)
    except OSError as error:
        raise SurroundingsError(f"{os.fspath(directory)}: cannot be written: {error.strerror}") from error


def _require_empty(target: Path, shown: str | os.PathLike[str]) -> None:
    if not target.parent.is_dir():
        raise InputError(f"there is no directory {target.parent}", os.fspath(shown))
    if target.exists() and not target.is_dir():
        raise InputError("found a file, expected a directory that is new or empty", os.fspath(shown))
    if target.is_dir() and any(target.iterdir()):
        raise InputError("the directory is not empty; nothing was written", os.fspath(shown))


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
