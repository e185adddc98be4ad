"""The sigmoid computed as printed overflows."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.manual import ACTIVATIONS


def evidence() -> Evidence:
    try:
        with np.errstate(over="raise"):
            1.0 / (1.0 + np.exp(-np.float64(-1000.0)))
        overflows = False
    except FloatingPointError:
        overflows = True
    far, near = ACTIVATIONS["sigmoid"][0](np.array([-1000.0, -700.0])).tolist()
    return {"overflows": overflows, "far": far, "near": near}


CORRECTION = Correction(
    id="sigmoid-overflow",
    position=125,
    paper="σ(x) = 1 / (1 + e^(-x)).",
    truth=(
        "Computed as printed it overflows in e^(-x) for x below about -709. Written with e^(-|x|) it does not: "
        "σ(-1000) = {far:g}, σ(-700) = {near:.2e}."
    ),
    evidence=evidence,
    shows=lambda e: e["overflows"] and e["far"] == 0 and 0 < e["near"] < 1e-300,
)
