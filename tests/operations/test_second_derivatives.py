"""Second derivatives at kinks and where lengths are 0: those of the whole function, or refused with what to do."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.core.value import Value

ZERO, ROWS = np.zeros(2), np.array([[3.0, 4.0], [0.0, 0.0]])
POINTS = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]])


def numerical_hessian(f, x, h=1e-3):
    """Fourth-order central differences of the plain function."""
    at = [h * e.reshape(x.shape) for e in np.eye(x.size)]

    def mixed(h, k):
        return (f(x + h + k) - f(x + h - k) - f(x - h + k) + f(x - h - k)) / 4.0

    return np.array([[(4.0 * mixed(h, k) - mixed(2 * h, 2 * k) / 4.0) / 3.0 for k in at] for h in at]) / h**2


def distances(x):
    return np.linalg.norm(x[:, None] - x[None], axis=-1)


def normalized(x, eps):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), eps)


def clipped(x):
    return x * np.minimum(1.0, 1.0 / (np.linalg.norm(x) + 1e-6))


def huber(x):
    small = np.minimum(abs(x), 1.0)
    return np.sum(0.5 * small**2 + (abs(x) - small))


def cross_entropy(z):
    return np.sum(np.maximum(z, 0.0) - z * 0.3 + np.log1p(np.exp(-abs(z))))


def shifted(x):
    """The logarithm of the sum of exponentials, which no shift changes but for rounding."""
    shift = abs(x[0])
    return shift + np.log(np.sum(np.exp(x - shift)))


def product_and_last(x):
    return x[0] * x[1] + x[1]


def standardized(x):
    return (x - np.mean(x, axis=1, keepdims=True)) / (np.std(x, axis=1, keepdims=True) + 0.1)


SMOOTH = {
    "the square of a norm": (lambda x: np.linalg.norm(x) ** 2, ZERO),
    "of the norms of rows": (lambda x: np.sum(np.linalg.norm(x, axis=1) ** 2), ROWS),
    "of a product of norms": (lambda x: np.linalg.norm(x) * np.linalg.norm(x), ZERO),
    "of hypot": (lambda x: np.hypot(x[0], x[1]) ** 2, ZERO),
    "of a deviation": (lambda x: np.sum(np.std(x, axis=1) ** 2), np.array([[1.0, 2.0, 4.0], [5.0, 5.0, 5.0]])),
    "of one with NaNs": (lambda x: np.nanstd(np.append(x, np.nan), ddof=1) ** 2, np.full(3, 5.0)),
    "of absolute values": (lambda x: np.sum(abs(x) ** 2), np.array([0.0, 2.0])),
    "of copysign": (lambda x: np.sum(np.copysign(x, 1.0) ** 2), ZERO),
    "a product of absolute values": (lambda x: np.sum(abs(x) * abs(x)), ZERO),
    "cosh of one": (lambda x: np.cosh(abs(x[0])) * x[1], np.array([0.0, 2.0])),
    "cos of a norm": (lambda x: np.cos(np.linalg.norm(x)), ZERO),
    "a root of a norm": (lambda x: np.sqrt(np.linalg.norm(x) ** 2 + 1.0), ZERO),
    "the fourth power": (lambda x: np.linalg.norm(x) ** 4, ZERO),
    "that of another norm": (lambda x: np.linalg.norm(x, 3) ** 4, ZERO),
    "a product with what is 0 twice": (lambda x: abs(x[0]) * (x[1] - 1.0) ** 2, np.array([0.0, 1.0])),
    "rows that are normalized": (lambda x: np.sum(normalized(x, 0.5)[0] ** 3), ROWS),
    "a small row that is": (lambda x: np.sum(normalized(x, 0.5) ** 3), ROWS),
    "clipping that does nothing": (lambda x: np.sum(clipped(x) ** 2), ZERO),
    "a norm under a maximum": (lambda x: np.sum((x / np.maximum(np.linalg.norm(x), 1.0)) ** 2), ZERO),
    "a masked norm": (lambda x: np.sum(np.linalg.norm(x, axis=1) * np.array([1.0, 0.0])), ROWS),
    "a norm that is not selected": (lambda x: np.linalg.norm(x, axis=1)[0], ROWS),
    "distances of pairs": (lambda x: np.sum(distances(x) * (1.0 - np.eye(3))), POINTS),
    "the upper triangle": (lambda x: np.sum(distances(x)[np.triu_indices(3, 1)]), POINTS),
    "a Gaussian kernel": (lambda x: np.sum(np.exp(-(distances(x) ** 2))), POINTS),
    "Huber's loss": (huber, np.array([0.0, 0.5, 2.0])),
    "binary cross-entropy": (cross_entropy, np.array([0.0, 1.0])),
    "zeros that tie": (lambda x: np.sum(np.exp(np.maximum(ma.relu(x), ma.relu(2.0 * x)) - x * x)), -np.ones(2)),
    "a shift that does nothing": (shifted, np.array([0.0, 0.1, 0.2])),
    "a constant row, standardized": (lambda x: np.sum(standardized(x) ** 3), np.array([[1.0, 2.0, 4.0], [5.0] * 3])),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_smooth_function_with_a_kink_inside_has_its_second_derivatives(name):
    f, x = SMOOTH[name]
    np.testing.assert_allclose(ma.hessian(f, x).reshape(x.size, -1), numerical_hessian(f, x), atol=1e-5)


NOT_SMOOTH = {
    "norm": [
        (lambda x: np.linalg.norm(x), ZERO),
        (lambda x: np.linalg.norm(x) * (x @ [1.0, 2.0]), ZERO),
        (lambda x: np.linalg.norm(x, 3) ** 2, ZERO),
        (lambda x: np.sum(np.linalg.norm(x, axis=1)) ** 2, np.zeros((2, 2))),
        (lambda x: np.prod(np.linalg.norm(x, axis=1)), np.zeros((2, 2))),
        (lambda x: np.sum(distances(x)), POINTS),
    ],
    "hypot": [(lambda x: np.hypot(x[0], 0.0) * np.hypot(x[1], 0.0), ZERO)],
    "absolute": [
        (lambda x: abs(x[0]) * abs(x[1]), ZERO),
        (lambda x: np.sum(x * abs(x)), ZERO),
        (lambda x: abs(x[0]) * (x[1] - 1.0), np.array([0.0, 1.0])),
        (lambda x: np.max(abs(x)) ** 2, ZERO),
        (lambda x: product_and_last(abs(x)), ZERO),
        (lambda x: abs(x[0] * x[1]), ZERO),
        (lambda x: np.sum(abs(x**2)), ZERO),
    ],
    "maximum": [
        (lambda x: np.sum(np.maximum(x, -x) ** 2), ZERO),
        (lambda x: np.sum(np.maximum(x**2, 0.0)), ZERO),
        (lambda x: np.maximum(x[0] ** 2, x[1] ** 2), ZERO),
    ],
    "max": [
        (lambda x: np.max(np.stack([x[0], -x[0]])) ** 2, ZERO),
        (lambda x: np.sum(np.max(np.stack([x, -x]), axis=0, keepdims=True) ** 2), ZERO),
        (lambda x: np.max(x) ** 2, ZERO),
        (lambda x: np.max(np.stack([x[0] ** 2, 2.0 * x[0] ** 2])), ZERO),
        (lambda x: np.sum(np.max(np.stack([x, x + x**2, x - x**2], axis=-1), axis=-1)), ZERO),
    ],
    "min": [(lambda x: x[0] + np.min(np.stack([x[0] ** 2, x[0] ** 2 + (x[1] - x[0]) ** 2])), ZERO)],
    "minimum": [
        (lambda x: np.sum(np.minimum(0.0, x**2)), ZERO),
        (lambda x: np.maximum(x[0], x[1]) + np.log1p(np.exp(np.minimum(x[0], x[1]) - np.maximum(x[0], x[1]))), ZERO),
    ],
    "relu": [(lambda x: np.sum(ma.relu(x**2)), ZERO), (lambda x: ma.relu(x[0] * x[1]), ZERO)],
    "leaky_relu": [(lambda x: np.sum(ma.leaky_relu(-(x**2))), ZERO)],
    "elu": [(lambda x: np.sum(ma.elu(x**2, alpha=2.0)), ZERO)],
    "clip": [
        (lambda x: np.sum(np.clip(-(x**2), 0.0, 1.0)), ZERO),
        (lambda x: np.sum(np.clip(1.0 + x**2, 0.0, 1.0)), ZERO),
    ],
}


@pytest.mark.parametrize(("name", "f", "x"), [(name, *case) for name, cases in NOT_SMOOTH.items() for case in cases])
def test_what_has_no_second_derivative_is_refused_by_name(name, f, x):
    leaf = Value(x)
    assert np.isfinite(ma.gradients(f(leaf), [leaf])[0]).all()
    with pytest.raises(np.linalg.LinAlgError, match=rf"^{name}: (a|no) second derivative.*(write|leave it out)"):
        ma.hessian(f, x)


def test_the_element_is_named():
    with pytest.raises(np.linalg.LinAlgError, match=r"^norm: no second derivative of element \(1, 0\): it is 0 there"):
        ma.hessian(lambda x: np.sum(np.linalg.norm(x, axis=1, keepdims=True)), ROWS)
    with pytest.raises(np.linalg.LinAlgError, match=r"^absolute: a second derivative of element \(1,\) is"):
        ma.hessian(lambda x: np.sum(x * abs(x)), np.array([1.0, 0.0]))


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: np.sum(abs(x)), [[0.0, 0.0], [0.0, 0.0]]),
        (lambda x: np.sum(np.exp(-abs(x))), [[1.0, 0.0], [0.0, 1.0]]),
        (lambda x: np.sum(ma.relu(x)), [[0.0, 0.0], [0.0, 0.0]]),
        (lambda x: np.sum(np.maximum(x, 0.0)), [[0.0, 0.0], [0.0, 0.0]]),
        (lambda x: np.maximum(x[0], x[1]) * np.exp(np.sum(x)), [[1.0, 1.0], [1.0, 1.0]]),
        (lambda x: np.sum(ma.elu(x**2)), [[2.0, 0.0], [0.0, 2.0]]),
        (lambda x: np.max(np.outer([1.0, 2.0, 3.0], x)) * np.exp(np.sum(x)), [[2.0, 2.0], [2.0, 2.0]]),
    ],
)
def test_at_a_kink_that_stays_the_second_derivative_is_that_of_its_sides(f, expected):
    np.testing.assert_allclose(ma.hessian(f, ZERO), expected)


def test_what_is_right_twice_only_is_not_differentiated_a_third_time():
    x = Value(0.0)
    for f, second in (
        (lambda x: abs(x) ** 2, 2.0),
        (lambda x: abs(x) ** 3, 0.0),
        (lambda x: np.hypot(x, 0.0) ** 4, 0.0),
    ):
        (g,) = ma.gradients(f(x), [x], record=True)
        (h,) = ma.gradients(g, [x], record=True)
        assert h.data == second
        with pytest.raises(np.linalg.LinAlgError, match="second derivative"):
            ma.gradients(h, [x])


def test_what_is_masked_has_all_derivatives():
    x = Value(ROWS)
    y = np.sum(np.linalg.norm(x, axis=1) * np.array([1.0, 0.0]))
    for _ in range(3):
        y = ma.gradients(y, [x], record=True)[0][0, 0]
    exact = 3.0 * 3.0 * (9.0 / 25.0 - 1.0) / 5.0**3  # of x³ for r = √(x² + y²)
    assert y.data == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("f", [lambda x: ma.sinc(x), lambda x: np.sinc(x)])
def test_sinc_at_0(f):
    np.testing.assert_allclose(ma.hessian(f, 0.0), -(np.pi**2) / 3)


@pytest.mark.parametrize("small", [1e-3, 1e-200])
@pytest.mark.parametrize(
    "length",
    [
        np.linalg.norm,
        lambda x: np.linalg.norm(x, ord=2, axis=0),
        lambda x: np.linalg.norm(x[None]),
        lambda x: np.hypot(x[0], x[1]),
        lambda x: np.hypot(x[1], x[0]),
    ],
)
def test_a_length_that_is_nearly_one_element_has_no_cancellation(length, small):
    """With ``r³ = 1e18`` the exact Hessian is ``[[y², −xy], [−xy, x²]] / r³``."""
    for big in (1e6, -1e6):
        exact = np.array([[small * small, -big * small], [-big * small, big * big]]) / 1e18
        np.testing.assert_allclose(ma.hessian(length, [big, small]), exact, rtol=1e-15)


def test_rows_of_which_one_element_leads_or_none():
    rows = np.array([[1e6, 1e-3, 1e-4], [3.0, 4.0, 12.0], [1e-2, -1e-3, 1e5]])
    hessian = ma.hessian(lambda x: np.sum(np.linalg.norm(x, axis=1)), rows)
    for i, x in enumerate(rows):
        others = [np.sum(np.delete(x, j) ** 2) for j in range(3)]
        exact = (np.diag(others) - np.outer(x, x) * (1 - np.eye(3))) / np.linalg.norm(x) ** 3
        np.testing.assert_allclose(hessian[i, :, i, :], exact, rtol=1e-13)


@pytest.mark.parametrize("x", [1e-300, 1e-160, 1e-20, 1e-3, 2.0])
def test_the_second_derivative_of_x_to_the_x(x):
    exact = x**x * ((np.log(x) + 1.0) ** 2 + 1.0 / x)
    np.testing.assert_allclose(ma.hessian(lambda v: v**v, x), exact, rtol=1e-14)
    np.testing.assert_allclose(ma.hessian(lambda v: np.sum(v**v), [x, 3.0])[0, 0], exact, rtol=1e-14)


@pytest.mark.parametrize("far", [-1e300, -1e160, -50.0, 50.0, 1e160, 1e300])
@pytest.mark.parametrize("f", [ma.erfc, ma.gelu])
def test_what_has_become_straight_has_no_further_derivatives(f, far):
    x = Value(far)
    y = ma.gradients(f(x), [x], record=True)[0]
    for _ in range(3):
        (y,) = ma.gradients(y, [x], record=True)
        assert y.data == 0.0
