"""The text of a program as loops over arrays, for numba.

Elementwise functions of one shape that follow each other become one loop, and reductions of what it computes are added
up in it; matrix products go to BLAS. Single numbers that are made of a sum wait until somebody asks, so that a loop
goes on. Parameters are updated where they stand, and what a loop stores goes over what is read for the last time. What
only moves elements becomes a loop over their places, which are found when the text is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError
from microae.compiler.backends.python import WORDS
from microae.compiler.backends.scalars import ELEMENTWISE, MOVES
from microae.compiler.chains import chains
from microae.compiler.loop import Plan
from microae.compiler.passes import shared_memory
from microae.compiler.program import Call, Constant, Program, Term, apply, replaced, terms_in
from microae.operations import TABLE

_SPECIAL = {
    "exp": ("exp64({0})", "exp32({0})"),
    "log1p": ("math.log1p({0})", "math.log1p({0})"),
}

_REDUCTIONS = {
    "add.reduce": ("{0} + {1}", 0.0),
    "sum": ("{0} + {1}", 0.0),
    "mean": ("{0} + {1}", 0.0),  # and then divided
    "multiply.reduce": ("{0} * {1}", 1.0),
    "prod": ("{0} * {1}", 1.0),
    "maximum.reduce": (WORDS["maximum"], -np.inf),
    "max": (WORDS["maximum"], -np.inf),
    "minimum.reduce": (WORDS["minimum"], np.inf),
    "min": (WORDS["minimum"], np.inf),
    "all": ("{0} & {1}", True),
    "any": ("{0} | {1}", False),
}
"""How a reduction goes on with one more element, and what it starts with."""

_VIEWS = ("reshape", "expand_dims", "squeeze", "ravel")
"""Functions that keep the order of the elements."""


class Loops:
    """A program's text while it is written.

    Attributes
    ----------
    lines : list of str
        One step.
    memory : list of str
        What is made before the first.
    constants : list of arrays
        What the text calls k0, k1, and so on.
    """

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program = program
        self.plan = plan
        self.lines: list[str] = []
        self.memory: list[str] = []
        self.constants: list[Any] = []
        self.names: dict[Term, str] = {}
        self._own: dict[Term, str] = {}  # the memory of results that others may be stored over
        self._done: set[Call] = set()  # what is written
        self._after: list[str] = []  # what follows the loop that is being written
        self._users: dict[Term, list[Call]] = {}  # of the memory of each term, also through views of it
        owners = shared_memory(program)
        for call in program.calls:
            for term in {of: None for x in call.terms() for of in (x, *owners.get(x, ()))}:
                self._users.setdefault(term, []).append(call)
        self._outputs = set(program.results) | set(program.updates.values()) | set(program.conditions)
        self._outputs |= {of for term in self._outputs for of in owners.get(term, ())}
        self._target = {new: old for old, new in program.updates.items()}
        self._number = {call: i for i, call in enumerate(program.calls)}
        for i, term in enumerate(plan.tables):
            self.names[term] = self._memory(f"x{i}", term)
        for letter, terms in (("c", plan.carried), ("f", plan.fixed)):
            for i, term in enumerate(terms):
                self.names[term] = f"{letter}{i}_"
        for i, term in enumerate(plan.draws):
            self.names[term] = f"d{i}_"

    def write(self) -> None:
        """Write all lines of one step."""
        for part in chains(self.program, self._is_elementwise, self._is_reduction, self._is_number):
            if isinstance(part, list):
                self._loop(part)
            else:
                self._alone(part)

    # what becomes part of a loop

    def _is_elementwise(self, call: Call) -> bool:
        known = _is_of_elements(call) or call.function == "broadcast_to"
        return known and _has_a_word(call) and not call.kwargs and call.ndim >= 1 and not call.weak

    def _is_reduction(self, call: Call) -> bool:
        known = (
            call.function in _REDUCTIONS and set(call.kwargs) <= {"axis", "keepdims", "initial"} and len(call.args) <= 2
        )
        return known and isinstance(call.args[0], Term) and call.args[0].ndim >= 1 and call.args[0].size > 0

    def _is_number(self, call: Call) -> bool:
        return _is_of_elements(call) and not call.shape and _has_a_word(call) and not call.kwargs

    def _loop(self, calls: list[Call]) -> None:
        """Write one loop."""
        shape = calls[0].shape if self._is_elementwise(calls[0]) else calls[0].args[0].shape
        local = {call for call in calls if self._is_elementwise(call)}
        inside: list[str] = []
        before: list[str] = []
        row: list[str] = []
        after_row: list[str] = []
        stored: list[tuple[Call, str]] = []
        for call in calls:
            if call in local:
                name = self.names[call] = f"v{self._number[call]}"
                inside.append(f"{name} = {self._element(call, shape, local)}")
                if call in self._outputs or any(user not in calls for user in self._users.get(call, ())):
                    place = self._place(call, calls)
                    inside.append(f"{place}[{_index(shape, shape)}] = {name}")
                    stored.append((call, place))
            else:
                self._accumulate(call, shape, local, inside, before, row, after_row)
        self.lines += before
        *outer, last = zip(_letters(shape), shape, strict=True)
        indent = ""
        for letter, n in outer:
            self.lines.append(f"{indent}for {letter} in range({n}):")
            indent += "    "
        self.lines += [f"{indent}{line}" for line in row]
        self.lines.append(f"{indent}for {last[0]} in range({last[1]}):")
        self.lines += [f"{indent}    {line}" for line in inside]
        self.lines += [f"{indent}{line}" for line in after_row]
        self.lines += self._after
        self._after = []
        for call, place in stored:
            self.names[call] = place
        self._done.update(calls)

    def _accumulate(
        self,
        call: Call,
        shape: Any,
        local: set[Any],
        inside: list[str],
        before: list[str],
        row: list[str],
        after: list[str],
    ) -> None:
        x, name = self._read(call.args[0], shape, local), f"r{self._number[call]}"
        step, start = _REDUCTIONS[call.function]
        start = _known(call.kwargs["initial"]) if "initial" in call.kwargs else start
        first = repr(start) if isinstance(start, bool) else _literal(start, call.dtype)
        axes, letters = _axes(call), _letters(shape)
        self.names[call] = name
        last = letters[-1]
        if start == 0.0 and call.dtype.kind == "f" and len(shape) - 1 in axes and call.args[0].dtype == call.dtype:
            # the row first, its sum then: so the loop has no sum that waits for the one before
            self.memory.append(f"{name}_ = np.empty({shape[-1]}, np.{call.dtype})")
            inside.append(f"{name}_[{last}] = {x}")
            x, inside = f"row_sum({name}_)", after
        if not call.shape:
            before.append(f"{name} = {first}")
            if isinstance(start, bool):  # again the row first
                row.append(f"{name}_ = {first}")
                inside.append(f"{name}_ = {step.format(f'{name}_', x)}")
                x, inside = f"{name}_", after
            inside.append(f"{name} = {step.format(name, x)}")
            if call.function == "mean":
                self._after.append(f"{name} = {name} / {_literal(float(call.args[0].size), call.dtype)}")
            return
        kept = [letter for i, letter in enumerate(letters) if i not in axes]
        if call.ndim == len(shape):  # with axes of one element where it was reduced
            kept = ["0" if i in axes else letter for i, letter in enumerate(letters)]
        place = f"{self._memory(name, call)}[{', '.join(kept)}]"
        before.append(f"{name}[...] = {first}")
        inside.append(f"{place} = {step.format(place, x)}")
        if call.function == "mean":
            self._after.append(f"{name} /= {_literal(call.args[0].size / call.size, call.dtype)}")

    def _place(self, call: Call, calls: list[Call]) -> str:
        """Where a loop of ``calls`` stores a result: over the parameter that it becomes, or over an array of the same
        kind that nobody reads after the element is stored, or in memory of its own."""
        old, last = self._target.get(call), calls.index(call)
        if old is not None and call.dtype == old.dtype:
            others = [term for term, new in self.program.updates.items() if new is call]
            read = self._done.union(calls[: last + 1]).issuperset(self._users.get(old, ()))
            if read and len(others) == 1 and call not in self.program.results:
                return self.names[old]
        for term in dict.fromkeys(term for user in calls[: last + 1] for term in user.terms()):
            same = (term.shape, term.dtype) == (call.shape, call.dtype) and term not in self._outputs
            if same and term in self._own and all(user in calls[: last + 1] for user in self._users[term]):
                self._own[call] = self._own.pop(term)
                return self._own[call]
        self._own[call] = self._memory(f"a{self._number[call]}", call)
        return self._own[call]

    def _memory(self, name: str, term: Term) -> str:
        dtype = "bool_" if term.dtype == bool else term.dtype.name
        self.memory.append(f"{name} = np.empty({_shape(term)}, np.{dtype})")
        return name

    # what stands alone

    def _alone(self, call: Call) -> None:
        self._done.add(call)
        name = f"a{self._number[call]}"
        if self._is_number(call):
            self.names[call] = name
            self.lines.append(f"{name} = {self._element(call, (), set())}")
        elif call.function == "scatter" and call.shape and set(call.kwargs) == {"index", "shape"} and _only_moves(call):
            self._scattered(call, name)
        elif call.opaque is not None:
            raise UnsupportedError(f"numba: {call.function} cannot be looked into, so it has no loop")
        elif call.function in ("matmul", "dot"):
            self._product(call, name)
        elif call.function == "transpose" and call.ndim == 2 and call.shape == call.args[0].shape[::-1]:
            self._transpose(call, name)
        elif call.function in _VIEWS and call.shape and call.args[0].shape:
            self.names[call] = f"{self._contiguous(call.args[0])}.reshape({_shape(call)})"
        elif call.function in (*MOVES, "getitem") and _only_moves(call):
            self._moved(call, name)
        else:
            raise UnsupportedError(f"numba: np.{call.function} of arrays of shape {call.shape} has no loop")

    def _product(self, call: Call, name: str) -> None:
        x, y = call.args
        if max(x.ndim, y.ndim) > 2:
            raise UnsupportedError("numba: products of batches have no loop")
        if not call.shape:
            self.names[call] = name
            self.lines.append(f"{name} = np.dot({self._contiguous(x)}, {self._contiguous(y)})")
            return
        self.names[call] = self._own[call] = self._memory(name, call)
        self.lines.append(f"np.dot({self._array(x)}, {self._array(y)}, {name})")

    def _transpose(self, call: Call, name: str) -> None:
        order = call.args[1] if len(call.args) > 1 else call.kwargs.get("axes")
        if order is not None and [axis % 2 for axis in _known(order)] != [1, 0]:
            self._moved(call, name)
        else:
            self.names[call] = f"{self._array(call.args[0])}.T"

    def _moved(self, call: Call, name: str) -> None:
        """Each element from its place, in the order of C; the places are those that the function itself finds."""
        parts = list(dict.fromkeys(terms_in(call.args[0])))
        starts = np.cumsum([0, *(x.size for x in parts)])
        numbered = {x: np.arange(x.size).reshape(x.shape) + n for x, n in zip(parts, starts[:-1], strict=True)}
        others = {word: _known(operand) for word, operand in call.kwargs.items()}
        args = [replaced(call.args[0], numbered.__getitem__), *map(_known, call.args[1:])]
        places = np.ravel(apply(call, args, others))
        moved = self._memory(f"{name}_", call)
        self.names[call] = name
        for x, start in zip(parts, starts[:-1], strict=True):
            to = np.flatnonzero((places >= start) & (places < start + x.size))
            if not to.size:
                continue
            here, each = self._constant(to), self._each(x, name, places[to] - start)
            self.lines += [f"to_{name} = {moved}.reshape(({call.size},))"]
            self.lines += [f"for q in range({to.size}):", f"    to_{name}[{here}[q]] = {each}"]
        self.lines.append(f"{name} = {moved}" if call.shape else f"{name} = {moved}[0]")

    def _scattered(self, call: Call, name: str) -> None:
        """Zeros, to which each element is added at its place: the gradient of what is picked."""
        x, index = call.args[0], _known(call.kwargs["index"])
        places = self._constant(np.ravel(np.arange(call.size).reshape(call.shape)[index]))
        self.names[call] = self._memory(name, call)
        each = self._each(x, name)
        self.lines += [f"{name}[...] = 0", f"to_{name} = {name}.reshape(({call.size},))"]
        self.lines += [f"for q in range({x.size}):", f"    to_{name}[{places}[q]] += {each}"]

    def _each(self, x: Any, name: str, places: Any = None) -> str:
        """Element q of an array that is moved, or the one at place q of ``places``; of a number, itself."""
        if not x.shape:
            return self._read(x, (), set(), x.dtype)
        self.lines.append(f"from_{name} = {self._contiguous(x)}.reshape(({x.size},))")
        return f"from_{name}[q]" if places is None else f"from_{name}[{self._constant(places)}[q]]"

    # operands

    def _constant(self, value: Any) -> str:
        self.constants.append(np.ascontiguousarray(value))
        return f"k{len(self.constants) - 1}"

    def _array(self, term: Any) -> str:
        if isinstance(term, Constant) and term not in self.names:
            self.names[term] = self._constant(term.value)
        return self.names[term]

    def _contiguous(self, term: Any) -> str:
        """An array whose elements follow each other: of a turned one a copy."""
        name = self._array(term)
        if not name.endswith(".T"):
            return name
        copy = self.names[term] = self._memory(f"a{self._number[term]}", term)
        m, n = term.shape
        self.lines += [f"for i in range({m}):", f"    for j in range({n}):", f"        {copy}[i, j] = {name}[i, j]"]
        return copy

    def _element(self, call: Call, shape: tuple[int, ...], local: set[Any]) -> str:
        kinds = [call.dtype, *(t.dtype for t in call.terms() if not t.weak)]
        operand_dtype = max(kinds, key=lambda dtype: "biuf".index(dtype.kind))
        if call.function == "broadcast_to":
            return self._read(call.args[0], shape, local)
        if call.function == "astype":
            kind = np.dtype(call.args[1])
            x = self._read(call.args[0], shape, local, kind)
            if call.args[0].dtype == bool:
                return f"({_literal(1.0, kind)} if {x} else {_literal(0.0, kind)})"
            return f"np.{kind}({x})"
        args = [self._read(x, shape, local, operand_dtype) for x in call.args]
        narrow = operand_dtype == np.float32
        if call.function == "log1p" and _is_fraction(call.args[0]):
            return f"log1p_of_fraction{'32' if narrow else '64'}({args[0]})"
        if call.function == "exp" and _is_negative(call.args[0]):
            return f"exp_of_negative{'32' if narrow else '64'}({args[0]})"
        if call.function in _SPECIAL:
            return _SPECIAL[call.function][narrow].format(*args)
        text = NATIVE.get(call.function)
        if text is None:  # numba may know the function; else it says so
            return f"np.{call.function}({', '.join(args)})"
        return (
            text.replace("0.0", "ZERO").replace("1.0", "ONE").format(*args)
            if call.function == "sign"
            else text.format(*args)
        )

    def _read(self, operand: Any, shape: tuple[int, ...], local: set[Any], dtype: Any = None) -> str:
        if not isinstance(operand, Term):
            return _literal(operand, dtype)
        if isinstance(operand, Constant) and operand.size == 1:
            return _literal(operand.value.item(), operand.dtype)
        if operand in local:
            return self.names[operand]
        name = self._array(operand)
        if operand.weak:
            return f"np.{dtype}({name}[0])" if name.endswith("_") else f"np.{dtype}({name})"
        if not operand.shape:
            return f"{name}[0]" if name.endswith("_") else name
        return f"{name}[{_index(operand.shape, shape)}]"


BY_OPERATOR = {"bitwise_and": "({0} & {1})", "bitwise_or": "({0} | {1})", "power": "{0} ** {1}"}
"""What native code writes with an operator where Python's numbers would need something else."""
NATIVE = (
    WORDS
    | BY_OPERATOR
    | {
        "sqrt": "math.sqrt({0})",
        **{
            name: f"math.{name}({{0}})"
            for name in ("log", "expm1", "sin", "cos", "tan", "tanh", "sinh", "cosh", "erfc", "log2", "log10")
        },
        **{f"arc{name}": f"math.a{name}({{0}})" for name in ("tan", "sin", "cos", "sinh", "cosh", "tanh")},
        "arctan2": "math.atan2({0}, {1})",
        "hypot": "math.hypot({0}, {1})",
        "cbrt": "np.cbrt({0})",
        "floor": "np.floor({0})",
        "isfinite": "math.isfinite({0})",
        "clip": "({2} if {0} > {2} or {1} > {2} or {2} != {2} else {1} if {0} < {1} or {1} != {1} else {0})",
    }
)
"""How native code writes each elementwise function."""


def source(program: Program, plan: Plan, careful: bool) -> tuple[str, list[Any]]:
    """The whole text, and the constant arrays that it is called with besides what the plan names.

    ``careful`` to stop before a step in which a parameter becomes NaN.
    """
    text = Loops(program, plan)
    text.write()
    views = [
        f"{letter}{i}_ = {letter}{i}.reshape({_shape(t)})"
        for letter, terms in (("c", plan.carried), ("f", plan.fixed))
        for i, t in enumerate(terms)
    ]
    step: list[str] = []
    for i, term in enumerate(plan.tables):
        step += [f"for b in range({term.shape[0]}):", "    row = index[step, b]"]
        if term.ndim == 1:
            step += [f"    x{i}[b] = t_{i}[row, 0]"]
        else:
            rows = f"x{i}.reshape(({term.shape[0]}, {term.size // max(term.shape[0], 1)}))"
            views += [f"x{i}_ = {rows}"]
            step += [
                f"    for j in range({term.size // max(term.shape[0], 1)}):",
                f"        x{i}_[b, j] = t_{i}[row, j]",
            ]
    step += [f"d{i}_ = d{i}[step].reshape({_shape(term)})" for i, term in enumerate(plan.draws)]
    step += text.lines
    loss = text.names[program.results[0]]
    step.append(f"losses[step] = {loss}")
    checks = [f"not {text.names[condition]}" for condition in program.conditions if not isinstance(condition, Constant)]
    sums = []
    for old, new in program.updates.items():
        name = text.names.get(new)
        if name is None:
            raise UnsupportedError("numba: an update that is no result")
        if name != text.names[old]:
            step.append(f"{text.names[old]}[...] = {name}" if new.shape else f"{text.names[old]}[0] = {name}")
        if careful and old.kind in ("parameter", "state", "gradient"):
            sums.append(f"row_sum({text.names[old].removesuffix('_')})")
    step.append(f"total = {' + '.join([loss, *sums])}")
    step += [f"if {' or '.join([*checks, 'total != total'])}:", "    return step"]
    body = [
        *text.memory,
        *views,
        "for step in range(index.shape[0]):",
        *(f"    {line}" for line in step),
        "return index.shape[0]",
    ]
    constants = text.constants
    return (
        "import math\n\nimport numpy as np\nfrom numba import njit\n\n"
        "from microae.compiler.backends.native_math import exp32, exp64, exp_of_negative32, exp_of_negative64\n"
        "from microae.compiler.backends.native_math import log1p_of_fraction32, log1p_of_fraction64, row_sum\n\n"
        "ZERO, ONE, f32 = 0.0, 1.0, np.float32\n\n\n"
        f"@njit({signature(plan, constants)!r}, error_model='numpy', fastmath={{'contract', 'nsz'}}, nogil=True, "
        "cache=CACHE)\n"
        f"def loop({', '.join(parameters(plan, constants))}):\n" + "".join(f"    {line}\n" for line in body)
    ), constants


def parameters(plan: Plan, constants: Sequence[Any] = ()) -> list[str]:
    """The names of a native loop's arguments."""
    names = ["index", "losses"]
    for letter, terms in (("t_", plan.tables), ("d", plan.draws), ("c", plan.carried), ("f", plan.fixed)):
        names += [f"{letter}{i}" for i in range(len(terms))]
    return names + [f"k{i}" for i in range(len(constants))]


def arguments(plan: Plan, constants: Sequence[Any] = ()) -> list[tuple[str, Any, tuple[int | None, ...]]]:
    """The name, dtype and shape of each of them; None for the axis of steps, or of samples."""
    batch = plan.tables[0].shape[0] if plan.tables else 0
    found: list[Any] = [(np.int64, (None, batch)), (np.float64, (None,))]
    for axes, terms in ((1, plan.tables), (1, plan.draws), (0, [*plan.carried, *plan.fixed])):
        for term in terms:
            size = term.size // max(batch, 1) if term in plan.tables else term.size
            found.append((np.float64 if term.weak else term.dtype, (None,) * axes + (size,)))
    found += [(array.dtype, array.shape) for array in constants]
    names = parameters(plan, constants)
    return [(name, np.dtype(dtype), shape) for name, (dtype, shape) in zip(names, found, strict=True)]


def signature(plan: Plan, constants: Sequence[Any] = ()) -> str:
    """Their types, as numba has them."""
    kinds = []
    for name, dtype, shape in arguments(plan, constants):
        if name.startswith("t_"):
            kinds.append(f"Array({dtype}, 2, 'C', readonly=True)")  # takes those of all, too
        else:
            kinds.append(f"{dtype}[{':,' * (len(shape) - 1)}::1]")
    return f"int64({', '.join(kinds)})"


def _shape(term: Term) -> str:
    return f"({', '.join(map(str, term.shape or (1,)))},)"


def _is_of_elements(call: Call) -> bool:
    """Whether a call is of an elementwise function."""
    known = call.function in ELEMENTWISE or call.function == "astype" or call.function in NATIVE
    function = getattr(np, call.function, None)
    return known or (isinstance(function, np.ufunc) and function.nout == 1 and function.signature is None)


def _has_a_word(call: Call) -> bool:
    """Whether native code has a word for what NumPy calls as a whole, if it does."""
    return call.opaque is None or call.opaque is TABLE["erfc"].forward


def _only_moves(call: Call) -> bool:
    """Whether nothing but what is moved depends on the inputs."""
    moved = set(terms_in(call.args[0]))
    return all(isinstance(term, Constant) or term in moved for term in call.terms())


def _known(operand: Any) -> Any:
    """An argument that is the same each time, with the values of constants."""
    return replaced(operand, lambda term: term.value)  # type: ignore[attr-defined]


def _axes(call: Call) -> set[int]:
    """The axes that a reduction takes away."""
    default = 0 if call.function.endswith(".reduce") else None
    axis, n = call.kwargs.get("axis", call.args[1] if len(call.args) > 1 else default), call.args[0].ndim
    axes = range(n) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return {i % n for i in axes}


def _letters(shape: tuple[int, ...]) -> Sequence[str]:
    """The indices of a loop over a shape."""
    return ("h", "i", "j")[-len(shape) :] if len(shape) <= 3 else [f"i{d}" for d in range(len(shape))]


def _index(shape: tuple[int, ...], within: tuple[int, ...]) -> str:
    """The index of an operand in the loop over a shape that it is broadcast to."""
    letters, sizes = _letters(within)[-len(shape) :], within[-len(shape) :]
    return ", ".join("0" if n == 1 != m else letter for letter, n, m in zip(letters, shape, sizes, strict=True))


def _literal(number: Any, dtype: Any) -> str:
    if isinstance(number, bool) or dtype is None or np.dtype(dtype).kind != "f":
        return repr(number)
    text = f"np.{'nan' if number != number else 'inf'}" if not np.isfinite(number) else repr(float(number))
    text = f"-{text}" if number == -np.inf else text
    return text if dtype == np.float64 else f"f32({text})"


def _is_fraction(term: Any) -> bool:
    """Whether a term is e to the power of something that is not positive."""
    return isinstance(term, Call) and term.function == "exp" and _is_negative(term.args[0])


def _is_negative(term: Any) -> bool:
    """Whether a term is the negative of an absolute value."""
    if not (isinstance(term, Call) and term.function == "negative"):
        return False
    return isinstance(term.args[0], Call) and term.args[0].function == "absolute"
