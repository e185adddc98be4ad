"""How each array function of a program is said in ONNX: by an operator, or by several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microae.compiler import UnsupportedError
from microae.compiler.program import Call, Term
from microae.export.graph import Graph

Say = Callable[[Graph, Call], str]

_LAST = (1 << 63) - 1
"""An end of a slice beyond every axis."""


def _common(call: Call) -> Any:
    """The dtype in which a call takes its operands; ONNX promotes nothing."""
    if call.dtype.kind != "b":
        return call.dtype
    return np.result_type(*(x.dtype if isinstance(x, Term) and not x.weak else x for x in call.args))


def _plainly(call: Call) -> None:
    if call.kwargs:
        raise UnsupportedError(f"with {', '.join(call.kwargs)}")


def _elementwise(operator: str, dtype: Any = None) -> Say:
    def say(graph: Graph, call: Call) -> str:
        _plainly(call)
        return graph.add(operator, *(graph.read(x, dtype or _common(call)) for x in call.args))

    return say


def _single(operator: str) -> Say:
    """A function that onnxruntime has for float32 only."""

    def say(graph: Graph, call: Call) -> str:
        _plainly(call)
        y = graph.add(operator, graph.read(call.args[0], np.float32))
        return y if call.dtype == np.float32 else graph.cast(y, call.dtype)

    return say


def _erfc(graph: Graph, call: Call) -> str:
    return graph.add("Sub", graph.read(1.0, call.dtype), _single("Erf")(graph, call))


def _of_one(write: Callable[[Graph, str, Callable[[float], str]], str]) -> Say:
    """A function of one array by other operators: ``write(graph, x, number)``."""

    def say(graph: Graph, call: Call) -> str:
        _plainly(call)
        return write(graph, graph.read(call.args[0], call.dtype), lambda number: graph.read(number, call.dtype))

    return say


def _not_equal(graph: Graph, call: Call) -> str:
    return graph.add("Not", _elementwise("Equal")(graph, call))


def _where(graph: Graph, call: Call) -> str:
    _plainly(call)
    condition, x, y = call.args
    return graph.add("Where", graph.read(condition, np.dtype(bool)), *(graph.read(z, call.dtype) for z in (x, y)))


def _clip(graph: Graph, call: Call) -> str:
    _plainly(call)
    x = graph.read(call.args[0], call.dtype)
    for operator, bound in zip(("Max", "Min"), call.args[1:], strict=True):
        x = x if bound is None else graph.add(operator, x, graph.read(bound, call.dtype))
    return x


def _product(graph: Graph, call: Call) -> str:
    _plainly(call)
    if any((x.ndim > 2 and call.function == "dot") or not x.ndim for x in call.args):
        raise UnsupportedError("of numbers, or of more than two axes")
    return graph.add("MatMul", *(graph.read(x, call.dtype) for x in call.args))


def _reduction(operator: str, start: float) -> Say:
    def say(graph: Graph, call: Call) -> str:
        options = dict(call.kwargs)
        default = 0 if call.function.endswith(".reduce") else None
        axis = options.pop("axis", call.args[1] if len(call.args) > 1 else default)
        keepdims = options.pop("keepdims", False)
        if options.pop("initial", start) != start or options:
            raise UnsupportedError(f"with {', '.join(call.kwargs)}")
        x = graph.read(call.args[0], call.dtype)
        if not call.args[0].ndim:
            return x
        axes = range(call.args[0].ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        return graph.add(operator, x, graph.integers(axes), keepdims=int(keepdims))

    return say


def _transpose(graph: Graph, call: Call) -> str:
    """Any exchange of axes: which goes where is asked of NumPy."""
    axes = np.empty(range(1, call.args[0].ndim + 1), bool)  # axis i has i + 1 elements
    moved = getattr(np, call.function)(axes, *call.args[1:], **call.kwargs)
    return graph.add("Transpose", graph.read(call.args[0]), perm=[n - 1 for n in moved.shape])


def _reshape(graph: Graph, call: Call) -> str:
    if call.kwargs.get("order", "C") != "C" or not call.size:
        raise UnsupportedError("in another order than C's, or of no elements")
    return graph.shaped("Reshape", graph.read(call.args[0]), call.shape)


def _expand(graph: Graph, call: Call) -> str:
    return graph.shaped("Expand", graph.read(call.args[0], call.dtype), call.shape)


def _concatenate(graph: Graph, call: Call) -> str:
    options = dict(call.kwargs)
    axis = options.pop("axis", call.args[1] if len(call.args) > 1 else 0)
    if axis is None or options:
        raise UnsupportedError(f"with {', '.join(options) or 'axis=None'}")
    parts = [graph.read(part, call.dtype) for part in call.args[0]]
    return graph.add("Concat", *parts, axis=axis % call.ndim)


def _getitem(graph: Graph, call: Call) -> str:
    """A part by slices and whole numbers: numbers are slices of one element, whose axes a reshape leaves out."""
    x, index = call.args
    index = list(index) if isinstance(index, tuple) else [index]
    if any(not isinstance(i, (int, slice, type(None), type(Ellipsis))) or isinstance(i, bool) for i in index):
        raise UnsupportedError("with an array as index")
    if Ellipsis in index:
        place, given = index.index(Ellipsis), sum(i is not None and i is not Ellipsis for i in index)
        index[place : place + 1] = [slice(None)] * (x.ndim - given)
    parts = [slice(i, i + 1 or None) if isinstance(i, int) else i for i in index if i is not None]
    cut = [(axis, part) for axis, part in enumerate(parts) if part != slice(None)]
    name = graph.read(x)
    if cut:
        steps = [part.step or 1 for _, part in cut]
        starts = [(0 if s > 0 else _LAST) if p.start is None else p.start for s, (_, p) in zip(steps, cut, strict=True)]
        stops = [
            (_LAST if s > 0 else -_LAST) if p.stop is None else p.stop for s, (_, p) in zip(steps, cut, strict=True)
        ]
        axes = [axis for axis, _ in cut]
        name = graph.add("Slice", name, *map(graph.integers, (starts, stops, axes, steps)))
    return name if all(isinstance(i, slice) for i in index) else graph.shaped("Reshape", name, call.shape)


OPERATORS: dict[str, Say] = {
    **{
        name: _elementwise(operator)
        for name, operator in {
            "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "power": "Pow", "negative": "Neg",
            "absolute": "Abs", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "tanh": "Tanh",
            "floor": "Floor", "ceil": "Ceil", "rint": "Round", "sign": "Sign", "reciprocal": "Reciprocal",
            "maximum": "Max", "minimum": "Min", "equal": "Equal", "greater": "Greater", "less": "Less",
            "greater_equal": "GreaterOrEqual", "less_equal": "LessOrEqual", "isnan": "IsNaN", "isinf": "IsInf",
        }.items()
    },
    **{
        name: _elementwise(operator, np.dtype(bool))
        for name, operator in {"logical_and": "And", "logical_or": "Or", "logical_not": "Not"}.items()
    },
    **{
        name: _single(operator)
        for name, operator in {
            "tan": "Tan", "sinh": "Sinh", "cosh": "Cosh", "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan",
            "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh",
        }.items()
    },
    "square": _of_one(lambda graph, x, number: graph.add("Mul", x, x)),
    "log1p": _of_one(lambda graph, x, number: graph.add("Log", graph.add("Add", number(1.0), x))),
    "expm1": _of_one(lambda graph, x, number: graph.add("Sub", graph.add("Exp", x), number(1.0))),
    "exp2": _of_one(lambda graph, x, number: graph.add("Pow", number(2.0), x)),
    "log2": _of_one(lambda graph, x, number: graph.add("Div", graph.add("Log", x), number(np.log(2.0)))),
    "log10": _of_one(lambda graph, x, number: graph.add("Div", graph.add("Log", x), number(np.log(10.0)))),
    "copy": _of_one(lambda graph, x, number: x),
    "astype": lambda graph, call: graph.read(call.args[0], call.dtype),
    "erfc": _erfc,
    "not_equal": _not_equal,
    "where": _where,
    "clip": _clip,
    "matmul": _product,
    "dot": _product,
    **dict.fromkeys(("add.reduce", "sum"), _reduction("ReduceSum", 0.0)),
    **dict.fromkeys(("multiply.reduce", "prod"), _reduction("ReduceProd", 1.0)),
    "mean": _reduction("ReduceMean", 0.0),
    "max": _reduction("ReduceMax", -np.inf),
    "min": _reduction("ReduceMin", np.inf),
    **dict.fromkeys(("transpose", "swapaxes", "moveaxis"), _transpose),
    **dict.fromkeys(("reshape", "ravel", "squeeze", "expand_dims"), _reshape),
    "broadcast_to": _expand,
    "concatenate": _concatenate,
    "getitem": _getitem,
}  # fmt: skip
"""How each array function of a program is said."""

ROWS = {"erfc"}
"""Rows of the table whose forward functions NumPy's calls do not show, and that have an operator."""
