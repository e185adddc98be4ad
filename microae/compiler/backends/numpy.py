"""Programs as NumPy calls; always there.

Each intermediate result goes into a buffer that is made once; the memory of one that is needed no more serves the next
of its shape and dtype. What leaves a step is always new, and its inputs stay as they are; in a loop, where nobody sees
them between the steps, parameters are updated where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microae.compiler.backends import generated
from microae.compiler.loop import Loop, Plan, has_nan, watched
from microae.compiler.passes import last_uses, shared_memory, without_unused
from microae.compiler.printing import written
from microae.compiler.program import Call, Constant, Input, Program, Term


def build(program: Program) -> Callable[..., list[Any]]:
    """A function of the program's inputs that returns its outputs."""
    text = _Text(program)
    return generated.function(text.step(), "run", text.known)  # type: ignore[no-any-return]


def build_loop(program: Program, plan: Plan) -> Loop:
    """Many steps in a row."""
    program = without_unused(replace(program, gradients={}))

    def built(careful: bool) -> Loop:
        text = _Text(program, in_loop=True)
        run = generated.function(text.loop(plan, careful), "loop", text.known)

        def loop(
            tables: Sequence[Any], index: Any, draws: Sequence[Any], carried: Sequence[Any], fixed: Sequence[Any]
        ) -> tuple[Any, list[Any]]:
            losses = np.empty(len(index))
            start = [np.array(x) if isinstance(x, np.ndarray) else x for x in carried]
            with np.errstate(all="ignore"):
                done, now = run(index, losses, tables, draws, start, fixed)
            return losses[:done], now

        return loop

    return watched(program, built)


_LARGE = 512
"""Of so many elements and more it pays to choose by bits."""


def _chosen(condition: Any, x: Any, y: Any, mask: Any, out: Any) -> Any:
    """``np.where`` by the bits of its numbers, which asks nothing that a processor would have to guess.

    ``mask`` is memory for integers of the size of the numbers; ``out`` may be the memory of ``x``.
    """
    bits = mask.dtype
    x, y, into = x.view(bits), y.view(bits), out.view(bits)
    np.negative(condition.view(np.int8), mask)  # all bits where it is true
    np.bitwise_xor(x, y, into)
    np.bitwise_and(into, mask, into)
    np.bitwise_xor(into, y, into)
    return out


class _Text:
    """A program's text, and in ``known`` the constants and buffers that it names.

    ``in_loop``: an update may be written over what it updates, and rounding may differ from the ordinary step's.
    """

    def __init__(self, program: Program, in_loop: bool = False) -> None:
        self.program = program
        self.in_loop = in_loop
        self.known: dict[str, Any] = {"np": np, "has_nan": has_nan, "chosen": _chosen}
        self._names: dict[Term, str] = {term: f"x{i}" for i, term in enumerate(program.inputs)}
        self._literals: dict[Any, str] = {}
        self._free: dict[tuple[Any, Any], list[str]] = {}
        self._buffers: dict[Term, str] = {}  # of results that are still needed
        self._owners = shared_memory(program)
        self._last = last_uses(program, self._owners)
        self._place = {call: i for i, call in enumerate(program.calls)}
        self._target = {new: old for old, new in program.updates.items()} if in_loop else {}
        self._lines = list(self._write())

    def step(self) -> str:
        """A function that takes one step."""
        body = "".join(f"    {line}\n" for line in self._lines)
        outputs = ", ".join(self._operand(term) for term in self.program.outputs())
        return f"def run({', '.join(self._names[t] for t in self.program.inputs)}):\n{body}    return [{outputs}]\n"

    def loop(self, plan: Plan, careful: bool) -> str:
        """A function that takes many; ``careful`` to stop at the first in which a parameter becomes NaN."""
        program, name = self.program, self._operand
        used = set(program.inputs)
        lines = ["def loop(index, losses, tables, draws, carried, fixed):", "    step = -1"]
        for kind, terms in (("carried", plan.carried), ("fixed", plan.fixed)):
            lines += [f"    {name(term)} = {kind}[{i}]" for i, term in enumerate(terms) if term in used]
        lines.append("    for step, rows in enumerate(index):")
        for kind, terms, row in (("tables", plan.tables, "rows"), ("draws", plan.draws, "step")):
            lines += [f"        {name(term)} = {kind}[{i}][{row}]" for i, term in enumerate(terms) if term in used]
        lines += [f"        {line}" for line in self._lines]
        loss, *others = map(name, program.results)
        seen = [*others, *(name(new) for new in program.updates.values() if careful)]
        asked = [*map(name, program.conditions), f"{loss} == {loss}", *(f"not has_nan({x})" for x in seen)]
        lines += [f"        if not ({' and '.join(asked)}):", "            break", f"        losses[step] = {loss}"]
        new = [(name(old), name(x)) for old, x in program.updates.items() if name(old) != name(x)]
        if new:
            lines.append(f"        {', '.join(old for old, _ in new)} = {', '.join(x for _, x in new)}")
        lines += ["    else:", "        step += 1", f"    return step, [{', '.join(map(name, plan.carried))}]"]
        return "\n".join(lines) + "\n"

    def _write(self) -> Iterator[str]:
        for i, call in enumerate(self.program.calls):
            self._names[call] = f"t{i}"
            needed = dict.fromkeys(owner for term in call.terms() for owner in self._owners.get(term, (term,)))
            dying = [term for term in needed if self._last[term] == i and term in self._buffers]
            expression = self._expression(call, dying)
            yield f"{self._names[call]} = {expression}"
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
            x = call.args[0]
            of_rows = axis in (0, (0,)) and x.ndim == 2 and call.ndim == 1 and call.dtype == x.dtype
            if self.in_loop and of_rows and x.dtype.kind == "f":
                ones = self._constant(np.ones(x.shape[0], x.dtype))  # BLAS adds up quicker, in another order
                return f"np.dot({ones}, {self._operand(x)}, {out})"
            keep = call.kwargs.get("keepdims", False)
            return f"np.add.reduce({self._operand(call.args[0])}, {axis}, None, {out}, {keep})"
        function = getattr(np, call.function, None)
        leaky = _leaky(call)
        if leaky is not None:
            larger = f"np.maximum({', '.join(map(self._operand, leaky))}"
            reused = next((t for t in dying if t in leaky and self._can_become(t, call)), None)
            return f"{larger}, out={self._buffer(call, reused)})" if has_memory else f"{larger})"
        if has_memory and _is_choice(call):
            reused = next(
                (t for t in dying if t is call.args[1] and t is not call.args[2] and self._can_become(t, call)), None
            )
            operands = [self._operand(call.args[0]), *(self._number(x, call.dtype) for x in call.args[1:])]
            return f"chosen({', '.join([*operands, self._mask(call), self._buffer(call, reused)])})"
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
        old = self._target.get(call)
        if has_memory:
            out = "out=" if call.function in ("maximum", "minimum") else ""  # others take it by position, quicker
            args.append(out + self._buffer(call, reused))
        elif old is not None and call.function not in ("matmul", "maximum", "minimum") and self._may_replace(call, old):
            self._names[call] = self._names[old]
            args.append(self._names[old])
        return f"{name}({', '.join(args)})"

    def _may_replace(self, call: Call, old: Input) -> bool:
        """Whether what is updated is needed no more once the update is there, and the update by nobody else."""
        alone = [*self.program.results, *self.program.conditions, *self.program.updates.values()].count(call) == 1
        same = (old.shape, old.dtype) == (call.shape, call.dtype)
        return alone and same and self._last.get(old, -1) <= self._place[call]

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

    def _mask(self, call: Call) -> str:
        name = f"mask_{'_'.join(map(str, call.shape))}_{call.dtype.itemsize}"
        self.known.setdefault(name, np.empty(call.shape, f"i{call.dtype.itemsize}"))
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


def _leaky(call: Call) -> tuple[Term, Term] | None:
    """``x`` and ``a x`` of ``where(x > 0, x, a x)`` with ``0 < a <= 1``: the larger of the two."""
    if call.function != "where" or not call.shape or not all(isinstance(term, Call) for term in call.args):
        return None
    positive, x, scaled = call.args
    if (
        positive.function != "greater"
        or scaled.function != "multiply"
        or (scaled.shape, scaled.dtype)
        != (
            call.shape,
            call.dtype,
        )
    ):
        return None
    numbers = [_number(operand) for operand in (positive.args[1], scaled.args[0])]
    fits = numbers[0] == 0 and numbers[1] is not None and 0 < numbers[1] <= 1
    return (x, scaled) if fits and positive.args[0] is x and scaled.args[1] is x else None


def _is_choice(call: Call) -> bool:
    """Whether a call chooses between floats of one dtype, or numbers, for each element of a large array."""
    if call.function != "where" or call.size < _LARGE or call.dtype not in (np.float32, np.float64):
        return False
    condition, *chosen = call.args
    fits = all(x.dtype == call.dtype and not x.weak if isinstance(x, Term) else type(x) in (int, float) for x in chosen)
    return fits and isinstance(condition, Term) and (condition.shape, condition.dtype) == (call.shape, np.bool_)


def _number(operand: Any) -> float | None:
    if isinstance(operand, Constant):
        return float(operand.value) if not operand.shape else None
    return operand if type(operand) in (int, float) else None


def _product(x: Any, y: Any) -> str:
    """NumPy's quickest function for a matrix product of these operands."""
    if x.ndim == y.ndim == 2 and x.shape[1] == 1 == y.shape[0]:
        return "np.multiply"  # an outer product
    return "np.dot" if max(x.ndim, y.ndim) <= 2 and x.dtype == y.dtype else "np.matmul"
