"""Programs as NumPy calls; always there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microae.compiler.loop import Loop, Plan, stepwise
from microae.compiler.program import Program, evaluate


def build(program: Program) -> Callable[..., list[Any]]:
    """A function of the program's inputs that returns its outputs."""

    def run(*given: Any) -> list[Any]:
        values = evaluate(program, given)
        return [values[term] for term in program.outputs()]

    return run


def build_loop(program: Program, plan: Plan) -> Loop:
    """Many steps in a row, each by a call from Python."""
    return stepwise(program, plan, build(program))
