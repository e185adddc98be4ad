"""What a step reads besides its arguments: found by looking through its closure, the globals it names and their parts.

Parameters, optimisers and generators found there live on in a program, as its inputs. All else that is found (training
modes, hyperparameters, numbers, words, lengths of lists, arrays; also what objects find in the user's classes, and what
their methods read) is fixed when a program is made, so it is compared before each run: what has changed makes a program
anew. What says what time it is has a stand-in while the step is traced, which refuses to. Not looked into: what other
libraries hold besides their names, files, what the process has besides its environment and arguments (such as its
directory and threads), what only C code reaches, and of very large arrays more than some of their numbers.
"""

from __future__ import annotations

import array
import builtins
import contextvars
import ctypes
import dis
import enum
import functools
import gc
import io
import operator
import os
import random
import sys
import types
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MappingView
from typing import Any

import numpy as np

from microae.compiler.belonging import is_a_librarys, is_own, is_users
from microae.compiler.clocks import MODULES, is_clock
from microae.compiler.places import GONE, Attributes, Called, function_in, put, under
from microae.compiler.tracer import plain
from microae.core.node import Node
from microae.core.operation import FUNCTIONS, TABLE, Operation, Variadic
from microae.core.value import Value
from microae.nn.module import Module
from microae.optim import Optimizer

_FIXED = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
_MANY = 10_000
"""The items of longer lists are compared together."""

LARGE = 1 << 17
"""Of larger arrays only so many numbers are compared, equally spaced."""

_BY_TEXT = {"getattr", "attrgetter", "vars", "__dict__", "globals", "__globals__", "f_globals", "eval", "exec"}
"""What gets something by a name that is a text."""

_OF_THE_STATE = frozenset({"_lr", "_rates", "state", "steps"})
"""What an optimiser's update changes, or the list of what it changes."""


class Captured:
    """What a function reads besides arrays that it is given.

    Parameters
    ----------
    function : callable
    arguments : iterable of (str, object), optional
        Those that are no arrays, such as networks, with their names.

    Attributes
    ----------
    values : dict of Value to str
        The leaves, with a name each: their label, or the way to them.
    optimizers : list of Optimizer
    generators : dict of numpy.random.Generator to str
        With a name each, the way to them.
    others : dict of object to str
        Other random generators, among them the global ones of Python and NumPy, whose draws no program says.
    modules : list of Module
    containers : list of list, dict or set
        Among them those of the attributes of objects.
    iterators : list of (path, container, key, iterator)
        Those that cannot be asked whether they have been taken from, such as generators.
    asking : list of dict
        The globals of functions that ask for the ``type`` of something.
    clocks : list of (container, key, object)
        What says what time it is, what imports it, and defaults with it.
    handles_errors : bool
        Whether NumPy's handling of floating-point errors is asked for or set.
    """

    def __init__(self, function: Callable[..., Any], arguments: Iterable[tuple[str, Any]] = ()) -> None:
        self.values: dict[Value, str] = {}
        self.optimizers: list[Optimizer] = []
        self.generators: dict[np.random.Generator, str] = {}
        self.others: dict[Any, str] = {random.random.__self__: "random", np.random.random.__self__: "np.random"}  # type: ignore[attr-defined]
        self.modules: list[Module] = []
        self.containers: list[Any] = []
        self.iterators: list[tuple[str, Any, Any, Any]] = []
        self.asking: list[dict[str, Any]] = []
        self.clocks: list[tuple[Any, Any, Any]] = []
        self.handles_errors = False
        self._facts: list[tuple[str, Any, Any, Any]] = []  # path, container, key, what stood there
        self._arrays: list[tuple[str, Any, Any]] = []
        self._lengths: list[tuple[str, Any, int]] = []
        self._names: list[tuple[str, Any, frozenset[str]]] = []  # of the attributes of objects
        self._orders: list[tuple[str, Any, list[Any]]] = []
        self._copies: list[tuple[str, Any, Any]] = []
        self._lists: list[tuple[str, Iterable[Any], list[Any]]] = []
        self._caches: list[tuple[str, Any]] = []
        self._seen: set[int] = set()
        self._classes: set[int] = set()
        self._attributes: set[str] = set()  # that the code which was looked into may ask for
        self._by_text = False  # whether the code may ask for a name that stands in a text
        self._modules: list[tuple[str, types.ModuleType]] = []
        self._asked: set[tuple[int, str]] = set()
        self._keep: list[Any] = []  # so that no id is given again
        self._function("", function, asked=True)
        for name, argument in arguments:
            self._visit(name, argument, {name: argument}, name)
        for name, row in (*TABLE.items(), *FUNCTIONS.items()):  # each may be called by many names
            if not is_a_librarys(getattr(row, "forward", row)):
                self._visit(name, row, {0: row}, 0)
        self._follow_modules()
        for module in reversed(self.modules):  # the outermost, seen first, names last
            self.values |= {p: name for name, p in module.named_parameters() if p in self.values}

    def add(
        self, values: Iterable[Value], optimizers: Iterable[Optimizer], generators: Iterable[np.random.Generator]
    ) -> None:
        """Take in what was only come upon while the function ran."""
        for generator in generators:
            self.generators.setdefault(generator, f"generator{len(self.generators)}")
        for value in values:
            self.values.setdefault(value, value.label or f"value{len(self.values)}")
        for optimizer in optimizers:
            if optimizer not in self.optimizers:
                self._visit(f"optimizer{len(self.optimizers)}", optimizer, {0: optimizer}, 0)
        self._follow_modules()

    def look_into_caches(self) -> None:
        """Take in what functions with a cache hold, once the step has called them."""
        for path, cached in self._caches:
            for thing in gc.get_referents(cached):  # its dict, of arguments to results, among them
                self._visit(f"the cache of {path}", thing, {0: thing}, 0)
        self._caches.clear()
        self._follow_modules()

    # looking

    def _visit(self, path: str, thing: Any, container: Any, key: Any) -> None:
        """Take in one thing that stands under ``key`` in a dict, a list or a cell."""
        self._facts.append((path, container, key, thing))
        if isinstance(thing, _FIXED) and not _has_attributes(thing):
            return
        replaceable = isinstance(container, (types.CellType, dict, list, deque, Attributes))
        if replaceable and isinstance(thing, Iterator) and not is_own(type(thing)) and not isinstance(thing, _INDEXED):
            self.iterators.append((path, container, key, thing))
        if replaceable and container is not sys.modules and is_clock(thing):
            self.clocks.append((container, key, thing))
        if id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        self._keep.append(thing)
        for kind in type(thing).__mro__:
            if is_own(kind):
                self._fact(path, functools.partial(type, thing))
                self._class(path, kind)
                self._slots(path, thing, kind)
        for kinds, look in _looks():
            if isinstance(thing, kinds):
                look(self, path, thing)
                if not isinstance(thing, _CONTAINERS):
                    return
                break
        else:
            if _bytes(thing) is not None:
                self._fact(path, functools.partial(_bytes, thing))
        if not hasattr(thing, "__dict__"):
            return
        if is_users(type(thing)):
            self._members(path, thing)
        elif "__wrapped__" in vars(thing):  # such as another compiled function
            self._visit(path, thing.__wrapped__, vars(thing), "__wrapped__")
        elif type(thing).__module__.startswith("microae.") and ".compiler." not in type(thing).__module__:
            self._members(path, thing)

    def _class(self, path: str, kind: type) -> None:
        """What a class has or inherits: numbers, and functions, which may read anything."""
        for each in kind.__mro__:
            if id(each) not in self._classes and is_own(each):
                self._classes.add(id(each))
                self._own(path, each)

    def _fact(self, path: str, ask: Callable[[], Any]) -> None:
        """Take in what is got by calling, but not what is in it."""
        self._facts.append((path, Called(), ask, ask()))

    def _own(self, path: str, kind: type) -> None:
        self._fact(path, functools.partial(_many, kind))
        self._fact(path, functools.partial(getattr, kind, "__mro__"))
        for name, member in list(vars(kind).items()):
            function = function_in(member)
            if function is not None or not (name.startswith("__") or name == "_value2member_map_"):  # a cache of flags
                self._visit(f"{path}.{name}", member if function is None else function, Attributes(kind), name)

    def _slots(self, path: str, thing: Any, kind: type) -> None:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name) and not name.startswith("__"):
                self._visit(f"{path}.{name}", getattr(thing, name), Attributes(thing), name)

    def _members(self, path: str, thing: Any, without: frozenset[str] = frozenset()) -> None:
        self.containers.append(vars(thing))
        self._names.append((path, thing, frozenset(vars(thing))))
        for name, member in list(vars(thing).items()):
            if name not in without and not name.startswith("__"):
                self._visit(f"{path}.{name}", member, vars(thing), name)

    def _value(self, path: str, value: Value) -> None:
        if value.operation is None:
            self.values.setdefault(value, value.label or path)

    def _row(self, path: str, row: Operation) -> None:
        """A row of the table, which may be the user's: its forward function and its rules."""
        if not is_a_librarys(row.forward):
            self._members(path, row)

    def _rules(self, path: str, rules: Variadic) -> None:
        self._members(path, rules)

    def _optimizer(self, path: str, optimizer: Optimizer) -> None:
        self.optimizers.append(optimizer)
        self._members(path, optimizer, _OF_THE_STATE)
        for name in ("state", "steps"):  # the lists, which stay; what is in them lives on
            self._facts.append((f"{path}.{name}", vars(optimizer), name, vars(optimizer)[name]))

    def _module(self, path: str, module: Module) -> None:
        self.modules.append(module)
        list(module.children())  # which names those that were put into a list: an ordinary step would, and change them
        self._members(path, module)

    def _generator(self, path: str, generator: np.random.Generator) -> None:
        self.generators[generator] = path

    def _other_generator(self, path: str, generator: Any) -> None:
        self.others.setdefault(generator, path)

    def _array(self, path: str, numbers: Any) -> None:
        self._arrays.append((path, numbers, _part(numbers).copy()))
        if isinstance(numbers, np.ma.MaskedArray):
            mask = functools.partial(np.ma.getmask, numbers)
            self._visit(f"{path}.mask", mask(), Called(), mask)
        if isinstance(numbers, np.ndarray) and numbers.dtype == object:
            for i, item in enumerate(numbers.flat):
                self._visit(f"{path}.flat[{i}]", item, numbers.flat, i)

    def _list(self, path: str, items: Any) -> None:
        self.containers.append(items)
        self._lengths.append((path, items, len(items)))
        if len(items) > _MANY:
            self._items(path, items, list(items))
        else:
            for i, item in enumerate(items):
                self._visit(f"{path}[{i}]", item, items, i)

    def _items(self, path: str, items: Iterable[Any], before: list[Any]) -> None:
        """Of many items it is compared whether they are the same things, and what those hold that hold anything."""
        self._lists.append((path, items, before))
        for i, item in enumerate(before):
            if not isinstance(item, _FIXED):
                self._visit(f"{path}[{i}]", item, {0: item}, 0)

    def _set(self, path: str, items: Any) -> None:
        self.containers.append(items)
        self._lengths.append((path, items, len(items)))
        self._lists.append((path, items, list(items)))
        self._keys(path, items)

    def _numbers(self, path: str, numbers: Any) -> None:
        self._copies.append((path, numbers, numbers[:]))

    def _stream(self, path: str, stream: Any) -> None:
        """A text that is read like a file: what it is, and where reading goes on."""
        for ask in () if stream.closed else (stream.getvalue, stream.tell):
            self._fact(path, ask)

    def _pointer(self, path: str, pointer: Any) -> None:
        if pointer:  # not to nothing
            contents = pointer.contents  # a new object each time, of the same memory
            self._visit(f"{path}.contents", contents, {0: contents}, 0)
        self._fact(path, functools.partial(_bytes, pointer))

    def _bound(self, path: str, method: Any) -> None:
        """A method of something of Python's own, such as ``items.append``."""
        if not isinstance(method.__self__, types.ModuleType):
            self._visit(path, method.__self__, {0: method.__self__}, 0)

    def _reference(self, path: str, reference: Any) -> None:
        """Something that is got by calling, such as what a weak reference refers to."""
        self._visit(path, reference(), Called(), reference)

    def _context(self, path: str, variable: Any) -> None:
        self._visit(path, variable.get(GONE), Called(), functools.partial(variable.get, GONE))

    def _dict(self, path: str, items: Any) -> None:
        if isinstance(items, dict):  # a view of one is only read
            self.containers.append(items)
        self._lengths.append((path, items, len(items)))
        self._orders.append((path, items, list(items)))
        self._keys(path, items)
        if len(items) > _MANY:
            self._items(path, items.values(), list(items.values()))
        else:
            for name, item in list(items.items()):
                self._visit(f"{path}[{name!r}]", item, items, name)

    def _view(self, path: str, view: Any) -> None:
        items = view.mapping if hasattr(view, "mapping") else view._mapping
        self._visit(path, items, {0: items}, 0)

    def _keys(self, path: str, items: Any) -> None:
        """What the keys of a dict or the elements of a set hold."""
        for key in list(items):
            if not isinstance(key, _FIXED):
                self._visit(f"{path}, {key!r}", key, {0: key}, 0)

    def _function(self, path: str, function: Any, asked: bool = False) -> None:
        """Look into a function: the one that is ``asked`` for, and those of the user's that it calls."""
        function = self._behind(path, function)
        if isinstance(function, types.MethodType):
            self._visit("self", function.__self__, {"self": function.__self__}, "self")
            function = function.__func__
        if not isinstance(function, types.FunctionType):
            if is_users(type(function)) and hasattr(function, "__dict__"):
                self._members(path, function)
                self._function(path, type(function).__call__)
            return
        if hasattr(function, "__wrapped__"):  # behind a decorator, which may be the library's
            self._function(path, function.__wrapped__, asked)
        if not asked and is_a_librarys(function):
            return
        self._members(path, function)
        self._reads(path, function)

    def _reads(self, path: str, function: types.FunctionType) -> None:
        """A function's closure, the globals that it names, and its defaults."""
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                self._visit(name, cell.cell_contents, cell, None)
            except ValueError:  # not yet assigned
                self._facts.append((name, cell, None, GONE))
        for name in ("__code__", "__defaults__", "__kwdefaults__"):
            self._facts.append((f"{path}.{name}", Attributes(function), name, getattr(function, name)))
        named, attributes, imported = _names(function.__code__)
        self._attributes |= attributes
        for name in sorted(named):
            if name in function.__globals__:
                self._visit(name, function.__globals__[name], function.__globals__, name)
            else:  # one of Python's own, or none: until there is a global
                self._facts.append((name, function.__globals__, name, GONE))
                self._facts.append((name, vars(builtins), name, vars(builtins).get(name, GONE)))
                if name == "type":
                    self.asking.append(function.__globals__)
        for name in sorted(imported & set(sys.modules)):  # where it is needed
            self._visit(name, sys.modules[name], sys.modules, name)
        names = named | attributes | imported
        self._by_text = self._by_text or not _BY_TEXT.isdisjoint(names)
        if names & {"globals", "eval", "exec", "vars", "__globals__", "f_globals"}:
            self._namespace("globals()", function.__globals__, _CONTAINERS)
        self._process(names)
        self._defaults(path, function)

    def _process(self, names: set[str]) -> None:
        """What the process has that a function's code names: its environment, how errors are handled, its clocks."""
        if names & {"errstate", "seterr", "geterr"}:
            self.handles_errors = True
            self._fact("np.geterr()", lambda: repr(np.geterr()))
        if names & {"environ", "getenv"}:
            self._visit("os.environ", os.environ._data, vars(os.environ), "_data")  # type: ignore[attr-defined]
        if "argv" in names:
            self._visit("sys.argv", sys.argv, vars(sys), "argv")
        if names & MODULES:  # may be imported inside
            self.clocks.append((vars(builtins), "__import__", builtins.__import__))
        if "datetime64" in names:
            self.clocks.append((vars(np), "datetime64", np.datetime64))

    def _defaults(self, path: str, function: types.FunctionType) -> None:
        if any(map(is_clock, function.__defaults__ or ())):
            self.clocks.append((Attributes(function), "__defaults__", function.__defaults__))
        for i, default in enumerate(function.__defaults__ or ()):
            self._visit(f"{path} default {i}", default, function.__defaults__, i)
        for name, default in (function.__kwdefaults__ or {}).items():
            self._visit(f"{path} default {name}", default, function.__kwdefaults__, name)

    def _behind(self, path: str, function: Any) -> Any:
        """The function that is called by a partial one or by one with a cache."""
        while isinstance(function, _PARTIAL):
            self._list(f"{path}.args", function.args)
            self._dict(f"{path}.keywords", function.keywords)
            function = function.func
        if isinstance(function, _CACHED) and is_users(function):
            self._caches.append((path, function))
        if isinstance(function, (types.FunctionType, types.MethodType)):
            return function
        return getattr(function, "__wrapped__", function)

    def _python_module(self, path: str, module: types.ModuleType) -> None:
        if is_users(module):
            self._namespace(path, vars(module))
        if is_own(module):
            self._fact(path, functools.partial(_many, module))
        self._modules.append((path, module))

    def _follow_modules(self) -> None:
        """Take in what the user's modules have under the names that the code asks for, until it asks for no more."""
        while found := [
            (path, module, name)
            for path, module in self._modules
            for name in sorted(
                vars(module).keys() if self._by_text and is_own(module) else self._attributes & vars(module).keys()
            )
            if (id(module), name) not in self._asked and not name.startswith("__")
        ]:
            for path, module, name in found:
                self._asked.add((id(module), name))
                thing = vars(module)[name]
                if is_own(module) or type(thing) is types.ModuleType:
                    self._visit(f"{path}.{name}", thing, vars(module), name)
                elif callable(thing) or isinstance(thing, _FIXED):  # another may be put in its place
                    self._facts.append((f"{path}.{name}", vars(module), name, thing))

    def _namespace(self, path: str, names: dict[str, Any], kinds: tuple[type, ...] = (np.ndarray,)) -> None:
        for name, member in list(names.items()):
            if not name.startswith("__") and isinstance(member, (*_FIXED, *kinds, Module, Optimizer, Node)):
                self._visit(f"{path}.{name}", member, names, name)

    # comparing

    def put_back(self) -> None:
        """Let the cells of closures and the globals that were read hold again what they held."""
        for _, container, key, before in self._facts:
            if isinstance(before, types.FunctionType) and isinstance(container, Attributes):
                continue  # a class's own, perhaps within a property
            if isinstance(container, (types.CellType, dict, Attributes)) and under(container, key) is not before:
                put(container, key, before)

    def arrays(self) -> Iterator[Any]:
        """Those that the function may write into, as NumPy's."""
        for _, numbers, _ in self._arrays:
            seen = np.asarray(numbers) if isinstance(numbers, memoryview) else numbers
            if seen.flags.writeable:
                yield seen
        for _, numbers, _ in self._copies:
            if isinstance(numbers, (array.array, bytearray)) and len(numbers):
                yield np.frombuffer(numbers, np.uint8)

    def changes(self) -> Iterator[str]:
        """The ways to what is not as it was when this was made."""
        for path, container, key, before in self._facts:
            now = under(container, key)
            if now is not before and not _is_same(now, before):
                yield path
        for path, items, length in self._lengths:
            if len(items) != length:
                yield path
        for path, thing, names in self._names:
            if len(vars(thing)) != len(names) and any(
                member is not getattr(type(thing), name, GONE)  # that of its class, as before
                for name, member in vars(thing).items()
                if name not in names
            ):
                yield path
        for path, items, keys in self._orders:
            if not _same(list(items), keys):
                yield path
        for path, things, copy in self._copies:
            if not _same(things, copy):
                yield path
        for path, items, things in self._lists:
            if not all(map(operator.is_, items, things)) and not all(map(_is_same, items, things)):
                yield path
        for path, numbers, before in self._arrays:
            part = _part(numbers)
            if part.shape != before.shape or part.tobytes() != before.tobytes():
                yield path


def _many(owner: Any) -> int:
    """How many names a class has of its own, for another may hide an inherited one, or a module besides its parts."""
    return sum(not (name[:2] == "__" or type(thing) is types.ModuleType) for name, thing in vars(owner).items())


def _bytes(thing: Any) -> bytes | None:
    """What stands in memory that C shows, such as ctypes' or a mapped file; None of other things."""
    try:
        return memoryview(thing).tobytes()
    except (TypeError, ValueError, BufferError):
        return None


def _is_same(now: Any, before: Any) -> bool:
    """Whether something is the same thing, or an equal number or text: 0.0 is not -0.0, and NaN is NaN."""
    if now is before:
        return True
    if not isinstance(before, _FIXED) or type(now) is not type(before) or _has_attributes(before):
        return False
    return _text(now) == _text(before) if isinstance(before, (float, complex, np.inexact)) else _same(now, before)


def _text(number: Any) -> str:
    """What tells a number from all others, whatever its class says of it."""
    return repr(plain(number)) if isinstance(number, (float, complex)) else repr(number)


def _has_attributes(thing: Any) -> bool:
    """Whether a number or text is of a class of the user's whose instances have attributes besides."""
    return hasattr(thing, "__dict__") and not isinstance(thing, (np.generic, enum.Enum))


def _same(now: Any, before: Any) -> bool:
    try:
        return bool(now == before) or bool(now != now and before != before)
    except ValueError:  # other arrays
        return False


def _part(numbers: Any) -> Any:
    """The numbers of an array that are compared: all, or of a large one equally spaced ones."""
    flat = np.asarray(numbers).reshape(-1)
    return flat[:: max(1, -(-flat.size // LARGE))]


@functools.lru_cache(1024)
def _names(code: types.CodeType) -> tuple[set[str], set[str], set[str]]:
    """The globals, attributes and modules that a function's code, and that of functions inside it, may ask for."""
    named, attributes, imported = set[str](), set[str](), set[str]()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"):
            named.add(instruction.argval)
        elif instruction.opname == "IMPORT_NAME":
            imported.add(instruction.argval)
    attributes |= set(code.co_names) - named - imported
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            for all_names, names in zip((named, attributes, imported), _names(constant), strict=True):
                all_names |= names
    return named, attributes, imported


_CACHED = type(functools.lru_cache(len))
_PARTIAL = (functools.partial, functools.partialmethod)
_FUNCTIONS = (types.FunctionType, types.MethodType, *_PARTIAL, _CACHED)
_BOUND = (types.BuiltinMethodType, types.MethodWrapperType)
_INDEXED = (io.IOBase, np.flatiter)
"""Iterators from which one may also take in other ways."""
_CONTAINERS = (np.ndarray, dict, list, tuple, deque, set, frozenset, array.array, bytearray)
"""The kinds of which the user's own may have attributes besides."""


@functools.cache
def _looks() -> list[tuple[Any, Callable[[Captured, str, Any], None]]]:
    """How each kind of thing is looked into; made when it is first needed, for NumPy imports its generators late."""
    return [
        (Value, Captured._value),
        (Optimizer, Captured._optimizer),
        (Module, Captured._module),
        (Operation, Captured._row),
        (Variadic, Captured._rules),
        (np.random.Generator, Captured._generator),
        ((np.random.RandomState, np.random.BitGenerator), Captured._other_generator),
        (random.SystemRandom, Captured._members),
        (random.Random, Captured._other_generator),
        ((np.ndarray, memoryview), Captured._array),
        ((dict, types.MappingProxyType), Captured._dict),
        (MappingView, Captured._view),
        ((list, tuple, deque), Captured._list),
        ((set, frozenset), Captured._set),
        ((array.array, bytearray), Captured._numbers),
        ((io.StringIO, io.BytesIO), Captured._stream),
        (ctypes._Pointer, Captured._pointer),
        (weakref.ReferenceType, Captured._reference),
        (contextvars.ContextVar, Captured._context),
        (type, Captured._class),
        (types.ModuleType, Captured._python_module),
        (_FUNCTIONS, Captured._function),
        (_BOUND, Captured._bound),
    ]
