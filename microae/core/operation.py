"""``Operation``: a row of the table that the whole project is built on, and how it is applied.

A row has a forward function in plain NumPy, one derivative rule for each differentiable input, and the facts that are
known about it. Everything else is derived from the table: functions, methods, modules, pictures, checks, programs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy import float64, ndarray

from microae.core.arrays import (
    FLOATS,
    Array,
    Traced,
    UntraceableError,
    as_data,
    constant,
    fits_float32,
    frozen,
    is_private,
)
from microae.core.context import Context, current
from microae.core.errors import NoDerivativeError, described, explained, nonfinite, users_line
from microae.core.node import NO_PARAMETERS, Node, new_node

Operand = Any  # what an operation accepts: a Value, a number, an array, nested lists of numbers
Rule = Callable[..., Any]
Text = str | Callable[..., str | None]  # how something is written

TABLE: dict[str, Operation] = {}
"""Every differentiable operation by name."""

FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Every public function of Values by name: the rows of the table and compositions of them."""

FACTS: dict[Callable[..., Any], Facts] = {}
"""What is known about each of them."""

NUMPY: dict[Any, Callable[..., Any]] = {}
"""What stands in for a NumPy function when one of its arguments is a Value."""

_UNKNOWN = -1
_LISTS = frozenset((list, tuple))


class Facts(NamedTuple):
    """What is known about a function beside its values and derivatives, declared with it and read everywhere else.

    The defaults describe a smooth function that is written by its symbol.

    Attributes
    ----------
    symbol : str
        How it is written in pictures.
    public : bool
        Whether it stands in microae's own namespace.
    method : bool
        Whether Values have it as a method of its name.
    activation : str or None
        For an activation function of networks, the name of its Module, such as ``"LeakyReLU"``; the function's own
        name is what the command line and the strategies call it.
    kinks : callable or None
        ``kinks(*inputs, **parameters)``: an array, or a tuple of arrays, that vanish where the function is not
        differentiable.
    notation : str, callable or None
        How it is written with its operands, if its symbol does not say so: a template such as ``"{0} {1} + {2}"``,
        in which ``{symbol}`` may stand too. Parentheses around operands are added where they are needed. Where the
        parameters matter, ``notation(operands, parameters)`` returns the template, or ``None`` for the default; the
        operands are texts, and ``parameters["elements"]`` is how many elements of the first input make one of the
        result, where it is known.
    derivatives : tuple of str or callable, or None
        Templates for its derivative by each input, the last for all that follow; ``{out}`` is the result. An empty
        one says that nothing flows to that input. One that is no factor says what is done to the gradient ``{g}`` of
        the result, as ``"{g}ᵀ"``.
    hint : callable or None
        ``hint(names, shapes)``: what may have been meant when its operands, of these labels and shapes, do not fit.
    definition : callable or None
        The branch-free textbook form of a forward function that is written otherwise for speed.
    symmetric : bool
        Whether it is a function of symmetric matrices, of which NumPy reads one triangle: its derivative is shared
        equally by both.
    """

    symbol: str = ""
    public: bool = True
    method: bool = True
    activation: str | None = None
    kinks: Callable[..., Any] | None = None
    notation: Text | None = None
    derivatives: tuple[Text, ...] | None = None
    hint: Callable[..., str] | None = None
    definition: Callable[..., Any] | None = None
    symmetric: bool = False


class Operation:
    """One row of the table: a forward function in plain NumPy and one derivative rule per differentiable input.

    ``vjps[i](g, out, *inputs, **parameters)`` is the vector-Jacobian product for input ``i``: the gradient ``g`` of
    something by the output goes in, the gradient by that input comes out. A rule may leave a broadcast undone, the
    engine sums it; an entry ``None`` says that nothing flows to that input. Parameters (an axis, an index) are the
    arguments after the inputs. Rules are written in NumPy and operators only, so the same rule runs on arrays and,
    for higher derivatives, on Values.

    Attributes
    ----------
    name : str
        The name in the table, NumPy's where there is one.
    forward : callable
        ``forward(*arrays, **parameters)``, returning one new float array; never changes its inputs.
    facts : Facts
        What else is known about it.
    shared_input_vjps : tuple of int and rules, or None
        For a row where input ``i`` is a function of another input, which carries its gradient too: ``i``, and the
        rules to use when the gradient by that input itself is asked for.

    Examples
    --------
    >>> import microae as ma
    >>> ma.multiply.name, ma.multiply.symbol, ma.multiply(ma.Value(2.0), 3.0)
    ('multiply', '×', Value(6., operation=multiply))
    >>> by_x, by_y = ma.multiply.vjps
    >>> by_x(1.0, 6.0, 2.0, 3.0)  # g = 1, out = 6, x = 2, y = 3
    3.0
    """

    def __init__(self, forward: Callable[..., Any], name: str, facts: Facts) -> None:
        self.forward = self.__wrapped__ = forward
        self.name = self.__name__ = name
        self.facts = facts
        self.__doc__ = forward.__doc__
        self._vjps: Sequence[Rule | None] = ()
        self.arity: int | None = _UNKNOWN  # None: as many inputs as are given
        self.shared_input_vjps: tuple[int, Sequence[Rule | None]] | None = None
        code = forward.__code__
        self.parameters: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.positional = code.co_argcount

    @property
    def symbol(self) -> str:
        """How the operation is written in pictures."""
        return self.facts.symbol

    @property
    def vjps(self) -> Sequence[Rule | None]:
        """One vector-Jacobian product per input."""
        return self._vjps

    @vjps.setter
    def vjps(self, rules: Sequence[Rule | None] | Variadic) -> None:
        if not isinstance(rules, Sequence):
            raise TypeError(f"{self.name}: vjps must be a tuple with one rule per input, got {rules!r}")
        self._vjps = rules
        self.arity = None if isinstance(rules, Variadic) else len(rules)

    def __call__(self, *operands: Operand, **parameters: Any) -> Any:
        """Run the operation. With a Value among the operands the result is a new node, else a plain array."""
        if len(operands) != self.arity and self.arity is not None:
            operands, parameters = self._bind(operands, parameters)
        kind: Any = None
        inputs: Any = []
        arguments: Any = []
        for x in operands:
            if isinstance(x, Node):
                inputs.append(x)
                arguments.append(x._array)
                if type(x) is not kind and (kind is None or issubclass(type(x), kind)):
                    kind = type(x)
            elif type(x) in _LISTS and joined(x) is not x:
                return self(*map(joined, operands), **parameters)
            else:
                inputs.append(None)
                arguments.append(x if type(x) is float else constant(x, self.name))
        if kind is None:
            arguments = _without_nodes(operands, arguments, self.name)
        inputs, arguments = tuple(inputs), tuple(arguments)
        parameters = {name: _kept(given) for name, given in parameters.items()} if parameters else NO_PARAMETERS
        try:
            data = self.forward(*arguments, **parameters) if parameters else self.forward(*arguments)
        except UntraceableError:
            data = current().trace.opaque(self.name, self.forward, arguments, parameters)
        except NoDerivativeError:
            raise
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError) as error:
            raise explained(error, self, inputs, arguments, parameters) from error
        if kind is None:
            return data
        if type(data) is not float64 and not (type(data) is ndarray and data.ndim and data.dtype in FLOATS):
            data = _as_floats(data, self.name)
        context = current()
        if not context.plain:
            return _watched_node(context, kind, data, self, inputs, arguments, parameters)
        return new_node(kind, data, context.provenance, self, inputs, arguments, parameters)

    def _bind(self, arguments: tuple[Any, ...], parameters: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort positional and keyword arguments into inputs and parameters, as the forward's signature says."""
        assert self.arity is not None
        if self.arity == _UNKNOWN:
            raise TypeError(f"{self.name}: has no derivative rules yet; set {self.name}.vjps = (rule, ...)")
        if len(arguments) > self.positional:
            by_name = " and ".join(f"{name}=" for name in self.parameters[self.positional :])
            raise TypeError(
                f"{self.name}: takes at most {self.positional} arguments by position, got {len(arguments)}"
                + (f"; give {by_name} by name" if by_name else "")
            )
        bound = dict(zip(self.parameters, arguments, strict=False))
        for name, given in parameters.items():
            if name in bound:
                raise TypeError(f"{self.name}: {name!r} is given twice, by position and by name")
            bound[name] = given
        missing = [name for name in self.parameters[: self.arity] if name not in bound]
        if missing:
            raise TypeError(f"{self.name}: {' and '.join(map(repr, missing))} not given")
        inputs = tuple(bound.pop(name) for name in self.parameters[: self.arity])
        return inputs, bound

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _row, (self.name,)


def _row(name: str) -> Operation:
    """What a pickled row comes back as: the one of that name."""
    if name not in TABLE:
        raise LookupError(f"the row {name!r} that was pickled is not in the table; import what declares it first")
    return TABLE[name]


class Variadic(Sequence[Any]):
    """The rules of an operation with any number of inputs: ``rule(i, g, out, *inputs, **parameters)``.

    Parameters
    ----------
    rule : callable
        The rule of input ``i``, which stands before the arguments of other rules.

    Examples
    --------
    >>> import microae as ma
    >>> @ma.operation(symbol="Σ")
    ... def total(*numbers):
    ...     return sum(numbers)
    >>> total.vjps = ma.Variadic(lambda i, g, out, *numbers: g)
    >>> x, y = ma.Value(1.0), ma.Value(2.0)
    >>> ma.gradients(total(x, y, x), [x, y])
    [2.0, 1.0]
    >>> ma.operations.remove("total")
    """

    def __init__(self, rule: Callable[..., Any]) -> None:
        self.rule = rule

    def __getitem__(self, i: Any) -> Any:
        return lambda *arguments, **parameters: self.rule(i, *arguments, **parameters)

    def __len__(self) -> int:
        return sys.maxsize


# --- applying a row ----------------------------------------------------------------------------------------------


def joined(x: Operand) -> Operand:
    """A list with Values in it, or lists of them, as one Value; anything else as it is.

    Examples
    --------
    >>> from microae import Value
    >>> from microae.core.operation import joined
    >>> joined([Value(1.0), 2.0]), joined([1.0, 2.0])
    (Value([1., 2.], operation=concatenate), [1.0, 2.0])
    """
    if type(x) not in _LISTS:
        return x
    parts = [joined(part) for part in x]
    return FUNCTIONS["stack"](parts) if any(isinstance(part, Node) for part in parts) else x


def _without_nodes(operands: Sequence[Operand], arguments: list[Array], user: str) -> list[Array]:
    """Operands of which none is a Value: short integers become float64, and numbers alone are not weak."""
    arguments = [as_data(x, user) if fits_float32(x) else a for x, a in zip(operands, arguments, strict=True)]
    return [float64(a) for a in arguments] if all(type(a) is float for a in arguments) else arguments


def _kept(parameter: Any) -> Any:
    """A parameter as a node keeps it: never an array that someone may still change."""
    return frozen(parameter) if isinstance(parameter, ndarray) and not is_private(parameter) else parameter


def _as_floats(data: Any, user: str) -> Array:
    """The less common results of a forward function: numbers, arrays without dimensions, other dtypes."""
    data = data if isinstance(data, (Traced, Node)) else np.asarray(data)
    if isinstance(data, Node) or data.dtype.kind != "f":
        got = f"a Value: {user}.vjps lacks the rule of an input" if isinstance(data, Node) else str(data.dtype)
        raise TypeError(f"{user}: the forward function returned {got}; it must return floats")
    return data if data.ndim else data[()]


def _watched_node(
    context: Context,
    kind: type[Node],
    data: Array,
    row: Operation,
    inputs: tuple[Node | None, ...],
    arguments: tuple[Array, ...],
    parameters: dict[str, Any],
) -> Node:
    """Make a node while no graph is built, anomalies are looked for, or a step is recorded or compiled."""
    provenance = context.provenance
    if context.anomaly:
        provenance = provenance._replace(line=users_line())
        if not np.isfinite(data).all():
            raise FloatingPointError(
                f"{row.name}: the result has {nonfinite(data)} at {provenance.line}\n"
                f"  {row.name}({described(inputs, arguments, parameters)})"
            )
    if context.grad_enabled:
        node = new_node(kind, data, provenance, row, inputs, arguments, parameters)
    else:
        node = new_node(kind, data, provenance)
    if context.recorder is not None:
        context.recorder.nodes.append(node)
    if context.trace is not None:
        context.trace.note(node, row, inputs)
    return node
