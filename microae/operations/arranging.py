"""More ways to join, cut and turn arrays: all made of other rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.arrays import frozen
from microae.core.operation import joined
from microae.core.value import Value
from microae.operations.indexing import take
from microae.operations.joining import concatenate, split
from microae.operations.operands import floats
from microae.operations.reductions import sum as sum_
from microae.operations.registry import function, numpys
from microae.operations.shape import broadcast_to, flip, moveaxis, ravel, reshape, swapaxes

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


@function(np.block, method=False)
def block(arrays: Any) -> Any:
    """Arrays joined as nested lists show them: the innermost along the last axis, the next along the one before.

    Parameters
    ----------
    arrays : nested list of array_like or Value
        All lists of one depth.

    Returns
    -------
    Value
        A plain array if none of them is a Value.

    Raises
    ------
    ValueError
        If lists are of different depths or empty, or shapes do not fit.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> A = ma.Value([[1.0, 2.0], [3.0, 4.0]])
    >>> ma.block([[A, np.zeros((2, 1))], [np.ones((1, 3))]])
    Value([[1., 2., 0.],
           [3., 4., 0.],
           [1., 1., 1.]], operation=concatenate)
    """
    depth = _depth(arrays)
    n = max(depth, *(np.ndim(x) for x in _innermost(arrays)), 0)

    def joined_up(part: Any, axis: int) -> Any:
        if isinstance(part, list):
            return concatenate([joined_up(inner, axis + 1) for inner in part], axis)
        shape = np.shape(part)
        return (
            part
            if depth and len(shape) == n and isinstance(part, Value)
            else reshape(part, (1,) * (n - len(shape)) + shape)
        )

    return joined_up(arrays, n - depth)


def _depth(arrays: Any) -> int:
    if not isinstance(arrays, list):
        return 0
    depths = {_depth(part) for part in arrays}
    if len(depths) != 1:
        raise ValueError(f"block: lists must not be empty and of one depth, got depths {sorted(depths)}")
    return 1 + depths.pop()


def _innermost(arrays: Any) -> list[Any]:
    return [x for part in arrays for x in _innermost(part)] if isinstance(arrays, list) else [arrays]


@function(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """The array with ``values`` put before the elements, or slices along an axis, at ``obj``.

    Parameters
    ----------
    arr : array_like or Value
    obj : int, slice or sequence of int or bool
        Places in ``arr``.
    values : array_like or Value
        Broadcast to what is put in.
    axis : int, optional
        By default the elements are flattened.

    Returns
    -------
    Value
        A plain array if no argument is a Value.

    Raises
    ------
    IndexError
        If there is no such place.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value([1.0, 2.0, 3.0]), ma.Value(9.0)
    >>> z = ma.insert(x, [0, 2], y)
    >>> z.data, ma.gradients(z.sum(), [x, y])
    (array([9., 1., 2., 9., 3.]), [array([1., 1., 1.]), 2.0])
    """
    arr, values, obj = floats(arr, "insert"), floats(values, "insert"), frozen(obj)
    values = values if isinstance(values, Value) else values.astype(arr.dtype)
    if axis is None:
        arr, axis = ravel(arr), 0
    shape = np.shape(arr)
    axis = normalize_axis_index(axis, len(shape), "insert")
    values = reshape(values, (1,) * (len(shape) - np.ndim(values)) + np.shape(values))
    if not isinstance(obj, slice) and np.ndim(obj) == 0:
        values = moveaxis(values, 0, axis)  # for one place, its first axis is the one along which it is put in
    n = shape[axis]
    m = len(np.insert(np.arange(n), obj, 0)) - n
    m = np.shape(values)[axis] if m == 1 else m
    values = broadcast_to(values, (*shape[:axis], m, *shape[axis + 1 :]))
    places = np.insert(np.arange(n), obj, np.arange(n, n + m))  # NumPy says where each of all comes to stand
    return take(concatenate((arr, values), axis), places, axis)


@function(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """The array without the elements, or slices along an axis, at ``obj``.

    Parameters
    ----------
    arr : array_like or Value
    obj : int, slice or sequence of int or bool
        Places in ``arr``.
    axis : int, optional
        By default the elements are flattened.

    Returns
    -------
    Value
        A plain array if ``arr`` is one.

    Raises
    ------
    IndexError
        If there is no such place.

    Examples
    --------
    >>> import microae as ma
    >>> ma.delete(ma.Value([1.0, 2.0, 3.0]), 1)
    Value([1., 3.], operation=getitem)
    """
    arr, obj = joined(arr), frozen(obj)
    if axis is None:
        arr, axis = ravel(arr), 0
    n = np.shape(arr)[normalize_axis_index(axis, np.ndim(arr), "delete")]
    return take(arr, np.delete(np.arange(n), obj), axis)


@function(np.resize, method=False)
def resize(a: Any, new_shape: Any) -> Any:
    """The elements, in C order and again from the first as often as needed, in another shape.

    Parameters
    ----------
    a : array_like or Value
    new_shape : int or tuple of int

    Returns
    -------
    Value
        Of that shape; of zeros if ``a`` has no elements; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If a length is negative.

    Examples
    --------
    >>> import microae as ma
    >>> ma.resize(ma.Value([1.0, 2.0]), (2, 3))
    Value([[1., 2., 1.],
           [2., 1., 2.]], operation=getitem)
    """
    shape = tuple(np.atleast_1d(new_shape).tolist()) if np.ndim(new_shape) < 2 else new_shape
    if any(n < 0 for n in shape):
        raise ValueError(f"resize: lengths must not be negative, got {shape}")
    a = ravel(joined(a))
    if not np.size(a):
        return broadcast_to(sum_(a), shape)
    return take(a, np.resize(np.arange(np.size(a)), shape))


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


@function(*numpys("unstack"), method=False)
def unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, without it: what :func:`stack` joins.

    Parameters
    ----------
    x : array_like or Value
    axis : int

    Returns
    -------
    tuple of Value
        Plain arrays if ``x`` is one.

    Raises
    ------
    ValueError
        If ``x`` has no axes.

    Examples
    --------
    >>> import microae as ma
    >>> ma.unstack(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    (Value([1., 2.], operation=getitem), Value([3., 4.], operation=getitem))
    """
    _at_least("unstack", x, 1)
    return tuple(moveaxis(joined(x), axis, 0)[i] for i in range(np.shape(x)[axis]))


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


@function(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """The array with an axis moved before another; :func:`moveaxis` says it more simply.

    Parameters
    ----------
    a : array_like or Value
    axis : int
        Which axis.
    start : int
        Before which one it comes to stand; ``a.ndim``: behind the last.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.rollaxis(ma.Value(np.ones((2, 3, 4))), 2).shape
    (4, 2, 3)
    """
    n = np.ndim(a)
    axis = normalize_axis_index(axis, n, "rollaxis")
    start = normalize_axis_index(start, n + 1, "rollaxis") if start >= 0 else normalize_axis_index(start, n, "rollaxis")
    return moveaxis(a, axis, start - 1 if axis < start else start)


@function(*numpys("matrix_transpose"))
def matrix_transpose(x: Any) -> Any:
    """The transpose of a matrix, or of each of a batch.

    Parameters
    ----------
    x : array_like or Value
        Shape (..., n, m).

    Returns
    -------
    Value
        Of shape (..., m, n); a plain array if ``x`` is one.

    Raises
    ------
    ValueError
        If ``x`` has fewer than two axes.

    Examples
    --------
    >>> import microae as ma
    >>> ma.matrix_transpose(ma.Value([[1.0, 2.0]])).shape
    (2, 1)
    """
    _at_least("matrix_transpose", x, 2)
    return swapaxes(x, -1, -2)
