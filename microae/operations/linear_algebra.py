"""Linear algebra: products of vectors, matrices and batches of them; inverse, solution, determinant, Cholesky."""

from __future__ import annotations

import math
import string
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.operation import Variadic, function, operation
from microae.core.value import Value
from microae.operations import kernels
from microae.operations.indexing import diagonal, scatter
from microae.operations.kernels import product
from microae.operations.shape import reshape, transpose


def _T(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


matmul = operation(np.matmul, symbol="@", name="matmul", notation="{0} {1}", derivatives=("{1}ᵀ", "{0}ᵀ"))(product)


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
    notation="{0} {1} + {2}",
    derivatives=("{1}ᵀ", "{0}ᵀ", "1"),
    definition=kernels.affine_definition,
)(kernels.affine)


def _rows(x: Any) -> Any:
    """A batch of any shape as a matrix."""
    return x if x.ndim <= 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _linear_vjp_x(g: Any, out: Any, x: Any, W: Any, b: Any) -> Any:
    c = product(_rows(g), W.T)
    return c if x.ndim <= 2 else np.reshape(c, x.shape)


def _linear_vjp_W(g: Any, out: Any, x: Any, W: Any, b: Any) -> Any:
    if x.ndim == 1:
        return product(x[:, None], g[None])
    return product(_rows(x).T, _rows(g))


linear.vjps = (
    _linear_vjp_x,
    _linear_vjp_W,
    lambda g, out, x, W, b: g,
)


@function(np.dot)
def dot(a: Any, b: Any) -> Any:
    """NumPy's ``dot``: a product for scalars, ``matmul`` for vectors and matrices, else last axis with last but one."""
    if not np.ndim(a) or not np.ndim(b):
        return a * b
    if np.ndim(b) == 1 or (np.ndim(a) <= 2 and np.ndim(b) == 2):
        return matmul(a, b)
    return tensordot(a, b, axes=(-1, -2))


@function(np.inner)
def inner(a: Any, b: Any) -> Any:
    """The sum product over the last axes."""
    return a * b if not np.ndim(a) or not np.ndim(b) else tensordot(a, b, axes=(-1, -1))


@function(np.outer)
def outer(a: Any, b: Any) -> Any:
    """Every element of ``a`` times every element of ``b``, shape (a.size, b.size)."""
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))


@function(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum product over pairs of axes: the last ``axes`` of ``a`` with the first of ``b``, or two lists of axes."""
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
    kept_a, kept_b = [i for i in range(n) if i not in left], [i for i in range(m) if i not in right]
    k = int(np.prod([shape_a[i] for i in left], dtype=int))
    rows = int(np.prod([shape_a[i] for i in kept_a], dtype=int))
    columns = int(np.prod([shape_b[i] for i in kept_b], dtype=int))
    x = reshape(transpose(a, axes=tuple(kept_a + left)), (rows, k))
    y = reshape(transpose(b, axes=tuple(right + kept_b)), (k, columns))
    return reshape(matmul(x, y), tuple(shape_a[i] for i in kept_a) + tuple(shape_b[i] for i in kept_b))


# --- einsum ----------------------------------------------------------------------------------------------------


@operation(symbol="einsum", name="einsum", method=False)
def _einsum(*operands: Array, subscripts: Any, optimize: Any = False) -> Array:
    """The sum product that ``subscripts`` names, no letter twice in one operand."""
    return np.einsum(subscripts, *operands, optimize=optimize)


def _einsum_vjp(i: int, g: Any, out: Any, *operands: Any, subscripts: str, optimize: Any = False) -> Any:
    left, result = subscripts.split("->")
    terms = left.split(",")
    own = terms[i]
    others = [x for j, x in enumerate(operands) if j != i]
    named = set(result).union(*(terms[j] for j in range(len(terms)) if j != i))
    present = "".join(c for c in own if c in named)
    rule = ",".join([result, *(t for j, t in enumerate(terms) if j != i)]) + "->" + present
    c = np.einsum(rule, g, *others, optimize=bool(optimize))
    lengths = dict(zip(present, np.shape(c), strict=True))
    # Along letters that only this operand has, or only this one more than once, the gradient is everywhere the same.
    there = [lengths.get(letter, 1) for letter in own]
    full = [n if m == 1 else m for m, n in zip(there, np.shape(operands[i]), strict=True)]
    return np.broadcast_to(np.reshape(c, tuple(there)), tuple(full))


_einsum.vjps = Variadic(_einsum_vjp)


@function(np.einsum, method=False)
def einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    """NumPy's ``einsum`` with a subscripts string: implicit or explicit output, repeated letters, ellipses.

    ``optimize`` is NumPy's: whether and how to look for a quicker order of three operands or more.

    Examples
    --------
    >>> import microae as ma
    >>> ma.einsum("ii->i", ma.Value([[1.0, 2.0], [3.0, 4.0]])).data
    array([1., 4.])
    """
    if not isinstance(subscripts, str):
        raise TypeError("einsum: give the subscripts as a string, such as 'ij,jk->ik'")
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum: {subscripts!r} names {len(terms)} operands, {len(operands)} were given")
    spare = [c for c in string.ascii_letters if c not in subscripts]
    widths = [np.ndim(x) - len(t.replace("...", "")) if "..." in t else 0 for t, x in zip(terms, operands, strict=True)]
    widest = "".join(spare[: max(widths, default=0)])
    terms = [t.replace("...", widest[len(widest) - w :]) for t, w in zip(terms, widths, strict=True)]
    letters = "".join(terms)
    if not arrow:
        result = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1 and c not in widest))
    elif widest and "..." not in result:
        raise ValueError(f"einsum: {subscripts!r} has an ellipsis in its operands, it needs one in its result too")
    result = result.replace("...", widest)
    simple = []
    for term, x in zip(terms, operands, strict=True):
        if len(term) != np.ndim(x):
            raise ValueError(f"einsum: {term!r} in {subscripts!r} names {len(term)} axes, the operand has {np.ndim(x)}")
        for letter in term:
            while term.count(letter) > 1:  # a repeated letter is a diagonal
                i = term.index(letter)
                j = term.index(letter, i + 1)
                if np.shape(x)[i] != np.shape(x)[j]:
                    raise ValueError(f"einsum: the axes {letter!r} of shape {np.shape(x)} in {subscripts!r} differ")
                x = diagonal(x, axis1=i, axis2=j)
                term = term[:i] + term[i + 1 : j] + term[j + 1 :] + letter
        simple.append((term, x))
    canonical = ",".join(term for term, _ in simple) + "->" + result
    return _einsum(*(x for _, x in simple), subscripts=canonical, optimize=optimize)


# --- matrices --------------------------------------------------------------------------------------------------


@operation(np.linalg.inv, symbol="⁻¹", public=False)
def inv(a: Array) -> Array:
    """The inverse of a square matrix, or of each of a batch."""
    return np.linalg.inv(a)


inv.vjps = (lambda g, out, a: -(_T(out) @ g @ _T(out)),)


@operation(np.linalg.solve, symbol="solve", public=False)
def solve(a: Array, b: Array) -> Array:
    """The solution ``x`` of ``a @ x = b``; ``b`` is a vector if it is 1-D, else a (batch of) matrices."""
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


@operation(symbol="cof′", public=False, method=False)
def cofactors_vjp(g: Array, a: Array) -> Array:
    """The vector-Jacobian product of ``cofactors``: the second derivatives of the determinant times ``g``.

    In the bases of the singular vectors the matrix is diagonal, and each second derivative the product of the singular
    values but two.
    """
    u, s, vt, orientation = _svd(a)
    n = s.shape[-1]
    one = np.eye(n, dtype=bool)
    others = np.where(one[:, None] | one, a.dtype.type(1.0), s[..., None, None, :]).prod(-1)
    others = np.where(one, a.dtype.type(0.0), others)
    turned = np.swapaxes(u, -1, -2) @ g @ np.swapaxes(vt, -1, -2)
    diagonal_part = np.einsum("...ij,...jj->...i", others, turned)
    inside = diagonal_part[..., None, :] * one - others * np.swapaxes(turned, -1, -2)
    return orientation * (u @ inside @ vt)


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
    """Sign and logarithm of the absolute value of the determinant; the sign is a plain array.

    At a singular matrix the logarithm is -inf and has no derivative: differentiating raises ``LinAlgError``.
    """
    sign = np.linalg.slogdet(a.data if isinstance(a, Value) else a)[0]
    return SlogdetResult(sign, _logabsdet(a))


@operation(symbol="chol", name="cholesky", public=False)
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
    """The Cholesky factor of a symmetric positive definite matrix, lower (or upper) triangular.

    The gradient is the symmetric one: it treats ``a[i, j]`` and ``a[j, i]`` as two elements that share it equally.
    """
    lower = _cholesky(a)
    return _T(lower) if upper else lower
