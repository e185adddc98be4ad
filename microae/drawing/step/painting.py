"""A placed scene for Graphviz to paint, as PNG or PDF: every rectangle, word and line is a part with a fixed place.

Words are drawn around their middle, whatever font the program has. Where it may lack a letter (∇), a shape stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microae.drawing.step.face import PALETTE, Map, Text
from microae.drawing.step.fonts import width
from microae.drawing.step.layout import LABEL, NOTE, TITLE, Area, Layout, Line, Point
from microae.drawing.step.looks import INK, PAPER, box_look, facts, lane_name, text_ink

_FONTS = {"": "Helvetica", "bold": "Helvetica-Bold", "paper": "Helvetica-Oblique"}
_NABLA = "∇"


def painting(layout: Layout, dpi: float = 144.0) -> str:
    """Graphviz source, for its engine ``neato`` with ``-n2``."""
    return "\n".join(_Painter(layout, dpi).lines)


class _Painter:
    def __init__(self, layout: Layout, dpi: float) -> None:
        self.height = layout.height
        self.number = 0
        self.lines = [
            "digraph {",
            f'graph [bgcolor=white dpi={dpi:g} outputorder=nodesfirst pad=0 margin=0 bb="0,0,{layout.width:g},'
            f'{layout.height:g}"]',
            'node [shape=box fixedsize=true width=0.01 height=0.01 penwidth=0 label=""]',
            "edge [penwidth=2 arrowsize=0.9]",
        ]
        self._box(Area(0, 0, layout.width, layout.height), "white", "white", 0, "filled")
        self._bands(layout)
        for frame in layout.frames:
            self._box(frame.area, "", "#888888", 1, "rounded,dotted")
            self._text(Text(frame.title.x, frame.title.y + 16, frame.words, TITLE, bold=True), "#555555")
        for ghost in layout.ghosts:
            self._box(ghost.area, "", "#888888", 1, "dashed")
            x, y = ghost.area.middle
            self._text(Text(x, y + 6, ghost.name, 18.0, "middle"), "#666666")
        for placed in layout.boxes:
            look = box_look(placed.box)
            self._box(placed.area, "white", look.ink, look.thickness, "filled,rounded" if look.radius > 5 else "filled")
            for shown in placed.face.maps:
                self._map(shown, placed.area)
            for text in placed.face.texts:
                self._text(text, text_ink(text), placed.area.x, placed.area.y)
        for line in layout.lines:
            self._line(line)
        for line in layout.lines:
            if line.label is not None and line.edge.label:
                x, y = line.label
                self._text(Text(x, y + LABEL * 0.35, line.edge.label, LABEL, "middle"), "#000000")
        for words, y in layout.notes:
            self._text(Text(14, y, words, NOTE), "#333333")
        self.lines.append("}")

    def _bands(self, layout: Layout) -> None:
        if len(layout.lanes) > 1:
            for lane in layout.lanes:
                area = Area(0, lane.y, layout.width, lane.height)
                self._box(area, PAPER[lane.stage], PAPER[lane.stage], 0, "filled")
                self._text(lane_name(lane), INK[lane.stage])
                for text in facts(lane, layout.scene):
                    self._text(text, "#333333")

    def _node(self, x: float, y: float, attributes: str) -> str:
        self.number += 1
        self.lines.append(f'n{self.number} [pos="{x:.2f},{self.height - y:.2f}" {attributes}]')
        return f"n{self.number}"

    def _box(self, area: Area, fill: str, ink: str, thickness: float, style: str) -> None:
        x, y = area.middle
        filled = f' fillcolor="{fill}"' if fill else ""
        size = f"width={area.width / 72:.4f} height={area.height / 72:.4f}"
        self._node(x, y, f'{size} style="{style}" color="{ink}"{filled} penwidth={thickness:g}')

    def _map(self, shown: Map, within: Area) -> None:
        """A heat map: a striped box for each row."""
        rows, columns = shown.cells.shape
        high = shown.height / rows
        for r, row in enumerate(shown.cells):
            colours = ["#{:02x}{:02x}{:02x}".format(*PALETTE[level]) for level in row]
            area = Area(within.x + shown.x, within.y + shown.y + r * high, shown.width, high)
            if columns == 1:
                self._box(area, colours[0], colours[0], 0, "filled")
            else:
                stripes = ":".join(f"{colour};{1 / columns:.6f}" for colour in colours)
                self._box(area, stripes, "#999999", 0, "striped")
        self._box(Area(within.x + shown.x, within.y + shown.y, shown.width, shown.height), "", "#999999", 1, "solid")

    def _text(self, text: Text, ink: str, dx: float = 0.0, dy: float = 0.0) -> None:
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
        x = text.x + dx - share * text.width
        y = text.y + dy - 0.3 * text.size
        for piece in _pieces(text.words):
            wide = width(piece, text.size, text.bold)
            if piece == _NABLA:
                side = 0.68 * text.size / 72
                self._node(
                    x + wide / 2,
                    y - 0.02 * text.size,
                    f'shape=invtriangle width={side:.4f} height={side:.4f} color="{ink}" '
                    f"penwidth={text.size * (0.1 if text.bold else 0.065):.2f}",
                )
            elif piece.strip():
                font = _FONTS["bold" if text.bold else text.look if text.look in _FONTS else ""]
                look = f'fontname="{font}" fontsize={text.size:g} fontcolor="{ink}"'
                self._node(x + wide / 2, y, f'shape=plaintext {look} label="{quoted(piece)}"')
            x += wide

    def _line(self, line: Line) -> None:
        ink = INK[line.edge.stage]
        points = list(line.points)
        tip = points[-1]
        before = next((p for p in reversed(points[:-1]) if p != tip), tip)
        far = ((tip[0] - before[0]) ** 2 + (tip[1] - before[1]) ** 2) ** 0.5 or 1.0
        share = min(1.0, 9.0 / far)
        points[-1] = tip[0] + (before[0] - tip[0]) * share, tip[1] + (before[1] - tip[1]) * share
        ends = [self._node(*point, "shape=point style=invis") for point in (line.points[0], tip)]
        path = " ".join(self._at(point) for point in points)
        self.lines.append(f'{ends[0]} -> {ends[1]} [pos="e,{self._at(tip)} {path}" color="{ink}"]')

    def _at(self, point: Point) -> str:
        return f"{point[0]:.2f},{self.height - point[1]:.2f}"


def _pieces(words: str) -> Iterator[str]:
    """Words cut where a letter has to be drawn."""
    for n, part in enumerate(words.split(_NABLA)):
        if n:
            yield _NABLA
        if part:
            yield part


def quoted(words: str) -> str:
    """Words as they stand between the quotes of Graphviz's language."""
    for letter, written in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"'), ("\n", " ")):
        words = words.replace(letter, written)
    return words


def lines_of(words: Sequence[str]) -> str:
    """Several lines, each beginning at the left, as a label."""
    return "".join(f"{quoted(line)}\\l" for line in words)
