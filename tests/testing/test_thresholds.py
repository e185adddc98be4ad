"""How wrong a gradient must be to be called wrong, how well a slope must be known to say so, and how often."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.testing import GradientCheckError, Report, check_gradient_function, check_gradients, check_vjp
from microae.testing.reports import Finding

X = np.array([0.7, -0.4, 1.1])
ONE = np.array([0.7])


def report_of(check, *inputs, seed=0, **options) -> Report:
    try:
        return check(*inputs, seed=seed, **options)
    except GradientCheckError as error:
        return error.report


def verdict(f, gradient, *inputs) -> str:
    return report_of(check_gradient_function, f, gradient, *inputs).verdict


# --- a gradient that is a little wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong_by", "expected"), [(1e-8, "disagrees"), (1e-9, "disagrees"), (1e-11, "agrees")])
def test_float64_is_held_to_nine_digits(wrong_by: float, expected: str) -> None:
    assert verdict(lambda x: np.sum(np.sin(x)), lambda x: (1.0 + wrong_by) * np.cos(x), X) == expected
    assert verdict(lambda x: 1e-9 * np.sum(np.sin(x)), lambda x: 1e-9 * (1.0 + wrong_by) * np.cos(x), X) == expected


@pytest.mark.parametrize(("wrong_by", "expected"), [(1e-3, "disagrees"), (3e-4, "disagrees"), (2e-5, "agrees")])
def test_float32_is_held_to_four_digits_of_float64(wrong_by: float, expected: str) -> None:
    f, x = (lambda x: np.sum(np.sin(x))), X.astype(np.float32)
    assert verdict(f, lambda x: (1.0 + wrong_by * (x.dtype == np.float32)) * np.cos(x), x) == expected


@pytest.mark.parametrize(("wrong_by", "expected"), [(3e-4, "disagrees"), (2e-5, "agrees")])
def test_a_gradient_that_is_always_float32_is_held_to_four_digits(wrong_by: float, expected: str) -> None:
    def gradient(x):
        return (np.cos(x) * (1.0 + wrong_by)).astype(np.float32)

    for x in (X, X.astype(np.float32)):
        assert verdict(lambda x: np.sum(np.sin(x)), gradient, x) == expected


def test_with_float32_inputs_the_gradient_in_float64_is_held_to_nine_digits() -> None:
    def gradient(x, y):
        return 1.00003 * y, 1.00003 * x

    for x, y in [(X, X), (X, X.astype(np.float32)), (X.astype(np.float32), X.astype(np.float32))]:
        assert verdict(lambda x, y: np.sum(x * y), gradient, x, y) == "disagrees"


@pytest.mark.parametrize(("wrong_by", "expected"), [(1e-7, "disagrees"), (1e-9, "agrees")])
def test_a_gradient_beside_a_large_value_is_held_to_that_values_rounding(wrong_by: float, expected: str) -> None:
    """2⁻⁴⁶ of 10⁶ is 1.4e-8."""
    assert verdict(lambda x: 1e6 + np.sum(np.sin(x)), lambda x: np.cos(x) + wrong_by, ONE) == expected


def test_the_worst_relative_error_is_reported() -> None:
    report = report_of(check_gradient_function, lambda x: np.sum(x * x), lambda x: 2.0 * x * (1.0 + 1e-10), ONE)
    assert report.verdict == "agrees"
    assert report.worst == pytest.approx(1e-10, rel=0.05)


# --- a slope that is not well known -----------------------------------------------------------------------------------


def noisy(amplitude: float):
    def f(x):
        noise = random.Random(repr(x.tolist())).choice([-amplitude, amplitude])
        return float(np.sum(np.real(x))) + noise  # by real parts: no imaginary step

    return f


@pytest.mark.parametrize(("amplitude", "expected"), [(1e-9, "agrees"), (3e-7, "agrees"), (3e-6, "inconclusive")])
def test_a_slope_known_to_less_than_three_digits_says_nothing(amplitude: float, expected: str) -> None:
    """Known to about 16 · 3 · 32 times the amplitude: 1e-6, 1e-3 and 1e-2."""
    assert verdict(noisy(amplitude), np.ones_like, ONE) == expected


@pytest.mark.parametrize(("factor", "expected"), [(1.01, "inconclusive"), (1.015, "inconclusive"), (1.04, "disagrees")])
def test_a_difference_must_be_ten_times_what_is_not_known(factor: float, expected: str) -> None:
    """The slope is known to about 0.002."""
    assert verdict(noisy(1e-6), lambda x: factor * np.ones_like(x), ONE) == expected


def test_a_gradient_that_is_not_finite_where_the_slope_is_known() -> None:
    assert verdict(noisy(1e-9), lambda x: np.nan * x, ONE) == "disagrees"
    assert verdict(noisy(1e-4), lambda x: np.nan * x, ONE) == "inconclusive"


@pytest.mark.parametrize(("wrong_by", "expected"), [(2.0, "inconclusive"), (60.0, "disagrees")])
def test_a_difference_must_be_sixteen_times_what_the_gradient_scatters(wrong_by: float, expected: str) -> None:
    def gradient(x):
        noise = random.Random(repr(x.tolist()))
        return np.cos(x) + 1e-4 * np.array([wrong_by + noise.uniform(-1.0, 1.0) for _ in x])

    assert verdict(lambda x: np.sum(np.sin(x)), gradient, X) == expected


@pytest.mark.parametrize("seed", range(3))
def test_slopes_that_add_up_nowhere_excuse_a_gradient_that_is_right_along_each_axis(seed: int) -> None:
    def f(x):
        a, b = np.real(x)
        return a * b**2 / (a**2 + b**2 or 1.0)

    def gradient(x):
        a, b = x
        return np.array([b**2 * (b**2 - a**2), 2.0 * a**3 * b]) / ((a**2 + b**2) ** 2 or 1.0)

    report = report_of(check_gradient_function, f, gradient, np.zeros(2), seed=seed)
    assert (report.verdict, report.findings[0].cause) == (
        "inconclusive",
        "not differentiable here: its slopes do not add up",
    )


def test_a_kink_beside_which_the_slopes_leave_its_own_is_not_the_only_one() -> None:
    """Beside x = 0 the slopes of |x| ± 1/5 are ± 6/5, a tenth of their difference farther than on the axis."""

    def f(x):
        a, b = np.real(x)
        return np.abs(a) + 0.2 * a * b / (np.hypot(a, b) or 1.0)

    report = report_of(check_gradient_function, f, lambda x: np.array([1.1, 0.0]), np.zeros(2))
    assert report.verdict == "inconclusive"
    assert report.findings[0].cause.startswith("several kinks meet here")


@pytest.mark.parametrize("small", [1e-8, 1e-3])
def test_a_wrong_element_beside_one_of_another_scale_is_found(small: float) -> None:
    """An element near 0 moves no farther than that beside the one that is wrong: the logarithm ends there."""
    x = np.array([small, 1.0, 2.0])
    assert verdict(lambda x: np.sum(np.log(x)), lambda x: [1.0, 1.5, 1.0] / x, x) == "disagrees"


def test_scales_do_not_hinder_the_proof() -> None:
    """sin(1e8 + t) changes beyond recognition within the steps of a number like 1e8."""
    report = report_of(
        check_gradient_function, lambda x: np.sum(np.sin(x)), lambda x: [1.0, 1.5, 1.0] * np.cos(x),
        np.array([1e8, 1.0, 2.0]),
    )  # fmt: skip
    assert (report.verdict, report.findings[0].element) == ("disagrees", (1,))


# --- enough points ----------------------------------------------------------------------------------------------------


def nothing_known(x):
    """A function whose slope is not known anywhere."""
    return x * float("nan")


@pytest.mark.parametrize(
    ("unclear", "expected"), [(0, "agrees"), (5, "agrees"), (6, "inconclusive"), (9, "inconclusive")]
)
def test_half_of_the_points_must_be_conclusive(unclear: int, expected: str) -> None:
    points = st.sampled_from([float(k) for k in range(10)])

    def f(x):
        return x * x if np.real(x) > unclear - 0.5 else x * np.nan

    report = report_of(check_gradient_function, f, lambda x: 2.0 * x, points)
    assert (report.points, report.conclusive, report.verdict) == (10, 10 - unclear, expected)


def test_one_wrong_point_among_unclear_ones_disagrees() -> None:
    points = st.sampled_from([float(k) for k in range(10)])
    report = report_of(
        check_gradient_function,
        lambda x: x * x if np.real(x) > 8.5 else x * np.nan,
        lambda x: 3.0 * x,
        points,
    )
    assert report.verdict == "disagrees"
    assert [finding.verdict for finding in report.findings] == ["disagrees"]


def test_what_is_unclear_of_the_gradient_says_nothing_of_its_gradient() -> None:
    report = report_of(check_gradients, nothing_known, ONE, order=3)
    assert [(finding.order, finding.verdict, finding.kind) for finding in report.findings] == [
        (1, "inconclusive", "unclear")
    ]
    assert report.inputs == (ONE,)


def test_a_run_that_agrees_has_no_findings() -> None:
    points = st.sampled_from([0.0, 1.0, 2.0])
    report = report_of(check_gradient_function, lambda x: np.real(x) * 2.0 if x else x * np.nan, lambda x: 2.0, points)
    assert (report.verdict, report.conclusive, report.findings, report.inputs) == ("agrees", 2, [], ())


# --- the options of the three checks ----------------------------------------------------------------------------------


def right_twice():
    """x³ whose rule gives the first and the second derivative rightly, and 0 for the third."""

    @ma.operation(name="right_twice")
    def cube(x):
        return x**3

    def rule(g, out, x):
        known = x.data if isinstance(x, ma.Value) else x
        return g * 3.0 * known * (2.0 * x - known)

    cube.vjps = (rule,)
    return cube


@pytest.fixture
def cube():
    yield right_twice()
    from microae.operations import remove

    remove("right_twice")


@pytest.mark.parametrize(("order", "expected"), [(1, "agrees"), (2, "agrees"), (3, "disagrees")])
def test_the_order_is_how_often_a_function_is_differentiated(cube, order: int, expected: str) -> None:
    report = report_of(check_gradients, cube, X, order=order)
    assert report.verdict == expected
    assert {finding.order for finding in report.findings} == ({3} if order == 3 else set())


def test_by_default_the_second_order_is_checked() -> None:
    calls = report_of(check_gradients, np.tanh, X)
    once, twice = (report_of(check_gradients, np.tanh, X, order=order) for order in (1, 2))
    assert calls.gradient_evaluations == twice.gradient_evaluations > once.gradient_evaluations
    assert once.evaluations == twice.evaluations


def test_evaluations_are_counted() -> None:
    """Two calls come first; each of two directions takes 4 samples and an imaginary step; one gradient is asked for."""
    calls = {"f": 0, "gradient": 0}

    def f(x):
        calls["f"] += 1
        return np.sum(x * x)

    def gradient(x):
        calls["gradient"] += 1
        return 2.0 * x

    report = report_of(check_gradient_function, f, gradient, X)
    assert (report.evaluations, report.gradient_evaluations) == (calls["f"], calls["gradient"]) == (12, 1)
    second = report_of(check_gradients, np.tanh, X)
    assert (second.evaluations, second.gradient_evaluations) == (12, 1 + 1 + 1 + 12)  # no imaginary step of a gradient


def test_where_middle_elements_tie_a_check_is_cheap() -> None:
    """Each element is looked along once or twice; both gradients are computed, no slope of the second."""
    assert report_of(check_gradients, np.median, np.zeros(5)).evaluations <= 150
    assert report_of(check_gradients, np.sort, np.zeros(5)).evaluations <= 150  # kinks that are clear show no noise
    assert report_of(check_gradients, np.abs, np.zeros(5)).gradient_evaluations == 2


CHECKS = {
    "gradients": lambda *inputs, **options: check_gradients(nothing_known, *inputs, **options),
    "vjp": lambda *inputs, **options: check_vjp(nothing_known, lambda g, x: g, *inputs, **options),
    "gradient function": lambda *inputs, **options: check_gradient_function(
        nothing_known, lambda x: x, *inputs, **options
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_examples_seed_and_progress_are_used(name: str) -> None:
    done: list[None] = []
    points = st.floats(-3.0, 3.0)
    report = report_of(CHECKS[name], points, examples=7, seed=4, progress=lambda: done.append(None))
    assert (report.verdict, report.points, report.conclusive, report.seed) == ("inconclusive", 7, 0, 4)
    assert len(done) == 7
    again, other = (report_of(CHECKS[name], points, examples=7, seed=seed) for seed in (4, 5))
    assert again.inputs == report.inputs
    assert other.inputs != report.inputs
    assert report_of(CHECKS[name], points).points == 100


def test_without_a_seed_each_run_has_its_own() -> None:
    first, second = (check_gradients(np.sin, X) for _ in range(2))
    assert first.seed != second.seed
    assert check_gradients(np.sin, X, seed=first.seed) == first


def seeds_of(seed: int) -> list[np.ndarray]:
    """What arrives at a hand-written rule."""
    arrived: list[np.ndarray] = []

    def vjp(g, x):
        arrived.append(g)
        return g * np.cos(x)

    check_vjp(np.sin, vjp, np.linspace(-1.0, 1.0, 400), seed=seed)
    return arrived


def test_every_element_counts_and_not_all_have_one_sign() -> None:
    g, _, negative = seeds_of(0)[:3]
    np.testing.assert_array_equal(negative, -g)
    assert ((abs(g) >= 0.5) & (abs(g) <= 1.0)).all()
    assert 100 < (g > 0).sum() < 300
    assert np.ptp(abs(g)) > 0.45
    np.testing.assert_array_equal(g, seeds_of(0)[0])
    assert (g != seeds_of(1)[0]).all()


def test_two_directions_are_looked_along() -> None:
    moved = set()

    def f(x):
        moved.add(tuple(np.sign(np.real(x - 5.0)).tolist()))
        return np.sum(x)

    check_gradient_function(f, np.ones_like, np.full(6, 5.0), seed=0)
    assert len(moved - {(0.0,) * 6}) == 4  # two directions and their opposites


# --- where it is wrong ------------------------------------------------------------------------------------------------


def test_at_most_three_wrong_elements_are_named_and_the_first_ones() -> None:
    report = report_of(check_gradient_function, lambda x: np.sum(x * x), lambda x: x, np.arange(1.0, 9.0))
    assert [finding.element for finding in report.findings] == [(0,), (1,), (2,)]


def test_a_failure_costs_no_second_look_and_under_given_names_one_element() -> None:
    """Hypothesis shrinks by failing again and again."""
    found: list[Report] = []

    @settings(database=None)
    @given(st.just(np.arange(1.0, 9.0)))
    def test(x):
        found.append(report_of(check_gradient_function, lambda x: np.sum(x * x), lambda x: x, x))

    test()
    alone = report_of(check_gradient_function, lambda x: np.sum(x * x), lambda x: x, np.arange(1.0, 9.0))
    assert [finding.element for finding in found[0].findings] == [(0,)]
    assert [finding.cause for finding in found[0].findings] == [alone.findings[0].cause]
    assert found[0].evaluations <= 600
    assert alone.evaluations <= 1500


@pytest.mark.parametrize(("size", "cause"), [(64, "the sign is wrong"), (65, "")])
def test_the_cause_is_looked_for_in_small_inputs(size: int, cause: str) -> None:
    report = report_of(check_gradient_function, lambda x: np.sum(x * x), lambda x: -2.0 * x, np.ones(size))
    assert report.findings[0].cause == cause


def test_a_scalar_input_has_no_element() -> None:
    report = report_of(check_gradient_function, lambda x, y: x * y, lambda x, y: (y, 2.0 * x), 2.0, 3.0)
    (finding,) = report.findings
    assert (finding.input, finding.element, finding.cause) == (
        "input 1", (), "off by a constant factor: multiply by 1/2",
    )  # fmt: skip


def test_inputs_are_numbered_with_those_that_do_not_move() -> None:
    report = report_of(check_gradient_function, lambda k, x: k * np.sum(x), lambda k, x: np.ones_like(x), 3, X)
    assert report.findings[0].input == "input 1"


def test_a_kink_is_told_with_both_slopes_and_only_outside_of_them() -> None:
    for between in (0.0, 0.5, 1.0):
        assert verdict(lambda x: np.sum(np.maximum(x, 0.0)), lambda x: between + 0.0 * x, np.zeros(1)) == "agrees"  # noqa: B023
    report = report_of(
        check_gradient_function, lambda x: np.sum(np.maximum(x, 0.0)), lambda x: -0.5 + 0.0 * x, np.zeros(1)
    )
    (finding,) = report.findings
    assert (finding.kind, finding.low, finding.high) == ("kink", pytest.approx(0.0, abs=1e-9), pytest.approx(1.0))
    assert finding.cause.startswith("at a kink")
    assert "slopes on the two sides" in str(finding)


@pytest.mark.parametrize(("gradient", "shape", "says"), [
    (lambda x: np.ones(2), (3,), "the gradient has shape (2,), the input (3,)"),
    (lambda x: np.ones((2, 3)), (3,), "(2, 3), the input (3,): not summed over a broadcast axis"),
])  # fmt: skip
def test_a_wrong_shape_is_a_finding(gradient, shape, says) -> None:
    report = report_of(check_gradient_function, lambda x: np.sum(x), gradient, np.ones(shape))
    (finding,) = report.findings
    assert (report.verdict, finding.kind, finding.cause.endswith(says)) == ("disagrees", "shape", True)
    assert "automatic" not in str(finding)


def test_gradients_of_all_inputs_or_of_the_moving_ones() -> None:
    def f(k, x):
        return k * np.sum(x)

    assert verdict(f, lambda k, x: k * np.ones_like(x), 3, X) == "agrees"
    assert verdict(f, lambda k, x: (None, k * np.ones_like(x)), 3, X) == "agrees"
    with pytest.raises(TypeError, match="grad returned 3 gradients for 1"):
        check_gradient_function(f, lambda k, x: (1.0, 2.0, 3.0), 3, X)
    with pytest.raises(TypeError, match="grad returned None as the gradient by input 0; return an array"):
        check_gradient_function(lambda x: np.sum(x**2), lambda x: None, np.ones(3))
    with pytest.raises(TypeError, match="vjp returned 2 gradients for 1"):
        check_vjp(np.sin, lambda g, x: (g, g), X)
    with pytest.raises(TypeError, match=r"one number, its shape is \(3,\)"):
        check_gradient_function(np.sin, np.cos, X)


# --- the report -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("automatic", "numerical", "digits"), [
    (1.0, 1.0, 16), (1.0, 1.0 + 3e-7, 6), (1.0, 1.5, 0), (1.0, -1.0, 0), (0.0, 0.0, 16), (np.nan, 1.0, 0),
    (100.0, 100.2, 2), (0.0, 1e-9, 0), (np.inf, np.inf, 0), (1e-9, 1.0001e-9, 4),
])  # fmt: skip
def test_the_digits_that_agree(automatic: float, numerical: float, digits: int) -> None:
    assert Finding("disagrees", "smooth", 1, "input 0", (0,), automatic, numerical).digits == digits


def test_the_text_of_a_finding_and_of_a_report() -> None:
    finding = Finding("disagrees", "kink", 2, "input 3", (1, 2), 0.5, 2.0, 0.25, 1.5, 2.5, "a guess")
    assert str(finding) == (
        "input 3, element [1, 2], order 2: kink\n"
        "  automatic 0.5\n"
        "  numerical 2.0 ± 0.2, 0 digits agree\n"
        "  slopes on the two sides: 1.5 and 2.5\n"
        "  likely cause: a guess"
    )
    report = Report("disagrees", 5, 4, 30, 6, 1.24e-9, 7, [finding], (np.array([1.0]) / 3.0, 2.0))
    assert str(report) == (
        f"gradients: disagrees\n{finding}\nat the inputs array([0.3333333333333333]), 2.0\n"
        "5 points, 4 conclusive; 30 evaluations of the function, 6 of the gradient; seed 7"
    )
    assert "; worst relative error 1.2e-09; seed 7" in str(Report("agrees", 5, 5, 30, 6, 1.24e-9, 7))
    assert "  given     0.5\n" in str(replace(finding, source="given"))
    assert str(replace(finding, verdict="inconclusive")).endswith("  because: a guess")
    assert "at the inputs" not in str(Report(inputs=(1.0,)))
