"""Functions and shapes from text, as ``microae check`` takes them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def function(name: str) -> Callable[..., Any]:
    """Import a function by its name.

    Parameters
    ----------
    name : str
        ``module:function`` or ``path/to/file.py:function``.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        If the name has another form, the module cannot be imported, or the object is missing or not callable.

    Examples
    --------
    >>> from microae.testing.named import function
    >>> function("numpy:tanh")(0.0)
    np.float64(0.0)
    """
    module_name, _, path = name.rpartition(":")
    if not module_name or not path:
        raise ValueError(f"{name!r} is not a function's name; write module:function or path/to/file.py:function")
    target: Any = _module(module_name)
    for part in path.split("."):
        if not hasattr(target, part):
            raise ValueError(f"{module_name} has no {path!r}")
        target = getattr(target, part)
    if not callable(target):
        raise ValueError(f"{name} is not a function but {type(target).__name__}")
    return target  # type: ignore[no-any-return]


def _module(name: str) -> Any:
    file = Path(name)
    if file.suffix == ".py" and not file.is_file():
        raise ValueError(f"there is no file {name}")
    try:
        if file.suffix != ".py":
            if "" not in sys.path:
                sys.path.insert(0, "")  # the current directory, as with python -m
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError) as error:
        raise ValueError(f"{name} cannot be imported: {error}") from error
    except (Exception, SystemExit) as error:  # a script that does its work, or ends, when it is imported
        raise ValueError(f"{name} cannot be imported, it raised {type(error).__name__}: {error}") from error
    return module


def shapes(text: str) -> list[tuple[int, ...]]:
    """Parse shapes.

    Parameters
    ----------
    text : str
        One tuple for each input, such as ``"(3,),(3,4)"``.

    Returns
    -------
    list of tuple of int

    Raises
    ------
    ValueError
        If the text is something else.

    Examples
    --------
    >>> from microae.testing.named import shapes
    >>> shapes("(3,), (3, 4), ()")
    [(3,), (3, 4), ()]
    """
    from ast import literal_eval

    try:
        parsed = literal_eval(f"[{text}]")
    except (ValueError, SyntaxError):
        parsed = None
    if not parsed or any(
        not isinstance(shape, tuple) or any(type(n) is not int or n < 0 for n in shape) for shape in parsed
    ):
        raise ValueError(f'the shapes must be written as in "(3,),(3,4)", one for each input, got {text!r}')
    return parsed  # type: ignore[no-any-return]
