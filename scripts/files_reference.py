"""Writes docs/files: one reference page a directory, from the declarations. ``python scripts/files_reference.py``."""

from __future__ import annotations

import json
from pathlib import Path

from uimkit.files.catalogue import all_files
from uimkit.files.listing import describe
from uimkit.files.spec import FileSpec

FOLDER = Path(__file__).parents[1] / "docs" / "files"
NOTE = "<!-- made by scripts/files_reference.py from uimkit/files; do not edit -->\n"


def pages() -> dict[str, str]:
    """File name to text of every page."""
    directories = {spec.path: spec for spec in all_files() if spec.is_directory}
    made: dict[str, str] = {}
    index = [
        NOTE,
        "# Files",
        "",
        "Every file uimkit knows, by directory.",
        "",
        "| directory | path | files |",
        "|---|---|---|",
    ]
    for path in sorted({spec.parent for spec in all_files() if not spec.is_directory}):
        directory = directories[path]
        files = sorted(
            (s for s in all_files() if s.parent == path and not s.is_directory), key=lambda s: (s.fid, s.name)
        )
        name = page_name(directory)
        made[name] = page(directory, files)
        index.append(f"| [{directory.name}]({name}) | {path} | {len(files)} |")
    others = [s for s in directories.values() if page_name(s) not in made]
    index += ["", "Directories that are only named here:", ""]
    index += [f"- {spec.name} ({spec.path}): {spec.summary}" for spec in others]
    made["README.md"] = "\n".join(index) + "\n"
    return made


def page_name(directory: FileSpec) -> str:
    """``df-cdma.md``; a slash in a standard's name is no folder."""
    return directory.name.lower().replace("_", "-").replace("/", "-") + ".md"


def page(directory: FileSpec, files: list[FileSpec]) -> str:
    """One directory: what it is, a table of its files, then each file."""
    lines = [
        NOTE,
        f"# {directory.name} ({directory.path})",
        "",
        f"{directory.summary}.",
        "",
        "| id | file | what it holds |",
    ]
    lines += ["|---|---|---|", *(f"| {s.fid} | [{s.name}](#{anchor(s)}) | {s.summary} |" for s in files), ""]
    for spec in files:
        lines += section(spec)
    return "\n".join(lines)


def anchor(spec: FileSpec) -> str:
    """The anchor that GitHub gives the heading of a file."""
    kept = "".join(c for c in f"{spec.name} {spec.fid}".lower() if c.isalnum() or c in "_- ")
    return kept.replace(" ", "-")


def section(spec: FileSpec) -> list[str]:
    """One file: standards, size, access, fields, examples."""
    about = describe(spec)
    records = f", {about.default_records} records" if about.default_records else ""
    lines = [f"## {spec.name} {spec.fid}", "", f"{spec.summary}. {about.structure}; {about.size} bytes{records}.", ""]
    lines += [f"- {d['standard']} {d['clause']}: {d['presence']}" for d in about.definitions]
    lines.append("- " + ", ".join(f"{right} {condition}" for right, condition in about.access.items()))
    if about.reason:
        lines.append(f"- opaque: {about.reason}")
    lines.append("")
    if about.fields:
        lines += ["| field | meaning | coding |", "|---|---|---|"]
        lines += [f"| `{f['name']}` | {cell(f['description'])} | {cell(f['coding'])} |" for f in about.fields]
        lines.append("")
    lines += ["```"]
    for example in about.examples:
        text = json.dumps(example["value"], ensure_ascii=False)
        lines.append(f"{short(str(example['hex']))}  {text}" + (f"  # {example['note']}" if example["note"] else ""))
    return [*lines, "```", ""]


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:112]}... ({len(text) // 2} bytes)"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
