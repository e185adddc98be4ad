"""One dot stands for two products."""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.core.value import Value
from microae.nn.losses import binary_cross_entropy
from microae.operations.activations import sigmoid
from microae.paper.corrections.common import WRONG, Correction, Evidence, example, largest_difference
from microae.paper.manual import ACTIVATIONS, LOSSES, Floats
from microae.paper.published import biases, weights
from microae.transforms import gradients


def evidence() -> Evidence:
    zs, hs = example()
    delta = LOSSES["binary_cross_entropy"][1](hs[-1], WRONG)[0]
    slope = ACTIVATIONS["sigmoid"][1](zs[-1])[0]
    automatic = _by_z2(hs[1][0])
    return {
        "dot": float(np.dot(delta, slope)),
        "elementwise": (delta * slope).round(6).tolist(),
        "error": largest_difference(delta * slope, automatic),
    }


def _by_z2(h: Floats) -> Any:
    """The automatic gradient by the output layer's z."""
    z = Value(h @ weights()[1] + biases()[1])
    loss = binary_cross_entropy(sigmoid(z), WRONG, "sum")
    return gradients(loss, [z])[0]


CORRECTION = Correction(
    id="dot",
    position=210,
    paper="One dot stands for both products, in ∇ = δ · σ'(z) and in ∇_next · Wᵀ.",
    truth=(
        "The first is elementwise, the second a matrix product. Read as a dot product, δ · σ'(z) runs and gives one "
        "number, {dot:.4f}, instead of three: {elementwise}."
    ),
    evidence=evidence,
    shows=lambda e: abs(e["dot"] - sum(e["elementwise"])) < 1e-5 and e["error"] < 1e-12 and len(e["elementwise"]) == 3,
)
