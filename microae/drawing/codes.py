"""Latent codes in the plane: how an autoencoder encodes its samples, and whether it separates the classes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from microae.autoencoders.autoencoder import Autoencoder
from microae.core.context import no_grad
from microae.drawing.colours import MARKERS, SERIES
from microae.drawing.documentation import figure_docstring
from microae.drawing.measuring import principal_components, require, still, table
from microae.drawing.registry import figure
from microae.drawing.sheet import legend_below, sheet, shortened, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microae.drawing.figure import Figure

Floats = NDArray[np.float64]

_CLASSES = len(MARKERS)
_MANY = 5000  # points, above which an .svg or .pdf holds them as one image
_AXES = np.array([600.0, 330.0])  # points, somewhat smaller than the axes are
_STEP = 10.0  # points between the positions that are tried
_FEW, _POINT = 100, 18.0  # up to so many points, names do not cover them; the size of a point
_NAME = 1.6  # inches, the most that a name may take


@figure("codes", "The code of each sample as a point in the plane.", title="Codes: {model}, {data}")
@figure_docstring
def draw_codes(
    model: Autoencoder,
    data: Any,
    labels: Any = None,
    *,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the code of each sample as a point in the plane.

    A code of two numbers is drawn as it is, a wider one by its first two principal components, and a code of a single
    number over the index of its sample.

    Parameters
    ----------
    labels : sequence (N,), optional
        The class of each sample. Each class has a colour and a marker, and its name at the median of its points.

    Raises
    ------
    ValueError
        If there are not as many labels as samples, or more than 15 classes.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_codes
    >>> images, labels = ma.data.digits()
    >>> figure = draw_codes(ma.Autoencoder([64, 2, 64], seed=0), images[:200], labels[:200])
    >>> figure.axes[0].get_xlabel(), len(figure.axes[0].collections)
    ('code 1', 10)
    """
    require(model, Autoencoder, "draw_codes")
    x = table(data, model)
    classes = _classes(labels, len(x))
    with no_grad():
        codes = still(model).encode(x).numpy()  # type: ignore[attr-defined]
    points, names = plane(codes)
    with sheet(10, 7, title=title, path=path) as figure:
        axes = figure.add_subplot(xlabel=names[0], ylabel=names[1])
        for number, (name, rows) in enumerate(classes.items()):
            axes.scatter(
                points[rows, 0],
                points[rows, 1],
                s=120 if len(x) <= _FEW else 60 if len(x) < 1000 else 36,
                label=name,
                color=SERIES[number % len(SERIES)],
                marker=MARKERS[number],
                linewidths=0,
                alpha=0.7,
                rasterized=len(x) > _MANY,
            )
        if labels is not None:
            _name(axes, points, classes)
            legend_below(figure, axes.collections, markerscale=1.0 if len(x) <= _FEW else 1.6)
    return figure


def _classes(labels: Any, number: int) -> dict[str, NDArray[np.intp]]:
    """The rows of each class, by its name."""
    if labels is None:
        return {"": np.arange(number)}
    given = np.asarray(labels)
    if given.shape != (number,):
        raise ValueError(f"draw_codes: there are {number} samples and labels of shape {given.shape}")
    classes = np.unique(given)
    if len(classes) > _CLASSES:
        raise ValueError(
            f"draw_codes: {len(classes)} classes cannot be told apart in one picture; at most {_CLASSES} are drawn"
        )
    return {str(label): np.flatnonzero(given == label) for label in classes}


def plane(codes: Any) -> tuple[Floats, tuple[str, str]]:
    """Codes (N, width) as points (N, 2), and the labels of the axes."""
    codes = np.asarray(codes, np.float64)
    number, width = codes.shape
    if width == 1:
        return np.column_stack([np.arange(number), codes]), ("sample", "code")
    if width == 2:
        return codes, ("code 1", "code 2")
    centred = codes - codes.mean(axis=0)
    directions, shares = principal_components(centred)
    if number == 1:
        return np.zeros((1, 2)), ("principal component 1", "principal component 2")
    first, second = (
        f"principal component {i} ({100 * share:.0f} % of the variance)" for i, share in enumerate(shares[:2], start=1)
    )
    return centred @ directions[:2].T, (first, second)


def _name(axes: Axes, points: Floats, classes: dict[str, NDArray[np.intp]]) -> None:
    """Write the name of each class at the median of its points, or close by if another name is there.

    If there are few points, no name covers one.
    """
    names = [shortened(name, _NAME, 16) for name in classes]
    medians = np.array([np.median(points[rows], axis=0) for rows in classes.values()])
    axes.autoscale_view()  # set the limits of the axes now, not when they are drawn
    to_points = axes.transData + axes.transAxes.inverted()
    places = to_points.transform(medians) * _AXES
    sizes = np.array([(72 * text_width(name, 16) + 14, 30) for name in names])
    seen = to_points.transform(points) * _AXES if len(points) <= _FEW else np.empty((0, 2))
    for number, (name, place) in enumerate(zip(names, apart(places, sizes, seen), strict=True)):
        axes.annotate(
            name,
            place / _AXES,
            xycoords="axes fraction",
            fontsize=16,
            ha="center",
            va="center",
            bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": SERIES[number % len(SERIES)]},
        )


def apart(wanted: Floats, sizes: Floats, points: Floats) -> Floats:
    """Positions for boxes, each as close as possible to where it is wanted.

    No box covers another, or one of the points, as long as there is room.

    Parameters
    ----------
    wanted, sizes : arrays (n, 2)
        The centres wanted, and the widths and heights.
    points : array (m, 2)

    Returns
    -------
    array (n, 2)
        The centres.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing.codes import apart
    >>> apart(np.array([[100.0, 100.0], [100.0, 110.0]]), np.full((2, 2), 20.0), np.empty((0, 2))).tolist()
    [[100.0, 100.0], [100.0, 120.0]]
    >>> apart(np.array([[100.0, 100.0]]), np.full((1, 2), 20.0), np.array([[100.0, 100.0]])).tolist()
    [[100.0, 80.0]]
    """
    grid = np.stack(np.meshgrid(*(np.arange(0.0, end + 1, _STEP) for end in _AXES)), axis=-1).reshape(-1, 2)
    placed, taken = points, np.full(points.shape, _POINT)
    for place, size in zip(wanted, sizes, strict=True):
        places = np.clip([place, *grid], size / 2, _AXES - size / 2)
        gaps = np.abs(places[:, None] - placed)
        free = places[(gaps >= (size + taken) / 2).any(axis=2).all(axis=1)]
        free = free if len(free) else places
        nearest = np.argmin(np.square(free - place).sum(axis=1))
        placed, taken = np.vstack([placed, free[nearest]]), np.vstack([taken, size])
    return placed[len(points) :]
