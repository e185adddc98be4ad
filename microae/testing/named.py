"""Functions by name, ``module:function`` or ``path/to/file.py:function``, as ``microae check`` takes them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def function(name: str) -> Callable[..., Any]:
    """The function of that name.

    Raises
    ------
    ValueError
        If the name cannot be read, or what it names is not there or cannot be called.

    Examples
    --------
    >>> from microae.testing.named import function
    >>> function("numpy:tanh")(0.0)
    np.float64(0.0)
    """
    module_name, _, path = name.rpartition(":")
    if not module_name or not path:
        raise ValueError(f"{name!r} is not a function's name; write module:function or path/to/file.py:function")
    found: Any = _module(module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{module_name} has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise ValueError(f"{name} is not a function but {type(found).__name__}")
    return found  # type: ignore[no-any-return]


def _module(name: str) -> Any:
    file = Path(name)
    try:
        if file.suffix != ".py":
            if "" not in sys.path:
                sys.path.insert(0, "")  # the modules of the directory that one works in, as with python -m
            return importlib.import_module(name)
        if not file.is_file():
            raise ValueError(f"there is no file {name}")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError) as error:
        raise ValueError(f"{name} cannot be imported: {error}") from error
    return module


def shapes(text: str) -> list[tuple[int, ...]]:
    """Shapes from text such as ``"(3,),(3,4)"``.

    Examples
    --------
    >>> from microae.testing.named import shapes
    >>> shapes("(3,), (3, 4), ()")
    [(3,), (3, 4), ()]
    """
    from ast import literal_eval

    try:
        found = literal_eval(f"[{text}]")
    except (ValueError, SyntaxError):
        found = None
    if not found or any(
        not isinstance(shape, tuple) or any(type(n) is not int or n < 0 for n in shape) for shape in found
    ):
        raise ValueError(f'the shapes must be written as in "(3,),(3,4)", one for each input, got {text!r}')
    return found  # type: ignore[no-any-return]
