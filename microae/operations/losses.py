"""Loss rows that are fused for exactness and speed; ``microae.nn.losses`` is their public face.

``reduction`` is "mean", "sum" or "none".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.operations import kernels
from microae.operations.kernels import scaled, select
from microae.operations.registry import operation


def _reduced(loss: Any, reduction: str) -> Any:
    if reduction == "none":
        return loss
    total = kernels.total(loss)
    return total / loss.size if reduction == "mean" else total


def _each(g: Any, like: Any, reduction: str) -> Any:
    """The gradient that arrives at each element of the loss."""
    return g / like.size if reduction == "mean" else g


def _shared(of_one: str, of_mean: str) -> Callable[..., str]:
    """The notation of a derivative, and that of a mean, where ``#`` is how many elements it is taken over."""

    def text(operands: Any, parameters: Any) -> str:
        n = parameters.get("elements", 1) if parameters.get("reduction", "mean") == "mean" else 1
        return of_one if n == 1 else of_mean.replace("#", str(n))

    return text


def _loss(template: str) -> Callable[..., str]:
    """The notation of a mean, or of a loss of one element; a sum is named."""

    def text(operands: Any, parameters: Any) -> str:
        reduction = parameters.get("reduction", "mean")
        return f"{{symbol}}({template}, sum)" if reduction == "sum" else f"{{symbol}}({template})"

    return text


@operation(
    symbol="MSE",
    method=False,
    notation=_loss("{0}, {1}"),
    derivatives=(_shared("2({0} − {1})", "2({0} − {1})/#"), _shared("2({1} − {0})", "2({1} − {0})/#")),
)
def mean_squared_error(prediction: Array, target: Array, reduction: str = "mean") -> Array:
    """Squared differences of two arrays of one shape."""
    difference = prediction - target
    return _reduced(difference * difference, reduction)


mean_squared_error.vjps = (
    lambda g, out, prediction, target, reduction="mean": scaled(
        prediction - target, _each(2.0 * g, prediction, reduction)
    ),
    lambda g, out, prediction, target, reduction="mean": scaled(
        target - prediction, _each(2.0 * g, prediction, reduction)
    ),
)


@operation(
    symbol="BCE",
    method=False,
    notation=_loss("{0}, {1}"),
    derivatives=(
        _shared("(1 − {1})/(1 − {0}) − {1}/{0}", "((1 − {1})/(1 − {0}) − {1}/{0})/#"),
        _shared("ln(1 − {0}) − ln {0}", "(ln(1 − {0}) − ln {0})/#"),
    ),
)
def binary_cross_entropy(prediction: Array, target: Array, reduction: str = "mean") -> Array:
    """``-y ln p - (1 - y) ln(1 - p)`` with ``0 ln 0 = 0``."""
    p, y = prediction, target
    with np.errstate(divide="ignore", invalid="ignore"):
        of_one = np.where(y == 0, 0.0, y * np.log(p))
        of_zero = np.where(y == 1, 0.0, (1.0 - y) * np.log1p(-p))
    return _reduced(-(of_one + of_zero), reduction)


def _bce_vjp_prediction(g: Any, out: Any, prediction: Any, target: Any, reduction: str = "mean") -> Any:
    # Not (p - y) / (p (1 - p)): computed apart, each term stays finite where the target makes it vanish.
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


def _sigmoid_cross_entropy_definition(z: Any, p: Any, target: Any, reduction: str = "mean") -> Any:
    return _reduced(kernels.logistic_losses_definition(z, target), reduction)


@operation(
    symbol="BCE",
    name="sigmoid_cross_entropy",
    public=False,
    method=False,
    notation=_loss("{1}, {2}"),
    derivatives=(_shared("{1} − {2}", "({1} − {2})/#"), "", _shared("−{0}", "−{0}/#")),
    definition=_sigmoid_cross_entropy_definition,
)
def _sigmoid_cross_entropy(z: Array, p: Array, target: Array, reduction: str = "mean") -> Array:
    """Binary cross-entropy of ``p = sigmoid(z)``, computed from ``z``: finite and exact for any ``z``."""
    return _reduced(kernels.logistic_losses(z, target), reduction)


# p is a function of z, so all of the gradient goes to z. That p is an input saves computing it again, and higher
# derivatives flow through it.
_sigmoid_cross_entropy.vjps = (
    lambda g, out, z, p, target, reduction="mean": scaled(p - target, _each(g, z, reduction)),
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
