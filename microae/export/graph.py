"""``Graph``: ONNX nodes while they are made, from a program with two batch sizes to one with any."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from microae.compiler import UnsupportedError
from microae.compiler.program import Constant, Input, Operand, Program, Term

OPSET, IR = 18, 8
_KINDS = {"draw": "random numbers", "state": "an optimiser", "rate": "an optimiser", "step": "an optimiser"}


class Graph:
    """A program as ONNX nodes.

    Attributes
    ----------
    nodes : list of (operator, inputs, output, attributes)
    arrays : dict of str to array
        Parameters and constants.
    shapes : dict of str to str
        Those of the arrays that are the shape of a result, each with the operator that takes it.
    inputs, outputs : list of (str, Term)
    axes : dict of Term to list
        The size of each axis of inputs and outputs: a number, or the name of one that is left free.
    """

    def __init__(self, program: Program, values: Mapping[Input, Any]) -> None:
        self.nodes: list[tuple[str, list[str], str, dict[str, Any]]] = []
        self.arrays: dict[str, Any] = {}
        self.shapes: dict[str, str] = {}
        self.inputs: list[tuple[str, Term]] = []
        self.names: dict[Term, str] = {}
        for term in program.inputs:
            if term.kind == "argument":
                self.names[term] = "input"
                self.inputs.append(("input", term))
            elif term.kind == "parameter":
                self.names[term] = self.array(np.asarray(values[term]), term.name)
            else:
                raise UnsupportedError(f"to_onnx: the model uses {_KINDS.get(term.kind, term.kind)} in evaluation")
        self.outputs: list[tuple[str, Term]] = []
        self.axes: dict[Term, list[int | str]] = {}

    def give(self, results: Iterable[Term]) -> None:
        """Let the graph return these."""
        for i, term in enumerate(results):
            self.outputs.append((self.add("Identity", self.read(term), output=f"output{i or ''}"), term))
        self.axes = {term: list(term.shape) for _, term in (*self.inputs, *self.outputs)}

    # building

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node; the name of its result."""
        output = output or f"#{len(self.nodes)}"
        self.nodes.append((operator, list(inputs), output, attributes))
        return output

    def array(self, array: Any, name: str = "") -> str:
        """An array that is part of the graph; its name."""
        name = name or f"#c{len(self.arrays)}"  # no path of a parameter is written so
        while name in self.arrays or re.fullmatch(r"input|output\d*", name):
            name += "_"
        self.arrays[name] = array
        return name

    def integers(self, numbers: Iterable[int]) -> str:
        """Axes and the like, as operators take them."""
        return self.array(np.array(list(numbers), np.int64))

    def shaped(self, operator: str, x: str, shape: Iterable[int]) -> str:
        """A node that takes a shape: Reshape or Expand."""
        name = self.integers(shape)
        self.shapes[name] = operator
        return self.add(operator, x, name)

    def read(self, operand: Operand, dtype: Any = None) -> str:
        """The name of an operand, cast to a dtype."""
        if not isinstance(operand, Term):
            return self.array(np.asarray(operand, dtype))
        if isinstance(operand, Constant):
            return self.array(np.asarray(operand.value, dtype))
        name = self.names[operand]
        return name if dtype is None or operand.dtype == dtype else self.cast(name, dtype)

    def cast(self, x: str, dtype: Any) -> str:
        """A node that makes numbers of another dtype."""
        return self.add("Cast", x, to=np.dtype(dtype))

    # the batch

    def frees_batch(self, other: Graph, n: int) -> bool:
        """Whether that of a batch of ``n + 1`` samples differs in the batch size alone; if so, shapes are left open."""
        if self.nodes != other.nodes or self.arrays.keys() != other.arrays.keys():
            return False
        opened = {}
        for name, array in self.arrays.items():
            more = other.arrays[name]
            if array.shape != more.shape or array.dtype != more.dtype:
                return False
            if array.tobytes() == more.tobytes():
                continue
            places = np.flatnonzero(array != more)
            if name not in self.shapes or len(places) > 1:
                return False
            if self.shapes[name] == "Expand" and (array[places] != n or more[places] != n + 1).any():
                return False
            opened[name] = int(places[0])
        for name, place in opened.items():
            self._open(name, place)
        pairs = zip((*self.inputs, *self.outputs), (*other.inputs, *other.outputs), strict=True)
        for (_, term), (_, more) in pairs:
            for i, (size, larger) in enumerate(zip(term.shape, more.shape, strict=True)):
                if size != larger:
                    self.axes[term][i] = "batch" if (size, larger) == (n, n + 1) else f"axis{i}"
        return True

    def _open(self, name: str, place: int) -> None:
        """Leave one number of a shape to the batch: -1 says so to Reshape, Expand is given the size of the input."""
        if self.shapes[name] == "Reshape":
            self.arrays[name][place] = -1
            return
        head, tail = self.integers(self.arrays[name][:place]), self.integers(self.arrays[name][place + 1 :])
        del self.arrays[name]
        first = [
            ("Shape", ["input"], f"{name}.size", {"start": 0, "end": 1}),
            ("Concat", [head, f"{name}.size", tail], name, {"axis": 0}),
        ]
        self.nodes[:0] = first

    # the file

    def model(self, onnx: Any) -> Any:
        """The model as onnx has it."""
        element, make = onnx.helper.np_dtype_to_tensor_dtype, onnx.helper.make_node

        def described(name: str, term: Term) -> Any:
            return onnx.helper.make_tensor_value_info(name, element(term.dtype), self.axes[term])

        nodes = [
            make(op, inputs, [output], **{k: element(v) if k == "to" else v for k, v in attributes.items()})
            for op, inputs, output, attributes in self.nodes
        ]
        arrays = [
            onnx.numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in self.arrays.items()
        ]
        graph = onnx.helper.make_graph(
            nodes, "microae", [described(*it) for it in self.inputs], [described(*it) for it in self.outputs], arrays
        )
        opset = onnx.helper.make_opsetid("", OPSET)
        return onnx.helper.make_model(graph, opset_imports=[opset], ir_version=IR, producer_name="microae")
