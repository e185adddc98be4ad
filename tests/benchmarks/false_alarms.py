"""False alarms of the gradient checker, as a user would call it: all defaults, points drawn by Hypothesis.

    python -m tests.benchmarks.false_alarms [EXAMPLES per function, 100 by default] [ROUNDS, 1 by default] [WORDS…]

Checks the difficult functions of ``tests/testing/difficult.py``, every row and composition of the table, random
networks with each activation and loss in float64 and float32, all of them right. Prints the points, the false alarms
and the runs that were inconclusive, with their reasons.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import Pool
from typing import Any

from tests.benchmarks.timing import take_turns  # noqa: F401  isort: skip (sets the number of threads before NumPy starts)

import numpy as np
from hypothesis import strategies as st

from microae.nn.registry import LOSSES
from microae.testing import GradientCheckError, check_gradients
from microae.testing.strategies import ACTIVATIONS, networks
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case
from tests.testing.difficult import DIFFICULT

Check = tuple[Callable[..., Any], tuple[Any, ...]]


def checks() -> Iterator[tuple[str, Check]]:
    """Every function by its name, with its inputs."""
    yield from DIFFICULT.items()
    for group in (ROWS, COMPOSITIONS):
        for name, cases in group.items():
            for i, case in enumerate(cases):
                drawn = st.integers(0, 2**20).map(partial(_sample, case)).filter(partial(_is_valid, case))
                yield f"{name} {i}", (partial(_called, case), (drawn,))
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            for dtype in ("float64", "float32"):
                drawn = networks(activations=(activation,), losses=(loss,))
                yield f"{activation}, {loss}, {dtype}", (_network, (drawn.map(partial(_parts, dtype)),))


def _sample(case: Case, seed: int) -> tuple[Any, ...]:
    arrays, parameters = case.sample(seed)
    return (*map(np.asarray, arrays), _Kept(parameters))


def _is_valid(case: Case, inputs: tuple[Any, ...]) -> bool:
    """Whether NumPy takes these inputs."""
    *arrays, parameters = inputs
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            case.reference(*arrays, **parameters.kept)
    except (ValueError, RuntimeWarning):
        return False
    return True


class _Kept:
    """Parameters, which are no inputs to differentiate."""

    def __init__(self, kept: Any) -> None:
        self.kept = kept


def _called(case: Case, *inputs: Any) -> Any:
    *arrays, parameters = inputs
    return case.call(*arrays, **parameters.kept)


def _parts(dtype: str, net: Any) -> tuple[Any, ...]:
    return (_Kept(net), *(p.astype(dtype) for p in net.parameters))


def _network(net: _Kept, *parameters: Any) -> Any:
    return net.kept(*parameters)


def check(job: tuple[str, int, int]) -> tuple[str, int, str, str, float]:
    """Name, points, verdict, reason, seconds of a job: a name, how many examples, and a seed."""
    name, examples, seed = job
    f, inputs = KNOWN[name]
    start = time.perf_counter()
    try:
        report = check_gradients(f, *inputs, examples=examples, seed=seed)
    except GradientCheckError as error:
        report = error.report
    except Exception as error:
        return name, 0, "error", f"{type(error).__name__}: {error}", time.perf_counter() - start
    reason = "" if report.verdict == "agrees" else str(report)
    return name, report.points, report.verdict, reason, time.perf_counter() - start


KNOWN = dict(checks())


def main(examples: int = 100, rounds: int = 1, *words: str) -> None:
    jobs = [
        (name, examples, seed) for seed in range(rounds) for name in KNOWN if not words or any(w in name for w in words)
    ]
    points = 0
    verdicts: dict[str, list[str]] = {"agrees": [], "disagrees": [], "inconclusive": [], "error": []}
    slowest: list[tuple[float, str]] = []
    with Pool(2) as pool:
        for name, checked, verdict, reason, seconds in pool.imap(check, jobs):
            points += checked
            verdicts[verdict].append(name)
            slowest.append((seconds, name))
            if verdict != "agrees":
                print(f"{verdict}: {name}\n    " + "\n    ".join(reason.splitlines()[:9]), flush=True)
    print(f"{len(jobs)} runs, {points:,} points: {len(verdicts['disagrees'])} false alarms, "
          f"{len(verdicts['inconclusive'])} inconclusive runs ({len(verdicts['inconclusive']) / len(jobs):.1%}), "
          f"{len(verdicts['error'])} errors")  # fmt: skip
    for seconds, name in sorted(slowest, reverse=True)[:5]:
        print(f"  {seconds:6.2f} s  {name}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
