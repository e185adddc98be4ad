"""A share of ``tests/benchmarks/false_alarms.py``: correct functions that are hard to measure are not accused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

import microae as ma
from microae.core.operation import TABLE
from microae.testing import GradientCheckError, check_gradient_function, check_gradients
from microae.testing.strategies import arrays, positive_definite
from tests.testing.difficult import DIFFICULT


def test_they_are_many() -> None:
    assert len(DIFFICULT) >= 150


@pytest.mark.slow
@pytest.mark.parametrize("name", DIFFICULT)
def test_a_difficult_function_is_not_accused(name: str) -> None:
    f, inputs = DIFFICULT[name]
    try:
        check_gradients(f, *inputs, examples=15, seed=len(name))
    except GradientCheckError as error:
        assert error.report.verdict == "inconclusive", str(error)  # noqa: PT017
        assert "because" in str(error)  # noqa: PT017


def symmetric(n: int) -> st.SearchStrategy[np.ndarray]:
    return arrays((n, n)).map(lambda a: a + a.T)


@pytest.mark.parametrize("f", [np.linalg.eigvalsh, np.linalg.eigh])
def test_functions_of_symmetric_matrices_are_checked_along_symmetric_changes(f) -> None:
    assert check_gradients(f, symmetric(3), examples=30, seed=0).verdict == "agrees"


@pytest.mark.parametrize("f", [np.linalg.eigvalsh, np.linalg.cholesky, lambda a: np.linalg.eigh(a)[1] ** 2])
def test_a_function_of_symmetric_matrices_is_not_checked_at_others(f) -> None:
    definite = np.array([[2.0, 0.5], [0.25, 3.0]])
    with pytest.raises(ValueError, match=r"is for symmetric matrices: .* check it at .* or of A \+ A\.T"):
        check_gradients(f, definite)
    assert check_gradients(lambda a: f(a + a.T), definite).verdict == "agrees"
    assert check_gradients(f, definite + definite.T).verdict == "agrees"


def test_draws_that_are_not_symmetric_are_no_fault_of_the_gradient() -> None:
    with pytest.raises(ValueError, match="eigvalsh is for symmetric matrices"):
        check_gradients(lambda a: np.linalg.eigvalsh(a).sum(), arrays((3, 3)), examples=20, seed=0)


def test_a_wrong_rule_of_a_function_of_symmetric_matrices_is_found(monkeypatch) -> None:
    def check():
        return check_gradients(np.linalg.cholesky, positive_definite(3), examples=20, seed=0)

    assert check().verdict == "agrees"
    row = TABLE["cholesky"]
    (rule,) = row.vjps
    monkeypatch.setattr(row, "_vjps", (lambda g, out, a: 1.001 * rule(g, out, a),))
    with pytest.raises(GradientCheckError) as found:
        check()
    assert found.value.report.verdict == "disagrees"


@pytest.mark.parametrize("seed", range(4))
def test_sorting_ties_gives_any_of_the_pieces(seed: int) -> None:
    for x in (np.zeros(5), np.array([1.0, 0.0, 0.0, 1.0, 1.0])):
        report = check_gradients(np.sort, x, seed=seed)
        assert report.tallies[1, "input 0"].judged == 1
    assert check_gradients(np.sort, arrays((5,)), examples=40, seed=seed).verdict == "agrees"


TIED = {
    "median": np.median,
    "quantile": lambda x: np.quantile(x, 0.3),
    "percentiles": lambda x: np.percentile(x, [25.0, 60.0]),
    "an element of the sorted": lambda x: np.sort(x)[2],
    "partition": lambda x: np.partition(x, 2)[2],
    "median of a product": lambda x: np.median(x * 3.0),
}


@pytest.mark.parametrize("name", TIED)
def test_what_is_chosen_among_ties_is_not_accused(name: str) -> None:
    for x in (np.zeros(5), np.zeros(4), np.array([1.0, 1.0, 1.0, 0.0, 2.0])):
        for seed in range(3):
            try:
                check_gradients(TIED[name], x, seed=seed)
            except GradientCheckError as error:
                assert error.report.verdict == "inconclusive", str(error)  # noqa: PT017


def test_a_median_by_hand_is_not_accused_at_ties() -> None:
    def gradient(x):
        return np.where(np.arange(5) == np.argsort(x, kind="stable")[2], 1.0, 0.0)

    for seed in range(2):
        assert check_gradient_function(np.median, gradient, np.zeros(5), seed=seed).verdict == "agrees"
        assert check_gradient_function(np.median, gradient, arrays((5,)), examples=30, seed=seed).verdict == "agrees"


def test_numbers_at_the_end_of_the_floats_accuse_nobody() -> None:
    assert check_gradients(lambda x: 1.001 * ma.relu(x), 2.2250738585e-313, seed=2).verdict == "agrees"


def test_a_function_that_drops_imaginary_parts_says_nothing_to_the_user(recwarn) -> None:
    check_gradients(lambda x: np.full_like(x, 1.0) * x, np.ones(3), seed=0)
    assert not recwarn.list
