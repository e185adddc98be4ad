"""How long a step takes to become a picture and a page, and how large they are, beside the figures to reach.

python -m tests.benchmarks.pages
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.timing import take_turns  # first: it sets the number of threads

import numpy as np  # isort: skip

import microae as ma  # isort: skip

FRESH = """
import sys, time
import microae as ma
net = ma.Autoencoder([3, 4, 3], seed=0)
step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), [1, 0, 1])
start = time.perf_counter()
step.save(sys.argv[1])
print(time.perf_counter() - start)
"""


def seconds(call: Callable[[], object], times: int = 5) -> float:
    """The median time of a call."""
    measured = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def fresh(path: Path) -> float:
    """The median time of saving the paper's step in a process that has drawn nothing yet."""
    command = [sys.executable, "-c", FRESH, str(path)]
    return statistics.median(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(5))


def line(what: str, measured: float, limit: float, unit: str) -> None:
    print(f"  {what:48s}{measured:10.3f} {unit}   at most {limit:g} {unit}   {measured / limit:5.2f} of it")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        svg, html = Path(directory, "step.svg"), Path(directory, "step.html")
        print("the paper's step, 3-4-3")
        line("to SVG, in a fresh process", fresh(svg), 0.3, "s")
        line("to a page, in a fresh process", fresh(html), 1.0, "s")
        net = ma.Autoencoder([3, 4, 3], seed=0)
        optimizer = ma.SGD(net.parameters(), lr=0.01)
        step = ma.record_step(net, optimizer, [1, 0, 1])
        line("to SVG, again", seconds(lambda: step.save(svg)), 0.3, "s")
        line("to a page, again", seconds(lambda: step.save(html)), 1.0, "s")
        line("the page", html.stat().st_size / 1000, 300, "kB")

        def eager() -> None:
            optimizer.zero_grad()
            net.loss([1, 0, 1]).backward()
            optimizer.step()

        def recorded() -> None:
            with ma.record():
                eager()

        medians = take_turns({"eager": eager, "recorded": recorded})
        line("recording, in eager steps", medians["recorded"] / medians["eager"], 3.0, "×")

        print("784-128-784, batch 128")
        net = ma.Autoencoder([784, 128, 784], seed=0)
        x = np.random.default_rng(0).random((128, 784))
        large = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), x)
        line("to SVG", seconds(lambda: large.save(svg)), 2.0, "s")
        line("to a page", seconds(lambda: large.save(html)), 2.0, "s")
        line("the page", html.stat().st_size / 1000, 2000, "kB")

        print("a graph of 100,000 nodes, collapsed")
        w = ma.Value(1.0, label="w")
        with ma.record() as long:
            h = w
            for _ in range(50_000):
                h = h * 1.0 + w
            h.backward()
        line("to SVG", seconds(lambda: long.save(svg), 1), 5.0, "s")

        print("the training player, 2000 epochs of the paper's network")
        data = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], float)
        net = ma.Autoencoder([3, 4, 3], seed=0)
        optimizer = ma.SGD(net.parameters(), lr=0.01)
        history = ma.fit(net, data, optimizer, epochs=2000, batch_size=1, seed=0, progress=False)
        line("to a page", seconds(lambda: history.player().save(html)), 1.0, "s")
        line("the page", html.stat().st_size / 1000, 300, "kB")


if __name__ == "__main__":
    main()
