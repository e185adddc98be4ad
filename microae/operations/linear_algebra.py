"""Linear algebra: products of vectors, matrices and batches of them; inverse, solution, determinant, Cholesky."""

from __future__ import annotations

import math
import string
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.operation import Variadic, joined
from microae.core.value import Value
from microae.operations import kernels
from microae.operations.indexing import diagonal, scatter
from microae.operations.kernels import product
from microae.operations.registry import function, operation
from microae.operations.shape import reshape, transpose


def _T(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _transposed_instead(names: list[str], shapes: list[tuple[int, ...]]) -> str:
    """Which transposition or exchange of two matrices would fit, if their inner dimensions differ."""
    left, right = (name or default for name, default in zip(names[:2], ("left", "right"), strict=True))
    x, y = shapes[:2]
    if not x or not y or x[-1] == (y[-2] if len(y) > 1 else y[0]):
        return ""
    turned = {name: name.removesuffix(".T") if name.endswith(".T") else f"{name}.T" for name in (left, right)}
    inner = y[-2] if len(y) > 1 else y[0]
    meant = ""
    if len(y) > 1 and x[-1] == y[-1]:
        meant = f"{left} @ {turned[right]}"
    elif len(x) > 1 and x[-2] == inner:
        meant = f"{turned[left]} @ {right}"
    elif (len(x) > 1 and len(y) == 1 and y[0] == x[-2]) or (len(x) == 1 and len(y) > 1 and y[-1] == x[0]):
        meant = f"{right} @ {left}"
    return "inner dimensions differ: " + (f"did you mean {meant}? " if meant else "")


matmul = operation(
    np.matmul,
    symbol="@",
    name="matmul",
    hint=_transposed_instead,
    notation="{0} {1}",
    derivatives=("{1}ᵀ", "{0}ᵀ"),
)(product)


def _matmul_vjp_x(g: Any, out: Any, x: Any, y: Any) -> Any:
    if y.ndim == 1:
        return g * y if x.ndim == 1 else np.expand_dims(g, -1) * y
    if x.ndim == 1:
        return (y @ np.expand_dims(g, -1))[..., 0]
    return g @ _T(y)


def _matmul_vjp_y(g: Any, out: Any, x: Any, y: Any) -> Any:
    if x.ndim == 1:
        return g * x if y.ndim == 1 else np.expand_dims(x, -1) * np.expand_dims(g, -2)
    if y.ndim == 1:
        return (_T(x) @ np.expand_dims(g, -1))[..., 0]
    return _T(x) @ g


matmul.vjps = (_matmul_vjp_x, _matmul_vjp_y)


linear = operation(
    symbol="@ +",
    name="linear",
    method=False,
    hint=_transposed_instead,
    notation="{0} {1} + {2}",
    derivatives=("{1}ᵀ", "{0}ᵀ", "1"),
    definition=kernels.affine_definition,
)(kernels.affine)


def _rows(x: Any) -> Any:
    """A batch of any shape as a matrix (samples, features)."""
    return np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _linear_vjp_x(g: Any, out: Any, x: Any, W: Any, b: Any) -> Any:
    return product(g, W.T) if x.ndim <= 2 else np.reshape(product(_rows(g), W.T), x.shape)


def _linear_vjp_W(g: Any, out: Any, x: Any, W: Any, b: Any) -> Any:
    if x.ndim == 1:
        return product(x[:, None], g[None])
    return product(x.T, g) if x.ndim == 2 else product(_rows(x).T, _rows(g))


linear.vjps = (
    _linear_vjp_x,
    _linear_vjp_W,
    lambda g, out, x, W, b: g,
)


@function(np.dot)
def dot(a: Any, b: Any) -> Any:
    """NumPy's ``dot``: the product of scalars, vectors and matrices.

    Parameters
    ----------
    a, b : array_like or Value
        A scalar multiplies the other; vectors and matrices are multiplied by :func:`matmul`; with more axes, the last
        of ``a`` is summed with the last but one of ``b``.

    Returns
    -------
    Value
        A plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.dot(ma.Value([1.0, 2.0]), [3.0, 4.0])
    Value(11., operation=matmul)
    """
    a, b = joined(a), joined(b)
    if not np.ndim(a) or not np.ndim(b):
        return a * b
    if np.ndim(b) == 1 or (np.ndim(a) <= 2 and np.ndim(b) == 2):
        return matmul(a, b)
    return tensordot(a, b, axes=(-1, -2))


@function(np.inner)
def inner(a: Any, b: Any) -> Any:
    """The sum of the products along the last axes.

    Parameters
    ----------
    a, b : array_like or Value
        Shapes (..., n) and (..., n); a scalar multiplies the other.

    Returns
    -------
    Value
        Of the shape of ``a`` without its last axis, then that of ``b``; a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.inner(ma.Value([1.0, 2.0]), [[3.0, 4.0], [5.0, 6.0]])
    Value([11., 17.], operation=reshape)
    """
    return a * b if not np.ndim(a) or not np.ndim(b) else tensordot(a, b, axes=(-1, -1))


@function(np.outer)
def outer(a: Any, b: Any) -> Any:
    """Every element of ``a`` times every element of ``b``.

    Parameters
    ----------
    a, b : array_like or Value, any shape

    Returns
    -------
    Value
        Of shape (a.size, b.size); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.outer(ma.Value([1.0, 2.0]), [3.0, 4.0])
    Value([[3., 4.],
           [6., 8.]], operation=multiply)
    """
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))


@function(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of the products over pairs of axes.

    Parameters
    ----------
    a, b : array_like or Value
    axes : int, or pair of int or sequences of int
        How many: the last of ``a`` with the first of ``b``; or which axes of ``a`` with which of ``b``.

    Returns
    -------
    Value
        Of the shape of ``a`` without the summed axes, then that of ``b``; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If there are not so many axes, or two that are paired differ in length.

    Examples
    --------
    >>> import microae as ma
    >>> ma.tensordot(ma.Value([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 0.0], [0.0, 2.0]], axes=2)
    Value(9., operation=reshape)
    """
    n, m = np.ndim(a), np.ndim(b)
    if isinstance(axes, (int, np.integer)):
        if not 0 <= axes <= min(n, m):
            raise ValueError(f"tensordot: cannot sum over {axes} axes of shapes {np.shape(a)} and {np.shape(b)}")
        left, right = list(range(n - axes, n)), list(range(axes))
    else:
        left = list(normalize_axis_tuple(axes[0], n, "tensordot: axes of the first operand"))
        right = list(normalize_axis_tuple(axes[1], m, "tensordot: axes of the second operand"))
    shape_a, shape_b = np.shape(a), np.shape(b)
    if [shape_a[i] for i in left] != [shape_b[i] for i in right]:
        raise ValueError(f"tensordot: the axes {axes} of shapes {shape_a} and {shape_b} differ in length")
    rest_a, rest_b = [i for i in range(n) if i not in left], [i for i in range(m) if i not in right]
    k = int(np.prod([shape_a[i] for i in left], dtype=int))
    rows = int(np.prod([shape_a[i] for i in rest_a], dtype=int))
    columns = int(np.prod([shape_b[i] for i in rest_b], dtype=int))
    x = reshape(transpose(a, axes=tuple(rest_a + left)), (rows, k))
    y = reshape(transpose(b, axes=tuple(right + rest_b)), (k, columns))
    return reshape(matmul(x, y), tuple(shape_a[i] for i in rest_a) + tuple(shape_b[i] for i in rest_b))


# --- einsum ----------------------------------------------------------------------------------------------------


@operation(symbol="einsum", name="einsum", method=False)
def _einsum(*operands: Array, subscripts: Any, optimize: Any = False) -> Array:
    """The row behind :func:`einsum`: no label stands twice in one operand's subscripts."""
    return np.einsum(subscripts, *operands, optimize=optimize)


def _einsum_vjp(i: int, g: Any, out: Any, *operands: Any, subscripts: str, optimize: Any = False) -> Any:
    inputs, result = subscripts.split("->")
    terms = inputs.split(",")
    others = [j for j in range(len(terms)) if j != i]
    shared = set(result).union(*(terms[j] for j in others))
    kept = "".join(label for label in terms[i] if label in shared)
    rule = ",".join([result, *(terms[j] for j in others)]) + "->" + kept
    c = np.einsum(rule, g, *(operands[j] for j in others), optimize=bool(optimize))
    # Along an axis that only this operand has, or has longer than 1 where the others have 1, the gradient is constant.
    lengths = dict(zip(kept, np.shape(c), strict=True))
    shape = [lengths.get(label, 1) for label in terms[i]]
    full_shape = [n if m == 1 else m for m, n in zip(shape, np.shape(operands[i]), strict=True)]
    return np.broadcast_to(np.reshape(c, tuple(shape)), tuple(full_shape))


_einsum.vjps = Variadic(_einsum_vjp)


def _written(*given: Any) -> tuple[str, tuple[Any, ...]]:
    """Subscripts and operands of operands with lists of their axes' numbers."""
    if len(given) < 2 or not all(isinstance(axes, (list, tuple)) for axes in (*given[1::2], *given[-1:])):
        raise TypeError("einsum: give the subscripts as a string, such as 'ij,jk->ik', or a list behind each operand")
    letters = string.ascii_uppercase + string.ascii_lowercase
    terms = ["".join("..." if i is Ellipsis else letters[i] for i in axes) for axes in (*given[1::2], *given[-1:])]
    odd = len(given) % 2
    return ",".join(terms[:-1]) + ("->" + terms[-1]) * odd, given[: len(given) - odd : 2]


@function(np.einsum, method=False)
def einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """NumPy's ``einsum``: the sum of products that subscripts describe.

    Parameters
    ----------
    subscripts : str
        Such as ``"ij,jk->ik"``: implicit or explicit output, repeated labels, ellipses.
    *operands : array_like or Value
        As many as the subscripts have terms. Without subscripts, each with a list of its axes' numbers behind it, and
        perhaps the result's list: ``einsum(a, [0, 1], b, [1, 2], [0, 2])``.
    optimize : bool, str or path
        NumPy's: whether and how to look for a quicker order of three operands or more.

    Returns
    -------
    Value
        A plain array if no operand is a Value.

    Raises
    ------
    TypeError
        If the subscripts are neither a string nor lists.
    ValueError
        If they do not fit the operands.

    Examples
    --------
    >>> import microae as ma
    >>> ma.einsum("ii->i", ma.Value([[1.0, 2.0], [3.0, 4.0]]))
    Value([1., 4.], operation=einsum)
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _written(subscripts, *operands)
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum: {subscripts!r} names {len(terms)} operands, {len(operands)} were given")
    unused = [label for label in string.ascii_letters if label not in subscripts]
    widths = [np.ndim(x) - len(t.replace("...", "")) if "..." in t else 0 for t, x in zip(terms, operands, strict=True)]
    ellipsis = "".join(unused[: max(widths, default=0)])
    terms = [t.replace("...", ellipsis[len(ellipsis) - w :]) for t, w in zip(terms, widths, strict=True)]
    labels = "".join(terms)
    if not arrow:
        result = "..." + "".join(sorted(c for c in set(labels) if labels.count(c) == 1 and c not in ellipsis))
    elif ellipsis and "..." not in result:
        raise ValueError(f"einsum: {subscripts!r} has an ellipsis in its operands, it needs one in its result too")
    result = result.replace("...", ellipsis)
    distinct = []  # terms without repeated labels, and their operands
    for term, x in zip(terms, operands, strict=True):
        if len(term) != np.ndim(x):
            raise ValueError(f"einsum: {term!r} in {subscripts!r} names {len(term)} axes, the operand has {np.ndim(x)}")
        for label in term:
            while term.count(label) > 1:  # a repeated label is a diagonal
                i = term.index(label)
                j = term.index(label, i + 1)
                if np.shape(x)[i] != np.shape(x)[j]:
                    raise ValueError(f"einsum: the axes {label!r} of shape {np.shape(x)} in {subscripts!r} differ")
                x = diagonal(x, axis1=i, axis2=j)
                term = term[:i] + term[i + 1 : j] + term[j + 1 :] + label
        distinct.append((term, x))
    canonical = ",".join(term for term, _ in distinct) + "->" + result
    return _einsum(*(x for _, x in distinct), subscripts=canonical, optimize=optimize)


# --- matrices --------------------------------------------------------------------------------------------------


@operation(np.linalg.inv, symbol="⁻¹", public=False)
def inv(a: Array) -> Array:
    """The inverse of a square matrix, or of each of a batch.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).

    Returns
    -------
    Value
        Of the shape of ``a``; a plain array if ``a`` is one.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular.

    Examples
    --------
    >>> import microae as ma
    >>> ma.linalg.inv(ma.Value([[2.0, 0.0], [0.0, 4.0]]))
    Value([[0.5 , 0.  ],
           [0.  , 0.25]], operation=inv)
    """
    return np.linalg.inv(a)


inv.vjps = (lambda g, out, a: -(_T(out) @ g @ _T(out)),)


@operation(np.linalg.solve, symbol="solve", public=False)
def solve(a: Array, b: Array) -> Array:
    """The solution ``x`` of ``a @ x = b``.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).
    b : array_like or Value
        A vector (n,), or matrices (..., n, m).

    Returns
    -------
    Value
        The solutions, (..., n) or (..., n, m); a plain array if no argument is a Value.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular.

    Examples
    --------
    >>> import microae as ma
    >>> b = ma.Value([2.0, 8.0])
    >>> x = ma.linalg.solve([[2.0, 0.0], [0.0, 4.0]], b)
    >>> x, ma.gradients(x.sum(), [b])
    (Value([1., 2.], operation=solve), [array([0.5 , 0.25])])
    """
    return np.linalg.solve(a, b)


def _solve_transposed(a: Any, g: Any, b: Any) -> Any:
    """``solve`` with the transposed matrix, of vectors where ``b`` is one, however large the batch of matrices."""
    if b.ndim == 1 and a.ndim > 2:
        return np.linalg.solve(_T(a), np.expand_dims(g, -1))[..., 0]
    return np.linalg.solve(_T(a), g)


def _solve_vjp_a(g: Any, out: Any, a: Any, b: Any) -> Any:
    h = _solve_transposed(a, g, b)
    if b.ndim == 1:
        return -(np.expand_dims(h, -1) * np.expand_dims(out, -2))
    return -(h @ _T(out))


solve.vjps = (
    _solve_vjp_a,
    lambda g, out, a, b: _solve_transposed(a, g, b),
)


@operation(np.linalg.det, symbol="det", public=False, derivatives=("cof({0})",))
def det(a: Array) -> Array:
    """The determinant of a square matrix, or of each of a batch; differentiable at singular matrices too.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).

    Returns
    -------
    Value
        Of shape (...); a plain array if ``a`` is one.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[1.0, 2.0], [2.0, 4.0]])  # singular
    >>> ma.gradients(ma.linalg.det(a), [a])[0].round(12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    return np.linalg.det(a)


@operation(symbol="cof", public=False, method=False)
def cofactors(a: Array) -> Array:
    """The derivative of the determinant, ``det(a) * inv(a).T`` where ``a`` is invertible, by singular values."""
    u, s, vt, orientation = _svd(a)
    others = np.where(np.eye(s.shape[-1], dtype=bool), a.dtype.type(1.0), s[..., None, :]).prod(-1)
    return orientation * ((u * others[..., None, :]) @ vt)


def _svd(a: Array) -> tuple[Array, Array, Array, Array]:
    """Singular vectors and values, and whether the vectors' bases have the same orientation (1) or not (-1)."""
    u, s, vt = np.linalg.svd(a)
    return u, s, vt, (np.linalg.det(u) * np.linalg.det(vt))[..., None, None]


@operation(symbol="cofVJP", public=False, method=False)
def cofactors_vjp(g: Array, a: Array) -> Array:
    """The vector-Jacobian product of ``cofactors``: the second derivatives of the determinant times ``g``.

    In the bases of the singular vectors the matrix is diagonal, and each second derivative the product of all
    singular values but two.
    """
    u, s, vt, orientation = _svd(a)
    n = s.shape[-1]
    identity = np.eye(n, dtype=bool)
    others = np.where(identity[:, None] | identity, a.dtype.type(1.0), s[..., None, None, :]).prod(-1)
    others = np.where(identity, a.dtype.type(0.0), others)
    rotated = np.swapaxes(u, -1, -2) @ g @ np.swapaxes(vt, -1, -2)
    diagonal_part = np.einsum("...ij,...jj->...i", others, rotated)
    product_rule = diagonal_part[..., None, :] * identity - others * np.swapaxes(rotated, -1, -2)
    return orientation * (u @ product_rule @ vt)


def _minors(a: Any) -> tuple[Any, Any]:
    """The index that picks each minor of a matrix, and the sign of its cofactor."""
    n = a.shape[-1]
    keep = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, max(n - 1, 0))
    sign = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1.0, 1.0).astype(a.dtype)
    return (..., keep[:, None, :, None], keep[None, :, None, :]), sign


def _cofactors_vjp_by_a(h: Any, out: Any, g: Any, a: Any) -> Any:
    # Each cofactor is the signed determinant of a minor, whose second derivatives are known.
    index, sign = _minors(a)
    weights = np.reshape(g * sign, (*g.shape, 1, 1))
    return scatter(weights * cofactors_vjp(h[index], a[index]), index=index, shape=a.shape)


cofactors_vjp.vjps = (lambda h, out, g, a: cofactors_vjp(h, a), _cofactors_vjp_by_a)
cofactors.vjps = (lambda g, out, a: cofactors_vjp(g, a),)
det.vjps = (lambda g, out, a: np.reshape(g, (*np.shape(g), 1, 1)) * cofactors(a),)


class SlogdetResult(NamedTuple):
    """The sign of a determinant (plain) and the logarithm of its absolute value."""

    sign: Any
    logabsdet: Any


@operation(symbol="log|det|", name="logabsdet", public=False, method=False, derivatives=("({0}⁻¹)ᵀ",))
def _logabsdet(a: Array) -> Array:
    """The logarithm of the absolute value of the determinant."""
    return np.linalg.slogdet(a)[1]


_logabsdet.vjps = (lambda g, out, a: np.reshape(g, (*np.shape(g), 1, 1)) * _T(inv(a)),)


@function(np.linalg.slogdet, public=False)
def slogdet(a: Any) -> SlogdetResult:
    """Sign and logarithm of the absolute value of the determinant.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).

    Returns
    -------
    SlogdetResult
        ``sign``, a plain array of shape (...), and ``logabsdet``, a Value of that shape.

    Raises
    ------
    numpy.linalg.LinAlgError
        When it is differentiated at a singular matrix: there the logarithm is -inf and has no derivative.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[0.0, 2.0], [1.0, 0.0]])
    >>> sign, logabsdet = ma.linalg.slogdet(a)
    >>> float(sign), logabsdet
    (-1.0, Value(0.693147, operation=logabsdet))
    """
    sign = np.linalg.slogdet(a.data if isinstance(a, Value) else a)[0]
    return SlogdetResult(sign, _logabsdet(a))


@operation(symbol="chol", name="cholesky", public=False, symmetric=True)
def _cholesky(a: Array) -> Array:
    """The lower triangular ``L`` with ``L @ L.T = a``."""
    return np.linalg.cholesky(a)


def _cholesky_vjp(g: Any, out: Any, a: Any) -> Any:
    # Murray (2016), "Differentiation of the Cholesky decomposition", eq. 10; made symmetric because a is.
    p = np.tril(_T(out) @ np.tril(g))
    p = p - 0.5 * (p * np.eye(a.shape[-1], dtype=a.dtype))
    s = np.linalg.solve(_T(out), _T(np.linalg.solve(_T(out), _T(p))))
    return 0.5 * (s + _T(s))


_cholesky.vjps = (_cholesky_vjp,)


@function(np.linalg.cholesky, public=False)
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """The Cholesky factor of a symmetric positive definite matrix, or of each of a batch.

    The gradient is the symmetric one: it treats ``a[i, j]`` and ``a[j, i]`` as two elements that share it equally.

    Parameters
    ----------
    a : array_like or Value
        Shape (..., n, n).
    upper : bool
        Whether the factor is ``U`` with ``Uᵀ U = a`` instead of ``L`` with ``L Lᵀ = a``.

    Returns
    -------
    Value
        Of the shape of ``a``, triangular; a plain array if ``a`` is one.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is not positive definite.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value([[4.0, 2.0], [2.0, 10.0]])
    >>> L = ma.linalg.cholesky(a)
    >>> ma.gradients(L[1, 0], [a])
    [array([[-0.125,  0.25 ],
           [ 0.25 ,  0.   ]])]
    """
    lower = _cholesky(a)
    return _T(lower) if upper else lower
