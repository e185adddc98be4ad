"""Indexing: picking elements out, and putting their gradients back.

``getitem`` and ``scatter`` are each other's derivative; everything else here is made of them. An element picked
several times gets the sum of its gradients. Where ``where`` does not select, no gradient goes: not even a NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microae.value import TABLE, Array, Value, frozen, function, operation


@operation(symbol="[·]")
def getitem(x: Array, index: Any) -> Array:
    """``x[index]`` with a basic, integer-array, boolean or mixed index."""
    return x[index]


getitem.vjps = (lambda g, out, x, index: TABLE["scatter"](g, index=index, shape=np.shape(x)),)


@operation(symbol="scatter")
def scatter(x: Array, index: Any, shape: Any) -> Array:
    """Zeros of ``shape`` with ``x`` added at ``index``."""
    out = np.zeros(shape, x.dtype)
    if _is_basic(index):
        out[index] = x
    else:
        np.add.at(out, index, x)
    return out


scatter.vjps = (lambda g, out, x, index, shape: g[index],)


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in parts)


@operation(symbol="where")
def _where(x: Array, y: Array, condition: Any) -> Array:
    """Elements of ``x`` where ``condition`` holds, of ``y`` elsewhere."""
    return np.where(condition, x, y)


_where.vjps = (
    lambda g, out, x, y, condition: np.where(condition, g, 0.0),
    lambda g, out, x, y, condition: np.where(condition, 0.0, g),
)


@function(np.where)
def where(condition: Any, x: Any, y: Any) -> Any:
    """Elements of ``x`` where ``condition`` holds, of ``y`` elsewhere; a NaN that is not selected does no harm."""
    return _where(x, y, condition=np.asarray(frozen(condition), bool))


@function(np.take)
def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """The elements (or, along an axis, the slices) at ``indices``."""
    shape = np.shape(a)
    n = math.prod(shape) if axis is None else shape[axis]
    indices = np.asarray(frozen(indices))
    if mode == "wrap":
        indices = indices % n
    elif mode == "clip":
        indices = np.clip(indices, 0, n - 1)
    elif mode != "raise":
        raise ValueError(f"take: mode must be 'raise', 'wrap' or 'clip', got {mode!r}")
    if axis is None:
        return getitem(_flat(a), indices)
    return getitem(a, (slice(None),) * (axis % len(shape)) + (indices,))


def _flat(a: Any) -> Any:
    return a.reshape(-1) if isinstance(a, Value) else np.ravel(a)


@function(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Elements of ``arr`` at ``indices`` along one axis, the other axes matched; all axes flattened for ``None``."""
    indices = np.asarray(frozen(indices))
    if axis is None:
        return getitem(_flat(arr), indices)
    shape, axis = np.shape(arr), axis % np.ndim(arr)
    index = [
        indices if i == axis else np.arange(n).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape)
    ]
    return getitem(arr, tuple(index))


@function(np.sort)
def sort(a: Any, axis: int | None = -1) -> Any:
    """The elements in ascending order; equal ones keep their order, so each gradient goes to one element."""
    if axis is None:
        a, axis = _flat(a), 0
    data = a.data if isinstance(a, Value) else a
    return take_along_axis(a, np.argsort(data, axis=axis, kind="stable"), axis)


@operation(np.diagonal, symbol="diag")
def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonal of two axes, as a new last axis."""
    return np.diagonal(a, offset, axis1, axis2)


diagonal.vjps = (
    lambda g, out, a, offset=0, axis1=0, axis2=1: TABLE["_diagonal_embed"](
        g, offset=offset, axis1=axis1, axis2=axis2, shape=np.shape(a)
    ),
)


@operation(symbol="diag")
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
    """The diagonal of a matrix, or a matrix with the vector ``v`` on its diagonal."""
    if np.ndim(v) == 1:
        n = np.shape(v)[0] + abs(k)
        return _diagonal_embed(v, offset=k, axis1=0, axis2=1, shape=(n, n))
    if np.ndim(v) != 2:
        raise ValueError(f"diag: needs a vector or a matrix, got shape {np.shape(v)}")
    return diagonal(v, offset=k)


@function(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along a diagonal of two axes."""
    return diagonal(a, offset=offset, axis1=axis1, axis2=axis2).sum(axis=-1)
