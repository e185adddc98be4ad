"""``Recorder``: is told of every node, backward pass and update while a step runs, and replays them as nodes later.

While a step runs, its backward passes and updates run on plain arrays and are only noted; when their nodes are asked
for they are run again, on Values. So recording costs little, until one looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from microae.core.context import Provenance, at, changed
from microae.core.engine import Backpropagation, newest_first, record_backpropagation
from microae.core.value import Value
from microae.optim import Optimizer


class Update(NamedTuple):
    """What an optimiser did to a parameter: its data before, its gradient, and the new data and state as nodes."""

    optimizer: Optimizer
    before: Any
    gradient: Any
    after: Any
    state: Any


class Recorder:
    """The Values of a step being recorded: its nodes, in order, its backward passes and its updates.

    Attributes
    ----------
    nodes : list of Value
        In the order in which they were made; with notes among them, until they are replayed.
    gradients : dict of Value to Value
        By leaf, the node that its ``grad`` came from.
    passes : list of Backpropagation
    updates : dict of Value to Update
    generators : dict
        The random generators that were drawn from, with their states before.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.gradients: dict[Value, Any] = {}
        self.passes: list[Backpropagation] = []
        self.updates: dict[Value, Update] = {}
        self.generators: dict[int, tuple[Any, Any]] = {}
        self._has_notes = False

    # what it is told while the step runs

    def note_draws(self, generator: Any) -> None:
        """Random numbers are about to be drawn: keep the generator, and its state before the first of them."""
        self.generators.setdefault(id(generator), (generator, generator.bit_generator.state))

    def note_backward(self, output: Value, seed: Any, leaves: Any) -> None:
        """``backward()`` is about to add to the ``grad`` of these leaves."""
        before = {leaf: _copy(leaf._grad) for leaf in leaves}
        seeds = {seed: seed._data} if isinstance(seed, Value) else {}
        self._note(partial(Recorder._replay_backward, output=output, seed=seed, seeds=seeds, before=before))

    def note_updates(self, optimizer: Optimizer) -> None:
        """An optimiser is about to update its parameters."""
        before = [
            (p, p._data, p._grad.copy(), state, steps + 1)
            for p, state, steps in zip(optimizer.parameters, optimizer.state, optimizer.steps, strict=True)
            if p._grad is not None
        ]
        self._note(partial(Recorder._replay_updates, optimizer=optimizer.frozen(), before=before))

    def _note(self, replay: partial[None]) -> None:
        self.nodes.append(replay)
        self._has_notes = True

    # replaying it

    def replay(self) -> Recorder:
        """Run again, on Values, what was noted; afterwards there are nodes only."""
        if self._has_notes:
            self._has_notes = False
            entries, self.nodes = self.nodes, []
            quiet = np.errstate(all="ignore")  # what there was to warn of has been warned of
            with quiet, changed(recorder=self, grad_enabled=True, anomaly=False, provenance=Provenance()):
                for entry in entries:
                    if isinstance(entry, partial):
                        entry(self)
                    else:
                        self.nodes.append(entry)
        return self

    def _replay_backward(self, output: Value, seed: Any, seeds: dict[Value, Any], before: dict[Value, Any]) -> None:
        with rebound(seen_by(output) | seeds), at("backward"):
            made = record_backpropagation(output, seed)
            self.passes.append(made)
            for leaf, g in made.results.items():
                grad = before[leaf]
                self.gradients[leaf] = g if grad is None else self.gradient(leaf, grad) + g

    def _replay_updates(self, optimizer: Optimizer, before: list[tuple[Value, Any, Any, Any, int]]) -> None:
        for p, data, grad, state, number in before:
            self.record_update(optimizer, p, data, grad, tuple(map(_as_leaf, state)), number)

    def record_update(self, optimizer: Optimizer, p: Value, data: Any, grad: Any, state: Any, number: int) -> Update:
        """Run the update of a parameter on Values, with the data, ``grad`` and state that it had before."""
        with rebound({p: data}), at("update", owner=type(optimizer).__name__):
            g = self.gradient(p, grad)
            after, state = optimizer.update(p, g, state, optimizer.rate(p), number)
        after.label = f"{p.label}′" if p.label else None
        self.updates[p] = Update(optimizer, data, g, after, state)
        return self.updates[p]

    def gradient(self, leaf: Value, grad: Any) -> Any:
        """``grad`` of a leaf as the recorded Value that it came from; as it is if it was set by hand."""
        known = self.gradients.get(leaf)
        return known if known is not None and (known._data == grad).all() else grad


def seen_by(output: Value) -> dict[Value, Any]:
    """The leaves of a graph, with the data that it was made with, whatever they have been rebound to since."""
    return {
        x: a
        for node in newest_first(output)
        for x, a in zip(node.inputs, node.arguments, strict=True)
        if x is not None and x.operation is None
    }


@contextmanager
def rebound(data: dict[Value, Any]) -> Iterator[None]:
    """Run a block with leaves as they were: each with the data given."""
    now = {leaf: leaf._data for leaf in data}
    try:
        for leaf, then in data.items():
            leaf._data = then
        yield
    finally:
        for leaf, array in now.items():
            leaf._data = array


def _copy(grad: Any) -> Any:
    return None if grad is None else grad.copy()


def _as_leaf(state: Any) -> Any:
    """A part of an optimiser's state as a leaf of the recorded graph, which then shows what becomes of it."""
    return Value(state) if isinstance(state, (np.ndarray, np.floating)) else state
