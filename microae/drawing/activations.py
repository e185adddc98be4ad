"""Activation functions beside their derivatives, which the engine computes, with their kinks marked."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from microae.core.value import Value
from microae.drawing.colours import BLUE, GREY, VERMILLION
from microae.drawing.documentation import figure_docstring
from microae.drawing.registry import figure
from microae.drawing.sheet import legend_below, sheet, shortened
from microae.nn.activations import activation, elementwise
from microae.nn.module import Module
from microae.transforms import gradients

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microae.drawing.figure import Figure

Floats = NDArray[np.float64]
Function = str | Module | type[Module] | Callable[[Any], Any]

_POINTS = 801
_JUMP = 1e-4  # a derivative that changes by more than this share of its span, however close one looks, has a jump
_COLUMNS, _WIDTH, _TITLE = 4, 3.3, 3.0  # the most panels in a row; inches


@figure("activations", "The activation functions of a model, or all there are, with their derivatives.")
@figure_docstring
def draw_activations(
    functions: Function | Sequence[Function] | None = None,
    *,
    low: float = -4.0,
    high: float = 4.0,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    r"""Draw functions of one number and their derivatives, one panel for each.

    The derivative is that of :func:`microae.gradients`. Where it jumps, the function has a kink: a dotted line marks
    it, open circles the one-sided derivatives, and a dot the value that the engine uses.

    Parameters
    ----------
    functions : str, Module, callable, or a sequence of them
        A name such as "leaky_relu", a module such as ``ma.ELU(alpha=0.5)``, or any elementwise function of a Value.
        By default all activations that are functions of one number.
    low, high : float
        The range of the argument.

    Raises
    ------
    ValueError
        If a function is not elementwise, as softmax, has no derivative or no finite value, or the range is empty.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_activations
    >>> figure = draw_activations(["relu", ma.ELU(alpha=0.5), lambda x: x * ma.sigmoid(3 * x)])
    >>> [axes.get_title() for axes in figure.axes]
    ['relu', 'ELU\n(alpha=0.5)', '<lambda>']
    """
    functions = elementwise() if functions is None else functions
    chosen = functions if isinstance(functions, Sequence) and not isinstance(functions, str) else [functions]
    if not chosen:
        raise ValueError("draw_activations: there is nothing to draw, no function is given")
    if not (math.isfinite(high - low) and low < high):
        raise ValueError(f"draw_activations: low must be less than high, got {low:g} and {high:g}")
    x = np.linspace(low, high, _POINTS)
    columns = min(_COLUMNS, len(chosen))
    rows = math.ceil(len(chosen) / columns)
    with sheet(max(9.0, _WIDTH * columns), max(5.0, 2.6 * rows), title=title, path=path) as figure:
        panels = [figure.add_subplot(rows, columns, number + 1) for number in range(len(chosen))]
        kinked = [_plot(*panel, x) for panel in zip(panels, chosen, strict=True)]
        for axes in panels[-columns:]:
            axes.set_xlabel("x")
        legend_below(figure, _legend(any(kinked)))
    return figure


def _callable(function: Function) -> Callable[[Any], Any]:
    result: Any = activation(function) if isinstance(function, (str, type)) else function
    if not callable(result):
        raise TypeError(f"draw_activations: needs names, modules or functions, got {function!r}")
    return result  # type: ignore[no-any-return]


def _name(function: Function) -> str:
    if isinstance(function, Module):
        return repr(function).removesuffix("()")
    return function if isinstance(function, str) else getattr(function, "__name__", repr(function))


def derivative(function: Callable[[Any], Any], x: Floats) -> tuple[Floats, Floats]:
    """An elementwise function and its derivative at each element of ``x``."""
    argument = Value(x)
    with np.errstate(all="ignore"):  # outside the domain, as of log, no line is drawn
        y = function(argument)
        (slope,) = gradients(y, [argument], gradient=np.ones_like(x))
    y = y.numpy()
    return y, np.where(np.isfinite(y), slope, np.nan)


def kinks(function: Callable[[Any], Any], x: Floats) -> list[float]:
    """The points between the first and the last of the ascending ``x`` at which the derivative jumps.

    Each interval in which the derivative changes is halved, keeping the half with the larger change, until its ends
    are neighbouring numbers; a change that is left then is a jump.
    """
    slope = derivative(function, x)[1]
    span = float(np.nanmax(slope) - np.nanmin(slope))
    left, right, below, above = x[:-1], x[1:], slope[:-1], slope[1:]
    for _ in range(60):
        steep = np.abs(above - below) > _JUMP * span
        left, right, below, above = (array[steep] for array in (left, right, below, above))
        if not left.size:
            return []
        middle = (left + right) / 2
        between = derivative(function, middle)[1]
        first = np.abs(between - below) >= np.abs(above - between)
        right, above = np.where(first, middle, right), np.where(first, between, above)
        left, below = np.where(first, left, middle), np.where(first, below, between)
    return sorted({float(place) for place in np.round((left + right) / 2, 9) + 0.0})


def _plot(axes: Axes, given: Function, x: Floats) -> bool:
    """Fill a panel; return whether the function has a kink."""
    function, name = _callable(given), _name(given)
    _check_elementwise(function, name, x)
    y, slope = derivative(function, x)
    breaks = kinks(function, x)
    axes.set_title("\n".join(shortened(line, _TITLE, 16) for line in name.replace("(", "\n(", 1).split("\n")))
    axes.set(xlim=(x[0], x[-1]), ylim=_limits(np.concatenate([y, slope])))
    axes.locator_params(axis="x", nbins=4, integer=True)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.plot(x, y, color=BLUE)
    for part in np.split(x, np.searchsorted(x, breaks)):  # the derivative is not joined up across a jump
        inner = part[~np.isin(part, breaks)]
        axes.plot(inner, derivative(function, inner)[1], color=VERMILLION, linestyle="--")
    for place in breaks:
        axes.axvline(place, color=GREY, linestyle=":", linewidth=2)
        near = 1e-7 * max(1.0, abs(place))
        sides = derivative(function, np.array([place - near, place + near]))[1]
        axes.plot([place, place], sides, "o", color=VERMILLION, markerfacecolor="white", clip_on=False)
        axes.plot([place], derivative(function, np.array([place]))[1], "o", color=VERMILLION, markersize=6)
    return bool(breaks)


def _check_elementwise(function: Callable[[Any], Any], name: str, x: Floats) -> None:
    with np.errstate(all="ignore"):
        together, alone = function(Value(x)), function(Value(x[1:2]))
    if not isinstance(together, Value):
        raise ValueError(f"draw_activations: {name} has no derivative, it gives no Value")
    if not np.isfinite(together.data).any():
        raise ValueError(f"draw_activations: {name} is nowhere finite between {x[0]:g} and {x[-1]:g}")
    if np.shape(together) != x.shape or not np.allclose(alone.numpy(), together.numpy()[1:2], equal_nan=True):
        raise ValueError(f"draw_activations: {name} is not a function of one number, applied to each element")


def _limits(numbers: Floats) -> tuple[float, float]:
    """The limits of the y axis: around all the numbers, or around most of them if a few are far off, as near a pole."""
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return -1.0, 1.0
    low, high = finite.min(), finite.max()
    below, above = np.quantile(finite, [0.02, 0.98])
    if high - low > 4 * (above - below) > 0:
        low, high = below, above
    margin = 0.06 * (high - low) or 1.0
    return float(low - margin), float(high + margin)


def _legend(kinked: bool) -> list[Any]:
    from matplotlib.lines import Line2D

    curves = [
        Line2D([], [], color=BLUE, label="f(x)"),
        Line2D([], [], color=VERMILLION, linestyle="--", label="derivative f′(x)"),
    ]
    if not kinked:
        return curves
    return [
        *curves,
        Line2D([], [], color=GREY, linestyle=":", linewidth=2, label="kink"),
        Line2D([], [], color=VERMILLION, linestyle="", marker="o", markerfacecolor="white", label="f′ on either side"),
        Line2D([], [], color=VERMILLION, linestyle="", marker="o", markersize=6, label="f′ taken at the kink"),
    ]
