"""The scene: a training step as boxes, edges and groups, before anything is placed or drawn.

This is the contract between what records, what draws and the page that moves:

- ``Scene.boxes`` stand in the order in which they are computed: forward, backward, update. ``Box.number`` is its place.
- In an SVG of the scene, box ``i`` is the group with ``data-node="i"``, an edge from box i to box j is the group with
  ``data-edge="i-j"``, a module the group with ``data-group="encoder.0"`` and ``data-stage``; there are no ids, so that
  several pictures can stand in one document.
- A backward edge runs from the gradient of a consumer to the gradient of its input, and says by what the one is
  multiplied to give its ``part`` of the other: the gradient is the sum of the parts that arrive.
- A scene is plain data: transformations such as :func:`microae.drawing.step.collapsing.collapsed` make other scenes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Stage = Literal["forward", "backward", "update"]
STAGES: tuple[Stage, ...] = ("forward", "backward", "update")

Kind = Literal["input", "parameter", "operation", "gradient", "update", "module"]


@dataclass(frozen=True)
class Badge:
    """A warning on a box: a glyph and words, and where in the value it is seen."""

    glyph: str
    words: str
    name: str


@dataclass(frozen=True, eq=False)
class Box:
    """One node of the picture.

    Attributes
    ----------
    number : int
        Its place among the scene's boxes.
    stage : str
        "forward", "backward" or "update".
    kind : str
        "input" (data and constants), "parameter", "operation", "gradient", "update" or "module" (a collapsed one).
    name : str
        Such as ``z⁽¹⁾``, ``∂L/∂z⁽¹⁾``, ``W⁽¹⁾′``.
    path : str
        Of the module that owns it, such as ``encoder.0``; "" for none.
    symbol : str
        Of its operation.
    formula, numbers, paper : str
        How it is computed; the same with the numbers written in; the paper's formula for it. Each may be "".
    value : float, array or None
    of : int or None
        For a gradient the box that it is the gradient of; for an update its parameter.
    terms : sequence of str
        For a gradient with several consumers, the parts that it is the sum of.
    gradient : float, array or None
        Of a forward box: the gradient of the loss by it, if there is one.
    tells_gradient : bool
        Whether the box itself says its gradient ("—" if there is none): it does in a picture without a backward lane.
    badges : sequence of Badge
    nodes : sequence of Values
        What was recorded, of which the box stands for the last; empty for constants.
    words : str
        Of a module, what is in it.
    """

    number: int
    stage: Stage
    kind: Kind
    name: str
    path: str = ""
    symbol: str = ""
    formula: str = ""
    numbers: str = ""
    paper: str = ""
    value: Any = None
    of: int | None = None
    terms: Sequence[str] = ()
    gradient: Any = None
    tells_gradient: bool = False
    badges: Sequence[Badge] = ()
    nodes: Sequence[Any] = ()
    words: str = ""

    @property
    def shape(self) -> tuple[int, ...] | None:
        return None if self.value is None else tuple(getattr(self.value, "shape", ()))


@dataclass(frozen=True, eq=False)
class Edge:
    """An arrow from box ``tail`` to box ``head``.

    Attributes
    ----------
    label : str
        For a backward edge the local derivative, such as ``Wᵀ``.
    equation : str
        The same in full: ``∂h⁽¹⁾/∂z⁽¹⁾ = LeakyReLU′(z⁽¹⁾)``.
    part : float, array or None
        For a backward edge, what it brings to the gradient.
    term : str
        The same as a formula: ``∂L/∂h⁽¹⁾ · LeakyReLU′(z⁽¹⁾)``.
    place : int
        Of several edges between the same boxes, which: ``a + a`` has two.
    """

    tail: int
    head: int
    stage: Stage
    label: str = ""
    equation: str = ""
    part: Any = None
    term: str = ""
    place: int = 0


@dataclass(frozen=True, eq=False)
class Scene:
    """All of it.

    Attributes
    ----------
    modules : mapping
        The kind of module at each path that has a frame, such as ``{"encoder": "Sequential"}``.
    facts : mapping
        What is known of the step as a whole, in the order to say it: ``{"optimiser": "SGD", "η": "0.01", ...}``.
    notes : sequence of str
        What the picture says about itself, such as what it has collapsed.
    """

    boxes: Sequence[Box]
    edges: Sequence[Edge]
    modules: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def stage(self, stage: Stage) -> list[Box]:
        """The boxes of one lane."""
        return [box for box in self.boxes if box.stage == stage]

    @cached_property
    def gradients(self) -> dict[int, Box]:
        """The gradient box of each forward box that has one."""
        return {box.of: box for box in self.boxes if box.kind == "gradient" and box.of is not None}

    @cached_property
    def arriving(self) -> dict[int, list[Edge]]:
        """The edges that end at each box."""
        found: dict[int, list[Edge]] = {box.number: [] for box in self.boxes}
        for edge in self.edges:
            found[edge.head].append(edge)
        return found

    @cached_property
    def leaving(self) -> dict[int, list[Edge]]:
        """The edges that begin at each box."""
        found: dict[int, list[Edge]] = {box.number: [] for box in self.boxes}
        for edge in self.edges:
            found[edge.tail].append(edge)
        return found

    def inside(self, path: str) -> list[Box]:
        """The boxes of a module and of all modules in it."""
        return [box for box in self.boxes if box.path == path or box.path.startswith(f"{path}.")]
