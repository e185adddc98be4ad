"""Loss curves: the loss over the epochs of one training or of several, the paper's first result figure."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from microae.drawing.colours import MARKERS, SERIES
from microae.drawing.documentation import figure_docstring
from microae.drawing.registry import figure
from microae.drawing.sheet import legend_below, logarithmic_ticks, sheet
from microae.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microae.drawing.figure import Figure

Run = History | Sequence[float]
Curve = NDArray[np.float64]
_MARKED = 8  # markers along a curve
_WIDE = 10.0  # how many times larger the largest loss is than the smallest where a logarithmic scale helps


@figure("losses", "The loss of each epoch, in training and validation, of one or several runs.")
@figure_docstring
def draw_losses(
    runs: Run | Mapping[str, Run],
    *,
    loss: str = "loss",
    logarithmic: bool | None = None,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the loss of each epoch, in training and, dashed, in validation.

    Parameters
    ----------
    runs : History, sequence of float, or mapping of str to those
        One run, or several by name. Epochs are counted from 1.
    loss : str
        The label of the y axis.
    logarithmic : bool, optional
        Whether the y axis is logarithmic; by default if the losses are positive and span more than a factor of 10.

    Raises
    ------
    TypeError
        If a run is something else.
    ValueError
        If a run has no finite loss, or a logarithmic scale is asked for losses that are not positive.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_losses
    >>> figure = draw_losses({"η = 0.1": [0.7, 0.5, 0.4], "η = 1": ma.History([0.7, 0.3, 0.1], [0.8, 0.4, 0.3])})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['η = 0.1', 'η = 1, training', 'η = 1, validation']
    """
    curves = {name: _curves(run, name) for name, run in (runs if isinstance(runs, Mapping) else {"": runs}).items()}
    if not curves:
        raise ValueError("draw_losses: there is nothing to draw, no run is given")
    losses = np.concatenate([curve[np.isfinite(curve)] for run in curves.values() for curve in run.values()])
    low, high = float(losses.min()), float(losses.max())
    if logarithmic is None:
        logarithmic = low > 0 and high > _WIDE * low
    elif logarithmic and low <= 0:
        raise ValueError(f"draw_losses: a logarithmic scale needs positive losses, the smallest is {low:g}")
    with sheet(10, 6, title=title, path=path) as figure:
        from matplotlib.ticker import MaxNLocator

        axes = figure.add_subplot(xlabel="epoch", ylabel=loss)
        for number, (name, run) in enumerate(curves.items()):
            _plot(axes, name, run, number)
        epochs = max(len(curve) for run in curves.values() for curve in run.values())
        axes.set_xlim((1, epochs) if epochs > 1 else (0.5, 1.5))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        if logarithmic:
            axes.set_yscale("log")
            logarithmic_ticks(axes.yaxis, *axes.get_ylim())
        elif low >= 0:
            axes.set_ylim(bottom=0)
        if len(axes.lines) > 1:
            legend_below(figure, axes.lines)
    return figure


def _curves(run: Run, name: str) -> dict[str, Curve]:
    """The curves of a run by name: "training" and, if it was measured, "validation"."""
    given = {"training": run.loss, "validation": run.validation_loss} if isinstance(run, History) else {"training": run}
    try:
        curves = {part: np.asarray(losses, np.float64) for part, losses in given.items() if len(losses)}
    except (TypeError, ValueError):
        curves = {"training": np.empty((0, 0))}
    if any(curve.ndim != 1 for curve in curves.values()):
        raise TypeError(
            f"draw_losses: {name or 'the run'} must be a History or a list of losses; give several by name, as in "
            '{"slow": history, "fast": [0.7, 0.5]}'
        )
    if "training" not in curves or not all(np.isfinite(curve).any() for curve in curves.values()):
        raise ValueError(f"draw_losses: there is nothing to draw, {name or 'the run'} has no finite loss")
    return curves


def _plot(axes: Axes, name: str, run: dict[str, Curve], number: int) -> None:
    for part, curve in run.items():
        validation = part == "validation"
        axes.plot(
            np.arange(1, len(curve) + 1),
            curve,
            label=", ".join(filter(None, [name, part if len(run) > 1 or not name else ""])),
            color=SERIES[number % len(SERIES)],
            linestyle="--" if validation else "-",
            marker=MARKERS[number % len(MARKERS)],
            markerfacecolor="white" if validation else None,
            clip_on=False,
            markevery=max(1, math.ceil(len(curve) / _MARKED)),
        )
