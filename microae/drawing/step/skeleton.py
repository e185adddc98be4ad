"""The graph view of a picture: a recorded step, or the graph of a Value, as plain lists.

It holds the forward graph, for each of its nodes the gradient and the parts that the gradient is the sum of, and the
updates of the parameters. It is made in one pass over the graph, so a very large graph is possible.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from microae.core.context import Provenance
from microae.core.operation import TABLE, Operation
from microae.core.value import Value
from microae.drawing.words import legible, legible_path
from microae.nn.layers import Dropout
from microae.recording.recorder import Call, Random, Update
from microae.recording.step import Step
from microae.transforms import gradients


class Node(NamedTuple):
    """A node of the forward graph: a parameter or other leaf, a constant array, or the result of an operation.

    ``inputs`` are indices in ``Skeleton.nodes``; -1 stands for a number that is written into the formula.
    ``provenance`` tells calls of one module apart; a leaf has that of its first consumer.
    """

    value: Value | None
    data: Any
    operation: Operation | None
    inputs: tuple[int, ...]
    arguments: tuple[Any, ...]
    parameters: Mapping[str, Any]
    path: str
    label: str | None
    provenance: Provenance = Provenance()


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
    seeds: dict[int, Any] = field(default_factory=dict)  # of roots, what ``backward()`` was given, of all its calls
    changes: list[Change] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    modules: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    calls: Mapping[int, Call] = field(default_factory=dict)  # of modules, by the id of their provenance
    weights: Collection[Value] | None = None  # the parameters of modules and optimisers, if they are known
    rounded: dict[int, tuple[str, list[Any]]] = field(default_factory=dict)  # of constants: see _rounded
    later: dict[int, list[int]] = field(default_factory=dict)  # of a leaf that was rebound, the nodes of its other data
    said: dict[int, str] = field(default_factory=dict)  # what a constant is
    lanes: bool = False  # whether there is a backward pass to draw
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def is_weight(self, i: int) -> bool:
        """Whether a node is a parameter of a module, and no input that is a Value."""
        value, label = self.nodes[i].value, self.nodes[i].label
        if value is None or value.operation is not None:
            return False
        return value in self.weights if self.weights else bool(label) and label not in ("x", "y")

    def version(self, i: int, data: Any) -> int:
        """The node of a leaf with other data, to which it was rebound; by default its first."""
        return next((j for j in self.later.get(i, ()) if self.nodes[j].data is data), i)

    def call(self, i: int, path: str) -> int:
        """Which call of the module at a path a node belongs to, as a number; 0 if that is not known."""
        provenance: Provenance | None = self.nodes[i].provenance
        while provenance is not None:
            if id(provenance) in self.calls and legible_path(provenance.owner) == path:
                return id(provenance)
            provenance = self.calls[id(provenance)].outer if id(provenance) in self.calls else None
        return 0


def of_step(step: Step) -> Skeleton:
    """The graph view of a recorded step."""
    forward, recorder = forward_of(step), step._recorder
    trained = dict.fromkeys(step.updates)
    graph = _Builder(forward, calls=recorder.calls, trained=trained, x=step.given.get("x")).skeleton
    graph.calls, number = recorder.calls, len(graph.nodes)
    modules = [*([] if step._model is None else [step._model]), *(call.module for call in recorder.calls.values())]
    graph.weights = trained | {p: None for module in dict.fromkeys(modules) for p in module.parameters()}
    graph.nodes = _with_noise(graph.nodes, step)
    more = len(graph.nodes) - number  # they stand before the others
    graph.later = {i + more: [j + more for j in later] for i, later in graph.later.items()}
    _constants(graph, step)
    place = {node.value: i for i, node in enumerate(graph.nodes) if node.value is not None}
    for record in step.passes:  # the gradients are those of the sum of their outputs
        for value, parts in record.parts.items():
            known = graph.parts.setdefault(place[value], [])
            for consumer, i, part in parts:
                _add_part(known, Part(place[consumer], i, part))
        for value, g in record.gradients.items():
            _add(graph.gradients, place[value], g)
        graph.roots.append(place[record.output])
        _add(graph.seeds, place[record.output], record.gradients[record.output])
    for value in {leaf: None for record in step.passes for leaf in record.results}:
        grad, total = step.gradient(value), graph.gradients[place[value]]
        if grad is not None and np.allclose(data_of(grad), data_of(total), 1e-5, 0.0, equal_nan=True):
            graph.gradients[place[value]] = grad
        elif grad is not None:
            graph.added_up[place[value]] = data_of(grad)
    graph.changes = [
        Change(place[p], update._replace(is_changed=update.is_changed or place[p] in graph.added_up))
        for p, update in step.updates.items()
        if p in place
    ]
    graph.modules = {legible_path(path): legible(kind) for path, kind in step.modules.items()}
    graph.given, graph.lanes = step.given, bool(step.passes)
    graph.facts = _facts(step)
    return graph


def data_of(value: Any) -> Any:
    """The numbers of a Value; others as they are."""
    return value._array if isinstance(value, Value) else value


def _add(sums: dict[int, Any], i: int, value: Any) -> None:
    sums[i] = data_of(sums[i]) + data_of(value) if i in sums else value


def _add_part(parts: list[Part], part: Part) -> None:
    """Add what a consumer sends in another pass to what it sent before."""
    for k, known in enumerate(parts):
        if (known.consumer, known.place) == (part.consumer, part.place):
            parts[k] = known._replace(value=data_of(known.value) + data_of(part.value))
            return
    parts.append(part)


NOISE: dict[str, Callable[[Callable[[float], Any]], list[tuple[str, str, Any]]]] = {
    "GaussianNoise": lambda run: [("add", "ε", run(0.0))],
    "MaskingNoise": lambda run: [("multiply", "mask", run(1.0))],
    "SaltAndPepperNoise": lambda run: [("multiply", "mask", run(1.0) - run(0.0)), ("add", "salt", run(0.0))],
}
"""What kinds of noise do to an input, one after the other: the operation, the name and value of its operand.

``run`` makes the same draws again for an input of one number.
"""


def _again(random: Random) -> Callable[[float], Any]:
    """What a random module makes of an input of one number, with the draws that it then made."""

    def run(x: float) -> Any:
        module, rng = copy.copy(random.module), copy.deepcopy(random.module.rng)
        rng.bit_generator.state = random.state
        module.rng = rng
        return module.change(np.full(np.shape(random.result), x, random.result.dtype))

    return run


def _with_noise(nodes: list[Node], step: Step) -> list[Node]:
    """With the clean input and what noise did to it, which are no Values, before all others."""
    paths = {id(call.module): legible_path(call.provenance.owner) for call in step._recorder.calls.values()}
    changed: list[Random] = []  # one after the other
    for random in step._recorder.random:
        follows = not changed or random.x is changed[-1].result
        if type(random.module).__name__ in NOISE and not isinstance(random.result, Value) and follows:
            changed.append(random)
    for i, node in enumerate(nodes):
        is_input = bool(changed) and node.value is None and node.operation is None and np.ndim(node.data) > 0
        if is_input and np.array_equal(node.data, changed[-1].result):
            x = np.asarray(changed[0].x).astype(node.data.dtype)
            first = [Node(None, x, None, (), (), {}, "", None if step.given else "x")]
            for random in changed:
                path = paths.get(id(random.module), "")
                for name, label, operand in NOISE[type(random.module).__name__](_again(random)):
                    row, before = TABLE[name], first[-1]
                    inputs, arguments = (len(first) - 1, len(first)), (before.data, operand)
                    first.append(Node(None, operand, None, (), (), {}, path, label))
                    first.append(Node(None, row(*arguments), row, inputs, arguments, {}, path, "kept"))
            made, more = first.pop(), len(first)
            moved = [other._replace(inputs=tuple(j + more if j >= 0 else j for j in other.inputs)) for other in nodes]
            moved[i] = made._replace(data=node.data, label="x\u0303")
            return first + moved
    return nodes


ROUNDED = {
    **{name: f"{name}({{}})" for name in ("floor", "ceil", "trunc", "fix", "sign", "round")},
    **dict.fromkeys(("around", "rint"), "round({})"),
    "floor_divide": "floor({}/{})",
    "greater": "[{} > {}]",
    "greater_equal": "[{} ≥ {}]",
    "less": "[{} < {}]",
    "less_equal": "[{} ≤ {}]",
    "equal": "[{} = {}]",
    "not_equal": "[{} ≠ {}]",
}
"""How the results of NumPy's functions without a derivative are written; what is in brackets is 1 where it holds."""


def _constants(graph: Skeleton, step: Step) -> None:
    """Say what constants are: drawn numbers, or what was rounded and compared of which node."""
    drawn: list[tuple[str, str, Any]] = []
    for random in step._recorder.random:
        kind = type(random.module).__name__
        spread = getattr(random.module, "amount", 1.0)
        if kind == "StandardNormal":
            drawn.append(("ε", "ε ~ N(0, 1)", random.result))
        elif kind == "GaussianNoise":
            drawn.append(("ε", f"ε ~ N(0, {spread:g}²)", _again(random)(0.0)))
        elif kind == "SaltAndPepperNoise":
            drawn.append(("salt", "", _again(random)(0.0)))
    users = consumers(graph.nodes)
    for i, node in enumerate(graph.nodes):
        if node.value is not None or node.operation is not None:
            continue
        first = next((user.value for k in users[i] if (user := graph.nodes[k]).value is not None), None)
        for name, words, data in drawn:
            if np.shape(data) == np.shape(node.data) and np.array_equal(data, node.data):
                graph.nodes[i] = node._replace(label=name)
                graph.said[i] = words
        for newest, computed in step._recorder.computed:
            was_before = first is not None and newest < first.serial
            template = ROUNDED.get(computed.function, "")
            if was_before and template and np.array_equal(computed.result, node.data):
                operands = [_known(graph.nodes, operand) for operand in computed.operands]
                if None not in operands and len(operands) == template.count("{}"):
                    graph.rounded[i] = template, operands
                    graph.said[i] = "constant: no gradient flows through it"


def _known(nodes: Sequence[Node], operand: Any) -> Any:
    """The index of the node whose data an array is, a single number as text; ``None`` for other arrays."""
    if np.ndim(operand) == 0:
        return _written(f"{float(operand):g}")
    place = operand.__array_interface__["data"][0]
    for i, node in enumerate(nodes):
        data = node.data
        is_alike = np.shape(data) == operand.shape and data.strides == operand.strides
        if is_alike and data.__array_interface__["data"][0] == place:
            return i
    return None


def _facts(step: Step) -> dict[str, str]:
    facts: dict[str, str] = {}
    optimizers = [update.optimizer for update in step.updates.values()]
    if optimizers:
        facts["optimiser"] = ", ".join(dict.fromkeys(type(optimizer).__name__ for optimizer in optimizers))
    if len({optimizer.lr for optimizer in optimizers}) == 1:  # else each parameter tells its own
        facts["η"] = _written(f"{optimizers[0].lr:g}")
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
    """The graph view of a Value's graph; with the gradients if it is a number and ``backward()`` has been called."""
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
    else:  # of which numbers it is the gradient, nobody knows
        graph.added_up = {place[leaf]: grad for leaf, grad in kept.items()}
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

    def __init__(
        self,
        order: Sequence[Value],
        alone: Value | None = None,
        calls: Mapping[int, Call] | None = None,
        trained: Collection[Value] = (),
        x: Any = None,
    ) -> None:
        self.skeleton = Skeleton()
        self._x, self._calls = None if isinstance(x, Value) else x, calls or {}
        self._nodes = self.skeleton.nodes
        self._places: dict[Value, int] = {}
        self._constants: dict[tuple[int, bool], int] = {}
        self._inputs: dict[str, int] = {}  # the input and pieces of it
        self._provenance = Provenance()  # of the operation at hand
        owners = any(node.provenance.owner for node in order)
        losses = _after_all_modules(order, self._calls, trained) if owners else set()
        if alone is not None:
            self._leaf(alone, alone._array, "")
        for node in order:
            self._operation(node, "loss" if node in losses else legible_path(node.provenance.owner))

    def _operation(self, node: Value, path: str) -> None:
        operation: Any = node.operation
        self._provenance = node.provenance
        named = (*operation.parameters, *[""] * len(node.inputs))
        inputs = tuple(
            self._constant(a, path, name == "target", operation.name)
            if x is None
            else self._places[x]
            if x in self._places and (x.operation is not None or self._nodes[self._places[x]].data is a)
            else self._leaf(x, a, path)
            for x, a, name in zip(node.inputs, node.arguments, named, strict=False)
        )
        self._places[node] = len(self._nodes)
        self._nodes.append(
            Node(
                node,
                node._array,
                node.operation,
                inputs,
                node.arguments,
                node.parameters,
                path,
                _shown(node),
                node.provenance,
            )
        )

    def _leaf(self, leaf: Value, data: Any, path: str) -> int:
        """A leaf with the data that its consumer used, because it may have been rebound since.

        Its gradient is that of the first of its data.
        """
        first = self._places.get(leaf)
        if first is None:
            first = self._places[leaf] = len(self._nodes)
            self._nodes.append(Node(leaf, data, None, (), (), {}, path, _shown(leaf), self._provenance))
            return first
        later = self.skeleton.later.setdefault(first, [])
        known = next((i for i in later if self._nodes[i].data is data), None)
        if known is None:
            later.append(known := len(self._nodes))
            self._nodes.append(Node(None, data, None, (), (), {}, path, _shown(leaf), self._provenance))
        return known

    def _constant(self, data: Any, path: str, is_target: bool, used_by: str) -> int:
        """An array that is no Value becomes a node, and another one as a target; a single number does not.

        The input is one node however often it is used, as by a connection that skips layers.
        """
        if type(data) is not np.ndarray or data.size <= 1:
            return -1
        known = self._constants.get((id(data), is_target))
        if known is None:
            factor = used_by == "multiply" and is_mask(data, self._provenance, self._calls)
            may_be = not is_target and path != "loss" and not factor
            name = input_name(self._x, data) if may_be and self._x is not None else ""
            known = self._inputs.get(name, len(self._nodes))
            self._constants[id(data), is_target] = known
            if name:
                self._inputs[name] = known
        if known == len(self._nodes):
            self._nodes.append(Node(None, data, None, (), (), {}, path, None, self._provenance))
        return known


def input_name(x: Any, data: Any) -> str:
    """``x``, or ``x[2]`` and ``x[:, 2]``, if an array is the input or a piece of it at one index only; else "".

    Not if all its numbers are alike, as others may be by chance.
    """
    if np.all(data == data.flat[0]):
        return ""
    return "x" if is_equal(x, data) else piece(x, data)


def piece(x: Any, data: Any) -> str:
    """The input at an index of its first or second axis, if an array is that and at no other index."""
    try:
        x = np.asarray(getattr(x, "data", x), np.float64)
    except (TypeError, ValueError):
        return ""
    wanted = np.squeeze(data)
    indices = []
    for axis in range(min(x.ndim - 1, 2)):
        pieces = np.moveaxis(x, axis, 0)
        if pieces[:1].size == wanted.size and len(pieces) > 1:
            same = [i for i, piece in enumerate(pieces) if np.array_equal(np.squeeze(piece), wanted)]
            indices += [f"x[{':, ' * axis}{i}]" for i in same]
    return indices[0] if len(indices) == 1 else ""


def is_equal(given: Any, data: Any) -> bool:
    """Whether an array is what was given, in its own precision."""
    if given is data:
        return True
    try:
        array = np.asarray(getattr(given, "data", given), np.float64)
    except (TypeError, ValueError):
        return False
    return array.shape == np.shape(data) and np.array_equal(array.astype(data.dtype), data, equal_nan=True)


def is_mask(data: Any, provenance: Provenance, calls: Mapping[int, Call]) -> bool:
    """Whether a factor lets some numbers pass: one of zeros and ones, or what a call of ``Dropout`` has drawn."""
    if id(provenance) in calls and isinstance(calls[id(provenance)].module, Dropout):
        return True
    return bool(np.isin(data, (0.0, 1.0)).all() and (data == 0).any() and (data == 1).any())


def _shown(node: Value) -> str | None:
    return legible(str(node.label)) or None if node.label else None


def _after_all_modules(order: Sequence[Value], calls: Mapping[int, Call], trained: Collection[Value]) -> set[Value]:
    """The operations of the loss: they belong to no module, and no module uses their results.

    What a loss function is given as its prediction is not its own, nor is what a parameter does to arrays that come
    from modules, so a network's last operations stay the network's.
    """
    into: set[Value] = set()
    loss_nodes: set[Value] = set()
    inside = {node for node in order if node.provenance.owner or id(node.provenance) in calls}
    for node in reversed(order):
        if node in inside or node in into:
            into.update(x for x in node.inputs if x is not None)
        else:
            loss_nodes.add(node)
    given = [x for node in loss_nodes if "target" in node.operation.parameters for x in node.inputs]
    given += _weighing(order, inside, trained)
    while given:
        x = given.pop()
        if x in loss_nodes:
            loss_nodes.remove(x)
            given += x.inputs
    return loss_nodes


def _weighing(order: Sequence[Value], inside: Collection[Value], trained: Collection[Value]) -> list[Value]:
    """The operations outside of modules that bring a parameter of no module to arrays that come from modules."""
    leaves = {x: None for node in order for x in node.inputs if x is not None and x.operation is None}
    own = {x for node in inside for x in node.inputs}
    free = {x for x in leaves if x not in own and (x in trained if trained else x.label and x.label not in ("x", "y"))}
    behind: set[Value] = set(inside)
    weighing = []
    for node in order:
        from_modules = not behind.isdisjoint(node.inputs)
        if from_modules:
            behind.add(node)
        if not free.isdisjoint(node.inputs):
            if not from_modules:
                free.add(node)
            elif np.ndim(node._array) and node not in inside:
                weighing.append(node)
    return weighing


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
