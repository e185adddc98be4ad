"""The sections that many docstrings of the table share, written once.

A row of one of the families below says in its docstring what it computes and shows an example; parameters and returns
are the same for the whole family and are put between the two here, so that ``help`` has them and the table stays flat.
A docstring that has its own ``Parameters`` is left as it is.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

_ELEMENTWISE = """Parameters
----------
{0} : array_like or Value, any shape{1}

Returns
-------
Value
    Of {2}; a plain array if no argument is a Value."""

_REDUCTION = """Parameters
----------
a : array_like or Value, any shape
axis : int or tuple of int, optional
    The axes to reduce; by default all of them.
keepdims : bool
    Whether the reduced axes stay, with length 1.

Returns
-------
Value
    Of the shape of ``a`` without the reduced axes; a plain array if ``a`` is one."""

_CUT = """Parameters
----------
ary : array_like or Value
indices_or_sections : int or sequence of int
    Into how many equal sections, or the indices at which to cut.

Returns
-------
list of Value
    Plain arrays if ``ary`` is one."""

_JOINED = """Parameters
----------
tup : sequence of array_like or Value

Returns
-------
Value
    A plain array if none of them is a Value."""

FAMILIES: dict[tuple[str, ...], str] = {
    ("x",): _ELEMENTWISE.format("x", "", "the shape of ``x``"),
    ("x", "y"): _ELEMENTWISE.format("x, y", "; the two are broadcast", "the broadcast shape"),
    ("y", "x"): _ELEMENTWISE.format("y, x", "; the two are broadcast", "the broadcast shape"),
    ("a", "axis", "keepdims"): _REDUCTION,
    ("ary", "indices_or_sections"): _CUT,
    ("tup",): _JOINED,
}
"""Parameters and returns of functions that are alike in them, by the names of the parameters."""


def complete(functions: Iterable[Callable[..., Any]]) -> None:
    """Give the docstrings of the families' functions the sections that they share."""
    for function in functions:
        shared, text = FAMILIES.get(_parameters(function)), function.__doc__
        if shared and text and "Parameters\n" not in text:
            summary, *sections = re.split(r"^(?=[A-Z][a-z]+\n-+$)", inspect.cleandoc(text), flags=re.MULTILINE)
            function.__doc__ = "\n\n".join([summary.rstrip(), shared, "".join(sections)]).rstrip()


def _parameters(function: Any) -> tuple[str, ...]:
    """The names of the parameters of a row or a composition; quicker than a signature."""
    code = getattr(function, "__wrapped__", function).__code__
    return tuple(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
