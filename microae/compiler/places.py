"""Where a thing stands: under a key of a dict or list, in a cell of a closure, as an attribute; asked and set alike."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

GONE = object()


def under(container: Any, key: Any) -> Any:
    """What stands under a key of a dict, a list or an object, or in a cell."""
    try:
        return container.cell_contents if type(container) is types.CellType else container[key]
    except (KeyError, IndexError, ValueError):
        return GONE


def put(container: Any, key: Any, thing: Any) -> None:
    """Let something stand under a key of a dict, a list or an object, or in a cell."""
    if type(container) is types.CellType:
        if thing is GONE:
            del container.cell_contents
        else:
            container.cell_contents = thing
    elif thing is GONE:
        del container[key]
    else:
        container[key] = thing


class Called:
    """What calls its keys for what stands under them."""

    def __getitem__(self, key: Callable[[], Any]) -> Any:
        return key()


class Attributes:
    """Attributes of a class, or those of an object that stand in slots, to be read and set like a dict's items."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, name: str) -> Any:
        found = vars(self._owner).get(name, GONE) if isinstance(self._owner, type) else self._of_object(name)
        function = function_in(found)
        return found if function is None else function

    def _of_object(self, name: str) -> Any:
        return getattr(self._owner, name, GONE)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._owner, name, value)


def function_in(member: Any) -> Any:
    """The function that a class has under a name, also as a property or for the class itself; None if it is none."""
    if isinstance(member, (staticmethod, classmethod)):
        return member.__func__
    if isinstance(member, property):
        return member.fget
    if isinstance(member, functools.cached_property):
        return member.func
    return member if isinstance(member, types.FunctionType) else None
