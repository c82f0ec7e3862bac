"""The report for people: one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from uimkit.perso.batch.job import Job

_STYLE = "body{font:16px sans-serif;margin:2em;max-width:60em}td,th{padding:.2em 1em;text-align:left}"


def page(job: Job, ends: tuple[str, str], files: Mapping[str, Mapping[str, object]], warnings: int) -> str:
    """The page. There is no secret and no time in it."""
    order = job.order
    facts = {
        "Order": order.order,
        "Customer": order.customer,
        "Product": f"{job.plan.profile.name}: {job.plan.profile.tables.title}",
        "Cards": f"{job.total:,}",
        "First ICCID": ends[0],
        "Last ICCID": ends[1],
        "Warnings": f"{warnings:,} (warnings.txt)" if warnings else "none",
        "Keys": ", ".join(f"{name} {source.value}" for name, source in job.policy.sources.items()) or "given",
        "Transport key": f"index {job.transport.index}, {job.transport.name}, check value {job.transport.kcv}"
        if job.transport
        else "none",
    }
    rows = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in facts.items())
    table = "".join(
        f"<tr><td>{escape(name)}<td>{fact['bytes']:,}<td><code>{fact['sha256']}</code>"
        for name, fact in sorted(files.items())
    )
    notice = f"<p><strong>{escape(job.notice)}</strong>" if job.notice else ""
    notice += "".join(f"<p><strong>Warning: {escape(line)}</strong>" for line in job.legacy)
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(order.order)}</title>'
        f"<style>{_STYLE}</style><h1>Order {escape(order.order)}</h1>{notice}<table>{rows}</table>"
        f"<h2>Files</h2><table><tr><th>File<th>Bytes<th>SHA-256{table}</table></html>\n"
    )
