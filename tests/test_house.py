"""The rules that hold the house up: who may import whom, who touches the outside, what imports pyscard."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "uimkit"
LEVELS = {
    "errors": 0,
    "apdu": 0,
    "coding": 1,
    "crypto": 1,
    "files": 2,
    "card": 3,
    "oneway": 4,
    "simulator": 5,
    "transport": 6,
    "store": 6,
    "profile": 6,
    "target": 7,
    "processes": 7,
    "perso": 8,
    "probe": 8,
    "contacts": 8,
    "trace": 8,
    "prover": 8,
    "demo": 9,
    "cli": 9,
}
"""A room imports from itself and from lower levels; rooms of one level do not know each other."""

SANS_IO = ("coding", "crypto", "files", "card", "oneway", "simulator", "apdu", "errors")
OUTSIDE = {"socket", "os", "pathlib", "time", "random", "secrets", "subprocess", "tempfile", "shutil"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "uimkit"}
    return names


def below(name: str, other: str) -> bool:
    return name == other or LEVELS[other] < LEVELS[name]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_import_only_from_rooms_below(path: Path) -> None:
    own = room(path)
    if own in ("__init__", "__main__"):
        return
    for name in imported(path):
        if name.startswith("uimkit.") and name != "uimkit.__version__":
            assert below(own, name.split(".")[1]), f"{own} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in SANS_IO], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_core_touches_nothing_outside(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & OUTSIDE
    calls = {
        n.func.id
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}


def test_only_one_module_knows_pyscard() -> None:
    using = [p.name for p in MODULES if "smartcard.scard" in p.read_text(encoding="utf-8")]
    assert using == ["pcsc.py"]


def test_the_simulator_imports_without_a_pcsc_stack_and_help_without_rich() -> None:
    code = (
        "import sys; import uimkit.simulator.card, uimkit.cli.main as m; m.run(['--help']);"
        "print([n for n in ('smartcard', 'rich', 'hypothesis', 'uimkit.profile') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_modules_and_functions_stay_small() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 500, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"
