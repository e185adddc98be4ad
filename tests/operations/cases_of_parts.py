"""The cases of remainders, signs, angles, and of functions that look for NaN."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.operations.drawing import Draw, Sample
from tests.operations.registered import composition, row


def _divided(d: Draw) -> Sample:
    x, y = d.broadcastable(2)
    return [d.array(x, -6, 6), d.away_from_zero(y)], {}


def _one(low: float, high: float, *, ties: bool = False) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(d.shape(), low, high, ties=ties)], {})


def _two(d: Draw) -> Sample:
    return [d.array(s, ties=True) for s in d.broadcastable(2)], {}


def _signed(d: Draw) -> Sample:
    x, y = d.broadcastable(2)
    return [d.array(x, ties=True)], {"y": d.away_from_zero(y)}


def _base_and_exponent(d: Draw) -> Sample:
    x, y = d.broadcastable(2)
    return [d.array(x, 0.3, 2.5), d.array(y)], {}


def _angles(d: Draw) -> Sample:
    shape = d.shape(1)
    return [d.array(shape, -9, 9)], d.one_of({}, {"axis": d.axis(shape)}, {"period": 4.0, "axis": 0}, {"discont": 4.0})


row("remainder", np.remainder, _divided, analytic=False, steep=True)
row("fmod", np.fmod, _divided, analytic=False, steep=True)
composition("divmod", lambda x, y: np.divmod(x, y)[1], _divided, call=lambda f: lambda x, y: f(x, y)[1],
            analytic=False, steep=True, numpy=(np.divmod,))  # fmt: skip
composition("modf", lambda x: np.modf(x)[0], _one(-4, 4), call=lambda f: lambda x: f(x)[0],
            analytic=False, steep=True, numpy=(np.modf,))  # fmt: skip
composition("copysign", lambda x, y: np.copysign(x, y), _signed, analytic=False, promotes=False)
composition("real", np.real, _one(-2, 2), analytic=False)
composition("conjugate", np.conjugate, _one(-2, 2), analytic=False)
composition("float_power", np.float_power, _base_and_exponent, promotes=False)
composition("deg2rad", lambda x: x * (np.pi / 180.0), _one(-200, 200), numpy=(np.deg2rad, np.radians))
composition("rad2deg", lambda x: x * (180.0 / np.pi), _one(-4, 4), numpy=(np.rad2deg, np.degrees))
composition("unwrap", np.unwrap, _angles, analytic=False, steep=True)
composition("fmax", np.fmax, _two, analytic=False)
composition("fmin", np.fmin, _two, analytic=False)
composition("nan_to_num", np.nan_to_num, _one(-2, 2), analytic=False)
row("logaddexp2", np.logaddexp2, lambda d: ([d.array(s, -4, 4) for s in d.broadcastable(2)], {}), analytic=False)


def _sinc(x: np.ndarray, order: int) -> np.ndarray:
    """The mean of ``tⁿ cos(πx t + nπ/2)`` over t from 0 to 1, which is the derivative by ``πx`` of that order."""
    t, weights = np.polynomial.legendre.leggauss(40)
    t = 0.5 * (t + 1.0)
    return (0.5 * weights * t**order * np.cos(np.pi * x[..., None] * t + order * np.pi / 2)).sum(-1)


row("sinc", _sinc, lambda d: ([d.array(d.shape(), -3, 3, ties=True)], {"order": d.integer(0, 3)}))
composition("sinc", np.sinc, _one(-3, 3, ties=True), analytic=False)
