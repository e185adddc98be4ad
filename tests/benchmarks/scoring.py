"""A million samples scored by the digits model, beside its matrix products alone. Prints the ratio.

python -m tests.benchmarks.scoring [samples]

The products are those of the five networks and of the distances to their references, on arrays that are there already;
once in the detector's blocks, and once in blocks of 4,096 rows. The contestants take turns, on one thread.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import tests.benchmarks.timing  # noqa: F401 (one thread everywhere, set before NumPy is imported)

# isort: split
import numpy as np

import microae as ma
from microae.anomalies.member import BLOCK


def products(detector: ma.AnomalyDetector, n: int, rows: int) -> Callable[[], None]:
    """What multiplies as scoring n samples does, in blocks of some rows."""
    rng, tasks = np.random.default_rng(0), []
    for member in detector.members:
        weights = [p.numpy() for p in member.net.parameters() if p.ndim == 2]
        weights.append(member._products)
        for weight in weights:
            x = rng.normal(size=(rows, weight.shape[0])).astype(np.float32)
            tasks.append((x, weight, np.empty((rows, weight.shape[1]), np.float32)))

    def multiply() -> None:
        for _ in range(n // rows):
            for x, weight, out in tasks:
                np.matmul(x, weight, out=out)

    return multiply


def main(n: int) -> None:
    images = ma.data.digits()[0].astype(np.float32)
    detector = ma.AnomalyDetector(seed=0).fit(images)
    print(detector)
    x = np.resize(images, (n, 64))
    rng = np.random.default_rng(0)
    x += 0.05 * rng.standard_normal(x.shape, np.float32)
    part = min(n, 8 * 4096)
    contestants = {
        "scores": lambda: detector.score_samples(x[:part]),
        "products in blocks of the detector": products(detector, part, BLOCK),
        "products in blocks of 4,096": products(detector, part, 4096),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(7):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - start) / part * 1e6)
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    for name, median in medians.items():
        print(f"  {name:38}{median:8.2f} µs a sample, scores {medians['scores'] / median:.2f} times that")
    start = time.perf_counter()
    detector.score_samples(x)
    print(f"  {n:,} samples scored in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
