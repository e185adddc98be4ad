"""Chains: elementwise functions of one shape, and reductions of what they compute, that can be done in one loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from microae.compiler.program import Call, Program, Term

Asked = Callable[[Call], bool]


def chains(program: Program, elementwise: Asked, reduces: Asked, waits: Asked) -> Iterator[Call | list[Call]]:
    """The calls of a program in an order in which they can be done: one by one, or a chain of them in one loop.

    Parameters
    ----------
    program : Program
    elementwise, reduces : callable
        Whether a call can be part of a loop over its shape, or over that of its first argument.
    waits : callable
        Whether a call costs so little that it is done only once somebody asks for it, so that a loop goes on.
    """
    pending: dict[tuple[int, ...], dict[Call, None]] = {}
    waiting: dict[Call, None] = {}

    def finished(term: Term) -> Iterator[Call | list[Call]]:
        """All that a term waits for."""
        if isinstance(term, Call) and term in waiting:
            del waiting[term]
            for x in term.terms():
                yield from finished(x)
            yield term
        for shape, calls in list(pending.items()):
            if term in calls:
                yield list(pending.pop(shape))

    for call in _reductions_first(program, elementwise, reduces):
        is_reduction = reduces(call)
        if is_reduction or elementwise(call):
            shape = call.args[0].shape if is_reduction else call.shape
            for term in call.terms():
                if term not in pending.get(shape, ()) or (isinstance(term, Call) and reduces(term)):
                    yield from finished(term)
            pending.setdefault(shape, {})[call] = None
        elif waits(call):
            waiting[call] = None
        else:
            for term in call.terms():
                yield from finished(term)
            yield call
    for shape in list(pending):
        yield list(pending.pop(shape))
    for call in list(waiting):
        yield from finished(call)


def _reductions_first(program: Program, elementwise: Asked, reduces: Asked) -> Iterator[Call]:
    """The calls, with each reduction right behind what it reduces, so that it becomes part of its loop."""
    reductions: dict[Term, list[Call]] = {}
    for call in program.calls:
        if reduces(call):
            reductions.setdefault(call.args[0], []).append(call)
    moved: set[Call] = set()
    for call in program.calls:
        if call in moved:
            continue
        yield call
        if elementwise(call):
            moved.update(reductions.get(call, ()))
            yield from reductions.get(call, ())
