"""Numerical derivatives that know their own error. Nothing here imports microae.

A function of many numbers is looked at along one straight line through a point, ``line(t)``, and its slope at ``t = 0``
is measured:

- Central differences at ``h``, ``h/2`` and ``h/4`` are extrapolated to step 0 (Richardson 1911, Ridders 1982). What the
  last extrapolations changed estimates the truncation error, the spacing of floating-point numbers the rounding error.
- The same samples give the slopes from the left and from the right. Where they differ by more than their own errors
  there is a kink, and what is known is an interval that reaches from one slope to the other.
- The function's own noise, which after a cancellation is far above the spacing of its results, is taken from the third
  differences of close samples (Hamming 1962; Moré and Wild 2011), where a slope is in doubt.
- Steps run from coarse to fine until one is good enough, or rounding alone makes all finer ones worse, and the
  narrowest interval is kept: a kink at a distance of 1e-7 disturbs the coarse steps only.
- Where the function takes complex numbers, an imaginary step gives the slope to rounding, without a subtraction
  (Squire and Trapp 1998). It is believed only if it lies in the interval that the real steps left: a function that
  drops imaginary parts, as ``abs`` and ``.real`` do, would else be wrong without a word.

A jump, or a domain that ends at the point, leaves an interval too wide to say anything.
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
_ROUNDING = 16.0  # roundings of a sample that a slope may be off by: the samples' weights add up to 7 and to 15

Line = Callable[[Any], Any]  # from a real or imaginary step to a number


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
        How steep the line is within the largest step, or, of a noisy one, within ``reach``: the size with which an
        error is to be compared.
    height : float
        The largest absolute value met on the line.
    evaluations : int
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
        """The least that the slope can be."""
        return min(self.left, self.right) - self.error if self.kind == "kink" else self.value - self.error

    @property
    def high(self) -> float:
        """The most that the slope can be."""
        return max(self.left, self.right) + self.error if self.kind == "kink" else self.value + self.error


class _Sampler:
    """A line whose samples are counted, and are NaN where the function cannot be computed."""

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
        """The slope by an imaginary step; NaN where the function takes none."""
        self.evaluations += 1
        try:
            with np.errstate(all="ignore"):
                found = complex(self.line(1j * _IMAGINARY))
        except Exception:  # whatever a function says to numbers it does not know
            return math.nan
        same = abs(found.real - self.start) <= 64.0 * EPSILON * abs(self.start)
        return found.imag / _IMAGINARY if same else math.nan

    def measure_noise(self, least: float) -> None:
        """Third differences at two spacings: of a kink the closer one sees less, of rounded numbers it may see none."""
        found = []
        for h in (1.1e-6, 1.3e-9):  # no powers of 1/2: their multiples may be added without any rounding
            samples = [self(k * h) for k in range(-3, 4)]
            found.append(float(np.sqrt(np.mean(np.diff(samples, 3) ** 2) / 20.0)))
        self.noise = max(least, 3.0 * min((noise for noise in found if noise > 0.0), default=0.0))

    def rise(self, reach: float) -> float:
        """By how much the line changes within about ``reach``, on the side on which it changes less."""
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
        Takes a step, gives a number; a step of 1 should be about as large as what it is added to.
    enough : float
        The relative error with which to stop.
    noisy : bool
        Whether to measure the noise of the line, rather than to take it for the spacing of its numbers.
    noise : float
        The least noise that a noisy line has.
    reach : float
        How far away a noisy line is looked at to see how much it changes at all.
    analytic : bool
        Whether to try an imaginary step.

    Examples
    --------
    >>> import math
    >>> from microae.testing.numerical import slope
    >>> found = slope(lambda t: abs(t - 1e-7))
    >>> found.kind, round(found.value, 3)
    ('smooth', -1.0)
    >>> found = slope(lambda t: max(t, 0.0))
    >>> found.kind, round(found.left, 6), round(found.right, 6)
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
            break  # from here on rounding alone is wider than what is known: neither this nor a finer step can help
        found = _at_step(sample, h)
        if not found.high - found.low >= best.high - best.low:  # the width of a domain's edge is infinite or NaN
            best = found
    if analytic and best.kind == "smooth" and best.error <= 1e-3 * abs(best.value):
        exact = sample.imaginary()
        if best.value - best.error <= exact <= best.value + best.error:
            error = 4.0 * EPSILON * abs(exact)
            best = replace(best, value=exact, error=min(error, best.error), left=exact, right=exact)
    return replace(best, scale=scale, evaluations=sample.evaluations)


def _at_step(sample: _Sampler, h: float) -> Slope:
    """What samples at ``±h``, ``±h/2`` and ``±h/4`` tell."""
    f0 = sample.start
    steps = (h, h / 2, h / 4)
    right, left = [sample(t) for t in steps], [sample(-t) for t in steps]
    largest = max(abs(f0), *map(abs, right), *map(abs, left))
    still = all(f == f0 for f in (*right, *left)) and h == STEPS[0]  # a constant, not a change lost in rounding
    rounding = 0.0 if still else _rounding(sample, largest, h)
    r = [(f - f0) / t for f, t in zip(right, steps, strict=True)]
    l = [(f0 - f) / t for f, t in zip(left, steps, strict=True)]  # noqa: E741
    d = [(a + b) / 2 for a, b in zip(r, l, strict=True)]
    scale = max(map(abs, (*r, *l)))
    earlier, later = (4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3
    central = (16 * later - earlier) / 15
    spread = 2.0 * max(abs(central - later), abs(later - earlier)) + rounding
    from_right, right_spread = _one_sided(r)
    from_left, left_spread = _one_sided(l)
    aside = 2.0 * max(right_spread, left_spread) + rounding
    if not math.isfinite(spread + aside):
        return Slope(central, math.inf, from_left, from_right, "unclear", scale, largest, sample.evaluations)
    if abs(from_right - from_left) > 2.0 * aside:
        middle = (from_left + from_right) / 2
        return Slope(middle, aside, from_left, from_right, "kink", scale, largest, sample.evaluations)
    return Slope(central, spread, central, central, "smooth", scale, largest, sample.evaluations)


def _rounding(sample: _Sampler, largest: float, h: float) -> float:
    """The error of a slope at step ``h`` that comes from the rounding of samples of this size, or from their noise."""
    return _ROUNDING * max(EPSILON * largest, sample.noise) / h


def _one_sided(d: list[float]) -> tuple[float, float]:
    """Differences to one side at h, h/2, h/4, extrapolated; and what the last extrapolation changed."""
    earlier, later = 2 * d[1] - d[0], 2 * d[2] - d[1]
    best = (4 * later - earlier) / 3
    return best, abs(best - later)
