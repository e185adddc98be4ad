"""Many steps in a row: what a backend is asked for to run a whole training.

The samples of each step are picked from tables by an index; parameters, states and counts are carried from step to
step; draws come one for each step. A loop stops before a step that an ordinary one must take: one in which a condition
of the program does not hold, or a number that it makes is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from microae.compiler.passes import without_unused
from microae.compiler.program import Call, Constant, Input, Program, Term, apply


@dataclass
class Plan:
    """Where the inputs of a program come from in a loop.

    Attributes
    ----------
    tables : list of Input
        Arguments: rows of a table, picked by the step's index, are given to each step.
    draws : list of Input
        Random numbers, another array for each step.
    carried : list of Input
        What the program updates.
    fixed : list of Input
        The same for all steps: learning rates, parameters without an update.
    """

    tables: list[Input]
    draws: list[Input]
    carried: list[Input]
    fixed: list[Input]

    @classmethod
    def of(cls, program: Program) -> Plan:
        """The plan of a program whose arguments are rows of tables."""
        kinds: dict[str, list[Input]] = {"argument": [], "draw": []}
        fixed = []
        for term in program.inputs:
            if term.kind in kinds:
                kinds[term.kind].append(term)
            elif term not in program.updates:
                fixed.append(term)
        return cls(kinds["argument"], kinds["draw"], list(program.updates), fixed)


class Loop(Protocol):
    """Many steps in a row.

    Parameters
    ----------
    tables : sequence of arrays (N, ...)
        One for each argument of the plan.
    index : array of int64 (steps, batch)
        The rows that each step picks.
    draws : sequence of arrays (steps, ...)
    carried, fixed : sequences of arrays, numbers of NumPy or, for counts of steps, Python numbers
        Before the first step; they are not changed.

    Returns
    -------
    losses : array of float64 (done,)
        The first result of each step that was taken.
    carried : list of arrays
        After the last step that was taken.
    """

    def __call__(
        self,
        tables: Sequence[Any],
        index: Any,
        draws: Sequence[Any],
        carried: Sequence[Any],
        fixed: Sequence[Any],
    ) -> tuple[Any, list[Any]]: ...


def watched(program: Program, build: Callable[[bool], Loop]) -> Loop:
    """A loop that stops before the step in which a number that is carried becomes NaN.

    Parameters
    ----------
    program : Program
    build : callable
        ``build(careful)``: a loop that stops before a step whose loss is NaN, or in which a condition does not hold;
        a careful one also before a step that makes anything NaN that is carried. What it returns as carried is of use
        only if it took all steps.
    """
    lasts = all(_nan_lasts(old, new) for old, new in program.updates.items())
    built = build(not lasts)

    def loop(
        tables: Sequence[Any], index: Any, draws: Sequence[Any], carried: Sequence[Any], fixed: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        losses, now = built(tables, index, draws, carried, fixed)
        if len(losses) == len(index) and lasts and any(map(has_nan, now)):  # since which step?
            losses, now = build(True)(tables, index, draws, carried, fixed)
        if 0 < len(losses) < len(index):  # the step that failed may have changed something: again, up to there
            return loop(tables, index[: len(losses)], draws, carried, fixed)
        return losses, now if len(losses) else list(carried)

    return loop


def _nan_lasts(old: Input, new: Term) -> bool:
    """Whether a NaN in what is updated stays there for good, so that it is enough to look at the end."""
    if old.dtype.kind != "f":
        return True
    waiting = [new]
    while waiting:
        term = waiting.pop()
        if term is old:
            return True
        if isinstance(term, Call) and term.function in ("add", "subtract", "multiply", "divide"):
            waiting += term.terms()
    return False


def conditions_met(program: Program, plan: Plan, tables: Sequence[Any]) -> frozenset[Term]:
    """The conditions that every sample of the tables meets by itself, so that no step needs to ask for them.

    Those are conditions on all numbers of some elementwise function of the samples.
    """
    asked = without_unused(replace(program, results=[], updates={}, gradients={}))
    values: dict[Term, Any] = dict(zip(plan.tables, tables, strict=True))
    for call in asked.calls:
        if not all(t in values or (isinstance(t, Constant) and not t.shape) for t in call.terms()):
            continue
        elementwise = isinstance(getattr(np, call.function, None), np.ufunc) and call.function != "matmul"
        if call.kwargs or call.weak or not (elementwise or (call.function == "all" and len(call.args) == 1)):
            continue
        args = [x.value if isinstance(x, Constant) else values.get(x, x) for x in call.args]
        values[call] = apply(call, args, {})
    return frozenset(c for c in program.conditions if c in values and c not in plan.tables and bool(values[c]))


def without_conditions(program: Program, met: frozenset[Term]) -> Program:
    """The same program, without the conditions that are known to be met."""
    return without_unused(replace(program, conditions=[c for c in program.conditions if c not in met]))


def has_nan(x: Any) -> bool:
    """Whether any number of an array is NaN: ``argmax`` takes it for the largest."""
    if isinstance(x, np.ndarray):
        if x.dtype.kind != "f" or not x.size:
            return False
        x = x.item(x.argmax())
    return bool(x != x)
