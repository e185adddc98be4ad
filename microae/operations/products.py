"""More products: of stacks of vectors, cross and Kronecker products, chains and powers of matrices."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from microae.core.operation import NUMPY
from microae.operations.indexing import diagonal, trace, where
from microae.operations.linear_algebra import einsum, inv, matmul, outer, solve, tensordot
from microae.operations.reductions import sum
from microae.operations.registry import function, numpys
from microae.operations.shape import expand_dims, moveaxis, ravel, reshape, swapaxes, transpose


@function(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """The scalar products of the vectors along an axis.

    Parameters
    ----------
    x1, x2 : array_like or Value
        Broadcast against each other; along ``axis`` equally long.
    axis : int

    Returns
    -------
    Value
        Of the broadcast shape without ``axis``; a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.vecdot(ma.Value([[1.0, 2.0], [3.0, 4.0]]), [1.0, -1.0])
    Value([-1., -1.], operation=sum)
    """
    lengths = [np.shape(x)[normalize_axis_index(axis, np.ndim(x), "vecdot")] for x in (x1, x2)]
    if lengths[0] != lengths[1]:
        raise ValueError(f"vecdot: vectors of {lengths[0]} and {lengths[1]} elements along axis {axis}")
    return sum(moveaxis(x1, axis, -1) * moveaxis(x2, axis, -1), axis=-1)


@function(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """The sum of the products of all elements, in C order.

    Parameters
    ----------
    a, b : array_like or Value
        As many elements each; their shapes may differ.

    Returns
    -------
    Value
        A scalar; a plain number if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.vdot(ma.Value([[1.0, 2.0], [3.0, 4.0]]), [1.0, 0.0, 0.0, 1.0])
    Value(5., operation=matmul)
    """
    return matmul(ravel(a), ravel(b))


@function(*numpys("matvec"))
def matvec(x1: Any, x2: Any) -> Any:
    """Matrices times vectors.

    Parameters
    ----------
    x1 : array_like or Value
        Shape (..., n, m).
    x2 : array_like or Value
        Shape (..., m); the leading axes are broadcast.

    Returns
    -------
    Value
        Of shape (..., n); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.matvec(ma.Value([[1.0, 2.0], [3.0, 4.0]]), [1.0, -1.0])
    Value([-1., -1.], operation=getitem)
    """
    return matmul(x1, expand_dims(x2, -1))[..., 0]


@function(*numpys("vecmat"))
def vecmat(x1: Any, x2: Any) -> Any:
    """Vectors times matrices.

    Parameters
    ----------
    x1 : array_like or Value
        Shape (..., n).
    x2 : array_like or Value
        Shape (..., n, m); the leading axes are broadcast.

    Returns
    -------
    Value
        Of shape (..., m); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.vecmat(ma.Value([1.0, -1.0]), [[1.0, 2.0], [3.0, 4.0]])
    Value([-2., -2.], operation=getitem)
    """
    return matmul(expand_dims(x1, -2), x2)[..., 0, :]


@function(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product of vectors of three elements.

    Parameters
    ----------
    a, b : array_like or Value
        Vectors along ``axisa`` and ``axisb``; the other axes are broadcast.
    axisa, axisb, axisc : int
        Where the vectors are in ``a``, in ``b`` and in the result.
    axis : int, optional
        All three at once.

    Returns
    -------
    Value
        Of the broadcast shape; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If vectors have not three elements. (NumPy gives up two.)

    Examples
    --------
    >>> import microae as ma
    >>> ma.cross(ma.Value([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])
    Value([0., 0., 1.], operation=transpose)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise ValueError(f"cross: needs vectors of 3 elements, got {np.shape(a)[-1]} and {np.shape(b)[-1]}")
    after, before = [1, 2, 0], [2, 0, 1]
    return moveaxis(a[..., after] * b[..., before] - a[..., before] * b[..., after], -1, axisc)


@function(np.kron)
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: each element of ``a`` times the whole of ``b``, side by side.

    Parameters
    ----------
    a, b : array_like or Value

    Returns
    -------
    Value
        Of the product of the shapes, the shorter one taken with ones before it; a plain array if no argument is a
        Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.kron(ma.Value([1.0, 10.0]), [1.0, 2.0])
    Value([ 1.,  2., 10., 20.], operation=reshape)
    """
    n = max(np.ndim(a), np.ndim(b))
    shape_a, shape_b = ((1,) * (n - np.ndim(x)) + np.shape(x) for x in (a, b))
    rows = reshape(a, tuple(m for k in shape_a for m in (k, 1)))
    columns = reshape(b, tuple(m for k in shape_b for m in (1, k)))
    return reshape(rows * columns, tuple(i * j for i, j in zip(shape_a, shape_b, strict=True)))


@function(np.linalg.multi_dot, public=False, method=False)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of two or more matrices, in a quick order.

    Parameters
    ----------
    arrays : sequence of array_like or Value
        Matrices; the first and the last may be vectors.

    Returns
    -------
    Value
        A matrix, a vector or a scalar; a plain array if none of ``arrays`` is a Value.

    Raises
    ------
    ValueError
        If there are fewer than two, or one of the others is no matrix.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.multi_dot([ma.Value([1.0, 2.0]), [[0.0, 1.0], [1.0, 0.0]], [3.0, 4.0]])
    Value(10., operation=einsum)
    """
    if len(arrays) < 2:
        raise ValueError(f"multi_dot: needs two matrices or more, got {len(arrays)}")
    dims = [np.ndim(x) for x in arrays]
    if any(n != 2 for n in dims[1:-1]) or not {dims[0], dims[-1]} <= {1, 2}:
        raise ValueError(f"multi_dot: needs matrices (the first and the last may be vectors), got {dims} axes")
    letters = string.ascii_letters[: len(arrays) + 1]
    terms = [letters[i : i + 2] for i in range(len(arrays))]
    terms[0], terms[-1] = terms[0][2 - dims[0] :], terms[-1][: dims[-1]]
    result = letters[:1] * (dims[0] - 1) + letters[-1:] * (dims[-1] - 1)
    return einsum(",".join(terms) + "->" + result, *arrays, optimize="greedy")


@function(np.linalg.matrix_power, public=False)
def matrix_power(a: Any, n: int) -> Any:
    """A square matrix, or each of a batch, multiplied by itself.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., m, m).
    n : int
        How many factors; of a negative number, that many of the inverse; of 0, the identity.

    Returns
    -------
    Value
        Of the shape of ``a``; a plain array if ``a`` is one.

    Raises
    ------
    TypeError
        If ``n`` is no integer.
    ValueError
        If the matrix is not square.
    numpy.linalg.LinAlgError
        If ``n`` is negative and a matrix singular.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.matrix_power(ma.Value([[1.0, 1.0], [0.0, 1.0]]), 5)
    Value([[1., 5.],
           [0., 1.]], operation=matmul)
    """
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"matrix_power: the exponent must be an integer, got {n!r}")
    shape = np.shape(a)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"matrix_power: needs a square matrix, got shape {shape}")
    result, factor, left = None, inv(a) if n < 0 else a, abs(n)
    while left:
        if left % 2:
            result = factor if result is None else matmul(result, factor)
        left //= 2
        factor = matmul(factor, factor) if left else factor
    return where(np.zeros(shape, bool), a, np.eye(shape[-1], dtype=bool)) if result is None else result


@function(np.linalg.tensorinv, public=False)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of an array as a linear map of arrays: ``tensordot(tensorinv(a), a, ind)`` is the identity.

    Parameters
    ----------
    a : array_like or Value
        The product of the first ``ind`` lengths is that of the others.
    ind : int

    Returns
    -------
    Value
        Of shape ``a.shape[ind:] + a.shape[:ind]``; a plain array if ``a`` is one.

    Raises
    ------
    ValueError
        If ``ind`` is not positive, or the two products differ.
    numpy.linalg.LinAlgError
        If the map is singular.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.tensorinv(ma.Value([[2.0, 0.0], [0.0, 4.0]]), ind=1)
    Value([[0.5 , 0.  ],
           [0.  , 0.25]], operation=reshape)
    """
    shape = np.shape(a)
    n = math.prod(shape[ind:])
    if ind <= 0 or math.prod(shape[:ind]) != n:
        raise ValueError(f"tensorinv: the first {ind} axes of shape {shape} have not as many elements as the others")
    return reshape(inv(reshape(a, (n, n))), shape[ind:] + shape[:ind])


@function(np.linalg.tensorsolve, public=False)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The array ``x`` with ``tensordot(a, x, x.ndim) = b``.

    Parameters
    ----------
    a : array_like or Value
        Of shape ``b.shape + x.shape``.
    b : array_like or Value
    axes : tuple of int, optional
        Axes of ``a`` to move to the end before.

    Returns
    -------
    Value
        ``x``; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    numpy.linalg.LinAlgError
        If the map is singular.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.tensorsolve([[2.0, 0.0], [0.0, 4.0]], ma.Value([2.0, 2.0]))
    Value([1. , 0.5], operation=reshape)
    """
    if axes is not None:
        a = transpose(a, (*(i for i in range(np.ndim(a)) if i not in axes), *axes))
    shape = np.shape(a)[np.ndim(b) :]
    n = math.prod(shape)
    if math.prod(np.shape(b)) != n or np.size(a) != n * n:
        raise ValueError(f"tensorsolve: shapes {np.shape(a)} and {np.shape(b)} do not fit")
    return reshape(solve(reshape(a, (n, n)), ravel(b)), shape)


# --- np.linalg's own: vectors in the last axis, matrices in the last two ----------------------------------------

_LAST_AXES: dict[Any, Callable[..., Any]] = {
    np.linalg.matmul: lambda x1, x2: matmul(x1, x2),
    np.linalg.outer: lambda x1, x2: outer(x1, x2),
    np.linalg.tensordot: lambda x1, x2, axes=2: tensordot(x1, x2, axes=axes),
    np.linalg.cross: lambda x1, x2, axis=-1: cross(x1, x2, axis=axis),
    np.linalg.diagonal: lambda x, offset=0: diagonal(x, offset=offset, axis1=-2, axis2=-1),
    np.linalg.matrix_transpose: lambda x: swapaxes(x, -1, -2),
    np.linalg.trace: lambda x, offset=0: trace(x, offset=offset, axis1=-2, axis2=-1),
}
NUMPY.update(_LAST_AXES)
