"""A code wider than its input compresses nothing."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import NET, Correction, Evidence, largest_difference
from microae.paper.manual import manual_forward
from microae.paper.published import BINARY_VECTORS, HYPERPARAMETERS


def evidence() -> Evidence:
    """A hidden layer that is wide enough can pass its input on: nothing need be learnt about the data."""
    inputs, code, outputs = HYPERPARAMETERS["layers"]
    W, b = [np.eye(inputs, code), 20 * np.eye(code, outputs)], [np.zeros(code), np.full(outputs, -10.0)]
    copied = manual_forward(W, b, BINARY_VECTORS, NET)[1][-1]
    return {
        "input": inputs,
        "code": code,
        "error": largest_difference(copied, BINARY_VECTORS),
    }


CORRECTION = Correction(
    id="overcomplete",
    position=410,
    paper="Autoencoders learn a compressed representation of higher dimensional data.",
    truth=(
        "This one does not: its code has {code} numbers and its input {input}. It can simply pass the input on: with "
        "unit matrices as weights, the second times 20 with bias -10, all 8 vectors come back to {error:.0e}."
    ),
    evidence=evidence,
    shows=lambda e: e["code"] > e["input"] and e["error"] < 1e-4,
)
