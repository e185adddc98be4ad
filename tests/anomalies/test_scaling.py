"""Columns are scaled by their own unit, or all by one, and it is said which."""

import numpy as np
import pytest

import microae as ma
from microae.anomalies import Scaling

TABLE = np.random.default_rng(0).normal(size=(200, 3)) * [1.0, 20.0, 0.01] + [0.0, 500.0, 3.0]


def test_columns_are_scaled_to_mean_zero_and_deviation_one():
    scaling = Scaling.measured(TABLE)
    scaled = scaling(TABLE)
    assert (scaling.kind, scaled.dtype) == ("column", np.float32)
    np.testing.assert_allclose(scaled, (TABLE - TABLE.mean(axis=0)) / TABLE.std(axis=0), atol=1e-5)


def test_pixels_share_a_unit():
    images = ma.data.digits()[0]
    scaling = Scaling.measured(images)
    assert scaling.kind == "shared"
    unit = np.sqrt(np.square(images - images.mean(axis=0)).mean())
    np.testing.assert_allclose(scaling(images), (images - images.mean(axis=0)) / unit, atol=1e-5)
    assert "all columns share" in repr(scaling)


def test_the_kind_can_be_asked_for():
    assert np.ptp(Scaling.measured(TABLE, "shared").unit) == 0
    np.testing.assert_array_equal(Scaling.measured(TABLE, "none")(TABLE), TABLE.astype(np.float32))
    assert Scaling.measured(ma.data.digits()[0], "column").kind == "column"
    with pytest.raises(ValueError, match="scale must be one of 'auto', 'column', 'shared', 'none', got 'rows'"):
        Scaling.measured(TABLE, "rows")


@pytest.mark.parametrize("kind", ["column", "shared"])
def test_constant_columns_stay_finite_and_a_change_in_them_is_seen(kind):
    constant = np.full((20, 2), 7.0)
    scaled = Scaling.measured(constant, kind)([[7.0, 7.0], [7.0, 14.0]])
    assert (scaled[0] == 0).all()
    assert scaled[1, 1] > 5


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_numbers_of_each_kind_are_scaled_alike(dtype):
    whole = np.random.default_rng(1).integers(0, 100, size=(50, 3))
    expected = (whole - whole.mean(axis=0)) / whole.std(axis=0)
    np.testing.assert_allclose(
        Scaling.measured(whole.astype(dtype), "column")(whole.astype(dtype)), expected, atol=1e-5
    )


def test_what_is_far_stays_finite():
    scaled = Scaling.measured(TABLE)(np.array([[1e300, -1e300, 3.0]]))
    assert scaled.tolist()[0][:2] == [np.float32(1e12), np.float32(-1e12)]


def test_numbers_without_a_deviation_in_floats_are_refused():
    with pytest.raises(ValueError, match="the numbers of column 1 are too large"):
        Scaling.measured(np.array([[1.0, 1e300], [2.0, -1e300]]), "column")
