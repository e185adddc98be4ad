"""The same step with every number a node of its own: the recorded graph is run again on scalars.

Each operation is asked how it works, in this order: element by element; by its own forward function on arrays of
scalars, as a matrix product does; as a loss, element by element and then summed. One that does none of this stays
whole, between a node that gathers its inputs and nodes that pick its elements. What is taken for elementwise is tried
out on drawn numbers first, and all results are compared with those recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from microae.core.context import Provenance, changed
from microae.core.operation import FUNCTIONS
from microae.core.value import Value
from microae.drawing.step.naming import lowered, names
from microae.drawing.step.skeleton import Node, Skeleton, data_of, of_step
from microae.recording.recorder import Recorder, Update
from microae.recording.step import Step

MOST = 20_000
"""A graph with more scalar operations than this is not expanded."""

Scalars = Any  # an object array of Values and numbers


def size(graph: Skeleton) -> int:
    """About how many scalar operations the forward graph has."""
    number = 0
    for node in graph.nodes:
        if node.operation is not None:
            elements = max(np.size(node.data), *(np.size(a) for a in node.arguments))
            if node.operation.name in ("linear", "matmul"):
                elements = 2 * np.size(node.data) * np.shape(node.arguments[0])[-1]
            number += int(elements)
    return number


def expanded(graph: Skeleton) -> Skeleton:
    """The skeleton of the same step on scalars."""
    with np.errstate(all="ignore"):  # what there was to warn of has been warned of
        runner = _Runner(graph)
    step = Step(runner.recorder)
    expansion = of_step(step) if graph.lanes or graph.changes else _forward_only(runner, step)
    expansion.modules, expansion.facts, expansion.notes = graph.modules, graph.facts, list(graph.notes)
    return expansion


def _forward_only(runner: _Runner, step: Step) -> Skeleton:
    expansion = of_step(step)
    last = {node.value: i for i, node in enumerate(expansion.nodes) if node.value is not None}
    expansion.roots = [last[value] for root in runner.graph.roots for value in _values(runner.scalars[root])]
    return expansion


class _Runner:
    def __init__(self, graph: Skeleton) -> None:
        self.graph, self.names = graph, names(graph)
        self.recorder = Recorder()
        self.scalars: list[Scalars] = []
        for i, node in enumerate(graph.nodes):
            self.scalars.append(self._leaf(i, node) if node.operation is None else self._operation(i, node))
        if graph.lanes:
            for root, seed in graph.seeds.items():
                self._backward(root, np.asarray(data_of(seed)))
        for change in graph.changes:
            self._update(change.parameter, change.update)

    # forward

    def _leaf(self, i: int, node: Node) -> Scalars:
        out = np.empty(np.shape(node.data), object)
        is_leaf = node.value is not None or any(i in later for later in self.graph.later.values())
        for index in _indices(out):
            number = np.asarray(node.data)[index]
            out[index] = Value(number, label=self._label(i, index)) if is_leaf else number
        return out

    def _operation(self, i: int, node: Node) -> Scalars:
        inputs = [self.scalars[j] if j >= 0 else _objects(a) for j, a in zip(node.inputs, node.arguments, strict=True)]
        with changed(recorder=self.recorder, grad_enabled=True, provenance=Provenance("forward", node.path)):
            out = self._run(node, inputs)
        for index in _indices(out):
            if isinstance(out[index], Value) and out[index].operation is not None and out[index].label is None:
                out[index].label = self._label(i, index)
        return out

    def _label(self, i: int, index: tuple[int, ...]) -> str:
        name = self.names[i]
        between = "" if all(n < 10 for n in np.shape(self.graph.nodes[i].data)) else ","
        numbered = name if not index or name[-1:] not in lowered(1234567890) else f"{name},"  # v₁,₃ is not v₁₃
        return numbered + between.join(lowered(k + 1) for k in index)

    def _run(self, node: Node, inputs: Sequence[Scalars]) -> Scalars:
        ways: tuple[Callable[..., Scalars], ...] = (_by_element, _by_forward, _as_loss)
        for way in ways:
            attempt = Recorder()
            try:
                with changed(recorder=attempt), np.errstate(all="ignore"):
                    out = way(node, inputs)
            except Exception:
                continue  # it does not work in this way
            if _same(out, node.data):
                self.recorder.nodes += attempt.nodes
                return out
        return _whole(node, inputs)

    # backward and update

    def _backward(self, root: int, seeds: Any) -> None:
        with changed(recorder=self.recorder, grad_enabled=True, provenance=Provenance()):
            for index in _indices(self.scalars[root]):
                value = self.scalars[root][index]
                if isinstance(value, Value):
                    value.backward(seeds[index])

    def _update(self, parameter: int, update: Update) -> None:
        """Run the update's own small graph on scalars, element by element of the parameter."""
        node, leaves = self.graph.nodes[parameter], self.scalars[self.graph.version(parameter, update.before)]
        known: dict[Value, Scalars] = {node.value: leaves} if node.value is not None else {}
        before = {leaf: leaf._array for leaf in leaves.flat}
        gradients = np.empty(leaves.shape, object)
        for index in _indices(leaves):
            g = None if update.is_changed else self.recorder.replay().gradients.get(leaves[index])
            number = np.asarray(data_of(update.gradient))[index]  # 0 of an element that nothing used
            gradients[index] = Value(number) if g is None else g
        known[update.gradient] = gradients
        with changed(
            recorder=self.recorder, grad_enabled=True, provenance=Provenance("update", type(update.optimizer).__name__)
        ):
            after = self._again(update.after, known)
        for index in _indices(leaves):
            leaf, new = leaves[index], after[index]
            new.label = f"{leaf.label}′"
            self.recorder.updates[leaf] = Update(
                update.optimizer, before[leaf], gradients[index], new, None, update.step, update.is_changed
            )

    def _again(self, value: Value, known: dict[Value, Scalars]) -> Scalars:
        """The scalars of a node of an update, and of all that it is made of."""
        if value not in known:
            if value.operation is None:
                known[value] = _objects(value._array)
            else:
                inputs = [
                    _objects(a) if x is None else self._again(x, known)
                    for x, a in zip(value.inputs, value.arguments, strict=True)
                ]
                known[value] = _by_element_of(value.operation, inputs, value.parameters, np.shape(value._array))
        return known[value]


# --- ways to work on scalars ---------------------------------------------------------------------------------------


def _by_element(node: Node, inputs: Sequence[Scalars]) -> Scalars:
    """Each element of the result from the elements at its place, if that is what the operation does."""
    assert node.operation is not None
    shape = np.shape(node.data)
    rng = np.random.default_rng(0)
    drawn = [np.asarray(rng.uniform(0.1, 0.9, np.shape(a))) for a in node.arguments]
    expected = node.operation.forward(*(a if a.ndim else a[()] for a in drawn), **node.parameters)
    plain = _by_element_of(node.operation.forward, [_objects(a) for a in drawn], node.parameters, shape)
    if not _same(plain, expected):
        raise ValueError("not elementwise")
    return _by_element_of(node.operation, inputs, node.parameters, shape)


def _by_element_of(function: Any, inputs: Sequence[Scalars], parameters: Any, shape: tuple[int, ...]) -> Scalars:
    spread = [np.broadcast_to(x, shape) for x in inputs]
    out = np.empty(shape, object)
    for index in _indices(out):
        result = function(*(x[index] for x in spread), **parameters)
        if np.ndim(getattr(result, "data", result)):
            raise ValueError("not elementwise")
        out[index] = result
    return out


def _by_forward(node: Node, inputs: Sequence[Scalars]) -> Scalars:
    """The operation's own forward function, on arrays of scalars: products and sums, and whatever moves elements."""
    assert node.operation is not None
    out = node.operation.forward(*(x if x.ndim else x[()] for x in inputs), **node.parameters)
    return _objects(out)


def _as_loss(node: Node, inputs: Sequence[Scalars]) -> Scalars:
    """A mean or a sum of what the operation makes of each element."""
    operation = node.operation
    assert operation is not None
    if "reduction" not in operation.parameters:
        raise ValueError("not a loss")
    shape = np.broadcast_shapes(*(x.shape for x in inputs))
    parts = _by_element_of(operation, inputs, dict(node.parameters) | {"reduction": "none"}, shape)
    total, *others = parts.flat
    for other in others:
        total = total + other
    if node.parameters.get("reduction", "mean") == "mean" and parts.size > 1:
        total = total / float(parts.size)
    return _objects(total)


def _whole(node: Node, inputs: Sequence[Scalars]) -> Scalars:
    """The operation as it is, on its inputs gathered into arrays; its elements are picked out again."""
    assert node.operation is not None
    gathered = [_gathered(x) for x in inputs]
    result = node.operation(*gathered, **node.parameters)
    out = np.empty(np.shape(node.data), object)
    for index in _indices(out):
        out[index] = result if not out.ndim else result[index]
    return out


def _gathered(x: Scalars) -> Any:
    if not any(isinstance(element, Value) for element in x.flat):
        return x.astype(float)[()]
    if not x.ndim:
        return x[()]
    if x.size == 1:
        return x.flat[0].reshape(x.shape)
    row = FUNCTIONS["stack"](list(x.flat))
    return row if x.ndim == 1 else row.reshape(x.shape)


def _objects(data: Any) -> Scalars:
    """An object array of what is given: numbers, a Value, or an array of either."""
    if isinstance(data, np.ndarray) and data.dtype == object:
        return data
    if isinstance(data, Value):
        out = np.empty((), object)
        out[()] = data
        return out
    out = np.empty(np.shape(data), object)
    for index in _indices(out):
        out[index] = np.float64(np.asarray(data)[index])
    return out


def _indices(array: Any) -> Iterator[tuple[int, ...]]:
    return product(*map(range, array.shape))


def _same(scalars: Scalars, data: Any) -> bool:
    """Whether scalars have the numbers recorded, but for rounding."""
    if scalars.shape != np.shape(data):
        return False
    numbers = [float(s._array) if isinstance(s, Value) else float(s) for s in scalars.flat]
    tolerance = 1e-9 if np.asarray(data).dtype == np.float64 else 1e-4
    return all(
        math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * 1e-3) or (a != a and b != b)
        for a, b in zip(numbers, np.asarray(data, float).ravel().tolist(), strict=True)
    )


def _values(scalars: Scalars) -> list[Value]:
    return [s for s in scalars.flat if isinstance(s, Value)]
