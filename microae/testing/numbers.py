"""How the strategies of arrays draw elements and lay them out in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from microae.extras import needed

with needed("hypothesis", "a strategy", "'microae[testing]'"):
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
    from hypothesis.strategies import SearchStrategy

Array = Any
Shape = tuple[int, ...]
Interval = tuple[float, float]
Values = Literal["spread", "ties", "magnitudes", "extremes"]
Layout = Literal["C", "F", "strided", "reversed", "broadcast"]

DTYPES = (np.float64, np.float32)
VALUES: tuple[Values, ...] = ("spread", "ties", "magnitudes")
"""The usual ones; "extremes" are drawn on request alone."""

LAYOUTS: tuple[Layout, ...] = ("C", "F", "strided", "reversed", "broadcast")

_USUAL = (3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 10.0, 100.0)
"""The largest numbers of arrays, all equally likely: faults far from 0 are to be found, too."""

_MOST_DRAWN = 100  # elements that Hypothesis draws one by one; larger arrays come from one drawn seed
_LEAST = {"magnitudes": 1e-3, "extremes": 1e-300}  # the smallest magnitude that is drawn, relative to the largest
_SPACING = 2.0**-20  # of moderate numbers, relative to the largest: what is nearly equal or nearly 0 is so exactly


@dataclass(frozen=True)
class Numbers:
    """How the elements of an array are drawn and laid out; made by :func:`numbers`."""

    dtype: SearchStrategy[Any]
    values: SearchStrategy[str]
    layout: SearchStrategy[str]
    ranges: SearchStrategy[tuple[Interval, ...]]

    def array(self, draw: Callable[[SearchStrategy[Any]], Any], shape: Shape, make: Any = lambda x: x) -> Array:
        """Draw an array of this shape; ``make`` is applied to it before it gets its dtype and layout."""
        kind, intervals = draw(self.values), draw(self.ranges)
        if math.prod(shape) <= _MOST_DRAWN:
            elements = st.one_of([_ELEMENTS[kind](*interval) for interval in intervals])
            x = draw(hnp.arrays(np.float64, shape, elements=elements, fill=st.nothing()))
        else:
            x = _random(np.random.default_rng(draw(st.integers(0, 2**32 - 1))), intervals, kind, shape)
        return _LAID_OUT[draw(self.layout)](make(x).astype(draw(self.dtype)))


def numbers(
    dtype: Any = np.float64,
    *,
    min_value: float | None = None,
    max_value: float | None = None,
    away_from: float | Sequence[float] = (),
    by: float = 0.1,
    values: Any = VALUES,
    layout: Any = "C",
) -> Numbers:
    """Check the options of :func:`microae.testing.strategies.arrays`, which documents them."""
    unfit = [kind for kind in _several(dtype) if np.dtype(kind) not in map(np.dtype, DTYPES)]
    if unfit:
        raise ValueError(f"dtype must be float64 or float32, got {unfit[0]!r}")
    _check_known("values", values, (*VALUES, "extremes"))
    _check_known("layout", layout, LAYOUTS)
    low, high = -_USUAL[0] if min_value is None else min_value, _USUAL[0] if max_value is None else max_value
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"min_value must be less than max_value, both finite, got {low!r} and {high!r}")
    if not by > 0:
        raise ValueError(f"by, the distance to keep from away_from, must be positive, got {by!r}")
    usual = min_value is None and max_value is None
    ends = [(-reach, reach) for reach in _USUAL] if usual else [(float(low), float(high))]
    kinks = np.atleast_1d(np.asarray(away_from, float)).tolist()
    return Numbers(
        st.sampled_from(_several(dtype)),
        st.sampled_from(_several(values)),
        st.sampled_from(_several(layout)),
        st.sampled_from([_intervals(*each, kinks, by) for each in ends]),
    )


def _several(option: Any) -> list[Any]:
    return list(option) if isinstance(option, (tuple, list)) else [option]


def _check_known(name: str, option: Any, known: Sequence[str]) -> None:
    unknown = [each for each in _several(option) if each not in known]
    if unknown:
        raise ValueError(f"{name} {unknown[0]!r} is not known; use one or several of {', '.join(known)}")


def _intervals(low: float, high: float, kinks: Sequence[float], by: float) -> tuple[Interval, ...]:
    """``[low, high]`` without the neighbourhoods of the kinks, the interval nearest to zero first."""
    intervals = [(low, high)]
    for kink in kinks:
        parts = [part for a, b in intervals for part in ((a, min(b, kink - by)), (max(a, kink + by), b))]
        intervals = [(a, b) for a, b in parts if a < b]
    if not intervals:
        raise ValueError(f"no number in [{low:g}, {high:g}] is {by:g} or more away from {list(kinks)}")
    return tuple(sorted(intervals, key=lambda part: (max(part[0], -part[1], 0.0), part[1] <= 0.0)))


def _spread(low: float, high: float) -> SearchStrategy[float]:
    """Numbers of a few digits, or 0, but none that is nearly 0."""
    size = max(abs(low), abs(high))
    spacing = 2.0 ** math.floor(math.log2(size)) * _SPACING

    def moderate(x: float) -> float:
        return min(max(0.0 if abs(x) < _LEAST["magnitudes"] * size else round(x / spacing) * spacing, low), high)

    return st.floats(low, high, allow_subnormal=False).map(moderate)


def _ties(low: float, high: float) -> SearchStrategy[float]:
    """Multiples of 1/2, many of them equal; the ends of the range if it has no such multiple."""
    first, last = math.ceil(2.0 * low), math.floor(2.0 * high)
    return st.integers(first, last).map(lambda n: n / 2.0) if first <= last else st.sampled_from([low, high])


def _magnitudes(low: float, high: float, kind: str = "magnitudes") -> SearchStrategy[float]:
    """Numbers whose logarithms are spread evenly, so that small ones are as frequent as large ones."""
    return st.one_of([_magnitude(*side) for side in _sides(low, high, kind)])


def _magnitude(sign: float, low: float, high: float) -> SearchStrategy[float]:
    exponents = st.floats(math.log10(low), math.log10(high), allow_subnormal=False)
    return exponents.map(lambda e: sign * min(max(10.0**e, low), high))


def _sides(low: float, high: float, kind: str) -> list[tuple[float, float, float]]:
    """The positive and the negative part of a range, as signs and ranges of magnitudes."""
    least = _LEAST[kind] * max(abs(low), abs(high))
    sides = [(1.0, max(low, least), high), (-1.0, max(-high, least), -low)]
    return [(sign, a, b) for sign, a, b in sides if a <= b]


_ELEMENTS: dict[str, Callable[[float, float], SearchStrategy[float]]] = {
    "spread": _spread,
    "ties": _ties,
    "magnitudes": _magnitudes,
    "extremes": partial(_magnitudes, kind="extremes"),
}


def _random(rng: np.random.Generator, intervals: Sequence[Interval], kind: str, shape: Shape) -> Array:
    """The same distributions, for an array too large to be drawn element by element."""
    if kind in _LEAST:
        parts = [side for interval in intervals for side in _sides(*interval, kind)]
        sign, low, high = np.array(parts)[rng.integers(len(parts), size=shape)].transpose(-1, *range(len(shape)))
        return sign * np.clip(np.exp(rng.uniform(np.log(low), np.log(high))), low, high)
    ends = np.array(intervals)
    weights = np.ptp(ends, axis=1) + 1e-300
    low, high = ends[rng.choice(len(ends), shape, p=weights / weights.sum())].transpose(-1, *range(len(shape)))
    x = rng.uniform(low, high)
    least = _LEAST["magnitudes"] * np.abs(ends).max()
    return np.clip(np.round(2.0 * x) / 2.0 if kind == "ties" else np.where(np.abs(x) < least, 0.0, x), low, high)


# --- layouts ---------------------------------------------------------------------------------------------------------


def _strided(x: Array) -> Array:
    """Every second element of an array whose other elements are NaN, so that a wrong stride shows."""
    if not x.ndim:
        return x
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


def _broadcast(x: Array) -> Array:
    """The first row of ``x`` repeated without memory of its own; read-only."""
    return np.broadcast_to(x[:1] if x.ndim and x.size else x, x.shape)


_LAID_OUT: dict[str, Callable[[Array], Array]] = {
    "C": lambda x: np.array(x, order="C"),
    "F": lambda x: np.array(x, order="F"),
    "strided": _strided,
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "broadcast": _broadcast,
}
