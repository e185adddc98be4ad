"""Eigenvalues and eigenvectors of symmetric matrices, and of other matrices whose eigenvalues are real.

Gradients by a symmetric matrix are symmetric: ``a[i, j]`` and ``a[j, i]`` share what the two get. What is said of
vectors in :mod:`microae.operations.decompositions` holds here too. The rules are those of Giles (2008), "Collected
matrix derivative results for forward and reverse mode algorithmic differentiation".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microae.core.arrays import Array
from microae.operations.decompositions import gaps, off_diagonal, row, turned
from microae.operations.registry import function, operation

# --- eigenvalues of symmetric matrices -------------------------------------------------------------------------


class EighResult(NamedTuple):
    """Eigenvalues (..., n), and as columns their eigenvectors (..., n, n)."""

    eigenvalues: Any
    eigenvectors: Any


def _symmetric(a: Any) -> Any:
    return 0.5 * (a + turned(a))


def _eigh_kinks(a: Any, UPLO: str = "L") -> Any:
    return np.diff(np.linalg.eigvalsh(a, UPLO))  # type: ignore[call-overload]


@operation(np.linalg.eigvalsh, symbol="eigvalsh", public=False, kinks=_eigh_kinks, symmetric=True)
def eigvalsh(a: Array, UPLO: Any = "L") -> Array:
    """The eigenvalues of a symmetric matrix, or of each of a batch, in ascending order.

    Where some are equal, the gradient is right for what treats them alike, such as their sum.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n), symmetric.
    UPLO : "L" or "U"
        The triangle that NumPy reads.

    Returns
    -------
    Value
        Of shape (..., n); a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[2.0, 0.0], [0.0, 1.0]])
    >>> smallest = ma.linalg.eigvalsh(a)[0]
    >>> smallest, ma.gradients(smallest, [a])
    (Value(1., operation=getitem), [array([[0., 0.],
           [0., 1.]])])
    """
    return np.linalg.eigvalsh(a, UPLO)


@operation(symbol="eigenvectors", public=False, method=False, kinks=_eigh_kinks, symmetric=True)
def eigenvectors(a: Array, UPLO: Any = "L") -> Array:
    """The eigenvectors of a symmetric matrix, as columns, in the order of its eigenvalues."""
    return np.linalg.eigh(a, UPLO)[1]


def _eigvalsh_vjp(g: Any, out: Any, a: Any, UPLO: str = "L") -> Any:
    v = eigenvectors(a, UPLO=UPLO)
    return (v * row(g)) @ turned(v)


def _eigenvectors_vjp(g: Any, out: Any, a: Any, UPLO: str = "L") -> Any:
    inside = off_diagonal((turned(out) @ g) / gaps(eigvalsh(a, UPLO=UPLO)))
    return _symmetric(out @ inside @ turned(out))


eigvalsh.vjps = (_eigvalsh_vjp,)
eigenvectors.vjps = (_eigenvectors_vjp,)


@function(np.linalg.eigh, public=False, kinks=_eigh_kinks)
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues and eigenvectors of a symmetric matrix, or of each of a batch.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n), symmetric.
    UPLO : "L" or "U"
        The triangle that NumPy reads.

    Returns
    -------
    EighResult
        ``eigenvalues`` (..., n), ascending, and ``eigenvectors`` (..., n, n), columns of length 1.

    Raises
    ------
    numpy.linalg.LinAlgError
        When eigenvectors are differentiated where two eigenvalues are equal.

    Notes
    -----
    Each eigenvector may as well have the other sign: differentiate what does not depend on it.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[2.0, 0.0], [0.0, 1.0]])
    >>> values, vectors = ma.linalg.eigh(a)
    >>> values.data, ma.gradients((vectors[0, 0] * vectors[1, 0]), [a])
    (array([1., 2.]), [array([[ 0. , -0.5],
           [-0.5,  0. ]])])
    """
    return EighResult(eigvalsh(a, UPLO=UPLO), eigenvectors(a, UPLO=UPLO))


# --- eigenvalues of other matrices -----------------------------------------------------------------------------


class EigResult(NamedTuple):
    """Eigenvalues (..., n), and as columns their eigenvectors (..., n, n)."""

    eigenvalues: Any
    eigenvectors: Any


def _real(x: Any) -> Any:
    if np.iscomplexobj(x):
        raise ValueError(
            "the matrix has complex eigenvalues, and Values are real; np.linalg.eigh is for symmetric ones"
        )
    return x


def _eig_kinks(a: Any) -> Any:
    return np.diff(np.sort(np.linalg.eigvals(a).real))


@operation(np.linalg.eigvals, symbol="eigvals", public=False, kinks=_eig_kinks)
def eigvals(a: Array) -> Array:
    """The eigenvalues of a square matrix, or of each of a batch, all of which must be real and distinct.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).

    Returns
    -------
    Value
        Of shape (..., n), in NumPy's order; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If an eigenvalue is complex.
    numpy.linalg.LinAlgError
        When they are differentiated where two are equal.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[2.0, 1.0], [0.0, 1.0]])
    >>> ma.gradients(ma.linalg.eigvals(a)[0], [a])
    [array([[1., 0.],
           [1., 0.]])]
    """
    return _real(np.linalg.eigvals(a))


@operation(symbol="eig V", public=False, method=False, kinks=_eig_kinks)
def general_eigenvectors(a: Array) -> Array:
    """The eigenvectors of a square matrix, as columns of length 1."""
    return _real(np.linalg.eig(a)[1])


def _eigvals_vjp(g: Any, out: Any, a: Any) -> Any:
    v = general_eigenvectors(a)
    diagonal = np.where(np.eye(np.shape(a)[-1], dtype=bool), row(g), 0.0 / gaps(out))  # where no two are equal
    return np.linalg.solve(turned(v), diagonal @ turned(v))


def _general_eigenvectors_vjp(g: Any, out: Any, a: Any) -> Any:
    v, m = out, turned(out) @ g
    own = np.sum(v * g, axis=-2, keepdims=True)  # lengths stay 1
    return np.linalg.solve(turned(v), off_diagonal((m - (turned(v) @ v) * own) / gaps(eigvals(a))) @ turned(v))


eigvals.vjps = (_eigvals_vjp,)
general_eigenvectors.vjps = (_general_eigenvectors_vjp,)


@function(np.linalg.eig, public=False, kinks=_eig_kinks)
def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors of a square matrix, or of each of a batch; the eigenvalues must be real.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).

    Returns
    -------
    EigResult
        ``eigenvalues`` (..., n) in NumPy's order, and ``eigenvectors`` (..., n, n), columns of length 1.

    Raises
    ------
    ValueError
        If an eigenvalue is complex.
    numpy.linalg.LinAlgError
        When they are differentiated where two eigenvalues are equal.

    Notes
    -----
    Each eigenvector may as well have the other sign: differentiate what does not depend on it.

    Examples
    --------
    >>> import microae as ma
    >>> values, vectors = ma.linalg.eig(ma.Value([[2.0, 1.0], [0.0, 1.0]]))
    >>> values.data, vectors.data.round(4)
    (array([2., 1.]), array([[ 1.    , -0.7071],
           [ 0.    ,  0.7071]]))
    """
    return EigResult(eigvals(a), general_eigenvectors(a))
