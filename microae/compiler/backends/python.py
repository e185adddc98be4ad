"""Programs on Python's own numbers, for tiny shapes: no arrays, no compiler, and quicker than NumPy's calls.

Where Python raises and NumPy does not (a division by zero, an overflow), the step is left to an ordinary one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError, generated
from microae.compiler.backends.scalars import OPERATORS, Scalars, Symbol, lowered
from microae.compiler.loop import Loop, Plan, watched
from microae.compiler.program import Call, Program, Term

MOST = 5_000
"""Programs of more scalar operations are left to NumPy."""

WORDS = {
    "negative": "-{0}",
    "absolute": "abs({0})",
    "power": "pow({0}, {1})",  # of math: that of Python's numbers may be complex
    "sign": "(1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0} * 0.0)",
    "maximum": "({0} if {0} >= {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} <= {1} or {0} != {0} else {1})",
    "fmax": "({0} if {0} >= {1} or {1} != {1} else {1})",
    "fmin": "({0} if {0} <= {1} or {1} != {1} else {1})",
    "where": "({1} if {0} else {2})",
    "bitwise_and": "({0} and {1})",
    "logical_and": "({0} and {1})",
    "bitwise_or": "({0} or {1})",
    "logical_or": "({0} or {1})",
    "logical_not": "(not {0})",
    "isnan": "({0} != {0})",
    "reciprocal": "1.0 / {0}",
    "square": "{0} * {0}",
    **{name: f"{name}({{0}})" for name in ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh")},
    **{name: f"{name}({{0}})" for name in ("sinh", "cosh", "isfinite", "floor", "log2", "log10", "cbrt", "erfc")},
    **{f"arc{name}": f"a{name}({{0}})" for name in ("tan", "sin", "cos", "sinh", "cosh", "tanh")},
    "arctan2": "atan2({0}, {1})",
    "hypot": "hypot({0}, {1})",
    "exp2": "2.0 ** {0}",
    **{name: f"{{0}} {symbol} {{1}}" for name, symbol in OPERATORS.items()},
}
"""How each elementwise function is written."""

PRELUDE = "from math import *\n"
LEAVES = "(ArithmeticError, ValueError)"


def build(program: Program) -> Callable[..., list[Any]]:
    """A function of the program's inputs that returns its outputs."""
    scalars = _checked(program)
    lines = [f"{_targets(scalars.inputs[term])} = i{i}" for i, term in enumerate(program.inputs) if term.size]
    lines += body(scalars)
    outputs = program.outputs()
    lines.append(f"return [{', '.join(f'[{words(scalars.outputs[term])}]' for term in outputs)}]")
    names = ", ".join(f"i{i}" for i in range(len(program.inputs)))
    source = PRELUDE + f"def run({names}):\n" + _indented(lines, 1)
    run = generated.function(source, "run", {})

    @wraps(run)
    def call(*given: Any) -> list[Any]:
        try:
            flat = run(*map(_flat, given))
        except (ArithmeticError, ValueError):
            return [np.nan] * len(outputs)  # an ordinary step will say what NumPy says
        return [_shaped(numbers, term) for numbers, term in zip(flat, outputs, strict=True)]

    return call


def build_loop(program: Program, plan: Plan) -> Loop:
    """Many steps in a row on Python's numbers."""
    scalars = _checked(program)

    def built(careful: bool) -> Loop:
        source = PRELUDE + _indented(_loop(program, plan, scalars, careful), 0)
        run = generated.function(source, "loop", {})

        def loop(
            tables: Sequence[Any], index: Any, draws: Sequence[Any], carried: Sequence[Any], fixed: Sequence[Any]
        ) -> tuple[Any, list[Any]]:
            rows = [table.reshape(len(table), -1).tolist() for table in tables]
            drawn = [draw.reshape(len(draw), -1).tolist() for draw in draws]
            losses, now = run(rows, index.tolist(), drawn, [_flat(x) for x in carried], [_flat(x) for x in fixed])
            now = [_shaped(numbers, term) for numbers, term in zip(now, plan.carried, strict=True)]
            return np.array(losses, np.float64), now

        return loop

    return watched(program, built)


def _loop(program: Program, plan: Plan, scalars: Scalars, careful: bool) -> Iterable[str]:
    of = scalars.inputs
    yield "def loop(tables, index, draws, carried, fixed):"
    yield "    losses = []"
    for kind, terms in (("carried", plan.carried), ("fixed", plan.fixed)):
        for i, term in enumerate(terms):
            if term.size:
                yield f"    {_targets(of[term])} = {kind}[{i}]"
    yield "    try:"
    yield "        for step, rows in enumerate(index):"
    inner = " " * 12
    for i, term in enumerate(plan.tables):
        for b, row in enumerate(of[term]):
            if np.size(row):
                yield f"{inner}{_targets(row)} = tables[{i}][rows[{b}]]"
    for i, term in enumerate(plan.draws):
        if term.size:
            yield f"{inner}{_targets(of[term])} = draws[{i}][step]"
    for line in body(scalars):
        yield inner + line
    loss = words(scalars.outputs[program.results[0]]).rstrip(", ")
    new = [x for term in plan.carried for x in scalars.outputs[program.updates[term]].flat]
    sum_up = " + ".join([loss, *(word(x) for x in new if careful and isinstance(x, Symbol))])
    conditions = [f"not {word(x)}" for term in program.conditions for x in scalars.outputs[term].flat]
    yield f"{inner}total = {sum_up}"
    yield f"{inner}if {' or '.join([*conditions, 'total != total'])}:"
    yield f"{inner}    break"
    yield f"{inner}losses.append({loss})"
    old = [x for term in plan.carried for x in of[term].flat]
    if old:
        yield f"{inner}{', '.join(x.name for x in old)} = {', '.join(map(word, new))}"
    yield f"    except {LEAVES}:"
    yield "        pass"
    yield f"    return losses, [{', '.join(f'[{words(of[term])}]' for term in plan.carried)}]"


def _checked(program: Program) -> Scalars:
    returned = set(program.outputs())
    for term in [*program.inputs, *program.calls]:
        if term.dtype == np.float32 and (term in returned or not _is_exact(term)):
            line = f"{term.line}: " if isinstance(term, Call) and term.line else ""
            raise UnsupportedError(f"{line}Python's numbers are float64; this program has float32 arrays")
    return lowered(program, MOST)


def _is_exact(term: Term) -> bool:
    """Whether float32 numbers are those of a mask or of short integers, as they stand beside Values."""
    if not isinstance(term, Call) or term.function != "astype":
        return False
    given = term.args[0].dtype
    return bool(given.kind in "biu" and given.itemsize <= 2)


# --- writing -----------------------------------------------------------------------------------------------------


def body(
    scalars: Scalars, language: dict[str, str] = WORDS, special: Callable[[Symbol], str | None] = lambda symbol: None
) -> list[str]:
    """The lines that compute the symbols; ``special`` has another word for some."""
    return [f"{s.name} = {(special(s) or language[s.function]).format(*map(word, s.args))}" for s in scalars.order]


def word(x: Any) -> str:
    """A symbol or a number."""
    if isinstance(x, Symbol):
        return x.name
    if isinstance(x, float) and not np.isfinite(x):
        return "float('nan')" if x != x else f"float('{'-' * (x < 0)}inf')"
    return f"({x!r})" if isinstance(x, (int, float)) and x < 0 else repr(x)


def words(array: Any) -> str:
    """The elements of an array, each followed by a comma."""
    return "".join(f"{word(x)}, " for x in array.flat)


def _targets(array: Any) -> str:
    return "(" + "".join(f"{x.name}, " for x in np.asarray(array, object).flat) + ")"


def _indented(lines: Iterable[str], depth: int) -> str:
    return "".join(f"{'    ' * depth}{line}\n" for line in lines)


def _flat(x: Any) -> list[Any]:
    return [x] if type(x) in (int, float) else np.asarray(x).ravel().tolist()


def _shaped(numbers: list[Any], term: Term) -> Any:
    if term.weak:
        return numbers[0]
    return np.array(numbers, term.dtype).reshape(term.shape)[()]
