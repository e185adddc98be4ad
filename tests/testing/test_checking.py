"""What the checks accept, what they say of a fault, and that a run with too little to say fails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

import microae as ma
from microae.operations import remove
from microae.testing import GradientCheckError, Report, check_gradient_function, check_gradients, check_vjp
from microae.testing.strategies import arrays
from tests.testing.wrong import WRITTEN


def failing(check, *args, **options) -> Report:
    with pytest.raises(GradientCheckError) as caught:
        check(*args, seed=0, **options)
    assert str(caught.value) == str(caught.value.report)
    return caught.value.report


def cause_of(f, gradient, *inputs) -> str:
    report = failing(check_gradient_function, f, gradient, *inputs)
    assert report.verdict == "disagrees"
    return report.findings[0].cause


X = np.array([1.0, 2.0, -0.5])
A = np.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize(("f", "gradient", "inputs", "cause"), [
    (lambda x: np.sum(x**2), lambda x: x, (X,), "multiply by 2"),
    (lambda x: np.mean(x**2), lambda x: 2.0 * x, (X,), "multiply by 1/3"),
    (lambda x: np.sum(np.sin(x)), lambda x: -np.cos(x), (X,), "the sign is wrong"),
    (lambda x: np.sum(np.sin(x)), lambda x: 0.0 * x, (X,), "the gradient is zero"),
    (lambda W: np.sum(W * A), lambda W: A.T, (np.ones((3, 3)),), "transposed"),
    (lambda x: np.sum(x**3 + x), lambda x: 3.0 * x**2, (X,), "the same number is missing everywhere: 1"),
    (lambda x: np.sum(x * X), lambda x: X[::-1], (X,), "reverse order"),
    (lambda x: np.sum(x * X), lambda x: np.where(X > 1.5, 0.0, X), (X,), "only this element"),
    (lambda x: np.sum(np.exp(x) + x**2), lambda x: np.exp(x), (X,), "a term is missing or wrong"),
    (lambda x: np.sum(x**2), lambda x: x * np.nan, (X,), "not finite"),
])  # fmt: skip
def test_the_likely_cause_is_guessed(f, gradient, inputs, cause) -> None:
    assert cause in cause_of(f, gradient, *inputs)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize(("f", "gradient", "inputs", "cause"), [
    (lambda x: np.sum(sigmoid(x)), sigmoid, np.zeros(3), "a term is missing or wrong"),  # not half of it
    (lambda x: np.sum(sigmoid(x)), sigmoid, 0.0, "a term is missing or wrong"),
    (lambda x: x * x, lambda x: -2.0 * x, 1.0, "the sign is wrong"),
    (lambda x: np.sum(x**3), lambda x: 1.0 * x, np.ones(3), "a term is missing or wrong"),  # not a third of it
    (lambda x: np.sum(x**2), lambda x: 1.0 + 2.0 * x, np.zeros(3), "the same number is missing everywhere: -1"),
    (lambda x: np.sum(np.sin(x)), lambda x: 1.001 * np.cos(x), np.zeros(3), "multiply by 0.999001"),
    (lambda x: np.sum(np.sin(x)), lambda x: np.where(x == 0.0, 0.0, np.cos(x)), np.zeros(3), ""),  # right elsewhere
    (lambda x: np.sum(np.sin(x)), lambda x: -np.cos(x), np.zeros(3), "the sign is wrong"),
    (lambda x: np.sum(x**2), lambda x: x, arrays((3,)), "multiply by 2"),
    (lambda x: np.sum(sigmoid(x)), sigmoid, arrays((3,)), "a term is missing or wrong"),
    (np.max, lambda x: 1.0 * (x == x.max()), arrays((4,)), "the gradients of the elements do not add up"),
    (np.max, lambda x: 0.0 * x, np.ones(3), "the gradients of the elements do not add up"),
])  # fmt: skip
def test_a_cause_is_told_from_numbers_that_differ_and_are_not_0(f, gradient, inputs, cause) -> None:
    found = cause_of(f, gradient, inputs)
    assert cause in found
    assert bool(cause) == bool(found)


def test_a_bias_that_is_not_summed_over_the_batch() -> None:
    x = np.ones((5, 2))

    def vjp(g, W, b):
        return x.T @ g, g

    report = failing(check_vjp, lambda W, b: x @ W + b, vjp, np.ones((2, 3)), np.zeros(3))
    assert "not summed over a broadcast axis" in str(report)
    assert "input 1" in str(report)


def test_the_report_says_where_how_much_and_how_exactly() -> None:
    def gradient(x, y):
        return y, np.where(np.arange(3) == 1, 2.0, 1.0) * x

    report = failing(check_gradient_function, lambda x, y: np.sum(x * y), gradient, X, X)
    (finding,) = report.findings
    assert (finding.input, finding.element, finding.order) == ("input 1", (1,), 1)
    assert finding.automatic == 4.0
    assert abs(finding.numerical - 2.0) <= finding.error < 1e-10
    text = str(report)
    assert all(part in text for part in ("input 1", "[1]", "given     4.0", "±", "digits agree", "seed 0"))


def test_values_arrays_and_numbers() -> None:
    assert check_gradients(lambda a, b: a * b, 2.0, ma.Value(3.0), seed=0).verdict == "agrees"
    assert check_gradients(np.tanh, X, seed=0).points == 1
    report = check_gradients(lambda x, flip: -x if flip["flip"] else x, X, {"flip": True}, seed=0)
    assert report.verdict == "agrees"
    with pytest.raises(TypeError, match="nothing to differentiate"):
        check_gradients(lambda k: k, np.arange(3))
    for order in (0, 1.5, "2"):
        with pytest.raises(ValueError, match=f"order must be a whole number of at least 1, got {order!r}"):
            check_gradients(np.sin, X, order=order)


def test_what_is_no_function_is_named() -> None:
    with pytest.raises(TypeError, match="check_gradients: f must be a function, got 5"):
        check_gradients(5, X)
    with pytest.raises(TypeError, match="check_vjp: vjp must be a function, got 5"):
        check_vjp(np.sin, 5, X)
    with pytest.raises(TypeError, match="check_gradient_function: grad must be a function, got None"):
        check_gradient_function(np.sum, None, X)


@pytest.fixture
def noisy_sine():
    """The sine, whose rule is random."""
    rng = np.random.default_rng(0)
    sine = ma.operation(name="noisy_sine")(lambda x: np.sin(x))
    sine.vjps = (lambda g, out, x: g * np.cos(x) * rng.random(),)
    yield sine
    remove("noisy_sine")


def test_a_gradient_that_is_random_is_named(noisy_sine) -> None:
    """Dropout leaves out elements, noise changes all of them a little; neither is a wrong gradient."""
    rng = np.random.default_rng(0)

    def dropout(x):
        return 2.0 * x * (rng.random(x.shape) < 0.5)

    def noisy(g, x):
        return g * np.cos(x) * (1.0 + 1e-6 * rng.normal(size=x.shape))

    with pytest.raises(ValueError, match="check_gradient_function: dropout is random: two calls at the same point"):
        check_gradient_function(lambda x: np.sum(x * x), dropout, X)
    with pytest.raises(ValueError, match="check_vjp: noisy is random"):
        check_vjp(np.sin, noisy, X)
    with pytest.raises(ValueError, match="check_gradients: the gradient of noisy_sine is random"):
        check_gradients(noisy_sine, X)


def test_a_second_derivative_that_where_cuts_off_is_no_agreement() -> None:
    """Of sin(x)/x it is -1/3 at 0, not 0; fine steps show 0, for the terms of the first derivative cancel there."""
    with pytest.raises(GradientCheckError) as caught:
        check_gradients(lambda x: np.where(x == 0.0, 1.0, np.sin(x) / x), 0.0, seed=0)
    (finding,) = caught.value.report.findings
    assert (caught.value.report.verdict, finding.order, finding.automatic) == ("inconclusive", 2, 0.0)
    assert finding.numerical == pytest.approx(-1 / 3, abs=1e-4)
    assert 0.0 < finding.error < 1e-4


@pytest.fixture
def sinc():
    """sin(x)/x, with a rule of its derivative that is wrong at 0 alone."""

    def second(g, out, x):
        x = x.data if isinstance(x, ma.Value) else x
        y = np.where(x == 0.0, 1.0, x)
        return g * np.where(x == 0.0, -1.0, -np.sin(y) / y - 2.0 * np.cos(y) / y**2 + 2.0 * np.sin(y) / y**3)

    @ma.operation(name="sinc_derivative")
    def first(x):
        y = np.where(x == 0.0, 1.0, x)
        return np.where(x == 0.0, 0.0, np.cos(y) / y - np.sin(y) / y**2)

    first.vjps = (second,)
    sinc = ma.operation(name="sinc_of_radians")(lambda x: np.sinc(x / np.pi))
    sinc.vjps = (lambda g, out, x: g * first(x),)
    yield sinc
    remove("sinc_derivative")
    remove("sinc_of_radians")


def test_a_second_derivative_that_is_wrong_at_one_number_alone(sinc) -> None:
    with pytest.raises(GradientCheckError) as caught:
        check_gradients(sinc, np.zeros(1), seed=1)
    (finding,) = caught.value.report.findings
    assert (finding.verdict, finding.order, finding.element) == ("disagrees", 2, (0,))
    assert finding.numerical == pytest.approx(-1 / 3, abs=1e-4)


def test_several_outputs_of_any_shape() -> None:
    assert check_gradients(lambda x: [x.sum(), x * x, np.split(x, 3)[0]], X, seed=0).verdict == "agrees"
    assert check_vjp(lambda x: (np.sin(x), x.sum()), lambda g, x: g[0] * np.cos(x) + g[1], X, seed=0)


def test_constants_and_the_third_order() -> None:
    assert check_gradients(lambda x: np.sum(x * 0.0) + 1.0, X, seed=0).verdict == "agrees"
    assert check_gradients(lambda x: ma.Value(3.0), X, seed=0).verdict == "agrees"
    assert check_gradients(np.tanh, X, order=3, seed=0).verdict == "agrees"


@pytest.mark.slow
def test_strategies_are_drawn_and_the_failure_is_shrunk() -> None:
    def gradient(x):
        return 2.0 * x if x < 5.0 else x

    report = failing(check_gradient_function, lambda x: x * x, gradient, st.floats(-100.0, 100.0))
    assert report.inputs == (5.0,)  # where the gradient jumps
    again = failing(check_gradient_function, lambda x: x * x, gradient, st.floats(-100.0, 100.0))
    assert str(again) == str(report)
    done: list[None] = []
    report = check_gradients(np.tanh, st.floats(-20.0, 20.0), seed=1, examples=60, progress=lambda: done.append(None))
    assert report.points == len(done) == 60


def test_a_strategy_of_tuples_gives_several_inputs() -> None:
    pairs = st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
    assert check_gradients(lambda x, y: x * y, pairs, seed=0, examples=10).points == 10


def test_a_slope_that_underflows_accuses_nobody() -> None:
    """Beside a subnormal number the differences of the product are 0."""
    with pytest.raises(GradientCheckError) as caught:
        check_gradients(lambda x, y: x * y, st.just(0.0), st.just(5e-323), seed=0, examples=5)
    assert caught.value.report.verdict == "inconclusive"


def test_too_few_conclusive_points_fail() -> None:
    report = failing(check_gradient_function, lambda x: np.sum(np.floor(x)), lambda x: 0.0 * x, np.zeros(3))
    assert (report.verdict, report.points, report.conclusive) == ("inconclusive", 1, 0)


@pytest.mark.slow
def test_a_second_order_kink_is_no_fault() -> None:
    for f in (ma.relu, np.abs, ma.leaky_relu, np.max, np.sort, lambda v: np.maximum(v, 0.0)):
        for x in (np.zeros(1), np.zeros(2), np.zeros((2, 3)), np.ones(3)):
            report = check_gradients(f, x, seed=0)
            assert (report.verdict, report.tallies[1, "input 0"].judged) == ("agrees", 1)
            assert check_gradients(f, x, order=1, seed=0).verdict == "agrees"
    assert "input 0, order 2: no derivative was found at 1 point" in str(check_gradients(ma.relu, 0.0))


def test_float32_is_held_to_what_float32_can() -> None:
    x = X.astype(np.float32)
    assert check_gradients(lambda v: np.sum(np.exp(v) * v), x, seed=0).verdict == "agrees"
    cause = cause_of(lambda v: np.sum(v.astype(np.float32) ** 2), lambda v: 2.02 * v, x)
    assert "factor" in cause


def test_a_complex_half_is_not_trusted() -> None:
    def f(x):
        return np.sum(np.real(x) ** 2 + 0.0 * x)

    assert check_gradient_function(f, lambda x: 2.0 * x, X, seed=0).verdict == "agrees"


def test_the_network_of_the_paper_in_few_evaluations() -> None:
    net = ma.Autoencoder([400, 125, 400], seed=0)
    data = np.random.default_rng(0).uniform(size=(4, 400))

    def loss(W1, b1, W2, b2):
        return ma.binary_cross_entropy(ma.sigmoid(ma.leaky_relu(data @ W1 + b1) @ W2 + b2), data)

    report = check_gradients(loss, *(p.numpy() for p in net.parameters()), seed=0)
    assert report.evaluations + report.gradient_evaluations <= 60


FAR = ["relu6", "hard sigmoid", "clip far from 0", "Huber loss that is linear far from 0", "log cosh"]


@pytest.mark.parametrize("name", FAR)
def test_a_fault_far_from_0_is_found_by_default(name: str) -> None:
    written = WRITTEN[name]
    ((_, wrong),) = written.wrong.items()
    assert failing(check_gradient_function, written.f, wrong, *written.inputs).verdict == "disagrees"


@pytest.mark.parametrize("check", [
    lambda: check_gradient_function(lambda x: np.sum(x.__imul__(2.0)), lambda x: 2.0 * np.ones(3), np.ones(3)),
    lambda: check_gradient_function(lambda x: np.sum(x * x), lambda x: x.__imul__(2.0), np.ones(3)),
    lambda: check_vjp(lambda x: x.__imul__(2.0), lambda g, x: 2.0 * g, np.ones(3)),
])  # fmt: skip
def test_a_function_that_changes_its_input_is_said_to_do_that(check) -> None:
    with pytest.raises(ValueError, match="changes input 0 in place"):
        check()


def test_numbers_of_other_kinds_are_named() -> None:
    for dtype in (np.float16, np.complex128):
        with pytest.raises(TypeError, match=f"there is {np.dtype(dtype)}"):
            check_gradients(np.sin, np.ones(3, dtype))
    for check in (
        lambda: check_gradient_function(lambda x: np.sum(x * 1j), lambda x: x, X),
        lambda: check_vjp(lambda x: x * 1j, lambda g, x: g, X),
        lambda: check_gradients(lambda x: X * 1j, X),
    ):
        with pytest.raises(TypeError, match="returned complex numbers"):
            check()


TIED = {
    "all that tie": (np.max, lambda x: 1.0 * (x == x.max()), np.ones(3)),
    "none that tie": (np.max, lambda x: 0.0 * x, np.ones(3)),
    "neither": (np.maximum, lambda x, y: (1.0 * (x > y), 1.0 * (y > x)), 1.0, 1.0),
    "both": (lambda x, y: abs(x - y), lambda x, y: (2.0 * (x >= y) - 1.0, 2.0 * (y >= x) - 1.0), 1.0, 1.0),
}


@pytest.mark.parametrize("name", TIED)
def test_a_wrong_share_of_a_tie_is_found(name: str) -> None:
    f, gradient, *inputs = TIED[name]
    report = failing(check_gradient_function, f, gradient, *inputs)
    assert report.verdict == "disagrees"
    assert report.findings[0].input == "all inputs, moved alike"


@pytest.mark.parametrize("gradient", [
    lambda x: 1.0 * (x == x.max()) / np.sum(x == x.max()),
    lambda x: 1.0 * (np.arange(3) == x.argmax()),
])  # fmt: skip
def test_any_share_of_a_tie_that_adds_up_agrees(gradient) -> None:
    for seed in range(4):
        assert check_gradient_function(np.max, gradient, np.ones(3), seed=seed).verdict == "agrees"


def test_kinks_of_elements_that_do_not_tie_are_no_wrong_shares() -> None:
    def f(x):
        return np.sum(np.clip(x / 6.0 + 0.5, 0.0, 1.0))

    for seed in (6, 12, 21):
        report = check_gradient_function(f, lambda x: (np.abs(x) < 3.0) / 6.0, np.array([0.0, 3.0, -3.0]), seed=seed)
        assert report.verdict == "agrees"


TOO_LONG = {
    "0.99 each": (lambda x: np.sqrt(np.sum(x * x)), lambda x: np.full(x.shape, 0.99), np.zeros(10)),
    "1 each": (lambda x: np.sqrt(np.sum(x * x)), np.ones_like, np.zeros(3)),
    "of a concave function": (lambda x: -np.sqrt(np.sum(x * x)), np.ones_like, np.zeros(3)),
    "two inputs": (lambda x, y: abs(x - y) + abs(x + y), lambda x, y: (1.9, 1.9), 0.0, 0.0),
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_a_subgradient_lies_between_the_slopes_along_every_direction(name: str) -> None:
    f, gradient, *inputs = TOO_LONG[name]
    assert failing(check_gradient_function, f, gradient, *inputs).verdict == "disagrees"


COEFFICIENTS = np.array([1.0, 2.0, -1.0, 0.5, -0.5, 1.0, 2.0, -2.0, 3.0, 1.0])
KINKED = {
    "convex and concave": (lambda x: np.sum(COEFFICIENTS * np.abs(x)), lambda x: 1.0 * COEFFICIENTS, np.zeros(10)),
    "one concave among many": (
        lambda x: np.sum(np.abs(x)) - 4.0 * abs(x[7]), lambda x: np.where(np.arange(20) == 7, 3.0, 1.0), np.zeros(20),
    ),
    "norm": (lambda x: np.sqrt(np.sum(x * x)), lambda x: np.full(x.shape, 0.99) / np.sqrt(x.size), np.zeros(10)),
    "difference": (lambda x, y: abs(x) - abs(y), lambda x, y: (1.0, 1.0), 0.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKED)
def test_other_functions_have_gradients_beyond_the_slopes(name: str) -> None:
    """Clarke's generalised gradient, of which the chain rule gives elements."""
    f, gradient, *inputs = KINKED[name]
    for seed in range(4):
        assert check_gradient_function(f, gradient, *inputs, seed=seed).verdict == "agrees"


NOT_FINITE = {
    "inf": (lambda x: np.sum(np.abs(x)), lambda x: np.where(x == 0.0, np.inf, np.sign(x))),
    "0 / |0|": (lambda x: np.sum(np.abs(x)), lambda x: x / np.abs(x)),
    "relu(0) / 0": (lambda x: np.sum(np.maximum(x, 0.0)), lambda x: np.maximum(x, 0.0) / x),
}


@pytest.mark.parametrize("inputs", [arrays((3,)), 0.0, np.zeros(80)])
@pytest.mark.parametrize("name", NOT_FINITE)
def test_a_gradient_that_is_not_finite_at_a_kink_is_found(name: str, inputs) -> None:
    report = failing(check_gradient_function, *NOT_FINITE[name], inputs)
    assert (report.verdict, report.findings[0].cause) == ("disagrees", "the gradient is not finite")


def test_of_the_chain_rule_that_meets_a_kink_only_the_cause_is_named() -> None:
    report = failing(check_gradients, lambda x: np.sqrt(np.sum(x**2)), np.zeros(2))
    assert report.verdict == "inconclusive"
    assert report.findings[0].cause == (
        "the gradient is not finite here, at a kink; np.linalg.norm(x) has one in place of np.sqrt(np.sum(x**2))"
    )


def test_a_gradient_that_is_wrong_at_0_alone_is_found() -> None:
    report = failing(check_gradient_function, np.sin, lambda x: np.where(x == 0.0, 0.0, np.cos(x)), 0.0)
    assert report.verdict == "disagrees"


def test_a_report_tells_of_the_functions_own_derivative() -> None:
    report = failing(check_gradients, lambda x: x.detach() * x if isinstance(x, ma.Value) else x * x, 3.0)
    (found,) = report.findings
    assert found.automatic == pytest.approx(3.0)
    assert found.numerical == pytest.approx(6.0)
    assert "random number" not in str(report)
    (found,) = failing(check_vjp, lambda x: x * x, lambda g, x: g * x, 3.0).findings
    assert found.numerical == pytest.approx(6.0)


def test_a_report_tells_that_it_is_of_a_weighted_sum() -> None:
    def cut(x):
        return np.sin(ma.Value(x.data) if isinstance(x, ma.Value) else x)

    of_outputs = "  of the sum of the outputs, each times a random number\n"
    assert of_outputs in str(failing(check_gradients, cut, np.zeros(3)))
    assert of_outputs in str(failing(check_vjp, np.sin, lambda g, x: g + 0.0 * x, X))
    assert "random number" not in str(failing(check_gradient_function, np.sum, lambda x: 0.0 * x, X))


@pytest.fixture
def cube():
    """The cube, whose gradient is cut off from the graph."""
    cube = ma.operation(name="cut_cube")(lambda x: x**3)
    cube.vjps = (lambda g, out, x: g * 3.0 * (x.data if isinstance(x, ma.Value) else x) ** 2,)
    yield cube
    remove("cut_cube")


def test_a_report_of_the_second_order_tells_of_what_it_is_a_sum(cube) -> None:
    report = failing(check_gradients, lambda x: np.sum(cube(x)), X)
    assert "  of the sum of the derivatives of order 1, each times a random number\n" in str(report)


def test_a_failure_at_one_point_is_one_point_and_tells_something() -> None:
    report = failing(check_gradient_function, np.sum, lambda x: 0.0 * x, X)
    assert "\n1 point, 1 conclusive; " in str(report)


def test_a_smooth_sum_of_large_and_tiny_terms_is_not_called_kinked() -> None:
    report = failing(check_gradients, lambda a, b: np.sin(a) + 1e-10 * np.sin(ma.Value(b.data)), 0.3, 0.5)
    assert (report.verdict, report.findings[0].input) == ("disagrees", "input 1")


def test_what_cannot_be_checked_is_named() -> None:
    def twice(x):
        x *= 2.0
        return x

    with pytest.raises(ValueError, match="check_gradient_function: twice changes input 0 in place"):
        check_gradient_function(lambda x: np.sum(x * x), twice, X.copy())
    with pytest.raises(ValueError, match="check_gradient_function: grad changes input 0 in place"):
        check_gradient_function(lambda x: np.sum(x * x), lambda x: twice(x), X.copy())
    with pytest.raises(ValueError, match="check_vjp: vjp changes input 0 in place"):
        check_vjp(lambda x: x * x, lambda g, x: g * twice(x), X.copy())
    with pytest.raises(TypeError, match="the function returned True, which has no derivative; it must return a number"):
        check_gradient_function(lambda x: np.sum(x) > 0.0, lambda x: 0.0 * x, X)
    with pytest.raises(TypeError, match="gradients nested as input 0 is; it returned none for 'b'"):
        check_gradient_function(lambda p: np.sum(p["W"]) + p["b"], lambda p: {"W": 1.0 + 0.0 * p["W"]},
                                {"W": X, "b": 1.0})  # fmt: skip


@pytest.mark.parametrize(("f", "gradient"), [
    (lambda x: np.sum(x * x), lambda x: 2.0 * x * (x / x)),
    (lambda x: np.sum(x**3), lambda x: 3.0 * x**3 / x),
])  # fmt: skip
def test_a_gradient_that_is_not_finite_where_the_slope_is_0_is_found(f, gradient) -> None:
    report = failing(check_gradient_function, f, gradient, np.array([0.0, 1.0, 2.0]))
    assert report.verdict == "disagrees"
    assert report.findings[0].element == (0,)
    assert "not finite" in report.findings[0].cause


def test_a_function_that_computes_in_float32_has_its_rounding() -> None:
    def layer(a, b):
        return np.tanh(a.astype(np.float32) @ b.astype(np.float32)).sum()

    def gradient(a, b):
        a, b = a.astype(np.float32), b.astype(np.float32)
        slopes = 1 - np.tanh(a @ b) ** 2
        return slopes @ b.T, a.T @ slopes

    a, b = np.array([[5.908597, 1.0]]), np.eye(2)
    for seed in range(4):
        assert check_gradient_function(layer, gradient, a, b, seed=seed).verdict == "agrees"
    wrong = failing(check_gradient_function, layer, lambda a, b: (gradient(a, b)[0], 1.01 * gradient(a, b)[1]), a, b)
    assert wrong.verdict == "disagrees"


def test_nothing_that_was_checked_is_no_agreement() -> None:
    report = failing(check_gradients, np.tanh, np.zeros((0, 3)))
    assert (report.verdict, report.points, report.conclusive) == ("inconclusive", 1, 0)


def test_an_input_without_elements_beside_one_of_one_element() -> None:
    report = check_gradients(lambda x, y: np.sum(np.sin(x)) * np.sum(y * y), np.zeros((0, 2)), np.ones(1))
    assert report.verdict == "agrees"
    assert check_gradients(np.add, np.zeros((0, 1)), np.ones(1)).verdict == "agrees"


def test_strategies_may_be_nested_and_other_numbers_are_named() -> None:
    report = check_gradients(lambda p: p["W"].sum() * p["b"][0], {"W": arrays((2, 2)), "b": [arrays((2,))]}, examples=5)
    assert report.points == 5
    with pytest.raises(TypeError, match=r"there is int$"):
        check_gradients(np.sin, 3)
    with pytest.raises(ValueError, match="examples must be 1 or more, got 0"):
        check_gradients(np.sin, arrays(()), examples=0)
