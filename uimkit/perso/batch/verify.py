"""Checks a delivered folder from its files alone: hashes, audit log, and every card played, read and compared.

The folder is cut into units of rows, which workers check each for itself; the result does not depend on who did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

from uimkit import __version__
from uimkit.errors import InputError, SurroundingsError, UimkitError
from uimkit.perso.batch import audit_log, executors
from uimkit.perso.batch.expected import Expected, Witnesses
from uimkit.perso.batch.files import digest_of
from uimkit.perso.batch.manifest import File, Manifest, load_manifest, load_product
from uimkit.perso.batch.order import MASKED, Order, masked_copy, parse_order
from uimkit.perso.batch.outputs import (
    DATA,
    LASER,
    QC,
    REMARK,
    RESPONSE,
    WARNINGS,
    card_head,
    flat_text,
    response_columns,
    response_header,
    response_name,
    shard_name,
    template_name,
)
from uimkit.perso.batch.player import Player, commands_of
from uimkit.perso.batch.source import Source
from uimkit.perso.dialects import DIALECTS, parse_script
from uimkit.perso.emit import CARD, STYLES
from uimkit.perso.fields import FIELDS
from uimkit.perso.inputs import read_input
from uimkit.perso.plan import Plan
from uimkit.perso.resolve import Resolved
from uimkit.perso.rows import CardData
from uimkit.perso.template import CompiledTemplate

AUDIT, ORDER_FILE, STATE = "audit.jsonl", "order.toml", ".batch"
PLAYED = ("json", "scriptor", "pcom", "pysim", "gpshell", "jcshell")
"""Dialects whose scripts can be played: those that `parse_script` reads, each file by itself."""
_UNIT = 500
"""Cards at a time at least."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found right.

    ``played`` cards went through the simulator; scripts and data of all ``cards`` were compared. ``compared`` says of
    each field with what its value was, ``not_compared`` why it was with nothing. ``notes``: what else was left out.
    """

    cards: int
    played: int
    files: int
    compared: dict[str, str]
    not_compared: dict[str, str]
    notes: tuple[str, ...]
    manifest_sha256: str


@dataclass(frozen=True)
class Options:
    """How to verify: every ``sample``-th card is played. ``order`` and ``input`` are the files as they were given."""

    sample: int = 1
    workers: int = 1
    order: Path | None = None
    input: Path | None = None
    progress: Progress = lambda done, total: None


_USUAL = Options()


@dataclass(frozen=True)
class _Unit:
    """Rows from ``start`` on: the lines of the files that have one a card."""

    start: int
    data: tuple[str, ...] = field(repr=False)
    response: tuple[str, ...] = field(repr=False)
    laser: tuple[str, ...] = field(repr=False)
    given: tuple[CardData, ...] = field(repr=False)


@dataclass(frozen=True)
class _Checked:
    rows: int
    played: int
    witnesses: Mapping[str, str]


@dataclass(frozen=True)
class _Task:
    """Checks units. What is heavy is made once a process."""

    folder: Path
    order: bytes = field(repr=False)
    sample: int
    with_input: bool

    def __call__(self, unit: _Unit) -> _Checked:
        """Raises UimkitError, which does not lead to the frames that hold the cards' secrets."""
        try:
            return _bench(self).check(unit)
        except UimkitError as error:
            wrong = str(error)
        raise UimkitError(wrong)


@lru_cache(maxsize=1)
def _bench(task: _Task) -> _Bench:
    return _Bench(task)


def verify(folder: Path, options: Options = _USUAL) -> Verified:
    """Check a folder. Raises UimkitError for the first thing that is wrong, InputError, SurroundingsError."""
    try:
        return _verify(folder, options)
    except OSError as error:
        raise SurroundingsError(f"{error.filename}: {error.strerror}") from error


def _verify(folder: Path, options: Options) -> Verified:
    manifest, sha256 = load_manifest(folder)
    copy = _present(folder, manifest).read_bytes()
    if (hashlib.sha256(copy).hexdigest(), len(copy)) != _fact(manifest.files[ORDER_FILE]):
        raise UimkitError(f"{folder / ORDER_FILE}: not as the manifest says")
    raw = _order_text(folder, manifest, copy, options.order)
    order = parse_order(raw, str(options.order or folder / ORDER_FILE))
    _check_files(folder, manifest, order)
    audit_log.check(folder / AUDIT, manifest_sha256=sha256)
    if options.input is not None:
        _check_input(options.input, manifest)
    task = _Task(folder, raw, options.sample, options.input is not None)
    bench = _bench(task)
    bench.check_templates()
    units = _units(folder, bench, options.input)
    kind: executors.Kind = "serial" if options.workers == 1 else "process"
    rows = played = 0
    witnesses: dict[str, str] = {}
    with executors.executor(kind, options.workers) as apply:
        for result in apply(task, units):
            rows, played = rows + result.rows, played + result.played
            witnesses = {**result.witnesses, **witnesses}
            options.progress(rows, manifest.cards)
    places = bench.fields()
    return Verified(
        rows,
        played,
        len(manifest.files),
        {name: witnesses[name] for name in places if name in witnesses},
        {name: bench.witnesses.unread(name) for name in places if name not in witnesses},
        tuple(bench.notes()),
        sha256,
    )


def _fact(file: File) -> tuple[str, int]:
    return file.sha256, file.bytes


def _present(folder: Path, manifest: Manifest) -> Path:
    """See that just the files of the manifest are there; the path of the order's copy."""
    wanted = {*manifest.files, "manifest.json", AUDIT}
    found = set()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name == STATE or name.startswith(f"{STATE}/") or (path.is_dir() and not path.is_symlink()):
            continue
        if name not in wanted or path.is_symlink():
            raise UimkitError(f"{path}: this file is not in the manifest")
        found.add(name)
    for name in sorted(wanted - found):
        raise UimkitError(f"{folder / name}: the file is missing")
    if ORDER_FILE not in manifest.files:
        raise UimkitError(f"{folder}: the manifest lacks {ORDER_FILE}")
    return folder / ORDER_FILE


def _order_text(folder: Path, manifest: Manifest, copy: bytes, given: Path | None) -> bytes:
    """The order as it was given, or its copy, in which fixed secrets are masked."""
    if given is None:
        masked = f'"{MASKED}"'.encode() in copy
        if not masked and hashlib.sha256(copy).hexdigest() != manifest.order_sha256:
            raise UimkitError(f"{folder / ORDER_FILE}: not the order that the manifest names")
        return copy
    try:
        raw = given.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such order", str(given)) from None
    if hashlib.sha256(raw).hexdigest() != manifest.order_sha256 or masked_copy(raw, str(given)) != copy:
        raise UimkitError(f"{given}: this is not the order that the folder was made of")
    return raw


def _check_input(path: Path, manifest: Manifest) -> None:
    if manifest.input_sha256 is None:
        raise InputError("--input: the order has ranges and no input file")
    if not path.is_file():
        raise InputError("there is no such file", str(path))
    if digest_of(path)[0] != manifest.input_sha256:
        raise UimkitError(f"{path}: this is not the input file that the folder was made of")


def _check_files(folder: Path, manifest: Manifest, order: Order) -> None:
    """See that the manifest names what the order asks for and no more, and that the files are as it says.

    The scripts are looked at when they are played.
    """
    outputs, notice = order.outputs, manifest.notice
    response = response_name(order, notice)
    wanted = {DATA, WARNINGS, ORDER_FILE, "report.html", *manifest.profile.copies}
    wanted |= {name for name, asked in ((response, outputs.response), (LASER, outputs.laser), (QC, outputs.qc_every))
               if asked}  # fmt: skip
    wanted |= {template_name(name, notice) for name in ("json", *outputs.dialects)}
    wanted |= {shared[0] for name in outputs.dialects if (shared := DIALECTS[name].shared)}
    if outputs.flattened:
        wanted |= {name for shard in _shards(0, manifest.cards, order, notice) for name in shard}
    for name in sorted(wanted ^ manifest.files.keys()):
        word = "lacks" if name in wanted else "has, against the order,"
        raise UimkitError(f"{folder}: the manifest {word} {name}")
    for name, file in manifest.files.items():
        if not name.startswith("scripts/") and digest_of(folder / name) != _fact(file):
            raise UimkitError(f"{folder / name}: not as the manifest says")
    if (order.order, order.input.count or manifest.cards) != (manifest.order, manifest.cards):
        raise UimkitError(f"{folder}: order and manifest differ in name or number of cards")


def _shards(start: int, end: int, order: Order, notice: str) -> Iterator[list[str]]:
    """The script files, shard by shard from row ``start`` to ``end``, the last of them the end."""
    size = order.outputs.cards_per_file
    for first in range(start, end, size):
        last = min(first + size, end)
        yield [shard_name(first + 1, last, name, notice) for name in order.outputs.dialects]


def _units(folder: Path, bench: _Bench, given: Path | None) -> Iterator[_Unit]:
    """The rows of the folder, some whole script files at a time. Raises UimkitError when the files differ in number."""
    order, total = bench.order, bench.manifest.cards
    size = order.outputs.cards_per_file if order.outputs.flattened else _UNIT
    size *= -(-_UNIT // size)
    data = _lines(folder / DATA, bench.data_header)
    said = folder / response_name(order, bench.manifest.notice)
    response = _lines(said, bench.response_header) if order.outputs.response else None
    laser = _lines(folder / LASER, (",".join((*order.outputs.laser, *bench.remark)),)) if order.outputs.laser else None
    qc = _lines(folder / QC, ("ROW,ICCID",)) if order.outputs.qc_every else None
    reading = Source(order.input, folder).file_reading()
    cards = read_input(given, order.input.format, reading) if given is not None else None
    for start in range(0, total, size):
        count = min(size, total - start)
        lines = [tuple(islice(stream, count)) if stream is not None else () for stream in (data, response, laser)]
        given_rows = tuple(islice(cards, count)) if cards is not None else ()
        unit = _Unit(start, lines[0], lines[1], lines[2], given_rows)
        for part, stream in ((unit.data, data), (unit.response, response), (unit.laser, laser), (unit.given, cards)):
            if stream is not None and len(part) != count:
                raise UimkitError(f"{folder}: found {start + len(part)} rows, expected {total} cards")
        _check_qc(folder / QC, start, unit.data, qc, bench)
        yield unit
    for extra in (data, response, laser, cards, qc):
        if extra is not None and next(extra, None) is not None:
            raise UimkitError(f"{folder}: found more rows than the {total} cards of the manifest")


def _check_qc(path: Path, start: int, data: Iterable[str], found: Iterator[str] | None, bench: _Bench) -> None:
    """See that the sample list names the cards that the order asks for."""
    every, last = bench.order.outputs.qc_every or 1, bench.manifest.cards - 1
    for position, line in enumerate(data if found is not None else (), start):
        if found is not None and (position % every == 0 or position == last):
            expected = f"{position + 1},{line.partition(',')[0]}"
            if next(found, "") != expected:
                raise UimkitError(f"{path}: expected the row {expected}")


def _lines(path: Path, header: tuple[str, ...]) -> Iterator[str]:
    """The lines behind the header, which must be as expected; of an expected line that is empty any line will do."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        for number, expected in enumerate(header, 1):
            found = stream.readline().removesuffix("\n")
            if expected and found != expected:
                raise UimkitError(f'{path}:{number}: expected "{expected}", as order, profile and keys have it')
        for line in stream:
            yield line.removesuffix("\n")


class _Bench:
    """All that a process needs to check units of a folder."""

    def __init__(self, task: _Task) -> None:
        self.folder, self.sample = task.folder, task.sample
        self.manifest, _ = load_manifest(task.folder)
        self.order = parse_order(task.order, str(task.folder / ORDER_FILE))
        self.plan = Plan(load_product(self.manifest.profile, task.folder, self.manifest.uimkit))
        self.witnesses = Witnesses(self.plan, self.manifest, self.order, task.folder, with_input=task.with_input)
        outputs = self.order.outputs
        self.templates = {name: self._template(name) for name in dict.fromkeys(("json", *outputs.dialects))}
        self.scripts = {name: CompiledTemplate(flat_text(name, self.templates[name])) for name in outputs.dialects}
        self.columns = CompiledTemplate(self.templates["json"]).columns
        drawn = (name for name in FIELDS if self.manifest.secrets.get(name, "given") != "given")
        self.all_columns = tuple(dict.fromkeys((*self.manifest.columns, *drawn)))
        self.response_columns = response_columns(self.order, self.plan, self.all_columns)
        self.remark = (REMARK,) if self.manifest.notice else ()
        self._players = self._make_players()

    def _template(self, name: str) -> str:
        return self._text(template_name(name, self.manifest.notice))

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="ascii")

    def _template_path(self, name: str) -> Path:
        return self.folder / template_name(name, self.manifest.notice)

    def _make_players(self) -> dict[str, Player]:
        """One player for each dialect that sends the card something else than the ones before; json knows most of what
        is to be expected, and comes first."""
        found: dict[str, Player] = {}
        empty = self.order.outputs.style == "create"
        for name in dict.fromkeys(("json", *(name for name in self.order.outputs.dialects if name in PLAYED))):
            player = Player(self.plan, self.templates[name], self._template_path(name).name, empty=empty)
            if commands_of(player.steps) not in [commands_of(other.steps) for other in found.values()]:
                found[name] = player
        return found

    @property
    def data_header(self) -> tuple[str, ...]:
        return (",".join((CARD, *self.columns, *self.remark)),)

    @property
    def response_header(self) -> tuple[str, ...]:
        """The lines of the operator's file before its rows; the check value is any without the transport key."""
        key, columns = self.witnesses.transport, self.response_columns
        kcv = None if key is None else key.kcv
        return response_header(self.order, self.plan, self.manifest.cards, kcv, self.manifest.notice, columns)

    def fields(self) -> list[str]:
        """The fields that a card of this profile, or the operator's file, holds."""
        beside = self.response_columns if self.order.outputs.response == "var_out" else ()
        return [name for name in FIELDS if name in self.plan.places or name in beside]

    def check_templates(self) -> None:
        """See that the templates are what this version makes of profile and columns; another version's may differ."""
        if self.manifest.uimkit == __version__:
            steps = STYLES[self.order.outputs.style](self.plan, self.all_columns)
            for name, text in self.templates.items():
                if text != DIALECTS[name].dump(steps, self.plan.profile.name):
                    raise UimkitError(f"{self._template_path(name)}: not the template of profile and columns")
                shared = DIALECTS[name].shared
                if shared and self._text(shared[0]) != shared[1](steps, self.plan.profile.name):
                    raise UimkitError(f"{self.folder / shared[0]}: not the script of profile and columns")

    def notes(self) -> Iterator[str]:
        order = self.order
        if not self.witnesses.has_data:
            yield "the input file was not handed in (--input): what follows from it was not compared with it"
        if self.witnesses.operator_reason:
            yield f"secrets of the operator's file were not read: {self.witnesses.operator_reason}"
        texts = [name for name in order.outputs.dialects if name not in PLAYED]
        if texts and order.outputs.flattened:
            yield f"scripts of {', '.join(texts)} were compared with template and data as text"
        if self.manifest.uimkit != __version__:
            yield f"made with uimkit {self.manifest.uimkit}, this is {__version__}: templates were taken as they are"

    def check(self, unit: _Unit) -> _Checked:
        """Raises UimkitError for the first card that is wrong."""
        witnesses: dict[str, str] = {}
        rows = [self._row(unit.start + at, line) for at, line in enumerate(unit.data)]
        if self.order.outputs.flattened:
            self._check_scripts(unit.start, rows)
        played = 0
        for at, row in enumerate(rows):
            expected = self._expected(unit, at, row)
            witnesses = {**expected.witnesses, **witnesses}
            if unit.laser:
                self._check_laser(row[CARD], unit.laser[at], expected)
            octets = self._check_octets(row, expected)
            if (unit.start + at) % self.sample == 0:
                played += 1
                for player in self._players.values():
                    player.check(row, {**expected.values, "ICCID": row[CARD]}, expected.unknown, octets)
        return _Checked(len(rows), played, witnesses)

    def _row(self, position: int, line: str) -> dict[str, str]:
        cells = self._cells(line, (CARD, *self.columns), f"card {position + 1} of {DATA}")
        return dict(zip((CARD, *self.columns), cells, strict=True))

    def _cells(self, line: str, names: tuple[str, ...], what: str) -> list[str]:
        """The cells of these columns; behind them stands the notice of derived keys."""
        cells = line.split(",")
        if len(cells) != len(names) + len(self.remark):
            raise UimkitError(f"{what}: found {len(cells)} cells, expected {len(names) + len(self.remark)}")
        if self.remark and cells.pop() != self.manifest.notice:
            raise UimkitError(f'{what}: {REMARK}: expected "{self.manifest.notice}"')
        return cells

    def _expected(self, unit: _Unit, at: int, row: Mapping[str, str]) -> Expected:
        told: dict[str, str] = {}
        telecom = self.order.outputs.response == "china-telecom"
        if unit.response:
            separator, empty = (",", "") if telecom else (" ", "-")
            cells = unit.response[at].split(separator)
            if len(cells) != len(self.response_columns):
                raise UimkitError(f"card {row[CARD]}: {RESPONSE} has {len(cells)} cells in its row")
            told = self.witnesses.told(self.response_columns, cells, empty, row[CARD])
        given = unit.given[at] if unit.given else None
        expected = self.witnesses.of(unit.start + at, row[CARD], given, told)
        if unit.response:
            for name in self.response_columns:
                readable = self.witnesses.transport is not None or not FIELDS[name].secret
                if name in expected.values and name not in told and readable:
                    raise UimkitError(f"card {row[CARD]}: {name} is missing in {RESPONSE}")
        return expected

    def _check_laser(self, iccid: str, line: str, expected: Expected) -> None:
        names = self.order.outputs.laser
        for name, cell in zip(names, self._cells(line, names, f"card {iccid} of {LASER}"), strict=True):
            if name not in expected.unknown and cell != expected.values.get(name, ""):
                shown = FIELDS[name].shown
                what = f"found {shown(cell)}, expected {shown(expected.values.get(name, ''))}"
                raise UimkitError(f"card {iccid}: {name} of {LASER}: {what}")

    def _check_octets(self, row: Mapping[str, str], expected: Expected) -> dict[str, str]:
        """Compare the data with the octets that the values come to, also where no reader looks at them."""
        octets = self.plan.row(Resolved(expected.values, {}, f"card {row[CARD]}"))
        for slot in self.plan.slots:
            found = row.get(slot.column)
            if found is not None and expected.unknown.isdisjoint(slot.fields) and found != octets[slot.column]:
                raise UimkitError(f"card {row[CARD]}: {slot.column} of {DATA} is not what its values come to")
        return octets

    def _check_scripts(self, start: int, rows: list[dict[str, str]]) -> None:
        """Compare the script files of these rows, octet by octet, with template and data."""
        size = self.order.outputs.cards_per_file
        for first in range(0, len(rows), size):
            part, begin = rows[first : first + size], start + first
            for name, template in self.scripts.items():
                inside = shard_name(begin + 1, begin + len(part), name, self.manifest.notice)
                self._check_shard(self.folder / inside, name, template, part)

    def _check_shard(
        self, path: Path, dialect: str, template: CompiledTemplate, rows: Iterable[dict[str, str]]
    ) -> None:
        fact = _fact(self.manifest.files[f"scripts/{path.name}"])
        digest, length = hashlib.sha256(), 0
        with path.open("rb") as stream:
            for at, row in enumerate(rows):
                head = card_head(dialect, row[CARD], self.manifest.notice)
                text = head + template.fill(row)
                found = stream.read(len(text))
                if found != text.encode("utf-8"):
                    reason = f"card {row[CARD]}: the {dialect} script is not template and data"
                    raise UimkitError(reason if digest_of(path) == fact else f"{path}: not as the manifest says")
                digest.update(found)
                length += len(found)
                if at == 0 and dialect in PLAYED:
                    self._check_commands(dialect, text.removeprefix(head), row)
            if stream.read(1):
                raise UimkitError(f"{path}: something stands behind the last card")
        if (digest.hexdigest(), length) != fact:
            raise UimkitError(f"{path}: not as the manifest says")

    def _check_commands(self, dialect: str, text: str, row: Mapping[str, str]) -> None:
        """See that a player reads out of the script just what is played: the commands of its template, filled."""
        steps = parse_script(text, f"card {row[CARD]}").steps
        player = self._players.get(dialect) or next(iter(self._players.values()))
        if [step.apdu for step in steps] != player.commands(row):
            raise UimkitError(f"card {row[CARD]}: the {dialect} script does not read as its template does")
