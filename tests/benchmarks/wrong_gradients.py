"""Wrong gradients of the kinds that people write, and the right ones, checked as a user would: all defaults.

    python -m tests.benchmarks.wrong_gradients [ROUNDS, 1 by default] [WORDS…]

Checks the collection of ``tests/testing/wrong.py``. Prints the wrong gradients that were not found and the right ones
that did not pass.
"""

from __future__ import annotations

import sys
from collections import Counter
from multiprocessing import Pool

from tests.benchmarks.timing import take_turns  # noqa: F401  isort: skip (sets the number of threads before NumPy starts)

from microae.testing import GradientCheckError, check_gradient_function
from tests.testing.wrong import WRITTEN


def check(name: str, mistake: str, seed: int) -> tuple[str, str, str]:
    """The function, the mistake (none: ``""``) and the verdict."""
    written = WRITTEN[name]
    gradient = written.wrong[mistake] if mistake else written.right
    try:
        report = check_gradient_function(written.f, gradient, *written.inputs, seed=seed)
    except GradientCheckError as error:
        report = error.report
    return name, mistake, report.verdict


def main(rounds: int = 1, *words: str) -> None:
    jobs = [
        (name, mistake, seed)
        for seed in range(rounds)
        for name, written in WRITTEN.items()
        for mistake in ("", *written.wrong)
        if not words or any(word in name for word in words)
    ]
    counts: Counter[tuple[bool, str]] = Counter()
    with Pool(2) as pool:
        for name, mistake, verdict in pool.starmap(check, jobs, chunksize=1):
            counts[not mistake, verdict] += 1
            if verdict != ("disagrees" if mistake else "agrees"):
                print(f"{verdict}: {name}, {mistake or 'the right gradient'}")
    for right, words_for in ((False, "wrong gradients, found"), (True, "right gradients, passed")):
        total = sum(n for (was_right, _), n in counts.items() if was_right == right)
        print(f"{words_for}: {counts[right, 'agrees' if right else 'disagrees']} of {total}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:])
