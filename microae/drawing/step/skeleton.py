"""The graph view of a picture: a recorded step, or the graph of a Value, as plain lists.

It holds the forward graph, for each of its nodes the gradient and the parts that the gradient is the sum of, and the
updates of the parameters. It is made in one pass over the graph, so a very large graph is possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from microae.core.operation import TABLE, Operation
from microae.core.value import Value
from microae.drawing.words import legible, legible_path
from microae.recording.recorder import Update
from microae.recording.step import Step
from microae.transforms import gradients


class Node(NamedTuple):
    """A node of the forward graph: a parameter or other leaf, a constant array, or the result of an operation.

    ``inputs`` are indices in ``Skeleton.nodes``; -1 stands for a number that is written into the formula.
    """

    value: Value | None
    data: Any
    operation: Operation | None
    inputs: tuple[int, ...]
    arguments: tuple[Any, ...]
    parameters: Mapping[str, Any]
    path: str
    label: str | None


class Part(NamedTuple):
    """A part of a gradient: the vector-Jacobian product of one consumer, for its input number ``place``."""

    consumer: int
    place: int
    value: Any


class Change(NamedTuple):
    """An update of the parameter at an index of ``Skeleton.nodes``."""

    parameter: int
    update: Update


@dataclass
class Skeleton:
    """The graph view; inputs stand before their consumers."""

    nodes: list[Node] = field(default_factory=list)
    gradients: dict[int, Any] = field(default_factory=dict)  # Values, or arrays for a leaf's grad
    added_up: dict[int, Any] = field(default_factory=dict)  # what leaves' ``grad`` is, if more than of this walk
    parts: dict[int, list[Part]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    modules: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    lanes: bool = False  # whether there is a backward pass to draw
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def of_step(step: Step) -> Skeleton:
    """The graph view of a recorded step."""
    forward = forward_of(step)
    graph = _Builder(forward).skeleton
    graph.nodes = _with_noise(graph.nodes, step)
    place = {node.value: i for i, node in enumerate(graph.nodes) if node.value is not None}
    for record in step.passes:
        for value, parts in record.parts.items():
            sent = [Part(place[consumer], i, part) for consumer, i, part in parts]
            if value.operation is None:
                graph.parts.setdefault(place[value], []).extend(sent)  # several passes add to a leaf's gradient
            else:
                graph.parts[place[value]] = sent
        graph.gradients |= {place[value]: g for value, g in record.gradients.items()}
        graph.roots.append(place[record.output])
    for value in {leaf: None for record in step.passes for leaf in record.results}:
        graph.gradients[place[value]] = step.gradient(value)
    graph.changes = [Change(place[p], update) for p, update in step.updates.items() if p in place]
    graph.modules = {legible_path(path): legible(kind) for path, kind in step.modules.items()}
    graph.given, graph.lanes = step.given, bool(step.passes)
    graph.facts = _facts(step)
    return graph


NOISE: dict[str, Callable[[Any, Any], list[tuple[str, str, Any]]]] = {
    "GaussianNoise": lambda x, noisy: [("add", "ε", noisy - x)],
    "MaskingNoise": lambda x, noisy: [("multiply", "mask", _kept(x, noisy))],
    "SaltAndPepperNoise": lambda x, noisy: [
        ("multiply", "mask", _kept(x, noisy)),
        ("add", "salt", noisy - x * _kept(x, noisy)),
    ],
}
"""What kinds of noise do to an input ``x``, one after the other: the operation, the name and value of its operand."""


def _kept(x: Any, noisy: Any) -> Any:
    return (noisy == x).astype(x.dtype)


def _with_noise(nodes: list[Node], step: Step) -> list[Node]:
    """With the clean input and what noise did to it, which are no Values, before all others."""
    paths = [path for path, kind in step.modules.items() if kind in NOISE]
    path = paths[0] if len(paths) == 1 else ""  # of several, nothing says which came first
    clean = np.asarray(getattr(step.given.get("x"), "data", step.given.get("x", np.nan)))
    for i, node in enumerate(nodes):
        is_input = node.value is None and node.operation is None and np.shape(node.data) == clean.shape and clean.ndim
        if path and is_input and not np.array_equal(node.data, clean):
            x = clean.astype(node.data.dtype)
            first = [Node(None, x, None, (), (), {}, "", None)]
            for name, label, operand in NOISE[step.modules[path]](x, node.data):
                row, before = TABLE[name], first[-1]
                inputs, arguments = (len(first) - 1, len(first)), (before.data, operand)
                first.append(Node(None, operand, None, (), (), {}, path, label))
                first.append(Node(None, row(*arguments), row, inputs, arguments, {}, path, "kept"))
            made, more = first.pop(), len(first)
            moved = [other._replace(inputs=tuple(j + more if j >= 0 else j for j in other.inputs)) for other in nodes]
            moved[i] = made._replace(data=node.data, label="x\u0303")
            return first + moved
    return nodes


def _facts(step: Step) -> dict[str, str]:
    facts: dict[str, str] = {}
    for update in step.updates.values():
        facts = {"optimiser": type(update.optimizer).__name__, "η": _written(f"{update.optimizer.lr:g}")}
    before, after = step.loss_before, step.loss_after
    if before is not None and after is not None:
        more = next((n for n in range(5, 8) if f"{before:.{n}g}" != f"{after:.{n}g}"), 4)  # so that it is seen to move
        form = ".4g" if f"{before:.4g}" != f"{after:.4g}" or more == 4 else f"#.{more}g"
        facts |= {"loss before": _written(f"{before:{form}}"), "loss after": _written(f"{after:{form}}")}
    return facts


def _written(number: str) -> str:
    text = re.sub(r"e([+-])0*", r"e\1", number).replace("e+", "e").replace("-", "−")
    return text.replace("inf", "∞").replace("nan", "NaN")


def of_value(value: Value) -> Skeleton:
    """The graph view of a Value's graph; with the gradients if ``backward()`` has been called."""
    every = topological_order(value)
    order = [node for node in every if node.operation is not None]
    graph = _Builder(order, alone=None if order else value).skeleton
    graph.roots = [len(graph.nodes) - 1]
    leaves = [node for node in every if node.operation is None]
    place = {node.value: i for i, node in enumerate(graph.nodes) if node.value is not None}
    kept = {leaf: leaf._grad for leaf in leaves if leaf._grad is not None and leaf in place}
    if kept and order and not np.shape(value._array):
        wanted = [*order[:-1], *kept]
        for node, g in zip(wanted, gradients(value, wanted, zeros=False), strict=True):
            if g is not None:
                graph.gradients[place[node]] = g
        graph.gradients[place[value]] = np.ones((), value.dtype)[()]
        graph.added_up = {
            place[leaf]: grad
            for leaf, grad in kept.items()
            if not np.array_equal(grad, graph.gradients.get(place[leaf], 0.0), equal_nan=True)
        }
    else:
        graph.gradients = {place[leaf]: grad for leaf, grad in kept.items()}
    return graph


def forward_of(step: Step) -> list[Value]:
    """The operations of the forward lane, in order: the step's own, and all that its losses depend on."""
    recorded = step.nodes
    known = set(recorded)
    wanted: dict[Value, None] = dict.fromkeys(node for node in recorded if node.stage == "forward")
    front = [*wanted, *(record.output for record in step.passes)]
    older: list[Value] = []
    while front:
        node = front.pop()
        if node.operation is None:
            continue
        if node not in known:
            if node not in wanted:
                older = [n for n in topological_order(node) if n.operation is not None and n not in known]
                wanted.update(dict.fromkeys(older))
            continue
        wanted[node] = None
        front += [x for x in node.inputs if x is not None and x.operation is not None and x not in wanted]
    before = [node for node in wanted if node not in known]
    return before + [node for node in recorded if node in wanted and node.operation is not None]


class _Builder:
    """Adds operations, each after the leaves and constants that it uses."""

    def __init__(self, order: Sequence[Value], alone: Value | None = None) -> None:
        self.skeleton = Skeleton()
        self._nodes = self.skeleton.nodes
        self._places: dict[Value, int] = {}
        self._constants: dict[tuple[int, bool], int] = {}
        owners = any(node.provenance.owner for node in order)
        losses = _after_all_modules(order) if owners else set()
        if alone is not None:
            self._leaf(alone, alone._array, "")
        for node in order:
            self._operation(node, "loss" if node in losses else legible_path(node.provenance.owner))

    def _operation(self, node: Value, path: str) -> None:
        operation: Any = node.operation
        named = (*operation.parameters, *[""] * len(node.inputs))
        inputs = tuple(
            self._constant(a, path, name == "target")
            if x is None
            else self._places[x]
            if x in self._places
            else self._leaf(x, a, path)
            for x, a, name in zip(node.inputs, node.arguments, named, strict=False)
        )
        self._places[node] = len(self._nodes)
        self._nodes.append(
            Node(node, node._array, node.operation, inputs, node.arguments, node.parameters, path, _shown(node))
        )

    def _leaf(self, leaf: Value, data: Any, path: str) -> int:
        """A leaf with the data that its first consumer used, because it may have been rebound since."""
        self._places[leaf] = len(self._nodes)
        self._nodes.append(Node(leaf, data, None, (), (), {}, path, _shown(leaf)))
        return len(self._nodes) - 1

    def _constant(self, data: Any, path: str, is_target: bool) -> int:
        """An array that is no Value becomes a node, and another one as a target; a single number does not."""
        if type(data) is not np.ndarray or data.size <= 1:
            return -1
        known = self._constants.get((id(data), is_target))
        if known is None:
            known = self._constants[id(data), is_target] = len(self._nodes)
            self._nodes.append(Node(None, data, None, (), (), {}, path, None))
        return known


def _shown(node: Value) -> str | None:
    return legible(str(node.label)) or None if node.label else None


def _after_all_modules(order: Sequence[Value]) -> set[Value]:
    """The operations of the loss: they belong to no module, and no module uses their results.

    What a loss function is given as its prediction is not its own, so a network's last operations stay the network's.
    """
    into: set[Value] = set()
    loss_nodes: set[Value] = set()
    for node in reversed(order):
        if node.provenance.owner or node in into:
            into.update(x for x in node.inputs if x is not None)
        else:
            loss_nodes.add(node)
    given = [x for node in loss_nodes if "target" in node.operation.parameters for x in node.inputs]
    while given:
        x = given.pop()
        if x in loss_nodes:
            loss_nodes.remove(x)
            given += x.inputs
    return loss_nodes


def consumers(nodes: Iterable[Node]) -> list[list[int]]:
    """For each node the indices of its consumers."""
    nodes = list(nodes)
    consumers_of: list[list[int]] = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        for j in node.inputs:
            if j >= 0 and (not consumers_of[j] or consumers_of[j][-1] != i):
                consumers_of[j].append(i)
    return consumers_of


def topological_order(output: Value) -> list[Value]:
    """Every node of the graph, inputs before their consumers, the output last; the same order in every run."""
    order: dict[Value, None] = {}  # a set that keeps its order
    path = [(output, iter(output.inputs))]
    while path:
        node, inputs = path[-1]
        for x in inputs:
            if x is not None and x not in order:
                path.append((x, iter(x.inputs)))
                break
        else:
            path.pop()
            order[node] = None
    return list(order)
