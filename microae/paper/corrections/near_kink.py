"""The published network has a neuron at its kink, which shows what Leaky ReLU is for."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import NET, WRONG, Correction, Evidence, half_units
from microae.paper.manual import manual_forward, manual_gradients
from microae.paper.published import biases, weights


def evidence() -> Evidence:
    x = np.ones(3)
    zs, _ = manual_forward(weights(), biases(), x, NET)
    doubt = half_units("W(1)").sum(axis=0) + half_units("b(1)")
    leaky = manual_gradients(weights(), biases(), x, WRONG, NET)[0][0][0, 3]
    dead = manual_gradients(weights(), biases(), x, WRONG, ("relu", "sigmoid"))[0][0][0, 3]
    return {"z": float(zs[0][0, 3]), "doubt": float(doubt[3]), "leaky": float(leaky), "relu": float(dead)}


CORRECTION = Correction(
    id="near-kink",
    position=115,
    paper="Leaky ReLU is used to fix the dying ReLU problem; no example shows it.",
    truth=(
        "The published weights have one: at [1, 1, 1] the fourth hidden neuron's z is {z:.5f}, less than the kink by "
        "more than the rounding of the printed weights could hide ({doubt:.1e}). With ReLU the gradient of its first "
        "weight, for the target [0, 1, 1], would be {relu:g}; with Leaky ReLU it is {leaky:.4f}."
    ),
    evidence=evidence,
    shows=lambda e: -3e-4 < e["z"] < -10 * e["doubt"] and e["relu"] == 0 and abs(e["leaky"]) > 1e-4,
)
