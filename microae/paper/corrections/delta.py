"""δ is the derivative of the loss by the output, not the error."""

from __future__ import annotations

from microae.paper.corrections.common import WRONG, Correction, Evidence, example, largest_difference
from microae.paper.manual import ACTIVATIONS, LOSSES


def evidence() -> Evidence:
    zs, hs = example()
    delta = LOSSES["binary_cross_entropy"][1](hs[-1], WRONG)
    product = delta * ACTIVATIONS["sigmoid"][1](zs[-1])
    return {
        "delta": delta[0].tolist(),
        "error": largest_difference(product, hs[-1] - WRONG) / largest_difference(hs[-1], WRONG),
        "wrong": largest_difference((hs[-1] - WRONG) * ACTIVATIONS["sigmoid"][1](zs[-1]), hs[-1] - WRONG),
    }


CORRECTION = Correction(
    id="delta",
    position=200,
    paper='δ is the "error derivative".',
    truth=(
        "It is not defined. It must be the derivative of the loss by the output, for binary cross-entropy "
        "(a - y) / (a (1 - a)); then δ σ'(z) = a - y (they differ by {error:.0e} relative). Reading δ as the error "
        "a - y and multiplying by σ'(z), the gradient of the squared error, is off by up to {wrong:.3f}."
    ),
    evidence=evidence,
    shows=lambda e: e["error"] < 1e-12 and e["wrong"] > 0.9,
)
