"""What many functions ask of a number that they are given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def not_negative(user: str, what: str, number: Any) -> float:
    """A finite number of at least 0, or a ``ValueError`` that says whose it is."""
    if not (isinstance(number, (int, float, np.number)) and math.isfinite(number) and number >= 0):
        raise ValueError(f"{user}: {what} must be a finite number, not negative, got {number!r}")
    return float(number)


_NUMBERS = frozenset((float, int, bool))


def is_masked(data: Any) -> bool:
    """Whether data are a masked array, or a list that has one in it, whose mask NumPy would drop without a word.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.arguments import is_masked
    >>> is_masked([[1.0, 2.0], np.ma.array([3.0, 4.0], mask=[True, False])]), is_masked([[1.0, 2.0]])
    (True, False)
    """
    if isinstance(data, (list, tuple)):
        return not _NUMBERS.issuperset(map(type, data)) and any(map(is_masked, data))
    return isinstance(data, np.ma.MaskedArray)


def count(user: str, what: str, number: Any) -> int:
    """``number`` as an int, if it is a whole number of at least 1.

    Parameters
    ----------
    user, what : str
        The function and its parameter, for the message.
    number : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is something else, also ``True``.

    Examples
    --------
    >>> from microae.arguments import count
    >>> count("fit", "epochs", 0)
    Traceback (most recent call last):
        ...
    ValueError: fit: epochs must be a whole number of at least 1, got 0
    """
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
        raise ValueError(f"{user}: {what} must be a whole number of at least 1, got {number!r}")
    return int(number)
