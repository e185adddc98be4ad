"""Import time against NumPy's, and memory over 10,000 training steps.

python tests/benchmarks/process.py
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
import tracemalloc

import numpy as np

import microae as ma


def import_times(statement: str) -> tuple[float, float]:
    """Milliseconds that a fresh interpreter needs for ``statement``, and for all it does from its start to its end.

    Its bytecode is kept, as it is after an installation.
    """
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    return float(run.stdout) * 1e3, (time.perf_counter() - start) * 1e3


def memory_over_steps(steps: int) -> list[int]:
    """Traced bytes after each tenth of the steps."""
    net = ma.Autoencoder([3, 4, 3], seed=0)
    optimizer = ma.Adam(net.parameters(), lr=0.01)
    data = np.random.default_rng(0).integers(0, 2, (8, 3)).astype(float)
    sizes = []
    gc.disable()
    tracemalloc.start()
    for i in range(steps):
        optimizer.zero_grad()
        net.loss(data[i % 8]).backward()
        optimizer.step()
        if (i + 1) % (steps // 10) == 0:
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    gc.enable()
    return sizes


def main() -> None:
    import_times("import microae")  # writes what bytecode there is not yet
    rounds = [(import_times("import microae"), import_times("import numpy")) for _ in range(30)]
    for i, what in enumerate(("the import", "the process")):
        ours, numpy = (statistics.median(each[i] for each in column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(us[i] / them[i] for us, them in rounds)
        print(f"{what}: microae {ours:.1f} ms, numpy {numpy:.1f} ms: {ratio:.2f} × numpy")
    sizes = memory_over_steps(10_000)
    print("bytes after each 1,000 of 10,000 steps, garbage collector off:", *(f"{size:,}" for size in sizes))


if __name__ == "__main__":
    main()
