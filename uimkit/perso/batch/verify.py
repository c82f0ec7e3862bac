"""Checks a delivered folder from its files alone: hashes, counts, audit log, and every card played and read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uimkit.errors import InputError, SurroundingsError, UimkitError
from uimkit.perso.audit import audit
from uimkit.perso.batch import audit_log
from uimkit.perso.batch.files import digest_of
from uimkit.perso.batch.job import Job
from uimkit.perso.batch.order import parse_order
from uimkit.perso.batch.outputs import CARD_MARK, DATA, flat_text
from uimkit.perso.batch.source import Source
from uimkit.perso.dialects import parse_script
from uimkit.perso.emit import CARD, read_data
from uimkit.perso.fields import FIELDS, Values
from uimkit.perso.keys.wrapping import field_value
from uimkit.perso.plan import Plan
from uimkit.perso.play import play, require_played
from uimkit.perso.template import CompiledTemplate
from uimkit.simulator.card import Card

MANIFEST, AUDIT = "manifest.json", "audit.jsonl"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found right. ``values`` says what the played cards were compared with."""

    cards: int
    played: int
    files: int
    values: str


def play_card(plan: Plan, script: str, values: Values) -> None:
    """Play a card's script on a fresh card and compare what it says with the values. Raises UimkitError."""
    card = Card(plan.profile.product, plan.profile.fresh_memory())
    require_played(play(parse_script(script, "script").steps, card))
    findings = [f for f in audit(card, plan, values) if f.name in values or f.name not in plan.places]
    wrong = [str(finding) for finding in findings if not finding.ok]
    if wrong:
        raise UimkitError(f"card {values['ICCID']}: {'; '.join(wrong)}")


def verify(folder: Path, sample: int = 1) -> Verified:
    """Every ``sample``-th card is played, all else checked in full. Raises UimkitError for the first that is wrong."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        for name, fact in manifest["files"].items():
            if digest_of(folder / name) != (fact["sha256"], fact["bytes"]):
                raise UimkitError(f"{folder / name}: not as the manifest says")
        audit_log.check(folder / AUDIT)
        raw = (folder / "order.toml").read_bytes()
    except FileNotFoundError as error:
        raise InputError("the file is missing", str(error.filename)) from None
    except (ValueError, KeyError, TypeError):
        raise UimkitError(f"{folder / MANIFEST}: this is no manifest") from None
    except OSError as error:
        raise SurroundingsError(f"{error.filename}: {error.strerror}") from error
    order = parse_order(raw, str(folder / "order.toml"))
    reading = Source(order.input, folder).reading
    job = Job(order, folder, manifest["profile"], tuple(manifest["columns"]), reading, manifest["cards"])
    count = played = 0
    for position, (row, scripts, values) in enumerate(zip(*_streams(job, folder), strict=True)):
        count += 1
        for name, script in scripts.items():
            if script != _flat(job, name, row):
                raise UimkitError(f"card {row[CARD]}: the {name} script is not template and data")
        if position % sample == 0:
            played += 1
            for script in [text for name, text in scripts.items() if name in ("json", "scriptor")] or [
                CompiledTemplate(job.outputs.templates["json"]).fill(row)
            ]:
                play_card(job.plan, script, {"ICCID": row[CARD], **values})
    if count != manifest["cards"]:
        raise UimkitError(f"{folder / DATA}: found {count} cards, expected {manifest['cards']}")
    said = "the operator's file" if order.outputs.response else "their ICCIDs only: the order has no operator's file"
    return Verified(count, played, len(manifest["files"]), said)


_Scripts = dict[str, str]


def _streams(job: Job, folder: Path) -> tuple[Iterator[dict[str, str]], Iterator[_Scripts], Iterator[Values]]:
    return read_data(folder / DATA), _scripts(job, folder), _responses(job, folder / job.outputs.response)


def _flat(job: Job, dialect: str, row: dict[str, str]) -> str:
    return job.outputs.script(dialect, row, row[CARD])


def _scripts(job: Job, folder: Path) -> Iterator[_Scripts]:
    """Card by card the flattened scripts, cut out of their files by their number of lines."""
    outputs = job.order.outputs
    lines = {
        name: flat_text(name, job.outputs.templates[name]).count("\n") + bool(CARD_MARK.get(name))
        for name in outputs.dialects
    }
    for shard in range(0, job.total, outputs.cards_per_file):
        last = min(shard + outputs.cards_per_file, job.total)
        if not outputs.flattened:
            yield from ({} for _ in range(shard, last))
            continue
        streams = {n: (folder / job.outputs.shard(shard + 1, last, n)).open(encoding="ascii") for n in lines}
        try:
            for _ in range(shard, last):
                yield {name: "".join(stream.readline() for _ in range(lines[name])) for name, stream in streams.items()}
            if any(stream.read(1) for stream in streams.values()):
                raise UimkitError(f"{folder}: cards {shard + 1} to {last}: something stands behind the last card")
        finally:
            for stream in streams.values():
                stream.close()


def _responses(job: Job, path: Path) -> Iterator[Values]:
    """Card by card what the operator is told, secrets unwrapped."""
    outputs = job.order.outputs
    if not outputs.response:
        yield from ({} for _ in range(job.total))
        return
    separator, empty = (",", "") if outputs.response == "china-telecom" else (" ", "-")
    header = job.outputs.headers()[job.outputs.response].count("\n")
    with path.open(encoding="utf-8") as stream:
        for _ in range(header):
            stream.readline()
        for line in stream:
            cells = dict(zip(job.outputs.response_columns, line.rstrip("\n").split(separator), strict=True))
            yield {name: _plain(job, name, cell, cells["ICCID"]) for name, cell in cells.items() if cell != empty}


def _plain(job: Job, name: str, cell: str, iccid: str) -> str:
    if not FIELDS[name].secret or job.transport is None:
        return cell
    return field_value(name, job.transport.unwrap(bytes.fromhex(cell), name, iccid))
