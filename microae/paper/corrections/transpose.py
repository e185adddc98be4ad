"""W h forward and ∇ Wᵀ backward belong to different conventions."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.manual import Floats
from microae.paper.published import weights


def evidence() -> Evidence:
    nabla, W = np.ones(3), weights()[1]

    def conforms(*factors: Floats) -> bool:
        try:
            np.matmul(*factors)
        except ValueError:
            return False
        return True

    return {
        "in × out": conforms(nabla, W.T),  # z = h W, ∇ Wᵀ
        "out × in": conforms(nabla, W.T.T),  # z = W h stores Wᵀ; its transpose is W
        "column": conforms(W.T.T, nabla),  # there it must be Wᵀ ∇
    }


CORRECTION = Correction(
    id="transpose",
    position=220,
    paper="z = W h forward and ∇_next · Wᵀ backward.",
    truth=(
        "The two belong to different conventions. With weights in × out it is h W and ∇ Wᵀ; with out × in it is W h "
        "and Wᵀ ∇, and ∇ · Wᵀ of the paper's second layer does not conform."
    ),
    evidence=evidence,
    shows=lambda e: e["in × out"] and not e["out × in"] and e["column"],
)
