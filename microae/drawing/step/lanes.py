"""The update lane: each new parameter under its gradient, and the arrows down to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from microae.drawing.step.columns import STACKED
from microae.drawing.step.face import Face
from microae.drawing.step.layout import Area, Line
from microae.drawing.step.routing import rounded, straight
from microae.drawing.step.scene import Edge

AWAY = 12.0
"""The distance between the lines of a bundle."""


def stacked(
    updates: Mapping[int, Sequence[int]], areas: Mapping[int, Area], faces: Sequence[Face], top: float
) -> dict[int, Area]:
    """Under each parameter, by its forward box, the boxes of its update; those below one another in one pile."""
    piles: list[tuple[float, float, list[int]]] = []
    for k in sorted(updates, key=lambda k: (areas[k].x, areas[k].y)):
        wide = max(faces[u].width for u in updates[k])
        if piles and areas[k].x < piles[-1][1] + AWAY:
            x, right, members = piles.pop()
            piles.append((x, max(right, areas[k].x + wide, x + wide), [*members, k]))
        else:
            piles.append((areas[k].x, areas[k].x + wide, [k]))
    positions = {}
    for x, _, members in piles:
        y = top
        for k in sorted(members, key=lambda k: areas[k].y):
            for u in updates[k]:
                positions[u] = Area(x, round(y, 1), faces[u].width, faces[u].height)
                y += faces[u].height + STACKED
    return positions


def down(
    edge: Edge, tail: Area, head: Area, boxes: Iterable[Area], lines: list[tuple[int, float, float, float]]
) -> Line:
    """An arrow from a box to one further down: straight, or around what stands between, on a free vertical.

    ``lines`` are the verticals taken: whose (the number of the tail), at which x, from and to which y. The arrow takes
    its own.
    """
    between = [box for box in boxes if box not in (tail, head) and box.bottom > tail.y and box.y < head.bottom]
    x = tail.middle[0]
    if head.x < x < head.right and not any(
        box.x < x < box.right and box.y < head.y and box.bottom > tail.bottom for box in between
    ):
        return Line(edge, straight((x, tail.bottom), (x, head.y)))
    y0, y1 = tail.y + 0.75 * tail.height, head.y + min(head.height / 3, 18.0)
    for n in range(1, 40):
        for x, ends in (
            (min(tail.x, head.x) - AWAY * n - 3, True),
            (max(tail.right, head.right) + AWAY * n + 3, False),
        ):
            blocked = any(box.x - 2 < x < box.right + 2 and box.y < y1 and box.bottom > y0 for box in between)
            shared = any(
                whose != edge.tail and abs(x - at) < AWAY - 1 and a < y1 and b > y0 for whose, at, a, b in lines
            )
            if not blocked and not shared and x > 4:
                lines.append((edge.tail, x, y0, y1))
                start, end = (tail.x, head.x) if ends else (tail.right, head.right)
                return Line(edge, rounded([(start, y0), (x, y0), (x, y1), (end, y1)]))
    x = min(tail.x, head.x) - AWAY
    return Line(edge, rounded([(tail.x, y0), (x, y0), (x, y1), (head.x, y1)]))
