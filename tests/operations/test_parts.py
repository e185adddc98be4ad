"""Remainders at their jumps, NaN among numbers, and what has no derivative."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.core.value import Value

NAN, INF = np.nan, np.inf


def slopes(f, *arrays):
    leaves = [Value(x) for x in arrays]
    return [g.tolist() for g in ma.gradients(f(*leaves).sum(), leaves)]


@pytest.mark.parametrize(
    ("x", "y"), [(6.0, 3.0), (-6.0, 3.0), (6.0, -3.0), (0.0, 3.0), (1.0, 0.1), (0.6, 0.2), (7.3, -2.1)]
)
def test_a_remainder_is_what_the_derivatives_say_times_its_operands(x, y):
    """``x % y`` is ``x - n y`` with a whole ``n``, at jumps too, and ``n`` is the one that its value says."""
    for f in (np.remainder, np.fmod):
        (by_x,), (by_y,) = slopes(f, [x], [y])
        assert by_x == 1.0
        assert float(f(x, y)) == pytest.approx(x + by_y * y, abs=1e-15)
        assert by_y == round(by_y)


def test_operators_with_remainders():
    v = Value([7.5, -7.5])
    for found, right in (
        (v % 2, [1.5, 0.5]), (20 % v, [5.0, -2.5]), (np.array([1.0, 2.0]) % v, [1.0, -5.5]),
        (v % [2.0, 4.0], [1.5, 0.5]),
        (divmod(v, 2)[1], [1.5, 0.5]), (divmod(20, v)[1], [5.0, -2.5]), (np.divmod(20, v)[1], [5.0, -2.5]),
    ):  # fmt: skip
        assert isinstance(found, Value)
        assert found.data.tolist() == right
    for found, right in (
        (v // 2, [3.0, -4.0]), (20 // v, [2.0, -3.0]), (np.array([1.0, 2.0]) // v, [0.0, -1.0]), (v // v, [1.0, 1.0]),
        (divmod(v, 2)[0], [3.0, -4.0]), (np.modf(v)[1], [7.0, -7.0]),
    ):  # fmt: skip
        assert type(found) is np.ndarray
        assert found.tolist() == right
    v %= 2
    assert v.operation.name == "remainder"


def test_fractions_of_infinity():
    fraction, whole = np.modf(Value([INF, -INF, 2.5]))
    assert fraction.data.tolist() == [0.0, 0.0, 0.5]
    assert whole.tolist() == [INF, -INF, 2.0]


def test_the_sign_of_another():
    assert slopes(lambda x: np.copysign(x, [-1.0, 1.0, -0.0, 1.0]), [2.0, 2.0, -3.0, 0.0]) == [[-1.0, 1.0, 1.0, 0.0]]
    out = np.copysign(Value(np.float32(2.0)), -1.0)
    assert (out.dtype, out.item()) == (np.float32, -2.0)
    assert np.signbit(np.copysign(Value(0.0), -1.0).data)
    assert type(np.copysign(2.0, Value([-1.0, 1.0]))) is np.ndarray  # a step of the sign has no derivative


def test_a_number_is_larger_and_smaller_than_nan():
    x, y = [NAN, 1.0, NAN, 2.0], [3.0, NAN, NAN, 2.0]
    for f in (np.fmax, np.fmin):
        np.testing.assert_array_equal(f(Value(x), y).data, f(x, y))
        assert slopes(f, x, y)[0][:2] == [0.0, 1.0]
        assert slopes(f, x, y)[1][:2] == [1.0, 0.0]
        assert slopes(f, x, y)[0][3] == slopes(f, x, y)[1][3] == 0.5


@pytest.mark.parametrize("options", [{}, {"nan": 7.0}, {"posinf": 1.0, "neginf": -1.0}])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_no_number_is_replaced(options, dtype):
    x = np.array([NAN, INF, -INF, 3.0], dtype)
    out = np.nan_to_num(Value(x), **options)
    np.testing.assert_array_equal(out.data, np.nan_to_num(x, **options), strict=True)
    assert slopes(lambda v: np.nan_to_num(v, **options), x) == [[0.0, 0.0, 0.0, 1.0]]
    with pytest.raises(TypeError, match=r"np\.nan_to_num: the argument 'copy'"):
        np.nan_to_num(Value(x), copy=False)


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-9, 1e-3, 0.3, 1.0, 25.5])
def test_derivatives_of_sinc_keep_their_digits(x):
    mpmath = pytest.importorskip("mpmath")
    f = lambda t: mpmath.sincpi(t)
    leaf = Value(x)
    out = np.sinc(leaf)
    for order in range(1, 5):
        (out,) = ma.gradients(out, [leaf], record=True)
        with mpmath.workdps(60):
            right = float(mpmath.diff(f, mpmath.mpf(x), order, h=mpmath.mpf(10) ** -12))
        assert out.item() == pytest.approx(right, rel=1e-9, abs=1e-12)


def test_minus_infinity_has_no_slope_in_logaddexp2():
    assert slopes(np.logaddexp2, [-INF, 0.0], [-INF, -INF]) == [[0.0, 1.0], [0.0, 0.0]]


def test_numpys_other_names():
    v = Value([-1.0, 0.5])
    for name, x in (("abs", v), ("fabs", v), ("conj", v), ("acos", v), ("atan", v), ("amax", v), ("degrees", v)):
        right = getattr(np, name)(x.data)
        for f in (getattr(ma, name), getattr(np, name)):
            np.testing.assert_allclose(f(x).data, right)
        np.testing.assert_allclose(getattr(x, name)().data, right)
    assert (ma.mod, ma.pow, ma.true_divide, ma.concat) == (ma.remainder, ma.power, ma.divide, ma.concatenate)
    assert {"abs", "mod", "pow", "acos"} <= set(ma.__all__)
    assert not hasattr(v, "concat")
