"""The difference between manual and automatic gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.paper.manual import Floats, manual_gradients
from microae.paper.published import layers_of
from microae.transforms import gradients

PAPER_ACTIVATIONS = ("leaky_relu", "sigmoid")


# Outputs up to 1 are rounded to 1e-16, and so is a − y. So any method gives the gradients of a network that
# reconstructs well to 1e-15 at best, and they can be compared to 1e-12 relative only down to this size.
SMALLEST = 1e-3


def relative_difference(manual: Floats, automatic: Floats, smallest: float = 0.0) -> float:
    """The largest difference of two arrays, relative to the largest magnitude in either.

    Parameters
    ----------
    manual, automatic : arrays of the same shape
    smallest : float
        A lower bound of the magnitude that the difference is divided by.

    Returns
    -------
    float
        0 for equal arrays; NaN if either has a NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.paper import relative_difference
    >>> relative_difference(np.array([1.0, 2.0]), np.array([1.0, 1.5]))
    0.25
    """
    scale = np.maximum(np.abs(manual), np.abs(automatic)).max(initial=smallest)
    difference = np.abs(manual - automatic).max(initial=0.0)
    return float(difference / scale) if difference else 0.0


def gradient_difference(net: Any, x: Any, activations: Sequence[str] = PAPER_ACTIVATIONS) -> float:
    """The largest :func:`relative_difference` between manual and automatic gradients of an autoencoder's parameters.

    Parameters
    ----------
    net : Autoencoder
        Its loss must be the binary cross-entropy of a sigmoid output.
    x : array_like
        One sample (in,) or a batch (N, in); it is the target too.
    activations : sequence of str
        One for each layer.

    Returns
    -------
    float
        Gradients smaller than 1e-3 are compared relative to 1e-3, because of rounding.

    Examples
    --------
    >>> from microae import paper
    >>> paper.gradient_difference(paper.network(), [1, 0, 1]) < 1e-12
    True
    """
    x = np.asarray(x, np.float64)
    weights, biases = layers_of(net)
    manual = manual_gradients(weights, biases, x, x, activations)
    automatic = gradients(net.loss(x), net.parameters())
    pairs = zip((g for pair in zip(*manual, strict=True) for g in pair), automatic, strict=True)
    return float(np.max([relative_difference(m, a, SMALLEST) for m, a in pairs]))
