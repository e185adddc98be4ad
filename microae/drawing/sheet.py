"""What all figures share: an empty figure, its legend and ticks, and its file. Only here Matplotlib is imported.

All figures take the data first, then options by name: ``title`` is written above, ``path`` is the file to write, if
any. Each returns the figure, which shows itself in a notebook and has ``save(path)``.
"""

from __future__ import annotations

import math
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from microae.drawing.words import printable
from microae.extras import needed

if TYPE_CHECKING:
    from matplotlib.axis import Axis

    from microae.drawing.figure import Figure

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_HANDLE = 1.0  # inches that the line beside a name takes, with the space around it


def require_matplotlib() -> None:
    """Raise a ``ModuleNotFoundError`` that names the extra, if Matplotlib is not installed."""
    with needed("matplotlib", "this picture", "'microae[plots]'"):
        import matplotlib.figure  # noqa: F401


@contextmanager
def sheet(
    width: float,
    height: float,
    *,
    title: str = "",
    path: str | os.PathLike[str] | None = None,
    layout: Any = "constrained",
) -> Iterator[Figure]:
    """An empty figure to draw on in a ``with`` block; if the block raises nothing, it is written to ``path``.

    Parameters
    ----------
    width, height : float
        In inches; a slide is 13.3 by 7.5.
    title : str
        A text above the picture; the figure grows by its height.
    path : path, optional
        A .png, .svg or .pdf file.
    layout : str or None
        Matplotlib's layout engine.

    Yields
    ------
    Figure

    Raises
    ------
    ModuleNotFoundError
        If Matplotlib is not installed; it comes with the extra ``microae[plots]``.
    ValueError
        If ``path`` has another suffix.

    Examples
    --------
    >>> from microae.drawing.sheet import sheet
    >>> with sheet(8, 5, title="A line") as figure:
    ...     _ = figure.add_subplot().plot([1, 2])
    >>> figure.get_suptitle()
    'A line'
    """
    require_matplotlib()
    from microae.drawing.figure import LOOK, Figure, check_format, look

    if path is not None:
        check_format(path)
    with look():
        figure = Figure(figsize=(width, height), layout=layout)
        if title:
            lines = wrapped(printable(title[:400]), width - 0.5, LOOK["figure.titlesize"])
            figure.suptitle(lines)
            figure.set_figheight(height + 0.35 * len(lines.split("\n")))
        yield figure
        figure.settle()
    if path is not None:
        figure.save(path)


def legend_below(figure: Figure, handles: Sequence[Any], markerscale: float = 1.0) -> None:
    """Add a legend below the axes, in as many columns as fit; the figure grows by its height."""
    width = figure.get_figwidth()
    labels = [shortened(str(handle.get_label()), width - 2 * _HANDLE) for handle in handles]
    fitting = int(width / (max(text_width(label) for label in labels) + _HANDLE))
    rows = math.ceil(len(handles) / fitting)
    figure.set_figheight(figure.get_figheight() + 0.3 * rows)
    columns = math.ceil(len(handles) / rows)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, markerscale=markerscale)


def text_width(text: str, size: float = 14.0) -> float:
    """The width of a line of text in inches; ``size`` in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def shortened(text: str, width: float, size: float = 14.0) -> str:
    """The text, or its beginning and "…", so that it fits into a width in inches.

    Examples
    --------
    >>> from microae.drawing.sheet import shortened
    >>> shortened("a name", 1.0), shortened("a name that is too long", 1.0)
    ('a name', 'a name …')
    """
    if text_width(text, size) <= width:
        return text
    too_long = bisect_right(range(len(text)), width, key=lambda end: text_width(text[:end] + "…", size))
    return text[: max(0, too_long - 1)] + "…"


def wrapped(text: str, width: float, size: float) -> str:
    """The text broken between words into lines that fit into a width in inches."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if text_width(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(shortened(line, width, size) for line in lines)


def logarithmic_ticks(axis: Axis, low: float, high: float) -> None:
    """Put readable ticks such as 0.02, 5 and 10⁻⁶ on a logarithmic axis, enough for its range."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    decades = math.log10(high / low)
    digits = (1.0,) if decades > 3.3 else (1.0, 2.0, 5.0) if decades > 0.7 else tuple(range(1, 10))
    axis.set_major_locator(LogLocator(subs=digits, numticks=12))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda number, place: written(number)))


def written(number: float) -> str:
    """The label of a positive number on a logarithmic axis."""
    if 1e-3 <= number < 1e4:
        return f"{number:g}"
    exponent = math.floor(math.log10(number) + 1e-9)
    power = "10" + str(exponent).translate(_SUPERSCRIPTS)
    digit = round(number / 10**exponent, 6)
    return power if digit == 1 else f"{digit:g}·{power}"
