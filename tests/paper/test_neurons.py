"""The network built of scalar Values, neuron by neuron."""

import numpy as np
import pytest
from hypothesis import assume, given, settings

import microae as ma
from microae import paper
from tests.paper.networks import assert_equal_gradients, complex_step, networks, rounding


def _allowed(network):
    zs, hs = paper.manual_forward(network.weights, network.biases, network.x, network.activations)
    *allowed, crosses = rounding(network, zs, hs)
    assume(not crosses)
    return allowed


def _scalar(network):
    net = paper.ScalarNetwork(network.weights, network.biases, network.activations)
    loss = net.loss(network.x, network.y, network.loss, network.reduction)
    loss.backward()
    return net, loss


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(networks(most_samples=3))
def test_scalar_gradients_are_the_manual_ones(network):
    allowed = _allowed(network)
    net, _ = _scalar(network)
    assert_equal_gradients(net.gradients(), paper.manual_gradients(*network.arguments), allowed)


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(networks(most_samples=3))
def test_scalar_gradients_and_loss_are_those_of_arrays(network):
    allowed = _allowed(network)
    net, loss = _scalar(network)
    assert_equal_gradients(net.gradients(), paper.automatic_gradients(*network.arguments), allowed)
    layers = paper.sequential(network.weights, network.biases, network.activations)
    loss_of = {"binary_cross_entropy": ma.binary_cross_entropy, "mean_squared_error": ma.mean_squared_error}
    expected = loss_of[network.loss](layers(network.x), network.y, network.reduction).item()
    np.testing.assert_allclose(loss.data, expected, rtol=1e-11, atol=1e-13)


@settings(deadline=None, max_examples=20)
@given(networks(most_width=3, most_samples=2, most_layers=3))
def test_scalar_gradients_are_those_of_the_complex_step(network):
    allowed = _allowed(network)
    net, _ = _scalar(network)
    assert_equal_gradients(net.gradients(), complex_step(network), allowed)


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(networks(most_width=5, most_samples=2))
def test_a_whole_update_step_of_scalars_is_the_manual_one(network):
    allowed = _allowed(network)
    net, _ = _scalar(network)
    grads = net.gradients()
    ma.SGD(net.parameters(), lr=0.5).step()
    for new, old, grad in zip(net.values(), (network.weights, network.biases), grads, strict=True):
        for w, v, g in zip(new, old, grad, strict=True):
            assert (w == v - 0.5 * g).all()
    assert_equal_gradients(grads, paper.manual_gradients(*network.arguments), allowed)


def test_the_published_network_neuron_by_neuron():
    net = paper.ScalarNetwork(paper.weights(), paper.biases(), ["leaky_relu", "sigmoid"])
    outputs = net(paper.printed("input").tolist())
    np.testing.assert_allclose([o.data for o in outputs], paper.network()([1, 0, 1]).data, rtol=1e-13)
    assert len(net.parameters()) == 31
    assert net.layers[0][3].w[2].label == "w1,4,3"
    assert net.layers[1][2].b.label == "b2,3"
