"""Programs as NumPy calls; always there.

Each intermediate result goes into a buffer that is made once; the memory of one that is needed no more serves the next
of its shape and dtype. What leaves a step is always new, and its inputs stay as they are; in a loop, where nobody sees
them between the steps, parameters are updated where they stand. Chains of elementwise functions of large arrays are
done a block of rows after the other, so that what is between them stays in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from microae.compiler.backends import generated
from microae.compiler.backends.memory import arrays
from microae.compiler.chains import chains
from microae.compiler.loop import Loop, Plan, has_nan, watched
from microae.compiler.passes import last_uses, shared_memory, without_unused
from microae.compiler.printing import written
from microae.compiler.program import Call, Constant, Input, Program, Term, replaced


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

_CACHED = 1 << 17
"""Elements of an array from which a chain is done in blocks."""

_BLOCK = 1 << 18
"""Bytes of an array in a block."""


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
    """A program's text, and in ``known`` the constants that it names.

    ``in_loop``: an update may be written over what it updates, and rounding may differ from the ordinary step's.
    ``whole``: nothing is done in blocks.
    """

    def __init__(self, program: Program, in_loop: bool = False, whole: bool = False) -> None:
        self.in_loop = in_loop
        self.whole = whole
        parts = list(chains(program, self._can_be_blocked, self._adds_up_blocks, lambda call: not call.shape))
        calls = [call for part in parts for call in (part if isinstance(part, list) else [part])]
        self.program = program = replace(program, calls=calls)
        self.known: dict[str, Any] = {"np": np, "has_nan": has_nan, "chosen": _chosen}
        self._memory: dict[str, tuple[tuple[int, ...], Any]] = {}  # names of buffers, with shape and dtype
        self._names: dict[Term, str] = {term: f"x{i}" for i, term in enumerate(program.inputs)}
        self._literals: dict[Any, str] = {}
        self._free: dict[tuple[Any, Any], list[str]] = {}
        self._buffers: dict[Term, str] = {}  # of results that are still needed
        self._owners = shared_memory(program)
        self._last = last_uses(program, self._owners)
        self._place = {call: i for i, call in enumerate(program.calls)}
        self._target = {new: old for old, new in program.updates.items()} if in_loop else {}
        self._lines = [line for part in parts for line in self._write(part)]

    def step(self) -> str:
        """A function that takes one step, in memory that it keeps."""
        self._keep_memory()
        body = "".join(f"    {line}\n" for line in self._lines)
        outputs = ", ".join(self._operand(term) for term in self.program.outputs())
        return f"def run({', '.join(self._names[t] for t in self.program.inputs)}):\n{body}    return [{outputs}]\n"

    def block(self) -> str:
        """A function that stores all updates over what they update, and returns the results."""
        self._keep_memory()
        body = "".join(f"    {line}\n" for line in self._lines)
        for old, new in self.program.updates.items():
            if self._names[old] != self._names[new]:
                body += f"    {self._names[old]}[...] = {self._names[new]}\n"
        outputs = ", ".join(map(self._operand, self.program.results))
        return f"def block({', '.join(self._names[t] for t in self.program.inputs)}):\n{body}    return [{outputs}]\n"

    def loop(self, plan: Plan, careful: bool) -> str:
        """A function that takes many, in memory that it has for as long.

        ``careful``: it stops at the first in which a parameter becomes NaN.
        """
        program, name = self.program, self._operand
        used = set(program.inputs)
        lines = ["def loop(index, losses, tables, draws, carried, fixed):", "    step = -1"]
        picked = {term: self._row(term, f"tables[{i}]") for i, term in enumerate(plan.tables) if term in used}
        if self._memory:
            names, made = ", ".join(self._memory), self._constant(list(self._memory.values()))
            lines.append(f"    [{names}] = {self._constant(arrays)}({made})")
        for kind, terms in (("carried", plan.carried), ("fixed", plan.fixed)):
            lines += [f"    {name(term)} = {kind}[{i}]" for i, term in enumerate(terms) if term in used]
        lines.append("    for step, rows in enumerate(index):")
        lines += [f"        {name(term)} = {row}" for term, row in picked.items()]
        lines += [f"        {name(term)} = draws[{i}][step]" for i, term in enumerate(plan.draws) if term in used]
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

    def _row(self, term: Input, table: str) -> str:
        """The samples that a step is given; those of a large batch are picked into memory that is there."""
        kept = any(term is new or term in self._owners.get(new, ()) for new in self.program.updates.values())
        if kept or not self._is_large(term):
            return f"{table}[rows]"
        return f"np.take({table}, rows, 0, {self._room(term.shape, term.dtype)}, 'clip')"

    def _write(self, part: Call | list[Call]) -> Iterator[str]:
        calls = part if isinstance(part, list) else [part]
        if sum(map(self._can_be_blocked, calls)) > 1:
            yield from self._blocks(calls)
            return
        for call in calls:
            i = self._place[call]
            self._names[call] = f"t{i}"
            needed = dict.fromkeys(owner for term in call.terms() for owner in self._owners.get(term, (term,)))
            dying = [term for term in needed if self._last[term] == i and term in self._buffers]
            expression = self._expression(call, dying)
            yield f"{self._names[call]} = {expression}"
            self._release(dying)

    def _release(self, terms: Iterable[Term]) -> None:
        """Let others have the memory of what is needed no more."""
        for term in terms:
            if term in self._buffers:
                self._free.setdefault((term.shape, term.dtype), []).append(self._buffers.pop(term))

    # a chain, a block of rows after the other

    def _can_be_blocked(self, call: Call) -> bool:
        if self.whole:
            return False
        is_elementwise = isinstance(getattr(np, call.function, None), np.ufunc) and call.function != "matmul"
        if not (is_elementwise or call.function == "where") or call.kwargs or call.opaque is not None:
            return False
        return self._is_large(call)

    def _is_large(self, term: Term) -> bool:
        return term.ndim > 0 and term.size >= _CACHED

    def _adds_up_blocks(self, call: Call) -> bool:
        """Whether a call reduces what can be blocked to one number, or to one row: in another order, so in loops."""
        x = call.args[0] if call.args else None
        if not self.in_loop or not isinstance(x, Call) or not self._can_be_blocked(x):
            return False
        if call.function == "all":
            return x.dtype == np.bool_ and len(call.args) == 1 and not call.kwargs
        axes = _axes(call)
        return axes is not None and axes in (tuple(range(x.ndim)), (0,)) and call.dtype == x.dtype

    def _blocks(self, calls: list[Call]) -> Iterator[str]:
        """A chain as a function of a block of rows, called for one after the other."""
        chain, end = set(calls), self._place[calls[-1]]
        reduced = [call for call in calls if self._adds_up_blocks(call)]
        n, *row = shape = next(call.shape for call in calls if call not in reduced)
        stored = [call for call in calls if call not in reduced and self._is_used_outside(call, chain)]
        given = list(dict.fromkeys(x for call in calls for x in call.terms() if not isinstance(x, Constant) or x.shape))
        given = [x for x in given if x not in chain]
        names = [self._operand(x) for x in given]
        into: dict[Call, Term] = {}  # what a result is stored over
        for call in stored:
            name, over = self._stored(call, calls, given)
            if self._last[call] == len(self.program.calls) and over is None:
                yield f"{name} = np.empty({shape}, {self._constant(call.dtype)})"
            if over is None or over not in given:
                over = Input("memory", call.shape, call.dtype)
                given.append(over)
                names.append(name)
            into[call] = over
            self._names[call] = name
        rows = max(1, _BLOCK // (max(call.dtype.itemsize for call in stored or calls) * math.prod(row)))
        for call in reduced:
            self._names[call] = f"t{self._place[call]}"
            yield f"{self._names[call]} = []"
        for start, stop, size in ((0, n - n % rows, rows), (n - n % rows, n, n % rows)):
            if start == stop:
                continue
            block = self._constant(_block(size, calls, reduced, given, into))
            sliced = [name + "[i:j]" * _has_rows(x, shape) for name, x in zip(names, given, strict=True)]
            yield f"for i in range({start}, {stop}, {size}):"
            yield f"    j = i + {size}"
            yield f"    {'found = ' * bool(reduced)}{block}({', '.join(sliced)})"
            yield from (f"    {self._names[call]}.append(found[{k}])" for k, call in enumerate(reduced))
        for call in reduced:
            name = self._names[call]
            yield f"{name} = all({name})" if call.function == "all" else f"{name} = np.add.reduce({name})"
        needed = (owner for call in calls for x in call.terms() for owner in self._owners.get(x, (x,)))
        self._release(term for term in dict.fromkeys(needed) if self._last[term] <= end)

    def _is_used_outside(self, call: Call, chain: set[Call]) -> bool:
        return self._last[call] == len(self.program.calls) or any(
            call in user.terms() for user in self.program.calls[self._place[call] :] if user not in chain
        )

    def _stored(self, call: Call, calls: list[Call], given: list[Term]) -> tuple[str, Term | None]:
        """Where a result of a chain is stored, and over which term, if over one that is needed no more."""
        shown = {owner for user in calls for x in user.terms() for owner in self._owners.get(x, ())}
        old = self._target.get(call)
        if old is not None and old not in shown and self._may_replace(call, old):
            return self._names[old], old
        if self._last[call] == len(self.program.calls):
            return f"t{self._place[call]}", None
        for term in given:
            same = (term.shape, term.dtype) == (call.shape, call.dtype)
            if same and term in self._buffers and term not in shown and self._last[term] <= self._place[call]:
                return self._buffer(call, term), term
        return self._buffer(call, None), None

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
        number = self._operand if call.function == "ldexp" else partial(self._number, dtype=floats[0])
        args = [number(operand) for operand in call.args]
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
            name = self._room(call.shape, call.dtype)
        self._buffers[call] = name
        return name

    def _mask(self, call: Call) -> str:
        name = f"mask_{'_'.join(map(str, call.shape))}_{call.dtype.itemsize}"
        self._memory[name] = call.shape, np.dtype(f"i{call.dtype.itemsize}")
        return name

    def _room(self, shape: tuple[int, ...], dtype: Any) -> str:
        name = f"b{len(self._memory)}"
        self._memory[name] = shape, dtype
        return name

    def _keep_memory(self) -> None:
        self.known |= {name: np.empty(shape, dtype) for name, (shape, dtype) in self._memory.items()}

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


def _axes(call: Call) -> tuple[int, ...] | None:
    """The axes that a sum takes away; None if it is no sum, or leaves axes of one element."""
    if call.function not in ("add.reduce", "sum") or not set(call.kwargs) <= {"axis", "keepdims"}:
        return None
    default = None if call.function == "sum" else 0
    axis, n = call.kwargs.get("axis", call.args[1] if len(call.args) > 1 else default), call.args[0].ndim
    if call.kwargs.get("keepdims", False):
        return None
    return tuple(range(n)) if axis is None else tuple(i % n for i in (axis if isinstance(axis, tuple) else (axis,)))


def _has_rows(term: Term, shape: Sequence[int]) -> bool:
    """Whether an operand of a chain has a row for each of the chain's, rather than one for all."""
    return term.ndim == len(shape) and term.shape[0] == shape[0]


def _block(rows: int, calls: list[Call], reduced: list[Call], given: list[Term], into: dict[Call, Term]) -> Any:
    """The function of a block of so many rows of what is given: it returns what is reduced, and stores the others."""
    shape = next(call.shape for call in calls if call not in reduced)
    small: dict[Term, Any] = {}  # the same terms, of one block
    for term in given:
        own = (rows, *term.shape[1:]) if _has_rows(term, shape) else term.shape
        small[term] = Input("argument", own, term.dtype, term.weak)

    def by(term: Term) -> Any:
        return small.get(term, term)

    for call in calls:
        copy = small[call] = call.with_arguments([replaced(x, by) for x in call.args], call.kwargs)
        copy.shape = call.shape if call in reduced else (rows, *call.shape[1:])
    program = Program(
        [small[term] for term in given],
        [small[call] for call in calls],
        [small[call] for call in reduced],
        {small[old]: small[new] for new, old in into.items()},
    )
    text = _Text(program, in_loop=True, whole=True)
    return generated.function(text.block(), "block", text.known)


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
