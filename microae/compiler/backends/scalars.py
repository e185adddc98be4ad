"""A small program, number by number: every element of every array becomes a scalar with a line of its own.

NumPy's object arrays do the indexing, the broadcasting and the products, of symbols in place of numbers; a symbol that
stands for the same expression is the same symbol. What is left is a list of scalar operations, which each backend
writes in its own words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError
from microae.compiler.program import Call, Constant, Input, Operand, Program, Term, replaced

MOST = 20_000
"""So many scalar operations are written out at most."""

_UNARY = (
    "negative absolute exp log log1p expm1 sqrt square sin cos tan tanh sinh cosh arctan sign logical_not isnan "
    "isfinite floor reciprocal exp2 log2 log10 erfc arcsin arccos arcsinh arccosh arctanh cbrt"
)
_BINARY = (
    "add subtract multiply divide power maximum minimum fmax fmin greater less greater_equal less_equal equal "
    "not_equal bitwise_and bitwise_or logical_and logical_or hypot arctan2"
)
ELEMENTWISE = {**dict.fromkeys(_UNARY.split(), 1), **dict.fromkeys(_BINARY.split(), 2), "where": 3}
"""The elementwise functions that can be written as scalars, with the number of their operands."""

MOVES = {
    "transpose", "reshape", "broadcast_to", "expand_dims", "squeeze", "ravel", "swapaxes", "moveaxis", "concatenate",
    "stack", "flip", "roll", "copy", "tile", "repeat", "take_along_axis", "diagonal", "take",
}  # fmt: skip
"""Functions that only move elements, which NumPy does to symbols as it does to numbers."""

_REDUCTIONS: dict[str, tuple[str, Any]] = {
    "add.reduce": ("add", 0.0),
    "sum": ("add", 0.0),
    "all": ("bitwise_and", True),
    "any": ("bitwise_or", False),
    "max": ("maximum", None),
    "min": ("minimum", None),
    "multiply.reduce": ("multiply", 1.0),
    "prod": ("multiply", 1.0),
}


class Symbol:
    """One scalar.

    Attributes
    ----------
    function : str
        The elementwise function that makes it, or "input".
    args : tuple
        Its operands: symbols and Python numbers.
    name : str
    call : Call or None
        Of the program, for which it was made.
    """

    __slots__ = ("args", "call", "function", "name", "table")

    def __init__(self, table: Table, function: str, args: tuple[Any, ...], name: str) -> None:
        self.table = table
        self.function = function
        self.args = args
        self.name = name
        self.call = table.call

    def __add__(self, other: Any) -> Any:
        return self.table.make("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.table.make("add", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.table.make("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.table.make("multiply", other, self)

    def __bool__(self) -> bool:
        raise UnsupportedError("a choice in Python between symbols")


class Table:
    """All symbols of a program, each expression once, in the order in which they can be computed."""

    def __init__(self, most: int = MOST, fused: bool = False) -> None:
        self.most = most
        self.fused = fused
        self.call: Call | None = None
        self.order: list[Symbol] = []
        self.rates: set[Any] = set()  # the learning rates
        self._known: dict[Any, Symbol] = {}

    def input(self, name: str) -> Symbol:
        """A symbol that is given."""
        return Symbol(self, "input", (), name)

    def make(self, function: str, *args: Any) -> Any:
        """The symbol of an expression; a number, or an operand, where that is all it is."""
        if not any(isinstance(x, Symbol) for x in args):
            return _number(function, args)
        same = _same_as(function, args)
        if same is not None:
            return same
        if function == "multiply" and args[0] in self.rates and _is_product(args[1]):
            early, late = args[1].args  # η (x δ) is (η x) δ, and η x is the same for all δ, which come late
            return self.make("multiply", self.make("multiply", args[0], early), late)
        if self.fused and function == "add" and _is_sum_of_products(args[0]) and not _is_product(args[1]):
            return self._summed_from(args[1], args[0])
        key = (function, *(x if isinstance(x, Symbol) else (type(x), repr(x)) for x in args))
        if key not in self._known:
            if len(self.order) >= self.most:
                raise UnsupportedError(f"the program has more than {self.most} scalar operations")
            self._known[key] = Symbol(self, function, args, f"t{len(self.order)}")
            self.order.append(self._known[key])
        return self._known[key]

    def _summed_from(self, start: Any, products: Any) -> Any:
        """A sum of products that begins with what was added to it last, such as a bias, so each addition has one."""
        if _is_product(products):
            return self.make("add", start, products)
        earlier, last = products.args
        return self.make("add", self._summed_from(start, earlier), last)


def _number(function: str, args: tuple[Any, ...]) -> Any:
    with np.errstate(all="ignore"):
        return getattr(np, function)(*args).item()


def _same_as(function: str, args: tuple[Any, ...]) -> Any:
    """The operand that an expression is equal to, bit for bit, or None."""
    if function == "multiply":
        x, y = args
        return y if _is(x, 1) else x if _is(y, 1) else None
    if function == "divide" and _is(args[1], 1):
        return args[0]
    if function == "where" and args[1] is args[2]:
        return args[1]
    if function in ("bitwise_and", "logical_and"):
        x, y = args
        return y if x is True else x if y is True else None
    return None


def _is_product(x: Any) -> bool:
    return isinstance(x, Symbol) and x.function == "multiply" and all(isinstance(a, Symbol) for a in x.args)


def _is_sum_of_products(x: Any) -> bool:
    while isinstance(x, Symbol) and x.function == "add" and _is_product(x.args[1]):
        x = x.args[0]
        if _is_product(x):
            return True
    return False


def _is(x: Any, number: int) -> bool:
    return not isinstance(x, Symbol) and x == number


@dataclass
class Scalars:
    """A program as scalar operations.

    Attributes
    ----------
    order : list of Symbol
        Those that an output needs, in the order of computing.
    inputs : dict of Input to object array of Symbol
    outputs : dict of Term to object array
        Of symbols and Python numbers.
    results : dict of Call to object array
        The same for all calls.
    """

    order: list[Symbol]
    inputs: dict[Input, Any]
    outputs: dict[Term, Any]
    results: dict[Call, Any]


def lowered(program: Program, most: int = MOST, fused: bool = False) -> Scalars:
    """A program number by number; ``fused`` where a product and an addition are one operation, which rounds once.

    Raises
    ------
    UnsupportedError
        For a function that has no scalar form, or too many of them.
    """
    if sum(term.size for term in (*program.inputs, *program.calls)) > 20 * most:
        raise UnsupportedError(f"the program has more than {most} scalar operations")
    table = Table(most, fused)
    values: dict[Term, Any] = {}
    sizes: dict[Term, float] = {}
    for i, term in enumerate(program.inputs):
        array = np.empty(term.shape, object)
        for place in np.ndindex(*term.shape):
            array[place] = table.input(f"x{i}" + "".join(f"_{n}" for n in place))
        if term.kind == "rate":
            table.rates.update(array.flat)
        values[term] = array

    def value(term: Term) -> Any:
        if isinstance(term, Constant):
            return np.asarray(term.value.tolist(), object).reshape(term.shape)
        return values[term]

    for call in program.calls:
        table.call = call
        fixed = _index if call.function in _INDEXED else value
        try:
            args = [replaced(operand, value if i == 0 else fixed) for i, operand in enumerate(call.args)]
            kwargs = {name: replaced(operand, fixed) for name, operand in call.kwargs.items()}
            if call.dtype.kind in "iu" and not call.weak:
                sizes[call] = _largest(call, sizes)
                if sizes[call] > _EXACT:
                    raise UnsupportedError(f"np.{call.function} of {call.dtype} has no scalar form beyond 2**53")
            values[call] = np.asarray(_lower(call, args, kwargs, table), object).reshape(call.shape)
        except UnsupportedError as error:
            raise UnsupportedError(f"{call.line}: {error}" if call.line else str(error)) from None
    outputs = {term: value(term) for term in program.outputs()}
    inputs, results = {t: values[t] for t in program.inputs}, {call: values[call] for call in program.calls}
    return Scalars(list(_needed(table, outputs)), inputs, outputs, results)


_INDEXED = {"getitem", "take", "take_along_axis", "repeat", "scatter"}


def _index(term: Term) -> Any:
    if not isinstance(term, Constant):
        raise UnsupportedError("an index that the program computes")
    return term.value


def _lower(call: Call, args: list[Any], kwargs: dict[str, Any], table: Table) -> Any:
    name = call.function
    if call.opaque is not None and name not in _ROWS:
        raise UnsupportedError(f"{name} cannot be looked into")
    if call.dtype == bool:
        name = _OF_BOOLS.get(name, name)
    of_truth = _OF_TRUTH.get(name, 0)
    for i, operand in enumerate(call.args):
        if i < of_truth:
            args[i] = _truth(table, operand, args[i])
        elif (call.dtype != bool and name in _COUNTING) or name == "isfinite":
            args[i] = _counted(table, call, operand, args[i])
    if name in ELEMENTWISE and not kwargs:
        _check_integers(call)
        return _elementwise(table, name, *args)
    if name in _LOWERINGS:
        return _LOWERINGS[name](table, *args, **kwargs)
    if name in ("matmul", "dot"):
        return np.dot(*args) if max(np.ndim(x) for x in args) <= 2 else _batched(*args)
    if name in _REDUCTIONS:
        return _reduced(*_REDUCTIONS[name], call, args, kwargs, table)
    if name == "getitem":
        return args[0][args[1]]
    if name == "astype":
        return _cast(table, call, args[0])
    if name in MOVES:
        return getattr(np, name)(*args, **kwargs)
    raise UnsupportedError(f"np.{name} has no scalar form")


_OF_TRUTH = {"logical_and": 2, "logical_or": 2, "logical_not": 1, "where": 1, "all": 1, "any": 1}
"""How many of the first arguments are taken for truth values."""

_OF_BOOLS = {
    "add": "bitwise_or", "multiply": "bitwise_and", "maximum": "bitwise_or", "minimum": "bitwise_and",
    "fmax": "bitwise_or", "fmin": "bitwise_and", "invert": "logical_not", "bitwise_xor": "not_equal",
}  # fmt: skip
"""What functions of numbers are for truth values."""


def _kind(operand: Operand) -> str:
    dtype = operand.dtype if isinstance(operand, Term) else np.asarray(operand).dtype
    return str(dtype.kind)


def _truth(table: Table, operand: Operand, x: Any) -> Any:
    """Numbers as truth values."""
    return x if _kind(operand) == "b" else _elementwise(table, "not_equal", x, 0)


_COUNTING = {*ELEMENTWISE, "matmul", "dot", "clip", "logaddexp", "concatenate", "stack"}
"""Functions of numbers, for which truth values are 0 and 1."""


def _counted(table: Table, call: Call, operand: Operand, x: Any) -> Any:
    """Truth values as numbers, also inside tuples and lists."""
    if type(operand) in (tuple, list):
        return [_counted(table, call, part, y) for part, y in zip(operand, x, strict=True)]
    if not isinstance(operand, Term) or operand.dtype != bool:
        return x
    one = 1.0 if call.dtype.kind == "f" else 1
    return _elementwise(table, "where", x, one, one - one)


def _check_integers(call: Call) -> None:
    """Refuse those that wrap around before 2**63, and their bits."""
    wraps = call.dtype != np.int64 or call.function.startswith("bitwise")
    if call.dtype.kind in "iu" and not call.weak and wraps:
        raise UnsupportedError(f"np.{call.function} of {call.dtype} has no scalar form")


_EXACT = 2**53
"""Up to which all integers are floats."""


def _largest(call: Call, known: dict[Term, float]) -> float:
    """How large integers that are computed may be, beside what is known of others."""

    def of(operand: Operand) -> float:
        if isinstance(operand, Constant):
            return float(np.abs(operand.value.astype(float)).max(initial=0))
        if isinstance(operand, Term):
            return 1.0 if operand.dtype == bool else known.get(operand, _EXACT)
        return float(abs(operand)) if isinstance(operand, (int, float)) else 1.0

    sizes = [of(x) for operand in call.args for x in (operand if type(operand) in (tuple, list) else [operand])]
    name, n = call.function, max(1, call.args[0].size if isinstance(call.args[0], Term) else 1)
    if name in ("add", "subtract"):
        return sum(sizes)
    if name in ("multiply", "square", "matmul", "dot"):
        return math.prod(sizes) * (sizes[0] if name == "square" else 1 if name == "multiply" else n)
    if name in ("add.reduce", "sum", "cumsum", "scatter"):
        return sizes[0] * n
    if name in ("multiply.reduce", "prod", "cumprod", "power"):
        return max(sizes) if max(sizes) <= 1 else math.inf
    return max(sizes)


def _cast(table: Table, call: Call, x: Any) -> Any:
    """Numbers of another dtype; floats are all the same here."""
    before, after = _kind(call.args[0]), call.dtype.kind
    if after == "b":
        return _truth(table, call.args[0], x)
    if before == "b":
        return _elementwise(table, "where", x, call.dtype.type(1).item(), call.dtype.type(0).item())
    if after == "f" or (after == before and call.dtype.itemsize >= call.args[0].dtype.itemsize):
        return x
    raise UnsupportedError(f"astype from {call.args[0].dtype} to {call.dtype} has no scalar form")


def _batched(x: Any, y: Any) -> Any:
    """Products of batches of matrices, one after the other."""
    if y.ndim == 1:
        return _batched(x, y[:, None])[..., 0]
    if x.ndim == 1:
        return _batched(x[None], y)[..., 0, :]
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x, y = np.broadcast_to(x, (*batch, *x.shape[-2:])), np.broadcast_to(y, (*batch, *y.shape[-2:]))
    out = np.empty((*batch, x.shape[-2], y.shape[-1]), object)
    for place in np.ndindex(*batch):
        out[place] = np.dot(x[place], y[place])
    return out


def _elementwise(table: Table, name: str, *args: Any) -> Any:
    make: Callable[..., Any] = np.frompyfunc(lambda *xs: table.make(name, *xs), len(args), 1)
    return make(*[np.asarray(x, object) for x in args])


def _clip(table: Table, x: Any, low: Any, high: Any) -> Any:
    return _elementwise(table, "minimum", _elementwise(table, "maximum", x, low), high)


def _logaddexp(table: Table, x: Any, y: Any) -> Any:
    """``max + log1p(exp(-|x - y|))``; NaN, so left to an ordinary step, where both are the same infinity."""
    larger = _elementwise(table, "maximum", x, y)
    distance = _elementwise(table, "absolute", _elementwise(table, "subtract", x, y))
    tail = _elementwise(table, "log1p", _elementwise(table, "exp", _elementwise(table, "negative", distance)))
    return _elementwise(table, "add", larger, tail)


def _cumulated(function: str) -> Callable[..., Any]:
    def lower(table: Table, x: Any, axis: Any = None) -> Any:
        x = np.asarray(x, object).ravel() if axis is None else np.asarray(x, object)
        out = np.moveaxis(x.copy(), axis or 0, 0)
        for i in range(1, len(out)):
            out[i] = _elementwise(table, function, out[i - 1], out[i])
        return np.moveaxis(out, 0, axis or 0)

    return lower


def _scatter(table: Table, x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    out = np.full(shape, 0.0, object)
    places = np.arange(out.size).reshape(shape)[index]
    for place, part in zip(places.ravel(), np.broadcast_to(x, places.shape).ravel(), strict=True):
        old = out.flat[place]
        out.flat[place] = part if type(old) is float and old == 0 else table.make("add", old, part)
    return out


_LOWERINGS: dict[str, Callable[..., Any]] = {
    "clip": _clip,
    "logaddexp": _logaddexp,
    "cumsum": _cumulated("add"),
    "cumprod": _cumulated("multiply"),
    "scatter": _scatter,
}
"""Functions that are written with the elementwise ones."""

_ROWS = {"scatter", "erfc"}
"""Rows of the table whose forward functions NumPy's calls do not show, and that have a scalar form."""


def _reduced(function: str, start: Any, call: Call, args: list[Any], kwargs: dict[str, Any], table: Table) -> Any:
    x = np.asarray(args[0], object)
    default = 0 if call.function.endswith(".reduce") else None
    axis = kwargs.get("axis", args[1] if len(args) > 1 else default)
    if set(kwargs) - {"axis", "keepdims", "initial"}:
        raise UnsupportedError(f"np.{call.function} with {', '.join(kwargs)}")
    if _kind(call.args[0]) == "b":
        if call.dtype.kind == "b":
            function = _OF_BOOLS.get(function, function)
        else:
            x = _elementwise(table, "where", x, 1, 0)
    axes = axis if isinstance(axis, tuple) else range(x.ndim) if axis is None else (axis,)
    rows = _rows(x, {a % x.ndim for a in axes})
    initial = kwargs.get("initial")
    out = np.empty(rows.shape[:-2], object)
    for place in np.ndindex(*out.shape):
        out[place] = _combined(function, start, rows[place], table)
        if initial is not None:
            out[place] = table.make(function, initial, out[place]) if x.size else initial
    return out


def _rows(x: Any, axes: set[int]) -> Any:
    """An array with the axes that are reduced last, in two: those that NumPy takes row by row, and along a row."""
    inner = x.ndim
    while inner and (inner - 1 in axes or x.shape[inner - 1] == 1):
        inner -= 1
    rest, outer = [a for a in range(inner) if a not in axes], [a for a in range(inner) if a in axes]
    shape = [x.shape[a] for a in rest]
    shape += [math.prod(x.shape[a] for a in part) for part in (outer, range(inner, x.ndim))]
    return x.transpose(*rest, *outer, *range(inner, x.ndim)).reshape(shape)


def _combined(function: str, start: Any, rows: Any, table: Table) -> Any:
    if not rows.size:
        if start is None:
            raise UnsupportedError("the largest of no elements")
        return start
    along = _sum if function == "add" else _one_by_one
    return _one_by_one(function, [along(function, row, table) for row in rows], table)


def _one_by_one(function: str, row: Any, table: Table) -> Any:
    total = row[0]
    for x in row[1:]:
        total = table.make(function, total, x)
    return total


def _sum(add: str, row: Any, table: Table) -> Any:
    """The sum of a row in the order in which NumPy adds: eight sums side by side, and halves of what is long."""
    n = len(row)
    if n < 8:
        return _one_by_one(add, row, table)
    if n > 128:
        half = n // 2 - n // 2 % 8
        return table.make(add, _sum(add, row[:half], table), _sum(add, row[half:], table))
    sums = [_one_by_one(add, row[i : n - n % 8 : 8], table) for i in range(8)]
    while len(sums) > 1:
        sums = [table.make(add, *sums[i : i + 2]) for i in range(0, len(sums), 2)]
    return _one_by_one(add, [*sums, *row[n - n % 8 :]], table)


def _needed(table: Table, outputs: dict[Term, Any]) -> Iterator[Symbol]:
    needed: set[Symbol] = set()
    waiting = [x for array in outputs.values() for x in array.flat if isinstance(x, Symbol)]
    while waiting:
        symbol = waiting.pop()
        if symbol not in needed:
            needed.add(symbol)
            waiting.extend(x for x in symbol.args if isinstance(x, Symbol))
    return (symbol for symbol in table.order if symbol in needed)


OPERATORS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "greater": ">", "less": "<", "greater_equal": ">=",
    "less_equal": "<=", "equal": "==", "not_equal": "!=",
}  # fmt: skip
"""Those that Python and JavaScript write alike."""
