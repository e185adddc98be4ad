"""Nothing is left to test on, and nothing is an anomaly."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence, largest_difference
from microae.paper.published import BINARY_VECTORS, HYPERPARAMETERS, network


def evidence() -> Evidence:
    net = network()
    between = net.reconstruct([0.5, 0.5, 0.5])
    return {
        "possible": 2 ** HYPERPARAMETERS["layers"][0],
        "vectors": len(np.unique(BINARY_VECTORS, axis=0)),
        "error": largest_difference(between, 0.5),
        "output": between.round(3).tolist(),
    }


CORRECTION = Correction(
    id="held-out",
    position=415,
    paper="Reconstruction is successfully implemented; autoencoders can spot anomalies.",
    truth=(
        "Neither is tested. There are only {possible} vectors of three bits; after training on all {vectors} none is "
        "left to test on, and none is an anomaly. Between them the network does not reconstruct: [0.5, 0.5, 0.5] "
        "becomes {output}, off by up to {error:.2f}."
    ),
    evidence=evidence,
    shows=lambda e: e["possible"] == e["vectors"] == 8 and e["error"] > 0.3,
)
