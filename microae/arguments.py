"""What many functions ask of a number that they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def not_negative(user: str, what: str, number: Any) -> float:
    """A finite number of at least 0, or a ``ValueError`` that says whose it is."""
    if not (is_real(number) and math.isfinite(number) and number >= 0):
        raise ValueError(f"{user}: {what} must be a finite number, not negative, got {number!r}")
    return float(number)


def positive(user: str, what: str, number: Any) -> float:
    """A finite number above 0, or a ``ValueError`` that says whose it is."""
    if not (is_real(number) and math.isfinite(number) and number > 0):
        raise ValueError(f"{user}: {what} must be a finite number above 0, got {number!r}")
    return float(number)


def share(user: str, what: str, number: Any) -> float:
    """A number of at least 0 and less than 1, or a ``ValueError`` that says whose it is."""
    if not (is_real(number) and 0 <= number < 1):
        raise ValueError(f"{user}: {what} must be at least 0 and less than 1, got {number!r}")
    return float(number)


def by_name(known: Mapping[str, T], name: str) -> T | None:
    """What a registry has by a name, or, if nothing, by the name in small letters: "Adam" is "adam"."""
    return known.get(name, known.get(name.lower()))


def is_real(number: Any) -> bool:
    return isinstance(number, (int, float, np.integer, np.floating)) and not isinstance(number, bool)


def flag(user: str, what: str, given: Any) -> bool:
    """``True`` or ``False``, or a ``ValueError`` that says whose it is."""
    if not isinstance(given, (bool, np.bool_)):
        raise ValueError(f"{user}: {what} must be True or False, got {given!r}")
    return bool(given)


def widths(user: str, layers: Any) -> tuple[int, ...]:
    """The widths of a network's layers, two or more whole numbers of at least 1, or a ``ValueError``."""
    try:
        known = tuple(int(n) for n in layers)
        whole = all(n == given for n, given in zip(known, layers, strict=True))
    except (TypeError, ValueError, OverflowError):
        known, whole = (), False
    if not whole or len(known) < 2 or any(n < 1 for n in known):
        raise ValueError(f"{user}: layers must be two or more positive whole numbers such as [3, 4, 3], got {layers!r}")
    return known


def precision(user: str, dtype: Any) -> np.dtype[Any]:
    """float64 or float32, or a ``TypeError`` that says whose it is."""
    known: np.dtype[Any] | None = None
    with suppress(TypeError):
        known = np.dtype(dtype)
    if known is None or known not in (np.dtype(np.float64), np.dtype(np.float32)):  # dtype == None is that of float64
        raise TypeError(f"{user}: dtype must be float64 or float32, got {dtype!r}")
    return known


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


def refuse_masked(user: str, data: Any) -> None:
    """Raise ``TypeError`` for a masked array, or a list of some, naming whose it is."""
    if is_masked(data):
        raise TypeError(f"{user}: masked arrays would lose their mask; fill it first, with data.filled(...)")


def count(user: str, what: str, number: Any, least: int = 1) -> int:
    """``number`` as an int, if it is a whole number of at least 1, or of ``least``.

    Parameters
    ----------
    user, what : str
        The function and its parameter, for the message.
    number, least : int

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
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        raise ValueError(f"{user}: {what} must be a whole number of at least {least}, got {number!r}")
    return int(number)
