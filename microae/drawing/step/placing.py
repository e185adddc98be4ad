"""Where everything stands: forward from left to right, backward as its mirror image below, the update under both.

``dot`` lays out the forward lane. What goes into one operation only, its weights and the target of a loss, stands in
one column with it, and ``dot`` sees the column as one node, with the operation at its foot. The backward lane is the
reflection: each gradient stands where its value stands, each arrow runs back along its own line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from microae.drawing.rendering import render
from microae.drawing.step.face import Face, face, widened
from microae.drawing.step.fonts import width
from microae.drawing.step.scene import Box, Edge, Scene, Stage

LABEL = 17.0
"""The size of the words on an edge."""

_STACKED = 34.0  # between the boxes of a column, with room for the words of an edge
_LANE = 34.0  # between lanes
_INSIDE = 18.0  # a lane's margin
_BRACKET = 16.0  # how far an arrow that goes around a box keeps from it
_TITLE = 150.0  # what the names of the lanes take at the left

Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """A box with its inside and the place of its upper left corner."""

    box: Box
    face: Face
    x: float
    y: float

    @property
    def width(self) -> float:
        return self.face.width

    @property
    def height(self) -> float:
        return self.face.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """An edge as a path: its first point, then three for each cubic piece; and where the middle of its label is."""

    edge: Edge
    points: Sequence[Point]
    label: Point | None = None


@dataclass(frozen=True)
class Frame:
    """The frame of a module in a lane."""

    path: str
    stage: Stage
    title: str
    x: float
    y: float
    width: float
    height: float
    title_below: bool = False


@dataclass(frozen=True)
class Lane:
    """The band of a stage."""

    stage: Stage
    y: float
    height: float


@dataclass
class Layout:
    """A scene with every place."""

    scene: Scene
    width: float = 0.0
    height: float = 0.0
    boxes: list[Placed] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)


@dataclass
class _Column:
    """An operation with the leaves that stand above it, as one node for ``dot``; numbers of forward boxes."""

    foot: int
    above: list[int]
    path: str
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0  # the upper edge

    @property
    def members(self) -> list[int]:
        return [*self.above, self.foot]


def place(scene: Scene) -> Layout:
    """Lay out a scene.

    Raises
    ------
    FileNotFoundError
        If there is no program to lay out with.
    """
    return _Placer(scene).layout


class _Placer:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.faces = [face(box) for box in scene.boxes]
        self.updates: dict[int, list[int]] = {}
        for box in scene.stage("update"):
            self.updates.setdefault(box.of or 0, []).append(box.number)
        self.columns = _columns(scene)
        self.column_of = {k: column for column in self.columns for k in column.members}
        self.heights: dict[int, float] = {}
        self.placed: dict[int, Placed] = {}
        self.layout = Layout(scene)
        self._measure()
        drawing = json.loads(render(self._source(), "json0"))
        self._read(drawing)

    # sizes

    def _measure(self) -> None:
        gradients = self.scene.gradients
        for column in self.columns:
            widths = []
            for k in column.members:
                pair = [self.faces[k]] + ([self.faces[gradients[k].number]] if k in gradients else [])
                self.heights[k] = max(inside.height for inside in pair)
                widths += [inside.width for inside in pair] + [self.faces[u].width for u in self.updates.get(k, ())]
            column.width = max(widths)
            column.height = sum(self.heights[k] for k in column.members) + _STACKED * len(column.above)

    # dot

    def _source(self) -> str:
        lines = [
            "digraph {",
            "graph [rankdir=LR newrank=true nodesep=0.4 ranksep=0.35 splines=true margin=0 pad=0]",
            'node [shape=none margin=0 width=0 height=0 label=""] edge [arrowhead=none dir=none]',
            *self._clusters(),
        ]
        main = _main_path(self.scene)
        for edge in self.scene.edges:
            if edge.stage != "forward":
                continue
            tail, head = self.column_of[edge.tail], self.column_of[edge.head]
            if tail is head:
                continue
            weight = 20 if (edge.tail, edge.head) in main else 1
            lines.append(
                f'c{tail.foot}:m{edge.tail}:e -> c{head.foot}:m{edge.head}:w [id="{edge.tail}-{edge.head}" '
                f"weight={weight}{self._room(edge)}]"
            )
        return "\n".join([*lines, "}"])

    def _room(self, edge: Edge) -> str:
        """Room on a forward edge for the label of the backward edge along it."""
        back = self._back(edge)
        if back is None or not back.label:
            return ""
        return f" label={_empty(width(back.label, LABEL) + 16, LABEL * 1.3)}"

    def _back(self, edge: Edge) -> Edge | None:
        gradients = self.scene.gradients
        if edge.head not in gradients or edge.tail not in gradients:
            return None
        return self._backward.get((gradients[edge.head].number, gradients[edge.tail].number))

    @property
    def _backward(self) -> dict[tuple[int, int], Edge]:
        return {(edge.tail, edge.head): edge for edge in self.scene.edges if edge.stage == "backward"}

    def _clusters(self) -> Iterator[str]:
        """The columns, in the frames of their modules."""
        shown = _frames(self.scene, self.columns)
        inside: dict[str, list[str]] = {path: [] for path in shown}
        top: list[str] = []
        for column in self.columns:
            home = _home(column.path, shown)
            (inside[home] if home else top).append(self._node(column))

        def write(path: str) -> Iterator[str]:
            yield f'subgraph "cluster_{path}" {{ margin=14 label={_empty(width(path, 17.0, True), 20.0)} labeljust=l'
            yield from inside[path]
            for other in shown:
                if _home(other.rpartition(".")[0], shown) == path:
                    yield from write(other)
            yield "}"

        yield from top
        for path in shown:
            if not _home(path.rpartition(".")[0], shown):
                yield from write(path)

    def _node(self, column: _Column) -> str:
        side = _BRACKET + 6 if len(column.above) > 1 else 0
        rows = []
        for n, k in enumerate(column.members):
            if n:
                rows.append(_row(column.width + side, _STACKED))
            rows.append(_row(column.width + side, self.heights[k], f"m{k}"))
        return f"c{column.foot} [label=<{_table(rows)}>]"

    # back from dot

    def _read(self, drawing: dict[str, Any]) -> None:
        columns = {f"c{column.foot}": column for column in self.columns}
        top = float(drawing["bb"].split(",")[3])
        left = _TITLE if self.scene.gradients else _INSIDE
        down = _Down(left, top + _INSIDE)
        frames: list[Frame] = []
        for thing in drawing.get("objects", ()):
            if thing["name"] in columns:
                column = columns[thing["name"]]
                x, y = down(*map(float, thing["pos"].split(",")))
                side = _BRACKET + 6 if len(column.above) > 1 else 0
                column.x = x - (column.width + side) / 2 + side
                column.y = y - column.height / 2
            elif thing["name"].startswith("cluster_") and "bb" in thing:
                x0, y0, x1, y1 = map(float, thing["bb"].split(","))
                (ax, ay), (bx, by) = down(x0, y1), down(x1, y0)
                path = thing["name"].removeprefix("cluster_")
                frames.append(Frame(path, "forward", path, ax, ay, bx - ax, by - ay))
        self.floor = top + 2 * _INSIDE
        self.mirror = 2 * self.floor + _LANE
        for column in self.columns:
            self._stand(column)
        paths = {edge.get("id", ""): edge for edge in drawing.get("edges", ())}
        self._forward_lines(paths, down)
        right = left + float(drawing["bb"].split(",")[2]) + _INSIDE
        lanes = [Lane("forward", 0.0, self.floor)]
        bottom = self.floor
        if self.scene.gradients:
            lanes.append(Lane("backward", self.floor + _LANE, self.floor))
            bottom = self.mirror
            frames += [
                Frame(f.path, "backward", f.title, f.x, self.mirror - f.y - f.height, f.width, f.height, True)
                for f in frames
            ]
        if self.updates:
            start = bottom + _LANE
            bottom = self._updates(start + _INSIDE) + _INSIDE
            lanes.append(Lane("update", start, bottom - start))
        out = self.layout
        out.boxes = [self.placed[box.number] for box in self.scene.boxes if box.number in self.placed]
        out.frames, out.lanes = frames, lanes
        out.width, out.height = round(right, 1), round(bottom, 1)

    def _stand(self, column: _Column) -> None:
        """Put the boxes of a column into both lanes, all of one width."""
        y = column.y
        gradients = self.scene.gradients
        for k in column.members:
            inside = widened(self.faces[k], column.width)
            self.placed[k] = Placed(self.scene.boxes[k], inside, column.x, y + (self.heights[k] - inside.height) / 2)
            if k in gradients:
                g = gradients[k].number
                inside = widened(self.faces[g], column.width)
                middle = self.mirror - (y + self.heights[k] / 2)
                self.placed[g] = Placed(self.scene.boxes[g], inside, column.x, middle - inside.height / 2)
            y += self.heights[k] + _STACKED

    # lines

    def _forward_lines(self, paths: dict[str, Any], down: _Down) -> None:
        for edge in self.scene.edges:
            if edge.stage != "forward":
                continue
            tail, head = self.placed[edge.tail], self.placed[edge.head]
            back = self._back(edge)
            if self.column_of[edge.tail] is self.column_of[edge.head]:
                self._column_lines(edge, tail, head, back)
                continue
            found = paths[f"{edge.tail}-{edge.head}"]
            points = [down(*point) for point in _points(found["pos"])]
            self.layout.lines.append(Line(edge, points))
            if back is not None:
                label = down(*map(float, found["lp"].split(","))) if "lp" in found else None
                mirrored = [(x, self.mirror - y) for x, y in reversed(points)]
                at = None if label is None else (label[0], self.mirror - label[1])
                self.layout.lines.append(Line(back, mirrored, at))

    def _column_lines(self, edge: Edge, tail: Placed, head: Placed, back: Edge | None) -> None:
        """From a leaf to the operation below it: straight down, or around what stands between."""
        column = self.column_of[edge.tail]
        around = column.above[-1] != edge.tail
        points = _around(tail, head) if around else _straight(tail.middle[0], tail.y + tail.height, head.y)
        self.layout.lines.append(Line(edge, points))
        if back is None:
            return
        upper, lower = self.placed[back.tail], self.placed[back.head]
        if around:
            points = _around(upper, lower)
            at = (lower.x - _BRACKET + 8 + width(back.label, LABEL) / 2, lower.y - _STACKED / 2)
        else:
            points = _straight(upper.middle[0], upper.y + upper.height, lower.y)
            at = (upper.middle[0] + 8 + width(back.label, LABEL) / 2, (upper.y + upper.height + lower.y) / 2)
        self.layout.lines.append(Line(back, points, at))

    # update

    def _updates(self, top: float) -> float:
        """Put the updated parameters under their gradients, the lowest first, and return where they end."""
        bottom = top
        by_x: dict[float, list[int]] = {}
        for column in self.columns:
            for k in column.members:
                if k in self.updates:
                    by_x.setdefault(column.x, []).append(k)
        arriving = self.scene.arriving
        for x, parameters in by_x.items():
            y = top
            parameters.sort(key=lambda k: self.placed[k].y)
            for k in parameters:
                for u in self.updates[k]:
                    inside = widened(self.faces[u], self.column_of[k].width)
                    self.placed[u] = Placed(self.scene.boxes[u], inside, x, y)
                    for edge in arriving[u]:
                        self._update_line(edge, y == top)
                    y += inside.height + _STACKED
            bottom = max(bottom, y - _STACKED)
        return bottom

    def _update_line(self, edge: Edge, first: bool) -> None:
        tail, head = self.placed[edge.tail], self.placed[edge.head]
        if tail.box.stage == "forward":
            return  # the parameter before the step stands in the formula
        if first and tail.box.stage == "backward":
            points = _straight(tail.middle[0], tail.y + tail.height, head.y)
            at = (tail.middle[0] + 8 + width(edge.label, LABEL) / 2, (tail.y + tail.height + head.y) / 2)
        else:
            points = _around(tail, head)
            at = (head.x - _BRACKET + 8 + width(edge.label, LABEL) / 2, head.y - _STACKED / 2)
        self.layout.lines.append(Line(edge, points, at if edge.label else None))


class _Down:
    """From dot's points, y upwards, to the picture's, y downwards."""

    def __init__(self, left: float, top: float) -> None:
        self.left, self.top = left, top

    def __call__(self, x: float, y: float) -> Point:
        return round(x + self.left, 2), round(self.top - y, 2)


def _points(text: str) -> list[Point]:
    """The control points of an edge in dot's notation."""
    pairs = [part.split(",") for part in text.split() if part[0] not in "es"]
    return [(float(x), float(y)) for x, y in pairs]


def _straight(x: float, top: float, bottom: float) -> list[Point]:
    third = (bottom - top) / 3
    return [(x, top), (x, top + third), (x, bottom - third), (x, bottom)]


def _around(tail: Placed, head: Placed) -> list[Point]:
    """From the left side of a box to the left side of one further down, with round corners."""
    x = min(tail.x, head.x) - _BRACKET
    y0, y1 = tail.middle[1], head.y + min(head.height / 4, 16)
    r = 8.0
    return [
        (tail.x, y0), (tail.x, y0), (x + r, y0), (x + r, y0),
        (x, y0), (x, y0), (x, y0 + r),
        (x, y0 + r), (x, y1 - r), (x, y1 - r),
        (x, y1), (x, y1), (x + r, y1),
        (x + r, y1), (head.x, y1), (head.x, y1),
    ]  # fmt: skip


def _columns(scene: Scene) -> list[_Column]:
    """Each operation with the leaves that stand above it."""
    forward = scene.stage("forward")
    above: dict[int, list[int]] = {}
    stacked: set[int] = set()
    for box in forward:
        if box.kind in ("parameter", "input"):
            continue
        tails = [edge.tail for edge in scene.arriving[box.number]]
        leaves = [t for t in tails if _may_stand_above(scene, t, box)]
        if leaves and len(leaves) == len(tails):
            leaves = leaves[1:]  # something must come from the left
        above[box.number] = leaves
        stacked.update(leaves)
    return [_Column(box.number, above.get(box.number, []), box.path) for box in forward if box.number not in stacked]


def _may_stand_above(scene: Scene, leaf: int, box: Box) -> bool:
    """Whether a leaf is an array that only this operation uses, or uses first."""
    own = scene.boxes[leaf]
    if own.kind not in ("parameter", "input") or not own.shape:
        return False
    users = [edge.head for edge in scene.leaving[leaf] if edge.stage == "forward"]
    return users[0] == box.number


def _frames(scene: Scene, columns: Iterable[_Column]) -> list[str]:
    """The modules that get a frame: those with several columns, and the outermost."""
    number: dict[str, int] = {}
    for column in columns:
        parts = column.path.split(".") if column.path else []
        for n in range(1, len(parts) + 1):
            path = ".".join(parts[:n])
            number[path] = number.get(path, 0) + 1
    collapsed = {box.path for box in scene.boxes if box.kind == "module"}
    return [
        path
        for path, n in number.items()
        if path not in collapsed and (n > 1 or "." not in path)
        and n != number.get(path.rpartition(".")[0], -1)
    ]  # fmt: skip


def _home(path: str, shown: Sequence[str]) -> str:
    """The innermost frame that a path lies in."""
    while path and path not in shown:
        path = path.rpartition(".")[0]
    return path


def _main_path(scene: Scene) -> set[tuple[int, int]]:
    """The edges of the longest way to the end: the network itself."""
    forward = scene.stage("forward")
    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for box in forward:
        length[box.number] = 0
        for edge in scene.arriving[box.number]:
            if length[edge.tail] + 1 > length[box.number]:
                length[box.number], before[box.number] = length[edge.tail] + 1, edge.tail
    if not forward:
        return set()
    at = max(length, key=lambda k: (length[k], k))
    found = set()
    while at in before:
        found.add((before[at], at))
        at = before[at]
    return found


def _empty(wide: float, high: float) -> str:
    """A label that only takes room."""
    return f"<{_table([_row(wide, high)])}>"


def _row(wide: float, high: float, port: str = "") -> str:
    name = f' port="{port}"' if port else ""
    return f'<tr><td{name} fixedsize="true" width="{round(wide)}" height="{round(high)}"></td></tr>'


def _table(rows: Sequence[str]) -> str:
    return f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>'
