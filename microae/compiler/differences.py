"""In what two traced steps differ: what was baked in unnoticed, such as a batch drawn inside, differs each time."""

from __future__ import annotations

from typing import Any

from microae.compiler.program import Constant, Program, Term
from microae.compiler.step import TracedStep


def first_difference(one: TracedStep, other: TracedStep, where: str = "the step") -> str:
    """What differs in two traces, with its line; empty if nothing does, or only in what is never used.

    ``where`` says of which step, where no line does.
    """
    if one.structure.key != other.structure.key:
        return f"{where}: what the step returns besides arrays differs from one step to the next"
    if list(map(id, one.grads)) != list(map(id, other.grads)):  # which would compare their numbers
        return f"{where}: the step gives other Values a gradient the second time"
    return _first_difference(one.traced, other.traced, where) and _first_difference(one.program, other.program, where)


def _first_difference(one: Program, other: Program, where: str) -> str:
    same: dict[Term, Term] = dict(zip(one.inputs, other.inputs, strict=False))
    if [(t.kind, t.shape, t.dtype) for t in one.inputs] != [(t.kind, t.shape, t.dtype) for t in other.inputs]:
        return f"{where}: the step reads other things the second time"
    for a, b in zip(one.calls, other.calls, strict=False):
        is_one_number = b.function == "broadcast_to" and isinstance(b.args[0], Constant)
        said = f"{b.line}: " + ("an array is used" if is_one_number else f"np.{b.function} is called")
        elsewhere = a.line != b.line and a.opaque is not None  # another function of one name, perhaps
        if elsewhere or (a.function, a.shape, a.dtype) != (b.function, b.shape, b.dtype):
            return f"{said} where the step before called np.{a.function} at {a.line}; a program takes one way only"
        operands = zip((*a.args, *a.kwargs.values()), (*b.args, *b.kwargs.values()), strict=True)
        if not all(_equal(x, y, same) for x, y in operands):
            return (
                f"{said} with numbers that differ from one step to the next, but come from no argument, parameter or "
                "random generator of a module; pass them as arguments"
            )
        same[a] = b
    if len(one.calls) != len(other.calls):
        longer, shorter = sorted((one.calls, other.calls), key=len, reverse=True)
        more = longer[len(shorter)]
        return (
            f"{more.line}: np.{more.function} is called in one step, but not in the next; a program takes one way only"
        )
    if not all(_equal(x, y, same) for x, y in zip(one.outputs(), other.outputs(), strict=False)):
        return f"{where}: what the step returns or updates differs from one step to the next"
    return ""


def _equal(x: Any, y: Any, same: dict[Term, Term]) -> bool:
    if isinstance(x, Constant) and isinstance(y, Constant):
        return x.value.tobytes() == y.value.tobytes() and x.shape == y.shape
    if isinstance(x, Term):
        return same.get(x) is y
    if type(x) in (tuple, list):
        return type(x) is type(y) and len(x) == len(y) and all(_equal(a, b, same) for a, b in zip(x, y, strict=True))
    return type(x) is type(y) and (x is y or repr(x) == repr(y))
