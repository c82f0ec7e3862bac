"""The reference pages are those the declarations give, and every file is in one."""

from __future__ import annotations

import files_reference as reference

from uimkit.files.catalogue import all_files


def test_the_pages_are_up_to_date() -> None:
    made = reference.pages()
    assert {path.name for path in reference.FOLDER.glob("*.md")} == set(made)
    for name, text in made.items():
        assert (reference.FOLDER / name).read_text(encoding="utf-8") == text, f"run scripts/files_reference.py: {name}"


def test_every_file_is_on_a_page() -> None:
    text = "".join(reference.pages().values())
    for spec in all_files():
        heading = f"{spec.name} ({spec.path})" if spec.is_directory else f"## {spec.name} {spec.fid}"
        assert heading in text or f"[{spec.name}]" in text, spec.path
