"""What NumPy's own functions do with Values: ``np.f(value)`` finds its stand-in in the table, or an error that helps.

NumPy's reductions have ``dtype`` and ``out`` between ``axis`` and ``keepdims``; its other functions have arguments
that make no sense on a graph. Positions are read as NumPy reads them, and what is not supported is refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy import ndarray

from microae.core.arrays import as_number
from microae.core.node import Node
from microae.core.operation import FUNCTIONS, NUMPY
from microae.readonly import ReadOnly
from microae.signatures import parameters_of

PLAIN: set[Any] = set()
"""NumPy functions without a derivative whose plain result is safe to hand out (comparisons, argmax, ...)."""

INSTEAD: dict[str, str] = {}
"""What to use in place of functions, by their names, that are not in the table."""


class NumpyProtocol:
    """NumPy's protocols for a kind of :class:`Node`."""

    __slots__ = ()

    @property
    def __pandas_priority__(self) -> int:
        """Higher than that of pandas' own classes, which leave ``series * value`` to us then; theirs is ``*=``."""
        frame: Any = inspect.currentframe()
        if getattr(frame.f_back.f_back, "f_code", frame.f_code).co_name == "_inplace_method":
            raise TypeError("a table of pandas cannot hold a Value: use the result (s = s + v, not s += v)")
        return 5000

    @property
    def _data(self) -> Any:
        """What ``np.ma`` would take the numbers of a masked array from."""
        raise TypeError("np.ma would lose a Value's graph; use np's own functions, and M.filled(...) of a masked array")

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
        if parameters and (unknown := sorted(parameters.keys() - parameters_of(known))):
            raise unsupported_argument(ufunc, unknown[-1])  # of a @= v "out", not "axes"
        return known(*inputs, **parameters)

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
    data = node._array
    if type(data) is ndarray:
        data.flags.writeable = False  # as the base of what is seen
        data = data.view(ReadOnly)
    return as_number(data)


_FIXES = {
    "out": "a Value is never written in place: use the result (a = a + v, not a += v for an array a)",
    "where": "select with np.where(condition, v, neutral) before, or np.where(condition, result, other) after",
    "dtype": "use ma.astype(v, dtype)",
    "initial": "use +, *, np.maximum or np.minimum on the result",
    "correction": "use ddof",
    "order": "elements are always in C order; transpose first",
}


def as_numpy_reads(
    function: Callable[..., Any], stand_in: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call of NumPy's ``function``, as its stand-in takes them; ``TypeError`` for one it lacks.

    Optional arguments are handed on by name, for NumPy has others between them.
    """
    known, own = parameters_of(function), parameters_of(stand_in)
    names = [name for name, p in known.items() if p.kind is not p.KEYWORD_ONLY]
    if any(p.kind is p.VAR_POSITIONAL for p in known.values()):
        names = []
    required = [name for name in names if known[name].default is inspect.Parameter.empty]
    given = kwargs | dict(zip(names[len(required) :], args[len(required) :], strict=False))
    if names:
        args = args[: len(required)]
    for name, value in given.items():
        default = known[name].default if name in known else None
        if known and name not in own and not (value is None or value is default or _is_word(value, default)):
            raise unsupported_argument(function, name)
    return args, {name: value for name, value in given.items() if name in own or not known}


def _is_word(given: Any, default: Any) -> bool:
    return isinstance(given, str) and given == default


def unsupported_argument(function: Any, name: str) -> TypeError:
    """The error for an argument of a NumPy function that Values do not support."""
    fix = _FIXES.get(name, "leave it out, or work on v.data for a plain result")
    return TypeError(f"np.{function.__name__}: the argument {name!r} is not supported on Values; {fix}")


_IN_PLACE_OF_METHODS = {
    ("add", "reduce"): "np.sum", ("multiply", "reduce"): "np.prod", ("logaddexp", "reduce"): "ma.logsumexp",
    ("maximum", "reduce"): "np.max", ("minimum", "reduce"): "np.min", ("multiply", "outer"): "np.outer",
    ("add", "accumulate"): "np.cumsum", ("multiply", "accumulate"): "np.cumprod",
}  # fmt: skip


def unsupported_method(ufunc: Any, method: str) -> TypeError:
    """The error for ``np.add.reduce(v)`` and its like."""
    fix = _IN_PLACE_OF_METHODS.get((ufunc.__name__, method))
    if fix is None and method == "outer":
        fix = f"np.{ufunc.__name__}(a[..., None], b) with as many new axes as b has"
    return TypeError(
        f"np.{ufunc.__name__}.{method} is not supported on Values; use {fix or 'v.data for a plain result'}"
    )


def unsupported(function: Any, known: Iterable[str]) -> TypeError:
    """The error for a function, NumPy's or one that is made as its are, that has no stand-in."""
    name = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", None) or ("numpy" if hasattr(np, name) else "")
    instead = INSTEAD.get(name) or (f"ma.{name}" if name in known else "v.data for a plain result")
    return TypeError(
        f"{module.replace('numpy', 'np', 1)}.{name}".removeprefix(".") + " has no derivative in the table; "
        f"use {instead}, or add a row with @ma.operation"
    )
