"""P-values and decisions against counting, SciPy, and chance itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from microae.anomalies import Calibration, benjamini_hochberg

numbers = st.floats(0, 100)
lists = st.lists(numbers, min_size=1, max_size=30)


@given(lists, lists)
def test_within_the_held_out_scores_a_p_value_is_a_count(held_out, scores):
    scores = [score for score in scores if score <= max(held_out)]
    counted = [(1 + sum(h >= s for h in held_out)) / (len(held_out) + 1) for s in scores]
    np.testing.assert_array_equal(Calibration(held_out).p_values(scores), counted)


@pytest.mark.slow
@given(lists, lists)
def test_a_larger_score_never_has_a_larger_p_value(held_out, scores):
    p = Calibration(held_out).p_values(sorted([*scores, 1e300]))
    assert (np.diff(p) <= 0).all()
    assert ((p >= 0) & (p <= 1)).all()


def test_beyond_the_held_out_scores_it_falls_as_their_tail_does():
    rng = np.random.default_rng(0)
    scores = rng.pareto(4.0, 5000) + 1.0  # P(S > s) = s^-4
    p = Calibration(scores).p_values([20.0, 40.0])
    assert p[0] < 1 / 5001
    slope = np.log(p[1] / p[0]) / np.log(2.0)
    assert slope == pytest.approx(-4.0, rel=0.15)


@pytest.mark.parametrize("scores", [[0.0] * 20, [3.0] * 20, [1.0], [0.0, 1.0]])
def test_a_score_far_beyond_has_a_small_p_value_whatever_was_held_out(scores):
    assert Calibration(scores).p_values([1e9])[0] < 1e-3


def test_differences_below_the_resolution_count_as_none():
    calibration = Calibration([0.0, 0.0, 0.0, 2.0], resolution=0.01)
    np.testing.assert_array_equal(calibration.p_values([0.0, 0.009, 0.011, 2.009]), [1.0, 1.0, 0.4, 0.4])
    assert calibration.p_values([2.1])[0] < 0.2
    np.testing.assert_array_equal(Calibration([0.0] * 9, 0.01).p_values([0.009, 0.011]), [1.0, 0.0])


@pytest.mark.slow
def test_p_values_of_inliers_are_rarely_small_and_those_of_others_often():
    rng, hits = np.random.default_rng(0), []
    for _ in range(4000):
        held_out, new = np.exp(rng.normal(size=49)), np.exp(rng.normal(size=1))
        hits.append(Calibration(held_out).p_values(new)[0])
    for alpha in (0.02, 0.1, 0.5):
        assert np.mean(np.array(hits) <= alpha) == pytest.approx(alpha, abs=4 * np.sqrt(alpha / 4000))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_decisions_are_those_of_scipy(p_values, rate):
    adjusted = false_discovery_control(p_values, method="bh")
    clear = np.abs(adjusted - rate) > 1e-9  # SciPy divides where here is multiplied
    np.testing.assert_array_equal(benjamini_hochberg(p_values, rate)[clear], (adjusted <= rate)[clear])


def test_the_share_of_false_discoveries_is_kept():
    rng, shares = np.random.default_rng(1), []
    for _ in range(400):
        calibration = Calibration(np.abs(rng.normal(size=1000)))
        scores = np.abs(np.concatenate([rng.normal(size=180), rng.normal(8.0, 1.0, size=20)]))
        flagged = benjamini_hochberg(calibration.p_values(scores), 0.1)
        shares.append(flagged[:180].sum() / max(1, flagged.sum()))
        assert flagged[180:].mean() > 0.5
    assert np.mean(shares) < 0.1


def test_no_p_value_is_no_anomaly():
    assert benjamini_hochberg([], 0.05).shape == (0,)
    assert not benjamini_hochberg([0.5, 0.9], 0.05).any()
