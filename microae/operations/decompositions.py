"""Decompositions of matrices: singular values, QR; eigenvalues stand in a module of their own.

Each result is a row of its own (the values, the vectors on either side), so that nothing is computed for one that was
not used. Vectors are determined up to their signs: NumPy's choice is taken as it is, and a result that depends on it
has no meaning. Where two values are equal, their vectors are any basis of a plane and have no derivative: the rules
raise ``LinAlgError`` there, and where rounding leaves no digit of the difference.

The rules are those of Townsend (2016), "Differentiating the singular value decomposition", and, for QR, of Walter,
Lehmann and Lamour (2012), "On evaluating higher-order derivatives of the QR decomposition".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microae.core.arrays import Array
from microae.core.errors import NoDerivativeError
from microae.operations.kernels import holds
from microae.operations.registry import function, operation


def turned(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def column(x: Any) -> Any:
    return np.expand_dims(x, -1)


def row(x: Any) -> Any:
    return np.expand_dims(x, -2)


@operation(symbol="divisor", public=False, method=False, notation="{0}", derivatives=("1", ""))
def divisor(x: Array, scale: Array) -> Array:
    """``x``, of which no element is 0 as far as rounding of numbers of this ``scale`` lets one see."""
    if not holds(np.all(np.abs(x) > 1000.0 * np.finfo(x.dtype).eps * scale)):
        raise NoDerivativeError(
            "two of the values are equal, or one is 0, as far as rounding lets one see; what belongs to such values "
            "has no derivative"
        )
    return x + np.zeros(np.shape(scale), x.dtype)


divisor.vjps = (lambda g, out, x, scale: g, None)


def not_zero(x: Any) -> Any:
    return divisor(x, np.sum(np.abs(x), axis=-1, keepdims=True))


def is_large(x: Any) -> Any:
    """Which elements of vectors, none of them negative, are not 0 as far as rounding lets one see."""
    return x > 1000.0 * np.finfo(x.dtype).eps * np.sum(x, axis=-1, keepdims=True)


def gaps(x: Any) -> Any:
    """Of each pair ``(i, j)`` the difference ``x[j] - x[i]``, none of them 0; on the diagonal any number."""
    scale = column(np.sum(np.abs(x), axis=-1, keepdims=True))
    return divisor(row(x) - column(x) + np.eye(np.shape(x)[-1], dtype=x.dtype) * (1.0 + scale), scale)


def off_diagonal(x: Any) -> Any:
    return np.where(np.eye(np.shape(x)[-1], dtype=bool), 0.0, x)


# --- singular values -------------------------------------------------------------------------------------------


class SVDResult(NamedTuple):
    """Left singular vectors as columns (..., m, k), singular values (..., k), right ones as rows (..., k, n)."""

    U: Any
    S: Any
    Vh: Any


def _svdvals_kinks(x: Any) -> Any:
    s = np.linalg.svd(x, compute_uv=False)
    return np.diff(s), s[..., -1:]


@operation(np.linalg.svdvals, symbol="svdvals", public=False, kinks=_svdvals_kinks)
def svdvals(x: Array) -> Array:
    """The singular values of a matrix, or of each of a batch, in descending order.

    Where some are equal, the gradient is right for what treats them alike, such as their sum. One that is 0 has a kink
    there, and the gradient of a side, that of ``U Vᵀ``: with it functions without the kink have the right derivatives,
    such as the sum of the squares, or ``U diag(S) Vᵀ``.

    Parameters
    ----------
    x : array_like or Value
        Shape (..., m, n).

    Returns
    -------
    Value
        Of shape (..., min(m, n)); a plain array if ``x`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[3.0, 0.0], [0.0, -2.0], [0.0, 0.0]])
    >>> ma.linalg.svdvals(a), ma.gradients(ma.linalg.svdvals(a)[1], [a])
    (Value([3., 2.], operation=svdvals), [array([[ 0.,  0.],
           [ 0., -1.],
           [ 0.,  0.]])])
    """
    return np.linalg.svd(x, compute_uv=False)


def _svd_kinks(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    return _svdvals_kinks(a)


@operation(symbol="svd U", public=False, method=False, kinks=_svd_kinks)
def left_singular_vectors(a: Array) -> Array:
    """The left singular vectors of a matrix, as columns, one for each singular value."""
    return np.linalg.svd(a, full_matrices=False)[0]


@operation(symbol="svd Vᵀ", public=False, method=False, kinks=_svd_kinks)
def right_singular_vectors(a: Array) -> Array:
    """The right singular vectors of a matrix, as rows, one for each singular value."""
    return np.linalg.svd(a, full_matrices=False)[2]


def _svdvals_vjp(g: Any, out: Any, x: Any) -> Any:
    return (left_singular_vectors(x) * row(g)) @ right_singular_vectors(x)


def _square_gaps(s: Any) -> Any:
    """``s[j]² - s[i]²`` of each pair; on the diagonal any number but 0."""
    return gaps(s) * (row(s) + column(s) + np.eye(np.shape(s)[-1], dtype=s.dtype))


def _left_vjp(g: Any, out: Any, a: Any) -> Any:
    s, vh, m = svdvals(a), right_singular_vectors(a), turned(out) @ g
    c = out @ (off_diagonal((m - turned(m)) / _square_gaps(s)) * row(s)) @ vh
    if a.shape[-2] > a.shape[-1]:
        return c + ((g - out @ m) / row(not_zero(s))) @ vh
    size = np.sum(np.abs(g), axis=-2)
    if a.shape[-2] == a.shape[-1] and not holds(np.all(is_large(s) | ~is_large(size))):
        raise NoDerivativeError(
            "svd: the left vector of a singular value of 0 may change its sign without the right one, so there is no "
            "derivative; leave it out, as U[:, :-1] does, or take that of np.linalg.eigh(a @ a.T)"
        )
    return c


def _right_vjp(g: Any, out: Any, a: Any) -> Any:
    s, u, m = svdvals(a), left_singular_vectors(a), out @ turned(g)
    c = u @ (off_diagonal((m - turned(m)) / _square_gaps(s)) * column(s)) @ out
    return c if a.shape[-1] <= a.shape[-2] else c + u @ ((g - turned(m) @ out) / column(not_zero(s)))


svdvals.vjps = (_svdvals_vjp,)
left_singular_vectors.vjps = (_left_vjp,)
right_singular_vectors.vjps = (_right_vjp,)


@function(np.linalg.svd, public=False, kinks=_svd_kinks)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition ``a = U diag(S) Vh`` of a matrix, or of each of a batch.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., m, n).
    full_matrices : bool
        NumPy's default, True, asks for square ``U`` and ``Vh``; of a matrix that is not square give False.
    compute_uv : bool
        Whether singular vectors are wanted.

    Returns
    -------
    SVDResult, or Value
        ``U`` (..., m, k), ``S`` (..., k), descending, and ``Vh`` (..., k, n), where k is min(m, n). With
        ``compute_uv=False`` only the singular values, as of :func:`svdvals`.

    Raises
    ------
    ValueError
        With ``full_matrices=True`` of a matrix that is not square: the vectors that are added are any basis.
    numpy.linalg.LinAlgError
        When vectors are differentiated where two singular values are equal, or one is 0: then only those on the
        longer side and, if the matrix is square, those on the left where that of the 0 is used.

    Notes
    -----
    The signs of a pair of singular vectors may change together: differentiate what does not depend on them.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[3.0, 0.0], [0.0, -2.0], [0.0, 0.0]])
    >>> U, S, Vh = ma.linalg.svd(a, full_matrices=False)
    >>> U.shape, S.data, Vh.shape
    ((3, 2), array([3., 2.]), (2, 2))
    """
    if not compute_uv:
        return svdvals(a)
    shape = np.shape(a)
    if full_matrices and len(shape) > 1 and shape[-1] != shape[-2]:
        raise ValueError(
            f"svd: of a matrix of shape {shape[-2:]} give full_matrices=False; the vectors that complete a square "
            "matrix are any basis and have no derivative"
        )
    return SVDResult(left_singular_vectors(a), svdvals(a), right_singular_vectors(a))


# --- QR --------------------------------------------------------------------------------------------------------


class QRResult(NamedTuple):
    """Orthonormal columns (..., m, k) and an upper triangular matrix (..., k, n)."""

    Q: Any
    R: Any


def _qr_kinks(a: Any, mode: str = "reduced") -> Any:
    return np.diagonal(np.linalg.qr(a, mode="r"), 0, -2, -1)


@operation(symbol="qr Q", public=False, method=False, kinks=_qr_kinks)
def orthonormal(a: Array) -> Array:
    """The orthonormal columns of the QR decomposition of a matrix with as many rows as columns or more."""
    return np.linalg.qr(a)[0]


@operation(symbol="qr R", public=False, method=False, kinks=_qr_kinks)
def triangular(a: Array) -> Array:
    """The upper triangular factor of the QR decomposition of a matrix with as many rows as columns or more."""
    return np.linalg.qr(a, mode="r")


def _mirrored(m: Any) -> Any:
    """The lower triangle of a matrix, and above the diagonal its transpose."""
    return np.tril(m) + turned(np.tril(m, -1))


def _divided(x: Any, r: Any) -> Any:
    """``x`` times the transposed inverse of the triangular ``r``, no diagonal element of which is 0."""
    diagonal = column(not_zero(np.diagonal(r, 0, -2, -1)))
    return turned(np.linalg.solve(r / diagonal, turned(x) / diagonal))


def _orthonormal_vjp(g: Any, out: Any, a: Any) -> Any:
    return _divided(g - out @ _mirrored(turned(g) @ out), triangular(a))


def _triangular_vjp(g: Any, out: Any, a: Any) -> Any:
    return _divided(orthonormal(a) @ _mirrored(out @ turned(g)), out)


orthonormal.vjps = (_orthonormal_vjp,)
triangular.vjps = (_triangular_vjp,)


@function(np.linalg.qr, public=False, kinks=_qr_kinks)
def qr(a: Any, mode: str = "reduced") -> Any:
    """The QR decomposition ``a = Q R`` of a matrix, or of each of a batch.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., m, n).
    mode : "reduced", "r" or "complete"
        Both factors; only ``R``; or a square ``Q``, which is differentiable where it is the reduced one.

    Returns
    -------
    QRResult, or Value
        ``Q`` (..., m, k) and ``R`` (..., k, n), where k is min(m, n); only the latter in mode "r".

    Raises
    ------
    ValueError
        For another mode, or mode "complete" of a matrix with more rows than columns.
    numpy.linalg.LinAlgError
        When they are differentiated where the (first k) columns are dependent.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> a = ma.Value([[3.0, 1.0], [4.0, 2.0]])
    >>> Q, R = ma.linalg.qr(a)
    >>> np.abs(R[0, 0]), ma.gradients(np.abs(R[0, 0]), [a])
    (Value(5., operation=absolute), [array([[0.6, 0. ],
           [0.8, 0. ]])])
    """
    shape = np.shape(a)
    if mode not in ("reduced", "r") and not (mode == "complete" and len(shape) > 1 and shape[-2] <= shape[-1]):
        raise ValueError(f"qr: mode {mode!r} of shape {shape} is not supported on Values; use 'reduced' or 'r'")
    m = shape[-2] if len(shape) > 1 else 0
    if len(shape) < 2 or m >= shape[-1]:
        factors = (None if mode == "r" else orthonormal(a), triangular(a))
    else:  # the first columns make Q
        first, rest = a[..., :m], a[..., m:]
        q = orthonormal(first)
        factors = (q, np.concatenate([triangular(first), turned(q) @ rest], -1))
    return factors[1] if mode == "r" else QRResult(*factors)
