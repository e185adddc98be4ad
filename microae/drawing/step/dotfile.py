"""A scene in Graphviz's language, for other programs: nodes with their texts, modules as clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from microae.drawing.step.face import statistics
from microae.drawing.step.looks import INK, box_look
from microae.drawing.step.notation import dimensions, number, rows
from microae.drawing.step.painting import lines_of, quoted
from microae.drawing.step.scene import STAGES, Box, Edge, Scene, Stage


def source(scene: Scene) -> str:
    """The scene as a graph; ``dot`` puts each gradient into the column of its value.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value(2.0, label="a")
    >>> print(ma.draw(a * a).dot())
    digraph {
      graph [rankdir=LR newrank=true fontname="Helvetica"]
      node [shape=box fontname="Helvetica"]
      edge [fontname="Helvetica"]
      n0 [label="a\\l2\\l" color="#0072B2" penwidth=1.5]
      n1 [label="v₁ = a × a\\l4\\l" color="#0072B2" penwidth=2.5 style=rounded]
      n0 -> n1 [color="#0072B2"]
      n0 -> n1 [color="#0072B2"]
    }
    <BLANKLINE>
    """
    lines = [
        "digraph {",
        '  graph [rankdir=LR newrank=true fontname="Helvetica"]',
        '  node [shape=box fontname="Helvetica"]',
        '  edge [fontname="Helvetica"]',
    ]
    for stage in STAGES if len({box.stage for box in scene.boxes}) > 1 else ():
        lines += [f"  {line}" for line in _lane(scene, stage)]
    if len({box.stage for box in scene.boxes}) == 1:
        lines += [f"  {line}" for line in _modules(scene.boxes, "", "")]
    for box in scene.boxes:
        if box.of is not None:
            lines.append(f"  {{ rank=same; n{box.of}; n{box.number} }}")
    lines += [f"  {_edge(edge)}" for edge in scene.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _lane(scene: Scene, stage: Stage) -> Iterator[str]:
    boxes = scene.stage(stage)
    if boxes:
        yield f'subgraph "cluster_{stage}" {{ label="{stage}" color="{INK[stage]}"'
        yield from (f"  {line}" for line in _modules(boxes, "", stage))
        yield "}"


def _modules(boxes: Sequence[Box], path: str, stage: str) -> Iterator[str]:
    """The boxes of a module, those of its own modules in clusters."""
    inner: dict[str, list[Box]] = {}
    start = f"{path}." if path else ""
    for box in boxes:
        rest = box.path.removeprefix(start) if box.path != path else ""
        if rest:
            inner.setdefault(start + rest.split(".")[0], []).append(box)
        else:
            yield _node(box)
    for name, members in inner.items():
        yield f'subgraph "cluster_{stage}_{quoted(name)}" {{ label="{quoted(name)}" style=dotted'
        yield from (f"  {line}" for line in _modules(members, name, stage))
        yield "}"


def _node(box: Box) -> str:
    look = box_look(box)
    words = [box.formula or box.name, *([box.paper] if box.paper else []), *([box.words] if box.words else [])]
    words += _values(box)
    words += [f"{badge.glyph} {badge.words}" for badge in box.badges]
    style = " style=rounded" if look.radius > 5 else ""
    return f'n{box.number} [label="{lines_of(words)}" color="{look.ink}" penwidth={look.thickness:g}{style}]'


def _values(box: Box) -> list[str]:
    if box.value is None:
        return []
    if box.results:
        return [line for words, value in box.results for line in (words, *_numbers(np.asarray(value)))]
    return _numbers(np.asarray(box.value), box.digits, box.beside)


def _numbers(value: Any, digits: int = 3, beside: Any = None) -> list[str]:
    if value.size <= 16 and value.ndim <= 2 and value.size:
        return ["  ".join(row) for row in rows(value, digits, beside)]
    shown = [dimensions(value.shape)]
    if value.size:
        shown.append(", ".join(f"{what} {number(x)}" for what, x in statistics(value)))
    return shown


def _edge(edge: Edge) -> str:
    label = f' label="{quoted(edge.label)}"' if edge.label else ""
    free = "" if edge.stage == "forward" else " constraint=false"
    return f'n{edge.tail} -> n{edge.head} [color="{INK[edge.stage]}"{label}{free}]'
