"""Curves, such as the loss over the epochs of a training: the paper's first result figure. Drawn by Matplotlib."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from microae.drawing.colours import BLUE
from microae.files import replacing


def draw_curve(
    path: str | os.PathLike[str],
    values: Sequence[float],
    *,
    x: str = "epoch",
    y: str = "loss",
    title: str = "",
    logarithmic: bool = False,
) -> Path:
    """Write a picture of ``values`` over 1, 2, 3, ... to ``path``, whole or not at all.

    Parameters
    ----------
    path : path
        Its suffix chooses the format: .svg, .png, .pdf.
    values : sequence of float
    x, y, title : str
        What stands along the axes and above.
    logarithmic : bool
        Scale of the y axis.

    Raises
    ------
    ModuleNotFoundError
        If Matplotlib is not installed; it comes with the extra ``microae[plots]``.
    ValueError
        If there are no values.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microae.drawing import draw_curve
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     draw_curve(pathlib.Path(directory, "loss.svg"), [0.7, 0.5, 0.4]).stat().st_size > 1000
    True
    """
    if not len(values):
        raise ValueError("there is nothing to draw: no values are given")
    matplotlib, Figure = load_matplotlib()
    look = {"font.size": 16, "svg.hashsalt": "microae", "svg.fonttype": "none", "axes.linewidth": 1.2}
    path = Path(path)
    with matplotlib.rc_context(look):
        figure = Figure(figsize=(9, 5.5), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(range(1, len(values) + 1), values, color=BLUE, linewidth=2.5)
        axes.set(xlabel=x, ylabel=y, title=title, yscale="log" if logarithmic else "linear")
        if not logarithmic:
            axes.set_ylim(bottom=0)
        axes.grid(color="#DDDDDD")
        axes.spines[["top", "right"]].set_visible(False)
        with replacing(path) as temporary:
            figure.savefig(temporary, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path


def load_matplotlib() -> tuple[Any, Any]:
    """Matplotlib and its ``Figure``, imported only when something is drawn; an error names the extra."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "drawing curves needs Matplotlib: pip install 'microae[plots]'", name="matplotlib"
        ) from error
    return matplotlib, Figure
