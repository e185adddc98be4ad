"""Samples and the output for each: as numbers on grey cells if there are few features, else as small images."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from microae.drawing.pixels import INK, levels
from microae.drawing.snapshot.svg import Image, frame, image, svg, text

Floats = NDArray[np.float64]

_CELL, _ROW = 66.0, 34.0
WRITTEN = 8
"""Samples of at most this many features are shown as numbers, others as images."""


def samples_picture(blocks: Mapping[str, Floats], errors: Floats | None, low: float, high: float) -> str:
    """Samples as rows of numbers on grey cells: blocks such as input and output side by side; the last one changes."""
    parts, x, last = [], 0.0, list(blocks)[-1]
    for name, block in blocks.items():
        parts.append(text(x, 22, name, 17))
        for (i, j), number in np.ndenumerate(block):
            place = f' data-number="{i * block.shape[1] + j}"' if name == last else ""
            parts.append(_written_cell(x + j * _CELL, 34 + i * _ROW, float(number), low, high, place))
        x += max(block.shape[1] * _CELL, 8.6 * len(name)) + 24
    if errors is not None:
        parts.append(text(x, 22, "squared error", 17))
        for i, error in enumerate(errors):
            parts.append(text(x, 34 + i * _ROW + 22, written_error(error), 17, extra=f' data-error="{i}"'))
        x += 136
    return svg(x - 24, 36 + len(blocks[last]) * _ROW, parts)


def _written_cell(x: float, y: float, number: float, low: float, high: float, place: str) -> str:
    level = int(levels(np.array(number), low, high))
    written = decimal(number) if place or number != round(number) else f"{number:.4g}".replace("-", "−")
    words = text(x + _CELL / 2 - 2, y + 21, written, 16, "middle", ink="#FFFFFF" if level > 137 else "#000000")
    return (
        f'<g{place}><rect x="{x:g}" y="{y:g}" width="{_CELL - 4:g}" height="{_ROW - 4:g}" stroke="#999999" '
        f'fill="#{bytes(INK[level]).hex()}"/>{words}</g>'
    )


def written_error(error: float) -> str:
    """An error with four decimals."""
    return f"{error:.4f}" if error >= 0.00005 else "<0.0001"


def decimal(number: float) -> str:
    """A number with three decimals, or with four digits if it is 10 or more."""
    return (f"{number:.3f}" if abs(number) < 10 else f"{number:.4g}").replace("-", "−")


def images_picture(blocks: Mapping[str, NDArray[np.uint8]], errors: Floats | None, columns: int = 8) -> str:
    """Samples as small images, one block below the other; the last block changes."""
    side, left, names = 92.0, 178.0, list(blocks)
    parts, y = [], 0.0
    number = len(blocks[names[-1]])
    for start in range(0, number, columns):
        for name, block in blocks.items():
            parts.append(text(0, y + side / 2 + 5, name, 23))
            for j, sample in enumerate(block[start : start + columns]):
                shown = Image(image_shape(sample), left + j * side, y, side - 6, side - 6)
                place = f' data-pixels="{start + j}"' if name == names[-1] else ""
                parts.append(image(shown, INK, place) + frame(shown))
            y += side
        if errors is not None:
            for j, error in enumerate(errors[start : start + columns]):
                x = left + j * side + side / 2 - 3
                parts.append(text(x, y + 17, written_error(error), 23, "middle", f' data-error="{start + j}"'))
            parts.append(text(0, y + 17, "squared error", 23))
        y += 40
    return svg(left + side * min(columns, number), y, parts)


def image_shape(sample: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A sample as a square if it has a square number of features, else as a strip."""
    side = math.isqrt(sample.size)
    return sample.reshape(side, side) if side * side == sample.size else sample.reshape(1, -1)
