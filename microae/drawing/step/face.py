"""The contents of a box: its lines of text, numbers or heat map, and badges, with their positions, and its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from microae.drawing.pixels import SIGNED, levels, shrunk
from microae.drawing.step.fonts import width
from microae.drawing.step.notation import dimensions, number, rows
from microae.drawing.step.scene import Box
from microae.drawing.words import module_title

Anchor = Literal["start", "middle", "end"]

# In pixels of a slide that is 1920 wide.
NAME, FORMULA, NUMBER, SMALL = 22.0, 19.0, 20.0, 16.0
PADDING, GAP, LINE = 9.0, 12.0, 1.22

WRITTEN = 4
"""Numbers are written up to this many rows and columns; larger arrays are drawn as heat maps."""

PIXELS = 32
"""Rows and columns of a heat map; larger arrays are shrunk to it."""

_MAP = 96.0
"""The longer side of a heat map."""


@dataclass(frozen=True)
class Text:
    """A text whose start, middle or end is at ``x``, with its baseline at ``y``."""

    x: float
    y: float
    words: str
    size: float
    anchor: Anchor = "start"
    look: str = ""
    bold: bool = False

    @property
    def width(self) -> float:
        return width(self.words, self.size, self.bold)


@dataclass(frozen=True)
class Map:
    """A heat map: levels of a palette, row by row."""

    x: float
    y: float
    width: float
    height: float
    cells: Any


@dataclass
class Face:
    """The contents of a box; positions are relative to its upper left corner."""

    width: float = 0.0
    height: float = 0.0
    texts: list[Text] = field(default_factory=list)
    maps: list[Map] = field(default_factory=list)


def face(box: Box) -> Face:
    """Lay out the contents of a box."""
    return _Writer(box).face


class _Writer:
    def __init__(self, box: Box) -> None:
        self.face = Face()
        self.y = PADDING
        self.right = 0.0
        self.numbers: list[tuple[float, list[str], list[float]]] = []
        self._head(box)
        for line in _lines(box):
            self._line(*line)
        if box.change is not None:
            self._line(f"{box.name.removesuffix('′')} changed by", SMALL, "small")
            self._value(np.asarray(box.change))
        elif box.results:
            for words, value in box.results:
                self._line(words, FORMULA, "formula")
                self._value(np.asarray(value))
        elif box.value is not None:
            self._value(np.asarray(box.value), box.digits, box.beside)
        if box.tells_gradient:
            self._gradient(box)
        for badge in box.badges:
            self._line(f"{badge.glyph} {badge.words}", SMALL, "badge", True)
        self.face.width = round(self.right + 2 * PADDING, 1)
        self.face.height = round(self.y + PADDING - 2, 1)
        self._place()

    def _line(self, words: str, size: float, look: str, bold: bool = False) -> None:
        text = Text(PADDING, round(self.y + size * 1.0, 1), words, size, look=look, bold=bold)
        self.face.texts.append(text)
        self.right = max(self.right, text.width)
        self.y += size * LINE

    def _head(self, box: Box) -> None:
        """The name in bold, the formula, and at the right the shape."""
        baseline = self.y + NAME
        name = Text(PADDING, baseline, _title(box), NAME, look="name", bold=True)
        self.face.texts.append(name)
        end = PADDING + name.width
        rest = _computed(box)
        if rest:
            formula = Text(end + 6, baseline, rest, FORMULA, look="paper" if rest == box.paper else "formula")
            self.face.texts.append(formula)
            end += 6 + formula.width
        self.shape = dimensions(box.shape) if box.shape and len(box.results) < 2 else ""
        if self.shape:
            end += GAP + width(self.shape, SMALL)
        self.right = max(self.right, end - PADDING)
        self.shape_y = baseline
        self.y += NAME * LINE + 2

    def _value(self, value: Any, digits: int = 3, beside: Any = None) -> None:
        if value.ndim <= 2 and max(value.shape, default=1) <= WRITTEN and value.size:
            written = rows(value, digits, beside)
            columns = [max(width(row[j], NUMBER) for row in written) for j in range(len(written[0]))]
            for row in written:
                self.numbers.append((round(self.y + NUMBER, 1), row, columns))
                self.y += NUMBER * LINE
            self.right = max(self.right, sum(columns) + GAP * (len(columns) - 1))
        elif value.size:
            self._map(value)
        else:
            self._line("no elements", SMALL, "small")

    def _gradient(self, box: Box) -> None:
        """The gradient of a picture without a backward lane: a dash until there is one."""
        self.y += 4
        if box.gradient is None or np.ndim(box.gradient) == 0:
            words = "—" if box.gradient is None else number(float(box.gradient))
            self._line(f"gradient {words}", SMALL, "gradient")
        else:
            self._line("gradient", SMALL, "gradient")
            self._value(np.asarray(box.gradient))

    def _map(self, value: Any) -> None:
        matrix = value.reshape(-1, value.shape[-1]) if value.ndim > 2 else np.atleast_2d(value)
        finite = np.where(np.isfinite(matrix), matrix, 0.0)
        small = shrunk(finite.astype(float), PIXELS)
        limit = float(np.abs(small).max()) or 1.0
        rows, columns = small.shape
        cell = min(_MAP / max(rows, columns) if max(rows, columns) > 1 else _MAP, 24.0)
        wide, high = max(cell * columns, 8.0), max(cell * rows, 8.0)
        lines = [f"{what} {number(x)}" for what, x in statistics(value)]
        height = max(high, len(lines) * SMALL * LINE)
        top = self.y + 4 + (height - high) / 2
        self.face.maps.append(
            Map(PADDING, round(top, 1), round(wide, 1), round(high, 1), levels(small / limit, -1.0, 1.0))
        )
        y = self.y + 4 + (height - len(lines) * SMALL * LINE) / 2
        for line in lines:
            text = Text(PADDING + wide + GAP, round(y + SMALL, 1), line, SMALL, look="number")
            self.face.texts.append(text)
            self.right = max(self.right, wide + GAP + text.width)
            y += SMALL * LINE
        self.y += height + 6

    def _place(self) -> None:
        """The parts that depend on the width: the shape at the right, and the numbers in columns in the middle."""
        if self.shape:
            right = self.face.width - PADDING
            self.face.texts.append(Text(right, self.shape_y, self.shape, SMALL, "end", "shape"))
        for y, row, columns in self.numbers:
            x = (self.face.width - sum(columns) - GAP * (len(columns) - 1)) / 2
            for words, column in zip(row, columns, strict=True):
                x += column
                self.face.texts.append(Text(round(x, 1), y, words, NUMBER, "end", "number"))
                x += GAP


def stretched(inside: Face, wide: float, high: float) -> Face:
    """The same contents centred in a box of another size; the words stay at the left, the shape at the right."""
    more, lower = max(0.0, wide - inside.width), max(0.0, high - inside.height) / 2
    if not more and not lower:
        return inside
    texts = []
    for text in inside.texts:
        by = more if text.look == "shape" else more / 2 if text.look == "number" and not inside.maps else 0.0
        texts.append(replace(text, x=round(text.x + by, 1), y=round(text.y + lower, 1)))
    maps = [replace(shown, y=round(shown.y + lower, 1)) for shown in inside.maps]
    return Face(max(wide, inside.width), max(high, inside.height), texts, maps)


def _title(box: Box) -> str:
    if box.kind == "module":
        return module_title(box.path) or box.words
    return box.name


def _computed(box: Box) -> str:
    """The formula after the name, such as ``= x W + b``, if it is short."""
    if box.kind == "module":
        return box.symbol
    if box.kind == "update" and box.paper:
        return box.paper
    if box.formula.startswith((f"{box.name} = ", f"{box.name} ~ ")) and box.kind != "gradient":
        return box.formula[len(box.name) + 1 :]
    return ""


def _lines(box: Box) -> Iterator[tuple[str, float, str]]:
    if box.kind == "module":
        if box.path and box.words:
            yield box.words, SMALL, "small"
        if box.formula:
            yield box.formula, FORMULA, "formula"
    elif box.kind == "gradient":
        for k, term in enumerate(box.terms):
            yield ("= " if not k else "+ ") + term, FORMULA, "formula"
        if box.words:
            yield box.words, SMALL, "small"
    elif box.words:
        if box.formula and not _computed(box):
            yield box.formula, FORMULA, "formula"
        yield box.words, SMALL, "small"
    if box.paper and box.kind != "update":
        yield box.paper, FORMULA, "paper"


def statistics(value: Any) -> Sequence[tuple[str, float]]:
    """The smallest, the mean and the largest finite number of an array."""
    finite = value[np.isfinite(value)] if value.ndim else value
    if not finite.size:
        return ()
    with np.errstate(over="ignore"):
        which = "" if finite.size == np.size(value) else "finite "
        named = ("min", finite.min()), ("mean", finite.mean()), ("max", finite.max())
        return [(which + what, float(number)) for what, number in named]


PALETTE = SIGNED
