"""``Entry``: a program for arguments of certain shapes, with where it reads and writes, and what it was made under."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from microae.compiler.captured import Captured
from microae.compiler.differences import first_difference
from microae.compiler.loop import Loop, Plan
from microae.compiler.passes import shared_memory, without_unused
from microae.compiler.program import Constant, Input, Program, Term
from microae.compiler.random_states import set_state, state_of
from microae.compiler.step import TracedStep, kinds
from microae.core.engine import unshared
from microae.core.value import Value


class Entry:
    """A traced step that can be run.

    Parameters
    ----------
    step : TracedStep
    captured : Captured
    build : callable
        ``build(program)``, a function of its inputs to its outputs; called when a single step is asked for.
    adds_up : bool
        Whether gradients that are there before the step are added to.
    cleared : dict of frozenset of Value to list of Value
        With which Values having a gradient the step has been seen to do the same, and whose it then clears.
    """

    def __init__(
        self,
        step: TracedStep,
        captured: Captured,
        build: Callable[..., Any],
        adds_up: bool,
        cleared: dict[frozenset[Value], list[Value]],
    ) -> None:
        self.step = step
        # Whether a step that follows it has another program, which adds to more gradients.
        self.is_first = adds_up and not step.repeats
        # What is repeated in a loop.
        self.repeated = step.adding_up() if adds_up and not self.is_first else step.program
        self.captured = captured
        self._build = build
        self.plan: Plan | None = None
        self.loops: dict[frozenset[Term], tuple[str, Loop]] = {}  # by the conditions that they take for met
        self._gradients: Loop | None = None
        owners = shared_memory(step.program)
        # Updates that may show the memory of an argument, which its owner may change afterwards.
        self._shared = [
            bool(new.shape) and (isinstance(new, Input) or new in owners or old.kind == "gradient")
            for old, new in self.repeated.updates.items()
        ]
        # Results that may show the memory of what lives on, or of a constant.
        program = step.program
        lasting = [*program.updates.values(), *program.gradients.values()]
        lasting += [term for term in program.inputs if term.kind not in ("argument", "draw")]
        roots = frozenset().union(*(owners.get(term, {term}) for term in lasting))
        self.lends = [
            isinstance(term, Constant) or not roots.isdisjoint(owners.get(term, {term})) for term in program.results
        ]
        self.adds_up = adds_up
        self.draws = any(term.kind == "draw" for term in step.program.inputs)
        self.cleared = cleared
        self._shown: dict[Any, Any] = {}  # by which Python knows what it has warned of
        self._states = [(optimizer, kinds(optimizer.state)) for optimizer in captured.optimizers]

    @cached_property
    def run(self) -> Any:
        """One step: inputs to outputs."""
        return self._build(self.step.program)

    @cached_property
    def _leaving_gradients(self) -> tuple[Program, Plan]:
        """A program for a loop that ends with the gradients of its last step, and updates nothing else."""
        program = self.step.program
        carried = {Input("gradient", g.shape, g.dtype, g.weak): g for g in program.gradients.values()}
        inputs = [*program.inputs, *carried]
        asked = without_unused(
            replace(program, inputs=inputs, results=program.results[:1], updates=carried, gradients={}, conditions=[])
        )
        return asked, Plan.of(asked)

    def gradients(
        self, backend: Any, tables: Sequence[Any], index: Any, draws: Sequence[Any], given: Mapping[Input, Any]
    ) -> list[Any]:
        """Those that one step leaves, by a loop of their own; none if an ordinary step must take it.

        Parameters
        ----------
        backend : module
            With ``build_loop``.
        tables, index, draws
            As a :class:`~microae.compiler.loop.Loop` is given them.
        given : dict of Input to array
            What the step's other inputs are.
        """
        program, plan = self._leaving_gradients
        if self._gradients is None:
            self._gradients = backend.build_loop(program, plan)
        before = [np.zeros(term.shape, term.dtype)[()] for term in plan.carried]
        taken, gradients = self._gradients(tables, index, draws, before, [given[term] for term in plan.fixed])
        return gradients if len(taken) else []

    def leave(self, gradients: Sequence[Any]) -> None:
        """Let the parameters have the gradients of a step."""
        taken: set[int] = set()
        for value, new in zip(self.step.grads, gradients, strict=True):
            value._grad = unshared(new, taken)

    def _with_gradients(self) -> frozenset[Value]:
        return frozenset(value for value in self.captured.values if value._grad is not None)

    def is_stale(self) -> bool:
        """Whether something that the program was made under has changed."""
        return self._has_changed() or self._with_gradients() not in self.cleared

    def _has_changed(self) -> bool:
        if any(kinds(optimizer.state) != before for optimizer, before in self._states):
            return True
        counts = ({optimizer.steps[i] for i in members} for optimizer, members in self.step.together)
        return next(self.captured.changes(), None) is not None or any(len(together) > 1 for together in counts)

    def takes_in(self, other: Entry) -> bool:
        """Go on with this program where a newer one says the same, only for Values with other gradients."""
        if self._has_changed() or self.adds_up or other.adds_up or first_difference(self.step, other.step):
            return False
        self.cleared |= other.cleared
        return True

    def values(self, data: Sequence[Any]) -> dict[Input, Any]:
        """What the inputs are now, arguments and draws apart unless ``data`` are given."""
        terms = self.repeated.inputs
        return {term: self.step.reads[term](data) for term in terms if data or term.kind not in ("argument", "draw")}

    def draw(self, terms: Sequence[Input], steps: int) -> list[Any]:
        """The random numbers of so many steps, drawn in the order of the steps."""
        drawn = [np.empty((steps, *term.shape), term.dtype) for term in terms]
        for step in range(steps if terms else 0):
            for term, out in zip(terms, drawn, strict=True):
                out[step] = self.step.reads[term](())
        return drawn

    def random_states(self) -> list[tuple[np.random.Generator, Any]]:
        """The generators that the step draws from, with their states, for :func:`restore`."""
        return [(rng, state_of(rng)) for rng in self.captured.generators]

    def write(self, after: Sequence[Any], steps: int) -> None:
        """Put back what so many steps have updated."""
        updates = self.repeated.updates  # of one step, the gradients among them are not given
        for old, new, shared in zip(updates, after, self._shared, strict=False):
            self.step.writes[old](new.copy() if shared else new)
        for value in (*self.step.grads, *self.cleared.get(self._with_gradients(), ())):
            if self.step.given.get(value) not in updates:
                value._grad = None
        for counts, members in self.step.counted:
            for i in members:
                counts[i] += steps
        for said in self.step.warnings:
            warnings.warn_explicit(said.message, said.category, said.filename, said.lineno, registry=self._shown)


def restore(states: Sequence[tuple[np.random.Generator, Any]]) -> None:
    """Let generators go on from the states that they had."""
    for rng, state in states:
        set_state(rng, state)
