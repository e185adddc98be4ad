"""More ways to join, cut and turn arrays, and means and differences along an axis: all made of other rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.arrays import as_data
from microae.core.value import Value
from microae.operations.indexing import getitem
from microae.operations.joining import concatenate, split
from microae.operations.reductions import mean
from microae.operations.reductions import sum as sum_
from microae.operations.registry import function
from microae.operations.shape import broadcast_to, flip, reshape, swapaxes

# --- joining -------------------------------------------------------------------------------------------------------


@function(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """``values`` behind ``arr``: along an axis, or both as vectors.

    Parameters
    ----------
    arr, values : array_like or Value
    axis : int, optional

    Returns
    -------
    Value
        A plain array if none of them is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.append(ma.Value([1.0, 2.0]), [3.0])
    Value([1., 2., 3.], operation=concatenate)
    """
    return concatenate((arr, values), axis)


@function(np.column_stack, method=False)
def column_stack(tup: Sequence[Any]) -> Any:
    """Vectors as the columns of a matrix; matrices as they are.

    Examples
    --------
    >>> import microae as ma
    >>> ma.column_stack([ma.Value([1.0, 2.0]), [3.0, 4.0]])
    Value([[1., 3.],
           [2., 4.]], operation=concatenate)
    """
    return concatenate([x if np.ndim(x) > 1 else reshape(x, (-1, 1)) for x in tup], 1)


@function(np.dstack, method=False)
def dstack(tup: Sequence[Any]) -> Any:
    """The arrays, at least 3-D, joined along the third axis; vectors are taken as rows.

    Examples
    --------
    >>> import microae as ma
    >>> ma.dstack([ma.Value([1.0, 2.0]), [3.0, 4.0]]).shape
    (1, 2, 2)
    """
    return concatenate([_deep(x) for x in tup], 2)


def _deep(x: Any) -> Any:
    """An array with three axes at least, as NumPy adds them: in front, then behind."""
    shape = np.shape(x)
    return x if len(shape) > 2 else reshape(x, (1, *shape, 1) if len(shape) < 2 and shape else (*(shape or (1, 1)), 1))


# --- cutting -------------------------------------------------------------------------------------------------------


@function(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The array cut along an axis, as :func:`split`, into sections that need not be equal: the first may be longer.

    Parameters
    ----------
    ary : array_like or Value
    indices_or_sections : int or sequence of int
        Into how many sections, or the indices at which to cut.
    axis : int

    Returns
    -------
    list of Value
        Plain arrays if ``ary`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> [part.shape for part in ma.array_split(ma.Value([1.0, 2.0, 3.0]), 2)]
    [(2,), (1,)]
    """
    if np.ndim(indices_or_sections):
        return split(ary, indices_or_sections, axis)  # type: ignore[no-any-return]
    if indices_or_sections < 1:
        raise ValueError(f"array_split: needs at least one section, got {indices_or_sections}")
    n = np.shape(ary)[normalize_axis_index(axis, np.ndim(ary), "array_split")]
    each, longer = divmod(n, indices_or_sections)
    ends = [each * i + min(i, longer) for i in range(1, indices_or_sections)]
    return split(ary, ends, axis)  # type: ignore[no-any-return]


@function(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """The array cut along its second axis, or a vector along its own.

    Examples
    --------
    >>> import microae as ma
    >>> [part.shape for part in ma.hsplit(ma.Value([[1.0, 2.0], [3.0, 4.0]]), 2)]
    [(2, 1), (2, 1)]
    """
    return split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)  # type: ignore[no-any-return]


@function(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """The array, at least 2-D, cut along its first axis.

    Examples
    --------
    >>> import microae as ma
    >>> [part.shape for part in ma.vsplit(ma.Value([[1.0, 2.0], [3.0, 4.0]]), 2)]
    [(1, 2), (1, 2)]
    """
    _at_least("vsplit", ary, 2)
    return split(ary, indices_or_sections, 0)  # type: ignore[no-any-return]


@function(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """The array, at least 3-D, cut along its third axis.

    Examples
    --------
    >>> import microae as ma
    >>> [part.shape for part in ma.dsplit(ma.Value([[[1.0, 2.0]]]), 2)]
    [(1, 1, 1), (1, 1, 1)]
    """
    _at_least("dsplit", ary, 3)
    return split(ary, indices_or_sections, 2)  # type: ignore[no-any-return]


def _at_least(user: str, x: Any, ndim: int) -> None:
    if np.ndim(x) < ndim:
        raise ValueError(f"{user}: needs an array with at least {ndim} axes, its shape is {np.shape(x)}")


# --- turning -------------------------------------------------------------------------------------------------------


@function(np.flipud)
def flipud(m: Any) -> Any:
    """The rows in reverse order.

    Parameters
    ----------
    m : array_like or Value

    Returns
    -------
    Value
        Of the same shape; a plain array if ``m`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.flipud(ma.Value([1.0, 2.0]))
    Value([2., 1.], operation=flip)
    """
    _at_least("flipud", m, 1)
    return flip(m, 0)


@function(np.fliplr)
def fliplr(m: Any) -> Any:
    """The columns, of an array at least 2-D, in reverse order.

    Parameters
    ----------
    m : array_like or Value

    Returns
    -------
    Value
        Of the same shape; a plain array if ``m`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.fliplr(ma.Value([[1.0, 2.0]]))
    Value([[2., 1.]], operation=flip)
    """
    _at_least("fliplr", m, 2)
    return flip(m, 1)


@function(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """The array turned by ``k`` quarters, from the first of two axes to the second.

    Parameters
    ----------
    m : array_like or Value
    k : int
        How many quarters.
    axes : pair of int

    Returns
    -------
    Value
        A plain array if ``m`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.rot90(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([[2., 4.],
           [1., 3.]], operation=flip)
    """
    _at_least("rot90", m, 2)
    first, second = (normalize_axis_index(axis, np.ndim(m), "rot90") for axis in axes)
    if first == second:
        raise ValueError(f"rot90: the axes must be different, got {axes}")
    quarters = k % 4
    if quarters % 2 == 0:
        return flip(flip(m, first), second) if quarters else m
    turned = swapaxes(m, first, second)
    return flip(turned, first if quarters == 1 else second)


# --- differences and means -----------------------------------------------------------------------------------------


@function(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """The differences of neighbours along an axis, ``n`` times.

    Parameters
    ----------
    a : array_like or Value
    n : int
        How many times.
    axis : int

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
    leading = (slice(None),) * normalize_axis_index(axis, np.ndim(a), "diff")
    for _ in range(n):
        a = getitem(a, (*leading, slice(1, None))) - getitem(a, (*leading, slice(None, -1)))
    return a


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
    return sum_(a * weights, axis, keepdims=keepdims) / sum_(weights, axis, keepdims=keepdims)


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


@function(np.full_like, method=False)
def full_like(a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """An array of the shape of ``a`` that is everywhere ``fill_value``, whose gradient is the sum of the elements'.

    Parameters
    ----------
    a : array_like or Value
        Only its shape is used: nothing flows to it.
    fill_value : array_like or Value
        Broadcast to that shape.
    dtype : numpy dtype, optional
        Of the result where ``fill_value`` is no Value; by default that of ``a``.
    shape : int or tuple of int, optional
        Another shape.

    Returns
    -------
    Value
        A plain array if ``fill_value`` is no Value.

    Examples
    --------
    >>> import microae as ma
    >>> c = ma.Value(3.0)
    >>> ma.full_like([1.0, 2.0], c), ma.gradients(ma.full_like([1.0, 2.0], c).sum(), [c])
    (Value([3., 3.], operation=broadcast_to), [2.0])
    """
    wanted = np.shape(a) if shape is None else shape
    if isinstance(fill_value, Value):
        if dtype is not None:
            raise TypeError("full_like: the result has the dtype of the Value; use ma.astype for another")
        return broadcast_to(fill_value, wanted)
    return np.full_like(a._data if isinstance(a, Value) else a, fill_value, dtype, shape=shape)
