"""Independent numerical derivatives. Nothing here imports microae.

``complex_step`` is exact to rounding for analytic functions that take complex arrays. ``extrapolated`` serves all
others: central differences extrapolated to step 0 (Ridders), the starting step chosen for each point by its own error
estimate. ``one_sided`` gives the slopes on either side of a kink. ``precise`` differentiates in 60 digits (mpmath).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

Arrays = Sequence[np.ndarray]
Scalar = Callable[..., Any]  # of arrays, returning one number


@dataclass
class Slopes:
    """The partial derivatives of a scalar function, one array per input, with estimates of their errors."""

    values: list[np.ndarray]
    errors: list[np.ndarray]


def complex_step(f: Scalar, xs: Arrays, step: float = 1e-40) -> Slopes:
    """``Im f(x + ih) / h``: no subtraction, so no cancellation (Squire and Trapp 1998)."""
    xs = [np.array(x, complex) for x in xs]
    values = [np.zeros(x.shape) for x in xs]
    for x, slopes in zip(xs, values, strict=True):
        for i in np.ndindex(x.shape):
            kept = x[i]
            x[i] = kept + 1j * step
            slopes[i] = np.imag(f(*xs)) / step
            x[i] = kept
    return Slopes(values, [np.zeros(v.shape) for v in values])


def extrapolated(f: Scalar, xs: Arrays, steps: Sequence[float] = (0.1, 0.01, 0.001)) -> Slopes:
    """Ridders' extrapolated central differences; of several starting steps, the one with the least error.

    Where the slopes on the two sides differ the error is infinite: central differences would see a smooth mean.
    """
    xs = [np.array(x, float) for x in xs]
    values, errors = [np.zeros(x.shape) for x in xs], [np.zeros(x.shape) for x in xs]
    for k, x in enumerate(xs):
        for i in np.ndindex(x.shape):
            line = _along(f, xs, x, i)
            best = min((_ridders(line, h * max(1.0, abs(x[i]))) for h in steps), key=lambda found: found[1])
            left, right = _slope(line, -1e-4), _slope(line, 1e-4)
            kink = abs(left - right) > 1e-4 * max(1.0, abs(left), abs(right))
            values[k][i], errors[k][i] = (np.nan, np.inf) if kink else best
    return Slopes(values, errors)


def one_sided(f: Scalar, xs: Arrays, k: int, i: tuple[int, ...], step: float = 1e-4) -> tuple[float, float]:
    """The slopes of ``f`` by element ``i`` of input ``k``, from the left and from the right."""
    xs = [np.array(x, float) for x in xs]
    line = _along(f, xs, xs[k], i)
    return _slope(line, -step), _slope(line, step)


def jumps(line: Callable[[Any], Any], step: float = 1e-9) -> bool:
    """Whether a function of one number is discontinuous at 0: a step this small changes it by far more."""
    here = float(line(np.array(0.0)))
    return any(abs(float(line(np.array(t))) - here) > 1e-5 * max(1.0, abs(here)) for t in (-step, step))


def precise(f: Callable[[Any], Any], x: float, order: int = 0) -> float:
    """``f`` of one number, or its derivative, in 60 digits; ``f`` is written with mpmath's functions."""
    with mpmath.workdps(60):
        return float(mpmath.diff(f, mpmath.mpf(x), order) if order else f(mpmath.mpf(x)))


def _along(f: Scalar, xs: list[np.ndarray], x: np.ndarray, i: tuple[int, ...]) -> Callable[[float], float]:
    kept = float(x[i])

    def line(t: float) -> float:
        x[i] = kept + t
        try:
            with np.errstate(all="ignore"):
                return float(f(*xs))
        finally:
            x[i] = kept

    return line


def _slope(line: Callable[[float], float], h: float) -> float:
    """The slope at 0 from the side of ``h`` only, to second order."""
    return (4.0 * line(h) - line(2.0 * h) - 3.0 * line(0.0)) / (2.0 * h)


def _ridders(line: Callable[[float], float], h: float, shrink: float = 1.6, rows: int = 9) -> tuple[float, float]:
    """The slope at 0 and an estimate of its error (Ridders 1982)."""
    best, error = np.nan, np.inf
    rounding = 1e-14 * (1.0 + abs(line(0.0)))
    previous: list[float] = []
    for n in range(rows):
        row = [(line(h) - line(-h)) / (2.0 * h)]
        factor = shrink * shrink
        for m in range(n):
            row.append((row[m] * factor - previous[m]) / (factor - 1.0))
            factor *= shrink * shrink
            change = max(abs(row[m + 1] - row[m]), abs(row[m + 1] - previous[m]))
            if change + rounding / h <= error:  # never true of a NaN, met outside the domain
                best, error = row[m + 1], change + rounding / h
        if n and abs(row[n] - previous[n - 1]) >= 2.0 * error:
            break
        previous = row
        h /= shrink
    return best, error
