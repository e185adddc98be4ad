"""Samples as small images in rows: originals above their reconstructions."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from microae.autoencoders.autoencoder import Autoencoder
from microae.autoencoders.evaluation import reconstruction_errors
from microae.drawing.documentation import figure_docstring
from microae.drawing.measuring import require, table
from microae.drawing.registry import figure
from microae.drawing.sheet import sheet, shortened
from microae.drawing.step.notation import aligned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microae.drawing.figure import Figure

CELL, LEFT, TOP, BOTTOM = 0.95, 1.6, 0.45, 0.6
"""In inches: a picture with the space behind it, and the margins of a group."""
SIDE = 0.88
"""The picture alone."""

_ROW, _MOST = 12, 100


@dataclass(frozen=True)
class Group:
    """Rows of images under one title, with a caption below each column.

    Attributes
    ----------
    title : str
        May be empty.
    rows : mapping of str to array (columns, features)
        The name at the left of each row, and its samples.
    captions : sequence of str
        One for each column, of one or two short lines.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing import Group
    >>> group = Group("Corners", {"original": np.array([[0.0, 1.0], [1.0, 1.0]])}, ["first", "second"])
    >>> group.rows["original"].shape
    (2, 2)
    """

    title: str
    rows: Mapping[str, NDArray[np.floating[Any]]]
    captions: Sequence[str]


@figure_docstring
def draw_images(groups: Sequence[Group], *, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw groups of images, one below the other.

    Samples with a square number of features are drawn as square images, row by row, others as a strip. 0 is white and
    1 black; all images of a column have the same scale of grey.

    Parameters
    ----------
    groups : sequence of Group
        Each with at least one row and one column.

    Raises
    ------
    ValueError
        If there is nothing to draw.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import Group, draw_images
    >>> images, labels = ma.data.digits()
    >>> figure = draw_images([Group("Digits", {"original": images[:3]}, ["0", "1", "2"])])
    >>> figure.subfigs[0].get_suptitle()
    'Digits'
    """
    if not groups or not all(group.rows and len(group.captions) for group in groups):
        raise ValueError("draw_images: there is nothing to draw, a group without pictures is given")
    columns = max(7, *(len(group.captions) for group in groups))  # 7: room for the titles
    width = LEFT + CELL * columns
    heights = [(TOP if group.title else 0.1) + CELL * len(group.rows) + BOTTOM for group in groups]
    with sheet(width, sum(heights), path=path, layout=None) as figure:
        parts = figure.subfigures(len(groups), 1, height_ratios=heights, squeeze=False)[:, 0]
        for part, group, height in zip(parts, groups, heights, strict=True):
            title = shortened(group.title, 0.9 * width, 15)
            part.suptitle(title, fontsize=15, fontweight="bold", x=0.02, y=1 - 0.08 / height, ha="left", va="top")
            size = (CELL * columns, CELL * len(group.rows))
            axes = part.add_axes((LEFT / width, BOTTOM / height, size[0] / width, size[1] / height))
            axes.set(xlim=(0, size[0]), ylim=(size[1], 0))  # in inches, from the top
            axes.axis("off")
            _fill(axes, group)
    return figure


@figure("reconstructions", "The first samples above their reconstructions.")
@figure_docstring
def draw_reconstructions(
    model: Autoencoder,
    data: Any,
    labels: Any = None,
    *,
    title: str = "Originals above their reconstructions, with the squared error",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw samples above their reconstructions, with the mean squared error of each.

    Parameters
    ----------
    data : array_like (N, features)
        At most 100 samples, drawn twelve in a row.
    labels : sequence (N,), optional
        Texts below the samples.

    Raises
    ------
    ValueError
        If there are more than 100 samples, or not as many labels as samples.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_reconstructions
    >>> images, labels = ma.data.digits()
    >>> figure = draw_reconstructions(ma.Autoencoder([64, 16, 64], seed=0), images[:10], labels[:10])
    """
    require(model, Autoencoder, "draw_reconstructions")
    x = table(data, model)
    if len(x) > _MOST:
        raise ValueError(
            f"draw_reconstructions: {len(x)} samples cannot be seen; at most {_MOST} are drawn, as data[:12]"
        )
    names = [] if labels is None else [f"{label}\n" for label in labels]
    if len(names) not in (0, len(x)):
        raise ValueError(f"draw_reconstructions: there are {len(x)} samples and {len(names)} labels")
    reconstruction = model.reconstruct(x)
    captions = aligned(reconstruction_errors(x, reconstruction).tolist())
    captions = [name + caption for name, caption in zip(names or [""] * len(x), captions, strict=True)]
    groups = [
        Group(
            "" if start else title,
            {"original": x[start : start + _ROW], "reconstruction": reconstruction[start : start + _ROW]},
            captions[start : start + _ROW],
        )
        for start in range(0, len(x), _ROW)
    ]
    return draw_images(groups, path=path)


def _fill(axes: Axes, group: Group) -> None:
    """Draw a group into axes in inches: one for all pictures, since a hundred axes take seconds."""
    for i, (name, samples) in enumerate(group.rows.items()):
        axes.text(-0.1, CELL * i + SIDE / 2, shortened(name, LEFT - 0.15, 13), fontsize=13, ha="right", va="center")
        for j, sample in enumerate(samples):
            _draw(axes, sample, CELL * j, CELL * i, *_range(group, j))
    below = CELL * (len(group.rows) - 1) + SIDE + 0.05
    for j, caption in enumerate(group.captions):
        lines = "\n".join(shortened(line, CELL - 0.05, 12) for line in caption.split("\n"))
        axes.text(CELL * j + SIDE / 2, below, lines, fontsize=12, ha="center", va="top")


def _range(group: Group, column: int) -> tuple[float, float]:
    """The limits of the grey scale: [0, 1], or what the first row, the original, spans beyond that."""
    first = next(iter(group.rows.values()))[column]
    return min(0.0, float(first.min())), max(1.0, float(first.max()))


def _draw(axes: Axes, sample: NDArray[np.floating[Any]], x: float, y: float, low: float, high: float) -> None:
    """Draw a sample as a square whose upper left corner is at x and y."""
    side = math.isqrt(sample.size)
    image = sample.reshape((side, side) if side * side == sample.size else (1, -1))
    left, right, top, bottom = x, x + SIDE, y, y + SIDE
    axes.imshow(
        image,
        cmap="Greys",
        vmin=low,
        vmax=high,
        aspect="auto",
        interpolation="nearest",
        extent=(left, right, bottom, top),
    )
    axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], "0.6", linewidth=0.8, clip_on=False)
