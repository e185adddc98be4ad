"""Operations on plain Python numbers alone, with no Value and no array: they run as on float64."""

import numpy as np
import pytest

import microae as ma


@pytest.mark.parametrize(
    ("operation", "x", "expected"),
    [
        (ma.sigmoid, 0.0, 0.5),
        (ma.sigmoid, 0, 0.5),
        (ma.erfc, 0.0, 1.0),
        (ma.leaky_relu, -1.0, -0.01),
        (ma.softplus, 0.0, np.log(2.0)),
        (ma.relu, -1, 0.0),
        (ma.tanh, 0.0, 0.0),
    ],
)
def test_a_plain_number(operation, x, expected):
    assert operation(x) == pytest.approx(expected, rel=1e-15)


def test_a_python_number_beside_a_float32_array_does_not_widen_it():
    assert ma.add(np.ones(2, np.float32), 1.0).dtype == np.float32
    assert ma.multiply(ma.Value(np.ones(2, np.float32)), 2.0).dtype == np.float32


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int16, np.int32, np.int64, int])
def test_plain_whole_numbers_become_float64(dtype):
    """With no Value among the operands there is no float32 that they could fit into."""
    whole = np.array([0, 1], dtype)
    for result in (
        ma.add(whole, whole),
        ma.exp(whole),
        ma.add(whole, 1),
        ma.sigmoid(whole),
        ma.linear(whole, np.eye(2), whole),
    ):
        assert (type(result), result.dtype) == (np.ndarray, np.float64)
    np.testing.assert_array_equal(ma.add(whole, whole), [0.0, 2.0])
