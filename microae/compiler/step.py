"""Tracing a step: run it once on tracers, and say what of its surroundings the program reads and writes."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from microae.compiler.captured import LARGE, Captured
from microae.compiler.clocks import stand_in
from microae.compiler.errors import UnmetError, line_of
from microae.compiler.passes import PASSES, optimised
from microae.compiler.places import put
from microae.compiler.program import Constant, Input, Program, Term
from microae.compiler.random_states import same_state, set_state, state_of
from microae.compiler.structure import Structure, changeable
from microae.compiler.tracer import Draws, Kind, Taken, Trace, Tracer
from microae.core.arrays import UntraceableError
from microae.core.context import at, changed
from microae.core.errors import users_line
from microae.core.value import Value
from microae.optim import Optimizer

_KINDS = ("argument", "draw", "parameter", "gradient", "state", "rate", "step")
"""In which order the inputs of a program stand."""

_SETS_LR = "the step changes an optimiser's lr; change it between steps, it is read anew by each"

_NEW_STATE = "an optimiser's state is not the same kind of thing after the step as before it"

Read = Callable[[Sequence[Any]], Any]
Write = Callable[[Any], None]


@dataclass
class TracedStep:
    """A step as a program, and its surroundings.

    Attributes
    ----------
    traced : Program
        As it was traced, before the passes.
    reads : dict of Input to callable
        How to get each input from the arguments of a call, or from where it lives.
    writes : dict of Input to callable
        For each update of the program, where it goes.
    grads : list of Value
        Whose ``grad`` each of the program's gradients becomes.
    given : dict of Value to Input
        Those that had a gradient before the step.
    cleared : list of Value
        Of these, those whose ``grad`` is None after the step.
    together : list of (Optimizer, list of int)
        Parameters that count as one, because they have been updated equally often.
    outside : set of str
        The random generators that the step draws from in other ways than by modules.
    counted : list of (list of int, list of int)
        The counts of updates that no rule reads, with the parameters of which they go up by one: they are no part of
        the program.
    warnings : list of warnings.WarningMessage
        What was warned of, which each step warns of.
    structure : Structure
        Of what the step returns.
    """

    traced: Program
    reads: dict[Input, Read]
    writes: dict[Input, Write]
    grads: list[Value]
    given: dict[Value, Input]
    cleared: list[Value]
    together: list[tuple[Optimizer, list[int]]]
    outside: set[str]
    counted: list[tuple[list[int], list[int]]]
    warnings: list[warnings.WarningMessage]
    structure: Structure

    @cached_property
    def program(self) -> Program:
        """The program that runs, after all passes."""
        return _without_unused_inputs(optimised(self.traced))

    def stages(self) -> dict[str, Program]:
        """The program as it was traced, and after each pass."""
        named, program = {"traced": self.traced}, self.traced
        for name, step in PASSES.items():
            program = named[name] = step(program)
        return named

    @property
    def uses_gradients(self) -> set[Value]:
        """Whose gradients from before the step are used in it."""
        return {value for value, term in self.given.items() if term in self.traced.inputs}

    @property
    def repeats(self) -> bool:
        """Whether the same Values have a gradient after the step as before it."""
        return self.given.keys() == self.given.keys() - self.cleared | set(self.grads)

    def adding_up(self) -> Program:
        """The program for many steps in a row, each of which adds to the gradients of the one before."""
        program = self.program
        carried = dict(zip(map(self.given.__getitem__, self.grads), program.gradients.values(), strict=True))
        inputs = dict.fromkeys((*program.inputs, *carried))
        return replace(program, inputs=list(inputs), updates=program.updates | carried, gradients={})


@dataclass
class Counted:
    """Parameters that an optimiser has updated equally often.

    Attributes
    ----------
    optimizer : Optimizer
    members : list of int
        Which of its parameters.
    counts : list of Tracer
        How often before the step, and after each of its updates.
    """

    optimizer: Optimizer
    members: list[int]
    counts: list[Tracer]


class StepTrace(Trace):
    """A trace in which parameters, optimiser states, learning rates and counts of steps are inputs."""

    def __init__(self, captured: Captured) -> None:
        super().__init__()
        self.captured = captured
        self.handles_errors = captured.handles_errors
        self.reads: dict[Input, Read] = {}
        self.writes: dict[Input, Write] = {}
        self.inputs_of: dict[Value, Input] = {}
        self.given_gradients: dict[Value, Tracer] = {}
        self.old_gradients: dict[Value, Input] = {}
        self._rates: dict[tuple[int, Any], Tracer] = {}
        self._rates_before = [(optimizer._lr, optimizer._rates) for optimizer in captured.optimizers]
        self._lrs: list[Any] = [self._lr(optimizer) for optimizer in captured.optimizers]
        self.steps: dict[tuple[int, int], Counted] = {}
        self._steps_before = {optimizer: list(optimizer.steps) for optimizer in captured.optimizers}
        self._counts: dict[Optimizer, list[Any]] = {
            optimizer: self._counts_of(optimizer) for optimizer in captured.optimizers
        }
        self._times: dict[tuple[int, int], int] = {}  # how often an optimiser has updated its parameter i
        large = (array for array in captured.arrays() if array.size > LARGE)
        self._large = sorted(large, key=lambda array: array.base is not None)  # a view follows what it shows
        self._draws: list[Callable[[], Any]] = []
        self.hidden: dict[np.random.Generator, Any] = {}  # generators that were not found, with their states
        self._random_states = self._states_now()
        self.new_states: dict[Input, Any] = {}
        self.parameters: dict[Value, Tracer] = {}
        self.states: list[list[tuple[Any, ...]]] = []
        for value, name in captured.values.items():
            self._take_in(value, name)
        names = captured.values
        for optimizer in captured.optimizers:
            traced = []
            _refuse_other_state(optimizer)
            for i, (p, state) in enumerate(zip(optimizer.parameters, optimizer.state, strict=True)):
                traced.append(tuple(self._state(optimizer, i, j, part, names[p]) for j, part in enumerate(state)))
            self.states.append(traced)

    def source(self, kind: str, data: Any, name: str, read: Read, write: Write | None = None) -> Tracer:
        """An input, where it comes from, and where its update goes."""
        tracer = self.input(kind, data, name)
        self.reads[self.inputs[-1]] = read
        if write is not None:
            self.writes[self.inputs[-1]] = write
        return tracer

    def arguments(self, data: Sequence[Any], names: Sequence[str]) -> list[Tracer]:
        """Tracers of the arguments of a call."""
        return [
            self.source("argument", array, name, itemgetter(i))
            for i, (array, name) in enumerate(zip(data, names, strict=True))
        ]

    def draws_of(self, rng: np.random.Generator) -> Draws:
        if rng not in self.captured.generators and rng not in self.hidden:
            self.hidden[rng] = state_of(rng)
            self.strangers.append(rng)
        return super().draws_of(rng)

    def drawn(self, data: Any, draw: Callable[[], Any]) -> Tracer:
        self._draws.append(draw)
        return self.source("draw", data, f"draw{len(self.inputs)}", lambda _: draw())

    def _take_in(self, value: Value, name: str) -> None:
        def write(new: Any) -> None:
            value._array = new

        def write_gradient(new: Any) -> None:
            value._grad = new

        self.parameters[value] = self.source("parameter", value._array, name, lambda _: value._array, write)
        self.inputs_of[value] = self.inputs[-1]
        if value._grad is not None:
            self.given_gradients[value] = self.source(
                "gradient", value._grad, f"d_{name}", lambda _: value._grad, write_gradient
            )
            self.old_gradients[value] = self.inputs[-1]

    def _state(self, optimizer: Any, i: int, j: int, part: Any, name: str) -> Tracer:
        def write(new: Any) -> None:
            state = optimizer.state[i]
            optimizer.state[i] = (*state[:j], new, *state[j + 1 :])

        return self.source("state", part, f"{name}.state{j}", lambda _: optimizer.state[i][j], write)

    def update(self, optimizer: Optimizer) -> None:
        """What ``optimizer.step()`` does, with the learning rate and the count of updates as inputs."""
        if optimizer not in self.captured.optimizers:
            self.strangers.append(optimizer)
            return
        if all(p._grad is None for p in optimizer.parameters):
            optimizer.warn_idle(4)
        for i, p in enumerate(optimizer.parameters):
            if p._grad is None:
                continue
            rate = self._rate(optimizer, p._array.dtype)
            self._refuse_set_steps(optimizer)
            step: Any = self._step(optimizer, i)
            optimizer.steps[i] = step
            with at("update", self.captured.values.get(p, "").rpartition(".")[0]):
                p._array, optimizer.state[i] = optimizer.update(p._array, p._grad, optimizer.state[i], rate, step)

    def _rate(self, optimizer: Optimizer, dtype: Any) -> Tracer:
        key = (id(optimizer), dtype)
        if key not in self._rates:
            name = "lr" if len({dtype for _, dtype in self._rates}) == 0 else f"lr{len(self._rates) + 1}"
            _, rates = self._rates_before[self.captured.optimizers.index(optimizer)]
            self._rates[key] = self.source("rate", rates[dtype], name, lambda _: optimizer._rates[dtype])
        return self._rates[key]

    def _lr(self, optimizer: Optimizer) -> Tracer:
        """The learning rate as the step itself may ask for it, a Python number."""
        return self.source("rate", optimizer._lr, "lr", lambda _: optimizer._lr)

    def _counts_of(self, optimizer: Optimizer) -> list[Tracer]:
        """The counts of updates as the step itself may ask for them, one for each parameter."""

        def count(i: int) -> Tracer:
            def write(new: Any) -> None:
                optimizer.steps[i] = new

            return self.source("step", optimizer.steps[i], "step", lambda _: optimizer.steps[i], write)

        return [count(i) for i in range(len(optimizer.steps))]

    def set_lr(self, optimizer: Optimizer) -> None:
        """Refuse what a program would not do, unless the optimiser is made in the step."""
        if optimizer in self.captured.optimizers:
            self.refusals.append((0, UntraceableError(f"{users_line()}: {_SETS_LR}")))
            raise self.refusals[-1][1]

    def _refuse_set_steps(self, optimizer: Optimizer) -> None:
        if any(now is not self._count_now(optimizer, i) for i, now in enumerate(optimizer.steps)):
            raise UntraceableError("the step changes an optimiser's steps; change them between steps")

    def _count_now(self, optimizer: Optimizer, i: int) -> Any:
        times = self._times.get((id(optimizer), i), 0)
        if not times:
            return self._counts[optimizer][i]
        return self.steps[id(optimizer), self._steps_before[optimizer][i]].counts[times]

    def _step(self, optimizer: Optimizer, i: int) -> Tracer:
        """The count of updates, one for all parameters that have had equally many, and get one more together."""
        count = self._steps_before[optimizer][i]
        key = (id(optimizer), count)
        if key not in self.steps:
            members: list[int] = []

            def write(new: Any) -> None:
                for k in members:
                    optimizer.steps[k] = new

            def read(_: Any) -> Any:
                (count,) = {optimizer.steps[k] for k in members}
                return count

            name = "step" if not self.steps else f"step{len(self.steps) + 1}"
            self.steps[key] = Counted(optimizer, members, [self.source("step", count, name, read, write)])
        counted = self.steps[key]
        if i not in counted.members:
            counted.members.append(i)
        times = self._times[id(optimizer), i] = self._times.get((id(optimizer), i), 0) + 1
        if times == len(counted.counts):
            with at("update"):
                counted.counts.append(counted.counts[-1] + 1)
        return counted.counts[times]

    def to_tracers(self) -> None:
        """Put tracers where the step looks for numbers."""
        for value, tracer in self.parameters.items():
            value._array, value._grad = tracer, self.given_gradients.get(value)
        for optimizer, states, lr in zip(self.captured.optimizers, self.states, self._lrs, strict=True):
            optimizer.state[:], optimizer.steps[:] = states, self._counts[optimizer]
            rates: Any = _Rates(self, optimizer)
            optimizer._lr, optimizer._rates = lr, rates
        for path, container, key, _ in self.captured.iterators:
            put(container, key, Taken(path))
        for names in self.captured.asking:
            names["type"] = Kind
        for container, key, clock in self.captured.clocks:
            put(container, key, stand_in(clock))
        for array in self._large:
            array.flags.writeable = False

    def with_new_gradient(self) -> list[Value]:
        """The parameters that have another gradient after the step than before."""
        return [
            value
            for value in self.parameters
            if value._grad is not None and value._grad is not self.given_gradients.get(value)
        ]

    def to_numbers(self) -> None:
        """Put real numbers back where tracers stand, and iterators."""
        for _, container, key, iterator in self.captured.iterators:
            put(container, key, iterator)
        for names in self.captured.asking:
            names.pop("type", None)
        for container, key, clock in self.captured.clocks:
            put(container, key, clock)
        for array in self._large:
            array.flags.writeable = True
        for rng, state in self.hidden.items():
            set_state(rng, state)
        for value in self.captured.values:
            value._array, value._grad = _number(value._array), _number(value._grad)
        for optimizer, (lr, rates) in zip(self.captured.optimizers, self._rates_before, strict=True):
            optimizer.state[:] = [tuple(map(_number, state)) for state in optimizer.state]
            optimizer.steps[:] = map(_number, optimizer.steps)
            optimizer._lr, optimizer._rates = lr, rates

    @cached_property
    def _read(self) -> set[Term]:
        """The terms that calls and the new states read, rather than only the next count."""
        counts = {count.term for counted in self.steps.values() for count in counted.counts}
        read = {term for call in self.calls if call not in counts for term in call.terms()}
        kept = (part for optimizer in self.captured.optimizers for state in optimizer.state for part in state)
        read |= {part.term for part in kept if isinstance(part, Tracer)}
        for counted in self.steps.values():
            if any(self._counts[counted.optimizer][i].term in read for i in counted.members):
                read |= {count.term for count in counted.counts}
        return read

    def _states_now(self) -> dict[Any, Any]:
        return {rng: state_of(rng) for rng in (*self.captured.generators, *self.captured.others)}

    def drawn_outside(self) -> set[str]:
        """The generators that are not where the draws of modules alone, drawn once more, take them."""
        after = self._states_now()
        for rng, state in self._random_states.items():
            set_state(rng, state)
        for draw in self._draws:
            draw()
        names = self.captured.generators | self.captured.others
        outside = {names[rng] for rng, state in self._states_now().items() if not same_state(state, after[rng])}
        for rng, state in after.items():
            set_state(rng, state)
        return outside

    def check(self) -> None:
        """Refuse what no program says: that some parameters are updated more often than others, or lr and steps set."""
        for optimizer, lr in zip(self.captured.optimizers, self._lrs, strict=True):
            if optimizer._lr is not lr:
                raise UntraceableError(_SETS_LR)
            self._refuse_set_steps(optimizer)
        for optimizer, before in zip(self.captured.optimizers, self.states, strict=True):
            if kinds(optimizer.state) != kinds(before):
                raise UnmetError(_NEW_STATE)
        for counted in self.steps.values():
            if {self._times[id(counted.optimizer), i] for i in counted.members} != {len(counted.counts) - 1}:
                raise UntraceableError("the step updates some parameters more often than others of one optimiser")

    def counted(self) -> list[tuple[list[int], list[int]]]:
        """The counts that no rule reads, with the numbers of the parameters whose updates they count."""
        return [
            (counted.optimizer.steps, counted.members * (len(counted.counts) - 1))
            for counted in self.steps.values()
            if not any(count.term in self._read for count in counted.counts)
        ]

    def updates(self) -> dict[Input, Term]:
        """What each parameter, state and count became, where it is something else than before."""
        became: dict[Any, Any] = {tracer.term: value._array for value, tracer in self.parameters.items()}
        for optimizer, before in zip(self.captured.optimizers, self.states, strict=True):
            for old, new in zip(before, optimizer.state, strict=True):
                became |= {part.term: now for part, now in zip(old, new, strict=True)}
        for counted in self.steps.values():
            if any(count.term in self._read for count in counted.counts):
                became[counted.counts[0].term] = counted.counts[-1]
                own = (self._counts[counted.optimizer][i].term for i in counted.members)
                became |= {count: counted.counts[-1] for count in own if count in self._read}
        return {
            term: self.term(now) for term, now in became.items() if not isinstance(now, Tracer) or now.term is not term
        }


class _Rates:
    """Stands in for the learning rates of an optimiser, by dtype."""

    def __init__(self, trace: StepTrace, optimizer: Optimizer) -> None:
        self._trace, self._optimizer = trace, optimizer

    def __getitem__(self, dtype: Any) -> Tracer:
        return self._trace._rate(self._optimizer, dtype)


class Strangers(Exception):  # noqa: N818 (no error: a reason to trace again)
    """Leaves and optimisers that the step uses, but that were not found beforehand."""

    def __init__(self, found: Sequence[Any]) -> None:
        super().__init__()
        self.values = [thing for thing in found if isinstance(thing, Value)]
        self.optimizers = [thing for thing in found if isinstance(thing, Optimizer)]
        self.generators = [thing for thing in found if isinstance(thing, np.random.Generator)]
        for value in self.values:
            value._array, value._grad = _number(value._array), _number(value._grad)


class Snapshot:
    """Parameters, gradients, optimisers, generators, lists and arrays as they are now, to be put back."""

    def __init__(self, captured: Captured) -> None:
        self._captured = captured
        self._values = [(value, value._array, value._grad) for value in captured.values]
        self._optimizers = [(o, list(o.state), list(o.steps), o._lr, o._rates) for o in captured.optimizers]
        self._generators = [(rng, state_of(rng)) for rng in (*captured.generators, *captured.others)]
        self._containers = [
            (items, items.copy()) for items in captured.containers if not isinstance(items, (tuple, frozenset))
        ]
        self._arrays = [(array, array.copy()) for array in captured.arrays() if array.size <= LARGE]

    def restore(self) -> None:
        """Put all of it back."""
        for value, data, grad in self._values:
            value._array, value._grad = data, grad
        for optimizer, state, steps, lr, rates in self._optimizers:
            optimizer.state[:], optimizer.steps[:] = state, steps
            optimizer._lr, optimizer._rates = lr, rates
        for rng, drawn in self._generators:
            set_state(rng, drawn)
        for items, before in self._containers:
            if not _same_items(items, before):
                items.clear()
                (items.extend if isinstance(items, (list, deque)) else items.update)(before)
        for array, before in self._arrays:
            array[...] = before
        self._captured.put_back()


def trace_step(
    function: Callable[..., Any], captured: Captured, arguments: Structure, data: Sequence[Any]
) -> TracedStep:
    """Run a step once on tracers of these arguments; its surroundings are afterwards as the step leaves them."""
    trace = StepTrace(captured)
    positional, named = arguments.build(trace.arguments(data, arguments.names))
    given_before = [(kept, kept.copy()) for kept in changeable((positional, named))]
    try:
        trace.to_tracers()
        quiet = nullcontext() if captured.handles_errors else np.errstate(all="ignore")
        with changed(trace=trace), quiet, warnings.catch_warnings(record=True) as said:
            returned = _written_nowhere(function, positional, named)
        if trace.refusals:  # someone has caught it
            raise trace.refusals[0][1]
        if not all(_same_items(now, before) for now, before in given_before):
            raise UntraceableError(
                "the step changes a list or dict that it is given, and a program is given the arrays in it; make a new "
                "one and return it"
            )
        trace.check()
        structure, results = Structure.of_results(returned)
        terms = [trace.term(result) if isinstance(result, Tracer) else Constant(result) for result in results]
        gradients = {value: trace.term(value._grad) for value in trace.with_new_gradient()}
        program = Program(
            trace.inputs,
            trace.calls,
            terms,
            trace.updates(),
            {trace.inputs_of[value]: term for value, term in gradients.items()},
            trace.conditions,
            trace.facts(),
            trace.gradients,
        )
        counted = trace.counted()
        given = trace.old_gradients
        cleared = [value for value in given if value._grad is None]
    finally:
        trace.to_numbers()
    if trace.strangers:
        raise Strangers(trace.strangers)
    program = _without_unused_inputs(program)
    together = [(group.optimizer, group.members) for group in trace.steps.values()]
    return TracedStep(
        program,
        trace.reads,
        trace.writes,
        list(gradients),
        given,
        cleared,
        together,
        trace.drawn_outside(),
        counted,
        said,
        structure,
    )


def _written_nowhere(function: Callable[..., Any], positional: Any, named: Any) -> Any:
    """What the function returns; refused where it writes into a large array, of which no copy is kept."""
    try:
        return function(*positional, **named)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise UntraceableError(
            f"{line_of(error)}: the step writes into an array, which a program would not; make a new one and return it"
        ) from error


def _without_unused_inputs(program: Program) -> Program:
    used = {term for call in program.calls for term in call.terms()} | set(program.outputs()) | set(program.updates)
    needed = [term for term in program.inputs if term in used or term.kind in ("argument", "draw")]
    return replace(program, inputs=sorted(needed, key=lambda term: _KINDS.index(term.kind)))


def _same_items(items: Any, before: Any) -> bool:
    """Whether a list, dict or set holds the very things that it held."""
    if len(items) != len(before) or isinstance(items, set):
        return bool(items == before)
    if isinstance(items, dict):
        return all(name in items and items[name] is thing for name, thing in before.items())
    return all(now is then for now, then in zip(items, before, strict=True))


def _refuse_other_state(optimizer: Optimizer) -> None:
    """Refuse what no program carries from step to step; what is not there yet, an ordinary step makes."""
    for part in (part for state in optimizer.state for part in state):
        if part is None:
            raise UnmetError(_NEW_STATE)
        if not isinstance(part, (np.ndarray, np.generic, bool, int, float)):
            raise UntraceableError(
                f"the state of {type(optimizer).__name__} holds {type(part).__name__!r}, which no program carries from "
                "step to step; let it be a tuple of arrays and numbers"
            )


def kinds(states: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """What each part of an optimiser's states must have after a step as before, to be carried by a program."""
    return [[_kind(part) for part in state] for state in states]


def _kind(part: Any) -> Any:
    if isinstance(part, Tracer) and part.term.weak:
        return type(part.numbers)
    return (part.shape, part.dtype) if hasattr(part, "dtype") else type(part)


def _number(x: Any) -> Any:
    return x.numbers if isinstance(x, Tracer) else x
