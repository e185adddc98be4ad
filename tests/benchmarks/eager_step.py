"""The paper's step (3-4-3, batch 1: forward, backward, update) against hand-written NumPy and other libraries.

    python tests/benchmarks/eager_step.py

Peers that are not installed are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from timing import report, take_turns  # isort: skip (sets the number of threads before NumPy starts)

import numpy as np

import microae as ma

RATE, SLOPE = 0.01, 0.01
X = np.array([1.0, 0.0, 1.0])
X.flags.writeable = False  # as the README advises: a graph then needs no copy of it


def start() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 3)), np.zeros(3)]


def microae() -> Callable[[], object]:
    net = ma.Autoencoder([3, 4, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=RATE)

    def step() -> object:
        optimizer.zero_grad()
        loss = ma.binary_cross_entropy(net(X), X)
        loss.backward()
        optimizer.step()
        return loss

    return step


def by_hand() -> Callable[[], object]:
    """As one writes it: where, outer, mean; the parameters rebound."""
    parameters = start()

    def step() -> object:
        w1, b1, w2, b2 = parameters
        z1 = X @ w1 + b1
        h = np.where(z1 > 0, z1, SLOPE * z1)
        a = 1 / (1 + np.exp(-(h @ w2 + b2)))
        loss = -np.mean(X * np.log(a) + (1 - X) * np.log(1 - a))
        d2 = (a - X) / 3
        d1 = (d2 @ w2.T) * np.where(z1 > 0, 1.0, SLOPE)
        gradients = np.outer(X, d1), d1, np.outer(h, d2), d2
        parameters[:] = [p - RATE * g for p, g in zip(parameters, gradients, strict=True)]
        return loss

    return step


def by_hand_tight(with_loss: bool) -> Callable[[], object]:
    """With the quickest calls NumPy has, and updates in place."""
    w1, b1, w2, b2 = start()

    def step() -> object:
        nonlocal w1, b1, w2, b2
        z1 = X @ w1 + b1
        h = np.maximum(z1, SLOPE * z1)
        a = 1 / (1 + np.exp(-(h @ w2 + b2)))
        loss = -(X * np.log(a) + (1 - X) * np.log(1 - a)).mean() if with_loss else None
        d2 = (a - X) / 3
        d1 = (d2 @ w2.T) * np.where(z1 > 0, 1.0, SLOPE)
        w2 -= RATE * (h[:, None] * d2)
        b2 -= RATE * d2
        w1 -= RATE * (X[:, None] * d1)
        b1 -= RATE * d1
        return loss

    return step


def pytorch() -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.LeakyReLU(SLOPE), torch.nn.Linear(4, 3), torch.nn.Sigmoid()
    ).double()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    x = torch.tensor(X.copy())
    criterion = torch.nn.BCELoss()

    def step() -> object:
        optimizer.zero_grad()
        loss = criterion(net(x), x)
        loss.backward()
        optimizer.step()
        return loss

    return step


def mygrad() -> Callable[[], object]:
    import mygrad as mg

    parameters = [mg.tensor(p) for p in start()]

    def step() -> object:
        w1, b1, w2, b2 = parameters
        z1 = X @ w1 + b1
        h = mg.maximum(z1, SLOPE * z1)
        a = 1 / (1 + mg.exp(-(h @ w2 + b2)))
        loss = -mg.mean(X * mg.log(a) + (1 - X) * mg.log(1 - a))
        loss.backward()
        for i, p in enumerate(parameters):
            parameters[i] = mg.tensor(p.data - RATE * p.grad)
        return loss

    return step


def hips_autograd() -> Callable[[], object]:
    import autograd.numpy as anp
    from autograd import grad

    parameters = start()

    def loss(p: list[np.ndarray]) -> object:
        w1, b1, w2, b2 = p
        z1 = anp.dot(X, w1) + b1
        h = anp.where(z1 > 0, z1, SLOPE * z1)
        a = 1 / (1 + anp.exp(-(anp.dot(h, w2) + b2)))
        return -anp.mean(X * anp.log(a) + (1 - X) * anp.log(1 - a))

    gradient = grad(loss)

    def step() -> object:
        parameters[:] = [p - RATE * g for p, g in zip(parameters, gradient(parameters), strict=True)]
        return parameters

    return step


def main() -> None:
    contestants = {
        "microae": microae(),
        "NumPy by hand": by_hand(),
        "NumPy by hand, tight": by_hand_tight(with_loss=True),
        "NumPy by hand, tight, no loss": by_hand_tight(with_loss=False),
    }
    for name, module, peer in (
        ("PyTorch", "torch", pytorch),
        ("MyGrad", "mygrad", mygrad),
        ("HIPS autograd", "autograd", hips_autograd),
    ):
        if find_spec(module):
            contestants[name] = peer()
    medians = take_turns(contestants)
    report("The paper's step, 3-4-3, batch 1", medians)
    for name, median in medians.items():
        print(f"  microae / {name}: {medians['microae'] / median:.2f}")


if __name__ == "__main__":
    main()
