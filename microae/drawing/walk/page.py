"""``walk``: a scene and its picture as a page that shows one node after the other with its formulas and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from microae.core.value import Value
from microae.drawing.page import Page, Picture
from microae.drawing.step.notation import dimensions, number, numbers
from microae.drawing.step.scene import STAGES, Box, Edge, Scene
from microae.drawing.walk.comparison import Comparison, comparisons
from microae.drawing.words import module_title
from microae.recording.step import Step
from microae.testing.numerical import Slope

COLUMNS = ("", "by hand", "automatic", "finite difference", "")

MOST = 16
"""Larger arrays are summarised instead of written out."""


def walk(scene: Scene, svg: str, step: Step | None = None) -> Page:
    """The page of a scene.

    Parameters
    ----------
    scene : Scene
    svg : str
        Its picture, with the attributes that ``microae.drawing.step.scene`` names.
    step : Step, optional
        The recorded step; with it the gradients of the parameters are compared with formulas and finite differences.

    Returns
    -------
    Page
    """
    leaves = [_leaf(scene, box) for box in scene.boxes]
    compared = {} if step is None else comparisons(step)
    shown = {leaf: _check(comparison) for leaf, comparison in compared.items() if leaf in set(leaves)}
    places = {leaf: k for k, leaf in enumerate(shown)}
    nodes = [
        _node(box) | ({"check": places[leaf]} if leaf in places else {})
        for box, leaf in zip(scene.boxes, leaves, strict=True)
    ]
    data = {
        "nodes": nodes,
        "edges": [_edge(edge) for edge in scene.edges],
        "modules": {path: module_title(path, kind) for path, kind in scene.modules.items()},
        "checks": list(shown.values()),
    }
    return Page(title(scene, step), "step", [Picture(svg, words(scene, step), "step")], data)


def title(scene: Scene, step: Step | None) -> str:
    """The title of the page."""
    if step is None:
        return "A graph, drawn"
    known = [scene.facts[name] for name in ("loss before", "loss after") if name in scene.facts]
    return "One training step" + (f": loss {' → '.join(known)}" if len(known) == 2 else "")


def words(scene: Scene, step: Step | None) -> str:
    """A description of the picture for readers who do not see it."""
    counts = ", ".join(f"{len(scene.stage(stage))} {stage}" for stage in STAGES if scene.stage(stage))
    return f"{title(scene, step)}, as a graph of {len(scene.boxes)} nodes: {counts}"


def _leaf(scene: Scene, box: Box) -> Value | None:
    """The parameter that a box shows, or whose gradient or update it shows."""
    known = scene.boxes[box.of] if box.of is not None else box
    return known.nodes[-1] if known.kind == "parameter" and known.nodes else None


def _node(box: Box) -> dict[str, Any]:
    entries: dict[str, Any] = {
        "stage": box.stage,
        "kind": box.kind,
        "name": box.name,
        "path": box.path,
        "of": box.of,
        "formula": box.formula,
        "numbers": box.numbers,
        "paper": box.paper,
        "words": box.words,
        "shape": "" if box.shape is None or len(box.results) > 1 else dimensions(box.shape),
        "value": _values(box),
        "change": "" if box.change is None else _value(box.change),
        "badges": [{"glyph": badge.glyph, "words": badge.words} for badge in box.badges],
    }
    return {name: entry for name, entry in entries.items() if entry not in ("", None, [])}


def _values(box: Box) -> str:
    if box.results:
        return ", ".join(f"{words} = {_value(value)}" for words, value in box.results)
    return "" if box.value is None else _value(box.value, box.digits, box.beside)


def _value(value: Any, digits: int = 3, beside: Any = None) -> str:
    """The numbers of an array as text, or its shape, range and mean if there are many."""
    array = np.asarray(value)
    if array.size <= MOST:
        return numbers(array, digits, beside=beside)
    low, mean, high = (number(float(f(array))) for f in (np.min, np.mean, np.max))
    return f"{dimensions(array.shape)} numbers from {low} to {high}, mean {mean}"


def _edge(edge: Edge) -> dict[str, Any]:
    entry: dict[str, Any] = {"from": edge.tail, "to": edge.head}
    if edge.label or edge.equation:
        entry |= {"label": edge.label, "equation": edge.equation}
    if edge.part is not None:
        entry["part"] = _value(edge.part)
    return entry


def _check(comparison: Comparison) -> dict[str, Any]:
    has_formula = comparison.by_hand is not None
    rows, precise = [], _format(comparison)
    for element in comparison.numbers:
        shown = [precise(element.automatic), _measured(element.measured, precise)]
        if element.by_hand is not None:
            shown.insert(0, precise(element.by_hand))
        rows.append([f"[{', '.join(map(str, element.place))}]" if element.place else "", element.agrees, *shown])
    notes = []
    if len(rows) < comparison.size:
        which = "none" if not rows else "the largest" if len(rows) == 1 else f"the {len(rows)} largest"
        notes.append(f"measured: {which} of {comparison.size:,}")
    if has_formula:
        notes.append(f"by hand: {comparison.formula}")
        if len(rows) < comparison.size:
            difference = f"at most {number(comparison.largest_difference, 2)} apart"
            # not the rounding difference itself, which depends on the processor
            notes.append(f"all by hand and automatic: {'equal up to rounding' if comparison.by_hand else difference}")
    columns = [name for name in COLUMNS if has_formula or name != "by hand"]
    return {"ok": comparison.agrees, "columns": columns, "rows": rows, "notes": notes}


def _measured(slope: Slope, precise: Callable[[float], str]) -> str:
    if slope.kind == "kink":
        return f"{precise(slope.left)} | {precise(slope.right)}"
    return precise(slope.value) if slope.kind == "smooth" else "unclear"


def _format(comparison: Comparison) -> Callable[[float], str]:
    """How the numbers of a comparison are written, all of them with an exponent if one of the gradient needs it."""
    sizes = [abs(x) for element in comparison.numbers if (x := element.automatic) and math.isfinite(x)]
    form = "f" if all(1e-4 <= size < 1e6 for size in sizes) else "e"
    return lambda value: _precise(value, form)


def _precise(value: float, form: str) -> str:
    """A number with its sign and six digits."""
    if not math.isfinite(value) or not value:
        return number(value)
    if form == "f" and 1e-4 <= abs(value) < 1e6:
        return f"{value:+#.6g}".rstrip(".").replace("-", "−")
    mantissa, exponent = f"{value:+.5e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")
