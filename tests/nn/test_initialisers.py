"""Initialisers: the distributions of their papers, and explicit randomness."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microae as ma
from microae.nn.initialisers import INITIALISERS, generator, initialiser

SHAPE = (300, 500)
VARIANCES = {
    "he_normal": 2 / 300,
    "he_uniform": 2 / 300,
    "glorot_normal": 2 / 800,
    "glorot_uniform": 2 / 800,
    "uniform": 1 / (3 * 300),
}
LIMITS = {"he_uniform": math.sqrt(6 / 300), "glorot_uniform": math.sqrt(6 / 800), "uniform": 1 / math.sqrt(300)}


def test_every_initialiser_is_tested():
    assert set(VARIANCES) == set(INITIALISERS)
    assert all(getattr(ma, name) is f for name, f in INITIALISERS.items())


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance(name):
    weights = INITIALISERS[name](SHAPE, np.random.default_rng(0))
    assert weights.shape == SHAPE
    assert weights.dtype == np.float64
    deviation = math.sqrt(VARIANCES[name])
    assert abs(weights.mean()) < 5 * deviation / math.sqrt(weights.size)
    # The variance of a sample variance is (kurtosis - 1) σ⁴ / n: 2 for the normal distribution, less for the uniform.
    assert weights.var() == pytest.approx(VARIANCES[name], rel=5 * math.sqrt(2 / weights.size))


@pytest.mark.parametrize("name", LIMITS)
def test_the_uniform_ones_fill_their_interval(name):
    weights = INITIALISERS[name](SHAPE, np.random.default_rng(0))
    assert np.abs(weights).max() <= LIMITS[name]
    assert np.abs(weights).max() == pytest.approx(LIMITS[name], rel=1e-3)
    quarters, _ = np.histogram(weights, bins=4, range=(-LIMITS[name], LIMITS[name]))
    np.testing.assert_allclose(quarters, weights.size / 4, rtol=0.02)


@pytest.mark.parametrize("name", ["he_normal", "glorot_normal"])
def test_the_normal_ones_are_normal(name):
    weights = INITIALISERS[name](SHAPE, np.random.default_rng(0)) / math.sqrt(VARIANCES[name])
    for z, share in ((1.0, 0.682689), (2.0, 0.954500), (3.0, 0.997300)):
        assert (np.abs(weights) < z).mean() == pytest.approx(share, abs=0.005)


def test_the_same_seed_gives_the_same_weights():
    def weights(seed, **options):
        return ma.Linear(4, 3, seed=seed, **options).weight.data

    np.testing.assert_array_equal(weights(7), weights(7))
    assert (weights(7) != weights(8)).any()
    np.testing.assert_array_equal(weights(7), weights(np.random.default_rng(7)))
    assert (weights(None) != weights(None)).any()
    shared = np.random.default_rng(7)
    assert (weights(shared) != weights(shared)).any()
    np.testing.assert_array_equal(weights(7, initialiser="he_uniform"), weights(7))
    for name, f in INITIALISERS.items():
        np.testing.assert_array_equal(weights(7, initialiser=name), f((4, 3), np.random.default_rng(7)))
        np.testing.assert_array_equal(weights(7, initialiser=f), weights(7, initialiser=name))


def test_the_global_random_state_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    ma.Autoencoder([4, 2, 4], noise=0.1, dropout=0.5, seed=1).loss([0.0, 0.1, 0.2, 0.3])
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_errors():
    with pytest.raises(ValueError, match=r"'he' is not known; use one of he_normal, .*uniform, or a function"):
        initialiser("he")
    for seed in ("0", 1.5, [1]):
        with pytest.raises(TypeError, match="seed must be an integer"):
            generator(seed)
    assert generator(np.int64(3)).integers(1000) == generator(3).integers(1000)
