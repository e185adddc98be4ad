"""Pictures: a recorded step, and the usual figures of a training.

Each function takes a model or data, and then options by name: ``title=`` is written above the picture, ``path=`` is a
file to write. It returns a figure, which shows itself in a notebook and has ``save(path)``. The rest of the library
imports nothing of this until a picture is asked for.

A figure is registered where it is written, in a module of this room, and exported from here; no list is to be extended.
"""

from importlib import import_module as _import_module
from pkgutil import iter_modules as _iter_modules
from typing import Any as _Any

from microae.drawing.images import Group, draw_images
from microae.drawing.network import network_source
from microae.drawing.registry import FIGURES
from microae.drawing.rendering import render
from microae.drawing.step import draw

for _module in _iter_modules(__path__):
    if _module.name != "figure":  # which needs Matplotlib: it is imported when something is drawn
        _import_module(f"{__name__}.{_module.name}")


def __getattr__(name: str) -> _Any:
    """The functions of the registered figures."""
    for known in FIGURES.values():
        if known.function.__name__ == name:
            return known.function
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Group",
    "draw",
    "draw_images",
    "network_source",
    "render",
    *(known.function.__name__ for known in FIGURES.values()),
]
