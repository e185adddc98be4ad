"""Parts of numbers: remainders, fractions, signs, real parts; and what becomes of NaN and infinity.

Conventions where a derivative has a choice: a remainder jumps where the quotient is whole, and there, as elsewhere, its
derivative is that of the branch that the value is on; ``copysign`` has 0 where its first argument is 0. What is
constant between jumps (``floor_divide``, the whole part of ``modf``, ``angle``, ``imag``) has no derivative, and is
plain.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.core.value import Value
from microae.operations.arithmetic import absolute, astype, maximum, minimum, multiply, positive, power
from microae.operations.indexing import where
from microae.operations.registry import function, operation

# --- remainders ------------------------------------------------------------------------------------------------


def _to_a_whole_quotient(x: Any, y: Any) -> Any:
    """How far the quotient is from a whole number."""
    with np.errstate(all="ignore"):
        return x / y - np.round(x / y)


def _to_a_whole_quotient_but_0(x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.where(np.abs(x / y) < 0.5, 1.0, _to_a_whole_quotient(x, y))


@operation(np.remainder, np.mod, symbol="mod", kinks=_to_a_whole_quotient, derivatives=("1", "−floor({0}/{1})"))
def remainder(x: Array, y: Array) -> Array:
    """Elementwise remainder ``x % y`` of the division rounded down; it has the sign of ``y``.

    It jumps where ``x`` is a multiple of ``y``; there the derivatives are those of the side that the value is on.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value([7.0, -7.0]), ma.Value(3.0)
    >>> x % y, ma.gradients((x % y).sum(), [x, y])
    (Value([1., 2.], operation=remainder), [array([1., 1.]), 1.0])
    """
    return np.remainder(x, y)


remainder.vjps = (
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * np.floor_divide(x, y),
)


@operation(
    np.fmod,
    symbol="fmod",
    kinks=_to_a_whole_quotient_but_0,
    derivatives=("1", "−trunc({0}/{1})"),
)
def fmod(x: Array, y: Array) -> Array:
    """Elementwise remainder of the division rounded towards 0; it has the sign of ``x``.

    It jumps where ``x`` is a multiple of ``y`` other than 0; there the derivatives are those of the side that the
    value is on.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value([7.0, -7.0]), ma.Value(3.0)
    >>> ma.fmod(x, y), ma.gradients(ma.fmod(x, y), [x, y], gradient=[1.0, 2.0])
    (Value([ 1., -1.], operation=fmod), [array([1., 2.]), 2.0])
    """
    return np.fmod(x, y)


fmod.vjps = (
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * np.round((x - out) / y),
)


@function(np.divmod, kinks=_to_a_whole_quotient)
def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    """Quotient, rounded down, and remainder of a division, elementwise.

    Parameters
    ----------
    x, y : array_like or Value, any shape; the two are broadcast

    Returns
    -------
    tuple
        The quotient, which has no derivative, as a plain array; the remainder as a Value, as of :func:`remainder`.

    Examples
    --------
    >>> import microae as ma
    >>> divmod(ma.Value([7.0, -7.0]), 3.0)
    (array([ 2., -3.]), Value([1., 2.], operation=remainder))
    """
    return np.floor_divide(x, y), remainder(x, y)


@function(np.modf, kinks=lambda x: _to_a_whole_quotient_but_0(x, 1.0))
def modf(x: Any) -> tuple[Any, Any]:
    """Fractional and whole part of a number, elementwise, both of its sign.

    Parameters
    ----------
    x : array_like or Value, any shape

    Returns
    -------
    tuple
        The fraction as a Value, with derivative 1; the whole part, which has no derivative, as a plain array.

    Examples
    --------
    >>> import microae as ma
    >>> ma.modf(ma.Value([2.5, -2.5]))
    (Value([ 0.5, -0.5], operation=fmod), array([ 2., -2.]))
    """
    return fmod(where(np.isinf(x), 0.0, x), 1.0), np.trunc(x)


# --- signs, real parts -----------------------------------------------------------------------------------------


@function(np.copysign, kinks=lambda x, y: x)
def copysign(x: Any, y: Any) -> Any:
    """Elementwise ``x`` with the sign of ``y``; nothing flows to ``y``, and at ``x = 0`` the derivative is 0.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, -2.0])
    >>> ma.copysign(x, -1.0), ma.gradients(ma.copysign(x, -1.0).sum(), [x])
    (Value([-1., -2.], operation=multiply), [array([-1.,  1.])])
    """
    return absolute(x) * np.where(np.signbit(y), -1, 1).astype(np.int8)


@function(np.real, method=False)
def real(val: Any) -> Any:
    """The real part of real numbers: the same numbers in a new node.

    Parameters
    ----------
    val : array_like or Value, any shape

    Returns
    -------
    Value
        Of the shape of ``val``; a plain array if it is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.real(ma.Value([1.0, 2.0]))
    Value([1., 2.], operation=positive)
    """
    return positive(val)


@function(np.conjugate)
def conjugate(x: Any) -> Any:
    """The complex conjugate of real numbers: the same numbers in a new node.

    Examples
    --------
    >>> import microae as ma
    >>> ma.conj(ma.Value([1.0, 2.0]))
    Value([1., 2.], operation=positive)
    """
    return positive(x)


@function(np.float_power)
def float_power(x: Any, y: Any) -> Any:
    """Elementwise ``x ** y`` in float64, as :func:`power`.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.float_power(ma.Value(np.float32(3.0)), 2.0)
    Value(9., operation=power)
    """
    return power(astype(x, np.float64), astype(y, np.float64))


# --- angles ----------------------------------------------------------------------------------------------------


@function(np.deg2rad, np.radians)
def deg2rad(x: Any) -> Any:
    """Elementwise angle in radians of one in degrees.

    Examples
    --------
    >>> import microae as ma
    >>> ma.deg2rad(ma.Value(180.0))
    Value(3.141593, operation=multiply)
    """
    return multiply(x, math.pi / 180.0)


@function(np.rad2deg, np.degrees)
def rad2deg(x: Any) -> Any:
    """Elementwise angle in degrees of one in radians.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.rad2deg(ma.Value(np.pi))
    Value(180., operation=multiply)
    """
    return multiply(x, 180.0 / math.pi)


@function(np.unwrap, kinks=lambda p, discont=None, axis=-1, period=2.0 * np.pi: _wraps(p, axis, period))
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2.0 * math.pi) -> Any:
    """Angles without jumps: where one differs from the one before by more than half a period, periods are added.

    Parameters
    ----------
    p : array_like or Value
        At least one axis.
    discont : float, optional
        The largest difference that is left; by default, and at least, half a period.
    axis : int
    period : float

    Returns
    -------
    Value
        Of the shape of ``p``; a plain array if ``p`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.unwrap(ma.Value([0.0, 4.0, 8.0]), period=5.0)
    Value([ 0., -1., -2.], operation=add)
    """
    plain = p.data if isinstance(p, Value) else p
    return p + (np.unwrap(plain, discont, axis, period=period) - plain)


def _wraps(p: Any, axis: int, period: float) -> Any:
    """How far each difference is from half a period, and from whole periods more."""
    turns = np.diff(p, axis=axis) / period - 0.5
    return turns - np.round(turns)


# --- NaN and infinity ------------------------------------------------------------------------------------------


@function(np.fmax, kinks=lambda x, y: x - y)
def fmax(x: Any, y: Any) -> Any:
    """The larger of two, elementwise, or the one that is not NaN; at a tie both share the gradient equally.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([np.nan, 3.0])
    >>> ma.fmax(x, 2.0), ma.gradients(ma.fmax(x, 2.0).sum(), [x])
    (Value([2., 3.], operation=maximum), [array([0., 1.])])
    """
    return maximum(where(np.isnan(x), y, x), where(np.isnan(y), x, y))


@function(np.fmin, kinks=lambda x, y: x - y)
def fmin(x: Any, y: Any) -> Any:
    """The smaller of two, elementwise, or the one that is not NaN; at a tie both share the gradient equally.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([np.nan, 3.0])
    >>> ma.fmin(x, 4.0), ma.gradients(ma.fmin(x, 4.0).sum(), [x])
    (Value([4., 3.], operation=minimum), [array([0., 1.])])
    """
    return minimum(where(np.isnan(x), y, x), where(np.isnan(y), x, y))


@function(np.nan_to_num)
def nan_to_num(x: Any, *, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """``x`` with other numbers in place of NaN and infinities; nothing flows to what was replaced.

    Parameters
    ----------
    x : array_like or Value, any shape
    nan, posinf, neginf : float
        What is put for NaN, ∞ and -∞; by default 0 and the largest and smallest numbers of the dtype.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if ``x`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([1.0, np.nan, np.inf])
    >>> y = ma.nan_to_num(x, posinf=9.0)
    >>> y, ma.gradients(y.sum(), [x])
    (Value([1., 0., 9.], operation=where), [array([1., 0., 0.])])
    """
    limits = np.finfo(getattr(x, "dtype", np.float64))
    posinf, neginf = (limits.max if posinf is None else posinf), (limits.min if neginf is None else neginf)
    return where(np.isnan(x), nan, where(np.isposinf(x), posinf, where(np.isneginf(x), neginf, x)))
