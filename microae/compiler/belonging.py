"""Whose a class, a module or a function is: the user's, this library's, or another one's."""

from __future__ import annotations

import functools
import os
import sys
import types
from pathlib import Path
from typing import Any

_HOME = os.path.dirname(os.path.dirname(__file__)) + os.sep
_LIBRARIES = (
    "microae",
    "numpy",
    "builtins",
    "math",
    "functools",
    "itertools",
    "operator",
    "scipy",
    "pandas",
    "sklearn",
)


@functools.cache
def is_own(thing: type | types.ModuleType) -> bool:
    """Whether a class or module is of the user's files, rather than an installed package's or of Python's library."""
    name = thing.__name__ if isinstance(thing, types.ModuleType) else thing.__module__
    if not is_users(thing) or name.partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
        return False
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return not any(part in ("site-packages", "dist-packages") for part in Path(file).parts)


def is_users(thing: Any) -> bool:
    """Whether a function, class or module is neither the library's nor one of those that it works with."""
    module = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", None) or ""
    return module.partition(".")[0] not in _LIBRARIES


def is_a_librarys(function: Any) -> bool:
    """Whether a function is of the library, known by its file, or one of those that it works with."""
    module = (function.__module__ or "").partition(".")[0]
    return function.__code__.co_filename.startswith(_HOME) or module in _LIBRARIES[1:]
