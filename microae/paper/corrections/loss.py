"""The loss has no formula and no reduction, and is no 0 for targets between 0 and 1."""

from __future__ import annotations

import numpy as np

from microae.nn.losses import binary_cross_entropy, mean_squared_error
from microae.paper.corrections.common import NET, WRONG, Correction, Evidence
from microae.paper.manual import manual_gradients
from microae.paper.published import biases, printed, weights


def evidence() -> Evidence:
    x = printed("input")
    mean = manual_gradients(weights(), biases(), x, WRONG, NET, reduction="mean")[1][1]
    total = manual_gradients(weights(), biases(), x, WRONG, NET, reduction="sum")[1][1]
    half = np.full(3, 0.5)
    return {
        "ratio": float(np.mean(total / mean)),
        "spread": float(np.ptp(total / mean)),
        "floor": float(binary_cross_entropy(half, half)),
        "squared floor": float(mean_squared_error(half, half)),
    }


CORRECTION = Correction(
    id="loss",
    position=240,
    paper="The loss is binary cross-entropy; neither its formula nor its reduction over outputs and batch is given.",
    truth=(
        "It is -y ln a - (1 - y) ln(1 - a). Whether the outputs are averaged or added makes every gradient, and so "
        "the effective learning rate, {ratio:g} times as large; here the mean is taken. And it is only 0 for targets "
        "0 and 1: a perfect reconstruction of 0.5 costs {floor:.4f}, where the squared error is {squared_floor:g}."
    ),
    evidence=evidence,
    shows=lambda e: (
        abs(e["ratio"] - 3) < 1e-12
        and e["spread"] < 1e-12
        and abs(e["floor"] - np.log(2)) < 1e-12
        and not e["squared floor"]
    ),
)
