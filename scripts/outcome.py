"""Print whether the tests that need more than Python ran, from pytest's JUnit report, a line for each kind.

Exit code 1 when they had to (CI=true) and one of them was skipped. The line of PC/SC is the last one.
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """Tests of the modules that begin so; ``part`` stands in their names. ``every``: not one may be skipped."""

    name: str
    modules: tuple[str, ...]
    part: str = ""
    every: bool = True

    def owns(self, case: ET.Element) -> bool:
        return case.get("classname", "").startswith(self.modules) and self.part in case.get("name", "")


KINDS = (
    Kind("Dask", ("tests.perso.batch.",), "dask"),
    Kind("PKCS#11", ("tests.perso.test_hardware_keys",)),
    # those that need a reader; the other ones of tests/pcsc run everywhere
    Kind(
        "PC/SC",
        (
            "tests.pcsc.test_readers",
            "tests.pcsc.test_slots",
            "tests.pcsc.test_story",
            "tests.pcsc.test_personalisation",
        ),
        every=False,
    ),
)


def outcome(report: Path, kind: Kind) -> tuple[bool, str]:
    """Whether they ran, and the line that says so."""
    if not report.exists():
        return False, f"{kind.name}: not run (pytest wrote no report)"
    cases = [case for case in ET.parse(report).iter("testcase") if kind.owns(case)]
    if not cases:
        return False, f"{kind.name}: not run (no {kind.name} test was collected)"
    ran = [case for case in cases if not _left_out(case)]
    if ran and not (kind.every and len(ran) < len(cases)):
        return True, f"{kind.name}: run ({len(ran)} tests)"
    reasons = (found.get("message", "") for case in cases for word in ("skipped", "error") for found in case.iter(word))
    return False, f"{kind.name}: not run ({(next(reasons, '') or 'unknown reason').splitlines()[0]})"


def _left_out(case: ET.Element) -> bool:
    """A test that was expected to fail, and did, is called skipped, too."""
    skipped = case.find("skipped")
    return case.find("error") is not None or (skipped is not None and skipped.get("type") != "pytest.xfail")


def main() -> int:
    found = [outcome(Path(sys.argv[1]), kind) for kind in KINDS]
    for _, line in found:
        print(line, flush=True)
    return int(os.environ.get("CI") == "true" and not all(ran for ran, _ in found))


if __name__ == "__main__":
    sys.exit(main())
