"""Arithmetic: the operations behind ``+ - * / **`` and their relatives.

Conventions where a derivative has a choice: ``absolute`` has 0 at 0; ``maximum`` and ``minimum`` share a tie equally;
``clip`` lets the gradient through at its bounds; ``hypot`` has 0 at the origin; ``power`` by its exponent is 0 at a
base of 0 and NaN (it does not exist) at a negative base.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.core.operation import function, operation
from microae.operations.kernels import select


@operation(np.add, symbol="+", derivatives=("1",))
def add(x: Array, y: Array) -> Array:
    """Elementwise sum."""
    return x + y


add.vjps = (
    lambda g, out, x, y: g,
    lambda g, out, x, y: g,
)


@operation(np.subtract, symbol="−", derivatives=("1", "−1"))
def subtract(x: Array, y: Array) -> Array:
    """Elementwise difference."""
    return x - y


subtract.vjps = (
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
)


@operation(np.multiply, symbol="×", derivatives=("{1}", "{0}"))
def multiply(x: Array, y: Array) -> Array:
    """Elementwise product."""
    return x * y


multiply.vjps = (
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
)


@operation(np.divide, symbol="÷", derivatives=("1/{1}", "−{out}/{1}"))
def divide(x: Array, y: Array) -> Array:
    """Elementwise quotient."""
    return x / y


divide.vjps = (
    lambda g, out, x, y: g / y,
    lambda g, out, x, y: -g * out / y,
)


@operation(np.negative, symbol="−", derivatives=("−1",))
def negative(x: Array) -> Array:
    """Elementwise ``-x``."""
    return -x


negative.vjps = (lambda g, out, x: -g,)


@operation(np.positive, symbol="+", derivatives=("1",))
def positive(x: Array) -> Array:
    """Elementwise ``+x``."""
    return +x


positive.vjps = (lambda g, out, x: g,)


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
    """Elementwise ``x ** y``; NaN for a negative base with a fractional exponent, as in NumPy."""
    return x**y


power.vjps = (
    lambda g, out, x, y: g * (y * x ** select(y == 0, 1.0, y - 1.0)),
    lambda g, out, x, y: g * select(x == 0, 0.0, out * np.log(select(x == 0, 1.0, x))),
)


@operation(np.square, symbol="²", derivatives=("2{0}",))
def square(x: Array) -> Array:
    """Elementwise ``x * x``."""
    return x * x


square.vjps = (lambda g, out, x: 2.0 * g * x,)


@operation(np.sqrt, symbol="√", derivatives=("1/(2{out})",))
def sqrt(x: Array) -> Array:
    """Elementwise square root; the derivative at 0 is infinite."""
    return np.sqrt(x)


sqrt.vjps = (lambda g, out, x: 0.5 * g / out,)


@operation(np.cbrt, symbol="∛", derivatives=("1/(3{out}²)",))
def cbrt(x: Array) -> Array:
    """Elementwise cube root; the derivative at 0 is infinite."""
    return np.cbrt(x)


cbrt.vjps = (lambda g, out, x: g / (3.0 * out * out),)


@operation(np.reciprocal, symbol="1/", derivatives=("−{out}²",))
def reciprocal(x: Array) -> Array:
    """Elementwise ``1 / x``."""
    return 1.0 / x


reciprocal.vjps = (lambda g, out, x: -g * out * out,)


@operation(np.absolute, np.fabs, symbol="|·|", kinks=lambda x: x, derivatives=("sign({0})",))
def absolute(x: Array) -> Array:
    """Elementwise absolute value; the derivative at 0 is 0."""
    return np.absolute(x)


absolute.vjps = (lambda g, out, x: g * np.sign(x),)


@operation(
    np.maximum,
    symbol="max",
    kinks=lambda x, y: x - y,
    derivatives=("(1 + sign({0} − {1}))/2", "(1 − sign({0} − {1}))/2"),
)
def maximum(x: Array, y: Array) -> Array:
    """Elementwise larger one; a tie shares the gradient equally."""
    return np.maximum(x, y)


@operation(
    np.minimum,
    symbol="min",
    kinks=lambda x, y: x - y,
    derivatives=("(1 − sign({0} − {1}))/2", "(1 + sign({0} − {1}))/2"),
)
def minimum(x: Array, y: Array) -> Array:
    """Elementwise smaller one; a tie shares the gradient equally."""
    return np.minimum(x, y)


maximum.vjps = minimum.vjps = (
    lambda g, out, x, y: select(x == out, select(y == out, 0.5 * g, g), 0.0),
    lambda g, out, x, y: select(y == out, select(x == out, 0.5 * g, g), 0.0),
)


@operation(
    symbol="clip",
    name="clip",
    method=False,
    kinks=lambda x, low, high: (x - low, np.maximum(x, low) - high),
    derivatives=("[{1} ≤ {0} ≤ {2}]", "[{0} < {1} ≤ {2}]", "[{2} < max({0}, {1})]"),  # 1 where it is so, else 0
)
def _clip(x: Array, low: Array, high: Array) -> Array:
    """Elementwise nearest value between two bounds."""
    return np.clip(x, low, high)


_clip.vjps = (
    lambda g, out, x, low, high: select((low <= x) & (x <= high), g, 0.0),
    lambda g, out, x, low, high: select((x < low) & (low <= high), g, 0.0),
    lambda g, out, x, low, high: select((high < x) | (high < low), g, 0.0),
)


def _clip_kinks(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return tuple(a - bound for bound in (low, high) if bound is not None)


@function(np.clip, kinks=_clip_kinks)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Elementwise nearest value in ``[a_min, a_max]``; ``None`` leaves a side open.

    The gradient passes where ``a`` is within the bounds, the bounds included; elsewhere it goes to the bound.

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
    """Elementwise ``sqrt(x² + y²)`` without overflow; both derivatives are 0 at the origin."""
    return np.hypot(x, y)


hypot.vjps = (
    lambda g, out, x, y: g * (x / select(out == 0, 1.0, out)),
    lambda g, out, x, y: g * (y / select(out == 0, 1.0, out)),
)


@operation(*([np.astype] if hasattr(np, "astype") else []), symbol="cast", notation="{0}", derivatives=("1",))
def astype(x: Array, dtype: Any) -> Array:
    """The same numbers as float32 or float64; the gradient comes back in the dtype of ``x``.

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
