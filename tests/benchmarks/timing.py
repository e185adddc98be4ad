"""Timing by ratios: the contestants take turns within one run, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable

# One thread everywhere; set before NumPy or PyTorch is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"


def take_turns(
    contestants: dict[str, Callable[[], object]], rounds: int = 40, seconds: float = 0.02
) -> dict[str, float]:
    """The median time of one call of each, in microseconds; each round calls every one for about ``seconds``.

    A step of a training follows others like it: so each turn begins with calls that are not counted, in which the
    caches and the allocator forget the contestant before.
    """
    times: dict[str, list[float]] = {name: [] for name in contestants}
    counts = {}
    for name, step in contestants.items():
        step()
        start = time.perf_counter()
        step()
        counts[name] = max(1, int(seconds / (time.perf_counter() - start + 1e-9)))
    for _ in range(rounds):
        gc.collect()
        for name, step in contestants.items():
            for _ in range(1 + counts[name] // 4):
                step()
            start = time.perf_counter()
            for _ in range(counts[name]):
                step()
            times[name].append((time.perf_counter() - start) / counts[name] * 1e6)
    return {name: statistics.median(measured) for name, measured in times.items()}


def report(title: str, medians: dict[str, float], ours: str = "microae") -> None:
    """Print the medians and what each is relative to ours."""
    print(f"\n{title}")
    for name, median in medians.items():
        print(f"  {name:34s}{median:12.1f} µs   {median / medians[ours]:6.2f} × {ours}")
