"""What NumPy's own functions do with Values: ``np.f(value)`` finds its stand-in in the table, or an error that helps.

NumPy's reductions have ``dtype`` and ``out`` between ``axis`` and ``keepdims``; its other functions have arguments
that make no sense on a graph. Positions are read as NumPy reads them, and what is not supported is refused by name.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from numpy import float32, float64, ndarray

from microae.core.arrays import fits_float32
from microae.core.node import Node
from microae.core.operation import FUNCTIONS, NUMPY

PLAIN: set[Any] = set()
"""NumPy functions without a derivative whose plain result is safe to hand out (comparisons, argmax, ...)."""


class NumpyProtocol:
    """NumPy's protocols for a kind of :class:`Node`."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **parameters: Any) -> Any:
        if method != "__call__":
            raise unsupported_method(ufunc, method)
        if ufunc in PLAIN:
            if any(isinstance(out, Node) for out in parameters.get("out", ())):
                raise unsupported_argument(ufunc, "out")
            return ufunc(*map(plain, inputs), **parameters)
        known = NUMPY.get(ufunc)
        if known is None:
            raise unsupported(ufunc, FUNCTIONS)
        if parameters:
            raise unsupported_argument(ufunc, next(iter(parameters)))
        return known(*(x.astype(float32) if fits_float32(x) else x for x in inputs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        known = NUMPY.get(func)
        if known is not None:
            args, kwargs = as_numpy_reads(func, known, args, kwargs)
            return known(*args, **kwargs)
        if func in PLAIN:
            return func(*plain(args), **{name: plain(given) for name, given in kwargs.items()})
        raise unsupported(func, FUNCTIONS)


def plain(data: Any) -> Any:
    """The data of Values, read-only, also inside tuples and lists, for functions that have no derivative."""
    if isinstance(data, Node):
        return readable(data)
    if isinstance(data, (tuple, list)):
        return type(data)(map(plain, data))
    return data


def readable(node: Node) -> Any:
    """The data of a node as others may see it: a float, or a read-only view."""
    data = node._data
    if type(data) is float64:
        return float(data)
    if type(data) is ndarray:
        data = data.view()
        data.flags.writeable = False
    return data


_FIXES = {
    "out": "a Value is never written in place: use the result (a = a + v, not a += v for an array a)",
    "where": "select with np.where(condition, v, neutral) before, or np.where(condition, result, other) after",
    "dtype": "use ma.astype(v, dtype)",
    "initial": "use +, *, np.maximum or np.minimum on the result",
    "correction": "use ddof",
    "order": "elements are always in C order; transpose first",
}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@cache
def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (ValueError, TypeError):  # some of NumPy's functions in C do not tell
        return {}


@cache
def _positional(function: Callable[..., Any], stand_in: Callable[..., Any]) -> tuple[list[str], int]:
    """The names of ``function``'s positional arguments, and how many of the first mean the same to the stand-in."""
    names = [p.name for p in _parameters(function).values() if p.kind in _POSITIONAL]
    if any(p.kind is p.VAR_POSITIONAL for p in _parameters(function).values()):
        return [], 0
    for i, (name, own) in enumerate(itertools.zip_longest(names, _parameters(stand_in))):
        if name is None or (name != own and _parameters(function)[name].default is not inspect.Parameter.empty):
            return names, i
    return names, len(names)


def as_numpy_reads(
    function: Callable[..., Any], stand_in: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call of NumPy's ``function``, as its stand-in takes them.

    Raises
    ------
    TypeError
        For an argument that the stand-in does not have, unless it is NumPy's default.
    """
    known, own = _parameters(function), _parameters(stand_in)
    names, alike = _positional(function, stand_in)
    if names and len(args) > alike:
        args, kwargs = args[:alike], dict(zip(names[alike:], args[alike:], strict=False)) | kwargs
    if known and not kwargs.keys() <= own.keys():
        for name, given in kwargs.items():
            if name not in own and not _is_default(given, known[name].default if name in known else None):
                raise unsupported_argument(function, name)
        kwargs = {name: given for name, given in kwargs.items() if name in own}
    return args, kwargs


def _is_default(given: Any, default: Any) -> bool:
    return given is None or given is default or (isinstance(given, str) and given == default)


def unsupported_argument(function: Any, name: str) -> TypeError:
    """The error for an argument of a NumPy function that Values do not support."""
    fix = _FIXES.get(name, "leave it out, or work on v.data for a plain result")
    return TypeError(f"np.{function.__name__}: the argument {name!r} is not supported on Values; {fix}")


_IN_PLACE_OF_METHODS = {
    ("add", "reduce"): "np.sum",
    ("multiply", "reduce"): "np.prod",
    ("maximum", "reduce"): "np.max",
    ("minimum", "reduce"): "np.min",
    ("logaddexp", "reduce"): "ma.logsumexp",
    ("add", "accumulate"): "np.cumsum",
    ("multiply", "accumulate"): "np.cumprod",
    ("multiply", "outer"): "np.outer",
}


def unsupported_method(ufunc: Any, method: str) -> TypeError:
    """The error for ``np.add.reduce(v)`` and its like."""
    fix = _IN_PLACE_OF_METHODS.get((ufunc.__name__, method))
    if fix is None and method == "outer":
        fix = f"np.{ufunc.__name__}(a[..., None], b) with as many new axes as b has"
    return TypeError(
        f"np.{ufunc.__name__}.{method} is not supported on Values; use {fix or 'v.data for a plain result'}"
    )


def unsupported(function: Any, known: Iterable[str]) -> TypeError:
    """The error for a NumPy function that has no stand-in among the ``known`` names."""
    from difflib import get_close_matches

    name = getattr(function, "__name__", str(function))
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
    near = get_close_matches(name, list(known), n=2, cutoff=0.7)
    fix = f"did you mean {' or '.join(near)}? Else use" if near else "use"
    return TypeError(
        f"{module}.{name} has no derivative in the table; {fix} v.data for a plain result, "
        "or add a row with @ma.operation"
    )
