"""From scores to p-values by held-out inliers, and from p-values to decisions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

TAIL = 0.1
"""The share of the held-out scores that tells how the tail beyond the largest falls."""

HEAVIEST = 0.5
"""The largest ξ: a tail that is just too heavy for a variance. Few scores may show a heavier one by chance."""


class Calibration:
    """Conformal p-values: how often a sample like those that were fitted has such a score, or a larger one.

    ``p = (1 + #{held-out scores ≥ s}) / (n + 1)`` (Vovk, Gammerman and Shafer 2005). If a sample is drawn like the n
    held-out ones, ``P(p ≤ α) ≤ α`` for every α ≥ 1 / (n + 1), whatever the distribution of the scores. Beyond the
    largest held-out score S the p-value falls on as ``(s / S)^(-1/ξ) / (n + 1)``, a Pareto tail (Weissman 1978) with
    Hill's estimate (1975) of ξ ≤ 0.5 from the largest tenth; below 1 / (n + 1) it is therefore an estimate.

    Parameters
    ----------
    scores : array_like (n,)
        Of held-out inliers; at least one, not negative.
    resolution : float
        Scores that differ by no more than this, as by rounding, count as equal.

    Examples
    --------
    >>> from microae.anomalies import Calibration
    >>> calibration = Calibration([1.0, 2.0, 3.0, 4.0])
    >>> calibration.p_values([0.5, 2.5, 4.0])
    array([1. , 0.6, 0.4])
    >>> bool(calibration.p_values([400.0])[0] < 0.01)
    True
    """

    def __init__(self, scores: Any, resolution: float = 0.0) -> None:
        self.resolution = resolution
        self.scores: NDArray[np.float64] = np.sort(np.asarray(scores, np.float64))
        start, *largest = self.scores[-1 - max(5, round(TAIL * len(self.scores))) :]
        falling = np.log(largest).mean() - np.log(start) if start > 0 and largest else 0.0
        self.tail = float(np.clip(falling, 0.01, HEAVIEST))  # equal scores have nearly no tail

    def p_values(self, scores: Any) -> NDArray[np.float64]:
        """The p-value of each score, (N,); it never rises with the score."""
        s = np.maximum(np.asarray(scores, np.float64) - self.resolution, 0.0)
        n = len(self.scores)
        p = np.asarray((1.0 + n - np.searchsorted(self.scores, s, side="left")) / (n + 1.0), np.float64)
        beyond = s > self.scores[-1]
        with np.errstate(
            divide="ignore", over="ignore"
        ):  # a largest score of 0: whatever lies beyond is infinitely far
            p[beyond] *= (s[beyond] / self.scores[-1]) ** (-1.0 / self.tail)
        return p


def benjamini_hochberg(p_values: Any, rate: float) -> NDArray[np.bool_]:
    """Which of many p-values are small enough that in the mean at most a share ``rate`` of these comes from inliers.

    The k smallest are taken, k the largest number for which the k-th is at most ``rate · k / N`` (Benjamini and
    Hochberg 1995; for conformal p-values with one calibration set, Bates et al. 2023).

    Parameters
    ----------
    p_values : array_like (N,)
    rate : float
        The false-discovery rate, between 0 and 1.

    Returns
    -------
    array of bool (N,)

    Examples
    --------
    >>> from microae.anomalies import benjamini_hochberg
    >>> benjamini_hochberg([0.001, 0.9, 0.03, 0.04], 0.05)
    array([ True, False, False, False])
    """
    p = np.asarray(p_values, np.float64)
    ascending = np.sort(p)
    below = np.flatnonzero(ascending <= rate * np.arange(1, len(p) + 1) / max(1, len(p)))
    flagged: NDArray[np.bool_] = p <= (ascending[below[-1]] if len(below) else -1.0)
    return flagged
