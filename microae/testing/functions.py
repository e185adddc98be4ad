"""What a user's function returned, and whether it can be checked: said by name where it cannot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microae.core.engine import newest_first
from microae.core.value import Value
from microae.testing.points import Point, leaves

Array = Any


def name_of(f: Callable[..., Any], unnamed: str = "the function") -> str:
    """What an error calls a function; ``unnamed``: one that has no name.

    Examples
    --------
    >>> from microae.testing.functions import name_of
    >>> name_of(abs), name_of(lambda x: x)
    ('abs', 'the function')
    """
    name = getattr(f, "__name__", "") or type(f).__name__
    return unnamed if name == "<lambda>" else name


def refuse_uncallable(user: str, **functions: Any) -> None:
    """Refuse what is no function, by the name of its parameter.

    Parameters
    ----------
    user : str
    **functions

    Raises
    ------
    TypeError
        If one of them cannot be called.
    """
    for name, f in functions.items():
        if not callable(f):
            raise TypeError(f"{user}: {name} must be a function, got {f!r}")


def outputs_of(result: Any, user: str, f: Callable[..., Any]) -> list[Any]:
    """The outputs of a function, one or several.

    Parameters
    ----------
    result : number, array, Value, or a tuple or list of them
    user : str
        The check, for messages.
    f : callable
        The function that returned it.

    Returns
    -------
    list of numbers, arrays and Values

    Raises
    ------
    TypeError
        If it is something else.
    """
    if result is None:
        raise TypeError(f"{user}: {name_of(f)} returned None: is its return missing?")
    outputs = list(result) if isinstance(result, (tuple, list)) else [result]
    for i, output in enumerate(outputs):
        if isinstance(output, Value):
            continue
        kind = np.asarray(output).dtype.kind if not isinstance(output, (tuple, list, dict)) else "O"
        if kind not in "fciub":
            which = f" as output {i}" if len(outputs) > 1 else ""
            pair = f"; {_PAIR.format(name=name_of(f))}" if len(outputs) == 2 and i == 1 else ""
            raise TypeError(
                f"{user}: {name_of(f)} returned {_kind(output)}{which}; it must return a number, an array or a Value, "
                f"or a tuple of them{pair}"
            )
    return outputs


def _kind(output: Any) -> str:
    name = type(output).__name__
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


_PAIR = (
    "a (cost, gradient) pair? check_gradients(lambda *xs: {name}(*xs)[0], ...) checks microae's gradient of the cost, "
    "check_gradient_function(lambda *xs: {name}(*xs)[0], lambda *xs: {name}(*xs)[1], ...) the gradient of the pair"
)


def refuse_pair(outputs: Sequence[Any], gradient: Callable[[], list[Array]], point: Point, f: Any) -> None:
    """Refuse ``(cost, gradient)``: a number, and what has its inputs' shapes and is no function of them.

    Parameters
    ----------
    outputs : sequence
        What the function returned.
    gradient : callable
        Gives the gradient of the first output.
    point : Point
    f : callable

    Raises
    ------
    TypeError
        If the outputs are such a pair.
    """
    if len(outputs) != 2 or not isinstance(outputs[0], Value) or outputs[0].size != 1:
        return
    second = [x.data if isinstance(x, Value) else x for _, x in leaves(outputs[1], "")]
    if [np.shape(x) for x in second] != [x.shape for x in point.wide] or outputs[0].shape == np.shape(second[0]):
        return
    if not isinstance(outputs[1], Value) or all(map(np.allclose, second, gradient())):
        raise TypeError(f"check_gradients: {name_of(f)} returned {_PAIR.format(name=name_of(f))}")


def graph_of(number: Callable[[Sequence[Any]], Any], point: Point) -> list[Value]:
    """What a function gives for Values, whose graph can be computed again; nothing where it takes no Values.

    Parameters
    ----------
    number : callable
        Takes the differentiated arrays, returns one number.
    point : Point

    Returns
    -------
    list of Value
        One, or none.
    """
    try:
        result = number([Value(x) for x in point.wide])
    except Exception:  # another framework's function may raise anything
        return []
    return [result] if isinstance(result, Value) and result.size == 1 else []


def one_number(result: Any, f: Callable[..., Any]) -> Any:
    """The number that a function returned whose gradient is a function.

    Parameters
    ----------
    result : number, or array of one element
    f : callable
        The function that returned it.

    Returns
    -------
    number

    Raises
    ------
    TypeError
        If it is something else.
    """
    if isinstance(result, (tuple, list)) and len(result) == 2:
        raise TypeError(
            f"check_gradient_function: {name_of(f)} must return one number; it returned "
            + _PAIR.format(name=name_of(f))
        )
    outputs = outputs_of(result, "check_gradient_function", f)
    number = np.asarray(outputs[0].data if isinstance(outputs[0], Value) else result)
    if number.size != 1:
        raise TypeError(
            f"check_gradient_function: f must return one number, its shape is {number.shape}; sum it up, or use "
            "check_vjp, which takes any output"
        )
    if number.dtype == bool:
        raise TypeError(
            f"check_gradient_function: {name_of(f)} returned {number}, which has no derivative; it must return a number"
        )
    return number.reshape(())[()]


def refuse_complex(outputs: Sequence[Any], user: str, f: Callable[..., Any]) -> None:
    """Refuse a function that gives complex numbers for real ones.

    Parameters
    ----------
    outputs : sequence
        What the function returned at the point itself.
    user : str
    f : callable

    Raises
    ------
    TypeError
        If one of them is complex.
    """
    if any(np.iscomplexobj(y.data if isinstance(y, Value) else y) for y in outputs):
        raise TypeError(
            f"{user}: {name_of(f)} returned complex numbers; real ones are differentiated, so return the real and the "
            "imaginary part, or np.abs(...)**2"
        )


def is_of_symmetric(outputs: Sequence[Any], user: str) -> bool:
    """Whether operations on symmetric matrices, of which NumPy reads one triangle, were used; of symmetric ones alone.

    Parameters
    ----------
    outputs : sequence
        What the function returned at the point itself.
    user : str

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If such an operation was used on another matrix: its gradient is shared by both triangles, that of what NumPy
        computed is not.
    """
    nodes = [node for y in outputs if isinstance(y, Value) for node in newest_first(y)]
    rows = [node for node in nodes if node.operation.facts.symmetric]
    for node in rows:
        a = node.arguments[0]
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - np.swapaxes(a, -1, -2))
        if np.any(apart > 1e-3 * np.max(np.abs(a), initial=0.0)):
            raise ValueError(
                f"{user}: {node.operation.name} is for symmetric matrices: of others NumPy reads one triangle, while "
                "the gradient is shared by both; check it at symmetric matrices, or of A + A.T"
            )
    return bool(rows)


def refuse_changed(point: Point, user: str, f: Callable[..., Any], unnamed: str = "the function") -> None:
    """Refuse a function that has changed its inputs in place.

    Parameters
    ----------
    point : Point
        What the function was called with.
    user : str
    f : callable
    unnamed : str
        What the error calls it if it has no name.

    Raises
    ------
    ValueError
        If its numbers are no longer those that were given.
    """
    for name in point.changed():
        raise ValueError(
            f"{user}: {name_of(f, unnamed)} changes {name} in place; let it make a new array, such as x * 2 for "
            "x *= 2, or work on a copy"
        )


def refuse_random(first: Any, again: Any, size: float, user: str, f: Callable[..., Any]) -> None:
    """Refuse a function of which two calls at the same point differ.

    Parameters
    ----------
    first, again : number
        What the two calls gave.
    size : float
        How large the summands are that both are made from.
    user : str
    f : callable

    Raises
    ------
    ValueError
        If the two differ.
    """
    if abs(first - again) > 1e-10 * size and math.isfinite(size):
        raise _random(f"{user}: {name_of(f)}", first, again)


def refuse_random_gradient(first: Sequence[Array], again: Sequence[Array], most: float, name: str) -> None:
    """Refuse a gradient of which two calls at the same point differ.

    Parameters
    ----------
    first, again : sequence of arrays
        What the two calls gave, in the same shapes.
    most : float
        By how much they may differ, relative to the largest element.
    name : str
        What the error calls it.

    Raises
    ------
    ValueError
        If the two differ by more.
    """
    for g, other in zip(first, again, strict=True):
        apart = np.abs(g - other)
        if apart.size and apart.max() > most * np.abs(g).max():
            k = np.unravel_index(np.argmax(apart), apart.shape)
            raise _random(name, g[k], other[k])


def fault_of_linearity(gradient: Callable[[float], list[Array]], name: str) -> str:
    """What is wrong if a gradient is not as many times as much when what it is made from is.

    Parameters
    ----------
    gradient : callable
        ``gradient(factor)``: the gradient, for so many times what arrives from above.
    name : str
        What an error calls it.

    Returns
    -------
    str
        Empty if nothing is.

    Raises
    ------
    ValueError
        If the gradient is random.
    """
    first = gradient(1.0)
    for factor, rounding in ((-1.0, 1e-9), (_LARGE, 0.75)):  # numbers that nearly underflow are exact for one of them
        pairs = [(x, y / factor) for x, y in zip(first, gradient(factor), strict=True)]
        if all(np.all(_is_near(x, y, rounding)) for x, y in pairs):
            continue
        refuse_random_gradient(first, gradient(1.0), 1e-9, name)
        return f"for {factor:g} g it is not {factor:g} times as much"
    return ""


_LARGE = 1024.0


def _is_near(x: Array, y: Array, rounding: float) -> Any:
    with np.errstate(invalid="ignore"):
        small = (np.abs(x) < 1e-3 * np.max(np.abs(x), initial=0.0)) & (rounding > 0.5)
        return small | (np.abs(x - y) <= rounding * np.abs(x)) | ~np.isfinite(x) | ~np.isfinite(y)


def _random(name: str, first: Any, again: Any) -> ValueError:
    return ValueError(
        f"{name} is random: two calls at the same point gave {first:.6g} and {again:.6g}; a gradient can be checked if "
        "each call makes its own generator from a fixed seed, and with dropout switched off"
    )
