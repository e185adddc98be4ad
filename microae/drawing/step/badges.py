"""What is worth a warning in a value: kinks, saturation, dead units, masks, NaN and infinity, in glyph and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

_KINKED = ("relu", "leaky_relu", "absolute")
_STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}


def badges(node: Node, inputs: Sequence[str]) -> Iterator[Badge]:
    """The badges of a forward node, with the names of its inputs."""
    data = np.asarray(node.data)
    yield from not_finite(data)
    if node.operation is None or not data.size:
        return
    name, x = node.operation.name, np.asarray(node.arguments[0])
    if name in _KINKED or (name == "elu" and node.parameters.get("alpha", 1.0) != 1.0):
        yield from _kinks(x, (0.0,))
    if name == "clip":
        low, high = float(np.min(node.arguments[1])), float(np.max(node.arguments[2]))
        yield from _kinks(x, tuple(bound for bound in (low, high) if np.isfinite(bound)))
        outside = int(((x < low) | (x > high)).sum())
        if outside:
            yield Badge("▬", f"saturated{_count(outside, x)}", "saturated")
    if name in _STEEPEST:
        slope = data * (1.0 - data) if name == "sigmoid" else 1.0 - data * data
        number = int((slope < _FLAT * _STEEPEST[name]).sum())
        if number:
            yield Badge("▬", f"saturated{_count(number, data)}", "saturated")
    if name == "relu" and data.ndim:
        units = data.reshape(-1, data.shape[-1])
        number = int((units <= 0).all(axis=0).sum())
        if number:
            yield Badge("○", f"dead unit{_count(number, units[0])}", "dead")
    masks = [a for a, called in zip(node.arguments, inputs, strict=True) if called.startswith("mask")]
    zeros = sum(int((np.asarray(mask) == 0).sum()) for mask in masks)
    if zeros:
        yield Badge("□", f"masked by dropout{_count(zeros, data)}", "masked")


def not_finite(data: Any) -> Iterator[Badge]:
    """The badges of any value."""
    data = np.asarray(data)
    nans, infinities = int(np.isnan(data).sum()), int(np.isinf(data).sum())
    if nans:
        yield Badge("‼", f"NaN{_count(nans, data)}", "nan")
    if infinities:
        yield Badge("‼", f"Inf{_count(infinities, data)}", "inf")


def _kinks(x: Any, kinks: Sequence[float]) -> Iterator[Badge]:
    """At a kink the derivative is a choice; close to it, a small change takes the other one."""
    distances = np.min([np.abs(x - kink) for kink in kinks], axis=0) if kinks else np.ones_like(x)
    at = int((distances == 0).sum())
    scale = float(np.abs(x[np.isfinite(x)]).max(initial=0.0))
    near = int((distances <= _CLOSE * scale).sum()) if x.size <= _FEW else 0
    if at:
        yield Badge("▲", f"at a kink{_count(at, x)}", "kink")
    elif near:
        yield Badge("▲", f"near a kink{_count(near, x)}", "kink")


def _count(number: int, data: Any) -> str:
    return f": {number} of {data.size}" if data.size > 1 else ""
