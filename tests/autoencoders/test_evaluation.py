"""Reconstruction errors and PCA, against eigenvalues and against other projections."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.autoencoders.evaluation import (
    cross_entropies,
    pca_reconstruction,
    reconstruction_errors,
    worst,
)


def pca_reconstruction_error(train, test, code_size):
    return reconstruction_errors(test, pca_reconstruction(train, test, code_size)).mean()


sizes = st.tuples(st.integers(2, 12), st.integers(1, 6), st.integers(0, 7), st.integers(0, 999))


@given(sizes=sizes)
@settings(deadline=None, max_examples=60)
def test_pca_leaves_the_smallest_eigenvalues_of_the_covariance(sizes):
    n, features, code, seed = sizes
    x = np.random.default_rng(seed).normal(size=(n, features))
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T, bias=True).reshape(features, features))
    expected = eigenvalues[: max(0, features - code)].sum() / features
    np.testing.assert_allclose(pca_reconstruction_error(x, x, code), expected, rtol=1e-9, atol=1e-13)


@given(sizes=sizes)
@settings(deadline=None, max_examples=60)
def test_no_other_projection_is_better(sizes):
    n, features, code, seed = sizes
    rng = np.random.default_rng(seed)
    x, code = rng.normal(size=(n, features)) * rng.random(features), min(code, features)
    directions = np.linalg.qr(rng.normal(size=(features, code)))[0]
    other = x.mean(0) + (x - x.mean(0)) @ directions @ directions.T
    assert pca_reconstruction_error(x, x, code) <= np.mean((x - other) ** 2) + 1e-12


def test_pca_of_other_data():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(30, 5)) + 3, rng.normal(size=(7, 5))
    np.testing.assert_allclose(pca_reconstruction(train, test, 5), test, atol=1e-12)
    np.testing.assert_allclose(pca_reconstruction(train, test, 0), np.tile(train.mean(0), (7, 1)))
    once = pca_reconstruction(train, test, 2)
    np.testing.assert_allclose(pca_reconstruction(train, once, 2), once, atol=1e-12)
    errors = [pca_reconstruction_error(train, test, k) for k in range(6)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.slow
def test_pca_of_the_digits():
    images, _ = ma.data.digits()
    assert 0.0024 < pca_reconstruction_error(images[:1400], images[1400:], 32) < 0.0032


def test_pca_refuses():
    with pytest.raises(ValueError, match="pca: train has 3 features, test has 2"):
        pca_reconstruction(np.eye(3), np.ones((1, 2)), 1)
    with pytest.raises(ValueError, match="code_size must not be negative"):
        pca_reconstruction(np.eye(3), np.eye(3), -1)
    with pytest.raises(ValueError, match="test: NaN in row 0"):
        pca_reconstruction(np.eye(2), [[np.nan, 0]], 1)


@given(n=st.integers(1, 5), features=st.integers(1, 5), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_errors_of_each_sample(n, features, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, n, features))
    squared = [sum((x[i, j] - y[i, j]) ** 2 for j in range(features)) / features for i in range(n)]
    np.testing.assert_allclose(reconstruction_errors(x, y), squared)
    losses = ma.binary_cross_entropy(ma.Value(np.clip(y, 1e-3, 1 - 1e-3)), x, reduction="none").data.mean(axis=1)
    np.testing.assert_allclose(cross_entropies(x, y), losses)


def test_cross_entropy_is_clipped():
    np.testing.assert_allclose(cross_entropies([[1.0, 0.0]], [[-3.0, 0.0]], 0.1), [-(np.log(0.1) + np.log(0.9)) / 2])
    np.testing.assert_allclose(cross_entropies([[1.0, 0.0]], [[1.0, 7.0]], 0.1), [-(np.log(0.9) + np.log(0.1)) / 2])
    np.testing.assert_allclose(cross_entropies([[0.0]], [[1.0]]), [-np.log(1e-3)])  # by default, PCA's overshoot too


def test_shapes_must_be_alike():
    with pytest.raises(ValueError, match=r"samples of shape \(2, 2\), reconstructions of \(1, 2\)"):
        reconstruction_errors(np.eye(2), np.ones((1, 2)))


@given(errors=st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=12), n=st.integers(0, 15))
@settings(deadline=None, max_examples=60)
def test_worst(errors, n):
    expected = sorted(range(len(errors)), key=lambda i: (-errors[i], i))[:n]
    assert worst(errors, n).tolist() == expected
