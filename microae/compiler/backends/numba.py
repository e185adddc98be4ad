"""Programs as native code, through numba: whole trainings without Python between the steps.

Small programs are written out number by number; larger ones as loops, one for each chain of elementwise functions, with
matrix products left to BLAS. Most texts are so plain that numba's LLVM takes them without numba. What is compiled is
kept in a directory of its owner's, by its content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError, cached, loops, native
from microae.compiler.backends import numpy as numpy_backend
from microae.compiler.backends.python import WORDS, body, word
from microae.compiler.backends.scalars import Scalars, Symbol, lowered
from microae.compiler.backends.texts import OtherwiseError
from microae.compiler.loop import Loop, Plan, watched
from microae.compiler.program import Input, Program

MOST = 600
"""Programs of more scalar operations are compiled as loops: written out, they would take too long to compile."""


def build(program: Program) -> Callable[..., list[Any]]:
    """One step by NumPy: what costs there is the call, which native code would not save."""
    return numpy_backend.build(program)


def build_loop(program: Program, plan: Plan) -> Loop:
    """Many steps in a row, natively."""

    def built(careful: bool) -> Loop:
        try:
            constants: list[Any] = []
            source = _small(program, plan, lowered(program, MOST, fused=True), careful)
        except UnsupportedError:
            source, constants = loops.source(program, plan, careful)
        return _Native(_compiled(source, plan, constants), plan, constants)

    return watched(program, built)


def _compiled(source: str, plan: Plan, constants: Sequence[Any]) -> Any:
    """The function of a text: by LLVM alone where it is as plain as it mostly is, else by numba."""
    try:
        return native.function(source, loops.arguments(plan, constants))
    except OtherwiseError:
        from numba.core.errors import NumbaError  # only now, for numba's import alone takes longer than all of this
    try:
        return cached.function(source, "loop")
    except NumbaError as error:
        raise UnsupportedError(f"numba: {str(error).splitlines()[0]}") from error


class _Native:
    """The arrays of a loop, as native code takes them."""

    def __init__(self, run: Any, plan: Plan, constants: Sequence[Any]) -> None:
        self.run = run
        self.plan = plan
        self.constants = constants

    def __call__(
        self, tables: Sequence[Any], index: Any, draws: Sequence[Any], carried: Sequence[Any], fixed: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        plan = self.plan
        given = [
            *(_flat(table, term, 1) for table, term in zip(tables, plan.tables, strict=True)),
            *(_flat(draw, term, 1) for draw, term in zip(draws, plan.draws, strict=True)),
        ]
        constant = [_flat(x, term, 0) for x, term in zip(fixed, plan.fixed, strict=True)]
        index = np.ascontiguousarray(index, np.int64)
        losses = np.empty(len(index))
        now = [_flat(x, term, 0, copy=True) for x, term in zip(carried, plan.carried, strict=True)]
        done = self.run(index, losses, *given, *now, *constant, *self.constants)
        return losses[:done], [_shaped(x, term) for x, term in zip(now, plan.carried, strict=True)]


def _flat(x: Any, term: Input, axes: int, copy: bool = False) -> Any:
    """An array with its first ``axes`` axes kept and the others in one; numbers too."""
    dtype = np.float64 if term.weak else term.dtype
    array = np.array(x, dtype) if copy else np.ascontiguousarray(x, dtype)
    return array.reshape(*array.shape[:axes], -1)


def _shaped(x: Any, term: Input) -> Any:
    if term.weak:
        return int(x[0]) if term.dtype.kind in "iu" else float(x[0])
    return x.reshape(term.shape)[()]


# --- number by number --------------------------------------------------------------------------------------------


def _small(program: Program, plan: Plan, scalars: Scalars, careful: bool) -> str:
    """The text of a loop in which every number has a name."""
    of = scalars.inputs
    if any(term.dtype == np.float32 for term in (*program.inputs, *program.calls)):
        raise UnsupportedError("numbers of float32 are compiled as loops")
    carried = [(f"c{i}[{j}]", symbol) for i, term in enumerate(plan.carried) for j, symbol in enumerate(of[term].flat)]
    fixed = [(f"f{i}[{j}]", symbol) for i, term in enumerate(plan.fixed) for j, symbol in enumerate(of[term].flat)]
    lines = [f"    {symbol.name} = {place}" for place, symbol in (*carried, *fixed)]
    lines += ["    done = 0", "    for step in range(index.shape[0]):"]
    inner = " " * 8
    for i, term in enumerate(plan.tables):
        for b, row in enumerate(of[term]):
            lines.append(f"{inner}row = index[step, {b}]")
            lines += [f"{inner}{symbol.name} = t_{i}[row, {j}]" for j, symbol in enumerate(np.ravel(row))]
    for i, term in enumerate(plan.draws):
        lines += [f"{inner}{symbol.name} = d{i}[step, {j}]" for j, symbol in enumerate(of[term].flat)]
    lines += [f"{inner}{line}" for line in body(scalars, WORDS | loops.BY_OPERATOR, _special)]
    loss = word(scalars.outputs[program.results[0]].flat[0])
    new = [x for term in plan.carried for x in scalars.outputs[program.updates[term]].flat]
    lines.append(f"{inner}total = {' + '.join([loss, *(x.name for x in new if careful and isinstance(x, Symbol))])}")
    conditions = [f"not {word(x)}" for term in program.conditions for x in scalars.outputs[term].flat]
    lines.append(f"{inner}if {' or '.join([*conditions, 'total != total'])}:")
    lines += [f"{inner}    break", f"{inner}losses[step] = {loss}"]
    if carried:
        lines.append(f"{inner}{', '.join(s.name for _, s in carried)} = {', '.join(map(word, new))}")
    lines.append(f"{inner}done = step + 1")
    lines += [f"    {place} = {symbol.name}" for place, symbol in carried]
    return (
        "from math import *\nfrom numba import njit\n\n"
        "from microae.compiler.backends.native_math import exp64, exp_of_negative64, log1p_of_fraction64\n\n\n"
        f"@njit({loops.signature(plan)!r}, error_model='numpy', fastmath={{'contract'}}, nogil=True, cache=CACHE)\n"
        f"def loop({', '.join(loops.parameters(plan))}):\n" + "\n".join(lines) + "\n    return done\n"
    )


def _special(symbol: Symbol) -> str | None:
    """What native code says in another way: exp, that of a negative number, and ``log1p(exp(-abs(x)))``."""
    names = [symbol.function]
    while len(names) < 4 and symbol.args and isinstance(symbol.args[0], Symbol):
        symbol = symbol.args[0]
        names.append(symbol.function)
    if names == ["log1p", "exp", "negative", "absolute"]:
        return "log1p_of_fraction64({0})"
    if names[0] == "exp":
        return "exp_of_negative64({0})" if names[1:3] == ["negative", "absolute"] else "exp64({0})"
    return None
