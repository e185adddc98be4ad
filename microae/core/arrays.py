"""The arrays that Values hold: real, float64 or float32, and nobody else's to change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32, float64, ndarray

from microae.arguments import refuse_masked
from microae.core.node import Node

Array = Any  # float64 or float32: an array, or a NumPy scalar where there are no dimensions

FLOATS = FLOAT64, FLOAT32 = np.dtype(float64), np.dtype(float32)


class Traced:
    """The base of what stands in for an array while a step is compiled: it computes, and remembers how."""

    __slots__ = ()

    astype: Any
    dtype: Any
    is_weak: Any
    required: Any
    weakened: Any


class UntraceableError(TypeError):
    """An array function that a program cannot contain, such as one that makes Python numbers of traced ones."""


def as_data(data: Any, what: str = "Value") -> Array:
    """A private float64 or float32 copy of ``data``; a NumPy scalar when it has no dimensions.

    Raises
    ------
    TypeError
        For complex, object, string or masked data, or a Value.
    ValueError
        For ragged lists.
    """
    if (kind := type(data)) is float64:
        return data
    if kind is float or kind is int:
        return float64(data)
    if isinstance(data, Node):
        raise TypeError(
            f"{what}: the data is already a Value; use it as it is, v.detach() for a new leaf, v.data for its numbers"
        )
    if isinstance(data, Traced):  # nobody can change it
        return data if data.dtype.kind == "f" and not data.is_weak else data.astype(float64)
    refuse_masked(what, data)
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"{what}: the data is ragged, its rows differ in length: {short(data)}") from error
    letter, size = array.dtype.kind, array.dtype.itemsize
    if letter in "biu":
        array = array.astype(float64)
    elif letter == "f" and size in (4, 8):
        array = array.astype(float32 if size == 4 else float64)  # astype copies, and mends a foreign byte order
    else:
        fix = {
            "c": "take its real and imaginary parts apart",
            "f": "convert it with .astype(np.float32) or .astype(np.float64)",
        }.get(letter, "convert it to numbers first")
        raise TypeError(f"{what}: needs real numbers, got dtype {array.dtype} from {short(data)}; {fix}")
    return array if array.ndim else array[()]


def constant(operand: Any, user: str) -> Array:
    """An operand that is not a Value, as the operation will keep it: never an array that someone may still change.

    Numbers become what NumPy's promotion makes of them beside a Value: Python's stay weak, masks and short integers
    fit into float32; neither widens it.
    """
    kind = type(operand)
    if kind is ndarray and operand.dtype in FLOATS and operand.ndim:
        return operand if is_private(operand) else operand.copy("K")  # keeps the layout: BLAS adds up by layout
    if kind is int or kind is bool:
        return float(operand)
    if kind is float or kind is float64 or (isinstance(operand, Traced) and operand.is_weak):
        return operand
    return operand.astype(float32) if fits_float32(operand) else as_data(operand, user)


def as_number(data: Array) -> Any:
    """What others see of a float64 number: Python's, which does not widen float32."""
    return float(data) if type(data) is float64 else data.weakened() if isinstance(data, Traced) else data


def is_private(array: Any) -> bool:
    """Whether nobody can change an array any more. A read-only view may show one that somebody can."""
    return array.base is None and not array.flags.writeable


def private(array: Any) -> Any:
    """An array that no operation needs to copy: itself, or one read-only copy of it."""
    if not is_private(array):
        array = array.copy("K")
        array.flags.writeable = False
    return array


def fits_float32(x: Any) -> bool:
    """Whether an array holds masks or short integers, which NumPy does not let widen float32."""
    return isinstance(x, (Traced, ndarray, np.generic)) and x.dtype.kind in "biu" and x.dtype.itemsize <= 2


def frozen(index: Any) -> Any:
    """An index or another parameter as a node may keep it: arrays in it are copied, so that nobody can change them."""
    if isinstance(index, tuple):
        return tuple(map(frozen, index))
    if isinstance(index, Node):
        raise TypeError(f"an index or a condition must be a plain array, got {index!r}; take its .data")
    if isinstance(index, list) and not index:
        return np.zeros(0, int)  # NumPy would take it for floats
    if isinstance(index, (ndarray, list)):
        refuse_masked("an index or a condition", index)
        index = np.array(index)
        index.flags.writeable = False
    return index


def short(data: Any, limit: int = 60) -> str:
    """The start of the ``repr`` of something, on one line, for a message."""
    text = repr(data).replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 3] + "..."
