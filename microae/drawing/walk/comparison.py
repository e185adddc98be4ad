"""A parameter's gradient computed in three ways: by the paper's formulas, by the engine, by finite differences."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from microae.core.arrays import Array
from microae.core.value import Value
from microae.drawing.walk.by_hand import ByHand, gradients_by_hand
from microae.drawing.walk.replay import Replay
from microae.recording.step import Step
from microae.testing.numerical import Slope, slope

ALL = 16
"""All elements of a parameter of at most this size are measured by finite differences."""

SOME = 2
"""The number of measured elements of larger parameters, those with the largest gradients; 1 in ``HEAVY`` steps."""

HEAVY = 50_000
"""A step is heavy if its recorded operations compute more elements than this."""

EFFORT = 20_000
"""The largest number of operations times measured elements; none is measured where it would be exceeded."""


class Number(NamedTuple):
    """One element of a parameter, and its gradient by a formula, if there is one, by the engine and by differences.

    ``agrees`` is ``None`` where the finite differences are too inaccurate to decide.
    """

    place: tuple[int, ...]
    by_hand: float | None
    automatic: float
    measured: Slope
    agrees: bool | None


@dataclass(frozen=True)
class Comparison:
    """The gradients of one parameter.

    Attributes
    ----------
    numbers : list of Number
        The elements that were measured by finite differences.
    size : int
        The number of all elements.
    by_hand : bool or None
        Whether the formula by hand agrees with the engine in every element; ``None`` if there is no formula.
    formula : str
    largest_difference : float
        Between the formula and the engine.
    """

    numbers: list[Number]
    size: int
    by_hand: bool | None
    formula: str
    largest_difference: float

    @property
    def agrees(self) -> bool | None:
        """Whether all comparisons agree; ``None`` if one could not be decided, or there is none."""
        verdicts = [self.by_hand, *(number.agrees for number in self.numbers)]
        if False in verdicts:
            return False
        return True if verdicts[1:] and None not in verdicts[1:] else self.by_hand if not self.numbers else None


def comparisons(step: Step) -> dict[Value, Comparison]:
    """The gradient of each leaf in three ways; leaves without a gradient are left out.

    The model is not changed, because the recorded operations are replayed, see :class:`Replay`.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing.walk.comparison import comparisons
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    >>> [(len(comparison.numbers), comparison.agrees) for comparison in comparisons(step).values()]
    [(12, True), (4, True), (12, True), (3, True)]
    """
    by_hand = gradients_by_hand(step)
    by_leaf = {}
    for leaf in _leaves(step):
        automatic = step.gradient(leaf)
        replay = Replay(step, leaf)
        if automatic is not None and replay.start is not None:
            by_leaf[leaf] = _compared(replay, np.asarray(automatic.data), by_hand.get(leaf))
    return by_leaf


def _leaves(step: Step) -> list[Value]:
    """The Values that were not computed, in order of use."""
    leaves: dict[Value, None] = {}
    for node in step.stage("forward"):
        leaves |= {x: None for x in node.inputs if x is not None and x.operation is None}
    return list(leaves)


def _compared(replay: Replay, automatic: Array, by_hand: ByHand | None) -> Comparison:
    tolerance = 1e-9 if automatic.dtype == np.float64 else 1e-4
    size = float(np.abs(automatic).max(initial=0.0))
    difference = 0.0 if by_hand is None else float(np.abs(by_hand.gradient - automatic).max(initial=0.0))
    numbers = []
    for place in _places(automatic, replay):
        measured = _measured(replay, place)
        hand = None if by_hand is None else float(by_hand.gradient[place])
        value = float(automatic[place])
        slack = 1e3 * tolerance * max(size, abs(value))
        agrees: bool | None = measured.low - slack <= value <= measured.high + slack
        if hand is not None and not abs(hand - value) <= tolerance * size:
            agrees = False
        elif not math.isfinite(measured.error) and math.isfinite(value):
            agrees = None
        numbers.append(Number(place, hand, value, measured, agrees))
    if by_hand is None:
        return Comparison(numbers, automatic.size, None, "", 0.0)
    return Comparison(numbers, automatic.size, difference <= tolerance * size, by_hand.formula, difference)


def _places(gradient: Array, replay: Replay) -> list[tuple[int, ...]]:
    """The indices of the elements to measure."""
    heavy = sum(node.size for node in replay.nodes) > HEAVY
    number = 1 if heavy else SOME if gradient.size > ALL else gradient.size
    if not gradient.size or len(replay.nodes) * number > EFFORT:
        return []
    largest = np.argsort(-np.abs(gradient), axis=None, kind="stable")[:number]
    return [tuple(map(int, np.unravel_index(i, gradient.shape))) for i in sorted(largest.tolist())]


def _measured(replay: Replay, place: tuple[int, ...]) -> Slope:
    start = np.array(replay.start, np.float64)
    step = max(1.0, abs(float(start[place])))

    def line(t: float) -> float:
        moved = start.copy()
        moved[place] += t * step
        return float(replay(moved[()]))

    measured = slope(line, analytic=False)
    per_unit = {name: getattr(measured, name) / step for name in ("value", "error", "left", "right", "scale")}
    return replace(measured, **per_unit)
