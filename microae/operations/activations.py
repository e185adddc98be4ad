"""Activation functions of neural networks.

At a kink each takes the derivative from the left, as the paper's LeakyReLU does with its ``x <= 0`` branch: ``relu``
0, ``leaky_relu`` its slope, ``elu`` and ``selu`` theirs; ``hard_tanh`` passes the gradient at ±1 as ``clip`` does.
Of NaN ``relu`` and ``hard_tanh`` let the gradient through, ``leaky_relu`` has its slope.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.operations import kernels
from microae.operations.arithmetic import clip
from microae.operations.elementwise import tanh
from microae.operations.kernels import select
from microae.operations.kinks import touching
from microae.operations.registry import function, operation


@operation(symbol="ReLU", activation="ReLU", kinks=lambda x: x)
def relu(x: Array) -> Array:
    """The rectified linear unit ``max(x, 0)``, elementwise; the derivative at 0 is 0, that of ``maximum(x, 0)`` 1/2.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-1.0, 0.0, 2.0])
    >>> ma.relu(x), ma.gradients(ma.relu(x).sum(), [x])
    (Value([0., 0., 2.], operation=relu), [array([0., 0., 1.])])
    """
    return np.maximum(x, 0.0)


relu.vjps = (lambda g, out, x: touching(select(x <= 0.0, 0.0, g), g, lambda: x, out),)


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
leaky_relu.vjps = (
    lambda g, out, x, negative_slope=0.01: touching(g * kernels.leaky_slope(x, negative_slope), g, lambda: x, out),
)


@operation(
    symbol="ELU",
    activation="ELU",
    kinks=lambda x, alpha=1.0: () if alpha == 1.0 else x,
    **_with("alpha", 1.0),
)
def elu(x: Array, alpha: float = 1.0) -> Array:
    """The exponential linear unit: ``x`` where ``x > 0``, else ``alpha * (eˣ - 1)``, elementwise.

    Parameters
    ----------
    x : array_like or Value, any shape
    alpha : float
        Minus the value far to the left; also the derivative at 0.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Notes
    -----
    Source: Clevert, Unterthiner and Hochreiter (2016).

    Examples
    --------
    >>> import microae as ma
    >>> ma.elu(ma.Value([-1.0, 2.0]))
    Value([-0.632121,  2.      ], operation=elu)
    """
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _elu_vjp(g: Any, out: Any, x: Any, alpha: float = 1.0) -> Any:
    c = select(x > 0, g, g * (alpha * np.exp(np.minimum(x, 0.0))))
    return c if alpha == 1.0 else touching(c, g, lambda: x, out)


elu.vjps = (_elu_vjp,)


@function(activation="SELU", kinks=lambda x: x)
def selu(x: Any) -> Any:
    """The self-normalising ELU, elementwise; at 0 it takes the derivative from the left.

    Source: Klambauer et al. (2017), with their constants.

    Examples
    --------
    >>> import microae as ma
    >>> ma.selu(ma.Value([-1.0, 2.0]))
    Value([-1.111331,  2.101402], operation=multiply)
    """
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


sigmoid = operation(symbol="σ", activation="Sigmoid", definition=kernels.sigmoid_definition)(kernels.sigmoid)
sigmoid.vjps = (lambda g, out, x: g * (out * (1.0 - out)),)


@function(activation="SiLU")
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, elementwise; also called swish.

    Source: Elfwing, Uchibe and Doya (2018).

    Examples
    --------
    >>> import microae as ma
    >>> ma.silu(ma.Value([-1.0, 2.0]))
    Value([-0.268941,  1.761594], operation=multiply)
    """
    return x * sigmoid(x)


@operation(symbol="softplus", activation="Softplus", derivatives=("σ({0})",))
def softplus(x: Array) -> Array:
    """``ln(1 + eˣ)``, elementwise, without overflow; the derivative is the sigmoid.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([0.0, 2.0])
    >>> ma.softplus(x), ma.gradients(ma.softplus(x).sum(), [x])[0].round(6)
    (Value([0.693147, 2.126928], operation=softplus), array([0.5     , 0.880797]))
    """
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.absolute(x)))


softplus.vjps = (lambda g, out, x: g * sigmoid(x),)


@function(activation="HardTanh", kinks=lambda x, min_val=-1.0, max_val=1.0: (x - min_val, x - max_val))
def hard_tanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """``x`` limited to ``[min_val, max_val]``, elementwise.

    Parameters
    ----------
    x : array_like or Value, any shape
    min_val, max_val : float
        The bounds; at them the gradient passes, as in :func:`clip`.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-2.0, -1.0, 0.5])
    >>> ma.hard_tanh(x), ma.gradients(ma.hard_tanh(x).sum(), [x])
    (Value([-1. , -1. ,  0.5], operation=clip), [array([0., 1., 1.])])
    """
    return clip(x, min_val, max_val)


_erfc_elements = np.vectorize(math.erfc, otypes=[float])


@operation(symbol="erfc", derivatives=("−2 e^(−{0}²)/√π",))
def erfc(x: Array) -> Array:
    """The complementary error function ``1 - erf(x)``, elementwise.

    Examples
    --------
    >>> import microae as ma
    >>> ma.erfc(ma.Value([0.0, 1.0]))
    Value([1.      , 0.157299], operation=erfc)
    """
    return _erfc_elements(x).astype(x.dtype)


def _erfc_vjp(g: Any, out: Any, x: Any) -> Any:
    x = np.clip(x, -40.0, 40.0)  # beyond this it is 0, and so are the derivatives, in which x² may overflow
    return g * (-2.0 / math.sqrt(math.pi) * np.exp(-(x * x)))


erfc.vjps = (_erfc_vjp,)


@function(activation="GELU")
def gelu(x: Any, approximate: str = "none") -> Any:
    """``x Φ(x)`` with Φ the standard normal distribution function, elementwise.

    Parameters
    ----------
    x : array_like or Value, any shape
    approximate : "none" or "tanh"
        "tanh" takes ``x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2``, which is quicker.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Raises
    ------
    ValueError
        For another ``approximate``.

    Notes
    -----
    Source: Hendrycks and Gimpel (2016).

    Examples
    --------
    >>> import microae as ma
    >>> ma.gelu(ma.Value([-1.0, 2.0])), ma.gelu(ma.Value([-1.0, 2.0]), approximate="tanh")
    (Value([-0.158655,  1.9545  ], operation=multiply), Value([-0.158808,  1.954598], operation=multiply))
    """
    if approximate == "none":
        return 0.5 * x * erfc(x * -math.sqrt(0.5))
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return 0.5 * x * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * (x * x * x))))


@operation(symbol="softmax", activation="Softmax")
def softmax(x: Array, axis: int = -1) -> Array:
    """``exp(x) / sum(exp(x))`` along an axis, without overflow: probabilities from logits.

    Parameters
    ----------
    x : array_like or Value, any shape
    axis : int
        Along which the results sum to 1.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.softmax(ma.Value([0.0, 1.0, 1000.0]))
    Value([0., 0., 1.], operation=softmax)
    """
    with np.errstate(over="ignore"):  # a difference of -inf is as good as one of -1e308
        e = np.exp(x - np.max(x, axis, keepdims=True, initial=-np.inf))
    return e / np.add.reduce(e, axis, keepdims=True)


softmax.vjps = (lambda g, out, x, axis=-1: out * (g - np.sum(g * out, axis=axis, keepdims=True)),)


@operation(symbol="log softmax", activation="LogSoftmax")
def log_softmax(x: Array, axis: int = -1) -> Array:
    """The logarithm of :func:`softmax`, exact also where softmax underflows.

    Parameters
    ----------
    x : array_like or Value, any shape
    axis : int
        Along which the exponentials of the results sum to 1.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([0.0, 1000.0])
    >>> ma.log_softmax(x), ma.gradients(ma.log_softmax(x)[0], [x])
    (Value([-1000.,     0.], operation=log_softmax), [array([ 1., -1.])])
    """
    if not x.size:
        return x.copy()
    with np.errstate(over="ignore"):
        shifted = x - np.max(x, axis, keepdims=True)  # all at most 0, so that exp does not overflow
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis, keepdims=True))


log_softmax.vjps = (lambda g, out, x, axis=-1: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),)
