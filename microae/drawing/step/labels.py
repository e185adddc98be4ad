"""The positions of the labels of edges: beside their line, away from boxes, other labels and, if possible, lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from microae.drawing.step.fonts import width
from microae.drawing.step.layout import LABEL, Area, Line, Point

_TALL = LABEL * 1.15
_CELL = 80.0
_BOX, _WORDS, _LINE = 100.0, 100.0, 6.0  # what it costs to stand on one
_OTHERS = 5.0  # what it costs to stand hardly farther from another line than from its own ...
_APART = 1.4  # ... which is not as many times as far
_FEW = 200  # lines, among which that is looked at


class _Taken:
    """Rectangles by the squares of a grid that they touch."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Area, float, int]]] = {}

    def add(self, area: Area, cost: float, owner: int = -1) -> None:
        for cell in _cells(area):
            self._cells.setdefault(cell, []).append((area, cost, owner))

    def cost(self, area: Area, owner: int) -> float:
        """The cost of this position; the label's own line is not counted."""
        touched = {
            (other, cost, whose)
            for cell in _cells(area)
            for other, cost, whose in self._cells.get(cell, ())
            if whose != owner and area.overlaps(other)
        }
        return sum(cost for _, cost, _ in touched)

    def lines(self, area: Area) -> set[int]:
        """The lines that are near an area."""
        return {
            whose
            for cell in _cells(area)
            for other, _, whose in self._cells.get(cell, ())
            if whose >= 0 and area.overlaps(other)
        }


def _cells(area: Area) -> Iterator[tuple[int, int]]:
    for i in range(int(area.x // _CELL), int(area.right // _CELL) + 1):
        for j in range(int(area.y // _CELL), int(area.bottom // _CELL) + 1):
            yield i, j


def labelled(lines: Sequence[Line], obstacles: Iterable[Area], sheet: Area) -> list[Line]:
    """The same lines, each with the position of its label if it has one."""
    taken = _Taken()
    for area in obstacles:
        taken.add(area, _BOX)
    paths = [list(_flattened(line.points)) for line in lines]
    for n, path in enumerate(paths):
        for (x0, y0), (x1, y1) in itertools.pairwise(path):
            taken.add(Area(min(x0, x1) - 1, min(y0, y1) - 1, abs(x1 - x0) + 2, abs(y1 - y0) + 2), _LINE, n)
    result = list(lines)
    order = sorted(range(len(lines)), key=lambda n: len(paths[n]) and _length(paths[n]))  # the short ones first
    for n in order:
        words = lines[n].edge.label
        if not words:
            continue
        best: tuple[float, Point] | None = None
        wide = width(words, LABEL)
        for *place, dislike in _candidates(list(_flattened(lines[n].points[: lines[n].own])), wide):
            x, y = (round(number, 1) for number in place)  # as it is drawn
            area = Area(x - wide / 2, y - _TALL / 2, wide, _TALL)
            cost = dislike + taken.cost(area, n) + (0.0 if sheet.holds(area) else _BOX)
            cost += _LINE if _crosses(paths[n], area) else 0.0  # as where it bends
            is_asked = len(lines) <= _FEW and (best is None or cost < best[0])
            if is_asked and _is_nearer(paths, taken, n, area):
                cost += _OTHERS
            if best is None or cost < best[0]:
                best = cost, (x, y)
            if cost < 4:
                break
        if best is not None:
            x, y = best[1]
            result[n] = replace(lines[n], label=(x, y))
            taken.add(Area(x - wide / 2 - 2, y - _TALL / 2, wide + 4, _TALL), _WORDS)
    return result


def _candidates(path: Sequence[Point], wide: float) -> Iterator[tuple[float, float, float]]:
    """Positions along a line, from its middle outwards, and the cost of each."""
    total = _length(path)
    for k, share in enumerate((0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)):
        (x, y), (dx, dy) = _at(path, share * total)
        steep = abs(dy) > abs(dx)
        aside = (wide / 2 + 7, 0.0) if steep else (0.0, _TALL / 2 + 4)
        slant = _TALL * abs(dx / dy) if steep else wide * abs(dy / dx) if dx else 0.0
        clear = 1.0 + slant / 2 / max(aside)  # so far that no corner touches a slanting line
        for far, dislike in ((1.0, 0.0), (1.25, 2.0), (clear, 2.4)):
            for n, sign in enumerate((1, -1)):
                over = aside[0] * sign, -aside[1] * sign
                yield x + over[0] * far, y + over[1] * far, 0.4 * k + 0.2 * n + dislike
    (x, y), _ = _at(path, total / 2)
    yield x, y, 12.0  # on the line itself


def _flattened(points: Sequence[Point], pieces: int = 6) -> Iterator[Point]:
    """A path of cubic pieces, approximated by short straight ones."""
    yield points[0]
    for i in range(1, len(points) - 2, 3):
        p0, p1, p2, p3 = points[i - 1 : i + 3]
        for n in range(1, pieces + 1):
            t = n / pieces
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield (
                a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0],
                a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1],
            )


def _crosses(path: Sequence[Point], area: Area) -> bool:
    """Whether a path of straight pieces enters an area (Liang and Barsky 1984)."""
    for (x0, y0), (x1, y1) in itertools.pairwise(path):
        enters, leaves = 0.0, 1.0
        for start, way, low, high in ((x0, x1 - x0, area.x, area.right), (y0, y1 - y0, area.y, area.bottom)):
            if way:
                first, last = sorted(((low - start) / way, (high - start) / way))
                enters, leaves = max(enters, first), min(leaves, last)
            elif not low < start < high:
                leaves = -1.0
        if enters < leaves:
            return True
    return False


def _is_nearer(paths: Sequence[Sequence[Point]], taken: _Taken, n: int, area: Area) -> bool:
    """Whether a label is as near to another line as to its own, so that it would be read as the other's."""
    y = area.y + area.height / 2
    points = [(area.x, y), (area.x + area.width / 2, y), (area.right, y)]
    far = _APART * min(_distance(paths[n], point) for point in points)
    near = Area(area.x - far, y - far, area.width + 2 * far, 2 * far)
    return any(_distance(paths[other], point) < far for other in taken.lines(near) - {n} for point in points)


def _distance(path: Sequence[Point], point: Point) -> float:
    """How far a point is from a path of straight pieces."""
    x, y = point
    least = math.inf
    for (x0, y0), (x1, y1) in itertools.pairwise(path):
        dx, dy = x1 - x0, y1 - y0
        along = ((x - x0) * dx + (y - y0) * dy) / ((dx * dx + dy * dy) or 1.0)
        share = min(1.0, max(0.0, along))
        least = min(least, math.hypot(x0 + share * dx - x, y0 + share * dy - y))
    return least


def _length(path: Sequence[Point]) -> float:
    return math.fsum(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 for (x0, y0), (x1, y1) in itertools.pairwise(path))


def _at(path: Sequence[Point], far: float) -> tuple[Point, Point]:
    """The point at a share of the length of a path, and the direction there."""
    for (x0, y0), (x1, y1) in itertools.pairwise(path):
        step = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        if step and far <= step:
            share = far / step
            return (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share), (x1 - x0, y1 - y0)
        far -= step
    return path[-1], (1.0, 0.0)
