"""A card as a tree on the terminal: directories, files, and what is in them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from uimkit.files.catalogue import by_path
from uimkit.files.words import in_words
from uimkit.probe.contents import FileContent

_RECORDS_SHOWN = 12


def print_tree(title: str, files: Sequence[FileContent]) -> None:
    """Print the files as a tree; colours only where the terminal has them."""
    root = Tree(Text(title))
    nodes: dict[str, Tree] = {}
    for file in sorted(files, key=lambda file: file.path):
        parent = nodes.get(file.path.rpartition("/")[0], root)
        nodes[file.path] = parent.add(_label(file))
        for line in _lines(file):
            nodes[file.path].add(line)
    console = Console(highlight=False)
    console.print(root, no_wrap=not console.is_terminal, crop=console.is_terminal, overflow="ignore")


def _label(file: FileContent) -> Text:
    label = Text.assemble((file.name, "bold"), f" {file.path[-4:]}")
    if file.access:
        shape = f"{file.size // file.record_length} x {file.record_length}" if file.record_length else str(file.size)
        label.append(f" {shape} bytes R={file.access['read']} U={file.access['update']}", "dim")
    if file.note:
        label.append(f" {file.note}", "yellow")
    return label


def _lines(file: FileContent) -> list[Text]:
    if file.records is not None:
        return _record_lines(file, file.records)
    if file.hex is None:
        return []
    if file.decoded is None:
        return [Text("blank", "dim") if file.hex.count("F") == len(file.hex) else _short(file.hex)]
    return [Text(in_words(file.decoded), "cyan")]


def _record_lines(file: FileContent, records: list[str]) -> list[Text]:
    decoded = file.decoded if isinstance(file.decoded, list) else [None] * len(records)
    used = [
        Text(f"{number}: ") + (_short(record) if value is None else Text(in_words(value), "cyan"))
        for number, (record, value) in enumerate(zip(records, decoded, strict=True), 1)
        if not _is_fresh(file, record)
    ]
    lines = used[:_RECORDS_SHOWN]
    if len(used) > _RECORDS_SHOWN:
        lines.append(Text(f"and {len(used) - _RECORDS_SHOWN} more", "dim"))
    blank = len(records) - len(used)
    return [*lines, Text(f"{blank} blank", "dim")] if blank else lines


def _is_fresh(file: FileContent, record: str) -> bool:
    """All FF, or as the standard says an unused record looks."""
    spec = by_path(file.path)
    return record.count("F") == len(record) or (
        spec is not None and bytes.fromhex(record) == spec.default_content(file.record_length)
    )


def _short(text: str) -> Text:
    return Text(text if len(text) <= 80 else f"{text[:76]}... ({len(text) // 2} bytes)")
