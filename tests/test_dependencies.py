"""docs/dependencies.md names every package of pyproject.toml, and a licence that may go with the product."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXT = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
AT_RUN_TIME = "At run time"
BY_CHOICE = {"pytlv", "pyscard"}
"""Under the LGPL, as libraries: the first is the project owner's choice, the second no dependency without its extra."""


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements} - {"uimkit"}


def licences(title: str) -> dict[str, str]:
    """Package to licence, of the table under the headings in which ``title`` stands."""
    found: dict[str, str] = {}
    for heading, section in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE):
        if title == heading or f"`{title}`" in heading:
            for first, licence in re.findall(r"^\| ([^|]+) \|.*\| ([^|]+) \|$", section, re.MULTILINE):
                found |= dict.fromkeys(re.findall(r"[a-z][a-z0-9-]+", first), licence)
    return found


SECTIONS = {AT_RUN_TIME: PROJECT["dependencies"], **PROJECT["optional-dependencies"]}


@pytest.mark.parametrize("title", sorted(SECTIONS))
def test_every_dependency_is_told_with_its_licence(title: str) -> None:
    told = licences(title)
    for name in names(SECTIONS[title]):
        assert told.get(name), f"{name} is missing under {title} in docs/dependencies.md"
        assert "LGPL" in told[name] if name in BY_CHOICE else "GPL" not in told[name]
