"""Statistics: the range, weighted means, medians and quantiles, also of what is not NaN; covariances.

Conventions where a derivative has a choice: as in :func:`sort`, each gradient goes to the elements that stand at a
quantile's places in ascending order, and of equal ones to those that come first. A slice with NaN has quantiles NaN;
those of the ``nan`` functions pass over it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.arrays import as_data
from microae.core.operation import joined
from microae.core.value import Value
from microae.operations.indexing import diagonal, getitem, where
from microae.operations.joining import concatenate
from microae.operations.linear_algebra import matmul
from microae.operations.operands import array_of, floats
from microae.operations.reductions import Axis, extreme_gap, max, mean, min, sum
from microae.operations.registry import function
from microae.operations.shape import (
    as_vectors,
    atleast_2d,
    broadcast_to,
    expand_dims,
    reshape,
    squeeze,
    transpose,
)

# --- the range -------------------------------------------------------------------------------------------------


def _ptp_kinks(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return extreme_gap(a, axis, sign=1.0), extreme_gap(a, axis, sign=-1.0)


@function(np.ptp, kinks=_ptp_kinks)
def ptp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The range: the largest element minus the smallest; ties share the gradient equally.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 5.0, 2.0])
    >>> ma.ptp(x), ma.gradients(ma.ptp(x), [x])
    (Value(4., operation=subtract), [array([-1.,  1.,  0.])])
    """
    a = joined(a)
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


# --- means -----------------------------------------------------------------------------------------------------


@function(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """The mean, or with ``weights`` of the shape of ``a``, or one for each slice along ``axis``, the weighted mean.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int, optional
        By default over all elements.
    weights : array_like or Value, optional
    keepdims : bool
        Keep the axes, with length 1.

    Returns
    -------
    Value
        A plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0])
    >>> ma.average(x, weights=[3.0, 1.0]), ma.gradients(ma.average(x, weights=[3.0, 1.0]), [x])
    (Value(1.25, operation=divide), [array([0.75, 0.25])])
    """
    a = joined(a)
    if weights is None:
        return mean(a, axis, keepdims=keepdims)
    weights = weights if isinstance(weights, Value) else as_data(weights, "average: the weights")
    if np.shape(weights) != np.shape(a):
        if not isinstance(axis, int) or np.shape(weights) != (np.shape(a)[axis],):
            raise ValueError(
                f"average: weights of shape {np.shape(weights)} fit neither the array's {np.shape(a)} nor an axis of it"
            )
        axis = normalize_axis_index(axis, np.ndim(a), "average")
        weights = reshape(weights, (-1,) + (1,) * (np.ndim(a) - axis - 1))
    weights = broadcast_to(weights, np.shape(a))
    return sum(a * weights, axis, keepdims=keepdims) / sum(weights, axis, keepdims=keepdims)


# --- quantiles -------------------------------------------------------------------------------------------------


def _fractions(q: Any, user: str) -> Any:
    if isinstance(joined(q), Value):
        raise TypeError(f"{user}: q must be plain numbers, got a Value; nothing flows to it, use its .data")
    q = np.asarray(as_data(q, f"{user}: q"), np.float64)
    if not ((q >= 0.0) & (q <= 1.0)).all():
        raise ValueError(f"{user}: the quantiles must lie in [0, 1] (percentiles in [0, 100]), got {q.tolist()}")
    return q


def _vectors(a: Any, axis: Axis, user: str) -> tuple[Any, tuple[int, ...]]:
    a = floats(a, user)
    vectors, axes = as_vectors(a, axis, user)
    if not vectors.shape[-1]:
        raise ValueError(f"{user}: no elements have no quantile; the shape is {a.shape}")
    return vectors, axes


def _places(vectors: Any, q: Any, method: str, skip: bool) -> Any:
    """Where the quantiles are among the elements in ascending order: 2.5 is midway between those at 2 and 3.

    The axes of ``q`` come first, then those of the vectors, or one of length 1 for each.
    """
    n, shape = vectors.shape[-1], q.shape + (1,) * (vectors.ndim - 1)
    if method == "linear":
        count = np.sum(~np.isnan(vectors), axis=-1) if skip else n
        return (count - 1.0) * q.reshape(shape)  # in any place of no numbers is NaN
    try:
        places = np.quantile(np.arange(float(n)), q.ravel(), method=method)  # type: ignore[call-overload]
    except ValueError as error:
        raise ValueError(f"quantile: {error}") from error
    return places.reshape(shape)


def _rows(vectors: Any) -> tuple[Any, ...]:
    """What stands before the places in an index of one element of each vector."""
    return tuple(np.indices(vectors.shape[:-1], sparse=True))


def _quantile(user: str, a: Any, q: Any, axis: Axis, method: str, keepdims: bool, skip: bool = False) -> Any:
    q = _fractions(q, user)
    vectors, axes = _vectors(a, axis, user)
    data = array_of(vectors)
    rows, last = _rows(data), data.shape[-1] - 1
    order = np.argsort(data, stable=True)

    def at(places: Any) -> Any:
        return getitem(vectors, index=(*rows, order[(*rows, np.minimum(places, last))]))

    places = _places(data, q, method, skip)
    below = np.floor(places).astype(int)
    share = (places - below).astype(data.dtype)
    if not skip:  # in ascending order NaN comes last
        below = np.where(np.any(np.isnan(data), axis=-1), last, below)
    out = at(below)
    if skip or share.any():
        with np.errstate(invalid="ignore"):  # 0 · ∞ is not chosen
            between = out * (1.0 - share) + at(below + 1) * share
        out = between if not skip and share.all() else where(share == 0, out, between)
    return expand_dims(out, tuple(axis + q.ndim for axis in sorted(axes))) if keepdims else out


def _quantile_kinks(a: Any, q: Any, axis: Axis = None, method: str = "linear", skip: bool = False) -> Any:
    """Where elements tie of which one stands at a place of a quantile; two that count half each may tie."""
    vectors, _ = as_vectors(a, axis, "quantile")
    ordered, rows, last = np.sort(vectors), _rows(vectors), vectors.shape[-1] - 1
    places = _places(vectors, np.asarray(q, float), method, skip)
    below = np.floor(places).astype(int)
    share, gaps = places - below, []
    for i, matters in ((below - 1, True), (below, share != 0.5), (below + 1, share > 0)):
        low, high = (ordered[(*rows, np.clip(j, 0, last))] for j in (i, i + 1))
        gaps.append(np.where(matters & (i >= 0) & (i < last), high - low, 1.0))
    return tuple(gaps)


@function(
    np.quantile,
    kinks=lambda a, q, axis=None, method="linear", keepdims=False: _quantile_kinks(a, q, axis, method),
)
def quantile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """The quantiles: of the elements in ascending order that at the place ``q (n - 1)``, or between two.

    Parameters
    ----------
    a : array_like or Value
    q : float or array_like of float
        In [0, 1]; plain numbers.
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    method : str
        Any of NumPy's, such as "linear", "lower", "nearest" or "median_unbiased".
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``q``, then that of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there are no elements, or ``q`` or ``method`` is none.
    TypeError
        If ``q`` is a Value.

    Notes
    -----
    It bends where elements tie of which one stands at a quantile's place; the gradient goes to those that are sorted
    there.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([3.0, 1.0, 2.0])
    >>> y = ma.quantile(x, 0.75)
    >>> y.item(), ma.gradients(y, [x])
    (2.5, [array([0.5, 0. , 0.5])])
    """
    return _quantile("quantile", a, q, axis, method, keepdims)


@function(
    np.percentile,
    kinks=lambda a, q, axis=None, method="linear", keepdims=False: _quantile_kinks(a, np.divide(q, 100), axis, method),
)
def percentile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """The percentiles, as :func:`quantile` with ``q`` in [0, 100].

    Parameters
    ----------
    a : array_like or Value
    q : float or array_like of float
        In [0, 100]; plain numbers.
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    method : str
        Any of NumPy's.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``q``, then that of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there are no elements, or ``q`` or ``method`` is none.
    TypeError
        If ``q`` is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.percentile(ma.Value([3.0, 1.0, 2.0]), [0, 50]).data
    array([1., 2.])
    """
    return _quantile("percentile", a, _hundredths(q, "percentile"), axis, method, keepdims)


def _hundredths(q: Any, user: str) -> Any:
    return q if isinstance(joined(q), Value) else np.true_divide(as_data(q, f"{user}: q"), 100.0)


@function(np.median, kinks=lambda a, axis=None, keepdims=False: _quantile_kinks(a, 0.5, axis))
def median(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The median: the middle element in ascending order, or the mean of the two there, which share the gradient.

    It bends where the middle ties with a neighbour; the gradient goes to the elements that are sorted there. NaN if an
    element is NaN.

    Raises
    ------
    ValueError
        If there are no elements.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([3.0, 1.0, 2.0, 9.0])
    >>> ma.median(x).item(), ma.gradients(ma.median(x), [x])
    (2.5, [array([0.5, 0. , 0.5, 0. ])])
    """
    return _quantile("median", a, 0.5, axis, "linear", keepdims)


@function(np.nanmedian, kinks=lambda a, axis=None, keepdims=False: _quantile_kinks(a, 0.5, axis, skip=True))
def nanmedian(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The median of the elements that are not NaN; NaN where all are.

    Raises
    ------
    ValueError
        If there are no elements.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([3.0, np.nan, 1.0])
    >>> ma.nanmedian(x).item(), ma.gradients(ma.nanmedian(x), [x])
    (2.0, [array([0.5, 0. , 0.5])])
    """
    return _quantile("nanmedian", a, 0.5, axis, "linear", keepdims, skip=True)


@function(np.nanquantile, kinks=lambda a, q, axis=None, keepdims=False: _quantile_kinks(a, q, axis, skip=True))
def nanquantile(a: Any, q: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The quantiles of the elements that are not NaN, by linear interpolation; NaN where all are.

    Parameters
    ----------
    a : array_like or Value
    q : float or array_like of float
        In [0, 1]; plain numbers.
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``q``, then that of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there are no elements, or a ``q`` is outside.
    TypeError
        If ``q`` is a Value.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nanquantile(ma.Value([3.0, np.nan, 1.0]), 0.25).item()
    1.5
    """
    return _quantile("nanquantile", a, q, axis, "linear", keepdims, skip=True)


@function(
    np.nanpercentile,
    kinks=lambda a, q, axis=None, keepdims=False: _quantile_kinks(a, np.divide(q, 100), axis, skip=True),
)
def nanpercentile(a: Any, q: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The percentiles of the elements that are not NaN, as :func:`nanquantile` with ``q`` in [0, 100].

    Parameters
    ----------
    a : array_like or Value
    q : float or array_like of float
        In [0, 100]; plain numbers.
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``q``, then that of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nanpercentile(ma.Value([3.0, np.nan, 1.0]), 25).item()
    1.5
    """
    return _quantile("nanpercentile", a, _hundredths(q, "nanpercentile"), axis, "linear", keepdims, skip=True)


# --- covariances -----------------------------------------------------------------------------------------------


@function(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """The covariances of variables that have been observed together.

    Parameters
    ----------
    m : array_like or Value
        One variable (observations,), or several (variables, observations).
    y : array_like or Value, optional
        More variables.
    rowvar : bool
        Whether the rows are the variables; else the columns.
    bias : bool
        Whether to divide by the number of observations rather than by one less.
    ddof : int, optional
        How many less, instead.
    fweights : array_like of int, optional
        How often each observation counts; plain numbers.
    aweights : array_like of float, optional
        How important each is; plain numbers.

    Returns
    -------
    Value
        Shape (variables, variables), or () of one; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If there are more than two axes, or too few observations.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    >>> ma.cov(x).data
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    variables = _variables(m, rowvar)
    if y is not None:
        variables = concatenate((variables, _variables(y, rowvar)), 0)
    n = np.shape(variables)[1]
    ddof = (0 if bias else 1) if ddof is None else ddof
    importance, times = (
        np.ones(n) if w is None else as_data(w, "cov: the weights").astype(float) for w in (aweights, fweights)
    )
    if not importance.shape == times.shape == (n,):
        raise ValueError(f"cov: {n} observations need as many weights, got {importance.shape} and {times.shape}")
    weights = importance * times
    total = weights.sum()
    degrees = total - ddof * (1.0 if aweights is None else (weights * importance).sum() / (total or 1.0))
    if degrees <= 0:
        raise ValueError(f"cov: {n} observations with ddof={ddof} leave nothing to divide by")
    shares, each = ((w / by).astype(variables.dtype) for w, by in ((weights, total), (weights, degrees)))
    variables = variables - sum(variables * shares, axis=1, keepdims=True)
    return squeeze(matmul(variables, transpose(variables * each)))


def _variables(m: Any, rowvar: bool) -> Any:
    m = floats(m, "cov")
    if np.ndim(m) > 2:
        raise ValueError(f"cov: needs one variable or several, one or two axes; the shape is {np.shape(m)}")
    rows = atleast_2d(m)
    return rows if rowvar or np.shape(rows)[0] == 1 else transpose(rows)


@function(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The correlations of variables that have been observed together: covariances by standard deviations.

    Parameters
    ----------
    x : array_like or Value
        One variable (observations,), or several (variables, observations).
    y : array_like or Value, optional
        More variables.
    rowvar : bool
        Whether the rows are the variables; else the columns.

    Returns
    -------
    Value
        Shape (variables, variables), or () of one; a plain array if no argument is a Value. NaN of a constant.

    Raises
    ------
    ValueError
        If there are more than two axes, or fewer than two observations.

    Examples
    --------
    >>> import microae as ma
    >>> ma.corrcoef(ma.Value([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])).data.round(12)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar)
    if not np.ndim(c):
        return c / c
    deviations = np.sqrt(diagonal(c))
    return c / deviations / expand_dims(deviations, 1)
