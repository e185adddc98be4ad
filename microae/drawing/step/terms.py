"""The chain rule in words and numbers: what an edge of the backward lane says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from microae.core.value import Value
from microae.drawing.step.notation import Written, derivative, numbers
from microae.drawing.step.skeleton import Node, Part


class Term(NamedTuple):
    """One term of a gradient: the local derivative, the gradient of the consumer times it, and this with numbers."""

    local: str
    product: str
    numbers: str


def term(sent: Sequence[Part], consumer: Node, names: Sequence[Written], out: str, upstream: str, g: Any) -> Term:
    """The term that a consumer sends to one of its inputs.

    Parameters
    ----------
    sent : sequence of Parts
        Several if the consumer has the input several times.
    consumer : Node
    names : sequence of Written
        Its operands.
    out, upstream : str
        Its name, and that of its gradient; "1" for the gradient of the loss by itself.
    g : float or array
        Its gradient.
    """
    assert consumer.operation is not None
    parameters = dict(consumer.parameters) | {"elements": elements(consumer)}
    texts = [derivative(consumer.operation, part.place, names, Written(out), parameters) for part in sent]
    local = _sum([text for text in texts if text])
    written = [_written(a) for a in consumer.arguments]
    values = [_numerical(consumer, part, written, parameters) for part in sent]
    before = consumer.operation.name in ("linear", "matmul") and sent[0].place == 1
    return Term(local, _times(upstream, local, before), _times(numbers(g), _sum(values), before))


def _numerical(consumer: Node, part: Part, written: Sequence[Written], parameters: dict[str, Any]) -> str:
    """The local derivative as numbers: for a function of one input, what its rule makes of ones."""
    operation: Any = consumer.operation
    if len(consumer.arguments) == 1 and np.shape(consumer.data) == np.shape(consumer.arguments[0]):
        with np.errstate(all="ignore"):
            ones = np.ones_like(consumer.data)[()]
            try:
                slope = operation.vjps[0](ones, consumer.data, *consumer.arguments, **consumer.parameters)
            except Exception:  # a user's rule may do anything; its formula is then left as it is
                slope = None
        if slope is not None and np.shape(slope) == np.shape(consumer.data):
            return numbers(slope)
    return derivative(operation, part.place, written, _written(consumer.data), parameters)


def _sum(texts: Sequence[str]) -> str:
    distinct = dict.fromkeys(texts)
    if len(distinct) == 1 and len(texts) > 1:
        return f"{len(texts)}" if texts[0] == "1" else f"{len(texts)} · {texts[0]}"
    return " + ".join(texts)


def _times(upstream: str, local: str, before: bool) -> str:
    """A product in the order in which it is taken; a factor of 1 is left out."""
    if local == "1":
        return upstream
    if upstream == "1":
        return local
    factor = local if " " not in local or local.startswith(("(", "[")) else f"({local})"
    return f"{factor} · {upstream}" if before else f"{upstream} · {factor}"


def _written(value: Any) -> Written:
    text = numbers(value)
    return Written(text, 2 if text.startswith("−") else 4)


def elements(node: Node) -> int:
    """How many elements a loss or a mean is taken over."""
    return max(1, np.size(node.arguments[0]) // max(1, np.size(node.data)))


def total(sent: Sequence[Part]) -> Any:
    """What a consumer sends in all."""
    first, *others = (data_of(part.value) for part in sent)
    for other in others:
        first = first + other
    return first


def data_of(value: Any) -> Any:
    """The numbers of a Value; others as they are."""
    return value._data if isinstance(value, Value) else value
