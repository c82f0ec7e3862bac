"""Workers end with the run that started them: else they go on writing into a batch that another run has taken up."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.perso.batch.conftest import drawn_order


def session(leader: int) -> set[int]:
    """The processes of a session (Linux)."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, *fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == leader and state != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(
    "executor",
    [
        "process",
        "dask",
    ],
)
def test_no_worker_outlives_a_killed_run(executor: str, tmp_path: Path) -> None:
    if executor == "dask" and importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed (uimkit[dask])")
    made, order = tmp_path / "made", drawn_order(tmp_path, "random", count=400)
    line = ("batch", "run", str(order), "-o", str(made), "--chunk", "2", "--executor", executor, "--workers", "2")
    command = [sys.executable, "-m", "uimkit", *line]
    process = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(tmp_path)}, start_new_session=True)
    try:
        while process.poll() is None and len(list(made.glob(".batch/chunks/*/*"))) < 3:
            time.sleep(0.002)
        assert len(session(process.pid)) > 2, "the run was over before it was killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        end = time.monotonic() + 5
        while session(process.pid) and time.monotonic() < end:
            time.sleep(0.05)
        assert session(process.pid) == set()
    finally:
        if session(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
