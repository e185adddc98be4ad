"""``draw``: the picture of a training step, or of the graph of any Value."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from microae import views
from microae.drawing.page import Page, Picture
from microae.drawing.step.building import scene
from microae.drawing.step.placing import Layout, place
from microae.drawing.step.scene import Scene
from microae.drawing.step.skeleton import Skeleton, of_step, of_value
from microae.drawing.step.svg import svg
from microae.files import write_text
from microae.recording import Step
from microae.value import Value

Detail = Literal["tensor", "module"]
DETAILS = ("tensor", "module")

MOST = 150
"""How many nodes are drawn if nothing else is said."""

_SUFFIXES = (".svg", ".html")


class Drawing:
    """A picture: ``svg()``, ``save(path)``, its ``scene``; it shows itself in a notebook."""

    def __init__(self, scene: Scene, what: Step | Value) -> None:
        self.scene, self.what = scene, what

    @cached_property
    def layout(self) -> Layout:
        """The scene with every place."""
        return place(self.scene)

    def svg(self) -> str:
        """The picture as text; the same step gives the same text."""
        return svg(self.layout)

    def page(self) -> Page:
        """The picture as a page, to be walked through node by node."""
        made: Page = views.maker("walk")(self.scene, self.svg(), self.what if isinstance(self.what, Step) else None)
        return made

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture, whole or not at all, in the format that the suffix names.

        Raises
        ------
        ValueError
            If the suffix is none of those known.
        FileNotFoundError
            If there is no program to lay out with, or no such directory.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in _SUFFIXES:
            raise ValueError(f"{path.name}: a step is drawn as {', '.join(_SUFFIXES)}")
        write_text(path, self.page().html() if suffix == ".html" else self.svg())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        if isinstance(self.what, Step):
            shown = self.page().fragment()
        else:  # as an image in HTML: JupyterLab shows no bare SVG while a notebook is not trusted
            shown = Picture(self.svg(), f"graph of {len(self.scene.boxes)} nodes", "graph").image()
        return {"text/html": shown, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.scene.boxes)} nodes>"


def draw(
    what: Step | Value,
    detail: Detail = "tensor",
    *,
    depth: int | None = None,
    max_nodes: int = MOST,
    collapsed: Collection[str] = (),
) -> Drawing:
    """Draw a training step, or the graph of a Value.

    Parameters
    ----------
    what : Step or Value
    detail : str
        "tensor": a node for each array; "module": a node for each module.
    depth : int, optional
        How many levels of modules are opened; all by default, none for ``detail="module"``.
    max_nodes : int
        If there would be more, modules are collapsed, then stretches of the graph; the picture says so.
    collapsed : collection of str
        Paths of modules to collapse, such as ``["encoder"]``.

    Returns
    -------
    Drawing

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    >>> ma.draw(step)
    <Drawing of 22 nodes>
    >>> "LeakyReLU′(z⁽¹⁾)" in ma.draw(step).svg()
    True
    """
    if detail not in DETAILS:
        raise ValueError(f"draw: detail must be one of {', '.join(map(repr, DETAILS))}, got {detail!r}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw: depth must be at least 0, got {depth!r}")
    if max_nodes < 1:
        raise ValueError(f"draw: max_nodes must be at least 1, got {max_nodes!r}")
    graph = _skeleton(what)
    if detail == "module" and depth is None:
        depth = 0
    return Drawing(scene(graph, depth, max_nodes, tuple(collapsed)), what)


def _skeleton(what: Any) -> Skeleton:
    if isinstance(what, Step):
        return of_step(what)
    if isinstance(what, Value):
        return of_value(what)
    raise TypeError(f"draw: needs a Value or a recorded Step, got {type(what).__name__}")


def display(what: Step | Value) -> dict[str, Any]:
    """What a Step or a Value shows in a notebook."""
    return draw(what)._repr_mimebundle_() | {"text/plain": repr(what)}


__all__ = ["DETAILS", "MOST", "Drawing", "display", "draw"]
