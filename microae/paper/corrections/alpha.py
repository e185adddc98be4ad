"""The slope of Leaky ReLU stands only in the worked example."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import printed


def evidence() -> Evidence:
    z = printed("z(1)")[0]
    return {"alpha": printed("a(1)")[0] / z, "other": 0.2 * z}


CORRECTION = Correction(
    id="alpha",
    position=105,
    paper="Leaky ReLU with a slope α that is in no list of hyperparameters.",
    truth=(
        "α is {alpha:.2f}: it stands only in the worked example, and a(1) of the first neuron confirms it. α = 0.2, "
        "another common choice, would give {other:.4f} there."
    ),
    evidence=evidence,
    shows=lambda e: abs(e["alpha"] - 0.01) < 1e-12 and abs(e["other"] + 0.0887) < 1e-4,
)
