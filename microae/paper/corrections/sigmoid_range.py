"""A sigmoid never reaches 0 or 1, and sigmoid outputs do not exclude each other."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import BINARY_VECTORS, network


def evidence() -> Evidence:
    outputs = network().reconstruct(BINARY_VECTORS)
    return {
        "lowest": float(outputs.min()),
        "highest": float(outputs.max()),
        "sum": float(outputs[-1].sum()),
    }


CORRECTION = Correction(
    id="sigmoid-range",
    position=120,
    paper='The sigmoid outputs values between 0 and 1, good for "binary encoding"; and [1 0 0], [0 1 0], [0 0 1] are '
    "given as outputs for exclusive classes.",
    truth=(
        "It never reaches 0 or 1: over the 8 binary vectors the outputs of the published network span {lowest:.1e} to "
        "{highest:.6f}; to have bits one must round. Nor are sigmoid outputs exclusive, at [1, 1, 1] they add up to "
        "{sum:.3f}; for classes that exclude each other softmax is meant."
    ),
    evidence=evidence,
    shows=lambda e: e["lowest"] > 0 and e["highest"] < 1 and e["sum"] > 2.9,
)
