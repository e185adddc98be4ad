"""``Recorder``: collects the nodes of a training step, and replays its backward passes and updates as nodes.

While a step runs, its backward passes and updates run on plain arrays and only a note of each is kept. When their
nodes are first read, the notes are run again on Values. So recording itself costs little.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from microae.core.context import Context, Provenance, at, changed
from microae.core.engine import Backpropagation, newest_first
from microae.core.value import Value
from microae.optim import Optimizer
from microae.readonly import Computed
from microae.transforms import record_backpropagation


class Update(NamedTuple):
    """What an optimiser did to one parameter.

    Attributes
    ----------
    optimizer : Optimizer
        A frozen copy, with the learning rate of that update.
    before : array
        The parameter's data before the update.
    gradient : Value
        The gradient that was used: a recorded node, or a leaf if ``grad`` was changed after ``backward()``.
    is_changed : bool
        Whether it was.
    after : Value
        The node of the new data, of the parameter's shape.
    state : tuple
        The optimiser's new state, each part a node where it is an array.
    step : int
        How many times the optimiser had then updated this parameter, this one included.
    """

    optimizer: Optimizer
    before: Any
    gradient: Any
    after: Any
    state: Any
    step: int
    is_changed: bool = False


class Call(NamedTuple):
    """A call of a module.

    Attributes
    ----------
    provenance : Provenance
        What the nodes that were made in it are stamped with, those of its own parts apart: this very object, which is
        equal to that of another call.
    outer : Provenance
        The same of the call that it was made in.
    module : Module
    """

    provenance: Provenance
    outer: Provenance
    module: Any


class Random(NamedTuple):
    """What a random module did: the state of its generator before, what went in and what came out."""

    module: Any
    state: Any
    x: Any
    result: Any


class Recorder:
    """Collects what happens while a training step runs; :class:`~microae.recording.Step` is its public view.

    Attributes
    ----------
    nodes : list of Value
        In the order in which they were made. Until :meth:`replay`, notes of backward passes and updates stand among
        them.
    gradients : dict of Value to Value
        For each leaf, the node that its ``grad`` came from.
    passes : list of Backpropagation
        One for each call of ``backward()``.
    updates : dict of Value to Update
        For each parameter, what its optimiser did to it.
    generators : dict
        The random generators that were drawn from, with their states before the first draw.
    calls : dict of int to Call
        The calls of modules, by the ``id`` of their provenance.
    random : list of Random
        What random modules did.
    computed : list of (int, Computed)
        What NumPy's functions made of the data of Values, and the serial number of the newest node then.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.core.context import changed
    >>> from microae.recording.recorder import Recorder
    >>> w, recorder = ma.Value(2.0), Recorder()
    >>> with changed(recorder=recorder):
    ...     (w * w).backward()
    >>> [node.stage for node in recorder.replay().nodes]
    ['forward', 'backward', 'backward', 'backward']
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.gradients: dict[Value, Any] = {}
        self.passes: list[Backpropagation] = []
        self.updates: dict[Value, Update] = {}
        self.generators: dict[int, tuple[Any, Any]] = {}
        self.calls: dict[int, Call] = {}
        self.random: list[Random] = []
        self.computed: list[tuple[int, Computed]] = []
        self._has_notes = False

    # --- called while the step runs

    def inside(self, context: Context, module: Any, name: str | None) -> Context:
        """The context of a call of a module; one that is nobody's part is told apart only if no other calls it."""
        stage, owner, line = context.provenance
        if name is None and (owner or id(context.provenance) in self.calls):
            return context
        path = ".".join(filter(None, (owner, name)))
        call = Call(Provenance(stage, path, line), context.provenance, module)
        self.calls[id(call.provenance)] = call
        return context.replaced(provenance=call.provenance)

    def note_draws(self, generator: Any) -> None:
        """Called before random numbers are drawn: keep the generator and its state before the first draw."""
        self.generators.setdefault(id(generator), (generator, generator.bit_generator.state))

    def note_random(self, module: Any, state: Any, x: Any, result: Any) -> None:
        """Called with what a random module made of ``x``, and the state of its generator before."""
        self.random.append(Random(module, state, x, result))

    def note_computed(self, computed: Computed) -> None:
        """Called with what a function of NumPy made of the data of Values."""
        newest = next((node.serial for node in reversed(self.nodes) if isinstance(node, Value)), 0)
        self.computed.append((newest, computed))

    def note_backward(self, output: Value, seed: Any, leaves: Any) -> None:
        """Called before ``backward()`` adds to the ``grad`` of these leaves."""
        before = {leaf: _copy(leaf._grad) for leaf in leaves}
        seeds = {seed: seed._array} if isinstance(seed, Value) else {}
        self._note(partial(Recorder._replay_backward, output=output, seed=seed, seeds=seeds, before=before))

    def note_updates(self, optimizer: Optimizer) -> None:
        """Called before an optimiser updates its parameters."""
        before = [
            (p, p._array, p._grad.copy(), state, steps + 1)
            for p, state, steps in zip(optimizer.parameters, optimizer.state, optimizer.steps, strict=True)
            if p._grad is not None
        ]
        self._note(partial(Recorder._replay_updates, optimizer=optimizer.frozen(), before=before))

    def _note(self, replay: partial[None]) -> None:
        self.nodes.append(replay)
        self._has_notes = True

    # --- replay

    def replay(self) -> Recorder:
        """Run the notes again on Values, once; afterwards ``nodes`` holds Values only."""
        if self._has_notes:
            self._has_notes = False
            entries, self.nodes = self.nodes, []
            quiet = np.errstate(all="ignore")  # the step itself has already warned
            with quiet, changed(recorder=self, grad_enabled=True, anomaly=False, provenance=Provenance()):
                for entry in entries:
                    if isinstance(entry, partial):
                        entry(self)
                    else:
                        self.nodes.append(entry)
        return self

    def _replay_backward(self, output: Value, seed: Any, seeds: dict[Value, Any], before: dict[Value, Any]) -> None:
        with rebound(seen_by(output) | seeds), at("backward"):
            backpropagation = record_backpropagation(output, seed)
            self.passes.append(backpropagation)
            for leaf, g in backpropagation.results.items():
                grad = before[leaf]
                self.gradients[leaf] = g if grad is None else self.gradient(leaf, grad) + g

    def _replay_updates(self, optimizer: Optimizer, before: list[tuple[Value, Any, Any, Any, int]]) -> None:
        for p, data, grad, state, number in before:
            self.record_update(optimizer, p, data, grad, tuple(map(as_leaf, state)), number)

    def record_update(self, optimizer: Optimizer, p: Value, data: Any, grad: Any, state: Any, number: int) -> Update:
        """Run the update of one parameter on Values, with the data, ``grad`` and state that it had then."""
        with rebound({p: data}), at("update", owner=type(optimizer).__name__):
            known = self.gradient(p, grad)
            g = known if isinstance(known, Value) else Value(known)
            after, state = optimizer.update(p, g, state, optimizer.rate(p), number)
        after.label = f"{p.label}′" if p.label else None
        self.updates[p] = Update(optimizer, data, g, after, state, number, g is not known)
        return self.updates[p]

    def gradient(self, leaf: Value, grad: Any) -> Any:
        """The recorded Value that a leaf's ``grad`` came from; ``grad`` itself if it was set by hand."""
        known = self.gradients.get(leaf)
        return known if known is not None and (known._array == grad).all() else grad


def seen_by(output: Value) -> dict[Value, Any]:
    """Each leaf of a graph with the data that the graph was made with, even if it has been rebound since."""
    return {
        x: a
        for node in newest_first(output)
        for x, a in zip(node.inputs, node.arguments, strict=True)
        if x is not None and x.operation is None
    }


@contextmanager
def rebound(data: dict[Value, Any]) -> Iterator[None]:
    """Give leaves other data while the block runs, and their own back afterwards."""
    present = {leaf: leaf._array for leaf in data}
    try:
        for leaf, array in data.items():
            leaf._array = array
        yield
    finally:
        for leaf, array in present.items():
            leaf._array = array


def _copy(grad: Any) -> Any:
    return None if grad is None else grad.copy()


def as_leaf(state: Any) -> Any:
    """A part of an optimiser's state as a leaf of the recorded graph, so that its update is recorded too."""
    return Value(state) if isinstance(state, (np.ndarray, np.floating)) else state
