"""Decompositions: what NumPy gives and which sign, where values are equal, and what is said where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.core.value import Value
from tests import oracles

RNG = np.random.default_rng(0)
SYMMETRIC = np.array([[2.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, -1.5]])
SQUARE = np.array([[1.0, 0.3, 0.2], [0.1, -2.0, 0.4], [0.3, -0.1, 4.0]])


def gradient(f, x):
    leaf = Value(x)
    return ma.gradients(f(leaf), [leaf])[0]


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (5, 3, 2), (0, 2, 3), (1, 1)])
def test_results_are_numpys_with_its_signs(shape):
    x = RNG.normal(size=shape)
    for ours, right in (
        (np.linalg.svd(Value(x), full_matrices=False), np.linalg.svd(x, full_matrices=False)),
        (np.linalg.qr(Value(x)), np.linalg.qr(x)),
    ):
        assert type(ours)._fields == type(right)._fields
        for part, expected in zip(ours, right, strict=True):
            np.testing.assert_allclose(part.data, expected, rtol=1e-12, atol=1e-14)
            assert part.shape == expected.shape


def test_eigenvectors_are_numpys_with_its_signs():
    for f, x in ((np.linalg.eigh, SYMMETRIC), (np.linalg.eig, SQUARE)):
        ours, right = f(Value(x)), f(x)
        assert type(ours)._fields == type(right)._fields
        np.testing.assert_allclose(ours.eigenvalues.data, right.eigenvalues, rtol=1e-13)
        np.testing.assert_array_equal(ours.eigenvectors.data, right.eigenvectors)
    upper = np.triu(SYMMETRIC)
    np.testing.assert_allclose(np.linalg.eigh(Value(upper), "U").eigenvalues.data, np.linalg.eigvalsh(SYMMETRIC))


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
def test_equal_singular_values_have_the_gradient_of_what_treats_them_alike(shape):
    """Sums of functions of the values are smooth there; the nuclear norm, the sum itself, has U Vᵀ."""
    q, _ = np.linalg.qr(RNG.normal(size=(4, 4)))
    x = q[: shape[0], : shape[1]] if shape != (3, 3) else np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    x = np.linalg.svd(x, full_matrices=False)[0] @ np.linalg.svd(x, full_matrices=False)[2]  # all values are 1
    np.testing.assert_allclose(gradient(lambda v: np.linalg.norm(v, "nuc"), x), x, atol=1e-14)
    np.testing.assert_allclose(gradient(lambda v: (np.linalg.svdvals(v) ** 3).sum(), 2.0 * x), 12.0 * x, atol=1e-13)


def test_equal_eigenvalues_have_the_gradient_of_what_treats_them_alike():
    x = np.diag([2.0, 2.0, 5.0])
    np.testing.assert_allclose(gradient(lambda a: (np.linalg.eigvalsh(a) ** 2).sum(), x), 2.0 * x, atol=1e-14)
    np.testing.assert_allclose(gradient(lambda a: (np.linalg.eigh(a).eigenvalues ** 2).sum(), x), 2.0 * x, atol=1e-14)


NEARLY = np.array([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]])
"""Two of its eigenvalues are equal, and come out a rounding apart."""


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda a: np.linalg.eigh(a)[1].sum(), np.eye(3)),
        (lambda a: np.linalg.eigh(a)[1][0, 1], NEARLY),
        (lambda a: np.linalg.eigh(a)[1][0, 0], np.zeros((2, 2))),
        (lambda a: np.linalg.svd(a).U[0, 1], NEARLY),
        (lambda a: np.linalg.svd(a).Vh[0, 1], -np.eye(2)),
        (lambda a: np.linalg.svd(a, full_matrices=False).U[0, 0], np.outer(np.arange(3.0), [1.0, 2.0])),
        (lambda a: np.linalg.eigvals(a)[0], np.array([[1.0, 1.0], [0.0, 1.0]])),
        (lambda a: np.linalg.eig(a).eigenvectors[0, 0], np.eye(2)),
        (lambda a: np.linalg.qr(a).Q[0, 0], np.ones((3, 2))),
        (lambda a: np.linalg.qr(a, "r")[1, 1], np.outer(np.arange(3.0), [1.0, 2.0])),
        (lambda a: np.linalg.pinv(a).sum(), np.ones((2, 2))),
        (lambda a: np.linalg.pinv(a, 0.5).sum(), np.diag([1.0, 0.1])),
        (lambda a: np.linalg.lstsq(a, np.ones(3)).x.sum(), np.ones((3, 2))),
    ],
)
def test_what_does_not_exist_is_refused(f, x):
    with pytest.raises(np.linalg.LinAlgError, match="no derivative"):
        gradient(f, x)


SINGULAR = {
    "exactly": np.diag([3.0, 1.0, 0.0]),
    "rounded": np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 2.0]]),
}
WEIGHTS = np.array([[0.3, -1.0, 0.7], [1.1, 0.4, -0.2], [-0.6, 0.9, 0.5]])


@pytest.mark.parametrize("name", SINGULAR)
def test_a_singular_matrix_composed_of_its_parts_has_its_own_gradient(name):
    def composed(a):
        u, s, vh = np.linalg.svd(a)
        return np.sum(WEIGHTS * ((u * s) @ vh))

    np.testing.assert_allclose(gradient(composed, SINGULAR[name]), WEIGHTS, atol=1e-13)


@pytest.mark.parametrize("name", SINGULAR)
@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.sum(np.linalg.svdvals(a) ** 2),
        lambda a: np.sum(np.log1p(np.linalg.svd(a)[1] ** 2)),
        lambda a: WEIGHTS[0] @ np.linalg.svd(a)[2][2] ** 2,
    ],
)
def test_even_functions_of_a_singular_value_of_0_have_their_second_derivatives(f, name):
    a, h = SINGULAR[name], 1e-5
    steps = h * np.eye(9).reshape(9, 3, 3)
    by_f = [(f(a + step) - f(a - step)) / (2 * h) for step in steps]
    np.testing.assert_allclose(gradient(f, a).ravel(), by_f, atol=1e-8)
    by_gradient = [(gradient(f, a + step) - gradient(f, a - step)) / (2 * h) for step in steps]
    np.testing.assert_allclose(ma.hessian(f, a).reshape(9, 3, 3), by_gradient, atol=1e-7)


@pytest.mark.parametrize("name", SINGULAR)
def test_the_left_vector_of_a_singular_value_of_0_has_no_derivative_beside_the_right_one(name):
    """The nearest orthogonal matrix, U Vᵀ, jumps where the determinant changes its sign."""
    with pytest.raises(np.linalg.LinAlgError, match=r"svd: the left vector .* leave it out, as U\[:, :-1\] does"):
        gradient(lambda a: np.sum(WEIGHTS * (np.linalg.svd(a).U @ np.linalg.svd(a).Vh)), SINGULAR[name])
    assert np.isfinite(gradient(lambda a: np.sum(WEIGHTS[:, :2] * np.linalg.svd(a).U[:, :-1]), SINGULAR[name])).all()


@pytest.mark.parametrize("ord_", ["nuc", 2, -2])
def test_norms_of_singular_values_have_gradient_zero_at_zero(ord_):
    assert not gradient(lambda a: np.linalg.norm(a, ord_), np.zeros((2, 3))).any()
    a = np.outer([1.0, 2.0, 3.0], [1.0, 1.0])  # of rank 1 up to rounding
    expected = {"nuc": a / np.linalg.norm(a), 2: a / np.linalg.norm(a), -2: np.zeros((3, 2))}[ord_]
    np.testing.assert_allclose(gradient(lambda a: np.linalg.norm(a, ord_), a), expected, atol=1e-14)


@pytest.mark.parametrize("ord_", ["nuc", 2, -2])
def test_the_square_of_a_norm_of_one_number_has_its_second_derivative(ord_):
    assert ma.hessian(lambda a: np.linalg.norm(a, ord_) ** 2, np.zeros((1, 1))).item() == 2.0


def test_second_derivatives_through_equal_values_are_refused():
    with pytest.raises(np.linalg.LinAlgError, match="two of the values are equal"):
        ma.hessian(lambda a: (np.linalg.eigvalsh(a) ** 2).sum(), np.eye(2))


def test_small_values_that_differ_are_no_equal_ones():
    x = np.diag([1.0, 2e-9, 1e-9])
    u = gradient(lambda a: np.linalg.svd(a).U[0, 1] * np.linalg.svd(a).Vh[1, 1], x)
    assert np.isfinite(u).all()
    assert u.any()


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (np.linalg.eigvals, [[0.0, 1.0], [-1.0, 0.0]], "eigvals: .*complex eigenvalues"),
        (np.linalg.eig, [[0.0, 1.0], [-1.0, 0.0]], "complex eigenvalues"),
        (np.linalg.svd, np.ones((2, 3)), "svd: .*full_matrices=False"),
        (lambda a: np.linalg.qr(a, "raw"), np.eye(2), "qr: mode 'raw' .*'reduced'"),
        (lambda a: np.linalg.qr(a, "complete"), np.ones((3, 2)), "qr: mode 'complete'"),
        (lambda a: np.linalg.pinv(a, 0.1, rtol=0.1), np.eye(2), "pinv: .*give one"),
        (lambda a: np.linalg.lstsq(a, np.ones(3)), np.eye(2), "lstsq: shapes"),
        (lambda a: np.linalg.multi_dot([a]), np.eye(2), "multi_dot: needs two"),
        (lambda a: np.linalg.multi_dot([a, np.ones(2), a]), np.eye(2), "multi_dot: needs matrices"),
        (lambda a: np.linalg.matrix_power(a, 2), np.ones((2, 3)), "matrix_power: needs a square matrix"),
        (lambda a: np.cross(a, a), np.ones(2), "cross: needs vectors of 3 elements"),
        (lambda a: np.linalg.tensorinv(a), np.ones((2, 3, 4)), "tensorinv: "),
        (lambda a: np.linalg.tensorsolve(a, np.ones(3)), np.ones((2, 2)), "tensorsolve: "),
        (lambda a: np.vecdot(a, np.ones(2)), np.ones(3), "vecdot: vectors of 3 and 2"),
    ],
)
def test_what_is_wrong_is_said(f, x, words):
    with pytest.raises(ValueError, match=words):
        f(Value(x))


def test_values_that_are_zero_have_gradient_zero():
    assert not gradient(lambda v: np.linalg.norm(v, "nuc"), np.zeros((2, 3))).any()
    assert not gradient(lambda v: np.linalg.norm(v, 2), np.zeros((2, 2))).any()
    np.testing.assert_array_equal(gradient(lambda v: np.linalg.norm(v, -1), [0.0, 2.0]), [0.0, 0.0])
    assert np.linalg.norm(Value([0.0, 2.0]), -1).item() == 0.0


def test_the_largest_values_that_tie_share_the_gradient():
    np.testing.assert_allclose(gradient(lambda v: np.linalg.norm(v, 2), np.eye(2)), np.eye(2) / 2, atol=1e-15)


def test_the_zeroth_power_is_the_identity_and_stays_in_the_graph():
    x = Value(np.array([[1.0, 2.0], [3.0, np.inf]], np.float32))
    out = np.linalg.matrix_power(x, 0)
    assert isinstance(out, Value)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out.data, np.eye(2))
    np.testing.assert_array_equal(ma.gradients(out.sum(), [x])[0], np.zeros((2, 2)))


def test_the_rank_and_the_values_of_a_least_squares_problem():
    a, b = RNG.normal(size=(4, 2)), RNG.normal(size=4)
    ours, right = np.linalg.lstsq(Value(a), Value(b)), np.linalg.lstsq(a, b)
    assert ours.rank == right[2]
    np.testing.assert_allclose(ours.s.data, right[3])
    dependent = np.linalg.lstsq(np.ones((3, 2)), Value(b[:3]))
    assert (dependent.rank, dependent.residuals.size) == (1, 0)
    slopes = oracles.extrapolated(lambda y: np.linalg.lstsq(np.ones((3, 2)), y)[0][0], [b[:3]])
    leaf = Value(b[:3])
    np.testing.assert_allclose(
        ma.gradients(np.linalg.lstsq(np.ones((3, 2)), leaf).x[0], [leaf])[0], slopes.values[0], rtol=1e-8
    )
