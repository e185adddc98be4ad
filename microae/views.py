"""Views: pictures and pages of a step, a graph or a history.

The classes that hold the data stand below the package that draws and must not import it. So they ask for a view by its
name, and ``microae/__init__.py`` registers the functions that make the views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MAKERS: dict[str, Callable[..., Any]] = {}


def register(**makers: Callable[..., Any]) -> None:
    """Register the functions that make views.

    Parameters
    ----------
    **makers : callable
        The name of each view and the function that makes it; a name registered before is replaced.

    Examples
    --------
    >>> from microae import views
    >>> views.register(length=len)
    >>> views.maker("length")("abc")
    3
    """
    _MAKERS.update(makers)


def maker(name: str) -> Callable[..., Any]:
    """The function that makes a view.

    Parameters
    ----------
    name : str
        Such as "draw", "player" or "walk".

    Returns
    -------
    callable

    Raises
    ------
    KeyError
        If no function is registered under that name.

    Examples
    --------
    >>> from microae import views
    >>> views.register(length=len)
    >>> views.maker("length")([1, 2, 3])
    3
    """
    return _MAKERS[name]
