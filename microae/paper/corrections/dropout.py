"""Dropout silences neurons; it removes no connection."""

from __future__ import annotations

import numpy as np

from microae.nn.layers import Dropout
from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import weights


def evidence() -> Evidence:
    h = np.ones(100_000)
    layer = Dropout(0.5, seed=0)
    kept = np.asarray(layer(h))
    return {
        "plain": float((kept > 0).mean()),
        "scaled": float(kept.mean()),
        "evaluation": float(np.asarray(layer.eval()(h)).mean()),
        "weights": sum(W.size for W in weights()),
    }


CORRECTION = Correction(
    id="dropout",
    position=440,
    paper="Autoencoders employ sparse connections through dropout, where neurons are dropped (output set to 0).",
    truth=(
        "Dropout leaves all {weights} connections in place: it silences neurons at random, in training only. Those "
        "kept must be scaled by 1 / (1 - p), or the layer is weaker in training than in use: with p = 0.5 ones have "
        "the mean {plain:.3f} without scaling, {scaled:.3f} with it, and {evaluation:g} in use."
    ),
    evidence=evidence,
    shows=lambda e: abs(e["plain"] - 0.5) < 0.01 and abs(e["scaled"] - 1) < 0.02 and e["evaluation"] == 1,
)
