"""``vjp``, ``jvp``, ``jacobian``, ``hessian``, ``hvp`` against derivatives by hand and against the oracles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microae as ma
from microae import Value, gradients
from tests import oracles

vectors = hnp.arrays(np.float64, st.integers(1, 4), elements=st.floats(-2, 2))
A = np.array([[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]])


def smooth(x, y):
    """A function of a vector (n,) and a matrix (n, m), to (m,)."""
    return np.tanh(x @ y) + np.sin(x).sum() * np.exp(0.1 * y).sum()


@st.composite
def pairs(draw):
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    numbers = st.floats(-2, 2)
    return (
        draw(hnp.arrays(float, n, elements=numbers)),
        draw(hnp.arrays(float, (n, m), elements=numbers)),
        draw(hnp.arrays(float, n, elements=numbers)),
        draw(hnp.arrays(float, (n, m), elements=numbers)),
        draw(hnp.arrays(float, m, elements=numbers)),
    )


@pytest.mark.slow
@given(pairs())
@settings(deadline=None, max_examples=50)
def test_vjp_jvp_and_jacobian_agree_with_the_oracle_and_each_other(drawn):
    x, y, dx, dy, u = drawn
    output, pullback = ma.vjp(smooth, x, y)
    np.testing.assert_array_equal(output, smooth(x, y))
    gx, gy = pullback(u)
    expected = oracles.complex_step(lambda x, y: (u * smooth(x, y)).sum(), [x, y]).values
    np.testing.assert_allclose(gx, expected[0], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(gy, expected[1], rtol=1e-11, atol=1e-11)
    again, pushed = ma.jvp(smooth, (x, y), (dx, dy))
    np.testing.assert_array_equal(again, output)
    np.testing.assert_allclose(u @ pushed, (gx * dx).sum() + (gy * dy).sum(), rtol=1e-11, atol=1e-11)
    Jx, Jy = ma.jacobian(smooth, (x, y))
    assert Jx.shape == output.shape + x.shape
    assert Jy.shape == output.shape + y.shape
    np.testing.assert_allclose(np.tensordot(u, Jx, 1), gx, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(np.tensordot(u, Jy, 1), gy, rtol=1e-11, atol=1e-11)


def scalar(x, y):
    return (np.sin(x @ y) ** 2).sum() + (x * x).sum() * np.exp(0.1 * y).sum()


@pytest.mark.slow
@given(pairs())
@settings(deadline=None, max_examples=30)
def test_hessian_and_hvp_agree_with_the_oracle_and_each_other(drawn):
    x, y, dx, dy, _ = drawn
    H = ma.hessian(scalar, (x, y))

    def slope_along(x, y):  # a complex step of the real gradient, itself by hand
        c = np.cos(x @ y) * 2 * np.sin(x @ y)
        e = np.exp(0.1 * y)
        return ((y @ c + 2 * x * e.sum()) * dx).sum() + ((np.outer(x, c) + (x * x).sum() * 0.1 * e) * dy).sum()

    expected = oracles.complex_step(slope_along, [x, y]).values
    value, (hx, hy) = ma.hvp(scalar, (x, y), (dx, dy))
    assert value == pytest.approx(scalar(x, y), rel=1e-14)
    np.testing.assert_allclose(hx, expected[0], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(hy, expected[1], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(np.tensordot(H[0][0], dx, 1) + np.tensordot(H[0][1], dy, 2), hx, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.tensordot(H[1][0], dx, 1) + np.tensordot(H[1][1], dy, 2), hy, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(H[0][1], np.moveaxis(H[1][0], -1, 0), rtol=1e-10, atol=1e-10)


def test_linear_and_quadratic_functions_exactly():
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ma.jacobian(lambda v: A @ v, x), A)
    np.testing.assert_array_equal(ma.hessian(lambda v: (A @ v) @ (A @ v), x), 2 * A.T @ A)
    np.testing.assert_array_equal(ma.hvp(lambda v: (A @ v) @ (A @ v), x, x)[1], 2 * A.T @ A @ x)
    assert ma.jacobian(lambda v: v * v, 3.0) == 6.0
    assert ma.hessian(lambda v: v**3, 3.0) == 18.0
    assert ma.jacobian(lambda v: v * A, 2.0).shape == A.shape
    assert ma.jacobian(lambda v: v.sum(), A).shape == A.shape


def test_what_does_not_depend_on_an_input_has_derivative_zero():
    x, y = np.ones(2), np.ones(3)
    assert ma.jacobian(lambda x, y: x * 2, (x, y))[1].tolist() == [[0.0] * 3] * 2
    assert not ma.hessian(lambda x: (x * 3).sum(), x).any()
    assert not ma.hvp(lambda x: (x * 3).sum(), x, x)[1].any()
    assert not ma.jvp(lambda x, y: x * 2, (x, y), (np.zeros(2), y))[1].any()
    assert ma.jvp(lambda x: Value(1.0), (x,), (x,)) == (1.0, 0.0)
    assert all(not block.any() for rows in ma.hessian(lambda x, y: x.sum() * 2, (x, y)) for block in rows)


def test_zero_size_inputs_and_outputs():
    assert ma.jacobian(lambda x: x * 2, np.ones((0,))).shape == (0, 0)
    assert ma.jacobian(lambda x: x[:0], np.ones(3)).shape == (0, 3)
    assert ma.hessian(lambda x: (x * x).sum(), np.ones((0, 2))).shape == (0, 2, 0, 2)


def test_jvp_where_a_derivative_is_infinite():
    with np.errstate(divide="ignore"):
        _, tangent = ma.jvp(np.sqrt, (np.array([0.0, 4.0]),), (np.array([1.0, 1.0]),))
        assert tangent.tolist() == [np.inf, 0.25]
        _, tangent = ma.jvp(np.sqrt, (np.array([0.0, 4.0]),), (np.array([0.0, 1.0]),))
        assert tangent.tolist() == [0.0, 0.25]


def test_vjp_jvp_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match="2 primals need as many tangents, got 1"):
        ma.jvp(smooth, (np.ones(2), np.ones((2, 2))), (np.ones(2),))
    with pytest.raises(ValueError, match=r"shape \(2,\), its tangent \(3,\)"):
        ma.jvp(np.exp, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match=r"hvp: the inputs have shapes"):
        ma.hvp(lambda x: x.sum(), np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="must be equal"):
        ma.vjp(np.exp, np.ones(2))[1](np.ones(3))
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        ma.hessian(np.exp, np.ones(2))
    for transform in (ma.jacobian, ma.hessian):
        with pytest.raises(TypeError, match="must be a Value, got float64"):
            transform(lambda x: np.float64(1.0), np.ones(2))
        with pytest.raises(TypeError, match="must be a Value, got tuple"):
            transform(lambda x: (x, x), np.ones(2))


def test_the_pullback_can_be_used_again_and_its_results_are_ones_own():
    x = np.array([1.0, 2.0])
    _, pullback = ma.vjp(lambda v: v + 0.0, x)
    u = np.array([1.0, 10.0])
    (first,) = pullback(u)
    first[:] = 0.0
    assert u.tolist() == [1.0, 10.0]
    assert pullback(u)[0].tolist() == [1.0, 10.0]


def test_values_given_are_points_not_graphs():
    x = Value([1.0, 2.0])
    np.testing.assert_array_equal(ma.jacobian(np.exp, x), np.diag(np.exp([1.0, 2.0])))
    assert x.grad is None


def test_float32_is_kept():
    x = np.ones(2, np.float32)
    output, pullback = ma.vjp(np.exp, x)
    assert output.dtype == pullback(output)[0].dtype == np.float32
    assert ma.jvp(np.exp, (x,), (x,))[1].dtype == np.float32
    assert ma.jacobian(np.exp, x).dtype == ma.hessian(lambda v: np.exp(v).sum(), x).dtype == np.float32
    assert ma.hvp(lambda v: np.exp(v).sum(), x, x)[1].dtype == np.float32


def test_nested_derivatives():
    """A gradient inside a function that is itself differentiated, twice."""

    def inner(x):  # d/dx x⁴ = 4x³
        (slope,) = gradients((x**4).sum(), [x], record=True)
        return slope

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(ma.jacobian(inner, x), np.diag(12 * x**2), rtol=1e-14)
    np.testing.assert_allclose(ma.hessian(lambda v: inner(v).sum(), x), np.diag(24 * x), rtol=1e-14)
    _, tangent = ma.jvp(inner, (x,), (np.ones(2),))
    np.testing.assert_allclose(tangent, 12 * x**2, rtol=1e-14)
    np.testing.assert_allclose(ma.hvp(lambda v: inner(v).sum(), x, np.ones(2))[1], 24 * x, rtol=1e-14)


@given(vectors)
@settings(deadline=None, max_examples=30)
def test_newtons_step_solves_a_quadratic(b):
    n = len(b)
    Q = np.eye(n) * 3.0 + np.ones((n, n))

    def f(v):
        return 0.5 * (v @ Q @ v) - b @ v

    x = np.zeros(n)
    step = np.linalg.solve(ma.hessian(f, x), -ma.vjp(f, x)[1](1.0)[0])
    np.testing.assert_allclose(Q @ (x + step), b, atol=1e-12)


def test_inside_no_grad_they_are_the_same():
    x = np.array([0.5, 2.0])

    def all_of_them():
        f = lambda v: (np.exp(v) * v).sum()
        yield ma.vjp(f, x)[1](1.0)[0]
        yield ma.jvp(f, (x,), (x,))[1]
        yield ma.jacobian(f, x)
        yield ma.hessian(f, x)
        yield ma.hvp(f, x, x)[1]

    with ma.no_grad():
        quiet = list(all_of_them())
        assert (Value(1.0) * 2).operation is None
    for mine, expected in zip(quiet, all_of_them(), strict=True):
        assert np.any(expected)
        np.testing.assert_array_equal(mine, expected)


# --- where they stand --------------------------------------------------------------------------------------------


def test_inside_detect_anomaly_they_are_the_same():
    x = np.array([0.5, 2.0])
    f = lambda v: (np.exp(v) * v).sum()
    plain = [ma.vjp(f, x)[1](1.0)[0], ma.jvp(f, (x,), (x,))[1], ma.jacobian(f, x), ma.hessian(f, x), ma.hvp(f, x, x)[1]]
    with ma.detect_anomaly():
        watched = [
            ma.vjp(f, x)[1](1.0)[0],
            ma.jvp(f, (x,), (x,))[1],
            ma.jacobian(f, x),
            ma.hessian(f, x),
            ma.hvp(f, x, x)[1],
        ]
    for mine, expected in zip(watched, plain, strict=True):
        np.testing.assert_array_equal(mine, expected)


def test_what_is_only_a_means_to_a_product_is_no_anomaly():
    """Finite products, though their sum over the outputs, which serves to differentiate it, is infinite."""
    with ma.detect_anomaly():
        output, tangent = ma.jvp(lambda x: x * np.array([1e300, 1e300]), (1.0,), (0.9e8,))
        assert output.tolist() == [1e300, 1e300]
        np.testing.assert_allclose(tangent, [0.9e308, 0.9e308], rtol=1e-15)
        value, product = ma.hvp(lambda x: (x * np.array([1e300, 1e300])).sum(), [1.0, 1.0], [1.5e8, 1.5e8])
        assert value == 2e300
        assert product.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("how", ["vjp", "jvp", "jacobian", "hessian", "hvp"])
def test_an_anomaly_is_found_inside_them_and_looked_for_afterwards(how):
    transforms = {
        "vjp": lambda f, x: ma.vjp(f, x)[1](1.0),
        "jvp": lambda f, x: ma.jvp(f, (x,), (x,)),
        "jacobian": ma.jacobian,
        "hessian": ma.hessian,
        "hvp": lambda f, x: ma.hvp(f, x, x),
    }
    with np.errstate(all="ignore"), ma.detect_anomaly():
        with pytest.raises(FloatingPointError, match="log: the result has a NaN"):
            transforms[how](lambda x: ma.log(x), -1.0)
        transforms[how](lambda x: x**2, 3.0)
        with pytest.raises(FloatingPointError, match="log: the result has a NaN"):
            ma.log(Value(-1.0))
    with np.errstate(all="ignore"):
        assert np.isnan(ma.log(Value(-1.0)).data)  # and outside the block nobody looks


def test_they_warn_of_nothing_that_is_theirs():
    """0 · ∞ in the sum that serves to differentiate is no news to the caller; the derivative of √0 is."""
    for direction in (0.0, 1.0):
        with np.errstate(divide="ignore"):
            _, tangent = ma.jvp(np.sqrt, (np.array([0.0, 4.0]),), (np.array([direction, 1.0]),))
        assert tangent[1] == 0.25
    ma.jvp(lambda x: x * np.array([1e300, 1e300]), (1.0,), (0.9e8,))


def test_recorded_from_outside_they_leave_their_results_alone():
    x = np.array([0.5, 2.0])
    f = lambda v: (v**3).sum()
    with ma.record() as step:
        slope, hessian, product = ma.vjp(f, x)[1](1.0)[0], ma.hessian(f, x), ma.hvp(f, x, x)
    np.testing.assert_allclose(slope, 3 * x**2, rtol=1e-15)
    np.testing.assert_allclose(hessian, np.diag(6 * x), rtol=1e-15)
    np.testing.assert_allclose(product[1], 6 * x * x, rtol=1e-15)
    assert len(step) > 0


def test_arguments_and_results_are_ones_own():
    x, v = np.array([1.0, 2.0]), np.array([1.0, 1.0])
    f = lambda x: x * 1.0
    results = [
        ma.vjp(f, x)[0],
        ma.vjp(f, x)[1](v)[0],
        ma.jvp(f, (x,), (v,))[0],
        ma.jvp(f, (x,), (v,))[1],
        ma.jacobian(f, x),
        ma.hvp(lambda x: (x * x).sum() / 2, x, v)[1],
        ma.hessian(lambda x: (x * x).sum(), x),
    ]
    for array in results:
        array += 100.0
    assert x.tolist() == [1.0, 2.0]
    assert v.tolist() == [1.0, 1.0]
    output, pullback = ma.vjp(lambda x: x * x, x)
    x[:] = 99.0
    assert pullback(np.ones(2))[0].tolist() == [2.0, 4.0]
    assert output.tolist() == [1.0, 4.0]


def test_scalars_give_numbers_and_tuples_tuples():
    assert type(ma.vjp(lambda x: x * x, 3.0)[0]) is float
    assert type(ma.vjp(lambda x: x * x, 3.0)[1](1.0)) is tuple
    assert ma.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0)) == (6.0, 23.0)
    assert type(ma.jacobian(lambda x: x * x, 3.0)) is float
    assert ma.jacobian(lambda x: x * x, (3.0,)) == (6.0,)
    assert ma.hessian(lambda x: x**3, (3.0,)) == ((18.0,),)
    assert ma.hvp(lambda x: x**3, 3.0, 2.0) == (27.0, 36.0)
    assert ma.hvp(lambda x: x**3, (3.0,), (2.0,)) == (27.0, (36.0,))
    blocks = ma.hessian(lambda x, y: x * x * y, (3.0, 5.0))
    assert blocks == ((10.0, 6.0), (6.0, 0.0))


def test_the_rows_of_a_jacobian_are_the_outputs():
    J = ma.jacobian(lambda x: np.stack([x[0] * x[1], x[0] ** 2, x[2]]).reshape(3, 1), np.array([2.0, 3.0, 5.0]))
    assert J.shape == (3, 1, 3)
    assert J[:, 0].tolist() == [[3.0, 2.0, 0.0], [4.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    A = np.arange(6.0).reshape(2, 3)
    J = ma.jacobian(lambda X: X.T, A)
    assert J.shape == (3, 2, 2, 3)
    assert all(J[j, i, i, j] == 1.0 for i in range(2) for j in range(3))
    assert J.sum() == 6.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_direction_at_a_point_without_second_derivatives(dtype):
    """The gradient cannot be differentiated there, but it need not be: the function is."""
    x, t = np.array([0.0, 2.0], dtype), np.array([1.0, 10.0], dtype)
    for f in (lambda v: abs(v) ** 2, lambda v: np.sqrt(v * v) ** 2, lambda v: np.maximum(v, -v) ** 2):
        with np.errstate(all="ignore"):
            value, tangent = ma.jvp(f, (x,), (t,))
        np.testing.assert_allclose(value, [0.0, 4.0], rtol=1e-6)
        np.testing.assert_allclose(tangent, [0.0, 40.0], rtol=1e-6)
        assert tangent.dtype == dtype
    value, tangent = ma.jvp(lambda x, y: abs(x) ** 2 * y, (0.0, 3.0), (1.0, 1.0))
    assert (value, tangent) == (0.0, 0.0)
    assert type(tangent) is float


def test_gradients_by_two_inputs_are_two_arrays():
    a, b, seed = ma.Value([1.0, 2.0]), ma.Value([3.0, 4.0]), np.array([1.0, 1.0])
    by_a, by_b = ma.gradients(a + b, [a, b], seed)
    by_a *= 5.0
    assert (by_b.tolist(), seed.tolist()) == ([1.0, 1.0], [1.0, 1.0])


def test_jvp_keeps_single_precision_where_there_is_no_second_derivative():
    x = np.array([0.0, 4.0], np.float32)
    value, tangent = ma.jvp(lambda x: np.maximum(x, -x) ** 2, [x], [np.array([0.5, 0.5])])
    assert value.dtype == tangent.dtype == np.float32
    np.testing.assert_array_equal(tangent, [0.0, 4.0])
