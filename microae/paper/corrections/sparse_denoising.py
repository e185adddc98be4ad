"""Neither dropout nor L2 makes an autoencoder sparse or denoising."""

from __future__ import annotations

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.paper.corrections.common import NET, Correction, Evidence, largest_difference
from microae.paper.manual import manual_forward
from microae.paper.published import BINARY_VECTORS, HYPERPARAMETERS, biases, printed, weights


def evidence() -> Evidence:
    """L2 regularisation cannot tell a quiet code from a loud one; a denoising net must be given noise."""
    W, b = weights(), biases()
    squares = [float((w**2).sum()) for w in W]
    c = np.sqrt(squares[1] / squares[0])
    quiet, loud = (W, b), ([W[0] * c, W[1] / c], [b[0] * c, b[1]])
    outputs, codes, penalties = [], [], []
    for Ws, bs in (quiet, loud):
        _, hs = manual_forward(Ws, bs, BINARY_VECTORS, NET)
        outputs.append(hs[-1])
        codes.append(float(np.abs(hs[1]).mean()))
        penalties.append(sum(float((w**2).sum()) for w in Ws))
    plain, noisy = (Autoencoder(HYPERPARAMETERS["layers"], seed=0, noise=noise) for noise in (0.0, 0.5))
    x = printed("input")
    return {
        "penalties": largest_difference(penalties[0], penalties[1]) / penalties[0],
        "outputs": largest_difference(outputs[0], outputs[1]),
        "activity": codes[1] / codes[0],
        "noise": abs(noisy.loss(x).item() - plain.loss(x).item()),
    }


CORRECTION = Correction(
    id="sparse-denoising",
    position=445,
    paper="Dropout or L2 regularisation is what a denoising or a sparse autoencoder needs.",
    truth=(
        "A sparse one needs a penalty on the code, which L2 on the weights is not: the published network can be scaled "
        "so that outputs and L2 penalty stay (to {outputs:.0e} and {penalties:.0e}) while the code's activity grows "
        "{activity:.2f} times. A denoising one needs corrupted inputs with clean targets: noise 0.5 changes the loss "
        "of an untrained network by {noise:.3f}."
    ),
    evidence=evidence,
    shows=lambda e: (
        e["outputs"] < 1e-12 and e["penalties"] < 1e-12 and abs(e["activity"] - 1) > 0.1 and e["noise"] > 1e-3
    ),
)
