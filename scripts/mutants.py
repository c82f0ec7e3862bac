"""Plants every bug of tests/mutants, sees what catches it, and writes docs/mutants.md. Run from the project's folder.

With names only those bugs are planted, and those that have no row yet. A bug that nothing catches is said, and the page
stays as it is.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.mutants import table
from tests.mutants.bugs import ALL
from tests.mutants.catchers import first_catcher, warm_up
from tests.mutants.test_mutants import SAMPLE

WORKERS = 2


def plant(name: str) -> tuple[str, tuple[str, str] | None, float]:
    """The bug, what caught it and said what, and how many seconds that took."""
    started = time.monotonic()
    with ALL[name].planted():
        found = first_catcher(ALL[name].part)
    return name, found, time.monotonic() - started


def main(names: list[str]) -> int:
    known = {name: catcher for name, catcher in table.read().items() if name in ALL} if names else {}
    wanted = [name for name in ALL if name in names or name not in known]
    survivors = []
    with ProcessPoolExecutor(WORKERS, initializer=warm_up) as pool:
        for name, found, seconds in pool.map(plant, wanted):
            catcher, what = found or ("nothing", "it survives")
            print(f"{seconds:6.1f} s  {name}: {catcher}: {what[:90]}", flush=True)
            known[name] = catcher
            survivors += [] if found else [name]
    if survivors:
        print(f"{len(survivors)} survive: {', '.join(survivors)}", file=sys.stderr)
        return 1
    table.write(known, SAMPLE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
