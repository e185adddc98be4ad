"""The data, their order and the first weights are not said."""

from __future__ import annotations

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.paper.corrections.common import NET, Correction, Evidence, largest_difference
from microae.paper.manual import Floats, manual_gradients, manual_update
from microae.paper.published import BINARY_VECTORS, HYPERPARAMETERS, layers_of


def evidence() -> Evidence:
    def trained(seed: int, order: int) -> Floats:
        W, b = layers_of(Autoencoder(HYPERPARAMETERS["layers"], seed=seed))
        rng = np.random.default_rng(order)
        for x in BINARY_VECTORS[np.concatenate([rng.permutation(len(BINARY_VECTORS)) for _ in range(20)])]:
            W, b = manual_update(W, b, *manual_gradients(W, b, x, x, NET), HYPERPARAMETERS["learning rate"])
        return np.concatenate([array.ravel() for array in (*W, *b)])

    return {
        "order": largest_difference(trained(0, 0), trained(0, 1)),
        "start": largest_difference(trained(0, 0), trained(1, 0)),
    }


CORRECTION = Correction(
    id="unstated",
    position=420,
    paper='Trained on "some combinations of 0 and 1"; which ones, in which order, from which weights is not said.',
    truth=(
        "The published weights cannot be trained again. After 20 epochs another order of the samples has moved a "
        "parameter by up to {order:.0e}, another start by {start:.2f}. Here all 8 are used, shuffled in each epoch "
        "from the seed, starting from He-uniform weights and biases of 0."
    ),
    evidence=evidence,
    shows=lambda e: 1e-5 < e["order"] < e["start"],
)
