"""The one example that is shown is the best of the eight."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import BINARY_VECTORS, network, printed


def evidence() -> Evidence:
    errors = np.abs(network().reconstruct(BINARY_VECTORS) - BINARY_VECTORS).max(axis=1)
    worst = int(errors.argmax())
    return {
        "worst": BINARY_VECTORS[worst].astype(int).tolist(),
        "error": float(errors[worst]),
        "next": float(np.sort(errors)[-2]),
        "example": float(errors[[*BINARY_VECTORS.tolist()].index(printed("input").tolist())]),
        "best": float(errors.min()),
        "rounded": bool((errors < 0.5).all()),
    }


CORRECTION = Correction(
    id="one-example",
    position=405,
    paper="The result is shown for [1, 0, 1] only.",
    truth=(
        "It is the best of the 8: its largest error is {example:.4f}. At {worst} it is {error:.4f}, and at the "
        "next worst {next:.4f}. (All 8 are right when rounded.)"
    ),
    evidence=evidence,
    shows=lambda e: (
        e["worst"] == [0, 0, 0] and 0.101 < e["error"] < 0.102 and e["example"] == e["best"] and e["rounded"]
    ),
)
