"""Joining arrays, splitting them, and repeating or padding what is in them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.arrays import Array, frozen
from microae.core.operation import Variadic
from microae.operations.indexing import getitem, take, where
from microae.operations.registry import function, operation
from microae.operations.shape import atleast_1d, atleast_2d, broadcast_to, expand_dims, ravel, reshape


def _concatenate_vjp(i: int, g: Any, out: Any, *arrays: Any, axis: int) -> Any:
    start = sum(np.shape(x)[axis] for x in arrays[:i])
    stop = start + np.shape(arrays[i])[axis]
    return g[(slice(None),) * (axis % out.ndim) + (slice(start, stop),)]


def _part(operands: Any, parameters: Any) -> str:
    """What comes back to one of the arrays, of which the picture knows the shapes and which of them it is."""
    if "shapes" not in parameters:
        return "part of {g}"
    shapes, place, axis = parameters["shapes"], parameters["place"], parameters["axis"] % len(parameters["shapes"][0])
    start = sum(shape[axis] for shape in shapes[:place])
    return f"{{g}}[{':, ' * axis}{start}:{start + shapes[place][axis]}]"


@operation(symbol="concatenate", name="concatenate", method=False, derivatives=(_part,))
def _concatenate(*arrays: Array, axis: Any) -> Array:
    """Arrays joined along an axis that they have."""
    return np.concatenate(arrays, axis)


_concatenate.vjps = Variadic(_concatenate_vjp)


@function(np.concatenate, method=False)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """The arrays joined along an existing axis.

    Parameters
    ----------
    arrays : sequence of array_like or Value
        Alike in shape but for ``axis``.
    axis : int or None
        ``None``: they are flattened first.

    Returns
    -------
    Value
        A plain array if none of ``arrays`` is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.concatenate([ma.Value([1.0, 2.0]), [3.0]])
    Value([1., 2., 3.], operation=concatenate)
    """
    if axis is None:
        arrays, axis = [ravel(x) for x in arrays], 0
    return _concatenate(*arrays, axis=axis)


@function(np.stack, method=False)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """The arrays, all of one shape, joined along a new axis.

    Parameters
    ----------
    arrays : sequence of array_like or Value
        At least one.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    Value
        A plain array if none of ``arrays`` is a Value.

    Raises
    ------
    ValueError
        If the shapes differ, or there is no array.

    Examples
    --------
    >>> import microae as ma
    >>> ma.stack([ma.Value([1.0, 2.0]), [3.0, 4.0]], axis=1)
    Value([[1., 3.],
           [2., 4.]], operation=concatenate)
    """
    shapes = [np.shape(x) for x in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack: the arrays must be of one shape, got {' and '.join(map(str, shapes))}")
    if not shapes:
        raise ValueError("stack: needs at least one array")
    axis = normalize_axis_index(axis, len(shapes[0]) + 1, "stack")
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


@function(np.vstack, method=False)
def vstack(tup: Sequence[Any]) -> Any:
    """The arrays, at least 2-D, joined along the first axis; vectors are taken as rows.

    Examples
    --------
    >>> import microae as ma
    >>> ma.vstack([ma.Value([1.0, 2.0]), [3.0, 4.0]])
    Value([[1., 2.],
           [3., 4.]], operation=concatenate)
    """
    return concatenate([atleast_2d(x) for x in tup], 0)


@function(np.hstack, method=False)
def hstack(tup: Sequence[Any]) -> Any:
    """The arrays joined along the second axis, or the first if they are 1-D.

    Examples
    --------
    >>> import microae as ma
    >>> ma.hstack([ma.Value([[1.0], [2.0]]), [[3.0], [4.0]]])
    Value([[1., 3.],
           [2., 4.]], operation=concatenate)
    """
    arrays = [atleast_1d(x) for x in tup]
    return concatenate(arrays, 0 if np.ndim(arrays[0]) == 1 else 1)


@function(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The array cut along an axis.

    Parameters
    ----------
    ary : array_like or Value
    indices_or_sections : int or sequence of int
        Into how many equal sections, or the indices at which to cut.
    axis : int

    Returns
    -------
    list of Value
        Plain arrays if ``ary`` is one.

    Raises
    ------
    ValueError
        If the axis cannot be cut into so many equal sections.

    Examples
    --------
    >>> import microae as ma
    >>> ma.split(ma.Value([1.0, 2.0, 3.0]), [1])
    [Value([1.], operation=getitem), Value([2., 3.], operation=getitem)]
    """
    axis = normalize_axis_index(axis, np.ndim(ary), "split")
    n = np.shape(ary)[axis]
    leading = (slice(None),) * axis
    if np.ndim(indices_or_sections):
        cuts = [0, *indices_or_sections, n]
    elif indices_or_sections <= 0 or n % indices_or_sections:
        raise ValueError(f"split: an axis of length {n} cannot be cut into {indices_or_sections} equal sections")
    else:
        cuts = [n * i // indices_or_sections for i in range(indices_or_sections + 1)]
    return [getitem(ary, (*leading, slice(a, b))) for a, b in itertools.pairwise(cuts)]


@function(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element, or each slice along an axis, repeated; its gradients are summed.

    Parameters
    ----------
    a : array_like or Value
    repeats : int or array_like of int
        How often, for all or for each.
    axis : int, optional
        By default the elements are flattened.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there are neither one nor as many ``repeats`` as elements along the axis.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0])
    >>> ma.repeat(x, [1, 3]), ma.gradients(ma.repeat(x, [1, 3]).sum(), [x])
    (Value([1., 2., 2., 2.], operation=getitem), [array([1., 3.])])
    """
    repeats = frozen(repeats)
    if axis is None:
        a, axis = ravel(a), 0
    n = (np.shape(a) or (1,))[normalize_axis_index(axis, np.ndim(a) or 1, "repeat")]
    if np.ndim(repeats) and np.size(repeats) not in (1, n):
        raise ValueError(f"repeat: {np.size(repeats)} repeats do not fit the {n} elements of the axis")
    return take(a, np.repeat(np.arange(n), repeats), axis=axis)


@function(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """The whole array repeated along its axes.

    Parameters
    ----------
    A : array_like or Value
    reps : int or tuple of int
        How often along each axis, the last one last.

    Returns
    -------
    Value
        A plain array if ``A`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.tile(ma.Value([1.0, 2.0]), (2, 2))
    Value([[1., 2., 1., 2.],
           [1., 2., 1., 2.]], operation=reshape)
    """
    counts = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    shape = (1,) * (len(counts) - np.ndim(A)) + np.shape(A)
    counts = (1,) * (len(shape) - len(counts)) + counts
    between = tuple(n for pair in zip([1] * len(shape), shape, strict=True) for n in pair)
    stretched = tuple(n for pair in zip(counts, shape, strict=True) for n in pair)
    final = tuple(c * n for c, n in zip(counts, shape, strict=True))
    return reshape(broadcast_to(reshape(A, between), stretched), final)


@function(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    """The array with margins.

    Parameters
    ----------
    array : array_like or Value
    pad_width : int, pair of int, or a pair for each axis
        How many elements before and after.
    mode : "constant", "edge", "reflect", "symmetric" or "wrap"
        With what the margins are filled; all but the first take the array's own elements.
    constant_values : optional
        What fills them in mode "constant", as in ``numpy.pad``.

    Returns
    -------
    Value
        A plain array if ``array`` is one.

    Raises
    ------
    ValueError
        For another ``mode``.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0])
    >>> ma.pad(x, 1), ma.gradients(ma.pad(x, (0, 2), mode="edge").sum(), [x])
    (Value([0., 1., 2., 0.], operation=where), [array([1., 3.])])
    """
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"pad: mode {mode!r} is not supported; use constant, edge, reflect, symmetric or wrap")
    positions = np.arange(math.prod(np.shape(array))).reshape(np.shape(array))
    if mode == "constant":
        is_inside = np.pad(np.ones(np.shape(array), bool), pad_width)
        margin = np.pad(np.zeros(np.shape(array), _dtype(array)), pad_width, constant_values=constant_values)
        if not positions.size:
            return concatenate([ravel(array), margin.ravel()]).reshape(margin.shape)
        return where(is_inside, take(array, np.pad(positions, pad_width)), margin)
    return take(array, np.pad(positions, pad_width, mode=mode))  # type: ignore[call-overload]


def _dtype(x: Any) -> Any:
    return getattr(x, "dtype", np.float64)
