"""Norms under NumPy's newer names, and the condition number."""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.operations.decompositions import svdvals
from microae.operations.linear_algebra import inv
from microae.operations.reductions import Axis, norm, norm_kinks
from microae.operations.registry import function
from microae.operations.shape import as_vectors


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
