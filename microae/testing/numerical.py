"""Numerical derivatives with an estimate of their own error. Nothing here imports microae.

A function of many numbers is evaluated along one straight line through a point, ``line(t)``, and its slope at ``t = 0``
is measured:

- Central differences at ``h``, ``h/2`` and ``h/4`` are extrapolated to step 0 (Richardson 1911, Ridders 1982). The
  change by the last extrapolations estimates the truncation error, the spacing of floating-point numbers the rounding
  error.
- The same samples give the slopes from the left and from the right. Where they differ by more than their own errors,
  there is a kink, and the result is the interval from one slope to the other.
- The function's own noise, which after a cancellation is far above the spacing of its results, is estimated from the
  third differences of close samples (Hamming 1962; Moré and Wild 2011), if the caller asks for it.
- Steps run from coarse to fine until one is accurate enough, or until rounding alone makes all finer ones worse, and
  the narrowest interval is returned: a kink at a distance of 1e-7 disturbs the coarse steps only.
- Where the function takes complex numbers, an imaginary step gives the slope to rounding, without a subtraction
  (Squire and Trapp 1998). It is used only if it lies in the interval of the real steps, because a function that drops
  imaginary parts, as ``abs`` and ``.real`` do, would give a wrong slope without an error.

At a jump, or at the end of the function's domain, the interval is too wide to decide anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)
STEPS = tuple(2.0**-k for k in (8, 14, 20, 26, 32, 38, 44))
_IMAGINARY = 2.0**-100
_ROUNDING = 16.0  # rounding error of a slope, in roundings of a sample: the samples' weights add up to 7 and to 15

Line = Callable[[Any], Any]  # takes a real or imaginary step, returns a number


@dataclass(frozen=True)
class Slope:
    """The slope of a line at 0.

    Attributes
    ----------
    value, error : float
        The slope and the estimate of its error; at a kink the mean of the two sides.
    left, right : float
        The slopes on either side.
    kind : "smooth", "kink" or "unclear"
    scale : float
        The steepest slope within the largest step, or within ``reach`` for a noisy line: the size to compare an error
        with.
    height : float
        The largest absolute value of the samples.
    evaluations : int
        How often the line was evaluated.
    """

    value: float
    error: float
    left: float
    right: float
    kind: str
    scale: float
    height: float
    evaluations: int

    @property
    def low(self) -> float:
        """The lower end of the interval in which the slope lies."""
        return min(self.left, self.right) - self.error if self.kind == "kink" else self.value - self.error

    @property
    def high(self) -> float:
        """The upper end of the interval in which the slope lies."""
        return max(self.left, self.right) + self.error if self.kind == "kink" else self.value + self.error


class _Sampler:
    """Evaluates a line, counts its samples, and gives NaN where the function raises an arithmetic error."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.evaluations = 0
        self.noise = 0.0
        self.start = self(0.0)

    def __call__(self, t: float) -> float:
        self.evaluations += 1
        try:
            with np.errstate(all="ignore"):
                return float(self.line(t))
        except (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError):
            return math.nan

    def imaginary(self) -> float:
        """The slope by an imaginary step; NaN where the function does not take complex numbers."""
        self.evaluations += 1
        try:
            with np.errstate(all="ignore"):
                value = complex(self.line(1j * _IMAGINARY))
        except Exception:  # a function may raise anything for complex numbers
            return math.nan
        same = abs(value.real - self.start) <= 64.0 * EPSILON * abs(self.start)
        return value.imag / _IMAGINARY if same else math.nan

    def measure_noise(self, least: float) -> None:
        """Estimate the noise from third differences at two spacings, and take the smaller estimate that is not 0.

        The closer spacing is less disturbed by a kink, but may show no difference between rounded numbers.
        """
        estimates = []
        for h in (1.1e-6, 1.3e-9):  # no powers of 1/2, whose multiples may be added without rounding
            samples = [self(k * h) for k in range(-3, 4)]
            estimates.append(float(np.sqrt(np.mean(np.diff(samples, 3) ** 2) / 20.0)))
        self.noise = max(least, 3.0 * min((noise for noise in estimates if noise > 0.0), default=0.0))

    def rise(self, reach: float) -> float:
        """How much the line changes within about ``reach``, on the side where it changes less."""
        changes = [min(abs(self(t) - self.start) for t in (-r, r)) for r in (reach / 2, reach, 2 * reach)]
        return max((change for change in changes if math.isfinite(change)), default=0.0)


def slope(
    line: Line,
    *,
    enough: float = 1e-8,
    noisy: bool = False,
    noise: float = 0.0,
    reach: float = 1.0,
    analytic: bool = True,
) -> Slope:
    """The slope of ``line`` at 0, with an estimate of its error.

    Parameters
    ----------
    line : callable
        Takes a step and returns a number; a step of 1 should be about as large as the inputs that it is added to.
    enough : float
        The relative error at which to stop.
    noisy : bool
        Whether to measure the noise of the line; otherwise it is taken to be the spacing of its numbers.
    noise : float
        The least noise to assume of a noisy line.
    reach : float
        The distance within which the overall change of a noisy line is measured.
    analytic : bool
        Whether to try an imaginary step.

    Returns
    -------
    Slope
        Of kind "unclear" where the line is not finite.

    Examples
    --------
    >>> import math
    >>> from microae.testing.numerical import slope
    >>> smooth = slope(lambda t: abs(t - 1e-7))
    >>> smooth.kind, round(smooth.value, 3)
    ('smooth', -1.0)
    >>> kink = slope(lambda t: max(t, 0.0))
    >>> kink.kind, round(kink.left, 6), round(kink.right, 6)
    ('kink', 0.0, 1.0)
    """
    sample = _Sampler(line)
    if not math.isfinite(sample.start):
        return Slope(math.nan, math.inf, math.nan, math.nan, "unclear", math.nan, math.nan, sample.evaluations)
    best = _at_step(sample, STEPS[0])
    scale = best.scale
    if noisy:
        sample.measure_noise(noise)
        best = _at_step(sample, STEPS[0])
        scale = max(scale, sample.rise(reach))
    for h in STEPS[1:]:
        if best.kind == "smooth" and best.error <= enough * max(scale, abs(best.value)):
            break
        if 2.0 * _rounding(sample, abs(sample.start), h) >= best.high - best.low:
            break  # rounding alone is wider than the best interval: neither this nor a finer step can improve it
        finer = _at_step(sample, h)
        if not finer.high - finer.low >= best.high - best.low:  # the width is infinite or NaN at a domain's end
            best = finer
    if analytic and best.kind == "smooth" and best.error <= 1e-3 * abs(best.value):
        exact = sample.imaginary()
        if best.value - best.error <= exact <= best.value + best.error:
            error = 4.0 * EPSILON * abs(exact)
            best = replace(best, value=exact, error=min(error, best.error), left=exact, right=exact)
    return replace(best, scale=scale, evaluations=sample.evaluations)


def _at_step(sample: _Sampler, h: float) -> Slope:
    """The slope from samples at ``±h``, ``±h/2`` and ``±h/4``."""
    f0 = sample.start
    steps = (h, h / 2, h / 4)
    right, left = [sample(t) for t in steps], [sample(-t) for t in steps]
    largest = max(abs(f0), *map(abs, right), *map(abs, left))
    constant = all(f == f0 for f in (*right, *left)) and h == STEPS[0]  # finer steps may lose a change
    rounding = 0.0 if constant else _rounding(sample, largest, h)
    r = [(f - f0) / t for f, t in zip(right, steps, strict=True)]
    l = [(f0 - f) / t for f, t in zip(left, steps, strict=True)]  # noqa: E741
    d = [(a + b) / 2 for a, b in zip(r, l, strict=True)]
    scale = max(map(abs, (*r, *l)))
    earlier, later = (4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3
    central = (16 * later - earlier) / 15
    error = 2.0 * max(abs(central - later), abs(later - earlier)) + rounding
    from_right, right_change = _one_sided(r)
    from_left, left_change = _one_sided(l)
    one_sided_error = 2.0 * max(right_change, left_change) + rounding
    if not math.isfinite(error + one_sided_error):
        return Slope(central, math.inf, from_left, from_right, "unclear", scale, largest, sample.evaluations)
    if abs(from_right - from_left) > 2.0 * one_sided_error:
        middle = (from_left + from_right) / 2
        return Slope(middle, one_sided_error, from_left, from_right, "kink", scale, largest, sample.evaluations)
    return Slope(central, error, central, central, "smooth", scale, largest, sample.evaluations)


def _rounding(sample: _Sampler, largest: float, h: float) -> float:
    """The error of a slope at step ``h`` that comes from the rounding of samples of this size, or from their noise."""
    return _ROUNDING * max(EPSILON * largest, sample.noise) / h


def _one_sided(d: list[float]) -> tuple[float, float]:
    """One-sided differences at h, h/2, h/4, extrapolated; and the change by the last extrapolation."""
    earlier, later = 2 * d[1] - d[0], 2 * d[2] - d[1]
    best = (4 * later - earlier) / 3
    return best, abs(best - later)
