"""A weight's size does not tell how significant it is."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import NET, Correction, Evidence, largest_difference
from microae.paper.manual import manual_forward
from microae.paper.published import BINARY_VECTORS, biases, weights


def evidence() -> Evidence:
    W, b = weights(), biases()
    scale = np.where(np.arange(len(b[0])) == 0, 10.0, 1.0)
    scaled = [W[0] * scale, W[1] / scale[:, None]], [b[0] * scale, b[1]]
    before = manual_forward(W, b, BINARY_VECTORS, NET)[1][-1]
    return {
        "change": largest_difference(manual_forward(*scaled, BINARY_VECTORS, NET)[1][-1], before),
        "before": float(np.abs(W[0][:, 0]).max()),
        "after": float(np.abs(scaled[0][0][:, 0]).max()),
    }


CORRECTION = Correction(
    id="weight-size",
    position=435,
    paper="A weight tells how significant a neuron's output is as input to another neuron.",
    truth=(
        "Its size does not: the weights into the first hidden neuron times 10 and those out of it divided by 10 "
        "raise the largest of them from {before:.1f} to {after:.1f} and change the outputs by {change:.0e}."
    ),
    evidence=evidence,
    shows=lambda e: e["change"] < 1e-12 and e["after"] > 9 * e["before"],
)
