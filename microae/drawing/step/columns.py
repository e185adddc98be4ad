"""Columns: an operation with what goes into it alone, its weights or the target of a loss, standing above it.

``dot`` lays out the forward lane, and sees each column as one node with the operation at its foot.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from microae.drawing.rendering import render
from microae.drawing.step.fonts import width
from microae.drawing.step.layout import TITLE, Area, Point
from microae.drawing.step.scene import Scene
from microae.drawing.words import module_title

STACKED = 26.0
"""The distance between the boxes of a column, with room for the label of an edge."""


@dataclass
class Column:
    """Numbers of forward boxes: of an operation, and of the leaves above it from the top; and their sizes."""

    foot: int
    above: list[int]
    path: str
    width: float = 0.0
    side: float = 0.0  # room at the left for arrows that go around
    heights: tuple[float, ...] = ()

    @property
    def members(self) -> list[int]:
        return [*self.above, self.foot]

    @property
    def height(self) -> float:
        return sum(self.heights) + STACKED * len(self.above)


class Drawn(NamedTuple):
    """The layout by ``dot``: the areas of columns by their operation and of frames by path, and lines by edge."""

    columns: dict[int, Area]
    frames: dict[str, Area]
    lines: dict[Key, list[Point]]


Key = tuple[int, int, int]
"""An edge: the numbers of its tail and its head, and its index among the edges between these."""


def columns(scene: Scene) -> list[Column]:
    """Each operation with the leaves that stand above it."""
    above: dict[int, list[int]] = {}
    stacked: set[int] = set()
    forward = scene.stage("forward")
    for box in forward:
        if box.kind in ("parameter", "input"):
            continue
        tails = [edge.tail for edge in scene.arriving[box.number]]
        leaves = [tail for tail in tails if _stands_above(scene, tail, box.number)]
        if leaves and len(leaves) == len(tails):
            leaves = leaves[1:]  # something must come from the left
        above[box.number] = leaves
        stacked.update(leaves)
    return [Column(box.number, above.get(box.number, []), box.path) for box in forward if box.number not in stacked]


def _stands_above(scene: Scene, leaf: int, user: int) -> bool:
    """Whether a leaf is an array that this operation is the first to use."""
    box = scene.boxes[leaf]
    if box.kind not in ("parameter", "input") or not box.shape:
        return False
    return next(edge.head for edge in scene.leaving[leaf] if edge.stage == "forward") == user


def draw(scene: Scene, columns: Sequence[Column], room: Mapping[Key, float]) -> Drawn:
    """Lay out the forward lane by ``dot``; ``room`` is the width that the label of an edge needs."""
    column_of = {k: column for column in columns for k in column.members}
    main, frames = main_path(scene), _framed(scene, columns)
    lines = [
        "digraph {",
        "graph [rankdir=LR newrank=true nodesep=0.4 ranksep=0.4 margin=0 pad=0]",
        'node [shape=none margin=0 width=0 height=0 label=""] edge [arrowhead=none dir=none]',
        *_clusters(scene, frames, columns),
    ]
    for edge in scene.edges:
        tail, head = column_of.get(edge.tail), column_of.get(edge.head)
        if edge.stage != "forward" or tail is None or head is None or tail is head:
            continue
        key = edge.tail, edge.head, edge.place
        label = f" label={_table([_row([('', room[key])], LABEL_HEIGHT)])}" if key in room else ""
        start = f"c{tail.foot}:m{edge.tail}:e" if tail.above else f"c{tail.foot}"
        end = f"c{head.foot}:m{edge.head}:w" if head.above else f"c{head.foot}"
        lines.append(
            f"{start} -> {end} "
            f'[id="{edge.tail} {edge.head} {edge.place}" weight={20 if main.get(edge.head) == edge.tail else 1}{label}]'
        )
    return _read(json.loads(render("\n".join([*lines, "}"]), "json0")), column_of, frames)


LABEL_HEIGHT = 24.0


def title_of(scene: Scene, path: str) -> str:
    """The title of a module's frame."""
    return module_title(path, scene.modules.get(path, ""))


def _clusters(scene: Scene, shown: Sequence[str], all_columns: Sequence[Column]) -> Iterator[str]:
    """The columns, in the frames of the modules that are shown."""
    inside: dict[str, list[str]] = {path: [] for path in ("", *shown)}
    for column in all_columns:
        inside[_home(column.path, shown)].append(_node(column))

    def write(path: str) -> Iterator[str]:
        title = _table([_row([("", width(title_of(scene, path), TITLE, True))], 20.0)])
        yield f'subgraph "cluster_{shown.index(path)}" {{ margin=14 label={title} labeljust=l'
        yield from inside[path]
        yield from (line for other in shown if _home(other.rpartition(".")[0], shown) == path for line in write(other))
        yield "}"

    yield from inside[""]
    yield from (line for path in shown if not _home(path.rpartition(".")[0], shown) for line in write(path))


def _framed(scene: Scene, all_columns: Iterable[Column]) -> list[str]:
    """The modules that get a frame: the outermost, and inside them those with several columns."""
    number: dict[str, int] = {}
    for column in all_columns:
        parts = column.path.split(".") if column.path else []
        for n in range(1, len(parts) + 1):
            path = ".".join(parts[:n])
            number[path] = number.get(path, 0) + 1
    collapsed = {box.path for box in scene.boxes if box.kind == "module"}
    return [
        path
        for path, n in number.items()
        if path not in collapsed and ("." not in path or 1 < n < number[path.rpartition(".")[0]])
    ]


def _home(path: str, shown: Sequence[str]) -> str:
    """The innermost frame that a path lies in."""
    while path and path not in shown:
        path = path.rpartition(".")[0]
    return path


def _node(column: Column) -> str:
    rows = []
    for n, (k, height) in enumerate(zip(column.members, column.heights, strict=True)):
        side = [("", column.side)] if column.side else []
        if n:
            rows.append(_row([*side, ("", column.width)], STACKED))
        rows.append(_row([*side, (f"m{k}", column.width)], height))
    return f"c{column.foot} [label={_table(rows)}]"


def _row(cells: Iterable[tuple[str, float]], height: float) -> str:
    """Cells of a table, each with its port and width."""
    written = (
        f'<td{f" port={chr(34)}{port}{chr(34)}" if port else ""} fixedsize="true" width="{round(w)}" '
        f'height="{round(height)}"></td>'
        for port, w in cells
    )
    return f"<tr>{''.join(written)}</tr>"


def _table(rows: Sequence[str]) -> str:
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>>'


def main_path(scene: Scene) -> dict[int, int]:
    """The longest way to the end, the network itself: from each of its boxes the one before, from the start on."""
    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for box in scene.stage("forward"):
        length[box.number] = 0
        for edge in scene.arriving[box.number]:
            if length[edge.tail] + 1 > length[box.number]:
                length[box.number], before[box.number] = length[edge.tail] + 1, edge.tail
    at = max(length, key=lambda k: (length[k], k), default=-1)
    previous = {}
    while at in before:
        previous[at] = before[at]
        at = before[at]
    return dict(reversed(previous.items()))


def _read(drawing: dict[str, Any], column_of: Mapping[int, Column], frames: Sequence[str]) -> Drawn:
    """Convert dot's coordinates, y upwards, to the picture's, y downwards."""
    top = float(drawing["bb"].split(",")[3])

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return round(x, 2), round(top - y, 2)

    drawn = Drawn({}, {}, {})
    for thing in drawing.get("objects", ()):
        name = thing["name"]
        if name.startswith("cluster_"):
            if "bb" in thing:
                x0, y0, x1, y1 = map(float, thing["bb"].split(","))
                drawn.frames[frames[int(name.removeprefix("cluster_"))]] = Area(x0, top - y1, x1 - x0, y1 - y0)
            continue
        column = column_of[int(name[1:])]
        x, y = point(thing["pos"])
        wide = column.width + column.side
        drawn.columns[column.foot] = Area(
            round(x - wide / 2 + column.side, 1), round(y - column.height / 2, 1), column.width, column.height
        )
    for line in drawing.get("edges", ()):
        tail, head, place = map(int, line["id"].split())
        drawn.lines[tail, head, place] = [point(part) for part in line["pos"].split() if part[0] not in "es"]
    return drawn
