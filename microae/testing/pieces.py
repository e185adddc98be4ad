"""A gradient beside the slopes at neighbouring points, on the smooth pieces that meet at a kink."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from microae.testing.lines import Lines, Scalar, random_signs
from microae.testing.numerical import ROUNDING, Slope, slope
from microae.testing.points import Point
from microae.testing.reports import Report

Array = Any

FAR = 10.0  # a difference that accuses, in errors of the numerical slope
FEW = 64  # elements that are looked at one by one where nothing else helps
SHORT = 2.0**-22  # a step within which a neighbour's slope is looked at first

_NEAR = 2.0**-8  # kinks nearby explain differences above this, in the slope; neighbours are at its square
_NEIGHBOURS = 48  # points at which a slope is looked at, to see whether kinks meet
_PIECE = 2.0**-20  # how far from a kink its pieces are looked at
_ALIKE = 2.0**-12  # how well a gradient is that of a piece, relative to the sizes of its summands
_CLEARLY = 2.0**-4  # how far outside of the two slopes at a kink a gradient must lie, in the slopes
_CHORD = 2.0**-14  # the length of chords along which a function is seen to be convex


class Pieces(Lines):
    """One scalar and its gradient at one point, and the pieces around it."""

    def __init__(self, scalar: Scalar, point: Point, report: Report, rng: np.random.Generator, height: float) -> None:
        super().__init__(scalar, point, report, rng, height)
        self.automatic = self.gradient(point.wide)

    def gradient(self, xs: Sequence[Array]) -> list[Array]:
        self.report.gradient_evaluations += 1
        return self.scalar.gradient(xs)

    def gradient_along(self, direction: Sequence[Array]) -> tuple[float, float]:
        """The gradient's slope along a direction, and the size of its summands."""
        parts = [np.where(d != 0.0, g * d, 0.0) for g, d in zip(self.automatic, direction, strict=True)]
        return sum(float(p.sum()) for p in parts), sum(float(np.abs(p).sum()) for p in parts)

    # --- directions ----------------------------------------------------------------------------------------------

    def only(self, i: int, part: Array) -> list[Array]:
        """A direction that moves one input alone."""
        parts = [part.reshape(x.shape) if k == i else np.zeros(x.shape) for k, x in enumerate(self.point.wide)]
        return self.point.mirrored(parts)

    def random_direction(self, i: int) -> list[Array]:
        """One that moves all elements of one input."""
        return self.only(i, random_signs(self.rng, self.point.wide[i].shape) * self.point.sizes[i])

    def own_sizes(self) -> list[Array]:
        """How far elements may move beside others: as far as they are from 0, even where that is not far."""
        return [np.where(x != 0.0, np.abs(x), s) for x, s in zip(self.point.wide, self.point.sizes, strict=True)]

    def split(self, flat: Array) -> list[Array]:
        """A direction from all its elements in a row."""
        ends = np.cumsum([x.size for x in self.point.wide])[:-1]
        parts = [p.reshape(x.shape) for p, x in zip(np.split(flat, ends), self.point.wide, strict=True)]
        return self.point.mirrored(parts)

    def _neighbour(self, moves: Sequence[Array], near: float) -> list[Array]:
        """A point at which each element lies ``near`` by, in its own size, as ``moves`` say."""
        return [x + near * move * size for x, move, size in zip(self.point.wide, moves, self.own_sizes(), strict=True)]

    # --- what is there -------------------------------------------------------------------------------------------

    def is_one_piece(self, i: int, direction: list[Array], difference: float) -> bool:
        """Whether the gradient by an input is that of one of the smooth pieces that meet here, as where elements tie.

        Along a direction in which it differs by ``difference``, it must be that of the piece to within a part of this.
        Each is right (Clarke 1975). Rules mostly choose the piece where elements ascend or descend, or all are larger.
        """
        rank = np.linspace(1.0, 2.0, sum(x.size for x in self.point.wide))
        orders = [rank, rank[::-1], -rank, -rank[::-1]]
        orders += [self.rng.uniform(-2.0, 2.0, rank.size) for _ in range(2 * _NEIGHBOURS)]
        directions = [(direction, difference / 8.0 or np.inf), *((self.random_direction(i), np.inf) for _ in range(3))]
        step = _PIECE * 2.0**-8
        for order in orders:
            there = self._neighbour(self.split(order), _PIECE)
            for tried, most in directions:
                along, size = self.gradient_along(tried)
                ends = [float(self._from(there, tried, t)) for t in (-step, step)]
                rounding = ROUNDING * max(self._noise(), self.epsilon * np.abs(ends).max()) / step
                if not abs((ends[1] - ends[0]) / (2.0 * step) - along) + rounding <= min(_ALIKE * size, most):
                    break
            else:
                return True
        return False

    def bends(self, direction: list[Array], value: float, along: float, together: bool) -> bool:
        """Whether the slope along a direction is another one close by, as where elements tie of which one is chosen.

        Rules choose among ties as they like, so that an automatic gradient may be another one there, too.
        """
        if abs(along - value) <= _NEAR * abs(value):
            return False
        for k in range(_NEIGHBOURS):  # elements that are equal come to lie in many orders
            moves = [self.rng.uniform(-1.0, 1.0, x.shape) for x in self.point.wide]
            if k % 2 and not together:  # what moves along the direction comes first, between the others, and last
                moves = [np.where(d != 0.0, k // 2 % 3 - 1.0, move) for d, move in zip(direction, moves, strict=True)]
            if all(self._differs_at(moves, near, direction, value, along) for near in (_NEAR**2, _NEAR**3)):
                return True  # not by its curvature, which closer by is less
        return False

    def _differs_at(self, moves: list[Array], near: float, direction: list[Array], value: float, along: float) -> bool:
        """Whether the slope or the automatic gradient along a direction is another one at a neighbouring point."""
        difference = abs(along - value)
        neighbour = self._neighbour(moves, near)
        if self.scalar.source == "automatic":
            pairs = zip(self.gradient(neighbour), direction, strict=True)
            there_along = sum(dot(np.asarray(g, np.float64), d) for g, d in pairs)
            if not 4.0 * min(abs(there_along - along), abs(there_along - value)) <= difference:
                return True
        line = partial(self._from, neighbour, direction)
        step = SHORT * near / _NEAR**2
        if abs((line(step) - line(-step)) / (2.0 * step) - value) <= difference / 8.0:  # mostly enough
            return False
        for careful in (False, True):
            there = slope(line, noisy=careful, noise=self._noise(), analytic=False, quick=not careful)
            if there.kind == "smooth" and abs(there.value - value) <= difference / 4.0 + there.error:
                return False
        return True

    def beyond_convex(self, direction: list[Array], measured: Slope, along: float) -> bool:
        """Whether a gradient is clearly outside of the two slopes along a direction, where the function is convex.

        No subgradient of a convex function is (Rockafellar 1970, theorem 23.2), nor a supergradient of a concave one.
        Of another function one may be. It must not lie below its chords by more than rounding, at the point and around
        it, along single elements as along many: elements along which it is concave are not to be outweighed by others.
        """
        outside = max(measured.low - along, along - measured.high)
        if not outside > _CLEARLY * max(abs(measured.low), abs(measured.high)) + FAR * measured.error:
            return False
        moving = np.flatnonzero(np.concatenate([d.ravel() for d in direction]))
        sizes = np.concatenate([size.ravel() for size in self.own_sizes()])
        single = moving if moving.size <= FEW else self.rng.choice(moving, FEW, replace=False)
        several = [self.rng.choice(moving, n) for n in (2, moving.size) for _ in range(FEW // 2)]
        least = _CHORD * outside / (16.0 * moving.size)  # what a kink that matters would bend a chord by
        if not 16.0 * ROUNDING * max(self._noise(), self.epsilon * self.height) < least:
            return False
        bends = []
        for around, chosen in ((0.0, single[:, None]), (1.0, single[:, None]), (1.0, several)):
            for part in chosen:
                middle = self._neighbour(self.split(around * self.rng.uniform(-1.0, 1.0, sizes.size)), _CHORD)
                chord = np.zeros(sizes.size)
                chord[part] = sizes[part] * (self.rng.uniform(-1.0, 1.0, part.size) if around else 1.0)
                left, here, right = (float(self._from(middle, self.split(chord), t)) for t in (-_CHORD, 0.0, _CHORD))
                bends.append((left + right) / 2.0 - here)
        return min(bends) >= -least if measured.right > measured.left else max(bends) <= least

    def scatter(self, direction: list[Array], together: bool) -> float:
        """How much the gradient's slope along a direction scatters at neighbouring points: its own rounding error."""
        slopes = []
        for _ in range(8):
            shape = [() if together else x.shape for x in self.point.wide]
            moves = [random_signs(self.rng, each) for each in shape]  # not so small that nothing moves
            moves = [moves[0]] * len(moves) if together else moves
            xs = [x * (1.0 + 2.0**-50 * move) for x, move in zip(self.point.wide, moves, strict=True)]
            neighbour = [np.asarray(g, np.float64) for g in self.gradient(xs)]
            slopes.append(sum(dot(g, d) for g, d in zip(neighbour, direction, strict=True)))
        if not np.isfinite(slopes).all():
            return float("inf")
        apart = np.sort(np.diff(np.sort(slopes)))
        # A gradient by hand may jump just here, which excuses nothing.
        jumps = 2 if self.scalar.source == "given" else 0
        return float(apart[: apart.size - jumps].sum())


def dot(g: Array, d: Array) -> float:
    """The slope along a direction by one input's gradient; what does not move counts nothing, NaN included."""
    return float(np.where(d != 0.0, g * d, 0.0).sum())
