"""Weights as images: small matrices with their numbers, wide ones as one image for each neuron.

A weight of 0 is grey, positive ones are lighter and blue, negative ones darker and vermillion: lightness alone shows
the sign, as in Hinton's diagrams (white for positive, black for negative).
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from microae.drawing.documentation import figure_docstring
from microae.drawing.measuring import require
from microae.drawing.registry import figure
from microae.drawing.sheet import sheet, shortened
from microae.nn.module import Module

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage

    from microae.drawing.figure import Figure

Matrix = NDArray[np.floating[Any]]

_RAMP = ("#2B0F00", "#8F3F00", "#8A8A8A", "#B3DCF5", "#FFFFFF")  # lightness rises all the way
_NUMBERS = 100  # weights that are still readable as numbers
_BESIDE = 16  # numbers, or pictures, that are still readable in a row
_NEURONS = 64  # pictures that are still readable together
_WIDTH = 12.0  # inches, as are the heights
_FRAME, _NUMBER, _PICTURES, _MAP = 1.2, 0.5, 10.2, 3.5


@figure("weights", "The weight matrices as images.", title="{model}")
@figure_docstring
def draw_weights(
    model: Module,
    name: str | None = None,
    *,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the weight matrices of a model, from the input to the output.

    A matrix of at most 100 weights is drawn with its numbers. In a larger one, each neuron that has a square number of
    weights is drawn as a square image of them; in the last matrix these are the weights from a neuron to the output.
    Other matrices are drawn as they are, a row for each input and a column for each neuron.

    Parameters
    ----------
    name : str, optional
        Only this parameter, such as "encoder.0.weight"; by default every parameter with two axes.

    Raises
    ------
    ValueError
        If the model has no weight matrix of that name, or none at all.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_weights
    >>> figure = draw_weights(ma.Autoencoder([3, 4, 3], seed=0))
    >>> figure.axes[0].get_title()
    'encoder.0.weight, 3 × 4'
    """
    require(model, Module, "draw_weights")
    matrices = {key: p.numpy() for key, p in model.named_parameters() if p.ndim == 2}
    last = list(matrices)[-1] if len(matrices) > 1 else None
    chosen = {key: matrix for key, matrix in matrices.items() if name in (None, key)}
    if not chosen:
        known = ", ".join(matrices) or "none"
        raise ValueError(f"draw_weights: the model has no weight matrix{f' {name!r}' if name else ''}; it has {known}")
    images = {key: _images(matrix, key == last) for key, matrix in chosen.items()}
    heights = [_height(matrix, images[key]) for key, matrix in chosen.items()]
    with sheet(_WIDTH, sum(heights), title=title, path=path) as figure:
        from matplotlib.ticker import MaxNLocator

        panels = figure.subplots(len(chosen), 1, height_ratios=heights, squeeze=False)[:, 0]
        for axes, (key, matrix) in zip(panels, chosen.items(), strict=True):
            axes.grid(False)
            axes.set_title(shortened(f"{key}, {matrix.shape[0]} × {matrix.shape[1]}", _WIDTH - 3, 16))
            limit = float(np.abs(matrix).max()) or 1.0
            pictures = images[key]
            if pictures is None:
                shown = _draw_matrix(axes, matrix, limit)
            else:
                shown = _draw_images(axes, pictures, limit, key == last)
            figure.colorbar(shown, ax=axes, label="weight", pad=0.02, ticks=MaxNLocator(4, symmetric=True))
    return figure


def _with_numbers(matrix: Matrix) -> bool:
    return matrix.size <= _NUMBERS and max(matrix.shape) <= _BESIDE


def _images(matrix: Matrix, is_last: bool) -> Matrix | None:
    """The images (n, side, side) to draw a matrix by, one a neuron; ``None`` to draw it as it is."""
    vectors = matrix if is_last else matrix.T
    side = math.isqrt(vectors.shape[1])
    if _with_numbers(matrix) or side * side != vectors.shape[1] or side == 1:
        return None
    return vectors.reshape(-1, side, side)


def _grid(number: int) -> tuple[int, int]:
    """The rows and columns of a grid of images."""
    shown = min(number, _NEURONS)
    columns = _BESIDE // 2 if shown <= _BESIDE else _BESIDE
    return math.ceil(shown / columns), columns


def _height(matrix: Matrix, images: Matrix | None) -> float:
    if images is not None:
        rows, columns = _grid(len(images))
        return _FRAME + rows * _PICTURES / columns
    return _FRAME + (_NUMBER * len(matrix) if _with_numbers(matrix) else _MAP)


def _draw_matrix(axes: Axes, matrix: Matrix, limit: float) -> AxesImage:
    """Inputs from top to bottom, neurons from left to right, with numbers if they can be read."""
    shown = axes.imshow(matrix, cmap=_colours(), vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    rows, columns = matrix.shape
    axes.set(xlabel="neuron", ylabel="input")
    for axis, number in ((axes.xaxis, columns), (axes.yaxis, rows)):
        places = range(0, number, max(1, number // 8))
        axis.set_ticks(places, [str(place + 1) for place in places])
    if _with_numbers(matrix):
        digits = 3 if columns <= _BESIDE // 2 else 2
        for (i, j), weight in np.ndenumerate(matrix):
            text = f"{weight:+#.{digits}g}".rstrip(".").replace("-", "−")
            axes.text(j, i, text, ha="center", va="center", color="white" if weight < -0.2 * limit else "black")
    return shown


def _draw_images(axes: Axes, images: Matrix, limit: float, is_last: bool) -> AxesImage:
    """Images in rows, white between them."""
    words = "what each neuron sends to the output" if is_last else "what each neuron receives"
    if len(images) > _NEURONS:
        words += f"; the first {_NEURONS} of {len(images)}"
    rows, columns = _grid(len(images))
    cell = images.shape[1] + max(1, images.shape[1] // 8)
    sheet_of_all = np.full((rows * cell, columns * cell), np.nan)
    for number, image in enumerate(images[:_NEURONS]):
        top, left = (number // columns) * cell, (number % columns) * cell
        sheet_of_all[top : top + len(image), left : left + len(image)] = image
    shown = axes.imshow(sheet_of_all, cmap=_colours(), vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set(xticks=[], yticks=[], xlabel=words)
    axes.spines[:].set_visible(False)
    return shown


def _colours() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("weights", _RAMP)
