"""Names for the nodes of a picture: the user's labels, else the letters of the formulas.

``x`` and ``y`` are input and target; the weights of layer 1 are ``W⁽¹⁾`` and ``b⁽¹⁾``, what they make ``z⁽¹⁾``, an
activation of that ``h⁽¹⁾``; the prediction that the loss is given is ``a``, the loss ``L``. With one layer there are no
numbers. Anything else without a label is ``v₁``, ``v₂``, ... in the order of computing; other constants are ``c₁``,
``c₂``, ... No two nodes have one name: the second of a name is ``z₂⁽¹⁾``.
"""

from __future__ import annotations

import re

import numpy as np

from microae.drawing.step.skeleton import NOISE, Node, Skeleton, is_equal, is_mask, piece
from microae.nn.activations import ACTIVATIONS, activation_rows

_LETTERS = {"weight": "W", "bias": "b"}
_LAYER = re.compile(r"(.*?)((?:⁽.*⁾)?)", re.DOTALL)
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
        self.has_noise = any(kind in NOISE for kind in graph.modules.values())
        roots = set(graph.roots) if graph.lanes or graph.gradients else set()
        self.losses, self.named_losses = len(roots), 0
        for i in graph.rounded:
            self.names[i] = f"\0{i}"  # as soon as all others have names
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
        self._told_apart()
        for i, (template, operands) in graph.rounded.items():
            called = [self.names[x] if isinstance(x, int) else x for x in operands]
            self.names[i] = template.format(*called)

    def _told_apart(self) -> None:
        """Number the second and later nodes of one name; a label stays the label of the first that has it."""
        taken = set(self.names)
        seen: set[str] = set()
        again: dict[str, int] = {}
        for i, name in enumerate(self.names):
            if name in seen:
                letter, layer = _LAYER.fullmatch(name).groups()  # type: ignore[union-attr]
                number = again.get(name, 2)
                while (other := f"{letter}{lowered(number)}{layer}") in taken:
                    number += 1
                again[name] = number + 1
                taken.add(other)
                self.names[i] = other
            seen.add(self.names[i])

    def _number(self, letter: str, layer: int) -> str:
        return letter + (raised(layer) if self.several and layer else "")

    def _leaf(self, node: Node, layer: int, user: Node | None, place: int) -> str:
        if node.label in _LETTERS:
            return self._number(_LETTERS[str(node.label)], layer)
        if node.label:
            return node.label
        if node.value is not None:
            is_input = np.ndim(node.data) > 0 and "x" in self.graph.given and is_equal(self.graph.given["x"], node.data)
            return "x" if is_input else self._next()
        argument = user.operation.parameters[place] if user and place < len(user.operation.parameters) else ""  # type: ignore[union-attr]
        if argument == "target":
            return "y"
        name = self._as_given(node)
        if name:
            return name
        is_factor = user is not None and user.operation.name == "multiply"  # type: ignore[union-attr]
        if is_factor and is_mask(node.data, node.provenance, self.graph.calls):
            name = self._number("mask", layer)
            while name in self.names:  # several on one layer
                name += "′"
            return name
        goes_in = user is not None and place == 0 and _is_affine(user, self.graph.nodes) and "x" not in self.names
        if goes_in and (self.has_noise or not self.graph.given):
            return "x\u0303" if self.graph.given else "x"  # with noise
        return piece(self.graph.given.get("x"), node.data) or self._constant()

    def _constant(self) -> str:
        self.constants += 1
        return f"c{lowered(self.constants)}"

    def _next(self) -> str:
        self.made += 1
        while (name := f"v{lowered(self.made)}") in self._taken:  # by a label
            self.made += 1
        return name

    def _loss(self) -> str:
        """One of several losses, of which gradients are those of their sum ``L``."""
        self.named_losses += 1
        return f"L{lowered(self.named_losses)}"

    def _as_given(self, node: Node) -> str:
        """The name of the input or target that an array is; the array itself rather than one that equals it.

        One that is both is the target only in the loss.
        """
        given, data = dict(self.graph.given), node.data
        same = next((name for name, array in given.items() if getattr(array, "data", array) is data), "")
        equal = [name for name, array in given.items() if is_equal(array, data)]
        if "x" in equal and node.path != "loss":
            equal = ["x"]
        return same or next((name for name in equal if name not in self.names), "")

    def _result(self, i: int, node: Node, affine: bool, is_root: bool) -> str:
        if node.label:
            return node.label
        assert node.operation is not None
        if is_root and not np.shape(node.data) and "L" not in self._taken:
            return "L" if self.losses == 1 else self._loss()
        if "target" in node.operation.parameters:
            return node.operation.symbol
        if affine:
            return self._number("z", self.layer[i])
        from_layer = self.layer[i] and any(self.names[j].startswith("z") for j in node.inputs if j >= 0)
        within = self.graph.modules.get(node.path) in self.modules  # an activation's module, whose result is its last
        if self._ends_activation(i, node) if within else node.operation.name in self.activations and from_layer:
            return self._number("h", self.layer[i])
        if node.operation.name == "multiply" and any(self.names[j].startswith("mask") for j in node.inputs if j >= 0):
            before = next((self.names[j] for j in node.inputs if j >= 0 and not self.names[j].startswith("mask")), "")
            return f"{before}̃" if len(before) == 1 else f"{before[:1]}̃{before[1:]}"
        return self._next()

    def _ends_activation(self, i: int, node: Node) -> bool:
        """Whether this is the result of a call of an activation's module, and no derivative of an earlier call."""
        nodes, first = self.graph.nodes, i
        while first and nodes[first - 1].path == node.path:
            first -= 1
        own = (j for k in range(first, i + 1) for j in nodes[k].inputs if 0 <= j < first)
        after = nodes[i + 1].path if i + 1 < len(nodes) else ""
        return after != node.path and bool(self.layer[i]) and all(nodes[j].path != node.path for j in own)

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
