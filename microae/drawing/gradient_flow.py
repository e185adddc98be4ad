"""Gradient flow: the size of the gradient of each parameter, which shows dead and exploding layers."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from microae.core.arrays import Array
from microae.drawing.colours import BLACK, BLUE, GREY, VERMILLION
from microae.drawing.documentation import figure_docstring
from microae.drawing.measuring import objective, require, still
from microae.drawing.registry import figure
from microae.drawing.sheet import legend_below, logarithmic_ticks, sheet, shortened
from microae.nn.module import Module
from microae.transforms import gradients

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microae.drawing.figure import Figure

VANISHING, EXPLODING = 1e-7, 1e2
"""The mean |gradient| below which a gradient vanishes, and the largest |gradient| above which it explodes."""

_ROW = 0.42  # inches
_MEAN: dict[str, Any] = {"color": BLUE, "marker": "o", "linestyle": "", "markersize": 11}
_LARGEST: dict[str, Any] = {"color": VERMILLION, "marker": ">", "linestyle": "", "markersize": 11}
_NOTHING: dict[str, Any] = {"color": BLACK, "marker": "X", "linestyle": "", "markersize": 12}


@figure("gradient-flow", "How large the gradient of each parameter is.", title="Gradients: {model}, {data}")
@figure_docstring
def draw_gradient_flow(
    model: Module,
    data: Any = None,
    target: Any = None,
    *,
    loss: Callable[[Any, Any], Any] | str | None = None,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the mean and the largest absolute gradient of each parameter, on a logarithmic scale.

    The layers stand from input to output, top to bottom. A remark beside a parameter names what is suspicious: no
    gradient at all or 0 everywhere, a share of zeros (dead units leave columns of them), vanishing (mean below 1e-7)
    or exploding (largest above 100) gradients, and NaN.

    Parameters
    ----------
    data : array_like (N, features), optional
        The gradients are those of the loss of all these samples. By default the ``grad`` of the parameters is drawn,
        as the last ``backward()`` left it.

    Raises
    ------
    ValueError
        If there are neither data nor gradients.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_gradient_flow
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> figure = draw_gradient_flow(net, [[1, 0, 1], [0, 1, 1]])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['encoder.0.weight', 'encoder.0.bias', 'decoder.0.weight', 'decoder.0.bias']
    """
    rows = [_flow(name, g) for name, g in _gradients(model, data, target, loss).items()]
    low, high = _decades([size for row in rows for size in row[1:3] if math.isfinite(size) and size > 0])
    with sheet(12, 2.2 + _ROW * len(rows), title=title, path=path) as figure:
        axes = figure.add_subplot(xlabel="|gradient|", xscale="log", xlim=(low, high), ylim=(len(rows) - 0.4, -0.6))
        logarithmic_ticks(axes.xaxis, low, high)
        axes.set_yticks(range(len(rows)), [shortened(row.name, 4.0) for row in rows])
        axes.tick_params(axis="y", pad=12)
        for place, row in enumerate(rows):
            _plot(axes, place, row, low)
        remarks = axes.twinx()
        remarks.grid(False)
        remarks.set_ylim(axes.get_ylim())
        remarks.set_yticks(range(len(rows)), [row.remark for row in rows])
        remarks.tick_params(right=False)
        legend_below(figure, _legend(complete=all(map(_is_drawn, rows))))
    return figure


def _gradients(
    model: Module, data: Any, target: Any, loss: Callable[[Any, Any], Any] | str | None
) -> dict[str, Array | None]:
    require(model, Module, "draw_gradient_flow")
    if data is None:
        by_name = {name: p.grad for name, p in model.named_parameters()}
        if all(g is None for g in by_name.values()):
            raise ValueError("draw_gradient_flow: no parameter has a gradient; call backward() first, or pass data")
        return by_name
    model = still(model)
    names, parameters = zip(*model.named_parameters(), strict=True)
    with np.errstate(all="ignore"):
        measured = objective(model, data, target, loss)()
        return dict(zip(names, gradients(measured, parameters, zeros=False), strict=True))


class _Flow(NamedTuple):
    """What is drawn of the gradient of one parameter."""

    name: str
    mean: float
    largest: float
    remark: str


def _flow(name: str, gradient: Array | None) -> _Flow:
    size = np.abs(np.asarray(0.0 if gradient is None else gradient, np.float64))
    return _Flow(name, float(size.mean()), float(size.max()), _remark(gradient, size))


def _remark(gradient: Array | None, size: Array) -> str:
    if gradient is None:
        return "no gradient"
    if not np.isfinite(size).all():
        return "NaN or infinite"
    if not size.any():
        return "dead: all are 0"
    zeros = np.mean(size == 0)
    return ", ".join(
        word
        for word, holds in (
            ("exploding", size.max() > EXPLODING),
            ("vanishing", size.mean() < VANISHING),
            (f"{100 * zeros:.0f} % are 0", zeros >= 0.005),
        )
        if holds
    )


def _decades(sizes: list[float]) -> tuple[float, float]:
    """Whole powers of ten around the sizes, with a little room."""
    if not sizes:
        return 1e-3, 1.0
    low, high = math.floor(math.log10(min(sizes)) - 0.1), math.ceil(math.log10(max(sizes)) + 0.1)
    return 10.0**low, 10.0**high


def _is_drawn(row: _Flow) -> bool:
    """Whether the sizes can be drawn on a logarithmic axis."""
    return math.isfinite(row.largest) and row.mean > 0


def _plot(axes: Axes, place: int, row: _Flow, low: float) -> None:
    if _is_drawn(row):
        axes.plot([row.mean, row.largest], [place, place], color=GREY, linewidth=1.5)
        axes.plot([row.mean], [place], **_MEAN)
        axes.plot([row.largest], [place], **_LARGEST)
    else:
        axes.plot([low], [place], clip_on=False, **_NOTHING)


def _legend(complete: bool) -> list[Any]:
    from matplotlib.lines import Line2D

    sizes = [
        Line2D([], [], label="mean |gradient|", **_MEAN),
        Line2D([], [], label="largest |gradient|", **_LARGEST),
    ]
    return sizes if complete else [*sizes, Line2D([], [], label="no gradient, 0 or NaN", **_NOTHING)]
