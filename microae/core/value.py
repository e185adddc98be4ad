"""``Value``: a number or an array that remembers how it was computed; and ``Operation``: one row of the table.

Every operation on a Value makes a new Value, a node, that keeps the operation, the Values it came from and the
arrays the operation saw. There are no closures: a node is plain data that can be printed, drawn, differentiated.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, float64, ndarray

from microae import views
from microae.core.arrays import FLOAT32, FLOAT64, Array, Tracked, as_data, constant, fits_float32, frozen
from microae.core.context import Context, Place, current
from microae.core.errors import described, explained, nonfinite, users_line
from microae.core.numpy_protocol import as_numpy_reads, unsupported, unsupported_argument, unsupported_method

Operand = Any  # what an operation accepts: a Value, a number, an array, nested lists of numbers
Rule = Callable[..., Any]

TABLE: dict[str, Operation] = {}
"""Every differentiable operation by name: the table that the whole project is built on."""

FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Every function that Values offer as a method, by name: the rows of the table, compositions of them, ``backward``."""

NUMPY: dict[Any, Callable[..., Any]] = {}
"""What stands in for a NumPy function when one of its arguments is a Value."""

PLAIN: set[Any] = set()
"""NumPy functions without a derivative whose plain result is safe to hand out (comparisons, argmax, ...)."""

_LEAF = Place()
_NO_PARAMETERS: dict[str, Any] = {}
_UNKNOWN = -1
_new = object.__new__


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
    symbol : str
        How the operation is written in pictures.
    forward : callable
        ``forward(*arrays, **parameters)``, returning one new float array; never changes its inputs.
    selects : bool
        For a row that drops elements of its inputs: a NaN among those dropped must not come back in a gradient.
    apart : tuple of int and rules, or None
        For a row where input ``i`` is a function of another input, which carries its gradient too: ``i``, and the
        rules to use when the gradient by that input itself is asked for.
    """

    def __init__(self, forward: Callable[..., Any], name: str, symbol: str) -> None:
        self.forward = self.__wrapped__ = forward
        self.name = self.__name__ = name
        self.symbol = symbol
        self.__doc__ = forward.__doc__
        self._vjps: Sequence[Rule | None] = ()
        self.arity: int | None = _UNKNOWN  # None: as many inputs as are given
        self.apart: tuple[int, Sequence[Rule | None]] | None = None
        self.selects = False
        self.silent = False  # to some input nothing flows
        self.is_pair = False  # two inputs, both differentiable, no parameters: the operators' kind
        code = forward.__code__
        self.parameters: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.positional = code.co_argcount

    @property
    def vjps(self) -> Sequence[Rule | None]:
        """One vector-Jacobian product per input."""
        return self._vjps

    @vjps.setter
    def vjps(self, rules: Sequence[Rule | None] | Variadic) -> None:
        if not isinstance(rules, Sequence):
            raise TypeError(f"{self.name}: vjps must be a tuple with one rule per input, got {rules!r}")
        self._vjps = rules
        if isinstance(rules, Variadic):
            self.arity = None
        else:
            self.arity = len(rules)
            self.silent = None in rules
            self.is_pair = len(rules) == len(self.parameters) == 2 and None not in rules

    def __call__(self, *operands: Operand, **parameters: Any) -> Any:
        """Run the operation. With a Value among the operands the result is a new node, else a plain array."""
        if len(operands) != self.arity and self.arity is not None:
            operands, parameters = self._bind(operands, parameters)
        inputs: Any = []
        arguments: Any = []
        if len(operands) == 1 and type(operands[0]) is Value:  # an activation: the usual row of one input
            inputs, arguments = operands, (operands[0]._data,)
            operands[0]._consumers += 1
        else:
            tracked = False
            for x in operands:
                if type(x) is Value:
                    inputs.append(x)
                    arguments.append(x._data)
                    x._consumers += 1
                    tracked = True
                else:
                    inputs.append(None)
                    arguments.append(constant(x, self.name))
            if not tracked:
                inputs.clear()
                if all(type(a) is float for a in arguments):
                    arguments = [float64(a) for a in arguments]  # only beside an array do Python numbers stay weak
            inputs, arguments = tuple(inputs), tuple(arguments)
        if parameters:
            for name, given in parameters.items():
                if type(given) is ndarray and given.flags.writeable:
                    parameters = {**parameters, name: frozen(given)}
        try:
            data = self.forward(*arguments, **parameters) if parameters else self.forward(*arguments)
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError) as error:
            raise explained(error, self, inputs or [None] * len(arguments), arguments, parameters) from error
        if not inputs:
            return data
        return _node(data, self, inputs, arguments, parameters)

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
        return TABLE.__getitem__, (self.name,)


class Variadic(Sequence[Any]):
    """The rules of an operation with any number of inputs: ``rule(i, g, out, *inputs, **parameters)``."""

    def __init__(self, rule: Callable[..., Any]) -> None:
        self.rule = rule

    def __getitem__(self, i: Any) -> Any:
        return lambda *arguments, **parameters: self.rule(i, *arguments, **parameters)

    def __len__(self) -> int:
        return sys.maxsize


def operation(
    *numpy_functions: Any, symbol: str | None = None, name: str | None = None
) -> Callable[[Callable[..., Any]], Operation]:
    """Add a row to the table; your own operation is made in the same way as the library's.

    Parameters
    ----------
    *numpy_functions
        The NumPy functions that this row answers when an argument is a Value.
    symbol, name
        How it is written in pictures; its name in the table (by default the function's own).

    Raises
    ------
    ValueError
        If the table already has a row of that name.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> @ma.operation(symbol="x³")
    ... def cube(x):
    ...     return x * x * x
    >>> cube.vjps = (lambda g, out, x: g * 3 * x**2,)
    >>> x = ma.Value(2.0)
    >>> ma.gradients(cube(x), [x])
    [12.0]
    >>> del ma.operations.TABLE["cube"], ma.operations.FUNCTIONS["cube"]
    """

    def register(forward: Callable[..., Any]) -> Operation:
        row = Operation(forward, name or forward.__name__, symbol or name or forward.__name__)
        if row.name in TABLE:
            raise ValueError(f"the table already has an operation {row.name!r}; give yours another name=")
        TABLE[row.name] = row
        FUNCTIONS.setdefault(row.name, row)
        for function in numpy_functions:
            NUMPY[function] = row
        return row

    return register


def function(*numpy_functions: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a composition of rows public, and the stand-in for the NumPy functions given."""

    def register(composition: Callable[..., Any]) -> Any:
        FUNCTIONS[composition.__name__] = composition
        for numpy_function in numpy_functions:
            NUMPY[numpy_function] = composition
        return composition

    return register


# --- applying an operation -------------------------------------------------------------------------------------


def _binary(operation: Operation, x: Operand, y: Operand) -> Any:
    """An operation on the two operands of a Python operator, one of them a Value: the hot path of scalar graphs."""
    if type(x) is Value:
        left = x._data
        x._consumers += 1
    else:
        left = x if type(x) is float else constant(x, operation.name, True)
        x = None
    if type(y) is Value:
        right = y._data
        y._consumers += 1
    else:
        right = y if type(y) is float else constant(y, operation.name, True)
        y = None
    try:
        data = operation.forward(left, right)
    except (ValueError, TypeError) as error:
        raise explained(error, operation, (x, y), (left, right), {}) from error
    context = current()
    if not context.plain or type(data) is not float64:
        return _node(data, operation, (x, y), (left, right), _NO_PARAMETERS)
    node = _new(Value)
    node._data = data
    node.operation = operation
    node.inputs = (x, y)
    node.arguments = (left, right)
    node.parameters = _NO_PARAMETERS
    node.place = context.place
    node.label = node._grad = None
    node._consumers = 0
    return node


def _node(
    data: Any,
    operation: Operation,
    inputs: tuple[Value | None, ...],
    arguments: tuple[Any, ...],
    parameters: dict[str, Any],
) -> Value:
    if type(data) is not float64 and (
        type(data) is not ndarray or (data.dtype is not FLOAT64 and data.dtype is not FLOAT32) or not data.ndim
    ):
        data = _result(data, operation)
    context = current()
    if not context.plain:
        return _watched_node(context, data, operation, inputs, arguments, parameters)
    node = _new(Value)
    node._data = data
    node.operation = operation
    node.inputs = inputs
    node.arguments = arguments
    node.parameters = parameters
    node.place = context.place
    node.label = node._grad = None
    node._consumers = 0
    return node


def _watched_node(
    context: Context,
    data: Array,
    operation: Operation,
    inputs: tuple[Value | None, ...],
    arguments: tuple[Any, ...],
    parameters: dict[str, Any],
) -> Value:
    """Make a node while gradients are off, anomalies are looked for, or a step is being recorded."""
    place = context.place
    if context.anomaly:
        place = place._replace(line=users_line())
        if not np.isfinite(data).all():
            raise FloatingPointError(
                f"{operation.name}: the result has {nonfinite(data)} at {place.line}\n"
                f"  {operation.name}({described(inputs, arguments, parameters)})"
            )
    node = _new(Value)
    node._data = data
    node.place = place
    node.label = node._grad = None
    node._consumers = 0
    if context.grad_enabled:
        node.operation, node.inputs, node.arguments, node.parameters = operation, inputs, arguments, parameters
    else:
        node.operation, node.inputs, node.arguments, node.parameters = None, (), (), _NO_PARAMETERS
    if context.recorder is not None:
        context.recorder.nodes.append(node)
    return node


def _result(data: Any, operation: Operation) -> Array:
    """The less common results of a forward function: numbers, 0-d arrays, other dtypes."""
    data = np.asarray(data)
    if data.dtype.kind != "f":
        raise TypeError(f"{operation.name}: the forward function returned {data.dtype}, it must return floats")
    return data if data.ndim else data[()]


# --- Value -----------------------------------------------------------------------------------------------------


class Value(Tracked):
    """A float scalar or array that records the operations applied to it.

    Parameters
    ----------
    data : array_like
        Real numbers of any shape. Copied. float32 stays float32; integers, booleans and Python numbers become float64.
    label : str, optional
        A name for pictures and messages.

    Attributes
    ----------
    data : float or numpy.ndarray
        The number itself, or a read-only view of the array. Assigning to it *rebinds* it (same shape): graphs built
        before keep the array they were built with.
    grad : float, numpy.ndarray or None
        What ``backward()`` has accumulated here; only leaves (Values you made yourself) get one.
    operation, inputs, arguments, parameters
        How a node was made: its row of the table (``None`` for a leaf), the Values it came from (``None`` where the
        operand was a constant), the arrays that the operation saw, and its other arguments.

    Raises
    ------
    TypeError, ValueError
        For complex, object, string or ragged data.

    Examples
    --------
    >>> from microae import Value
    >>> a, b = Value(-4.0), Value(2.0)
    >>> c = (a * b + b**3).relu() + 3 * a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-12.0, 3.0, 0.0)
    """

    __slots__ = ("_consumers", "_data", "_grad", "arguments", "inputs", "label", "operation", "parameters", "place")

    _data: Any
    _grad: Any
    _consumers: int  # how many times it has been an operand
    operation: Operation | None
    inputs: tuple[Value | None, ...]
    arguments: tuple[Any, ...]
    parameters: dict[str, Any]
    place: Place
    label: str | None

    def __init__(self, data: Any, label: str | None = None) -> None:
        if label is not None and not isinstance(label, str):
            raise TypeError(f"Value: label must be a string, got {label!r}; a tensor is given as one nested list")
        self._data = as_data(data)
        self.label = label
        self._grad = None
        self._consumers = 0
        self.operation = None
        self.inputs = self.arguments = ()
        self.parameters = _NO_PARAMETERS
        self.place = _LEAF

    # data and shape

    @property
    def data(self) -> Any:
        data = self._data
        if type(data) is float64:
            return float(data)
        if type(data) is ndarray:
            data = data.view()
            data.flags.writeable = False
        return data

    @data.setter
    def data(self, data: Any) -> None:
        if type(data) is float and type(self._data) is float64 and self.operation is None:
            self._data = float64(data)  # the classroom's p.data -= lr * p.grad
            return
        if self.operation is not None:
            raise TypeError(
                f"{self._name()} was computed by {self.operation.name!r}; only a leaf's data can be rebound. "
                "Make a new leaf with v.detach()"
            )
        new = as_data(data, "data")
        if new.shape != self._data.shape:
            raise ValueError(f"{self._name()} has shape {self.shape}; its data cannot be rebound to {new.shape}")
        self._data = new if new.dtype is self._data.dtype else new.astype(self.dtype)

    @property
    def grad(self) -> Any:
        grad = self._grad
        return float(grad) if type(grad) is float64 else grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        if type(grad) is float and type(self._data) is float64:  # the classroom's p.grad = 0.0
            grad = float64(grad)
        elif grad is not None:
            grad = as_data(grad, "grad")
            if grad.shape not in ((), self._data.shape):
                raise ValueError(f"{self._name()} has shape {self.shape}; a gradient of {grad.shape} does not fit")
            if grad.shape != self._data.shape or grad.dtype != self._data.dtype:
                grad = np.full(self.shape, grad, self.dtype)[()]
        self._grad = grad

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes; ``()`` for a scalar."""
        return self._data.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 or float32."""
        return self._data.dtype  # type: ignore[no-any-return]

    @property
    def stage(self) -> str:
        """The stage of the training step that made this node: forward, backward or update."""
        return self.place.stage

    @property
    def owner(self) -> str:
        """The path of the module that made this node, or ``""``."""
        return self.place.owner

    def item(self) -> float:
        """The only element, as a Python float; ``ValueError`` if there is not exactly one."""
        if self.size != 1:
            raise ValueError(f"item: {self._name()} has {self.size} elements (shape {self.shape}), not one")
        return float(self._data.item())

    def numpy(self) -> Any:
        """An independent array with the data, outside the graph; yours to change."""
        return np.array(self._data)

    def detach(self) -> Value:
        """A new leaf with the same data: no gradient flows through it to what made this Value."""
        return Value(self._data, self.label)

    def backward(self, gradient: Operand = None) -> None:
        """Accumulate into each leaf's ``grad`` the gradient of this Value by that leaf.

        Parameters
        ----------
        gradient : array_like, optional
            The seed, of this Value's shape; needed when it is not a scalar.

        Raises
        ------
        ValueError
            Without a seed for a non-scalar, or with one of another shape.
        """
        FUNCTIONS["backward"](self, gradient)

    # words

    def _name(self) -> str:
        return f"Value {self.label!r}" if self.label else "a Value"

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._data), precision=6, separator=", ", threshold=20, prefix="Value(")
        extra = f", shape={self.shape}" if self.size > 20 or (not self.size and self.ndim > 1) else ""
        extra += "" if self.dtype == float64 else f", dtype={self.dtype}"
        extra += f", label={self.label!r}" if self.label else ""
        extra += f", operation={self.operation.name}" if self.operation is not None else ""
        return f"Value({text}{extra})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """What a notebook shows: the graph of a node, the words of a leaf."""
        return views.maker("display")(self)  # type: ignore[no-any-return]

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        return format(self.item(), spec)

    # refusing to leave the graph silently

    def _leaves_the_graph(self, how: str, fix: str) -> TypeError:
        return TypeError(f"{how} on {self._name()} of shape {self.shape} would silently lose its graph; {fix}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if current().grad_enabled:
            raise self._leaves_the_graph(
                "making a NumPy array", "use v.data or v.numpy(), or np.stack / ma.stack to join Values"
            )
        return np.array(self._data, dtype=dtype)

    def __float__(self) -> float:
        if current().grad_enabled:
            raise self._leaves_the_graph("float()", "use v.item(), or a NumPy function in place of one from math")
        return self.item()

    def __int__(self) -> int:
        raise self._leaves_the_graph("int()", "use int(v.item())")

    def __complex__(self) -> complex:
        raise self._leaves_the_graph("complex()", "use complex(v.item())")

    def __index__(self) -> int:
        raise TypeError(f"{self._name()} cannot be an index: it is a float; use int(v.item())")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a Value's data is never changed in place; use ma.where(condition, new, v), build the pieces and "
            "np.concatenate them, or rebind a leaf with v.data = array"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        if self.operation is not None:
            raise TypeError(f"only leaves can be copied or pickled, {self._name()} is a node; use v.detach() first")
        return Value, (np.asarray(self._data), self.label)

    # comparisons are plain

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return self._data == _plain(other)

    def __ne__(self, other: object) -> Any:
        return self._data != _plain(other)

    def __lt__(self, other: Operand) -> Any:
        return self._data < _plain(other)

    def __le__(self, other: Operand) -> Any:
        return self._data <= _plain(other)

    def __gt__(self, other: Operand) -> Any:
        return self._data > _plain(other)

    def __ge__(self, other: Operand) -> Any:
        return self._data >= _plain(other)

    def __bool__(self) -> bool:
        return bool(self._data)

    def __round__(self, digits: int = 0) -> Any:
        return np.round(self._data, digits)

    # sequences

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError(f"len(): {self._name()} is a scalar")
        return self.shape[0]

    def __iter__(self) -> Iterator[Value]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Value:
        return TABLE["getitem"](self, index=frozen(index))  # type: ignore[no-any-return]

    # arithmetic

    def __add__(self, other: Operand) -> Value:
        return _binary(TABLE["add"], self, other)  # type: ignore[no-any-return]

    def __radd__(self, other: Operand) -> Value:
        return _binary(TABLE["add"], other, self)  # type: ignore[no-any-return]

    def __sub__(self, other: Operand) -> Value:
        return _binary(TABLE["subtract"], self, other)  # type: ignore[no-any-return]

    def __rsub__(self, other: Operand) -> Value:
        return _binary(TABLE["subtract"], other, self)  # type: ignore[no-any-return]

    def __mul__(self, other: Operand) -> Value:
        return _binary(TABLE["multiply"], self, other)  # type: ignore[no-any-return]

    def __rmul__(self, other: Operand) -> Value:
        return _binary(TABLE["multiply"], other, self)  # type: ignore[no-any-return]

    def __truediv__(self, other: Operand) -> Value:
        return _binary(TABLE["divide"], self, other)  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Operand) -> Value:
        return _binary(TABLE["divide"], other, self)  # type: ignore[no-any-return]

    def __pow__(self, other: Operand) -> Value:
        return _binary(TABLE["power"], self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: Operand) -> Value:
        return _binary(TABLE["power"], other, self)  # type: ignore[no-any-return]

    def __matmul__(self, other: Operand) -> Value:
        return _binary(TABLE["matmul"], self, other)  # type: ignore[no-any-return]

    def __rmatmul__(self, other: Operand) -> Value:
        return _binary(TABLE["matmul"], other, self)  # type: ignore[no-any-return]

    def __neg__(self) -> Value:
        return TABLE["negative"](self)  # type: ignore[no-any-return]

    def __pos__(self) -> Value:
        return TABLE["positive"](self)  # type: ignore[no-any-return]

    def __abs__(self) -> Value:
        return TABLE["absolute"](self)  # type: ignore[no-any-return]

    @property
    def T(self) -> Value:
        """The Value with its axes reversed."""
        return self.transpose()

    def reshape(self, *shape: Any, **parameters: Any) -> Value:
        """The same elements in another shape; one length may be -1."""
        given = shape[0] if len(shape) == 1 else shape
        return FUNCTIONS["reshape"](self, given, **parameters)  # type: ignore[no-any-return]

    def transpose(self, *axes: Any) -> Value:
        """The axes in another order; reversed by default."""
        given = axes[0] if len(axes) == 1 else (axes or None)
        return FUNCTIONS["transpose"](self, given)  # type: ignore[no-any-return]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    # NumPy's protocols: np.f(value) finds the table

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **parameters: Any) -> Any:
        if method != "__call__":
            raise unsupported_method(ufunc, method)
        if ufunc in PLAIN:
            if any(isinstance(out, Value) for out in parameters.get("out", ())):
                raise unsupported_argument(ufunc, "out")
            return ufunc(*map(_plain, inputs), **parameters)
        known = NUMPY.get(ufunc)
        if known is None:
            raise unsupported(ufunc, FUNCTIONS)
        if parameters:
            raise unsupported_argument(ufunc, next(iter(parameters)))
        return known(*(x.astype(float32) if fits_float32(x) else x for x in inputs))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        known = NUMPY.get(func)
        if known is not None:
            args, kwargs = as_numpy_reads(func, known, args, kwargs)
            return known(*args, **kwargs)
        if func in PLAIN:
            return func(*_plain(args), **{name: _plain(given) for name, given in kwargs.items()})
        raise unsupported(func, FUNCTIONS)


def _plain(data: Any) -> Any:
    """The data of Values, read-only, also inside tuples and lists, for functions that have no derivative."""
    if type(data) is Value:
        return data.data
    if isinstance(data, (tuple, list)):
        return type(data)(map(_plain, data))
    return data


def _method(name: str) -> Callable[..., Value]:
    def method(self: Value, *args: Any, **kwargs: Any) -> Any:
        return FUNCTIONS[name](self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = f"``microae.{name}`` of this Value."
    return method


# The functions that NumPy's arrays and the classroom have as methods too.
_METHODS = """
sum mean prod max min var std cumsum cumprod ravel squeeze swapaxes repeat take diagonal trace clip dot astype
exp log tanh sqrt relu sigmoid softmax log_softmax
"""
for _name in _METHODS.split():
    setattr(Value, _name, _method(_name))
