"""Memory for the arrays of a loop, in one piece: a large one goes back to the system when the loop ends."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

_LINE = 64
"""Bytes of a line of the cache, at the begin of which each array begins."""


def arrays(wanted: Iterable[tuple[tuple[int, ...], Any]]) -> list[Any]:
    """Arrays of these shapes and dtypes, of any numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.compiler.backends.memory import arrays
    >>> [a.shape for a in arrays([((2, 3), np.dtype(float)), ((), np.dtype(bool))])]
    [(2, 3), ()]
    """
    wanted, places, end = list(wanted), [], _LINE
    for shape, dtype in wanted:
        places.append(end)
        end += -(-math.prod(shape) * dtype.itemsize // _LINE) * _LINE
    if not wanted:
        return []
    piece = np.empty(end, np.uint8)
    shift = piece.ctypes.data % _LINE
    return [
        np.ndarray(shape, dtype, piece, place - shift) for (shape, dtype), place in zip(wanted, places, strict=True)
    ]
