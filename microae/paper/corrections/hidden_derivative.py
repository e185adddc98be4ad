"""A hidden layer's derivative is that of its own activation."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import NET, WRONG, Correction, Evidence, example, largest_difference
from microae.paper.manual import hidden_gradient, output_gradient
from microae.paper.neurons import automatic_gradients
from microae.paper.published import biases, printed, weights


def evidence() -> Evidence:
    zs, _ = example()
    nabla = output_gradient(zs[1], WRONG[None], "sigmoid", "binary_cross_entropy", "mean")
    automatic = automatic_gradients(weights(), biases(), printed("input"), WRONG, NET)[1][0]
    scale = np.max(np.abs(automatic))
    return {
        "right": largest_difference(hidden_gradient(nabla, weights()[1], zs[0], "leaky_relu")[0], automatic) / scale,
        "as_printed": largest_difference(hidden_gradient(nabla, weights()[1], zs[0], "sigmoid")[0], automatic) / scale,
    }


CORRECTION = Correction(
    id="hidden-derivative",
    position=215,
    paper="∇ = (∇_next · Wᵀ) · σ'(z) for hidden layers.",
    truth=(
        "The derivative must be that of the layer's own activation, Leaky ReLU. With it manual and automatic "
        "gradients of the example differ by {right:.0e} relative; with σ' as printed, by {as_printed:.2f}."
    ),
    evidence=evidence,
    shows=lambda e: e["right"] < 1e-12 and e["as_printed"] > 0.5,
)
