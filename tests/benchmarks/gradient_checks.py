"""Gradient checks of the whole table: time, false alarms, and evaluations for a network of 10⁵ parameters.

    python -m tests.benchmarks.gradient_checks [POINTS per case, 200 by default]

Points are drawn from the seeds 0, 1, 2, ... of each case of the table's tests; two processes.
"""

from __future__ import annotations

import sys
import time
import warnings
from functools import partial
from multiprocessing import Pool

from tests.benchmarks.timing import take_turns  # noqa: F401  isort: skip (sets the number of threads before NumPy starts)

import numpy as np

import microae as ma
from microae.testing import GradientCheckError, check_gradients
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case

CASES = [case for group in (ROWS, COMPOSITIONS) for cases in group.values() for case in cases]


def _call(case: Case, parameters: dict[str, object], *xs: object) -> object:
    return case.call(*xs, **parameters)


def check_case(k: int, points: int) -> tuple[str, int, int, list[str]]:
    """Name, points checked, points at which nothing could be said, false alarms."""
    case, checked, unclear, alarms = CASES[k], 0, 0, []
    for seed in range(points):
        arrays, parameters = case.sample(seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                case.reference(*arrays, **parameters)
        except (ValueError, RuntimeWarning):
            continue
        if not arrays:
            continue
        checked += 1
        try:
            check_gradients(partial(_call, case, parameters), *arrays, seed=seed)
        except GradientCheckError as error:
            if error.report.verdict == "disagrees":
                alarms.append(f"{case.name} seed {seed}: {error}")
            else:
                unclear += 1
    return case.name, checked, unclear, alarms


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    start = time.perf_counter()
    with Pool(2) as pool:
        results = pool.starmap(check_case, [(k, points) for k in range(len(CASES))], chunksize=1)
    seconds = time.perf_counter() - start
    total, unclear = sum(r[1] for r in results), sum(r[2] for r in results)
    alarms = [alarm for r in results for alarm in r[3]]
    for name, checked, unknown, _ in sorted(results, key=lambda r: -r[2] / max(1, r[1]))[:8]:
        print(f"  {name:20s} {unknown} of {checked} points inconclusive (kinks of the second order, ties)")
    for alarm in alarms[:20]:
        print(alarm)
    print(f"{len(CASES)} cases, {total} points, order 2: {seconds:.0f} s in 2 processes; {unclear} inconclusive")
    print(f"false alarms: {len(alarms)}")

    net = ma.Autoencoder([400, 125, 400], seed=0)
    parameters = [p.numpy() for p in net.parameters()]
    X = np.random.default_rng(0).uniform(size=(4, 400))

    def loss(W1: object, b1: object, W2: object, b2: object) -> object:
        h = ma.leaky_relu(X @ W1 + b1)
        return ma.binary_cross_entropy(ma.sigmoid(h @ W2 + b2), X)

    report = check_gradients(loss, *parameters, order=1, seed=0)
    print(f"{sum(p.size for p in parameters)} parameters: {report.evaluations} evaluations of the loss, "
          f"{report.gradient_evaluations} of its gradient")  # fmt: skip


if __name__ == "__main__":
    main()
