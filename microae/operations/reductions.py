"""Reductions and running sums, along one axis, several, or all.

Conventions where a derivative has a choice: the elements that tie for a maximum or minimum share the gradient
equally, as those that are NaN do where there are any; ``std`` has gradient 0 where it is 0.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.operation import joined
from microae.operations import kernels
from microae.operations.kernels import select
from microae.operations.kinks import at_kink, by_length, touching
from microae.operations.registry import function, operation

Axis = int | tuple[int, ...] | None


def spread(g: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """A reduced array with its reduced axes back, of length 1, so that it broadcasts against ``x``."""
    n = np.ndim(x)
    if keepdims or axis is None or not n:
        return g
    reduced = {i % n for i in (axis if isinstance(axis, tuple) else (axis,))}
    return np.reshape(g, tuple(1 if i in reduced else m for i, m in enumerate(np.shape(x))))


def count(x: Any, axis: Axis, user: str | None = None) -> int:
    """How many elements are reduced to one."""
    if axis is None:
        return math.prod(np.shape(x))
    return math.prod(np.shape(x)[i] for i in normalize_axis_tuple(axis, np.ndim(x), user))


_add: Any = np.add.reduce  # np.sum without its argument checks


def _each(operands: Any, parameters: Any) -> str:
    return "1" if parameters.get("axis") is None else _spread_along(parameters)


def _spread_along(parameters: Any) -> str:
    axis = parameters["axis"]
    along = f"({', '.join(map(str, axis))})" if isinstance(axis, tuple) else str(axis)
    return f"broadcast({{g}}, axis={along})".replace("-", "−")


@operation(np.sum, symbol="Σ", notation="Σ {0}", derivatives=(_each,))
def sum(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """The sum of the elements.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([[1.0, 2.0], [3.0, 4.0]])
    >>> ma.sum(x), ma.sum(x, axis=0), ma.sum(x, axis=1, keepdims=True).shape
    (Value(10., operation=sum), Value([4., 6.], operation=sum), (2, 1))
    """
    return _add(a, axis, None, None, keepdims)


sum.vjps = (lambda g, out, a, axis=None, keepdims=False: np.broadcast_to(spread(g, a, axis, keepdims), np.shape(a)),)


def _share(operands: Any, parameters: Any) -> str:
    share = f"/{parameters.get('elements', 'n')}"
    return f"1{share}" if parameters.get("axis") is None else f"{_spread_along(parameters)}{share}"


@operation(np.mean, symbol="mean", derivatives=(_share,))
def mean(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """The arithmetic mean of the elements.

    Raises
    ------
    ValueError
        If there are no elements.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([[1.0, 2.0], [3.0, 6.0]])
    >>> ma.mean(x), ma.mean(x, axis=0)
    (Value(3., operation=mean), Value([2., 4.], operation=mean))
    """
    n = count(a, axis)
    if not n:
        raise ValueError("the mean of no elements does not exist")
    return _add(a, axis, None, None, keepdims) / n


mean.vjps = (
    lambda g, out, a, axis=None, keepdims=False: np.broadcast_to(
        spread(g, a, axis, keepdims) / count(a, axis), np.shape(a)
    ),
)


def _extreme(g: Any, out: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    is_extreme = (a == spread(out, a, axis, keepdims)) | (a != a)  # NaN is the result then
    ties = np.sum(is_extreme, axis=axis, keepdims=True)
    g_spread = spread(g, a, axis, keepdims)
    c = np.where(is_extreme, g_spread / np.maximum(ties, 1), 0.0)
    c = at_kink(c, g, lambda: np.reshape(ties > 1, np.shape(out)), out)
    return touching(c, g_spread, lambda: np.where(ties > 1, a - spread(out, a, axis, keepdims), 1.0), out)


def extreme_gap(a: Any, axis: Axis = None, keepdims: bool = False, sign: float = 1.0) -> Any:
    """How far the largest (or, for ``sign`` -1, the smallest) element is from the next; nothing of one element."""
    axes = normalize_axis_tuple(range(np.ndim(a)) if axis is None else axis, np.ndim(a))
    if count(a, axes) < 2:
        return ()
    kept = [i for i in range(np.ndim(a)) if i not in axes]
    moved = np.transpose(a, (*kept, *axes)).reshape(*(np.shape(a)[i] for i in kept), count(a, axes))
    ascending = np.sort(sign * moved, axis=-1)
    return ascending[..., -1] - ascending[..., -2]


@operation(np.max, np.amax, symbol="max", kinks=extreme_gap)
def max(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """The largest element; ties share the gradient equally.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 3.0, 3.0])
    >>> ma.max(x), ma.gradients(ma.max(x), [x])
    (Value(3., operation=max), [array([0. , 0.5, 0.5])])
    """
    return np.max(a, axis, keepdims=keepdims)


@operation(np.min, np.amin, symbol="min", kinks=functools.partial(extreme_gap, sign=-1.0))
def min(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """The smallest element; ties share the gradient equally.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 1.0, 3.0])
    >>> ma.min(x), ma.gradients(ma.min(x), [x])
    (Value(1., operation=min), [array([0.5, 0.5, 0. ])])
    """
    return np.min(a, axis, keepdims=keepdims)


max.vjps = min.vjps = (_extreme,)


@operation(np.prod, symbol="Π", notation="Π {0}")
def prod(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """The product of the elements; differentiable also where some are 0.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([0.0, 2.0, 5.0])
    >>> ma.prod(x), ma.gradients(ma.prod(x), [x])
    (Value(0., operation=prod), [array([10.,  0.,  0.])])
    """
    return np.prod(a, axis, keepdims=keepdims)


def _prod_vjp(g: Any, out: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    g, n = spread(g, a, axis, keepdims), np.ndim(a)
    if not n:
        return g
    axes = [i % n for i in (range(n) if axis is None else axis if isinstance(axis, tuple) else (axis,))]
    order = [i for i in range(n) if i not in axes] + axes
    moved = np.transpose(a, order)
    flat = np.reshape(moved, (*np.shape(moved)[: n - len(axes)], count(a, axis)))
    others = products_of_others if kernels.leave_room(flat) else kernels.others_definition
    return g * np.transpose(np.reshape(others(flat), np.shape(moved)), np.argsort(order))


prod.vjps = (_prod_vjp,)


products_of_others = operation(symbol="others", name="products_of_others", public=False, method=False)(kernels.others)


def _others_vjp(g: Any, out: Any, x: Any) -> Any:
    itself = np.eye(np.shape(x)[-1], dtype=bool)
    return _gathered(g, products_of_others(np.where(itself, 1.0, np.expand_dims(x, -2))), ~itself)


def _gathered(g: Any, products: Any, counts: Any) -> Any:
    """The sum of the gradients ``g`` of some vectors, each times its products, those that count; 0 · ∞ is 0."""
    g = np.expand_dims(g, -1)
    return np.sum(np.where(counts & ~((g == 0) & (np.abs(products) == np.inf)), g * products, 0.0), axis=-2)


products_of_others.vjps = (_others_vjp,)


@operation(np.cumsum, symbol="cumΣ")
def cumsum(a: Array, axis: Any = None) -> Array:
    """The running sum.

    Parameters
    ----------
    a : array_like or Value
    axis : int, optional
        Along which to sum; by default over all elements in C order.

    Returns
    -------
    Value
        Of the shape of ``a``, without an ``axis`` of shape (a.size,); a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0, 3.0])
    >>> ma.cumsum(x), ma.gradients(ma.cumsum(x).sum(), [x])
    (Value([1., 3., 6.], operation=cumsum), [array([3., 2., 1.])])
    """
    return np.cumsum(a, axis)


def _reversed_cumsum(x: Any, axis: int) -> Any:
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis)


cumsum.vjps = (
    lambda g, out, a, axis=None: (
        np.reshape(_reversed_cumsum(g, 0), np.shape(a)) if axis is None else _reversed_cumsum(g, axis)
    ),
)


@operation(np.cumprod, symbol="cumΠ")
def cumprod(a: Array, axis: Any = None) -> Array:
    """The running product; differentiable also where some elements are 0.

    Parameters
    ----------
    a : array_like or Value
    axis : int, optional
        Along which to multiply; by default over all elements in C order.

    Returns
    -------
    Value
        Of the shape of ``a``, without an ``axis`` of shape (a.size,); a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([2.0, 0.0, 3.0])
    >>> ma.cumprod(x), ma.gradients(ma.cumprod(x).sum(), [x])
    (Value([2., 0., 0.], operation=cumprod), [array([1., 8., 0.])])
    """
    return np.cumprod(a, axis)


def _cumprod_vjp(g: Any, out: Any, a: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.reshape(_cumprod_vjp(g, out, np.reshape(a, -1), 0), np.shape(a))
    g, a = np.moveaxis(g, axis, -1), np.moveaxis(a, axis, -1)
    if kernels.leave_room(a):  # each result is the product of one row
        counts = np.tri(np.shape(a)[-1], dtype=bool)
        others = products_of_others(np.where(counts, np.expand_dims(a, -2), 1.0))
        return np.moveaxis(_gathered(g, others, counts), -1, axis)
    # The gradient by a[i] is before[i] · rest[i] with rest[i] = g[i] + a[i + 1] · rest[i + 1], solved by doubling.
    before = np.cumprod(np.concatenate([np.ones((*np.shape(a)[:-1], 1), a.dtype), a[..., :-1]], -1), -1)
    rest, factor, step = g, _shifted(a, 1), 1
    while step < np.shape(a)[-1]:
        rest = rest + factor * _shifted(rest, step)
        factor, step = factor * _shifted(factor, step), 2 * step
    return np.moveaxis(before * rest, -1, axis)


def _shifted(x: Any, by: int) -> Any:
    """The elements moved to the front of the last axis, zeros behind them."""
    return np.concatenate([x[..., by:], np.zeros((*np.shape(x)[:-1], by), x.dtype)], -1)


cumprod.vjps = (_cumprod_vjp,)


@function(np.var)
def var(a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance: the sum of the squared differences from the mean, divided by ``n - ddof``.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    ddof : float
        0 for the variance of the elements, 1 for the unbiased estimate of that of a population they were drawn from.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there are not more than ``ddof`` elements.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0, 3.0])
    >>> ma.var(x, ddof=1), ma.gradients(ma.var(x, ddof=1), [x])
    (Value(1., operation=divide), [array([-1.,  0.,  1.])])
    """
    a = joined(a)
    n = _degrees(a, axis, ddof, "var")
    difference = a - mean(a, axis=axis, keepdims=True)
    return sum(difference * difference, axis=axis, keepdims=keepdims) / n


def _degrees(a: Any, axis: Axis, ddof: float, user: str | None = None) -> float:
    n = count(a, axis, user)
    if n <= ddof:
        prefix = f"{user}: " if user else ""
        raise ValueError(f"{prefix}{n} elements with ddof={ddof} leave nothing to divide by")
    return n - ddof


def _std_notation(operands: Any, parameters: Any) -> str | None:
    return f"std({{0}}, ddof={parameters['ddof']:g})" if parameters.get("ddof") else None


def _std_slope(operands: Any, parameters: Any) -> str | None:
    if parameters.get("axis") is not None:
        return None
    n = parameters.get("elements", "n")
    ddof = parameters.get("ddof", 0)
    degrees = n if not ddof else f"({n} − {ddof:g})" if n == "n" else f"{n - ddof:g}"
    return f"({{0}} − mean({{0}}))/({degrees} · {{out}})"


@operation(
    np.std,
    symbol="std",
    kinks=lambda a, axis=None, ddof=0, keepdims=False: () if count(a, axis) < 2 else np.ptp(a, axis),
    notation=_std_notation,
    derivatives=(_std_slope,),
)
def std(a: Array, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Array:
    """The standard deviation, the root of :func:`var`; the gradient is 0 where it is 0.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    ddof : float
        ``n - ddof`` divides the sum of squares.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there are not more than ``ddof`` elements.

    Examples
    --------
    >>> import microae as ma
    >>> x, constant = ma.Value([1.0, 2.0, 3.0]), ma.Value([5.0, 5.0])
    >>> ma.std(x, ddof=1), ma.gradients(ma.std(constant), [constant])
    (Value(1., operation=std), [array([0., 0.])])
    """
    n = _degrees(a, axis, ddof)
    return scaled_length(a - _add(a, axis, None, None, True) / count(a, axis), axis, keepdims, n)


def _std_vjp(g: Any, out: Any, a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    difference = a - np.mean(a, axis=axis, keepdims=True)
    difference = difference - np.mean(difference, axis=axis, keepdims=True)  # what the rounding of the mean left
    largest = np.max(np.abs(a), axis=axis, keepdims=True)
    is_constant = np.max(np.abs(difference), axis=axis, keepdims=True) <= np.finfo(a.dtype).eps * largest
    difference, length = difference / (count(a, axis) - ddof), spread(out, a, axis, keepdims)
    x, length = select(is_constant, 0.0, difference), select(is_constant, 0.0, length)  # else 1e-17 / 1e-17
    return by_length(g, x, length, out, functools.partial(spread, x=a, axis=axis, keepdims=keepdims), difference)


std.vjps = (_std_vjp,)


@operation(symbol="logΣexp", derivatives=("e^({0} − {out})",))
def logsumexp(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """``log(sum(exp(a)))`` without overflow; of no elements, or of all -inf, it is -inf and its gradient 0.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1000.0, 1000.0])
    >>> ma.logsumexp(x), ma.gradients(ma.logsumexp(x), [x])[0].round(6)
    (Value(1000.693147, operation=logsumexp), array([0.5, 0.5]))
    """
    largest = np.max(a, axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(largest), largest, 0.0).astype(largest.dtype)
    with np.errstate(divide="ignore"):
        out = np.log(np.add.reduce(np.exp(a - shift), axis, keepdims=True)) + shift
    return out if keepdims else np.squeeze(out, axis)


def _logsumexp_vjp(g: Any, out: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    out = spread(out, a, axis, keepdims)
    return spread(g, a, axis, keepdims) * np.exp(a - select(out == -np.inf, 0.0, out))


logsumexp.vjps = (_logsumexp_vjp,)


def scaled_length(x: Any, axis: Axis, keepdims: bool, n: float = 1.0) -> Any:
    """The root of the sum of squares divided by ``n``, for elements whose squares overflow or underflow too."""
    largest = np.max(np.abs(x), axis, keepdims=True, initial=0.0)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0).astype(x.dtype)
    out = scale * np.sqrt(np.add.reduce(np.square(x / scale), axis, keepdims=True) / n)
    return out if keepdims else np.squeeze(out, axis)
