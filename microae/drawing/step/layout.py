"""The layout: the boxes, lines, frames and lanes of a scene with their positions, in pixels, y downwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from microae.drawing.step.face import Face
from microae.drawing.step.fonts import width
from microae.drawing.step.scene import Box, Edge, Scene, Stage

Point = tuple[float, float]

LABEL, TITLE, NOTE = 18.0, 17.0, 18.0
"""The sizes of the words on an edge, of the title of a frame, of what stands below."""


@dataclass(frozen=True)
class Area:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, other: Area) -> bool:
        """Whether another rectangle lies inside."""
        across = self.x <= other.x and other.right <= self.right
        return across and self.y <= other.y and other.bottom <= self.bottom

    def overlaps(self, other: Area, margin: float = 0.0) -> bool:
        """Whether two rectangles have a point in common, or come closer than ``margin``."""
        across = self.x < other.right + margin and other.x < self.right + margin
        return across and self.y < other.bottom + margin and other.y < self.bottom + margin

    def mirrored(self, at: float) -> Area:
        """The rectangle mirrored vertically, which maps y to ``at - y``."""
        return Area(self.x, round(at - self.bottom, 1), self.width, self.height)


@dataclass(frozen=True)
class Placed:
    """A box with its contents and its position."""

    box: Box
    face: Face
    area: Area


@dataclass(frozen=True)
class Line:
    """An edge as a path: its first point, then three for each cubic piece; and where the middle of its label is.

    The label stands beside its first ``own`` points, by default all, where others run along with it.
    """

    edge: Edge
    points: Sequence[Point]
    label: Point | None = None
    own: int | None = None


@dataclass(frozen=True)
class Frame:
    """The frame of a module in a lane; its title is at the top, or at the bottom if the lane is mirrored."""

    path: str
    words: str
    stage: Stage
    area: Area
    upside_down: bool = False

    @property
    def title(self) -> Area:
        """The position of its title."""
        wide = width(self.words, TITLE, True)
        if self.upside_down:
            return Area(self.area.right - 10 - wide, self.area.bottom - 26, wide, 22.0)
        return Area(self.area.x + 10, self.area.y + 4, wide, 22.0)


@dataclass(frozen=True)
class Ghost:
    """The mark of a missing gradient: no gradient reaches this value."""

    name: str
    area: Area


@dataclass(frozen=True)
class Lane:
    """The band of a stage."""

    stage: Stage
    y: float
    height: float


@dataclass
class Layout:
    """A scene with all positions."""

    scene: Scene
    width: float = 0.0
    height: float = 0.0
    boxes: list[Placed] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    ghosts: list[Ghost] = field(default_factory=list)
    notes: list[tuple[str, float]] = field(default_factory=list)  # with the y of their baselines
