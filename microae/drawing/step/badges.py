"""What is worth a warning in a value: kinks, saturation, dead units, masks, NaN and infinity, in glyph and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from microae.drawing.step.scene import Badge
from microae.drawing.step.skeleton import Node

_CLOSE = 1e-3
"""A kink is near when the input is within this share of its largest element ..."""

_FEW = 64
"""... and the elements are at most so many: of many some are always near one."""

_FLAT = 0.01
"""An element is saturated when its derivative is less than this share of the largest that the function has."""

_GRID = np.linspace(-8.0, 8.0, 65)
"""Where a function's largest derivative is looked for: 0, ±1 and the like are among them."""

_FAR = 1e6


def badges(node: Node, inputs: Sequence[str]) -> Iterator[Badge]:
    """The badges of a forward node, with the names of its inputs."""
    data = np.asarray(node.data)
    yield from not_finite(data)
    if node.operation is None or not data.size:
        return
    with np.errstate(all="ignore"):
        yield from _kinks(node)
        yield from _flat(node)
    is_product = node.operation.name == "multiply"
    masks = [a for a, called in zip(node.arguments, inputs, strict=True) if is_product and called.startswith("mask")]
    zeros = sum(int((np.asarray(mask) == 0).sum()) for mask in masks)
    if zeros:
        yield Badge("□", f"masked{_count(zeros, data)}", "masked")


def not_finite(data: Any) -> Iterator[Badge]:
    """The badges of any value."""
    data = np.asarray(data)
    nans, infinities = int(np.isnan(data).sum()), int(np.isinf(data).sum())
    if nans:
        yield Badge("‼", f"NaN{_count(nans, data)}", "nan")
    if infinities:
        yield Badge("‼", f"Inf{_count(infinities, data)}", "inf")


def _kinks(node: Node) -> Iterator[Badge]:
    """At a kink the derivative is a choice; close to it, a small change takes the other one."""
    kinks = node.operation.facts.kinks  # type: ignore[union-attr]
    zeros = () if kinks is None else kinks(*node.arguments, **node.parameters)  # functions that vanish at kinks
    distances = [np.abs(x) for x in (zeros if isinstance(zeros, tuple) else (zeros,))]
    if not distances:
        return
    distance = np.minimum.reduce(np.broadcast_arrays(*distances))
    x = np.asarray(node.arguments[0])
    at = int((distance == 0).sum())
    scale = float(np.abs(x[np.isfinite(x)]).max(initial=0.0))
    near = int((distance <= _CLOSE * scale).sum()) if max(x.size, distance.size) <= _FEW else 0
    if at:
        yield Badge("▲", f"at a kink{_count(at, distance)}", "kink")
    elif near:
        yield Badge("▲", f"near a kink{_count(near, distance)}", "kink")


def _flat(node: Node) -> Iterator[Badge]:
    """Where a function of each number has levelled off: there nothing is learnt.

    Of an activation that does so on one side only, as relu, it is no fault of an element to be there, but one of a
    unit whose derivative is 0 in every sample of several.
    """
    facts = node.operation.facts  # type: ignore[union-attr]
    if facts.activation is None and facts.kinks is None:
        return
    derivative = _slope(node, node.arguments[0], node.data)
    if derivative is None:
        return
    try:
        below, above, steepest = _extremes(node)
    except np.linalg.LinAlgError:  # a function of matrices, not of each number
        return
    sides = [np.max(np.abs(side)) < _FLAT * np.max(steepest) for side in (below, above)]
    if facts.activation is not None and not all(sides):
        units = derivative.reshape(-1, derivative.shape[-1]) if derivative.ndim else derivative[None]
        number = int((units == 0).all(axis=0).sum()) if derivative.ndim and any(sides) else 0
        if number:  # whether they are dead, a few samples do not tell
            said = "off in this sample" if len(units) == 1 else f"off in all {len(units):,} samples"
            yield Badge("○", f"{said}{_count(number, units[0])}", "dead")
    elif any(sides):
        number = int((np.abs(derivative) < _FLAT * steepest).sum())
        if number:
            yield Badge("▬", f"saturated{_count(number, derivative)}", "saturated")


def _slope(node: Node, x: Any, out: Any) -> Any:
    """The derivative by the first input at each of its elements; ``None`` for what is no function of each of them."""
    row: Any = node.operation
    if "axis" in row.parameters or any(j >= 0 for j in node.inputs[1:]) or np.shape(x) != np.shape(out):
        return None
    return np.asarray(row.vjps[0](np.ones_like(out)[()], out, x, *node.arguments[1:], **node.parameters))


def _extremes(node: Node) -> tuple[Any, Any, Any]:
    """The derivative far below and far above, and the largest that there is, each for every element."""
    row: Any = node.operation
    x, others = np.asarray(node.arguments[0]), node.arguments[1:]
    sizes = [float(np.abs(a)[np.isfinite(a)].max(initial=0.0)) for a in map(np.asarray, others)]
    far = _FAR * (1.0 + max(sizes, default=0.0))
    if not others:  # the same for all elements
        points = np.array([*_GRID, -far, far], x.dtype)
        slopes = list(_slope(node, points, row.forward(points, **node.parameters)))
    else:
        moved = [np.broadcast_to(np.asarray(p, x.dtype), x.shape)[()] for p in (*others, *_GRID, -far, far)]
        slopes = [_slope(node, at, row.forward(at, *others, **node.parameters)) for at in moved]
    return slopes[-2], slopes[-1], np.fmax.reduce(np.abs(slopes[:-2]))


def together(found: Iterable[Badge]) -> Iterator[Badge]:
    """The badges of several nodes, those of the same words as one, with their counts added up."""
    counts: dict[Badge, list[int]] = {}
    for badge in found:
        words, _, count = badge.words.partition(": ")
        number, _, size = (count or "1 of 1").partition(" of ")
        known = counts.setdefault(Badge(badge.glyph, words, badge.name), [0, 0])
        known[0] += int(number)
        known[1] += int(size)
    for badge, (total, out_of) in counts.items():
        yield Badge(badge.glyph, f"{badge.words}: {total} of {out_of}" if out_of > 1 else badge.words, badge.name)


def _count(number: int, data: Any) -> str:
    return f": {number} of {data.size}" if data.size > 1 else ""
