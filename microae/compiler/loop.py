"""Many steps in a row: what a backend is asked for to run a whole training.

The samples of each step are picked from tables by an index; parameters, states and counts are carried from step to
step; draws come one for each step. A loop stops before a step that an ordinary one must take: one in which a condition
of the program does not hold, or a number that it makes is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from microae.compiler.program import Input, Program


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


def stepwise(program: Program, plan: Plan, run: Callable[..., list[Any]]) -> Loop:
    """A loop in Python around a function that takes one step."""
    place = {term: i for i, term in enumerate(program.inputs)}
    n, m = len(program.results), len(program.updates)
    k = n + m + len(program.gradients)

    def loop(
        tables: Sequence[Any], index: Any, draws: Sequence[Any], carried: Sequence[Any], fixed: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        given: list[Any] = [None] * len(program.inputs)
        losses, now = [], list(carried)

        def give(terms: Sequence[Input], arrays: Sequence[Any]) -> None:
            for term, array in zip(terms, arrays, strict=True):
                if term in place:
                    given[place[term]] = array

        give(plan.fixed, fixed)
        with np.errstate(all="ignore"):
            for step, rows in enumerate(index):
                give(plan.tables, [table[rows] for table in tables])
                give(plan.draws, [draw[step] for draw in draws])
                give(plan.carried, now)
                outputs = run(*given)
                if not all(outputs[k:]) or any(map(has_nan, outputs[: n + m])):
                    break
                losses.append(outputs[0])
                now = outputs[n : n + m]
        return np.array(losses, np.float64), now

    return loop


def has_nan(x: Any) -> bool:
    """Whether any number of an array is NaN: ``argmax`` takes it for the largest."""
    if isinstance(x, np.ndarray):
        if x.dtype.kind != "f" or not x.size:
            return False
        x = x.item(x.argmax())
    return bool(x != x)
