"""How far two gradients are apart: relative to the larger, at any size, and nothing floored but by what is asked."""

import math

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.paper import checking
from tests.paper.publication import BITS, THE_PAPER, WIDER, published, replaced


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 1e9])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_difference_is_relative_to_the_largest_of_either(size, sign):
    manual, automatic = sign * size * np.array([1.0, 2.0, 0.0]), sign * size * np.array([1.0, 1.5, 0.25])
    assert paper.relative_difference(manual, automatic) == pytest.approx(0.25, rel=1e-12)
    assert paper.relative_difference(automatic, manual) == pytest.approx(0.25, rel=1e-12)
    assert paper.relative_difference(manual, -manual) == pytest.approx(2.0, rel=1e-12)


def test_a_smallest_magnitude_counts_only_below_it():
    manual, automatic = np.array([1e-4, 0.0]), np.array([1e-4, 1e-6])
    assert paper.relative_difference(manual, automatic) == pytest.approx(1e-2, rel=1e-12)
    assert paper.relative_difference(manual, automatic, 1e-3) == pytest.approx(1e-3, rel=1e-12)
    assert paper.relative_difference(manual, automatic, 1e-5) == pytest.approx(1e-2, rel=1e-12)


def test_equal_and_empty_arrays_and_what_is_not_a_number():
    assert paper.relative_difference(np.zeros(3), np.zeros(3)) == 0.0
    assert paper.relative_difference(np.zeros(0), np.zeros(0)) == 0.0
    assert math.isnan(paper.relative_difference(np.array([1.0, np.nan]), np.ones(2)))
    assert math.isnan(paper.relative_difference(np.ones(2), np.array([1.0, np.nan])))
    assert paper.relative_difference(np.array([1e-300]), np.array([0.0])) == 1.0


def parameters_of(net):
    return [p.numpy() for p in net.parameters()]


def largest(p, x, parameters, wrong_by):
    """What a relative fault in all gradients comes to, where those below 1e-3 count as 1e-3."""
    rows = [p.gradients(row, row, parameters) for row in np.atleast_2d(x)]
    sizes = [np.abs(np.mean(parts, axis=0)).max() for parts in zip(*rows, strict=True)]
    return max(wrong_by * size / max(size, 1e-3) for size in sizes)


@pytest.mark.parametrize("wrong_by", [1e-6, 1e-9])
@pytest.mark.parametrize("x", [BITS[5], BITS, BITS[:1]], ids=["the example", "all", "one"])
@pytest.mark.parametrize("kind", ["untrained", "published", "nearly exact"])
def test_a_wrong_gradient_is_told_by_its_size(monkeypatch, wrong_by, x, kind):
    net = ma.Autoencoder([3, 4, 3], seed=1) if kind == "untrained" else paper.network()
    if kind == "nearly exact":  # its gradients at the example are about 1e-6
        for parameter in net.parameters()[2:]:
            parameter.data = 2.0 * parameter.numpy()
    expected = largest(THE_PAPER, x, parameters_of(net), wrong_by)
    assert paper.gradient_difference(net, x) < 1e-12
    right = paper.manual_gradients

    def wrong(*given):
        return [[(1.0 - wrong_by) * g for g in part] for part in right(*given)]

    replaced(monkeypatch, right, wrong)
    assert paper.gradient_difference(net, x) == pytest.approx(expected, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("k", range(4))
def test_one_wrong_parameter_is_enough(monkeypatch, k):
    net = ma.Autoencoder([3, 4, 3], seed=1)
    right = checking.gradients

    def wrong(*given):
        return [1.01 * g if i == k else g for i, g in enumerate(right(*given))]

    replaced(monkeypatch, right, wrong)
    assert paper.gradient_difference(net, BITS) == pytest.approx(0.01 / 1.01, rel=0.02)


def test_the_activations_are_those_of_the_network():
    net = ma.Autoencoder([3, 5, 3], activation="tanh", seed=0)
    assert paper.gradient_difference(net, BITS, ("tanh", "sigmoid")) < 1e-12
    assert paper.gradient_difference(net, BITS) > 1e-3


def test_another_publication(monkeypatch):
    published(monkeypatch, WIDER)
    assert paper.gradient_difference(paper.network(), WIDER["input"]) < 1e-12


def test_a_gradient_that_is_not_a_number_is_a_difference(monkeypatch):
    right = checking.gradients
    replaced(monkeypatch, right, lambda *given: [np.nan * g for g in right(*given)])
    assert math.isnan(paper.gradient_difference(paper.network(), BITS[5]))
