"""∇W and ∇b are used and never given."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import NET, WRONG, Correction, Evidence, largest_difference
from microae.paper.manual import manual_gradients
from microae.paper.neurons import automatic_gradients
from microae.paper.published import biases, printed, weights


def evidence() -> Evidence:
    x = printed("input")
    manual = manual_gradients(weights(), biases(), x, WRONG, NET)
    automatic = automatic_gradients(weights(), biases(), x, WRONG, NET)
    pairs = [(m, a) for k in (0, 1) for m, a in zip(manual[k], automatic[k], strict=True)]
    return {
        "error": max(largest_difference(m, a) / float(np.max(np.abs(a))) for m, a in pairs),
        "nablas": sum(b.size for b in biases()),
        "needed": sum(array.size for array in (*weights(), *biases())),
    }


CORRECTION = Correction(
    id="weight-gradients",
    position=225,
    paper="∇W and ∇b are used in the update and never given; ∇ is called the gradient of each neuron.",
    truth=(
        "∇ is the derivative by z, {nablas} numbers, and {needed} are needed: ∇W = hᵀ ∇ with the layer's input h, and "
        "∇b = ∇ summed over the batch. So computed they equal the automatic ones to {error:.0e} relative."
    ),
    evidence=evidence,
    shows=lambda e: e["error"] < 1e-12 and (e["nablas"], e["needed"]) == (7, 31),
)
