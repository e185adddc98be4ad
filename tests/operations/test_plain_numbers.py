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
