"""A training on a file that is larger than memory: its peak of resident memory, and its share of waiting for data.

``python -m tests.benchmarks.larger_than_memory --gigabytes 4`` writes a .npy file of float32 rows to a directory for
temporary files and trains 64-32-64 on it for an epoch, once for each backend, each in a process of its own. The file
is dropped from the system's cache before each, where the system lets one, so that it is read from the disk. Asked for:
less than 400 MB, and less than 10 % of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FEATURES = 64


def write(path: Path, size: int) -> int:
    """Write a .npy file of so many bytes, a piece at a time; return the number of its rows."""
    rows, piece, rng = size // (4 * FEATURES), 1 << 18, np.random.default_rng(0)
    codes = rng.standard_normal((8, FEATURES)).astype(np.float32)
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (rows, FEATURES)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, rows, piece):
            drawn = rng.standard_normal((min(piece, rows - start), 8), np.float32) @ codes
            file.write((1.0 / (1.0 + np.exp(-drawn))).data)
        os.fsync(file.fileno())
    return rows


def drop_from_cache(path: Path) -> None:
    """Let the system forget what it has read of a file."""
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def train(path: str, backend: str, batch_size: int) -> None:
    """Train for an epoch; print what it took."""
    import microae as ma

    net = ma.Autoencoder([FEATURES, 32, FEATURES], seed=0, dtype="float32", loss="mse")
    start = time.perf_counter()
    history = ma.fit(net, path, "adam", epochs=1, batch_size=batch_size, seed=0, progress=False, backend=backend)
    seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = peak if sys.platform == "darwin" else peak * 1024
    print(json.dumps({"seconds": seconds, "waiting": history.waiting, "peak": peak, "loss": history.loss[-1]}))


def main() -> None:
    """Write the file, train in other processes, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--backends", nargs="+", default=["eager", "numpy", "numba"])
    parser.add_argument("--train", nargs=2, metavar=("FILE", "BACKEND"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.train:
        train(*arguments.train, arguments.batch_size)
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "large.npy")
        rows = write(path, int(arguments.gigabytes * 1e9))
        print(f"{path.stat().st_size / 1e9:.2f} GB, {rows:,} samples of {FEATURES}, batches of {arguments.batch_size}")
        print(f"{'backend':10} {'peak MB':>8} {'waiting':>8} {'seconds':>8} {'loss':>8}")
        for backend in arguments.backends:
            drop_from_cache(path)
            command = [sys.executable, "-m", "tests.benchmarks.larger_than_memory"]
            options = ["--batch-size", str(arguments.batch_size), "--train", str(path), backend]
            done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            share = found["waiting"] / found["seconds"]
            print(
                f"{backend:10} {found['peak'] / 1e6:8.0f} {share:8.1%} {found['seconds']:8.1f} {found['loss']:8.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
