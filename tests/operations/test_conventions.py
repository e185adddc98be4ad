"""The documented choices: kinks and ties, points without a derivative, selections, and every form of indexing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.core.value import Value
from tests import oracles

NAN, INF = np.nan, np.inf


def slope(f: Callable[[Any], Any], x: Any) -> Any:
    """The gradient of the sum of ``f(x)``; the recorded one must be the same."""
    leaf = Value(x)
    out = f(leaf)
    out = out.sum() if out.ndim else out
    (g,) = ma.gradients(out, [leaf])
    (recorded,) = ma.gradients(out, [leaf], record=True)
    np.testing.assert_array_equal(g, recorded.data)
    return g


def second(f: Callable[[Any], Any], x: Any) -> Any:
    """The Hessian of the sum of ``f(x)``."""
    return ma.hessian(lambda v: f(v).sum() if f(v).ndim else f(v), np.asarray(x))


@pytest.mark.parametrize("dtype", [float, np.float32])
@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.3, 1.0, 2.5, -0.5])
@pytest.mark.parametrize("repeats", [1, 20])
def test_leaky_relus_slope_is_one_or_alpha(alpha: float, repeats: int, dtype: Any) -> None:
    """Exactly, for few and for many elements; where ``x`` is NaN, α, as ``x > 0`` says."""
    x = np.tile(np.array([-2.0, -0.0, 0.0, 3.0, NAN, INF, -INF], dtype), repeats)
    leaf = Value(x)
    with np.errstate(invalid="ignore"):  # 0 times infinity, for α = 0
        out = ma.leaky_relu(leaf, negative_slope=alpha)
    (g,) = ma.gradients(out, [leaf], gradient=np.ones_like(x))
    np.testing.assert_array_equal(g, np.where(x > 0, dtype(1), dtype(alpha)), strict=True)


# --- kinks and ties --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (ma.absolute, 0.0, 0.0),
        (ma.relu, 0.0, 0.0),
        (ma.leaky_relu, 0.0, 0.01),
        (lambda x: ma.leaky_relu(x, negative_slope=0.2), 0.0, 0.2),
        (lambda x: ma.leaky_relu(x, negative_slope=3.0), 0.0, 3.0),
        (lambda x: ma.elu(x, alpha=2.0), 0.0, 2.0),
        (ma.selu, 0.0, 1.0507009873554805 * 1.6732632423543772),
        (ma.hard_tanh, 1.0, 1.0),
        (ma.hard_tanh, -1.0, 1.0),
        (lambda x: ma.clip(x, -1, 1), 1.0, 1.0),
        (lambda x: ma.clip(x, -1, 1), -1.0, 1.0),
        (lambda x: ma.clip(x, -1, 1), 1.5, 0.0),
        (lambda x: ma.maximum(x, 2.0), 2.0, 0.5),
        (lambda x: ma.minimum(2.0, x), 2.0, 0.5),
        (lambda x: ma.maximum(x, x), 2.0, 1.0),
        (lambda x: ma.hypot(x, 0.0), 0.0, 0.0),
        (lambda x: ma.hypot(0.0, x), 0.0, 0.0),
    ],
)
def test_at_a_kink(f: Callable[[Any], Any], x: float, expected: float) -> None:
    assert slope(f, x) == expected
    assert slope(f, np.array([x, x])).tolist() == [expected, expected]


@pytest.mark.parametrize("f", [ma.max, ma.min, np.max, np.min, np.amax, np.amin])
def test_elements_that_tie_share_equally(f: Callable[..., Any]) -> None:
    assert slope(f, np.full(4, 2.0)).tolist() == [0.25] * 4
    assert slope(lambda x: f(x, axis=0), np.ones((2, 3))).tolist() == [[0.5] * 3] * 2
    sign = 1.0 if f in (ma.max, np.max, np.amax) else -1.0
    assert slope(f, sign * np.array([1.0, 3.0, 3.0, 2.0])).tolist() == [0.0, 0.5, 0.5, 0.0]


def test_equal_elements_keep_their_order_when_sorted() -> None:
    w = np.array([1.0, 10.0, 100.0])
    assert slope(lambda x: np.sort(x) * w, np.array([2.0, 1.0, 2.0])).tolist() == [10.0, 1.0, 100.0]
    assert slope(lambda x: np.sort(x) * w, np.array([2.0, 2.0, 2.0])).tolist() == [1.0, 10.0, 100.0]
    assert slope(lambda x: np.sort(x, axis=None) * w, np.array([[3.0], [2.0], [1.0]])).tolist() == [
        [100.0],
        [10.0],
        [1.0],
    ]


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
@pytest.mark.parametrize("f", [np.std, np.linalg.norm])
def test_std_and_norm_have_gradient_zero_at_zero(f: Callable[..., Any], axis: Any) -> None:
    x = np.zeros((2, 3)) if f is np.linalg.norm else np.full((2, 3), 5.0)
    assert not slope(lambda v: f(v, axis=axis), x).any()


@pytest.mark.parametrize("ord_", [None, 1, 1.5, 2, 3, INF, -INF])
def test_every_vector_norm_has_gradient_zero_at_zero(ord_: Any) -> None:
    assert not slope(lambda v: np.linalg.norm(v, ord_), np.zeros(3)).any()
    rows = slope(lambda v: np.linalg.norm(v, ord_, axis=1), np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert not rows[0].any()
    assert rows[1].any()


def test_norms_neither_overflow_nor_underflow() -> None:
    for size in (1e200, 1e-200):
        assert Value([3.0 * size, 4.0 * size]).data is not None
        assert np.linalg.norm(Value([3.0 * size, 4.0 * size])).item() == pytest.approx(5.0 * size, rel=1e-14)
        np.testing.assert_allclose(slope(np.linalg.norm, np.array([3.0, 4.0]) * size), [0.6, 0.8], rtol=1e-14)


def test_bounds_that_are_values_get_the_gradient_of_what_they_replace() -> None:
    low, high = Value(-1.0), Value(1.0)
    x = Value([-3.0, -1.0, 0.0, 1.0, 5.0, 6.0])
    found = ma.gradients(np.clip(x, low, high).sum(), [x, low, high])
    assert found[0].tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert found[1:] == [1.0, 2.0]
    assert ma.gradients(np.clip(x, 2.0, high).sum(), [x, high])[1] == 6.0  # bounds that cross: the upper one wins


# --- points without a derivative -------------------------------------------------------------------------------


@np.errstate(all="ignore")
@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (np.sqrt, 0.0, INF),
        (np.cbrt, 0.0, INF),
        (np.log, 0.0, INF),
        (np.reciprocal, 0.0, -INF),
        (np.arcsin, 1.0, INF),
        (np.arccos, 1.0, -INF),
        (np.arccosh, 1.0, INF),
        (np.arctanh, 1.0, INF),
        (lambda x: np.arctan2(x, 0.0), 0.0, NAN),
        (lambda x: x**0.5, 0.0, INF),
        (lambda x: x**0.5, -1.0, NAN),
    ],
)
def test_where_the_derivative_is_infinite_or_missing(f: Callable[[Any], Any], x: float, expected: float) -> None:
    np.testing.assert_equal(slope(f, x), expected)


@pytest.mark.parametrize(
    ("x", "y", "by_x", "by_y"),
    [
        (2.0, 3.0, 12.0, 8.0 * np.log(2.0)),
        (-2.0, 3.0, 12.0, NAN),  # by the exponent of a negative base there is no derivative
        (-2.0, 2.0, -4.0, NAN),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 1.0, 1.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (5.0, 0.0, 0.0, np.log(5.0)),
        (-5.0, 0.0, 0.0, NAN),
        (0.0, 3.0, 0.0, 0.0),
    ],
)
def test_power_of_zero_and_negative_bases(x: float, y: float, by_x: float, by_y: float) -> None:
    base, exponent = Value(x), Value(y)
    np.testing.assert_allclose(ma.gradients(base**exponent, [base, exponent]), [by_x, by_y])
    np.testing.assert_allclose(slope(lambda v: v**y, np.array([x, x])), [by_x, by_x])  # a constant exponent: no NaN


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_whole_powers_at_zero_to_the_fourth_order(n: int) -> None:
    x = Value(0.0)
    derivative, factor = x**n, 1.0
    for k in range(5):
        assert derivative.item() == (factor if k == n else 0.0), k
        factor *= k + 1
        (derivative,) = ma.gradients(derivative, [x], record=True)


def test_logsumexp_and_logaddexp_of_nothing() -> None:
    assert slope(ma.logsumexp, np.full(3, -INF)).tolist() == [0.0] * 3
    assert slope(ma.logsumexp, np.array([-INF, 1.0])).tolist() == [0.0, 1.0]
    assert slope(lambda x: np.logaddexp(x, -INF), -INF) == 0.0
    assert slope(lambda x: np.logaddexp(x, -INF), 3.0) == 1.0
    assert ma.logsumexp(Value(np.zeros(0))).item() == -INF


# --- selections ------------------------------------------------------------------------------------------------

HARMFUL = {  # finite with slope 1 at 1, harmful at the other point
    "log": (np.log, 1.0, -1.0),
    "log of 0": (np.log, 1.0, 0.0),
    "sqrt": (lambda x: 2.0 * np.sqrt(x), 1.0, -1.0),
    "sqrt of 0": (lambda x: 2.0 * np.sqrt(x), 1.0, 0.0),
    "divide": (lambda x: -1.0 / x, 1.0, 0.0),
    "0 / 0": (lambda x: 0.5 * (x * x * x) / x, 1.0, 0.0),
    "exp": (lambda x: np.exp(x - 1.0), 1.0, 1e4),
    "exp, inf - inf": (lambda x: np.exp(x - 1.0) - (np.exp(x - 1.0) - np.exp(x - 1.0)), 1.0, 1e4),
    "power": (lambda x: 2.0 * x**0.5, 1.0, -1.0),
    "arcsin": (lambda x: np.arcsin(x - 1.0), 1.0, 5.0),
    "chain": (lambda x: np.exp(np.log(np.sqrt(x)) * 2.0), 1.0, -2.0),
    "nan": (lambda x: (x + 0.0) * np.where(x.data == 1.0, 1.0, NAN), 1.0, 7.0),
    "nan squared": (lambda x: 0.5 * (x + np.where(x.data == 1.0, 0.0, NAN)) ** 2, 1.0, 7.0),
    "arctan2": (lambda x: 2.0 * np.arctan2(x, x.data), 1.0, 0.0),
    "scalar operand": (lambda x: np.log(x) * x.data[0] if x.ndim else np.log(x), 1.0, -1.0),
}


@pytest.mark.parametrize("name", HARMFUL)
@np.errstate(all="ignore")
def test_what_where_does_not_select_does_no_harm(name: str) -> None:
    f, good, bad = HARMFUL[name]
    x = np.array([good, bad])
    chosen = np.array([True, False])
    np.testing.assert_allclose(slope(lambda v: np.where(chosen, f(v), 0.0), x), [1.0, 0.0])
    np.testing.assert_allclose(slope(lambda v: np.where(~chosen, 0.0, f(v)), x), [1.0, 0.0])
    np.testing.assert_allclose(slope(lambda v: np.where(chosen, f(v), 3.0 * v), x), [1.0, 3.0])
    np.testing.assert_allclose(slope(lambda v: f(v)[chosen], x), [1.0, 0.0])
    np.testing.assert_allclose(slope(lambda v: f(v)[0], x), [1.0, 0.0])
    np.testing.assert_allclose(slope(lambda v: np.take(f(v), [0, 0]), x), [2.0, 0.0])
    assert np.isfinite(second(lambda v: np.where(chosen, f(v), 0.0), x)).all()
    assert slope(lambda v: np.where(False, f(v), v), bad) == 1.0
    leaf = Value(x)
    np.where(chosen, f(leaf), 0.0).sum().backward()
    np.testing.assert_allclose(leaf.grad, [1.0, 0.0])


def test_missing_observations_do_not_reach_a_broadcast_parameter() -> None:
    """A NaN in the data, left out of the loss, spoils neither a shared offset nor a shared factor."""
    data = np.array([[1.0, NAN, 3.0], [NAN, 5.0, 7.0]])
    seen = ~np.isnan(data)
    offset, factor = Value(np.zeros(3)), Value(2.0)
    for loss in (
        np.where(seen, (data - offset * factor) ** 2, 0.0).sum(),
        ((data - offset * factor) ** 2)[seen].sum(),
    ):
        by_offset, by_factor = ma.gradients(loss, [offset, factor])
        np.testing.assert_allclose(by_offset, -4.0 * np.nansum(data, axis=0))
        assert by_factor == 0.0
    for record in (False, True):  # here the NaN is a factor of the gradient that is summed over what was broadcast
        scale = Value(np.ones(3))
        loss = np.where(seen, (data * scale * factor) ** 2, 0.0).sum()
        by_scale, by_factor = ma.gradients(loss, [scale, factor], record=record)
        np.testing.assert_allclose(np.asarray(by_scale.data if record else by_scale), 8.0 * np.nansum(data**2, axis=0))
        assert by_factor == 4.0 * np.nansum(data**2)
        loss.backward()
        np.testing.assert_allclose(scale.grad, 8.0 * np.nansum(data**2, axis=0))


def test_a_nan_that_is_selected_is_not_hidden() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(slope(lambda v: np.where(True, np.sqrt(v), 0.0), -1.0))
        assert np.isnan(slope(lambda v: np.sqrt(v)[[0]], np.array([-1.0, 1.0])))[0]
        assert np.isnan(slope(lambda v: v * NAN, 1.0))
        for tiny in (1e-12, -1e-300, 5e-324):  # a small gradient is not none
            assert np.isnan(slope(lambda v, tiny=tiny: (v * NAN) * tiny, 1.0))
            assert np.isnan(slope(lambda v, tiny=tiny: np.sqrt(v) * tiny, np.array([-1.0, 1.0])))[0]


# --- products and determinants ---------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0.0, 1.0, -2.0, 3.0]), min_size=1, max_size=5))
@settings(deadline=None, max_examples=40)
def test_products_with_zeros_to_the_second_order(x: list[float]) -> None:
    a, n = np.array(x), len(x)

    def others(*left_out: int) -> float:
        return float(np.prod([x[k] for k in range(n) if k not in left_out]))

    np.testing.assert_allclose(slope(np.prod, a), [others(i) for i in range(n)])
    hessian = [[0.0 if i == j else others(i, j) for j in range(n)] for i in range(n)]
    np.testing.assert_allclose(second(np.prod, a), hessian, atol=1e-12)
    running = [
        [float(np.prod([x[k] for k in range(j + 1) if k != i])) if i <= j else 0.0 for i in range(n)] for j in range(n)
    ]
    np.testing.assert_allclose(ma.jacobian(np.cumprod, a), running, atol=1e-12)
    twice = ma.hessian(lambda v: np.cumprod(v)[-1], a)
    np.testing.assert_allclose(twice, hessian, atol=1e-12)


def test_a_product_that_underflows_still_has_its_gradient() -> None:
    np.testing.assert_allclose(slope(np.prod, np.array([1e-200, 1e-200, 1e200])), [1.0, 1.0, 0.0], atol=1e-300)


@pytest.mark.parametrize(
    "numbers",
    [[1e-300, 1e-300, 1e300, 1e300], [1e-200, 1e-200, 0.0, 1e300], [1e-160, 1e-160, 1e300, 1e180], [1e-8] * 4,
     [5e-324, 1e300, -1e10, 3.0], [1.0, 1e200, 1e200], [0.0, 0.0, 1e-300, 3.0]],
)  # fmt: skip
def test_products_of_the_smallest_and_the_largest_numbers_to_the_second_order(numbers: list[float]) -> None:
    n = len(numbers)
    for order in set(itertools.permutations(numbers)):
        a = np.array(order)

        def product(to: int, *left_out: int, a: Any = a) -> float:
            factors = [mpmath.mpf(x) for k, x in enumerate(a[: to + 1].tolist()) if k not in left_out]
            exact = mpmath.fprod(factors) if max(left_out) <= to else mpmath.mpf(0)
            return float(exact) if abs(exact) < 1.7e308 else float(mpmath.sign(exact)) * INF

        with np.errstate(all="ignore"):
            for f, ends in ((np.prod, [n - 1]), (lambda v: np.cumprod(v)[-2:].sum(), [n - 2, n - 1])):
                first = [sum(product(to, i) for to in ends) for i in range(n)]
                hessian = [
                    [sum(product(to, i, j) for to in ends) if i != j else 0.0 for j in range(n)] for i in range(n)
                ]
                np.testing.assert_allclose(slope(f, a), first, rtol=1e-12, atol=5e-324)
                np.testing.assert_allclose(second(f, a), hessian, rtol=1e-12, atol=5e-324)


def test_products_of_many_numbers_take_less_memory_than_a_matrix() -> None:
    a = np.random.default_rng(0).uniform(0.9, 1.1, 2000)
    for f in (np.prod, lambda v: np.cumprod(v)[-1]):
        np.testing.assert_allclose(slope(f, a), np.prod(a) / a)
        product = ma.hvp(f, a, np.ones(2000))[1]
        np.testing.assert_allclose(product, np.prod(a) / a * (np.sum(1 / a) - 1 / a))


@pytest.mark.parametrize(
    "a",
    [[[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 4.0]], [[0.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
     np.zeros((3, 3)), np.ones((4, 4)), np.diag([1.0, 2.0, 0.0])],
)  # fmt: skip
def test_the_determinant_of_a_singular_matrix_to_the_second_order(a: Any) -> None:
    a = np.array(a)
    n = len(a)

    def minor(rows: tuple[int, ...], columns: tuple[int, ...]) -> float:
        return float(np.linalg.det(np.delete(np.delete(a, rows, 0), columns, 1)))

    first = [[(-1) ** (i + j) * minor((i,), (j,)) for j in range(n)] for i in range(n)]
    np.testing.assert_allclose(slope(np.linalg.det, a), first, atol=1e-12)
    hessian = ma.hessian(np.linalg.det, a)
    for i, j, k, m in np.ndindex(n, n, n, n):
        expected = 0.0
        if i != k and j != m:
            sign = (-1) ** (i + j + k + m) * (1 if (i < k) == (j < m) else -1)
            expected = sign * minor((i, k), (j, m))
        assert hessian[i, j, k, m] == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
def test_a_large_singular_matrix_needs_no_large_memory() -> None:
    a = np.random.default_rng(0).normal(size=(120, 120)) / 10.0
    a[0] = a[1]
    g = slope(np.linalg.det, a)
    assert np.isfinite(g).all()
    assert abs(g[2:]).max() <= 1e-10 * abs(g[:2]).max()


def test_slogdet_gives_a_plain_sign() -> None:
    a = Value([[0.0, 2.0], [1.0, 0.0]])
    sign, logabsdet = np.linalg.slogdet(a)
    assert sign == -1.0
    assert not isinstance(sign, Value)
    assert logabsdet.item() == pytest.approx(np.log(2.0))
    singular = np.linalg.slogdet(Value(np.ones((2, 2))))
    assert (singular.sign, singular.logabsdet.item()) == (0.0, -INF)
    with pytest.raises(np.linalg.LinAlgError, match=r"inv: .*[Ss]ingular"):
        ma.gradients(singular.logabsdet, [singular.logabsdet.inputs[0]])


def test_the_gradient_of_cholesky_is_symmetric() -> None:
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    g = slope(np.linalg.cholesky, a)
    np.testing.assert_allclose(g, g.T)
    upper = slope(lambda v: np.linalg.cholesky(v, upper=True), a)
    np.testing.assert_allclose(upper, g)
    step = np.array([[0.3, 0.5], [0.5, -0.2]])
    line = oracles.extrapolated(lambda t: np.linalg.cholesky(a + t * step).sum(), [np.array(0.0)])
    assert np.sum(g * step) == pytest.approx(float(line.values[0]), rel=1e-9)


def test_solve_takes_a_vector_for_each_matrix_of_a_batch() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(3, 2, 2)) + 3.0 * np.eye(2), rng.normal(size=2)
    for i in range(3):
        alone = slope(lambda v, i=i: np.linalg.solve(a[i], v), b)
        each = slope(lambda v, i=i: np.linalg.solve(a, v)[i], b)
        np.testing.assert_allclose(alone, each, rtol=1e-12)


# --- indexing --------------------------------------------------------------------------------------------------


def test_an_element_picked_several_times_gets_the_sum() -> None:
    assert slope(lambda v: v[[0, 2, 2, 2]], np.zeros(4)).tolist() == [1.0, 0.0, 3.0, 0.0]
    assert slope(lambda v: v[[0, 0], [1, 1]], np.zeros((2, 2))).tolist() == [[0.0, 2.0], [0.0, 0.0]]
    assert slope(lambda v: v[np.array([[0], [0]]), [-1, 1]], np.zeros((2, 2))).tolist() == [[0.0, 4.0], [0.0, 0.0]]
    assert slope(lambda v: np.take(v, [1, 5, -1], mode="wrap"), np.zeros(4)).tolist() == [0.0, 2.0, 0.0, 1.0]
    assert slope(lambda v: np.take_along_axis(v, np.array([[0, 0, 0]]), 1), np.zeros((1, 2))).tolist() == [[3.0, 0.0]]
    assert slope(lambda v: np.repeat(v, [0, 1, 3]), np.zeros(3)).tolist() == [0.0, 1.0, 3.0]
    assert slope(lambda v: np.pad(v, 2, mode="edge"), np.zeros(3)).tolist() == [3.0, 1.0, 3.0]


def test_an_index_is_kept_as_it_was() -> None:
    """An index array changed after the operation changes neither its value nor its gradient."""
    rows = np.array([0, 1])
    mask = np.array([True, False, True])
    v = Value([1.0, 2.0, 3.0])
    picked, masked, chosen = v[rows], v[mask], np.where(mask, v, 0.0)
    rows[:], mask[:] = 2, False
    assert ma.gradients(picked.sum(), [v])[0].tolist() == [1.0, 1.0, 0.0]
    assert ma.gradients(masked.sum(), [v])[0].tolist() == [1.0, 0.0, 1.0]
    assert ma.gradients(chosen.sum(), [v])[0].tolist() == [1.0, 0.0, 1.0]


def test_iteration_and_unpacking_stay_in_the_graph() -> None:
    v = Value([1.0, 2.0, 3.0])
    a, b, c = v
    assert ma.gradients(a * b * c, [v])[0].tolist() == [6.0, 3.0, 2.0]
    assert len(list(Value(np.ones((2, 3))))) == 2


@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize("f", [np.sum, np.prod, np.max, np.min, ma.logsumexp, ma.softmax, ma.log_softmax])
def test_a_scalar_has_axis_zero_as_numpy_says(f: Callable[..., Any], axis: Any) -> None:
    x = Value(3.0)
    out = f(x, axis=axis)
    assert out.shape == ()
    flat = {ma.softmax: 0.0, ma.log_softmax: 0.0}
    assert ma.gradients(out, [x]) == [flat.get(f, 1.0)]


# --- the words of errors ---------------------------------------------------------------------------------------

MATRIX = Value(np.ones((2, 3)), label="W1")


@pytest.mark.parametrize("f", [
    lambda v: np.sum(v, axis=5), lambda v: np.mean(v, axis=5), lambda v: np.prod(v, axis=5),
    lambda v: np.max(v, axis=5),
    lambda v: np.var(v, axis=5), lambda v: np.std(v, axis=5), lambda v: np.cumsum(v, axis=5),
    lambda v: np.cumprod(v, axis=5),
    lambda v: ma.logsumexp(v, axis=5), lambda v: np.linalg.norm(v, axis=5), lambda v: np.linalg.norm(v, 1, axis=5),
    lambda v: np.take(v, [0], axis=5), lambda v: np.take_along_axis(v, np.zeros((2, 1), int), axis=5),
    lambda v: np.sort(v, axis=5),
    lambda v: np.concatenate([v, v], axis=5), lambda v: np.stack([v, v], axis=5), lambda v: np.moveaxis(v, 5, 0),
    lambda v: np.moveaxis(v, 0, 5), lambda v: np.swapaxes(v, 0, 5), lambda v: np.flip(v, axis=5),
    lambda v: np.roll(v, 1, axis=5),
    lambda v: np.repeat(v, 2, axis=5), lambda v: np.split(v, 1, axis=5), lambda v: np.squeeze(v, axis=5),
    lambda v: np.expand_dims(v, 5), lambda v: ma.softmax(v, axis=5), lambda v: ma.log_softmax(v, axis=5),
    lambda v: np.tensordot(v, v, axes=(5, 0)), lambda v: np.diagonal(v, axis1=5), lambda v: np.trace(v, axis2=5),
])  # fmt: skip
def test_an_axis_out_of_bounds(f: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=r"^\w+: .*axis.* 5 is out of bounds for array of dimension [23]"):
        f(MATRIX)


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda v: v @ v, ValueError, r"matmul: inner dimensions differ: .*W1"),
        (lambda v: np.reshape(v, (4, 4)), ValueError, r"reshape: .*W1: shape \(2, 3\)"),
        (lambda v: v + np.ones(2), ValueError, r"add: .*W1: shape \(2, 3\), shape \(2,\)"),
        (lambda v: v[5], IndexError, r"getitem: .*W1"),
        (lambda v: v[0.5], IndexError, r"getitem: "),
        (lambda v: v[v > 5, 0, 0], IndexError, r"getitem: "),
        (lambda v: np.split(v, 2, axis=1), ValueError, r"split: an axis of length 3 .* 2 equal"),
        (lambda v: np.squeeze(v, 0), ValueError, r"squeeze: "),
        (lambda v: np.concatenate([v, np.ones((2, 3, 1))]), ValueError, r"concatenate: "),
        (lambda v: np.stack([v, np.ones(3)]), ValueError, r"stack: .*\(2, 3\).*\(3,\)"),
        (lambda v: np.concatenate([]), ValueError, r"concatenate"),
        (lambda v: np.max(v[:0]), ValueError, r"max: "),
        (lambda v: np.mean(v[:0]), ValueError, r"mean: "),
        (lambda v: np.var(v, ddof=6), ValueError, r"var: 6 elements with ddof=6"),
        (lambda v: np.std(v, ddof=6), ValueError, r"std: .*6 elements with ddof=6"),
        (lambda v: np.linalg.inv(v), np.linalg.LinAlgError, r"inv: .*W1.*square"),
        (lambda v: np.linalg.inv(np.ones((2, 2)) * v[0, 0]), np.linalg.LinAlgError, r"inv: .*[Ss]ingular"),
        (lambda v: np.linalg.cholesky(-np.eye(2) * v[0, 0]), np.linalg.LinAlgError, r"^cholesky: "),
        (lambda v: np.linalg.norm(v, 3), ValueError, r"norm: a matrix has no norm 3; use 'fro', 'nuc'"),
        (lambda v: np.linalg.norm(v[0], 0), TypeError, r"norm: ord=0 counts .* no derivative"),
        (lambda v: np.pad(v, 1, mode="mean"), ValueError, r"pad: mode 'mean' is not supported; use"),
        (lambda v: np.take(v, [0.5]), TypeError, r"take: indices must be integers"),
        (lambda v: np.take(v, [9]), IndexError, r"getitem: "),
        (lambda v: np.take_along_axis(v, np.array([0]), 1), ValueError, r"take_along_axis: .*2 axes"),
        (lambda v: np.where(v, v, 0.0), TypeError, r"where: the condition must be a plain array.*v > 0"),
        (lambda v: np.where(v), TypeError, r"where: .*np.nonzero"),
        (lambda v: np.einsum("ij,jk", v), ValueError, r"einsum: .* names 2 operands, 1"),
        (lambda v: np.einsum("ijk", v), ValueError, r"einsum: 'ijk'.* 3 axes, the operand has 2"),
        (lambda v: np.einsum("...i->i", v), ValueError, r"einsum: .*ellipsis"),
        (lambda v: np.einsum("ij->k", v), ValueError, r"einsum: "),
        (lambda v: np.einsum("ii", v[:1]), ValueError, r"einsum: the axes 'i' of shape \(1, 3\)"),
        (lambda v: np.einsum(v, 3), TypeError, r"einsum: .*string"),
        (lambda v: np.tensordot(v, v, 1), ValueError, r"tensordot: .*\(2, 3\).*differ"),
        (lambda v: np.tensordot(v, v, 3), ValueError, r"tensordot: cannot sum over 3 axes"),
        (lambda v: np.moveaxis(v, (0, 0), (1, 0)), ValueError, r"repeated axis in .moveaxis: source"),
        (lambda v: np.repeat(v, [1, 2, 3], axis=0), ValueError, r"repeat: 3 repeats do not fit the 2"),
        (lambda v: np.diag(v[None]), ValueError, r"diag: .*\(1, 2, 3\)"),
        (lambda v: np.tril(v[0, 0]), ValueError, r"tril"),
        (lambda v: ma.astype(v, int), TypeError, r"astype: .*float32 or float64, not int64"),
        (lambda v: ma.gelu(v, approximate="x"), ValueError, r"gelu: approximate must be"),
        (lambda v: ma.sum(v, 0, True), TypeError, r"sum: takes at most 2 .*keepdims= by name"),
        (lambda v: ma.sum(v, axes=0), TypeError, r"sum: .*axes"),
        (lambda v: ma.exp(), TypeError, r"exp: 'x' not given"),
        (lambda v: ma.add(v), TypeError, r"add: 'y' not given"),
        (lambda v: ma.softmax(v, 0, axis=1), TypeError, r"softmax: 'axis' is given twice, by position and by name"),
        (lambda v: ma.add(1.0, x=v), TypeError, r"add: 'x' is given twice"),
        (lambda v: ma.add(v, 1.0, 2.0), TypeError, r"add: takes at most 2 arguments by position, got 3$"),
        (lambda v: ma.clip(v, -1, min=0), ValueError, r"clip: a bound is given twice"),
    ],
)
def test_what_an_error_says(f: Callable[[Any], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        f(MATRIX)


# --- precision -------------------------------------------------------------------------------------------------


def _mp_bce(z: Any) -> Any:
    return mpmath.log(1 + mpmath.exp(z)) - mpmath.mpf("0.25") * z


PRECISE = {
    "erfc": (ma.erfc, mpmath.erfc, [-5.0, -0.3, 0.0, 0.7, 5.0, 20.0]),
    "gelu": (ma.gelu, lambda x: x * mpmath.ncdf(x), [-12.0, -5.0, -0.3, 0.0, 0.7, 30.0]),
    "sigmoid": (ma.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x)), [-700.0, -40.0, -1e-9, 0.0, 3.0, 40.0]),
    "silu": (ma.silu, lambda x: x / (1 + mpmath.exp(-x)), [-700.0, -40.0, 0.0, 3.0, 40.0]),
    "softplus": (ma.softplus, lambda x: mpmath.log(1 + mpmath.exp(x)), [-700.0, -40.0, 0.0, 3.0, 700.0]),
    "logaddexp": (
        lambda x: np.logaddexp(x, 1.0), lambda x: mpmath.log(mpmath.exp(x) + mpmath.e), [-700.0, 1.0, 40.0, 700.0],
    ),
    "logsumexp": (
        lambda x: ma.logsumexp(np.stack([x, 2.0 * x, np.float64(1.0)])),
        lambda x: mpmath.log(mpmath.exp(x) + mpmath.exp(2 * x) + mpmath.e), [-700.0, 0.3, 300.0],
    ),
    "log_softmax": (
        lambda x: ma.log_softmax(np.stack([x, np.float64(0.0)]))[0],
        lambda x: -mpmath.log(1 + mpmath.exp(-x)), [-700.0, -1.0, 0.0, 2.0, 30.0],
    ),
    "expm1": (np.expm1, mpmath.expm1, [-40.0, -1e-12, 0.0, 1e-12, 5.0]),
    "log1p": (np.log1p, lambda x: mpmath.log1p(x), [-0.999, -1e-12, 0.0, 1e-12, 1e6]),
    "tanh": (np.tanh, mpmath.tanh, [-3.0, -1e-9, 0.0, 2.0]),
    "arcsinh": (np.arcsinh, mpmath.asinh, [-1e200, -1e-9, 0.0, 3.0, 1e200]),
    "arccosh": (np.arccosh, mpmath.acosh, [1.0 + 1e-9, 2.0, 1e200]),
    "arctanh": (np.arctanh, mpmath.atanh, [-1.0 + 1e-9, 0.0, 0.5]),
    "arcsin": (np.arcsin, mpmath.asin, [-1.0 + 1e-9, 0.0, 0.5]),
    "arctan2": (lambda x: np.arctan2(x, 3e200), lambda x: mpmath.atan2(x, mpmath.mpf(3e200)), [-4e200, 1.0, 1e200]),
    "hypot": (lambda x: np.hypot(x, 3e200), lambda x: mpmath.hypot(x, mpmath.mpf(3e200)), [-4e200, 1e190, 1e200]),
    "binary cross-entropy": (
        lambda z: ma.binary_cross_entropy_with_logits(z, 0.25), _mp_bce, [-1000.0, -30.0, 0.0, 2.0, 1000.0],
    ),
    "elu": (lambda x: ma.elu(x) if x.data < 0 else x, lambda x: mpmath.expm1(x) if x < 0 else x, [-700.0, -1e-12, 2.0]),
}  # fmt: skip

# Near their bounds these are rounded as numbers of size 1 are: the rule of sigmoid takes 1 - out, so as not to compute
# another exponential; log_softmax near 0 is what 1 minus a rounded number allows.
ABSOLUTE = {"sigmoid", "silu", "log_softmax"}


@pytest.mark.parametrize("name", PRECISE)
def test_precision_where_cancellation_threatens(name: str) -> None:
    """Value and derivative against 60 digits."""
    ours, exact, points = PRECISE[name]
    for x in points:
        with mpmath.workdps(60):
            h = mpmath.mpf(10) ** -25 * max(1, abs(mpmath.mpf(x)))
            rise = float((exact(mpmath.mpf(x) + h) - exact(mpmath.mpf(x) - h)) / (2 * h))
        leaf = Value(x)
        out = ours(leaf)
        least = 2e-16 if name in ABSOLUTE else 1e-300
        assert out.item() == pytest.approx(oracles.precise(exact, x), rel=2e-14, abs=least), x
        assert ma.gradients(out, [leaf])[0] == pytest.approx(rise, rel=2e-14, abs=least), x


@pytest.mark.parametrize(("subscripts", "a", "b"), [
    ("ai,ai", (3, 2), (1, 2)), ("ai,ai->a", (1, 2), (3, 2)), ("ai,ai->i", (3, 2), (1, 2)),
    ("ij,jk->ik", (3, 1), (4, 2)),
    ("...i,...i->...", (2, 3), (1, 3)), ("ai,ai", (0, 2), (1, 2)),
])  # fmt: skip
def test_einsum_stretches_axes_of_length_one_as_numpy_does(subscripts: str, a: Any, b: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=a), rng.normal(size=b)
    left, right = Value(x), Value(y)
    out = np.einsum(subscripts, left, right)
    np.testing.assert_array_equal(out.data, np.einsum(subscripts, x, y))
    seed = rng.normal(size=out.shape)
    by_left, by_right = ma.gradients(out, [left, right], seed)
    for g, leaf, f in (
        (by_left, x, lambda v: np.einsum(subscripts, v, y)),
        (by_right, y, lambda v: np.einsum(subscripts, x, v)),
    ):
        units = np.eye(leaf.size).reshape(leaf.size, *leaf.shape)  # the function is linear in each operand
        expected = np.array([np.sum(seed * f(unit)) for unit in units]).reshape(leaf.shape)
        np.testing.assert_allclose(g, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("ord", [1, INF])
@pytest.mark.parametrize(
    ("shape", "axis"), [((0,), None), ((0, 3), None), ((3, 0), None), ((2, 0), 1), ((2, 0, 3), (1, 2))]
)
def test_a_norm_of_nothing_is_zero(ord: float, shape: tuple[int, ...], axis: Any) -> None:
    x = Value(np.zeros(shape))
    for keepdims in (False, True):
        expected = np.sum(x.data, axis, keepdims=keepdims)  # NumPy before 2.3 refuses such a norm
        np.testing.assert_array_equal(np.linalg.norm(x, ord, axis, keepdims).data, expected, strict=True)
    assert ma.gradients(np.sum(np.linalg.norm(x, ord, axis)), [x])[0].shape == shape


@pytest.mark.parametrize("options", [{"kind": "stable"}, {"kind": "quicksort"}, {"kind": "heapsort"}, {"stable": True}])
def test_sort_takes_numpys_options(options: Any) -> None:
    x = Value([[3.0, 1.0, 2.0], [0.0, 5.0, -1.0]])
    np.testing.assert_array_equal(np.sort(x, **options).data, np.sort(x.data))
    assert ma.gradients(np.sort(x, **options)[:, 0].sum(), [x])[0].tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    with pytest.raises(ValueError, match="sort kind"):
        np.sort(x, kind="nonsense")


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sqrt(np.sum(x * x)) ** 2, np.zeros(2)),
        (lambda x: np.sqrt(x) ** 2, 0.0),
        (lambda x: np.sum((x**0.5) ** 2), np.array([1.0, 0.0])),
        (lambda x: np.exp(np.log(x)), 0.0),
        (lambda x: np.exp(2 * np.log(x)), 0.0),
        (lambda x: np.sqrt(x) ** 4, 0.0),
        (lambda x: np.cbrt(x) ** 6, 0.0),
        (lambda x: 1 / (1 / x) ** 2, 0.0),
        (lambda x: np.expm1(2 * np.log1p(x)), -1.0),
    ],
)
def test_a_zero_that_holds_only_at_a_point_has_no_second_derivative(f, x):
    with np.errstate(all="ignore"), pytest.raises(np.linalg.LinAlgError, match=r"0 · ∞ here.*np\.sum\(x \* x\)"):
        ma.hessian(f, x)


def test_where_the_neighbourhood_is_out_of_the_domain_nobody_can_say():
    @ma.operation
    def only_zero(x):
        if np.any(x != 0):
            raise ValueError("it is not 0")
        return np.positive(x)

    only_zero.vjps = (lambda g, out, x: g,)
    try:
        with np.errstate(all="ignore"), pytest.raises(np.linalg.LinAlgError, match="0 · ∞ here"):
            ma.hessian(lambda x: np.sqrt(only_zero(x)) ** 2, 0.0)
    finally:
        ma.operations.remove("only_zero")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: abs(x[0]) * abs(x[1]),
        lambda x: np.sum(np.maximum(x, -x) ** 2),
        lambda x: np.sum(np.minimum(x, -x) ** 2),
        *(lambda x, p=p: np.linalg.norm(x, p) ** 2 for p in (1, -1, np.inf, -np.inf)),
    ],
)
def test_a_second_derivative_that_is_hidden_by_a_kink_is_refused(f):
    with pytest.raises(np.linalg.LinAlgError, match=r"lost at a kink, as that of max\(x, -x\)\*\*2"):
        ma.hessian(f, np.zeros(2))


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: np.sum(abs(x)), np.zeros((2, 2))),
        (lambda x: np.sum(abs(x) ** 3), np.zeros((2, 2))),
        (lambda x: np.sum(np.where(x == 0, x * x, abs(x) ** 2)), 2 * np.eye(2)),
        (lambda x: np.sum(ma.relu(x) ** 2), np.zeros((2, 2))),
        (lambda x: np.sum(np.maximum(x, 0.0) ** 2), np.eye(2) / 2),
    ],
)
def test_a_kink_that_hides_nothing_keeps_its_slope_in_second_derivatives(f, expected):
    np.testing.assert_allclose(ma.hessian(f, np.zeros(2)), expected, atol=1e-15)


@pytest.mark.filterwarnings("error")
def test_a_second_derivative_is_looked_for_without_a_word():
    """What the caller did not ask for neither warns nor raises, nor is it an anomaly."""
    x = Value(0.0)
    with ma.detect_anomaly(), np.errstate(all="raise"):
        (g,) = ma.gradients(abs(x) ** 1.5, [x], record=True)
    assert g.data == 0.0


def test_rounding_is_not_taken_for_a_second_derivative_that_a_kink_hides():
    """A softmax does not change with the maximum that is taken from the logits, but for what rounding makes of it."""

    def cross_entropy(logits):
        powers = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        logs = np.log(powers / np.sum(powers, axis=1, keepdims=True))
        return -np.mean(np.sum(np.array([[0.0, 0.0, 1.0, 0.0, 0.0]]) * logs, axis=1))

    hessian = ma.hessian(cross_entropy, np.zeros((1, 5))).reshape(5, 5)
    np.testing.assert_allclose(hessian, np.eye(5) / 5 - 1 / 25, atol=1e-15)


@pytest.mark.parametrize("p", [1.5, 3.0, 4.0])
def test_the_square_of_another_norm_of_zero_has_no_second_derivative(p):
    with pytest.raises(np.linalg.LinAlgError, match=r"norm: no second derivative of element \(0,\): it is 0 there"):
        ma.hessian(lambda x: np.linalg.norm(x, p) ** 2, np.zeros(2))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)),
        lambda x: np.sum(np.where(x > 1e-3, np.sqrt(x) * x, x)),
        lambda x: np.sum(np.where(x > 0, x * np.log(x), 0.0)),
    ],
)
def test_a_branch_that_is_not_taken_has_second_derivatives_of_zero(f):
    with np.errstate(all="ignore"):
        assert ma.hessian(f, np.zeros(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (ma.relu, [1.0, 1.0]),
        (lambda v: np.maximum(v, 2.0), [1.0, 0.0]),
        (lambda v: np.minimum(2.0, v), [1.0, 1.0]),
        (lambda v: np.clip(v, 0.0, 2.0), [1.0, 1.0]),
        (lambda v: np.clip(v, None, 0.0), [1.0, 0.0]),
        (ma.hard_tanh, [1.0, 1.0]),
        (ma.leaky_relu, [0.01, 1.0]),
        (np.max, [1.0, 0.0]),
        (lambda v: np.min(np.stack([v, 2.0 * v]), axis=0), [1.5, 1.0]),
        (np.abs, [NAN, 1.0]),
        (ma.elu, [NAN, 1.0]),
    ],
)
def test_of_nan(f, expected):
    """Where the result is NaN, what flows to the NaN that made it is not 0."""
    np.testing.assert_array_equal(slope(f, np.array([NAN, 1.0])), expected)


def test_both_operands_of_a_maximum_that_is_nan_have_its_gradient():
    x, y = Value([NAN, 1.0]), Value([1.0, NAN])
    assert [g.tolist() for g in ma.gradients(np.maximum(x, y).sum(), [x, y])] == [[1.0, 1.0], [1.0, 1.0]]
