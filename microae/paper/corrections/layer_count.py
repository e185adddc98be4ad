"""Three layers are counted where two compute."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import HYPERPARAMETERS, network, weights


def evidence() -> Evidence:
    return {
        "layers": len(HYPERPARAMETERS["layers"]),
        "matrices": len(weights()),
        "hidden": len(HYPERPARAMETERS["layers"]) - 2,
        "parameters": sum(p.size for p in network().parameters()),
    }


CORRECTION = Correction(
    id="layer-count",
    position=300,
    paper="No. of Layers: 3.",
    truth=(
        "The input is counted, which computes nothing: {layers} widths are {matrices} weight matrices, {hidden} hidden "
        "layer, {parameters} parameters."
    ),
    evidence=evidence,
    shows=lambda e: (e["layers"], e["matrices"], e["hidden"], e["parameters"]) == (3, 2, 1, 31),
)
