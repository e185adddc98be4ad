"""What a drawn step costs: recording beside an eager step, the picture in each format, large steps and large graphs.

    python tests/benchmarks/drawing.py

The figures to reach: recording at most 3 times an eager step; the paper's step to SVG in 0.3 s and to a page in 1 s and
300 kB; a 784-128-784 step of 128 samples in 2 s and 2 MB; a graph of 100,000 nodes, collapsed, in 5 s.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from timing import report, take_turns  # isort: skip (sets the number of threads before NumPy starts)

import numpy as np

import microae as ma
from microae import paper


def steps(net: ma.Autoencoder, x: np.ndarray) -> dict[str, Callable[[], object]]:
    """The same step, eager, recorded in a block, and recorded with the loss before and after."""
    x = np.array(x, float)
    x.flags.writeable = False
    optimizer = ma.SGD(net.parameters(), lr=0.01)

    def eager() -> object:
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    def recorded() -> object:
        with ma.record():
            return eager()

    return {
        "eager": eager,
        "with ma.record()": recorded,
        "ma.record_step, with the loss after": lambda: ma.record_step(net, optimizer, x),
    }


def once(what: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = what()
    return time.perf_counter() - start, result


def pictures(name: str, step: ma.Step) -> None:
    print(f"\n{name}: {len(step)} recorded nodes, {len(ma.draw(step).scene.boxes)} drawn")
    with tempfile.TemporaryDirectory() as directory:
        for suffix in (".svg", ".html", ".png", ".dot"):
            path = Path(directory, f"step{suffix}")
            times = sorted(once(lambda path=path: step.save(path))[0] for _ in range(3))  # type: ignore[misc]
            print(f"  {suffix:6s}{times[1]:8.3f} s{path.stat().st_size / 1000:10.0f} kB")


def chain(nodes: int) -> ma.Value:
    a = ma.Value(1.0, label="a")
    x = a
    for _ in range(nodes // 2):
        x = x * 1.0001 + a
    return x


def main() -> None:
    rng = np.random.default_rng(0)
    wide = ma.Autoencoder([784, 128, 784], seed=0), rng.random((128, 784))
    report("The paper's step, 3-4-3, one sample", take_turns(steps(paper.network(), np.array([1, 0, 1]))), "eager")
    report("784-128-784, 128 samples", take_turns(steps(*wide), rounds=10, seconds=0.2), "eager")

    def recorded(net: ma.Autoencoder, x: np.ndarray) -> ma.Step:
        return ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), x)

    pictures("The paper's step", recorded(paper.network(), np.array([1, 0, 1])))
    pictures("64-32-64, 64 digits", recorded(ma.Autoencoder([64, 32, 64], seed=0), ma.data.digits()[0][:64]))
    pictures("784-128-784, 128 samples", recorded(*wide))

    step = recorded(paper.network(), np.array([1, 0, 1]))
    seconds, drawing = once(lambda: ma.draw(step, "scalar"))
    more, svg = once(drawing.svg)  # type: ignore[attr-defined]
    print(f"\nThe paper's step on scalars: {len(drawing.scene.boxes)} nodes, {seconds + more:.3f} s")  # type: ignore[attr-defined]

    value = chain(100_000)
    seconds, svg = once(lambda: ma.draw(value).svg())
    print(f"A graph of 100,000 nodes, collapsed: {seconds:.2f} s, {len(str(svg)) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
