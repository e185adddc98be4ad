"""How a row, or a composition of rows, enters the table, and leaves it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from microae.core import methods
from microae.core.operation import FACTS, FUNCTIONS, NUMPY, TABLE, Facts, Operation


def operation(
    *numpy_functions: Any, symbol: str | None = None, name: str | None = None, **facts: Any
) -> Callable[[Callable[..., Any]], Operation]:
    """Add a row to the table; your own operation is made in the same way as the library's.

    Used as ``@ma.operation`` or, with what is known about it, as ``@ma.operation(symbol="x³")``.

    Parameters
    ----------
    *numpy_functions
        The NumPy functions that this row answers when an argument is a Value.
    symbol, name : str
        How it is written in pictures; its name in the table (by default the function's own).
    **facts
        What else is known about it, see :class:`Facts`: ``method``, ``activation``, ``kinks``, ``notation``, ...

    Returns
    -------
    Operation or callable
        The row, which then needs its ``vjps``; with parentheses, the decorator of the forward function that makes it.

    Raises
    ------
    ValueError
        If the table already has a row of that name.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> @ma.operation(symbol="x³")
    ... def cube(x):
    ...     return x * x * x
    >>> cube.vjps = (lambda g, out, x: g * 3 * x**2,)
    >>> x = ma.Value(2.0)
    >>> ma.gradients(x.cube(), [x])
    [12.0]
    >>> ma.operations.remove("cube")
    """

    def register(forward: Callable[..., Any]) -> Operation:
        own = name or forward.__name__
        if own in TABLE and _is_written_again(TABLE[own].forward, forward):
            remove(own)
        if own in TABLE:
            raise ValueError(f"the table already has an operation {own!r}; give yours another name=")
        row = Operation(forward, own, Facts(symbol=symbol or own, **facts))
        _publish(own, row, row.facts, numpy_functions)
        TABLE[own] = row
        return row

    if len(numpy_functions) == 1 and _is_forward(numpy_functions[0]):  # @ma.operation, without parentheses
        forward, numpy_functions = numpy_functions[0], ()
        return register(forward)
    return register


def _is_forward(f: Any) -> bool:
    """Whether it is somebody's own function, not one of NumPy's that is to be answered."""
    return isinstance(f, FunctionType) and f.__module__.partition(".")[0] != "numpy"


def function(
    *numpy_functions: Any, symbol: str | None = None, **facts: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a composition of rows public, with the facts known about it; it answers the NumPy functions given.

    Parameters
    ----------
    *numpy_functions
        Those that it answers when an argument is a Value.
    symbol : str, optional
        How it is written in pictures, by default its name.
    **facts
        See :class:`Facts`.

    Returns
    -------
    callable
        The decorator, which leaves the function as it is; it raises a ValueError if the name is taken.

    Examples
    --------
    >>> import microae as ma
    >>> @ma.operations.function()
    ... def doubled(x):
    ...     return x + x
    >>> ma.Value(1.5).doubled().item()
    3.0
    >>> ma.operations.remove("doubled")
    """

    def register(composition: Callable[..., Any]) -> Callable[..., Any]:
        own = composition.__name__
        _publish(own, composition, Facts(symbol=symbol or own, **facts), numpy_functions)
        return composition

    return register


def numpys(*names: str) -> list[Any]:
    """NumPy's functions of these names, as far as the NumPy that is there has them."""
    return [getattr(np, name) for name in names if hasattr(np, name)]


def _publish(name: str, function: Callable[..., Any], facts: Facts, numpy_functions: Sequence[Any]) -> None:
    known, row = FUNCTIONS.get(name), TABLE.get(name)  # a composition may stand before a private row of its name
    if known is not None and not (row is known and row.forward.__name__.startswith("_")):
        raise ValueError(f"there is a function {name!r} already; give yours another name")
    if facts.activation and any(FACTS[f].activation == facts.activation for f in FUNCTIONS.values()):
        raise ValueError(f"{name}: there is an activation module {facts.activation!r} already; give yours another name")
    FUNCTIONS[name] = function
    FACTS[function] = facts
    for numpy_function in numpy_functions:
        NUMPY[numpy_function] = function
    if facts.method:
        methods.attach(name, function)


def add_aliases() -> None:
    """Give functions the other names that NumPy has for them: ``abs`` of ``absolute``, ``mod`` of ``remainder``."""
    for name, known in vars(np).items():
        function = NUMPY.get(known) if callable(known) else None
        if function is not None and name not in FUNCTIONS:
            FUNCTIONS[name] = function
            if FACTS[function].method:
                methods.attach(name, function)


def _is_written_again(old: Callable[..., Any], new: Callable[..., Any]) -> bool:
    """Whether a notebook's cell, or a line at the prompt, was run once more."""
    return old.__module__ == new.__module__ == "__main__" and old.__qualname__ == new.__qualname__


def remove(name: str) -> None:
    """Take a function or a row out of the table again, and all that was derived from it.

    Parameters
    ----------
    name : str
        If there is none of that name, nothing happens.

    Examples
    --------
    >>> import microae as ma
    >>> @ma.operations.function()
    ... def doubled(x):
    ...     return x + x
    >>> ma.operations.remove("doubled")
    >>> hasattr(ma, "doubled")
    False
    """
    gone = {f for f in (TABLE.pop(name, None), FUNCTIONS.pop(name, None)) if f is not None}
    for f in gone:
        FACTS.pop(f, None)
    for numpy_function in [key for key, f in NUMPY.items() if f in gone]:
        del NUMPY[numpy_function]
    methods.detach(name)
