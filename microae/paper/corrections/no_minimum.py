"""There is no minimum of the loss to obtain."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence, loss_of_all
from microae.paper.published import biases, weights


def evidence() -> Evidence:
    W, b = weights(), biases()
    return {
        "loss": loss_of_all(W, b),
        "doubled": loss_of_all([W[0], 2 * W[1]], [b[0], 2 * b[1]]),
        "four times": loss_of_all([W[0], 4 * W[1]], [b[0], 4 * b[1]]),
    }


CORRECTION = Correction(
    id="no-minimum",
    position=425,
    paper="Gradient descent finally obtains the minimum of the loss.",
    truth=(
        "Here there is none to obtain: once all vectors are right when rounded, larger output weights are always "
        "better. The published network's loss is {loss:.5f}; with its output layer doubled {doubled:.5f}, with four "
        "times {four_times:.6f}."
    ),
    evidence=evidence,
    shows=lambda e: e["loss"] > e["doubled"] > e["four times"] > 0,
)
