"""Columns are scaled by their own unit, or all by one, and it is said which."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    with pytest.raises(ValueError, match="scaling must be one of 'auto', 'column', 'shared', 'none', got 'rows'"):
        Scaling.measured(TABLE, "rows")


@pytest.mark.parametrize("kind", ["column", "shared"])
def test_constant_columns_stay_finite_and_a_change_in_them_is_seen(kind):
    constant = np.full((20, 2), 7.0)
    scaled = Scaling.measured(constant, kind)([[7.0, 7.0], [7.0, 14.0]])
    assert (scaled[0] == 0).all()
    assert scaled[1, 1] > 5


@pytest.mark.parametrize("number", [4.7e-9, -0.002, 4.7, 1e9])
def test_the_unit_of_a_constant_column_is_a_tenth_of_its_number(number):
    x = np.random.default_rng(0).normal(size=(50, 2)) * [1.0, 0.0] + [0.0, number]
    scaling = Scaling.measured(x, "column")
    np.testing.assert_allclose(scaling.unit[1], abs(number) / 10, rtol=1e-9)
    np.testing.assert_allclose(scaling([[0.0, 1000 * number]])[0, 1], np.sign(number) * 9990, rtol=1e-5)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_column_of_zeros_takes_the_smallest_unit_of_the_others(scale):
    x = scale * np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 0.0, 100.0]
    scaling = Scaling.measured(x, "column")
    assert scaling.unit[1] == scaling.unit[0] < scaling.unit[2]
    np.testing.assert_allclose(scaling.unit[1], x[:, 0].std(), rtol=1e-12)
    assert Scaling.measured(np.zeros((9, 2)), "column").unit.tolist() == [0.1, 0.1]
    tiny = np.full((9, 1), 1e-44, np.float32)  # a tenth of it has no inverse in float32
    assert not Scaling.measured(tiny, "column")(tiny).any()


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
    largest = np.array([[3e38, -3e38, 3.0]], np.float32)
    assert np.isfinite(Scaling.measured(0.01 * TABLE.astype(np.float32))(largest)).all()


@pytest.mark.parametrize("kind", ["auto", "column", "shared", "none"])
def test_scaled_samples_come_back(kind):
    scaling = Scaling.measured(TABLE, kind)
    back = scaling.restored(scaling(TABLE, np.float64))
    np.testing.assert_allclose(back, TABLE, rtol=1e-12)
    assert scaling.restored(scaling(TABLE)).dtype == np.float32


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["column", "shared"])
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=5), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_samples_in_parts_give_the_scaling_of_all(kind, sizes, seed):
    rng = np.random.default_rng(seed)
    parts = [
        rng.normal(rng.normal(), rng.uniform(0.1, 9), size=(n, 3)) * [1.0, 1e-6, 0.0] + [1e3, 0.0, 0.1] for n in sizes
    ]
    scaling = Scaling.measured(parts[0], kind)
    for part in parts[1:]:
        scaling = scaling.updated(part)
    x = np.concatenate(parts)
    assert scaling.kind == kind
    np.testing.assert_allclose(scaling.centre, x.mean(axis=0), rtol=1e-12, atol=1e-15)
    assert scaling.varies.tolist() == [len(x) > 1, len(x) > 1, False]
    if len(x) > 1:
        deviation = x.std(axis=0)
        deviation[2] = 0.01  # a tenth of the number
        unit = deviation if kind == "column" else np.full(3, np.sqrt(x.var(axis=0).mean()))
        np.testing.assert_allclose(scaling.unit, unit, rtol=1e-9)


def test_parts_that_are_too_far_apart_are_refused():
    with pytest.raises(ValueError, match="the numbers in column 0 are too large for their variance"):
        Scaling.measured(np.array([[1.0], [2.0]])).updated(np.array([[1e200], [1e200]]))
    assert Scaling.measured(TABLE, "none").updated(1e300 * TABLE).unit.tolist() == [1.0] * 3


def test_numbers_without_a_deviation_in_floats_are_refused():
    with pytest.raises(ValueError, match="the numbers in column 1 are too large for their variance; divide them first"):
        Scaling.measured(np.array([[1.0, 1e300], [2.0, -1e300]]), "column")
