"""Matplotlib figures with one style, wherever they are rendered; imported only when something is drawn.

Pyplot and its state are not used, so figures can be made without a display, in threads and in notebooks.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.figure
import matplotlib.style

from microae.data.files import replacing
from microae.drawing.pixels import compact

DPI = 160
LOOK: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same letters on every machine
    "font.size": 14,
    "axes.titlesize": 16,
    "axes.titlepad": 9,
    "axes.labelsize": 16,
    "xtick.major.pad": 8,
    "figure.titlesize": 18,
    "axes.linewidth": 1.2,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.w_pad": 0.12,
    "legend.frameon": False,
    "lines.linewidth": 2.5,
    "lines.markersize": 8,
    "text.parse_math": False,  # a name with two dollars is no formula
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "microae",
    "pdf.fonttype": 42,
}
_DATELESS: dict[str, dict[str, Any]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
_SHOWN = 960  # pixels, the widest that a figure is shown in a notebook
_lock = threading.RLock()


@contextmanager
def look() -> Iterator[None]:
    """Use Matplotlib's defaults and the style ``LOOK`` in a ``with`` block, in one thread at a time."""
    with _lock, matplotlib.style.context(["default", LOOK]):
        yield


def check_format(path: str | os.PathLike[str]) -> None:
    """Raise a ``ValueError`` if the suffix of ``path`` is not a format of figures."""
    path = Path(path)
    if path.suffix.lower() not in _DATELESS:
        raise ValueError(f"{path.name}: a figure is written as {', '.join(_DATELESS)}")


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that keeps its style wherever it is rendered, and shows itself in a notebook.

    Examples
    --------
    >>> from microae.drawing import draw_losses
    >>> type(draw_losses([0.7, 0.5])).__name__
    'Figure'
    """

    def draw(self, renderer: Any) -> None:
        with look():
            super().draw(renderer)

    def settle(self) -> None:
        """Fix the layout now, because Matplotlib would change it a little with each rendering."""
        if self.get_layout_engine() is not None:
            self.draw_without_rendering()
            self.set_layout_engine("none")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the figure to a file; the same figure gives the same bytes, and an error no partly written file.

        Parameters
        ----------
        path : path
            A .png, .svg or .pdf file.

        Raises
        ------
        ValueError
            If the suffix is none of these.
        OSError
            If the file cannot be written.
        """
        check_format(path)
        with look(), replacing(path) as temporary:
            self.savefig(temporary, dpi=DPI, metadata=_DATELESS[temporary.suffix.lower()])

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        png = io.BytesIO()
        self.savefig(png, format="png", dpi=DPI)
        return compact(png.getvalue(), 256), {"width": min(_SHOWN, round(96 * self.get_figwidth()))}
