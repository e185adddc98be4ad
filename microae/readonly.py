"""``ReadOnly``: the array that others see of a Value, which nobody can write into."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from numpy import ndarray

_SMALL = 10_000
"""Larger arrays are not noted."""


class Computed(NamedTuple):
    """A plain array that a NumPy function made of the data of Values: its name, a copy of the result, the operands."""

    function: str
    result: ndarray
    operands: tuple[Any, ...]


_told: ContextVar[Callable[[Computed], None] | None] = ContextVar("microae_computed", default=None)


@contextmanager
def noted(tell: Callable[[Computed], None]) -> Iterator[None]:
    """Tell, while a block runs, of what NumPy's functions make of the data of Values."""
    token = _told.set(tell)
    try:
        yield
    finally:
        _told.reset(token)


def _note(function: Any, result: Any, operands: Any, options: Any) -> Any:
    tell = _told.get()
    if tell is not None and not options and type(result) is ndarray and 1 < result.size <= _SMALL:
        tell(Computed(function.__name__, result.copy(), tuple(operands)))
    return result


class ReadOnly(ndarray):
    """The data of a Value as others see it: read-only; ``data -= x`` makes a new array, as for a number.

    All that is computed from it is a plain array.
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method == "at" and type(inputs[0]) is ReadOnly:  # which writes into read-only arrays
            raise ValueError(f"np.{ufunc.__name__}.at: the data of a Value is never changed in place; {_FIX}")
        if out is not None:
            _refuse_out(f"np.{ufunc.__name__}" + (f".{method}" if method != "__call__" else ""), out)
            options["out"] = out
        plain = tuple(map(_as_plain, inputs))
        result = getattr(ufunc, method)(*plain, **options)
        return _note(ufunc, result, plain, options) if method == "__call__" else result

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        _refuse_out(f"np.{func.__name__}", kwargs.get("out"))
        args = _as_plain(args)
        with _explained(f"np.{func.__name__}"):
            result = func(*args, **{name: _as_plain(given) for name, given in kwargs.items()})
        return _note(func, result, args, kwargs)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise ValueError(f"the data of a Value is never changed in place; {_FIX}")

    def copy(self, order: Any = "C") -> Any:
        return _as_plain(self).copy(order)

    def astype(self, *args: Any, **options: Any) -> Any:
        return _as_plain(self).astype(*args, **options)

    def __repr__(self) -> str:
        return repr(_as_plain(self))

    def __reduce__(self) -> Any:
        return _as_plain(self).__reduce__()


def _augmented(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda data, other: function(data, other)


def _writing(name: str) -> Callable[..., Any]:
    """A method that NumPy's own functions for arrays have no part in."""
    method = getattr(ndarray, name)

    def writing(data: Any, *args: Any, **options: Any) -> Any:
        _refuse_out(f"data.{name}", options.get("out"))
        with _explained(f"data.{name}"):
            return method(data, *args, **options)

    writing.__name__ = name
    return writing


for _name in (
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "lshift",
    "rshift",
    "and_",
    "or_",
    "xor",
):
    setattr(ReadOnly, f"__i{_name.rstrip('_')}__", _augmented(getattr(operator, _name)))
for _name in ("fill", "sort", "put", "partition", "byteswap", "take", "compress", "choose", "dot"):
    setattr(ReadOnly, _name, _writing(_name))

_FIX = "take a copy, change that, and rebind: data = v.numpy(); data[i] = x; v.data = data"


def _refuse_out(function: str, out: Any) -> None:
    """Raise ``ValueError`` if results are to be written into the data of a Value."""
    if any(type(x) is ReadOnly for x in (out if type(out) is tuple else (out,))):
        raise ValueError(f"{function}: out= is the data of a Value, which nobody writes into; {_FIX}")


@contextmanager
def _explained(function: str) -> Iterator[None]:
    """Say what to do where NumPy finds that an array is read-only."""
    try:
        yield
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise ValueError(f"{function}: the data of a Value is never changed in place; {_FIX}") from error


def _as_plain(x: Any) -> Any:
    """An array of the usual kind, also inside tuples and lists."""
    if type(x) is ReadOnly:
        return x.view(ndarray)
    return type(x)(map(_as_plain, x)) if type(x) in (tuple, list) else x
