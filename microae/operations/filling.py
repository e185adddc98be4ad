"""Arrays made of a few Values: copies, the same number everywhere, evenly spaced numbers, grids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.value import Value
from microae.operations.arithmetic import absolute, positive
from microae.operations.kernels import holds
from microae.operations.operands import floats, numbers
from microae.operations.registry import function
from microae.operations.shape import broadcast_to, moveaxis, reshape


@function(np.copy)
def copy(a: Any) -> Any:
    """The same numbers in a new node, through which gradients flow; ``v.detach()`` is a copy that they do not reach.

    Parameters
    ----------
    a : array_like or Value, any shape

    Returns
    -------
    Value
        Of the shape of ``a``; a plain array if it is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.copy(ma.Value([1.0, 2.0]))
    Value([1., 2.], operation=positive)
    """
    return positive(a)


@function(method=False)
def full(shape: Any, fill_value: Any) -> Any:
    """An array that is everywhere ``fill_value``, whose gradient is the sum of the elements'.

    ``np.full`` asks only the shape whether it is a Value, and refuses to fill with one.

    Parameters
    ----------
    shape : int or tuple of int
    fill_value : array_like or Value
        Broadcast to that shape.

    Returns
    -------
    Value
        A plain array if ``fill_value`` is no Value.

    Examples
    --------
    >>> import microae as ma
    >>> c = ma.Value(3.0)
    >>> ma.full(2, c), ma.gradients(ma.full(2, c).sum(), [c])
    (Value([3., 3.], operation=broadcast_to), [2.0])
    """
    return broadcast_to(floats(fill_value, "full"), shape)


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
    return np.full_like(a._array if isinstance(a, Value) else a, fill_value, dtype, shape=shape)


# --- spaced numbers --------------------------------------------------------------------------------------------


def _shares(user: str, start: Any, stop: Any, num: int, endpoint: bool, base: Any = 0.0) -> tuple[Any, Any, Any]:
    """Start and stop of one shape, and how far each number is on the way, (num, 1, ...)."""
    if num < 0:
        raise ValueError(f"{user}: the number of numbers must not be negative, got {num}")
    weak = [x if type(x) in (int, float) else floats(x, user).dtype for x in (start, stop)]
    dtype = np.result_type(*weak, 0.0)  # Python's numbers do not widen float32
    start, stop = floats(start, user), floats(stop, user)
    start, stop = (x if isinstance(x, Value) else x.astype(dtype) for x in (start, stop))
    shape = np.broadcast_shapes(np.shape(start), np.shape(stop), np.shape(base))
    steps = num - 1 if endpoint else num
    share = np.arange(num, dtype=dtype) / max(steps, 1)
    return broadcast_to(start, shape), broadcast_to(stop, shape), reshape(share, (-1,) + (1,) * len(shape))


def _along(x: Any, axis: int) -> Any:
    return moveaxis(x, 0, normalize_axis_index(axis, np.ndim(x), "axis")) if axis else x


@function(np.linspace, method=False)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, *, axis: int = 0
) -> Any:
    """Evenly spaced numbers from ``start`` to ``stop``, which share each number's gradient by how near they are.

    Parameters
    ----------
    start, stop : array_like or Value
        Broadcast against each other.
    num : int
        How many.
    endpoint : bool
        Whether ``stop`` is the last one, or would follow it.
    retstep : bool
        Whether to return the distance of two, too.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    Value, or with ``retstep`` a tuple of two
        Shape (num, ...), or the axis elsewhere; plain arrays if neither end is a Value.

    Raises
    ------
    ValueError
        If ``num`` is negative.

    Examples
    --------
    >>> import microae as ma
    >>> stop = ma.Value(1.0)
    >>> x = ma.linspace(0.0, stop, 5)
    >>> x.data, ma.gradients(x.sum(), [stop])
    (array([0.  , 0.25, 0.5 , 0.75, 1.  ]), [2.5])
    """
    start, stop, share = _shares("linspace", start, stop, num, endpoint)
    out = _along((1.0 - share) * start + share * stop, axis)
    if not retstep:
        return out
    steps = num - 1 if endpoint else num
    return out, (stop - start) / (steps if steps > 0 else np.nan)


@function(np.logspace, method=False)
def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *, axis: int = 0) -> Any:
    """Powers of ``base`` with evenly spaced exponents from ``start`` to ``stop``.

    Parameters
    ----------
    start, stop : array_like or Value
        The first and the last exponent, broadcast against each other.
    num : int
        How many.
    endpoint : bool
        Whether ``stop`` is the last exponent, or would follow it.
    base : array_like or Value
        Positive.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    Value
        Shape (num, ...), or the axis elsewhere; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If ``num`` is negative.

    Examples
    --------
    >>> import microae as ma
    >>> ma.logspace(0.0, ma.Value(2.0), 3).data.round(6)
    array([  1.,  10., 100.])
    """
    base = base if type(base) in (int, float) else floats(base, "logspace")
    start, stop, share = _shares("logspace", start, stop, num, endpoint, base)
    return _along(np.power(base, (1.0 - share) * start + share * stop), axis)


@function(np.geomspace, method=False)
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    """Numbers from ``start`` to ``stop`` of which each is the same multiple of the one before.

    Parameters
    ----------
    start, stop : array_like or Value
        Not 0, of one sign; broadcast against each other.
    num : int
        How many.
    endpoint : bool
        Whether ``stop`` is the last one, or would follow it.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    Value
        Shape (num, ...), or the axis elsewhere; a plain array if neither end is a Value.

    Raises
    ------
    ValueError
        If ``num`` is negative, an end is 0, or the signs differ. (NumPy then gives NaN.)

    Examples
    --------
    >>> import microae as ma
    >>> ma.geomspace(1.0, ma.Value(100.0), 3).data.round(6)
    array([  1.,  10., 100.])
    """
    start, stop, share = _shares("geomspace", start, stop, num, endpoint)
    if not holds(np.all(np.sign(start) * np.sign(stop) > 0)):
        raise ValueError("geomspace: start and stop must be of one sign, and not 0")
    sign = np.sign(numbers(start)).astype(start.dtype)
    return _along(sign * absolute(start) ** (1.0 - share) * absolute(stop) ** share, axis)


# --- grids -----------------------------------------------------------------------------------------------------


@function(np.broadcast_arrays, method=False)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """The arrays broadcast against each other.

    Parameters
    ----------
    *args : array_like or Value

    Returns
    -------
    tuple of Value
        All of one shape; plain arrays of those that are.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import microae as ma
    >>> ma.broadcast_arrays(ma.Value([1.0, 2.0]), 3.0)
    (Value([1., 2.], operation=broadcast_to), array([3., 3.]))
    """
    arrays = [floats(x, "broadcast_arrays") for x in args]
    shapes = [np.shape(x) for x in arrays]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"broadcast_arrays: shapes {' and '.join(map(str, shapes))} do not fit") from None
    return tuple(broadcast_to(x, shape) for x in arrays)


@function(np.meshgrid, method=False)
def meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of the points of a grid.

    Parameters
    ----------
    *xi : array_like or Value
        Shape (n,): the coordinates along each axis.
    sparse : bool
        Whether the arrays have length 1 along the other axes.
    indexing : "xy" or "ij"
        Whether the first coordinate runs along the second axis, as on paper, or along the first.

    Returns
    -------
    tuple of Value
        As many as ``xi``; plain arrays of those that are.

    Raises
    ------
    ValueError
        For another ``indexing``.

    Examples
    --------
    >>> import microae as ma
    >>> x, y = ma.meshgrid(ma.Value([1.0, 2.0]), [3.0, 4.0, 5.0])
    >>> x.shape, y[:, 0]
    ((3, 2), array([3., 4., 5.]))
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    places = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        places[:2] = [1, 0]
    lines = [
        reshape(floats(x, "meshgrid"), (1,) * place + (-1,) + (1,) * (len(xi) - place - 1))
        for x, place in zip(xi, places, strict=True)
    ]
    return tuple(lines) if sparse else broadcast_arrays(*lines)
