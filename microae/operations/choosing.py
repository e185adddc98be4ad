"""Choosing among arrays, and applying functions to parts of one.

What is not chosen gets no gradient, not even a NaN. Conditions and numbers of choices are plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.arrays import frozen
from microae.core.operation import joined
from microae.core.value import Value
from microae.operations.filling import broadcast_arrays
from microae.operations.indexing import take, take_along_axis, where
from microae.operations.joining import stack
from microae.operations.operands import floats
from microae.operations.registry import function
from microae.operations.shape import broadcast_to, expand_dims, moveaxis, ravel, reshape


@function(np.select, method=False)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Of several choices the first whose condition holds, elementwise.

    Parameters
    ----------
    condlist : sequence of array_like of bool
        Plain arrays, such as ``v > 0``.
    choicelist : sequence of array_like or Value
        As many; all are broadcast.
    default : array_like or Value
        Where no condition holds.

    Returns
    -------
    Value
        Of the broadcast shape; a plain array if no choice is a Value.

    Raises
    ------
    ValueError
        If there are no conditions, or not as many choices.
    TypeError
        If a condition is a Value or not of truth values.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-2.0, 0.5, 3.0])
    >>> y = ma.select([x < 0, x < 1], [0.0, x * x], default=2 * x - 1)
    >>> y.data, ma.gradients(y.sum(), [x])
    (array([0.  , 0.25, 5.  ]), [array([0., 1., 2.])])
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(f"select: needs as many choices as conditions, got {len(condlist)} and {len(choicelist)}")
    out = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        if isinstance(condition, Value) or np.result_type(condition).kind != "b":
            raise TypeError("select: a condition must be a plain array of truth values, such as v > 0")
        out = where(condition, choice, out)
    return out


@function(np.choose, method=False)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """Of several choices the one of the number that ``a`` says, elementwise.

    Parameters
    ----------
    a : array_like of int
        Which choice.
    choices : sequence of array_like or Value
        Broadcast against ``a``; of one array, the first axis.
    mode : "raise", "wrap" or "clip"
        What becomes of a number that is none: an error, counting on from the other end, or the nearest one.

    Returns
    -------
    Value
        Of the broadcast shape; a plain array if no choice is a Value.

    Raises
    ------
    ValueError
        If there is no choice of a number.
    TypeError
        If the numbers are not integers.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.Value([1.0, 2.0]), ma.Value([3.0, 4.0])
    >>> ma.choose([0, 1], [x, y])
    Value([1., 4.], operation=getitem)
    """
    a = np.asarray(frozen(a))
    if a.dtype.kind not in "iub":
        raise TypeError(f"choose: the numbers of the choices must be integers, got {a.dtype}")
    n = len(choices)
    if mode == "raise" and a.size and not (a.min() >= 0 and a.max() < n):
        raise ValueError(f"choose: there are the choices 0..{n - 1}, the numbers span {a.min()}..{a.max()}")
    shape = np.broadcast_shapes(a.shape, *(np.shape(joined(choice)) for choice in choices))
    every = stack([broadcast_to(choice, shape) for choice in choices])
    numbers = np.broadcast_to(a, shape).astype(int)
    numbers = numbers % n if mode == "wrap" else np.clip(numbers, 0, n - 1)
    return take_along_axis(every, numbers[None], 0)[0]


@function(np.compress, method=False)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The slices along an axis for which a condition holds.

    Parameters
    ----------
    condition : array_like of bool
        Shape (n,), not longer than the axis; plain.
    a : array_like or Value
    axis : int, optional
        By default the elements are counted in C order.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If the condition has not one axis.

    Examples
    --------
    >>> import microae as ma
    >>> ma.compress([True, False, True], ma.Value([1.0, 2.0, 3.0]))
    Value([1., 3.], operation=getitem)
    """
    condition = np.asarray(frozen(condition))
    if condition.ndim != 1:
        raise ValueError(f"compress: the condition must have one axis, its shape is {condition.shape}")
    return take(a, np.flatnonzero(condition), axis=axis)


@function(np.extract, method=False)
def extract(condition: Any, arr: Any) -> Any:
    """The elements for which a condition holds, in C order.

    Parameters
    ----------
    condition : array_like of bool
        Of the size of ``arr``; plain.
    arr : array_like or Value

    Returns
    -------
    Value
        Shape (n,); a plain array if ``arr`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, -2.0, 3.0])
    >>> ma.extract(x > 0, x)
    Value([1., 3.], operation=getitem)
    """
    return take(ravel(arr), np.flatnonzero(frozen(condition)))


# --- functions of parts ------------------------------------------------------------------------------------------


@function(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Functions of ``x`` by pieces: where several conditions hold, the last one counts.

    Parameters
    ----------
    x : array_like or Value
    condlist : sequence of array_like of bool
        Plain arrays of the shape of ``x``, such as ``v > 0``; or one of them.
    funclist : sequence of callable or float
        As many, or one more for where no condition holds; by default 0.
    *args, **kw
        Handed to the functions.

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if it is one.

    Raises
    ------
    ValueError
        If there are neither as many functions as conditions nor one more.

    Notes
    -----
    NumPy calls each function with the elements of its piece; here it is called with all of ``x``, of which its piece
    is taken, so that a program that was compiled holds for other pieces. It must be elementwise.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([-1.0, 4.0])
    >>> y = ma.piecewise(x, [x < 0, x >= 0], [0.0, lambda x: x**0.5])
    >>> y.data, ma.gradients(y.sum(), [x])
    (array([0., 2.]), [array([0.  , 0.25])])
    """
    x = floats(x, "piecewise")
    several = isinstance(condlist, (list, tuple)) and (np.ndim(condlist[0]) or not np.ndim(x))
    conditions = list(condlist) if several or np.ndim(condlist) > np.ndim(x) else [condlist]
    functions = list(funclist)
    if len(functions) == len(conditions):
        functions.append(0.0)
    n = len(conditions)
    if len(functions) != n + 1:
        raise ValueError(f"piecewise: {n} conditions need {n} functions or {n + 1}, got {len(funclist)}")
    *functions, otherwise = functions
    out = broadcast_to(_applied(otherwise, x, args, kw), np.shape(x))
    for condition, f in zip(conditions, functions, strict=True):
        out = where(condition, _applied(f, x, args, kw), out)
    return out


def _applied(f: Any, x: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
    if not callable(f):
        return f if isinstance(f, Value) else np.asarray(f, x.dtype)
    with np.errstate(all="ignore"):  # outside of its piece it may be what it likes
        return f(x, *args, **kw)


@function(np.apply_along_axis, method=False)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """A function of vectors, of each slice along an axis.

    Parameters
    ----------
    func1d : callable
        Takes a Value of shape (n,); returns a number or an array, always of one shape.
    axis : int
    arr : array_like or Value
        With no axis of length 0 but perhaps this one.
    *args, **kwargs
        Handed to the function.

    Returns
    -------
    Value
        Of the shape of ``arr`` with that of the function's result in place of the axis; a plain array if it is one.

    Raises
    ------
    ValueError
        If there are no slices.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([[3.0, 1.0], [2.0, 5.0]])
    >>> ma.apply_along_axis(lambda row: row.max() - row.min(), 1, x)
    Value([2., 3.], operation=transpose)
    """
    arr = joined(arr)
    axis = normalize_axis_index(axis, np.ndim(arr), "apply_along_axis")
    moved = moveaxis(arr, axis, -1)
    kept = np.shape(moved)[:-1]
    results = [func1d(moved[index], *args, **kwargs) for index in np.ndindex(kept)]
    if not results:
        raise ValueError(f"apply_along_axis: there are no slices along axis {axis} of shape {np.shape(arr)}")
    results = list(broadcast_arrays(*results))
    inner = np.shape(results[0])
    out = reshape(stack(results), (*kept, *inner))
    return moveaxis(out, range(len(kept), len(kept) + len(inner)), range(axis, axis + len(inner)))


@function(np.apply_over_axes, method=False)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """A function ``func(a, axis)``, such as ``np.sum``, along several axes one after the other, which stay.

    Parameters
    ----------
    func : callable
        Its result has the axis with length 1, or lacks it.
    a : array_like or Value
    axes : int or sequence of int

    Returns
    -------
    Value
        With as many axes as ``a``; a plain array if it is one.

    Raises
    ------
    ValueError
        If a result has other axes.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.apply_over_axes(np.sum, ma.Value([[1.0, 2.0], [3.0, 4.0]]), [0, 1])
    Value([[10.]], operation=reshape)
    """
    out = joined(a)
    n = np.ndim(out)
    for axis in np.atleast_1d(axes).tolist():
        axis = normalize_axis_index(axis, n, "apply_over_axes")
        out = func(out, axis)
        out = expand_dims(out, axis) if np.ndim(out) == n - 1 else out
        if np.ndim(out) != n:
            raise ValueError(f"apply_over_axes: the function's result has shape {np.shape(out)} instead of {n} axes")
    return out
