"""Mini-batch steps of autoencoders against hand-written NumPy and other libraries.

python tests/benchmarks/mini_batches.py
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from timing import report, take_turns  # isort: skip (sets the number of threads before NumPy starts)

import numpy as np

import microae as ma

RATE, SLOPE = 0.01, 0.01


def start(layers: tuple[int, int, int], dtype: Any) -> list[np.ndarray]:
    net = ma.Autoencoder(layers, seed=0, dtype=dtype)
    return [p.numpy() for p in net.parameters()]


def microae(layers: tuple[int, int, int], x: np.ndarray) -> Callable[[], object]:
    net = ma.Autoencoder(layers, seed=0, dtype=x.dtype)
    optimizer = ma.SGD(net.parameters(), lr=RATE)

    def step() -> object:
        optimizer.zero_grad()
        loss = ma.binary_cross_entropy(net(x), x)
        loss.backward()
        optimizer.step()
        return loss

    return step


def by_hand(layers: tuple[int, int, int], x: np.ndarray) -> Callable[[], object]:
    w1, b1, w2, b2 = start(layers, x.dtype)
    n = x.size

    def step() -> object:
        nonlocal w1, b1, w2, b2
        z1 = x @ w1 + b1
        h = np.where(z1 > 0, z1, SLOPE * z1)
        a = 1 / (1 + np.exp(-(h @ w2 + b2)))
        loss = -np.mean(x * np.log(a) + (1 - x) * np.log(1 - a))
        d2 = (a - x) / n
        d1 = (d2 @ w2.T) * np.where(z1 > 0, 1, SLOPE).astype(x.dtype)
        w2 -= RATE * (h.T @ d2)
        b2 -= RATE * d2.sum(axis=0)
        w1 -= RATE * (x.T @ d1)
        b1 -= RATE * d1.sum(axis=0)
        return loss

    return step


def pytorch(layers: tuple[int, int, int], x: np.ndarray) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)
    n, m, _ = layers
    net = torch.nn.Sequential(torch.nn.Linear(n, m), torch.nn.LeakyReLU(SLOPE), torch.nn.Linear(m, n))
    net = net.to(torch.float64 if x.dtype == np.float64 else torch.float32)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    batch = torch.tensor(x.copy())
    criterion = torch.nn.BCEWithLogitsLoss()

    def step() -> object:
        optimizer.zero_grad()
        loss = criterion(net(batch), batch)
        loss.backward()
        optimizer.step()
        return loss

    return step


def mygrad(layers: tuple[int, int, int], x: np.ndarray) -> Callable[[], object]:
    import mygrad as mg

    parameters = [mg.tensor(p) for p in start(layers, x.dtype)]

    def step() -> object:
        w1, b1, w2, b2 = parameters
        z1 = x @ w1 + b1
        h = mg.maximum(z1, SLOPE * z1)
        a = 1 / (1 + mg.exp(-(h @ w2 + b2)))
        loss = -mg.mean(x * mg.log(a) + (1 - x) * mg.log(1 - a))
        loss.backward()
        for i, p in enumerate(parameters):
            parameters[i] = mg.tensor(p.data - RATE * p.grad)
        return loss

    return step


def main() -> None:
    for layers, batch in (((64, 32, 64), 64), ((784, 128, 784), 128)):
        for dtype in (np.float64, np.float32):
            x = np.random.default_rng(0).random((batch, layers[0])).astype(dtype)
            x.flags.writeable = False  # as the README advises: a graph then needs no copy of it
            contestants = {"microae": microae(layers, x), "NumPy by hand": by_hand(layers, x)}
            for name, module, peer in (("PyTorch", "torch", pytorch), ("MyGrad", "mygrad", mygrad)):
                if find_spec(module):
                    contestants[name] = peer(layers, x)
            medians = take_turns(contestants)
            report(f"{'-'.join(map(str, layers))}, batch {batch}, {np.dtype(dtype)}", medians)
            print(f"  microae / NumPy by hand: {medians['microae'] / medians['NumPy by hand']:.2f}")


if __name__ == "__main__":
    main()
