"""Statistics where they tie, miss numbers or have none; samples, polynomials; the checker's word on all of them."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest

import microae as ma
from microae.core.engine import newest_first
from microae.core.operation import FACTS, FUNCTIONS
from microae.core.value import Value
from microae.testing import check_gradients

NAN, INF = np.nan, np.inf
X = np.array([[0.3, -1.2, 2.0, 0.7], [1.1, 0.4, -0.6, 1.9], [-0.8, 1.6, 0.1, -1.5]])
GAPPY = np.array([[0.3, NAN, 2.0, 0.7], [1.1, 0.4, -0.6, NAN], [-0.8, 1.6, 0.1, -1.5]])


def slopes(f, *arrays):
    leaves = [Value(x) for x in arrays]
    return [np.asarray(g).tolist() for g in ma.gradients(f(*leaves), leaves)]


# --- the checker ---------------------------------------------------------------------------------------------------

CHECKED = {
    "ptp": lambda x: np.ptp(x, axis=1),
    "median": lambda x: np.median(x, axis=0),
    "quantile": lambda x: np.quantile(x, [0.2, 0.9], axis=1),
    "percentile": lambda x: np.percentile(x, 35, axis=(0, 1), method="hazen"),
    "cov": lambda x: np.cov(x),
    "corrcoef": lambda x: np.corrcoef(x, rowvar=False),
    "gradient": lambda x: np.gradient(x, axis=1, edge_order=2),
    "convolve": lambda x: np.convolve(x[0], x[1], "same"),
    "correlate": lambda x: np.correlate(x[0], x[2], "full"),
    "interp": lambda x: np.interp([-0.2, 0.6, 1.7], [-1.0, 0.0, 1.0, 2.0], x[0]),
    "polyval": lambda x: np.polyval(x[0], x[1]),
    "polymul": lambda x: np.polymul(x[0], x[1]),
    "polyfit": lambda x: np.polyfit([-1.0, 0.5, 1.0, 2.5], x[1], 2),
    "vander": lambda x: np.vander(x[0], 3),
    "piecewise": lambda x: np.piecewise(x, [X > 1], [lambda y: y * y, lambda y: np.sin(y)]),
    "select": lambda x: np.select([X < 0, X > 1], [x**2, np.exp(x)], 1.0),
    "choose": lambda x: np.choose([0, 1, 2, 1], [x[0], x[1] ** 2, x[2]]),
    "partition": lambda x: np.partition(x, 1)[:, 1],
    "apply_along_axis": lambda x: np.apply_along_axis(lambda v: v.max() * v.sum(), 0, x),
    "insert": lambda x: np.insert(x[0], 2, x[1, 0] ** 2),
    "block": lambda x: np.block([[x, x * x], [np.sin(x), x]]),
    "linspace": lambda x: np.linspace(x[0], x[1], 3) ** 2,
    "geomspace": lambda x: np.geomspace(np.exp(x[0]), 3.0, 4),
    "nanmean": lambda x: np.nanmean(x * np.where(np.isnan(GAPPY), NAN, 1.0), axis=1),
    "nanstd": lambda x: np.nanstd(x * np.where(np.isnan(GAPPY), NAN, 1.0), axis=0),
    "nanmedian": lambda x: np.nanmedian(x * np.where(np.isnan(GAPPY), NAN, 1.0)),
}


@pytest.mark.parametrize("name", CHECKED)
def test_the_checker_agrees(name):
    with np.errstate(invalid="ignore"):
        assert check_gradients(CHECKED[name], X, seed=0).verdict == "agrees"


# --- quantiles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
])  # fmt: skip
def test_every_method_is_numpys(method):
    for n, axis in itertools.product((1, 2, 3, 4), (0, 1, None)):
        x, q = X[:n], [[0.0, 0.21], [0.5, 1.0]]
        found = np.quantile(Value(x), q, axis=axis, method=method, keepdims=True)
        np.testing.assert_allclose(found.data, np.quantile(x, q, axis=axis, method=method, keepdims=True), atol=1e-15)


def operations_of(y):
    return sorted(node.operation.name for node in newest_first(y))


def test_a_quantile_picks_from_the_elements_themselves():
    blended = ["add", "getitem", "getitem", "multiply", "multiply"]
    x = Value([3.0, 1.0, 2.0, INF])
    assert operations_of(np.median(x[:3])) == ["getitem"] * 2
    assert operations_of(np.median(x)) == operations_of(np.quantile(x, [0.1, 0.2])) == blended
    assert operations_of(np.quantile(x, [0.1, 1.0])) == [*blended, "where"]  # 0 · ∞
    np.testing.assert_array_equal(np.quantile(x, [0.5, 1 / 3, 1.0]).data, [2.5, 2.0, INF])
    assert operations_of(np.median(Value(X), axis=-1)) == blended


def test_nan_in_a_slice_is_its_quantile():
    for f in (np.median, lambda x, axis: np.quantile(x, 0.3, axis), lambda x, axis: np.percentile(x, 90, axis)):
        for axis in (0, 1, None):
            with np.errstate(invalid="ignore"):
                np.testing.assert_allclose(f(Value(GAPPY), axis=axis).data, f(GAPPY, axis=axis))
    assert np.isnan(np.nanmedian(Value([NAN, NAN])).item())
    assert np.median(Value([INF, 1.0])).item() == INF
    assert np.median(Value([INF, INF, -INF])).item() == INF


def test_two_that_count_half_each_may_tie():
    kinks = FACTS[FUNCTIONS["median"]].kinks
    bends = [[0.0, 3.0, 3.0, 3.0], [1.0, 1.0, 2.0], [0.0, 0.0, 1.0, 2.0]]
    does_not = [[1.0, 1.0], [0.0, 1.0, 1.0, 2.0], [0.0, 1.0, 2.0], [1.0]]
    for x in bends + does_not:
        assert any((gap == 0).any() for gap in kinks(np.array(x))) is (x in bends), x


def test_equal_elements_have_the_slope_of_those_that_are_sorted_there():
    assert slopes(np.median, [1.0, 1.0, 1.0]) == [[0.0, 1.0, 0.0]]
    assert slopes(np.median, [2.0, 1.0, 1.0, 0.0]) == [[0.0, 0.5, 0.5, 0.0]]
    assert slopes(np.ptp, [1.0, 1.0]) == [[0.0, 0.0]]


@pytest.mark.parametrize("call", [
    lambda v: np.median(v[:0]), lambda v: np.quantile(v[:0], 0.5), lambda v: np.nanpercentile(v[:0], 50),
    lambda v: np.quantile(v, 1.5), lambda v: np.percentile(v, -1), lambda v: np.quantile(v, 0.5, method="best"),
    lambda v: np.quantile(v, NAN), lambda v: np.nanquantile(v, [0.5, 1.5]), lambda v: np.nanquantile(v, -0.5),
    lambda v: np.cov(v[:1]), lambda v: np.cov(v[None, None]),
    lambda v: np.cov(v, fweights=[1, 2]), lambda v: np.nanmean(v[:0]),
])  # fmt: skip
def test_what_has_no_statistic(call):
    with pytest.raises(ValueError, match=r"^(median|n?a?n?quantile|n?a?n?percentile|cov|nanmean): "):
        call(Value([1.0, 2.0, 4.0]))


# --- NaN passed over -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanmedian"])
def test_slices_of_nothing_but_nan_are_numpys(name):
    x = np.array([[NAN, NAN], [1.0, NAN], [2.0, 3.0]])
    f = getattr(np, name)
    for axis in (0, 1, None):
        np.testing.assert_allclose(f(Value(x), axis=axis).data, f(x, axis=axis))
    leaf = Value(x)
    (g,) = ma.gradients(f(leaf, axis=1)[1:].sum(), [leaf])
    assert np.isfinite(g).all()
    assert g[0].tolist() == [0.0, 0.0]
    assert g[1, 1] == 0.0


def test_the_deviation_of_a_constant_has_slope_0():
    assert slopes(np.nanstd, [2.0, NAN, 2.0]) == [[0.0, 0.0, 0.0]]
    assert slopes(np.nanmax, [2.0, NAN, 2.0]) == [[0.5, 0.0, 0.5]]


def test_extremes_of_one_sign_and_too_few_for_a_variance():
    assert np.nanmax(Value([-2.0, NAN, -3.0])).item() == -2.0
    assert np.nanmin(Value([2.0, NAN, 3.0])).item() == 2.0
    assert np.isnan(np.nanvar(Value([1.0, NAN]), ddof=2).item())


# --- samples -------------------------------------------------------------------------------------------------------


def test_interpolated_slopes_at_the_points_and_outside():
    """Of the line behind a point, at the last of the line before it, outside 0; the points' own by hand."""
    xp, fp = [0.0, 1.0, 3.0], [1.0, 3.0, 2.0]
    by_x = lambda x, **more: slopes(lambda v: np.interp(v, xp, fp, **more), x)[0]
    assert [by_x(x) for x in (0.0, 0.5, 1.0, 2.0, 3.0, -1.0, 4.0)] == [2.0, 2.0, -0.5, -0.5, -0.5, 0.0, 0.0]
    assert slopes(lambda p, f: np.interp(2.0, p, f), xp, fp) == [[0.0, 0.25, 0.25], [0.0, 0.5, 0.5]]
    left = Value(7.0)
    assert ma.gradients(ma.interp(-1.0, xp, fp, left=left), [left]) == [1.0]
    assert np.interp(Value(5.0), [1.0], [2.0]).item() == 2.0
    for bad in (([], []), ([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]])):
        with pytest.raises(ValueError, match="interp: needs points"):
            np.interp(Value(1.0), *bad)
    with pytest.raises(ValueError, match="period"):
        np.interp(Value(1.0), [1.0], [1.0], period=0)


def test_convolution_is_commutative_and_refuses_matrices():
    a, v = Value([1.0, -2.0, 3.0, 0.5]), Value([0.3, 2.0])
    for mode in ("full", "same", "valid"):
        np.testing.assert_allclose(np.convolve(a, v, mode).data, np.convolve(v, a, mode).data)
        for n, m in itertools.product(range(1, 6), repeat=2):
            x, y = np.arange(1.0, n + 1), np.arange(2.0, m + 2)
            for f in (np.convolve, np.correlate):
                np.testing.assert_allclose(f(Value(x), y, mode).data, f(x, y, mode))
    for call in (lambda: np.convolve(a, X), lambda: np.correlate(a[:0], v), lambda: np.convolve(a, v, "circular")):
        with pytest.raises(ValueError, match=r"^(convolve|correlate): "):
            call()


def test_slopes_of_samples_by_coordinates_that_are_values():
    """``np.gradient`` of ``f`` by coordinates: a parabola's slopes are exact inside, whatever the distances."""
    x = np.array([0.0, 0.5, 2.0, 2.25])
    found = np.gradient(Value(x**2), Value(x), edge_order=2)
    np.testing.assert_allclose(found.data, 2 * x, atol=1e-14)
    for bad in (
        lambda v: np.gradient(v, [1.0, 2.0]),
        lambda v: np.gradient(v[:1]),
        lambda v: np.gradient(v, edge_order=3),
    ):
        with pytest.raises(ValueError, match=r"^gradient: "):
            bad(Value(x))


def test_a_polynomial_is_differentiated_as_mpmath_does():
    coefficients = [1.5, -2.0, 0.0, 3.0]
    p, x = Value(coefficients), Value(1.7)
    y = np.polyval(p, x)
    by_p, by_x = ma.gradients(y, [p, x])
    f = lambda t: sum(c * mpmath.mpf(t) ** (3 - k) for k, c in enumerate(coefficients))
    assert y.item() == pytest.approx(float(f(1.7)))
    assert by_x == pytest.approx(float(mpmath.diff(f, 1.7)))
    assert by_p.tolist() == pytest.approx([1.7**k for k in (3, 2, 1, 0)])
    np.testing.assert_allclose(np.polyder(p).data, np.polyder(coefficients))
    np.testing.assert_allclose(np.polyint(np.polyder(p), k=3.0).data, coefficients)
    for bad in (
        lambda: np.polyval(X, x),
        lambda: np.polyder(p, -1),
        lambda: np.polyint(p, 2, [1.0, 2.0, 3.0]),
        lambda: np.polyfit(p, [1.0], 1),
        lambda: np.polyfit(p, p, -1),
        lambda: np.polyfit(p, p, 1, w=[1.0]),
    ):
        with pytest.raises(ValueError, match=r"^poly(val|der|int|fit): "):
            bad()


@pytest.mark.parametrize("distance", [0.5, np.array([0.0, 1.0, 3.0])])
def test_slopes_of_float32_samples_are_float32(distance):
    samples = np.array([1.0, 4.0, 9.0], np.float32)
    slopes = np.gradient(Value(samples), distance)
    expected = np.gradient(samples, distance)
    np.testing.assert_allclose(slopes.data, expected, rtol=1e-6)
    assert slopes.dtype == expected.dtype == np.float32


def test_weights_of_a_fit_have_a_gradient():
    x, y = np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 0.5, 2.0, 1.0])
    assert (
        check_gradients(lambda w: ma.polyfit(x, y, 1, w=w), np.array([1.0, 0.5, 2.0, 1.5]), seed=0).verdict == "agrees"
    )


def test_a_running_sum_of_several_axes_asks_which():
    with pytest.raises(ValueError, match=r"cumulative_sum: which axis\? An array of shape \(2, 2\) needs axis="):
        np.cumulative_sum(Value(np.ones((2, 2))))


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("f", [np.nanmean, np.nanvar, np.nanstd])
def test_a_number_has_an_axis_where_numpy_lets_it(f, axis):
    x = Value(2.0)
    y = f(x, axis=axis)
    assert (y.shape, y.item()) == ((), f(np.float64(2.0), axis=axis))
    assert ma.gradients(y, [x]) == [1.0 if f is np.nanmean else 0.0]
    with pytest.raises(np.exceptions.AxisError):
        f(x, axis=1)


@pytest.mark.parametrize(("a", "v"), [(2.0, [1.0, 2.0]), ([1.0, 2.0], 2.0), (2.0, 3.0)])
def test_a_number_is_a_vector_of_one_to_a_convolution(a, v):
    x, y = Value(a), Value(v)
    np.testing.assert_array_equal(np.convolve(x, y).data, np.convolve(a, v))
    np.testing.assert_array_equal(ma.gradients(np.convolve(x, y).sum(), [x])[0], np.full(x.shape, np.sum(v)))
