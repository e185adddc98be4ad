"""What a search costs beside its trainings: seconds of a trial, and bytes moved, by where the study is kept.

``python -m tests.benchmarks.search`` prints the table of the README; needs ``pip install "microae[dask]"``.
"""

import os
import pickle
import tempfile
import time
from pathlib import Path

import microae as ma
from microae.searching.task import Task, split

EPOCHS, TRIALS = 20, 8
FIXED = {"layers": [64, 32, 64], "epochs": EPOCHS}
SPACE = {"lr": {"low": 1e-4, "high": 0.1, "log": True}}


def searched(data, **options):
    start = time.perf_counter()
    ma.search(SPACE, data, fixed=FIXED, trials=TRIALS, sampler="random", progress=False, **options)
    return (time.perf_counter() - start) / TRIALS


def bytes_on_loopback():
    """Bytes that the loopback has carried since the machine was started (Linux)."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[0])
    return 0


def main():
    from distributed import LocalCluster

    data = ma.data.digits()[0]
    task = Task(*split(data, None, 0.2, 0))
    training = min(task.run({**FIXED, "lr": 0.01})[2].seconds for _ in range(3))
    net = ma.Autoencoder(FIXED["layers"], seed=0)
    print(f"the training alone: {training:.3f} s a trial of {EPOCHS} epochs; {os.cpu_count()} processors")
    print(f"task, sent to each worker once: {len(pickle.dumps(task)):,} bytes")
    print(f"gradients of a step, if a step were shared: {sum(p.data.nbytes for p in net.parameters()):,} bytes")
    searched(data)  # imports
    with tempfile.TemporaryDirectory() as directory:
        for name, options in {
            "memory": {},
            "journal file": {"storage": Path(directory, "study.journal")},
            "SQLite file": {"storage": Path(directory, "study.db")},
            "2 processes": {"workers": 2},
        }.items():
            print(f"{name}: {searched(data, **options) / training:.2f} times the training")
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            searched(data, dask=cluster.scheduler_address)  # imports of the workers
            for pruner in ("none", "median"):
                before = bytes_on_loopback()
                ratio = searched(data, dask=cluster.scheduler_address, pruner=pruner) / training
                moved = bytes_on_loopback() - before
                print(
                    f"Dask, 2 workers, pruner {pruner}: {ratio:.2f} times the training, {moved / TRIALS:,.0f} bytes "
                    f"a trial, {moved / TRIALS / EPOCHS:,.0f} an epoch"
                )


if __name__ == "__main__":
    main()
