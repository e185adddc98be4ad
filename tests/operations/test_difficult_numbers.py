"""Numbers at which a rule written carelessly is wrong without a word."""

import math

import mpmath
import numpy as np
import pytest

import microae as ma
from microae import Value, gradients


def nth_derivative(f, at, n):
    x = Value(at)
    y = f(x)
    for _ in range(n - 1):
        (y,) = gradients(y, [x], record=True)
    return gradients(y, [x])[0]


@pytest.mark.parametrize(
    ("f", "at", "n", "expected"),
    [
        (lambda x: (1 + x) ** x, 0.0, 3, -3.0),
        (lambda x: x**x, 1.0, 4, 8.0),
        (lambda x: x**x, 1.0, 3, 3.0),
        (lambda x: 2.0**x, 0.0, 3, np.log(2.0) ** 3),
        (lambda x: x**3, 0.0, 3, 6.0),
        (lambda x: x**0, 0.0, 1, 0.0),
        (lambda x: x**0, 2.0, 2, 0.0),
        (lambda x: x**1, 0.0, 2, 0.0),
    ],
)
def test_derivatives_of_powers_where_the_exponent_is_zero(f, at, n, expected):
    assert nth_derivative(f, at, n) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_a_power_at_0_has_all_derivatives_by_its_base(exponent):
    for n in range(1, 6):
        expected = math.factorial(n) if n == exponent else 0.0
        assert nth_derivative(lambda x: x ** Value(exponent), 0.0, n) == expected
    if exponent == 1.0:
        with pytest.raises(np.linalg.LinAlgError, match="no second derivative by x and y where x is 0"):
            ma.hessian(lambda v: v[0] ** v[1], np.array([0.0, exponent]))


@pytest.mark.parametrize(("x", "y"), [(2.0, 0.0), (3.0, 1.0), (0.5, 2.0)])
def test_the_hessian_of_a_power_is_symmetric(x, y):
    hessian = ma.hessian(lambda v: v[0] ** v[1], np.array([x, y]))
    log = np.log(x)
    cross = x ** (y - 1) * (1 + y * log)
    np.testing.assert_allclose(hessian, [[y * (y - 1) * x ** (y - 2), cross], [cross, x**y * log**2]], atol=1e-14)


@pytest.mark.parametrize("y", [1.0, 0.5, 0.0, -1.0])
def test_a_power_of_0_has_no_finite_second_derivative_by_base_and_exponent(y):
    """That of xʸ is xʸ⁻¹ (1 + y ln x)."""
    with np.errstate(all="ignore"), pytest.raises(np.linalg.LinAlgError, match=r"x \*\* y has no second derivative by"):
        ma.hessian(lambda v: v[0] ** v[1], np.array([0.0, y]))
    with np.errstate(all="ignore"):  # by each of them alone it is another matter
        assert ma.hessian(lambda x: x**y, 0.0) == {1.0: 0.0, 0.5: -np.inf, 0.0: 0.0, -1.0: np.inf}[y]
        assert ma.hessian(lambda y: 0.0**y, y) == 0.0
    for exponent, by_x in [(1.5, np.inf), (2.0, 2.0), (3.0, 0.0)]:
        with np.errstate(all="ignore"):
            hessian = ma.hessian(lambda v: v[0] ** v[1], np.array([0.0, exponent]))
        assert hessian.tolist() == [[by_x, 0.0], [0.0, 0.0]]


def test_the_spread_of_equal_numbers_has_no_direction():
    """Their mean is rounded, so each differs from it a little, all in the same direction."""
    for numbers in ([0.1, 0.1, 0.1], [1e-3] * 7, [1 / 3] * 10):
        x = Value(numbers)
        for f in (np.std, np.var):
            assert gradients(f(x), [x])[0].sum() == 0.0


def test_soft_targets_of_zero_at_impossible_classes():
    logits = Value([[-np.inf, 0.0, 1.0]])
    loss = ma.cross_entropy(logits, [[0.0, 0.5, 0.5]])
    assert loss.item() == pytest.approx(np.log(1 + np.e) - 0.5)
    np.testing.assert_allclose(gradients(loss, [logits])[0], [[0.0, -0.23105858, 0.23105858]], atol=1e-8)


@pytest.mark.filterwarnings("error")
def test_logits_far_apart():
    logits = Value([[1e308, -1e308, 0.0]])
    loss = ma.cross_entropy(logits, [0])
    assert loss.item() == 0.0
    np.testing.assert_array_equal(gradients(loss, [logits])[0], [[0.0, 0.0, 0.0]])


def test_one_axis_of_a_vector_and_axes_of_a_number():
    x = Value([1.0, 2.0])
    np.testing.assert_array_equal(gradients(np.transpose(x, 0).sum(), [x])[0], [1.0, 1.0])
    assert np.squeeze(Value(3.0), axis=0).shape == np.squeeze(np.array(3.0), axis=0).shape == ()
    with pytest.raises(ValueError, match="axis 1 is out of bounds"):
        np.squeeze(Value(3.0), axis=1)


def test_no_difference_is_the_array_itself():
    x = Value([1.0, 4.0])
    assert np.diff(x, 0) is x
    with pytest.raises(ValueError, match="must not be negative"):
        np.diff(x, -1)


def test_a_training_in_two_parts_is_the_training():
    data = np.random.default_rng(0).random((8, 3))
    ends = []
    for parts in ([4], [2, 2], [1, 3]):
        net = ma.Autoencoder([3, 4, 3], seed=0, noise=0.1, dropout=0.2)
        optimizer, history = ma.Adam(net.parameters(), lr=0.01), ma.History()
        for epochs in parts:
            ma.fit(net, data, optimizer, epochs=epochs, batch_size=3, seed=1, progress=False, history=history)
        ends.append((history.loss, [p.numpy().tobytes() for p in net.parameters()]))
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize(
    "length",
    [np.linalg.norm, np.std, lambda x: np.hypot(x[0], x[1]), lambda x: np.linalg.norm(np.stack([x, x + 1.0]), axis=1)],
)
def test_a_length_of_0_has_no_second_derivative_and_says_so(length) -> None:
    """Rule by rule it would be 0 · ∞."""
    x = ma.Value([0.0, 0.0])
    assert np.isfinite(ma.gradients(length(x).sum(), [x])[0]).all()
    with pytest.raises(np.linalg.LinAlgError, match=r"no second derivative.*: it is 0 there; .*np\.sum\(x \* x\)"):
        ma.hessian(lambda x: length(x).sum(), [0.0, 0.0])
    ma.hessian(lambda x: (length(x) ** 2).sum(), [3.0, 4.0])


@pytest.mark.parametrize("x", [[0.1] * 3, [0.3] * 3, [0.1] * 7, [[0.1] * 3, [0.7] * 3], [5.0, 5.0]])
def test_the_deviation_of_a_constant_has_no_second_derivative_though_rounding_hides_it(x):
    axis = np.ndim(x) - 1
    v = Value(x)
    np.testing.assert_array_equal(gradients(np.std(v, axis=axis).sum(), [v])[0], np.zeros_like(x))
    with pytest.raises(np.linalg.LinAlgError, match="std: no second derivative"):
        ma.hessian(lambda v: np.std(v, axis=axis).sum(), np.array(x))
    near = np.array([0.1, 0.1, 0.1 + 1e-12])
    assert np.isfinite(ma.hessian(np.std, near)).all()


def test_a_number_has_an_axis_0_where_numpy_gives_it_one():
    number, x = np.array(2.0), Value(2.0)
    for f in (lambda v: np.repeat(v, 2, axis=0), lambda v: np.repeat(v, [3], axis=-1),
              lambda v: np.take(v, [0], axis=0), lambda v: np.take(v, 0, axis=0),
              lambda v: np.take(v, [[0, -1]], axis=-1), lambda v: np.squeeze(v, axis=0),
              lambda v: np.sum(v, axis=0), lambda v: np.max(v, axis=-1)):  # fmt: skip
        y = f(x)
        np.testing.assert_array_equal(y.numpy(), f(number))
        assert y.shape == np.shape(f(number))
        assert gradients(np.sum(y), [x]) == [y.size]
    for f in (lambda v: np.repeat(v, 2, axis=1), lambda v: np.take(v, [0], axis=1), lambda v: np.mean(v, axis=0),
              lambda v: np.mean(v, axis=-1), lambda v: np.std(v, axis=0), lambda v: np.var(v, axis=0),
              lambda v: np.average(v, axis=0), lambda v: np.median(v, axis=0),
              lambda v: np.flip(v, axis=0)):  # fmt: skip
        for given in (number, x):
            with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
                f(given)


def test_softmax_of_the_largest_numbers():
    x = Value([1e308, -1e308, 2.0])
    out = ma.softmax(x)
    np.testing.assert_array_equal(out.data, [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(gradients(out[0], [x])[0], np.zeros(3))
    np.testing.assert_array_equal(ma.softmax(np.array([1e308, -1e308, 2.0])), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(ma.log_softmax(x).data[0], 0.0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [1, 100])
def test_far_to_the_left_a_sigmoid_is_0_and_so_is_what_it_multiplies(dtype, size):
    for far in (-750.0, -1e30, np.finfo(dtype).min):
        for f in (ma.silu, lambda x: x * ma.sigmoid(x), ma.sigmoid):
            x = Value(np.full(size, far, dtype))
            y = f(x)
            assert np.all(y == 0.0)
            assert np.all(gradients(y.sum(), [x])[0] == 0.0)
        x = Value(dtype(far))
        assert ma.silu(x).item() == 0.0
        assert gradients(ma.silu(x), [x]) == [0.0]


@pytest.mark.parametrize("f", [np.std, np.nanstd, np.linalg.norm])
@pytest.mark.parametrize(
    ("scale", "dtype"), [(1e160, np.float64), (1e300, np.float64), (1e-170, np.float64), (1e25, "f4"), (1e-25, "f4")]
)
def test_lengths_whose_squares_overflow_or_underflow(f, scale, dtype):
    numbers = np.array([1.0, 2.0, 3.0], dtype)
    x, ordinary = Value(numbers * np.array(scale, dtype)), Value(numbers)
    far, near = f(x), f(ordinary)
    rtol = 10 * np.finfo(dtype).eps
    np.testing.assert_allclose(far.data / np.array(scale, dtype), near.data, rtol=rtol)
    np.testing.assert_allclose(gradients(far, [x])[0], gradients(near, [ordinary])[0], rtol=rtol, atol=rtol)


def test_norms_of_an_order_below_1_have_no_gradient_by_one_element_that_is_0():
    x = Value([0.0, 1.0])
    with np.errstate(all="ignore"):
        slope = gradients(np.linalg.norm(x, 0.5), [x])[0]
    assert np.isnan(slope[0])
    assert slope[1] == 1.0
    assert gradients(np.linalg.norm(x - x.data, 0.5), [x])[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("f", [np.linalg.norm, lambda v, p: np.linalg.vector_norm(v, ord=p)])
@pytest.mark.parametrize(
    ("p", "x"),
    [(-1.0, [1e-20, 1.0]), (-0.5, [1e-40, 1.0]), (-2.0, [1e-9, -1.0]), (3.0, [1.0, 1e-10]), (10.0, [1.3, -1e-3, 2e-4])],
)
def test_a_norm_that_is_nearly_one_element_has_its_second_derivatives(f, p, x):
    with mpmath.workdps(500):
        size = [abs(mpmath.mpf(number)) for number in x]
        length = mpmath.fsum(number**p for number in size) ** (1 / mpmath.mpf(p))
        r = [number / length for number in size]
        expected = [
            [(p - 1) / length * ((r[i] ** (p - 2) if i == j else 0) - (r[i] * r[j]) ** (p - 1)) for j in range(len(x))]
            for i in range(len(x))
        ]
        expected = np.array(expected, float) * np.outer(np.sign(x), np.sign(x))
    np.testing.assert_allclose(ma.hessian(lambda v: f(v, p), np.array(x)), expected, rtol=1e-13)


def test_a_second_derivative_of_a_norm_below_the_least_number_is_zero():
    assert not ma.hessian(lambda v: np.linalg.norm(v, -3), np.array([1e-200, 1.0])).any()
