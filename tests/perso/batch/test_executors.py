"""Who works on the chunks: several machines too, and what is told when workers are not there."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.perso.batch.test_batch import options, outputs, write_order
from uimkit.errors import SurroundingsError
from uimkit.perso.batch.executors import executor
from uimkit.perso.batch.run import run


def test_the_workers_of_a_cluster_make_the_same_outputs(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="distributed is not installed (uimkit[dask])")
    order = write_order(tmp_path)
    run(order, tmp_path / "a", options(chunk=1000))
    with distributed.LocalCluster(n_workers=1, host="127.0.0.1", dashboard_address=None) as cluster:
        there = cluster.scheduler_address
        run(order, tmp_path / "b", options(chunk=3, executor="dask", scheduler=there))
    assert outputs(tmp_path / "a") == outputs(tmp_path / "b")


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed (uimkit[dask])")
    monkeypatch.setattr("uimkit.perso.batch.executors._ANSWER_SECONDS", 0.2)
    with pytest.raises(SurroundingsError, match="no Dask scheduler answers there"):
        run(write_order(tmp_path), tmp_path / "a", options(executor="dask", scheduler="tcp://127.0.0.1:9"))


def killed(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_a_killed_worker_is_told() -> None:
    with pytest.raises(SurroundingsError, match="a worker process was killed"), executor("process", 2) as apply:
        list(apply(killed, range(3)))
