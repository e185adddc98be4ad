"""``draw``: the picture of a training step, or of the graph of any Value."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from microae.core.value import Value
from microae.data.files import replacing, write_text
from microae.drawing.page import Page
from microae.drawing.pixels import compact
from microae.drawing.rendering import render
from microae.drawing.step import scalars
from microae.drawing.step.building import scene
from microae.drawing.step.dotfile import source
from microae.drawing.step.layout import Layout
from microae.drawing.step.painting import painting
from microae.drawing.step.placing import place
from microae.drawing.step.scene import Scene
from microae.drawing.step.skeleton import Skeleton, of_step, of_value
from microae.drawing.step.svg import svg
from microae.drawing.walk.page import walk
from microae.recording.step import Step

Detail = Literal["tensor", "module", "scalar"]
DETAILS = ("tensor", "module", "scalar")

_AT_ONCE = 100_000  # the largest graph that a notebook draws by itself

_PIXELS = 8000  # the longest side of a PNG
_SMALL, _WIDE = 72.0, 1300  # in a notebook: the largest resolution in dots per inch, and the largest width in pixels

MOST = {"tensor": 150, "module": 150, "scalar": 2000}
"""The default of ``max_nodes``, for each ``detail``."""

SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".html")


class Drawing:
    """A picture of a training step or of a graph, which shows itself in a notebook; made by :func:`draw`.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    what : Step or Value
        What it was made from.

    Examples
    --------
    >>> import microae as ma
    >>> drawing = ma.draw(ma.Value(2.0, label="a") * 3.0)
    >>> drawing
    <Drawing of 2 nodes>
    >>> drawing.dot().splitlines()[0]
    'digraph {'
    """

    def __init__(self, scene: Scene, what: Step | Value) -> None:
        self.scene, self.what = scene, what

    def __reduce__(self) -> str:
        raise TypeError('a drawing is not copied or pickled; drawing.save("drawing.html") keeps what it shows')

    @cached_property
    def layout(self) -> Layout:
        """The scene with all positions."""
        return place(self.scene)

    def svg(self) -> str:
        """The picture as SVG text; the same step gives the same text."""
        return svg(self.layout)

    def page(self) -> Page:
        """The picture as an interactive page, to be walked through node by node."""
        return walk(self.scene, self.svg(), self.what if isinstance(self.what, Step) else None)

    def png(self, dpi: float = 144.0) -> bytes:
        """The picture as a PNG file.

        Parameters
        ----------
        dpi : float
            Dots per inch; fewer for a very large picture, whose longest side is at most 8000 pixels.

        Returns
        -------
        bytes
        """
        dpi = min(dpi, 72.0 * _PIXELS / max(self.layout.width, self.layout.height))
        return render(painting(self.layout, dpi), "png", "neato")

    def pdf(self) -> bytes:
        """The picture as a PDF file, which only Graphviz's own ``dot`` can write.

        Returns
        -------
        bytes

        Raises
        ------
        FileNotFoundError
            If there is no ``dot``.
        """
        return render(painting(self.layout), "pdf", "neato")

    def dot(self) -> str:
        """The graph in Graphviz's language, without positions, for other programs."""
        return source(self.scene)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; an error leaves no partly written file.

        Parameters
        ----------
        path : path
            A .svg, .png, .pdf, .dot or .html file; .html is the interactive page.

        Raises
        ------
        ValueError
            If the suffix is none of these.
        FileNotFoundError
            If no layout program is found, or the directory does not exist.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise ValueError(f"{path.name}: a step is drawn as {', '.join(SUFFIXES)}")
        if suffix in (".svg", ".dot", ".html"):
            write_text(path, self.svg() if suffix == ".svg" else self.dot() if suffix == ".dot" else self.page().html())
            return
        content = self.png() if suffix == ".png" else self.pdf()
        with replacing(path) as temporary:
            temporary.write_bytes(content)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        if isinstance(self.what, Step):
            return {"text/html": self.page().fragment(stills={"step": self._still()}), "text/plain": repr(self)}
        return {"image/svg+xml": self.svg(), "image/png": self._still(), "text/plain": repr(self)}

    def _still(self) -> bytes:
        """A PNG file no wider than a page, for notebooks that are not trusted, and for code hosts."""
        return compact(self.png(min(_SMALL, 72.0 * _WIDE / self.layout.width)))

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.scene.boxes)} nodes>"


def draw(
    what: Step | Value,
    detail: Detail = "tensor",
    *,
    depth: int | None = None,
    max_nodes: int | None = None,
    collapsed: Collection[str] = (),
) -> Drawing:
    """Draw a training step, or the graph of a Value.

    Parameters
    ----------
    what : Step or Value
        A recorded step, or the output of a graph.
    detail : str
        "tensor": a node for each array; "module": a node for each module; "scalar": a node for each number, unless the
        graph is too large for that.
    depth : int, optional
        How many levels of modules are opened; all by default, none for ``detail="module"``.
    max_nodes : int, optional
        If the picture would have more nodes, modules or parts of the graph are collapsed, with a note in the picture;
        150 by default, 2000 for scalars.
    collapsed : collection of str
        Paths of modules to collapse, such as ``["encoder"]``.

    Returns
    -------
    Drawing
        It shows itself in a notebook; ``save(path)`` writes it to a file.

    Raises
    ------
    TypeError
        If ``what`` is neither a step nor a Value.
    ValueError
        If an option is out of range, or ``collapsed`` names no module.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    >>> ma.draw(step)
    <Drawing of 23 nodes>
    >>> "LeakyReLU′(z⁽¹⁾)" in ma.draw(step).svg()
    True
    """
    if detail not in DETAILS:
        raise ValueError(f"draw: detail must be one of {', '.join(map(repr, DETAILS))}, got {detail!r}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw: depth must be at least 0, got {depth!r}")
    if max_nodes is not None and max_nodes < 1:
        raise ValueError(f"draw: max_nodes must be at least 1, got {max_nodes!r}")
    graph = _skeleton(what)
    if collapsed:
        _check_paths(graph, collapsed)
    if detail == "scalar":
        graph = _expanded(graph)
    if detail == "module" and depth is None:
        depth = 0
    return Drawing(scene(graph, depth, max_nodes or MOST[detail], tuple(collapsed)), what)


def _check_paths(graph: Skeleton, collapsed: Collection[str]) -> None:
    """Raise if ``collapsed`` is not a list of paths of modules."""
    if isinstance(collapsed, str):
        raise TypeError(f"draw: collapsed must be a list of paths, such as [{collapsed!r}]")
    known: set[str] = set()
    for path in {node.path for node in graph.nodes} - {""}:
        parts = path.split(".")
        known |= {".".join(parts[: n + 1]) for n in range(len(parts))}
    for path in collapsed:
        if path not in known:
            raise ValueError(f"draw: there is no module {path!r}; collapsed may name {', '.join(sorted(known))}")


def _expanded(graph: Skeleton) -> Skeleton:
    number = scalars.size(graph)
    if number <= scalars.MOST:
        return scalars.expanded(graph)
    graph.notes.append(f"about {number:,} scalar operations forward are too many to draw: one node for each array")
    return graph


def _skeleton(what: Any) -> Skeleton:
    if isinstance(what, Step):
        return of_step(what)
    if isinstance(what, Value):
        return of_value(what)
    raise TypeError(f"draw: needs a Value or a recorded Step, got {type(what).__name__}")


def display(what: Step | Value) -> dict[str, Any]:
    """What a Step or a Value shows in a notebook: its picture, or its text if it is a leaf or cannot be drawn.

    A graph of more than 100,000 nodes is shown as text; ``microae.draw`` draws it.

    Parameters
    ----------
    what : Step or Value

    Returns
    -------
    dict
        The outputs by MIME type.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing.step import display
    >>> display(ma.Value(2.0))
    {'text/plain': 'Value(2.)'}
    """
    text = {"text/plain": repr(what)}
    if isinstance(what, Value) and (what.operation is None or not _is_small(what)):
        return text
    try:
        return draw(what)._repr_mimebundle_() | text
    except (FileNotFoundError, RuntimeError) as error:  # no program to draw with, or one that cannot
        return {"text/plain": f"{text['text/plain']}\n(no picture: {error})"}


def _is_small(value: Value) -> bool:
    """Whether a graph is small enough to be drawn without being asked for."""
    seen, front = {value}, [value]
    while front and len(seen) <= _AT_ONCE:
        new = {x for x in front.pop().inputs if x is not None} - seen
        seen |= new
        front += new
    return len(seen) <= _AT_ONCE
