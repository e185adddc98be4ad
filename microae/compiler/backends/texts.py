"""What the text of a loop says: the kinds of its numbers, its arrays, and the functions that it knows by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir

Argument = tuple[str, Any, tuple[int | None, ...]]
"""Name, dtype and shape of an array that a loop is given; the first axis of some is as long as there are steps."""

INT, NARROW, BIT, BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(1), ir.IntType(8)
DOUBLE, FLOAT = ir.DoubleType(), ir.FloatType()
_KINDS = {"float64": DOUBLE, "float32": FLOAT, "int64": INT, "bool": BYTE, "bool_": BYTE, "int32": NARROW}
FLOATS = (FLOAT, DOUBLE)
_UNARY = "exp log log1p expm1 sin cos tan tanh sinh cosh erfc log2 log10 asin acos atan asinh acosh atanh cbrt"
LIBM = {*_UNARY.split(), "atan2", "hypot", "pow"}
"""Functions of the mathematical library, which have the same name with an f for float32."""


class OtherwiseError(Exception):
    """The text says something that is not compiled here."""


@dataclass
class Array:
    """Where an array is, and how it lies there, in elements."""

    pointer: Any
    kind: Any
    shape: tuple[Any, ...]
    strides: tuple[int, ...]

    @classmethod
    def of(cls, pointer: Any, kind: Any, shape: tuple[Any, ...]) -> Array:
        """One whose elements follow each other."""
        strides = [1]
        for n in reversed(shape[1:]):
            strides.append(strides[-1] * n)
        return cls(pointer, kind, shape, tuple(reversed(strides)))

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=int))

    def whole(self) -> Array:
        """All elements in one row."""
        if self.strides != Array.of(None, None, self.shape).strides:
            raise OtherwiseError("a view whose elements do not follow each other")
        return Array.of(self.pointer, self.kind, (self.size,))


def otherwise(x: ast.AST | None) -> OtherwiseError:
    return OtherwiseError(ast.unparse(x) if x is not None else "nothing")


def read(target: ast.expr) -> ast.expr:
    """What is written into, to be read."""
    return ast.parse(ast.unparse(target), mode="eval").body


def kind_of(dtype: Any) -> Any:
    kind = _KINDS.get(str(dtype))
    if kind is None:
        raise OtherwiseError(f"numbers of {dtype}")
    return kind


def is_empty(x: ast.expr) -> bool:
    return isinstance(x, ast.Call) and ast.unparse(x.func) == "np.empty"


def empties(function: ast.FunctionDef) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """The arrays that a loop makes before its first step."""
    for line in function.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) and is_empty(line.value):
            shape, dtype = line.value.args
            (target,) = line.targets
            assert isinstance(target, ast.Name)
            sizes = ast.literal_eval(shape)
            yield target.id, ast.unparse(dtype).removeprefix("np."), sizes if type(sizes) is tuple else (sizes,)


def flags(function: ast.FunctionDef) -> tuple[str, ...]:
    """What may be rounded in another way, by the function's decorator."""
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "fastmath":
                return tuple(sorted(ast.literal_eval(keyword.value)))
    return ()


MATHEMATICS = Path(__file__).with_name("native_math.py")


@cache
def mathematics() -> dict[str, ast.FunctionDef]:
    """The functions of native_math, as text."""
    parts = ast.parse(MATHEMATICS.read_text(encoding="utf-8")).body
    return {part.name: part for part in parts if isinstance(part, ast.FunctionDef)}
