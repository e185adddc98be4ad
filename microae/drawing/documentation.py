"""The parts that the docstrings of all figures share, written once.

A parameter that means the same in every figure is described here. :func:`figure_docstring` adds it to the docstring of
a figure that does not describe it itself, with what is returned and raised, so that ``help`` shows all of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

PARAMETERS = {
    "model": "model : {kind}\n    It is not changed, and is evaluated without noise and dropout.",
    "data": "data : array_like (N, features)\n    The samples, one a row.",
    "target": "target : array_like (N, ...), optional\n    What the outputs should be, by default the data themselves.",
    "loss": (
        "loss : callable or str, optional\n    ``loss(prediction, target)``, a scalar Value, or its name; by default "
        "the model's own."
    ),
    "title": "title : str\n    A text above the picture.",
    "path": "path : path, optional\n    A .png, .svg or .pdf file to write.",
}
"""Descriptions by the name of the parameter; ``{kind}`` is its annotation."""

RETURNS = "Figure\n    It shows itself in a notebook; ``save(path)`` writes it to a file."

RAISES = "ModuleNotFoundError\n    If Matplotlib is not installed: ``pip install 'microae[plots]'``."


def figure_docstring(function: Function) -> Function:
    """Complete the docstring of a function that draws a figure, as a decorator.

    Parameters
    ----------
    function : callable
        Its docstring describes every parameter that is not in ``PARAMETERS``.

    Returns
    -------
    callable
        The function itself.

    Raises
    ------
    KeyError
        If a parameter is described nowhere.

    Examples
    --------
    >>> from microae.drawing.documentation import figure_docstring
    >>> @figure_docstring
    ... def draw_line(slope, *, title=""):
    ...     '''Draw a line.
    ...
    ...     Parameters
    ...     ----------
    ...     slope : float
    ...         How steep it is.
    ...     '''
    >>> print(draw_line.__doc__.partition("Returns")[0].rstrip())
    Draw a line.
    <BLANKLINE>
    Parameters
    ----------
    slope : float
        How steep it is.
    title : str
        A text above the picture.
    """
    if function.__doc__ is None:  # python -OO
        return function
    summary, *sections = re.split(r"^(?=[A-Z][a-z]+\n-+$)", inspect.cleandoc(function.__doc__), flags=re.MULTILINE)
    bodies = {section.split("\n")[0]: section.split("\n", 2)[2].rstrip() for section in sections}
    own: dict[str, str] = {}
    for entry in filter(None, re.split(r"\n(?=\S)", bodies.get("Parameters", ""))):
        own |= dict.fromkeys(entry.split(" : ")[0].split(", "), entry)
    described = [
        own.get(name) or PARAMETERS[name].format(kind=parameter.annotation)
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    bodies["Parameters"] = "\n".join(dict.fromkeys(described))  # an entry may describe two parameters
    bodies["Returns"] = RETURNS
    bodies["Raises"] = "\n".join(filter(None, [bodies.get("Raises"), RAISES]))
    order = ["Parameters", "Returns", "Raises", *(title for title in bodies if title in ("Notes", "Examples"))]
    parts = [f"{title}\n{'-' * len(title)}\n{bodies[title]}" for title in order]
    function.__doc__ = "\n\n".join([summary.rstrip(), *parts]) + "\n"
    return function
