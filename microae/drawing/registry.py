"""The registry of figures: those in it are exported by :mod:`microae.drawing` and drawn by ``microae draw``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True)
class KnownFigure:
    """What is known of a registered figure.

    Attributes
    ----------
    name : str
        What ``microae draw`` calls it, such as "gradient-flow".
    function : callable
        ``function(model)`` or ``function(model, data)``, the latter perhaps with ``labels``; and with the options
        ``title`` and ``path``. It returns the figure.
    description : str
        A sentence for the help of the command line.
    title : str
        What ``microae draw`` writes above it, with ``{model}`` and ``{data}`` for their names; by default the
        function's own title.
    suffixes : tuple of str
        The files that it is written as, the usual one first.
    """

    name: str
    function: Callable[..., Any]
    description: str
    title: str = ""
    suffixes: tuple[str, ...] = (".svg", ".png", ".pdf")


FIGURES: dict[str, KnownFigure] = {}
"""Every registered figure by its name."""

Function = TypeVar("Function", bound=Callable[..., Any])


def figure(name: str, description: str, **facts: Any) -> Callable[[Function], Function]:
    """A decorator that registers a function as a figure; the function stays as it is.

    Parameters
    ----------
    name, description
        See :class:`KnownFigure`.
    **facts
        The others of :class:`KnownFigure`.

    Raises
    ------
    ValueError
        If the name is taken.

    Examples
    --------
    >>> from microae import drawing
    >>> from microae.drawing.registry import FIGURES, figure
    >>> from microae.drawing.sheet import sheet
    >>> @figure("sizes", "How many numbers each parameter has.", title="Sizes: {model}")
    ... def draw_sizes(model, *, title="", path=None):
    ...     with sheet(8, 5, title=title, path=path) as drawn:
    ...         _ = drawn.add_subplot().bar(*zip(*((name, p.size) for name, p in model.named_parameters())))
    ...     return drawn
    >>> drawing.draw_sizes is draw_sizes
    True
    >>> del FIGURES["sizes"]
    """
    if name in FIGURES:
        raise ValueError(f"a figure {name!r} is registered already: {FIGURES[name].function.__name__}")

    def register(function: Function) -> Function:
        FIGURES[name] = KnownFigure(name, function, description, **facts)
        return function

    return register
