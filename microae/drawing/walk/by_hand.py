"""The gradients of a recorded step by the paper's formulas, where its forward pass is a chain that they know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from microae.core.arrays import Array
from microae.core.value import Value
from microae.nn.activations import ACTIVATIONS, options_of
from microae.nn.registry import LOSSES
from microae.paper import manual
from microae.recording.step import Step


class ByHand(NamedTuple):
    """A gradient and the formula that gave it."""

    gradient: Array
    formula: str


def gradients_by_hand(step: Step) -> dict[Value, ByHand]:
    """By weight and bias: its gradient as the paper's formulas give it; empty for another kind of step.

    It has to be affine maps, each with or without an activation after it, and at the end cross-entropy or squared
    error; nothing else, and no number used twice.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing.walk.by_hand import gradients_by_hand
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    >>> by_leaf = gradients_by_hand(step)
    >>> [(by_hand.gradient.shape, by_hand.formula) for by_hand in by_leaf.values()][-1]
    ((3,), '∇b = Σ∇ with ∇ = δ · f′(z), δ = ∂L/∂f(z)')
    """
    if len(step.passes) != 1:
        return {}
    *chain, end = step.stage("forward") or [step.passes[0].output]
    layers = list(_layers(chain))
    if end is not step.passes[0].output or not layers or None in layers:
        return {}
    linears, activations = [layer[0] for layer in layers], [layer[1] for layer in layers]
    loss, target = _loss(end, chain[-1])
    x = linears[0].arguments[0]
    parameters = [parameter for linear in linears for parameter in linear.inputs[1:]]
    known = all(parameter is not None and parameter.operation is None for parameter in parameters)
    if not loss or np.ndim(x) > 2 or not known or len(set(parameters)) < len(parameters):
        return {}
    weights = [np.asarray(linear.arguments[1], np.float64) for linear in linears]
    biases = [np.asarray(linear.arguments[2], np.float64) for linear in linears]
    with np.errstate(all="ignore"):  # an exploding step is drawn too, and has warned when it was made
        grad_weights, grad_biases = manual.manual_gradients(
            weights, biases, x, target, activations, loss, end.parameters.get("reduction", "mean")
        )
    by_leaf: dict[Value, ByHand] = {}
    for linear, W, b in zip(linears, grad_weights, grad_biases, strict=True):
        nabla = "δ · f′(z), δ = ∂L/∂f(z)" if linear is linears[-1] else "(∇next Wnextᵀ) · f′(z)"
        by_leaf[linear.inputs[1]] = ByHand(W, f"∇W = hᵀ∇ with ∇ = {nabla}")
        by_leaf[linear.inputs[2]] = ByHand(b, f"∇b = Σ∇ with ∇ = {nabla}")
    return by_leaf


def _layers(chain: list[Any]) -> Iterator[Any]:
    """Each layer's affine map and the name of its activation; ``None`` for what is no layer."""
    before, i = None, 0
    while i < len(chain):
        linear = chain[i]
        if linear.operation.name != "linear" or (linear.inputs[0] is not before and i > 0):
            yield None
            return
        before, name, i = linear, "linear", i + 1
        if i < len(chain) and _is_activation(chain[i]) and chain[i].inputs[0] is linear:
            before, name, i = chain[i], chain[i].operation.name, i + 1
        yield linear, name


def _is_activation(node: Value) -> bool:
    """Whether a node is an activation that the paper's formulas know, with its usual options."""
    row = node.operation
    if row is None or row.name not in manual.ACTIVATIONS or row.name not in ACTIVATIONS:
        return False
    usual = options_of(ACTIVATIONS[row.name].function)
    return all(value == usual[name].default for name, value in node.parameters.items())


def _loss(end: Value, output: Value) -> tuple[str, Any]:
    """The name of the loss of an output and its target; no name if it is none of those known."""
    assert end.operation is not None
    row, position = end.operation.name, len(end.inputs) - 2
    name = next((loss.function.__name__ for loss in LOSSES.values() if row in loss.rows), "")
    fits = name in manual.LOSSES and end.inputs[position] is output and end.inputs[-1] is None
    fits = fits and end.parameters.get("reduction", "mean") in ("mean", "sum")
    return (name if fits else "", end.arguments[-1] if fits else None)
