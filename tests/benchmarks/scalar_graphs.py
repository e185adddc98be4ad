"""Graphs of scalars against micrograd: the paper's step neuron by neuron; chains and trees; memory per node.

    python tests/benchmarks/scalar_graphs.py

micrograd gets the ``exp`` and ``log`` that its classroom adds, and as much recursion as it needs.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from timing import report, take_turns  # isort: skip

from micrograd.engine import Value as MicrogradValue

import microae as ma

X = [1.0, 0.0, 1.0]


class Micrograd(MicrogradValue):
    """micrograd's Value with the two functions that the paper's step needs besides its own."""

    def exp(self) -> Any:
        out = Micrograd(math.exp(self.data), (self,), "exp")

        def backward() -> None:
            self.grad += out.data * out.grad

        out._backward = backward
        return out

    def log(self) -> Any:
        out = Micrograd(math.log(self.data), (self,), "log")

        def backward() -> None:
            self.grad += out.grad / self.data

        out._backward = backward
        return out


def _wrapped(name: str) -> Callable[..., Any]:
    """An operator that returns the subclass, with micrograd's own rule."""
    own = getattr(MicrogradValue, name)

    def operator(self: Any, *other: Any) -> Any:
        out = own(self, *other)
        out.__class__ = Micrograd
        return out

    return operator


for _name in ("__add__", "__mul__", "__pow__", "relu"):
    setattr(Micrograd, _name, _wrapped(_name))


def micrograd_leaky_relu(z: Any) -> Any:
    return 0.01 * z + 0.99 * z.relu()


def micrograd_sigmoid(z: Any) -> Any:
    return (1.0 + (-z).exp()) ** -1


def paper_step(value: Any, leaky_relu: Any, sigmoid: Any, log: Any) -> tuple[list[Any], Callable[[], Any]]:
    """The parameters, and the loss of the paper's network on [1, 0, 1], neuron by neuron."""
    rnd = random.Random(0)
    first = [[value(rnd.gauss(0, 1)) for _ in range(3)] + [value(0.0)] for _ in range(4)]
    second = [[value(rnd.gauss(0, 1)) for _ in range(4)] + [value(0.0)] for _ in range(3)]

    def neuron(weights: list[Any], inputs: list[Any]) -> Any:
        z = weights[-1]
        for w, x in zip(weights[:-1], inputs, strict=True):
            z = z + w * x
        return z

    def loss() -> Any:
        hidden = [leaky_relu(neuron(w, X)) for w in first]
        total = 0.0
        for w, y in zip(second, X, strict=True):
            a = sigmoid(neuron(w, hidden))
            total = total - (y * log(a) + (1.0 - y) * log(1.0 - a))
        return total * (1 / 3)

    return [p for row in first + second for p in row], loss


def microae_step() -> Callable[[], Any]:
    parameters, loss = paper_step(ma.Value, ma.leaky_relu, ma.sigmoid, ma.log)
    optimizer = ma.SGD(parameters, lr=0.01)

    def step() -> Any:
        optimizer.zero_grad()
        out = loss()
        out.backward()
        optimizer.step()
        return out

    return step


def micrograd_step() -> Callable[[], Any]:
    parameters, loss = paper_step(Micrograd, micrograd_leaky_relu, micrograd_sigmoid, lambda a: a.log())

    def step() -> Any:
        for p in parameters:
            p.grad = 0.0
        out = loss()
        out.backward()
        for p in parameters:
            p.data -= 0.01 * p.grad
        return out

    return step


def chain(value: Any, nodes: int) -> Any:
    w = value(0.9999)
    v = w
    for _ in range(nodes // 2):
        v = v * w
        v = v + 0.001
    return v


def tree(value: Any, nodes: int) -> Any:
    """A balanced tree over distinct leaves, sums and products in turn; leaves count as nodes, a power of two."""
    level = [value(0.5) for _ in range(nodes // 2)]
    while len(level) > 1:
        level = [level[i] * level[i + 1] if i % 4 else level[i] + level[i + 1] for i in range(0, len(level), 2)]
    return level[0]


def per_node(build: Callable[[Any, int], Any], value: Any, nodes: int) -> tuple[float, float]:
    """Microseconds per node, forward and backward."""
    gc.collect()
    start = time.perf_counter()
    out = build(value, nodes)
    middle = time.perf_counter()
    out.backward()
    end = time.perf_counter()
    return (middle - start) / nodes * 1e6, (end - middle) / nodes * 1e6


def bytes_per_node(build: Callable[[Any, int], Any], value: Any, nodes: int) -> float:
    gc.collect()
    tracemalloc.start()
    out = build(value, nodes)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del out
    return used / nodes


def main(nodes: int = 1 << 20, rounds: int = 3) -> None:
    ours, theirs = microae_step(), micrograd_step()
    assert abs(ours().item() - theirs().data) < 1e-12, "the two steps must compute the same"
    report("The paper's step of scalar Values", take_turns({"microae": ours, "micrograd": theirs}))
    for build in (chain, tree):
        for n in (nodes // 4, nodes):
            measured = [(per_node(build, ma.Value, n), per_node(build, MicrogradValue, n)) for _ in range(rounds)]
            print(f"\n{build.__name__} of {n:,} scalar nodes, per node")
            for i, way in enumerate(("forward", "backward")):
                us = statistics.median(m[0][i] for m in measured)
                them = statistics.median(m[1][i] for m in measured)
                print(f"  {way:10s} microae {us:6.2f} µs, micrograd {them:6.2f} µs: {us / them:5.2f} × micrograd")
            us, them = (statistics.median(sum(m[i]) for m in measured) for i in (0, 1))
            print(f"  together   microae {us:6.2f} µs, micrograd {them:6.2f} µs: {us / them:5.2f} × micrograd")
        for name, value in (("microae", ma.Value), ("micrograd", MicrogradValue)):
            print(f"  memory     {name} {bytes_per_node(build, value, nodes // 4):6.0f} bytes")


if __name__ == "__main__":
    sys.setrecursionlimit(10**9)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
