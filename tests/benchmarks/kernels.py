"""What each kernel gains: training steps with it, and with its plain formula in its place.

    python tests/benchmarks/kernels.py

Above 1, the step is slower without the kernel.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from timing import take_turns  # isort: skip

import numpy as np

import microae as ma
from microae.operations import TABLE
from microae.operations.kernels import DEFINITIONS

ROUNDS = 30


def training(layers: list[int], batch: int, dtype: str) -> Callable[[], object]:
    net = ma.Autoencoder(layers, seed=0, dtype=dtype)
    optimizer = ma.SGD(net.parameters(), lr=0.01)
    shape = (batch, layers[0]) if batch > 1 else (layers[0],)
    x = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    x.flags.writeable = False

    def step() -> object:
        optimizer.zero_grad()
        net.loss(x).backward()
        return optimizer.step()

    return step


def scalars() -> object:
    x, total = ma.Value(0.5), ma.Value(0.0)
    for i in range(100):
        total = total + ma.relu(x * (i - 50.0)) + x**2
    total.backward()
    return total


STEPS: dict[str, Callable[[], object]] = {
    "paper's": training([3, 4, 3], 1, "float64"),
    "64-32-64": training([64, 32, 64], 64, "float64"),
    "784-128-784": training([784, 128, 784], 128, "float64"),
    "scalars": scalars,
}


@contextmanager
def without(kernel: Callable[..., Any], definition: Callable[..., Any]) -> Iterator[None]:
    """Every module and row that uses a kernel uses its plain formula."""
    places = [
        (vars(module), name)
        for key, module in list(sys.modules.items())
        if key.startswith("microae")
        for name, value in vars(module).items()
        if value is kernel
    ]
    rows = [row for row in TABLE.values() if row.forward is kernel]
    for names, name in places:
        names[name] = definition
    for row in rows:
        row.forward = definition
    try:
        yield
    finally:
        for names, name in places:
            names[name] = kernel
        for row in rows:
            row.forward = kernel


def main() -> None:
    print(f"{'':20s}" + "".join(f"{name:>14s}" for name in STEPS))
    for kernel, definition in DEFINITIONS.items():

        def plain(step: Callable[[], object], kernel: Any = kernel, definition: Any = definition) -> object:
            with without(kernel, definition):
                return [step() for _ in range(50)]

        ratios = []
        for step in STEPS.values():
            medians = take_turns(
                {"plain": lambda step=step: plain(step), "kernel": lambda step=step: [step() for _ in range(50)]},
                rounds=ROUNDS,
            )
            ratios.append(medians["plain"] / medians["kernel"])
        print(f"{kernel.__name__:20s}" + "".join(f"{ratio:14.3f}" for ratio in ratios), flush=True)


if __name__ == "__main__":
    main()
