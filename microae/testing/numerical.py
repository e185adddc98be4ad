"""Numerical derivatives with an estimate of their own error. Nothing here imports microae.

A function of many numbers is evaluated along one straight line through a point, ``line(t)``, and its slope at ``t = 0``
is measured. A step of 1 should be as large as the numbers that it is added to, so that the steps follow the point.

- Central differences at ``h``, ``h/2`` and ``h/4`` are extrapolated to step 0 (Richardson 1911, Ridders 1982). The
  change by the last extrapolations estimates the truncation error, the spacing of floating-point numbers the rounding
  error.
- The same samples give the slopes from the left and from the right. Where they differ by more than their own errors,
  there is a kink, and the result is the interval from one slope to the other.
- The function's own noise, which after a cancellation is far above the spacing of its results, is estimated from the
  third differences of close samples (Hamming 1962; Moré and Wild 2011), if the caller asks for it.
- Steps become larger where rounding hides the change, and smaller until one is accurate enough or rounding alone makes
  all finer ones worse. The narrowest interval is returned: a kink at a distance of 1e-7 disturbs the coarse steps only.
- Where the function takes complex numbers, an imaginary step gives the slope to rounding, without a subtraction
  (Squire and Trapp 1998). It is used only if the real steps say the same, because a function that drops imaginary
  parts, as ``abs`` and ``.real`` do, would give a wrong slope without an error.

At a jump, or at the end of the function's domain, the interval is too wide to decide anything.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)
STEPS = tuple(2.0**-k for k in (14, 22, 32, 41, 59, 89, 149, 257, 449))
_COARSE = 2.0**-5  # tried where rounding hides the change by the first step
_IMAGINARY = 2.0**-100
_CLEAR = 2.0**-16
"""How well the slopes on the two sides of a kink are known, in their difference, if it is clear."""

ROUNDING = 16.0  # rounding error of a slope, in roundings of a sample: the samples' weights add up to 7 and to 15

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
    kind : "smooth", "kink", "jump", "steep" or "unclear"
        At a jump the line changes by as much however small the step is; a steep one has no finite slope.
    scale : float
        The steepest slope within the largest step, or within ``reach`` for a noisy line: the size to compare an error
        with.
    height : float
        The largest absolute value of the samples.
    evaluations : int
        How often the line was evaluated.
    step : float
        How far the farthest sample was that the slope is made from.
    constant : bool
        Whether the line shows no change, not even within ``reach``, or none but noise.
    exact : bool
        Whether an imaginary step gave the slope, which no rounding of differences disturbs.
    """

    value: float
    error: float
    left: float
    right: float
    kind: str
    scale: float
    height: float
    evaluations: int
    step: float = 0.0
    constant: bool = False
    exact: bool = False

    @property
    def clear(self) -> bool:
        """Whether the line is smooth, or has a kink that no noise makes."""
        return self.kind == "smooth" or (self.kind == "kink" and self.error <= _CLEAR * abs(self.right - self.left))

    @property
    def low(self) -> float:
        """The lower end of the interval in which the slope lies."""
        return min(self.left, self.right) - self.error if self.kind == "kink" else self.value - self.error

    @property
    def high(self) -> float:
        """The upper end of the interval in which the slope lies."""
        return max(self.left, self.right) + self.error if self.kind == "kink" else self.value + self.error


class _Sampler:
    """Evaluates a line once for each step, and gives NaN where the function raises an arithmetic error."""

    def __init__(self, line: Line, grain: float = EPSILON) -> None:
        self.line, self.grain = line, grain
        self.noise = self.steepest = 0.0
        self._known: dict[Any, Any] = {}
        self.start = self(0.0)

    @property
    def evaluations(self) -> int:
        return len(self._known)

    def __call__(self, t: float) -> float:
        if t not in self._known:
            try:
                with np.errstate(all="ignore"):
                    self._known[t] = float(self.line(t))
            except (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError):
                self._known[t] = math.nan
        return float(self._known[t])

    def imaginary(self) -> float:
        """The slope by an imaginary step; NaN where the function does not take complex numbers."""
        if "imaginary" not in self._known:
            try:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("error")  # a function that drops imaginary parts warns
                    self._known["imaginary"] = complex(self.line(1j * _IMAGINARY))
            except Exception:  # a function may raise anything for complex numbers
                self._known["imaginary"] = complex(math.nan, math.nan)
        value = self._known["imaginary"]
        same = abs(value.real - self.start) <= 64.0 * EPSILON * abs(self.start)
        return value.imag / _IMAGINARY if same else math.nan

    def measure_noise(self, least: float) -> None:
        """Estimate the noise from third differences at two spacings, and take the smaller estimate that is not 0.

        The closer spacing is less disturbed by a kink, but may show no difference between rounded numbers.
        """
        estimates = []
        for h in (1.1e-6, 1.3e-9):  # no powers of 1/2, whose multiples may be added without rounding
            samples = [self(k * h) for k in range(-3, 4)]
            size = max(map(abs, samples)) or 1.0
            estimates.append(size * float(np.sqrt(np.mean(np.diff(np.divide(samples, size), 3) ** 2) / 20.0)))
        self.noise = max(least, 3.0 * min((noise for noise in estimates if noise > 0.0), default=0.0))

    def rise(self, reach: float) -> float:
        """How much the line changes within about ``reach``, on the side where it changes less."""
        changes = [min(abs(self(t) - self.start) for t in (-r, r)) for r in (reach / 2, reach, 2 * reach)]
        return max((change for change in changes if math.isfinite(change)), default=0.0)

    def first_change(self, reach: float) -> float:
        """The first change that is seen within about ``reach``, on either side; 0 if there is none."""
        changes = (abs(self(t) - self.start) for r in (reach, 2 * reach) for t in (-r, r))
        return next((change for change in changes if 0.0 < change < math.inf), 0.0)

    def quantum(self, still: float, reach: float) -> float:
        """The least by which the line changes at all, if it is rounded inside; 0 if it changes smoothly.

        As ``log(sigmoid(30))``, or a line that is computed in float32: steps up to ``still`` change nothing, and where
        the first change begins it does not grow from 0. It is far below what follows, unlike a jump of ``floor``.
        """
        changes = (abs(self(t) - self.start) for r in (reach / 2, reach, 2 * reach) for t in (-r, r))
        most = max((change for change in changes if math.isfinite(change)), default=0.0)
        begins = [self._begins(side, still, reach) for side in (1.0, -1.0)]
        least = min((change for change in begins if change), default=0.0)
        return least if 64.0 * EPSILON * abs(self.start) < least <= 2.0**-8 * most else 0.0

    def _begins(self, side: float, low: float, reach: float) -> float:
        """The change with which the line begins to change on one side; 0 if it grows from 0, or there is none."""
        steps = (*STEPS[2::-1], _COARSE, reach)
        high = next((h for h in steps if h > low and self(side * h) != self.start), 0.0)
        changes = []
        for shrunk in (2.0**-8, 2.0**-24):
            while high - low > shrunk * high:
                middle = math.sqrt(low * high) if high > 4.0 * low else (low + high) / 2.0
                low, high = (middle, high) if self(side * middle) == self.start else (low, middle)
            changes.append(abs(self(side * high) - self.start))
        return changes[1] if high and changes[1] >= changes[0] / 2.0 else 0.0

    def still(self, h: float, change: float = 0.0) -> bool:
        """Whether steps up to ``h`` change nothing, or not more than ``change``."""
        return all(abs(self(t) - self.start) <= change for t in (h, -h, h / 2, -h / 2, h / 4, -h / 4))


def slope(
    line: Line,
    *,
    enough: float = 1e-8,
    noisy: bool = False,
    noise: float = 0.0,
    reach: float = 1.0,
    analytic: bool = True,
    shift: float = 1.0,
    grain: float = EPSILON,
    quick: bool = False,
    resting: float = 0.0,
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
        The distance within which the line may change as a whole. If it is more than 1 and steps of the usual size show
        nothing, steps in proportion to it are tried too.
    analytic : bool
        Whether to try an imaginary step.
    shift : float
        What all steps are multiplied by: a second measurement at other steps is independent of the first.
    grain : float
        The rounding error of a step where it is added to the inputs; 0 if these are all 0.
    quick : bool
        Whether two steps are enough, where it only matters whether the slope is known at once.
    resting : float
        A noisy line that changes by no more than this, and by nothing but its noise, within ``reach`` has slope 0.
        One that oscillates quickly may look so, too.

    Returns
    -------
    Slope
        Of kind "jump" or "unclear" where the slope is not known.

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
    sample = _Sampler(line, grain)
    if not math.isfinite(sample.start):
        return Slope(math.nan, math.inf, math.nan, math.nan, "unclear", math.nan, math.nan, sample.evaluations)
    first = STEPS[0] * shift
    if analytic and not noisy:
        confirmed = _confirmed(sample, first)
        if confirmed is not None:
            return confirmed
        if not sample.still(first) and not _same_kink(sample, _at_step(sample, first), STEPS[1] * shift / 4):
            confirmed = _confirmed(sample, STEPS[1] * shift)  # perhaps a kink lies nearby
        if confirmed is not None:
            return replace(
                confirmed, error=ROUNDING * EPSILON * max(confirmed.height, confirmed.scale) / confirmed.step
            )
    if noisy:
        sample.measure_noise(noise)
        if at_rest := _at_rest(sample, reach, resting):
            return at_rest
    levels = [_at_step(sample, first)]
    scale = levels[0].scale
    if sample.still(first):
        scale = sample.first_change(reach) / reach
        if not scale:
            error = 4.0 * EPSILON * abs(sample.start) / reach
            return Slope(
                0.0, error, 0.0, 0.0, "smooth", 0.0, abs(sample.start), sample.evaluations, first, constant=True
            )
    elif noisy:
        scale = max(scale, sample.rise(reach) / reach)
    if quick:
        levels.append(_at_step(sample, STEPS[1] * shift))
        return replace(_narrowest(sample, levels), scale=scale, evaluations=sample.evaluations)
    levels = _levels(sample, levels, scale, enough, shift, noisy)
    if reach > 1.0 and not _is_known(_narrowest(sample, levels), scale):
        far = _at_step(sample, first * reach)
        levels = [*_levels(sample, [far], far.scale, enough, shift * reach, noisy), *levels]
        scale = max(scale, far.scale)
    best = _narrowest(sample, levels)
    best, scale = _by_larger_steps(sample, levels, best, scale, reach, shift)
    if analytic:
        best = _refined(sample, best)
    if noisy or not _is_known(best, scale):
        best = _without_neighbours(sample, _jumped(sample, best, shift), first)
    return replace(best, scale=scale, evaluations=sample.evaluations)


def shows(line: Line, value: float, difference: float, grain: float = EPSILON) -> bool:
    """Whether a step by itself shows a slope, though others do not, as with a function that oscillates quickly.

    Parameters
    ----------
    line, grain
        As for :func:`slope`.
    value, difference : float
        The slope, and by how much the others differ from it.

    Returns
    -------
    bool

    Examples
    --------
    >>> import math
    >>> from microae.testing.numerical import shows
    >>> shows(lambda t: math.sin(1e9 * t), 1e9, 1e9), shows(lambda t: math.sin(1e9 * t), 2e9, 2e9)
    (True, False)
    """
    sample = _Sampler(line, grain)
    own = max(abs(sample.start), max(abs(sample(t)) for t in (2.0**-10, -(2.0**-10)))) / max(abs(value), 1e-300)
    steps = [2.0**-k for k in (6, 10, 14, 22, 27, 32, 37, 41, 45)] + [
        own * 2.0**-k for k in (6, 10, 16) if 0.0 < own < 1e-3
    ]
    return any(
        measured.kind == "smooth" and measured.error + abs(measured.value - value) <= 0.2 * difference
        for measured in (_at_step(sample, step) for step in steps)
    )


def _levels(
    sample: _Sampler, levels: list[Slope], scale: float, enough: float, shift: float, thorough: bool
) -> list[Slope]:
    """The slopes by this and other steps, from the coarsest to the finest.

    They end where one is accurate enough, except if the measurement is to be ``thorough``, or where rounding alone is
    wider than the best, so that neither the next nor a finer step can improve it.
    """
    if _rounding(sample, abs(sample.start), levels[0].step) > max(0.25 * levels[0].error, 1e-6 * scale):
        levels = [_at_step(sample, _COARSE * shift), *levels]
    if not thorough and _same_kink(sample, levels[-1], STEPS[1] * shift / 4):
        return levels
    for h in STEPS[1:]:
        best = _narrowest(sample, levels)
        if not thorough and best.kind == "smooth" and best.error <= enough * max(scale, abs(best.value)):
            break
        if 2.0 * _rounding(sample, abs(sample.start), h * shift) >= _width(best) and (h < STEPS[2] or not thorough):
            break
        levels = [*levels, _at_step(sample, h * shift)]
    return levels


def _narrowest(sample: _Sampler, levels: list[Slope]) -> Slope:
    """The narrowest of the intervals that no finer step contradicts, by another slope or by a far steeper line.

    Finer steps that change nothing, after a coarser one that shows a slope, are lost in rounding.
    """
    shown = [level.kind == "smooth" and level.error <= 1e-3 * abs(level.value) for level in levels]
    levels = [level for k, level in enumerate(levels) if level.scale or not any(shown[:k])]
    admitted = [
        level
        for k, level in enumerate(levels)
        if not any(
            finer.low > level.high
            or finer.high < level.low
            or finer.scale > 8.0 * level.scale + _rounding(sample, finer.height, finer.step)
            for finer in levels[k + 1 :]
        )
    ]
    return min(admitted, key=_width)


def _same_kink(sample: _Sampler, kink: Slope, h: float) -> bool:
    """Whether a kink is clear, and the same at a finer step ``h``: a still finer one would not show another."""
    if kink.kind != "kink" or not kink.clear:
        return False
    change = max(abs((sample(t) - sample.start) / t - side) for t, side in ((h, kink.right), (-h, kink.left)))
    return change <= _CLEAR * abs(kink.right - kink.left)


def _width(measured: Slope) -> float:
    width = measured.high - measured.low
    return math.inf if math.isnan(width) else width


def _confirmed(sample: _Sampler, h: float) -> Slope | None:
    """The slope by an imaginary step, if the real steps ``±h`` and ``±h/2`` extrapolate to the same."""
    exact = sample.imaginary()
    if not math.isfinite(exact):
        return None
    samples = [sample(t) for t in (h, -h, h / 2, -h / 2)]
    wide, narrow = (samples[0] - samples[1]) / (2.0 * h), (samples[2] - samples[3]) / h
    largest = max(abs(sample.start), *map(abs, samples))
    scale = max(abs(f - sample.start) / t for f, t in zip(samples, (h, h, h / 2, h / 2), strict=True))
    known = abs(wide - narrow) / 32.0 + _rounding(sample, largest, h) + ROUNDING * sample.grain * scale / h
    if not abs((4.0 * narrow - wide) / 3.0 - exact) <= known <= 1e-6 * max(abs(exact), scale):
        return None
    error = 4.0 * EPSILON * abs(exact)
    return Slope(exact, error, exact, exact, "smooth", scale, largest, sample.evaluations, h, exact=True)


def _by_larger_steps(
    sample: _Sampler, levels: list[Slope], best: Slope, scale: float, reach: float, shift: float
) -> tuple[Slope, float]:
    """The slope, and the scale, where the best step shows no change: by others, if the line is rounded inside."""
    quantum = 0.0 if best.scale else sample.quantum(best.step, reach)
    if not quantum:
        return best, scale
    sample.noise = max(sample.noise, quantum)
    levels = [_at_step(sample, h) for h in (_COARSE * shift, *(level.step for level in levels))]
    return _narrowest(sample, levels), sample.rise(reach) / reach  # a rounded line is steepest where it jumps


def _refined(sample: _Sampler, best: Slope) -> Slope:
    """A slope that is known, as an imaginary step gives it, if that lies within its error."""
    if best.kind != "smooth" or not best.error <= 1e-3 * abs(best.value):
        return best
    exact = sample.imaginary()
    if not best.value - best.error <= exact <= best.value + best.error:
        return best
    error = min(4.0 * EPSILON * abs(exact), best.error)
    return replace(best, value=exact, error=error, left=exact, right=exact, exact=True)


def _is_known(measured: Slope, scale: float) -> bool:
    return measured.error <= 1e-3 * max(scale, abs(measured.value))


def _at_rest(sample: _Sampler, reach: float, resting: float) -> Slope | None:
    """The slope 0, if within ``reach`` the line shows nothing but noise, as where all that depends on it cancels."""
    height = abs(sample.start)
    change = ROUNDING * max(EPSILON * height, sample.noise)
    far = next((h for h in (reach / 2, reach / 8) if sample.still(h, change)), None)
    if far is None or change > resting:
        return None
    return Slope(0.0, change / far, 0.0, 0.0, "smooth", change / far, height, sample.evaluations, far, constant=True)


def _without_neighbours(sample: _Sampler, best: Slope, first: float) -> Slope:
    """A slope that is not known where the function is not finite, or raises, as soon as a step moves anything."""
    if math.isfinite(sample(first) + sample(-first)) or not sample.still(best.step):
        return best
    return replace(best, value=math.nan, error=math.inf, kind="unclear", height=math.nan)


def _jumped(sample: _Sampler, best: Slope, shift: float) -> Slope:
    """A slope that is not known, by its name if the line jumps or grows steeper and steeper."""
    for side in (STEPS[3] * shift, -STEPS[3] * shift):
        ratios: list[float] = []
        for k in range(11):
            half, whole = (sample(side * 2.0**n) - sample.start for n in (k, k + 1))
            if not abs(half) > 1e3 * EPSILON * abs(sample.start) or not whole:
                break
            ratios.append(half / whole)  # 1 at a jump, 1/2 where there is a slope
            if not (min(ratios) > 0.52 and max(ratios) - min(ratios) < 0.05):
                break
        else:
            return replace(best, kind="jump" if min(ratios) > 0.95 else "steep", error=math.inf)
    return best


def _at_step(sample: _Sampler, h: float) -> Slope:
    """The slope from samples at ``±h``, ``±h/2`` and ``±h/4``."""
    f0 = sample.start
    steps = (h, h / 2, h / 4)
    right, left = [sample(t) for t in steps], [sample(-t) for t in steps]
    largest = max(abs(f0), *map(abs, right), *map(abs, left))
    r = [(f - f0) / t for f, t in zip(right, steps, strict=True)]
    l = [(f0 - f) / t for f, t in zip(left, steps, strict=True)]  # noqa: E741
    d = [(a + b) / 2 for a, b in zip(r, l, strict=True)]
    scale = max(map(abs, (*r, *l)))
    if math.isfinite(scale):
        sample.steepest = max(sample.steepest, scale)  # finer steps may show no change any more
    rounding = _rounding(sample, largest, h)
    earlier, later = (4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3
    central = (16 * later - earlier) / 15
    error = 2.0 * max(abs(central - later), abs(later - earlier)) + rounding
    from_right, right_change = _one_sided(r)
    from_left, left_change = _one_sided(l)
    one_sided_error = 2.0 * max(right_change, left_change) + rounding
    count = sample.evaluations
    if not math.isfinite(error + one_sided_error):
        return Slope(central, math.inf, from_left, from_right, "unclear", scale, largest, count, h)
    if abs(from_right - from_left) > 2.0 * one_sided_error:
        middle = (from_left + from_right) / 2
        return Slope(middle, one_sided_error, from_left, from_right, "kink", scale, largest, count, h)
    error = max(error, abs(from_right - from_left))  # a spike between the samples disturbs no central difference
    return Slope(central, error, central, central, "smooth", scale, largest, count, h)


def _rounding(sample: _Sampler, largest: float, h: float) -> float:
    """The error of a slope at step ``h`` from the rounding of samples of this size and of the step, or from noise."""
    return ROUNDING * max(EPSILON * largest, sample.grain * sample.steepest, sample.noise) / h


def _one_sided(d: list[float]) -> tuple[float, float]:
    """One-sided differences at h, h/2, h/4, extrapolated; and the change by the last extrapolation."""
    earlier, later = 2 * d[1] - d[0], 2 * d[2] - d[1]
    best = (4 * later - earlier) / 3
    return best, abs(best - later)
