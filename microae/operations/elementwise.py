"""Elementwise functions: exponentials and logarithms, trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import math

import numpy as np

from microae.core.arrays import Array
from microae.core.operation import operation
from microae.operations.kernels import select

_LN2, _LN10 = math.log(2.0), math.log(10.0)


@operation(np.exp, symbol="exp", notation="e^{0}", derivatives=("{out}",))
def exp(x: Array) -> Array:
    """Elementwise exponential."""
    return np.exp(x)


exp.vjps = (lambda g, out, x: g * out,)


@operation(np.exp2, symbol="2^", derivatives=("{out} ln 2",))
def exp2(x: Array) -> Array:
    """Elementwise ``2 ** x``."""
    return np.exp2(x)


exp2.vjps = (lambda g, out, x: g * out * _LN2,)


@operation(np.expm1, symbol="expm1", derivatives=("e^{0}",))
def expm1(x: Array) -> Array:
    """Elementwise ``exp(x) - 1``, exact near 0."""
    return np.expm1(x)


expm1.vjps = (lambda g, out, x: g * np.exp(x),)


@operation(np.log, symbol="ln", derivatives=("1/{0}",))
def log(x: Array) -> Array:
    """Elementwise natural logarithm."""
    return np.log(x)


log.vjps = (lambda g, out, x: g / x,)


@operation(np.log2, symbol="log₂", derivatives=("1/({0} ln 2)",))
def log2(x: Array) -> Array:
    """Elementwise logarithm to base 2."""
    return np.log2(x)


log2.vjps = (lambda g, out, x: g / (x * _LN2),)


@operation(np.log10, symbol="log₁₀", derivatives=("1/({0} ln 10)",))
def log10(x: Array) -> Array:
    """Elementwise logarithm to base 10."""
    return np.log10(x)


log10.vjps = (lambda g, out, x: g / (x * _LN10),)


@operation(np.log1p, symbol="log1p", derivatives=("1/(1 + {0})",))
def log1p(x: Array) -> Array:
    """Elementwise ``log(1 + x)``, exact near 0."""
    return np.log1p(x)


log1p.vjps = (lambda g, out, x: g / (1.0 + x),)


@operation(np.logaddexp, symbol="logaddexp", derivatives=("e^({0} − {out})", "e^({1} − {out})"))
def logaddexp(x: Array, y: Array) -> Array:
    """Elementwise ``log(exp(x) + exp(y))`` without overflow; both derivatives are 0 where both are -inf."""
    return np.logaddexp(x, y)


logaddexp.vjps = (
    lambda g, out, x, y: g * np.exp(select(out == -np.inf, x, x - out)),
    lambda g, out, x, y: g * np.exp(select(out == -np.inf, y, y - out)),
)


@operation(np.sin, symbol="sin", derivatives=("cos({0})",))
def sin(x: Array) -> Array:
    """Elementwise sine, in radians."""
    return np.sin(x)


sin.vjps = (lambda g, out, x: g * np.cos(x),)


@operation(np.cos, symbol="cos", derivatives=("−sin({0})",))
def cos(x: Array) -> Array:
    """Elementwise cosine, in radians."""
    return np.cos(x)


cos.vjps = (lambda g, out, x: -g * np.sin(x),)


@operation(np.tan, symbol="tan", derivatives=("1 + {out}²",))
def tan(x: Array) -> Array:
    """Elementwise tangent, in radians."""
    return np.tan(x)


tan.vjps = (lambda g, out, x: g * (1.0 + out * out),)


@operation(np.arcsin, symbol="arcsin", derivatives=("1/√(1 − {0}²)",))
def arcsin(x: Array) -> Array:
    """Elementwise inverse sine; the derivative at ±1 is infinite."""
    return np.arcsin(x)


arcsin.vjps = (lambda g, out, x: g / np.sqrt((1.0 - x) * (1.0 + x)),)


@operation(np.arccos, symbol="arccos", derivatives=("−1/√(1 − {0}²)",))
def arccos(x: Array) -> Array:
    """Elementwise inverse cosine; the derivative at ±1 is infinite."""
    return np.arccos(x)


arccos.vjps = (lambda g, out, x: -g / np.sqrt((1.0 - x) * (1.0 + x)),)


@operation(np.arctan, symbol="arctan", derivatives=("1/(1 + {0}²)",))
def arctan(x: Array) -> Array:
    """Elementwise inverse tangent."""
    return np.arctan(x)


arctan.vjps = (lambda g, out, x: g / (1.0 + x * x),)


@operation(
    np.arctan2,
    symbol="arctan2",
    kinks=lambda y, x: np.where(x < 0, y, np.hypot(x, y)),  # at x < 0 it jumps from -π to π
    derivatives=("{1}/({0}² + {1}²)", "−{0}/({0}² + {1}²)"),
)
def arctan2(y: Array, x: Array) -> Array:
    """Angle of the point ``(x, y)``, in radians; no derivative at the origin (NaN)."""
    return np.arctan2(y, x)


arctan2.vjps = (
    lambda g, out, y, x: g * (x / np.hypot(x, y)) / np.hypot(x, y),
    lambda g, out, y, x: -g * (y / np.hypot(x, y)) / np.hypot(x, y),
)


@operation(np.sinh, symbol="sinh", derivatives=("cosh({0})",))
def sinh(x: Array) -> Array:
    """Elementwise hyperbolic sine."""
    return np.sinh(x)


sinh.vjps = (lambda g, out, x: g * np.cosh(x),)


@operation(np.cosh, symbol="cosh", derivatives=("sinh({0})",))
def cosh(x: Array) -> Array:
    """Elementwise hyperbolic cosine."""
    return np.cosh(x)


cosh.vjps = (lambda g, out, x: g * np.sinh(x),)


@operation(np.tanh, symbol="tanh", activation="Tanh", derivatives=("1 − {out}²",))
def tanh(x: Array) -> Array:
    """Elementwise hyperbolic tangent."""
    return np.tanh(x)


tanh.vjps = (lambda g, out, x: g * (1.0 - out * out),)


@operation(np.arcsinh, symbol="arsinh", derivatives=("1/√(1 + {0}²)",))
def arcsinh(x: Array) -> Array:
    """Elementwise inverse hyperbolic sine."""
    return np.arcsinh(x)


arcsinh.vjps = (lambda g, out, x: g / np.hypot(1.0, x),)


@operation(np.arccosh, symbol="arcosh", derivatives=("1/√({0}² − 1)",))
def arccosh(x: Array) -> Array:
    """Elementwise inverse hyperbolic cosine; the derivative at 1 is infinite."""
    return np.arccosh(x)


arccosh.vjps = (lambda g, out, x: g / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),)


@operation(np.arctanh, symbol="artanh", derivatives=("1/(1 − {0}²)",))
def arctanh(x: Array) -> Array:
    """Elementwise inverse hyperbolic tangent; the derivative at ±1 is infinite."""
    return np.arctanh(x)


arctanh.vjps = (lambda g, out, x: g / ((1.0 - x) * (1.0 + x)),)
