"""The lines that ``dot`` does not lay out: down, around the boxes of a column, and over boxes between two columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from microae.drawing.step.layout import Area, Point

_ROUND = 9.0  # the radius of a corner
_CLEAR = 12.0  # what a line keeps from a box
_MANY = 40  # over so many boxes dot finds a better way


def straight(start: Point, end: Point) -> list[Point]:
    """One straight piece."""
    (x0, y0), (x1, y1) = start, end
    return [start, (x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3), (x1 - (x1 - x0) / 3, y1 - (y1 - y0) / 3), end]


def rounded(corners: Sequence[Point]) -> list[Point]:
    """A path of horizontal and vertical pieces with round corners."""
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        r = min(_ROUND, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, r), _towards(corner, after, r)
        points += [
            *straight(points[-1], start)[1:],
            _towards(corner, before, r / 2),
            _towards(corner, after, r / 2),
            end,
        ]
    return points + straight(points[-1], corners[-1])[1:]


def around(tail: Area, head: Area, away: float) -> list[Point]:
    """From the left side of a box to the left side of one further down, ``away`` from both."""
    x = min(tail.x, head.x) - away
    y = head.y + min(head.height / 3, 18.0)
    return rounded([(tail.x, tail.middle[1]), (x, tail.middle[1]), (x, y), (head.x, y)])


def over(tail: Area, head: Area, boxes: Iterable[Area], taken: list[tuple[float, float, float]]) -> list[Point] | None:
    """From the right side of a box, over or under the boxes between, to the left side of another; ``None`` if no way.

    ``taken`` are the stretches (from, to, y) that others lie on already; this one is added.
    """
    left, right = tail.right + _CLEAR, head.x - _CLEAR
    if right - left < 2 * _ROUND:
        return None
    start, end = (tail.right, tail.middle[1] - 8), (head.x, head.middle[1] - 8)
    boxes = [box for box in boxes if box != tail and box != head]
    between = sorted((box.y, box.bottom) for box in boxes if box.x < right + 4 and box.right > left - 4)
    if len(between) > _MANY:
        return None
    places = [(top - _CLEAR) for top, _ in between] + [(bottom + _CLEAR) for _, bottom in between]
    for y in sorted(places, key=lambda y: (abs(y - start[1]) + (y > start[1]) * 60, y)):
        free = all(not top - _CLEAR < y < bottom + _CLEAR for top, bottom in between)
        free = free and all(abs(y - other) > 8 or b < left or a > right for a, b, other in taken)
        risers = ((left, start[1], y), (right, end[1], y))
        if free and all(_is_free(x, a, b, boxes) for x, a, b in risers):
            taken.append((left, right, y))
            return rounded([start, (left, start[1]), (left, y), (right, y), (right, end[1]), end])
    return None


def _is_free(x: float, a: float, b: float, boxes: Iterable[Area]) -> bool:
    low, high = min(a, b), max(a, b)
    return all(not (box.x - 3 < x < box.right + 3 and box.y < high and box.bottom > low) for box in boxes)


def crosses(points: Sequence[Point], boxes: Iterable[Area]) -> bool:
    """Whether a straight line between the ends of a path would cross a box."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    for box in boxes:
        low, high = max(box.x, min(x0, x1) + 1), min(box.right, max(x0, x1) - 1)
        if low < high:
            ys = [y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in (low, high)]
            if min(ys) < box.bottom and max(ys) > box.y:
                return True
    return False


def mirrored(points: Sequence[Point], at: float) -> list[Point]:
    """A path reversed and mirrored vertically, which maps y to ``at - y``."""
    return [(x, round(at - y, 2)) for x, y in reversed(points)]


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(a: Point, b: Point, by: float) -> Point:
    far = _distance(a, b) or 1.0
    return round(a[0] + (b[0] - a[0]) * by / far, 2), round(a[1] + (b[1] - a[1]) * by / far, 2)
