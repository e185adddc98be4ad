"""The pseudoinverse, and least squares.

The rule is that of Golub and Pereyra (1973), "The differentiation of pseudo-inverses and nonlinear least squares
problems whose variables separate".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microae.core.arrays import Array
from microae.operations.decompositions import column, not_zero, svdvals, turned
from microae.operations.kernels import holds
from microae.operations.registry import function, operation


def _pinv_kinks(a: Any, rcond: Any = None, rtol: Any = None) -> Any:
    s = np.linalg.svd(a, compute_uv=False)
    cut = rtol if rcond is None else rcond
    return s - s[..., :1] * np.expand_dims(1e-15 if cut is None else cut, -1)


@operation(symbol="pinv", name="pinv", public=False, method=False, kinks=_pinv_kinks)
def _pinv(a: Array, rcond: Any) -> Array:
    """The pseudoinverse; singular values up to ``rcond`` times the largest count as 0."""
    return np.linalg.pinv(a, rcond)


def _pinv_vjp(g: Any, out: Any, a: Any, rcond: Any) -> Any:
    s = np.linalg.svd(a, compute_uv=False)
    kept = np.maximum(s - s[..., :1] * np.expand_dims(rcond, -1), 0.0)
    g = g + 0.0 * column(np.sum(not_zero(kept), axis=-1, keepdims=True))  # raises if a singular value was cut off
    ap, pa = a @ out, out @ a
    c = -(turned(out) @ g @ turned(out))
    c = c + (turned(g) - ap @ turned(g)) @ out @ turned(out)
    return c + turned(out) @ out @ (turned(g) - turned(g) @ pa)


_pinv.vjps = (_pinv_vjp,)


@function(np.linalg.pinv, public=False, kinks=_pinv_kinks)
def pinv(a: Any, rcond: Any = None, *, rtol: Any = None) -> Any:
    """The pseudoinverse (Moore-Penrose) of a matrix, or of each of a batch.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., m, n).
    rcond, rtol : float or array_like of shape (...), optional
        Two names of one number: singular values up to so many times the largest count as 0. By default 1e-15.

    Returns
    -------
    Value
        Of shape (..., n, m); a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If both ``rcond`` and ``rtol`` are given.
    numpy.linalg.LinAlgError
        When it is differentiated where a singular value counts as 0: there it jumps, or is another function.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.pinv(ma.Value([[2.0], [0.0]]))
    Value([[0.5, 0. ]], operation=pinv)
    """
    if rcond is not None and rtol is not None:
        raise ValueError("pinv: rcond and rtol are two names of one number; give one")
    rcond = rtol if rcond is None else rcond
    return _pinv(a, rcond=1e-15 if rcond is None else rcond)


class LstsqResult(NamedTuple):
    """A least-squares solution, the sums of its squared residuals, rank and singular values of the matrix."""

    x: Any
    residuals: Any
    rank: Any
    s: Any


@function(np.linalg.lstsq, public=False)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> LstsqResult:
    """The solution ``x`` of ``a @ x = b`` with the least squared residuals and, of several, of least length.

    Parameters
    ----------
    a : array_like or Value
        Shape (m, n).
    b : array_like or Value
        A vector (m,), or a matrix (m, k).
    rcond : float, optional
        Singular values up to so many times the largest count as 0; by default rounding times the larger side.

    Returns
    -------
    LstsqResult
        ``x`` (n,) or (n, k); ``residuals``, their sums of squares, (1,) or (k,), empty unless the rank is n < m;
        ``rank``; the singular values ``s`` of ``a``. A tuple, as in NumPy.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    numpy.linalg.LinAlgError
        When it is differentiated by ``a`` where a singular value counts as 0.

    Examples
    --------
    >>> import microae as ma
    >>> b = ma.Value([1.0, 2.0, 6.0])
    >>> x = ma.linalg.lstsq([[1.0], [1.0], [1.0]], b).x
    >>> x.data.round(12), ma.gradients(x.sum(), [b])[0].round(4)
    (array([3.]), array([0.3333, 0.3333, 0.3333]))
    """
    shape = np.shape(a)
    if len(shape) != 2 or np.ndim(b) not in (1, 2) or np.shape(b)[0] != shape[0]:
        raise ValueError(f"lstsq: shapes {shape} and {np.shape(b)} do not fit; (m, n) and (m,) or (m, k) do")
    s = svdvals(a)
    rcond = np.finfo(s.dtype).eps * max(shape) if rcond is None else rcond
    rank = np.sum(s > rcond * s[:1])
    x = _pinv(a, rcond=rcond) @ b
    error = np.reshape(b - a @ x, (shape[0], -1))
    fits = shape[1] < shape[0] and holds(rank == shape[1])
    return LstsqResult(x, np.sum(error * error, axis=0) if fits else np.zeros(0), rank, s)
