"""What ``uimkit --help`` costs against ``python -c pass``: medians of alternating runs, and their ratio."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

_RUNS = 15


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    script = Path(sys.executable).with_name("uimkit")
    helped = [str(script), "--help"]
    nothing = [sys.executable, "-c", "pass"]
    for command in (helped, nothing):
        seconds(command)  # fill the caches
    pairs = [(seconds(helped), seconds(nothing)) for _ in range(_RUNS)]
    ours, bare = (median(times) for times in zip(*pairs, strict=True))
    print(f"start-up: uimkit --help {ours * 1000:.0f} ms, python -c pass {bare * 1000:.0f} ms, ratio {ours / bare:.2f}")


if __name__ == "__main__":
    main()
