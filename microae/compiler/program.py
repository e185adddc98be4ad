"""``Program``: one training step as a straight line of array functions, each of the results of earlier ones.

A program has inputs, calls of array functions, and outputs. Its calls are named as in NumPy (``"add"``, ``"matmul"``,
``"add.reduce"``, ``"linalg.inv"``), or ``"getitem"``, ``"astype"`` and ``"part"``, one of several results. What it
means is what :func:`evaluate` computes; the passes keep that, and each backend says it in another language.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from microae.core.context import Provenance

Operand = Any  # a Term; or a number, an index, a dtype or another fixed argument, also in tuples, lists and slices

NOWHERE = Provenance()


class Term:
    """What an array function is called with: an input, a constant, or the result of another call.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    weak : bool
        Whether it is a Python number, which takes the dtype of the arrays that it meets.
    name : str
        How it is written; set when a program is printed.
    """

    __slots__ = ("dtype", "name", "shape", "weak")

    def __init__(self, shape: tuple[int, ...], dtype: Any, weak: bool = False, name: str = "") -> None:
        self.shape = shape
        self.dtype = dtype
        self.weak = weak
        self.name = name

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


class Input(Term):
    """What a program is given anew each time.

    Attributes
    ----------
    kind : str
        "argument" of the step, "parameter", "gradient" that is there before the step, optimiser's "state", "rate"
        (the learning rate) or "step" (the count of updates), or a random "draw".
    """

    __slots__ = ("kind",)

    def __init__(self, kind: str, shape: tuple[int, ...], dtype: Any, weak: bool = False, name: str = "") -> None:
        super().__init__(shape, dtype, weak, name)
        self.kind = kind

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} {self.shape} {self.dtype}>"


class Constant(Term):
    """Numbers that are part of a program.

    Attributes
    ----------
    value : array, or NumPy scalar where there are no dimensions
    line : str
        The user's line that brought it in.
    """

    __slots__ = ("line", "value")

    def __init__(self, value: Any, line: str = "") -> None:
        super().__init__(np.shape(value), value.dtype)
        self.value = value
        self.line = line

    def __repr__(self) -> str:
        return f"<constant {self.shape} {self.dtype}>"


class Call(Term):
    """The result of one array function.

    Attributes
    ----------
    function : str
        Its name.
    args, kwargs
        Its arguments, as NumPy takes them; terms among them, also inside tuples.
    provenance : Provenance
        The stage of the training step and the module that it belongs to.
    line : str
        The user's line.
    opaque : callable or None
        What to call where ``function`` only names it: a forward or a rule that could not be looked into.
    """

    __slots__ = ("_terms", "args", "function", "kwargs", "line", "opaque", "provenance")

    def __init__(
        self,
        function: str,
        args: Sequence[Operand],
        kwargs: Mapping[str, Operand],
        like: Any,
        *,
        weak: bool = False,
        provenance: Provenance = NOWHERE,
        line: str = "",
        opaque: Callable[..., Any] | None = None,
    ) -> None:
        like = like if isinstance(like, (np.ndarray, np.generic)) else np.asarray(like)
        self.shape, self.dtype, self.weak, self.name = like.shape, like.dtype, weak, ""
        self.function, self.opaque = function, opaque
        self.provenance, self.line = provenance, line
        self._take(args, kwargs)

    def __repr__(self) -> str:
        return f"<{self.function} {self.shape} {self.dtype}>"

    def with_arguments(self, args: Sequence[Operand], kwargs: Mapping[str, Operand]) -> Call:
        """The same call with other arguments, for a result of the same shape and dtype."""
        call = Call.__new__(Call)
        Term.__init__(call, self.shape, self.dtype, self.weak)
        call.function, call.opaque = self.function, self.opaque
        call.provenance, call.line = self.provenance, self.line
        call._take(args, kwargs)
        return call

    def _take(self, args: Sequence[Operand], kwargs: Mapping[str, Operand]) -> None:
        self.args, self.kwargs = list(args), dict(kwargs)
        terms: list[Term] = []
        for operand in (*self.args, *self.kwargs.values()) if self.kwargs else self.args:
            if isinstance(operand, Term):
                terms.append(operand)
            elif type(operand) in (tuple, list):
                terms.extend(terms_in(operand))
        self._terms = tuple(terms)

    def terms(self) -> tuple[Term, ...]:
        """The terms among its arguments, in their order."""
        return self._terms


def terms_in(operand: Operand) -> Iterator[Term]:
    """The terms in an argument: itself, or those inside a tuple or list."""
    if isinstance(operand, Term):
        yield operand
    elif type(operand) in (tuple, list):
        for part in operand:
            yield from terms_in(part)


def replaced(operand: Operand, by: Callable[[Term], Any]) -> Operand:
    """An argument with each of its terms replaced."""
    if isinstance(operand, Term):
        return by(operand)
    if type(operand) in (tuple, list):
        return type(operand)(replaced(part, by) for part in operand)
    return operand


class NodeFacts(NamedTuple):
    """What a graph knew of one of its nodes.

    Attributes
    ----------
    operation : str
        The name of its row.
    label, stage, owner : str
    first : Term or None
        What its first input was.
    """

    operation: str
    label: str
    stage: str
    owner: str
    first: Term | None


@dataclass
class Program:
    """A straight line of calls.

    Attributes
    ----------
    inputs : list of Input
        What it is given, in the order of its arguments.
    calls : list of Call
        Each uses only inputs, constants, and calls before it.
    results : list of Term
        What the step returns.
    updates : dict of Input to Term
        The new parameters, optimiser states and counts of steps.
    gradients : dict of Input to Term
        For each parameter that has one, its ``grad`` after the step.
    conditions : list of Term
        Truth values that must hold; where one does not, an ordinary step says what is wrong.
    nodes : dict of Term to NodeFacts
        What the graph knows of the results that are the data of its nodes.
    adjoints : dict of Term to Term
        Of gradients, the results that they belong to.
    """

    inputs: list[Input] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[Term] = field(default_factory=list)
    updates: dict[Input, Term] = field(default_factory=dict)
    gradients: dict[Input, Term] = field(default_factory=dict)
    conditions: list[Term] = field(default_factory=list)
    nodes: dict[Term, NodeFacts] = field(default_factory=dict)
    adjoints: dict[Term, Term] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.calls)

    def outputs(self) -> list[Term]:
        """All that it returns: results, updates, gradients, conditions."""
        return [*self.results, *self.updates.values(), *self.gradients.values(), *self.conditions]

    def with_calls(self, calls: list[Call], by: Callable[[Term], Term]) -> Program:
        """The same program with other calls, and what it returns replaced."""
        nodes: dict[Term, NodeFacts] = {}
        for term, node in self.nodes.items():
            nodes.setdefault(by(term), node if node.first is None else node._replace(first=by(node.first)))
        return Program(
            self.inputs,
            calls,
            [by(term) for term in self.results],
            {of: by(term) for of, term in self.updates.items()},
            {of: by(term) for of, term in self.gradients.items()},
            [by(term) for term in self.conditions],
            nodes,
            {by(gradient): by(term) for gradient, term in self.adjoints.items()},
        )


# --- what it means ---------------------------------------------------------------------------------------------------


def numpy_function(name: str) -> Callable[..., Any]:
    """The function of a call's name, such as ``np.add.reduce`` for "add.reduce"."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    function: Any = np
    for part in name.split("."):
        function = getattr(function, part)
    return function  # type: ignore[no-any-return]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "getitem": lambda x, index: x[index],
    "part": lambda parts, i: parts[i],
    "astype": lambda x, dtype: x.astype(dtype) if isinstance(x, (np.ndarray, np.generic)) else np.dtype(dtype).type(x),
}

WEAK: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "negative": lambda x: -x,
    "astype": lambda x, _: float(x),
}
"""What is done with Python numbers in Python."""


def apply(call: Call, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result of a call for these arguments."""
    function = call.opaque or (WEAK[call.function] if call.weak else numpy_function(call.function))
    return function(*args, **kwargs)


def evaluate(
    program: Program, given: Iterable[Any], apply: Callable[[Call, Sequence[Any], Mapping[str, Any]], Any] = apply
) -> dict[Term, Any]:
    """All results of a program for these inputs, one call after the other: what the program means.

    Parameters
    ----------
    program : Program
    given : iterable of arrays
        One for each input.
    apply : callable
        ``apply(call, args, kwargs)``, the result of one call: NumPy's, if not given.

    Returns
    -------
    dict of Term to array
    """
    values: dict[Term, Any] = dict(zip(program.inputs, given, strict=True))

    def value(term: Term) -> Any:
        return term.value if isinstance(term, Constant) else values[term]

    for call in program.calls:
        args = [replaced(operand, value) for operand in call.args]
        kwargs = {name: replaced(operand, value) for name, operand in call.kwargs.items()}
        values[call] = apply(call, args, kwargs)
    return values | {term: term.value for term in program.outputs() if isinstance(term, Constant)}
