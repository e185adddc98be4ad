"""Layers: the affine map, the activation modules, and the random ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Value, gradients, nn
from microae.nn.activations import ACTIVATIONS, activation
from tests import oracles

rng = np.random.default_rng(0)


# --- Linear ---


@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from([(), (1,), (4,), (2, 3), (0,)]), st.booleans())
@settings(deadline=None, max_examples=40)
def test_linear_is_the_affine_map_and_its_gradients_are_by_hand(n, m, batch, bias):
    layer = ma.Linear(n, m, bias=bias, seed=1)
    assert layer.weight.shape == (n, m)  # in × out, as the paper prints it
    if bias:
        assert not layer.bias.data.any()
        layer.bias.data = np.arange(m) - 1.0
    else:
        assert layer.bias is None
    data = np.random.default_rng(2).normal(size=(*batch, n))
    x = Value(data)
    y = layer(x)
    W, b = layer.weight.data, layer.bias.data if bias else 0.0
    np.testing.assert_allclose(y.data, data @ W + b, rtol=1e-14, atol=1e-14)
    g = np.random.default_rng(3).normal(size=y.shape)
    dx, dW, *db = gradients(y, [x, *layer.parameters()], g)
    np.testing.assert_allclose(dx, g @ W.T, rtol=1e-12, atol=1e-14)
    rows, gs = data.reshape(math.prod(batch), n), g.reshape(math.prod(batch), m)
    np.testing.assert_allclose(dW, sum((np.outer(r, s) for r, s in zip(rows, gs, strict=True)), np.zeros((n, m))))
    for d in db:
        np.testing.assert_allclose(d, gs.sum(axis=0), rtol=1e-12, atol=1e-14)


def test_linear_takes_lists_and_keeps_float32():
    layer = ma.Linear(3, 2, seed=0, dtype=np.float32)
    assert layer.weight.dtype == layer.bias.dtype == np.float32
    assert layer(np.ones(3, np.float32)).dtype == np.float32
    assert layer([1, 0, 1]).shape == (2,)
    assert layer([[1, 0, 1]] * 4).shape == (4, 2)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((0, 3), {}, ValueError, "in_features must be a positive integer, got 0"),
        ((3, -1), {}, ValueError, "out_features must be a positive integer, got -1"),
        ((3, 2.5), {}, ValueError, "out_features must be a positive integer, got 2.5"),
        ((3, "4"), {}, ValueError, "out_features must be a positive integer, got '4'"),
        ((3, 4), {"initialiser": "zeros"}, ValueError, "'zeros' is not known"),
        ((3, 4), {"initialiser": lambda shape, rng: np.ones((4, 3))}, ValueError, r"\(4, 3\)"),
        ((3, 4), {"dtype": int}, TypeError, "float64 or float32"),
        ((3, 4), {"dtype": np.float16}, TypeError, "float64 or float32"),
    ],
)
def test_linear_refuses(arguments, options, error, words):
    with pytest.raises(error, match=words):
        ma.Linear(*arguments, seed=0, **options)


def test_a_wrong_width_names_the_layer():
    with pytest.raises(ValueError, match=r"linear: .*x: shape \(4,\), weight: shape \(3, 2\), bias: shape \(2,\)"):
        ma.Linear(3, 2, seed=0)(Value(np.ones(4), label="x"))


# --- activation modules ---

FORMULAS = {
    "relu": lambda x: np.where(x > 0, x, 0.0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "gelu": lambda x: x * 0.5 * np.vectorize(lambda t: 1 + math.erf(t / math.sqrt(2)), otypes=[float])(x),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "hard_tanh": lambda x: np.where(x > 1, 1.0, np.where(x < -1, -1.0, x)),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True),
    "log_softmax": lambda x: x - np.log(np.exp(x).sum(axis=-1, keepdims=True)),
    "linear": lambda x: x,
}
points = np.random.default_rng(5).normal(size=(3, 4)) * 1.5


def test_every_activation_is_tested():
    assert set(FORMULAS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", FORMULAS)
def test_activations_and_their_slopes(name):
    module, formula = activation(name), FORMULAS[name]
    x = Value(points)
    y = module(x)
    np.testing.assert_allclose(y.data, formula(points), rtol=1e-12, atol=1e-14)
    g = np.random.default_rng(6).normal(size=y.shape)
    expected = oracles.extrapolated(lambda x: float((g * formula(x)).sum()), [points]).values[0]
    np.testing.assert_allclose(gradients(y, [x], g)[0], expected, rtol=1e-7, atol=1e-9)
    assert module.parameters() == []


def test_activation_options():
    x = np.array([-2.0, 3.0])
    assert ma.LeakyReLU(0.2)(x).tolist() == [-0.4, 3.0]
    assert ma.ELU(2.0)(Value(x)).data[0] == pytest.approx(2 * (math.exp(-2) - 1))
    assert ma.HardTanh(-0.5, 2.5)(x).tolist() == [-0.5, 2.5]
    assert ma.GELU("tanh")(1.0) == pytest.approx(0.8411919906082768, rel=1e-12)
    columns = ma.Softmax(axis=0)(Value(points)).data
    np.testing.assert_allclose(columns.sum(axis=0), 1.0)
    np.testing.assert_allclose(ma.LogSoftmax(axis=0)(Value(points)).data, np.log(columns))
    assert ma.Identity()(x) is x
    assert repr(ma.LeakyReLU(0.2)) == "LeakyReLU(negative_slope=0.2)"


def test_activation_by_name_class_or_module():
    assert type(activation("relu")) is type(activation(ma.ReLU)) is ma.ReLU
    mine = ma.LeakyReLU(0.3)
    assert activation(mine) is mine
    known = r"'swish' is not known; use one of .*, relu, leaky_relu,.*, linear, or a module"
    with pytest.raises(ValueError, match=known):
        activation("swish")


def test_every_layer_is_public():
    for name in nn.__all__:
        if name not in ("ACTIVATIONS", "Activation", "activation"):  # what finds and makes them
            assert getattr(ma, name) is getattr(nn, name)
            assert name in ma.__all__


# --- the random ones ---


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_dropout_drops_with_probability_p_and_keeps_the_mean(p, dtype):
    n = 100_000
    x = np.full(n, 3.0, dtype)
    y = ma.Dropout(p, seed=0)(Value(x)).data
    assert y.dtype == dtype
    dropped = y == 0
    assert dropped.mean() == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / n))
    np.testing.assert_allclose(y[~dropped], 3.0 / (1 - p), rtol=1e-6 if dtype == np.float32 else 1e-15)
    assert y.mean() == pytest.approx(3.0, rel=5 * math.sqrt(p / (1 - p) / n))


def test_dropouts_gradient_passes_where_the_value_did():
    x = Value(np.ones(1000))
    y = ma.Dropout(0.3, seed=0)(x)
    np.testing.assert_array_equal(gradients(y.sum(), [x])[0], y.data)


@pytest.mark.parametrize("make", [ma.Dropout, ma.MaskingNoise, ma.GaussianNoise])
def test_randomness_is_determined_by_the_seed_and_off_in_evaluation(make):
    x = np.ones((50, 4))
    first, second = make(0.4, seed=3), make(0.4, seed=3)
    draws = [first(x) for _ in range(3)]
    for draw in draws:
        np.testing.assert_array_equal(draw, second(x))
    assert (draws[0] != draws[1]).any()
    assert (draws[0] != make(0.4, seed=4)(x)).any()
    assert (make(0.4)(x) != make(0.4)(x)).any()
    first.eval()
    assert first(x) is x
    v = Value(x)
    assert first(v) is v
    assert make(0.0, seed=0)(v) is v
    first.train()
    assert (first(x) != x).any()
    assert (x == 1.0).all()
    assert make(0.4, seed=0)([1, 0, 1]).shape == (3,)  # a list of whole numbers
    assert len(np.unique(first(x), axis=0)) > 5  # each sample has draws of its own


def test_defaults():
    assert [repr(made()) for made in (ma.Dropout, ma.MaskingNoise, ma.GaussianNoise)] == [
        "Dropout(0.5)",
        "MaskingNoise(0.25)",
        "GaussianNoise(0.1)",
    ]
    assert [made().options for made in (ma.LeakyReLU, ma.ELU, ma.HardTanh, ma.GELU, ma.Softmax, ma.LogSoftmax)] == [
        {"negative_slope": 0.01},
        {"alpha": 1.0},
        {"min_val": -1.0, "max_val": 1.0},
        {"approximate": "none"},
        {"axis": -1},
        {"axis": -1},
    ]
    layer = ma.Linear(3, 2, seed=0)
    assert (layer.weight.dtype, layer.bias.data.tolist()) == (np.float64, [0.0, 0.0])
    assert np.abs(layer.weight.data).max() > 1 / np.sqrt(3)  # He's limit is √2 for 3 inputs, PyTorch's 0.58


def test_masking_noise_leaves_the_rest_as_it_was():
    y = ma.MaskingNoise(0.3, seed=0)(np.full(10_000, 7.0))
    assert set(np.unique(y)) == {0.0, 7.0}
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.02)


def test_gaussian_noise_has_its_deviation():
    y = ma.GaussianNoise(0.2, seed=0)(Value(np.full(100_000, 5.0, np.float32)))
    assert y.dtype == np.float32
    away = y.data.astype(float) - 5.0
    assert away.std() == pytest.approx(0.2, rel=0.02)
    assert abs(away.mean()) < 5 * 0.2 / math.sqrt(100_000)


@pytest.mark.parametrize(
    ("make", "amount", "words"),
    [
        (ma.Dropout, 1.0, "Dropout: p must be at least 0 and less than 1, got 1.0"),
        (ma.Dropout, -0.1, "got -0.1"),
        (ma.Dropout, "half", "Dropout: p must be at least 0 and less than 1, got 'half'"),
        (ma.Dropout, math.nan, "got nan"),
        (ma.MaskingNoise, 1.5, "MaskingNoise: p must"),
        (ma.GaussianNoise, -1.0, "std must be a finite number, not negative, got -1.0"),
        (ma.GaussianNoise, "much", "GaussianNoise: std must be a finite number.* got 'much'"),
        (ma.GaussianNoise, math.nan, "got nan"),
    ],
)
def test_amounts_are_checked(make, amount, words):
    with pytest.raises(ValueError, match=words):
        make(amount)


# --- activations of one's own ---


@pytest.fixture
def swish():
    @ma.operation(symbol="swish", activation="Swish")
    def swish(x, beta=1.0, *, shift=0.0):
        return x / (1.0 + np.exp(-beta * x)) + shift

    swish.vjps = (
        lambda g, out, x, beta=1.0, shift=0.0: (
            g * (1.0 + np.exp(-beta * x) * (1.0 + beta * x)) / (1.0 + np.exp(-beta * x)) ** 2
        ),
    )
    yield swish
    ma.operations.remove("swish")


def test_of_ones_own_activation_there_is_a_module(swish):
    import copy
    import pickle

    kind = ACTIVATIONS["swish"]
    assert ma.Swish is nn.Swish is kind is ACTIVATIONS["swish"]  # one and the same each time
    assert kind.__name__ == "Swish"
    assert "swish" in list(ACTIVATIONS)
    assert len(ACTIVATIONS) == len(list(ACTIVATIONS))
    x = Value([-1.0, 2.0])
    for made, options in (
        (ma.Swish(), {}), (ma.Swish(2.0), {"beta": 2.0}), (ma.Swish(beta=2.0, shift=1.0), {"beta": 2.0, "shift": 1.0}),
        (activation("swish"), {}), (activation(ma.Swish), {}),
    ):  # fmt: skip
        np.testing.assert_array_equal(made(x).data, swish(x, **options).data)
        assert isinstance(made, ma.Swish)
        assert made.options == {"beta": 1.0, "shift": 0.0} | options
        for twin in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
            assert type(twin) is ma.Swish
            np.testing.assert_array_equal(twin(x).data, made(x).data)
    assert repr(ma.Swish(2.0)) == "Swish(beta=2.0, shift=0.0)"
    net = ma.Autoencoder([3, 2, 3], activation="swish", seed=0)
    assert type(net.encoder[1]) is ma.Swish


def test_what_ones_own_activation_does_not_take(swish):
    for wrong in (lambda: ma.Swish(gamma=1.0), lambda: ma.Swish(1.0, 2.0, 3.0), lambda: ma.Swish(1.0, beta=2.0)):
        with pytest.raises(TypeError, match=r"^Swish: "):
            wrong()
    with pytest.raises(TypeError, match=r"^LeakyReLU: .*'slope'"):
        ma.LeakyReLU(slope=0.1)
    for name in ("exp", "add", "nothing"):  # functions that are no activations, and none
        assert name not in ACTIVATIONS
        with pytest.raises(KeyError):
            ACTIVATIONS[name]
        with pytest.raises(ValueError, match=f"'{name}' is not known"):
            activation(name)
    for name in ("swish", "Exp", "relu"):
        with pytest.raises(AttributeError, match=name):
            getattr(nn, name)


def test_after_ones_own_activation_is_removed_there_is_no_module():
    assert "swish" not in ACTIVATIONS
    for room in (ma, nn):
        with pytest.raises(AttributeError, match="Swish"):
            room.Swish  # noqa: B018


def test_equal_activation_options_are_the_usual_ones():
    """An option that is given as it would be anyway changes nothing, not even the node."""
    x = Value([-1.0, 1.0])
    assert ma.LeakyReLU(0.01)(x).parameters == ma.LeakyReLU()(x).parameters == {}
    assert ma.LeakyReLU(0.02)(x).parameters == {"negative_slope": 0.02}
