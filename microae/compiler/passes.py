"""Passes: from the program that was traced to one in which nothing is said twice, unused, or known before.

Each takes a program and returns one that means the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from microae.compiler.program import Call, Constant, Program, Term, apply, replaced

_LARGE = 1 << 16
"""Results of more elements are computed anew in each step, not kept as constants."""


def folded(program: Program) -> Program:
    """Constant folding: what depends on constants alone is computed now."""
    return _rewritten(program, _fold)


def _fold(call: Call) -> Term:
    terms = call.terms()
    if call.opaque is not None or not all(isinstance(term, Constant) for term in terms) or call.size > _LARGE:
        return call
    if call.function == "part" or call.size > max(1, sum(term.size for term in terms)) or call.weak or _has_parts(call):
        return call
    args = [replaced(operand, _value) for operand in call.args]
    kwargs = {name: replaced(operand, _value) for name, operand in call.kwargs.items()}
    with np.errstate(all="ignore"):
        return Constant(np.asarray(apply(call, args, kwargs))[()], call.line)


def _has_parts(call: Call) -> bool:
    return call.function.startswith("linalg.") or call.function in ("modf", "frexp", "divmod")


def _value(term: Any) -> Any:
    return term.value


def without_identities(program: Program) -> Program:
    """Leave out what changes nothing: ``1 * x``, a cast to the own dtype, a choice between equal numbers."""
    return _rewritten(program, _simplify)


def _simplify(call: Call) -> Term:
    if call.opaque is not None or call.weak:
        return call
    number = _known(call)
    if number is not None:
        return _everywhere(number, call)
    args = _without_broadcasts(call)
    if args is not call.args:
        call = call.with_arguments(args, call.kwargs)
    x = _unchanged(call)
    return x if isinstance(x, Term) and x.shape == call.shape and x.dtype == call.dtype and not x.weak else call


def _known(call: Call) -> Any:
    """The number that each element of a result is, whatever the inputs; None if there is none."""
    if call.function == "bitwise_and" and call.dtype == bool:
        return False if any(_number(arg) is False for arg in call.args) else None
    if call.function == "where" and len(call.args) == 3:
        x, y = map(_number, call.args[1:])
        if type(x) is type(y) and x is not None and np.array(x).tobytes() == np.array(y).tobytes():
            return x
    return None


def _number(operand: Any) -> Any:
    """The Python number that an operand is in each of its elements; None if it is not one."""
    if isinstance(operand, Call) and operand.function == "broadcast_to" and operand.opaque is None:
        operand = operand.args[0]
    if isinstance(operand, Constant):
        return operand.value.item() if not operand.shape else None
    return operand if type(operand) in (bool, int, float) else None


def _everywhere(number: Any, call: Call) -> Term:
    """A number in the shape and dtype of a call."""
    constant = Constant(np.asarray(number, call.dtype)[()], call.line)
    if not call.shape:
        return constant
    like = np.broadcast_to(constant.value, call.shape)
    return Call("broadcast_to", [constant, call.shape], {}, like, provenance=call.provenance, line=call.line)


def _without_broadcasts(call: Call) -> list[Any]:
    """The arguments of an elementwise function, which broadcasts them itself."""
    if not any(isinstance(arg, Call) and arg.function == "broadcast_to" for arg in call.args):
        return call.args
    if not isinstance(getattr(np, call.function, None), np.ufunc) or call.function == "matmul" or call.kwargs:
        return call.args
    args = [
        arg.args[0]
        if isinstance(arg, Call) and arg.function == "broadcast_to" and isinstance(arg.args[0], Term)
        else arg
        for arg in call.args
    ]
    shapes = [arg.shape for arg in args if isinstance(arg, Term)]
    return args if shapes and np.broadcast_shapes(*shapes) == call.shape else call.args


_PASSING_ON = {"copy", "positive", "reshape", "broadcast_to", "astype", "ravel", "squeeze", "expand_dims"}
"""Functions whose result is the argument, if it has its shape and dtype."""


def _unchanged(call: Call) -> Any:
    """The argument that the result of a call is equal to, if there is one."""
    name, args = call.function, call.args
    if name in _PASSING_ON:
        return args[0]
    if name == "transpose" and len(call.shape) < 2:
        return args[0]
    if name == "multiply":
        return args[1] if _is_number(args[0], 1) else args[0] if _is_number(args[1], 1) else None
    if name in ("divide", "power"):
        return args[0] if _is_number(args[1], 1) else None
    if name == "where" and len(args) == 3 and _number(args[0]) in (True, False):
        return args[1] if _number(args[0]) else args[2]
    if name in ("add.reduce", "sum") and isinstance(args[0], Term) and not args[0].shape:
        return args[0]
    return None


def _is_number(operand: Any, number: float) -> bool:
    if isinstance(operand, Constant):
        return not operand.shape and bool(operand.value == number)
    return type(operand) in (int, float) and operand == number


def shared(program: Program) -> Program:
    """Common subexpressions: what is computed twice is computed once."""
    return _rewritten(program, _sharing())


def _sharing() -> Callable[[Call], Term]:
    known: dict[Any, Call] = {}

    def share(call: Call) -> Term:
        if call.opaque is not None:
            return call
        kwargs = tuple((k, _key(v)) for k, v in sorted(call.kwargs.items())) if call.kwargs else ()
        return known.setdefault((call.function, call.dtype, call.weak, tuple(map(_key, call.args)), kwargs), call)

    return share


def _key(operand: Any) -> Any:
    if isinstance(operand, Constant):
        return (operand.shape, operand.dtype, operand.value.tobytes())
    if isinstance(operand, Term):
        return id(operand)
    if type(operand) in (tuple, list):
        return (type(operand), *map(_key, operand))
    return (type(operand), repr(operand))  # repr: slices, and -0.0 beside 0.0


def without_unused(program: Program) -> Program:
    """Dead code: only what an output needs."""
    needed = set(program.outputs())
    for call in reversed(program.calls):
        if call in needed:
            needed.update(call.terms())
    return replace(program, calls=[call for call in program.calls if call in needed])


PASSES: dict[str, Callable[[Program], Program]] = {
    "constant folding": folded,
    "identities": without_identities,
    "common subexpressions": shared,
    "dead code": without_unused,
}
"""In the order in which they are applied."""


def optimised(program: Program) -> Program:
    """The program after all passes, of which those that look at one call are done in one go."""
    share = _sharing()

    def rule(call: Call) -> Term:
        became = _fold(call)
        became = _simplify(became) if isinstance(became, Call) else became
        return share(became) if isinstance(became, Call) else became

    return without_unused(_rewritten(program, rule))


def _rewritten(program: Program, rule: Callable[[Call], Term]) -> Program:
    """A program in which each call is what ``rule`` makes of it, once its arguments are."""
    new: dict[Term, Term] = {}
    calls: list[Call] = []
    made: set[Term] = set()

    def by(term: Term) -> Term:
        return new.get(term, term)

    for call in program.calls:
        kept = call
        if not new.keys().isdisjoint(call.terms()):
            kept = call.with_arguments(
                [replaced(operand, by) for operand in call.args],
                {name: replaced(operand, by) for name, operand in call.kwargs.items()},
            )
        became = rule(kept)
        if isinstance(became, Call) and became not in made:
            calls.append(became)
            made.add(became)
        if became is not call:
            new[call] = became
    return program.with_calls(calls, by)


# --- whose memory a result shows --------------------------------------------------------------------------------


_NEW = {
    "where", "concatenate", "stack", "dot", "outer", "sum", "prod", "mean", "max", "min", "all", "any", "cumsum",
    "cumprod", "std", "var", "argmax", "argmin", "argsort", "sort", "take", "take_along_axis", "clip", "astype", "copy",
    "tile", "repeat", "linalg.det", "linalg.inv", "linalg.solve", "linalg.norm", "linalg.cholesky",
}  # fmt: skip
"""Functions, beside ufuncs, whose result is always in memory of its own."""


def _is_new(call: Call) -> bool:
    function: Any = np
    for part in call.function.split("."):
        if isinstance(function, np.ufunc):
            return True  # a reduction
        function = getattr(function, part, None)
    return call.opaque is None and (isinstance(function, np.ufunc) or call.function in _NEW)


def shared_memory(program: Program) -> dict[Term, frozenset[Term]]:
    """For each call whose result may show the memory of others, such as a transpose: whose it may be.

    A function that is not known to make a new array is taken to show the memory of all its arguments.
    """
    owners: dict[Term, frozenset[Term]] = {}
    for call in program.calls:
        if not _is_new(call):
            owners[call] = frozenset().union(*(owners.get(term, {term}) for term in call.terms()))
    return owners


def last_uses(program: Program, owners: dict[Term, frozenset[Term]]) -> dict[Term, int]:
    """Lifetimes: the number of the last call that needs the memory of each result, also through those that show it."""
    last: dict[Term, int] = {}
    for i, call in enumerate(program.calls):
        for term in call.terms():
            last.update(dict.fromkeys(owners.get(term, {term}), i))
    for term in program.outputs():
        last.update(dict.fromkeys(owners.get(term, {term}), len(program.calls)))
    return last
