"""The published data."""

import numpy as np
import pytest

import microae as ma
from microae import paper


def test_the_network_holds_the_published_weights():
    net = paper.network()
    assert isinstance(net, ma.Autoencoder)
    assert tuple(net.layers) == (3, 4, 3)
    for ours, printed in zip(net.parameters(), ("W(1)", "b(1)", "W(2)", "b(2)"), strict=True):
        assert ours.numpy().tolist() == np.array(paper.PRINTED[printed], float).tolist()


def test_weights_are_in_by_out():
    assert [W.shape for W in paper.weights()] == [(3, 4), (4, 3)]
    assert [b.shape for b in paper.biases()] == [(4,), (3,)]


def test_each_network_is_its_own():
    first, second = paper.network(), paper.network()
    first.encoder[0].weight.data = np.zeros((3, 4))
    assert (second.encoder[0].weight.data == paper.weights()[0]).all()


def test_the_binary_vectors_are_all_eight():
    assert paper.BINARY_VECTORS.shape == (8, 3)
    assert {tuple(x) for x in paper.BINARY_VECTORS.tolist()} == {
        (a, b, c) for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)
    }
    with pytest.raises(ValueError, match="read-only"):
        paper.BINARY_VECTORS[0, 0] = 5.0


def test_published_data_cannot_be_changed():
    with pytest.raises(TypeError):
        paper.PRINTED["z(1)"] = ()
    with pytest.raises(TypeError):
        paper.HYPERPARAMETERS["epochs"] = 1


def test_a_name_that_is_not_printed():
    with pytest.raises(KeyError, match="prints no 'z"):
        paper.printed("z(3)")


def test_no_published_weight_has_more_than_six_significant_digits():
    for name in ("W(1)", "b(1)", "W(2)", "b(2)"):
        for text in np.ravel(paper.PRINTED[name]):
            assert len(text.lstrip("-").replace(".", "").lstrip("0")) <= 6
