"""Reverse-mode differentiation: walk a graph from its output back to its leaves, applying each row's rules.

A node's gradient is the sum of what its consumers send, so a node is visited after all of its consumers. The walk is
iterative and keeps all its state here, nothing in the nodes. :func:`backpropagate` is the plain walk, for the leaves;
:func:`general_pass` is the same walk to any nodes, with the pieces that make it slower: 0 · ∞ = 0, recording, and the
search for anomalies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy import errstate, float64, ndarray

from microae.core.arrays import Traced, UntraceableError, as_data
from microae.core.context import Provenance, changed, current
from microae.core.errors import described, handle_rule_error, nonfinite
from microae.core.node import Node
from microae.core.operation import FUNCTIONS, TABLE, Operand, Rule

_ONE = float64(1.0)
_serial = attrgetter("serial")

RETAINED = object()
"""What stands in ``grad`` of a computed node whose gradient is to be kept, until there is one."""

_retaining = False  # whether any node ever was: else no backward pass looks for them


def retain(node: Node) -> None:
    """Have the gradient of a computed node kept."""
    global _retaining
    _retaining = True
    if node.operation is not None and node._grad is None:
        node._grad = RETAINED


def backward(output: Node, gradient: Operand = None, retain_grads: bool = False) -> None:
    """Accumulate the gradients of ``output`` into the ``grad`` of its leaves; see :meth:`microae.Value.backward`."""
    seed = checked_seed(output, gradient)
    if retain_grads or _retaining:
        gradients = _with_retained(output, seed_array(seed), retain_grads)
    else:
        gradients = backpropagate(output, seed_array(seed))
    if (recorder := current().recorder) is not None:
        recorder.note_backward(output, seed, [x for x in gradients if x.operation is None])
    taken: set[int] = set()
    for x, g in gradients.items():
        x._grad = unshared(g, taken) if x._grad is None or x._grad is RETAINED else x._grad + g


def _with_retained(output: Node, seed: Any, all_of_them: bool) -> dict[Any, Any]:
    """The gradients by the leaves, and by the computed nodes whose gradients are to be kept."""
    nodes = newest_first(output)
    wanted = {node for node in nodes if all_of_them or node._grad is not None}
    if not wanted:
        return backpropagate(output, seed)
    leaves = {x for node in nodes for x in node.inputs if x is not None and x.operation is None}
    return general_pass(output, seed, wanted | leaves)


def unshared(g: Any, taken: set[int]) -> Any:
    """A gradient that its receiver may change: a copy if it shares memory with one of those ``taken``, by their ids."""
    if type(g) is ndarray:
        if g.base is not None or id(g) in taken:
            return g.copy()
        taken.add(id(g))
    return g


def checked_output(output: Any) -> Any:
    """What is to be differentiated, if it is a Value."""
    if not isinstance(output, Node):
        raise TypeError(
            f"the output to differentiate must be a Value, got {type(output).__name__}: "
            "was it computed of plain arrays, by np.round or its like, or by gradients(...) without record=True?"
        )
    return output


def checked_seed(output: Node, gradient: Operand) -> Any:
    """The gradient that the walk starts with: one for a scalar, else what the caller gave, checked."""
    data = output._array
    if gradient is None:
        if type(data) is float64:
            return _ONE
        if data.ndim:
            raise ValueError(
                f"the output has shape {data.shape}; only a scalar has a gradient without a seed: reduce it first, "
                "as with output.sum(), or pass gradient="
            )
        return data.dtype.type(1.0)
    seed: Any = gradient if isinstance(gradient, Node) else as_data(gradient, "gradient")
    seed = seed if seed.dtype == data.dtype else seed.astype(data.dtype)
    if seed.shape != data.shape:
        raise ValueError(f"the seed has shape {seed.shape}, the output {data.shape}; they must be equal")
    return seed


def seed_array(seed: Any) -> Any:
    return seed._array.copy() if isinstance(seed, Node) else seed


# --- the plain walk ----------------------------------------------------------------------------------------------


@errstate(invalid="ignore")
def backpropagate(output: Node, seed: Any) -> dict[Any, Any]:
    """The gradients of ``<seed, output>`` by the leaves."""
    context = current()
    if context.anomaly or context.trace is not None:
        return general_pass(output, seed)
    gradients = {output: seed}
    row = output.operation
    try:
        for node in newest_first(output):
            row, g = node.operation, gradients.pop(node, None)
            if g is None:  # nothing flows to it
                continue
            operands, parameters = (g, node._array) + node.arguments, node.parameters  # noqa: RUF005 (makes no list)
            for x, rule, a in zip(node.inputs, row._vjps, node.arguments):  # noqa: B905 (a Variadic's have no end)
                if x is None or rule is None:
                    continue
                c = rule(*operands, **parameters) if parameters else rule(*operands)
                kind = type(c)
                if kind is not type(a) or (kind is not float64 and (c.dtype is not a.dtype or c.shape != a.shape)):
                    c = unbroadcast(c, a)
                gradients[x] = gradients[x] + c if x in gradients else c
    except Exception as error:
        handle_rule_error(error, row)
    return general_pass(output, seed) if _has_nan(gradients.values()) else gradients


def newest_first(output: Node) -> list[Node]:
    """The nodes that the output was made from, leaves apart: each after all of its consumers, for it is older."""
    nodes = [output] if output.operation is not None else []
    seen = {output}
    for node in nodes:  # grows while it is walked
        for x in node.inputs:
            if x is not None and x.operation is not None and x not in seen:
                seen.add(x)
                nodes.append(x)
    nodes.sort(key=_serial, reverse=True)
    return nodes


def _has_nan(gradients: Iterable[Any]) -> bool:
    """Whether any element of any of them is NaN: ``argmax`` takes it for the largest."""
    for g in gradients:
        if type(g) is ndarray:
            g = g.item(g.argmax()) if g.size else 0.0
        if g != g:
            return True
    return False


def unbroadcast(c: Any, a: Any) -> Any:
    """What a rule returned, with the broadcast of its input ``a`` undone, in the input's own dtype."""
    c, shape = _as_numbers(c), a.shape
    if c.shape != shape:
        given, add_up = c.shape, np.add.reduce if type(c) is ndarray else np.sum
        if c.ndim > len(shape):
            c = add_up(c, tuple(range(c.ndim - len(shape))))
        if c.shape != shape:
            stretched = tuple(i for i, (n, m) in enumerate(zip(shape, c.shape, strict=False)) if n == 1 != m)
            c = add_up(c, stretched, keepdims=True)
        if c.shape != shape:
            raise ValueError(f"it returned shape {given} for an input of shape {shape}")
    if c.dtype is not a.dtype:
        c = TABLE["astype"](c, dtype=a.dtype)
    return c if c.ndim or isinstance(c, Node) else c[()]


def _as_numbers(c: Any) -> Any:
    """What a rule returned as an array or a node."""
    if not isinstance(c, (Traced, Node)):
        c = np.asarray(c)
        if c.dtype.kind not in "fiub":
            raise TypeError(f"it returned {c!r}, not real numbers")
    return c


# --- the general walk --------------------------------------------------------------------------------------------


class Backpropagation:
    """A recorded backward pass.

    Attributes
    ----------
    output : Value
        What was differentiated.
    results : dict of Value to Value
        What was asked for: the gradients of the leaves, if not of others.
    gradients : dict of Value to Value
        The gradients of all nodes that were reached.
    parts : dict of Value to list of (Value, int, Value)
        For each node what its gradient is the sum of: a consumer, as which of its inputs, the part that it sent.
    """

    def __init__(self, output: Any) -> None:
        self.output = output
        self.results: dict[Any, Any] = {}
        self.gradients: dict[Any, Any] = {}
        self.parts: dict[Any, list[tuple[Any, int, Any]]] = {}


@errstate(invalid="ignore")
def general_pass(
    output: Node, seed: Any, wanted: set[Node] | None = None, record: Backpropagation | None = None
) -> dict[Any, Any]:
    """The gradients of ``<seed, output>`` by the nodes ``wanted`` (``None``: by the leaves), with 0 · ∞ = 0.

    ``record`` makes the rules run on Values, and takes all gradients and their parts.
    """
    is_wanted = wanted.__contains__ if wanted is not None else _is_leaf
    context = current()
    if context.trace is not None and context.provenance.stage != "backward":
        with changed(provenance=Provenance("backward")):
            return general_pass(output, seed, wanted, record)
    apply_rule = _rule_on_values if record is not None else _rule_on_arrays if context.trace is None else _traced_rule
    nodes = newest_first(output)
    edges = _edges(nodes, wanted, is_wanted)
    gradients = {output: seed}
    for node in nodes:
        if node not in gradients:  # nothing flows to it
            continue
        g = gradients[node] if record is not None or is_wanted(node) else gradients.pop(node)
        if context.trace is not None:
            context.trace.note_gradient(node, g)
        for i, x, rule in edges[node]:
            try:
                c = unbroadcast(_masked(_as_numbers(apply_rule(rule, g, node)), g, seed, node), node.arguments[i])
            except Exception as error:
                handle_rule_error(error, node.operation, node.provenance.line)
            if context.anomaly:
                _check_finite(c, node)
            if record is not None:
                record.parts.setdefault(x, []).append((node, i, c))
            gradients[x] = gradients[x] + c if x in gradients else c
    if record is not None:
        record.gradients |= gradients
    return {x: g for x, g in gradients.items() if is_wanted(x)}


def _is_leaf(x: Node) -> bool:
    return x.operation is None


def _edges(
    nodes: Sequence[Node], wanted: set[Node] | None, is_wanted: Callable[[Node], bool]
) -> dict[Node, list[tuple[int, Node, Rule]]]:
    """For each node the inputs that lead to one that is wanted, with their places and rules."""
    edges: dict[Node, list[tuple[int, Node, Rule]]] = {}
    for node in reversed(nodes):  # inputs before their consumers
        rules = zip(range(len(node.inputs)), node.inputs, _rules(node, wanted))  # noqa: B905 (a Variadic's have no end)
        edges[node] = [
            (i, x, rule)
            for i, x, rule in rules
            if x is not None and rule is not None and (edges.get(x) or is_wanted(x))
        ]
    return edges


def _rules(node: Node, wanted: set[Node] | None) -> Sequence[Rule | None]:
    """The rules of a node; those of its ``shared_input_vjps`` if the gradient by that input itself is wanted."""
    row = node.operation
    if wanted and row.shared_input_vjps is not None and node.inputs[row.shared_input_vjps[0]] in wanted:
        return row.shared_input_vjps[1]  # type: ignore[no-any-return]
    return row.vjps  # type: ignore[no-any-return]


# --- its pieces --------------------------------------------------------------------------------------------------


def _rule_on_arrays(rule: Rule, g: Any, node: Node) -> Any:
    return rule(g, node._array, *node.arguments, **node.parameters)


def _traced_rule(rule: Rule, g: Any, node: Node) -> Any:
    """Run a rule on arrays, for the module that owns the node; as a whole, where it cannot be looked into."""
    with changed(provenance=Provenance("backward", node.provenance.owner)) as context:
        try:
            return _rule_on_arrays(rule, g, node)
        except UntraceableError:
            operands = (g, node._array, *node.arguments)
            return context.trace.opaque(f"{node.operation.name}.vjp", rule, operands, node.parameters)


def _rule_on_values(rule: Rule, g: Any, node: Node) -> Any:
    """Run a rule so that its own operations are recorded, for the module that owns the node."""
    for x, a in zip(node.inputs, node.arguments, strict=True):
        if x is not None and x._array is not a:
            raise RuntimeError(
                f"{x._name} was rebound after {node.operation} used it; its old graph still gives first derivatives, "
                "but recorded ones must be taken before the update"
            )
    operands = [a if x is None else x for x, a in zip(node.inputs, node.arguments, strict=True)]
    with changed(provenance=Provenance("backward", node.provenance.owner)):
        return rule(g, node, *operands, **node.parameters)


def _masked(c: Any, g: Any, seed: Any, node: Node) -> Any:
    """Replace NaN by 0 where the upstream gradient is 0.

    This is what keeps a NaN or infinity in the branch that ``where`` did not select out of the gradient. If it is 0
    only here, as that of ``sqrt(x)`` in ``sqrt(x)**2``, the zero has no derivative of its own.
    """
    data = c._array if isinstance(c, Node) else c
    if isinstance(data, Traced) or not np.isnan(data).any() or np.shape(g) not in ((), np.shape(data)):
        return c
    absent = np.equal(g, 0)
    c = FUNCTIONS["where"](absent, 0.0, c)
    lost = absent & np.isnan(data)
    return TABLE["zero_only_here"](c, lost, of=node.operation.name) if differs_nearby(g, lost, seed) else c


def differs_nearby(g: Any, where: Any, *fixed: Node) -> bool:
    """Whether elements of a gradient that are 0 were recorded and are not where all leaves but some differ a little."""
    there = nearby(g, *fixed) if isinstance(g, Node) else g
    return there is None or bool(np.any(np.asarray(there)[where if np.ndim(there) else np.any(where)] != 0))


@errstate(all="ignore")
def nearby(g: Node, *fixed: Node, sign: float = 1.0) -> Any:
    """The data of a node where all leaves but some differ a little; ``None`` where one of its operations fails.

    What was chosen by a condition, as by ``where``, stays chosen.
    """
    rng, known = np.random.default_rng(0), {x: x._array for x in fixed}
    try:
        for node in reversed(newest_first(g)):
            for x, a in zip(node.inputs, node.arguments, strict=True):
                if x is not None and x not in known:  # a leaf; numbers of [0, 1] stay there
                    known[x] = (a + sign * 1e-3 * ((a == 0) - a) * rng.random(a.shape)).astype(a.dtype)
            arguments = [a if x is None else known[x] for x, a in zip(node.inputs, node.arguments, strict=True)]
            known[node] = node.operation.forward(*arguments, **node.parameters)
    except ValueError:  # outside of the domain of an operation nobody can say
        return None
    return known.get(g, g._array)


def _check_finite(c: Any, node: Node) -> None:
    data = c._array if isinstance(c, Node) else c
    if not np.isfinite(data).all():
        where = node.provenance.line or "a line unknown: build the graph inside detect_anomaly() to see it"
        operands = described(node.inputs, node.arguments, node.parameters)
        raise FloatingPointError(
            f"{node.operation.name}: its derivative has {nonfinite(data)}; the node was made at {where}\n"
            f"  {node.operation.name}({operands})"
        )
