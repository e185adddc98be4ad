"""A placed scene as SVG; every part carries its place in the scene, see :mod:`microae.drawing.step.scene`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from microae.drawing.colours import BLUE, GREEN, VERMILLION
from microae.drawing.pixels import data_uri, png
from microae.drawing.step.face import PALETTE, Map, Text
from microae.drawing.step.fonts import FAMILY
from microae.drawing.step.placing import LABEL, Frame, Lane, Layout, Line, Placed, Point
from microae.drawing.step.scene import Stage

INK: dict[Stage, str] = {"forward": BLUE, "backward": VERMILLION, "update": GREEN}
"""The colour of a lane; its name, place and direction say the same."""

PAPER: dict[Stage, str] = {"forward": "#EEF5FA", "backward": "#FCF3EC", "update": "#ECF6F2"}
NAMES: dict[Stage, str] = {"forward": "forward →", "backward": "← backward", "update": "update ↓"}
_FILLS = {"parameter": "#FFFFFF", "input": "#FFFFFF", "operation": "#FFFFFF"}
_INKS = {"badge": "#A33F00", "paper": "#555555", "shape": "#666666", "small": "#444444"}


def svg(layout: Layout) -> str:
    """The whole picture."""
    width, height = layout.width, layout.height
    parts = [
        *(_lane(lane, layout) for lane in layout.lanes),
        *(_frame(frame) for frame in layout.frames),
        *(_line(line) for line in layout.lines),
        *(_box(placed) for placed in layout.boxes),
        *(_label(line) for line in layout.lines if line.label is not None and line.edge.label),
    ]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="microae-step" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FAMILY}">\n'
        f'<rect class="paper" width="100%" height="100%" fill="#FFFFFF"/>\n{body}\n</svg>\n'
    )


def _lane(lane: Lane, layout: Layout) -> str:
    band = (
        f'<rect class="band" x="0" y="{lane.y:g}" width="{layout.width:g}" height="{lane.height:g}" rx="8" '
        f'fill="{PAPER[lane.stage]}"/>'
    )
    if len(layout.lanes) == 1:
        return ""
    name = _text(Text(14, lane.y + 30, NAMES[lane.stage], 22, bold=True), INK[lane.stage])
    return f'<g class="lane {lane.stage}" data-lane="{lane.stage}">{band}{name}</g>'


def _frame(frame: Frame) -> str:
    y = frame.y + frame.height - 8 if frame.title_below else frame.y + 20
    return (
        f'<g class="group {frame.stage}" data-group="{escape(frame.path)}" data-stage="{frame.stage}">'
        f'<rect x="{frame.x:g}" y="{frame.y:g}" width="{frame.width:g}" height="{frame.height:g}" rx="10" fill="none" '
        f'stroke="#888888" stroke-dasharray="2 3"/>'
        f"{_text(Text(frame.x + 10, y, frame.title, 17, bold=True), '#555555')}</g>"
    )


def _box(placed: Placed) -> str:
    box = placed.box
    ink = INK[box.stage]
    radius = {"operation": 10, "module": 10}.get(box.kind, 3)
    thick = 2.5 if box.kind in ("operation", "module") else 1.5
    inside = "".join(_text(text, _INKS.get(text.look, "#000000")) for text in placed.face.texts)
    inside += "".join(_map(shown) for shown in placed.face.maps)
    return (
        f'<g class="node {box.stage} {box.kind}" data-node="{box.number}" data-path="{escape(box.path)}" '
        f'transform="translate({placed.x:g} {placed.y:g})"><title>{escape(box.formula or box.name)}</title>'
        f'<rect width="{placed.width:g}" height="{placed.height:g}" rx="{radius}" fill="#FFFFFF" stroke="{ink}" '
        f'stroke-width="{thick}"/>{inside}</g>'
    )


def _map(shown: Map) -> str:
    address = data_uri("image/png", png(shown.cells, PALETTE))
    frame = f'x="{shown.x:g}" y="{shown.y:g}" width="{shown.width:g}" height="{shown.height:g}"'
    return (
        f'<image {frame} preserveAspectRatio="none" style="image-rendering:pixelated" href="{address}"/>'
        f'<rect {frame} fill="none" stroke="#999999"/>'
    )


def _text(text: Text, ink: str) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    bold = ' font-weight="bold"' if text.bold else ""
    look = f' class="{text.look}"' if text.look else ""
    italic = ' font-style="italic"' if text.look == "paper" else ""
    return (
        f'<text x="{text.x:g}" y="{text.y:g}" font-size="{text.size:g}" textLength="{text.width:g}" '
        f'lengthAdjust="spacingAndGlyphs"{anchor}{bold}{italic}{look} fill="{ink}">{escape(text.words)}</text>'
    )


def _line(line: Line) -> str:
    edge = line.edge
    ink = INK[edge.stage]
    points, tip = _shortened(line.points)
    path = f"M{_at(points[0])}" + "".join(
        f"C{_at(points[i])} {_at(points[i + 1])} {_at(points[i + 2])}" for i in range(1, len(points), 3)
    )
    title = f"<title>{escape(edge.equation)}</title>" if edge.equation else ""
    return (
        f'<g class="edge {edge.stage}" data-edge="{edge.tail}-{edge.head}">{title}'
        f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="2"/>'
        f'<path class="tip" d="{tip}" fill="{ink}"/></g>'
    )


def _at(point: Point) -> str:
    return f"{point[0]:g},{point[1]:g}"


def _shortened(points: Sequence[Point]) -> tuple[list[Point], str]:
    """The path up to its arrow head, and the head."""
    (x1, y1) = points[-1]
    (x0, y0) = next(p for p in reversed(points[:-1]) if p != points[-1])
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    size, half = 11.0, 4.5
    bx, by = x1 - size * dx, y1 - size * dy
    corners = [(x1, y1), (bx - half * dy, by + half * dx), (bx + half * dy, by - half * dx)]
    head = "M" + "L".join(_at((round(x, 2), round(y, 2))) for x, y in corners) + "Z"
    return [*points[:-1], (round(bx + dx, 2), round(by + dy, 2))], head


def _label(line: Line) -> str:
    assert line.label is not None
    x, y = line.label
    text = Text(round(x, 1), round(y + LABEL * 0.35, 1), line.edge.label, LABEL, "middle", "derivative")
    return f'<g class="label" data-label="{line.edge.tail}-{line.edge.head}">{_text(text, "#000000")}</g>'
