"""Backends: each says a program in another language, and runs it.

A backend is a module with two functions, and raises :class:`UnsupportedError` for a call that it cannot say.

``build(program)``
    A function of the program's inputs, in their order, that returns a list of its outputs: results, updates,
    gradients, conditions. It changes none of its inputs.
``build_loop(program, plan)``
    A :class:`~microae.compiler.loop.Loop`, which takes many steps in a row.
"""

from __future__ import annotations


class UnsupportedError(NotImplementedError):
    """A backend has no word for an array function; the message names both."""
