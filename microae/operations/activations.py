"""Activation functions of neural networks.

At a kink each takes the derivative from the left, as the paper's LeakyReLU does with its ``x <= 0`` branch: ``relu``
0, ``leaky_relu`` its slope, ``elu`` and ``selu`` theirs; ``hard_tanh`` passes the gradient at ±1 as ``clip`` does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.core.operation import function, operation
from microae.operations import kernels
from microae.operations.arithmetic import clip
from microae.operations.elementwise import tanh
from microae.operations.kernels import select


@operation(symbol="ReLU", activation="ReLU", kinks=lambda x: x)
def relu(x: Array) -> Array:
    """``max(x, 0)``; the derivative at 0 is 0."""
    return np.maximum(x, 0.0)


relu.vjps = (lambda g, out, x: select(x > 0.0, g, 0.0),)


def _with(option: str, usual: float) -> dict[str, Any]:
    """Notations of a function and its derivative that say an option where it is not the usual one."""

    def written(name: str) -> Any:
        def text(operands: Any, parameters: Any) -> str | None:
            given = parameters.get(option, usual)
            return None if given == usual else f"{name}({{0}}, {f'{given:.3g}'.replace('-', '−')})"

        return text

    return {"notation": written("{symbol}"), "derivatives": (written("{symbol}′"),)}


leaky_relu = operation(
    symbol="LeakyReLU",
    activation="LeakyReLU",
    kinks=lambda x, negative_slope=0.01: () if negative_slope == 1.0 else x,
    **_with("negative_slope", 0.01),
    definition=kernels.leaky_relu_definition,
)(kernels.leaky_relu)
leaky_relu.vjps = (lambda g, out, x, negative_slope=0.01: g * kernels.leaky_slope(x, negative_slope),)


@operation(
    symbol="ELU",
    activation="ELU",
    kinks=lambda x, alpha=1.0: () if alpha == 1.0 else x,
    **_with("alpha", 1.0),
)
def elu(x: Array, alpha: float = 1.0) -> Array:
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


elu.vjps = (lambda g, out, x, alpha=1.0: select(x > 0, g, g * (alpha * np.exp(np.minimum(x, 0.0)))),)


@function(activation="SELU", kinks=lambda x: x)
def selu(x: Any) -> Any:
    """Self-normalising ELU (Klambauer et al. 2017, with their constants)."""
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


sigmoid = operation(symbol="σ", activation="Sigmoid", definition=kernels.sigmoid_definition)(kernels.sigmoid)
sigmoid.vjps = (lambda g, out, x: g * (out * (1.0 - out)),)


@function(activation="SiLU")
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, also called swish."""
    return x * sigmoid(x)


@operation(symbol="softplus", activation="Softplus", derivatives=("σ({0})",))
def softplus(x: Array) -> Array:
    """``log(1 + exp(x))`` without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.absolute(x)))


softplus.vjps = (lambda g, out, x: g * sigmoid(x),)


@function(activation="HardTanh", kinks=lambda x, min_val=-1.0, max_val=1.0: (x - min_val, x - max_val))
def hard_tanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """``x`` limited to ``[min_val, max_val]``."""
    return clip(x, min_val, max_val)


_erfc_elements = np.vectorize(math.erfc, otypes=[float])


@operation(symbol="erfc", derivatives=("−2 e^(−{0}²)/√π",))
def erfc(x: Array) -> Array:
    """The complementary error function, ``1 - erf(x)``."""
    return _erfc_elements(x).astype(x.dtype)


erfc.vjps = (lambda g, out, x: g * (-2.0 / math.sqrt(math.pi) * np.exp(-(x * x))),)


@function(activation="GELU")
def gelu(x: Any, approximate: str = "none") -> Any:
    """``x`` times the normal distribution function at ``x``; ``approximate="tanh"`` for the quicker formula.

    Source: Hendrycks and Gimpel (2016).
    """
    if approximate == "none":
        return 0.5 * x * erfc(x * -math.sqrt(0.5))
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return 0.5 * x * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * (x * x * x))))


@operation(symbol="softmax", activation="Softmax")
def softmax(x: Array, axis: int = -1) -> Array:
    """``exp(x) / sum(exp(x))`` along an axis, without overflow."""
    e = np.exp(x - np.max(x, axis, keepdims=True, initial=-np.inf))
    return e / np.add.reduce(e, axis, keepdims=True)


softmax.vjps = (lambda g, out, x, axis=-1: out * (g - np.sum(g * out, axis=axis, keepdims=True)),)


@operation(symbol="log softmax", activation="LogSoftmax")
def log_softmax(x: Array, axis: int = -1) -> Array:
    """The logarithm of ``softmax``, exact also where softmax underflows."""
    if not x.size:
        return x.copy()
    below = x - np.max(x, axis, keepdims=True)  # all at most 0, so that exp does not overflow
    return below - np.log(np.add.reduce(np.exp(below), axis, keepdims=True))


log_softmax.vjps = (lambda g, out, x, axis=-1: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),)
