"""Eager steps of this tree against another checkout of the project, in interleaved pairs.

    git worktree add ../before 2432f28
    python tests/benchmarks/against.py ../before

Each tree runs in a process of its own, on one thread; they take turns. The ratio is taken of each pair of times, which
are those of the processor: others on the machine disturb them least. Printed are the median of each tree, and the
median and the quartiles of the ratios: above 1, this tree is slower.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PAIRS = 40
SECONDS = 0.05
HERE = Path(__file__).parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def steps() -> dict[str, Callable[[], object]]:
    """The training steps and scalar graphs that are timed, in whichever tree is imported."""
    import numpy as np

    import microae as ma

    def training(layers: list[int], batch: int, dtype: str, lr: float) -> Callable[[], object]:
        net = ma.Autoencoder(layers, seed=0, dtype=dtype)
        optimizer = ma.SGD(net.parameters(), lr=lr)
        shape = (batch, layers[0]) if batch > 1 else (layers[0],)
        x = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
        x.flags.writeable = False

        def step() -> object:
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            return optimizer.step()

        return step

    def chain(n: int) -> ma.Value:
        y = ma.Value(0.5)
        for _ in range(n):
            y = y * 0.999 + 0.001
        return y

    def tree(n: int) -> ma.Value:
        row = [ma.Value(0.5) for _ in range(n)]
        while len(row) > 1:
            row = [a + b for a, b in zip(row[::2], row[1::2], strict=True)]
        return row[0]

    long_chain, large_tree = chain(10_000), tree(2**13)
    return {
        "paper's step": training([3, 4, 3], 1, "float64", 0.01),
        "64-32-64, float64": training([64, 32, 64], 64, "float64", 0.01),
        "64-32-64, float32": training([64, 32, 64], 64, "float32", 0.01),
        "784-128-784, float64": training([784, 128, 784], 128, "float64", 0.01),
        "784-128-784, float32": training([784, 128, 784], 128, "float32", 0.01),
        "chain of scalars, forward": lambda: chain(10_000),
        "chain of scalars, backward": lambda: long_chain.backward(),
        "tree of scalars, forward": lambda: tree(2**13),
        "tree of scalars, backward": lambda: large_tree.backward(),
    }


def work() -> None:
    """Read the name of a step, run it for a while, answer with the time of one; until the input ends."""
    known = steps()
    for line in sys.stdin:
        step, count = known[line.strip()], 0
        step()
        start = time.process_time()
        while (passed := time.process_time() - start) < SECONDS or not count:
            step()
            count += 1
        print(passed / count, flush=True)


def started(tree: Path) -> subprocess.Popen[str]:
    environment = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONPATH": str(tree)}
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    return subprocess.Popen(
        [sys.executable, __file__, "--work"],
        env=environment,
        cwd=tree,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def timed(process: subprocess.Popen[str], name: str) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{name}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def main(other: Path, words: list[str]) -> None:
    now, before = started(HERE), started(other)
    print(f"{'':30s}{'before':>12s}{'now':>12s}   now / before (quartiles)")
    for name in steps():
        if words and not any(word in name for word in words):
            continue
        pairs = [(timed(before, name), timed(now, name)) for _ in range(PAIRS)]
        ratios = [b / a for a, b in pairs]
        low, middle, high = statistics.quantiles(ratios, n=4)
        medians = [statistics.median(column) * 1e6 for column in zip(*pairs, strict=True)]
        print(
            f"{name:30s}{medians[0]:9.1f} µs{medians[1]:9.1f} µs   {middle:.3f} ({low:.3f} to {high:.3f})", flush=True
        )
    for process in (now, before):
        process.terminate()


if __name__ == "__main__":
    if sys.argv[1:] == ["--work"]:
        work()
    else:
        main(Path(sys.argv[1]).resolve(), sys.argv[2:])
