"""The report for people: one HTML page that needs nothing else, for screen and paper. No secret, no time is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path

from uimkit import __version__
from uimkit.perso.batch.job import Job
from uimkit.perso.batch.outputs import DATA, DERIVED, LASER, QC, RESPONSE, WARNINGS
from uimkit.perso.fields import FIELDS

MOST_FILES, MOST_SAMPLES, MOST_WARNINGS = 40, 50, 20
"""Rows of a table at most; beyond it the report says where the rest is. A report of a million cards fits in a mail."""

_STYLE = """
body{font:15px/1.4 sans-serif;margin:2em auto;padding:0 1em;max-width:62em;color:#222}
h1{margin:0 0 .2em}h2{margin:1.6em 0 .4em;border-bottom:2px solid #456}
table{border-collapse:collapse;width:100%}
td,th{padding:.25em .7em;text-align:left;vertical-align:top;border-bottom:1px solid #ccd}
thead th{background:#eef1f5}th[scope=row]{width:14em;font-weight:600}
.n{text-align:right;white-space:nowrap;width:1%}.h{min-width:27ch;font-size:.8em}code{font-size:.85em;overflow-wrap:anywhere}
.notice{background:#c00;color:#fff;font-weight:bold;padding:.5em .8em}.bad{color:#c00;font-weight:bold}
.sign td{border:0;padding-top:2.5em}.sign span{display:block;border-top:1px solid #222;padding-top:.2em}
@page{size:A4;margin:15mm}
@media print{body{font-size:10pt;margin:0;max-width:none;padding:0}thead{display:table-header-group}
tr{break-inside:avoid}h2{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

Files = Mapping[str, Mapping[str, object]]
_WHAT: Mapping[str, tuple[str, bool]] = {
    DATA: ("electrical data of every card", True),
    LASER: ("data to print", True),
    RESPONSE: ("the operator's file, secrets wrapped", False),
    QC: ("cards to inspect", False),
    WARNINGS: ("oddities of the input", False),
    "template": ("script template", False),
    "scripts": ("flattened scripts", True),
    "order": ("the order, fixed secrets masked", False),
    "profile": ("the card profile", False),
    "report.html": ("this report", False),
}
"""What a file is, and whether it holds secrets in the clear."""


@dataclass(slots=True)
class _Group:
    count: int
    first: str


def page(job: Job, ends: tuple[str, str], files: Files, warnings: int) -> str:
    """The page. ``ends`` are the first and the last ICCID, ``files`` what was made, each with sha256 and bytes.

    The lists of samples and warnings are read out of the folder, in which they are by now.
    """
    folder = job.folder.parent
    title = f"Order {job.order.order}"
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n",
        f"<h1>{escape(title)}</h1><p>{escape(job.order.customer)}</p>\n",
        f'<p class="notice">{escape(job.notice)}</p>\n' if job.notice else "",
        _facts(_order(job, ends, folder, warnings)),
        _keys(job),
        _warnings(folder / WARNINGS, warnings),
        _samples(folder / QC),
        _files(files),
        '<table class="sign"><tr><td><span>Released by</span><td><span>Date</span><td><span>Signature</span></table>\n',
        "</body></html>\n",
    ]
    return "".join(parts)


def _facts(facts: Mapping[str, str]) -> str:
    rows = (f'<tr><th scope="row">{escape(name)}<td>{escape(value)}\n' for name, value in facts.items())
    return f"<table>{''.join(rows)}</table>\n"


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}' for name in heads)
    return f"<table><thead><tr>{head}</thead><tbody>\n{''.join(rows)}</tbody></table>\n"


def _order(job: Job, ends: tuple[str, str], folder: Path, warnings: int) -> dict[str, str]:
    source, outputs = job.order.input, job.order.outputs
    facts = {
        "Order": job.order.order,
        "Customer": job.order.customer,
        "Product": f"{job.plan.profile.name}: {job.plan.profile.tables.title}",
        "Quantity": f"{job.total:,} cards",
        "Input": Path(source.file).name if source.file else "ranges of numbers",
        "ICCID": f"{ends[0]} to {ends[1]}",
    }
    imsis = _imsis(job, folder / job.outputs.response)
    if imsis:
        facts["IMSI"] = f"{imsis[0]} to {imsis[1]}"
    facts["Scripts"] = ", ".join(outputs.dialects) + (
        f"; flattened, {outputs.cards_per_file:,} cards a file" if outputs.flattened else "; template and data"
    )
    facts["Warnings"] = f"{warnings:,}, see below" if warnings else "none"
    facts["Made with"] = f"uimkit {__version__}"
    return facts


def _imsis(job: Job, response: Path) -> tuple[str, str] | None:
    """First and last IMSI, out of the operator's file; without one only a range tells them."""
    if job.order.outputs.response and response.exists():
        separator = "," if job.order.outputs.response == "china-telecom" else " "
        column, first, last = job.outputs.response_columns.index("IMSI"), "", ""
        with response.open(encoding="utf-8") as stream:
            for line in islice(stream, job.outputs.headers()[job.outputs.response].count("\n"), None):
                last = line
                first = first or line
        if first:
            return first.split(separator)[column], last.split(separator)[column]
    start = job.order.input.ranges.get("IMSI")
    return (start, f"{int(start) + job.total - 1:0{len(start)}}") if start else None


def _keys(job: Job) -> str:
    transport, facts = job.transport, {}
    if transport is not None:
        facts["Transport key"] = f"index {transport.index}, check value {transport.kcv}, wrapped by {transport.name}"
    else:
        facts["Transport key"] = "none: the order has no operator's file"
    by_source: dict[str, list[str]] = {}
    for name, source in job.policy.sources.items():
        by_source.setdefault(source.value, []).append(name)
    for name in job.columns:
        if FIELDS[name].secret and name not in job.policy.sources:
            by_source.setdefault("given", []).append(name)
    for word, names in by_source.items():
        facts[f"Secrets {word}"] = ", ".join(sorted(names, key=tuple(FIELDS).index))
    warning = "".join(f'<p class="bad">{escape(line)}</p>\n' for line in job.outputs.legacy)
    return f"<h2>Keys</h2>\n{warning}{_facts(facts)}"


def _lines(path: Path) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield line.rstrip("\n")


def _warnings(path: Path, count: int) -> str:
    """Equal warnings together, with the first card that has it."""
    groups: dict[str, _Group] = {}
    others = 0
    for line in _lines(path):
        where, _, text = line.partition(": ")
        if text in groups:
            groups[text].count += 1
        elif len(groups) < MOST_WARNINGS:
            groups[text] = _Group(1, Path(where).name)
        else:
            others += 1
    if not count:
        return "<h2>Warnings</h2>\n<p>none</p>\n"
    rows = [
        f'<tr><td class="n">{group.count:,}<td>{escape(group.first)}<td>{escape(text)}\n'
        for text, group in groups.items()
    ]
    more = f"<p>and {others:,} more in {WARNINGS}</p>\n" if others else ""
    return f"<h2>Warnings: {count:,}</h2>\n{_table(('Cards', 'First', 'Warning'), rows)}{more}"


def _samples(path: Path) -> str:
    samples = list(islice(_lines(path), 1, MOST_SAMPLES + 1))
    if not samples:
        return ""
    more = sum(1 for _ in _lines(path)) - 1 - len(samples)
    rows = []
    for line in samples:
        row, _, iccid = line.partition(",")
        rows.append(f'<tr><td class="n">{int(row):,}<td><code>{escape(iccid)}</code><td><td>\n')
    rest = f"<p>and {more:,} more in {QC}</p>\n" if more else ""
    return f"<h2>Cards to inspect</h2>\n{_table(('Card', 'ICCID', 'Result', 'By'), rows)}{rest}"


def _files(files: Files) -> str:
    names = sorted(files)
    scripts = [name for name in names if name.startswith("scripts/")]
    shown = names if len(scripts) <= MOST_FILES else [name for name in names if not name.startswith("scripts/")]
    rows = [_file_row(name, str(files[name]["sha256"]), int(str(files[name]["bytes"]))) for name in shown]
    if shown is not names:
        for suffix in sorted({Path(name).suffix for name in scripts}):
            of = [name for name in scripts if name.endswith(suffix)]
            size = sum(int(str(files[name]["bytes"])) for name in of)
            rows.append(_file_row(f"scripts/*{suffix}", f"{len(of):,} files, each in manifest.json", size))
    heads = ("File", "What it is", "Bytes", "SHA-256")
    # its own hash can stand in no file
    note = "<p>manifest.json has the hash of this report and of every file; audit.jsonl says what was done when.</p>\n"
    return f"<h2>Files</h2>\n{_table(heads, rows)}{note}"


def _file_row(name: str, sha256: str, size: int) -> str:
    plain = name.replace(DERIVED, "")
    what, clear = _WHAT.get(plain) or _WHAT.get(plain.replace("/", ".").partition(".")[0], ("", False))
    mark = '; <span class="bad">secrets in the clear</span>' if clear else ""
    cells = f"<td>{escape(name)}<td>{escape(what)}{mark}"
    return f'<tr>{cells}<td class="n">{size:,}<td class="h"><code>{escape(sha256)}</code>\n'
