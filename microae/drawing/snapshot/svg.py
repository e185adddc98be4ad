"""The parts of an SVG: text, small images, and the document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from microae.drawing.pixels import data_uri, png
from microae.drawing.words import escape

FONT = 'font-family="Helvetica,Arial,sans-serif"'


class Image(NamedTuple):
    """A small image in a picture: its levels, position and size."""

    cells: NDArray[np.uint8]
    x: float
    y: float
    width: float
    height: float


def svg(width: float, height: float, parts: Sequence[str]) -> str:
    """The SVG document, on a white background."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" {FONT}>'
        f'<rect class="paper" width="100%" height="100%" fill="#FFFFFF"/>{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: str, size: float, anchor: str = "start", extra: str = "", ink: str = "") -> str:
    """A text whose start, middle or end is at x; ``extra`` are further attributes."""
    fill = f' fill="{ink}"' if ink else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{fill}{extra}>{escape(words)}</text>'


def image(shown: Image, palette: NDArray[np.uint8], extra: str = "") -> str:
    """A small image in the colours of a palette."""
    address = data_uri("image/png", png(shown.cells, palette))
    return (
        f'<image x="{shown.x:g}" y="{shown.y:g}" width="{shown.width:g}" height="{shown.height:g}" '
        f'preserveAspectRatio="none" style="image-rendering:pixelated" href="{address}"{extra}/>'
    )


def frame(shown: Image) -> str:
    """A thin line around a small image."""
    return (
        f'<rect class="frame" x="{shown.x:g}" y="{shown.y:g}" width="{shown.width:g}" height="{shown.height:g}" '
        'fill="none" stroke="#999999"/>'
    )


def short(words: str, most: int) -> str:
    """A text cut to at most ``most`` letters."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
