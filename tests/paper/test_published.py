"""The published data, against a copy of their own that is kept beside the tests."""

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.paper import published as room
from tests.paper.publication import BITS, PAPER, THE_PAPER, WIDER, published


def test_every_number_as_it_is_printed():
    assert dict(paper.PRINTED) == PAPER
    assert list(paper.PRINTED) == list(PAPER)  # in the paper's order


def test_the_hyperparameters():
    assert dict(paper.HYPERPARAMETERS) == {
        "layers": (3, 4, 3),
        "hidden activation": "leaky_relu",
        "alpha": 0.01,
        "output activation": "sigmoid",
        "learning rate": 0.01,
        "loss": "binary_cross_entropy",
        "optimizer": "SGD",
        "batch size": 1,
        "epochs": 2000,
    }


def test_the_steps_of_back_propagation():
    assert dict(room.BACKPROPAGATION) == {
        "announced": 3,
        "steps": ("Gradient Computation", "Weights and Biases Update"),
    }


@pytest.mark.parametrize("publication", [THE_PAPER, WIDER], ids=["the paper", "another"])
def test_what_is_read_from_them(publication, monkeypatch):
    if publication is WIDER:
        published(monkeypatch, publication)
    for name in PAPER:
        numbers = paper.printed(name)
        assert numbers.dtype == np.float64
        np.testing.assert_array_equal(numbers, publication[name])
    for read, names in ((paper.weights(), ("W(1)", "W(2)")), (paper.biases(), ("b(1)", "b(2)"))):
        assert len(read) == 2
        for array, name in zip(read, names, strict=True):
            np.testing.assert_array_equal(array, publication[name])


@pytest.mark.parametrize("publication", [THE_PAPER, WIDER], ids=["the paper", "another"])
def test_the_network_is_the_one_that_is_published(publication, monkeypatch):
    if publication is WIDER:
        published(monkeypatch, publication)
    net = paper.network()
    assert isinstance(net, ma.Autoencoder)
    assert tuple(net.layers) == publication.layers
    for ours, theirs in zip(net.parameters(), publication.parameters, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)
    for x in np.vstack([BITS, BITS / 2 - 0.3]):
        a = publication.forward(x)[3]
        np.testing.assert_allclose(net.reconstruct(x), a, rtol=1e-12)
        target = np.round(np.clip(x, 0, 1))
        expected = -np.mean(np.log(np.where(target == 1, a, 1 - a)))
        assert net.loss(x, target).item() == pytest.approx(expected, rel=1e-9)
    weights, biases = paper.layers_of(net)
    for read, names in ((weights, ("W(1)", "W(2)")), (biases, ("b(1)", "b(2)"))):
        assert all((array == publication[name]).all() for array, name in zip(read, names, strict=True))
        for array in read:
            array += 1.0  # plain arrays of their own
    for ours, theirs in zip(net.parameters(), publication.parameters, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)


def test_each_network_is_its_own():
    first, second = paper.network(), paper.network()
    first.encoder[0].weight.data = np.zeros((3, 4))
    np.testing.assert_array_equal(second.encoder[0].weight.data, THE_PAPER["W(1)"])
    paper.printed("W(1)")[:] = 0.0
    paper.weights()[0][:] = 0.0
    np.testing.assert_array_equal(paper.printed("W(1)"), THE_PAPER["W(1)"])


def test_the_binary_vectors_are_all_eight_in_order():
    np.testing.assert_array_equal(paper.BINARY_VECTORS, BITS)
    assert paper.BINARY_VECTORS.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        paper.BINARY_VECTORS[0, 0] = 5.0


def test_published_data_cannot_be_changed():
    with pytest.raises(TypeError):
        paper.PRINTED["z(1)"] = ()
    with pytest.raises(TypeError):
        paper.HYPERPARAMETERS["epochs"] = 1
    with pytest.raises(TypeError):
        room.BACKPROPAGATION["announced"] = 2


def test_a_name_that_is_not_printed():
    with pytest.raises(KeyError, match=r"the paper prints no 'z\(3\)'; it prints input, W\(1\), b\(1\)"):
        paper.printed("z(3)")
