"""The update lane: each new parameter under its gradient, and the arrows down to it, also from other columns."""

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
            if not _is_blocked(x, y0, y1, between) and not _is_shared(edge, x, y0, y1, lines) and x > 4:
                lines.append((edge.tail, x, y0, y1))
                start, end = (tail.x, head.x) if ends else (tail.right, head.right)
                return Line(edge, rounded([(start, y0), (x, y0), (x, y1), (end, y1)]))
    x = min(tail.x, head.x) - AWAY
    return Line(edge, rounded([(tail.x, y0), (x, y0), (x, y1), (head.x, y1)]))


def levels(spans: Mapping[int, tuple[float, float]]) -> dict[int, int]:
    """How high above the updates arrows run along: by head a number, other ones where their stretches overlap."""
    levels: dict[int, int] = {}
    for head, (left, right) in spans.items():
        near = {levels[k] for k in levels if spans[k][0] < right + AWAY and spans[k][1] > left - AWAY}
        levels[head] = next(n for n in range(len(spans)) if n not in near)
    return levels


def across(
    edge: Edge, tail: Area, head: Area, y: float, boxes: Sequence[Area], lines: list[tuple[int, float, float, float]]
) -> Line:
    """An arrow to an update in another column: down, along at ``y``, and down; those to one head end in one line."""
    towards = 0.75 if head.x > tail.x else 0.25
    x0, y0 = tail.x + towards * tail.width, tail.bottom
    start = [(x0, y0)]
    if _is_blocked(x0, y0, y, boxes):
        y0 = tail.y + 0.75 * tail.height
        side, sign = (tail.right, 1) if head.x > tail.x else (tail.x, -1)
        ways = (side + sign * (AWAY * n + 3) for n in range(1, 40))
        x0 = next((x for x in ways if not _is_blocked(x, y0, y, boxes) and not _is_shared(edge, x, y0, y, lines)), x0)
        start = [(side, y0), (x0, y0)]
    lines.append((edge.tail, x0, y0, y))
    x1 = head.x + (1 - towards) * head.width
    end = [(x1, head.y)]
    if _is_blocked(x1, y, head.y - 1, boxes):
        side, sign = (head.right, 1) if head.x < tail.x else (head.x, -1)
        ways = (side + sign * (AWAY * n + 3) for n in range(1, 40))
        y1 = head.y + min(head.height / 3, 18.0)
        x1 = next((x for x in ways if not _is_blocked(x, y, y1, boxes)), x1)
        end = [(x1, y1), (side, y1)]
    own = 3 * len(start) + 1 + 3 * (len(start) - 1)  # down to the first corner, which others may share
    return Line(edge, rounded([*start, (x0, y), (x1, y), *end]), own=own)


def _is_blocked(x: float, y0: float, y1: float, boxes: Iterable[Area]) -> bool:
    """Whether a box stands on a vertical."""
    return any(box.x - 2 < x < box.right + 2 and box.y < y1 and box.bottom > y0 for box in boxes)


def _is_shared(edge: Edge, x: float, y0: float, y1: float, lines: Iterable[tuple[int, float, float, float]]) -> bool:
    """Whether a vertical of another tail is near."""
    return any(whose != edge.tail and abs(x - at) < AWAY - 1 and a < y1 and b > y0 for whose, at, a, b in lines)
