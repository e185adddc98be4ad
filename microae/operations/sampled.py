"""What is made of samples of a function: differences, slopes, integrals, interpolated numbers, convolutions.

Conventions where a derivative has a choice: at a sample point ``interp`` has the slope of the piece that follows, at
the last of the one before, and 0 outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.operation import joined
from microae.core.value import Value
from microae.operations.arithmetic import astype
from microae.operations.indexing import getitem, where
from microae.operations.joining import concatenate
from microae.operations.operands import array_of, floats
from microae.operations.reductions import cumprod, cumsum
from microae.operations.reductions import sum as sum_
from microae.operations.registry import function, operation
from microae.operations.shape import atleast_1d, broadcast_to, flip, ravel, reshape

# --- differences, slopes, integrals ----------------------------------------------------------------------------


@function(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along an axis, ``n`` times.

    Parameters
    ----------
    a : array_like or Value
    n : int
        How many times.
    axis : int
    prepend, append : array_like or Value, optional
        What is put before and behind ``a`` along the axis; a number stands for a slice.

    Returns
    -------
    Value
        With ``n`` elements less along the axis; a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 4.0, 9.0])
    >>> ma.diff(x), ma.gradients(ma.diff(x).sum(), [x])
    (Value([3., 5.], operation=subtract), [array([-1.,  0.,  1.])])
    """
    if n < 0:
        raise ValueError(f"diff: n must not be negative, got {n}")
    axis = normalize_axis_index(axis, np.ndim(joined(a)), "diff")
    if n and (prepend is not None or append is not None):
        a = concatenate([_slice(x, a, axis) for x in (prepend, a, append) if x is not None], axis)
    leading = (slice(None),) * axis
    for _ in range(n):
        a = getitem(a, (*leading, slice(1, None))) - getitem(a, (*leading, slice(None, -1)))
    return a


@function(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours of all elements in C order.

    Parameters
    ----------
    ary : array_like or Value
    to_end, to_begin : array_like or Value, optional
        What is put behind and before the differences.

    Returns
    -------
    Value
        Shape (ary.size - 1,), longer by what is put in; a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.ediff1d(ma.Value([1.0, 4.0, 9.0]), to_begin=0.0)
    Value([0., 3., 5.], operation=concatenate)
    """
    differences = diff(ravel(floats(ary, "ediff1d")))
    if to_begin is None and to_end is None:
        return differences
    parts = [floats(x, "ediff1d") for x in (to_begin, differences, to_end) if x is not None]
    return concatenate([ravel(x if isinstance(x, Value) else x.astype(differences.dtype)) for x in parts])


@function(np.cumulative_sum)
def cumulative_sum(x: Any, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """The running sums along an axis, as ``cumsum``; with ``include_initial`` they start with 0.

    Parameters
    ----------
    x : array_like or Value
        A number counts as an array of one.
    axis : int, optional
        Needed if there are several.
    include_initial : bool

    Returns
    -------
    Value
        Of the shape of ``x``, with ``include_initial`` longer by one along the axis; a plain array if ``x`` is one.

    Raises
    ------
    ValueError
        If the axis is needed and not given.

    Examples
    --------
    >>> import microae as ma
    >>> ma.cumulative_sum(ma.Value([1.0, 2.0, 3.0]), include_initial=True)
    Value([0., 1., 3., 6.], operation=concatenate)
    """
    return _running("cumulative_sum", cumsum, 0.0, x, axis, include_initial)


@function(np.cumulative_prod)
def cumulative_prod(x: Any, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """The running products along an axis, as ``cumprod``; with ``include_initial`` they start with 1.

    Parameters
    ----------
    x : array_like or Value
        A number counts as an array of one.
    axis : int, optional
        Needed if there are several.
    include_initial : bool

    Returns
    -------
    Value
        Of the shape of ``x``, with ``include_initial`` longer by one along the axis; a plain array if ``x`` is one.

    Raises
    ------
    ValueError
        If the axis is needed and not given.

    Examples
    --------
    >>> import microae as ma
    >>> ma.cumulative_prod(ma.Value([1.0, 2.0, 3.0]))
    Value([1., 2., 6.], operation=cumprod)
    """
    return _running("cumulative_prod", cumprod, 1.0, x, axis, include_initial)


def _running(name: str, cumulated: Any, initial: float, x: Any, axis: int | None, include_initial: bool) -> Any:
    x = floats(x, name)
    x = x if x.ndim else reshape(x, (1,))
    if x.ndim > 1 and axis is None:
        raise ValueError(f"{name}: which axis? An array of shape {x.shape} needs axis=")
    axis = normalize_axis_index(0 if axis is None else axis, x.ndim)
    if include_initial:
        first = np.full((*x.shape[:axis], 1, *x.shape[axis + 1 :]), initial, x.dtype)
        return concatenate([first, cumulated(x, axis)], axis)
    return cumulated(x, axis)


def _slice(x: Any, of: Any, axis: int) -> Any:
    """A number as a slice of an array along an axis."""
    return x if np.ndim(x) else broadcast_to(x, (*np.shape(of)[:axis], 1, *np.shape(of)[axis + 1 :]))


@function(np.gradient, method=False)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The slopes of samples: central differences, one-sided at the ends. (Not the derivative of a Value.)

    Parameters
    ----------
    f : array_like or Value
        The samples.
    *varargs : float, array_like or Value
        How far apart they are: one number for all axes, or for each a number or the coordinates along it; by default 1.
    axis : int or tuple of int, optional
        Along which axes; by default along each.
    edge_order : 1 or 2
        How exact the ends are.

    Returns
    -------
    Value, or tuple of Values for several axes
        Of the shape and dtype of ``f``; plain arrays if no argument is a Value.

    Raises
    ------
    ValueError
        If an axis has not more than ``edge_order`` samples, or coordinates do not fit it.
    TypeError
        If there are neither one nor as many distances as axes.

    Examples
    --------
    >>> import microae as ma
    >>> y = ma.Value([1.0, 4.0, 9.0])
    >>> ma.gradient(y).data, ma.gradients(ma.gradient(y).sum(), [y])
    (array([3., 4., 5.]), [array([-1.5,  0. ,  1.5])])
    """
    f = floats(f, "gradient")
    n = np.ndim(f)
    axes = normalize_axis_tuple(range(n) if axis is None else axis, n, "gradient")
    distances = [floats(d, "gradient") for d in varargs] or [1.0]
    if len(distances) == 1 and not np.ndim(distances[0]):
        distances = distances * len(axes)
    if len(distances) != len(axes):
        raise TypeError(f"gradient: {len(axes)} axes need one distance or as many, got {len(distances)}")
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order must be 1 or 2, got {edge_order!r}")
    slopes = tuple(_slopes(f, distance, i, edge_order) for i, distance in zip(axes, distances, strict=True))
    return slopes[0] if len(slopes) == 1 else slopes


def _slopes(f: Any, distance: Any, axis: int, edge_order: int) -> Any:
    n = np.shape(f)[axis]
    if n <= edge_order:
        raise ValueError(f"gradient: an axis needs {edge_order + 1} samples or more, shape {np.shape(f)} has {n}")
    if np.ndim(distance) and np.shape(distance) != (n,):
        raise ValueError(f"gradient: {n} samples need as many coordinates, got shape {np.shape(distance)}")

    def at(start: int, stop: int | None) -> Any:
        return getitem(f, (slice(None),) * axis + (slice(start, stop),))

    def width(start: int, stop: int | None) -> Any:
        if not np.ndim(distance):
            return distance
        between = getitem(distance, slice(1, None)) - getitem(distance, slice(None, -1))
        return reshape(getitem(between, slice(start, stop)), (-1,) + (1,) * (np.ndim(f) - axis - 1))

    h, k = width(0, -1), width(1, None)  # before and behind each sample but the first and the last
    if np.ndim(distance):
        inside = (h * h * at(2, None) + (k * k - h * h) * at(1, -1) - k * k * at(0, -2)) / (h * k * (h + k))
    else:
        inside = (at(2, None) - at(0, -2)) / (2.0 * distance)
    first, last = (at(1, 2) - at(0, 1)) / width(0, 1), (at(-1, None) - at(-2, -1)) / width(-1, None)
    if edge_order == 2:
        h, k = width(0, 1), width(1, 2)
        first = (1.0 + h / (h + k)) * first - h / (h + k) * (at(2, 3) - at(1, 2)) / k
        h, k = width(-2, -1 if np.ndim(distance) else None), width(-1, None)
        last = (1.0 + k / (h + k)) * last - k / (h + k) * (at(-2, -1) - at(-3, -2)) / h
    slopes = concatenate((first, inside, last), axis)
    return slopes if slopes.dtype == f.dtype else astype(slopes, f.dtype)


@function(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral along an axis by the trapezoidal rule, over points ``x`` or points ``dx`` apart.

    Parameters
    ----------
    y : array_like or Value
    x : array_like or Value, optional
        Of the shape of ``y``, or one for each place along the axis.
    dx : float
        The distance of the points, without ``x``.
    axis : int

    Returns
    -------
    Value
        Without the axis; a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> y = ma.Value([1.0, 2.0, 3.0])
    >>> ma.trapezoid(y), ma.gradients(ma.trapezoid(y), [y])
    (Value(4., operation=sum), [array([0.5, 1. , 0.5])])
    """
    axis = normalize_axis_index(axis, np.ndim(y), "trapezoid")
    leading = (slice(None),) * axis
    widths = dx
    if x is not None:
        widths = diff(x, axis=-1 if np.ndim(x) == 1 else axis)
        if np.ndim(x) == 1:
            widths = reshape(widths, (-1,) + (1,) * (np.ndim(y) - axis - 1))
    heights = getitem(y, (*leading, slice(1, None))) + getitem(y, (*leading, slice(None, -1)))
    return sum_(widths * (0.5 * heights), axis)


# --- interpolation ---------------------------------------------------------------------------------------------


def _interp_kinks(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    if len(xp) == 1 and (period is not None or left is right is None):
        return ()  # it is constant
    xp = np.sort(xp if period is None else xp % period)
    return np.subtract.outer(x if period is None else x % period, xp)


@function(np.interp, kinks=_interp_kinks)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """The numbers at ``x`` on straight lines between the points ``(xp, fp)``.

    Parameters
    ----------
    x : array_like or Value
    xp : array_like or Value
        Shape (n,), ascending unless there is a ``period``.
    fp : array_like or Value
        Shape (n,).
    left, right : float or Value, optional
        What is before and behind the points; by default the first and the last of ``fp``.
    period : float, optional
        Of both ``x`` and ``xp``; then nothing is left or right.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if no argument is a Value. (NumPy's is always float64.)

    Raises
    ------
    ValueError
        If there are no points, ``xp`` and ``fp`` do not fit, or the period is 0.

    Notes
    -----
    At a point of ``xp`` the slope is that of the line behind it, at the last of the line before it; outside it is 0.

    Examples
    --------
    >>> import microae as ma
    >>> x, fp = ma.Value(1.25), ma.Value([0.0, 2.0, 8.0])
    >>> y = ma.interp(x, [0.0, 1.0, 2.0], fp)
    >>> y.item(), ma.gradients(y, [x, fp])
    (3.5, [6.0, array([0.  , 0.75, 0.25])])
    """
    x, xp, fp = floats(x, "interp"), floats(xp, "interp"), floats(fp, "interp")
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError(f"interp: needs points (n,) and (n,) with n > 0, got shapes {xp.shape} and {fp.shape}")
    if period is not None:
        if not period:
            raise ValueError("interp: the period must not be 0")
        period = abs(period)
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(array_of(xp), stable=True)
        xp, fp = getitem(xp, index=order), getitem(fp, index=order)
        xp = concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = concatenate((fp[-1:], fp, fp[:1]))
        left = right = None
    points, place, last = array_of(xp), array_of(x), xp.size - 1
    before = np.clip(np.searchsorted(points, place, side="right") - 1, 0, max(last - 1, 0))
    behind = np.minimum(before + 1, last)
    start, end, low, high = (getitem(v, index=i) for v in (xp, fp) for i in (before, behind))
    share = (x - start) / (end - start if last else 1.0)
    out = low + share * (high - low)
    out = where(place > points[-1], fp[-1] if right is None else right, out)
    return where(place < points[0], fp[0] if left is None else left, out)


# --- convolution -----------------------------------------------------------------------------------------------


@operation(symbol="conv", name="convolve", method=False)
def _convolve(a: Array, v: Array) -> Array:
    """All of the convolution of two vectors, (n + m - 1,)."""
    return np.convolve(a, v)


_convolve.vjps = (
    lambda g, out, a, v: np.convolve(g, np.flip(v), mode="valid"),
    lambda g, out, a, v: np.convolve(g, np.flip(a), mode="valid"),
)


@function(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two vectors: ``Σ a[k - i] v[i]`` at each place ``k``.

    Parameters
    ----------
    a, v : array_like or Value
        Shapes (n,) and (m,), not empty; or a number.
    mode : "full", "same" or "valid"
        All places where they overlap, max(n, m) of them in the middle, or only where the shorter lies in the longer.

    Returns
    -------
    Value
        A vector; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If one is no vector or empty, or for another ``mode``.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([1.0, 2.0, 3.0])
    >>> ma.convolve(a, [1.0, -1.0]), ma.gradients(ma.convolve(a, [1.0, -1.0], "valid").sum(), [a])
    (Value([ 1.,  1.,  1., -3.], operation=convolve), [array([-1.,  0.,  1.])])
    """
    a, v = atleast_1d(joined(a)), atleast_1d(joined(v))
    n, m = _lengths("convolve", a, v, mode)
    return _cut(_convolve(a, v), n, m, mode, (min(n, m) - 1) // 2)


@function(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The correlation of two vectors, ``Σ a[k + i] v[i]`` at each place ``k``: the convolution with ``v`` reversed.

    Parameters
    ----------
    a, v : array_like or Value
        Shapes (n,) and (m,), not empty.
    mode : "full", "same" or "valid"
        All places where they overlap, max(n, m) of them in the middle, or only where the shorter lies in the longer.

    Returns
    -------
    Value
        A vector; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If one is no vector or empty, or for another ``mode``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.correlate(ma.Value([1.0, 2.0, 3.0]), [1.0, -1.0])
    Value([-1., -1.], operation=getitem)
    """
    n, m = _lengths("correlate", a, v, mode)
    return _cut(_convolve(a, flip(v)), n, m, mode, (m - 1) // 2 if n >= m else n // 2)


def _lengths(user: str, a: Any, v: Any, mode: str) -> Sequence[int]:
    shapes = np.shape(joined(a)), np.shape(joined(v))
    if any(len(shape) != 1 or not shape[0] for shape in shapes):
        raise ValueError(f"{user}: needs two vectors that are not empty, got shapes {shapes[0]} and {shapes[1]}")
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"{user}: mode must be 'full', 'same' or 'valid', got {mode!r}")
    return shapes[0][0], shapes[1][0]


def _cut(full: Any, n: int, m: int, mode: str, middle: int) -> Any:
    if mode == "full":
        return full
    start, length = (middle, max(n, m)) if mode == "same" else (min(n, m) - 1, max(n, m) - min(n, m) + 1)
    return getitem(full, slice(start, start + length))
