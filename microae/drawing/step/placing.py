"""Where everything stands: forward from left to right, backward as its mirror image below, the update under both.

The forward lane is laid out by ``dot``, in columns. The backward lane is its reflection: each gradient stands where its
value stands, each arrow runs back along its own line. An updated parameter stands under its gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from microae.drawing.step.columns import STACKED, Column, Drawn, Key, columns, draw, main_path, title_of
from microae.drawing.step.face import face, stretched
from microae.drawing.step.fonts import width
from microae.drawing.step.labels import labelled
from microae.drawing.step.lanes import AWAY, across, down, levels, stacked
from microae.drawing.step.layout import LABEL, NOTE, Area, Frame, Ghost, Lane, Layout, Line, Placed, Point
from microae.drawing.step.routing import around, crosses, mirrored, over, straight
from microae.drawing.step.scene import Edge, Scene

_BETWEEN = 10.0  # lanes
_INSIDE = 12.0  # a lane's margin
_NEAR = 15.0  # what an arrow around a box keeps from it
_LEFT = 134.0  # what the names of the lanes take at the left
_FACTS = 150.0  # the least height of the update lane: what is said beside it
_MARGIN = 7.0  # of a frame
_GHOST = 36.0
_STEP = 30.0  # steps up to this in the main path are taken out


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
        self.scene, self.layout = scene, Layout(scene)
        self.gradients = {k: box.number for k, box in scene.gradients.items()}
        self.faces = [face(box) for box in scene.boxes]
        self.updates: dict[int, list[int]] = {}
        for box in scene.stage("update"):
            self.updates.setdefault(box.of or 0, []).append(box.number)
        self.backward = {(e.tail, e.head, e.place): e for e in scene.edges if e.stage == "backward"}
        self.columns = columns(scene)
        self.column_of = {k: column for column in self.columns for k in column.members}
        for column in self.columns:
            self._measure(column)
        self.areas: dict[int, Area] = {}
        if not scene.boxes:
            self.layout.width, self.layout.height = 2 * _INSIDE, NOTE
            self._say(["nothing was recorded"])
            return
        self.taken: list[tuple[float, float, float]] = []  # the stretches of lines that go over boxes
        drawn = draw(scene, self.columns, self._room())
        self.mirror = self._forward(drawn)
        self._backward()
        self._update()
        self._finish()

    def _measure(self, column: Column) -> None:
        """The boxes of a column, their gradients and their updates are all as wide as the widest."""
        together = [
            [k, *([self.gradients[k]] if k in self.gradients else []), *self.updates.get(k, ())] for k in column.members
        ]
        column.width = max(self.faces[n].width for numbers in together for n in numbers)
        column.heights = tuple(max(self.faces[n].height for n in (k, self.gradients.get(k, k))) for k in column.members)
        column.side = _NEAR + 2 * AWAY if len(column.above) > 1 else 0.0
        for k, high in zip(column.members, column.heights, strict=True):
            for n in (k, self.gradients.get(k, k)):
                self.faces[n] = stretched(self.faces[n], column.width, high)
            for n in self.updates.get(k, ()):
                self.faces[n] = stretched(self.faces[n], column.width, 0.0)

    def _back(self, edge: Edge) -> Edge | None:
        """The edge of the backward lane that belongs to an edge of the forward lane."""
        return self.backward.get((self.gradients.get(edge.head, -1), self.gradients.get(edge.tail, -1), edge.place))

    def _room(self) -> dict[Key, float]:
        widths = {}
        for edge in self.scene.edges:
            back = self._back(edge) if edge.stage == "forward" else None
            label = max(edge.label * (edge.stage == "forward"), back.label if back else "", key=len)
            if label:
                widths[edge.tail, edge.head, edge.place] = width(label, LABEL) + 14
        return widths

    # forward

    def _forward(self, drawn: Drawn) -> float:
        """Place the forward lane, from the top of the picture; returns what y + y of a thing and its image are."""
        for column in self.columns:
            area = drawn.columns[column.foot]
            y = area.y
            for k, high in zip(column.members, column.heights, strict=True):
                self.areas[k] = Area(area.x, round(y, 1), column.width, high)
                y += high + STACKED
        self._align()
        self._widen(drawn.frames)
        lines = self._forward_lines(drawn)
        tops = [a.y for a in self.areas.values()] + [f.y for f in drawn.frames.values()]
        tops += [y for line in lines for _, y in line.points]
        ends = [a.bottom for a in self.areas.values()] + [f.bottom for f in drawn.frames.values()]
        ends += [y for line in lines for _, y in line.points]
        left = min([a.x - self.column_of[k].side for k, a in self.areas.items()] + [f.x for f in drawn.frames.values()])
        dx, dy = (_LEFT if self.gradients else _INSIDE) - left, _INSIDE - min(tops)
        self.areas = {k: replace(a, x=round(a.x + dx, 1), y=round(a.y + dy, 1)) for k, a in self.areas.items()}
        self.layout.lines = [_moved(line, dx, dy) for line in lines]
        self.layout.frames = [
            Frame(path, title_of(self.scene, path), "forward", replace(a, x=round(a.x + dx, 1), y=round(a.y + dy, 1)))
            for path, a in drawn.frames.items()
        ]
        floor = round(max(ends) + dy + _INSIDE, 1)
        self.layout.lanes = [Lane("forward", 0.0, floor)]
        return 2 * floor + _BETWEEN

    def _align(self) -> None:
        """Straighten the main path where ``dot`` has left small steps."""
        for head, tail in main_path(self.scene).items():
            by = round(self.areas[tail].middle[1] - self.areas[head].middle[1], 1)
            members = self.column_of[head].members
            if self.column_of[head].foot != head or not 0 < abs(by) < _STEP:
                continue
            moved = {k: replace(self.areas[k], y=round(self.areas[k].y + by, 1)) for k in members}
            others = [area for k, area in self.areas.items() if k not in moved]
            if not any(a.overlaps(b, 10.0) for a in moved.values() for b in others):
                self.areas |= moved

    def _widen(self, frames: dict[str, Area]) -> None:
        """Fit every frame around its contents."""
        for path, frame in sorted(frames.items(), reverse=True):  # the inner ones first
            inside = [self.areas[k] for k in self.areas if _is_in(self.scene.boxes[k].path, path)]
            inside += [area for other, area in frames.items() if other != path and _is_in(other, path)]
            top = min([frame.y, *(area.y - _MARGIN for area in inside)])
            bottom = max([frame.bottom, *(area.bottom + _MARGIN for area in inside)])
            frames[path] = replace(frame, y=top, height=bottom - top)

    def _forward_lines(self, drawn: Drawn) -> list[Line]:
        """The lines of the forward lane."""
        return [Line(edge, self._points(edge, drawn)) for edge in self.scene.edges if edge.stage == "forward"]

    def _points(self, edge: Edge, drawn: Drawn) -> Sequence[Point]:
        tail, head = self.areas[edge.tail], self.areas[edge.head]
        if self.column_of[edge.tail] is self.column_of[edge.head]:
            if self.column_of[edge.tail].above[-1] != edge.tail:
                return around(tail, head, _NEAR + 8 * edge.place)
            x = tail.middle[0] + 24 * edge.place
            return straight((x, tail.bottom), (x, head.y))
        points = drawn.lines[edge.tail, edge.head, edge.place]
        start, end = (tail.right, tail.middle[1]), (head.x, head.middle[1])
        boxes = [area for k, area in self.areas.items() if k not in (edge.tail, edge.head)]
        if crosses((start, end), boxes):
            return over(tail, head, self.areas.values(), self.taken) or points
        if abs(start[1] - end[1]) < 1 and not edge.place:
            return straight(start, end)
        return points

    # backward

    def _backward(self) -> None:
        if not self.gradients:
            return
        at = self.mirror
        for k, g in self.gradients.items():
            self.areas[g] = self.areas[k].mirrored(at)
        for line in list(self.layout.lines):
            back = self._back(line.edge)
            if back is not None:
                self.layout.lines.append(Line(back, mirrored(line.points, at)))
        self.layout.frames += [
            replace(frame, stage="backward", area=frame.area.mirrored(at), upside_down=True)
            for frame in self.layout.frames
        ]
        for box in self.scene.stage("forward"):
            if box.number not in self.gradients and box.kind in ("operation", "module"):
                self._ghost(box.number)
        floor = self.layout.lanes[0].height
        self.layout.lanes.append(Lane("backward", floor + _BETWEEN, floor))

    def _ghost(self, k: int) -> None:
        box, area = self.scene.boxes[k], self.areas[k]
        by = f"({box.name})" if " … " in box.name else box.name
        name = f"∂{self.loss}/∂{by}  —"
        wide = min(width(name, 18.0) + 20, area.width)
        x, y = area.middle
        self.layout.ghosts.append(Ghost(name, Area(x - wide / 2, self.mirror - y - _GHOST / 2, wide, _GHOST)))

    @property
    def loss(self) -> str:
        """What the gradients are gradients of: the value of the first of them."""
        first = next(box for box in self.scene.boxes if box.kind == "gradient")
        return self.scene.boxes[first.of or 0].name

    # update

    def _update(self) -> None:
        """Put the updated parameters under their gradients."""
        if not self.updates:
            return
        start = self.layout.lanes[-1].y + self.layout.lanes[-1].height + _BETWEEN
        level = levels(self._spans())
        top = start + _INSIDE + (AWAY * (max(level.values()) + 2) if level else 0.0)
        update_areas = stacked(self.updates, self.areas, self.faces, top)
        self.areas |= update_areas
        taken = [(-1, a.x - _NEAR, a.y, a.bottom) for k, a in self.areas.items() if self._is_bracketed(k)]
        for edge in self.scene.edges:
            if edge.stage == "update" and self.scene.boxes[edge.tail].stage != "forward":
                tail, head, boxes = self.areas[edge.tail], self.areas[edge.head], list(self.areas.values())
                if self._is_across(edge):
                    y = top - AWAY * (level[edge.head] + 2)
                    self.layout.lines.append(across(edge, tail, head, y, boxes, taken))
                else:
                    self.layout.lines.append(down(edge, tail, head, boxes, taken))
        bottom = max(max(area.bottom for area in update_areas.values()) + _INSIDE, start + _FACTS)
        self.layout.lanes.append(Lane("update", start, round(bottom - start, 1)))

    def _spans(self) -> dict[int, tuple[float, float]]:
        """Of each update that has arrows from other columns, where they run along."""
        spans: dict[int, tuple[float, float]] = {}
        for edge in self.scene.edges:
            if edge.stage == "update" and self._is_across(edge):
                ends = [self.areas[edge.tail], self.areas[self.scene.boxes[edge.head].of or 0]]
                left, right = spans.get(edge.head, (float("inf"), 0.0))
                spans[edge.head] = min(left, *(area.x for area in ends)), max(right, *(area.right for area in ends))
        return spans

    def _is_across(self, edge: Edge) -> bool:
        """Whether an arrow goes from a gradient to the update of something in another column."""
        tail, head = self.scene.boxes[edge.tail], self.scene.boxes[edge.head]
        return tail.stage != "forward" and self.column_of[tail.of or 0] is not self.column_of[head.of or 0]

    def _is_bracketed(self, number: int) -> bool:
        """Whether arrows within the column run along the left side of a box of the backward lane."""
        box = self.scene.boxes[number]
        return box.kind == "gradient" and len(self.column_of[box.of or 0].above) > 1

    def _finish(self) -> None:
        out = self.layout
        out.boxes = [
            Placed(box, self.faces[box.number], self.areas[box.number])
            for box in self.scene.boxes
            if box.number in self.areas
        ]
        edges = [x for line in out.lines for x, _ in line.points]
        edges += [area.right for area in self.areas.values()] + [frame.area.right for frame in out.frames]
        out.width = round(max(edges) + _INSIDE, 1)
        out.height = round(out.lanes[-1].y + out.lanes[-1].height, 1)
        obstacles = [
            *self.areas.values(),
            *(ghost.area for ghost in out.ghosts),
            *(frame.title for frame in out.frames),
        ]
        out.lines = labelled(out.lines, obstacles, Area(0, 0, out.width, out.height))
        self._say(self.scene.notes)

    def _say(self, notes: Sequence[str]) -> None:
        """The texts below the picture."""
        out = self.layout
        for note in notes:
            out.height = round(out.height + NOTE * 1.5, 1)
            out.notes.append((note, round(out.height - NOTE * 0.4, 1)))
            out.width = round(max(out.width, width(note, NOTE) + 2 * _INSIDE), 1)


def _is_in(path: str, module: str) -> bool:
    return path == module or path.startswith(f"{module}.")


def _moved(line: Line, dx: float, dy: float) -> Line:
    return Line(line.edge, [(round(x + dx, 2), round(y + dy, 2)) for x, y in line.points])
