"""Back propagation calculates the gradients, gradient descent uses them."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence, largest_difference
from microae.paper.published import network, weights
from microae.transforms import gradients


def evidence() -> Evidence:
    net = network()
    loss = net.loss([0.5, 0.2, 0.9])
    once = gradients(loss, net.parameters())
    again = gradients(loss, net.parameters())
    return {
        "same": all(np.array_equal(a, b) for a, b in zip(once, again, strict=True)),
        "moved": largest_difference(net.encoder[0].weight.data, weights()[0]),  # type: ignore[attr-defined]
    }


CORRECTION = Correction(
    id="backpropagation",
    position=235,
    paper="Back propagation uses an optimisation algorithm like gradient descent; gradient descent is used to "
    "calculate the impact of each weight on the loss.",
    truth=(
        "It is the other way round: back propagation calculates the gradients, and gradient descent uses them. "
        "Calculating them moves the weights by {moved:g} and needs no learning rate."
    ),
    evidence=evidence,
    shows=lambda e: e["same"] and e["moved"] == 0,
)
