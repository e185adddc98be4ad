"""Reverse-mode differentiation: walk a graph from its output back to its leaves, applying each row's rules.

A node is processed when all its consumers have been: so its gradient is complete when it is passed on. The walk is
iterative and keeps all its state here, nothing in the nodes. The same loop runs the rules on plain arrays (fast) or,
in a recorded pass, on Values: then the gradients are Values themselves and can be differentiated again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import add
from typing import Any

import numpy as np
from numpy import errstate, float64, ndarray

from microae.core.arrays import as_data
from microae.core.context import Backpropagation, Place, Recorder, at, current, enter, leave, rebound
from microae.core.errors import described, nonfinite, same_kind
from microae.core.value import FUNCTIONS, TABLE, Operand, Operation, Rule, Value

_ONE = float64(1.0)
_sum = np.add.reduce
_NUMBERS = range(sys.maxsize)


def backward(output: Value, gradient: Operand = None) -> None:
    """Accumulate the gradients of ``output`` into the ``grad`` of its leaves; see :meth:`Value.backward`."""
    seed = _seed(output, gradient)
    found = backpropagate(output, seed.numpy()[()] if type(seed) is Value else seed)
    recorder = current().recorder
    if recorder is not None:
        then = {leaf: (leaf._data, None if leaf._grad is None else leaf._grad.copy()) for leaf in found}
        recorder.note(partial(_recorded_backward, output, seed, then))
    taken: set[int] = set()
    for leaf, g in found.items():
        if leaf._grad is not None:
            leaf._grad = leaf._grad + g
        elif type(g) is not ndarray:
            leaf._grad = g
        elif g.base is None and id(g) not in taken:
            leaf._grad = g
            taken.add(id(g))
        else:
            leaf._grad = g.copy()


def _recorded_backward(output: Value, seed: Any, then: dict[Value, tuple[Any, Any]], recorder: Recorder) -> None:
    """The same again, recorded: with the leaves as they were ``then``, their data and ``grad``."""
    with rebound({leaf: data for leaf, (data, _) in then.items()}), at("backward"):
        recorder.accumulate(record_backpropagation(output, seed), {leaf: grad for leaf, (_, grad) in then.items()})


FUNCTIONS["backward"] = backward


def gradients(
    output: Value, inputs: Sequence[Value], gradient: Operand = None, *, record: bool = False, zeros: bool = True
) -> list[Any]:
    """The gradients of ``output`` by each of ``inputs``; nothing is stored anywhere.

    Parameters
    ----------
    output : Value
        A scalar, unless ``gradient`` is given.
    inputs : sequence of Values
        Leaves or nodes on the way to ``output``.
    gradient : array_like or Value, optional
        The seed, of the output's shape.
    record : bool
        Return Values that can be differentiated again, instead of arrays.
    zeros : bool
        What an input that ``output`` does not depend on gets: zeros, or ``None``.

    Returns
    -------
    list
        One array (a float for scalars), or Value, per input, each of its input's shape and dtype.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value(3.0)
    >>> (slope,) = ma.gradients(x**3, [x], record=True)
    >>> ma.gradients(slope, [x])  # the second derivative, 6x
    [18.0]
    """
    if isinstance(inputs, Value):
        raise TypeError("gradients: inputs must be a list of Values, as in gradients(loss, [w])")
    inputs = list(inputs)
    for x in inputs:
        if not isinstance(x, Value):
            raise TypeError(
                f"gradients: inputs must be Values, got {type(x).__name__}; wrap it before computing output"
            )
    seed = _seed(_checked(output), gradient)
    if record:
        recorded = record_backpropagation(output, seed, set(inputs)).found
        return [recorded.get(x, Value(np.zeros(x.shape, x.dtype)) if zeros else None) for x in inputs]
    found = backpropagate(output, seed.numpy()[()] if type(seed) is Value else seed, set(inputs))
    taken: set[int] = set()
    results = [_own(found.get(x, np.zeros(x.shape, x.dtype)[()] if zeros else None), taken) for x in inputs]
    return [float(g) if type(g) is float64 else g for g in results]


def _own(g: Any, taken: set[int]) -> Any:
    """A gradient that shares no memory with another, so that its receiver may change it."""
    if type(g) is ndarray and (g.base is not None or id(g) in taken):
        return g.copy()
    taken.add(id(g))
    return g


def _checked(output: Any) -> Value:
    if not isinstance(output, Value):
        raise TypeError(
            f"the output to differentiate must be a Value, got {type(output).__name__}: "
            "was it computed from plain arrays, or by a function without a derivative?"
        )
    return output


def _seed(output: Value, gradient: Operand) -> Any:
    """The gradient that the walk starts with: ones for a scalar, else what the caller gave, checked."""
    if gradient is None:
        if type(output._data) is float64:
            return _ONE
        if output.ndim:
            raise ValueError(
                f"the output has shape {output.shape}; only a scalar has a gradient without a seed: reduce it first, "
                "as with output.sum(), or pass gradient="
            )
        return output.dtype.type(1.0)
    seed = gradient if isinstance(gradient, Value) else as_data(gradient, "gradient")
    if seed.dtype != output.dtype:
        seed = seed.astype(output.dtype)
    if seed.shape != output.shape:
        raise ValueError(f"the seed has shape {seed.shape}, the output {output.shape}; they must be equal")
    return seed


@errstate(invalid="raise")  # a NaN made in a rule stops it: see _masked
def backpropagate(
    output: Value, seed: Any, wanted: set[Value] | None = None, record: Backpropagation | None = None
) -> dict[Value, Any]:
    """The gradients of ``<seed, output>`` by the leaves, or by the Values ``wanted``; ``record`` takes all others."""
    if output.operation is None:
        return {output: seed} if wanted is None or output in wanted else {}
    watch = current().anomaly
    masked = False  # from where a selection dropped a NaN: none may come back with a gradient of 0
    plain = wanted is None and record is None and not watch
    waiting: dict[Value, int] = {}  # nodes with several consumers: how many have not sent their part
    partial: dict[Value, Any] = {}  # and the sum of those that have
    results: dict[Value, Any] = {}
    if wanted is not None:
        nodes, waiting = explore(output, wanted)
        on_the_way = _between(nodes, wanted)
    ready = [(output, seed)]
    while True:
        node, g = ready.pop()
        operation: Any = node.operation
        rules = operation._vjps
        arguments = node.arguments
        out: Any = node._data
        if plain and operation.is_pair:
            # The operands of + - * / @, spelt out: this is what scalar graphs are made of.
            x, y = node.inputs
            a, b = arguments
            if x is not None:
                try:
                    c = rules[0](g, out, a, b)
                except Exception:
                    c = _recovered(operation, rules[0], g, out, arguments, {})
                if type(c) is not float64 or type(a) is not float64:
                    c = _conformed(c, a, operation)
                if x.operation is None:
                    results[x] = _quietly(add, results[x], c) if x in results else c
                elif x._consumers == 1 or (c := _arrived(x, c, waiting, partial, output, wanted)) is not None:
                    ready.append((x, c))
            if y is not None:
                try:
                    c = rules[1](g, out, a, b)
                except Exception:
                    c = _recovered(operation, rules[1], g, out, arguments, {})
                if type(c) is not float64 or type(b) is not float64:
                    c = _conformed(c, b, operation)
                if y.operation is None:
                    results[y] = _quietly(add, results[y], c) if y in results else c
                elif y._consumers == 1 or (c := _arrived(y, c, waiting, partial, output, wanted)) is not None:
                    ready.append((y, c))
        else:
            operands = (g, out, *arguments)
            parameters = node.parameters
            if operation.selects and not masked and any(np.isnan(a).any() for a in arguments):
                masked, plain = True, False
            if wanted is not None:
                rules = [r if x in on_the_way else None for x, r in zip(node.inputs, _rules(node, wanted))]  # noqa: B905
                if node in wanted:
                    results[node] = g
            if record is not None:
                record.gradients[node] = g
                operands = (g, node, *_as_recorded(node))
            sent = []
            for x, rule, a, i in zip(node.inputs, rules, arguments, _NUMBERS):  # noqa: B905 (some have no end)
                if x is None or rule is None:
                    continue
                try:
                    c = rule(*operands, **parameters) if parameters else rule(*operands)
                except Exception:
                    c = _recovered(operation, rule, g, operands[1], operands[2:], parameters)
                if masked:
                    c = _unpoisoned(c, g)
                if type(c) is not type(a) or c.shape != a.shape or c.dtype is not a.dtype:
                    c = _conformed(c, a, operation)
                if watch:
                    _check_finite(c, node)
                if record is not None:
                    record.parts.setdefault(x, []).append((node, i, c))
                if x.operation is None:  # a leaf waits for nobody
                    results[x] = _quietly(add, results[x], c) if x in results else c
                else:
                    sent.append((x, c))
            if len(sent) == 1 and not ready and not partial:
                ready = sent  # all that is on its way is here, as in a chain of layers: nobody else can add to it
            else:
                for x, c in sent:
                    if x._consumers == 1 or (c := _arrived(x, c, waiting, partial, output, wanted)) is not None:
                        ready.append((x, c))
        if not ready:
            return results


def _arrived(
    x: Value, c: Any, waiting: dict[Value, int], partial: dict[Value, Any], output: Value, wanted: set[Value] | None
) -> Any:
    """The whole gradient of ``x`` if its part ``c`` is the last to come, else ``None``."""
    if not waiting:
        waiting.update(explore(output, wanted)[1])
    if x in partial:
        c = _quietly(add, partial.pop(x), c)
    waiting[x] = left = waiting.get(x, 1) - 1
    if left:
        partial[x] = c
        return None
    return c


def record_backpropagation(output: Value, seed: Any, wanted: set[Value] | None = None) -> Backpropagation:
    """``backpropagate`` with its own operations recorded, in the stage "backward"."""
    context = current()
    if not context.grad_enabled:
        raise RuntimeError("a recorded backward pass inside no_grad() would record nothing: leave the block first")
    record = Backpropagation(output)
    token = enter(context.replaced(place=Place("backward")))
    try:
        found = backpropagate(output, seed if type(seed) is Value else Value(seed), wanted, record)
    finally:
        leave(token)
    record.found = {x: g if type(g) is Value else Value(g) for x, g in found.items()}
    record.gradients |= record.found
    return record


def explore(output: Value, wanted: set[Value] | None = None) -> tuple[list[Value], dict[Value, int]]:
    """The nodes that gradients reach, leaves apart, and how many consumers those have that have several."""
    nodes = [output]
    shared: dict[Value, int] = {}
    for node in nodes:  # grows while it is walked
        inputs: Iterable[Value | None] = node.inputs
        if node.operation.silent:  # type: ignore[union-attr]
            inputs = [x for x, rule in zip(inputs, _rules(node, wanted)) if rule is not None]  # noqa: B905
        for x in inputs:
            if x is None or x.operation is None:
                continue
            if x._consumers == 1:
                nodes.append(x)
            elif x in shared:
                shared[x] += 1
            else:
                shared[x] = 1
                nodes.append(x)
    return nodes, shared


def _rules(node: Value, wanted: set[Value] | None) -> Sequence[Rule | None]:
    """The rules of a node: those apart if one of the Values ``wanted`` would else be passed over."""
    operation: Any = node.operation
    if wanted and operation.apart is not None and node.inputs[operation.apart[0]] in wanted:
        return operation.apart[1]  # type: ignore[no-any-return]
    return operation.vjps  # type: ignore[no-any-return]


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


def _between(nodes: Iterable[Value], wanted: set[Value]) -> set[Value]:
    """Those of ``nodes`` that lead to one of ``wanted``: the only ones whose gradients are needed."""
    used_by: dict[Value, list[Value]] = {}
    for node in nodes:
        for x in node.inputs:
            if x is not None:
                used_by.setdefault(x, []).append(node)
    reached = set(wanted)
    front = list(wanted)
    while front:
        for node in used_by.get(front.pop(), ()):
            if node not in reached:
                reached.add(node)
                front.append(node)
    return reached


def _as_recorded(node: Value) -> tuple[Any, ...]:
    """The operands for a rule on Values, which will run for the module that owns ``node``."""
    for x, a in zip(node.inputs, node.arguments, strict=True):
        if x is not None and x._data is not a:
            raise RuntimeError(
                f"{x._name()} was rebound after {node.operation} used it; its old graph still gives first derivatives, "
                "but recorded ones must be taken before the update"
            )
    context = current()
    if context.place.owner != node.place.owner:
        enter(context.replaced(place=Place("backward", node.place.owner)))
    return tuple(a if x is None else x for x, a in zip(node.inputs, node.arguments, strict=True))


def _recovered(operation: Operation, rule: Any, g: Any, out: Any, arguments: Any, parameters: Any) -> Any:
    """What to do about the exception that stopped a rule: mask a NaN, else say whose rule it was."""
    error = sys.exception()
    if isinstance(error, FloatingPointError):
        try:
            return _masked(rule, g, out, arguments, parameters)
        except FloatingPointError as anomaly:  # in a rule that is being recorded
            where = out.place.line or "a line unknown"
            raise FloatingPointError(f"in the derivative of {operation.name}, made at {where}: {anomaly}") from None
    if isinstance(error, (ValueError, TypeError, IndexError)):
        raise same_kind(error, f"{operation.name}: its derivative rule failed: {error}") from error
    raise


def _masked(rule: Any, g: Any, out: Any, arguments: Any, parameters: Any) -> Any:
    """Run a rule that made a NaN again, with 0 · ∞ = 0."""
    with errstate(invalid="ignore"):
        return _unpoisoned(rule(g, out, *arguments, **parameters), g)


def _unpoisoned(c: Any, g: Any) -> Any:
    """Without the NaNs where no gradient arrived: there, none goes on.

    This is what keeps a NaN or infinity in the branch that ``where`` did not select out of the gradient.
    """
    data = c._data if type(c) is Value else c
    if not np.isnan(data).any() or np.shape(g) not in ((), np.shape(data)):
        return c
    return FUNCTIONS["where"](np.equal(g, 0), 0.0, c)


def _conformed(c: Any, a: Any, operation: Operation) -> Any:
    """Undo what broadcasting did to an input, and give its gradient the input's own dtype."""
    if type(a) is float64:
        if type(c) is float64:
            return c
        if type(c) is float:
            return float64(c)
    if type(c) is ndarray and c.dtype is a.dtype and c.ndim == 2 and c.shape[1:] == a.shape:
        return _quietly(_sum, c, 0)  # a bias and its batch
    if type(c) is not Value:
        c = np.asarray(c)
        if c.dtype.kind not in "fiub":
            raise TypeError(f"{operation.name}: a derivative rule returned {c!r}, it must return real numbers")
    shape = a.shape
    if c.shape != shape:
        extra = c.ndim - len(shape)
        if extra < 0 or any(n not in (1, m) for n, m in zip(shape, c.shape[extra:], strict=True)):
            raise ValueError(
                f"{operation.name}: a derivative rule returned shape {c.shape} for an input of shape {shape}"
            )
        stretched = [i + extra for i, (n, m) in enumerate(zip(shape, c.shape[extra:], strict=True)) if n != m]
        c = np.reshape(_quietly(np.sum, c, (*range(extra), *stretched)), shape)
    if c.dtype != a.dtype:
        c = TABLE["astype"](c, dtype=a.dtype)
    return c if type(c) is Value or c.ndim else c[()]


def _quietly(sum_up: Callable[..., Any], *operands: Any) -> Any:
    """Add up what is no rule's: where infinities of both signs meet, the gradient is NaN."""
    try:
        return sum_up(*operands)
    except FloatingPointError:
        with errstate(invalid="ignore"):
            return sum_up(*operands)


def _check_finite(c: Any, node: Value) -> None:
    data = c._data if type(c) is Value else c
    if not np.isfinite(data).all():
        assert node.operation is not None
        where = node.place.line or "a line unknown: build the graph inside detect_anomaly() to see it"
        operands = described(node.inputs, node.arguments, node.parameters)
        raise FloatingPointError(
            f"{node.operation.name}: its derivative has {nonfinite(data)}; the node was made at {where}\n"
            f"  {node.operation.name}({operands})"
        )
