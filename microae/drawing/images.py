"""Small pictures in rows: originals above their reconstructions."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from microae.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL, LEFT, TOP, BOTTOM = 0.95, 1.4, 0.45, 0.6
"""In inches: a picture, and the margins of a group."""


@dataclass(frozen=True)
class Group:
    """Rows of pictures under one title, with a caption below each column.

    Attributes
    ----------
    title : str
    rows : mapping of str to array (columns, features)
        What stands at the left of a row, and its samples.
    captions : sequence of str
        One a column, of one or two short lines.
    """

    title: str
    rows: Mapping[str, NDArray[np.floating[Any]]]
    captions: Sequence[str]


def require_matplotlib() -> None:
    """Raise an ``ImportError`` that names the extra, if matplotlib is not installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install 'microae[plots]'") from error


def save_images(groups: Sequence[Group], path: str | os.PathLike[str]) -> None:
    """Draw groups of pictures, one below the other, and write them to a file.

    Samples of a square number of features are drawn as square images, row by row, others as a strip. Paper is white,
    ink black; one scale of grey holds for all the pictures of a column.

    Parameters
    ----------
    groups : sequence of Group
    path : path
        The suffix names the format: ``.png``, ``.svg``, ``.pdf``.

    Raises
    ------
    ImportError
        Without matplotlib (the extra ``plots``).

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> from microae.drawing.images import Group, save_images
    >>> images, labels = ma.data.digits()
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "digits.png")
    ...     save_images([Group("Digits", {"original": images[:3]}, ["0", "1", "2"])], path)
    ...     path.stat().st_size > 1000
    True
    """
    figure = _figure(groups)
    from matplotlib import rc_context

    with replacing(path) as temporary, rc_context({"svg.hashsalt": "microae"}):
        figure.savefig(temporary, dpi=160, metadata=_dateless(temporary.suffix))


def _dateless(suffix: str) -> dict[str, Any]:
    """Metadata without the time of day: the same picture is the same file."""
    return {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix.lower(), {})


def _figure(groups: Sequence[Group]) -> Figure:
    require_matplotlib()
    from matplotlib.figure import Figure

    columns = max(7, *(len(group.captions) for group in groups))  # 7: room for the titles
    width = LEFT + CELL * columns
    heights = [TOP + CELL * len(group.rows) + BOTTOM for group in groups]
    figure = Figure(figsize=(width, sum(heights)), facecolor="white")
    parts = figure.subfigures(len(groups), 1, height_ratios=heights, squeeze=False)[:, 0]
    for part, group, height in zip(parts, groups, heights, strict=True):
        part.suptitle(group.title, fontsize=15, fontweight="bold", x=0.02, y=1 - 0.08 / height, ha="left", va="top")
        grid = part.subplots(len(group.rows), columns, squeeze=False)
        part.subplots_adjust(LEFT / width, BOTTOM / height, 1 - 0.1 / width, 1 - TOP / height, 0.08, 0.08)
        _fill(grid, group)
    return figure


def _fill(grid: NDArray[Any], group: Group) -> None:
    for axes in grid.flat:
        axes.axis("off")
    for i, (name, samples) in enumerate(group.rows.items()):
        grid[i, 0].text(-0.12, 0.5, name, transform=grid[i, 0].transAxes, fontsize=13, ha="right", va="center")
        for j, sample in enumerate(samples):
            _draw(grid[i, j], sample, *_range(group, j))
    for j, caption in enumerate(group.captions):
        below = grid[-1, j]
        below.text(0.5, -0.06, caption, transform=below.transAxes, fontsize=12, ha="center", va="top")


def _range(group: Group, column: int) -> tuple[float, float]:
    """The limits of the grey scale: [0, 1], or what the first row, the original, spans beyond that."""
    first = next(iter(group.rows.values()))[column]
    return min(0.0, float(first.min())), max(1.0, float(first.max()))


def _draw(axes: Axes, sample: NDArray[np.floating[Any]], low: float, high: float) -> None:
    side = math.isqrt(sample.size)
    image = sample.reshape((side, side) if side * side == sample.size else (1, -1))
    axes.axis("on")
    axes.set(xticks=[], yticks=[])
    axes.imshow(image, cmap="Greys", vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    for edge in axes.spines.values():
        edge.set(color="0.6", linewidth=0.8)
