"""Programs as NumPy calls; always there.

Each intermediate result goes into a buffer that is made once; the memory of one that is needed no more serves the next
of its shape and dtype. What leaves the program is always new, and its inputs stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from microae.compiler.backends import generated
from microae.compiler.loop import Loop, Plan, stepwise
from microae.compiler.passes import last_uses, shared_memory
from microae.compiler.printing import written
from microae.compiler.program import Call, Constant, Program, Term


def build(program: Program) -> Callable[..., list[Any]]:
    """A function of the program's inputs that returns its outputs."""
    text = _Text(program)
    return generated.function(text.source(), "run", text.known)  # type: ignore[no-any-return]


def build_loop(program: Program, plan: Plan) -> Loop:
    """Many steps in a row, each by a call from Python."""
    return stepwise(program, plan, build(program))


class _Text:
    """A program's text, and in ``known`` the constants and buffers that it names."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.known: dict[str, Any] = {"np": np}
        self._names: dict[Term, str] = {term: f"x{i}" for i, term in enumerate(program.inputs)}
        self._literals: dict[Any, str] = {}
        self._free: dict[tuple[Any, Any], list[str]] = {}
        self._buffers: dict[Term, str] = {}  # of results that are still needed
        self._owners = shared_memory(program)
        self._last = last_uses(program, self._owners)
        self._lines = list(self._write())

    def source(self) -> str:
        """The function."""
        body = "".join(f"    {line}\n" for line in self._lines)
        outputs = ", ".join(self._operand(term) for term in self.program.outputs())
        return f"def run({', '.join(self._names[t] for t in self.program.inputs)}):\n{body}    return [{outputs}]\n"

    def _write(self) -> Iterator[str]:
        for i, call in enumerate(self.program.calls):
            self._names[call] = f"t{i}"
            needed = dict.fromkeys(owner for term in call.terms() for owner in self._owners.get(term, (term,)))
            dying = [term for term in needed if self._last[term] == i and term in self._buffers]
            yield f"t{i} = {self._expression(call, dying)}"
            for term in dying:
                if term in self._buffers:
                    self._free.setdefault((term.shape, term.dtype), []).append(self._buffers.pop(term))

    def _expression(self, call: Call, dying: list[Term]) -> str:
        leaves = self._last.get(call) == len(self.program.calls)  # what leaves the program is new
        has_memory = bool(call.shape) and not leaves and call not in self._owners
        if call.weak or call.opaque is not None:
            return self._plain(call)
        if call.function in ("add.reduce", "sum") and set(call.kwargs) <= {"axis", "keepdims"}:
            default = None if call.function == "sum" else 0
            axis = call.kwargs.get("axis", call.args[1] if len(call.args) > 1 else default)
            out = self._buffer(call, None) if has_memory else "None"
            keep = call.kwargs.get("keepdims", False)
            return f"np.add.reduce({self._operand(call.args[0])}, {axis}, None, {out}, {keep})"
        function = getattr(np, call.function, None)
        if not isinstance(function, np.ufunc) or call.kwargs or not call.shape:
            return self._plain(call)
        name = f"np.{call.function}"
        reused = None
        if call.function == "matmul":
            name = _product(*call.args)
        else:
            reused = next((t for t in dying if self._can_become(t, call)), None)
        floats = [t.dtype for t in (*call.terms(), call) if t.dtype.kind == "f"] or [call.dtype]
        args = [self._number(operand, floats[0]) for operand in call.args]
        if has_memory:
            args.append(f"out={self._buffer(call, reused)}")
        return f"{name}({', '.join(args)})"

    def _can_become(self, term: Term, call: Call) -> bool:
        """Whether a result may be written over an operand that is needed no more."""
        same = (term.shape, term.dtype) == (call.shape, call.dtype)
        return same and not any(term in self._owners.get(operand, ()) for operand in call.terms())

    def _buffer(self, call: Call, reused: Term | None) -> str:
        free = self._free.get((call.shape, call.dtype))
        if reused is not None:
            name = self._buffers.pop(reused)
        elif free:
            name = free.pop()
        else:
            name = f"b{len(self.known)}"
            self.known[name] = np.empty(call.shape, call.dtype)
        self._buffers[call] = name
        return name

    # operands

    def _plain(self, call: Call) -> str:
        if call.opaque is not None:
            words = [f"{name}={self._operand(given)}" for name, given in call.kwargs.items()]
            return f"{self._constant(call.opaque)}({', '.join([*map(self._operand, call.args), *words])})"
        return written(call, self._operand)[0]

    def _operand(self, operand: Any, _least: int = 0) -> str:
        if isinstance(operand, Constant):
            return self._constant(operand.value)
        if isinstance(operand, Term):
            return self._names[operand]
        if type(operand) is tuple:
            return f"({''.join(f'{self._operand(part)}, ' for part in operand)})"
        if type(operand) is list:
            return f"[{', '.join(map(self._operand, operand))}]"
        is_plain = isinstance(operand, (bool, int, str, slice, type(None), type(Ellipsis)))
        return (
            repr(operand) if is_plain or (type(operand) is float and np.isfinite(operand)) else self._constant(operand)
        )

    def _number(self, operand: Any, dtype: Any) -> str:
        """A Python number as an array of the result's dtype, which NumPy takes quicker."""
        if type(operand) not in (int, float) or dtype.kind != "f":
            return self._operand(operand)
        key = (operand, dtype, str(operand))
        if key not in self._literals:
            with np.errstate(over="ignore"):
                self._literals[key] = self._constant(np.array(operand, dtype))
        return self._literals[key]

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.known)}"
        self.known[name] = value
        return name


def _product(x: Any, y: Any) -> str:
    """NumPy's quickest function for a matrix product of these operands."""
    if x.ndim == y.ndim == 2 and x.shape[1] == 1 == y.shape[0]:
        return "np.multiply"  # an outer product
    return "np.dot" if max(x.ndim, y.ndim) <= 2 and x.dtype == y.dtype else "np.matmul"
