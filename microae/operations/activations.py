"""Activation functions of neural networks.

Forwards that need several passes work in their own buffer: for large arrays, memory costs more than arithmetic.

At a kink each takes the derivative from the left, as the paper's LeakyReLU does with its ``x <= 0`` branch: ``relu``
0, ``leaky_relu`` its slope, ``elu`` and ``selu`` theirs; ``hard_tanh`` passes the gradient at ±1 as ``clip`` does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import divide, errstate, exp, fmax, maximum, minimum, ndarray, sign  # by name: these rows are hot

from microae.core.arrays import FLOAT32, FLOAT64, Array
from microae.core.operation import function, operation
from microae.operations.arithmetic import clip, larger, select, smaller
from microae.operations.elementwise import tanh

# 1, and where exp would overflow; as arrays, which NumPy takes quicker than Python numbers.
_ONE_AND_LIMIT = {
    FLOAT64: (np.array(1.0), np.array(709.0)),
    FLOAT32: (np.array(1.0, np.float32), np.array(88.0, np.float32)),
}


@operation(symbol="ReLU")
def relu(x: Array) -> Array:
    """``max(x, 0)``; the derivative at 0 is 0."""
    return larger(x, 0.0)


relu.vjps = (lambda g, out, x: select(x > 0.0, g, 0.0),)


@operation(symbol="LeakyReLU")
def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    """``x`` where ``x > 0``, else ``negative_slope * x`` (the paper's Leaky ReLU, its α); at 0 the slope is α."""
    less = negative_slope * x
    if not 0 <= negative_slope <= 1:
        return select(x > 0, x, less)
    return maximum(x, less, out=less) if type(x) is ndarray else larger(x, less)


def _leaky_relu_vjp(g: Any, out: Any, x: Any, negative_slope: float = 0.01) -> Any:
    if 0 <= negative_slope <= 1:
        return g * _one_or(x, negative_slope)
    return select(x > 0.0, g, negative_slope * g)


def _one_or(x: Any, slope: float) -> Any:
    """1 where ``x > 0``, else ``slope``: computed, for choosing one by one is slow."""
    if not x.ndim:
        return select(x > 0.0, 1.0, slope)
    if x.size <= 2048:  # fewer calls; for more elements these two are the slower ones
        result = sign(x)
        return fmax(result, slope, out=result)
    result = (x > 0.0).astype(x.dtype)
    least = np.array(slope, x.dtype)  # rounded first, so that both add up to 1 exactly
    result *= np.asarray(1 - least)
    result += least
    return result


leaky_relu.vjps = (_leaky_relu_vjp,)


@operation(symbol="ELU")
def elu(x: Array, alpha: float = 1.0) -> Array:
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


elu.vjps = (lambda g, out, x, alpha=1.0: select(x > 0, g, g * (alpha * np.exp(np.minimum(x, 0.0)))),)


@function()
def selu(x: Any) -> Any:
    """Self-normalising ELU (Klambauer et al. 2017, with their constants)."""
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


_exp_that_overflows = errstate(over="ignore")(exp)


@operation(symbol="σ")
def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))``, the paper's σ; never overflows."""
    one, limit = _ONE_AND_LIMIT[x.dtype]
    if type(x) is not ndarray:
        return 1.0 / (1.0 + exp(smaller(-x, limit[()])))
    out = -x
    if out.size <= 64:
        minimum(out, limit, out=out)
        exp(out, out)
    else:  # for many, no pass over them only to look: 1 / (1 + inf) is 0 as it should be
        _exp_that_overflows(out, out)
    out += one
    return divide(one, out, out)


sigmoid.vjps = (lambda g, out, x: g * (out * (1.0 - out)),)


@function()
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, also called swish."""
    return x * sigmoid(x)


@operation(symbol="softplus")
def softplus(x: Array) -> Array:
    """``log(1 + exp(x))`` without overflow."""
    if x.size <= 64:  # one call for a few elements, the vectorised parts for many
        return np.logaddexp(0.0, x)
    tail = np.absolute(x)
    np.negative(tail, tail)
    np.exp(tail, tail)
    out = x.clip(0.0, np.inf)  # for many, quicker than np.maximum
    out += np.log1p(tail, tail)
    return out


softplus.vjps = (lambda g, out, x: g * sigmoid(x),)


@function()
def hard_tanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """``x`` limited to ``[min_val, max_val]``."""
    return clip(x, min_val, max_val)


_erfc_elements = np.vectorize(math.erfc, otypes=[float])


@operation(symbol="erfc")
def erfc(x: Array) -> Array:
    """The complementary error function, ``1 - erf(x)``."""
    return _erfc_elements(x).astype(x.dtype)


erfc.vjps = (lambda g, out, x: g * (-2.0 / math.sqrt(math.pi) * np.exp(-(x * x))),)


@function()
def gelu(x: Any, approximate: str = "none") -> Any:
    """``x`` times the normal distribution function at ``x``; ``approximate="tanh"`` for the quicker formula.

    Source: Hendrycks and Gimpel (2016).
    """
    if approximate == "none":
        return 0.5 * x * erfc(x * -math.sqrt(0.5))
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return 0.5 * x * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * (x * x * x))))


@operation(symbol="softmax")
def softmax(x: Array, axis: int = -1) -> Array:
    """``exp(x) / sum(exp(x))`` along an axis, without overflow."""
    e = np.exp(x - np.max(x, axis, keepdims=True, initial=-np.inf))
    return e / np.add.reduce(e, axis, keepdims=True)


softmax.vjps = (lambda g, out, x, axis=-1: out * (g - np.sum(g * out, axis=axis, keepdims=True)),)


@operation(symbol="log softmax")
def log_softmax(x: Array, axis: int = -1) -> Array:
    """The logarithm of ``softmax``, exact also where softmax underflows."""
    if not x.size:
        return x.copy()
    away = x - np.max(x, axis, keepdims=True)
    return away - np.log(np.add.reduce(np.exp(away), axis, keepdims=True))


log_softmax.vjps = (lambda g, out, x, axis=-1: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),)
