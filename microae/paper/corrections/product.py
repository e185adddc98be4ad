"""The product W h as it is printed does not exist."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence, largest_difference
from microae.paper.published import biases, printed, weights


def evidence() -> Evidence:
    W, x, b = weights()[0], printed("input"), biases()[0]
    try:
        np.matmul(W, x) + b
        conforms = True
    except ValueError:
        conforms = False
    square = W[:, :3]
    return {
        "conforms": conforms,
        "error": largest_difference(x @ W + b, printed("z(1)")),
        "square": largest_difference(square @ x, x @ square),
    }


CORRECTION = Correction(
    id="product",
    position=100,
    paper="z(l) = W(l) h(l-1) + b(l), printed with W(1) of 3 × 4 times a vector of 3.",
    truth=(
        "The product as printed does not exist: the weights are stored in × out, so it is Wᵀ h, or h W for a row h. "
        "That gives the printed z(1) to {error:.0e}. With a layer as wide as its input the printed order would run "
        "and be wrong without a word: on the first three columns of W(1) by {square:.2f}."
    ),
    evidence=evidence,
    shows=lambda e: not e["conforms"] and e["error"] < 1e-12 and e["square"] > 0.1,
)
