"""The scene: a training step as boxes, edges and groups, before they have positions.

This is the interface between the recording, the drawing and the interactive page:

- ``Scene.boxes`` are in the order in which they are computed: forward, backward, update. ``Box.number`` is the index.
- In an SVG of the scene, box ``i`` is the group with ``data-node="i"``, an edge from box i to box j is the group with
  ``data-edge="i-j"``, a module the group with ``data-group="encoder.0"`` and ``data-stage``; there are no ids, so that
  several pictures can be in one document.
- A backward edge goes from the gradient of a consumer to the gradient of its input. Its label is the local derivative,
  its ``part`` the product of the consumer's gradient with it; a gradient is the sum of the parts of its edges.
- A scene is plain data.
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
    """A warning on a box.

    Attributes
    ----------
    glyph : str
        The symbol in the picture.
    words : str
        The explanation.
    name : str
        The kind of warning.

    Examples
    --------
    >>> import microae as ma
    >>> box = ma.draw(ma.Value([1.0, float("inf")]) * 1.0).scene.boxes[0]
    >>> [badge.words for badge in box.badges]
    ['Inf: 1 of 2']
    """

    glyph: str
    words: str
    name: str


@dataclass(frozen=True, eq=False)
class Box:
    """One node of the picture.

    Attributes
    ----------
    number : int
        Its index in the scene's boxes.
    stage : str
        "forward", "backward" or "update".
    kind : str
        "input" (data and constants), "parameter", "operation", "gradient", "update" or "module" (collapsed).
    name : str
        Such as ``z⁽¹⁾``, ``∂L/∂z⁽¹⁾``, ``W⁽¹⁾′``.
    path : str
        Of the module that owns it, such as ``encoder.0``; "" for none.
    symbol : str
        Of its operation.
    formula, numbers, paper : str
        How it is computed; the same with numbers; the paper's formula. Each may be "".
    value : float, array or None
        The result; ``None`` if there is none to show.
    of : int or None
        For a gradient the number of the box that it is the gradient of; for an update that of its parameter.
    terms : sequence of str
        For a gradient with several consumers, the terms of the sum.
    gradient : float, array or None
        For a forward box the gradient of the loss with respect to it.
    tells_gradient : bool
        Whether the gradient is written in the box, "—" if there is none: in pictures without a backward lane.
    badges : sequence of Badge
        The warnings.
    nodes : sequence of Values
        The recorded Values that the box stands for; its value is that of the last. Empty for constants.
    words : str
        For a module a summary of its contents; for another box what else is to be said.
    digits : int
        How many of each number are written: more than 3 where an update would else not be seen.
    beside : float, array or None
        Numbers that are written in the same format: a parameter's after its update, or before it.
    results : sequence of (str, array)
        For a module with several results, and for their gradients: the name or formula of each, and its numbers, which
        the picture shows; ``value`` is the last. For a stretch of a large graph its results by name.
    change : float, array or None
        For an update what it adds to its parameter, which the picture shows where so many digits do not tell.

    Examples
    --------
    >>> import microae as ma
    >>> box = ma.draw(ma.Value(2.0, label="a") * 3.0).scene.boxes[-1]
    >>> box.kind, box.symbol, float(box.value), box.shape
    ('operation', '×', 6.0, ())
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
    digits: int = 3
    beside: Any = None
    results: Sequence[tuple[str, Any]] = ()
    change: Any = None

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of ``value``; ``None`` if there is none."""
        return None if self.value is None else tuple(getattr(self.value, "shape", ()))


@dataclass(frozen=True, eq=False)
class Edge:
    """An arrow between two boxes.

    Attributes
    ----------
    tail, head : int
        The numbers of the boxes that it leaves and enters.
    stage : str
        "forward", "backward" or "update".
    label : str
        For a backward edge the local derivative, such as ``Wᵀ``; for a forward edge out of a module what it carries, if
        that is not only what the module's box shows; for an edge to an update what the gradient is multiplied by.
    equation : str
        The same in full: ``∂h⁽¹⁾/∂z⁽¹⁾ = LeakyReLU′(z⁽¹⁾)``.
    part : float, array or None
        For a backward edge its part of the gradient that it enters.
    term : str
        The same as a formula: ``∂L/∂h⁽¹⁾ · LeakyReLU′(z⁽¹⁾)``.
    place : int
        The index of this edge among those between the same boxes: ``a + a`` has two.

    Examples
    --------
    >>> import microae as ma
    >>> a = ma.Value(2.0, label="a")
    >>> [(edge.tail, edge.head, edge.place) for edge in ma.draw(a + a).scene.edges]
    [(0, 1, 0), (0, 1, 1)]
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
    """A training step, or the graph of a Value, as boxes and edges.

    Attributes
    ----------
    boxes : sequence of Box
        In the order of computation.
    edges : sequence of Edge
    modules : mapping of str to str
        The class of the module at each path that has a frame, such as ``{"encoder": "Sequential"}``.
    facts : mapping of str to str
        Facts about the whole step, in the order of display: ``{"optimiser": "SGD", "η": "0.01", ...}``.
    notes : sequence of str
        Remarks about the picture, such as what is collapsed.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> scene = ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])).scene
    >>> [box.name for box in scene.inside("decoder.0") if box.stage == "update"]
    ['W⁽²⁾′', 'b⁽²⁾′']
    """

    boxes: Sequence[Box]
    edges: Sequence[Edge]
    modules: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def stage(self, stage: Stage) -> list[Box]:
        """The boxes of one stage: "forward", "backward" or "update"."""
        return [box for box in self.boxes if box.stage == stage]

    @cached_property
    def gradients(self) -> dict[int, Box]:
        """The gradient box of each forward box that has one."""
        return {box.of: box for box in self.boxes if box.kind == "gradient" and box.of is not None}

    @cached_property
    def arriving(self) -> dict[int, list[Edge]]:
        """The edges that enter each box, by its number."""
        edges: dict[int, list[Edge]] = {box.number: [] for box in self.boxes}
        for edge in self.edges:
            edges[edge.head].append(edge)
        return edges

    @cached_property
    def leaving(self) -> dict[int, list[Edge]]:
        """The edges that leave each box, by its number."""
        edges: dict[int, list[Edge]] = {box.number: [] for box in self.boxes}
        for edge in self.edges:
            edges[edge.tail].append(edge)
        return edges

    def inside(self, path: str) -> list[Box]:
        """The boxes of the module at ``path`` and of all modules in it."""
        return [box for box in self.boxes if box.path == path or box.path.startswith(f"{path}.")]
