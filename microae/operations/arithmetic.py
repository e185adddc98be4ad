"""Arithmetic: the operations behind ``+ - * / **`` and their relatives.

Conventions where a derivative has a choice: ``absolute`` has 0 at 0; ``maximum`` and ``minimum`` share a tie equally;
``clip`` lets the gradient through at its bounds; ``hypot`` has 0 at the origin; ``power`` by its exponent is 0 at a
base of 0 and NaN (it does not exist) at a negative base. With them functions whose kinks make up for each other have
their derivatives, as ``max(x, 0) + ln(1 + e^−|x|)``; with ``relu``, which has 0 at 0, that one would not.
:mod:`microae.operations.kinks` says what second derivatives are there.
Of NaN ``maximum``, ``minimum`` (to both operands) and ``clip`` let the gradient through, as PyTorch's do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.operations.kernels import select
from microae.operations.kinks import (
    at_kink,
    by_leading,
    by_length,
    by_size,
    touching,
    where_leading,
    where_recorded,
    zero_only_here,
)
from microae.operations.registry import function, operation


@operation(np.add, symbol="+", derivatives=("1",))
def add(x: Array, y: Array) -> Array:
    """Elementwise sum, ``x + y``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.add(ma.Value([1.0, 2.0]), 10.0)
    Value([11., 12.], operation=add)
    """
    return x + y


add.vjps = (
    lambda g, out, x, y: g,
    lambda g, out, x, y: g,
)


@operation(np.subtract, symbol="−", derivatives=("1", "−1"))
def subtract(x: Array, y: Array) -> Array:
    """Elementwise difference, ``x - y``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.subtract(ma.Value([1.0, 2.0]), 10.0)
    Value([-9., -8.], operation=subtract)
    """
    return x - y


subtract.vjps = (
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
)


@operation(np.multiply, symbol="×", derivatives=("{1}", "{0}"))
def multiply(x: Array, y: Array) -> Array:
    """Elementwise product, ``x * y``; the derivative by each factor is the other.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value(2.0), ma.Value(3.0)
    >>> ma.multiply(x, y), ma.gradients(ma.multiply(x, y), [x, y])
    (Value(6., operation=multiply), [3.0, 2.0])
    """
    return x * y


multiply.vjps = (
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
)


@operation(np.divide, symbol="÷", derivatives=("1/{1}", "−{out}/{1}"))
def divide(x: Array, y: Array) -> Array:
    """Elementwise quotient, ``x / y``.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value(6.0), ma.Value(2.0)
    >>> ma.divide(x, y), ma.gradients(ma.divide(x, y), [x, y])
    (Value(3., operation=divide), [0.5, -1.5])
    """
    return x / y


divide.vjps = (
    lambda g, out, x, y: g / y,
    lambda g, out, x, y: -g * out / y,
)


@operation(np.negative, symbol="−", derivatives=("−1",))
def negative(x: Array) -> Array:
    """Elementwise ``-x``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.negative(ma.Value([1.0, -2.0]))
    Value([-1.,  2.], operation=negative)
    """
    return -x


negative.vjps = (lambda g, out, x: -g,)


@operation(np.positive, symbol="+", derivatives=("1",))
def positive(x: Array) -> Array:
    """Elementwise ``+x``: the same numbers in a new node.

    Examples
    --------
    >>> import microae as ma
    >>> ma.positive(ma.Value([1.0, -2.0]))
    Value([ 1., -2.], operation=positive)
    """
    return +x


positive.vjps = (lambda g, out, x: g,)


# --- powers, roots, the absolute value ----------------------------------------------------------------------------


_RAISED = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _power_notation(operands: Sequence[str], parameters: Any) -> str | None:
    """``x³`` for a whole exponent."""
    exponent = operands[1]
    return "{0}" + exponent.translate(_RAISED) if exponent.removeprefix("−").isdecimal() else None


def _power_slope(operands: Sequence[str], parameters: Any) -> str:
    """``2x``, ``3x²``, ``n · x^(n − 1)``."""
    exponent = operands[1]
    if not exponent.isdecimal():
        return "{1} · {0}^({1} − 1)"
    n = int(exponent)
    return str(n) if n < 2 else f"{n}{{0}}" + (str(n - 1).translate(_RAISED) if n > 2 else "")


@operation(np.power, symbol="^", notation=_power_notation, derivatives=(_power_slope, "{out} ln {0}"))
def power(x: Array, y: Array) -> Array:
    """Elementwise ``x ** y``; NaN for a negative base with a fractional exponent, as in NumPy.

    The derivative by the exponent is 0 at a base of 0 and NaN at a negative base. The second by base and exponent is
    infinite at a base of 0 with an exponent of at most 1; it is refused.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-2.0, 3.0])
    >>> ma.power(x, 2.0), ma.gradients(ma.power(x, 2.0).sum(), [x])
    (Value([4., 9.], operation=power), [array([-4.,  6.])])
    """
    return x**y


def _at_base_0(c: Any, x: Any, y: Any) -> Any:
    """``c``, of a rule of ``x ** y``, not to be differentiated where its derivative by both is infinite."""
    where = where_recorded(lambda: np.logical_and(x == 0, y <= 1), x, y)
    if where is False:
        return c
    return zero_only_here(
        c, where, why="x ** y has no second derivative by x and y where x is 0 and y at most 1: it is infinite there"
    )


def _power_by_base(g: Any, out: Any, x: Any, y: Any) -> Any:
    y = _at_base_0(y, x, y)  # by x it may be differentiated again, as that of x ** 3
    small = where_recorded(lambda: (np.absolute(x) < 1e-12) & (x != 0) & (np.absolute(y) < 1.0), x, y)
    if small is False:
        return g * (y * x ** select((x == 0) & (y == 0), 1.0, y - 1.0))
    # in the next derivative x ** (y - 2) may overflow where y makes the product small
    by_quotient = y * (out / select(small, x, 1.0))
    x = select(small, 1.0, x)
    return g * select(small, by_quotient, y * x ** select((x == 0) & (y == 0), 1.0, y - 1.0))


power.vjps = (
    _power_by_base,
    lambda g, out, x, y: _at_base_0(g * select(x == 0, 0.0, out * np.log(select(x == 0, 1.0, x))), x, y),
)


@operation(np.square, symbol="²", derivatives=("2{0}",))
def square(x: Array) -> Array:
    """Elementwise ``x * x``.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-2.0, 3.0])
    >>> ma.square(x), ma.gradients(ma.square(x).sum(), [x])
    (Value([4., 9.], operation=square), [array([-4.,  6.])])
    """
    return x * x


square.vjps = (lambda g, out, x: 2.0 * g * x,)


@operation(np.sqrt, symbol="√", derivatives=("1/(2{out})",))
def sqrt(x: Array) -> Array:
    """Elementwise square root; the derivative at 0 is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([4.0, 9.0])
    >>> ma.sqrt(x), ma.gradients(ma.sqrt(x).sum(), [x])
    (Value([2., 3.], operation=sqrt), [array([0.25      , 0.16666667])])
    """
    return np.sqrt(x)


sqrt.vjps = (lambda g, out, x: 0.5 * g / out,)


@operation(np.cbrt, symbol="∛", derivatives=("1/(3{out}²)",))
def cbrt(x: Array) -> Array:
    """Elementwise cube root; the derivative at 0 is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.cbrt(ma.Value([-8.0, 27.0]))
    Value([-2.,  3.], operation=cbrt)
    """
    return np.cbrt(x)


cbrt.vjps = (lambda g, out, x: g / (3.0 * out * out),)


@operation(np.reciprocal, symbol="1/", derivatives=("−{out}²",))
def reciprocal(x: Array) -> Array:
    """Elementwise ``1 / x``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.reciprocal(ma.Value([4.0, -0.5]))
    Value([ 0.25, -2.  ], operation=reciprocal)
    """
    return 1.0 / x


reciprocal.vjps = (lambda g, out, x: -g * out * out,)


@operation(np.absolute, np.fabs, symbol="|·|", kinks=lambda x: x, derivatives=("sign({0})",))
def absolute(x: Array) -> Array:
    """Elementwise absolute value; the derivative at 0 is 0.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-2.0, 0.0, 3.0])
    >>> ma.gradients(ma.absolute(x).sum(), [x])
    [array([-1.,  0.,  1.])]
    """
    return np.absolute(x)


absolute.vjps = (lambda g, out, x: by_size(g, x, out),)


@operation(
    np.maximum,
    symbol="max",
    kinks=lambda x, y: x - y,
    derivatives=("(1 + sign({0} − {1}))/2", "(1 − sign({0} − {1}))/2"),
)
def maximum(x: Array, y: Array) -> Array:
    """The larger of two, elementwise; at a tie both share the gradient equally.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value([1.0, 2.0, 3.0]), ma.Value([2.0, 2.0, 2.0])
    >>> ma.gradients(ma.maximum(x, y).sum(), [x, y])
    [array([0. , 0.5, 1. ]), array([1. , 0.5, 0. ])]
    """
    return np.maximum(x, y)


@operation(
    np.minimum,
    symbol="min",
    kinks=lambda x, y: x - y,
    derivatives=("(1 − sign({0} − {1}))/2", "(1 + sign({0} − {1}))/2"),
)
def minimum(x: Array, y: Array) -> Array:
    """The smaller of two, elementwise; at a tie both share the gradient equally.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value([1.0, 2.0, 3.0]), ma.Value([2.0, 2.0, 2.0])
    >>> ma.gradients(ma.minimum(x, y).sum(), [x, y])
    [array([1. , 0.5, 0. ]), array([0. , 0.5, 1. ])]
    """
    return np.minimum(x, y)


def _chosen(g: Any, out: Any, x: Any, y: Any, is_other: Any) -> Any:
    c = at_kink(select(is_other, 0.0, select(x == y, 0.5 * g, g)), g, lambda: x == y, out, x, y)
    return touching(c, g, lambda: x - y, out)


maximum.vjps = (
    lambda g, out, x, y: _chosen(g, out, x, y, x < y),
    lambda g, out, x, y: _chosen(g, out, y, x, y < x),
)
minimum.vjps = (
    lambda g, out, x, y: _chosen(g, out, x, y, x > y),
    lambda g, out, x, y: _chosen(g, out, y, x, y > x),
)


@operation(
    symbol="clip",
    name="clip",
    method=False,
    kinks=lambda x, low, high: (x - low, np.maximum(x, low) - high),
    derivatives=("[{1} ≤ {0} ≤ {2}]", "[{0} < {1} ≤ {2}]", "[{2} < max({0}, {1})]"),  # 1 where it is so, else 0
)
def _clip(x: Array, low: Array, high: Array) -> Array:
    """The row behind :func:`clip`, which documents it: both bounds are inputs."""
    return np.clip(x, low, high)


_clip.vjps = (
    lambda g, out, x, low, high: touching(
        touching(select((x < low) | (high < x), 0.0, g), g, lambda: x - low, out), g, lambda: x - high, out
    ),
    lambda g, out, x, low, high: select((x < low) & (low <= high), g, 0.0),
    lambda g, out, x, low, high: select((high < x) | (high < low), g, 0.0),
)


def _clip_kinks(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return tuple(a - bound for bound in (low, high) if bound is not None)


@function(np.clip, kinks=_clip_kinks)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """``a`` limited to ``[a_min, a_max]``, elementwise.

    The gradient passes where ``a`` is within the bounds, the bounds included; elsewhere it goes to the bound.

    Parameters
    ----------
    a : array_like or Value, any shape
    a_min, a_max : array_like or Value, optional
        The bounds, broadcast with ``a``; ``None`` leaves a side open. Where they cross, ``a_max`` wins.
    min, max : array_like or Value, optional
        NumPy's other names of the bounds.

    Returns
    -------
    Value
        Of the broadcast shape; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If a bound is given under both of its names.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-2.0, -1.0, 0.5])
    >>> ma.gradients(ma.clip(x, -1, 1).sum(), [x])
    [array([0., 1., 1.])]
    """
    if (a_min is not None and min is not None) or (a_max is not None and max is not None):
        raise ValueError("clip: a bound is given twice; min and max are other names of a_min and a_max")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return _clip(a, -np.inf if low is None else low, np.inf if high is None else high)


@operation(np.hypot, symbol="hypot", kinks=np.hypot, derivatives=("{0}/{out}", "{1}/{out}"))
def hypot(x: Array, y: Array) -> Array:
    """Elementwise ``√(x² + y²)`` without overflow; both derivatives are 0 at the origin.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value(3.0), ma.Value(4.0)
    >>> ma.hypot(x, y), ma.gradients(ma.hypot(x, y), [x, y])
    (Value(5., operation=hypot), [0.6, 0.8])
    """
    return np.hypot(x, y)


def _hypot_by_one(g: Any, out: Any, x: Any, other: Any) -> Any:
    leads = where_leading(x, out)
    c = by_length(g, x, out, out)
    return c if leads is False else by_leading(c, g, x, leads, (other / select(leads, x, 1.0)) ** 2)


hypot.vjps = (_hypot_by_one, lambda g, out, x, y: _hypot_by_one(g, out, y, x))


@operation(*([np.astype] if hasattr(np, "astype") else []), symbol="cast", derivatives=("1",))
def astype(x: Array, dtype: Any) -> Array:
    """The same numbers in another precision; the gradient comes back in the dtype of ``x``.

    Parameters
    ----------
    x : array_like or Value, any shape
    dtype : numpy dtype
        float32 or float64.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Raises
    ------
    TypeError
        For any other dtype.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([1.0, 2.0])
    >>> y = ma.astype(x, np.float32)
    >>> y.dtype, ma.gradients(y.sum(), [x])[0].dtype
    (dtype('float32'), dtype('float64'))
    """
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError(f"Values are float32 or float64, not {np.dtype(dtype)}; use v.data.astype(...)")
    return x.astype(dtype)


astype.vjps = (lambda g, out, x, dtype: g,)  # the engine gives every gradient its input's dtype
