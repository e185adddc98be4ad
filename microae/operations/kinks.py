"""Second derivatives where the rules alone would make them wrong: at kinks, and where 0 · ∞ was taken for 0.

A rule chooses a slope at a kink, as ``absolute`` has 0 at 0. Its second derivative is then that of the choice, though
the whole function may have another: ``|x|²`` has 2 at 0. While a gradient is recorded, which is when it may be
differentiated again, the rules here look at how what arrives changes near a kink. They make the second derivative
right where that is simple, let it be where nothing is lost, and else let it be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from microae.core.arrays import Array, Traced
from microae.core.context import changed
from microae.core.engine import differs_nearby, general_pass, nearby, newest_first
from microae.core.errors import NoDerivativeError
from microae.core.node import Node
from microae.operations.kernels import holds, select
from microae.operations.registry import operation


@operation(symbol="zero", public=False, method=False, notation="{0}", derivatives=("1",))
def zero_only_here(x: Array, where: Any, of: str = "", why: str = "") -> Array:
    """A gradient of which some elements, 0 · ∞ or at a kink, are what they are at this point only."""
    return np.positive(x)


def _not_again(g: Any, out: Any, x: Any, where: Any, of: str = "", why: str = "") -> Any:
    raise NoDerivativeError(
        why
        or f"{of}: a second derivative{element(where)} is 0 · ∞ here, as that of np.sqrt(x)**2 where x is 0, or lost "
        "at a kink, as that of max(x, -x)**2: write the function without what is undone again, such as x * x, or "
        "np.sum(x * x) for np.sqrt(np.sum(x * x))**2"
    )


zero_only_here.vjps = (_not_again,)


def element(where: Any) -> str:
    """The first element of which a condition holds, for a message; nothing of a number."""
    return f" of element {tuple(np.argwhere(where)[0].tolist())}" if np.ndim(where) else ""


def where_recorded(condition: Callable[[], Any], *operands: Any) -> Any:
    """Where a condition holds of recorded operands of a rule; ``False``: nowhere, or the rule runs on plain arrays.

    A program that is traced is for numbers of which it holds nowhere; for others it leaves the step to an ordinary one.
    """
    for x in operands:  # no generator: rules of networks ask this at each step
        if not isinstance(x, Node):
            return False
    found: Any = condition()
    anywhere = np.any(found)
    if isinstance(found, Traced):
        return not holds(np.logical_not(anywhere))
    return found if anywhere else False


# --- kinks ---------------------------------------------------------------------------------------------------------


def at_kink(c: Any, g: Any, where: Callable[[], Any], out: Any, *between: Any) -> Any:
    """``c``, what the rule of a function makes of ``g``, with a slope at a kink that is none of those beside it.

    Where there is a kink, as ``where()`` says, the function may have a second derivative in spite of it, as
    ``max(x, -x)²`` has 2 at 0. The rules make it 0, if ``g`` changes with ``out`` or its like. Unless it is said what
    the kink is ``between``, two Values for a maximum, it counts only where ``g`` is 0.
    """
    hidden = where_recorded(lambda: where() if between else np.logical_and(where(), g == 0), g, out, *between)
    if hidden is False:
        return c
    hidden = np.asarray(hidden)
    same = [x for x in newest_first(g) if x.operation is out.operation and np.array_equal(x._array, out._array)]
    if _are_none(_changes(g, hidden, same).values(), g.dtype) or (between and _stay_equal(*between)):
        return c
    return zero_only_here(c, hidden, of=out.operation.name)


def _stay_equal(x: Any, y: Any) -> bool:
    """Whether two Values that are equal are so all around, as zeros of ``relu``."""
    with changed(recorder=None):
        d = x - y
    there = nearby(d)
    return there is not None and not np.any(there[d == 0] if d.ndim else there)


_NOT_STRAIGHT = 2.4
"""How many times as much a difference grows, in twice the step, that does not cross 0: 2 on a line, 4 if it touches."""


def touching(c: Any, g: Any, difference: Callable[[], Any], out: Any) -> Any:
    """``c``, what a rule makes of ``g``, where a difference is 0 and the rule chooses between the slopes of two sides.

    If it touches 0 without changing its sign, as that of ``x²`` and 0 in ``relu(x²)``, the function has a derivative
    whatever is chosen, but its second is that of one side.
    """

    def zero() -> Any:
        with changed(recorder=None):
            return (difference() == 0) & np.not_equal(g, 0)

    kink = where_recorded(zero, out)
    if kink is False:
        return c
    with changed(recorder=None):
        d = difference()
    above, below, halfway = nearby(d), nearby(d, sign=-1.0), nearby(d, sign=0.5)
    if above is None or below is None or halfway is None:
        return c
    least = np.finfo(d.dtype).eps ** 0.75
    touched = kink & (above * below > 0) & (np.minimum(np.abs(above), np.abs(below)) > least)
    touched &= np.abs(above) > _NOT_STRAIGHT * np.abs(halfway)
    return zero_only_here(c + 0.0 * d, touched, of=out.operation.name) if np.any(touched) else c


def _changes(g: Node, weights: Any, wanted: Iterable[Node]) -> dict[Node, Any]:
    """The derivatives of the weighted sum of ``g`` by some nodes; NaN if they are refused."""
    try:
        with changed(anomaly=False), np.errstate(all="ignore"):
            return general_pass(g, weights.astype(g._array.dtype)[()], set(wanted))
    except NoDerivativeError:
        return {g: np.nan}


def _are_none(changes: Iterable[Any], dtype: Any) -> bool:
    rounding = np.sqrt(np.finfo(dtype).eps)
    return all(np.all(np.abs(change) <= rounding) for change in changes)


# --- lengths -------------------------------------------------------------------------------------------------------


@operation(symbol="length", public=False, method=False, notation="{0}", derivatives=("1",))
def known_length(length: Array, of: str = "norm") -> Array:
    """A length that is not 0, where it would have no second derivative."""
    if not holds(np.all(length != 0)):
        raise NoDerivativeError(
            f"{of}: no second derivative{element(np.equal(length, 0))}: it is 0 there; leave it out, or add a small "
            "number under the root: np.sqrt(np.sum(x * x) + 1e-12), np.sqrt(np.var(x) + 1e-12)"
        )
    return np.positive(length)


known_length.vjps = (lambda g, out, length, of="norm": g,)


@operation(
    symbol="direction",
    public=False,
    method=False,
    kinks=lambda x, length, of="norm": length,
    notation="{0}/{1}",
    derivatives=("1/{1}", "−{out}/{1}"),
)
def per_length(x: Array, length: Array, of: str = "norm") -> Array:
    """``x / length``, but 0 where the length is: the derivative of a length by ``x``."""
    return np.divide(x, select(length == 0, 1.0, length))


per_length.vjps = (
    lambda g, out, x, length, of="norm": g / known_length(length, of=of),
    lambda g, out, x, length, of="norm": -g * (out / known_length(length, of=of)),
)


@operation(symbol="bent", public=False, method=False, notation="{1} {0}", derivatives=("{1}", ""))
def bent(x: Array, slope: Array, where: Any, of: str = "") -> Array:
    """``slope * x``, where ``x`` is 0: what a gradient that is 0 there is to the first order, and no further."""
    return np.zeros(np.broadcast_shapes(np.shape(x), np.shape(slope)), x.dtype)


bent.vjps = (lambda g, out, x, slope, where, of="": zero_only_here(g * slope + 0.0 * x, where, of=of), None)


def by_length(
    g: Any, x: Any, length: Any, out: Any, shaped: Any = lambda a: a, moves: Any = None, smooth: bool = True
) -> Any:
    """``g`` times the derivative ``x / length`` of a length ``out``, or 0 where it is 0.

    There a function ``ψ(length)`` with ψ′(0) = 0 has the second derivative ψ″(0) by ``x``, as ``norm(x)²`` has 2.
    Others are refused, by the rule of :func:`per_length`.

    Parameters
    ----------
    length : Value or array
        ``shaped(out)``, but exactly 0 where it is 0 up to rounding.
    shaped : callable
        Makes of what has the shape of ``out`` what broadcasts against ``x``.
    moves : Value or array
        ``x``, if that is a constant where the length is 0.
    smooth : bool
        Whether the square of the length is.
    """
    of = "norm" if not isinstance(out, Node) else out.operation.name
    c = shaped(g) * per_length(x, length, of=of)
    level = where_recorded(lambda: np.reshape(length == 0, np.shape(out)) & np.equal(g, 0), out)
    if level is False:
        return c
    slope = _slope(g, out, level)
    if slope is None or (slope.any() and not smooth):
        return c
    c = shaped(g) * per_length(x, select(shaped(level), 1.0, length), of=of)
    return _bend(c, g, x if moves is None else moves, out, level, slope, shaped)


def where_leading(x: Any, length: Any) -> Any:
    """Where a recorded element is nearly the whole length; ``False``: nowhere, or the rule runs on plain arrays."""
    if not isinstance(x, Node):
        return False
    element: Any = x
    leads: Any = np.absolute(element) > (1.0 - 1e-4) * length
    return leads if isinstance(leads, Traced) or np.any(leads) else False


def by_leading(c: Any, g: Any, x: Any, leads: Any, others: Any) -> Any:
    """``c``, but ``g x / length`` by the squares of the other elements, divided by that of ``x``, where ``x`` leads.

    There it is nearly ``g``, and its derivative by ``x`` would be a small difference of large numbers.
    """
    return select(leads, g * np.sign(x) * (1.0 + others) ** -0.5, c)


def by_size(g: Any, x: Any, size: Any) -> Any:
    """``g`` times the derivative of ``size = |x|`` by ``x``, with such second derivatives as :func:`by_length` has.

    Where ``g`` is not 0 there is a kink, but another may make up for it, as in ``max(x, 0) + ln(1 + e^−|x|)``: the
    second derivative is that of the sides, ψ″(0).
    """
    c = g * np.sign(x)
    zero = where_recorded(lambda: size == 0, size)
    if zero is False:
        return c
    level, steep = zero & np.equal(g, 0), zero & np.not_equal(g, 0)
    slope, of_sides = _slope(g, size, level), _slope(g, size, steep, alone=False)
    if slope is None:
        return zero_only_here(c, level, of=size.operation.name)
    c = _bend(c, g, x, size, level, slope if of_sides is None else slope + of_sides)
    return touching(c, g, lambda: x, size)


def _bend(c: Any, g: Any, x: Any, length: Any, level: Any, slope: Any, shaped: Any = lambda a: a) -> Any:
    """``c`` and ``slope * x`` where a length is 0, which is not differentiated again unless ``g`` is 0 all around."""
    once = (slope != 0) | (level & differs_nearby(g, level))
    return c + bent(x, shaped(slope), where=shaped(once), of=length.operation.name) if np.any(once) else c


def _slope(g: Any, length: Any, where: Any, alone: bool = True) -> Any:
    """How each element of ``g`` changes with the one of a length, where that is 0; ``None`` if it is not so simple.

    With other elements of the length it must not change; ``alone``, with nothing else either.
    """
    slope = np.zeros(length.shape, length.dtype)
    if not isinstance(g, Node) or not np.any(where):
        return slope
    nodes, rng = newest_first(g), np.random.default_rng(0)
    same = {n for n in nodes if _is_same(n, length)}
    others = {x for n in nodes for x in n.inputs if x is not None and (x.operation is None or _is_kinked(x))} - same
    found = []
    for _ in range(2):
        weights = np.where(where, rng.uniform(1.0, 2.0, length.shape), 0.0)
        changes = _changes(g, weights, same | others)
        by_same = slope + sum(changes.pop(n) for n in same if n in changes)
        if not _are_none([by_same[~where], *(changes.values() if alone else ())], length.dtype):
            return None
        found.append(by_same[where] / weights[where])
    slope[where] = found[0]
    return slope if np.allclose(found[0], found[1], rtol=np.sqrt(np.finfo(length.dtype).eps)) else None


def _is_same(node: Node, length: Node) -> bool:
    """Whether a node is a length, made once more of the same."""
    return (
        node.operation is length.operation
        and node.parameters == length.parameters
        and np.array_equal(node._array, length._array)
        and all(x is y for x, y in zip(node.inputs, length.inputs, strict=True))
    )


def _is_kinked(node: Node) -> bool:
    """Whether an element of a node is at a kink."""
    if node.operation.facts.kinks is None:
        return False
    kinks = node.operation.facts.kinks(*node.arguments, **node.parameters)
    return any(np.any(np.equal(kink, 0)) for kink in (kinks if isinstance(kinks, tuple) else (kinks,)))
