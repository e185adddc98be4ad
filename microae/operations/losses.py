"""Loss rows that are fused for exactness and speed; ``microae.nn.losses`` is their public face.

``reduction`` is "mean", "sum" or "none".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import absolute, asarray, exp, float64, log1p, logaddexp, maximum, ndarray, negative  # by name: quicker

from microae.core.arrays import Array
from microae.core.operation import operation
from microae.core.value import Value
from microae.operations.arithmetic import select


def _reduced(loss: Any, reduction: str) -> Any:
    if reduction == "none":
        return loss
    total = _total(loss)
    return total / loss.size if reduction == "mean" else total


def _total(loss: Any) -> Any:
    if loss.size > 64:
        return np.add.reduce(loss, None)
    try:  # quicker than NumPy's sum for a few elements, and exactly rounded
        return loss.dtype.type(math.fsum(loss.ravel().tolist()))
    except OverflowError:
        return np.add.reduce(loss, None)


def _each(g: Any, like: Any, reduction: str) -> Any:
    """The gradient that arrives at each element of the loss."""
    if reduction == "mean":
        g = g / like.size
    return asarray(g) if type(g) is float64 else g  # NumPy takes an array quicker than a scalar


def _times(each: Any, g: Any, reduction: str) -> Any:
    """``each`` element's own derivative times the gradient that arrives there, in the memory of ``each``."""
    g = _each(g, each, reduction)
    if type(each) is not ndarray or isinstance(g, Value):
        return g * each
    each *= g
    return each


@operation(symbol="MSE")
def mean_squared_error(prediction: Array, target: Array, reduction: str = "mean") -> Array:
    """Squared differences of two arrays of one shape."""
    away = prediction - target
    return _reduced(away * away, reduction)


mean_squared_error.vjps = (
    lambda g, out, prediction, target, reduction="mean": _times(prediction - target, 2.0 * g, reduction),
    lambda g, out, prediction, target, reduction="mean": _times(target - prediction, 2.0 * g, reduction),
)


@operation(symbol="BCE")
def binary_cross_entropy(prediction: Array, target: Array, reduction: str = "mean") -> Array:
    """``-y ln p - (1 - y) ln(1 - p)`` with ``0 ln 0 = 0``."""
    p, y = prediction, target
    with np.errstate(divide="ignore", invalid="ignore"):
        of_one = np.where(y == 0, 0.0, y * np.log(p))
        of_zero = np.where(y == 1, 0.0, (1.0 - y) * np.log1p(-p))
    return _reduced(-(of_one + of_zero), reduction)


def _bce_vjp_prediction(g: Any, out: Any, prediction: Any, target: Any, reduction: str = "mean") -> Any:
    # Not (p - y) / (p (1 - p)): the two terms apart stay finite where their target makes them vanish.
    p, y = prediction, target
    of_one = select(y == 0, 0.0, y / select(y == 0, 1.0, p))
    of_zero = select(y == 1, 0.0, (1.0 - y) / select(y == 1, 1.0, 1.0 - p))
    return _each(g, p, reduction) * (of_zero - of_one)


binary_cross_entropy.vjps = (
    _bce_vjp_prediction,
    lambda g, out, prediction, target, reduction="mean": (
        _each(g, prediction, reduction) * (np.log1p(-prediction) - np.log(prediction))
    ),
)


@operation(symbol="BCE", name="sigmoid_cross_entropy")
def _sigmoid_cross_entropy(z: Array, p: Array, target: Array, reduction: str = "mean") -> Array:
    """Binary cross-entropy of ``p = sigmoid(z)``, computed from ``z``: finite and exact for any ``z``."""
    return _reduced(_logistic_losses(z, target), reduction)


def _logistic_losses(z: Any, y: Any) -> Any:
    """``softplus(z) - y z``, but with small losses exact too: nothing large is subtracted from its like."""
    taken = y * z
    left = z - taken
    if z.size <= 64:  # one call for a few elements, its parts for many: they are vectorised
        return logaddexp(left, -taken)
    maximum(left, negative(taken, taken), out=left)
    tail = absolute(z, taken)
    negative(tail, tail)
    exp(tail, tail)
    left += log1p(tail, tail)
    return left


# p carries nothing of its own, it is z's sigmoid: all of the gradient goes to z. That p stands in the rule saves
# computing it again, and lets higher derivatives find their way through it.
_sigmoid_cross_entropy.vjps = (
    lambda g, out, z, p, target, reduction="mean": _times(p - target, g, reduction),
    None,
    lambda g, out, z, p, target, reduction="mean": -_each(g, z, reduction) * z,
)
_sigmoid_cross_entropy.shared_input_vjps = (
    1,
    (
        None,
        lambda g, out, z, p, target, reduction="mean": _bce_vjp_prediction(g, out, p, target, reduction),
        _sigmoid_cross_entropy.vjps[2],
    ),
)
