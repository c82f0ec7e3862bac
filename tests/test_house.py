"""The rules that hold the house up: who may import whom, who touches the outside, what imports pyscard."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
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

ONE_WAY = ("card", "oneway", "simulator")
"""The rooms whose modules import each other one way only, also for their types."""

SANS_IO = ("coding", "crypto", "files", "card", "oneway", "simulator", "apdu", "errors")
OUTSIDE = {"socket", "os", "pathlib", "time", "random", "secrets", "subprocess", "tempfile", "shutil"}

MODULES = sorted(PACKAGE.rglob("*.py"))
INNER = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in ONE_WAY]


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


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path, known: set[str]) -> set[str]:
    """Those of the known modules that a module imports, wherever in it, and for whatever."""
    own, found = module_name(path), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = own.split(".") if path.name == "__init__.py" else own.split(".")[:-1]
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found & known


def test_modules_of_the_card_import_each_other_one_way() -> None:
    """No cycle, also under TYPE_CHECKING and inside functions: what is below knows nothing of what is above."""
    known = {module_name(path): path for path in INNER}
    graph = {name: imported_modules(path, set(known)) for name, path in known.items()}
    assert sum(map(len, graph.values())) > 2 * len(graph)
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail("imports in a circle: " + " imports ".join(reversed(error.args[1])))


def test_the_modules_of_the_card_have_no_imports_for_types_only() -> None:
    assert [str(path) for path in INNER if "TYPE_CHECKING" in path.read_text(encoding="utf-8")] == []


def foreign_private(path: Path) -> list[str]:
    """Private attributes of other objects than the module's own ``self`` or ``cls`` that a module names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {"self", "cls", "type(self)", "super()"}
    same_kind = {
        id(node)
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and method.name in ("__eq__", "__lt__")
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "other"
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and id(node) not in same_kind:
            if ast.unparse(node.value) not in own:
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "setattr", "delattr", "attrgetter"):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            found += [f"line {node.lineno}: {ast.unparse(node)}" for name in names if is_private(name)]
    return found


def is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


@pytest.mark.parametrize("path", INNER, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_what_is_private_is_named_by_its_object_only(path: Path) -> None:
    assert foreign_private(path) == []


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
