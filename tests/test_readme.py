"""Every command of the README is run, in order, and prints what the README shows (``...`` stands for any lines)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from uimkit.profile.load import parse_profile

README = Path(__file__).parent.parent / "README.md"
PHONE = "name,number\nLi Ming,13800138000\n张三,+8613800138001\n王懿,10086\n"


def sessions() -> list[tuple[str, list[str]]]:
    """Each command of the console blocks with the lines shown under it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def matches(shown: list[str], printed: str) -> bool:
    pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()) + " *\n" for line in shown)
    return re.fullmatch(pattern, printed) is not None


@pytest.mark.slow
def test_the_readme_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "phone.csv").write_text(PHONE, encoding="utf-8")
    for command, shown in sessions():
        if command.startswith("cat "):
            (tmp_path / command.removeprefix("cat ")).write_text("\n".join(shown) + "\n", encoding="utf-8")
    for command, shown in sessions():
        line = re.sub(r"^uimkit ", f"{sys.executable} -m uimkit ", command)
        done = subprocess.run(
            line, shell=True, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        assert matches(shown, done.stdout), f"{command} printed\n{done.stdout}"


def test_the_readme_names_files_that_exist() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (README.parent / "Makefile").read_text(), re.MULTILINE)


def test_the_profile_of_the_documentation_loads() -> None:
    text = (README.parent / "docs" / "profiles.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    profile = parse_profile(f'title = "documentation"\natr = "3B00"\n{block}', "profiles.md", "documentation")
    assert profile.bodies["3F00/7F25/6F22"].hex().upper() == "008503A69A3A5C806701"
