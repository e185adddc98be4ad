"""Shape: the same elements in another arrangement; triangles of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.methods import attach
from microae.operations.indexing import where
from microae.operations.operands import array_of
from microae.operations.registry import function, operation


@operation(np.reshape, symbol="reshape", derivatives=("reshape({g})",))
def reshape(a: Array, shape: Any) -> Array:
    """The same elements, in C order, in another shape.

    Parameters
    ----------
    a : array_like or Value
    shape : int or tuple of int
        One length may be -1: it follows from the others.

    Returns
    -------
    Value
        Of that shape; a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.reshape(ma.Value([1.0, 2.0, 3.0, 4.0]), (2, -1))
    Value([[1., 2.],
           [3., 4.]], operation=reshape)
    """
    return np.reshape(a, shape)


reshape.vjps = (lambda g, out, a, shape: np.reshape(g, np.shape(a)),)


def _are_reversed(axes: Any) -> bool:
    return axes is None or [axis % len(axes) for axis in axes] == list(range(len(axes)))[::-1]


def _transpose_notation(operands: Any, parameters: Any) -> str:
    axes = parameters.get("axes")
    return "{0}ᵀ" if _are_reversed(axes) else f"transpose({{0}}, {tuple(axes)})".replace("-", "−")


def _transpose_slope(operands: Any, parameters: Any) -> str:
    axes = parameters.get("axes")
    return "{g}ᵀ" if _are_reversed(axes) else f"transpose({{g}}, {tuple(_inverse(axes).tolist())})"


@operation(np.transpose, symbol="ᵀ", notation=_transpose_notation, derivatives=(_transpose_slope,))
def transpose(a: Array, axes: Any = None) -> Array:
    """The axes in another order; a matrix becomes its transpose.

    Parameters
    ----------
    a : array_like or Value
    axes : tuple of int, optional
        For each axis of the result the one it was; by default reversed.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.transpose(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([[1., 3.],
           [2., 4.]], operation=transpose)
    """
    return np.transpose(a, axes)


def _inverse(axes: Any) -> Any:
    """The order of axes that undoes another, which may be one axis alone."""
    axes = np.atleast_1d(axes)
    return np.argsort(axes % len(axes))


transpose.vjps = (lambda g, out, a, axes=None: np.transpose(g, None if axes is None else _inverse(axes)),)


@operation(np.broadcast_to, symbol="broadcast", derivatives=("1",))
def broadcast_to(array: Array, shape: Any) -> Array:
    """The array stretched to a shape, as broadcasting does; the gradient is summed back.

    Parameters
    ----------
    array : array_like or Value
    shape : int or tuple of int

    Returns
    -------
    Value
        Of that shape; a plain array if ``array`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0])
    >>> ma.gradients(ma.broadcast_to(x, (3, 2)).sum(), [x])
    [array([3., 3.])]
    """
    return np.broadcast_to(array, shape)


broadcast_to.vjps = (lambda g, out, array, shape: g,)  # the engine undoes broadcasting


def _flip_slope(operands: Any, parameters: Any) -> str:
    axis = parameters.get("axis")
    return "flip({g})" if axis is None else f"flip({{g}}, {axis})".replace("-", "−")


@operation(np.flip, symbol="flip", derivatives=(_flip_slope,))
def flip(m: Array, axis: Any = None) -> Array:
    """The elements in reverse order along axes.

    Parameters
    ----------
    m : array_like or Value
    axis : int or tuple of int, optional
        By default all axes.

    Returns
    -------
    Value
        Of the shape of ``m``; a plain array if ``m`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.flip(ma.Value([1.0, 2.0, 3.0]))
    Value([3., 2., 1.], operation=flip)
    """
    return np.flip(m, axis)


flip.vjps = (lambda g, out, m, axis=None: np.flip(g, axis),)


def _roll_slope(operands: Any, parameters: Any) -> str:
    back = np.negative(parameters.get("shift", 1)).tolist()
    back = tuple(back) if isinstance(back, list) else back
    axis = parameters.get("axis")
    return f"roll({{g}}, {back}{'' if axis is None else f', {axis}'})".replace("-", "−")


@operation(np.roll, symbol="roll", derivatives=(_roll_slope,))
def roll(a: Array, shift: Any, axis: Any = None) -> Array:
    """The elements shifted along axes; those pushed out at the end come in at the start.

    Parameters
    ----------
    a : array_like or Value
    shift : int or tuple of int
    axis : int or tuple of int, optional
        By default the elements are shifted in C order.

    Returns
    -------
    Value
        Of the shape of ``a``; a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.roll(ma.Value([1.0, 2.0, 3.0]), 1)
    Value([3., 1., 2.], operation=roll)
    """
    return np.roll(a, shift, axis)


roll.vjps = (lambda g, out, a, shift, axis=None: np.roll(g, np.negative(shift), axis),)


@function(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """The elements as a vector.

    Parameters
    ----------
    a : array_like or Value
    order : "C" or "F"
        Whether the last index changes first, or the first one. How the numbers lie in memory is the library's affair,
        so there is no "A" and no "K".

    Returns
    -------
    Value
        Of shape (a.size,); a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If ``order`` is something else.

    Examples
    --------
    >>> import microae as ma
    >>> ma.ravel(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([1., 2., 3., 4.], operation=reshape)
    >>> ma.ravel(ma.Value([[1.0, 2.0], [3.0, 4.0]]), "F")
    Value([1., 3., 2., 4.], operation=reshape)
    """
    if order not in ("C", "F"):
        raise ValueError(f"ravel: order must be 'C' or 'F', got {order!r}")
    return reshape(a if order == "C" else transpose(a), -1)


attach("flatten", ravel)  # arrays have both as methods


@function(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    Parameters
    ----------
    a : array_like or Value
    axis1, axis2 : int

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.swapaxes(ma.Value([[1.0, 2.0], [3.0, 4.0]]), 0, 1)
    Value([[1., 3.],
           [2., 4.]], operation=transpose)
    """
    n = np.ndim(a)
    i, j = normalize_axis_index(axis1, n, "swapaxes"), normalize_axis_index(axis2, n, "swapaxes")
    axes = list(range(n))
    axes[i], axes[j] = j, i
    return transpose(a, axes=tuple(axes))


@function(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other positions, the rest keeping their order.

    Parameters
    ----------
    a : array_like or Value
    source, destination : int or sequence of int
        Where the axes are, and where they go; equally many.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If the two differ in length.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.moveaxis(ma.Value(np.zeros((2, 3, 4))), 0, -1).shape
    (3, 4, 2)
    """
    n = np.ndim(a)
    sources = normalize_axis_tuple(source, n, "moveaxis: source")
    targets = normalize_axis_tuple(destination, n, "moveaxis: destination")
    if len(sources) != len(targets):
        raise ValueError(f"moveaxis: source {source} and destination {destination} differ in length")
    rest = [i for i in range(n) if i not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        rest.insert(target, moved)
    return transpose(a, axes=tuple(rest))


@function(np.squeeze)
def squeeze(a: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """The array without its axes of length 1.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int, optional
        Those to remove; by default all of length 1.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If one of ``axis`` has another length.

    Examples
    --------
    >>> import microae as ma
    >>> ma.squeeze(ma.Value([[1.0], [2.0]]))
    Value([1., 2.], operation=reshape)
    """
    shape = np.shape(a)
    axes = [i for i, n in enumerate(shape) if n == 1]
    if axis is not None:
        axes = list(normalize_axis_tuple(axis, len(shape) or 1, "squeeze"))  # a number has, for NumPy, an axis 0
        if shape and any(shape[i] != 1 for i in axes):
            raise ValueError(f"squeeze: the shape is {shape}; only axes of length 1 can go, not {axis}")
    return reshape(a, tuple(n for i, n in enumerate(shape) if i not in axes))


@function(np.expand_dims)
def expand_dims(a: Any, axis: int | tuple[int, ...]) -> Any:
    """The array with new axes of length 1.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int
        Where they stand in the result.

    Returns
    -------
    Value
        A plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.expand_dims(ma.Value([1.0, 2.0]), 1)
    Value([[1.],
           [2.]], operation=reshape)
    """
    n = np.ndim(a) + (len(axis) if isinstance(axis, (tuple, list)) else 1)
    new = normalize_axis_tuple(axis, n, "expand_dims")
    lengths = iter(np.shape(a))
    return reshape(a, tuple(1 if i in new else next(lengths) for i in range(n)))


def as_vectors(x: Any, axis: Any, user: str) -> tuple[Any, tuple[int, ...]]:
    """The elements along the axes, by default all, in one last axis; which axes they were."""
    shape = np.shape(array_of(x))
    n = len(shape)
    axes = normalize_axis_tuple(range(n) if axis is None else axis, n, user)
    if axes == (n - 1,):
        return x, axes
    kept = tuple(i for i in range(n) if i not in axes)
    lengths = (*(shape[i] for i in kept), math.prod(shape[i] for i in axes))
    return np.reshape(np.transpose(x, kept + axes), lengths), axes


@function(np.atleast_1d, method=False)
def atleast_1d(*arrays: Any) -> Any:
    """Each array with at least one axis.

    Parameters
    ----------
    *arrays : array_like or Value

    Returns
    -------
    Value, or tuple of Values for several arrays
        Plain arrays for those that are.

    Examples
    --------
    >>> import microae as ma
    >>> ma.atleast_1d(ma.Value(1.0)).shape
    (1,)
    """
    return _each(arrays, np.atleast_1d)


@function(np.atleast_2d, method=False)
def atleast_2d(*arrays: Any) -> Any:
    """Each array with at least two axes; a vector becomes a row.

    Parameters
    ----------
    *arrays : array_like or Value

    Returns
    -------
    Value, or tuple of Values for several arrays
        Plain arrays for those that are.

    Examples
    --------
    >>> import microae as ma
    >>> ma.atleast_2d(ma.Value([1.0, 2.0])).shape
    (1, 2)
    """
    return _each(arrays, np.atleast_2d)


@function(np.atleast_3d, method=False)
def atleast_3d(*arrays: Any) -> Any:
    """Each array with at least three axes; a vector (n,) becomes (1, n, 1), a matrix (n, m) becomes (n, m, 1).

    Parameters
    ----------
    *arrays : array_like or Value

    Returns
    -------
    Value, or tuple of Values for several arrays
        Plain arrays for those that are.

    Examples
    --------
    >>> import microae as ma
    >>> ma.atleast_3d(ma.Value([1.0, 2.0])).shape
    (1, 2, 1)
    """
    return _each(arrays, np.atleast_3d)


def _each(arrays: tuple[Any, ...], shaper: Any) -> Any:
    shaped = tuple(reshape(x, shaper(np.empty(np.shape(x), bool)).shape) for x in arrays)
    return shaped[0] if len(shaped) == 1 else shaped


def _triangle(m: Any, k: int) -> Any:
    shape = np.shape(m)
    if not shape:
        raise ValueError("tril and triu: need an array with at least one axis")
    rows, columns = shape[-2:] if len(shape) > 1 else shape * 2
    return np.arange(columns) <= np.arange(rows)[:, None] + k


@function(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """The lower triangle of the last two axes, zeros above it.

    Parameters
    ----------
    m : array_like or Value
        At least one axis.
    k : int
        The last diagonal kept: 0 the main one, positive above it.

    Returns
    -------
    Value
        Of the shape of ``m``; a plain array if ``m`` is one.

    Raises
    ------
    ValueError
        If ``m`` has no axes.

    Examples
    --------
    >>> import microae as ma
    >>> ma.tril(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([[1., 0.],
           [3., 4.]], operation=where)
    """
    return where(_triangle(m, k), m, 0.0)


@function(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """The upper triangle of the last two axes, zeros below it.

    Parameters
    ----------
    m : array_like or Value
        At least one axis.
    k : int
        The first diagonal kept: 0 the main one, positive above it.

    Returns
    -------
    Value
        Of the shape of ``m``; a plain array if ``m`` is one.

    Raises
    ------
    ValueError
        If ``m`` has no axes.

    Examples
    --------
    >>> import microae as ma
    >>> ma.triu(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([[1., 2.],
           [0., 4.]], operation=where)
    """
    return where(_triangle(m, k - 1), 0.0, m)
