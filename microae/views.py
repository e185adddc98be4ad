"""Views: pictures and pages of a step, a graph or a history, made by rooms above those that hold the data.

A lower room asks for a view by its name; the top of the library says who makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MAKERS: dict[str, Callable[..., Any]] = {}


def register(**makers: Callable[..., Any]) -> None:
    """Say who makes a view, by its name."""
    _MAKERS.update(makers)


def maker(name: str) -> Callable[..., Any]:
    """The function that makes a view.

    Examples
    --------
    >>> from microae import views
    >>> views.register(length=len)
    >>> views.maker("length")([1, 2, 3])
    3
    """
    return _MAKERS[name]
