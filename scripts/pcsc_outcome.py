"""Print whether the PC/SC tests ran, from pytest's JUnit report; exit 1 when they had to (CI=true) and did not."""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

# the modules whose tests need a reader; the other ones of tests/pcsc run everywhere
_MODULES = (
    "tests.pcsc.test_readers",
    "tests.pcsc.test_slots",
    "tests.pcsc.test_story",
    "tests.pcsc.test_personalisation",
)


def outcome(report: Path) -> tuple[bool, str]:
    """Whether PC/SC ran, and the line that says so."""
    if not report.exists():
        return False, "PC/SC: not run (pytest wrote no report)"
    cases = [case for case in ET.parse(report).iter("testcase") if case.get("classname", "").startswith(_MODULES)]
    if not cases:
        return False, "PC/SC: not run (no PC/SC test was collected)"
    ran = [case for case in cases if case.find("skipped") is None and case.find("error") is None]
    if ran:
        return True, f"PC/SC: run ({len(ran)} tests)"
    reasons = (found.get("message", "") for case in cases for kind in ("skipped", "error") for found in case.iter(kind))
    return False, f"PC/SC: not run ({next(reasons, 'unknown reason').splitlines()[0]})"


def main() -> int:
    ran, line = outcome(Path(sys.argv[1]))
    print(line, flush=True)
    return int(not ran and os.environ.get("CI") == "true")


if __name__ == "__main__":
    sys.exit(main())
