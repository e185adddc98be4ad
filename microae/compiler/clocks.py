"""What stands in for the clock and the calendar while a step is traced: where the step reads them, it is refused."""

from __future__ import annotations

import builtins
import datetime
import functools
import math
import sys
import time
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from microae.compiler.belonging import is_own
from microae.compiler.refusals import refused
from microae.compiler.tracer import STAND_INS
from microae.core.context import current

_UNITS = ("time", "perf_counter", "monotonic", "process_time", "thread_time", "clock_gettime")
_CLOCKS: dict[Any, float] = {
    **{getattr(time, name + unit): math.inf for name in _UNITS for unit in ("", "_ns") if hasattr(time, name + unit)},
    time.localtime: 1,
    time.gmtime: 1,
    time.ctime: 1,
    time.asctime: 1,
    time.strftime: 2,
    datetime.datetime.now: math.inf,
    datetime.datetime.utcnow: math.inf,
    datetime.datetime.today: math.inf,
    datetime.date.today: math.inf,
}
"""What says what time it is, unless it is given so many arguments, the last of which is a time."""

_DATETIME64 = np.datetime64  # which has a stand-in there
_CALENDARS = (datetime.datetime, datetime.date, _DATETIME64)
MODULES = {"time", "datetime"}


def is_clock(thing: Any) -> bool:
    """Whether something says what time it is, or has something that does: a function, a class or their module."""
    if isinstance(thing, BuiltinFunctionType):
        return thing in _CLOCKS
    return thing is time or thing is datetime or any(thing is kind for kind in _CALENDARS)


def stand_in(thing: Any) -> Any:
    """What stands in for a clock, the ``import`` of one or a tuple with some; in other threads it is the clock."""
    if thing is builtins.__import__:
        return functools.partial(_imported, thing)
    if isinstance(thing, tuple):
        return tuple(stand_in(part) if is_clock(part) else part for part in thing)
    return _calendar(thing) if isinstance(thing, type) else Clock(thing)


def _imported(load: Callable[..., Any], name: str, names: Any = None, own: Any = None, *more: Any) -> Any:
    """What is imported: within a function of the user's, which has no ``own`` names, a clock's stand-in."""
    module = load(name, names, own, *more)
    if own is not None or current().trace is None or not is_clock(module):
        return module
    asks = sys.modules.get((names or {}).get("__name__", ""))
    return stand_in(module) if asks is None or is_own(asks) else module


def _refuse() -> None:
    if current().trace is not None:
        raise refused("the clock is read", "read it before the step, and pass what it says as an argument")


class Clock:
    """Stands in for a module or a function that says what time it is."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __getattr__(self, name: str) -> Any:
        return _of(self._thing, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) < _CLOCKS[self._thing] or args[-1] is None:
            _refuse()
        return self._thing(*args, **kwargs)


class _Calendar(type):
    """The kind of what stands in for a class that can be asked what time it is; all else is asked of that class."""

    def __getattribute__(cls, name: str) -> Any:
        return _of(_class_of(cls), name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and _class_of(cls) is _DATETIME64 and isinstance(args[0], str) and args[0] in ("now", "today"):
            _refuse()
        return _class_of(cls)(*args, **kwargs)

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, _class_of(cls))

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, _class_of(cls))

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is _class_of(cls)

    def __hash__(cls) -> int:
        return hash(_class_of(cls))


def _class_of(calendar: type) -> Any:
    return type.__getattribute__(calendar, "__base__")


def _of(thing: Any, name: str) -> Any:
    member = getattr(thing, name)
    return stand_in(member) if is_clock(member) else member


def _calendar(kind: type) -> type:
    if kind not in STAND_INS:
        STAND_INS[kind] = _Calendar(kind.__name__, (kind,), {})
    return STAND_INS[kind]
