"""The chain rule in words and numbers: what an edge of the backward lane says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from microae.drawing.step.notation import ARRIVING, POWER, SIGN, Written, derivative, is_factor, numbers, strength
from microae.drawing.step.skeleton import Node, Part, data_of


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
    place, shapes = sent[0].place, [np.shape(a) for a in consumer.arguments]
    parameters = dict(consumer.parameters) | {"elements": elements(consumer), "shapes": shapes}
    g, made = (_spread(array, consumer) for array in (g, consumer.data))
    if not is_factor(consumer.operation, place, names, parameters):
        local, product, plugged = (
            derivative(consumer.operation, place, names, Written(out), parameters, g)
            for g in (ARRIVING, Written(upstream, POWER), _written(g))
        )
        return Term(local, product, plugged)
    texts = [derivative(consumer.operation, part.place, names, Written(out), parameters) for part in sent]
    local = _sum([text for text in texts if text])
    written = [_written(a) for a in consumer.arguments]
    values = [_numerical(consumer, part, written, made, parameters) for part in sent]
    before = consumer.operation.name in _PRODUCTS and place == 1
    product = _times(upstream, local, before)
    plugged = _times(numbers(g), _sum(values), before) if all(values) or not local else ""
    x = consumer.arguments[place]
    if plugged and "[" not in plugged and not np.ndim(consumer.data) and 1 <= np.size(x) <= _FEW and np.ndim(x):
        plugged = _times(plugged, numbers(np.ones_like(x)), False)  # the same for each
    over = _stretched(consumer, place)
    if over and "∂" not in local:
        product, plugged = _summed_up(product, over), plugged and _summed_up(plugged, over)
    return Term(local, product, plugged)


_PRODUCTS = ("linear", "matmul")
_FEW = 16  # numbers, which are written out


def _spread(array: Any, consumer: Node) -> Any:
    """The result of a reduction, or its gradient, as it stands beside what was reduced along an axis."""
    operation, x = consumer.operation, consumer.arguments[0]
    axis = consumer.parameters.get("axis")
    is_reduced = axis is not None and np.shape(array) == np.shape(consumer.data) and len(consumer.arguments) == 1
    if not is_reduced or not is_factor(operation, 0, [ARRIVING], consumer.parameters):  # type: ignore[arg-type]
        return array
    kept = np.sum(x, axis=axis, keepdims=True)
    return np.reshape(array, kept.shape) if np.size(array) == kept.size else array


def _stretched(consumer: Node, i: int) -> list[str]:
    """The sums that the gradient of input ``i`` is, because the operation uses it for each sample, say: their axes."""
    assert consumer.operation is not None
    shapes: list[tuple[int, ...]] = [np.shape(a) for a in consumer.arguments]
    out: tuple[int, ...] = np.shape(consumer.data)
    if consumer.operation.name in _PRODUCTS and i < 2:
        samples = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
        return _axes(shapes[i][:-2], samples, len(shapes[i]))
    if consumer.operation.name in (*_PRODUCTS, "broadcast_to"):
        return _axes(shapes[i], out, len(shapes[i]))
    try:
        is_each = np.broadcast_shapes(*shapes) == out
    except ValueError:  # not of each element by itself
        return []
    return _axes(shapes[i], out, len(shapes[i])) if is_each else []


def _axes(shape: tuple[int, ...], out: tuple[int, ...], left: int) -> list[str]:
    """How an array of the second shape is summed to the first, of a result with ``left`` axes."""
    if shape == out:
        return []
    more = len(out) - len(shape)
    kept = [k for k in range(len(shape)) if shape[k] != out[more + k]]
    if not left:
        return [""]
    sums = [f" [axis={_listed(range(more))}]"] if more else []
    return sums + ([f" [axis={_listed(kept)}, keepdims=True]"] if kept else [])


def _listed(axes: Sequence[int]) -> str:
    return str(axes[0] if len(axes) == 1 else tuple(axes))


def _summed_up(product: str, sums: Sequence[str]) -> str:
    for over in sums:
        is_several = strength(product) < SIGN or product.startswith("−") or "Σ" in product
        product = f"Σ ({product}){over}" if is_several else f"Σ {product}{over}"
    return product


_CASES = ("sign(", "<", "≤", "condition")  # in formulas that distinguish cases


def _numerical(consumer: Node, part: Part, written: Sequence[Written], made: Any, parameters: dict[str, Any]) -> str:
    """The local derivative as numbers: by its formula, or what the rule of a function makes of ones."""
    text = derivative(consumer.operation, part.place, written, _written(made), parameters)  # type: ignore[arg-type]
    if text == "1":
        return text
    is_named = "∂" in text or any(word in text for word in _CASES)  # the formula with numbers would say no more
    if len(consumer.arguments) > 1 and not is_named:
        return text
    slope = _slope(consumer, part.place)
    return ("" if is_named else text) if slope is None else numbers(slope)


def _slope(consumer: Node, i: int) -> Any:
    """The derivative of an operation by its input ``i``, element by element; ``None`` if it does not work so."""
    operation: Any = consumer.operation
    shape = np.shape(consumer.data)
    if np.shape(consumer.arguments[i]) != shape:
        return None
    ones = np.ones_like(consumer.data)[()]
    weights = (np.arange(1.0, np.size(ones) + 1.0).reshape(shape) * ones)[()]
    with np.errstate(all="ignore"):
        try:
            slope, weighted = (
                operation.vjps[i](g, consumer.data, *consumer.arguments, **consumer.parameters) for g in (ones, weights)
            )
            apart = ~np.isclose(weighted, weights * slope, rtol=1e-4, atol=0.0, equal_nan=True)
        except Exception:  # a user's rule may do anything; its formula is then left as it is
            return None
    return None if np.shape(slope) != shape or np.any(apart) else slope


def _sum(texts: Sequence[str]) -> str:
    distinct = dict.fromkeys(texts)
    if len(distinct) == 1 and len(texts) > 1:
        return f"{len(texts)}" if texts[0] == "1" else f"{len(texts)} · {texts[0]}"
    return summed(texts)


def summed(texts: Iterable[str]) -> str:
    """A sum, with what has a minus in parentheses.

    Examples
    --------
    >>> from microae.drawing.step.terms import summed
    >>> summed(["−1", "2", "−3"])
    '−1 + 2 + (−3)'
    """
    return " + ".join(f"({text})" if k and text.startswith("−") else text for k, text in enumerate(texts))


def _times(upstream: str, local: str, before: bool) -> str:
    """A product in the order in which it is taken; a factor of 1 is left out."""
    if local == "1":
        return upstream
    if upstream == "1":
        return local
    factor = f"({local})" if strength(local) < SIGN or local.startswith("−") else local
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
