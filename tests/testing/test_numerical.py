"""The numerical slope against derivatives known exactly: within its own error estimate, and the kinks by name."""

from __future__ import annotations

import math
import random

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microae.testing.numerical import EPSILON, slope

SMOOTH = {
    "sin": (np.sin, mpmath.sin),
    "exp": (np.exp, mpmath.exp),
    "tanh": (np.tanh, mpmath.tanh),
    "logistic": (lambda x: 1.0 / (1.0 + np.exp(-x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "cube": (lambda x: x**3 - 2.0 * x, lambda x: x**3 - 2 * x),
    "quotient": (lambda x: 1.0 / (x * x + 1.0), lambda x: 1 / (x * x + 1)),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("analytic", [True, False])
@settings(max_examples=100, deadline=None)
@given(x=st.floats(-3.0, 3.0), factor=st.sampled_from([1.0, 1e-12, 1e12]))
def test_the_error_is_not_underestimated(name: str, analytic: bool, x: float, factor: float) -> None:
    f, exact = SMOOTH[name]
    with mpmath.workdps(40):
        right = factor * float(mpmath.diff(exact, mpmath.mpf(x)))
    found = slope(lambda t: factor * f(x + t), noisy=not analytic, analytic=analytic)
    assert found.kind == "smooth"
    assert abs(found.value - right) <= found.error + 1e-15 * factor * max(1.0, abs(right / factor))
    assert found.error <= 1e-6 * factor * max(1.0, abs(right / factor))


@pytest.mark.parametrize("distance", [1e-3, -1e-3, 1e-5, 1e-7, -1e-7, 1e-9])
def test_a_kink_nearby_is_stepped_around(distance: float) -> None:
    found = slope(lambda t: max(distance + t, 0.0))
    assert found.kind == "smooth"
    assert found.value == pytest.approx(float(distance > 0), abs=1e-6)


@pytest.mark.parametrize(("f", "left", "right"), [
    (abs, -1.0, 1.0),
    (lambda t: max(t, 0.0), 0.0, 1.0),
    (lambda t: max(t, 0.01 * t) + math.sin(t), 1.01, 2.0),
    (lambda t: min(t, -t), 1.0, -1.0),
])  # fmt: skip
def test_at_a_kink_both_slopes_are_told(f, left, right) -> None:
    found = slope(f)
    assert found.kind == "kink"
    assert (found.left, found.right) == pytest.approx((left, right), abs=1e-5)


@pytest.mark.parametrize("f", [
    lambda t: 1.0 if t > 0 else 0.0,
    lambda t: math.sqrt(t),
    lambda t: math.log(t) if t else 0.0,
    lambda t: np.cbrt(t),
])  # fmt: skip
def test_a_jump_an_edge_and_an_infinite_slope_are_not_known(f) -> None:
    found = slope(f)
    assert not found.error <= 0.01 * abs(found.value)


def test_imaginary_parts_that_are_dropped_are_seen() -> None:
    for f in (lambda t: np.exp(t).real, lambda t: np.abs(np.exp(t)), lambda t: float(np.real(np.exp(t)))):
        assert slope(f).value == pytest.approx(1.0, abs=1e-9)


def test_noise_widens_the_error() -> None:
    def noisy(t: float) -> float:
        return (math.sin(t) + 1e6) - 1e6

    found = slope(noisy, noisy=True, analytic=False)
    assert abs(found.value - 1.0) <= found.error
    assert found.error > 1e-12


def test_a_constant_is_flat_for_certain() -> None:
    found = slope(lambda t: 3.0)
    assert (found.value, found.error) == (0.0, 0.0)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1e-6, 1.0, 1e6]), offset=st.sampled_from([0.0, 3.0, 1e4, 1e6]))
def test_rounding_does_not_cost_evaluations(seed: int, size: float, offset: float) -> None:
    """Finer steps that rounding would spoil are not tried: whatever order a machine adds in, the cost is the same."""

    def rounded(t: float) -> float:
        off = random.Random(f"{seed} {t!r}").randint(-1, 1)
        return size * (offset + math.sin(0.7 + t)) * (1.0 + off * EPSILON)

    found = slope(rounded, analytic=False)
    assert found.evaluations <= 1 + 3 * 6
    assert abs(found.value - size * math.cos(0.7)) <= found.error


def test_a_finer_step_is_tried_as_long_as_it_can_help() -> None:
    found = slope(lambda t: abs(t - 1e-11), analytic=False)
    assert (found.kind, found.value) == ("smooth", pytest.approx(-1.0, abs=1e-3))
