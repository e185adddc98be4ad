"""Backends: each says a program in another language, and runs it.

A backend is a module with two functions, and raises :class:`UnsupportedError` for a call that it cannot say.

``build(program)``
    A function of the program's inputs, in their order, that returns a list of its outputs: results, updates,
    gradients, conditions. It changes none of its inputs.
``build_loop(program, plan)``
    A :class:`~microae.compiler.loop.Loop`, which takes many steps in a row.

``javascript`` runs elsewhere, so it only writes: ``source(program, printed)`` is its text.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from microae.compiler.errors import CompileError

BACKENDS = ("numpy", "python", "numba", "jax")
"""Those that :func:`microae.compile` takes, besides "auto"."""

NEEDS = {"numba": "fast", "jax": "jax"}
"""The extra that installs what a backend is built on."""


class UnsupportedError(CompileError, NotImplementedError):
    """A backend has no word for an array function; the message names both."""


def installed(name: str) -> bool:
    """Whether a backend can be used here."""
    return name not in NEEDS or find_spec(name) is not None


def backend(name: str, devices: Any = None) -> Any:
    """The module of a backend, or, for JAX with ``devices``, its two functions for those.

    Raises
    ------
    ValueError
        For a name that is none.
    ImportError
        If what it is built on is not installed; the message names the extra.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend {name!r} is not known; use 'auto', {', '.join(map(repr, BACKENDS))}")
    if not installed(name):
        raise ImportError(f"backend {name!r} needs {name}: pip install 'microae[{NEEDS[name]}]'")
    module = import_module(f"microae.compiler.backends.{name}")
    return module if devices is None else module.on(devices)
