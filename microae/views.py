"""Views: pictures and pages of a step, a graph or a history, made by rooms above those that hold the data.

A lower room asks for a view by its name. The top says who makes it, as ``"module:function"``, and that module is
imported only when its view is first asked for: ``import microae`` loads no drawing.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_MAKERS: dict[str, str] = {}


def register(**makers: str) -> None:
    """Say who makes a view: its name, and ``"module:function"``."""
    _MAKERS.update(makers)


def maker(name: str) -> Callable[..., Any]:
    """The function that makes a view.

    Examples
    --------
    >>> from microae import views
    >>> views.register(length="builtins:len")
    >>> views.maker("length")([1, 2, 3])
    3
    """
    module, function = _MAKERS[name].split(":")
    made: Callable[..., Any] = getattr(import_module(module), function)
    return made
