"""The text of a program as loops over arrays, for numba.

Elementwise functions of one shape that follow each other become one loop, and reductions of what it computes are added
up in it; matrix products go to BLAS. Parameters are updated where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError
from microae.compiler.backends.python import WORDS
from microae.compiler.backends.scalars import ELEMENTWISE
from microae.compiler.loop import Plan
from microae.compiler.program import Call, Constant, Program, Term

_SPECIAL = {
    "exp": ("exp64({0})", "exp32({0})"),
    "log1p": ("math.log1p({0})", "math.log1p({0})"),
}


class Loops:
    """A program's text while it is written."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program = program
        self.plan = plan
        self.lines: list[str] = []
        self.memory: list[str] = []
        self.names: dict[Term, str] = {}
        self._pending: dict[tuple[int, ...], list[Call]] = {}
        self._users: dict[Term, list[Call]] = {}
        for call in program.calls:
            for term in call.terms():
                self._users.setdefault(term, []).append(call)
        self._outputs = set(program.results) | set(program.updates.values()) | set(program.conditions)
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
        for call in self._ordered():
            if self._is_elementwise(call):
                for term in call.terms():
                    if term.shape != call.shape:
                        self._finish(term)
                self._pending.setdefault(call.shape, []).append(call)
            elif self._is_reduction(call) and call.args[0] in self._pending.get(call.args[0].shape, ()):
                self._pending[call.args[0].shape].append(call)
            else:
                for term in call.terms():
                    self._finish(term)
                self._alone(call)
        for shape in list(self._pending):
            self._flush(shape)

    def _ordered(self) -> Iterator[Call]:
        """The calls, with each reduction right behind what it reduces, so that it becomes part of its loop."""
        moved: set[Call] = set()
        for call in self.program.calls:
            if call in moved:
                continue
            yield call
            if self._is_elementwise(call):
                for user in self._users.get(call, ()):
                    if self._is_reduction(user) and user not in moved:
                        moved.add(user)
                        yield user

    # what becomes part of a loop

    def _is_elementwise(self, call: Call) -> bool:
        known = call.function in ELEMENTWISE or call.function == "astype"
        return known and call.opaque is None and not call.kwargs and 1 <= call.ndim <= 2 and not call.weak

    def _is_reduction(self, call: Call) -> bool:
        if call.function not in ("add.reduce", "sum", "all") or not isinstance(call.args[0], Call):
            return False
        if not self._is_elementwise(call.args[0]) or call.kwargs.get("keepdims"):
            return False
        axis, n = _axis(call), call.args[0].ndim
        return axis is None or n == 1 or (axis == 0 and call.function != "all")

    def _finish(self, term: Term) -> None:
        for shape, calls in list(self._pending.items()):
            if term in calls:
                self._flush(shape)

    def _flush(self, shape: tuple[int, ...]) -> None:
        """Write the loop of what is pending for a shape."""
        calls = self._pending.pop(shape, [])
        if not calls:
            return
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
                    place = self._place(call)
                    inside.append(f"{place}[{_index(shape, shape)}] = {name}")
                    stored.append((call, place))
            else:
                self._accumulate(call, shape, local, inside, before, row, after_row)
        self.lines += before
        if len(shape) == 2:
            self.lines.append(f"for i in range({shape[0]}):")
            self.lines += [f"    {line}" for line in row]
            self.lines.append(f"    for j in range({shape[1]}):")
            self.lines += [f"        {line}" for line in inside]
            self.lines += [f"    {line}" for line in after_row]
        else:
            self.lines += row
            self.lines.append(f"for j in range({shape[0]}):")
            self.lines += [f"    {line}" for line in inside]
            self.lines += after_row
        for call, place in stored:
            self.names[call] = place

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
        self.names[call] = name
        if call.function == "all":
            before.append(f"{name} = True")
            row.append(f"{name}_ = True")
            inside.append(f"{name}_ = {name}_ & {x}")
            after.append(f"{name} = {name} & {name}_")
        elif not call.shape:  # the row first, its sum then: so the loop has no sum that waits for the one before
            self.memory.append(f"{name}_ = np.empty({shape[-1]}, np.{call.dtype})")
            before.append(f"{name} = {_literal(0.0, call.dtype)}")
            inside.append(f"{name}_[j] = {x}")
            after.append(f"{name} += row_sum({name}_)")
        else:
            self.names[call] = self._memory(name, call)
            before.append(f"{name}[:] = 0")
            inside.append(f"{name}[j] += {x}")

    def _place(self, call: Call) -> str:
        """Where an array is stored: over the parameter that it becomes, or in memory of its own."""
        old = self._target.get(call)
        if old is not None and call.dtype == old.dtype:
            readers = [self._number[user] for user in self._users.get(old, ())]
            others = [term for term, new in self.program.updates.items() if new is call]
            if max(readers, default=-1) <= self._number[call] and len(others) == 1 and call not in self.program.results:
                return self.names[old]
        return self._memory(f"a{self._number[call]}", call)

    def _memory(self, name: str, term: Term) -> str:
        dtype = "bool_" if term.dtype == bool else term.dtype.name
        self.memory.append(f"{name} = np.empty({_shape(term)}, np.{dtype})")
        return name

    # what stands alone

    def _alone(self, call: Call) -> None:
        name = f"a{self._number[call]}"
        if not call.shape and (call.function in ELEMENTWISE or call.function == "astype") and call.opaque is None:
            self.names[call] = name
            self.lines.append(f"{name} = {self._element(call, (), set())}")
        elif call.function in ("matmul", "dot"):
            self._product(call, name)
        elif call.function in ("add.reduce", "sum") and _axis(call) is None and not call.kwargs.get("keepdims"):
            self.names[call] = name
            self.lines.append(f"{name} = np.sum({self._array(call.args[0])})")
        elif (
            call.function in ("add.reduce", "sum")
            and _axis(call) == 0
            and call.args[0].ndim == 2
            and not call.kwargs.get("keepdims")
        ):
            self.names[call] = self._memory(name, call)
            self.lines.append(f"{name}[:] = 0")
            self.lines.append(f"for i in range({call.args[0].shape[0]}):")
            self.lines.append(f"    for j in range({call.shape[0]}):")
            self.lines.append(f"        {name}[j] += {self._array(call.args[0])}[i, j]")
        elif call.function == "transpose" and call.ndim == 2 and len(call.args) == 1 and not call.kwargs:
            self.names[call] = f"{self._array(call.args[0])}.T"
        elif call.function == "all" and not call.shape:
            self.names[call] = name
            self.lines.append(f"{name} = np.all({self._array(call.args[0])})")
        else:
            raise UnsupportedError(f"numba: np.{call.function} of arrays of shape {call.shape} has no loop")

    def _product(self, call: Call, name: str) -> None:
        x, y = call.args
        if max(x.ndim, y.ndim) > 2 or not call.shape:
            raise UnsupportedError("numba: products of batches, or of two vectors, have no loop")
        self.names[call] = self._memory(name, call)
        self.lines.append(f"np.dot({self._array(x)}, {self._array(y)}, {name})")

    # operands

    def _array(self, term: Any) -> str:
        if isinstance(term, Constant):
            raise UnsupportedError("numba: constant arrays have no loop")
        return self.names[term]

    def _element(self, call: Call, shape: tuple[int, ...], local: set[Any]) -> str:
        dtype = call.dtype
        floats = [t.dtype for t in call.terms() if t.dtype.kind == "f" and not t.weak]
        operand_dtype = dtype if dtype.kind == "f" else (floats[0] if floats else np.dtype(np.float64))
        if call.function == "astype":
            kind, x = np.dtype(call.args[1]), self._read(call.args[0], shape, local)
            if call.args[0].dtype == bool:
                return f"({_literal(1.0, kind)} if {x} else {_literal(0.0, kind)})"
            return f"np.{kind}({x})"
        args = [self._read(x, shape, local, operand_dtype) for x in call.args]
        narrow = operand_dtype == np.float32
        if call.function == "log1p" and _is_fraction(call.args[0]):
            return f"log1p_of_fraction{'32' if narrow else '64'}({args[0]})"
        if call.function in _SPECIAL:
            return _SPECIAL[call.function][narrow].format(*args)
        text = NATIVE.get(call.function)
        if text is None:
            raise UnsupportedError(f"numba: np.{call.function} has no native form")
        return (
            text.replace("0.0", "ZERO").replace("1.0", "ONE").format(*args)
            if call.function == "sign"
            else text.format(*args)
        )

    def _read(self, operand: Any, shape: tuple[int, ...], local: set[Any], dtype: Any = None) -> str:
        if not isinstance(operand, Term):
            return _literal(operand, dtype)
        if isinstance(operand, Constant):
            if operand.size != 1:
                raise UnsupportedError("numba: constant arrays have no loop")
            return _literal(operand.value.item(), operand.dtype)
        if operand in local:
            return self.names[operand]
        name = self.names[operand]
        if operand.weak:
            return f"np.{dtype}({name}[0])" if name.endswith("_") else f"np.{dtype}({name})"
        if not operand.shape:
            return f"{name}[0]" if name.endswith("_") else name
        return f"{name}[{_index(operand.shape, shape)}]"


LOGIC = {"bitwise_and": "({0} & {1})", "bitwise_or": "({0} | {1})"}
NATIVE = (
    WORDS
    | LOGIC
    | {
        "sqrt": "math.sqrt({0})",
        **{
            name: f"math.{name}({{0}})"
            for name in ("log", "expm1", "sin", "cos", "tan", "tanh", "sinh", "cosh", "erfc")
        },
        "floor": "np.floor({0})",
        "isfinite": "math.isfinite({0})",
    }
)
"""How native code writes each elementwise function."""


def source(program: Program, plan: Plan, careful: bool) -> str:
    """The whole text; ``careful`` to stop before a step in which a parameter becomes NaN."""
    text = Loops(program, plan)
    for i, term in enumerate(plan.tables):
        if term.ndim not in (1, 2):
            raise UnsupportedError("numba: tables of samples that are no vectors have no loop")
        del i
    text.write()
    views = [
        f"{letter}{i}_ = {letter}{i}.reshape({_shape(t)})"
        for letter, terms in (("c", plan.carried), ("f", plan.fixed))
        for i, t in enumerate(terms)
    ]
    step: list[str] = []
    for i, term in enumerate(plan.tables):
        step += [f"for b in range({term.shape[0]}):", "    row = index[step, b]"]
        if term.ndim == 2:
            step += [f"    for j in range({term.shape[1]}):", f"        x{i}[b, j] = t_{i}[row, j]"]
        else:
            step += [f"    x{i}[b] = t_{i}[row, 0]"]
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
        if careful and old.kind in ("parameter", "state"):
            sums.append(f"row_sum({text.names[old].removesuffix('_')})")
    step.append(f"total = {' + '.join([loss, *sums])}")
    step += [f"if {' or '.join([*checks, 'total != total'])}:", "    return step"]
    body = [
        *views,
        *text.memory,
        "for step in range(index.shape[0]):",
        *(f"    {line}" for line in step),
        "return index.shape[0]",
    ]
    return (
        "import math\n\nimport numpy as np\nfrom numba import njit\n\n"
        "from microae.compiler.backends.native_math import exp32, exp64, row_sum\n"
        "from microae.compiler.backends.native_math import log1p_of_fraction32, log1p_of_fraction64\n\n"
        "ZERO, ONE, f32 = 0.0, 1.0, np.float32\n\n\n"
        f"@njit({signature(plan)!r}, error_model='numpy', fastmath={{'contract', 'nsz'}}, nogil=True, cache=CACHE)\n"
        f"def loop({', '.join(parameters(plan))}):\n" + "".join(f"    {line}\n" for line in body)
    )


def parameters(plan: Plan) -> list[str]:
    """The names of a native loop's arguments."""
    names = ["index", "losses"]
    for letter, terms in (("t_", plan.tables), ("d", plan.draws), ("c", plan.carried), ("f", plan.fixed)):
        names += [f"{letter}{i}" for i in range(len(terms))]
    return names


def signature(plan: Plan) -> str:
    """The types of a native loop's arguments."""
    kinds = ["int64[:,::1]", "float64[::1]"]
    for axes, terms in ((2, [*plan.tables, *plan.draws]), (1, [*plan.carried, *plan.fixed])):
        for term in terms:
            dtype = "float64" if term.weak else str(np.dtype(term.dtype))
            kinds.append(f"{dtype}[{'::1' if axes == 1 else ':,::1'}]")
    return f"int64({', '.join(kinds)})"


def _shape(term: Term) -> str:
    return f"({', '.join(map(str, term.shape or (1,)))},)"


def _axis(call: Call) -> Any:
    default = 0 if call.function.endswith(".reduce") else None
    axis = call.kwargs.get("axis", call.args[1] if len(call.args) > 1 else default)
    if isinstance(axis, tuple):
        n = call.args[0].ndim
        axis = None if len(axis) == n else axis[0] if len(axis) == 1 else axis
    return axis


def _index(shape: tuple[int, ...], within: tuple[int, ...]) -> str:
    """The index of an operand in the loop over a shape that it is broadcast to."""
    letters = ("i", "j")[-len(within) :][-len(shape) :]
    sizes = within[-len(shape) :]
    return ", ".join("0" if n == 1 != m else letter for letter, n, m in zip(letters, shape, sizes, strict=True))


def _literal(number: Any, dtype: Any) -> str:
    if isinstance(number, bool) or dtype is None or np.dtype(dtype).kind != "f":
        return repr(number)
    text = f"np.{'nan' if number != number else 'inf'}" if not np.isfinite(number) else repr(float(number))
    text = f"-{text}" if number == -np.inf else text
    return text if dtype == np.float64 else f"f32({text})"


def _is_fraction(term: Any) -> bool:
    """Whether a term is e to the power of something that is not positive."""
    if not (isinstance(term, Call) and term.function == "exp"):
        return False
    power = term.args[0]
    if not (isinstance(power, Call) and power.function == "negative"):
        return False
    return isinstance(power.args[0], Call) and power.args[0].function == "absolute"
