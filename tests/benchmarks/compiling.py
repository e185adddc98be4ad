"""What comes before a compiled training runs: from a fresh process to its end, and tracing a long step.

    taskset -c 0 python -m tests.benchmarks.compiling

A start compiles the paper's and a 64-32-64 step for numba and takes an epoch of each; beside it stands what it begins
with, the import of microae. Medians of five; cold ones have an empty directory each.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import microae as ma
from microae.compiler.captured import Captured
from microae.compiler.printing import Printed
from microae.compiler.step import trace_step
from microae.compiler.structure import Structure

START = """
import numpy as np
import microae as ma

def train(layers, data, batch_size):
    net = ma.Autoencoder(layers, seed=0, dtype=data.dtype)
    optimizer = ma.SGD(net.parameters(), lr=0.01)

    @ma.compile(backend="numba")
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    step.run(data, epochs=1, batch_size=batch_size, seed=0)

train([3, 4, 3], np.eye(3), 1)
train([64, 32, 64], np.ones((64, 64), np.float32), 64)
"""


def seconds(code: str, cache: str) -> float:
    """How long a process takes that runs a text, with the interpreter's own start."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=env | {"MICROAE_CACHE": cache})
    return time.perf_counter() - begin


def traced(length: int) -> tuple[int, float, float]:
    """The instructions of a long step, the seconds that a trace of it and all passes take, and those of its text."""
    W = ma.Value(np.ones(8))

    def step(x):  # type: ignore[no-untyped-def]
        v = W
        for _ in range(length):
            v = ma.tanh(v * x)
        return ma.gradients(v.sum(), [W])

    arguments, data = Structure.of_arguments(step, (np.ones(8),), {})
    captured = Captured(step)
    gc.collect()
    gc.disable()  # as compiling does
    begin = time.perf_counter()
    traced = trace_step(step, captured, arguments, data)
    instructions, end = len(traced.program), time.perf_counter()
    Printed(traced.program).source()
    printed = time.perf_counter()
    gc.enable()
    return instructions, end - begin, printed - end


def main() -> int:
    with tempfile.TemporaryDirectory() as cache:
        seconds(START, cache)
        imports, cached = (
            statistics.median(seconds(code, cache) for _ in range(5)) for code in ("import microae", START)
        )
    cold = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(seconds(START, cache))
    print(f"start, cold    {statistics.median(cold):5.2f} s   asked ≤ 2")
    print(f"start, cached  {cached:5.2f} s   asked ≤ 0.5; of which microae's import {imports:.2f} s")
    for length in (833, 1667, 3333):
        instructions, took, printing = map(min, zip(*(traced(length) for _ in range(3)), strict=True))
        asked = "   asked ≤ 0.5" * (length == 3333)
        print(f"trace and passes, {instructions:6,} instructions {took:5.2f} s{asked}; printed {printing:5.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
