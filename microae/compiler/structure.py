"""``Structure``: nested tuples, lists and dicts, taken apart into the arrays in them and put together again."""

from __future__ import annotations

import array
import copy
import inspect
import operator
import types
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, ItemsView, Iterator, Sequence, ValuesView
from contextlib import suppress
from typing import Any

import numpy as np

from microae.arguments import refuse_masked
from microae.compiler.belonging import is_own
from microae.compiler.errors import CompileError
from microae.compiler.tracer import Tracer
from microae.core.arrays import FLOATS, UntraceableError
from microae.core.node import Node
from microae.core.value import Value

Build = Callable[[list[Any]], Any]

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_NUMBERS = (bool, int, float, np.generic)
_WORDS = (np.character, np.datetime64, np.timedelta64)
"""NumPy's scalars that are no numbers, and fixed as Python's words are."""
_BY_VALUE = (bool, int, str, bytes, type(None), range, types.MethodType)


class Result(Value):
    """What a compiled step returns where the step itself returns a Value: its numbers, without a graph.

    Raises
    ------
    RuntimeError
        From ``backward()`` and ``ma.gradients``: the graph was a program's, which is gone.
    """

    __slots__ = ()

    no_graph = (
        "this Value comes from a compiled function, so it has no graph; call {0}() inside the function that is "
        "compiled, or compile lambda x: ma.gradients(f(x), [x])"
    )

    def backward(self, gradient: Any = None, **options: Any) -> None:  # noqa: ARG002 (always refused)
        raise RuntimeError("backward: " + self.no_graph.format("backward"))


class Structure:
    """How arrays are arranged.

    Attributes
    ----------
    key : hashable
        Equal for equal arrangements of arrays of equal shapes and dtypes, and equal other things.
    names : list of str
        One for each array.
    fixed : list of (str, object)
        What is no array, with its name; a program is for the very same.
    """

    def __init__(self, key: Any, names: list[str], build: Build, fixed: Sequence[tuple[str, Any]] = ()) -> None:
        self.key = key
        self.names = names
        self.build = build
        self.fixed = fixed

    @classmethod
    def of_arguments(cls, function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Structure, list[Any]]:
        """Of the arguments of a call; numbers alone, strings, functions and other objects are fixed parts of it."""
        leaves: list[Any] = []
        names: list[str] = []
        fixed: list[tuple[str, Any]] = []
        words = _parameter_names(function, len(args))
        parts = [_take(argument, word, leaves, names, fixed) for argument, word in zip(args, words, strict=True)]
        named = {word: _take(argument, word, leaves, names, fixed) for word, argument in kwargs.items()}
        key = (tuple(key for key, _ in parts), tuple((word, key) for word, (key, _) in named.items()))

        def build(arrays: list[Any]) -> Any:
            return [made(arrays) for _, made in parts], {word: made(arrays) for word, (_, made) in named.items()}

        return cls(key, names, build, fixed), leaves

    @classmethod
    def of_results(cls, returned: Any) -> tuple[Structure, list[Any]]:
        """Of what a traced step returns."""
        leaves: list[Any] = []
        key, build = _take_result(returned, leaves)
        return cls(key, [], build), leaves


def changeable(thing: Any) -> Iterator[Any]:
    """The lists and dicts in arguments."""
    if isinstance(thing, (list, dict)):
        yield thing
    if isinstance(thing, (tuple, list, dict)):
        for part in thing.values() if isinstance(thing, dict) else thing:
            yield from changeable(part)


def _parameter_names(function: Callable[..., Any], n: int) -> list[str]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    return names[:n] + [f"{rest}{i}" for i in range(n - len(names[:n]))]


def _take(
    thing: Any, name: str, leaves: list[Any], names: list[str], fixed: list[tuple[str, Any]]
) -> tuple[Any, Build]:
    """The key of one argument, and how to build it; its arrays are added to the leaves, other things to the fixed."""
    if isinstance(thing, Node):
        raise TypeError(
            f"{name}: a compiled function takes arrays, not Values; Values that it uses are found by themselves, and "
            "live on. Pass the array, or v.data"
        )
    if isinstance(thing, list) and _is_numeric(thing):
        thing = np.asarray(thing)
    if isinstance(thing, np.ndarray) or (isinstance(thing, np.generic) and not isinstance(thing, _WORDS)):
        refuse_masked(name, thing)
        if isinstance(thing, np.matrix):
            raise TypeError(f"{name}: np.matrix multiplies in another way than arrays; pass np.asarray of it")
        if not thing.dtype.isnative:
            thing = thing.astype(thing.dtype.newbyteorder("="))
        if thing.dtype.kind not in "fiub" or (thing.dtype.kind == "f" and thing.dtype not in FLOATS):
            raise TypeError(
                f"{name}: a compiled function takes real numbers, floats as float32 or float64, got dtype {thing.dtype}"
            )
        i = len(leaves)
        leaves.append(thing)
        names.append(name)
        return (type(thing), thing.shape, thing.dtype), lambda arrays: arrays[i]
    if isinstance(thing, dict) and type(thing) is not dict:
        return _of_other_kind(thing, lambda items: _take(items, name, leaves, names, fixed))
    if isinstance(thing, dict):
        items = {word: _take(part, f"{name}_{word}", leaves, names, fixed) for word, part in thing.items()}
        key = ("dict", tuple((type(word), word, key) for word, (key, _) in items.items()))
        return key, lambda arrays: {word: build(arrays) for word, (_, build) in items.items()}
    if isinstance(thing, (tuple, list)):
        parts = [_take(part, f"{name}{i}", leaves, names, fixed) for i, part in enumerate(thing)]
        kind = type(thing)
        return (kind, tuple(key for key, _ in parts)), lambda arrays: _sequence(
            kind, [build(arrays) for _, build in parts]
        )
    if isinstance(thing, slice):
        return ("slice", _exact(thing)), lambda arrays: thing
    if isinstance(thing, Iterator) and not is_own(type(thing)):
        raise CompileError(
            f"{name}: {type(thing).__name__!r} gives another thing each time, which a program would not take; "
            "take from it before, and pass what it gave"
        )
    try:
        hash(thing)
    except TypeError:
        arrays = f"np.asarray({name})" if hasattr(thing, "__array__") else "the arrays in it"
        raise TypeError(
            f"{name}: {type(thing).__name__} can be no argument of a compiled function; pass {arrays}"
        ) from None
    fixed.append((name, thing))
    return ("fixed", type(thing), _exact(thing)), lambda arrays: thing


def _exact(thing: Any) -> Any:
    """What is equal for the same thing only, whatever it says of itself."""
    if type(thing) in (float, complex):
        return repr(thing)  # 0.0 is not -0.0, and NaN is NaN
    if isinstance(thing, slice):
        ends = (thing.start, thing.stop, thing.step)
        return tuple((type(x), operator.index(x) if hasattr(x, "__index__") else _exact(x)) for x in ends)
    if isinstance(thing, _WORDS):
        return thing.dtype.str, thing.tobytes()
    if isinstance(thing, np.dtype):
        return repr(thing)
    if type(thing) is frozenset:
        return frozenset((type(part), _exact(part)) for part in thing)
    return thing if type(thing) in _BY_VALUE else id(thing)


def _is_numeric(thing: list[Any]) -> bool:
    """Whether a list holds numbers, or lists of them of one length: a list of arrays is one of several things."""
    if not thing or not all(_is_numeric(x) if isinstance(x, list) else isinstance(x, _NUMBERS) for x in thing):
        return False
    try:
        return np.asarray(thing).dtype.kind in "fiub"
    except ValueError:  # ragged
        return False


def _sequence(kind: type, parts: Sequence[Any]) -> Any:
    return kind(*parts) if hasattr(kind, "_fields") else kind(parts)


def _of_other_kind(thing: dict[Any, Any], take: Callable[[Any], tuple[Any, Build]]) -> tuple[Any, Build]:
    """The key of a dict of another kind, such as a ``defaultdict``, and how to build one, with its attributes."""
    is_its_own = getattr(thing, "__dict__", None) is thing
    (key, items), (attributes_key, attributes) = take(dict(thing)), take({} if is_its_own else {**_attributes(thing)})
    like = copy.copy(thing)
    dict.update(like, dict.fromkeys(thing))  # without what they hold now

    def build(arrays: list[Any]) -> Any:
        made = copy.copy(like)
        dict.update(made, items(arrays))
        if is_its_own:
            made.__dict__ = made
        else:
            _attributes(made).update(attributes(arrays))
        return made

    return (type(thing), key, attributes_key), build


def _attributes(thing: Any) -> dict[str, Any]:
    return getattr(thing, "__dict__", {})


def _take_result(thing: Any, leaves: list[Any]) -> tuple[Any, Build]:
    i = len(leaves)
    if isinstance(thing, Node):
        leaves.append(thing._array)
        return "value", lambda arrays: Result(arrays[i])
    if isinstance(thing, (Tracer, np.ndarray, np.generic)):
        leaves.append(thing)
        return "array", lambda arrays: arrays[i]
    if isinstance(thing, dict) and type(thing) is not dict:
        return _of_other_kind(thing, lambda items: _take_result(items, leaves))
    if isinstance(thing, dict):
        items = {word: _take_result(part, leaves) for word, part in thing.items()}
        key = ("dict", tuple((type(word), word, key) for word, (key, _) in items.items()))
        return key, lambda arrays: {word: build(arrays) for word, (_, build) in items.items()}
    if isinstance(thing, (tuple, list)):
        parts = [_take_result(part, leaves) for part in thing]
        kind = type(thing)
        return (kind, tuple(key for key, _ in parts)), lambda arrays: _sequence(
            kind, [build(arrays) for _, build in parts]
        )
    if isinstance(thing, (Awaitable, AsyncIterator)):
        if isinstance(thing, Coroutine):
            thing.close()  # for nobody awaits it
        raise UntraceableError(
            f"the step returns {type(thing).__name__!r}, which computes only once it is awaited; compile a plain "
            "function, and call it in the async one"
        )
    if _hides_results(thing):
        raise UntraceableError(
            f"the step returns {type(thing).__name__!r} with arrays in it, which no program makes; return arrays, "
            "Values, numbers, or tuples, lists and dicts of them"
        )
    if isinstance(thing, (set, deque, bytearray, array.array)):
        return type(thing), lambda arrays: thing.copy() if hasattr(thing, "copy") else thing[:]
    return (type(thing), _exact(thing) if isinstance(thing, _PLAIN) else None), lambda arrays: thing


def _hides_results(thing: Any, depth: int = 3) -> bool:
    """Whether an object that is returned as it is holds what was computed, or will compute it when it is asked."""
    if isinstance(thing, Iterator):
        return True
    if isinstance(thing, Tracer) or (isinstance(thing, Node) and thing.operation is not None):
        return True
    if depth == 0 or isinstance(thing, _PLAIN):
        return False
    parts = list(getattr(thing, "__dict__", {}).values())
    parts += [getattr(thing, name, None) for name in getattr(type(thing), "__slots__", ()) if isinstance(name, str)]
    for cell in getattr(thing, "__closure__", None) or ():
        with suppress(ValueError):  # nothing is in it yet
            parts.append(cell.cell_contents)
    if isinstance(thing, (dict, tuple, list, set, deque, ValuesView, ItemsView)):
        parts += thing.values() if isinstance(thing, dict) else thing
    return any(_hides_results(part, depth - 1) for part in parts)
