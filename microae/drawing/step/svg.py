"""A layout as SVG; every part has the number of its box or edge, see :mod:`microae.drawing.step.scene`."""

from __future__ import annotations

from collections.abc import Sequence

from microae.drawing.pixels import data_uri, png
from microae.drawing.step.face import PALETTE, Map, Text
from microae.drawing.step.fonts import FAMILY
from microae.drawing.step.layout import LABEL, NOTE, TITLE, Frame, Ghost, Lane, Layout, Line, Placed, Point
from microae.drawing.step.looks import INK, PAPER, box_look, facts, lane_name, text_ink
from microae.drawing.words import escape


def svg(layout: Layout) -> str:
    """The whole picture."""
    width, height = layout.width, layout.height
    parts = [
        *(_lane(lane, layout) for lane in layout.lanes),
        *(_frame(frame) for frame in layout.frames),
        *(_ghost(ghost) for ghost in layout.ghosts),
        *(_line(line) for line in layout.lines),
        *(_box(placed) for placed in layout.boxes),
        *(_label(line) for line in layout.lines if line.label is not None and line.edge.label),
        *(_text(Text(14, y, words, NOTE, look="note"), "#333333") for words, y in layout.notes),
    ]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="microae-step" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FAMILY}">\n'
        f'<rect class="paper" width="100%" height="100%" fill="#FFFFFF"/>\n{body}\n</svg>\n'
    )


def _lane(lane: Lane, layout: Layout) -> str:
    if len(layout.lanes) == 1:
        return ""
    words = _text(lane_name(lane), INK[lane.stage]) + "".join(_text(t, "#333333") for t in facts(lane, layout.scene))
    return (
        f'<g class="lane {lane.stage}" data-lane="{lane.stage}"><rect class="band" x="0" y="{lane.y:g}" '
        f'width="{layout.width:g}" height="{lane.height:g}" rx="8" fill="{PAPER[lane.stage]}"/>{words}</g>'
    )


def _frame(frame: Frame) -> str:
    area = frame.area
    title = Text(frame.title.x, frame.title.y + 16, frame.words, TITLE, bold=True)
    return (
        f'<g class="group {frame.stage}" data-group="{escape(frame.path)}" data-stage="{frame.stage}">'
        f'<rect x="{area.x:g}" y="{area.y:g}" width="{area.width:g}" height="{area.height:g}" rx="10" fill="none" '
        f'stroke="#888888" stroke-dasharray="2 3"/>'
        f"{_text(title, '#555555')}</g>"
    )


def _ghost(ghost: Ghost) -> str:
    area = ghost.area
    x, y = area.middle
    return (
        f'<g class="ghost"><title>no gradient flows through here</title><rect x="{area.x:g}" y="{area.y:g}" '
        f'width="{area.width:g}" height="{area.height:g}" rx="3" fill="none" stroke="#888888" '
        f'stroke-dasharray="5 4"/>{_text(Text(x, y + 6, ghost.name, 18, "middle"), "#666666")}</g>'
    )


def _box(placed: Placed) -> str:
    box, area = placed.box, placed.area
    look = box_look(box)
    inside = "".join(_text(text, text_ink(text)) for text in placed.face.texts)
    inside += "".join(_map(shown) for shown in placed.face.maps)
    return (
        f'<g class="node {box.stage} {box.kind}" data-node="{box.number}" data-path="{escape(box.path)}" '
        f'transform="translate({area.x:g} {area.y:g})"><title>{escape(box.formula or box.name)}</title>'
        f'<rect width="{area.width:g}" height="{area.height:g}" rx="{look.radius:g}" fill="#FFFFFF" '
        f'stroke="{look.ink}" stroke-width="{look.thickness:g}"/>{inside}</g>'
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
