"""The guess at a cause: each in its words, and only where it explains the difference to five digits."""

from __future__ import annotations

import numpy as np
import pytest

from microae.testing.diagnosis import likely_cause

RIGHT = np.array([3.0, -1.0, 2.0, 0.5])
SQUARE = np.array([[1.0, 2.0], [5.0, -3.0]])
NEARLY = 1.0 + 5e-6
FAR = 1.0 + 1e-4

CAUSES = {
    "too few digits": "too few digits are right: is something large subtracted from its like?",
    "sign": "the sign is wrong",
    "zero": "the gradient is zero: is the input used through plain numbers or a function that cuts the graph?",
    "term": "a term is missing or wrong",
    "one": "only this element is wrong",
    "transposed": "the gradient is transposed",
    "reversed": "the elements are in reverse order",
    "infinite": "the gradient is not finite",
    "too many": "the gradient should be zero: a term too many",
    "kink": "at a kink: a gradient there must lie between the slopes on the two sides",
}


def bent(array, by):
    """The same array, one of whose elements, not the largest, is off by so much of the largest."""
    changed = array.copy()
    changed.flat[1] += (by - 1.0) * abs(array).max()
    return changed


@pytest.mark.parametrize(("automatic", "numerical", "cause"), [
    (bent(RIGHT, NEARLY), RIGHT, "too few digits"),
    (bent(RIGHT, FAR), RIGHT, "one"),
    (bent(-RIGHT, NEARLY), RIGHT, "sign"),
    (bent(-RIGHT, FAR), RIGHT, "term"),
    (0.0 * RIGHT, RIGHT, "zero"),
    (0.0 * RIGHT, None, "zero"),
    (np.array([np.inf, 1.0]), np.ones(2), "infinite"),
    (RIGHT, None, None),
    (RIGHT, np.full(4, np.nan), None),
    (RIGHT, 0.0 * RIGHT, "too many"),
    (bent(SQUARE.T.copy(), NEARLY), SQUARE, "transposed"),
    (bent(SQUARE.T.copy(), FAR), SQUARE, "term"),
    (bent(RIGHT[::-1].copy(), NEARLY), RIGHT, "reversed"),
    (bent(RIGHT[::-1].copy(), FAR), RIGHT, "term"),
    (SQUARE[::-1, ::-1], SQUARE, "reversed"),
    (SQUARE[::-1], SQUARE, "term"),
    (np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3) ** 2, "term"),  # not square: no transposed
    (np.array([1.0, 5.0]), np.array([1.0, 2.0]), "term"),  # of two elements none is "only"
    (np.array([1.0, 5.0, 3.0]), np.array([1.0, 2.0, 3.0]), "one"),
    (np.array([1.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0]), "term"),
])  # fmt: skip
def test_the_cause(automatic, numerical, cause) -> None:
    assert likely_cause([(automatic, numerical)]) == (CAUSES[cause] if cause else "")


def test_a_kink_comes_first_but_for_a_gradient_that_is_not_finite() -> None:
    assert likely_cause([(-RIGHT, RIGHT)], kink=True) == CAUSES["kink"]
    assert likely_cause([(RIGHT * np.nan, RIGHT)], kink=True) == CAUSES["infinite"]


@pytest.mark.parametrize(("factor", "words"), [
    (2.0, "2"), (-3.0, "-3"), (0.5, "1/2"), (-2.0 / 3.0, "-2/3"), (5.0 / 12.0, "5/12"), (1.0 / 13.0, "0.0769231"),
    (np.pi, "3.14159"), (0.5 * (1 + 5e-6), "1/2"), (0.5 * (1 + 1e-4), "0.50005"), (1e-7, "1e-07"),
])  # fmt: skip
def test_a_constant_factor(factor: float, words: str) -> None:
    assert likely_cause([(RIGHT, factor * RIGHT)]) == f"off by a constant factor: multiply by {words}"


def test_a_constant_factor_must_explain_all_to_five_digits() -> None:
    assert likely_cause([(bent(RIGHT, NEARLY), 2.0 * RIGHT)]).startswith("off by a constant factor")
    assert likely_cause([(bent(RIGHT, 1.0 + 3e-4), 2.0 * RIGHT)]) == CAUSES["term"]


def test_a_factor_near_1_that_is_another_at_each_point_is_no_cause():
    pairs = [(k * RIGHT, k * (1.0 - 5e-5 - 2e-6 * k) * RIGHT) for k in (1.0, 2.0)]
    assert "factor" not in likely_cause(pairs)


def test_the_same_number_everywhere() -> None:
    assert likely_cause([(RIGHT, RIGHT + 0.25)]) == "the same number is missing everywhere: 0.25"
    assert likely_cause([(bent(RIGHT, NEARLY), RIGHT - 1.0)]).startswith("the same number is missing everywhere: -1")
    assert likely_cause([(bent(RIGHT, FAR), RIGHT + 0.25)]) == CAUSES["term"]


def test_without_evidence_no_cause_is_named() -> None:
    assert likely_cause([]) == ""
    assert likely_cause([(-RIGHT, RIGHT)], telling=False) == ""


# --- enough evidence --------------------------------------------------------------------------------------------------


def test_one_number_is_enough_for_a_simple_factor_alone() -> None:
    def cause(factor: float, *elements: float) -> str:
        g = np.array(elements)
        return likely_cause([(g, factor * g)])

    assert cause(2.0, 3.0) == "off by a constant factor: multiply by 2"
    assert cause(-0.5, 0.0, 3.0) == "off by a constant factor: multiply by -1/2"
    assert cause(-1.0, 3.0) == CAUSES["sign"]
    assert cause(0.419974, 3.0) == ""
    assert "factor" not in cause(0.419974, 0.0, 3.0, 3.0)
    assert cause(0.419974, 3.0, 2.0) == "off by a constant factor: multiply by 0.419974"
    assert "factor" not in cause(5.0 / 12.0, 3.0)


def test_one_element_is_alone_only_beside_others_that_are_right() -> None:
    wrong, right = np.array([5.0, 0.0, 0.0, 0.0]), np.array([1.5, 0.0, 0.0, 0.0])
    assert likely_cause([(wrong, right)]) != CAUSES["one"]
    others = np.array([0.0, 1.0, 2.0, 0.0])
    assert likely_cause([(wrong + others, right + others)]) == CAUSES["one"]


def test_a_cause_explains_the_first_point_too() -> None:
    """After shrinking, a missing term may look like a factor; where it was seen first it does not."""
    shrunk = np.array([1.0]), np.array([2.0])
    assert likely_cause([shrunk]).startswith("off by a constant factor")
    assert likely_cause([shrunk, (np.array([1.0, 2.0]), np.array([2.0, 3.0]))]) == (
        "the same number is missing everywhere: 1"
    )
    assert likely_cause([shrunk, (np.array([3.0, 5.0]), np.array([6.0, 10.0]))]).startswith("off by a constant factor")
    assert likely_cause([(np.zeros(1), np.ones(1)), (np.array([0.0, 2.0]), np.ones(2))]) == CAUSES["term"]
