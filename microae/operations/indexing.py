"""Indexing: picking elements out, and putting their gradients back.

``getitem`` and ``scatter`` are each other's derivative; everything else here is made of them. An element picked
several times gets the sum of its gradients. Where ``where`` does not select, no gradient goes: not even a NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.arrays import Array, Traced, frozen
from microae.core.operation import TABLE
from microae.core.value import Value
from microae.operations.operands import array_of
from microae.operations.registry import function, operation


def _getitem_notation(operands: Any, parameters: Any) -> str:
    index = parameters.get("index")
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in parts):
        return "{0}"
    return f"{{0}}[{_index_text(index)}]"


def _getitem_slope(operands: Any, parameters: Any) -> str:
    return f"scatter({{g}}, [{_index_text(parameters.get('index'))}])"


def _scatter_slope(operands: Any, parameters: Any) -> str:
    return f"{{g}}[{_index_text(parameters.get('index'))}]"


def _index_text(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(_index_text, index)) or "()"
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop, index.step)]
        return ":".join(ends[:2] + ([ends[2]] if ends[2] else []))
    if isinstance(index, np.ndarray):
        written = str(index.astype(int).tolist()) if index.size <= _FEW else ""
        if index.dtype == bool:
            return f"mask={written}" if written else f"mask of {np.sum(index)}"
        return written or f"{index.size} indices"
    return "…" if index is Ellipsis else "new" if index is None else str(index)


_FEW = 8
"""An array of so many indices is written out."""


@operation(symbol="[·]", method=False, notation=_getitem_notation, derivatives=(_getitem_slope,))
def getitem(x: Array, index: Any) -> Array:
    """``x[index]``; an element that is picked several times gets the sum of its gradients.

    Parameters
    ----------
    x : array_like or Value
    index : int, slice, array of int or bool, None, Ellipsis, or a tuple of these
        As NumPy reads it.

    Returns
    -------
    Value
        Of the shape of NumPy's result; a plain array if ``x`` is one.

    Raises
    ------
    IndexError
        If the index does not fit the shape.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([1.0, 2.0, 3.0])
    >>> x[[0, 2, 2]], ma.gradients(x[[0, 2, 2]].sum(), [x])
    (Value([1., 3., 3.], operation=getitem), [array([1., 0., 2.])])
    """
    return x[index]


getitem.vjps = (lambda g, out, x, index: TABLE["scatter"](g, index=index, shape=np.shape(x)),)


@operation(symbol="scatter", method=False, derivatives=(_scatter_slope,))
def scatter(x: Array, index: Any, shape: Any) -> Array:
    """Zeros with ``x`` added at ``index``: the derivative of :func:`getitem`.

    Parameters
    ----------
    x : array_like or Value
        Of the shape that ``index`` picks.
    index : int, slice, array of int or bool, None, Ellipsis, or a tuple of these
    shape : tuple of int
        Of the result.

    Returns
    -------
    Value
        Of that shape; a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.scatter(ma.Value([1.0, 2.0, 3.0]), index=[0, 2, 2], shape=(4,))
    Value([1., 0., 5., 0.], operation=scatter)
    """
    out = np.zeros(shape, x.dtype)
    if _is_basic(index):
        out[index] = np.asarray(x)  # of a tracer without axes NumPy would ask for its float, and hide why it has none
    else:
        np.add.at(out, index, x)
    return out


scatter.vjps = (lambda g, out, x, index, shape: g[index],)


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in parts)


@operation(
    symbol="where",
    name="where",
    method=False,
    notation="where(condition, {0}, {1})",
    derivatives=("[condition]", "[not condition]"),
)
def _where(x: Array, y: Array, condition: Any) -> Array:
    """Elements of ``x`` where ``condition`` holds, of ``y`` elsewhere."""
    return np.where(condition, x, y)


_where.vjps = (
    lambda g, out, x, y, condition: np.where(condition, g, 0.0),
    lambda g, out, x, y, condition: np.where(condition, 0.0, g),
)


@function(np.where, method=False)
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """The elements of ``x`` where ``condition`` holds, of ``y`` elsewhere.

    A NaN or infinity that is not selected does no harm, neither to the value nor, through elementwise operations, to
    the gradient. (A matrix product has added it to others before it can be left out.)

    Parameters
    ----------
    condition : array_like of bool
        A plain array, such as ``v > 0``.
    x, y : array_like or Value
        The three are broadcast.

    Returns
    -------
    Value
        Of the broadcast shape; a plain array if neither ``x`` nor ``y`` is a Value.

    Raises
    ------
    TypeError
        If the condition is a Value, or a choice is missing.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([4.0, -1.0])
    >>> with np.errstate(invalid="ignore"):
    ...     y = ma.where(x > 0, np.sqrt(x), 0.0)
    >>> ma.gradients(y.sum(), [x])
    [array([0.25, 0.  ])]
    """
    if x is None or y is None:
        raise TypeError("where: needs a condition and two choices; for positions alone use np.nonzero(condition)")
    if isinstance(condition, Value):
        raise TypeError(
            "where: the condition must be a plain array, got a Value; compare it, as in v > 0, or use v.data"
        )
    return _where(x, y, condition=_plain(condition, bool))


@function(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """The elements at ``indices`` or, along an axis, the slices there.

    Parameters
    ----------
    a : array_like or Value
    indices : array_like of int
    axis : int, optional
        By default the elements are counted in C order.
    mode : "raise", "wrap" or "clip"
        What becomes of an index outside: an error, counting on from the other end, or the nearest one inside.

    Returns
    -------
    Value
        Of the shape of ``a`` with that of ``indices`` in place of ``axis``; a plain array if ``a`` is one.

    Raises
    ------
    TypeError
        If the indices are not integers.
    IndexError
        If one is outside, in mode "raise".
    ValueError
        For another ``mode``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.take(ma.Value([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), [2, 0], axis=1)
    Value([[3., 1.],
           [6., 4.]], operation=getitem)
    """
    if axis is None:
        a, axis = _flat(a), 0
    axis = normalize_axis_index(axis, np.ndim(a) or 1, "take")  # a number has, for NumPy, an axis 0
    a = a if np.ndim(a) else _flat(a)
    n = np.shape(a)[axis]
    indices = _integers(indices, "take")
    if mode == "wrap":
        indices = indices % n
    elif mode == "clip":
        indices = np.clip(indices, 0, n - 1)
    elif mode != "raise":
        raise ValueError(f"take: mode must be 'raise', 'wrap' or 'clip', got {mode!r}")
    return getitem(a, (slice(None),) * axis + (indices,))


def _integers(indices: Any, user: str) -> Any:
    indices = _plain(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{user}: indices must be integers, got {indices.dtype}")
    return indices


def _plain(given: Any, dtype: Any = None) -> Any:
    """An index or a condition as an array."""
    given = frozen(given)
    if isinstance(given, Traced):
        return given if dtype is None else given.astype(dtype)
    return np.asarray(given, dtype)


def _flat(a: Any) -> Any:
    return a.reshape(-1) if isinstance(a, Value) else np.ravel(a)


@function(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """The elements of ``arr`` at ``indices`` along one axis, the other axes matched.

    Parameters
    ----------
    arr : array_like or Value
    indices : array_like of int
        As many axes as ``arr``, each but ``axis`` broadcast with that of ``arr``.
    axis : int or None
        ``None``: ``arr`` is flattened first.

    Returns
    -------
    Value
        Of the shape of ``indices``, broadcast; a plain array if ``arr`` is one.

    Raises
    ------
    TypeError
        If the indices are not integers.
    ValueError
        If they have another number of axes.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> scores = ma.Value([[1.0, 2.0], [3.0, 4.0]])
    >>> ma.take_along_axis(scores, np.array([[1], [0]]), axis=1)
    Value([[2.],
           [3.]], operation=getitem)
    """
    indices = _integers(indices, "take_along_axis")
    if axis is None:
        arr, axis = _flat(arr), 0
    shape = np.shape(array_of(arr))
    axis = normalize_axis_index(axis, len(shape), "take_along_axis")
    if indices.ndim != len(shape):
        raise ValueError(
            f"take_along_axis: the array has {len(shape)} axes, the indices have {indices.ndim}; not equal"
        )
    index = [
        indices if i == axis else np.arange(n).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape)
    ]
    return getitem(arr, index=tuple(index))


def _sort_kinks(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    """Between neighbours; equal ones have changed places on either side."""
    return np.diff(np.sort(a, axis), axis=-1 if axis is None else axis)


def _partition_kinks(a: Any, kth: Any, axis: int | None = -1) -> Any:
    return _sort_kinks(a, axis)


@function(np.sort, kinks=_sort_kinks)
def sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    """The elements in ascending order; each gradient goes to the element that moved there.

    Second derivatives are those of this order, also where equal elements have another on both sides, as ``2 * x**2``
    before ``x**2`` at 0.

    Parameters
    ----------
    a : array_like or Value
    axis : int or None
        Along which to sort; ``None``: all elements, flattened.
    kind, stable : optional
        NumPy's choice of the algorithm. By default equal elements keep their order.

    Returns
    -------
    Value
        Of the shape of ``a``, or (a.size,) for ``axis=None``; a plain array if ``a`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([3.0, 1.0, 2.0])
    >>> ma.sort(x), ma.gradients((ma.sort(x) * [1.0, 10.0, 100.0]).sum(), [x])
    (Value([1., 2., 3.], operation=getitem), [array([100.,   1.,  10.])])
    """
    if axis is None:
        a, axis = _flat(a), 0
    data = array_of(a)
    axis = normalize_axis_index(axis, np.ndim(data), "sort")
    stable = True if kind is stable is None else stable
    return take_along_axis(a, np.argsort(data, axis=axis, kind=kind, stable=stable), axis)


@function(np.partition, kinks=_partition_kinks)
def partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    """The elements in an order in which those at ``kth`` are where :func:`sort` puts them, smaller ones before them.

    Parameters
    ----------
    a : array_like or Value
    kth : int or sequence of int
        Which places hold what a sorted array has there.
    axis : int or None
        Along which to order; ``None``: all elements, flattened.

    Returns
    -------
    Value
        Of the shape of ``a``, or (a.size,) for ``axis=None``; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If there is no place ``kth``.

    Examples
    --------
    >>> import microae as ma
    >>> ma.partition(ma.Value([3.0, 1.0, 2.0]), 1)
    Value([1., 2., 3.], operation=getitem)
    """
    if axis is None:
        a, axis = _flat(a), 0
    data = array_of(a)
    axis = normalize_axis_index(axis, np.ndim(data), "partition")
    try:
        order = np.argpartition(data, kth, axis=axis)
    except ValueError as error:
        raise ValueError(f"partition: {error}") from error
    return take_along_axis(a, order, axis)


@operation(np.diagonal, symbol="diag")
def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonal of two axes, as a new last axis.

    Parameters
    ----------
    a : array_like or Value
        At least two axes.
    offset : int
        Which diagonal: 0 the main one, positive above it.
    axis1, axis2 : int
        The two axes.

    Returns
    -------
    Value
        Of the shape of ``a`` without the two axes and with the diagonal's; a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.diagonal(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([1., 4.], operation=diagonal)
    """
    return np.diagonal(a, offset, axis1, axis2)


diagonal.vjps = (
    lambda g, out, a, offset=0, axis1=0, axis2=1: TABLE["diagonal_embed"](
        g, offset=offset, axis1=axis1, axis2=axis2, shape=np.shape(a)
    ),
)


@operation(symbol="diag", name="diagonal_embed", public=False, method=False)
def _diagonal_embed(x: Array, offset: Any, axis1: Any, axis2: Any, shape: Any) -> Array:
    """Zeros of ``shape`` with the last axis of ``x`` on the diagonal of two axes."""
    out = np.zeros(shape, x.dtype)
    view = np.moveaxis(out, (axis1, axis2), (-2, -1))
    n = x.shape[-1]
    rows = np.arange(n) + max(-offset, 0)
    view[..., rows, rows + offset] = x
    return out


_diagonal_embed.vjps = (lambda g, out, x, offset, axis1, axis2, shape: np.diagonal(g, offset, axis1, axis2),)


@function(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or a matrix with the vector ``v`` on its diagonal.

    Parameters
    ----------
    v : array_like or Value
        Shape (n, m) or (n,).
    k : int
        Which diagonal: 0 the main one, positive above it.

    Returns
    -------
    Value
        A vector, or a square matrix with ``n + |k|`` rows; a plain array if ``v`` is one.

    Raises
    ------
    ValueError
        If ``v`` is neither a vector nor a matrix.

    Examples
    --------
    >>> import microae as ma
    >>> ma.diag(ma.Value([1.0, 2.0]))
    Value([[1., 0.],
           [0., 2.]], operation=diagonal_embed)
    """
    if np.ndim(v) == 1:
        n = np.shape(v)[0] + abs(k)
        return _diagonal_embed(v, offset=k, axis1=0, axis2=1, shape=(n, n))
    if np.ndim(v) != 2:
        raise ValueError(f"diag: needs a vector or a matrix, got shape {np.shape(v)}")
    return diagonal(v, offset=k)


@function(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with all elements of ``v``, in C order, on a diagonal.

    Parameters
    ----------
    v : array_like or Value
    k : int
        Which diagonal: 0 the main one, positive above it.

    Returns
    -------
    Value
        A square matrix with ``v.size + |k|`` rows; a plain array if ``v`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.diagflat(ma.Value([[1.0], [2.0]]))
    Value([[1., 0.],
           [0., 2.]], operation=diagonal_embed)
    """
    return diag(_flat(v), k)


@function(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along a diagonal of two axes.

    Parameters
    ----------
    a : array_like or Value
        At least two axes.
    offset : int
        Which diagonal: 0 the main one, positive above it.
    axis1, axis2 : int
        The two axes.

    Returns
    -------
    Value
        Of the shape of ``a`` without the two axes; a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.trace(ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value(5., operation=sum)
    """
    return diagonal(a, offset=offset, axis1=axis1, axis2=axis2).sum(axis=-1)
