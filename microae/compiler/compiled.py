"""``Compiled``: a function of arrays, such as a training step, with the program that runs in its place.

The first call for new shapes and dtypes traces the function, twice in a row: what differs is no part of a program, and
is refused with its line. Later calls run the program. Parameters, optimisers and generators live on as in the function.
"""

from __future__ import annotations

import dis
import gc
import inspect
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import update_wrapper
from threading import RLock
from types import MethodType
from typing import Any
from warnings import catch_warnings

import numpy as np

from microae.arguments import count
from microae.compiler.backends import backend as backend_module
from microae.compiler.backends import generated, javascript
from microae.compiler.captured import Captured
from microae.compiler.differences import first_difference
from microae.compiler.entry import Entry, restore
from microae.compiler.errors import CompileError, NotYetError, UnmetError, line_of
from microae.compiler.explaining import Explanation
from microae.compiler.loop import has_nan
from microae.compiler.printing import JavaScript, Printed, Source
from microae.compiler.program import Program
from microae.compiler.running import Training
from microae.compiler.step import Snapshot, Strangers, TracedStep, trace_step
from microae.compiler.structure import Structure
from microae.core.arrays import UntraceableError
from microae.core.context import current
from microae.data import as_table
from microae.history import History
from microae.pickling import refuse_nameless
from microae.progress import blocks, training_bar

ONE_AT_A_TIME = RLock()
"""While a function is traced its parameters are no arrays, and a program has memory for one run at a time."""

_MOST = 64
"""So many programs of one function are kept, the newest."""

_INDEX = 1 << 20
"""Samples whose places are drawn beforehand."""

_OF_DATA = "does not do the same with all data of this kind"


class Compiled:
    """A function that runs as a program; made by :func:`compile`."""

    def __init__(self, function: Callable[..., Any], backend: str, devices: Any = None) -> None:
        update_wrapper(self, function)
        self.function = function
        self.backend = backend
        self.devices = devices
        self._entries: dict[Any, Entry] = {}
        self._last: Entry | None = None
        self._bound: dict[int, Compiled] = {}
        self._made: set[Any] = set()  # the keys of arguments of which an ordinary step has just made things

    def __get__(self, instance: Any, owner: type | None = None) -> Compiled:
        """As a method of an object: with programs for that object, kept for the newest objects."""
        if instance is None:
            return self
        if id(instance) not in self._bound:
            method = MethodType(self.function, instance)  # which keeps the object, and so its id
            self._bound[id(instance)] = Compiled(method, self.backend, self.devices)
            if len(self._bound) > _MOST:
                del self._bound[next(iter(self._bound))]
        return self._bound[id(instance)]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        context = current()
        recorded = context.recorder is not None or context.anomaly or context.trace is not None
        if recorded or not {"ignore", "warn"}.issuperset(np.geterr().values()):
            return self.function(*args, **kwargs)
        with ONE_AT_A_TIME:
            try:
                entry, data = self._entry_of(args, kwargs)
            except UnmetError:
                return self.function(*args, **kwargs)  # as an ordinary step, which says what is wrong
            return self._run(entry, data, args, kwargs)

    def __reduce__(self) -> Any:
        """By its name, as a function is, or as one of an object: its programs are made anew."""
        function = self.function
        if isinstance(function, MethodType) and _found(function.__self__, function.__name__) is self:
            return getattr, (function.__self__, function.__name__)
        name = getattr(function, "__qualname__", "")
        if _found(sys.modules.get(getattr(function, "__module__", "")), name) is self:
            return name
        refuse_nameless("a compiled function", function=function)
        return object.__new__, (type(self),), (self.function, self.backend, self.devices)

    def __setstate__(self, made: tuple[Any, ...]) -> None:
        self.__init__(*made)  # type: ignore[misc]

    def _entry_of(self, args: Any, kwargs: Any) -> tuple[Entry, Sequence[Any]]:
        """The program for these arguments, made if there is none that still holds."""
        arguments, data = Structure.of_arguments(self.function, args, kwargs)
        key = (arguments.key, current().grad_enabled)
        entry = self._entries.get(key)
        if entry is None or entry.is_stale():
            with _without_collection():
                made = self._compiled(arguments, data)
            if entry is None or not entry.takes_in(made):
                entry = made
            self._entries.pop(key, None)
            self._entries[key] = entry
            if len(self._entries) > _MOST:
                del self._entries[next(iter(self._entries))]
        self._last = entry
        return entry, data

    def trace(self, *args: Any, **kwargs: Any) -> Compiled:
        """Make the program for arguments like these, without taking a step; for ``source`` and the others to show.

        Parameters
        ----------
        *args, **kwargs
            As the function takes them.

        Returns
        -------
        Compiled
            Itself.

        Raises
        ------
        CompileError
            If no program says what the function does.
        """
        with ONE_AT_A_TIME:
            try:
                self._entry_of(args, kwargs)
            except UnmetError as unmet:
                arguments = Structure.of_arguments(self.function, args, kwargs)[0]
                self._made.discard(arguments.key)
                before = Snapshot(Captured(self.function, arguments.fixed))
                try:
                    self.function(*args, **kwargs)  # as an ordinary step, which says what is wrong
                finally:
                    before.restore()
                why = f"has no program yet: {unmet}; call it once first" if unmet.args else _OF_DATA
                raise (NotYetError if unmet.args else CompileError)(f"{_name(self.function)} {why}") from None
        return self

    def run(
        self,
        data: Any,
        target: Any = None,
        *,
        epochs: int,
        batch_size: int = 1,
        seed: Any = None,
        shuffle: bool = True,
        progress: bool = False,
        history: History | None = None,
    ) -> History:
        """Train: take the compiled step for every batch, over and over, natively where the backend is.

        Samples come in the orders of :func:`microae.fit` with the same seed, and the losses are equal; parameters
        are left with the gradients of the last step.

        Parameters
        ----------
        data : array_like (N, features)
            The samples, one a row: the first argument of the step is a batch of them.
        target : array_like (N, ...), optional
            The second argument, if the step has one.
        epochs, batch_size : int
        seed : int, numpy.random.Generator or None
            Of the order of the samples.
        shuffle : bool
            Whether each epoch has a new order; else the samples are taken as they stand.
        progress : bool
            Show a progress bar with the loss.
        history : History, optional
            That of an earlier training, to be continued. If the training is interrupted, it holds the epochs until
            then.

        Returns
        -------
        History
            The losses and seconds of each epoch, and in ``backend`` what ran.

        Raises
        ------
        CompileError
            If the step cannot be compiled; the message says which line, and why.
        FloatingPointError
            If a loss or a parameter becomes NaN or infinite.
        ValueError, TypeError
            If the data do not fit.
        """
        epochs, batch_size = count("run", "epochs", epochs), count("run", "batch_size", batch_size)
        tables = [as_table(data, "data")] + ([] if target is None else [np.asarray(target)])
        if any(len(table) != len(tables[0]) for table in tables):
            raise ValueError(f"run: there are {len(tables[0])} samples, but {len(tables[-1])} targets")
        history = History() if history is None else history
        rng = history.orders(seed) if shuffle else None
        training = self.training(tables, epochs, batch_size, rng)
        batches, begun = -(-len(tables[0]) // batch_size), history.epochs
        with training_bar(epochs, batches, progress) as show:
            for block in blocks(epochs, lambda: max(1, _INDEX // len(tables[0]))):
                training.train(block, history, same=True, gradients=history.epochs - begun + block == epochs)
                show(history.loss[-1], (history.epochs - begun) * batches, None)
        return history

    def training(
        self,
        tables: Sequence[Any],
        epochs: int,
        batch_size: int,
        rng: Any,
        user: str = "run",
        n: int | None = None,
    ) -> Training:
        """The compiled step, repeated over epochs; see :class:`microae.compiler.running.Training`."""
        dtypes = {value._array.dtype for value in Captured(self.function).values}
        if len(dtypes) == 1:
            (dtype,) = dtypes
            tables = [table.astype(dtype, copy=False) if table.dtype.kind == "f" else table for table in tables]

        def entry_of(args: Sequence[Any]) -> Entry:
            with ONE_AT_A_TIME:
                return self._entry_of(tuple(args), {})[0]

        return Training(entry_of, self.function, tables, batch_size, rng, self.backend, epochs, user, n, self.devices)

    def _run(self, entry: Entry, data: Sequence[Any], args: Any, kwargs: Any) -> Any:
        step, program, run = entry.step, entry.step.program, entry.run
        states = entry.random_states() if entry.draws else []
        given = [step.reads[term](data) for term in program.inputs]
        try:
            with np.errstate(all="ignore"):
                outputs = run(*given)
        except Exception:  # such as an index out of range
            restore(states)
            return self.function(*args, **kwargs)  # as an ordinary step, which says what is wrong
        n, m, k = len(program.results), len(program.updates), len(program.gradients)
        results = [
            result.copy() if lent and isinstance(result, np.ndarray) else result
            for result, lent in zip(outputs[:n], entry.lends, strict=True)
        ]
        updates = outputs[n : n + m]
        gradients, conditions = outputs[n + m : n + m + k], outputs[n + m + k :]
        if not all(conditions) or any(map(has_nan, outputs[: n + m + k])):
            restore(states)
            return self.function(*args, **kwargs)  # as an ordinary step, which masks NaNs, or says what is wrong
        entry.write(updates, 1)
        entry.leave(gradients)
        return step.structure.build(results)

    def _compiled(self, arguments: Structure, data: Sequence[Any]) -> Entry:
        captured = Captured(self.function, arguments.fixed)
        while True:
            try:
                step, again, adds_up = self._traced(captured, arguments, data)
                break
            except Strangers as found:
                captured.add(found.values, found.optimizers, found.generators)
                continue
            except UntraceableError as error:
                raise CompileError(f"{_name(self.function)} cannot be compiled: {error}") from error
            except Exception as error:
                wrong = error
            self._take_back_ordinary(captured, arguments, data)  # which says in its own words what is wrong
            why = f"{line_of(wrong)}: {type(wrong).__name__}: {wrong}"
            raise CompileError(f"{_name(self.function)} cannot be compiled: {why}") from wrong
        captured.look_into_caches()
        module = backend_module("numpy" if self.backend == "auto" else self.backend, self.devices)
        cleared = {frozenset(each.given): each.cleared for each in ((step,) if adds_up else (again, step))}
        return Entry(step, captured, module.build, adds_up, cleared)

    def _take_back_ordinary(self, captured: Captured, arguments: Structure, data: Sequence[Any]) -> None:
        """Take an ordinary step, and take it back."""
        positional, named = arguments.build(list(data))
        before = Snapshot(captured)
        try:
            self.function(*positional, **named)
        finally:
            before.restore()

    def _traced(
        self, captured: Captured, arguments: Structure, data: Sequence[Any]
    ) -> tuple[TracedStep, TracedStep, bool]:
        """The step, traced in two steps that follow each other, and whether it adds to gradients that are there."""
        snapshot = Snapshot(captured)
        try:
            step = trace_step(self.function, captured, arguments, data)
            changes = sorted(set(captured.changes()))
            if changes and arguments.key not in self._made:
                snapshot.restore()
                if self._makes_once(captured, arguments, data):
                    self._made.add(arguments.key)
                    raise UnmetError(f"its first step makes {', '.join(changes[:3])}")
            self._made.discard(arguments.key)
            self._refuse(changes)
            again = trace_step(self.function, captured, arguments, data)
            self._refuse(sorted(set(captured.changes())))
            adds_up = bool(step.uses_gradients or again.uses_gradients)
            if again.uses_gradients != step.uses_gradients:
                snapshot.restore()
                again = trace_step(self.function, captured, arguments, data)
            difference = first_difference(step, again, _line_that_sets(self.function))
            if difference:
                raise UntraceableError(difference)
            outside = sorted(step.outside | again.outside)
            if outside:
                raise UntraceableError(
                    f"{_line_that_sets(self.function)}: "
                    f"the step draws from {' and '.join(outside)}, which a program would not; draw before it and pass "
                    "what is drawn as an argument, or let a module such as ma.Dropout draw"
                )
        finally:
            snapshot.restore()
        return step, again, adds_up

    def _refuse(self, changes: Sequence[str]) -> None:
        if changes:
            raise UntraceableError(
                f"{_line_that_sets(self.function, changes[0])}: "
                f"the step changes {', '.join(changes[:3])}, which a program would not; return it instead, or hold an "
                "array, such as a running mean, in a ma.Value, and set its data"
            )

    def _makes_once(self, captured: Captured, arguments: Structure, data: Sequence[Any]) -> bool:
        """Whether of two ordinary steps, from here, only the first changes things, as one that fills a cache."""
        positional, named = arguments.build(list(data))
        with np.errstate(all="ignore"), catch_warnings(action="ignore"):  # the step that is kept will warn
            self.function(*positional, **named)
            after = Captured(self.function, arguments.fixed)
            self.function(*positional, **named)
        return next(captured.changes(), None) is not None and next(after.changes(), None) is None

    # to be read

    def _entry(self) -> Entry:
        if self._last is None:
            raise RuntimeError(
                f"{_name(self.function)} has no program yet, for a program needs shapes: call it once, or .trace(x)"
            )
        return self._last

    @property
    def program(self) -> Program:
        """The program of the last call, as data."""
        return self._entry().step.program

    @property
    def source(self) -> Source:
        """The program of the last call as Python: a function that runs as it stands, in a file by itself.

        Its arguments are the inputs of :attr:`program`, and it returns the outputs. Functions that are neither NumPy's
        nor the library's it asks for in a comment.
        """
        entry = self._entry()
        return Source(generated.remark(entry.run) + self._printed(entry.step.program).source())

    @property
    def passes(self) -> dict[str, Source]:
        """The program as it was traced, and after each pass."""
        return {name: Source(self._printed(program).source()) for name, program in self._entry().step.stages().items()}

    def explain(self) -> Explanation:
        """Each line of the program with its stage, the module that it belongs to, its shape and what it is."""
        return Explanation(self._printed(self._entry().step.program))

    def javascript(self) -> JavaScript:
        """The program of the last call as one JavaScript function, for a page that computes; it needs nothing else.

        It takes an object of all inputs by their names in ``source`` and returns an object of ``results``,
        ``updates``, ``gradients`` and ``valid``. Arrays are lists in lists, as JSON has them; a page gives the updates
        to the next call, and random draws itself. Numbers are float64, written out one by one, and added in NumPy's
        order. ``valid`` is false where a check of the data fails, or a number is NaN: the page must stop there.

        Returns
        -------
        str
            Highlighted in a notebook.

        Raises
        ------
        UnsupportedError
            If the program has float32 arrays, functions without a scalar form, or more than 20,000 operations.

        Examples
        --------
        >>> import json, microae as ma
        >>> W = ma.Value([[0.5], [-0.5]], label="W")
        >>> @ma.compile
        ... def neuron(x):
        ...     return ma.tanh(x @ W)
        >>> text = neuron.trace([1.0, 2.0]).javascript()
        >>> print(text)
        /**
        ...
        function neuron({ x, W }) {
        ...
          const h_0 = Math.tanh(x[0] * W[0][0] + x[1] * W[1][0]);
        ...
        >>> script = f"{text} const W = {json.dumps(neuron.state()['W'])}; neuron({{ x: [1, 2], W }}).results[0]"
        """
        program = self._entry().step.program
        return JavaScript(javascript.source(program, self._printed(program)))

    def state(self) -> dict[str, Any]:
        """What the program of the last call is given besides the arguments and random draws, as it is now.

        Returns
        -------
        dict
            Parameters, optimiser states, learning rates and counts by their names in ``javascript()``: lists in
            lists and numbers, for JSON.

        Examples
        --------
        >>> import microae as ma
        >>> W = ma.Value([[0.5], [-0.5]], label="W")
        >>> ma.compile(lambda x: x @ W).trace([1.0, 2.0]).state()
        {'W': [[0.5], [-0.5]]}
        """
        entry = self._entry()
        names = javascript.input_names(self._printed(entry.step.program))
        return {names[term]: np.asarray(now).tolist() for term, now in entry.values(()).items() if term in names}

    def _printed(self, program: Program) -> Printed:
        return Printed(program, getattr(self.function, "__name__", "step"))

    def __repr__(self) -> str:
        return f"<compiled {_name(self.function)}, backend {self.backend!r}, {len(self._entries)} programs>"


@contextmanager
def _without_collection() -> Iterator[None]:
    """Without Python's search for garbage, which would look through a growing program again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _found(place: Any, name: str) -> Any:
    try:
        return operator.attrgetter(name)(place)
    except AttributeError:
        return None


def _line_that_sets(function: Any, path: str = "") -> str:
    """``file:line in function`` where a function sets the last name of a path; where it begins if it does not."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return _name(function)
    name = path.rpartition(".")[-1]
    line, found = code.co_firstlineno, code.co_firstlineno
    for instruction in dis.get_instructions(code):
        line = instruction.starts_line or line
        if instruction.opname.startswith("STORE_") and instruction.argval == name:
            found = line
    return f"{code.co_filename}:{found} in {code.co_name}"


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", type(function).__name__)
