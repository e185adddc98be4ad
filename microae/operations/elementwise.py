"""Elementwise functions: exponentials and logarithms, trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.operations.kernels import select
from microae.operations.registry import function, operation

_LN2, _LN10 = math.log(2.0), math.log(10.0)


@operation(np.exp, symbol="exp", notation="e^{0}", derivatives=("{out}",))
def exp(x: Array) -> Array:
    """Elementwise exponential ``eˣ``; it is its own derivative.

    Examples
    --------
    >>> import microae as ma
    >>> ma.exp(ma.Value([0.0, 1.0]))
    Value([1.      , 2.718282], operation=exp)
    """
    return np.exp(x)


exp.vjps = (lambda g, out, x: g * out,)


@operation(np.exp2, symbol="2^", derivatives=("{out} ln 2",))
def exp2(x: Array) -> Array:
    """Elementwise ``2ˣ``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.exp2(ma.Value([-1.0, 3.0]))
    Value([0.5, 8. ], operation=exp2)
    """
    return np.exp2(x)


exp2.vjps = (lambda g, out, x: g * out * _LN2,)


@operation(np.expm1, symbol="expm1", derivatives=("e^{0}",))
def expm1(x: Array) -> Array:
    """Elementwise ``eˣ - 1``, exact near 0.

    Examples
    --------
    >>> import microae as ma
    >>> ma.expm1(ma.Value([1e-20, 1.0]))
    Value([1.000000e-20, 1.718282e+00], operation=expm1)
    """
    return np.expm1(x)


expm1.vjps = (lambda g, out, x: g * np.exp(x),)


@operation(np.log, symbol="ln", derivatives=("1/{0}",))
def log(x: Array) -> Array:
    """Elementwise natural logarithm; the derivative is ``1 / x``.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 4.0])
    >>> ma.log(x), ma.gradients(ma.log(x).sum(), [x])
    (Value([0.      , 1.386294], operation=log), [array([1.  , 0.25])])
    """
    return np.log(x)


log.vjps = (lambda g, out, x: g / x,)


@operation(np.log2, symbol="log₂", derivatives=("1/({0} ln 2)",))
def log2(x: Array) -> Array:
    """Elementwise logarithm to base 2.

    Examples
    --------
    >>> import microae as ma
    >>> ma.log2(ma.Value([0.5, 8.0]))
    Value([-1.,  3.], operation=log2)
    """
    return np.log2(x)


log2.vjps = (lambda g, out, x: g / (x * _LN2),)


@operation(np.log10, symbol="log₁₀", derivatives=("1/({0} ln 10)",))
def log10(x: Array) -> Array:
    """Elementwise logarithm to base 10.

    Examples
    --------
    >>> import microae as ma
    >>> ma.log10(ma.Value([0.1, 1000.0]))
    Value([-1.,  3.], operation=log10)
    """
    return np.log10(x)


log10.vjps = (lambda g, out, x: g / (x * _LN10),)


@operation(np.log1p, symbol="log1p", derivatives=("1/(1 + {0})",))
def log1p(x: Array) -> Array:
    """Elementwise ``ln(1 + x)``, exact near 0.

    Examples
    --------
    >>> import microae as ma
    >>> ma.log1p(ma.Value([1e-20, 1.0]))
    Value([1.000000e-20, 6.931472e-01], operation=log1p)
    """
    return np.log1p(x)


log1p.vjps = (lambda g, out, x: g / (1.0 + x),)


@operation(np.logaddexp, symbol="logaddexp", derivatives=("e^({0} − {out})", "e^({1} − {out})"))
def logaddexp(x: Array, y: Array) -> Array:
    """Elementwise ``ln(eˣ + eʸ)`` without overflow; both derivatives are 0 where both inputs are -inf.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value(1000.0), ma.Value(0.0)
    >>> ma.logaddexp(x, y), ma.gradients(ma.logaddexp(x, y), [x, y])
    (Value(1000., operation=logaddexp), [1.0, 0.0])
    """
    return np.logaddexp(x, y)


logaddexp.vjps = (
    lambda g, out, x, y: g * np.exp(select(out == -np.inf, x, x - out)),
    lambda g, out, x, y: g * np.exp(select(out == -np.inf, y, y - out)),
)


@operation(np.logaddexp2, symbol="logaddexp2", derivatives=("2^({0} − {out})", "2^({1} − {out})"))
def logaddexp2(x: Array, y: Array) -> Array:
    """Elementwise ``log₂(2ˣ + 2ʸ)`` without overflow; both derivatives are 0 where both inputs are -inf.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value(2000.0), ma.Value(0.0)
    >>> ma.logaddexp2(x, y), ma.gradients(ma.logaddexp2(x, y), [x, y])
    (Value(2000., operation=logaddexp2), [1.0, 0.0])
    """
    return np.logaddexp2(x, y)


logaddexp2.vjps = (
    lambda g, out, x, y: g * np.exp2(select(out == -np.inf, x, x - out)),
    lambda g, out, x, y: g * np.exp2(select(out == -np.inf, y, y - out)),
)


@operation(np.sin, symbol="sin", derivatives=("cos({0})",))
def sin(x: Array) -> Array:
    """Elementwise sine of an angle in radians; the derivative is the cosine.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value(0.0)
    >>> ma.sin(x), ma.gradients(ma.sin(x), [x])
    (Value(0., operation=sin), [1.0])
    """
    return np.sin(x)


sin.vjps = (lambda g, out, x: g * np.cos(x),)


@operation(np.cos, symbol="cos", derivatives=("−sin({0})",))
def cos(x: Array) -> Array:
    """Elementwise cosine of an angle in radians.

    Examples
    --------
    >>> import microae as ma
    >>> ma.cos(ma.Value([0.0, 1.0]))
    Value([1.      , 0.540302], operation=cos)
    """
    return np.cos(x)


cos.vjps = (lambda g, out, x: -g * np.sin(x),)


@operation(np.tan, symbol="tan", derivatives=("1 + {out}²",))
def tan(x: Array) -> Array:
    """Elementwise tangent of an angle in radians.

    Examples
    --------
    >>> import microae as ma
    >>> ma.tan(ma.Value([0.0, 1.0]))
    Value([0.      , 1.557408], operation=tan)
    """
    return np.tan(x)


tan.vjps = (lambda g, out, x: g * (1.0 + out * out),)


@operation(np.arcsin, symbol="arcsin", derivatives=("1/√(1 − {0}²)",))
def arcsin(x: Array) -> Array:
    """Elementwise inverse sine, in radians; the derivative at ±1 is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arcsin(ma.Value([0.0, 1.0]))
    Value([0.      , 1.570796], operation=arcsin)
    """
    return np.arcsin(x)


arcsin.vjps = (lambda g, out, x: g / np.sqrt((1.0 - x) * (1.0 + x)),)


@operation(np.arccos, symbol="arccos", derivatives=("−1/√(1 − {0}²)",))
def arccos(x: Array) -> Array:
    """Elementwise inverse cosine, in radians; the derivative at ±1 is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arccos(ma.Value([0.0, 1.0]))
    Value([1.570796, 0.      ], operation=arccos)
    """
    return np.arccos(x)


arccos.vjps = (lambda g, out, x: -g / np.sqrt((1.0 - x) * (1.0 + x)),)


@operation(np.arctan, symbol="arctan", derivatives=("1/(1 + {0}²)",))
def arctan(x: Array) -> Array:
    """Elementwise inverse tangent, in radians.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arctan(ma.Value([0.0, 1.0]))
    Value([0.      , 0.785398], operation=arctan)
    """
    return np.arctan(x)


arctan.vjps = (lambda g, out, x: g / (1.0 + x * x),)


@operation(
    np.arctan2,
    symbol="arctan2",
    kinks=lambda y, x: np.where(x < 0, y, np.hypot(x, y)),  # at x < 0 it jumps from -π to π
    derivatives=("{1}/({0}² + {1}²)", "−{0}/({0}² + {1}²)"),
)
def arctan2(y: Array, x: Array) -> Array:
    """Elementwise angle of the point ``(x, y)``, in radians; at the origin there is no derivative, it is NaN.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arctan2(ma.Value([1.0, 1.0]), [1.0, -1.0])
    Value([0.785398, 2.356194], operation=arctan2)
    """
    return np.arctan2(y, x)


arctan2.vjps = (
    lambda g, out, y, x: g * (x / np.hypot(x, y)) / np.hypot(x, y),
    lambda g, out, y, x: -g * (y / np.hypot(x, y)) / np.hypot(x, y),
)


@operation(np.sinh, symbol="sinh", derivatives=("cosh({0})",))
def sinh(x: Array) -> Array:
    """Elementwise hyperbolic sine.

    Examples
    --------
    >>> import microae as ma
    >>> ma.sinh(ma.Value([0.0, 1.0]))
    Value([0.      , 1.175201], operation=sinh)
    """
    return np.sinh(x)


sinh.vjps = (lambda g, out, x: g * np.cosh(x),)


@operation(np.cosh, symbol="cosh", derivatives=("sinh({0})",))
def cosh(x: Array) -> Array:
    """Elementwise hyperbolic cosine.

    Examples
    --------
    >>> import microae as ma
    >>> ma.cosh(ma.Value([0.0, 1.0]))
    Value([1.      , 1.543081], operation=cosh)
    """
    return np.cosh(x)


cosh.vjps = (lambda g, out, x: g * np.sinh(x),)


@operation(np.tanh, symbol="tanh", activation="Tanh", derivatives=("1 − {out}²",))
def tanh(x: Array) -> Array:
    """Elementwise hyperbolic tangent; the derivative is ``1 - tanh(x)²``.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([0.0, 1.0])
    >>> ma.tanh(x), ma.gradients(ma.tanh(x).sum(), [x])
    (Value([0.      , 0.761594], operation=tanh), [array([1.        , 0.41997434])])
    """
    return np.tanh(x)


tanh.vjps = (lambda g, out, x: g * (1.0 - out * out),)


@operation(np.arcsinh, symbol="arsinh", derivatives=("1/√(1 + {0}²)",))
def arcsinh(x: Array) -> Array:
    """Elementwise inverse hyperbolic sine.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arcsinh(ma.Value([0.0, 1.0]))
    Value([0.      , 0.881374], operation=arcsinh)
    """
    return np.arcsinh(x)


arcsinh.vjps = (lambda g, out, x: g / np.hypot(1.0, x),)


@operation(np.arccosh, symbol="arcosh", derivatives=("1/√({0}² − 1)",))
def arccosh(x: Array) -> Array:
    """Elementwise inverse hyperbolic cosine; the derivative at 1 is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arccosh(ma.Value([1.0, 2.0]))
    Value([0.      , 1.316958], operation=arccosh)
    """
    return np.arccosh(x)


arccosh.vjps = (lambda g, out, x: g / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),)


@operation(np.arctanh, symbol="artanh", derivatives=("1/(1 − {0}²)",))
def arctanh(x: Array) -> Array:
    """Elementwise inverse hyperbolic tangent; the derivative at ±1 is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.arctanh(ma.Value([0.0, 0.5]))
    Value([0.      , 0.549306], operation=arctanh)
    """
    return np.arctanh(x)


arctanh.vjps = (lambda g, out, x: g / ((1.0 - x) * (1.0 + x)),)


# --- sinc ------------------------------------------------------------------------------------------------------


@operation(
    symbol="sinc",
    name="sinc",
    method=False,
    notation=lambda operands, parameters: "sinc" + "′" * parameters.get("order", 0) + "({0})",
)
def _sinc(x: Array, order: Any = 0) -> Array:
    """``sin(u) / u`` with ``u = πx``, or its derivative by ``u`` of some order: without loss of digits, also at 0."""
    if not order:
        return np.sinc(x)
    u = np.pi * x
    is_near = np.abs(u) < order + 1.0
    far = np.where(is_near, 1.0, u)
    by_recurrence = np.sin(far) / far  # from u f(u) = sin(u), differentiated
    for k in range(1, order + 1):
        by_recurrence = (np.sin(far + 0.5 * np.pi * k) - k * by_recurrence) / far
    near, by_series = np.where(is_near, u, 0.0), 0.0 * u
    for k in range(order % 2, 40 + order, 2):
        by_series = by_series + (-1.0) ** ((k + order) // 2) / math.factorial(k) / (k + order + 1) * near**k
    return np.where(is_near, by_series, by_recurrence)


_sinc.vjps = (lambda g, out, x, order=0: g * np.pi * _sinc(x, order=order + 1),)


@function(np.sinc)
def sinc(x: Any) -> Any:
    """Elementwise ``sin(πx) / (πx)``, 1 at 0; its derivatives keep their digits near 0.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([0.0, 0.5])
    >>> ma.sinc(x), ma.gradients(ma.sinc(x).sum(), [x])
    (Value([1.     , 0.63662], operation=sinc), [array([ 0.        , -1.27323954])])
    """
    return _sinc(x)
