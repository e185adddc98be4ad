"""Norms of vectors and matrices, which have gradient 0 where they are 0, and the condition number."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.numpy_protocol import plain
from microae.core.operation import joined
from microae.operations.arithmetic import absolute
from microae.operations.decompositions import is_large, svdvals
from microae.operations.indexing import getitem
from microae.operations.kernels import select
from microae.operations.kinks import by_leading, by_length, where_leading
from microae.operations.linear_algebra import inv
from microae.operations.reductions import Axis, extreme_gap, max, min, scaled_length, spread, sum
from microae.operations.registry import function, operation
from microae.operations.shape import as_vectors


def _length(x: Any, axis: Axis = None, keepdims: bool = False, smooth: bool = True) -> Any:
    return np.sqrt(np.sum(np.square(x), axis=axis))


@operation(symbol="‖·‖", name="norm", public=False, kinks=_length, derivatives=("{0}/{out}",))
def _norm(x: Array, axis: Any = None, *, keepdims: bool = False, smooth: bool = True) -> Array:
    """The Euclidean length over the axes, scaled against overflow; or not ``smooth``, another where both are 0."""
    return scaled_length(x, axis, keepdims)


def _norm_vjp(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False, smooth: bool = True) -> Any:
    shaped = functools.partial(spread, x=x, axis=axis, keepdims=keepdims)
    c = by_length(g, x, shaped(out), out, shaped, smooth=smooth)
    leads = where_leading(x, shaped(out))
    if leads is False:
        return c
    leading = np.sum(select(leads, x, 0.0), axis, keepdims=True)
    any_leads = leading != 0
    ratio = select(any_leads & ~leads, x / select(any_leads, leading, 1.0), 0.0)
    return by_leading(c, shaped(g), x, leads, np.sum(ratio * ratio, axis, keepdims=True))


_norm.vjps = (_norm_vjp,)


def _p_norm_notation(operands: Any, parameters: Any) -> str:
    p = f"{parameters.get('ord', 2.0):g}".replace("-", "−")
    return f"(Σ {{0}}^({p}))^(1/({p}))"


def _p_norm_slope(operands: Any, parameters: Any) -> str:
    return f"({{0}}/{{out}})^({parameters.get('ord', 2.0) - 1.0:g})".replace("-", "−")


@operation(
    symbol="‖·‖ₚ",
    name="p_norm",
    public=False,
    method=False,
    notation=_p_norm_notation,
    derivatives=(_p_norm_slope,),
)
def _p_norm(size: Array, ord: Any = 2.0, axis: Any = None) -> Array:
    """``sum(size ** ord) ** (1 / ord)`` of positive numbers along an axis, which stays, or of all."""
    leading = (np.max if ord > 0 else np.min)(size, axis, keepdims=True)  # divided by it nothing overflows
    scale = np.where(np.isfinite(leading), leading, 1.0).astype(size.dtype)
    return scale * np.add.reduce((size / scale) ** ord, axis, keepdims=True) ** (1.0 / ord)


def _p_norm_vjp(g: Any, out: Any, size: Any, ord: float = 2.0, axis: int | None = None) -> Any:
    """``(size / out) ** (ord - 1)``.

    By the element that leads, where the norm is nearly it, this is nearly 1, and its derivative a small difference of
    large numbers: there the same is written by the sum over the others.
    """
    is_leading = size == (np.max if ord > 0 else np.min)(size, axis, keepdims=True)
    is_alone = np.sum(is_leading, axis, keepdims=True) == 1
    is_leading = is_leading & is_alone
    leading = np.where(is_alone, np.sum(np.where(is_leading, size, 0.0), axis, keepdims=True), 1.0)
    ratio = np.where(is_leading, 1.0, size / leading if ord > 0 else leading / size)  # neither overflows
    others = np.sum(np.where(is_leading, 0.0, ratio ** abs(ord)), axis, keepdims=True)
    by_leading = (1.0 + others) ** ((1.0 - ord) / ord)
    by_others = (size / out) ** (ord - 1.0) if ord > 0 else (out / size) ** (1.0 - ord)
    return g * np.where(is_leading, by_leading, by_others)


_p_norm.vjps = (_p_norm_vjp,)


def norm_kinks(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """Where all elements are 0, or, of norms that add or compare absolute values, where one is 0 or two are equal."""
    n = np.ndim(x)
    axes = tuple(range(n)) if axis is None else normalize_axis_tuple(axis, n)
    if ord in (None, 2, "fro"):
        return _length(x, axes)
    if len(axes) == 1:
        if ord in (np.inf, -np.inf):
            size, sign = np.abs(x), 1.0 if ord > 0 else -1.0
            return extreme_gap(size, axes, sign=sign), (np.max if ord > 0 else np.min)(size, axis=axes)
        return _length(x, axes) if ord > 1 else x
    if ord in SPECTRAL:
        return _spectral_kinks(x, ord, axes)
    rows, columns = axes
    summed, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = np.sum(np.abs(x), axis=summed, keepdims=True)
    return x, extreme_gap(sums, compared, sign=1.0 if ord > 0 else -1.0)


@function(np.linalg.norm, public=False, kinks=norm_kinks)
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """A vector norm along one axis, or a matrix norm over two; the gradient is 0 where the norm is 0.

    Parameters
    ----------
    x : array_like or Value
    ord : optional
        Of a vector: 2 (the default), 1, inf, -inf or another number but 0. Of a matrix: "fro" (the default), "nuc",
        1, -1, 2, -2, inf or -inf, as in ``numpy.linalg.norm``.
    axis : int or tuple of int, optional
        One axis: vectors; two: matrices. By default all axes; without an ``ord`` the root of the sum of all squares.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``x`` without the reduced axes; a plain array if ``x`` is one.

    Raises
    ------
    TypeError
        For ``ord=0``, which counts the elements that are not 0 and has no derivative.
    ValueError
        For an ``ord`` that NumPy does not know, or if one is given with more than two axes.

    Notes
    -----
    0 is the subgradient of least length. Elements that tie for a largest or smallest share the gradient. Where the norm
    is 0 itself has no second derivative, and raises ``LinAlgError``; what makes it smooth has, such as its square. For
    an ``ord`` between 0 and 1 the slope is infinite by one element that is 0 among others: its gradient is NaN.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value([3.0, 4.0])
    >>> ma.gradients(ma.linalg.norm(x), [x]), ma.gradients(ma.linalg.norm(x - x.data), [x])
    ([array([0.6, 0.8])], [array([0., 0.])])
    """
    x = joined(x)
    n = np.ndim(x)
    axes = tuple(range(n)) if axis is None else normalize_axis_tuple(axis, n, "norm")
    if ord is None:
        return _norm(x, axis=None if axis is None else axes, keepdims=keepdims)
    if not np.size(x) and ord in (1, np.inf) and len(axes) <= 2:
        return _norm(x, axis=axes, keepdims=keepdims)  # 0, where the maximum of no elements does not exist
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError(f"norm: ord={ord!r} needs one axis (a vector) or two (a matrix), got {len(axes)}")
    if ord == "fro":
        return _norm(x, axis=axes, keepdims=keepdims)
    if ord in SPECTRAL:
        return _spectral_norm(x, ord, axes, keepdims)
    if ord not in (1, -1, np.inf, -np.inf):
        raise ValueError(f"norm: a matrix has no norm {ord!r}; use 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    rows, columns = axes
    summed, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
    extreme = max if ord > 0 else min
    out = extreme(sum(absolute(x), axis=summed, keepdims=True), axis=compared, keepdims=True)
    return out if keepdims else np.squeeze(out, axes)


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    if ord == 2:
        return _norm(x, axis=axis, keepdims=keepdims)
    size = absolute(x)
    if ord == 1:
        return sum(size, axis=axis, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return (max if ord > 0 else min)(size, axis=axis, keepdims=keepdims)
    if not isinstance(ord, (int, float, np.number)):
        raise ValueError(f"norm: a vector has no norm {ord!r}; use a number, inf or -inf")
    if ord == 0:
        raise TypeError("norm: ord=0 counts the elements that are not 0 and has no derivative; use v.data")
    if ord > 0 and not np.shape(x)[axis]:
        return _norm(x, axis=axis, keepdims=keepdims)
    is_zero = (np.max if ord > 0 else np.min)(np.abs(plain(x)), axis, keepdims=True) == 0
    safe = np.where(np.broadcast_to(is_zero, np.shape(x)), 1.0, size)
    # with a slope of 0, and no second derivative
    zero = min(size, axis=axis, keepdims=True) if ord < 0 else _norm(x, axis=axis, keepdims=True, smooth=False)
    out = np.where(is_zero, zero, _p_norm(safe, ord=float(ord), axis=axis))
    return out if keepdims else getitem(out, (slice(None),) * axis + (0,))


SPECTRAL = ("nuc", 2, -2)
"""The norms of a matrix that its singular values make: their sum, the largest, the smallest."""


def _spectral_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    s = svdvals(np.moveaxis(x, axes, (-2, -1)))
    s = absolute(np.where(is_large(s) | (s == 0), s, 0.0))  # with a gradient of 0 where one is 0, also up to rounding
    out = (sum if ord == "nuc" else max if ord == 2 else min)(s, axis=-1)
    return np.expand_dims(out, axes) if keepdims else out


def _spectral_kinks(x: Any, ord: Any, axes: tuple[int, ...]) -> Any:
    s = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    smallest, gap = s[..., -1], extreme_gap(s, -1, sign=-1.0 if ord == -2 else 1.0)
    return smallest if ord == "nuc" else (s[..., 0], gap) if ord == 2 else (smallest, gap)


# --- NumPy's newer names ---------------------------------------------------------------------------------------


def _vector_kinks(x: Any, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return norm_kinks(as_vectors(x, axis, "vector_norm")[0], ord, -1)


@function(np.linalg.vector_norm, public=False, kinks=_vector_kinks)
def vector_norm(x: Any, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of all elements as one vector, or of those along axes.

    Parameters
    ----------
    x : array_like or Value
    axis : int or tuple of int, optional
        The axes that make a vector; by default all of them.
    keepdims : bool
        Whether these axes stay, with length 1.
    ord : float
        As in :func:`norm` of a vector.

    Returns
    -------
    Value
        Of the shape of ``x`` without the axes; a plain array if ``x`` is one.

    Raises
    ------
    TypeError
        For ``ord=0``, which counts and has no derivative.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.vector_norm(ma.Value([[3.0, 0.0], [0.0, 4.0]]))
    Value(5., operation=norm)
    """
    vectors, axes = as_vectors(x, axis, "vector_norm")
    out = norm(vectors, ord=ord, axis=-1)
    return np.expand_dims(out, axes) if keepdims else out


@function(np.linalg.matrix_norm, public=False, kinks=lambda x, keepdims=False, ord="fro": norm_kinks(x, ord, (-2, -1)))
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of a matrix, or of each of a batch.

    Parameters
    ----------
    x : array_like or Value
        Shape (..., m, n).
    keepdims : bool
        Whether the last two axes stay, with length 1.
    ord : optional
        As in :func:`norm` of a matrix.

    Returns
    -------
    Value
        Of shape (...); a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.matrix_norm(ma.Value([[3.0, 0.0], [0.0, 4.0]]), ord="nuc")
    Value(7., operation=sum)
    """
    return norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


def _cond_kinks(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return np.concatenate([np.diff(s[..., :2]), np.diff(s[..., -2:]), s[..., -1:] if p == -2 else s[..., :0]], -1)
    first, second = (norm_kinks(m, p, (-2, -1)) for m in (x, np.linalg.inv(x)))
    return tuple(kink for found in (first, second) for kink in (found if isinstance(found, tuple) else (found,)))


@function(np.linalg.cond, public=False, kinks=_cond_kinks)
def cond(x: Any, p: Any = None) -> Any:
    """The condition number of a matrix, or of each of a batch: the norm times that of the inverse.

    Parameters
    ----------
    x : array_like or Value
        Shape (..., m, n); square unless ``p`` is None, 2 or -2.
    p : optional
        Which norm, as in :func:`norm`; by default 2: the largest singular value divided by the smallest.

    Returns
    -------
    Value
        Of shape (...); a plain array if ``x`` is one.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular, unless ``p`` is None, 2 or -2: then it is infinite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.cond(ma.Value([[3.0, 0.0], [0.0, 4.0]]))
    Value(1.333333, operation=divide)
    """
    if p in (None, 2, -2):
        s = svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return norm(x, ord=p, axis=(-2, -1)) * norm(inv(x), ord=p, axis=(-2, -1))
