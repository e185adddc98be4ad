"""Leaky ReLU has no derivative at 0."""

from __future__ import annotations

from microae.core.value import Value
from microae.operations.activations import leaky_relu
from microae.paper.corrections.common import Correction, Evidence
from microae.transforms import gradients


def evidence() -> Evidence:
    h = 1e-6
    at_zero = Value(0.0)
    return {
        "right": (leaky_relu(h) - leaky_relu(0.0)) / h,
        "left": (leaky_relu(-h) - leaky_relu(0.0)) / -h,
        "taken": gradients(leaky_relu(at_zero), [at_zero])[0],
    }


CORRECTION = Correction(
    id="kink",
    position=110,
    paper="Leaky ReLU is defined for x = 0, its derivative is not mentioned.",
    truth=(
        "At 0 it has none: the slope is {right:g} to the right and {left:g} to the left. The branch x ≤ 0 of the "
        "definition suggests the left one, and that is what is taken here: {taken:g}."
    ),
    evidence=evidence,
    shows=lambda e: abs(e["right"] - 1) < 1e-9 and abs(e["left"] - 0.01) < 1e-9 and e["taken"] == 0.01,
)
