"""Import time against NumPy's, and memory over 10,000 training steps.

python tests/benchmarks/process.py
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tracemalloc

import numpy as np

import microae as ma


def import_time(statement: str) -> float:
    """Seconds that a fresh interpreter needs for ``statement``, its bytecode kept as it is after an installation."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    return float(run.stdout)


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
    import_time("import microae")  # writes what bytecode there is not yet
    rounds = [(import_time("import microae"), import_time("import numpy")) for _ in range(15)]
    ours, numpy = (statistics.median(r[i] for r in rounds) * 1e3 for i in (0, 1))
    print(f"import microae {ours:.1f} ms, import numpy {numpy:.1f} ms: {ours / numpy:.2f} × numpy")
    sizes = memory_over_steps(10_000)
    print("bytes after each 1,000 of 10,000 steps, garbage collector off:", *(f"{size:,}" for size in sizes))


if __name__ == "__main__":
    main()
