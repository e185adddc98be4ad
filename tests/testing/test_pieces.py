"""Verdicts at kinks where several pieces meet, of what cancels, and of Values that a function finds by itself."""

import numpy as np
import pytest

import microae as ma
from microae.testing import Finding, GradientCheckError, check_gradient_function, check_gradients, check_vjp
from microae.testing.strategies import arrays
from tests.testing.wrong import WRITTEN


def verdict(check, *args, **options) -> str:
    try:
        return check(*args, **options).verdict
    except GradientCheckError as error:
        return error.report.verdict


# --- pieces ----------------------------------------------------------------------------------------------------------

BY_HAND = {  # each with the derivative on one of the two sides at its kinks
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: x >= 0.0, [0.0, 0.0, 100.0]),
    "relu beside others": (lambda x: np.maximum(x, 0.0), lambda x: x >= 0.0, [0.0, -60.0, 0.0, 1e-3]),
    "leaky relu": (lambda x: np.where(x > 0.0, x, 0.1 * x), lambda x: np.where(x >= 0.0, 1.0, 0.1), [40.0, 40.0, 0, 0]),
    "abs": (np.abs, lambda x: np.where(x >= 0.0, 1.0, -1.0), [0.0, 0.0, 100.0, 3.0]),
    "relu6": (lambda x: np.clip(x, 0.0, 6.0), lambda x: (x >= 0.0) & (x < 6.0), [0.0, 0.0, 100.0]),
    "|x| - relu(x)": (lambda x: np.abs(x) - np.maximum(x, 0.0), lambda x: np.where(x >= 0.0, 0.0, -1.0), [0.0, 0, 100]),
    "soft threshold": (
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 1.0, 0.0),
        lambda x: np.abs(x) >= 1.0,
        [1.0, 1.0, -1.0, 50.0],
    ),
    "hat": (
        lambda x: np.maximum(1.0 - np.abs(x), 0.0),
        lambda x: np.where(np.abs(x) <= 1.0, -np.sign(x), 0.0),
        [1.0, 1.0, -1.0, 50.0],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_right_piece_by_hand_is_not_accused_beside_larger_numbers(name: str) -> None:
    f, derivative, x = BY_HAND[name]
    for seed in range(12):
        assert check_vjp(f, lambda g, x: g * derivative(x), np.array(x), seed=seed).verdict == "agrees"


def test_a_difference_of_convex_functions_has_gradients_beyond_its_slopes() -> None:
    def f(x):
        return max(x[0], 0.0) - max(x[1], 0.0) + x[2]

    for seed in range(12):
        x = np.array([0.0, 0.0, 100.0])
        assert check_gradient_function(f, lambda x: np.array([1.0, -1.0, 1.0]), x, seed=seed).verdict == "agrees"


def test_one_concave_element_among_many_is_seen() -> None:
    weights = np.append(np.ones(63), -5.0)
    for seed in range(6):
        check = check_gradient_function(
            lambda x: np.sum(weights * np.maximum(x, 0.0)), lambda x: weights * (x >= 0.0), np.zeros(64), seed=seed
        )
        assert check.verdict == "agrees"


def test_the_gradient_of_any_piece_is_accepted_whatever_the_seed() -> None:
    W = np.array([[1.0, 2.0], [3.0, -4.0], [0.5, 1.0]])

    def sort_rule(g, x):
        return g[np.argsort(np.argsort(x, kind="stable"))]

    def steps_rule(g, x):
        signs = np.where(np.diff(x) >= 0.0, 1.0, -1.0) * g
        return np.concatenate([[0.0], signs]) - np.concatenate([signs, [0.0]])

    def layer_rule(g, x):
        return (g * (x @ W >= 0.0)) @ W.T

    for seed in range(8):
        for x in (np.zeros(4), np.ones(4)):
            assert check_vjp(np.sort, sort_rule, x, seed=seed).verdict == "agrees"
            assert check_vjp(lambda x: np.abs(np.diff(x)), steps_rule, x, seed=seed).verdict == "agrees"
        assert check_vjp(lambda x: np.maximum(x @ W, 0.0), layer_rule, np.zeros(3), seed=seed).verdict == "agrees"
        assert verdict(check_vjp, np.sort, lambda g, x: 1.1 * sort_rule(g, x), np.zeros(4), seed=seed) != "agrees"


@pytest.mark.parametrize("rule", [lambda g, x: g[::-1], lambda g, x: -g])
def test_pieces_are_found_in_descending_order_and_below(rule) -> None:
    f = np.sort if rule(np.arange(2), None)[0] else lambda x: np.abs(x)
    for seed in range(4):
        assert check_vjp(f, rule, np.zeros(7), seed=seed).verdict == "agrees"


def test_no_piece_is_looked_for_where_the_function_is_noisy_or_not_finite() -> None:
    def f(x):
        return 2.0 * float(x) if x else np.nan

    assert verdict(check_gradient_function, f, lambda x: 2.0, 0.0, seed=0) == "inconclusive"


def test_curvature_is_no_kink() -> None:
    """At the least of a smooth function a small wrong gradient is wrong: the slopes nearby differ by its curvature."""
    X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, -1.0]])
    y = X @ [1.0, 2.0]

    def loss(w):
        return np.mean((X @ w - y) ** 2) + 1e-4 * np.sum(w**2)

    for seed in range(3):
        at = np.array([1.0, 2.0])
        assert verdict(check_gradient_function, loss, lambda w: 2 / 3 * X.T @ (X @ w - y), at, seed=seed) == "disagrees"
        wrong = verdict(check_gradient_function, lambda a: np.sum(a**2), lambda a: 2 * a + 1e-4, np.zeros(2), seed=seed)
        assert wrong == "disagrees"


# --- what cancels ----------------------------------------------------------------------------------------------------

POINT = np.array([0.3, 1.7, 2.2])
CONSTANT = {  # their second derivatives are 0, up to rounding
    "log(exp(x))": lambda x: np.log(np.exp(x)),
    "sqrt(x)²": lambda x: np.sqrt(x) ** 2,
    "tan(arctan(x))": lambda x: np.tan(np.arctan(x)),
    "sin² + cos²": lambda x: np.sin(x) ** 2 + np.cos(x) ** 2,
    "softmax": ma.softmax,
    "x - mean": lambda x: x - np.mean(x),
    "squares of z-scores": lambda x: ((x - np.mean(x)) / np.std(x)) ** 2,
}


@pytest.mark.parametrize("name", CONSTANT)
def test_a_derivative_that_cancels_is_known(name: str) -> None:
    for seed in range(4):
        assert check_gradients(lambda x: np.sum(CONSTANT[name](x)), POINT, seed=seed).verdict == "agrees"


def test_a_bias_before_batch_norm_has_gradient_0_and_no_other() -> None:
    X = np.random.default_rng(0).normal(size=(5, 2))
    weights = np.sin(np.arange(10.0)).reshape(5, 2)

    def f(b):
        z = X + b
        return np.sum(weights * (z - np.mean(z, axis=0)) / np.sqrt(np.var(z, axis=0) + 1e-5))

    for seed in range(4):
        assert check_vjp(f, lambda g, b: 0.0 * b, np.array([0.3, 1.2]), seed=seed).verdict == "agrees"
        assert verdict(check_vjp, f, lambda g, b: 0.0 * b + 1e-6, np.array([0.3, 1.2]), seed=seed) == "disagrees"


def test_a_small_slope_is_not_taken_for_none() -> None:
    def f(a, b):
        return np.sin(a) + 1e-13 * np.sin(b)

    for seed in range(4):
        assert verdict(check_vjp, f, lambda g, a, b: (g * np.cos(a), 0.0 * b), 0.3, 0.4, seed=seed) != "agrees"


@pytest.mark.parametrize(("error", "told"), [(5e-14, False), (1e-15, True)])
def test_no_digits_are_told_of_what_is_not_known(error: float, told: bool) -> None:
    finding = Finding("inconclusive", "smooth", 1, "input 0", None, automatic=0.0, numerical=2e-14, error=error)
    assert ("digits agree" in str(finding)) == told


def test_a_function_that_is_refused_beside_the_point_is_said_to_be_that() -> None:
    net = ma.Autoencoder([2, 3, 2], seed=0)
    with pytest.raises(GradientCheckError, match="the function raises or is not finite here, or on one side"):
        check_gradients(net.loss, np.array([1.0, 0.0]), seed=0)  # targets lie in [0, 1]


def test_an_input_that_changes_nothing_is_told() -> None:
    report = check_gradients(lambda x, y: np.sum(x**2), np.ones(2), np.ones(3), seed=0)
    assert "input 1 changes nothing" in str(report)
    assert "input 0 changes nothing" not in str(report)


# --- Values given as inputs, and kinds of dicts ----------------------------------------------------------------------


def test_values_are_checked_where_the_function_finds_them() -> None:
    @ma.operation(name="wrong_cube")
    def cube(x):
        return x**3

    cube.vjps = (lambda g, out, x: g * 7.0 * x,)
    try:
        W = ma.Value([1.0, 2.0])
        assert verdict(check_gradients, lambda w: np.sum(cube(W)), W, seed=0) == "disagrees"
    finally:
        ma.operations.remove("wrong_cube")
    assert check_gradients(lambda w: np.sum(W**3) + np.sum(w), W, seed=0).verdict == "agrees"
    assert check_gradients(lambda v, w: v * w * W, W, W, seed=0).verdict == "agrees"
    np.testing.assert_array_equal(W.data, [1.0, 2.0])
    assert W.grad is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_is_checked_by_its_parameters(dtype: str) -> None:
    net = ma.Autoencoder([2, 3, 2], seed=0, dtype=dtype)
    before = [p.data.copy() for p in net.parameters()]
    x = np.full(2, 0.5, dtype)
    report = check_gradients(lambda *_: net.loss(x), *net.parameters(), seed=0)
    assert report.verdict == "agrees"
    assert report.moving == {f"input {i}" for i in range(4)}
    for p, data in zip(net.parameters(), before, strict=True):
        np.testing.assert_array_equal(p.data, data)
        assert p.dtype == dtype


def test_a_value_has_its_numbers_again_after_an_error() -> None:
    W = ma.Value([1.0, 2.0])

    def f(w):
        if W.data[0] != 1.0:
            raise KeyError("elsewhere")
        return np.sum(W**2)

    with pytest.raises(KeyError):
        check_gradients(f, W, seed=0)
    np.testing.assert_array_equal(W.data, [1.0, 2.0])


def test_a_dict_of_another_kind_stays_of_that_kind() -> None:
    class Parameters(dict):
        __getattr__ = dict.__getitem__

    assert check_gradients(lambda p: np.sum(p.W * 2.0), Parameters(W=np.ones(2)), seed=0).verdict == "agrees"


# --- functions that are rounded inside -------------------------------------------------------------------------------


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


ROUNDED = {  # with their right derivatives
    "log(sigmoid)": (lambda z: float(-np.log(sigmoid(z))), lambda z: sigmoid(z) - 1.0, 30.0),
    "softplus": (lambda z: float(np.log(1.0 + np.exp(z))), sigmoid, -30.0),
    "1 - cos": (lambda z: float(1.0 - np.cos(z)), np.sin, 1.3e-7),
    "cross-entropy": (
        lambda z: float(-np.log(softmax(z)[0])),
        lambda z: softmax(z) - [1.0, 0.0, 0.0],
        np.array([30.0, 0.3, -0.2]),
    ),
    "float32 inside": (
        lambda x: float(np.mean(x.astype(np.float32) ** 2)),
        lambda x: 2.0 * x / x.size,
        np.linspace(-2.0, 2.0, 1000),
    ),
    "float16 inside": (lambda x: float(np.float16(np.sin(x))), np.cos, 0.7),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_what_is_rounded_inside_is_neither_accused_nor_passed(name: str) -> None:
    f, derivative, x = ROUNDED[name]
    for seed in range(4):
        assert verdict(check_gradient_function, f, derivative, x, seed=seed) != "disagrees"
        if name != "1 - cos":  # whose slope here, as large as its rounding, is nothing beside those nearby
            assert verdict(check_gradient_function, f, lambda x: 0.0 * x, x, seed=seed) != "agrees"


def test_float32_inside_is_known_as_well_as_it_can_be() -> None:
    f, derivative, x = ROUNDED["float32 inside"]
    assert check_gradient_function(f, derivative, x, seed=0).verdict == "agrees"


@pytest.mark.parametrize("x", [0.7, -2.3, 0.9999])
def test_steps_are_no_rounding(x: float) -> None:
    assert check_gradient_function(lambda x: float(np.floor(x)), lambda x: 0.0 * x, x, seed=0).verdict == "agrees"
    near = np.array([1e-7, -1e-7, 1e-9, x])
    for seed in range(4):
        report = check_gradient_function(lambda x: np.sum(np.maximum(x, 0)), lambda x: 1.0 * (x > 0), near, seed=seed)
        assert report.verdict == "agrees"


def test_a_jump_is_not_at_rest() -> None:
    assert verdict(check_gradient_function, lambda x: np.sum(np.floor(x)), lambda x: 0 * x, np.zeros(3)) != "agrees"


# --- gradients by hand that jump or are not linear, kinks of where, scales -------------------------------------------


def huber(x):
    return np.where(np.abs(x) < 1.0, 0.5 * x * x, np.abs(x) - 0.5)


def test_a_gradient_by_hand_that_jumps_just_here_is_wrong() -> None:
    def gradient(x):
        return np.where(x < 1.0, 2.0 * x, np.where(x > 1.0, 2.0 * x, 0.0))

    for seed in range(12):
        at = np.array([1.0, 2.0])
        assert verdict(check_gradient_function, lambda x: np.sum(x**2), gradient, at, seed=seed) == "disagrees"
        wrong = verdict(
            check_gradient_function,
            lambda x: np.sum(huber(x)),
            lambda x: np.where(np.abs(x) < 1.0, x, 1.0),
            np.array([-1.0]),
            seed=seed,
        )
        assert wrong == "disagrees"


def test_a_wrong_element_beside_much_larger_ones_is_found() -> None:
    c = np.array([1.0, 1e-4, 1.0, 1e3])
    for seed in range(6):
        found = verdict(
            check_gradient_function,
            lambda a: np.sum(np.sin(a * c)),
            lambda a: c * np.cos(a * c) * [1.0, 0.5, 1.0, 1.0],
            np.array([0.3, 0.4, 0.5, 0.6]),
            seed=seed,
        )
        assert found == "disagrees"


@pytest.mark.parametrize("rule", [lambda g, x: 2 * x * abs(g), lambda g, x: 2 * x * np.maximum(g, 0.0)])
def test_a_vjp_is_linear(rule) -> None:
    for seed in range(6):
        with pytest.raises(GradientCheckError, match="not linear in g"):
            check_vjp(lambda x: np.sum(x**2), rule, np.array([1.0, 2.0, 3.0]), seed=seed)


@pytest.mark.parametrize(
    "clipped", [lambda g: np.clip(g, -1.0, 1.0), lambda g: g * min(1.0, 5.0 / float(np.linalg.norm(g)))]
)
def test_a_rule_that_clips_what_comes_from_above_is_wrong(clipped) -> None:
    with pytest.raises(GradientCheckError, match="for 1024 g it is not 1024 times as much"):
        check_vjp(np.sin, lambda g, x: clipped(g) * np.cos(x), np.array([0.3, 0.7, 1.9]), seed=1)
    row = ma.operation(lambda x: np.sin(x), name="clipped_sine")
    row.vjps = (lambda g, out, x: clipped(g) * np.cos(x),)
    try:
        with pytest.raises(GradientCheckError, match="a rule is not linear in g"):
            check_gradients(row, np.array([0.3, 0.7, 1.9]), seed=1)
    finally:
        ma.operations.remove("clipped_sine")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda x: 2 * x + 5j * x, "an array of complex128 as the gradient by input 0"),
        (lambda x: np.array(["1", "2"]), "an array of <U1 as the gradient by input 0"),
        (lambda x: np.ma.array(2 * x, mask=[True, False]), "a masked array as the gradient by input 0"),
    ],
)
def test_what_is_no_real_gradient_is_refused(wrong, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        check_gradient_function(lambda x: np.sum(x**2), wrong, np.array([1.0, 2.0]))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_named(number: float) -> None:
    with pytest.raises(GradientCheckError, match=rf"or on one side; input 1, element \[1\] is {number}"):
        check_gradients(lambda x, y: np.sum(x * y**2), np.ones(2), np.array([1.0, number]))


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.7])
def test_where_and_another_kink_at_one_point_are_several(slope: float) -> None:
    def elu(x):
        return np.where(x > 0.0, x, slope * (np.exp(np.minimum(x, 0.0)) - 1.0))

    for seed in range(3):
        assert verdict(check_gradients, elu, np.zeros(1), seed=seed) == "inconclusive"


def test_what_is_missing_is_told_in_the_numbers_of_the_report() -> None:
    with pytest.raises(GradientCheckError, match=r"the same number is missing everywhere: 0\.5"):
        check_vjp(lambda x: np.sum(np.sin(x) + 0.5 * x), lambda g, x: g * np.cos(x), np.array([0.3, 0.7, 1.9]), seed=0)


def test_where_no_second_derivative_exists_the_report_says_what_checks_the_first() -> None:
    def distances(x):
        return np.sum(np.linalg.norm(x[:, None] - x[None], axis=-1))

    with pytest.raises(GradientCheckError, match="the first derivatives agree; order=1 checks them alone"):
        check_gradients(distances, arrays((3, 2)), examples=10, seed=0)
    assert check_gradients(distances, np.arange(6.0).reshape(3, 2), order=1, seed=0).verdict == "agrees"


def test_targets_in_float32_do_not_round_a_loss_in_float64() -> None:
    y = np.array([0.1], np.float32)
    p = float(y[0])
    exact = np.log1p(np.exp(0.3)) - p * 0.3
    loss = ma.binary_cross_entropy(ma.sigmoid(ma.Value([0.3])), y)
    assert abs(float(loss.data) - exact) < 1e-15
    net = ma.Autoencoder([3, 4, 3], seed=7, dtype="float32")
    x = np.random.default_rng(3).random((5, 3)).astype(np.float32)
    assert check_gradients(lambda *_: net.loss(x), *net.parameters(), seed=0).verdict == "agrees"


def test_a_float32_gradient_that_rounds_by_a_third_is_not_called_wrong() -> None:
    """1 - σ(z) is a multiple of 6e-8 in float32, and hardly larger here."""
    layers = WRITTEN["six sigmoid layers, float32"]
    weights = [np.zeros((3, 3), np.float32) for _ in range(6)]
    weights[4][2, 0] = 1.0
    weights[5][:] = [[-19.0, 0.0, -13.0], [0.0, 0.0, -2.0], [-9.0, -23.0, -14.0]]
    for seed in range(12):
        assert verdict(check_gradient_function, layers.f, layers.right, *weights, seed=seed) == "inconclusive"
