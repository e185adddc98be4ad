"""The loss around the trained weights, in two directions through them, and the path of the gradient descent.

A network has too many weights to draw its loss over all of them, so it is drawn over a plane: either the one in which
the descent moved most (its first two principal components), or one of two random directions. In a random direction
each neuron's part is scaled to the size of that neuron's weights; otherwise the visible curvature would depend on the
scale of the weights. Both are from Li, Xu, Taylor, Studer and Goldstein (2018), Visualizing the Loss Landscape of
Neural Nets, sections 4 and 7.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from microae.core.value import Value
from microae.drawing.colours import BLACK, ORANGE
from microae.drawing.documentation import figure_docstring
from microae.drawing.measuring import loss_name, objective, principal_components, require, still
from microae.drawing.registry import figure
from microae.drawing.sheet import legend_below, logarithmic_ticks, sheet
from microae.history import History
from microae.nn.initialisers import Seed, generator
from microae.nn.module import Module
from microae.training.checkpoint import load_states

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microae.drawing.figure import Figure

Floats = NDArray[np.float64]
Directions = Literal["pca", "random"]
Descent = History | str | os.PathLike[str] | Sequence[Mapping[str, Any]]
_MARGIN = 0.25  # of the path's extent, around it
_LEVELS = 16
_STEEP = 10.0  # how many times the least loss the largest is where contours at equal ratios help


@dataclass(frozen=True)
class Landscape:
    """The loss over a plane through the trained weights, which are at (0, 0).

    Attributes
    ----------
    directions : array (2, parameters)
        The change of the weights for one unit along each axis.
    names : pair of str
        The labels of the axes.
    x, y : arrays (points,)
        Ascending.
    losses : array (points, points)
        ``losses[i, j]`` is the loss at ``(x[j], y[i])``.
    descent : array (steps, 2)
        The weights during the descent, projected on the plane; the last are the trained ones.
    """

    directions: Floats
    names: tuple[str, str]
    x: Floats
    y: Floats
    losses: Floats
    descent: Floats


@figure("landscape", "The loss around the trained weights, and the descent that led there.")
@figure_docstring
def draw_landscape(
    model: Module,
    data: Any,
    target: Any = None,
    *,
    loss: Callable[[Any, Any], Any] | str | None = None,
    descent: Descent = (),
    directions: Directions | None = None,
    seed: Seed = 0,
    points: int = 51,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the loss around a model's weights as a map with contours, and the path of the descent.

    Parameters
    ----------
    descent : History, path, or sequence of mappings
        The weights during the training: a history that was recorded, the file of ``history.trajectory.save(path)``, or
        a ``model.state_dict()`` for each step, from first to last.
    directions : "pca" or "random", optional
        See :mod:`microae.drawing.landscape`; by default "pca" if there is a descent of three steps or more.
    seed : int, numpy.random.Generator or None
        Of the random directions.
    points : int
        The number of points along each axis; the loss is computed ``points²`` times.

    Raises
    ------
    ValueError
        If "pca" is asked for with fewer than three different weights, the training was not recorded, or the descent
        or the data do not fit the model.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing import draw_landscape
    >>> x = [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]]
    >>> net = ma.Autoencoder([3, 2, 3], seed=0)
    >>> history = ma.fit(net, x, ma.SGD(net.parameters(), lr=0.5), epochs=100, batch_size=4, progress=False)
    >>> figure = draw_landscape(net, x, descent=history, points=5)
    >>> figure.axes[0].get_xlabel()
    'principal direction 1 (87 % of the variance)'
    """
    land = landscape(model, data, target, loss=loss, descent=descent, directions=directions, seed=seed, points=points)
    with sheet(10, 7, title=title, path=path) as figure:
        axes = figure.add_subplot(xlabel=land.names[0], ylabel=land.names[1])
        axes.grid(False)
        _map(figure, axes, land, loss_name(model, loss))
        legend_below(figure, _path(axes, land.descent))
    return figure


def landscape(
    model: Module,
    data: Any,
    target: Any = None,
    *,
    loss: Callable[[Any, Any], Any] | str | None = None,
    descent: Descent = (),
    directions: Directions | None = None,
    seed: Seed = 0,
    points: int = 51,
) -> Landscape:
    """Compute the loss that :func:`draw_landscape` draws; the parameters are the same."""
    if points < 2:
        raise ValueError(f"landscape: points must be at least 2, got {points!r}")
    require(model, Module, "draw_landscape")
    model = still(model)
    measured = objective(model, data, target, loss)
    centre = _vector(model)
    steps = np.array([*_steps(model, descent), centre]) - centre
    if len(steps) > 1 and not steps[-2].any():  # the descent ends in the trained weights
        steps = steps[:-1]
    chosen = directions or ("pca" if _different(steps) > 2 else "random")
    if chosen == "pca":
        plane, names = _principal(steps)
    elif chosen == "random":
        plane, names = _random(model, seed)
    else:
        raise ValueError(f"landscape: directions must be 'pca' or 'random', got {directions!r}")
    way = steps @ np.linalg.pinv(plane)
    x, y = _axes(way, points) if chosen == "pca" else (_around(way, points),) * 2
    losses, parameters = np.empty((points, points)), model.parameters()
    # Not in no_grad(): binary cross-entropy reads the sigmoid's input from the graph, which keeps it finite.
    with np.errstate(all="ignore"):
        for i, j in np.ndindex(losses.shape):
            _set(parameters, centre + x[j] * plane[0] + y[i] * plane[1])
            losses[i, j] = measured().item()
    return Landscape(plane, names, x, y, losses, way)


# --- weights as vectors ------------------------------------------------------------------------------------------


def _vector(model: Module) -> Floats:
    return np.concatenate([p.numpy().ravel() for p in model.parameters()]).astype(np.float64)


def _set(parameters: Sequence[Value], vector: Floats) -> None:
    start = 0
    for p in parameters:
        p.data = vector[start : start + p.size].reshape(p.shape).astype(p.dtype)
        start += p.size


def _steps(model: Module, descent: Descent) -> list[Floats]:
    """The weights of a descent as vectors; read through a copy, which checks that they fit."""
    if isinstance(descent, History):
        trajectory = descent.recorded()
        descent = [trajectory.at(epoch) for epoch in trajectory.epochs]
    elif isinstance(descent, (str, os.PathLike)):
        descent = load_states(descent)
    elif not isinstance(descent, (list, tuple)):
        raise TypeError(
            "landscape: the descent must be a History, the file of a trajectory, or a list of what model.state_dict() "
            f"gave, not {type(descent).__name__}"
        )
    reader, vectors = still(model), []
    for number, state in enumerate(descent):
        try:
            reader.load_state_dict(state)
        except (KeyError, ValueError) as error:
            raise ValueError(f"landscape: step {number} of the descent does not fit; {error.args[0]}") from error
        vectors.append(_vector(reader))
    return vectors


# --- the plane ---------------------------------------------------------------------------------------------------


def _different(steps: Floats) -> int:
    return len({step.tobytes() for step in steps})


def _principal(steps: Floats) -> tuple[Floats, tuple[str, str]]:
    """The first two principal components of the weights during the descent (Li et al. 2018, section 7.2)."""
    if _different(steps) < 3 or steps.shape[1] < 2:
        raise ValueError(
            "landscape: 'pca' needs a descent of three different weights or more, and two parameters; "
            "give it as descent=[...], or choose directions='random'"
        )
    components, shares = principal_components(steps - steps.mean(axis=0))
    first, second = (
        f"principal direction {number} ({100 * share:.0f} % of the variance)"
        for number, share in enumerate(shares[:2], start=1)
    )
    return components[:2], (first, second)


def _random(model: Module, seed: Seed) -> tuple[Floats, tuple[str, str]]:
    """Two random directions, normalised for each neuron (Li et al. 2018, section 4)."""
    rng = generator(seed)
    plane = np.array([_filter_normalised(model, rng) for _ in range(2)])
    return plane, ("random direction 1 (× norm of the weights)", "random direction 2 (× norm of the weights)")


def _filter_normalised(model: Module, rng: np.random.Generator) -> Floats:
    """A normal direction; the part of each neuron, a column of a weight matrix, as long as that neuron's weights.

    Biases are left where they are, as the paper's authors do.
    """
    parts = []
    for p in model.parameters():
        d = rng.standard_normal(p.shape) if p.ndim > 1 else np.zeros(p.shape)
        lengths = np.linalg.norm(d, axis=0, keepdims=True)
        parts.append((d * (np.linalg.norm(p.numpy(), axis=0, keepdims=True) / np.where(lengths, lengths, 1.0))).ravel())
    return np.concatenate(parts)


def _axes(way: Floats, points: int) -> tuple[Floats, Floats]:
    """The points along both axes: a rectangle around the path, at least a fifth as wide as it is long."""
    low, high = way.min(axis=0), way.max(axis=0)
    middle, extent = (low + high) / 2, high - low
    half = (0.5 + _MARGIN) * np.maximum(extent, 0.2 * extent.max())
    return (
        np.linspace(middle[0] - half[0], middle[0] + half[0], points),
        np.linspace(middle[1] - half[1], middle[1] + half[1], points),
    )


def _around(way: Floats, points: int) -> Floats:
    """The points along both random directions: one unit to each side, or further if the path goes further."""
    half = max(1.0, (1 + _MARGIN) * float(np.abs(way).max()))
    return np.linspace(-half, half, points)


# --- drawing -----------------------------------------------------------------------------------------------------


def _map(figure: Figure, axes: Axes, land: Landscape, loss: str) -> None:
    from matplotlib.colors import LogNorm, PowerNorm
    from matplotlib.ticker import MaxNLocator

    losses = np.ma.masked_invalid(land.losses)
    if losses.mask.all():
        raise ValueError("landscape: the loss is nowhere finite")
    low, high = float(losses.min()), float(losses.max())
    steep = low > 0 and high > _STEEP * low
    shares = np.linspace(0, 1, _LEVELS)
    # Near the trained weights the loss is smallest and flat, so the contours are closer in value there.
    levels = low * (high / low) ** shares if steep else low + ((high - low) or 1.0) * shares**2
    norm = LogNorm(levels[0], levels[-1]) if steep else PowerNorm(0.5, levels[0], levels[-1])
    filled = axes.contourf(land.x, land.y, losses, levels, cmap="cividis", norm=norm)
    lines = axes.contour(land.x, land.y, losses, levels, colors="white", linewidths=0.8, alpha=0.7)
    bar = figure.colorbar(filled, ax=axes, label=loss, spacing="proportional")
    bar.add_lines(lines)
    if steep:
        logarithmic_ticks(bar.ax.yaxis, low, high)
    else:
        bar.locator = MaxNLocator(6)


def _path(axes: Axes, way: Floats) -> list[Any]:
    """Draw the path of the descent; return its handles for the legend."""
    handles = []
    if len(way) > 1:
        axes.plot(*way.T, color="white", linewidth=4)
        handles += axes.plot(*way.T, color=ORANGE, marker=".", markeredgecolor=BLACK, label="descent")
        handles += _mark(axes, way[0], "s", 12, "start")
    return [*handles, *_mark(axes, way[-1], "*", 22, "trained weights")]


def _mark(axes: Axes, place: Floats, marker: str, size: float, label: str) -> list[Any]:
    style = {"color": ORANGE, "markeredgecolor": BLACK, "markeredgewidth": 1.5, "markersize": size}
    return axes.plot(*place[:, None], marker, label=label, clip_on=False, **style)  # type: ignore[arg-type]
