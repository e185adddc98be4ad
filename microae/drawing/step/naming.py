"""Names for the nodes of a picture: the user's labels, else the letters of the formulas.

``x`` and ``y`` are input and target; the weights of layer 1 are ``W⁽¹⁾`` and ``b⁽¹⁾``, what they make ``z⁽¹⁾``, an
activation of that ``h⁽¹⁾``; the prediction that the loss is given is ``a``, the loss ``L``. With one layer there are no
numbers. Anything else without a label is ``v₁``, ``v₂``, ... in the order of computing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.drawing.step.skeleton import Node, Skeleton
from microae.nn.activations import ACTIVATIONS, activation_rows

_LETTERS = {"weight": "W", "bias": "b"}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def raised(number: int) -> str:
    """A layer's number: ``⁽¹⁾``."""
    return f"⁽{str(number).translate(_SUPERSCRIPT)}⁾"


def lowered(number: int) -> str:
    return str(number).translate(_SUBSCRIPT)


def names(graph: Skeleton) -> list[str]:
    """A name for each node of the skeleton."""
    return _Namer(graph).names


class _Namer:
    def __init__(self, graph: Skeleton) -> None:
        self.graph = graph
        self.activations = activation_rows()
        self.modules = {kind.__name__ for kind in ACTIVATIONS.values()}
        nodes = graph.nodes
        self.layer = [0] * len(nodes)  # of each node, how many affine maps it stands behind
        self.names = [""] * len(nodes)
        self.made = self.constants = 0
        self._taken = {node.label for node in nodes if node.label}
        roots = set(graph.roots) if graph.lanes or graph.gradients else set()
        affine = [_is_affine(node, nodes) for node in nodes]
        self.several = sum(affine) > 1
        for i, node in enumerate(nodes):
            if node.operation is None:
                continue
            behind = max((self.layer[j] for j in node.inputs if j >= 0), default=0)
            self.layer[i] = behind + affine[i]
            for place, j in enumerate(node.inputs):
                if j >= 0 and nodes[j].operation is None and not self.names[j]:
                    self.names[j] = self._leaf(nodes[j], self.layer[i], node, place)
            self.names[i] = self._result(i, node, affine[i], i in roots)
        for i, node in enumerate(nodes):
            if not self.names[i]:
                self.names[i] = self._leaf(node, 0, None, 0)
        self._prediction()

    def _number(self, letter: str, layer: int) -> str:
        return letter + (raised(layer) if self.several and layer else "")

    def _leaf(self, node: Node, layer: int, user: Node | None, place: int) -> str:
        if node.label in _LETTERS:
            return self._number(_LETTERS[str(node.label)], layer)
        if node.label:
            return node.label
        if node.value is not None:
            return self._next()
        argument = user.operation.parameters[place] if user and place < len(user.operation.parameters) else ""  # type: ignore[union-attr]
        if argument == "target":
            return "y"
        for name, array in self.graph.given.items():
            if _equal(array, node.data):
                return name
        if "x\u0303" not in self.names and "x" not in self.names and _alike(self.graph.given.get("x"), node.data):
            return "x\u0303"  # with noise
        if user is not None and _is_mask(node.data) and user.operation.name == "multiply":  # type: ignore[union-attr]
            name = self._number("mask", layer)
            while name in self.names:  # several on one layer
                name += "′"
            return name
        return self._free("x") if "x" not in self.names else self._constant()

    def _constant(self) -> str:
        self.constants += 1
        return f"c{lowered(self.constants)}"

    def _next(self) -> str:
        self.made += 1
        while (name := f"v{lowered(self.made)}") in self._taken:  # by a label
            self.made += 1
        return name

    def _free(self, name: str) -> str:
        return name if name not in self.names else self._constant()

    def _result(self, i: int, node: Node, affine: bool, is_root: bool) -> str:
        if node.label:
            return node.label
        assert node.operation is not None
        if is_root and not np.shape(node.data) and "L" not in self._taken:
            return "L"
        if "target" in node.operation.parameters:
            return node.operation.symbol
        if affine:
            return self._number("z", self.layer[i])
        from_layer = self.layer[i] and any(self.names[j].startswith("z") for j in node.inputs if j >= 0)
        if (node.operation.name in self.activations and from_layer) or self._ends_activation(i, node):
            return self._number("h", self.layer[i])
        if node.operation.name == "multiply" and any(self.names[j].startswith("mask") for j in node.inputs if j >= 0):
            before = next((self.names[j] for j in node.inputs if j >= 0 and not self.names[j].startswith("mask")), "")
            return f"{before}̃" if len(before) == 1 else f"{before[:1]}̃{before[1:]}"
        return self._next()

    def _ends_activation(self, i: int, node: Node) -> bool:
        """Whether this is the result of an activation that is made of several operations."""
        after = self.graph.nodes[i + 1].path if i + 1 < len(self.graph.nodes) else ""
        return self.graph.modules.get(node.path) in self.modules and after != node.path and bool(self.layer[i])

    def _prediction(self) -> None:
        """What the loss is told is the prediction is called ``a``."""
        for node in self.graph.nodes:
            parameters = node.operation.parameters if node.operation is not None else ()
            if "target" in parameters:
                i = node.inputs[parameters.index("target") - 1]
                if i >= 0 and self.names[i].startswith("h") and not self.graph.nodes[i].label:
                    self.names[i] = f"a{self.names[i][1:]}"


def _is_affine(node: Node, nodes: list[Node]) -> bool:
    if node.operation is None:
        return False
    if node.operation.name == "linear":
        return True
    return node.operation.name == "matmul" and any(j >= 0 and nodes[j].label == "weight" for j in node.inputs)


def _equal(given: Any, data: Any) -> bool:
    if given is data:
        return True
    try:
        array = np.asarray(getattr(given, "data", given), np.float64)
    except (TypeError, ValueError):
        return False
    return array.shape == np.shape(data) and np.array_equal(array.astype(data.dtype), data, equal_nan=True)


def _alike(given: Any, data: Any) -> bool:
    """Whether an array could be the input that was given, with noise."""
    return given is not None and np.shape(getattr(given, "data", given)) == np.shape(data)


def _is_mask(data: Any) -> bool:
    """Zeros, and one other number: what dropout multiplies with."""
    others = data[data != 0]
    return bool(others.size < data.size and (not others.size or (others == others.flat[0]).all()))
