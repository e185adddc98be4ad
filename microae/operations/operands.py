"""What the arguments of a composition are made before its rows are called."""

from __future__ import annotations

from typing import Any

from microae.core.arrays import as_data
from microae.core.operation import joined
from microae.core.value import Value


def floats(x: Any, user: str) -> Any:
    """A Value as it is, lists with Values in them as one, anything else as an array of floats.

    Parameters
    ----------
    x : array_like or Value, or lists with Values in them
    user : str
        Who asks, for messages.

    Returns
    -------
    Value or numpy.ndarray

    Examples
    --------
    >>> from microae import Value
    >>> from microae.operations.operands import floats
    >>> floats([Value(1.0), 2.0], "me"), floats([1, 2], "me")
    (Value([1., 2.], operation=concatenate), array([1., 2.]))
    """
    x = joined(x)
    return x if isinstance(x, Value) else as_data(x, user)


def numbers(x: Any) -> Any:
    """The numbers of a Value, outside the graph; anything else as it is."""
    return x.data if isinstance(x, Value) else x


def array_of(x: Any) -> Any:
    """What a forward function would get for an operand: the array of a Value; anything else as it is."""
    return x._array if isinstance(x, Value) else x
