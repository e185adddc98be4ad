"""The cases of decompositions, norms, and products of matrices and stacks of vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microae.core.context import current
from microae.operations.registry import numpys
from tests.operations.drawing import Draw, Sample
from tests.operations.registered import composition, row

BATCHES = ((), (), (2,))


def _T(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _symmetric(a: Any) -> Any:
    return 0.5 * (a + _T(a))


def spread_out(d: Draw, m: int, n: int, batch: tuple[int, ...] = ()) -> np.ndarray:
    """Matrices whose singular values, and of square ones the eigenvalues, are real and well apart."""
    x = d.array((*batch, m, n), -0.2, 0.2)
    k = min(m, n)
    x[..., np.arange(k), np.arange(k)] += np.arange(1.0, k + 1.0) * d.rng.choice([-1.0, 1.0], (*batch, k))
    return x


def _square(d: Draw) -> Sample:
    n = d.one_of(1, 2, 3)
    return [spread_out(d, n, n, d.one_of(*BATCHES))], {}


def _any_shape(d: Draw) -> Sample:
    m, n = d.one_of((1, 1), (2, 2), (3, 2), (2, 3), (1, 3), (3, 1))
    return [spread_out(d, m, n, d.one_of(*BATCHES))], {}


def _tall(d: Draw) -> Sample:
    m, n = d.one_of((1, 1), (2, 2), (3, 2), (3, 1), (4, 2))
    return [spread_out(d, m, n, d.one_of(*BATCHES))], {}


def _projectors(v: Any) -> Any:
    """Of vectors that are columns: a sum of their projectors, each with a weight; no sign matters."""
    return (v * (1.0 + np.arange(v.shape[-1]))) @ _T(v)


def _squared(v: Any) -> Any:
    """The sum of the projectors: neither signs nor the order of the columns matter."""
    return v @ _T(v)


def _grown(r: Any) -> Any:
    """Of rows: no sign matters."""
    return _projectors(_T(r))


row(
    "divisor",
    lambda x, scale: x + 0.0 * scale,
    lambda d: ([d.away_from_zero(s) for s in d.broadcastable(2)], {}),
    call=lambda divisor: lambda x, scale: divisor(x, np.abs(scale)),
    analytic=False,
    promotes=False,
)
row(
    "eigvalsh",
    lambda a: np.linalg.eigvalsh(_symmetric(a)),
    _square,
    call=lambda f: lambda a: f(_symmetric(a)),
    analytic=False,
    steep=True,
    numpy=(np.linalg.eigvalsh,),
)
row(
    "eigenvectors",
    lambda a: _projectors(np.linalg.eigh(_symmetric(a))[1]),
    _square,
    call=lambda f: lambda a: _projectors(f(_symmetric(a))),
    analytic=False,
    steep=True,
    promotes=False,
)
row(
    "eigvals",
    lambda a: np.sort(np.linalg.eigvals(a)),
    _square,
    call=lambda f: lambda a: np.sort(f(a)),
    analytic=False,
    steep=True,
    numpy=(np.linalg.eigvals,),
)
row(
    "general_eigenvectors",
    lambda a: _squared(np.linalg.eig(a)[1]),
    _square,
    call=lambda f: lambda a: _squared(f(a)),
    analytic=False,
    steep=True,
    promotes=False,
)
row(
    "svdvals",
    lambda x: np.linalg.svd(x, compute_uv=False),
    _any_shape,
    analytic=False,
    steep=True,
    numpy=(np.linalg.svdvals,),
)
row(
    "left_singular_vectors",
    lambda a: _projectors(np.linalg.svd(a, full_matrices=False)[0]),
    _any_shape,
    call=lambda f: lambda a: _projectors(f(a)),
    analytic=False,
    steep=True,
    promotes=False,
)
row(
    "right_singular_vectors",
    lambda a: _projectors(_T(np.linalg.svd(a, full_matrices=False)[2])),
    _any_shape,
    call=lambda f: lambda a: _projectors(_T(f(a))),
    analytic=False,
    steep=True,
    promotes=False,
)
row(
    "orthonormal",
    lambda a: _projectors(np.linalg.qr(a)[0]),
    _tall,
    call=lambda f: lambda a: _projectors(f(a)),
    promotes=False,
    analytic=False,
    steep=True,
)
row(
    "triangular",
    lambda a: _grown(np.linalg.qr(a)[1]),
    _tall,
    call=lambda f: lambda a: _grown(f(a)),
    promotes=False,
    analytic=False,
    steep=True,
)
row("pinv", np.linalg.pinv, lambda d: (_any_shape(d)[0], {"rcond": 1e-15}), analytic=False, steep=True)


def _unordered(w: Any, v: Any) -> Any:
    return [_squared(v), np.sort(w)]


def _composed(u: Any, s: Any, vh: Any) -> Any:
    """The singular vectors, each pair with a weight of its own."""
    return (u * (s**2)[..., None, :]) @ vh


def _factors(q: Any, r: Any) -> Any:
    return [_projectors(q), _grown(r), (q * (1.0 + np.arange(q.shape[-1]))) @ r]


composition(
    "eigh",
    lambda a, UPLO: np.linalg.eigh(_symmetric(a), UPLO)[0],
    lambda d: (_square(d)[0], {"UPLO": d.one_of("L", "U")}),
    call=lambda eigh: lambda a, UPLO: eigh(_symmetric(a), UPLO=UPLO).eigenvalues,
    analytic=False,
    steep=True,
    numpy=(np.linalg.eigh,),
)
composition(
    "eigh",
    lambda a: _projectors(np.linalg.eigh(_symmetric(a))[1]),
    _square,
    call=lambda eigh: lambda a: _projectors(eigh(_symmetric(a))[1]),
    analytic=False,
    steep=True,
    promotes=False,
)
composition(
    "eig",
    lambda a: _unordered(*np.linalg.eig(a)),
    _square,
    call=lambda eig: lambda a: _unordered(*eig(a)),
    analytic=False,
    steep=True,
    promotes=False,
    numpy=(np.linalg.eig,),
)
composition(
    "svd",
    lambda a: _composed(*np.linalg.svd(a, full_matrices=False)),
    _any_shape,
    call=lambda svd: lambda a: _composed(*svd(a, full_matrices=False)),
    analytic=False,
    steep=True,
)
composition(
    "svd",
    lambda a, compute_uv: np.linalg.svd(a, compute_uv=compute_uv),
    lambda d: (_any_shape(d)[0], {"compute_uv": False}),
    analytic=False,
    steep=True,
    numpy=(np.linalg.svd,),
)
composition(
    "qr",
    lambda a: _factors(*np.linalg.qr(a)),
    _any_shape,
    call=lambda qr: lambda a: _factors(*qr(a)),
    promotes=False,
    analytic=False,
    steep=True,
    numpy=(np.linalg.qr,),
)
composition(
    "qr",
    lambda a, mode: _grown(np.linalg.qr(a, mode)),
    lambda d: (_any_shape(d)[0], {"mode": "r"}),
    call=lambda qr: lambda a, mode: _grown(qr(a, mode=mode)),
    promotes=False,
    analytic=False,
    steep=True,
    numpy=(np.linalg.qr,),
)
composition(
    "pinv",
    np.linalg.pinv,
    lambda d: (_any_shape(d)[0], d.one_of({}, {"rcond": 1e-3}, {"rtol": 1e-3})),
    analytic=False,
    steep=True,
)


def _fits(d: Draw) -> Sample:
    m, n = d.one_of((2, 2), (3, 2), (2, 3), (3, 1))
    return [spread_out(d, m, n), d.array((m, *d.one_of((), (2,), (1,))))], {}


def _solution_and_residuals(lstsq: Any) -> Callable[..., Any]:
    def solved(a: Any, b: Any) -> Any:
        x, residuals, rank, _ = lstsq(a, b)
        if current().trace is None and rank < min(a.shape):  # a program asks for no number
            raise ValueError("lstsq: dependent columns")
        return [x, residuals] if a.shape[0] > a.shape[1] else x

    return solved


composition(
    "lstsq",
    _solution_and_residuals(np.linalg.lstsq),
    _fits,
    call=_solution_and_residuals,
    analytic=False,
    steep=True,
    numpy=(np.linalg.lstsq,),
)


# --- norms -----------------------------------------------------------------------------------------------------


def _of_values(d: Draw) -> Sample:
    (x,), _ = _any_shape(d)
    ord_ = d.one_of("nuc", 2, -2)
    if x.ndim == 3 and d.one_of(True, False):
        return [np.moveaxis(x, -1, 0)], {"ord": ord_, "axis": (1, -3), "keepdims": d.one_of(True, False)}
    return [x], {"ord": ord_, "axis": (-2, -1), "keepdims": d.one_of(True, False)}


def _negative_order(d: Draw) -> Sample:
    shape = d.shape(1, zero=False)
    return [d.away_from_zero(shape)], {"ord": d.one_of(-1, -2, -0.5), "axis": d.axis(shape)}


def _vectors(d: Draw) -> Sample:
    shape = d.shape(1, zero=False)
    ord_ = d.one_of(2, 1, 3, np.inf, -np.inf, -1)
    return [d.away_from_zero(shape)], {"ord": ord_, "axis": d.axes(shape) or None, "keepdims": d.one_of(True, False)}


def _matrix_norms(d: Draw) -> Sample:
    shape = d.shape(2, zero=False)
    return [d.away_from_zero(shape)], {"ord": d.one_of("fro", 1, -1, np.inf), "keepdims": d.one_of(True, False)}


def _p_norms(d: Draw) -> Sample:
    shape = d.shape(1, zero=False)
    return [np.abs(d.away_from_zero(shape))], {"ord": d.one_of(3.0, 1.5, 0.5, -1.0, -2.0)} | d.one_of(
        {}, {"axis": d.axis(shape)}
    )


def _lengths_of_positive(x: Any, ord: float, axis: Any = None) -> Any:
    return np.sum(x**ord, axis=axis, keepdims=True) ** (1.0 / ord)


row("p_norm", _lengths_of_positive, _p_norms)
composition("norm", np.linalg.norm, _of_values, analytic=False, steep=True)
composition("norm", np.linalg.norm, _negative_order, analytic=False, steep=True)
composition("vector_norm", np.linalg.vector_norm, _vectors, analytic=False, steep=True)
composition("matrix_norm", np.linalg.matrix_norm, _matrix_norms, analytic=False, steep=True)
composition(
    "matrix_norm",
    np.linalg.matrix_norm,
    lambda d: (_any_shape(d)[0], {"ord": d.one_of("nuc", 2, -2)}),
    analytic=False,
    steep=True,
)
composition("cond", np.linalg.cond, lambda d: (_square(d)[0], {"p": d.one_of(None, 2, -2)}), analytic=False, steep=True)
composition(
    "cond", np.linalg.cond, lambda d: (_square(d)[0], {"p": d.one_of(1, "fro", np.inf)}), analytic=False, steep=True
)
composition("cond", np.linalg.cond, _any_shape, analytic=False, steep=True)


# --- products --------------------------------------------------------------------------------------------------


def _shapes(*choices: tuple[tuple[int, ...], ...], **parameters: Any) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(s) for s in d.one_of(*choices)], parameters)


def _along_an_axis(d: Draw) -> Sample:
    x, y, axis = d.one_of(
        ((3,), (3,), -1),
        ((2, 3), (3,), -1),
        ((2, 3), (2, 3), 0),
        ((2, 1, 3), (4, 3), -1),
        ((3, 2), (3, 1), -2),
        ((0,), (0,), 0),
        ((2, 0), (0,), -1),
    )
    return [d.array(x), d.array(y)], {"axis": axis}


def _crossed(d: Draw) -> Sample:
    x, y, axes = d.one_of(
        ((3,), (3,), {}),
        ((2, 3), (3,), {}),
        ((2, 1, 3), (4, 3), {}),
        ((3, 2), (3, 2), {"axis": 0}),
        ((3, 2), (2, 3), {"axisa": 0, "axisc": 0}),
        ((2, 3), (3,), {"axisc": 0}),
        ((0, 3), (3,), {}),
    )
    return [d.array(x), d.array(y)], axes


def _of_list(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays, **parameters: f(arrays, **parameters)


def _powers(d: Draw) -> Sample:
    return [d.well_conditioned(d.one_of(1, 2), d.one_of(*BATCHES))], {"n": d.integer(-2, 5)}


composition(
    "vecdot",
    lambda x1, x2, axis: np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), -1),
    _along_an_axis,
    numpy=(np.vecdot, np.linalg.vecdot),
)
composition(
    "vdot",
    lambda a, b: np.dot(np.ravel(a), np.ravel(b)),
    _shapes(((3,), (3,)), ((2, 3), (3, 2)), ((), ()), ((2, 0), (0,)), ((2, 2), (4,))),
    numpy=(np.vdot,),
)
composition(
    "matvec",
    lambda x1, x2: (x1 @ x2[..., None])[..., 0],
    _shapes(((2, 3), (3,)), ((2, 2, 3), (3,)), ((2, 3), (4, 3)), ((2, 0), (0,))),
    numpy=tuple(numpys("matvec")),
)
composition(
    "vecmat",
    lambda x1, x2: (x1[..., None, :] @ x2)[..., 0, :],
    _shapes(((2,), (2, 3)), ((2,), (2, 2, 3)), ((4, 2), (2, 3)), ((0,), (0, 2))),
    numpy=tuple(numpys("vecmat")),
)
composition("cross", np.cross, _crossed)
composition(
    "kron",
    np.kron,
    _shapes(((2,), (3,)), ((2, 2), (1, 3)), ((2,), (2, 2)), ((), (2,)), ((), ()), ((0,), (2,)), ((1, 2, 1), (2, 2))),
)
composition(
    "multi_dot",
    _of_list(np.linalg.multi_dot),
    _shapes(
        ((2, 3), (3, 2)),
        ((2, 3), (3, 2), (2, 2)),
        ((3,), (3, 2), (2,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4), (4, 1), (1, 2)),
    ),
    call=_of_list,
    analytic=False,
    numpy=(np.linalg.multi_dot,),
    listed=True,
)
composition("matrix_power", np.linalg.matrix_power, _powers)
composition(
    "tensorinv",
    np.linalg.tensorinv,
    lambda d: d.one_of(
        ([d.well_conditioned(4).reshape(2, 2, 4)], {}),
        ([d.well_conditioned(4).reshape(4, 2, 2)], {"ind": 1}),
    ),
    analytic=False,
    steep=True,
)
composition(
    "tensorsolve",
    np.linalg.tensorsolve,
    lambda d: d.one_of(
        ([d.well_conditioned(4).reshape(2, 2, 4), d.array((2, 2))], {}),
        ([d.well_conditioned(4).reshape(4, 2, 2), d.array((4,))], {}),
        ([np.moveaxis(d.well_conditioned(4).reshape(4, 2, 2), 1, 0), d.array((4,))], {"axes": (0,)}),
    ),
    analytic=False,
    steep=True,
)
