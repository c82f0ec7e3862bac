"""Dialects that other installed packages bring: found by entry point, loaded only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from uimkit.errors import InputError
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.steps import RESET, Step

EXAMPLE = """
from uimkit.perso.dialects import Dialect


def dump(steps, profile):
    return "".join("ATR\\n" if step.is_reset else f"TX {step.apdu}\\n" for step in steps)


dialect = Dialect("tx", ".tx", dump)
broken = "no dialect"
"""
Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A package on the path with an entry point, as an installer leaves it."""

    def make(entry_points: str) -> None:
        (tmp_path / "tx_dialect.py").write_text(EXAMPLE)
        info = tmp_path / "tx_dialect-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tx-dialect\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[uimkit.dialects]\n{entry_points}\n")
        monkeypatch.syspath_prepend(tmp_path)

    return make


def test_a_dialect_of_another_package_is_listed_and_writes_scripts(install: Install) -> None:
    install("tx = tx_dialect:dialect")
    assert list(DIALECTS)[:2] == ["json", "scriptor"]
    assert "tx" in DIALECTS
    assert DIALECTS["tx"].dump([RESET, Step("select 3F00", "A0A40000023F00")], "p") == "ATR\nTX A0A40000023F00\n"


def test_no_package_takes_the_place_of_an_own_dialect(install: Install) -> None:
    install("json = tx_dialect:dialect")
    assert DIALECTS["json"].suffix == ".json"
    assert list(DIALECTS).count("json") == 1


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("tx = tx_dialect:broken", "dialect tx: tx_dialect:broken is a str, expected a Dialect"),
        ("tx = tx_dialect:missing", "dialect tx: tx_dialect:missing cannot be loaded: AttributeError"),
        ("tx = nowhere:dialect", "dialect tx: nowhere:dialect cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_plug_in_that_does_not_work_is_one_clear_line(install: Install, entry: str, expected: str) -> None:
    install(entry)
    with pytest.raises(InputError) as caught:
        DIALECTS["tx"]
    assert str(caught.value) == expected


def test_an_unknown_dialect_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"dialect: found 'tx', expected one of json, scriptor, pcom, pcom-var, pysim"):
        DIALECTS["tx"]
