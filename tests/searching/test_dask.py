"""A search on a Dask cluster: a real scheduler and two workers on the loopback."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import microae as ma
from tests.searching.trained import DATA, GRID, SPACE, deadly, rows

ROOT = Path(__file__).parents[2]
DASK = [sys.executable, "-W", "ignore", "-m", "dask"]


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler with two workers, one of which will be killed in a trial."""
    said = tmp_path / "scheduler.json"
    (tmp_path / "marker").touch()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DEADLY": str(tmp_path / "marker")}
    options = {"cwd": tmp_path, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    local = ["--scheduler-file", str(said), "--no-dashboard"]
    begun = [
        subprocess.Popen([*DASK, "scheduler", *local, "--host", "127.0.0.1", "--port", "0"], **options),
        *(
            subprocess.Popen(
                [*DASK, "worker", *local, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"], **options
            )
            for _ in range(2)
        ),
    ]
    try:
        from distributed import Client

        with Client(scheduler_file=str(said), timeout=30, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=30)
            yield client.scheduler.address
        assert sum(process.poll() is not None for process in begun) == 1  # one worker is dead, and no more
    finally:
        for process in begun:
            process.kill()
            process.wait()


def test_a_cluster_finds_what_a_serial_run_does_though_a_worker_is_killed(cluster, tmp_path):
    serial = ma.search(SPACE, DATA, score=deadly, **GRID)
    found = ma.search(SPACE, DATA, score=deadly, dask=cluster, storage=tmp_path / "study.journal", **GRID)
    assert not (tmp_path / "marker").exists()  # it did happen
    assert rows(found) == rows(serial)
    assert found.best == serial.best
    assert found.best_score == serial.best_score
    start = time.perf_counter()
    again = ma.search(SPACE, DATA, score=deadly, storage=tmp_path / "study.journal", **GRID)  # nothing left to do
    assert rows(again) == rows(serial), time.perf_counter() - start


def test_a_cluster_that_is_not_there(monkeypatch):
    monkeypatch.setattr("microae.searching.workers.CONNECTING", 0.5)
    with pytest.raises(ConnectionError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1"):
        ma.search(SPACE, DATA, dask="tcp://127.0.0.1:1", **GRID)


@pytest.mark.slow
def test_what_is_no_address_leaves_no_client_behind():
    code = "from microae.searching.workers import connected\nconnected('foo')"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stderr.endswith(
        "ConnectionError: no Dask scheduler answers at foo: missing port number in address 'foo'\n"
    )
    assert "Client.__del__" not in done.stderr
