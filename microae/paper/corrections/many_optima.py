"""There is more than one optimum, and the loss is not convex."""

from __future__ import annotations

import itertools

import numpy as np

from microae.paper.corrections.common import Correction, Evidence, loss_of_all
from microae.paper.published import biases, weights


def evidence() -> Evidence:
    W, b = weights(), biases()
    permuted = [
        ([W[0][:, order], W[1][list(order)]], [b[0][list(order)], b[1]])
        for order in map(list, itertools.permutations(range(len(b[0]))))
    ]
    losses = [loss_of_all(*each) for each in permuted]
    other = permuted[-1]
    middle = [[(p + q) / 2 for p, q in zip(*pair, strict=True)] for pair in ((W, other[0]), (b, other[1]))]
    return {
        "networks": len(permuted),
        "loss": losses[0],
        "spread": float(np.ptp(losses)),
        "middle": loss_of_all(middle[0], middle[1]),
    }


CORRECTION = Correction(
    id="many-optima",
    position=430,
    paper="The objective is to find the most optimal value of the weights.",
    truth=(
        "There is not one such value: renumbering the hidden neurons gives {networks} networks with the same loss "
        "{loss:.5f}. Nor is the loss convex: half way between two of them it is {middle:.3f}."
    ),
    evidence=evidence,
    shows=lambda e: e["networks"] == 24 and e["spread"] < 1e-12 and e["middle"] > 10 * e["loss"],
)
