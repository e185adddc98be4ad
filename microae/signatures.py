"""What a call of a NumPy function means to the function that stands in for it on Values.

NumPy's reductions have ``dtype`` and ``out`` between ``axis`` and ``keepdims``; its other functions have arguments
that make no sense on a graph. Positions are read as NumPy reads them, and what is not supported is refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

_FIXES = {
    "out": "a Value is never written in place: use the result (a = a + v, not a += v for an array a)",
    "where": "select with np.where(condition, v, neutral) before, or np.where(condition, result, other) after",
    "dtype": "use ma.astype(v, dtype)",
    "initial": "use np.maximum, np.minimum or + on the result",
    "order": "elements are always in C order; transpose first",
    "kind": "the sort is always stable",
}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@cache
def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    try:
        return tuple(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):  # some of NumPy's functions in C do not tell
        return ()


def as_numpy_reads(
    function: Callable[..., Any], stand_in: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call of NumPy's ``function``, as its stand-in takes them.

    Raises
    ------
    TypeError
        For an argument that the stand-in does not have, unless it is NumPy's default.
    """
    known = _parameters(function)
    if not known:
        return args, kwargs
    own = tuple(p.name for p in _parameters(stand_in))
    kept = 0
    for p in known[: len(args)]:
        if p.kind in _POSITIONAL and p.default is not p.empty and own[kept : kept + 1] != (p.name,):
            break
        kept += 1
    if kept < len(args) and known[kept].kind is not inspect.Parameter.VAR_POSITIONAL and known[0].kind in _POSITIONAL:
        by_name = {p.name: given for p, given in zip(known[kept:], args[kept:], strict=False)}
        args, kwargs = args[:kept], by_name | kwargs
    if not kwargs.keys() <= set(own):
        defaults = {p.name: p.default for p in known}
        for name, given in kwargs.items():
            if name not in own and not _is_default(given, defaults.get(name)):
                raise unsupported_argument(function, name)
        kwargs = {name: given for name, given in kwargs.items() if name in own}
    return args, kwargs


def _is_default(given: Any, default: Any) -> bool:
    return given is None or given is default or (isinstance(given, str) and given == default)


def unsupported_argument(function: Any, name: str) -> TypeError:
    """The error for an argument of a NumPy function that Values do not support."""
    fix = _FIXES.get(name, "leave it out, or work on v.data for a plain result")
    return TypeError(f"np.{function.__name__}: the argument {name!r} is not supported on Values; {fix}")
