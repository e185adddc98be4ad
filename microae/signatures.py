"""The parameters of functions; also of those of NumPy's in C, which NumPy before 2.4 does not tell."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np


def _concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> None: ...
def _dot(a: Any, b: Any, out: Any = None) -> None: ...
def _where(condition: Any, x: Any = None, y: Any = None, /) -> None: ...
def _inner(a: Any, b: Any, /) -> None: ...
def _vdot(a: Any, b: Any, /) -> None: ...


_IN_C: dict[Any, Callable[..., None]] = {
    np.concatenate: _concatenate, np.dot: _dot, np.where: _where, np.inner: _inner, np.vdot: _vdot,
}  # fmt: skip


@cache
def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """A function's parameters by their names; none if it does not tell.

    Parameters
    ----------
    function : callable

    Returns
    -------
    dict of str to inspect.Parameter

    Examples
    --------
    >>> import numpy as np
    >>> from microae.signatures import parameters_of
    >>> list(parameters_of(np.dot))
    ['a', 'b', 'out']
    """
    try:
        return dict(inspect.signature(_IN_C.get(function, function)).parameters)
    except (ValueError, TypeError):  # as that of a ufunc of NumPy before 2.4
        return {}
