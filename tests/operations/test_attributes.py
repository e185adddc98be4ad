"""What arrays have beside the methods of the table: on Values too, or a message that says what to write instead."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae import Value
from microae.operations.attributes import INSTEAD_OF_ATTRIBUTES

MATRICES = np.arange(12.0).reshape(2, 3, 2)


@pytest.mark.parametrize("array", [np.float64(2.5), np.array([1.0, 2.0], np.float32), MATRICES])
def test_parts_and_lists_are_numpys(array):
    v = Value(array)
    assert v.tolist() == array.tolist()
    assert type(v.real) is Value
    np.testing.assert_array_equal(v.real.data, array.real)
    np.testing.assert_array_equal(v.imag, array.imag)
    assert ma.gradients((3.0 * v.real).sum(), [v])[0] == pytest.approx(np.full(array.shape, 3.0))


def test_the_transpose_of_each_matrix():
    v = Value(MATRICES)
    np.testing.assert_array_equal(v.mT.data, np.swapaxes(MATRICES, -1, -2))
    seed = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(ma.gradients(v.mT, [v], seed)[0], np.swapaxes(seed, -1, -2))
    with pytest.raises(ValueError, match="at least 2 axes"):
        _ = Value([1.0]).mT


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unsqueeze", r"a Value has no attribute 'unsqueeze'; use np\.expand_dims\(v, axis\)$"),
        ("view", r"use v\.reshape\(shape\)"),
        ("tobytes", r"'tobytes'; use v\.data\.tobytes, outside the graph$"),
        ("banana", "a Value has no attribute 'banana'$"),
        ("__float128__", "a Value has no attribute '__float128__'$"),
    ],
)
def test_a_missing_attribute_says_what_to_write(name, words):
    with pytest.raises(AttributeError, match=words) as caught:
        getattr(Value(1.0), name)
    assert caught.value.name == name
    assert not hasattr(Value(1.0), name)


def test_only_what_values_lack_is_said_to_be_missing():
    assert [name for name in INSTEAD_OF_ATTRIBUTES if hasattr(Value([[1.0]]), name)] == []


def test_what_is_proposed_works():
    """Those that are expressions of ``v`` alone, and of small arguments."""
    given = {"v": Value([[1.0, 2.0], [3.0, 4.0]]), "w": Value(np.ones((2, 2))), "np": np, "x": 1.0, "axis": 0, "k": 1}
    given |= {"axes": (1, 0), "shape": (2, 2), "low": 0.0, "high": 1.0, "mask": np.eye(2) > 0, "n": 2, "dtype": "f4"}
    given |= {"i": np.array([[0, 1]]), "condition": np.eye(2) > 0}
    for written in INSTEAD_OF_ATTRIBUTES.values():
        expression = written.partition(";")[0].partition(" of a leaf")[0].partition(" for ")[0].removesuffix(" itself")
        exec(expression, given)
