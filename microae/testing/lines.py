"""A scalar that depends on arrays, and its slopes along straight lines through a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microae.core.value import Value
from microae.testing.numerical import Slope, slope
from microae.testing.points import Point
from microae.testing.reports import Report

Array = Any
Gradient = Callable[[Sequence[Array]], list[Array]]

_MANY = 1000  # elements that move in smaller steps, which cross fewer kinks


@dataclass
class Scalar:
    """A number that depends on arrays, and its gradient, which is what is checked.

    Attributes
    ----------
    of : callable
        The number; takes complex arrays too if ``analytic``.
    gradient : callable
        Its gradient; called with arrays in float64, and with those in float32 if the user gave such.
    order : int
    source : str
        What the report calls the gradient: "automatic" or "given".
    kinks : callable
        ``kinks(points)``: the operations at a kink between these neighbouring points, one name for each element.
    outputs : callable or None
        What the number is a weighted sum of.
    value : number or None
        The number at the point itself, where it is known.
    narrow : bool
        Whether it is computed in float32, though its inputs are float64.
    unit : float
        What a report multiplies derivatives by: the number may be a weighted one.
    weighted : str
        What it is a sum of, each times a random number; ``""`` if it is one number.
    graph : callable
        ``graph()``: the number at the point and, if microae differentiates, its gradient, as Values, whose graphs can
        be computed again; empty where a function takes no Values.
    fault : callable
        ``fault()``: what is wrong with the gradient whatever the slopes are, or ``""``.
    name : str
        What an error calls the gradient.
    """

    of: Callable[[Sequence[Array]], Any]
    gradient: Gradient
    order: int = 1
    analytic: bool = False
    source: str = "automatic"
    kinks: Callable[[list[list[Array]]], list[str]] = field(default=lambda points: [])
    outputs: Callable[[Sequence[Array]], list[Array]] | None = None
    value: Any = None
    narrow: bool = False
    unit: float = 1.0
    weighted: str = ""
    graph: Callable[[], list[Value]] = field(default=list)
    fault: Callable[[], str] = field(default=str)
    name: str = "the gradient"


class Lines:
    """One scalar along straight lines through one point."""

    def __init__(self, scalar: Scalar, point: Point, report: Report, rng: np.random.Generator, height: float) -> None:
        self.scalar, self.point, self.report, self.rng = scalar, point, report, rng
        self.height = self.height_before = height  # the largest value of what was differentiated: sets its rounding
        self.within: Any = np.dtype(np.float32 if scalar.narrow else np.float64)  # what the number is computed in
        self.epsilon = float(np.finfo(self.within).eps)
        self._start: float | None = None
        self._complex = True  # whether the scalar takes complex numbers, as far as is known

    def start(self) -> float:
        """The scalar at the point itself."""
        if self._start is None:
            value = self.scalar.value
            self._start = float(self._evaluated(self.point.wide) if value is None else value)
        return self._start

    def _evaluated(self, xs: Sequence[Array]) -> Any:
        if self.scalar.order == 1:
            self.report.evaluations += 1
        else:
            self.report.gradient_evaluations += 1
        return self.scalar.of(xs)

    def slope(
        self,
        direction: Sequence[Array],
        *,
        noisy: bool = False,
        shift: float = 1.0,
        quick: bool = False,
        resting: float = 0.0,
        beside: Sequence[Array] | None = None,
    ) -> Slope:
        """The slope along a direction; with others that move too, by how much it is another than theirs alone."""
        largest = max(float(np.abs(d).max(initial=0.0)) for d in direction)
        if sum(d.size for d in direction if d.any()) > _MANY:
            shift /= 16.0
        line, noise = self._line(direction), self._noise()
        if beside is not None:
            noise = max(noise, self.epsilon * self.height)
            alone, both = (self._line([b + d * k for b, d in zip(beside, direction, strict=True)]) for k in (0.0, 1.0))
            line = lambda t: both(t) - alone(t)
        measured = slope(
            line, noisy=noisy, noise=noise, shift=shift,
            reach=max(1.0, 1.0 / max(largest, 1e-300)), analytic=self.scalar.analytic and self._complex,
            grain=self._grain(direction), quick=quick, resting=resting,
        )  # fmt: skip
        self.height = max(self.height, measured.height)  # NaN is ignored
        return measured

    def _line(self, direction: Sequence[Array]) -> Callable[[Any], Any]:
        def line(t: Any) -> Any:
            if not t:
                return self.start()
            if not isinstance(t, complex):
                return self._evaluated(self.moved(direction, t))
            self._complex = False  # not again, if this raises or gives another function
            value = self._evaluated(self.moved(direction, t))
            self._complex = bool(abs(value.real - self.start()) <= 1e-12 * abs(value))
            return value

        return line

    def _from(self, xs: list[Array], direction: Sequence[Array], t: float) -> Any:
        """The scalar on a line through another point."""
        return self._evaluated([x + t * d for x, d in zip(xs, direction, strict=True)])

    def _noise(self) -> float:
        """The rounding error of the number, as far as is known before it is measured."""
        return self.epsilon * (max(self.height, abs(self.start())) if self.scalar.narrow else self.height_before)

    def _grain(self, direction: Sequence[Array]) -> float:
        """The relative rounding error of a step: none from elements that are 0."""
        return self.epsilon * any(x[d != 0.0].any() for x, d in zip(self.point.wide, direction, strict=True))

    def moved(self, direction: Sequence[Array], t: Any) -> list[Array]:
        return [x + t * d for x, d in zip(self.point.wide, direction, strict=True)]


def random_signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Random signs, and sizes from 1/2 to 1, so that every element matters."""
    return np.asarray(rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape))
