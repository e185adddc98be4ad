"""``np.f(value)``: every function that the library promises, NumPy's own names and positions, and what is refused."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microae as ma
from microae.core.operation import FUNCTIONS, NUMPY, TABLE
from microae.core.value import Value
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case

V = np.array([[0.3, 0.6, 0.2], [0.5, 0.1, 0.8]])
SQUARE = np.array([[2.0, 0.5], [0.3, 1.5]])
DEFINITE = SQUARE @ SQUARE.T

UNARY = [
    "negative",
    "positive",
    "square",
    "sqrt",
    "cbrt",
    "reciprocal",
    "absolute",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arctanh",
    "sum",
    "mean",
    "prod",
    "var",
    "std",
    "max",
    "min",
    "amax",
    "amin",
    "cumsum",
    "cumprod",
    "linalg.norm",
    "ravel",
    "transpose",
    "squeeze",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "flip",
    "diag",
    "diagonal",
    "trace",
    "tril",
    "triu",
    "sort",
]
BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "hypot", "logaddexp", "arctan2"]
OTHERS: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "clip": (lambda v: np.clip(v, 0.2, 0.5), V),
    "copysign": (lambda v: np.copysign(v, -V), V),
    "arccosh": (lambda v: np.arccosh(v), V + 1.0),
    "matmul": (lambda v: np.matmul(v, V.T), V),
    "dot": (lambda v: np.dot(v, V.T), V),
    "inner": (lambda v: np.inner(v, V), V),
    "outer": (lambda v: np.outer(v, V), V),
    "tensordot": (lambda v: np.tensordot(v, V.T, axes=1), V),
    "einsum": (lambda v: np.einsum("ij,jk", v, V.T), V),
    "linalg.inv": (np.linalg.inv, SQUARE),
    "linalg.solve": (lambda v: np.linalg.solve(v, SQUARE), SQUARE),
    "linalg.det": (np.linalg.det, SQUARE),
    "linalg.slogdet": (lambda v: np.linalg.slogdet(v).logabsdet, SQUARE),
    "linalg.cholesky": (np.linalg.cholesky, DEFINITE),
    "reshape": (lambda v: np.reshape(v, (3, 2)), V),
    "swapaxes": (lambda v: np.swapaxes(v, 0, 1), V),
    "moveaxis": (lambda v: np.moveaxis(v, 0, -1), V),
    "expand_dims": (lambda v: np.expand_dims(v, 1), V),
    "broadcast_to": (lambda v: np.broadcast_to(v, (2, 2, 3)), V),
    "concatenate": (lambda v: np.concatenate((v, V, v), axis=1), V),
    "stack": (lambda v: np.stack([V, v], axis=-1), V),
    "vstack": (lambda v: np.vstack((v, V)), V),
    "append": (lambda v: np.append(v, V, 0), V),
    "column_stack": (lambda v: np.column_stack((V, v)), V),
    "dstack": (lambda v: np.dstack((v, V)), V),
    "array_split": (lambda v: np.array_split(v, 2, axis=1)[0], V),
    "hsplit": (lambda v: np.hsplit(v, 3)[1], V),
    "vsplit": (lambda v: np.vsplit(v, 2)[1], V),
    "dsplit": (lambda v: np.dsplit(v[None], 3)[1], V),
    "flipud": (np.flipud, V),
    "fliplr": (np.fliplr, V),
    "rot90": (lambda v: np.rot90(v, 3), V),
    "diff": (lambda v: np.diff(v, axis=0), V),
    "average": (lambda v: np.average(v, 1, [1.0, 2.0, 3.0]), V),
    "trapezoid": (lambda v: np.trapezoid(v, dx=2.0), V),
    "full_like": (lambda v: np.full_like(v, v), V),
    "hstack": (lambda v: np.hstack((v, V)), V),
    "split": (lambda v: np.split(v, 3, axis=1)[1], V),
    "repeat": (lambda v: np.repeat(v, 2, axis=0), V),
    "tile": (lambda v: np.tile(v, (2, 1)), V),
    "roll": (lambda v: np.roll(v, 1, axis=1), V),
    "pad": (lambda v: np.pad(v, 1), V),
    "where": (lambda v: np.where(V > 0.4, v, 0.0), V),
    "take": (lambda v: np.take(v, [0, 2], axis=1), V),
    "select": (lambda v: np.select([V > 0.4, V > 0.2], [v, 2 * v], V), V),
    "choose": (lambda v: np.choose([0, 1, 1], [v, V]), V),
    "compress": (lambda v: np.compress([True, False, True], v, axis=1), V),
    "extract": (lambda v: np.extract(V > 0.4, v), V),
    "piecewise": (lambda v: np.piecewise(v, [V > 0.4, V < 0.2], [lambda x: 2 * x, 3.0]), V),
    "apply_along_axis": (lambda v: np.apply_along_axis(lambda x: x.sum(), 0, v), V),
    "apply_over_axes": (lambda v: np.apply_over_axes(np.sum, v, [0, 1]), V),
    "block": (lambda v: np.block([[v, V], [V, v]]), V),
    "insert": (lambda v: np.insert(V, 1, v[0], axis=0), V),
    "take_along_axis": (lambda v: np.take_along_axis(v, np.array([[0], [2]]), axis=1), V),
}
# What the library promises and NumPy does not have: called as ma.f(value).
ONLY_OURS = [
    "logsumexp",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "softplus",
    "hard_tanh",
    "softmax",
    "log_softmax",
]


def numpys(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    return found


def same(ours: Any, numpys_own: Any) -> None:
    assert isinstance(ours, Value)
    np.testing.assert_allclose(ours.data, numpys_own, rtol=1e-14)
    assert ours.shape == np.shape(numpys_own)


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_array(name: str) -> None:
    f = numpys(name)
    same(f(Value(V)), f(V))


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays_in_either_order(name: str) -> None:
    f = numpys(name)
    for x, y in [(V, V[0]), (V[0], V), (V, 2.0), (2.0, V), (V, np.float64(2.0)), (V, V.tolist())]:
        same(f(Value(x), y), f(x, y))
        same(f(x, Value(y)), f(x, y))
        same(f(Value(x), Value(y)), f(x, y))


@pytest.mark.parametrize("name", OTHERS)
def test_functions_with_parameters(name: str) -> None:
    f, x = OTHERS[name]
    same(f(Value(x)), f(x))


@pytest.mark.parametrize("name", ONLY_OURS)
def test_functions_that_numpy_lacks(name: str) -> None:
    leaf = Value(V)
    out = getattr(ma, name)(leaf)
    assert isinstance(out, Value)
    (g,) = ma.gradients(out.sum(), [leaf])
    assert g.shape == V.shape


def test_every_function_that_answers_for_numpy_is_named_here() -> None:
    named = {numpys(name) for name in (*UNARY, *BINARY, *OTHERS)}
    more = {np.fabs, np.divide, *LAST_AXES} | ({np.astype} if hasattr(np, "astype") else set())
    assert set(NUMPY) == named | more | {f for f, _ in NUMPYS_OWN}
    assert set(ONLY_OURS) <= set(FUNCTIONS)


LAST_AXES: dict[Any, Callable[..., Any]] = {
    np.linalg.matmul: lambda v: np.linalg.matmul(v, V.T),
    np.linalg.outer: lambda v: np.linalg.outer(v[0], V[1]),
    np.linalg.tensordot: lambda v: np.linalg.tensordot(V, v, axes=2),
    np.linalg.cross: lambda v: np.linalg.cross(V, v, axis=-1),
    np.linalg.diagonal: lambda v: np.linalg.diagonal(np.reshape(v, (1, 2, 3)), offset=1),
    np.linalg.matrix_transpose: lambda v: np.linalg.matrix_transpose(v),
    np.linalg.trace: lambda v: np.linalg.trace(np.reshape(v, (1, 2, 3)), offset=-1),
}
"""What np.linalg has under names of NumPy, for vectors in the last axis, matrices in the last two."""


@pytest.mark.parametrize("f", LAST_AXES, ids=[f.__name__ for f in LAST_AXES])
def test_functions_of_the_last_axes(f: Any) -> None:
    same(LAST_AXES[f](Value(V)), LAST_AXES[f](V))


NUMPYS_OWN = [
    (f, case)
    for name, cases in (*ROWS.items(), *COMPOSITIONS.items())
    for case in cases
    for f in NUMPY
    if NUMPY[f] in (FUNCTIONS.get(name), TABLE.get(name)) and f in (case.numpy or (case.reference,))
]
"""NumPy's functions with the cases that say so."""


@pytest.mark.parametrize(("f", "case"), NUMPYS_OWN, ids=[f"{case.name}-{f.__name__}" for f, case in NUMPYS_OWN])
def test_numpys_own_functions_take_values_for_any_operand(f: Callable[..., Any], case: Case) -> None:
    """``np.f`` itself, as the cases call it: with all operands Values, with each alone, from here on tracked."""
    done = 0
    for seed in range(30):
        arrays, parameters = case.sample(seed)
        try:
            expected = case.plainly(f, *arrays, **parameters)
        except (ValueError, TypeError, IndexError, RuntimeWarning):
            continue
        whole = expected if isinstance(expected, (list, tuple)) else [expected]
        for k in range(-1, len(arrays)):
            leaves = [Value(x) if k in (-1, i) else x for i, x in enumerate(arrays)]
            found = case.plainly(f, *leaves, **parameters)
            parts = found if isinstance(found, (list, tuple)) else [found]
            assert len(parts) == len(whole)
            assert any(isinstance(part, Value) for part in parts) or not len(parts)
            for part, right in zip(parts, whole, strict=True):
                np.testing.assert_allclose(getattr(part, "data", part), right, rtol=1e-10, atol=1e-12)
                assert np.shape(part) == np.shape(right)
        done += 1
    assert done > 3


@pytest.mark.parametrize("module", [ma, ma.linalg])
def test_every_promised_name_is_public(module: Any) -> None:
    for name in (*UNARY, *BINARY, *OTHERS, *ONLY_OURS):
        inside = name.startswith("linalg.")
        if inside == (module is ma.linalg):
            assert callable(getattr(module, name.removeprefix("linalg.")))


def test_linear_algebra_has_numpys_names_and_results() -> None:
    v, w = np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.5, 1.0])
    assert set(ma.linalg.__all__) <= set(dir(np.linalg))
    for name in ("cross", "matmul", "outer", "tensordot", "vecdot"):
        options = {"axes": 1} if name == "tensordot" else {}
        found = getattr(ma.linalg, name)(Value(v), w, **options)
        np.testing.assert_allclose(found.data, getattr(np.linalg, name)(v, w, **options), rtol=1e-15)
    np.testing.assert_array_equal(ma.linalg.matrix_transpose(Value(np.outer(v, w))).data, np.outer(w, v))


# --- operators -------------------------------------------------------------------------------------------------


OPERATORS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a**b,
    lambda a, b: a % b, lambda a, b: divmod(a, b)[1],
]  # fmt: skip


OTHER_OPERANDS = [
    np.ones(3) * 2, np.float64(2), np.float32(2), np.int64(2), 2, 2.5, True, [1.0, 2.0, 3.0], (1, 2, 3),
    np.array(2.0), np.array([1, 2, 3]), np.array([True, True, True]),
]  # fmt: skip


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("other", OTHER_OPERANDS)
def test_operators_in_either_order(operator: Callable[[Any, Any], Any], other: Any) -> None:
    x = np.array([0.5, 1.5, 2.0])
    v = Value(x)
    plain = np.asarray(other, float) if isinstance(other, (list, tuple)) else other
    for ours, right in ((operator(v, other), operator(x, plain)), (operator(other, v), operator(plain, x))):
        same(ours, right)
        (g,) = ma.gradients(ours.sum(), [v])
        assert g.shape == x.shape


def test_matmul_operator_in_either_order() -> None:
    v = Value(SQUARE)
    for other in (np.ones((2, 2)), np.ones(2), [[1.0, 2.0], [3.0, 4.0]]):
        same(v @ other, SQUARE @ np.asarray(other))
        same(other @ v, np.asarray(other) @ SQUARE)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int16, np.int32, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("operator", OPERATORS[:4])
def test_operands_are_promoted_as_numpy_promotes_them(operator: Callable[[Any, Any], Any], dtype: Any) -> None:
    v = Value(np.ones(2, np.float32))
    for other in (np.ones(2, dtype), np.ones(2, dtype)[0]):
        right = operator(v.data, other)
        assert operator(v, other).dtype == right.dtype
        assert operator(other, v).dtype == right.dtype
    assert operator(v, 2).dtype == operator(3.5, v).dtype == np.float32


def test_inplace_operators_of_values_rebind() -> None:
    v = w = Value([1.0, 2.0])
    v += 1.0
    v *= np.array([2.0, 3.0])
    assert w.data.tolist() == [1.0, 2.0]
    assert v.data.tolist() == [4.0, 9.0]
    assert ma.gradients(v.sum(), [w])[0].tolist() == [2.0, 3.0]


# --- NumPy's names and positions -------------------------------------------------------------------------------

CALLS: list[Callable[[Any], Any]] = [
    lambda v: np.sum(v, 0), lambda v: np.sum(v, (0, 1)), lambda v: np.sum(v, axis=-1, keepdims=True),
    lambda v: np.sum(a=v, axis=1),
    lambda v: np.sum(v, 0, None, None, True), lambda v: np.sum(v, dtype=None, out=None),
    lambda v: np.mean(v, 1, None, None, True),
    lambda v: np.prod(v, 0, None), lambda v: np.max(v, 1), lambda v: np.max(v, axis=(0, -1), keepdims=True),
    lambda v: np.min(v, 0, None, True),
    lambda v: np.amax(v, axis=0), lambda v: np.std(v, 0), lambda v: np.std(v, 1, ddof=1),
    lambda v: np.std(v, 0, None, None, 1, True),
    lambda v: np.var(v, 0, None, None, 1), lambda v: np.var(v, axis=(0, 1), ddof=0, keepdims=True),
    lambda v: np.cumsum(v, 0), lambda v: np.cumsum(v, 1, None), lambda v: np.cumprod(v, axis=1, dtype=None, out=None),
    lambda v: np.clip(v, 0.2, 0.5), lambda v: np.clip(v, a_min=0.2, a_max=0.5), lambda v: np.clip(v, 0.2, None),
    lambda v: np.clip(v, None, 0.5, None),
    lambda v: np.clip(v, a_max=0.4, a_min=None), lambda v: np.clip(a=v, a_min=0.1, a_max=V),
    lambda v: np.linalg.norm(v), lambda v: np.linalg.norm(v, 1, 0),
    lambda v: np.linalg.norm(v, ord=3, axis=-1, keepdims=True),
    lambda v: np.linalg.norm(v, "fro", (0, 1)), lambda v: np.linalg.norm(x=v, ord=np.inf),
    lambda v: np.concatenate((v, v), 1), lambda v: np.concatenate([v, V], axis=None),
    lambda v: np.concatenate((v, v), 0, None),
    lambda v: np.stack((v, v), 1), lambda v: np.stack(arrays=[v, V], axis=2), lambda v: np.vstack([v, v]),
    lambda v: np.hstack(tup=(v, V)),
    lambda v: np.split(v, [1], 1)[1], lambda v: np.split(ary=v, indices_or_sections=2, axis=0)[0],
    lambda v: np.einsum("ij,jk", v, V.T), lambda v: np.einsum("ij,kj->ik", v, v, optimize=True),
    lambda v: np.einsum("ij->j", v, out=None),
    lambda v: np.einsum("ij,jk,kl", v, V.T, v, optimize="greedy"),
    lambda v: np.where(V > 0.4, v, -v), lambda v: np.take(v, [0, 4]), lambda v: np.take(v, [5, -9], 1, None, "wrap"),
    lambda v: np.take(v, indices=[[0], [1]], axis=0, mode="clip"),
    lambda v: np.take_along_axis(v, np.array([[2], [0]]), 1),
    lambda v: np.take_along_axis(arr=v, indices=np.array([[2], [0]]), axis=-1), lambda v: np.sort(v, 0),
    lambda v: np.sort(v, axis=None),
    lambda v: np.sort(v, -1, None, None), lambda v: np.diagonal(v, 1),
    lambda v: np.diagonal(v, offset=-1, axis1=1, axis2=0),
    lambda v: np.trace(v, 1), lambda v: np.trace(v, 0, 0, 1, None, None), lambda v: np.diag(v, k=1),
    lambda v: np.tril(v, -1), lambda v: np.triu(m=v, k=1),
    lambda v: np.reshape(v, -1), lambda v: np.reshape(v, (3, 2), "C"), lambda v: np.reshape(v, (3, 2), order="C"),
    lambda v: np.ravel(v, "C"),
    lambda v: np.transpose(v, (1, 0)), lambda v: np.transpose(v, axes=[-1, 0]),
    lambda v: np.swapaxes(v, axis1=0, axis2=1),
    lambda v: np.moveaxis(v, source=0, destination=1), lambda v: np.squeeze(v[:1], 0),
    lambda v: np.squeeze(v[:, :1], axis=(1,)),
    lambda v: np.expand_dims(v, (0, -1)), lambda v: np.expand_dims(v, axis=1),
    lambda v: np.broadcast_to(v, shape=(2, 2, 3)),
    lambda v: np.broadcast_to(array=v, shape=(1, 2, 3), subok=False), lambda v: np.flip(v),
    lambda v: np.flip(v, axis=(0, 1)),
    lambda v: np.roll(v, (1, 2), (0, 1)), lambda v: np.roll(v, shift=-1), lambda v: np.repeat(v, [1, 2], 0),
    lambda v: np.repeat(v, repeats=2),
    lambda v: np.tile(v, reps=(2, 2)), lambda v: np.pad(v, ((1, 0), (0, 2)), "edge"),
    lambda v: np.pad(v, 1, mode="constant", constant_values=7),
    lambda v: np.pad(array=v, pad_width=1, mode="reflect"), lambda v: np.tensordot(v, V, ([1], [1])),
    lambda v: np.tensordot(V, v, axes=((0,), 0)),
    lambda v: np.dot(v, V.T), lambda v: np.dot(V.T, b=v), lambda v: np.dot(v, 2.0, None),
    lambda v: np.outer(v, [1.0, 2.0]), lambda v: np.inner(V, v),
    lambda v: np.linalg.solve(SQUARE, v), lambda v: np.linalg.cholesky(np.eye(2) + v @ v.T, upper=True),
    lambda v: np.atleast_3d(v), lambda v: np.atleast_2d(v[0], v)[0],
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_read_as_numpy_reads_them(call: Callable[[Any], Any]) -> None:
    leaf = Value(V)
    ours = call(leaf)
    same(ours, call(V))
    (g,) = ma.gradients(ours.sum() if ours.ndim else ours, [leaf])
    assert g.shape == V.shape


def test_parameters_have_numpys_names() -> None:
    """What a stand-in takes is spelt as NumPy spells it, so that either can be written."""
    for f, stand_in in NUMPY.items():
        if isinstance(f, np.ufunc):
            continue
        try:
            names = set(inspect.signature(f).parameters)
        except ValueError:
            continue
        own = inspect.signature(stand_in).parameters
        if not any(p.kind is p.VAR_POSITIONAL for p in own.values()) and "kwargs" not in names:
            assert set(own) <= names, f


# --- what is refused -------------------------------------------------------------------------------------------


def test_an_order_of_elements_that_is_none():
    for order in ("A", "K", "x"):
        with pytest.raises(ValueError, match=f"ravel: order must be 'C' or 'F', got '{order}'"):
            np.ravel(Value([[1.0, 2.0]]), order=order)  # type: ignore[call-overload]
    assert Value([[1.0, 2.0], [3.0, 4.0]]).flatten("F").data.tolist() == [1.0, 3.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda v, a: np.exp(v, out=a), r"np\.exp: the argument 'out' .*use the result"),
        (lambda v, a: np.add(a, v, a), r"np\.add: the argument 'out'"),
        (lambda v, a: np.add(a, a, out=v), r"np\.add: the argument 'out'"),
        (lambda v, a: np.isnan(a, out=v), r"np\.isnan: the argument 'out'"),
        (lambda v, a: np.exp(v, where=a > 0), r"np\.exp: the argument 'where' .*np\.where"),
        (lambda v, a: np.exp(v, dtype=np.float32), r"np\.exp: the argument 'dtype' .*astype"),
        (lambda v, a: np.sum(v, 0, np.float32), r"np\.sum: the argument 'dtype' .*astype"),
        (lambda v, a: np.sum(v, dtype=np.float32), r"np\.sum: the argument 'dtype'"),
        (lambda v, a: np.sum(v, out=a), r"np\.sum: the argument 'out'"),
        (lambda v, a: np.sum(v, 0, None, a), r"np\.sum: the argument 'out'"),
        (lambda v, a: np.sum(v, where=a > 0), r"np\.sum: the argument 'where' .*np\.where"),
        (lambda v, a: np.max(v, initial=3.0), r"np\.max: the argument 'initial'"),
        (lambda v, a: np.var(v, correction=1), r"np\.var: the argument 'correction' .*use ddof"),
        (lambda v, a: np.clip(v, 0, 1, a), r"np\.clip: the argument 'out'"),
        (lambda v, a: np.sort(v, order="x"), r"np\.sort: the argument 'order'"),
        (lambda v, a: np.reshape(v, -1, "F"), r"np\.reshape: the argument 'order' .*C order"),
        (lambda v, a: np.concatenate([v, v], dtype=np.float32), r"np\.concatenate: the argument 'dtype'"),
        (lambda v, a: np.pad(v, 1, mode="constant", stat_length=2), r"np\.pad: the argument 'stat_length'"),
        (lambda v, a: np.add.reduce(v), r"np\.add\.reduce .*use np\.sum"),
        (lambda v, a: np.multiply.reduce(v), r"np\.multiply\.reduce .*use np\.prod$"),
        (lambda v, a: np.maximum.reduce(v), r"np\.maximum\.reduce .*use np\.max$"),
        (lambda v, a: np.minimum.reduce(v), r"np\.minimum\.reduce .*use np\.min$"),
        (lambda v, a: np.logaddexp.reduce(v), r"np\.logaddexp\.reduce .*use ma\.logsumexp$"),
        (lambda v, a: np.add.accumulate(v), r"np\.add\.accumulate .*use np\.cumsum$"),
        (lambda v, a: np.multiply.accumulate(v), r"np\.multiply\.accumulate .*use np\.cumprod"),
        (lambda v, a: np.multiply.outer(v, a), r"np\.multiply\.outer .*use np\.outer"),
        (lambda v, a: np.add.outer(v, a), r"np\.add\.outer .*use np\.add\(a\[\.\.\., None\], b\)"),
        (lambda v, a: np.add.at(a, [0], v), r"np\.add\.at .*use v\.data"),
        (lambda v, a: np.maximum.accumulate(v), r"np\.maximum\.accumulate .*use v\.data"),
        (lambda v, a: np.spacing(v), r"np\.spacing has no derivative in the table; .*@ma\.operation"),
        (lambda v, a: np.fft.fft(v), r"np\.fft\.fft has no derivative"),
        (lambda v, a: np.linalg.svd(v, hermitian=True), r"np\.svd: the argument 'hermitian'"),
        (lambda v, a: np.remainder(v, 2.0, a), r"np\.remainder: the argument 'out'"),
        (lambda v, a: np.copyto(a, v), r"np\.copyto has no derivative .*use np\.where or ma\.full"),
        (lambda v, a: np.full(2, v), r"making a NumPy array"),
        (lambda v, a: np.frompyfunc(abs, 1, 1)(v), r"^abs \(vectorized\) has no derivative in the table; use v\.data"),
        (lambda v, a: np.quantile(v, v), r"quantile: q must be plain numbers"),
        (lambda v, a: np.quantile(v, 0.5, weights=a), r"np\.quantile: the argument 'weights'"),
        (lambda v, a: np.select([v], [v]), r"select: a condition must be a plain array"),
        (lambda v, a: np.choose(a, [v, v]), r"choose: the numbers of the choices must be integers"),
        (lambda v, a: np.gradient(v, 1.0, 2.0), r"gradient: 1 axes need one distance"),
        (lambda v, a: list(v[0]), r"is a scalar: it has no elements to iterate over"),
        (lambda v, a: len(v[0]), r"len\(\): .*is a scalar"),
        (lambda v, a: np.asarray(v), r"making a NumPy array .*v\.data or v\.numpy\(\)"),
        (lambda v, a: np.array([v, v]), r"making a NumPy array .*stack"),
        (lambda v, a: np.array([v[0], v[1]]), r"making a NumPy array|float\(\)"),
        (lambda v, a: np.array(v, dtype=object), r"making a NumPy array"),
        (lambda v, a: float(v[0]), r"float\(\) .*v\.item\(\)"),
        (lambda v, a: int(v[0]), r"int\(\) .*v\.item\(\)"),
        (lambda v, a: complex(v[0]), r"complex\(\) .*v\.item\(\)"),
        (lambda v, a: math.exp(v[0]), r"float\(\) .*NumPy function in place of one from math"),
        (lambda v, a: [1, 2][v[0]], r"cannot be an index"),
        (lambda v, a: a.__setitem__(slice(None), v), r"making a NumPy array"),
        (lambda v, a: v.__setitem__(0, 1.0), r"never changed in place; use ma\.where"),
        (lambda v, a: a.__iadd__(v), r"np\.add: the argument 'out' .*a = a \+ v, not a \+= v"),
        (lambda v, a: Value(v), r"already a Value.*v\.detach\(\)"),
        (lambda v, a: np.where(v, v, v), r"where: the condition"),
        (lambda v, a: a[v], r"."),
        (lambda v, a: v[v], r"index .*must be a plain array"),
    ],
)
def test_what_is_refused_names_the_function_and_the_fix(call: Callable[[Value, Any], Any], words: str) -> None:
    v, a = Value([1.0, 2.0], label="v"), np.array([3.0, 4.0])
    with pytest.raises((TypeError, IndexError), match=words) as caught:
        call(v, a)
    assert v.data.tolist() == [1.0, 2.0]
    assert a.tolist() == [3.0, 4.0]
    assert isinstance(caught.value, TypeError) or words == "."


def test_an_element_of_an_array_cannot_be_set_to_a_value() -> None:
    a = np.zeros(2)
    with pytest.raises(ValueError, match="setting an array element") as caught:  # NumPy's words; ours are the cause
        a[0] = Value(1.0)
    assert "would silently lose its graph" in str(caught.value.__cause__)
    assert a.tolist() == [0.0, 0.0]


def test_a_plain_result_cannot_be_written_into_a_value() -> None:
    v = Value([1.5, 2.5])
    for call in (
        lambda: np.round(np.ones(2), out=v),
        lambda: np.floor(np.ones(2), out=v),
        lambda: np.any([1, 0], out=v),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()
    assert v.data.tolist() == [1.5, 2.5]


PLAIN_CALLS: list[Callable[[Any], Any]] = [
    np.argmax, np.argmin, np.argsort, np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero, np.sign, np.signbit,
    np.round,
    np.around, np.rint, np.floor, np.ceil, np.trunc, np.isnan, np.isinf, np.isfinite, np.any, np.all, np.logical_not,
    np.shape, np.ndim,
    np.size, np.zeros_like, np.ones_like, np.isneginf, np.isposinf, np.iscomplexobj, np.isrealobj, np.array_repr,
    np.array_str,
    lambda v: np.argmax(v, axis=1, keepdims=True), lambda v: np.round(v, 1), lambda v: np.full_like(v, 7.0),
    lambda v: np.floor_divide(v, 0.3), lambda v: v // 0.3, lambda v: 0.3 // v, np.imag, np.angle,
    lambda v: np.equal(v, V), lambda v: np.greater(v, 0.3), lambda v: np.less_equal(0.3, v), lambda v: v > 0.3,
    lambda v: v <= 0.3,
    lambda v: v == V, lambda v: v != V, lambda v: np.less(V, v), lambda v: np.isclose(v, V),
    lambda v: np.allclose(v, V),
    lambda v: np.array_equal(v, V),
    lambda v: np.searchsorted([0.1, 0.4], v), lambda v: np.heaviside(v - 0.3, 0.5),
    lambda v: np.result_type(v, np.float32),
    lambda v: np.argmax(v[0] + 0), lambda v: round(v, 1) if isinstance(v, Value) else np.round(v, 1),
    lambda v: np.logical_and(v > 0.2, v), lambda v: np.linalg.matrix_rank(v),
]  # fmt: skip


@pytest.mark.parametrize("call", PLAIN_CALLS)
def test_functions_without_a_derivative_give_plain_results(call: Callable[[Any], Any]) -> None:
    ours, right = call(Value(V)), call(V)
    assert not isinstance(ours, Value)
    assert type(ours) is type(right) or isinstance(ours, (bool, np.bool_))
    if "array" not in getattr(call, "__name__", ""):
        np.testing.assert_array_equal(ours, right)


# --- methods ---------------------------------------------------------------------------------------------------

METHODS: list[Callable[[Any], Any]] = [
    lambda v: v.sum(), lambda v: v.sum(axis=0), lambda v: v.sum(1, keepdims=True), lambda v: v.mean(axis=-1),
    lambda v: v.prod(), lambda v: v.max(axis=1),
    lambda v: v.min(), lambda v: v.var(ddof=1), lambda v: v.std(axis=0), lambda v: v.cumsum(),
    lambda v: v.cumprod(axis=1), lambda v: v.T,
    lambda v: v.reshape(3, 2), lambda v: v.reshape((3, 2)), lambda v: v.reshape(-1), lambda v: v.transpose(),
    lambda v: v.transpose(1, 0),
    lambda v: v.transpose((1, 0)), lambda v: v.ravel(), lambda v: v[:, :1].squeeze(), lambda v: v.swapaxes(0, 1),
    lambda v: v.repeat(2, axis=1),
    lambda v: v.take([0, 1], axis=1), lambda v: v.diagonal(), lambda v: v.trace(), lambda v: v.clip(0.2, 0.5),
    lambda v: v.clip(max=0.5), lambda v: v.dot(V.T),
    lambda v: v.astype(np.float64), lambda v: abs(v), lambda v: -v, lambda v: +v, lambda v: v[0, 1].reshape(()),
]  # fmt: skip


@pytest.mark.parametrize("call", METHODS)
def test_methods_are_those_of_arrays(call: Callable[[Any], Any]) -> None:
    same(call(Value(V)), call(V))


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sqrt", "relu", "sigmoid", "softmax", "log_softmax"])
def test_methods_of_the_classroom(name: str) -> None:
    np.testing.assert_array_equal(getattr(Value(V), name)().data, getattr(ma, name)(Value(V)).data)


def test_functions_of_plain_arrays_give_plain_arrays() -> None:
    for name, f in (
        ("exp", ma.exp),
        ("sum", ma.sum),
        ("sort", ma.sort),
        ("concatenate", lambda x: ma.concatenate([x, x])),
    ):
        assert type(f(V)) in (np.ndarray, np.float64), name


def test_rows_have_words() -> None:
    for name, f in {**TABLE, **FUNCTIONS}.items():
        assert (f.__doc__ or "").strip(), name


def test_values_given_by_name_to_functions_without_a_derivative() -> None:
    v, a = Value([3.0, 1.0, 2.0]), np.array([3.0, 1.0, 2.0])
    for call in (
        lambda x: np.argmax(a=x), lambda x: np.isclose(1.0, b=x), lambda x: np.searchsorted(np.arange(4.0), v=x),
        lambda x: np.full_like(a=x, fill_value=2.0), lambda x: np.array_equal(a, a2=x), lambda x: np.round(a=x),
        lambda x: np.allclose(a=x, b=x), lambda x: np.argsort(a=x), lambda x: np.searchsorted(a=[1.0, 2.0], v=x),
    ):  # fmt: skip
        result = call(v)
        np.testing.assert_array_equal(result, call(a))
        assert not isinstance(result, Value)


def test_what_is_no_method_is_none() -> None:
    """Those whose first argument is no Value to speak of, or whose name means another thing on arrays."""
    v = Value([1.0, 2.0])
    for name in ("linear", "concatenate", "stack", "where", "einsum", "scatter", "getitem", "atleast_1d", "cofactors",
                 "mean_squared_error", "sigmoid_cross_entropy", "binary_cross_entropy"):  # fmt: skip
        assert not hasattr(v, name), name
    for name in ("sum", "relu", "clip", "sigmoid", "silu", "reshape", "diagonal", "softmax"):
        assert callable(getattr(v, name)), name
