"""``check_gradients``, ``check_vjp`` and ``check_gradient_function``.

All three bring their function into one form, a :class:`Scalar`: a number that depends on arrays, and its gradient. The
gradient of the gradient is checked in the same way: for a fixed vector ``u``, ``⟨u, gradient⟩`` is also a number that
depends on the arrays. :mod:`microae.testing.judging` says when a gradient is called right or wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from microae.core.engine import newest_first
from microae.core.value import Value
from microae.testing.functions import (
    fault_of_linearity,
    graph_of,
    is_of_symmetric,
    name_of,
    one_number,
    outputs_of,
    refuse_changed,
    refuse_complex,
    refuse_pair,
    refuse_random,
    refuse_uncallable,
)
from microae.testing.lines import Scalar, random_signs
from microae.testing.points import Point
from microae.testing.reports import Report
from microae.testing.running import check
from microae.transforms import gradients

Array = Any


def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 2,
    examples: int = 100,
    seed: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Check microae's gradients of ``f`` against numerical derivatives.

    Parameters
    ----------
    f : callable
        Takes Values, or arrays through NumPy functions; returns one output of any shape, or a tuple or list of them.
    *inputs : arrays, numbers, Values, or Hypothesis strategies
        Float arrays and numbers are differentiated, also those in lists, tuples and dicts, nested as the parameters of
        a network are; everything else (``None``, an array of integers or booleans) is passed on unchanged. If any
        input is a strategy, Hypothesis draws ``examples`` points and shrinks a failing one; a strategy that draws a
        tuple gives several inputs. A Value may also be read where ``f`` finds it, as the parameters of a network are:
        ``check_gradients(lambda *_: net.loss(x), *net.parameters())``; it has its own numbers again afterwards.
    order : int
        1 checks the gradient, 2 also the gradient of the gradient, and so on.
    examples : int
        How many points Hypothesis draws.
    seed : int, optional
        The same seed gives the same verdict; by default a random one, which the report names.
    progress : callable, optional
        Called without arguments after each point.

    Returns
    -------
    Report
        With verdict "agrees": each input was judged, at each order, at half of the points or more. Points at which
        there is no derivative of second order, because the first has a kink, count for neither side.

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".
    TypeError
        If ``f`` is no function, no input is a float or an array of floats, or ``f`` returns ``None`` or anything else
        that is no number.
    ValueError
        If ``order`` is no whole number of at least 1, ``f`` or its gradient is random, ``f`` changes its inputs in
        place, or takes a function of symmetric matrices, such as ``np.linalg.eigvalsh``, of another.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import check_gradients
    >>> check_gradients(lambda x, W: np.tanh(x @ W), np.ones(2), np.eye(2)).verdict
    'agrees'
    """
    __tracebackhide__ = True
    refuse_uncallable("check_gradients", f=f)
    if not isinstance(order, (int, np.integer)) or order < 1:
        raise ValueError(f"check_gradients: order must be a whole number of at least 1, got {order!r}")

    def scalars(point: Point, rng: np.random.Generator) -> Iterator[Scalar]:
        # The scalar of order 1 is the weighted sum of f's outputs, that of order 2 the weighted sum of its gradient,
        # and so on. The weights are seeds of the backward pass: no other operation can hide a fault of the checked one.
        def computed(leaves: Sequence[Any]) -> list[Any]:
            return outputs_of(f(*point.filled(leaves)), "check_gradients", f)

        with point.as_values(point.wide) as leaves:
            first = computed(leaves)
            refuse_changed(point, "check_gradients", f)
            refuse_complex(first, "check_gradients", f)
            refuse_pair(first, lambda: gradients(first[0], leaves, np.ones(first[0].shape)), point, f)
        if is_of_symmetric(first, "check_gradients"):
            point.mirror()
        weights = [[random_signs(rng, np.shape(y)) for y in first]]

        def derivatives(xs: Sequence[Array], k: int, record: bool) -> Sequence[Any]:
            with point.as_values(xs) as leaves:
                return _differentiated(computed(leaves), weights[:k], leaves, record)

        def number(xs: Sequence[Array], k: int) -> Any:
            if any(np.iscomplexobj(x) for x in xs):
                outputs = computed(xs)
            else:
                outputs = _arrays(derivatives(xs, k - 1, record=False))
            return _weighted(weights[k - 1], outputs)

        def gradient(xs: Sequence[Array], k: int) -> list[Array]:
            return [np.asarray(g) for g in derivatives(xs, k, record=False)]

        def fault() -> str:
            with point.as_values(point.wide) as leaves:
                outputs = computed(leaves)
                said = fault_of_linearity(
                    lambda factor: _arrays(_pulled_back(outputs, [factor * w for w in weights[0]], leaves, False)),
                    f"check_gradients: the gradient of {name_of(f)}",
                )
            return f"a rule is not linear in g, the gradient that it is given: {said}" if said else ""

        def graph(k: int) -> list[Value]:
            with point.as_values(point.wide) as leaves:
                outputs = _differentiated(computed(leaves), weights[: k - 1], leaves, True)
                number = _weighted(weights[k - 1], outputs)
                gradient = _pulled_back(outputs, weights[k - 1], leaves, True)
            return [number if isinstance(number, Value) else Value(number), *gradient]

        def kinks(points: list[list[Array]]) -> list[str]:
            return _kinks_between(list(map(graphs, points)))

        def outputs(xs: Sequence[Array]) -> list[Array]:
            return _arrays(graphs(xs))

        def graphs(xs: Sequence[Array]) -> list[Any]:
            with point.as_values(xs) as leaves:
                return computed(leaves)

        value = _same_twice(weights[0], _arrays(first), outputs(point.wide), "check_gradients", f)
        for k in range(1, order + 1):
            yield Scalar(
                partial(number, k=k), partial(gradient, k=k), k, k == 1,
                kinks=kinks, outputs=outputs, value=value, unit=_unit(weights), weighted=_several(weights),
                graph=partial(graph, k), narrow=_is_narrow(first), fault=fault if k == 1 else str,
                name=f"check_gradients: the gradient of {name_of(f)}",
            )  # fmt: skip
            weights.append([random_signs(rng, x.shape) for x in point.wide])
            value = None

    return check(scalars, inputs, examples, seed, progress)


def _arrays(outputs: Sequence[Any]) -> list[Array]:
    return [np.asarray(y.data if isinstance(y, Value) else y) for y in outputs]


def _weighted(weights: Sequence[Array], outputs: Sequence[Any]) -> Any:
    return sum(np.sum(w * y) for w, y in zip(weights, outputs, strict=True))


def _unit(weights: Sequence[Sequence[Array]]) -> float:
    """What undoes the weights of single numbers, order by order; those of several only make a sum of them."""
    single = [w.item() for level in weights if sum(w.size for w in level) == 1 for w in level if w.size]
    return 1.0 / float(math.prod(single))


def _several(weights: Sequence[Sequence[Array]]) -> str:
    """What the weighted sum is made of, at the first order at which it has several summands."""
    for k, level in enumerate(weights):
        if sum(w.size for w in level) > 1:
            return f"derivatives of order {k}" if k else "outputs"
    return ""


def _is_narrow(outputs: Sequence[Any]) -> bool:
    """Whether a function of float64 computes in float32."""
    return any(getattr(y, "dtype", None) == np.float32 for y in outputs)


def _same_twice(
    weights: Sequence[Array], first: Sequence[Array], again: Sequence[Array], user: str, f: Callable[..., Any]
) -> Any:
    """The weighted sum of the outputs, if two calls gave the same."""
    if [y.shape for y in first] != [y.shape for y in again]:
        raise ValueError(f"{user}: {name_of(f)} is random: two calls at the same point gave outputs of other shapes")
    size = float(sum(np.sum(np.abs(w * y)) for w, y in zip(weights, first, strict=True)))
    value = _weighted(weights, again)
    refuse_random(_weighted(weights, first), value, size, user, f)
    return value


def _kinks_between(graphs: list[list[Any]]) -> list[str]:
    """The operations that are at a kink between neighbouring points, from the graphs there: a name for each element."""
    found = []
    for nodes in zip(*map(_kinks_of, graphs), strict=False):
        name, here = nodes[1]
        if any(np.shape(k) != np.shape(here) for _, k in nodes):
            continue
        if here.dtype == bool:  # a condition
            found += [name] * int(np.sum((nodes[0][1] != here) | (nodes[2][1] != here)))
            continue
        change = np.maximum(np.abs(nodes[0][1] - here), np.abs(nodes[2][1] - here))
        met = np.sum((np.abs(here) <= change) & (change > 0.0))
        found += [name] * int(met)
    return found


def _kinks_of(outputs: list[Any]) -> list[tuple[str, Array]]:
    """What vanishes at the kinks of each node, by the node's name; of ``where`` what it chooses by."""
    nodes = {node: None for y in outputs if isinstance(y, Value) for node in newest_first(y)}
    found = []
    for node in nodes:
        if node.operation.name == "where":
            found.append(("where", np.asarray(node.parameters["condition"], bool)))
        kinks = node.operation.facts.kinks
        if kinks is not None:
            vanishing = kinks(*node.arguments, **node.parameters)
            parts = vanishing if isinstance(vanishing, tuple) else (vanishing,)
            found += [(node.operation.name, np.asarray(part)) for part in parts]
    return found


def _differentiated(
    outputs: Sequence[Any], weights: Sequence[Sequence[Array]], leaves: list[Value], record: bool
) -> Sequence[Any]:
    """The outputs differentiated once for each of ``weights``, each time weighted and summed."""
    for level, ws in enumerate(weights, start=1):
        outputs = _pulled_back(outputs, ws, leaves, record or level < len(weights))
    return outputs


def _pulled_back(outputs: Sequence[Any], weights: Sequence[Array], leaves: list[Value], record: bool) -> list[Any]:
    """The gradient of the weighted sum of the outputs with respect to each leaf."""
    total: list[Any] = [Value(np.zeros(x.shape, x.dtype)) if record else np.zeros(x.shape, x.dtype) for x in leaves]
    by_output = [
        gradients(y, leaves, w, record=record) for y, w in zip(outputs, weights, strict=True) if type(y) is Value
    ]
    for i, parts in enumerate(zip(*by_output, strict=True)):
        total[i] = parts[0]
        for part in parts[1:]:
            total[i] = total[i] + part
    return total


def check_vjp(
    f: Callable[..., Any],
    vjp: Callable[..., Any],
    *inputs: Any,
    examples: int = 100,
    seed: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Check a vector-Jacobian product of plain arrays that was written by hand.

    Parameters
    ----------
    f : callable
        Takes arrays; returns one output of any shape, or a tuple of them.
    vjp : callable
        ``vjp(g, *inputs)`` returns one array, or a tuple with one for each differentiated input, of its shape. ``g``
        has the output's shape; for several outputs it is a tuple.
    *inputs, examples, seed, progress
        As for :func:`check_gradients`.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".
    TypeError
        If no input is a float or an array of floats, ``f`` returns no arrays, or ``vjp`` a wrong number of gradients.
    ValueError
        If one of the functions is random or changes its inputs in place.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import check_vjp
    >>> check_vjp(np.sin, lambda g, x: g * np.cos(x), np.ones(3)).verdict
    'agrees'
    """

    __tracebackhide__ = True
    refuse_uncallable("check_vjp", f=f, vjp=vjp)

    def scalars(point: Point, rng: np.random.Generator) -> Iterator[Scalar]:
        def outputs(xs: Sequence[Array]) -> list[Array]:
            return list(map(np.asarray, outputs_of(f(*point.filled(xs)), "check_vjp", f)))

        first = f(*point.filled(point.wide))
        refuse_changed(point, "check_vjp", f)
        several = isinstance(first, (tuple, list))
        refuse_complex(outputs_of(first, "check_vjp", f), "check_vjp", f)
        weights = [random_signs(rng, np.shape(y)) for y in outputs_of(first, "check_vjp", f)]
        value = _same_twice(weights, _arrays(first if several else [first]), outputs(point.wide), "check_vjp", f)

        def number(xs: Sequence[Array]) -> Any:
            return _weighted(weights, outputs(xs))

        def gradient(xs: Sequence[Array], factor: float = 1.0) -> list[Array]:
            g = [factor * w.astype(np.result_type(*xs)) for w in weights]
            found = point.gradients(vjp(tuple(g) if several else g[0], *point.filled(xs)), name_of(vjp, "vjp"))
            refuse_changed(point, "check_vjp", vjp, "vjp")
            return found

        def fault() -> str:
            said = fault_of_linearity(partial(gradient, point.wide), f"check_vjp: {name_of(vjp, 'vjp')}")
            return f"it is not linear in g: {said}" if said else ""

        def graph() -> list[Value]:
            return graph_of(lambda xs: _weighted(weights, outputs_of(f(*point.filled(xs)), "check_vjp", f)), point)

        yield Scalar(number, gradient, analytic=True, source="given", outputs=outputs, value=value, graph=graph,
                     unit=_unit([weights]), weighted=_several([weights]),
                     narrow=_is_narrow([first] if not several else first), fault=fault,
                     name=f"check_vjp: {name_of(vjp, 'vjp')}")  # fmt: skip

    return check(scalars, inputs, examples, seed, progress)


def check_gradient_function(
    f: Callable[..., Any],
    grad: Callable[..., Any],
    *inputs: Any,
    examples: int = 100,
    seed: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Check the gradient of a function that returns one number; any framework may compute the two.

    Parameters
    ----------
    f : callable
        Takes arrays; returns one number.
    grad : callable
        ``grad(*inputs)`` returns one array, or a tuple with one for each differentiated input, of its shape.
    *inputs, examples, seed, progress
        As for :func:`check_gradients`.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".
    TypeError
        If no input is a float or an array of floats, ``f`` returns anything but a number, or ``grad`` returns a wrong
        number of gradients.
    ValueError
        If one of the functions is random or changes its inputs in place.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import GradientCheckError, check_gradient_function
    >>> try:
    ...     check_gradient_function(lambda x: np.sum(x**2), lambda x: x, np.array([1.0, 2.0]), seed=0)
    ... except GradientCheckError as error:
    ...     print(error.report.findings[0].cause)
    off by a constant factor: multiply by 2
    """

    __tracebackhide__ = True
    refuse_uncallable("check_gradient_function", f=f, grad=grad)

    def scalars(point: Point, _: np.random.Generator) -> Iterator[Scalar]:
        def number(xs: Sequence[Array]) -> Any:
            return one_number(f(*point.filled(xs)), f)

        def gradient(xs: Sequence[Array]) -> list[Array]:
            found = point.gradients(grad(*point.filled(xs)), name_of(grad, "grad"))
            refuse_changed(point, "check_gradient_function", grad, "grad")
            return found

        first = number(point.wide)
        refuse_changed(point, "check_gradient_function", f)
        refuse_complex([first], "check_gradient_function", f)
        again = number(point.wide)
        refuse_random(first, again, abs(first), "check_gradient_function", f)

        def graph() -> list[Value]:
            return graph_of(lambda xs: f(*point.filled(xs)), point)

        yield Scalar(number, gradient, analytic=True, source="given", value=again, graph=graph,
                     narrow=_is_narrow([first]),
                     name=f"check_gradient_function: {name_of(grad, 'grad')}")  # fmt: skip

    return check(scalars, inputs, examples, seed, progress)
