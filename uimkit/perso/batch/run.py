"""Runs an order: gate, register, chunks, and the outputs put together. A broken run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from uimkit import __version__
from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.batch import audit_log, executors, register, report
from uimkit.perso.batch.files import blocks, digest_of, locked, private, sync_directory, sync_file, write_whole
from uimkit.perso.batch.job import Chunk, Done, Job, register_source
from uimkit.perso.batch.manifest import (
    MANIFEST,
    Manifest,
    Product,
    as_files,
    fact,
    load_manifest,
    profile_copies,
    profile_digest,
)
from uimkit.perso.batch.order import Order, load_order, masked_copy
from uimkit.perso.batch.outputs import DATA, WARNINGS, template_name
from uimkit.perso.batch.source import Source
from uimkit.perso.input_gate import Checked, check_input
from uimkit.perso.operator_file import Row
from uimkit.profile.load import load_profile, shipped_profiles

WORK, STATE, IDENTITY, JOURNAL, COLLISIONS = ".batch", "state.json", "identity", "journal.jsonl", "collisions"
AUDIT = "audit.jsonl"

Progress = Callable[[int, int], None]
"""Told the number of finished cards and of all."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an order is worked on; none of it shows in an output. ``clock`` gives the time of the audit log."""

    clock: Callable[[], str]
    executor: executors.Kind = "serial"
    workers: int = 1
    scheduler: str | None = None
    chunk: int = 1000
    register: Path | None = None
    verify: int = 0
    checked: Callable[[int], None] = lambda count: None
    progress: Progress = lambda done, total: None
    warn: Callable[[str], None] = lambda line: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made."""

    order: str
    cards: int
    files: int
    warnings: int
    resumed: bool
    played: int


def run(order_file: Path, folder: Path, options: Options) -> Outcome:
    """Work an order off into ``folder``. Raises InputError, SurroundingsError, and UimkitError for a card that is not
    right."""
    order, digest = load_order(order_file)
    try:
        work = folder / WORK
        if folder.exists() and any(folder.iterdir()) and not work.is_dir():
            raise InputError("the directory is not empty, and no batch is in it", str(folder))
        for path in (folder, work, work / "chunks", work / "vault"):
            path.mkdir(mode=0o700, exist_ok=True)
        with locked(work / "lock", str(folder)):
            return _Run(order, order_file, digest, folder, options).run()
    except OSError as error:
        raise SurroundingsError(f"{error.filename or folder}: {error.strerror}") from error


class _Run:
    def __init__(self, order: Order, order_file: Path, digest: str, folder: Path, options: Options) -> None:
        self.order, self.base, self.folder, self.options = order, order_file.absolute().parent, folder, options
        self.work, self.order_file = folder / WORK, order_file
        self.facts: dict[str, object] = {"order": order.order, "order_sha256": digest, "version": __version__}
        profile = order.profile
        self.profile = profile if profile in shipped_profiles() else str(self.base / profile)
        self.product = load_profile(self.profile)
        self.facts["profile_sha256"] = profile_digest(self.product)
        if order.input.file is not None:
            if not (self.base / order.input.file).is_file():
                raise InputError("there is no such file", str(self.base / order.input.file))
            self.facts["input_sha256"] = digest_of(self.base / order.input.file)[0]
        self.source = Source(order.input, self.base)

    def run(self) -> Outcome:
        columns, every = self.source.columns(), self.options.verify
        job = Job(self.order, self.work.absolute(), self.profile, columns, self.source.reading, verify=every)
        if self.options.register is not None and register_source(self.order) is None:
            what = "keys.register: expected a key, since the register is that of other batches too"
            raise InputError(what, str(self.order_file))
        job.prepare()
        checks = job.check_values()
        self.facts |= checks
        state, resumed = self._state()
        for line in job.outputs.legacy:
            self.options.warn(line)
        shared = self.options.register or self.work / "register.sqlite"
        with (
            executors.executor(self.options.executor, self.options.workers, self.options.scheduler) as apply,
            register.opened(shared, self._identity(), checks["register key"]) as taken,
        ):
            if state.get("total") is None:
                total = self._gate(job, apply, taken)
                state = {**self.facts, "chunk": self.options.chunk, "total": total}
                write_whole(self.work / STATE, [json.dumps(state).encode()])
            job, size = replace(job, total=_number(state["total"])), _number(state["chunk"])
            self._log("resume" if resumed else "start", cards=job.total, **self.facts)
            if (self.folder / MANIFEST).exists():
                finished, _ = load_manifest(self.folder)
                self._clean()
                return Outcome(self.order.order, job.total, len(finished.files), finished.warnings, True, 0)
            done = self._finished()
            self._chunks(job, apply, size, done, taken)
        return self._assemble(job, sorted(done.values(), key=lambda chunk: chunk.start), resumed)

    def _gate(self, job: Job, apply: executors.Executor, taken: register.Register) -> int:
        """Check all rows and take their numbers in the register, or none; how many cards. Raises InputErrors."""
        path = self.work / COLLISIONS
        with taken.claiming(), open(path, "w", encoding="utf-8", opener=private) as collisions:
            checked = 0

            def claim(cards: list[Checked]) -> list[str]:
                nonlocal checked
                checked += len(cards)
                self.options.checked(checked)
                others, collided = taken.claim(cards)
                collisions.writelines(f"{line}\n" for line in collided)
                return others

            count = check_input(self.source.rows(), self.source.reading, claim, check=job.good, apply=apply)
            collisions.flush()
            os.fsync(collisions.fileno())
        return count

    def _identity(self) -> str:
        """The name of this batch in registers: two runs of one order in two directories are two batches."""
        path = self.work / IDENTITY
        if not path.exists():
            write_whole(path, [f"{self.order.order} ({secrets.token_hex(8)})".encode()])
        return path.read_text()

    def _state(self) -> tuple[dict[str, object], bool]:
        path = self.work / STATE
        if not path.exists():
            return {}, False
        state: dict[str, object] = json.loads(path.read_bytes())
        for name, value in self.facts.items():
            if state.get(name) != value:
                what = name.removesuffix("_sha256")
                raise InputError(f"the {what} has changed since this batch was begun; take a new directory",
                                 str(self.folder))  # fmt: skip
        return state, True

    def _log(self, event: str, **facts: object) -> None:
        audit_log.append(self.folder / AUDIT, self.options.clock(), event, **facts)

    def _finished(self) -> dict[int, Done]:
        """The chunks of a former run whose pieces are all there."""
        path, found = self.work / JOURNAL, {}
        for line in path.read_bytes().splitlines() if path.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:
                break
            played, every = entry["verified"], self.options.verify
            done = Done(entry["start"], entry["rows"], entry["pieces"], (), entry["warnings"], played)
            if every and not (played and every % played == 0):
                continue  # made without playing as many cards as are wanted now: it is made again and played
            folder = self._chunk(done)
            if all(
                (folder / name).is_file() and digest_of(folder / name) == tuple(fact)
                for name, fact in done.pieces.items()
            ):
                found[done.start] = done
        lines = [json.dumps(_entry(done)).encode() + b"\n" for done in found.values()]
        write_whole(path, lines)
        return found

    def _chunks(
        self, job: Job, apply: executors.Executor, size: int, done: dict[int, Done], taken: register.Register
    ) -> None:
        finished = sum(chunk.rows for chunk in done.values())
        self.options.progress(finished, job.total)
        wanted = (chunk for chunk in _chunked(self.source.good_rows(), size) if chunk.start not in done)
        handle = os.open(self.work / JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            for result in apply(job, wanted):
                taken.claim_keys(result.keys)
                os.write(handle, json.dumps(_entry(result)).encode() + b"\n")
                os.fsync(handle)
                done[result.start] = replace(result, keys=())
                finished += result.rows
                self.options.progress(finished, job.total)
        finally:
            os.close(handle)

    def _assemble(self, job: Job, done: list[Done], resumed: bool) -> Outcome:
        headers = job.outputs.headers()
        pieces: dict[str, list[tuple[Path, tuple[str, int]]]] = {name: [] for name in headers}
        for chunk in done:
            for inside, known in chunk.pieces.items():
                pieces.setdefault(inside.replace("@", "/"), []).append((self._chunk(chunk) / inside, known))
        (self.folder / "scripts").mkdir(mode=0o700, exist_ok=True)
        files: dict[str, dict[str, object]] = {}
        for name, parts in pieces.items():
            files[name] = fact(*self._put(name, headers.get(name, ""), parts))
        sync_directory(self.folder / "scripts")
        for dialect, text in job.outputs.templates.items():
            name = template_name(dialect, job.notice)
            files[name] = fact(*write_whole(self.folder / name, [text.encode()]))
        for name, text in job.outputs.shared.items():
            files[name] = fact(*write_whole(self.folder / name, [text.encode()]))
        for name, content in self._copies().items():
            (self.folder / name).parent.mkdir(mode=0o700, exist_ok=True)
            files[name] = fact(*write_whole(self.folder / name, [content]))
        collisions = (self.work / COLLISIONS).read_bytes().count(b"\n")
        warnings = sum(chunk.warnings for chunk in done) + collisions + len(job.outputs.legacy)
        page = report.page(job, first_and_last(self.folder / DATA), files, warnings)
        files["report.html"] = fact(*write_whole(self.folder / "report.html", [page.encode()]))
        manifest = self._manifest(job, files, warnings).encoded()
        digest, played = hashlib.sha256(manifest).hexdigest(), sum(_played(chunk) for chunk in done)
        self._log(
            "finished", cards=job.total, warnings=warnings, files=len(files), played=played, manifest_sha256=digest
        )
        write_whole(self.folder / MANIFEST, [manifest])
        self._clean()
        return Outcome(self.order.order, job.total, len(files), warnings, resumed, played)

    def _copies(self) -> dict[str, bytes]:
        """The order, its fixed secrets masked, and the files of a profile that is not shipped."""
        copy = masked_copy(self.order_file.read_bytes(), str(self.order_file))
        return {"order.toml": copy, **profile_copies(self.product, self.profile in shipped_profiles())}

    def _manifest(self, job: Job, files: dict[str, dict[str, object]], warnings: int) -> Manifest:
        copies = profile_copies(self.product, self.profile in shipped_profiles())
        given = self.facts.get("input_sha256")
        sha256 = str(self.facts["profile_sha256"])
        return Manifest(
            order=self.order.order,
            order_sha256=str(self.facts["order_sha256"]),
            input_sha256=None if given is None else str(given),
            profile=Product(name=self.product.name, sha256=sha256, copies=tuple(copies)),
            cards=job.total,
            warnings=warnings,
            columns=job.columns,
            secrets={name: source.value for name, source in job.policy.sources.items()},
            notice=job.notice,
            files=as_files(files),
        )

    def _put(self, name: str, header: str, pieces: list[tuple[Path, tuple[str, int]]]) -> tuple[str, int]:
        """Put a file together from its pieces; hash and length. One that is a piece as it stands is moved."""
        if len(pieces) == 1 and not header and name != WARNINGS:
            ((path, known),) = pieces
            sync_file(path)
            os.replace(path, self.folder / name)
            return known
        parts = [path for path, _ in pieces] + ([self.work / COLLISIONS] if name == WARNINGS else [])
        return write_whole(self.folder / name, chain([header.encode()], *map(blocks, parts)))

    def _chunk(self, chunk: Done) -> Path:
        return self.work / "chunks" / f"{chunk.start:08}"

    def _clean(self) -> None:
        """Remove the pieces, which hold secrets; after a kill at the very end the next run does it."""
        for chunk in (self.work / "chunks").iterdir():
            shutil.rmtree(chunk)


def _entry(done: Done) -> dict[str, object]:
    return {
        "start": done.start,
        "rows": done.rows,
        "pieces": done.pieces,
        "warnings": done.warnings,
        "verified": done.verified,
    }


def _played(done: Done) -> int:
    """How many cards of a chunk were played: those whose row, from 0, is a multiple of the step."""
    step = done.verified
    return (done.start + done.rows - 1) // step - (done.start - 1) // step if step else 0


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise InputError("the state of the batch is damaged")
    return value


def _chunked(stream: Iterable[Row], size: int) -> Iterator[Chunk]:
    rows, start = iter(stream), 0
    while part := tuple(islice(rows, size)):
        yield Chunk(start, part)
        start += len(part)


def first_and_last(path: Path) -> tuple[str, str]:
    """ICCIDs of the first and the last card of a data file."""
    first = last = ""
    with path.open(encoding="ascii") as stream:
        next(stream)
        for line in stream:
            last = line.partition(",")[0]
            first = first or last
    return first, last


def status(folder: Path) -> dict[str, object]:
    """How far the batch in a folder is. Raises InputError when there is none."""
    work = folder / WORK
    if not (work / STATE).exists():
        raise InputError("there is no batch in it", str(folder))
    state = json.loads((work / STATE).read_bytes())
    finished = (folder / MANIFEST).exists()
    rows = 0
    for line in (work / JOURNAL).read_bytes().splitlines() if (work / JOURNAL).exists() else ():
        try:
            rows += json.loads(line)["rows"]
        except ValueError:
            break
    running = False
    try:
        with locked(work / "lock", str(folder)):
            pass
    except SurroundingsError:
        running = True
    word = "running" if running else "finished" if finished else "broken off: run it again to go on"
    return {"order": state["order"], "cards": state["total"], "done": state["total"] if finished else rows,
            "state": word}  # fmt: skip
