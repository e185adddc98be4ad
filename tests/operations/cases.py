"""The cases of every row of the table and of every public composition, each with its plain NumPy equal.

``ROWS[name]`` are those of ``TABLE[name]``, ``COMPOSITIONS[name]`` those of a function in ``FUNCTIONS`` that is not
itself a row. To add an operation to the library is to add its cases here: the tests iterate over the table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from microae.core.operation import TABLE
from tests.operations import (  # noqa: F401 (they register theirs)
    cases_of_arranging,
    cases_of_choosing,
    cases_of_matrices,
    cases_of_parts,
    cases_of_samples,
    cases_of_statistics,
)
from tests.operations.drawing import Draw, Sample
from tests.operations.registered import COMPOSITIONS as COMPOSITIONS
from tests.operations.registered import ROWS as ROWS
from tests.operations.registered import composition, row

# --- elementwise -----------------------------------------------------------------------------------------------


def within(low: float, high: float, *, ties: bool = False) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(d.shape(), low, high, ties=ties)], {})


def _nonzero(d: Draw) -> Sample:
    return [d.away_from_zero(d.shape())], {}


for _name, _low, _high in [
    ("negative", -3, 3), ("positive", -3, 3), ("square", -3, 3), ("sqrt", 0.3, 4),
    ("exp", -2, 2), ("exp2", -2, 2), ("expm1", -2, 2), ("log", 0.3, 4), ("log2", 0.3, 4), ("log10", 0.3, 4),
    ("log1p", -0.7, 3), ("sin", -4, 4), ("cos", -4, 4), ("tan", -1.2, 1.2), ("arcsin", -0.8, 0.8),
    ("arccos", -0.8, 0.8), ("arctan", -3, 3), ("sinh", -2, 2), ("cosh", -2, 2), ("tanh", -2, 2),
    ("arcsinh", -3, 3), ("arccosh", 1.3, 4), ("arctanh", -0.8, 0.8),
]:  # fmt: skip
    row(_name, getattr(np, _name), within(_low, _high))
row("reciprocal", np.reciprocal, _nonzero)
row("cbrt", np.cbrt, _nonzero, analytic=False)
row("absolute", np.absolute, within(-2, 2, ties=True), analytic=False)


def _two(low: float = -2.0, high: float = 2.0, *, ties: bool = False) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(s, low, high, ties=ties) for s in d.broadcastable(2)], {})


def _quotient(d: Draw) -> Sample:
    x, y = d.broadcastable(2)
    return [d.array(x), d.away_from_zero(y)], {}


def _positive_power(d: Draw) -> Sample:
    x, y = d.broadcastable(2)
    return [d.array(x, 0.3, 2.5), d.array(y)], {}


def _whole_power(d: Draw) -> Sample:
    return [d.away_from_zero(d.shape())], {"y": float(d.integer(-3, 4))}


for _name in ("add", "subtract", "multiply"):
    row(_name, getattr(np, _name), _two())
row("divide", np.divide, _quotient)
row("power", np.power, _positive_power)
row("power", lambda x, y: x**y, _whole_power, call=lambda power: lambda x, y: power(x, y), analytic=False)
row("maximum", np.maximum, _two(ties=True), analytic=False)
row("minimum", np.minimum, _two(ties=True), analytic=False)
row("hypot", np.hypot, _quotient, analytic=False)
row("known_length", np.positive, lambda d: ([d.away_from_zero(d.shape())], {}), analytic=False)
row("per_length", np.divide, lambda d: ([d.away_from_zero(s) for s in d.broadcastable(2)], {}), analytic=False)
row("logaddexp", np.logaddexp, _two(-4, 4), analytic=False)
row("arctan2", np.arctan2, _quotient, analytic=False)
row("astype", lambda x, dtype: x.astype(dtype), lambda d: ([d.array(d.shape())], {"dtype": np.float64}),
    analytic=False, promotes=False)  # fmt: skip


def _bounds(d: Draw) -> Sample:
    x, low, high = d.broadcastable(3)
    return [d.array(x, ties=True), d.array(low, -2, 0, ties=True), d.array(high, 0.25, 2, ties=True)], {}


row("clip", np.clip, _bounds, analytic=False)
composition("clip", np.clip, lambda d: ([d.array(d.shape(), ties=True)], d.one_of(
    {"a_min": -1, "a_max": 1.5}, {"a_min": None, "a_max": 0.25}, {"a_min": -0.75, "a_max": None},
    {"a_min": np.array([-1.0]), "a_max": np.array([[0.5], [1.5]])},
)), analytic=False, promotes=False)  # fmt: skip


# --- activations -----------------------------------------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _elu(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * (np.exp(x) - 1.0))


_erfc = np.vectorize(math.erfc, otypes=[float])


def _gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        return 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * _erfc(-x / np.sqrt(2.0))


def _softmax(x: Any, axis: int = -1) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _along(least: int = 1, *, ties: bool = False) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape = d.shape(least)
        return [d.array(shape, ties=ties)], {"axis": d.axis(shape)} if d.one_of(True, False) else {}

    return recipe


def _with(parameters: dict[str, Any], recipe: Callable[[Draw], Sample]) -> Callable[[Draw], Sample]:
    def drawn(d: Draw) -> Sample:
        arrays, given = recipe(d)
        return arrays, {**given, **{k: d.one_of(*v) for k, v in parameters.items()}}

    return drawn


_real = within(-3, 3, ties=True)
row("relu", lambda x: np.maximum(x, 0.0), _real, analytic=False)
row("leaky_relu", lambda x, negative_slope=0.01: np.where(x > 0, x, negative_slope * x),
    _with({"negative_slope": (0.01, 0.2, 1.5, -0.5)}, _real), analytic=False)  # fmt: skip
row("elu", _elu, _with({"alpha": (1.0, 0.5, 2.0)}, _real), analytic=False)
row("sigmoid", _sigmoid, within(-5, 5))
row("softplus", lambda x: np.log(1.0 + np.exp(x)), within(-5, 5))
row("softplus", lambda x: np.log(1.0 + np.exp(x)).sum(), lambda d: ([d.array((70,), -5, 5)], {}),
    call=lambda softplus: lambda x: softplus(x).sum())  # fmt: skip
row("erfc", _erfc, within(-3, 3), analytic=False)
row("softmax", _softmax, _along())
row("log_softmax", lambda x, axis=-1: np.log(_softmax(x, axis)), _along())
composition("selu", lambda x: 1.0507009873554805 * _elu(x, 1.6732632423543772), _real, analytic=False)
composition("silu", lambda x: x * _sigmoid(x), within(-4, 4))
composition("gelu", _gelu, _with({"approximate": ("none", "tanh")}, within(-3, 3)), analytic=False)
composition("hard_tanh", lambda x, min_val=-1.0, max_val=1.0: np.clip(x, min_val, max_val),
            _with({"min_val": (-1.0, -0.5)}, _real), analytic=False)  # fmt: skip


# --- reductions ------------------------------------------------------------------------------------------------


def _reduced(draw_array: Callable[[Draw, tuple[int, ...]], np.ndarray], **more: tuple[Any, ...]) -> Any:
    def recipe(d: Draw) -> Sample:
        shape = d.shape()
        parameters: dict[str, Any] = {"keepdims": True} if d.one_of(True, False) else {}
        if d.one_of(True, True, False):
            parameters["axis"] = d.axes(shape)
        return [draw_array(d, shape)], {**parameters, **{k: d.one_of(*v) for k, v in more.items()}}

    return recipe


def _logsumexp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if not np.size(a):
        return np.full(np.sum(a, axis=axis, keepdims=keepdims).shape, -np.inf)
    return np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims))


def _running(draw_array: Callable[[Draw, tuple[int, ...]], np.ndarray]) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape = d.shape()
        return [draw_array(d, shape)], {"axis": d.axis(shape)} if shape and d.one_of(True, True, False) else {}

    return recipe


_any_reduction = _reduced(lambda d, s: d.array(s))
_tied_reduction = _reduced(lambda d, s: d.array(s, ties=True))
row("sum", np.sum, _any_reduction)
row("mean", np.mean, _any_reduction)
row("prod", np.prod, _reduced(lambda d, s: d.with_zeros(s)))
row("max", np.max, _tied_reduction, analytic=False)
row("min", np.min, _tied_reduction, analytic=False)
row("std", np.std, _reduced(lambda d, s: d.array(s), ddof=(0, 1)), analytic=False)
composition("var", np.var, _reduced(lambda d, s: d.array(s), ddof=(0, 1)), analytic=False)
row("logsumexp", _logsumexp, _any_reduction)
row("cumsum", np.cumsum, _running(lambda d, s: d.array(s)))
row("cumprod", np.cumprod, _running(lambda d, s: d.with_zeros(s)))


def _products_of_others(x: Any) -> Any:
    return np.stack([np.prod(np.delete(x, i, -1), -1) for i in range(x.shape[-1])], -1) if x.size else x.copy()


row("products_of_others", _products_of_others, lambda d: ([d.with_zeros((*d.shape(), d.integer(0, 4)))], {}))


def _euclidean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _norms(d: Draw) -> Sample:
    vector = d.one_of(True, False)
    shape = d.shape(1 if vector else 2, zero=False)
    ord_ = d.one_of(None, 2, 1, 3, 1.5, np.inf, -np.inf) if vector else d.one_of(None, "fro", 1, -1, np.inf, -np.inf)
    i, j = (int(k) for k in d.rng.permutation(len(shape))[:2]) if len(shape) > 1 else (0, 0)
    axis = d.one_of(i, i - len(shape)) if vector else d.one_of((i, j), (j - len(shape), i))
    if ord_ is None and d.one_of(True, False):
        axis = None
    return [d.away_from_zero(shape)], {"ord": ord_, "axis": axis, "keepdims": d.one_of(True, False)}


row("norm", _euclidean, _reduced(lambda d, s: d.array(s)), analytic=False)
composition("norm", np.linalg.norm, _norms, analytic=False)


# --- linear algebra --------------------------------------------------------------------------------------------


def _matmul_shapes(d: Draw) -> Sample:
    n = d.one_of(2, 3, 0, 1)
    x, y = d.one_of(
        ((n,), (n,)), ((2, n), (n,)), ((n,), (n, 3)), ((2, n), (n, 3)),
        ((2, 2, n), (n,)), ((n,), (2, n, 3)), ((2, 2, n), (n, 3)), ((2, n), (3, n, 2)),
        ((2, 1, 2, n), (3, n, 2)), ((1, 2, n), (2, n, 1)), ((0, 2, n), (n, 3)),
    )  # fmt: skip
    return [d.array(x), d.array(y)], {}


row("matmul", np.matmul, _matmul_shapes)
row("linear", lambda x, W, b: x @ W + b,
    lambda d: ([d.array(d.one_of((3,), (2, 3), (0, 3), (2, 1, 3))), d.array((3, 2)), d.array((2,))], {}))  # fmt: skip


def _dot_shapes(d: Draw) -> Sample:
    x, y = d.one_of(
        ((), ()), ((), (2, 3)), ((3,), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)),
        ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (2, 3, 1)), ((2, 0), (0, 3)),
    )  # fmt: skip
    return [d.array(x), d.array(y)], {}


def _inner_shapes(d: Draw) -> Sample:
    x, y = d.one_of(((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (1, 3)), ((2, 1, 3), (2, 3)))
    return [d.array(x), d.array(y)], {}


def _tensordot(d: Draw) -> Sample:
    x, y, axes = d.one_of(
        ((2, 3), (3, 2), 1), ((2, 3), (2, 3), 2), ((2,), (3,), 0), ((2, 3), (3, 2), ((0, 1), (1, 0))),
        ((2, 3, 2), (3, 2), ((1,), (0,))), ((2, 3, 2), (2, 3), ([-1, 1], [0, -1])), ((2, 3), (2, 3), (1, 1)),
        ((2, 0), (0, 3), 1), ((2, 3), (2, 3), ((), ())),
    )  # fmt: skip
    return [d.array(x), d.array(y)], {"axes": axes}


composition("dot", np.dot, _dot_shapes)
composition("inner", np.inner, _inner_shapes)
composition("outer", np.outer, lambda d: ([d.array(d.shape(0, 2)), d.array(d.shape(0, 2))], {}))
composition("tensordot", np.tensordot, _tensordot)


def _einsums(*choices: tuple[str, tuple[tuple[int, ...], ...]]) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        subscripts, shapes = d.one_of(*choices)
        return [d.array(s) for s in shapes], {"subscripts": subscripts}

    return recipe


def _numpy_einsum(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands)


_explicit = [
    ("ij,jk->ik", ((2, 3), (3, 2))), ("ij->ji", ((2, 3),)), ("ij->", ((2, 3),)), ("i,j->ij", ((2,), (3,))),
    ("ij,ij->i", ((2, 3), (1, 3))), ("ij,jk,kl->il", ((2, 3), (3, 2), (2, 2))),
    ("bij,bjk->bik", ((2, 2, 3), (2, 3, 1))),
    ("i,i,i->i", ((3,), (3,), (3,))), (",i->i", ((), (3,))), ("ij,k->j", ((2, 3), (2,))),
    ("ij,jk->ik", ((2, 0), (0, 2))),
]  # fmt: skip
_general = [
    *_explicit, ("ij,jk", ((2, 3), (3, 2))), ("ba", ((2, 3),)), ("ii", ((3, 3),)), ("ii->i", ((3, 3),)),
    ("iij->j", ((2, 2, 3),)), ("iji->ij", ((2, 3, 2),)), ("iii->i", ((2, 2, 2),)),
    ("...ij,...jk->...ik", ((2, 2, 3), (3, 2))),
    ("...i,...i", ((2, 1, 3), (2, 3))), ("i...->...i", ((2, 3),)), ("...->...", ((2, 3),)),
    ("i ...  , j -> j ... i", ((2, 3), (2,))),
    ("ii,ij->j", ((2, 2), (2, 3))), ("Ab,bC", ((2, 3), (3, 2))), ("ij,jk,k", ((2, 3), (3, 2), (2,))),
    ("i...,j...->...", ((2, 3), (2, 1))),
]  # fmt: skip
row("einsum", _numpy_einsum, _einsums(*_explicit))
composition("einsum", _numpy_einsum, _einsums(*_general),
            call=lambda einsum: lambda *operands, subscripts: einsum(subscripts, *operands))  # fmt: skip


def _matrices(d: Draw) -> Sample:
    return [d.well_conditioned(d.one_of(2, 1, 3), d.one_of((), (), (2,), (0,)))], {}


def _systems(d: Draw) -> Sample:
    n, batch, b = d.one_of(
        (2, (), (2,)), (3, (), (3, 2)), (2, (2,), (2,)), (2, (2,), (2, 2, 3)), (2, (), (3, 2, 1)),
        (2, (2, 1), (3, 2, 2)),
        (1, (), (1,)), (2, (), (2, 0)),
    )  # fmt: skip
    return [d.well_conditioned(n, batch), d.array(b)], {}


def _definite(d: Draw) -> Sample:
    x = d.well_conditioned(d.one_of(1, 2, 3), d.one_of((), (), (2,)))
    return [x @ np.swapaxes(x, -1, -2)], {}


def _symmetric(a: Any) -> Any:
    return 0.5 * (a + np.swapaxes(a, -1, -2))


def _cofactor_matrix(a: Any) -> Any:
    n = a.shape[-1]
    rows = [[j for j in range(n) if j != i] for i in range(n)]
    out = np.empty(a.shape, a.dtype)
    for i in range(n):
        for j in range(n):
            minor = a[..., np.array(rows[i], int)[:, None], np.array(rows[j], int)]
            out[..., i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return out


def _cofactors_along(g: Any, a: Any) -> Any:
    """Leibniz's formula differentiated twice: the sum over permutations, each product without two of its factors."""
    n = a.shape[-1]
    out = np.zeros(np.broadcast_shapes(g.shape, a.shape), np.result_type(g, a))
    for permutation in itertools.permutations(range(n)):
        sign = round(np.linalg.det(np.eye(n)[list(permutation)]))
        for i, k in itertools.permutations(range(n), 2):
            others = [a[..., row, permutation[row]] for row in range(n) if row not in (i, k)]
            out[..., k, permutation[k]] += sign * g[..., i, permutation[i]] * math.prod(others)
    return out


def _direction_and(matrices: Callable[[Draw], Sample]) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        (a,), parameters = matrices(d)
        return [d.array(a.shape), a], parameters

    return recipe


def _singular(d: Draw) -> Sample:
    n = d.one_of(2, 3)
    return [np.outer(d.array((n,)), d.array((n,)))], {}


row("inv", np.linalg.inv, _matrices)
row("solve", np.linalg.solve, _systems)
row("det", np.linalg.det, _matrices)
row("det", np.linalg.det, _singular, analytic=False)
row("cofactors", _cofactor_matrix, _matrices)
row("cofactors", _cofactor_matrix, _singular, analytic=False)
row("cofactors_vjp", _cofactors_along, _direction_and(_matrices))
row("cofactors_vjp", _cofactors_along, _direction_and(_singular), analytic=False)
row("logabsdet", lambda a: np.linalg.slogdet(a)[1], _matrices, analytic=False)
row("cholesky", lambda a: np.linalg.cholesky(_symmetric(a)), _definite,
    call=lambda cholesky: lambda a: cholesky(_symmetric(a)), analytic=False)  # fmt: skip
composition("cholesky", lambda a, upper: np.linalg.cholesky(_symmetric(a), upper=upper),
            _with({"upper": (True, False)}, _definite),
            call=lambda cholesky: lambda a, upper: cholesky(_symmetric(a), upper=upper), analytic=False)  # fmt: skip
composition("slogdet", lambda a: np.linalg.slogdet(a)[1], _matrices,
            call=lambda slogdet: lambda a: slogdet(a).logabsdet, analytic=False)  # fmt: skip


# --- shape -----------------------------------------------------------------------------------------------------


def _reshape(d: Draw) -> Sample:
    shape, new = d.one_of(
        ((2, 3), (3, 2)), ((2, 3), -1), ((), (1, 1)), ((1,), ()), ((2, 0), (0, 5)), ((2, 2, 2), (2, -1)),
        ((3,), (3, 1)),
        ((2, 3), 6), ((4,), [2, 2]),
    )  # fmt: skip
    return [d.array(shape)], {"shape": new}


def _permutation(d: Draw) -> Sample:
    shape = d.shape()
    axes = tuple(int(i) - (len(shape) if d.one_of(True, False) else 0) for i in d.rng.permutation(len(shape)))
    return [d.array(shape)], {"axes": d.one_of(None, axes, list(axes))}


def _stretch(d: Draw) -> Sample:
    shape, new = d.one_of(((3,), (2, 3)), ((), (2, 2)), ((1, 3), (2, 3)), ((2, 1), (3, 2, 4)), ((1,), (0,)), ((3,), 3))
    return [d.array(shape)], {"shape": new}


def _roll(d: Draw) -> Sample:
    shape = d.shape()
    shift, axis = d.integer(-4, 4), None
    if shape and d.one_of(True, True, False):
        axis = d.one_of(d.axis(shape), (d.axis(shape), d.axis(shape)))
    if isinstance(axis, tuple) and d.one_of(True, False):
        return [d.array(shape)], {"shift": (shift, d.integer(-2, 2)), "axis": axis}
    return [d.array(shape)], {"shift": shift, "axis": axis}


def _any_axes(d: Draw) -> Sample:
    shape = d.shape()
    return [d.array(shape)], {"axis": d.axes(shape)}


row("reshape", np.reshape, _reshape)
row("transpose", np.transpose, _permutation)
row("broadcast_to", np.broadcast_to, _stretch)
row("flip", np.flip, _any_axes)
row("roll", np.roll, _roll)


def _joinable(d: Draw) -> Sample:
    shape = d.shape(1)
    axis = d.axis(shape)
    lengths = [shape[axis], *(d.integer(0, 2) for _ in range(d.integer(0, 2)))]
    shapes = [tuple(n if i == axis % len(shape) else m for i, m in enumerate(shape)) for n in lengths]
    return [d.array(s) for s in shapes], {"axis": axis}


def _flattened(d: Draw) -> Sample:
    return [d.array(d.shape()) for _ in range(2)], {"axis": None}


def _alike(d: Draw) -> Sample:
    shape = d.shape()
    return [d.array(shape) for _ in range(d.integer(1, 3))], {"axis": d.integer(-len(shape) - 1, len(shape))}


def _together(*choices: tuple[tuple[int, ...], ...]) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(s) for s in d.one_of(*choices)], {})


def _of_list(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays, **parameters: f(arrays, **parameters)


row("concatenate", _of_list(np.concatenate), _joinable)
composition("concatenate", _of_list(np.concatenate), _joinable, call=_of_list)
composition("concatenate", _of_list(np.concatenate), _flattened, call=_of_list)
composition("stack", _of_list(np.stack), _alike, call=_of_list)
composition(
    "vstack", _of_list(np.vstack), _together(((2, 3), (3,)), ((), ()), ((3,),), ((0, 2), (1, 2))), call=_of_list
)
composition("hstack", _of_list(np.hstack),
            _together(((2, 1), (2, 3)), ((), (2,)), ((3,), (0,)), ((2, 2, 1), (2, 1, 1))), call=_of_list)  # fmt: skip
composition("ravel", np.ravel, lambda d: ([d.array(d.shape())], d.one_of({}, {"order": "F"})))


def _two_axes(d: Draw) -> Sample:
    shape = d.shape(1)
    return [d.array(shape)], {"axis1": d.axis(shape), "axis2": d.axis(shape)}


def _moves(d: Draw) -> Sample:
    shape = d.shape(1)
    k = d.integer(1, len(shape))
    source, destination = ([int(i) for i in d.rng.permutation(len(shape))[:k]] for _ in range(2))
    source = [i - (len(shape) if d.one_of(True, False) else 0) for i in source]
    if k == 1 and d.one_of(True, False):
        return [d.array(shape)], {"source": source[0], "destination": destination[0]}
    return [d.array(shape)], {"source": source, "destination": tuple(destination)}


def _squeezes(d: Draw) -> Sample:
    shape, axis = d.one_of(
        ((1, 3), None), ((1, 3), 0), ((2, 1, 1), (1, -1)), ((1,), -1), ((2, 3), None), ((1, 0), (0,))
    )
    return [d.array(shape)], {"axis": axis}


def _expansions(d: Draw) -> Sample:
    shape, axis = d.one_of(((3,), 0), ((3,), -1), ((), 0), ((2, 3), (0, 2)), ((2, 3), (-1, 0)), ((0,), 1))
    return [d.array(shape)], {"axis": axis}


composition("swapaxes", np.swapaxes, _two_axes)
composition("moveaxis", np.moveaxis, _moves)
composition("squeeze", np.squeeze, _squeezes)
composition("expand_dims", np.expand_dims, _expansions)
for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    composition(_name, getattr(np, _name), lambda d: ([d.array(d.shape()) for _ in range(d.integer(1, 2))], {}),
                promotes=False)  # fmt: skip


def _cuts(d: Draw) -> Sample:
    shape, sections, axis = d.one_of(
        ((4,), 2, 0), ((4,), [1, 3], 0), ((2, 4), 2, -1), ((2, 4), (1,), 1), ((4,), [3, 1], 0), ((4,), [2, 9], 0),
        ((4, 2), np.array([1, 2]), -2), ((0, 2), 1, 0), ((4,), [], 0), ((4,), [-1], 0),
    )  # fmt: skip
    return [d.array(shape)], {"indices_or_sections": sections, "axis": axis}


def _repeats(d: Draw) -> Sample:
    shape, repeats, axis = d.one_of(
        ((3,), 2, None), ((2, 3), 2, None), ((2, 3), 2, 0), ((2, 3), [1, 0, 2], 1), ((2, 3), np.array([2, 1]), -2),
        ((), 3, None),
        ((2, 3), 0, -1), ((2, 0), 2, 1), ((3,), [2], 0),
    )  # fmt: skip
    return [d.array(shape)], {"repeats": repeats, "axis": axis}


def _tiles(d: Draw) -> Sample:
    shape, reps = d.one_of(
        ((3,), 2), ((2, 3), (2,)), ((2, 3), (2, 1)), ((3,), (2, 2)), ((), 3), ((), (2, 2)), ((2, 3), 0),
        ((2, 1), [1, 2, 3]),
        ((2, 2), ()), ((2,), np.array([2, 1])),
    )  # fmt: skip
    return [d.array(shape)], {"reps": reps}


def _paddings(d: Draw) -> Sample:
    mode = d.one_of("constant", "edge", "reflect", "symmetric", "wrap")
    shape, width = d.one_of(
        ((3,), 1), ((3,), (1, 2)), ((2, 3), ((1, 0), (0, 2))), ((2, 3), ((1,), (2,))), ((2, 3), 0), ((2,), 5)
    )
    values = {"constant_values": d.one_of(0, 2.5, (1.0, -1.0))} if mode == "constant" and d.one_of(True, False) else {}
    return [d.array(shape)], {"pad_width": width, "mode": mode, **values}


def _triangles(d: Draw) -> Sample:
    return [d.array(d.one_of((3, 3), (2, 4), (4, 2), (2, 3, 3), (0, 3), (3,)))], {"k": d.integer(-3, 3)}


composition("split", np.split, _cuts)
composition("repeat", np.repeat, _repeats)
composition("tile", np.tile, _tiles)
composition("pad", np.pad, _paddings)
composition("pad", np.pad, lambda d: ([d.array((0, 2))], {"pad_width": ((1, 2), (0, 1)), "constant_values": 3.0}))
composition("tril", np.tril, _triangles)
composition("triu", np.triu, _triangles)


# --- indexing --------------------------------------------------------------------------------------------------

INDICES: list[tuple[tuple[int, ...], Any]] = [
    ((4,), 2), ((4,), -1), ((4,), np.int64(1)), ((4,), slice(1, 3)), ((4,), slice(None, None, -1)),
    ((4,), slice(3, 0, -2)),
    ((4,), slice(4, 1)), ((4,), ...), ((4,), ()), ((4,), None), ((), ()), ((), None), ((), (..., None)),
    ((2, 3), (1, 2)),
    ((2, 3), (slice(None), 1)), ((2, 3), (..., 0)), ((2, 3), (None, 0, ..., None)),
    ((2, 2, 2), (0, ..., slice(None, None, -1))),
    ((4,), [0, 2]), ((4,), [0, 0, -1, 0]), ((4,), np.array([[1, 2], [2, 1]])), ((4,), []), ((4,), np.array([], int)),
    ((2, 3), ([0, 1, 1], [2, 0, 0])), ((2, 3), (np.array([[0], [1]]), [0, 0, 2])), ((2, 3), ([1, 1], slice(None))),
    ((2, 3), (slice(None), [2, 2, 0])), ((2, 2, 2), ([0, 1], slice(None), [1, 1])),
    ((2, 2, 2), (0, slice(None), [1, 0, 1])),
    ((2, 3), (slice(None, None, -1), [0, 0])), ((2, 3), (None, [1, 1])), ((2, 3), ([0], None, slice(0, 2))),
    ((4,), np.array([True, False, True, True])), ((4,), [False, True, False, False]),
    ((2, 3), np.array([[True, False, True], [False] * 3])),
    ((2, 3), (np.array([True, False]), slice(1, None))), ((2, 3), (slice(None), np.array([True, False, True]))),
    ((2, 3), ([0, 0], np.array([True, False, True]))), ((4,), np.zeros(4, bool)), ((3,), np.array(2)),
    ((2, 3), (np.array(1), [0, 0])),
    ((2, 3), True), ((0,), slice(None)), ((0, 3), ([], slice(None))), ((4,), range(1, 3)),
]  # fmt: skip


def _indexed(d: Draw) -> Sample:
    shape, index = d.one_of(*INDICES)
    return [d.array(shape)], {"index": index}


def _scattered(d: Draw) -> Sample:
    shape, index = d.one_of(*((s, i) for s, i in INDICES if not isinstance(i, (list, range)) or len(i)))
    index = (
        tuple(np.array(i, int) if isinstance(i, list) and not i else i for i in index)
        if isinstance(index, tuple)
        else index
    )
    return [d.array(np.empty(shape)[index].shape)], {"index": index, "shape": shape}


def _scatter(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Element by element, over an array of positions."""
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    flat = np.zeros(math.prod(shape), x.dtype)
    for place, element in zip(np.ravel(places), np.ravel(x), strict=True):
        flat[place] += element
    return flat.reshape(shape)


row("getitem", lambda x, index: x[index], _indexed, call=lambda _: lambda x, index: x[index])
row("scatter", _scatter, _scattered)


def _choices(d: Draw) -> Sample:
    condition, x, y = d.broadcastable(3)
    return [d.array(x), d.array(y)], {"condition": d.rng.uniform(size=condition) > 0.5}


def _where(x: Any, y: Any, condition: Any) -> Any:
    return np.where(condition, x, y)


row("where", _where, _choices)
composition("where", _where, _choices, call=lambda where: lambda x, y, condition: where(condition, x, y))


def _taken(d: Draw) -> Sample:
    mode = d.one_of("raise", "wrap", "clip")
    shape = d.shape(zero=False)
    axis = d.axis(shape) if shape and d.one_of(True, True, False) else None
    n = math.prod(shape) if axis is None else shape[axis]
    reach = 0 if mode == "raise" else 4
    indices = d.integers(-n - reach, n + reach, d.one_of((), (3,), (2, 2), (0,)))
    return [d.array(shape)], {"indices": indices, "axis": axis, "mode": mode}


def _taken_along(d: Draw) -> Sample:
    shape = d.shape(1, zero=False)
    axis = d.axis(shape)
    wanted = [1 if d.one_of(False, False, True) else n for n in shape]
    wanted[axis] = d.integer(0, 3)
    return [d.array(shape)], {"indices": d.integers(-shape[axis], shape[axis], tuple(wanted)), "axis": axis}


def _taken_flat(d: Draw) -> Sample:
    return [d.array((2, 3))], {"indices": d.integers(-6, 6, (4,)), "axis": None}


def _sorted(d: Draw) -> Sample:
    """Ties of two at most: the one-sided slopes bracket no more, the middle one of three has neither's place."""
    shape = d.shape(1)
    x = np.array(d.array(shape, ties=True))
    for value in np.unique(x):
        more = np.flatnonzero(x == value)[2:]
        x.flat[more] += 0.003 * (1 + more)
    return [x], {"axis": d.one_of(None, d.axis(shape))}


composition("take", np.take, _taken)
composition("take_along_axis", np.take_along_axis, _taken_along)
composition("take_along_axis", np.take_along_axis, _taken_flat)
composition("sort", np.sort, _sorted, analytic=False)


def _diagonals(d: Draw) -> Sample:
    shape = d.one_of((3, 3), (2, 4), (2, 3, 2), (0, 2))
    axis1, axis2 = (int(i) for i in d.rng.permutation(len(shape))[:2])
    return [d.array(shape)], {"offset": d.integer(-3, 3), "axis1": axis1 - d.one_of(0, len(shape)), "axis2": axis2}


def _embedded(d: Draw) -> Sample:
    arrays, parameters = _diagonals(d)
    shape = arrays[0].shape
    return [d.array(np.diagonal(arrays[0], **parameters).shape)], {**parameters, "shape": shape}


def _embed(x: Any, shape: tuple[int, ...], **parameters: Any) -> Any:
    places = np.diagonal(np.arange(math.prod(shape)).reshape(shape), **parameters)
    flat = np.zeros(math.prod(shape), x.dtype)
    flat[places] = x
    return flat.reshape(shape)


row("diagonal", np.diagonal, _diagonals)
row("diagonal_embed", _embed, _embedded)
composition(
    "diag", np.diag, lambda d: ([d.array(d.one_of((3,), (2, 3), (3, 3), (0,), (0, 2)))], {"k": d.integer(-2, 2)})
)
composition("trace", np.trace, _diagonals)


# --- losses ----------------------------------------------------------------------------------------------------


def _mean_or_sum(loss: Any, reduction: str) -> Any:
    return {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](loss)


def _pair(low: float, high: float, zero_one: bool) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape = d.one_of(d.shape(zero=False), (9, 8))
        target = d.array(shape, 0.1, 0.9) if zero_one else d.array(shape)
        return [d.array(shape, low, high), target], {"reduction": d.one_of("mean", "sum", "none")}

    return recipe


row("mean_squared_error", lambda p, y, reduction: _mean_or_sum((p - y) ** 2, reduction), _pair(-2, 2, False))
row("binary_cross_entropy", lambda p, y, reduction: _mean_or_sum(-y * np.log(p) - (1 - y) * np.log(1 - p), reduction),
    _pair(0.1, 0.9, True))  # fmt: skip
row("sigmoid_cross_entropy", lambda z, y, reduction: _mean_or_sum(np.log(1 + np.exp(z)) - y * z, reduction),
    _pair(-4, 4, True),
    call=lambda loss: lambda z, y, reduction: loss(z, TABLE["sigmoid"](z), y, reduction=reduction))  # fmt: skip
