"""The numerical slope against derivatives known exactly: within its own error estimate, and the kinks by name."""

from __future__ import annotations

import math
import random

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microae.testing.numerical import EPSILON, shows, slope

SMOOTH = {
    "sin": (np.sin, mpmath.sin),
    "exp": (np.exp, mpmath.exp),
    "tanh": (np.tanh, mpmath.tanh),
    "logistic": (lambda x: 1.0 / (1.0 + np.exp(-x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "cube": (lambda x: x**3 - 2.0 * x, lambda x: x**3 - 2 * x),
    "quotient": (lambda x: 1.0 / (x * x + 1.0), lambda x: 1 / (x * x + 1)),
}


@pytest.mark.slow
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


@pytest.mark.parametrize("frequency", [1e5, 1e7, 1e9, 1e11, 1e13])
@pytest.mark.parametrize("phase", [0.0, 0.4, 1.0])
def test_a_ripple_finer_than_the_steps_is_shown_by_some(frequency: float, phase: float) -> None:
    """For most it is like noise, and their slope is one of the noise."""

    def line(t: float) -> float:
        return math.sin(frequency * t + phase) + 0.1 * t

    right = frequency * math.cos(phase) + 0.1
    found = slope(line, noisy=True, analytic=False, grain=0.0)
    assert abs(found.value - right) <= found.error or shows(line, right, abs(found.value - right), grain=0.0)
    assert not shows(line, -right, abs(right), grain=0.0)


def test_noise_shows_no_slope() -> None:
    for seed in range(20):
        assert not shows(lambda t: t + random.Random(f"{seed} {t!r}").uniform(-1e-6, 1e-6), 1.3, 0.3)  # noqa: B023


def test_a_step_that_the_inputs_round_away_shows_no_slope() -> None:
    """5 + t has few numbers near 5: sin(5 + t) - sin(5) is 0 for the finest steps, but the slope is not."""
    for noisy in (False, True):
        found = slope(lambda t: math.sin(5.0 + t) - math.sin(5.0), noisy=noisy, analytic=False, enough=0.0)
        assert abs(found.value - math.cos(5.0)) <= found.error < 1e-3


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
    """Only what the rounding of its number could hide within reach is not known."""
    for reach in (1.0, 8.0):
        found = slope(lambda t: 3.0, reach=reach)
        assert (found.value, found.error, found.constant) == (0.0, 12.0 * 2.0**-52 / reach, True)


def test_a_change_that_the_first_step_cannot_see_makes_no_constant() -> None:
    """Below the spacing of its numbers 1e13 + sin t stands still; within a step of 1 it moves."""
    found = slope(lambda t: 1e13 + math.sin(t), analytic=False)
    assert not found.constant
    assert abs(found.value - 1.0) <= found.error
    assert found.error > 0.1


def test_steps_follow_the_reach_where_the_usual_ones_show_nothing() -> None:
    """1 + sin(t / 1e150), whose inputs were at 1e-150: nothing happens within a step of 1."""
    found = slope(lambda t: 1.0 + math.sin(t * 1e-150), analytic=False, reach=1e150)
    assert found.kind == "smooth"
    assert found.value == pytest.approx(1e-150, rel=1e-9)
    assert found.step > 1e140
    far = slope(lambda t: 1.0 / (1e-3 + t) + 1e9, analytic=False, reach=1e6)
    assert not far.error <= 0.01 * abs(far.value) or abs(far.value + 1e6) <= far.error


def test_a_second_measurement_has_other_steps() -> None:
    """A ripple that the first steps all meet in the same phase."""

    def rippled(t: float) -> float:
        return t + 1e-3 * math.sin(2.0**18 * math.pi * t)

    first, second = slope(rippled, analytic=False), slope(rippled, analytic=False, shift=0.61)
    assert first.value == pytest.approx(1.0)
    assert abs(second.value - first.value) > 10.0 * first.error


def test_a_spike_is_no_slope() -> None:
    """Of a function that is large at 0 alone, central differences say that it is flat."""
    for found in (
        slope(lambda t: 1e60 if t == 0.0 else 3.0 + t, noisy=noisy, analytic=False) for noisy in (False, True)
    ):
        assert found.kind != "smooth" or found.error > 1e50


@pytest.mark.parametrize(("f", "kind"), [
    (lambda t: 1.0 if t > 0 else 0.0, "jump"), (lambda t: math.copysign(2.0, t) + t, "jump"),
    (lambda t: float(np.cbrt(t)), "steep"), (lambda t: math.sqrt(abs(t)), "steep"), (lambda t: abs(t) ** 0.9, "steep"),
])  # fmt: skip
def test_why_a_slope_is_not_known(f, kind: str) -> None:
    found = slope(f, noisy=True, analytic=False)
    assert (found.kind, found.error) == (kind, math.inf)


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


# --- each number that decides -----------------------------------------------------------------------------------------

FIRST_STEP = 2.0**-14


def test_the_error_of_a_cubic_is_rounding_alone() -> None:
    """Extrapolated central differences are exact for it: what is left is 16 roundings of a sample over the step."""
    found = slope(lambda t: 5.0 + 2.0 * t + t**3, analytic=False)
    largest = 5.0 + 2.0 * FIRST_STEP + FIRST_STEP**3
    assert found.value == pytest.approx(2.0, abs=1e-10)
    assert found.error == pytest.approx(16.0 * 2.0**-52 * largest / FIRST_STEP, rel=0.3)
    assert found.height == pytest.approx(largest, rel=1e-15)
    assert found.scale == pytest.approx(2.0 + FIRST_STEP**2, rel=1e-12)
    assert found.evaluations == 7
    assert (found.low, found.high) == (found.value - found.error, found.value + found.error)


def test_the_error_of_a_quintic_is_twice_what_the_last_extrapolations_changed() -> None:
    """Of t⁵ the differences at h, h/2 and h/4 are h⁴, h⁴/16 and h⁴/256: extrapolated once -h⁴/4 and -h⁴/64."""
    found = slope(lambda t: t + 1e9 * t**5, analytic=False, grain=0.0)
    assert found.error == pytest.approx(2.0 * (1 / 4 - 1 / 64) * 1e9 * FIRST_STEP**4, rel=0.01)
    assert found.value == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("enough", "evaluations"), [(1e-8, 7), (1e-9, 13)])
def test_steps_end_where_the_error_is_small_enough(enough: float, evaluations: int) -> None:
    """At the first step the quintic is known to 6.5e-9, at the second to rounding."""
    found = slope(lambda t: t + 1e9 * t**5, enough=enough, analytic=False, grain=0.0)
    assert found.evaluations == evaluations


def test_by_default_eight_digits_are_enough() -> None:
    assert slope(lambda t: t + 1e9 * t**5, analytic=False).evaluations == 7  # known to 6.5e-9
    assert slope(lambda t: t + 3e9 * t**5, analytic=False).evaluations == 13  # to 2e-8


def test_a_large_error_is_no_error_of_a_steep_line() -> None:
    """The error is compared with how steep the line is nearby, not with a slope that happens to be 0."""
    assert slope(lambda t: 1e4 * t * t, analytic=False).evaluations == 7


@pytest.mark.parametrize(("bend", "kind"), [(1e-10, "smooth"), (2e-10, "kink"), (1e-9, "kink")])
def test_a_kink_is_one_where_the_sides_differ_by_more_than_their_errors(bend: float, kind: str) -> None:
    """The sides of a line are known to 16 roundings over the step, so that 32 of them, 1.2e-10, may be no kink."""
    found = slope(lambda t: t + bend * max(t, 0.0), analytic=False)
    assert found.kind == kind


def test_each_side_of_a_kink_is_extrapolated() -> None:
    """|t| + t³ + t²: the sides are ±1 + h² ± h at step h, and no bend is left of them."""
    found = slope(lambda t: abs(t) + t * t + t**3, grain=0.0)
    assert found.kind == "kink"
    assert (found.left, found.right) == pytest.approx((-1.0, 1.0), abs=1e-12)
    assert found.error < 1e-9
    assert found.value == pytest.approx(0.0, abs=1e-12)
    assert (found.low, found.high) == (found.left - found.error, found.right + found.error)
    falling = slope(lambda t: -abs(t))
    assert (falling.low, falling.high) == (falling.right - falling.error, falling.left + falling.error)


def test_a_kink_between_the_samples_of_the_first_step_is_told_by_the_finer_ones() -> None:
    found = slope(lambda t: abs(t - 1e-3), analytic=False)
    assert (found.kind, found.value) == ("smooth", pytest.approx(-1.0, abs=1e-9))
    assert found.error < 1e-8
    assert found.scale >= 0.9  # of the first step, where the line was seen in full


@pytest.mark.parametrize("least", [1e-6, 1e-9])
@pytest.mark.parametrize("analytic", [True, False])
def test_the_least_noise_is_taken_into_account(least: float, analytic: bool) -> None:
    found = slope(lambda t: t, noisy=True, noise=least, analytic=analytic)
    assert found.step == 2.0**-5  # where noise matters least
    if analytic:  # the slope is known well enough for an imaginary step to be believed
        assert found.error == 4.0 * 2.0**-52
    else:
        assert found.error == pytest.approx(16.0 * least / found.step, rel=1e-6)
    assert slope(lambda t: t, noise=least, analytic=False).error < 1e-10  # a line that is not called noisy has none


@pytest.mark.parametrize("size", [1e-6, 1e-4])
def test_the_noise_is_measured(size: float) -> None:
    """A line with a random ± ``size`` added: three standard deviations of it, 16 times, over the step."""
    found = slope(lambda t: 2.0 * t + random.Random(repr(t)).choice([-size, size]), noisy=True, analytic=False)
    expected = 16.0 * 3.0 * size / found.step
    assert 0.5 * expected <= found.error <= 3.0 * expected
    assert abs(found.value - 2.0) <= found.error


def test_noise_is_the_smaller_of_what_two_spacings_see() -> None:
    """A kink nearby is no noise: the closer samples do not meet it."""
    found = slope(lambda t: 1.0 + t + 100.0 * max(t - 2e-6, 0.0), noisy=True, analytic=False)
    assert (found.kind, found.value) == ("smooth", pytest.approx(1.0, abs=1e-6))


@pytest.mark.parametrize("reach", [0.5, 1.0, 3.0])
def test_how_steep_a_noisy_line_is_within_reach(reach: float) -> None:
    """The most that it changes at half the reach, the reach or twice, on the side on which it changes less."""
    found = slope(lambda t: t * t if t < 0.0 else 10.0 * t * t, noisy=True, reach=reach, analytic=False)
    assert found.scale == pytest.approx(max(10.0 * FIRST_STEP, (2.0 * reach) ** 2 / reach))
    bounded = slope(lambda t: t * t if abs(t) < 1.1 * reach else math.inf, noisy=True, reach=reach, analytic=False)
    assert bounded.scale == pytest.approx(reach)
    near = slope(lambda t: t * t if abs(t) < 0.6 * reach else math.inf, noisy=True, reach=reach, analytic=False)
    assert near.scale == pytest.approx(reach / 4)
    assert slope(lambda t: t * t, reach=reach, analytic=False).scale == pytest.approx(FIRST_STEP)


def test_every_sample_is_counted() -> None:
    calls: list[object] = []

    def line(t):
        calls.append(t)
        return 3.0 * t + 1.0

    for options in ({}, {"analytic": False}, {"noisy": True}, {"noisy": True, "analytic": False}):
        calls.clear()
        assert slope(line, **options).evaluations == len(calls)
    assert slope(lambda t: math.nan).evaluations == 1


# --- the imaginary step -----------------------------------------------------------------------------------------------


def _line(complex_value):
    return lambda t: complex_value(t.imag) if isinstance(t, complex) else 1.0 + t


def test_an_imaginary_step_gives_the_slope_to_four_roundings() -> None:
    found = slope(lambda t: 1.0 + 3.0 * t)
    assert (found.value, found.error) == (3.0, 12.0 * 2.0**-52)
    assert (found.left, found.right) == (3.0, 3.0)
    assert found.evaluations == 6
    assert slope(lambda t: 1.0 + 3.0 * t, analytic=False).error > 1e-13


@pytest.mark.parametrize(("real", "imaginary"), [
    (1.0 + 1e-12, 1.0 + 5e-13),  # the function is not the same one there
    (1.0, 1.0 + 1e-7),  # not within what the real steps know, 3e-8
    (1.0, 1.0 - 1e-7),
    (1.0, 0.0),
    (1.0, math.nan),
])  # fmt: skip
def test_an_imaginary_step_is_believed_only_where_it_fits(real: float, imaginary: float) -> None:
    found = slope(_line(lambda h: complex(real, imaginary * h)))
    assert found.value == pytest.approx(1.0, abs=4e-11)
    assert found.error > 1e-13


def test_an_imaginary_step_that_fits_is_believed() -> None:
    assert slope(_line(lambda h: complex(1.0 + 1e-15, (1.0 + 5e-13) * h))).value == 1.0 + 5e-13


@pytest.mark.parametrize("error", [TypeError, ZeroDivisionError, RuntimeError, np.linalg.LinAlgError])
def test_a_function_that_takes_no_complex_numbers(error: type[Exception]) -> None:
    def refuse(h):
        raise error

    assert slope(_line(refuse)).value == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, ValueError, IndexError, np.linalg.LinAlgError])
def test_where_a_function_cannot_be_computed_it_is_nan(error: type[Exception]) -> None:
    def line(t):
        if t > 0.0:
            raise error
        return t

    found = slope(line)
    assert (found.kind, found.error) == ("unclear", math.inf)
    assert slope(lambda t: math.nan).error == math.inf
    with pytest.raises(KeyError):
        slope(lambda t: {}[t])


def test_the_finest_step_is_tried_beside_a_large_number() -> None:
    """At 2⁻⁴¹ rounding leaves ±0.01, and that is less than from -1 to 1."""
    found = slope(lambda t: 1.0 + abs(t - 1e-12), analytic=False)
    assert (found.kind, found.value) == ("smooth", pytest.approx(-1.0, abs=0.1))


def test_a_change_that_is_lost_in_rounding_makes_no_constant() -> None:
    """Below a kink at 1e-12 all samples of the finest step are equal: the slope is not exactly 0 for that."""
    found = slope(lambda t: 1.5 + 1e-3 * t + 1000.0 * max(t - 1e-12, 0.0), analytic=False)
    assert found.kind == "smooth"
    assert 0.0 < abs(found.value - 1e-3) <= found.error


@pytest.mark.parametrize(("line", "most"), [
    (lambda t: 3.0 + 0.0 * t.real, 12),
    (lambda t: max(t.real, 0.0), 10),
    (np.sin, 6),
])  # fmt: skip
def test_what_is_clear_at_once_takes_few_evaluations(line, most: int) -> None:
    assert slope(line).evaluations <= most


def test_a_slope_is_told_from_a_jump_by_the_first_steps() -> None:
    """The noise takes 12 evaluations, the slopes 6 each."""
    assert slope(math.sin, noisy=True).evaluations <= 45


def test_fine_steps_that_rounding_freezes_hide_no_slope() -> None:
    """A third of t, but to ten digits after the point: from 1e-10 on nothing changes."""
    found = slope(lambda t: round(t / 3.0 * 2.0**31) / 2.0**31, analytic=False)
    assert 0.0 < abs(found.value - 1 / 3) <= found.error < 1e-3
    flat = slope(lambda t: max(abs(t) - 1e-9, 0.0), analytic=False)  # no smooth slope is seen there
    assert abs(flat.value) <= flat.error
