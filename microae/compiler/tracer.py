"""``Tracer``: an array-like that computes with real numbers and notes each array function it meets.

It stands in ``Value._array`` while an ordinary step runs, beneath the Values: so forward functions, derivative rules
and optimisers are noted as the NumPy calls they make. It is not an ndarray, for what would take its numbers out
silently (``np.asarray``, ``float``, ``if``) must raise, with the line that did it, not bake them into the program.
"""

from __future__ import annotations

import array
import operator
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from microae.compiler.errors import UnmetError
from microae.compiler.program import WEAK, Call, Constant, Input, NodeFacts, Term
from microae.compiler.refusals import A_TEXT, AFTERWARDS, INSTEAD, PLAIN, operations_call, refused, users_line_in_step
from microae.core.arrays import Traced, UntraceableError
from microae.core.context import current
from microae.core.errors import NOT_THE_USERS
from microae.core.node import Node, next_serial
from microae.core.operation import NUMPY, TABLE

_READ_ONLY = SimpleNamespace(writeable=False, c_contiguous=True, f_contiguous=False)
_SHAPES = {np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj}
"""Functions that ask only for what a program fixes."""
_OF_DATA = {np.compress, np.delete, np.extract, np.insert, np.repeat, np.where}
"""Functions that also Values have, whose result has a shape that may depend on the numbers."""
_LIKE = {np.zeros_like, np.ones_like, np.empty_like}
_USUAL = {"dtype": None, "out": None, "keepdims": False, "where": True}
"""Arguments that say nothing."""
_PYTHON = (bool, int, float)


class Trace:
    """The calls of a step in the order in which they are made.

    Attributes
    ----------
    calls : list of Call
    conditions : list of Term
        Truth values that the step asked for, and found true.
    nodes : dict of Term to Node
        The node of the graph that a result is the data of.
    gradients : dict of Term to Term
        What the result that a gradient belongs to is.
    inputs : list of Input
        In the order in which they were made.
    strangers : list
        Leaves, and optimisers, that were there before the trace but were not known to it.
    refusals : list of (int, UntraceableError)
        What was raised because no program says it, also where somebody has caught it; and in which operation's call.
    handles_errors : bool
        Whether the step may ask NumPy to raise floating-point errors, which a program does not.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.conditions: list[Term] = []
        self.nodes: dict[Term, Node] = {}
        self.gradients: dict[Term, Term] = {}
        self.inputs: list[Input] = []
        self.strangers: list[Any] = []
        self.refusals: list[tuple[int, UntraceableError]] = []
        self.handles_errors = False
        self.start = next_serial()

    def input(self, kind: str, data: Any, name: str) -> Tracer:
        """A tracer of something that the program will be given."""
        weak = type(data) in _PYTHON
        dtype = np.asarray(data).dtype
        term = Input(kind, np.shape(data), dtype, weak, name)
        self.inputs.append(term)
        return Tracer(self.start, data, term)

    def call(self, function: str, args: Sequence[Any], kwargs: dict[str, Any], result: Any, **facts: Any) -> Tracer:
        """Note a call; the tracer of its result."""
        if self.handles_errors and not {"ignore", "warn"}.issuperset(np.geterr().values()):
            raise refused("np.errstate asks for floating-point errors", "look at what the step returns instead")
        terms = [self.term(operand) for operand in args]
        named = {name: self.term(operand) for name, operand in kwargs.items()} if kwargs else {}
        call = Call(function, terms, named, result, provenance=current().provenance, line=users_line_in_step(), **facts)
        self.calls.append(call)
        return Tracer(self.start, result, call)

    def term(self, operand: Any) -> Any:
        """An argument as a program keeps it."""
        if type(operand) is Tracer:
            if operand.start != self.start:
                raise UntraceableError(
                    f"{users_line_in_step()}: an array of an earlier trace is used; hold what lives from step to step, "
                    "such as a running mean, in a ma.Value, and set its data"
                )
            return operand.term
        if isinstance(operand, (tuple, list)):
            return (tuple if isinstance(operand, tuple) else list)(self.term(part) for part in operand)
        if not isinstance(operand, (np.ndarray, np.generic)):
            return plain(operand)
        if operand.size > 1 and operand.dtype.kind == "f" and _is_one_number(operand):
            call = Call(
                "broadcast_to",
                [Constant(operand.flat[0], line := users_line_in_step()), operand.shape],
                {},
                operand,
                line=line,
            )
            self.calls.append(call)  # the same number everywhere, such as the gradient of a mean
            return call
        return Constant(np.array(operand)[()], users_line_in_step())

    def opaque(self, name: str, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Tracer:
        """Note a call of a function that cannot be looked into, as a whole: what it refused is forgotten."""
        while self.refusals and self.refusals[-1][0] == operations_call():
            del self.refusals[-1]
        result = function(*map(concrete, args), **{name: concrete(given) for name, given in kwargs.items()})
        if function.__module__.startswith("microae."):  # a user's may have side effects, so is run once
            _refuse_other_shapes(name, function, args, kwargs, result)
        if function is TABLE["getitem"].forward:  # of a plain array, which a traced index alone does not reach
            return self.call(name, (*args, *kwargs.values()), {}, result)
        return self.call(name, args, kwargs, result, opaque=function)

    def note(self, node: Node, operation: Any, inputs: Sequence[Any]) -> None:  # noqa: ARG002 (as a watcher is told)
        """Remember which node of the graph has which result, and leaves that are older than the trace."""
        for x in inputs:
            if x is not None and x.operation is None and x.serial < self.start and not isinstance(x._array, Tracer):
                self.strangers.append(x)
        if isinstance(node._array, Tracer):
            self.nodes.setdefault(node._array.term, node)

    def facts(self) -> dict[Term, NodeFacts]:
        """What the nodes say of the results that they hold."""
        facts = {}
        for term, node in self.nodes.items():
            stage, owner, _ = node.provenance
            first = node.inputs[0]._array if node.inputs and node.inputs[0] is not None else None
            operation = node.operation.name if node.operation is not None else ""
            facts[term] = NodeFacts(
                operation, node.label or "", stage, owner, first.term if isinstance(first, Tracer) else None
            )
        return facts

    def note_gradient(self, node: Node, gradient: Any) -> None:
        """Remember of which result something is the gradient."""
        if isinstance(gradient, Tracer) and isinstance(node._array, Tracer):
            self.gradients.setdefault(gradient.term, node._array.term)

    def draws_of(self, rng: np.random.Generator) -> Draws:
        """A stand-in for a generator, whose draws are inputs of the program."""
        return Draws(self, rng)

    def drawn(self, data: Any, draw: Callable[[], Any]) -> Tracer:  # noqa: ARG002 (how to draw again, for a step)
        """A tracer of random numbers."""
        return self.input("draw", data, f"draw{len(self.inputs)}")


class Draws:
    """Stands in for a ``numpy.random.Generator``: what it draws becomes an input of the program."""

    def __init__(self, trace: Trace, rng: np.random.Generator) -> None:
        self._trace = trace
        self._rng = rng

    def __getattr__(self, method: str) -> Callable[..., Tracer]:
        draw = getattr(self._rng, method)

        return lambda *args, **kwargs: self._trace.drawn(draw(*args, **kwargs), lambda: draw(*args, **kwargs))


class Taken:
    """Stands in for an iterator, from which a program would not take: a step that does is refused."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        raise refused(f"{self._path} gives another thing each time", "give it to the step as an argument")


STAND_INS: dict[type, type] = {}
"""Classes that have another in a step, under their names, and which."""


class _Kind(type):
    def __call__(cls, thing: Any, *more: Any, **named: Any) -> Any:
        if more or named:
            return type(thing, *more, **named)
        kind = type(thing.numbers) if type(thing) is Tracer else type(thing)
        return STAND_INS.get(kind, kind)

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, type)


class Kind(type, metaclass=_Kind):
    """Stands in for ``type`` in a step, which of traced numbers is to find what it would find in an ordinary step."""


def plain(operand: Any) -> Any:
    """A number or text as Python's own, whatever class it is of, such as an IntEnum; also in a slice."""
    if type(operand) is slice:
        ends = (operand.start, operand.stop, operand.step)
        return slice(*(end if end is None else operator.index(end) for end in ends))
    for kind, exact in _EXACT.items():
        if isinstance(operand, kind):
            return operand if type(operand) is bool else exact(operand)
    return operand


_EXACT: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
}
"""How Python says what a number or text is, which a class of its own may say otherwise."""


def _is_one_number(array: Any) -> bool:
    """Whether all elements are the very same: 0.0 is not -0.0."""
    first = array.flat[0]
    return bool((array == first).all()) and bool((np.signbit(array) == np.signbit(first)).all())


def concrete(data: Any) -> Any:
    """The numbers of tracers, also inside tuples and lists."""
    if type(data) is Tracer:  # isinstance would ask its class, which is slow
        return data.numbers
    if type(data) in (tuple, list):
        return type(data)(map(concrete, data))
    return data


class Tracer(Traced, NDArrayOperatorsMixin):
    """Numbers, and the term of the program that they are; its ``start`` says of which trace, which must run."""

    __slots__ = ("numbers", "start", "term")
    __array_priority__ = 100
    base = None

    def __init__(self, start: int, data: Any, term: Term) -> None:
        self.start = start
        self.numbers = data
        self.term = term

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What ``isinstance`` in the step finds: what it would find in an ordinary step."""
        asks = sys._getframe(1).f_code.co_filename
        return Tracer if asks.startswith(NOT_THE_USERS) else type(self.numbers)

    def __getattr__(self, name: str) -> Any:
        if not hasattr(np.ndarray, name) or (name.startswith("__") and not _asked_by_the_user()):
            raise AttributeError(f"an array has no attribute {name!r}")
        if name.startswith("__array_"):  # by NumPy, which is given the array among plain ones
            raise refused(*PLAIN)
        raise refused(f".{name} of a traced array is asked for", INSTEAD.get(name, AFTERWARDS))

    @property
    def flags(self) -> Any:
        if not _asked_by_the_user():
            return _READ_ONLY
        raise refused(".flags of a traced array is asked for", AFTERWARDS)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.term.shape

    @property
    def itemsize(self) -> int:
        return int(self.term.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def ndim(self) -> int:
        return len(self.term.shape)

    @property
    def size(self) -> int:
        return self.term.size

    @property
    def dtype(self) -> Any:
        return self.term.dtype

    @property
    def is_weak(self) -> bool:
        return self.term.weak

    def weakened(self) -> Tracer:
        """A float64 number without dimensions as Python's."""
        if type(self.numbers) is not np.float64:
            return self
        return _present().call("astype", (self, self.dtype), {}, float(self.numbers), weak=True)

    def required(self, condition: Tracer) -> bool:
        """A question whose answer yes is part of the program; where it is no, an ordinary step is taken."""
        if not condition.numbers:
            raise UnmetError
        _present().conditions.append(condition.term)
        return True

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        if any(type(x) is not Tracer and isinstance(x, Node) for x in inputs):
            return NotImplemented
        if (out is not None and any(x is not None for x in out)) or method == "at":
            raise refused(f"np.{ufunc.__name__} writes into an array in place", "use its result")
        if ufunc not in (getattr(np, ufunc.__name__, None),):  # of another library, whatever its name
            function = getattr(ufunc, method)
            return _present().call(
                ufunc.__name__, inputs, kwargs, self._whole(function, inputs, kwargs), opaque=function
            )
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        if method == "__call__" and not kwargs and name in WEAK and all(map(_is_weak, inputs)):
            return _present().call(name, inputs, {}, WEAK[name](*map(concrete, inputs)), weak=True)
        result = self._whole(getattr(ufunc, method), inputs, kwargs)
        return self._noted(name, inputs, kwargs, result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(issubclass(kind, Node) for kind in types):
            return NotImplemented
        name = f"{func.__module__}.{func.__name__}".removeprefix("numpy.")
        if kwargs.get("out") is not None:
            raise refused(f"np.{name} writes into an array in place", "use its result")
        result = self._whole(func, args, kwargs)
        if func in _SHAPES or func in _LIKE:
            return result
        if isinstance(result, (str, np.dtype)):
            raise refused(f"np.{name} says something of traced numbers", "return them from the step instead")
        if result is None:
            raise refused(f"np.{name} changes an array in place", "use a function that returns a new one")
        if func not in NUMPY or (func in _OF_DATA and not (func is np.where and len(args) == 3)):
            _refuse_other_shapes(f"np.{name}", func, args, kwargs, result)
        return self._noted(name, args, kwargs, result)

    def _whole(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """What a function returns for the numbers."""
        if not kwargs:
            return function(*map(concrete, args))
        return function(*map(concrete, args), **{name: concrete(given) for name, given in kwargs.items()})

    def _noted(self, name: str, args: Sequence[Any], kwargs: dict[str, Any], result: Any) -> Any:
        if kwargs:
            kwargs = {word: given for word, given in kwargs.items() if not (word in _USUAL and given is _USUAL[word])}
        if not isinstance(result, (tuple, list)):
            return _present().call(name, args, kwargs, result)
        whole = _present().call(name, args, kwargs, 0.0)
        parts = [_present().call("part", (whole, i), {}, part) for i, part in enumerate(result)]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)

    # what arrays have as methods

    def astype(self, dtype: Any, *_args: Any, **_kwargs: Any) -> Tracer:
        if np.dtype(dtype) == self.dtype and not self.term.weak:
            return self
        result = np.asarray(self.numbers).astype(dtype)[()]
        return _present().call("astype", (self, np.dtype(dtype)), {}, result)

    def reshape(self, *shape: Any, **kwargs: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **kwargs)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, axes[0] if len(axes) == 1 else (axes or None))

    @property
    def T(self) -> Any:
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        return np.swapaxes(self, -1, -2)

    @property
    def real(self) -> Any:
        return np.real(self) if self.dtype.kind == "c" else self

    @property
    def imag(self) -> Any:
        return np.imag(self)

    def conjugate(self) -> Any:
        return np.conjugate(self) if self.dtype.kind == "c" else self

    conj = conjugate

    def flatten(self, order: Any = "C") -> Any:
        return np.ravel(self, order)

    def compress(self, condition: Any, axis: Any = None) -> Any:
        return np.compress(condition, self, axis)

    def copy(self, *args: Any) -> Tracer:  # noqa: ARG002 (an array's)
        return self

    __copy__ = __deepcopy__ = copy

    def __getitem__(self, index: Any) -> Tracer:
        if type(index) is tuple and not index and not self.ndim:
            return self
        if any(
            isinstance(part, Tracer) and part.dtype == bool for part in (index if type(index) is tuple else (index,))
        ):
            raise refused(
                "the shape of what a traced mask picks depends on its numbers",
                "choose with np.where, count with mask.sum()",
            )
        return _present().call("getitem", (self, index), {}, self.numbers[concrete(index)])

    def __iter__(self) -> Iterator[Tracer]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self.numbers)

    # what would take the numbers out

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if sys._getframe(1).f_code.co_name == "__repr__":  # of a Value that is printed
            raise refused(*A_TEXT)
        raise refused(*PLAIN)

    def __bool__(self) -> bool:
        raise refused("Python asks for the truth of traced numbers", "choose with np.where")

    def __float__(self) -> float:
        raise refused("a Python number is made of a traced array", "return it from the step instead")

    __int__ = __complex__ = __float__

    def __index__(self) -> int:
        raise refused(
            "Python picks or counts by a traced number",
            "write ma.take(table, i, axis=0) for table[i], and pass what counts as a Python number",
        )

    def item(self, *args: Any) -> float:  # noqa: ARG002
        return float(self)

    tolist = tobytes = item

    def __mul__(self, other: Any) -> Any:
        return super().__mul__(self._factor(other))

    def __rmul__(self, other: Any) -> Any:
        return super().__rmul__(self._factor(other))

    def _factor(self, other: Any) -> Any:
        """What a traced array is multiplied by: a list or text would be repeated by a number, which is refused."""
        if not self.ndim and isinstance(other, (list, tuple, str, bytes, bytearray, deque, array.array)):
            raise refused(f"Python repeats a {type(other).__name__} a traced number of times", "pass a Python number")
        return other

    def __hash__(self) -> int:
        raise refused("a traced number is looked up by Python", "choose with ma.take or np.where")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise refused("a traced array is written into", "make a new one, as with np.where")

    def __round__(self, digits: int | None = None) -> float:
        raise refused("Python rounds traced numbers", "round with np.round")

    def __repr__(self) -> str:
        if current().trace is not None and _asked_by_the_user():
            raise refused(*A_TEXT)
        return f"<traced {self.dtype} array of shape {self.shape}>"

    def __format__(self, spec: str) -> str:
        if _asked_by_the_user():
            raise refused(*A_TEXT)
        return repr(self)


def _refuse_other_shapes(name: str, function: Any, args: Sequence[Any], kwargs: dict[str, Any], result: Any) -> None:
    """Refuse a function whose result has another shape or dtype where the traced numbers are others.

    They are tried as zeros, as all different, and as negative.
    """
    for alter in (np.zeros_like, _all_different, _negative):
        given = [_altered(x, alter) for x in args], {word: _altered(x, alter) for word, x in kwargs.items()}
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                other = function(*given[0], **given[1])
        except Exception:  # those numbers are not for it
            continue
        if _of_each(np.shape, other) != _of_each(np.shape, result):
            raise refused(
                f"the shape of the result of {name} depends on traced numbers",
                "choose with np.where, count with mask.sum()",
            )
        if _of_each(np.result_type, other) != _of_each(np.result_type, result):
            raise refused(
                f"the dtype of the result of {name} depends on traced numbers",
                "give it numbers of the dtype that its result may need",
            )


def _all_different(a: Any) -> Any:
    return np.arange(1, np.size(a) + 1).reshape(np.shape(a)).astype(np.result_type(a))


def _negative(a: Any) -> Any:
    return -_all_different(a) if np.result_type(a).kind in "if" else _all_different(a)


def _altered(data: Any, alter: Callable[[Any], Any]) -> Any:
    """Other numbers where there are tracers, also inside tuples and lists."""
    if type(data) is Tracer:
        other = alter(data.numbers)
        return other.item() if type(data.numbers) in _PYTHON else other
    return type(data)(_altered(part, alter) for part in data) if type(data) in (tuple, list) else data


def _of_each(ask: Callable[[Any], Any], result: Any) -> Any:
    """What is asked of a result, or of each of several."""
    return [_of_each(ask, part) for part in result] if isinstance(result, (tuple, list)) else ask(result)


def _present() -> Trace:
    """The trace that runs in this thread."""
    trace: Trace | None = current().trace
    if trace is None:
        raise UntraceableError(
            f"{users_line_in_step()}: a traced array is used outside of the function that is traced, or in another "
            "thread; while a function is compiled its model is nobody else's"
        )
    return trace


def _asked_by_the_user() -> bool:
    """Whether what calls the method that asks is not of this library, or of NumPy."""
    return not sys._getframe(2).f_code.co_filename.startswith(NOT_THE_USERS)


def _is_weak(x: Any) -> bool:
    return x.term.weak if type(x) is Tracer else isinstance(x, _PYTHON) and not isinstance(x, np.generic)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = name
    return method


def _in_place(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """``x += y`` and the others: of a Value's data, and of a number, they make a new one, and so they do here."""

    def method(self: Tracer, other: Any) -> Any:
        if self.term.weak or (isinstance(self.term, Input) and self.term.kind == "parameter"):
            return function(self, other)
        raise refused("a traced array is changed in place", "write x = x + y, not x += y")

    return method


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "floordiv", "mod"):
    setattr(Tracer, f"__i{_name}__", _in_place(getattr(operator, _name)))

_METHODS = (
    "sum mean prod max min any all ravel clip cumsum cumprod dot swapaxes squeeze argmax argmin argsort std var take "
    "diagonal repeat round nonzero trace searchsorted argpartition choose"
)
for _name in _METHODS.split():
    setattr(Tracer, _name, _method(_name))
