"""Kernels: a quicker way for NumPy beside the plain formula that it computes.

Elsewhere a forward function or a rule is the formula. Here stand those that gain a training step at least a twentieth,
and the few lines that keep graphs of scalars quick. Only here is a type or a size asked for. Each function has beside
it its ``definition``, which is branch-free; a property test holds both equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import divide, errstate, exp, float64, fmax, logaddexp, maximum, ndarray, sign, subtract

from microae.core.arrays import FLOAT32, FLOAT64, Traced

DEFINITIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""The plain formula of each kernel."""

# The C library gives large blocks back to the system when they are freed and gets them again, page by page, in the next
# training step: up to a third of its time. Freeing one block of 16 MB raises glibc's limit for that, see mallopt(3).
np.empty(1 << 24, np.uint8)


def kernel(definition: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say which plain formula the decorated function computes."""

    def register(quick: Callable[..., Any]) -> Callable[..., Any]:
        DEFINITIONS[quick] = definition
        return quick

    return register


# --- choosing, in rules of scalars -------------------------------------------------------------------------------


@kernel(np.where)
def select(condition: Any, x: Any, y: Any) -> Any:
    """``np.where`` for rules; at once where the condition is one truth value, as in graphs of scalars."""
    if type(condition) is np.bool_:
        return x if condition else y
    return np.where(condition, x, y)


# --- products, and results in memory that is there ---------------------------------------------------------------


@kernel(np.matmul)
def product(x: Any, y: Any) -> Any:
    """The matrix product ``x @ y`` of vectors, matrices, or batches of matrices.

    Parameters
    ----------
    x, y : array_like or Value
        Shapes (..., n, k) and (..., k, m), or (k,) for a vector on either side; leading axes are broadcast.

    Returns
    -------
    Value
        Of shape (..., n, m), without the axis of a vector; a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> x, W = ma.Value([1.0, 2.0]), ma.Value([[1.0, 0.0], [3.0, 1.0]])
    >>> ma.matmul(x, W), ma.gradients(ma.matmul(x, W).sum(), [x])
    (Value([7., 2.], operation=matmul), [array([1., 4.])])
    """
    # NumPy's older method has less to ask of vectors and matrices.
    return x.dot(y) if type(x) is type(y) is ndarray and x.ndim in (1, 2) and y.ndim in (1, 2) else x @ y


def affine_definition(x: Any, W: Any, b: Any) -> Any:
    return x @ W + b


@kernel(affine_definition)
def affine(x: Any, W: Any, b: Any) -> Any:
    """The affine map ``x @ W + b``, of a vector or a batch.

    Parameters
    ----------
    x : array_like or Value
        Shape (..., n).
    W : array_like or Value
        Shape (n, m).
    b : array_like or Value
        Shape (m,).

    Returns
    -------
    Value
        Of shape (..., m); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linear([1.0, 2.0], ma.Value([[1.0, 0.0], [3.0, 1.0]]), ma.Value([0.5, 0.5]))
    Value([7.5, 2.5], operation=linear)
    """
    out = product(x, W)
    if type(out) is not ndarray or out.dtype is not b.dtype or b.ndim != 1:
        return out + b
    out += b  # in the memory of the product
    return out


@kernel(np.multiply)
def scaled(x: Any, g: Any) -> Any:
    """``x * g`` in the memory of ``x``, which nobody needs afterwards."""
    if type(x) is ndarray and (type(g) is ndarray or type(g) is float64):  # so the product has the shape of x
        x *= np.asarray(g)  # NumPy takes an array quicker than a number
        return x
    return x * g


def descended_definition(p: Any, lr: Any, g: Any) -> Any:
    return p - lr * g


@kernel(descended_definition)
def descended(p: Any, lr: Any, g: Any) -> Any:
    """``p - lr * g``, the difference in the memory of the product."""
    if type(p) is not ndarray:
        return p - lr * g
    by = lr * g
    return subtract(p, by, by)


# --- sigmoid -----------------------------------------------------------------------------------------------------


def sigmoid_definition(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


_ONE = {FLOAT64: np.array(1.0), FLOAT32: np.array(1.0, np.float32)}
"""As arrays, which NumPy takes quicker than Python numbers."""

_exp_that_overflows = errstate(over="ignore")(exp)  # 1 / (1 + inf) is 0 as it should be


@kernel(sigmoid_definition)
def sigmoid(x: Any) -> Any:
    """The logistic function ``1 / (1 + e⁻ˣ)``, the paper's σ, elementwise; never overflows.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([0.0, 2.0])
    >>> ma.sigmoid(x), ma.gradients(ma.sigmoid(x).sum(), [x])[0].round(6)
    (Value([0.5     , 0.880797], operation=sigmoid), array([0.25    , 0.104994]))
    """
    if isinstance(x, Traced):
        return sigmoid_definition(x)
    one = _ONE[x.dtype]
    if type(x) is not ndarray:
        return one / (one + _exp_that_overflows(-x))
    out = -x  # and all that follows in its memory: for large arrays memory costs more than arithmetic
    _exp_that_overflows(out, out)
    out += one
    return divide(one, out, out)


# --- leaky relu --------------------------------------------------------------------------------------------------


def leaky_relu_definition(x: Any, negative_slope: float = 0.01) -> Any:
    return np.where(x > 0.0, x, negative_slope * x)


@kernel(leaky_relu_definition)
def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """``x`` where ``x > 0``, else ``negative_slope * x``, elementwise: the paper's Leaky ReLU.

    Parameters
    ----------
    x : array_like or Value, any shape
    negative_slope : float
        The paper's α; also the derivative at 0.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-1.0, 0.0, 2.0])
    >>> ma.leaky_relu(x), ma.gradients(ma.leaky_relu(x).sum(), [x])
    (Value([-0.01,  0.  ,  2.  ], operation=leaky_relu), [array([0.01, 0.01, 1.  ])])
    """
    less = negative_slope * x
    if type(x) is ndarray and 0 < negative_slope <= 1:
        return maximum(x, less, out=less)
    return select(x > 0.0, x, less)


def leaky_slope_definition(x: Any, negative_slope: float) -> Any:
    return np.where(x > 0.0, x.dtype.type(1.0), x.dtype.type(negative_slope))


@kernel(leaky_slope_definition)
def leaky_slope(x: Any, negative_slope: float) -> Any:
    """1 where ``x > 0``, else ``negative_slope``."""
    if type(x) is not ndarray or not 0 <= negative_slope <= 1:
        return select(x > 0.0, x.dtype.type(1.0), x.dtype.type(negative_slope))
    slope = sign(x)
    return fmax(slope, negative_slope, out=slope)  # not NaN where x is


# --- binary cross-entropy of a sigmoid ---------------------------------------------------------------------------


def logistic_losses_definition(z: Any, y: Any) -> Any:
    """``softplus(z) - y z``, but with small losses exact too, and 0 where an infinite ``z`` is right."""
    missed = np.where(z > 0.0, 1.0 - y, y)
    return missed * np.where(missed == 0.0, 0.0, np.abs(z)) + np.log1p(np.exp(-np.abs(z)))


@kernel(logistic_losses_definition)
def logistic_losses(z: Any, y: Any) -> Any:
    """One call for a few elements, its parts for many: they are vectorised, and work in memory of their own."""
    if isinstance(z, Traced) or isinstance(y, Traced) or not _are_finite(z):
        return logistic_losses_definition(z, y)
    taken = y * z
    left = (_ONE[y.dtype] - y) * z
    if z.size <= 64:
        return logaddexp(left, -taken)
    np.maximum(left, np.negative(taken, taken), out=left)
    tail = np.absolute(z, taken)
    np.exp(np.negative(tail, tail), tail)
    left += np.log1p(tail, tail)
    return left


def _are_finite(x: Any) -> bool:
    if x.size <= 64:
        return all(map(math.isfinite, x.ravel().tolist()))
    return math.isfinite(x.item(x.argmax())) and math.isfinite(x.item(x.argmin()))  # both find a NaN


def total_definition(loss: Any) -> Any:
    return np.add.reduce(loss, None)


@kernel(total_definition)
def total(loss: Any) -> Any:
    """The sum of all elements; of a few in Python, which is quicker, and exactly rounded."""
    if loss.size > 64 or isinstance(loss, Traced):
        return total_definition(loss)
    try:
        return loss.dtype.type(math.fsum(loss.ravel().tolist()))
    except (OverflowError, ValueError):  # ValueError: of infinities of both signs
        return np.add.reduce(loss, None)


def others_definition(x: Any) -> Any:
    one = np.ones((*np.shape(x)[:-1], 1), x.dtype)
    before = np.cumprod(np.concatenate([one, x], -1), -1)[..., :-1]
    after = np.flip(np.cumprod(np.flip(np.concatenate([x, one], -1), -1), -1), -1)[..., 1:]
    return before * after


@kernel(others_definition)
def others(x: Any) -> Any:
    """For each element of a vector the product of all others, with no division, which 0 forbids.

    Powers of 2 are taken out, so that nothing overflows or underflows on the way, of up to a thousand elements.
    """
    if isinstance(x, Traced):
        return others_definition(x)
    fraction, exponent = np.frexp(x.astype(float64))  # the fraction is in [1/2, 1), or 0, infinite or NaN
    products = np.ldexp(others_definition(fraction), np.sum(exponent, -1, keepdims=True) - exponent)
    return products.astype(x.dtype)


def leave_room(vectors: Any) -> bool:
    """Whether each of some vectors may become a matrix, for products that no partial product spoils."""
    return not isinstance(vectors, Traced) and np.size(vectors) * np.shape(vectors)[-1] <= 1 << 19


# --- is it so ---------------------------------------------------------------------------------------------------


@kernel(np.all)
def holds(condition: Any) -> bool:
    """Whether a condition on numbers holds; a program that is traced then holds for numbers of which it does."""
    return bool(condition.required(condition) if isinstance(condition, Traced) else np.all(condition))


# --- is it a fraction --------------------------------------------------------------------------------------------


def are_fractions_definition(x: Any) -> Any:
    return np.all((x >= 0.0) & (x <= 1.0))


@kernel(are_fractions_definition)
def are_fractions(x: Any) -> bool:
    """Whether all numbers lie in [0, 1]."""
    if isinstance(x, Traced):
        return bool(x.required(are_fractions_definition(x)))
    if x.size <= 64:
        return all([0.0 <= number <= 1.0 for number in x.ravel().tolist()])  # noqa: C419 (a list is quicker)
    return bool(x.min() >= 0.0 and x.max() <= 1.0)
