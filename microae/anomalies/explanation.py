"""Why a sample is an anomaly: the features in which it differs from what is expected of a normal sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """One feature of a sample that is explained.

    Attributes
    ----------
    feature : str
        Its name.
    share : float
        How much of the sample's score it makes up, from 0 to 1.
    value, usual : float
        What the sample has, and what is expected of a normal sample that is like it else, in the units of the data.
    """

    feature: str
    share: float
    value: float
    usual: float

    def __str__(self) -> str:
        return f"{self.feature} ({self.share:.0%}): {self.value:.4g}, usual {self.usual:.4g}"


@dataclass(frozen=True)
class Explanation:
    """What ``AnomalyDetector.explain`` says about a sample.

    Attributes
    ----------
    score, p_value : float
        As of ``score_samples`` and ``p_values``.
    causes : tuple of Cause
        The features that make up most of the score, the first first.

    Examples
    --------
    >>> from microae.anomalies.explanation import Cause, Explanation
    >>> print(Explanation(7.5, 0.001, (Cause("width", 0.9, 61.0, 12.0),)))
    score 7.5, p = 0.001: width (90%): 61, usual 12
    """

    score: float
    p_value: float
    causes: tuple[Cause, ...]

    def __str__(self) -> str:
        return f"score {self.score:.3g}, p = {self.p_value:.2g}: {'; '.join(map(str, self.causes))}"
