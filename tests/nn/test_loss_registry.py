"""The registry of losses: one registered here is found by everything that reads it, and what is declared is true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import find, given, settings

import microae as ma
from microae.drawing.measuring import loss_name
from microae.nn.losses import loss_function
from microae.nn.registry import LOSSES, loss
from microae.paper import ScalarNetwork
from microae.testing import check_gradients, strategies


def smoothed(prediction, target, reduction="mean"):
    """√(1 + (p − y)²) − 1: a square near 0, an absolute value far from it."""
    each = np.sqrt(1.0 + (prediction - target) ** 2) - 1.0
    return {"mean": lambda: each.mean(), "sum": lambda: each.sum(), "none": lambda: each}[reduction]()


@pytest.fixture
def registered():
    loss("smoothed", "smoothed distance", remark="a loss that forgives outliers")(smoothed)
    yield
    del LOSSES["smoothed"]


X = np.array([[1.0, 0.0, 1.0], [0.25, 0.5, 0.75]])


@pytest.mark.usefixtures("registered")
def test_an_autoencoder_takes_a_registered_loss():
    net = ma.Autoencoder([3, 4, 3], loss="smoothed", seed=0)
    difference = net.reconstruct(X) - X
    assert net.loss(X).item() == pytest.approx(np.mean(np.sqrt(1 + difference**2) - 1), rel=1e-12)
    assert net.loss(X, reduction="sum").item() == pytest.approx(6 * net.loss(X).item(), rel=1e-12)
    assert "loss='smoothed'" in repr(net)
    with pytest.raises(ValueError, match=r"loss must be 'bce', .*'mse'.* or 'smoothed', got 'x'"):
        ma.Autoencoder([3, 4, 3], loss="x")


def test_a_registered_loss_is_found_by_the_name_of_its_function():
    loss("steps", "number of differences")(differing)
    try:
        assert ma.differing is ma.nn.differing is differing
        assert not hasattr(ma, "steps")
        assert not hasattr(ma.nn, "steps")
    finally:
        del LOSSES["steps"]
    assert not hasattr(ma, "differing")


def differing(prediction, target, reduction="mean"):
    return np.sum(prediction != target)


@pytest.mark.usefixtures("registered")
def test_a_registered_loss_is_saved_and_loaded(tmp_path):
    ma.save(ma.Autoencoder([3, 4, 3], loss="smoothed", seed=0), tmp_path / "net.safetensors")
    assert ma.load(tmp_path / "net.safetensors").distance == "smoothed"


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
def test_the_strategies_draw_a_registered_loss():
    net = find(strategies.networks(activations=("tanh",)), lambda net: net.loss == "smoothed")
    assert check_gradients(net, *net.parameters, examples=5).verdict == "agrees"
    assert net(*net.parameters).item() == pytest.approx(np.mean(np.sqrt(1 + (output(net) - net.target) ** 2) - 1))


def output(net):
    """The output of a network of tanh layers, by hand."""
    h = net.x
    for i in range(0, len(net.parameters), 2):
        h = (np.tanh(h) if i else h) @ net.parameters[i] + net.parameters[i + 1]
    return h


@pytest.mark.slow
def test_a_loss_of_numbers_in_0_1_without_a_form_from_logits_is_drawn_after_a_sigmoid():
    loss("bounded", "bounded", fractions=True)(smoothed)
    try:
        net = find(strategies.networks(activations=("tanh",), losses=("bounded",)), lambda net: (output(net) > 0).any())
        expected = np.mean(np.sqrt(1 + (1 / (1 + np.exp(-output(net))) - net.target) ** 2) - 1)
        assert net(*net.parameters).item() == pytest.approx(expected)
    finally:
        del LOSSES["bounded"]


@pytest.mark.usefixtures("registered")
def test_pictures_call_a_registered_loss_by_its_words():
    net = ma.Autoencoder([3, 4, 3], loss="smoothed", seed=0)
    assert loss_name(net) == "smoothed distance"
    assert loss_name(net, smoothed) == "smoothed distance"


@pytest.mark.usefixtures("registered")
def test_the_network_of_scalars_takes_a_registered_loss():
    weights, biases = [np.eye(3)], [np.zeros(3)]
    net = ScalarNetwork(weights, biases, ["linear"])
    expected = np.mean(np.sqrt(1 + (X - 1.0) ** 2) - 1)
    assert net.loss(X, np.ones((2, 3)), "smoothed").item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("registered")
def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="'smoothed' is registered already: smoothed"):
        loss("smoothed", "another")(ma.mean_squared_error)
    assert LOSSES["smoothed"].function is smoothed


def test_what_the_losses_are_called():
    assert LOSSES["mse"].words == "mean squared error"
    assert LOSSES["bce"].words == "binary cross-entropy"
    assert loss_name(ma.Autoencoder([3, 3])) == "binary cross-entropy"
    assert loss_name(ma.Autoencoder([3, 3], output="linear")) == "mean squared error"
    assert loss_name(ma.Linear(3, 3), ma.binary_cross_entropy_with_logits) == "binary cross-entropy"
    assert loss_name(ma.Linear(3, 3), ma.cross_entropy) == "cross entropy"


@pytest.mark.parametrize(("output", "expected"), [("sigmoid", "bce"), ("linear", "mse"), ("tanh", "mse")])
def test_the_loss_that_an_autoencoder_takes_unasked(output, expected):
    assert ma.Autoencoder([3, 3], output=output).distance == expected


def test_capital_letters_of_a_name_do_not_matter():
    assert loss_function("MSE") is loss_function("Mse_Loss") is ma.mean_squared_error
    assert loss_function("BCE") is ma.binary_cross_entropy

    @loss("Fourth", "fourth powers")
    def powers(prediction, target, reduction="mean"):
        return ((prediction - target) ** 4).sum()

    try:
        assert loss_function("Fourth") is loss_function("Powers") is powers
    finally:
        del LOSSES["Fourth"]


def test_losses_by_either_name():
    assert loss_function("mse") is loss_function("mean_squared_error") is ma.mean_squared_error
    assert loss_function("bce") is ma.binary_cross_entropy
    assert loss_function("binary_cross_entropy_with_logits") is ma.binary_cross_entropy_with_logits
    for name in ("mean_squared_error", "mse_loss", "binary_cross_entropy", "cross_entropy"):
        assert loss_function(name) is getattr(ma, name)
    with pytest.raises(ValueError, match=r"loss 'mae' is not known; use one of mse, bce, .*mse_loss") as error:
        loss_function("mae")
    public = {name for name in ma.__all__ if "entropy" in name or "mse" in name or "squared_error" in name}
    assert all(f" {name}" in str(error.value) for name in public)


@pytest.mark.parametrize("known", LOSSES.values(), ids=LOSSES)
def test_declared_fractions_are_the_refused_ones(known):
    beyond = ma.Value([0.5, 0.5]), np.array([0.5, 1.5])
    if known.fractions:
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
            known.function(*beyond)
    else:
        assert np.isfinite(known.function(*beyond).item())


@pytest.mark.parametrize("known", [known for known in LOSSES.values() if known.from_logits], ids=lambda k: k.name)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_form_from_logits_is_the_same_loss(known, reduction):
    z, y = np.linspace(-4.0, 4.0, 9), np.linspace(0.0, 1.0, 9)
    assert known.from_logits(z, y, reduction).item() == pytest.approx(
        known.function(1.0 / (1.0 + np.exp(-z)), y, reduction).item(), rel=1e-9
    )


def test_the_losses_that_are_operations_declare_them():
    assert {name for name, known in LOSSES.items() if known.rows} >= {"mse", "bce"}


@pytest.mark.parametrize("known", [known for known in LOSSES.values() if known.rows], ids=lambda known: known.name)
def test_declared_rows_are_those_in_which_a_graph_ends(known):
    ends = {
        known.function(prediction, np.array([0.25])).operation.name
        for prediction in (ma.Value([0.5]), ma.sigmoid(ma.Value([0.5])))
    }
    assert ends == set(known.rows)


@given(strategies.networks(losses=("mse",), max_width=3))
@settings(max_examples=20, deadline=None)
def test_the_strategies_draw_only_the_losses_asked_for(net):
    assert net.loss == "mse"
