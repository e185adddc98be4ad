"""The update of an optimiser as formulas, from the small graph between a gradient and the new parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from microae.core.value import Value
from microae.drawing.step.notation import PRODUCT, Written, formula, numbers
from microae.recording.recorder import Update

_STATES = {1: ("v",), 2: ("m", "v")}


class Stage(NamedTuple):
    """A value on the way to the new parameter, the last one the new parameter itself."""

    name: str
    value: Value
    formula: str
    numbers: str
    uses: tuple[Value, ...]  # of those with a name: the parameter, its gradient, earlier stages


def stages(update: Update, parameter: Value, name: str, gradient: str) -> Iterator[Stage]:
    """The optimiser's new state, as ``v′`` or ``m′`` and ``v′``, and the new parameter, each in terms of the others."""
    known = {parameter: (name, update.before)}
    if isinstance(update.gradient, Value):
        known[update.gradient] = (gradient, update.gradient._data)
    given = update.state if isinstance(update.state, tuple) else (update.state,)
    states = [s for s in given if isinstance(s, Value) and s.operation is not None and s is not update.gradient]
    letters = _STATES.get(len(states), tuple(f"s{k}" for k in range(len(states))))
    for letter, state in zip(letters, states, strict=True):
        yield _stage(f"{letter}′({name})", state, known, update, f"{letter}({name})")
        known[state] = (f"{letter}′({name})", state._data)
    yield _stage(f"{name}′", update.after, known, update, "")


def _stage(name: str, value: Value, known: Mapping[Value, tuple[str, object]], update: Update, old: str) -> Stage:
    uses: dict[Value, None] = {}
    written = _folded(value, known, update, old, uses, False)
    plugged = _folded(value, known, update, old, uses, True)
    return Stage(
        name, value, f"{name} = {written.text}", f"{name} = {plugged.text} = {numbers(value._data)}", tuple(uses)
    )


def _folded(
    value: object,
    known: Mapping[Value, tuple[str, object]],
    update: Update,
    old: str,
    uses: dict[Value, None],
    with_numbers: bool,
) -> Written:
    """A small graph as one expression, down to what has a name; ``old`` is that of a state before the step."""
    if not isinstance(value, Value):
        if np.size(value) > 1 and not with_numbers:  # type: ignore[arg-type]
            return Written(old or "c")
        if not with_numbers and _is_rate(value, update):
            return Written("η")
        return _number(value)
    if value in known:
        uses[value] = None
        name, data = known[value]
        return _number(data) if with_numbers else Written(name)
    if value.operation is None:  # the state before the step
        return _number(value._data) if with_numbers else Written(old or "c")
    operands = [
        _folded(a if x is None else x, known, update, old, uses, with_numbers)
        for x, a in zip(value.inputs, value.arguments, strict=True)
    ]
    if value.operation.name == "multiply" and operands[0].text == "η":
        factor = operands[1].inside(PRODUCT)
        return Written(f"η{'' if factor[0] in '∇(' else ' '}{factor}", PRODUCT)
    return formula(value.operation, operands, value.parameters)


def _number(value: object) -> Written:
    text = numbers(value)
    return Written(text, 2 if text.startswith("−") else 4)


def is_plain(update: Update) -> bool:
    """Whether an update is exactly the paper's ``W − η∇W``."""
    after = update.after
    if after.operation is None or after.operation.name != "subtract":
        return False
    step = after.inputs[1]
    return bool(
        step is not None
        and step.operation is not None
        and step.operation.name == "multiply"
        and step.inputs[1] is update.gradient
        and _is_rate(step.arguments[0], update)
    )


def _is_rate(value: object, update: Update) -> bool:
    """Whether a number is the learning rate, in its own precision."""
    number = np.asarray(value)
    return number.size == 1 and bool(np.all(number == np.asarray(update.optimizer.lr).astype(number.dtype)))
