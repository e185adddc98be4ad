"""Inputs are features, and an autoencoder has no labels."""

from __future__ import annotations

from microae.nn.losses import binary_cross_entropy
from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import network, printed


def evidence() -> Evidence:
    net, x = network(), printed("input")
    return {"difference": abs(net.loss(x).item() - binary_cross_entropy(net(x), x).item())}


CORRECTION = Correction(
    id="labels",
    position=310,
    paper="The input values represent the classification or label that the network aims to identify.",
    truth=(
        "Inputs are features. An autoencoder has no labels, its target is its input: the network's loss and the "
        "cross-entropy against its own input differ by {difference:g}."
    ),
    evidence=evidence,
    shows=lambda e: e["difference"] == 0,
)
