"""What the end of ``make test`` says of the tests that need more than Python, and that CI fails without them."""

from __future__ import annotations

import sys
from pathlib import Path

import outcome
import pytest

DASK, TOKEN, READER = (
    ("tests.perso.batch.test_batch", "test_chunks[dask-2-9]"),
    ("tests.perso.test_hardware_keys", "test_a_module_wraps"),
    ("tests.pcsc.test_readers", "test_names"),
)
OTHER = ("tests.perso.batch.test_batch", "test_chunks[process-2-3]")


def report(folder: Path, *cases: tuple[tuple[str, str], str]) -> Path:
    rows = "".join(
        f'<testcase classname="{where}" name="{name}">{inside}</testcase>' for (where, name), inside in cases
    )
    (folder / "report.xml").write_text(f"<testsuites><testsuite>{rows}</testsuite></testsuites>")
    return folder / "report.xml"


def verdict(path: Path, monkeypatch: pytest.MonkeyPatch, ci: str = "true") -> int:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(sys, "argv", ["outcome.py", str(path)])
    return outcome.main()


def test_all_kinds_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = report(tmp_path, (DASK, ""), (TOKEN, ""), (READER, ""), (OTHER, "<skipped message='x'/>"))
    assert verdict(path, monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Dask: run (1 tests)",
        "PKCS#11: run (1 tests)",
        "PC/SC: run (1 tests)",
    ]


@pytest.mark.parametrize("skipped", [DASK, TOKEN, READER])
def test_one_kind_that_was_skipped_fails_in_ci_only_and_says_why(
    skipped: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        (case, "<skipped message='not installed: it'/>" if case == skipped else "") for case in (DASK, TOKEN, READER)
    ]
    path = report(tmp_path, *rows)
    assert verdict(path, monkeypatch) == 1
    assert "not run (not installed: it)" in capsys.readouterr().out
    assert verdict(path, monkeypatch, ci="") == 0


@pytest.mark.parametrize("dropped", [DASK, TOKEN, READER])
def test_a_kind_without_any_test_fails_in_ci(
    dropped: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        verdict(report(tmp_path, *((case, "") for case in (DASK, TOKEN, READER) if case != dropped)), monkeypatch) == 1
    )


def test_of_keys_in_hardware_none_may_be_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = (("tests.perso.test_hardware_keys", "test_a_pin"), "<skipped message='no token'/>")
    assert verdict(report(tmp_path, (DASK, ""), (TOKEN, ""), (READER, ""), more), monkeypatch) == 1


def test_a_test_that_failed_as_expected_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = "<skipped type='pytest.xfail' message='not yet'/>"
    assert verdict(report(tmp_path, (DASK, failed), (TOKEN, ""), (READER, "")), monkeypatch) == 0


def test_no_report_fails_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(tmp_path / "none.xml", monkeypatch) == 1
