"""``Node``: data that remembers how it was made. A graph is nothing else than nodes and the nodes they came from."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

N = TypeVar("N", bound="Node")

NO_PARAMETERS: dict[str, Any] = {}


class Node:
    """What rows of the table are applied to and the engine walks over; users hold :class:`microae.Value`, a kind of it.

    There are no closures: a node is plain data that can be printed, drawn, differentiated.

    Attributes
    ----------
    _array : numpy.ndarray, or numpy.float64 or float32 where there are no dimensions
        Its numbers.
    _grad : array or None
        What ``backward()`` has accumulated here: in a leaf, or where a computed node was asked to retain it.
    operation : Operation or None
        The row of the table that made it; ``None`` for a leaf.
    inputs : tuple of Node or None
        The nodes it came from; ``None`` where the operand was a constant.
    arguments : tuple of arrays
        What the operation saw: the data of the inputs as they were then, and the constants.
    parameters : dict
        The operation's other arguments, such as an axis.
    provenance : Provenance
        Where it was made: stage, module and, while anomalies are looked for, line.
    serial : int
        Counts the nodes: those made later have larger ones, so a node's is larger than those of its inputs.
    label : str or None
        A name for pictures and messages.
    """

    __slots__ = ("_array", "_grad", "arguments", "inputs", "label", "operation", "parameters", "provenance", "serial")

    _array: Any
    _grad: Any
    operation: Any
    inputs: tuple[Any, ...]
    arguments: tuple[Any, ...]
    parameters: dict[str, Any]
    provenance: Any
    serial: int
    label: str | None

    @property
    def _name(self) -> str:
        """The node in a message."""
        return f"Value {self.label!r}" if self.label else "a Value"


_new = object.__new__
next_serial = itertools.count().__next__


def new_node(
    kind: type[N],
    data: Any,
    provenance: Any,
    operation: Any = None,
    inputs: tuple[Any, ...] = (),
    arguments: tuple[Any, ...] = (),
    parameters: dict[str, Any] = NO_PARAMETERS,
) -> N:
    """A node of a kind, without asking its constructor; a leaf unless an operation is given."""
    node = _new(kind)
    node._array = data
    node.provenance = provenance
    node.operation = operation
    node.inputs = inputs
    node.arguments = arguments
    node.parameters = parameters
    node.serial = next_serial()
    node.label = node._grad = None
    return node
