"""Workers end with the run that started them: else they go on writing into a batch that another run has taken up."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.perso.batch.conftest import drawn_order
from tests.running import all_gone, running, workers


@pytest.mark.slow
@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("ending", ["SIGTERM", "SIGINT", "SIGINT to all", "SIGKILL"])
@pytest.mark.parametrize("executor", ["process", "dask"])
def test_no_worker_outlives_a_run(executor: str, ending: str, tmp_path: Path) -> None:
    if executor == "dask" and importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed (uimkit[dask])")
    name, _, to_all = ending.partition(" to ")
    made, order = tmp_path / "made", drawn_order(tmp_path, "random", count=400)
    line = ("batch", "run", str(order), "-o", str(made), "--chunk", "2", "--executor", executor, "--workers", "2")
    with running(*line, stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(tmp_path)}) as process:
        while process.poll() is None and len(list(made.glob(".batch/chunks/*/*"))) < 3:
            time.sleep(0.002)
        assert len(workers(process.pid)) >= 2, "the run was over before it was ended"
        (os.killpg if to_all else os.kill)(process.pid, signal.Signals[name])
        _, said = process.communicate(timeout=20)
        assert all_gone(process.pid)
    if name == "SIGKILL":
        assert process.returncode == -signal.SIGKILL
    else:
        assert (process.returncode, said.strip()) == (130, b"uimkit: interrupted")
