"""``compile``: from a function of arrays, such as a training step, a program that runs in its place.

The first call for new shapes and dtypes traces the function, twice in a row: what differs is no part of a program, and
is refused with its line. Later calls run the program. Parameters, optimisers and generators live on as in the function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from microae.compiler.backends import backend as backend_module
from microae.compiler.captured import Captured
from microae.compiler.loop import has_nan
from microae.compiler.program import Constant, Program, Term
from microae.compiler.step import Snapshot, TracedStep, trace_step
from microae.compiler.structure import Structure
from microae.core.arrays import UntraceableError
from microae.core.context import current

_RETRIES = 3
_MOST = 64
"""So many programs of one function are kept."""


class CompileError(TypeError):
    """A function cannot be compiled: the message says which line, why, and what to write instead."""


class _Entry:
    """A program for arguments of certain shapes, with what it was made under."""

    def __init__(self, step: TracedStep, captured: Captured, run: Callable[..., Any], adds_up: bool) -> None:
        self.step = step
        self.captured = captured
        self.run = run
        self.draws = any(term.kind == "draw" for term in step.program.inputs)
        self.had_gradients = frozenset(value for value in captured.values if value._grad is not None)
        self.adds_up = adds_up  # gradients that are there are added to


class Compiled:
    """A function that runs as a program; made by :func:`compile`."""

    def __init__(self, function: Callable[..., Any], backend: str) -> None:
        update_wrapper(self, function)
        self.function = function
        self.backend = backend
        self._entries: dict[Any, _Entry] = {}
        self._last: _Entry | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        context = current()
        if context.recorder is not None or context.anomaly or context.trace is not None:
            return self.function(*args, **kwargs)
        arguments, data = Structure.of_arguments(self.function, args, kwargs)
        key = (arguments.key, context.grad_enabled)
        entry = self._entries.get(key)
        if entry is None or self._is_stale(entry):
            entry = self._entries[key] = self._compiled(arguments, data)
        self._last = entry
        return self._run(entry, data, args, kwargs)

    def _is_stale(self, entry: _Entry) -> bool:
        if next(entry.captured.changes(), None) is not None:
            return True
        if not entry.adds_up:
            return False
        return entry.had_gradients != {value for value in entry.captured.values if value._grad is not None}

    def _run(self, entry: _Entry, data: Sequence[Any], args: Any, kwargs: Any) -> Any:
        step, program = entry.step, entry.step.program
        states = [(rng, rng.bit_generator.state) for rng in entry.captured.generators] if entry.draws else ()
        given = [read(data) for read in step.reads]
        with np.errstate(all="ignore"):
            outputs = entry.run(*given)
        n, m, k = len(program.results), len(program.updates), len(program.gradients)
        results, updates = outputs[:n], outputs[n : n + m]
        gradients, conditions = outputs[n + m : n + m + k], outputs[n + m + k :]
        if not all(conditions) or any(map(has_nan, outputs[: n + m + k])):
            for rng, state in states:
                rng.bit_generator.state = state
            return self.function(*args, **kwargs)  # as an ordinary step, which masks NaNs, or says what is wrong
        for write, new in zip(step.writes, updates, strict=True):
            write(new)
        for value, new in zip(step.grads, gradients, strict=True):
            value._grad = new
        for value in step.cleared:
            value._grad = None
        for steps, members in step.counted:
            for i in members:
                steps[i] += 1
        return step.structure.build(results)

    def _compiled(self, arguments: Structure, data: Sequence[Any]) -> _Entry:
        captured = Captured(self.function)
        snapshot = Snapshot(captured)
        try:
            step = trace_step(self.function, captured, arguments, data)
            again = trace_step(self.function, captured, arguments, data)
            changes = sorted(set(captured.changes()))
            if changes:
                raise UntraceableError(
                    f"the step changes {', '.join(changes[:3])}, which a program would not; return it instead"
                )
            adds_up = step.uses_gradients or again.uses_gradients
            if again.uses_gradients != step.uses_gradients:
                snapshot.restore()
                again = trace_step(self.function, captured, arguments, data)
            difference = first_difference(step.program, again.program)
            if difference:
                raise UntraceableError(difference)
        except UntraceableError as error:
            raise CompileError(f"{_name(self.function)} cannot be compiled: {error}") from error
        finally:
            snapshot.restore()
        return _Entry(
            step,
            captured,
            backend_module("numpy" if self.backend == "auto" else self.backend).build(step.program),
            adds_up,
        )

    # to be read

    def _entry(self) -> _Entry:
        if self._last is None:
            raise RuntimeError(f"{_name(self.function)} has no program yet: call it once, for a program needs shapes")
        return self._last

    @property
    def program(self) -> Program:
        """The program of the last call."""
        return self._entry().step.program

    @property
    def passes(self) -> dict[str, Program]:
        """The program as it was traced, and after each pass."""
        return dict(self._entry().step.stages)

    def __repr__(self) -> str:
        return f"<compiled {_name(self.function)}, backend {self.backend!r}, {len(self._entries)} programs>"


def compile(function: Callable[..., Any] | None = None, *, backend: str = "auto") -> Any:
    """Make a program of a function of arrays: a training step, ``net.reconstruct``, ``lambda x: ma.gradients(...)``."""
    if function is None:
        return lambda f: Compiled(f, backend)
    if not callable(function):
        raise TypeError(f"compile: needs a function of arrays, got {function!r}")
    return Compiled(function, backend)


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", type(function).__name__)


def first_difference(one: Program, other: Program) -> str:
    """What differs in two programs, with its line; empty if nothing does."""
    same: dict[Term, Term] = dict(zip(one.inputs, other.inputs, strict=False))
    if [(t.kind, t.shape, t.dtype) for t in one.inputs] != [(t.kind, t.shape, t.dtype) for t in other.inputs]:
        return "the step reads other things the second time"
    for a, b in zip(one.calls, other.calls, strict=False):
        said = f"{b.line}: np.{b.function} is called"
        if (a.function, a.shape, a.dtype, a.line) != (b.function, b.shape, b.dtype, b.line):
            return f"{said} where the step before called np.{a.function} at {a.line}; a program takes one way only"
        operands = zip((*a.args, *a.kwargs.values()), (*b.args, *b.kwargs.values()), strict=True)
        if not all(_equal(x, y, same) for x, y in operands):
            return (
                f"{said} with numbers that differ from one step to the next, but come from no argument, parameter or "
                "random generator of a module; pass them as arguments"
            )
        same[a] = b
    if len(one.calls) != len(other.calls):
        return "the step is shorter or longer the second time"
    if not all(_equal(x, y, same) for x, y in zip(one.outputs(), other.outputs(), strict=False)):
        return "what the step returns or updates differs from one step to the next"
    return ""


def _equal(x: Any, y: Any, same: dict[Term, Term]) -> bool:
    if isinstance(x, Constant) and isinstance(y, Constant):
        return x.value.tobytes() == y.value.tobytes() and x.shape == y.shape
    if isinstance(x, Term):
        return same.get(x) is y
    if type(x) in (tuple, list):
        return type(x) is type(y) and len(x) == len(y) and all(_equal(a, b, same) for a, b in zip(x, y, strict=True))
    return type(x) is type(y) and (x is y or repr(x) == repr(y))
